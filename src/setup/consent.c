/* Step 2, admin consent: the delegated permissions, for everybody in the tenant. */
#include <string.h>

#include "base/str.h"
#include "setup/plan.h"
#include "setup/setup.h"

/* A permission that the integration needs. */
struct permission {
    const char *app_id, *scope_id, *scope, *resource;
    bool always; /* also when the registration does not list it */
};

static const struct permission permissions[] = {
    {SYNC_APP_DATAVERSE, SYNC_SCOPE_IMPERSONATE, "user_impersonation", "Dataverse", true},
    {SYNC_APP_GRAPH, SYNC_SCOPE_USER_READ, "User.Read", "Microsoft Graph", false},
};

struct consent_work {
    struct sync_work common;
    const struct permission *permission;
    const char *client, *resource; /* object ids of the service principals */
    const char *key;
    struct sync_grant grant; /* id NULL = there is none for this client and resource */
};

static const char *work_key(void *work)
{
    return ((struct consent_work *)work)->key;
}

static enum sync_look check_grant(struct sync_call *call, void *arg)
{
    struct consent_work *work = arg;
    const char *path = sync_graph_filter(call->arena, "oauth2PermissionGrants", "clientId",
                                         work->client, " and consentType eq 'AllPrincipals'");
    const cJSON *list, *item;

    if (!sync_graph_list(call->engine, call->arena, "looking for the consent", path, &list,
                         call->problem)) {
        return SYNC_LOOK_FAILED;
    }
    work->grant = (struct sync_grant){0};
    cJSON_ArrayForEach(item, list)
    {
        struct sync_grant grant;

        if (!sync_grant_read(item, &grant, call->problem)) {
            return SYNC_LOOK_FAILED;
        }
        if (str_ieq(grant.client_id, work->client) && str_ieq(grant.resource_id, work->resource) &&
            str_eq(grant.consent_type, "AllPrincipals")) {
            work->grant = grant;
        }
    }
    work->common.found = work->grant.id;
    return work->grant.id != NULL && sync_scope_has(work->grant.scope, work->permission->scope)
               ? SYNC_THERE
               : SYNC_MISSING;
}

static enum sync_changed create_grant(struct sync_call *call, struct consent_work *work)
{
    cJSON *body = json_new_object(call->arena);
    struct sync_change change = {.operation = "grant.create",
                                 .key = work->key,
                                 .known = "[]",
                                 .what = "granting consent",
                                 .method = "POST",
                                 .path = "/oauth2PermissionGrants",
                                 .body = body,
                                 .id = "id"};
    struct sync_intent intent;
    enum sync_changed changed;
    const cJSON *answer;

    cJSON_AddStringToObject(body, "clientId", work->client);
    cJSON_AddStringToObject(body, "consentType", "AllPrincipals");
    cJSON_AddNullToObject(body, "principalId");
    cJSON_AddStringToObject(body, "resourceId", work->resource);
    cJSON_AddStringToObject(body, "scope", work->permission->scope);
    changed =
        sync_graph_change(call->engine, call->arena, &change, &answer, &intent, call->problem);
    if (changed == SYNC_CHANGED && !sync_grant_read(answer, &work->grant, call->problem)) {
        return SYNC_UNKNOWN;
    }
    return changed;
}

/* There is one grant for each client and resource; further scopes are joined to it. */
static enum sync_changed widen_grant(struct sync_call *call, struct consent_work *work)
{
    cJSON *body = json_new_object(call->arena);
    char *scope = arena_printf(call->arena, "%s%s%s", work->grant.scope,
                               *work->grant.scope != '\0' ? " " : "", work->permission->scope);
    struct sync_change change = {
        .operation = "grant.create",
        .key = work->key,
        .known = "[]",
        .what = "adding to the consent",
        .method = "PATCH",
        .path = arena_printf(call->arena, "/oauth2PermissionGrants/%s", work->grant.id),
        .body = body,
        .made = work->grant.id};
    struct sync_intent intent;
    enum sync_changed changed;
    const cJSON *answer;

