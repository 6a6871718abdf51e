#include "store/directory.h"

#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/crypto.h"
#include "base/guid.h"
#include "base/iso8601.h"
#include "base/mem.h"
#include "base/str.h"
#include "store/store.h"

static cJSON *parse_document(struct arena *arena, const char *text)
{
    struct err err;
    cJSON *tree = NULL;

    if (text == NULL) {
        return NULL;
    }
    if (!json_parse(arena, text, strlen(text), JSON_PLAIN, &tree, &err)) {
        abort(); /* we wrote it ourselves */
    }
    return tree;
}

static cJSON *get_document(struct db *db, struct arena *arena, const char *sql, const char *key)
{
    return parse_document(arena, store_text(db, arena, sql, DB_ARGS(db_text(key))));
}

cJSON *directory_application_get(struct db *db, struct arena *arena, const char *id)
{
    return get_document(
        db, arena, "SELECT document FROM applications WHERE id = ? AND deleted_ms IS NULL", id);
}

cJSON *directory_application_by_app_id(struct db *db, struct arena *arena, const char *app_id)
{
    return get_document(db, arena,
                        "SELECT document FROM applications WHERE app_id = ? AND deleted_ms IS NULL",
                        app_id);
}

cJSON *directory_principal_get(struct db *db, struct arena *arena, const char *id)
{
    return get_document(db, arena, "SELECT document FROM service_principals WHERE id = ?", id);
}

cJSON *directory_principal_by_app_id(struct db *db, struct arena *arena, const char *app_id)
{
    return get_document(db, arena, "SELECT document FROM service_principals WHERE app_id = ?",
                        app_id);
}

static void add_time(cJSON *object, const char *name, int64_t at_ms)
{
    char text[ISO8601_SIZE];

    if (at_ms % 1000 == 0) {
        iso8601_format_s(at_ms, text);
    } else {
        iso8601_format_ticks(at_ms, text);
    }
    cJSON_AddStringToObject(object, name, text);
}

/* The credentials of an object as everybody may see them: the value never comes back. */
static void set_passwords(struct db *db, cJSON *document)
{
    static const char sql[] = "SELECT key_id, display_name, hint, start_ms, end_ms FROM passwords"
                              " WHERE owner = ? ORDER BY ord";
    AUTO(db_rows) rows = {0};
    cJSON *list = cJSON_CreateArray();

    store_query(&rows, db, sql, DB_ARGS(db_text(json_get_text(document, "id"))));
    while (store_next(&rows)) {
        cJSON *item = cJSON_CreateObject();
        const char *name = db_column_text(&rows, 1);

        cJSON_AddNullToObject(item, "customKeyIdentifier");
        cJSON_AddItemToObject(item, "displayName",
                              name != NULL ? cJSON_CreateString(name) : cJSON_CreateNull());
        add_time(item, "endDateTime", db_column_int(&rows, 4));
        cJSON_AddStringToObject(item, "hint", db_column_text(&rows, 2));
        cJSON_AddStringToObject(item, "keyId", db_column_text(&rows, 0));
        cJSON_AddNullToObject(item, "secretText");
        add_time(item, "startDateTime", db_column_int(&rows, 3));
        cJSON_AddItemToArray(list, item);
    }
    cJSON_ReplaceItemInObjectCaseSensitive(document, "passwordCredentials", list);
}

static int64_t created_of(const cJSON *document)
{
    const char *text = json_get_text(document, "createdDateTime");
    int64_t at_ms = 0;

    if (text == NULL || !iso8601_parse(text, &at_ms)) {
        abort(); /* every document of ours has one */
    }
    return at_ms;
}

/* Each URI names one application; whoever writes has asked directory_uris_free() before. */
static void put_uris(struct db *db, const cJSON *document)
{
    const char *id = json_get_text(document, "id");
    const cJSON *uri;

    store_run(db, "DELETE FROM identifier_uris WHERE application = ?", DB_ARGS(db_text(id)));
    cJSON_ArrayForEach(uri, json_get(document, "identifierUris"))
    {
        store_run(db,
                  "INSERT INTO identifier_uris (uri, application) VALUES (?, ?)"
                  " ON CONFLICT (uri) DO NOTHING",
                  DB_ARGS(db_text(uri->valuestring), db_text(id)));
    }
}

