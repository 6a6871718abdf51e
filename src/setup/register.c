/* Step 2 of the set-up guide, first half: the app registration, as the portal makes it. */
#include <string.h>

#include "base/guid.h"
#include "base/iso8601.h"
#include "base/str.h"
#include "setup/plan.h"
#include "setup/setup.h"

/* Longer names are refused by the portal. A twin is as old as its request, by two clocks. */
enum { NAME_MAX_LEN = 120, LOOK_AGAIN_MS = 2000, SKEW_MS = 5 * 60 * 1000 };

struct register_work {
    struct sync_work common;
    const char *name;
    const char *twin; /* the id of one that is to go */
    bool stale;       /* `application` is of before a change of ours */
    struct sync_registered found;
};

static const char *work_name(void *work)
{
    return ((struct register_work *)work)->name;
}

static const char *work_application(void *work)
{
    const char *id = ((struct register_work *)work)->found.application.id;

    return id != NULL ? id : "";
}

static const char *work_app_id(void *work)
{
    const char *id = ((struct register_work *)work)->found.application.app_id;

    return id != NULL ? id : "";
}

static bool fail_ambiguous(struct sync_call *call, const char *name, int count)
{
    (void)sync_fail(call->problem, CRMSYNC_FAILED, "ambiguous",
                    "the directory has %d applications with the name \"%.100s\"", count, name);
    sync_problem_fix(call->problem, "Delete or rename all but one of them under App registrations, "
                                    "or use another name.");
    sync_problem_from(call->problem, "graph", 200);
    return false;
}

/* All applications of that name. */
static bool list_applications(struct sync_call *call, const char *name, const cJSON **ret)
{
    const char *path = sync_graph_filter(call->arena, "applications", "displayName", name, "");

    return sync_graph_list(call->engine, call->arena, "looking for the application", path, ret,
                           call->problem);
}

/* Our own request for an application of that name: the open one, else the newest that made one. */
static bool find_request(struct sync_call *call, const char *name, struct sync_intent *ret)
{
    struct sync_store *store = &call->engine->store;

    return sync_intent_open(store, call->arena, "application.create", name, ret, call->problem) &&
           (ret->id != 0 ||
            sync_intent_newest(store, call->arena, "application.create", name, ret, call->problem));
}

/* Whether an application was made by that request and never touched since: it has no credential
 * and came when the request was sent. */
static bool is_untouched(const struct sync_application *application,
                         const struct sync_intent *request)
{
    int64_t created_ms;

    return application->created != NULL && iso8601_parse(application->created, &created_ms) &&
           created_ms >= request->sent_ms - SKEW_MS && created_ms <= request->sent_ms + SKEW_MS &&
           cJSON_GetArraySize(application->passwords) == 0 &&
           cJSON_GetArraySize(application->keys) == 0;
}

/*
 * A request that was delivered twice makes two applications of one name. The one that its answer
 * named stays; the other goes when it is sure that it is such a twin. *ret is NULL when there is
 * none.
 */
static bool find_twin(struct sync_call *call, const struct register_work *work, const cJSON *list,
                      const char **ret)
{
    const char *kept = NULL, *twin = NULL;
    struct sync_intent request = {0};
    const cJSON *item;

    *ret = NULL;
    if (cJSON_GetArraySize(list) < 2 || !find_request(call, work->name, &request) ||
        request.id == 0) {
        return cJSON_GetArraySize(list) < 2 || request.id == 0;
    }
    cJSON_ArrayForEach(item, list)
    {
        struct sync_application application;

        if (!sync_application_read(item, &application, call->problem)) {
            return false;
        }
        if (request.object != NULL ? str_eq(application.id, request.object) : kept == NULL) {
            kept = application.id; /* without an answer either may stay */
        } else if (is_untouched(&application, &request)) {
            twin = application.id;
        }
    }
    *ret = kept != NULL ? twin : NULL;
    return true;
}

static enum sync_look check_twin(struct sync_call *call, void *arg)
{
    struct register_work *work = arg;
    struct sync_intent request;
    const cJSON *list;

