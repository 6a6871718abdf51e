/* A merged world file → rows. */
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/crypto.h"
#include "base/guid.h"
#include "base/iso8601.h"
#include "base/str.h"
#include "store/directory.h"
#include "store/federation.h"
#include "store/load.h"
#include "store/members.h"
#include "store/other_tenants.h"
#include "store/store.h"

/* Says what is wrong at `at`, or at a member of it. */
static bool refuse(struct err *err, struct arena *arena, const char *at, const char *member)
{
    err_at(err, member != NULL ? json_pointer_add(arena, at, member) : at);
    return false;
}

/* The given GUID in lower case, else one from the seed. */
static const char *id_of(struct world_load *load, const cJSON *item, const char *member)
{
    const char *given = json_get_text(item, member);
    char *id =
        given != NULL ? arena_strdup(load->arena, given) : arena_alloc(load->arena, GUID_SIZE);

    if (given == NULL) {
        guid_make(load->random, id);
    }
    return str_lower(id);
}

/* Whether the one-column query finds the value: two rows of one key are the file's mistake. */
static bool taken(struct world_load *load, const char *sql, const char *value)
{
    return store_int(load->db, sql, DB_ARGS(db_text(value)), 0) != 0;
}

static int64_t later(const struct world_load *load, const cJSON *item, const char *member,
                     const char *otherwise, int64_t from_ms, int sign)
{
    const char *text = json_get_text(item, member);
    struct duration duration;

    (void)load;
    if (!duration_parse(text != NULL ? text : otherwise, &duration)) {
        abort(); /* was checked */
    }
    return duration_add(from_ms, duration, sign);
}

/* A secret for the line of `serve`; the database has its hash only. */
static void show_secret(struct world_load *load, const char *group, const char *name,
                        const char *secret)
{
    cJSON *names = json_get(load->secrets, group);

    if (names == NULL) {
        names = cJSON_AddObjectToObject(load->secrets, group);
    }
    if (json_get(names, name) == NULL) {
        cJSON_AddStringToObject(names, name, secret);
    }
}

static void put_settings(struct world_load *load, const char *scope, const char *group,
                         const cJSON *settings)
{
    const cJSON *child;

    cJSON_ArrayForEach(child, settings)
    {
        const char *name = arena_printf(load->arena, "%s%s", group, child->string);

        if (cJSON_IsObject(child)) {
            put_settings(load, scope, arena_printf(load->arena, "%s.", name), child);
        } else {
            store_setting_put(load->db, scope, name, child);
        }
    }
}

static bool put_domains(struct world_load *load, const cJSON *domains, struct err *err)
{
    const cJSON *domain, *chosen = cJSON_GetArrayItem(domains, 0);
    int64_t ord = 0;

    if (chosen == NULL) {
        (void)err_set(err, ERR_CONFIG, "a tenant has at least one domain");
        return refuse(err, load->arena, "/tenant/domains", NULL);
    }
    cJSON_ArrayForEach(domain, domains)
    {
        chosen = json_get_bool(domain, "default", false) ? domain : chosen;
    }
    cJSON_ArrayForEach(domain, domains)
    {
        const char *name = json_get_text(domain, "name");

        if (taken(load, "SELECT 1 FROM domains WHERE name = ?", name)) {
            (void)err_set(err, ERR_CONFIG, "the domain %.100s stands twice", name);
            return refuse(err, load->arena, "/tenant/domains", NULL);
        }
        store_run(
            load->db,
            "INSERT INTO domains (name, ord, is_default, is_initial, authentication)"
            " VALUES (?, ?, ?, ?, 'Managed')",
            DB_ARGS(db_text(name), db_int(ord), db_int(domain == chosen),
                    db_int(json_get_bool(domain, "initial", str_iends(name, ".onmicrosoft.com")))));
        ord++;
    }
    return true;
}

static cJSON *text_or_null(const char *text)
{
    return text != NULL ? cJSON_CreateString(text) : cJSON_CreateNull();
}