bool directory_uris_free(struct db *db, const cJSON *document)
{
    const char *id = json_get_text(document, "id");
    const cJSON *uri;

    cJSON_ArrayForEach(uri, json_get(document, "identifierUris"))
    {
        if (store_int(db, "SELECT 1 FROM identifier_uris WHERE uri = ? AND application <> ?",
                      DB_ARGS(db_text(uri->valuestring), db_text(id)), 0) != 0) {
            return false;
        }
    }
    return true;
}

/* No secret is asked for in the flows of users: the switch, or public redirect URIs alone. */
static bool is_public(const cJSON *document)
{
    return json_get_bool(document, "isFallbackPublicClient", false) ||
           (cJSON_GetArraySize(json_pointer_get(document, "/publicClient/redirectUris")) > 0 &&
            cJSON_GetArraySize(json_pointer_get(document, "/web/redirectUris")) == 0 &&
            cJSON_GetArraySize(json_pointer_get(document, "/spa/redirectUris")) == 0);
}

void directory_application_put(struct db *db, struct arena *arena, cJSON *document)
{
    static const char sql[] =
        "INSERT INTO applications"
        " (id, app_id, display_name, audience, is_public, token_version, created_ms, document)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET"
        " display_name = excluded.display_name, audience = excluded.audience,"
        " is_public = excluded.is_public, token_version = excluded.token_version,"
        " document = excluded.document";
    const cJSON *api = json_get(document, "api");

    set_passwords(db, document);
    store_run(
        db, sql,
        DB_ARGS(db_text(json_get_text(document, "id")), db_text(json_get_text(document, "appId")),
                db_text(json_get_text(document, "displayName")),
                db_text(json_get_text(document, "signInAudience")), db_int(is_public(document)),
                db_int(json_get_int(api, "requestedAccessTokenVersion", 1)),
                db_int(created_of(document)), db_text(json_text(arena, document))));
    put_uris(db, document);
}

const cJSON *directory_access_seen(struct db *db, struct arena *arena, const cJSON *document,
                                   int64_t now_ms)
{
    const char *before = store_text(
        db, arena, "SELECT access_before FROM applications WHERE id = ? AND access_visible_ms > ?",
        DB_ARGS(db_text(json_get_text(document, "id")), db_int(now_ms)));

    return before != NULL ? parse_document(arena, before)
                          : json_get(document, "requiredResourceAccess");
}

void directory_access_changed(struct db *db, struct arena *arena, const cJSON *document,
                              const cJSON *before, int64_t visible_ms)
{
    store_run(db, "UPDATE applications SET access_before = ?, access_visible_ms = ? WHERE id = ?",
              DB_ARGS(db_text(json_text(arena, before)), db_int(visible_ms),
                      db_text(json_get_text(document, "id"))));
}

/* Writes the permissions of one kind into their table. */
static void put_permissions(struct db *db, const cJSON *document, const char *member,
                            const char *clear, const char *insert, bool with_id)
{
    const char *owner = json_get_text(document, "id");
    const cJSON *item;

    store_run(db, clear, DB_ARGS(db_text(owner)));
    cJSON_ArrayForEach(item, json_get(document, member))
    {
        const char *id = json_get_text(item, "id"), *value = json_get_text(item, "value");

        if (value == NULL || (with_id && id == NULL) || !json_get_bool(item, "isEnabled", true)) {
            continue;
        }
        if (with_id) {
            store_run(db, insert, DB_ARGS(db_text(owner), db_text(value), db_text(id)));
        } else {
            store_run(db, insert, DB_ARGS(db_text(owner), db_text(value)));
        }
    }
}

/* A name that another resource has already stays with it. */
static void put_names(struct db *db, const cJSON *document)
{
    const char *id = json_get_text(document, "id");
    const cJSON *name;

    store_run(db, "DELETE FROM service_principal_names WHERE service_principal = ?",
              DB_ARGS(db_text(id)));
    cJSON_ArrayForEach(name, json_get(document, "servicePrincipalNames"))
    {
        store_run(db,
                  "INSERT INTO service_principal_names (name, service_principal) VALUES (?, ?)"
                  " ON CONFLICT (name) DO NOTHING",
                  DB_ARGS(db_text(name->valuestring), db_text(id)));
    }
}