    if (!find_request(call, work->name, &request)) {
        return SYNC_LOOK_FAILED;
    }
    work->twin = NULL;
    if (request.id != 0 && (!list_applications(call, work->name, &list) ||
                            !find_twin(call, work, list, &work->twin))) {
        return SYNC_LOOK_FAILED;
    }
    return work->twin == NULL ? SYNC_THERE : SYNC_MISSING;
}

static enum sync_changed remove_twin(struct sync_call *call, void *arg)
{
    struct register_work *work = arg;
    struct sync_change change = {.operation = "application.twin",
                                 .key = work->name,
                                 .known = "[]",
                                 .what = "removing the application's twin",
                                 .method = "DELETE",
                                 .path = arena_printf(call->arena, "/applications/%s", work->twin)};
    struct sync_intent intent;
    enum sync_changed changed;
    const cJSON *answer;

    log_event(&call->engine->env.log, "application.twin", "id=%s", work->twin);
    changed =
        sync_graph_change(call->engine, call->arena, &change, &answer, &intent, call->problem);
    return changed == SYNC_NOT_CHANGED && call->problem->error.status == 404 ? SYNC_UNKNOWN
                                                                             : changed;
}

/* Names need not be unique in a directory, so what we make is found again by a name that is. */
static enum sync_look check_application(struct sync_call *call, void *arg)
{
    struct register_work *work = arg;
    const cJSON *list, *item, *one = NULL;
    int count = 0;

    if (!list_applications(call, work->name, &list)) {
        return SYNC_LOOK_FAILED;
    }
    cJSON_ArrayForEach(item, list)
    {
        /* A dry call has left the twin where it is, and a removed one may still be shown. */
        if (str_ieq(json_get_text(item, "displayName"), work->name) &&
            !str_eq(json_get_text(item, "id"), work->twin)) {
            one = item;
            count++;
        }
    }
    if (count > 1) {
        (void)fail_ambiguous(call, work->name, count);
        return SYNC_LOOK_FAILED;
    }
    if (count == 0) {
        return SYNC_MISSING;
    }
    if (!sync_application_read(one, &work->found.application, call->problem)) {
        return SYNC_LOOK_FAILED;
    }
    work->common.found = work->found.application.id;
    return SYNC_THERE;
}

/* One delegated permission as an element of requiredResourceAccess. */
static void add_permission(cJSON *list, const char *app_id, const char *scope_id)
{
    cJSON *resource = NULL, *access, *permission, *item;

    cJSON_ArrayForEach(item, list)
    {
        if (str_ieq(json_get_text(item, "resourceAppId"), app_id)) {
            resource = item;
        }
    }
    if (resource == NULL) {
        resource = cJSON_CreateObject();
        cJSON_AddStringToObject(resource, "resourceAppId", app_id);
        cJSON_AddItemToArray(list, resource);
    }
    access = json_get(resource, "resourceAccess");
    if (!cJSON_IsArray(access)) {
        access = cJSON_AddArrayToObject(resource, "resourceAccess");
    }
    permission = cJSON_CreateObject();
    cJSON_AddStringToObject(permission, "id", scope_id);
    cJSON_AddStringToObject(permission, "type", "Scope");
    cJSON_AddItemToArray(access, permission);
}

/* What the guide has the application ask for. */
static const struct {
    const char *app_id, *scope_id;
} permissions[] = {
    {SYNC_APP_DATAVERSE, SYNC_SCOPE_IMPERSONATE},
    {SYNC_APP_GRAPH, SYNC_SCOPE_USER_READ},
};

/* The permissions that are there and those that lack. */
static cJSON *merged_access(struct sync_call *call, const struct sync_application *application)
{
    cJSON *list = application->required_access != NULL
                      ? json_clone(call->arena, application->required_access)
                      : json_new_array(call->arena);

    for (size_t i = 0; i < ARRAY_LEN(permissions); i++) {
        if (!sync_application_requires(application, permissions[i].app_id,
                                       permissions[i].scope_id)) {
            add_permission(list, permissions[i].app_id, permissions[i].scope_id);
        }
    }
    return list;
}