static char *tenant_document(struct world_load *load, const char *id, const cJSON *tenant)
{
    cJSON *document = json_new_object(load->arena), *domains;
    bool federated = cJSON_IsObject(json_get(tenant, "federation"));
    AUTO(db_rows) rows = {0};
    char created[ISO8601_SIZE];

    iso8601_format_s(load->start_ms, created);
    cJSON_AddStringToObject(document, "id", id);
    cJSON_AddNullToObject(document, "deletedDateTime");
    cJSON_AddArrayToObject(document, "businessPhones");
    cJSON_AddNullToObject(document, "city");
    cJSON_AddNullToObject(document, "country");
    cJSON_AddStringToObject(document, "countryLetterCode", "US");
    cJSON_AddStringToObject(document, "createdDateTime", created);
    cJSON_AddStringToObject(document, "displayName", json_get_text(tenant, "displayName"));
    cJSON_AddItemToObject(document, "onPremisesLastSyncDateTime",
                          text_or_null(federated ? created : NULL));
    cJSON_AddItemToObject(document, "onPremisesSyncEnabled",
                          federated ? cJSON_CreateTrue() : cJSON_CreateNull());
    cJSON_AddStringToObject(document, "preferredLanguage", "en");
    cJSON_AddArrayToObject(document, "technicalNotificationMails");
    cJSON_AddStringToObject(document, "tenantType", "AAD");
    cJSON_AddArrayToObject(document, "assignedPlans");
    cJSON_AddArrayToObject(document, "provisionedPlans");
    domains = cJSON_AddArrayToObject(document, "verifiedDomains");
    store_query(&rows, load->db,
                "SELECT name, is_default, is_initial, authentication FROM domains ORDER BY ord",
                DB_NO_ARGS);
    while (store_next(&rows)) {
        cJSON *domain = cJSON_CreateObject();

        cJSON_AddStringToObject(domain, "capabilities", "Email, OfficeCommunicationsOnline");
        cJSON_AddBoolToObject(domain, "isDefault", db_column_int(&rows, 1) != 0);
        cJSON_AddBoolToObject(domain, "isInitial", db_column_int(&rows, 2) != 0);
        cJSON_AddStringToObject(domain, "name", db_column_text(&rows, 0));
        cJSON_AddStringToObject(domain, "type", db_column_text(&rows, 3));
        cJSON_AddItemToArray(domains, domain);
    }
    return json_text(load->arena, document);
}

static bool put_tenant(struct world_load *load, const cJSON *tenant, struct err *err)
{
    static const char sql[] =
        "INSERT INTO tenant (id, display_name, default_domain, created_ms, admin_app_id,"
        " sync_user, adfs_host, document) VALUES (?, ?, (SELECT name FROM domains WHERE"
        " is_default), ?, ?, ?, (SELECT host FROM federation), ?)";
    const char *id = id_of(load, tenant, "id"), *admin = json_get_text(tenant, "adminApplication");

    put_settings(load, "tenant", "", json_get(tenant, "settings"));
    if (!put_domains(load, json_get(tenant, "domains"), err) ||
        !federation_put(load, json_get(tenant, "federation"), err)) {
        return false;
    }
    store_run(load->db, sql,
              DB_ARGS(db_text(id), db_text(json_get_text(tenant, "displayName")),
                      db_int(load->start_ms),
                      db_text(admin != NULL ? id_of(load, tenant, "adminApplication") : NULL),
                      db_text(json_get_text(tenant, "syncUser")),
                      db_text(tenant_document(load, id, tenant))));
    return true;
}

