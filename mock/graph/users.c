/* Users: made, changed, removed, their sessions ended. Source: graph-user. */
#include <ctype.h>
#include <string.h>

#include "base/auto.h"
#include "base/iso8601.h"
#include "graph/body.h"
#include "graph/caller.h"
#include "graph/object.h"
#include "graph/resources.h"
#include "graph/sets.h"
#include "server/service.h"
#include "server/world.h"
#include "store/directory.h"
#include "store/store.h"

/* To reset a password takes more than to change a user. Source: graph-permissions. */
static const char reset_permissions[] =
    "User-PasswordProfile.ReadWrite.All Directory.AccessAsUser.All";

static const struct graph_member members[] = {
    {"accountEnabled", GRAPH_BOOL},
    {"businessPhones", GRAPH_TEXTS},
    {"city", GRAPH_TEXT_NULL},
    {"companyName", GRAPH_TEXT_NULL},
    {"country", GRAPH_TEXT_NULL},
    {"department", GRAPH_TEXT_NULL},
    {"displayName", GRAPH_TEXT},
    {"employeeId", GRAPH_TEXT_NULL},
    {"givenName", GRAPH_TEXT_NULL},
    {"jobTitle", GRAPH_TEXT_NULL},
    {"mail", GRAPH_TEXT_NULL},
    {"mailNickname", GRAPH_TEXT},
    {"mobilePhone", GRAPH_TEXT_NULL},
    {"officeLocation", GRAPH_TEXT_NULL},
    {"onPremisesImmutableId", GRAPH_TEXT_NULL},
    {"otherMails", GRAPH_TEXTS},
    {"passwordPolicies", GRAPH_TEXT_NULL},
    {"postalCode", GRAPH_TEXT_NULL},
    {"preferredLanguage", GRAPH_TEXT_NULL},
    {"state", GRAPH_TEXT_NULL},
    {"streetAddress", GRAPH_TEXT_NULL},
    {"surname", GRAPH_TEXT_NULL},
    {"usageLocation", GRAPH_TEXT_NULL},
    {"userPrincipalName", GRAPH_TEXT},
    {"userType", GRAPH_TEXT_NULL},
};
static const struct graph_writable writable = {"User", members, ARRAY_LEN(members)};

void graph_user_list(struct mock_call *call, struct mock_reply *reply)
{
    graph_list(call, reply, &graph_users, NULL, NULL);
}

void graph_user_count(struct mock_call *call, struct mock_reply *reply)
{
    graph_count(call, reply, &graph_users);
}

/* By object id or by sign-in name. */
static const char *user_document(struct mock_call *call)
{
    return store_text(call->db, call->arena,
                      "SELECT document FROM users WHERE id = lower(?1) OR upn = ?1",
                      DB_ARGS(db_text(call->vars[0])));
}

cJSON *graph_path_user(struct mock_call *call, struct mock_reply *reply)
{
    return graph_find(call, reply, user_document(call), call->vars[0]);
}

void graph_user_get(struct mock_call *call, struct mock_reply *reply)
{
    graph_one(call, reply, 200, &graph_users, user_document(call), call->vars[0]);
}

/* At least eight characters of three kinds. */
static bool strong(const char *password)
{
    size_t len = strlen(password);
    int kinds[4] = {0};

    for (const char *at = password; *at != '\0'; at++) {
        unsigned char c = (unsigned char)*at;

        kinds[islower(c) ? 0 : isupper(c) ? 1 : isdigit(c) ? 2 : 3] = 1;
    }
    return len >= 8 && len <= 256 && kinds[0] + kinds[1] + kinds[2] + kinds[3] >= 3;
}

/* A password that somebody else has set. */
struct reset {
    const char *password; /* NULL: none was given */
    bool must_change;
};

/* Takes passwordProfile out of the body; false when it has been refused. */
static bool take_password(struct mock_call *call, struct mock_reply *reply, cJSON *body,
                          struct reset *ret)
{
    cJSON *profile = json_get(body, "passwordProfile");
    const cJSON *change = json_get(profile, "forceChangePasswordNextSignIn");
    const char *password = json_get_text(profile, "password");