static enum sync_changed create_application(struct sync_call *call, void *arg)
{
    struct register_work *work = arg;
    cJSON *body = json_new_object(call->arena);
    const struct sync_application none = {0};
    struct sync_change change = {.operation = "application.create",
                                 .key = work->name,
                                 .known = "[]",
                                 .what = "creating the application",
                                 .method = "POST",
                                 .path = "/applications",
                                 .body = body,
                                 .id = "id"};
    struct sync_intent intent;
    enum sync_changed changed;
    const cJSON *answer;

    cJSON_AddStringToObject(body, "displayName", work->name);
    cJSON_AddStringToObject(body, "signInAudience", "AzureADMyOrg");
    cJSON_AddItemToObject(body, "requiredResourceAccess",
                          cJSON_Duplicate(merged_access(call, &none), true));
    changed =
        sync_graph_change(call->engine, call->arena, &change, &answer, &intent, call->problem);
    if (changed == SYNC_CHANGED &&
        !sync_application_read(answer, &work->found.application, call->problem)) {
        return SYNC_UNKNOWN;
    }
    return changed;
}

static enum sync_look check_permissions(struct sync_call *call, void *arg)
{
    struct register_work *work = arg;
    struct sync_application *application = &work->found.application;

    if (application->id == NULL) {
        return SYNC_MISSING; /* a dry call, in which nothing was created */
    }
    if (work->stale && !sync_find_application(call, application->id, application)) {
        return SYNC_LOOK_FAILED;
    }
    for (size_t i = 0; i < ARRAY_LEN(permissions); i++) {
        if (!sync_application_requires(application, permissions[i].app_id,
                                       permissions[i].scope_id)) {
            return SYNC_MISSING;
        }
    }
    work->common.found = application->id;
    return SYNC_THERE;
}

static enum sync_changed add_permissions(struct sync_call *call, void *arg)
{
    struct register_work *work = arg;
    cJSON *body = json_new_object(call->arena);
    struct sync_change change = {
        .operation = "application.permissions",
        .key = work->found.application.id,
        .known = "[]",
        .what = "adding the API permissions",
        .method = "PATCH",
        .path = arena_printf(call->arena, "/applications/%s", work->found.application.id),
        .body = body,
        .made = work->found.application.id};
    struct sync_intent intent;
    const cJSON *answer;

    work->stale = true;
    cJSON_AddItemToObject(body, "requiredResourceAccess",
                          cJSON_Duplicate(merged_access(call, &work->found.application), true));
    return sync_graph_change(call->engine, call->arena, &change, &answer, &intent, call->problem);
}

static enum sync_look check_principal(struct sync_call *call, void *arg)
{
    struct register_work *work = arg;

    if (work->found.application.id == NULL) {
        return SYNC_MISSING;
    }
    if (!sync_plan_fresh_until(call, work->found.application.id, &work->common.fresh_until_ms) ||
        !sync_find_principal(call, work->found.application.app_id, &work->found.principal)) {
        return SYNC_LOOK_FAILED;
    }
    work->common.found = work->found.principal.id;
    return work->common.found != NULL ? SYNC_THERE : SYNC_MISSING;
}

static enum sync_changed create_principal(struct sync_call *call, void *arg)
{
    struct register_work *work = arg;
    cJSON *body = json_new_object(call->arena);
    struct sync_change change = {.operation = "servicePrincipal.create",
                                 .key = work->found.application.app_id,
                                 .known = "[]",
                                 .what = "creating the service principal",
                                 .method = "POST",
                                 .path = "/servicePrincipals",
                                 .body = body,
                                 .id = "id"};
    struct sync_intent intent;
    enum sync_changed changed;
    const cJSON *answer;

    cJSON_AddStringToObject(body, "appId", work->found.application.app_id);
    changed =
        sync_graph_change(call->engine, call->arena, &change, &answer, &intent, call->problem);
    if (changed == SYNC_CHANGED &&
        !sync_principal_read(answer, &work->found.principal, call->problem)) {
        return SYNC_UNKNOWN;
    }
    return changed;
}

static const struct sync_step steps[] = {
    {"application.twin", check_twin, remove_twin, work_name, "graph-application"},
    {"application.create", check_application, create_application, work_name, "graph-application"},
    {"application.permissions", check_permissions, add_permissions, work_application,
     "graph-application"},
    {"servicePrincipal.create", check_principal, create_principal, work_app_id,
     "graph-service-principal"},
};