/* Hosts and subscriptions become names in a certificate, and nothing else may hide in them. */
static bool is_name(const char *text)
{
    return *text != '\0' && text[strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-.")] == '\0';
}

static bool put_organizations(struct world_load *load, const cJSON *organizations, struct err *err)
{
    const cJSON *organization;
    int64_t ord = 0;

    cJSON_ArrayForEach(organization, organizations)
    {
        const char *host =
            str_lower(arena_strdup(load->arena, json_get_text(organization, "host")));
        const char *at = json_pointer_index(load->arena, "/organizations", (size_t)ord);

        if (taken(load, "SELECT 1 FROM organizations WHERE host = ?", host)) {
            (void)err_set(err, ERR_CONFIG, "the host %.100s stands twice", host);
            return refuse(err, load->arena, at, "host");
        }
        if (!str_match("*.crm*.dynamics.com", host, '\0') || !is_name(host)) {
            (void)err_set(err, ERR_CONFIG,
                          "expected a host such as \"contoso.crm.dynamics.com\", found \"%.100s\"",
                          host);
            return refuse(err, load->arena, at, "host");
        }
        store_run(load->db,
                  "INSERT INTO organizations (host, ord, name, language, app_user)"
                  " VALUES (?, ?, ?, ?, ?)",
                  DB_ARGS(db_text(host), db_int(ord), db_text(json_get_text(organization, "name")),
                          db_int(json_get_int(organization, "language", 1033)),
                          db_text(json_get_text(organization, "applicationUser"))));
        ord++;
    }
    return true;
}

/* What the file says of one of Microsoft's APIs, or NULL. */
static const cJSON *said_of_api(const cJSON *tenant, const char *app_id)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, json_get(tenant, "servicePrincipals"))
    {
        if (str_ieq(json_get_text(item, "appId"), app_id)) {
            return item;
        }
    }
    return NULL;
}

static bool put_apis(struct world_load *load, const cJSON *tenant, struct err *err)
{
    const cJSON *item;
    size_t index = 0;

    cJSON_ArrayForEach(item, json_get(tenant, "servicePrincipals"))
    {
        const char *at = json_pointer_index(load->arena, "/tenant/servicePrincipals", index++);

        if (directory_api_find(json_get_text(item, "appId")) == NULL) {
            (void)err_set(err, ERR_CONFIG, "expected %s (Microsoft Graph) or %s (Dataverse)",
                          DIRECTORY_GRAPH_APP_ID, DIRECTORY_DATAVERSE_APP_ID);
            return refuse(err, load->arena, at, "appId");
        }
    }
    for (size_t i = 0; i < directory_api_count; i++) {
        const struct directory_api *api = &directory_apis[i];
        const cJSON *said = said_of_api(tenant, api->app_id);
        const char *id = id_of(load, said, "id");
        cJSON *document;

        if (!json_get_bool(said, "present", true)) {
            continue;
        }
        document = directory_principal_of_api(load->db, load->arena, id, api, load->start_ms);
        if (!json_get_bool(said, "accountEnabled", true)) {
            cJSON_ReplaceItemInObjectCaseSensitive(document, "accountEnabled", cJSON_CreateFalse());
        }
        directory_principal_put(load->db, load->arena, document);
    }
    return true;
}

static void replace(cJSON *document, const char *name, const cJSON *value)
{
    if (value != NULL) {
        cJSON_ReplaceItemInObjectCaseSensitive(document, name, cJSON_Duplicate(value, true));
    }
}

static void replace_text(cJSON *document, const char *name, const char *text)
{
    cJSON_ReplaceItemInObjectCaseSensitive(document, name, cJSON_CreateString(text));
}

static char *user_document(struct world_load *load, const char *id, const char *name,
                           const char *immutable_id, const cJSON *user)
{
    static const char *const said[] = {"accountEnabled", "givenName", "mail", "surname",
                                       "userPrincipalName"};
    cJSON *document = directory_user_new(load->arena, id, load->start_ms);
    const char *upn = json_get_text(user, "userPrincipalName");

    for (size_t i = 0; i < ARRAY_LEN(said); i++) {
        replace(document, said[i], json_get(user, said[i]));
    }
    replace_text(document, "displayName", name);
    replace_text(document, "mailNickname", arena_dup(load->arena, upn, strcspn(upn, "@")));
    if (immutable_id != NULL) {
        replace_text(document, "onPremisesImmutableId", immutable_id);
        replace_text(document, "passwordPolicies", "DisablePasswordExpiration");
        cJSON_ReplaceItemInObjectCaseSensitive(document, "onPremisesSyncEnabled",
                                               cJSON_CreateTrue());
    }
    return json_text(load->arena, document);
}

