/* What is asked for: resource and scopes. Source: entra-scopes. */
#include <string.h>

#include "base/auto.h"
#include "entra/grant.h"
#include "store/directory.h"
#include "store/store.h"

/* The retired directory API: what v1 gives to an application that names no resource. */
static const char azure_ad_graph[] = "00000002-0000-0000-c000-000000000000";

static bool bad_scope(struct entra_grant *grant, enum entra_code code, const char *scope)
{
    grant->words.scope = scope;
    return entra_grant_refuse(grant, code);
}

/* `openid` and its like belong to no resource; true when the word is one of them. */
static bool take_oidc_word(struct entra_grant *grant, const char *word)
{
    const struct {
        const char *name;
        bool *flag;
    } known[] = {
        {"openid", &grant->openid},
        {"profile", &grant->profile},
        {"email", &grant->email},
        {"offline_access", &grant->offline},
    };

    for (size_t i = 0; i < ARRAY_LEN(known); i++) {
        if (strcmp(known[i].name, word) == 0) {
            *known[i].flag = true;
            return true;
        }
    }
    return false;
}

/* https://host/… or api://… or a GUID. */
static bool resource_form(const char *text)
{
    const char *colon = strstr(text, "://");

    return guid_valid(text) || (colon != NULL && colon > text && colon[3] != '\0');
}

/* What is no scope; a code that is redeemed has words of its own for it. */
static enum entra_code malformed_code(const struct entra_grant *grant)
{
    return grant->type == ENTRA_GRANT_CODE && !grant->page ? ENTRA_CODE_SCOPE_INVALID
                                                           : ENTRA_BAD_SCOPE;
}

/* Which one is said of scopes of two resources nobody has seen. */
static enum entra_code several_code(const struct entra_grant *grant)
{
    const char *code =
        store_setting_text(grant->call->db, grant->call->arena, "tenant", "severalResourcesError");

    return str_eq(code, "700022") ? ENTRA_SEVERAL_RESOURCES : ENTRA_BAD_SCOPE;
}

/* One word of the scope: "https://host/name", "guid/name", or a bare name of Graph's. */
static bool take_word(struct entra_grant *grant, const char *word)
{
    struct arena *arena = grant->call->arena;
    const char *slash = strrchr(word, '/');
    const char *resource = DIRECTORY_GRAPH_APP_ID, *name = word;

    if (slash != NULL) {
        resource = arena_dup(arena, word, (size_t)(slash - word));
        name = slash + 1;
    }
    if (!resource_form(resource) || *name == '\0') {
        return bad_scope(grant, malformed_code(grant), word);
    }
    if (grant->resource_text != NULL && strcmp(grant->resource_text, resource) != 0) {
        return bad_scope(grant, several_code(grant), grant->scope_text);
    }
    grant->resource_text = resource;
    if (strcmp(name, ".default") == 0) {
        grant->wants_default = true;
    } else if (!directory_words_have(grant->scopes, name)) {
        grant->scopes =
            arena_printf(arena, "%s%s%s", grant->scopes, *grant->scopes != '\0' ? " " : "", name);
    }
    return true;
}

static bool read_words(struct entra_grant *grant)
{
    enum { LONGEST = 16 * 1024 }; /* the words are compared with each other */
    const char *at = grant->scope_text;
    bool oidc = false;

    if (strlen(at) > LONGEST) {
        return bad_scope(grant, malformed_code(grant), "that is too long");
    }
    while (*at != '\0') {
        size_t len = strcspn(at, " ");
        const char *word = arena_dup(grant->call->arena, at, len);

        if (len > 0 && take_oidc_word(grant, word)) {
            oidc = true;
        } else if (len > 0 && !take_word(grant, word)) {
            return false;
        }
        at += len + strspn(at + len, " ");
    }
    if (grant->type == ENTRA_GRANT_APP &&
        (oidc || *grant->scopes != '\0' || !grant->wants_default)) {
        return bad_scope(grant, ENTRA_SCOPE_NOT_DEFAULT, grant->scope_text);
    }
    if (grant->wants_default && *grant->scopes != '\0') {
        return bad_scope(grant, ENTRA_BAD_SCOPE, grant->scope_text);
    }
    if (grant->resource_text == NULL) { /* openid and its like only: a token for Graph */
        grant->oidc_only = true;
        grant->resource_text = DIRECTORY_GRAPH_APP_ID;
        grant->wants_default = true;
    }
    return true;
}