bool sync_setup_register(struct sync_call *call, const char *name, struct sync_registered *ret,
                         bool *ret_changed)
{
    struct register_work work = {.name = name};

    if (!sync_plan_run(call, steps, ARRAY_LEN(steps), &work, ret_changed)) {
        return false;
    }
    *ret = work.found;
    return true;
}

bool sync_find_application(struct sync_call *call, const char *id, struct sync_application *ret)
{
    struct sync_env *env = &call->engine->env;
    const char *path = arena_printf(call->arena, "/applications/%s", id);
    int64_t fresh_until_ms;
    const cJSON *object;

    if (!sync_plan_fresh_until(call, id, &fresh_until_ms)) {
        return false;
    }
    while (!sync_graph_get(call->engine, call->arena, "reading the application", path, &object,
                           call->problem)) {
        if (call->problem->error.status != 404 ||
            sync_env_now(env) + LOOK_AGAIN_MS > fresh_until_ms ||
            !sync_env_wait_until(env, sync_env_now(env) + LOOK_AGAIN_MS, call->problem)) {
            return false;
        }
    }
    return sync_application_read(object, ret, call->problem);
}

bool sync_find_principal(struct sync_call *call, const char *app_id, struct sync_principal *ret)
{
    const char *path = sync_graph_filter(call->arena, "servicePrincipals", "appId", app_id, "");
    const cJSON *list, *item;

    *ret = (struct sync_principal){0};
    if (!sync_graph_list(call->engine, call->arena, "looking for the service principal", path,
                         &list, call->problem)) {
        return false;
    }
    cJSON_ArrayForEach(item, list)
    {
        if (str_ieq(json_get_text(item, "appId"), app_id)) {
            return sync_principal_read(item, ret, call->problem);
        }
    }
    return true;
}

bool sync_call_needs_guid(struct sync_call *call, const char *name, const char *value)
{
    return guid_valid(value) || sync_call_refuse(call, name, "an id of the directory (a GUID)");
}

/* The tenant's id: from the object itself, since a configuration may name a domain. */
static const char *tenant_of(const struct sync_call *call, const struct sync_registered *found)
{
    const char *configured = call->engine->config.admin.tenant;

    return guid_valid(found->principal.owner_tenant) ? found->principal.owner_tenant
           : guid_valid(configured)                  ? configured
                                                     : NULL;
}

static void add_text(cJSON *object, const char *name, const char *text)
{
    cJSON_AddItemToObject(object, name,
                          text != NULL ? cJSON_CreateString(text) : cJSON_CreateNull());
}

void sync_registered_write(const struct sync_call *call, const struct sync_registered *found,
                           cJSON *result)
{
    const char *audience = found->application.sign_in_audience;

    add_text(result, "id", found->application.id);
    add_text(result, "appId", found->application.app_id);
    add_text(result, "tenantId", tenant_of(call, found));
    add_text(result, "servicePrincipalId", found->principal.id);
    if (audience != NULL && !str_eq(audience, "AzureADMyOrg")) {
        cJSON *warnings = cJSON_AddArrayToObject(result, "warnings");

        cJSON_AddItemToArray(
            warnings, cJSON_CreateString("The application accepts accounts of other tenants; the "
                                         "guide asks for this directory only."));
    }
}

bool sync_op_register_application(struct sync_call *call)
{
    struct parameters {
        const char *name;
    } with = {0};
    static const struct json_field fields[] = {
        JSON_FIELD("name", struct parameters, name, REQUIRED),
    };
    struct sync_registered found;
    bool changed = false;

    if (!sync_call_read(call, fields, ARRAY_LEN(fields), &with)) {
        return false;
    }
    if (*with.name == '\0' || strlen(with.name) > NAME_MAX_LEN) {
        return sync_call_refuse(call, "name", "a name of 1 to 120 characters");
    }
    if (!sync_setup_register(call, with.name, &found, &changed)) {
        return false;
    }
    sync_registered_write(call, &found, call->result);
    cJSON_AddBoolToObject(call->result, "changed", changed);
    return true;
}