static const char *make_password(struct world_load *load)
{
    char *text = arena_alloc(load->arena, 24);

    random_text(load->random, "ABCDEFGHJKLMNPQRSTUVWXYZ", text, 1);
    random_text(load->random, "abcdefghijkmnpqrstuvwxyz23456789", text + 1, 14);
    memcpy(text + 15, "-7x", 4);
    return text;
}

static bool check_upn(struct world_load *load, const char *upn, const char *at, struct err *err)
{
    const char *sign = strchr(upn, '@');

    if (sign == NULL || !taken(load, "SELECT 1 FROM domains WHERE name = ?", sign + 1)) {
        (void)err_set(err, ERR_CONFIG,
                      "expected a name in one of the tenant's domains, such as "
                      "\"sync@contoso.onmicrosoft.com\", found \"%.100s\"",
                      upn);
        return refuse(err, load->arena, at, "userPrincipalName");
    }
    if (taken(load, "SELECT 1 FROM users WHERE upn = ?", upn)) {
        (void)err_set(err, ERR_CONFIG, "the user %.100s stands twice", upn);
        return refuse(err, load->arena, at, "userPrincipalName");
    }
    return true;
}

static bool put_user(struct world_load *load, const cJSON *user, const char *at, struct err *err)
{
    static const char sql[] =
        "INSERT INTO users (id, upn, display_name, account_enabled, administrator, mfa, access,"
        " immutable_id, password_expires_ms, salt, hash, valid_from_ms, document)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    const char *upn = json_get_text(user, "userPrincipalName");
    const char *id = id_of(load, user, "id"), *name = json_get_text(user, "displayName");
    const char *password = json_get_text(user, "password"), *mfa = json_get_text(user, "mfa");
    const char *access = json_get_text(user, "conditionalAccess"), *immutable_id = NULL;
    struct db_value expires = db_null();
    struct directory_hash hash;
    bool hashed = true;

    if (!check_upn(load, upn, at, err)) {
        return false;
    }
    if (taken(load, "SELECT 1 FROM users WHERE id = ?", id)) {
        (void)err_set(err, ERR_CONFIG, "the id %s stands twice", id);
        return refuse(err, load->arena, at, "id");
    }
    password = password != NULL ? password : make_password(load);
    name = name != NULL ? name : arena_dup(load->arena, upn, strcspn(upn, "@"));
    if (json_get(user, "passwordLifetime") != NULL) {
        expires = db_int(later(load, user, "passwordLifetime", NULL, load->start_ms, 1));
    }
    show_secret(load, "users", upn, password);
    if (federation_has(load->db, upn)) {
        const char *cloud = federation_cloud_password(load, user, password);

        immutable_id = federation_immutable_id(load->arena, user, id);
        federation_put_user(load, user, immutable_id, password);
        if (!json_get_bool(user, "synchronized", true)) {
            return true;
        }
        hashed = cloud != NULL;
        password = hashed ? cloud : password;
    }
    directory_hash_make(load->random, password, &hash);
    store_run(load->db, sql,
              DB_ARGS(db_text(id), db_text(upn), db_text(name),
                      db_int(json_get_bool(user, "accountEnabled", true)),
                      db_int(json_get_bool(user, "administrator", false)),
                      db_text(mfa != NULL ? mfa : "off"), db_text(access != NULL ? access : "off"),
                      db_text(immutable_id), expires, db_blob(hash.salt, sizeof hash.salt),
                      hashed ? db_blob(hash.hash, sizeof hash.hash) : db_null(),
                      db_int(load->start_ms),
                      db_text(user_document(load, id, name, immutable_id, user))));
    return true;
}

void world_fill_secret(struct world_load *load, const char *owner, const char *app_id,
                       const cJSON *secret)
{
    int64_t start_ms = later(load, secret, "age", "PT0S", load->start_ms, -1);
    const struct directory_password password = {
        .key_id = id_of(load, secret, "keyId"),
        .owner = owner,
        .display_name = json_get_text(secret, "displayName"),
        .start_ms = start_ms,
        .end_ms = later(load, secret, "lifetime", "P2Y", start_ms, 1),
        .visible_ms = start_ms,
    };
    const char *value = json_get_text(secret, "value");

    if (value == NULL) {
        char *made = arena_alloc(load->arena, DIRECTORY_SECRET_SIZE);

        directory_secret_make(load->random, made);
        value = made;
    }
    directory_password_add(load->db, load->arena, load->random, &password, value);
    if (password.end_ms > load->start_ms) {
        show_secret(load, "applications", app_id, value);
    }
}