void directory_principal_put(struct db *db, struct arena *arena, cJSON *document)
{
    static const char sql[] =
        "INSERT INTO service_principals"
        " (id, app_id, display_name, account_enabled, created_ms, document)"
        " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET"
        " display_name = excluded.display_name, account_enabled = excluded.account_enabled,"
        " document = excluded.document";

    set_passwords(db, document);
    store_run(db, sql,
              DB_ARGS(db_text(json_get_text(document, "id")),
                      db_text(json_get_text(document, "appId")),
                      db_text(json_get_text(document, "displayName")),
                      db_int(json_get_bool(document, "accountEnabled", true)),
                      db_int(created_of(document)), db_text(json_text(arena, document))));
    put_names(db, document);
    put_permissions(db, document, "appRoles", "DELETE FROM app_roles WHERE service_principal = ?",
                    "INSERT INTO app_roles (service_principal, value, id) VALUES (?, ?, lower(?))"
                    " ON CONFLICT DO NOTHING",
                    true);
    put_permissions(db, document, "oauth2PermissionScopes",
                    "DELETE FROM permission_scopes WHERE service_principal = ?",
                    "INSERT INTO permission_scopes (service_principal, value) VALUES (?, ?)"
                    " ON CONFLICT DO NOTHING",
                    false);
}

void directory_principal_delete(struct db *db, const char *app_id)
{
    static const char *const statements[] = {
        "DELETE FROM passwords WHERE owner IN (SELECT id FROM service_principals WHERE app_id = ?)",
        "DELETE FROM oauth2_permission_grants WHERE (SELECT id FROM service_principals"
        " WHERE app_id = ?) IN (client_id, resource_id)",
        "DELETE FROM app_role_assignments WHERE (SELECT id FROM service_principals"
        " WHERE app_id = ?) IN (principal_id, resource_id)",
        "DELETE FROM policy_assignments WHERE principal IN"
        " (SELECT id FROM service_principals WHERE app_id = ?)",
        "DELETE FROM owners WHERE (SELECT id FROM service_principals WHERE app_id = ?) IN"
        " (object, owner)",
        "DELETE FROM service_principal_names WHERE service_principal IN"
        " (SELECT id FROM service_principals WHERE app_id = ?)",
        "DELETE FROM app_roles WHERE service_principal IN"
        " (SELECT id FROM service_principals WHERE app_id = ?)",
        "DELETE FROM permission_scopes WHERE service_principal IN"
        " (SELECT id FROM service_principals WHERE app_id = ?)",
        "DELETE FROM service_principals WHERE app_id = ?",
    };

    for (size_t i = 0; i < ARRAY_LEN(statements); i++) {
        store_run(db, statements[i], DB_ARGS(db_text(app_id)));
    }
}

void directory_application_delete(struct db *db, const cJSON *document, int64_t now_ms)
{
    const char *id = json_get_text(document, "id");

    store_run(db, "UPDATE applications SET deleted_ms = ? WHERE id = ?",
              DB_ARGS(db_int(now_ms), db_text(id)));
    store_run(db, "DELETE FROM identifier_uris WHERE application = ?", DB_ARGS(db_text(id)));
    directory_principal_delete(db, json_get_text(document, "appId"));
}

void directory_user_put(struct db *db, struct arena *arena, const cJSON *document)
{
    static const char sql[] =
        "INSERT INTO users (id, upn, display_name, account_enabled, administrator, mfa, salt,"
        " immutable_id, valid_from_ms, document) VALUES (?, ?, ?, ?, 0, 'off', x'', ?, ?, ?)"
        " ON CONFLICT (id) DO UPDATE SET upn = excluded.upn, immutable_id = excluded.immutable_id,"
        " display_name = excluded.display_name, account_enabled = excluded.account_enabled,"
        " document = excluded.document";

    store_run(db, sql,
              DB_ARGS(db_text(json_get_text(document, "id")),
                      db_text(json_get_text(document, "userPrincipalName")),
                      db_text(json_get_text(document, "displayName")),
                      db_int(json_get_bool(document, "accountEnabled", true)),
                      db_text(json_get_text(document, "onPremisesImmutableId")),
                      db_int(created_of(document)), db_text(json_text(arena, document))));
}