    cJSON_AddStringToObject(body, "scope", scope);
    changed =
        sync_graph_change(call->engine, call->arena, &change, &answer, &intent, call->problem);
    work->grant.scope = scope;
    return changed;
}

static enum sync_changed apply_grant(struct sync_call *call, void *arg)
{
    struct consent_work *work = arg;

    return work->grant.id == NULL ? create_grant(call, work) : widen_grant(call, work);
}

static const struct sync_step step = {"grant.create", check_grant, apply_grant, work_key,
                                      "graph-grant"};

static bool fail_principal(struct sync_call *call, const char *whose, const char *fix)
{
    (void)sync_fail(call->problem, CRMSYNC_REFUSED, "not_found",
                    "%s has no service principal in this tenant", whose);
    sync_problem_fix(call->problem, "%s", fix);
    sync_problem_from(call->problem, "graph", 200);
    return false;
}

static bool grant_one(struct sync_call *call, const struct sync_principal *client,
                      const struct permission *permission, cJSON *grants, bool *ret_changed)
{
    struct consent_work work = {.permission = permission, .client = client->id};
    struct sync_principal resource;
    cJSON *grant;

    if (!sync_find_principal(call, permission->app_id, &resource) ||
        !sync_plan_fresh_until(call, client->id, &work.common.fresh_until_ms)) {
        return false;
    }
    if (resource.id == NULL) {
        return fail_principal(call, permission->resource,
                              "Check that the tenant has a Dynamics 365 subscription.");
    }
    work.resource = resource.id;
    work.key = arena_printf(call->arena, "%s/%s/%s", client->id, resource.id, permission->scope);
    if (!sync_plan_run(call, &step, 1, &work, ret_changed)) {
        return false;
    }
    grant = cJSON_CreateObject();
    cJSON_AddItemToObject(grant, "id",
                          work.grant.id != NULL ? cJSON_CreateString(work.grant.id)
                                                : cJSON_CreateNull());
    cJSON_AddStringToObject(grant, "resource", permission->resource);
    cJSON_AddStringToObject(grant, "resourceAppId", permission->app_id);
    cJSON_AddStringToObject(grant, "consentType", "AllPrincipals");
    cJSON_AddStringToObject(grant, "scope", permission->scope);
    cJSON_AddItemToArray(grants, grant);
    return true;
}

bool sync_setup_consent(struct sync_call *call, const char *application, cJSON **ret_grants,
                        bool *ret_changed)
{
    struct sync_application found;
    struct sync_principal client;

    *ret_grants = json_new_array(call->arena);
    if (!sync_find_application(call, application, &found) ||
        !sync_find_principal(call, found.app_id, &client)) {
        return false;
    }
    if (client.id == NULL && call->dry) {
        *ret_changed = true;
        return true;
    }
    if (client.id == NULL) {
        return fail_principal(call, "the application",
                              "Run setup.register-application with its name: it makes one.");
    }
    for (size_t i = 0; i < ARRAY_LEN(permissions); i++) {
        const struct permission *permission = &permissions[i];

        if ((permission->always ||
             sync_application_requires(&found, permission->app_id, permission->scope_id)) &&
            !grant_one(call, &client, permission, *ret_grants, ret_changed)) {
            return false;
        }
    }
    return true;
}

bool sync_op_grant_consent(struct sync_call *call)
{
    struct parameters {
        const char *application;
    } with = {0};
    static const struct json_field fields[] = {
        JSON_FIELD("application", struct parameters, application, REQUIRED),
    };
    bool changed = false;
    cJSON *grants;

    if (!sync_call_read(call, fields, ARRAY_LEN(fields), &with) ||
        !sync_call_needs_guid(call, "application", with.application) ||
        !sync_setup_consent(call, with.application, &grants, &changed)) {
        return false;
    }
    cJSON_AddItemToObject(call->result, "grants", cJSON_Duplicate(grants, true));
    cJSON_AddBoolToObject(call->result, "changed", changed);
    return true;
}