/* The object id of the service principal of an API or application, or a refusal. */
static bool find_resource(struct world_load *load, const cJSON *item, const char *at,
                          const char **ret, struct err *err)
{
    const char *app_id = id_of(load, item, "resourceAppId");

    *ret = store_text(load->db, load->arena, "SELECT id FROM service_principals WHERE app_id = ?",
                      DB_ARGS(db_text(app_id)));
    if (*ret == NULL) {
        (void)err_set(err, ERR_CONFIG, "no service principal has the application id %s", app_id);
        return refuse(err, load->arena, at, "resourceAppId");
    }
    return true;
}

static bool put_grants(struct world_load *load, const char *client, const cJSON *grants,
                       const char *at, struct err *err)
{
    const cJSON *grant;
    size_t index = 0;

    cJSON_ArrayForEach(grant, grants)
    {
        const char *here = json_pointer_index(load->arena, at, index++);
        const char *upn = json_get_text(grant, "user"), *resource, *user = NULL;

        if (!find_resource(load, grant, here, &resource, err)) {
            return false;
        }
        if (upn != NULL) {
            user = store_text(load->db, load->arena, "SELECT id FROM users WHERE upn = ?",
                              DB_ARGS(db_text(upn)));
            if (user == NULL) {
                (void)err_set(err, ERR_CONFIG, "no user is named %.100s", upn);
                return refuse(err, load->arena, here, "user");
            }
        }
        directory_grant_add(load->db, load->arena, client, resource, user,
                            json_get_text(grant, "scope"), load->start_ms);
    }
    return true;
}

static bool put_roles(struct world_load *load, const char *client, const cJSON *roles,
                      const char *at, struct err *err)
{
    const struct directory_api *graph = directory_api_find(DIRECTORY_GRAPH_APP_ID);
    const char *resource =
        store_text(load->db, load->arena, "SELECT id FROM service_principals WHERE app_id = ?",
                   DB_ARGS(db_text(DIRECTORY_GRAPH_APP_ID)));
    const cJSON *role;
    size_t index = 0;

    cJSON_ArrayForEach(role, roles)
    {
        const char *here = json_pointer_index(load->arena, at, index++), *id = NULL;

        for (size_t i = 0; i < graph->role_count; i++) {
            id = str_eq(graph->roles[i].value, role->valuestring) ? graph->roles[i].id : id;
        }
        if (id == NULL || resource == NULL) {
            (void)err_set(err, ERR_CONFIG,
                          "Microsoft Graph has no application permission %.100s "
                          "in this tenant",
                          role->valuestring);
            return refuse(err, load->arena, here, NULL);
        }
        directory_role_assign(load->db, load->arena, client, resource, id, load->start_ms,
                              load->start_ms);
    }
    return true;
}

static cJSON *application_document(struct world_load *load, const char *id, const char *app_id,
                                   const cJSON *application)
{
    const char *domain =
        store_text(load->db, load->arena, "SELECT default_domain FROM tenant", DB_NO_ARGS);
    const char *audience = json_get_text(application, "signInAudience");
    cJSON *document = directory_application_new(
        load->arena, id, app_id, json_get_text(application, "displayName"), domain, load->start_ms);

    cJSON_ReplaceItemInObjectCaseSensitive(
        document, "signInAudience",
        cJSON_CreateString(audience != NULL ? audience : "AzureADMyOrg"));
    replace(document, "isFallbackPublicClient", json_get(application, "allowPublicClient"));
    replace(document, "requiredResourceAccess", json_get(application, "requiredResourceAccess"));
    replace(json_get(document, "web"), "redirectUris", json_get(application, "redirectUris"));
    replace(json_get(document, "publicClient"), "redirectUris",
            json_get(application, "publicRedirectUris"));
    replace(json_get(document, "spa"), "redirectUris", json_get(application, "spaRedirectUris"));
    return document;
}