/*
 * A loopback origin stands for the world's first organization: contract section 1. No real service
 * has such a name, so nothing is hidden by it.
 */
static bool is_loopback_origin(struct entra_grant *grant, const char *asked)
{
    struct mock_call *call = grant->call;
    const char *origin = mock_call_origin(call);
    size_t len = strlen(origin);
    struct uri uri;

    if (!call->cloud && strncmp(asked, origin, len) == 0 &&
        (asked[len] == '\0' || strcmp(asked + len, "/") == 0)) {
        return true;
    }
    return uri_parse(call->arena, asked, &uri) && strcmp(uri.path, "/") == 0 &&
           (str_eq(uri.host, "127.0.0.1") || str_eq(uri.host, "localhost") ||
            str_eq(uri.host, "::1"));
}

/* The service principal of that name, or of that application id. */
static bool load_resource(struct entra_grant *grant, const char *condition, const char *value)
{
    struct mock_call *call = grant->call;
    const char *sql = arena_printf(
        call->arena,
        "SELECT p.id, p.app_id, p.account_enabled, a.token_version FROM service_principals p"
        " LEFT JOIN applications a ON a.app_id = p.app_id WHERE %s",
        condition);
    AUTO(db_rows) rows = {0};

    store_query(&rows, call->db, sql, DB_ARGS(db_text(value)));
    if (!store_next(&rows)) {
        return false;
    }
    grant->resource.principal_id = arena_strdup(call->arena, db_column_text(&rows, 0));
    grant->resource.app_id = arena_strdup(call->arena, db_column_text(&rows, 1));
    grant->resource.enabled = db_column_int(&rows, 2) != 0;
    grant->resource.version2 = db_column_int(&rows, 3) == 2;
    return true;
}

/* Every tenant has Graph; the organizations and the applications' own APIs are this one's. */
static bool tenant_has(const struct entra_grant *grant)
{
    return grant->tenant != ENTRA_TENANT_FOREIGN ||
           str_eq(grant->resource.app_id, DIRECTORY_GRAPH_APP_ID);
}

static bool find_resource(struct entra_grant *grant)
{
    static const char by_name[] =
        "p.id = (SELECT service_principal FROM service_principal_names WHERE name = ?)";
    const char *asked = grant->resource_text;

    grant->resource.asked = asked;
    grant->words.resource = asked;
    if ((load_resource(grant, by_name, asked) ||
         (is_loopback_origin(grant, asked) &&
          load_resource(grant, "p.app_id = ?", DIRECTORY_DATAVERSE_APP_ID))) &&
        tenant_has(grant)) {
        return (grant->resource.enabled || entra_grant_refuse(grant, ENTRA_RESOURCE_DISABLED)) &&
               entra_first_party_may(grant);
    }
    if (grant->v1 && grant->type == ENTRA_GRANT_APP && strcmp(asked, azure_ad_graph) == 0) {
        grant->resource.app_id = azure_ad_graph;
        return true;
    }
    return entra_grant_refuse(grant, ENTRA_RESOURCE_UNKNOWN);
}

/* The v1 endpoint wants the resource among the permissions that the application lists. */
static bool check_listed(struct entra_grant *grant)
{
    struct mock_call *call = grant->call;
    const cJSON *item, *application;

    if (!grant->v1 || grant->type == ENTRA_GRANT_APP || grant->type == ENTRA_GRANT_REFRESH) {
        return true;
    }
    application = directory_application_get(call->db, call->arena, grant->client.object_id);
    cJSON_ArrayForEach(item, json_get(application, "requiredResourceAccess"))
    {
        if (str_ieq(json_get_text(item, "resourceAppId"), grant->resource.app_id)) {
            return true;
        }
    }
    return entra_grant_refuse(grant, ENTRA_RESOURCE_UNLISTED);
}

/* Calls `test` for every named scope; refuses with `code` at the first that fails it. */
static bool each_scope(struct entra_grant *grant, enum entra_code code,
                       bool (*test)(const struct entra_grant *grant, const char *name))
{
    const char *at = grant->scopes;

    while (*at != '\0') {
        size_t len = strcspn(at, " ");
        const char *name = arena_dup(grant->call->arena, at, len);

        if (!test(grant, name)) {
            return bad_scope(grant, code, name);
        }
        at += len + (at[len] == ' ');
    }
    return true;
}