    *ret = (struct reset){0};
    if (profile == NULL) {
        return true;
    }
    if (!cJSON_IsObject(profile) || password == NULL || (change != NULL && !cJSON_IsBool(change))) {
        graph_refuse(call, reply, GRAPH_INVALID_VALUE, "passwordProfile", writable.class_);
        return false;
    }
    if (!strong(password)) {
        graph_refuse(call, reply, GRAPH_WEAK_PASSWORD, NULL, NULL);
        return false;
    }
    *ret = (struct reset){arena_strdup(call->arena, password), cJSON_IsTrue(change)};
    cJSON_DeleteItemFromObjectCaseSensitive(body, "passwordProfile");
    return true;
}

/* Whether another user has that value of a column. */
static bool taken(struct mock_call *call, const char *sql, const char *value, const cJSON *document)
{
    return value != NULL &&
           store_int(call->db, sql, DB_ARGS(db_text(value), db_text(json_get_text(document, "id"))),
                     0) != 0;
}

/* Its domain is one of the tenant's, and nobody else has the names. */
static bool name_free(struct mock_call *call, struct mock_reply *reply, const cJSON *document)
{
    static const char by_upn[] = "SELECT 1 FROM users WHERE upn = ? AND id <> ?";
    static const char by_tie[] = "SELECT 1 FROM users WHERE immutable_id = ? AND id <> ?";
    const char *upn = json_get_text(document, "userPrincipalName"), *sign = strchr(upn, '@');
    const char *tie = json_get_text(document, "onPremisesImmutableId");

    if (sign == NULL || sign == upn ||
        store_int(call->db, "SELECT 1 FROM domains WHERE name = ?", DB_ARGS(db_text(sign + 1)),
                  0) == 0) {
        graph_refuse(call, reply, GRAPH_DOMAIN_INVALID, NULL, NULL);
        return false;
    }
    if (taken(call, by_upn, upn, document) || taken(call, by_tie, tie, document)) {
        graph_refuse(call, reply, GRAPH_USER_TAKEN,
                     taken(call, by_upn, upn, document) ? "userPrincipalName"
                                                        : "onPremisesImmutableId",
                     NULL);
        return false;
    }
    return true;
}

static void set_date(cJSON *document, const char *name, int64_t at_ms)
{
    char text[ISO8601_SIZE];

    iso8601_format_s(at_ms, text);
    cJSON_ReplaceItemInObjectCaseSensitive(document, name, cJSON_CreateString(text));
}

/* Sessions that began before now are over, and with a new password the lock too. */
static void end_sessions(struct mock_call *call, cJSON *document)
{
    set_date(document, "signInSessionsValidFromDateTime", call->now_ms);
    store_run(call->db, "UPDATE users SET valid_from_ms = ? WHERE id = ?",
              DB_ARGS(db_int(call->now_ms), db_text(json_get_text(document, "id"))));
}

static void put_password(struct mock_call *call, cJSON *document, const struct reset *reset)
{
    static const char sql[] =
        "UPDATE users SET salt = ?, hash = ?, password_expires_ms = ?, failures = 0, locks = 0,"
        " locked_until_ms = 0, wrong_hashes = '' WHERE id = ?";
    struct directory_hash hash;

    directory_hash_make(&call->world->random, reset->password, &hash);
    store_run(call->db, sql,
              DB_ARGS(db_blob(hash.salt, sizeof hash.salt), db_blob(hash.hash, sizeof hash.hash),
                      reset->must_change ? db_int(call->now_ms) : db_null(),
                      db_text(json_get_text(document, "id"))));
    set_date(document, "lastPasswordChangeDateTime", call->now_ms);
    end_sessions(call, document);
}