static bool put_principal(struct world_load *load, const cJSON *application, cJSON *document,
                          const char *at, struct err *err)
{
    const cJSON *said = json_get(application, "servicePrincipal");
    const char *id = id_of(load, said, "id");
    const char *tenant = store_text(load->db, load->arena, "SELECT id FROM tenant", DB_NO_ARGS);
    cJSON *principal;

    if (!json_get_bool(said, "present", true)) {
        return true;
    }
    if (taken(load, "SELECT 1 FROM service_principals WHERE id = ?", id)) {
        (void)err_set(err, ERR_CONFIG, "the id %s stands twice", id);
        return refuse(err, load->arena, at, "servicePrincipal");
    }
    principal =
        directory_principal_of_application(load->arena, id, tenant, document, load->start_ms);
    if (!json_get_bool(said, "accountEnabled", true)) {
        cJSON_ReplaceItemInObjectCaseSensitive(principal, "accountEnabled", cJSON_CreateFalse());
    }
    directory_principal_put(load->db, load->arena, principal);
    return put_grants(load, id, json_get(application, "grants"),
                      json_pointer_add(load->arena, at, "grants"), err) &&
           put_roles(load, id, json_get(application, "appRoles"),
                     json_pointer_add(load->arena, at, "appRoles"), err);
}

static bool put_application(struct world_load *load, const cJSON *application, const char *at,
                            struct err *err)
{
    const char *id = id_of(load, application, "id"), *app_id = id_of(load, application, "appId");
    cJSON *document;
    const cJSON *secret;

    if (taken(load, "SELECT 1 FROM applications WHERE id = ?1 OR app_id = ?1", id) ||
        taken(load, "SELECT 1 FROM applications WHERE id = ?1 OR app_id = ?1", app_id) ||
        str_eq(id, app_id)) {
        (void)err_set(err, ERR_CONFIG, "id %s and appId %s: one of them stands twice", id, app_id);
        return refuse(err, load->arena, at, NULL);
    }
    document = application_document(load, id, app_id, application);
    if (!world_fill_certificates(load, application, document, at, err)) {
        return false;
    }
    directory_application_put(load->db, load->arena, document);
    cJSON_ArrayForEach(secret, json_get(application, "secrets"))
    {
        const char *key = json_get_text(secret, "keyId");

        if (key != NULL && taken(load, "SELECT 1 FROM passwords WHERE key_id = lower(?)", key)) {
            (void)err_set(err, ERR_CONFIG, "the keyId %s stands twice", key);
            return refuse(err, load->arena, at, "secrets");
        }
        world_fill_secret(load, id, app_id, secret);
    }
    return put_principal(load, application, document, at, err);
}

typedef bool put_element(struct world_load *load, const cJSON *item, const char *at,
                         struct err *err);

static bool put_each(struct world_load *load, const cJSON *list, const char *at, put_element *put,
                     struct err *err)
{
    const cJSON *item;
    size_t index = 0;

    cJSON_ArrayForEach(item, list)
    {
        if (!put(load, item, json_pointer_index(load->arena, at, index++), err)) {
            return false;
        }
    }
    return true;
}

static void put_api_user(struct world_load *load, const char *munchkin, const cJSON *user,
                         int64_t ord)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    const char *secret = json_get_text(user, "clientSecret");
    const char *client = id_of(load, user, "clientId");
    struct directory_hash hash;

    if (secret == NULL) {
        char *made = arena_alloc(load->arena, 33);

        random_text(load->random, alphabet, made, 32);
        secret = made;
    }
    directory_hash_make(load->random, secret, &hash);
    store_run(load->db,
              "INSERT INTO api_users (client_id, munchkin, ord, name, connector, salt, hash)"
              " VALUES (?, ?, ?, ?, ?, ?, ?)",
              DB_ARGS(db_text(client), db_text(munchkin), db_int(ord),
                      db_text(json_get_text(user, "name")),
                      db_int(json_get_bool(user, "connector", false)),
                      db_blob(hash.salt, sizeof hash.salt), db_blob(hash.hash, sizeof hash.hash)));
    show_secret(load, "apiUsers", client, secret);
}