static bool test_defined(const struct entra_grant *grant, const char *name)
{
    return store_int(grant->call->db,
                     "SELECT 1 FROM permission_scopes WHERE service_principal = ? AND value = ?",
                     DB_ARGS(db_text(grant->resource.principal_id), db_text(name)), 0) != 0;
}

static bool test_granted(const struct entra_grant *grant, const char *name)
{
    return directory_words_have(grant->granted, name);
}

bool entra_scope_read(struct entra_grant *grant)
{
    grant->scopes = "";
    if (grant->v1) {
        grant->wants_default = true;
        grant->openid = directory_words_have(grant->scope_text, "openid") || grant->allowed.found;
        grant->offline = true;
        grant->resource_text = grant->resource_text != NULL ? grant->resource_text : azure_ad_graph;
        return find_resource(grant) && check_listed(grant);
    }
    return read_words(grant) && find_resource(grant) &&
           each_scope(grant, ENTRA_SCOPE_UNKNOWN, test_defined);
}

/* All that was consented to for this client, resource and user, and is seen by now. */
static const char *granted_scopes(struct entra_grant *grant)
{
    static const char sql[] = "SELECT group_concat(scope, ' ') FROM grants_seen"
                              " WHERE client_id = ? AND resource_id = ? AND visible_ms <= ?"
                              " AND (principal_id IS NULL OR principal_id = ?)";
    struct mock_call *call = grant->call;
    /* What was allowed at a page just now is known to the code that it gave. */
    bool known = grant->allowed.found || grant->page;
    const char *words = store_text(
        call->db, call->arena, sql,
        DB_ARGS(db_text(grant->client.principal_id), db_text(grant->resource.principal_id),
                db_int(known ? INT64_MAX : call->now_ms), db_text(grant->user.id)));

    return words != NULL ? words : "";
}

bool entra_sign_in_listed(struct entra_grant *grant)
{
    static const char user_read[] = "e1fe6dd8-ba31-4d61-89e7-88639da4683d";
    const cJSON *resource, *item;

    if (!store_setting_bool(grant->call->db, "tenant", "signInPermissionRequired") ||
        grant->client.first_party) {
        return true;
    }
    cJSON_ArrayForEach(resource, json_get(entra_client_document(grant), "requiredResourceAccess"))
    {
        cJSON_ArrayForEach(item, json_get(resource, "resourceAccess"))
        {
            if (str_ieq(json_get_text(item, "id"), user_read)) {
                return true;
            }
        }
    }
    return false;
}

bool entra_assigned(struct entra_grant *grant, const char *principal, const char *to)
{
    static const char sql[] =
        "SELECT 1 FROM service_principals p WHERE p.id = ?1"
        " AND p.document ->> '$.appRoleAssignmentRequired' AND NOT EXISTS (SELECT 1"
        " FROM app_role_assignments WHERE principal_id = ?2 AND resource_id = ?1)";

    return store_int(grant->call->db, sql, DB_ARGS(db_text(to), db_text(principal)), 0) == 0;
}

bool entra_scope_consented(struct entra_grant *grant)
{
    if (grant->type == ENTRA_GRANT_APP) {
        grant->granted = ""; /* needs none: what is missing shows at the resource */
        return grant->tenant == ENTRA_TENANT_FOREIGN ||
               entra_assigned(grant, grant->client.principal_id, grant->resource.principal_id) ||
               entra_grant_refuse(grant, ENTRA_CLIENT_UNASSIGNED);
    }
    if (grant->type != ENTRA_GRANT_REFRESH && !entra_sign_in_listed(grant)) {
        return entra_grant_refuse(grant, ENTRA_SIGN_IN_UNLISTED);
    }
    grant->granted = granted_scopes(grant);
    if (*grant->granted == '\0') {
        return entra_grant_refuse(grant, ENTRA_NO_CONSENT);
    }
    if (!each_scope(grant, ENTRA_NO_CONSENT, test_granted)) {
        return false;
    }
    if (!grant->wants_default) {
        grant->granted = grant->scopes;
    }
    return true;
}