void graph_user_create(struct mock_call *call, struct mock_reply *reply)
{
    static const char *const required[] = {"accountEnabled", "displayName", "mailNickname",
                                           "userPrincipalName", "passwordProfile"};
    cJSON *body = graph_body(call, reply), *document;
    struct reset reset;
    const char *id;

    if (body == NULL) {
        return;
    }
    for (size_t i = 0; i < ARRAY_LEN(required); i++) {
        if (json_get(body, required[i]) == NULL) {
            graph_refuse(call, reply, GRAPH_VALUE_MISSING, required[i], writable.class_);
            return;
        }
    }
    id = mock_call_guid(call);
    document = directory_user_new(call->arena, id, call->now_ms);
    if (!take_password(call, reply, body, &reset) ||
        !graph_body_apply(call, reply, &writable, body, document) ||
        !name_free(call, reply, document) ||
        !graph_select_check(call, reply, &graph_users, json_text(call->arena, document))) {
        return;
    }
    directory_user_put(call->db, call->arena, document);
    put_password(call, document, &reset);
    graph_one(call, reply, 201, &graph_users, json_text(call->arena, document), id);
    mock_reply_header(
        reply, "Location",
        arena_printf(call->arena,
                     "https://graph.microsoft.com/v2/%s/directoryObjects/%s/"
                     "Microsoft.DirectoryServices.User",
                     store_text(call->db, call->arena, "SELECT id FROM tenant", DB_NO_ARGS), id));
}

/* What comes from Active Directory is changed there alone. */
static bool cloud_may_change(struct mock_call *call, struct mock_reply *reply, const cJSON *body,
                             const cJSON *document)
{
    static const char *const of_the_cloud[] = {"passwordPolicies", "usageLocation"};
    const cJSON *item;

    cJSON_ArrayForEach(item, body)
    {
        bool fine = !json_get_bool(document, "onPremisesSyncEnabled", false);

        for (size_t i = 0; i < ARRAY_LEN(of_the_cloud); i++) {
            fine = fine || str_eq(of_the_cloud[i], item->string);
        }
        if (!fine) {
            graph_refuse(call, reply, GRAPH_USER_SYNCED, NULL, NULL);
            return false;
        }
    }
    return true;
}

void graph_user_update(struct mock_call *call, struct mock_reply *reply)
{
    cJSON *document = graph_path_user(call, reply);
    cJSON *body = document != NULL ? graph_body(call, reply) : NULL;
    struct reset reset;

    if (body == NULL) {
        return;
    }
    if (json_get(body, "passwordProfile") != NULL &&
        !graph_caller_may(call, reset_permissions, true)) {
        graph_refuse(call, reply, GRAPH_DENIED, NULL, NULL);
        return;
    }
    if (!cloud_may_change(call, reply, body, document) ||
        !take_password(call, reply, body, &reset) ||
        !graph_body_apply(call, reply, &writable, body, document) ||
        !name_free(call, reply, document)) {
        return;
    }
    if (reset.password != NULL) {
        put_password(call, document, &reset);
    }
    directory_user_put(call->db, call->arena, document);
    graph_nothing(reply);
}

/* What was granted for the user alone goes too. */
void graph_user_delete(struct mock_call *call, struct mock_reply *reply)
{
    static const char *const statements[] = {
        "DELETE FROM oauth2_permission_grants WHERE principal_id = ?",
        "DELETE FROM owners WHERE owner = ?",
        "DELETE FROM app_role_assignments WHERE principal_id = ?",
        "DELETE FROM users WHERE id = ?",
    };
    const cJSON *document = graph_path_user(call, reply);

    for (size_t i = 0; document != NULL && i < ARRAY_LEN(statements); i++) {
        store_run(call->db, statements[i], DB_ARGS(db_text(json_get_text(document, "id"))));
    }
    if (document != NULL) {
        graph_nothing(reply);
    }
}

/* Refresh tokens from before are dead afterwards. Source: graph-revoke-sessions. */
void graph_user_revoke(struct mock_call *call, struct mock_reply *reply)
{
    cJSON *document = graph_path_user(call, reply);

    if (document != NULL) {
        end_sessions(call, document);
        directory_user_put(call->db, call->arena, document);
        graph_plain(call, reply, 200, "Edm.Boolean", "{\"value\":true}");
    }
}

void graph_user_grants(struct mock_call *call, struct mock_reply *reply)
{
    const cJSON *document = graph_path_user(call, reply);

    if (document != NULL) {
        graph_list(call, reply, &graph_grants, "principal_id = ?", json_get_text(document, "id"));
    }
}