static bool put_subscription(struct world_load *load, const cJSON *subscription, const char *at,
                             struct err *err)
{
    const char *munchkin = json_get_text(subscription, "munchkin");
    const cJSON *user;
    int64_t ord = 0;

    if (taken(load, "SELECT 1 FROM subscriptions WHERE lower(munchkin) = lower(?)", munchkin)) {
        (void)err_set(err, ERR_CONFIG, "the subscription %.50s stands twice", munchkin);
        return refuse(err, load->arena, at, "munchkin");
    }
    if (!is_name(str_lower(arena_strdup(load->arena, munchkin)))) {
        (void)err_set(err, ERR_CONFIG, "expected a name such as \"123-ABC-456\", found \"%.50s\"",
                      munchkin);
        return refuse(err, load->arena, at, "munchkin");
    }
    store_run(load->db,
              "INSERT INTO subscriptions (munchkin, ord)"
              " VALUES (?, (SELECT count(*) FROM subscriptions))",
              DB_ARGS(db_text(munchkin)));
    put_settings(load, arena_join(load->arena, "subscription/", munchkin, NULL), "",
                 json_get(subscription, "settings"));
    cJSON_ArrayForEach(user, json_get(subscription, "api_users"))
    {
        const char *client = json_get_text(user, "clientId");

        if (client != NULL &&
            taken(load, "SELECT 1 FROM api_users WHERE client_id = lower(?)", client)) {
            (void)err_set(err, ERR_CONFIG, "the client id %s stands twice", client);
            return refuse(err, load->arena, at, "api_users");
        }
        put_api_user(load, munchkin, user, ord++);
    }
    return true;
}

/* What the tenant says of itself must exist. */
static bool check_names(struct world_load *load, const cJSON *tenant, struct err *err)
{
    const char *admin = json_get_text(tenant, "adminApplication");
    const char *sync_user = json_get_text(tenant, "syncUser");

    if (admin != NULL &&
        !taken(load, "SELECT 1 FROM applications WHERE app_id = lower(?)", admin)) {
        (void)err_set(err, ERR_CONFIG, "no application of the world has the appId %s", admin);
        return refuse(err, load->arena, "/tenant", "adminApplication");
    }
    if (sync_user != NULL && !taken(load, "SELECT 1 FROM users WHERE upn = ?", sync_user)) {
        (void)err_set(err, ERR_CONFIG, "no user of the world is named %.100s", sync_user);
        return refuse(err, load->arena, "/tenant", "syncUser");
    }
    return true;
}

static bool put_world(struct world_load *load, struct err *err)
{
    const cJSON *tenant = json_get(load->world, "tenant");

    return put_tenant(load, tenant, err) &&
           put_organizations(load, json_get(load->world, "organizations"), err) &&
           put_apis(load, tenant, err) &&
           put_each(load, json_get(tenant, "users"), "/tenant/users", put_user, err) &&
           put_each(load, json_get(tenant, "applications"), "/tenant/applications", put_application,
                    err) &&
           put_each(load, json_get(load->world, "subscriptions"), "/subscriptions",
                    put_subscription, err) &&
           other_tenants_put(load, json_get(tenant, "otherTenants"), err) &&
           check_names(load, tenant, err);
}

/* One transaction: a world that is refused leaves nothing behind, and it is faster. */
bool world_load(struct world_load *load, struct err *err)
{
    const char *name = json_get_text(load->world, "name");
    AUTO(db_txn) txn = {0};

    if (members_check(&members_world, load->world, true, err)) {
        if (!db_begin(load->db, &txn, err)) {
            return false;
        }
        if (put_world(load, err)) {
            return db_commit(&txn, err);
        }
    }
    err->kind = ERR_CONFIG;
    return err_wrap(err, "world %.80s: %s", name != NULL ? name : "without a name",
                    err->pointer[0] != '\0' ? err->pointer : "the whole");
}