void directory_secret_make(struct random *random, char ret[DIRECTORY_SECRET_SIZE])
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    static const char all[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789~._-";
    static const char mark[] = "8Q~"; /* what today's secrets have behind their hint */
    char hint[DIRECTORY_HINT_SIZE];

    random_text(random, all, ret, DIRECTORY_SECRET_SIZE - 1);
    random_text(random, plain, hint, 3);
    for (size_t i = 0; i < 3; i++) {
        ret[i] = hint[i];
        ret[3 + i] = mark[i];
    }
}

void directory_hash_make(struct random *random, const char *secret, struct directory_hash *ret)
{
    random_bytes(random, ret->salt, sizeof ret->salt);
    crypto_sha256_salted(ret->salt, sizeof ret->salt, secret, ret->hash);
}

bool directory_hash_fits(const struct db_rows *row, int column, const char *text, uint8_t *ret_hash)
{
    static const uint8_t none[DIRECTORY_SALT_LEN] = {0};
    static const uint8_t no_hash[SHA256_LEN] = {0};
    size_t salt_len = 0, stored_len = 0;
    const void *salt = row != NULL ? db_column_blob(row, column, &salt_len) : NULL;
    const void *stored = row != NULL ? db_column_blob(row, column + 1, &stored_len) : NULL;
    bool there = salt != NULL && stored != NULL && stored_len == SHA256_LEN, equal;
    uint8_t hash[SHA256_LEN];

    crypto_sha256_salted(there ? salt : none, there ? salt_len : sizeof none, text, hash);
    equal = crypto_equal(there ? stored : no_hash, hash, sizeof hash);
    if (ret_hash != NULL) {
        memcpy(ret_hash, hash, sizeof hash);
    }
    return there && equal;
}

/* Writes an owner's document again after its credentials changed. */
static void refresh_owner(struct db *db, struct arena *arena, const char *owner)
{
    cJSON *document = directory_application_get(db, arena, owner);

    if (document != NULL) {
        directory_application_put(db, arena, document);
        return;
    }
    document = directory_principal_get(db, arena, owner);
    if (document != NULL) {
        directory_principal_put(db, arena, document);
    }
}

void directory_password_add(struct db *db, struct arena *arena, struct random *random,
                            const struct directory_password *password, const char *secret)
{
    static const char sql[] =
        "INSERT INTO passwords (key_id, owner, ord, display_name, hint, start_ms, end_ms,"
        " visible_ms, salt, hash) VALUES (?1, ?2,"
        " (SELECT coalesce(max(ord), 0) + 1 FROM passwords WHERE owner = ?2),"
        " ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    struct directory_hash hash;
    size_t hint_len = strnlen(secret, DIRECTORY_HINT_SIZE - 1);

    directory_hash_make(random, secret, &hash);
    store_run(db, sql,
              DB_ARGS(db_text(password->key_id), db_text(password->owner),
                      db_text(password->display_name), db_text_n(secret, hint_len),
                      db_int(password->start_ms), db_int(password->end_ms),
                      db_int(password->visible_ms), db_blob(hash.salt, sizeof hash.salt),
                      db_blob(hash.hash, sizeof hash.hash)));
    refresh_owner(db, arena, password->owner);
}

bool directory_password_remove(struct db *db, struct arena *arena, const char *owner,
                               const char *key_id)
{
    if (store_run(db, "DELETE FROM passwords WHERE owner = ? AND key_id = ?",
                  DB_ARGS(db_text(owner), db_text(key_id))) == 0) {
        return false;
    }
    refresh_owner(db, arena, owner);
    return true;
}

char *directory_grant_id(struct arena *arena, const char *client, const char *resource,
                         const char *principal)
{
    const char *const parts[] = {client, resource, principal};
    AUTO(strbuf) text = STRBUF(0);
    uint8_t bytes[3 * 16];
    size_t count = 0;

    for (size_t i = 0; i < ARRAY_LEN(parts) && parts[i] != NULL; i++) {
        if (!guid_to_mixed_endian(parts[i], bytes + 16 * i)) {
            abort(); /* ids of our own rows */
        }
        count++;
    }
    strbuf_base64url(&text, bytes, 16 * count);
    return arena_dup(arena, strbuf_text(&text), text.len);
}

bool directory_words_have(const char *words, const char *word)
{
    size_t len = strlen(word);

    for (const char *at = words; len > 0 && (at = strstr(at, word)) != NULL; at += len) {
        if ((at == words || at[-1] == ' ') && (at[len] == '\0' || at[len] == ' ')) {
            return true;
        }
    }
    return false;
}

/* `have` and the words of `more` that it lacks. */
static char *join_words(struct arena *arena, const char *have, const char *more)
{
    char *words = arena_strdup(arena, have);

    while (*more != '\0') {
        size_t len = strcspn(more, " ");
        char *word = arena_dup(arena, more, len);

        if (len > 0 && !directory_words_have(words, word)) {
            words = arena_printf(arena, "%s%s%s", words, *words != '\0' ? " " : "", word);
        }
        more += len + (more[len] == ' ');
    }
    return words;
}

/* The words of a scope as rows of their own; those that are there already keep their time. */
static void put_words(struct db *db, struct arena *arena, const char *id, const char *scope,
                      int64_t visible_ms)
{
    while (*scope != '\0') {
        size_t len = strcspn(scope, " ");

        if (len > 0) {
            store_run(
                db,
                "INSERT INTO granted_words (grant_id, word, visible_ms) VALUES (?, ?, ?)"
                " ON CONFLICT DO NOTHING",
                DB_ARGS(db_text(id), db_text(arena_dup(arena, scope, len)), db_int(visible_ms)));
        }
        scope += len + (scope[len] == ' ');
    }
}

void directory_grant_set(struct db *db, struct arena *arena, const char *id, const char *scope,
                         int64_t visible_ms)
{
    store_run(db, "UPDATE oauth2_permission_grants SET scope = ? WHERE id = ?",
              DB_ARGS(db_text(scope), db_text(id)));
    store_run(db,
              "DELETE FROM granted_words WHERE grant_id = ?"
              " AND instr(' ' || ? || ' ', ' ' || word || ' ') = 0",
              DB_ARGS(db_text(id), db_text(scope)));
    put_words(db, arena, id, scope, visible_ms);
}

bool directory_grant_add(struct db *db, struct arena *arena, const char *client,
                         const char *resource, const char *principal, const char *scope,
                         int64_t visible_ms)
{
    static const char sql[] = "INSERT INTO oauth2_permission_grants"
                              " (id, client_id, resource_id, consent_type, principal_id, scope)"
                              " VALUES (?, ?, ?, ?, ?, ?)";
    char *id = directory_grant_id(arena, client, resource, principal);
    const char *have = store_text(
        db, arena, "SELECT scope FROM oauth2_permission_grants WHERE id = ?", DB_ARGS(db_text(id)));
    const char *words = join_words(arena, have != NULL ? have : "", scope);

    if (str_eq(have, words)) {
        return false;
    }
    if (have == NULL) { /* one that was deleted has left its words */
        store_run(db, "DELETE FROM granted_words WHERE grant_id = ?", DB_ARGS(db_text(id)));
        store_run(db, sql,
                  DB_ARGS(db_text(id), db_text(client), db_text(resource),
                          db_text(principal != NULL ? "Principal" : "AllPrincipals"),
                          db_text(principal), db_text(words)));
    }
    directory_grant_set(db, arena, id, words, visible_ms);
    return true;
}

/* 43 characters of base64url, as the real ids have; made from what must be unique. */
static char *assignment_id(struct arena *arena, const char *principal, const char *resource,
                           const char *role)
{
    AUTO(strbuf) text = STRBUF(0);
    const char *all = arena_printf(arena, "%s/%s/%s", principal, resource, role);
    uint8_t hash[SHA256_LEN];

    crypto_sha256(all, strlen(all), hash);
    strbuf_base64url(&text, hash, sizeof hash);
    return arena_dup(arena, strbuf_text(&text), text.len);
}

bool directory_role_assign(struct db *db, struct arena *arena, const char *principal,
                           const char *resource, const char *role, int64_t now_ms,
                           int64_t visible_ms)
{
    static const char sql[] =
        "INSERT INTO app_role_assignments"
        " (id, principal_id, resource_id, app_role_id, created_ms, visible_ms)"
        " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING";

    return store_run(db, sql,
                     DB_ARGS(db_text(assignment_id(arena, principal, resource, role)),
                             db_text(principal), db_text(resource), db_text(role), db_int(now_ms),
                             db_int(visible_ms))) > 0;
}
