/* Step 2 inside the organization: the application user, its role, and Marketo Config. */
#include <string.h>

#include "base/guid.h"
#include "base/str.h"
#include "dataverse/dataverse.h"
#include "remote/odata.h"
#include "setup/dynamics.h"
#include "setup/plan.h"
#include "setup/setup.h"

struct user_work {
    struct sync_work common;
    const struct sync_remote *remote;
    const char *app_id, *email, *unit;
    const char *user; /* id; NULL: there is none */
    const char *current_email;
    bool disabled;
    const char *role;   /* id */
    const char *config; /* id of the record Default */
    const char *key;
};

static const char *key_of(void *work)
{
    return ((struct user_work *)work)->key;
}

bool sync_dynamics_open(struct sync_call *call, const char *organization, struct sync_remote *ret)
{
    const char *host = NULL;

    if (organization != NULL) {
        host = sync_dataverse_host(call->arena, organization);
        if (host == NULL) {
            return sync_call_refuse(call, "organization",
                                    "a host such as contoso.crm.dynamics.com");
        }
    }
    return sync_dataverse_open(call->engine, call->arena, host, true, ret, call->problem);
}

const char *sync_new_guid(struct sync_call *call)
{
    uint8_t bytes[16];
    char *text = arena_alloc(call->arena, GUID_SIZE);

    call->engine->env.given.random(call->engine->env.given.ctx, bytes, sizeof bytes);
    guid_format(bytes, text);
    return text;
}

static enum sync_changed change(struct sync_call *call, const struct user_work *work,
                                const char *operation, const char *what, const char *method,
                                const char *path, const cJSON *body, const char *made)
{
    const struct sync_change sent = {.operation = operation,
                                     .key = work->key,
                                     .known = "[]",
                                     .what = what,
                                     .method = method,
                                     .path = path,
                                     .body = body,
                                     .made = made};
    struct sync_intent intent;
    const cJSON *answer;

    return sync_remote_change(call->engine, call->arena, work->remote, &sent, &answer, &intent,
                              call->problem);
}

/* dataverse-application-user. */
static enum sync_look check_user(struct sync_call *call, void *arg)
{
    struct user_work *work = arg;
    const char *path = sync_odata_filter(
        call->arena,
        "/systemusers?$select=systemuserid,internalemailaddress,isdisabled,applicationid",
        arena_printf(call->arena, "applicationid eq %s", work->app_id));
    const cJSON *list, *user;

    if (!sync_remote_list(call->engine, call->arena, work->remote,
                          "looking for the application user", path, &list, call->problem)) {
        return SYNC_LOOK_FAILED;
    }
    user = cJSON_GetArrayItem(list, 0);
    work->user = json_get_text(user, "systemuserid");
    work->current_email = json_get_text(user, "internalemailaddress");
    work->disabled = json_get_bool(user, "isdisabled", false);
    work->common.found = work->user;
    return work->user != NULL ? SYNC_THERE : SYNC_MISSING;
}

static enum sync_changed create_user(struct sync_call *call, void *arg)
{
    struct user_work *work = arg;
    cJSON *body = json_new_object(call->arena);

    cJSON_AddStringToObject(body, "applicationid", work->app_id);
    cJSON_AddStringToObject(body, "businessunitid@odata.bind",
                            arena_printf(call->arena, "/businessunits(%s)", work->unit));
    cJSON_AddNumberToObject(body, "accessmode", 4);
    if (work->email != NULL) {
        cJSON_AddStringToObject(body, "internalemailaddress", work->email);
    }
    return change(call, work, "appuser.create", "creating the application user", "POST",
                  "/systemusers", body, work->app_id);
}

static enum sync_look check_email(struct sync_call *call, void *arg)
{
    struct user_work *work = arg;
    enum sync_look look = check_user(call, arg);

    if (look != SYNC_THERE) {
        return look;
    }
    return (work->email == NULL || str_ieq(work->current_email, work->email)) && !work->disabled
               ? SYNC_THERE
               : SYNC_MISSING;
}

static enum sync_changed set_email(struct sync_call *call, void *arg)
{
    struct user_work *work = arg;
    cJSON *body = json_new_object(call->arena);

    if (work->email != NULL) {
        cJSON_AddStringToObject(body, "internalemailaddress", work->email);
    }
    cJSON_AddBoolToObject(body, "isdisabled", false);
    return change(call, work, "appuser.email", "setting the application user's address", "PATCH",
                  arena_printf(call->arena, "/systemusers(%s)", work->user), body, work->user);
}

static const struct sync_step user_steps[] = {
    {"appuser.create", check_user, create_user, key_of, "dataverse-application-user"},
    {"appuser.email", check_email, set_email, key_of, "dataverse-application-user"},
};

/* The business unit that has no parent. */
static bool find_root_unit(struct sync_call *call, const struct sync_remote *remote,
                           const char **ret)
{
    const char *path = sync_odata_filter(call->arena, "/businessunits?$select=businessunitid,name",
                                         "_parentbusinessunitid_value eq null");
    const cJSON *list;

    if (!sync_remote_list(call->engine, call->arena, remote, "looking for the business unit", path,
                          &list, call->problem)) {
        return false;
    }
    *ret = json_get_text(cJSON_GetArrayItem(list, 0), "businessunitid");
    if (*ret == NULL) {
        (void)sync_fail(call->problem, CRMSYNC_FAILED, "protocol",
                        "the organization shows no root business unit");
        sync_problem_from(call->problem, "dataverse", 200);
        return false;
    }
    return true;
}

bool sync_setup_app_user(struct sync_call *call, const struct sync_remote *remote,
                         const char *app_id, const char *email, const char *business_unit,
                         const char **ret_user, bool *ret_changed)
{
    struct user_work work = {.remote = remote,
                             .app_id = app_id,
                             .email = email,
                             .unit = business_unit,
                             .key = arena_join(call->arena, remote->org, "/", app_id, NULL)};

    *ret_user = NULL;
    if (!sync_plan_fresh_until(call, app_id, &work.common.fresh_until_ms) ||
        (work.unit == NULL && !find_root_unit(call, remote, &work.unit)) ||
        !sync_plan_run(call, user_steps, 1, &work, ret_changed)) {
        return false;
    }
    if (work.user == NULL && call->dry) {
        return true;
    }
    if (!sync_plan_run(call, user_steps + 1, 1, &work, ret_changed)) {
        return false;
    }
    *ret_user = work.user;
    return true;
}

static enum sync_look check_role(struct sync_call *call, void *arg)
{
    struct user_work *work = arg;
    const char *path = arena_printf(
        call->arena,
        "/systemusers(%s)/systemuserroles_association?$select=roleid,_parentrootroleid_value",
        work->user);
    const cJSON *list, *item;

    if (!sync_remote_list(call->engine, call->arena, work->remote, "reading the user's roles", path,
                          &list, call->problem)) {
        return SYNC_LOOK_FAILED;
    }
    work->common.found = NULL;
    cJSON_ArrayForEach(item, list)
    {
        if (str_ieq(json_get_text(item, "roleid"), work->role)) {
            work->common.found = work->role;
        }
    }
    return work->common.found != NULL ? SYNC_THERE : SYNC_MISSING;
}

static enum sync_changed add_role(struct sync_call *call, void *arg)
{
    struct user_work *work = arg;
    cJSON *body = json_new_object(call->arena);

    cJSON_AddStringToObject(
        body, "@odata.id",
        arena_printf(call->arena, "%s/roles(%s)", work->remote->base, work->role));
    return change(
        call, work, "role.assign", "giving the user the role", "POST",
        arena_printf(call->arena, "/systemusers(%s)/systemuserroles_association/$ref", work->user),
        body, work->role);
}

static const struct sync_step role_step = {"role.assign", check_role, add_role, key_of,
                                           "dataverse-role-association"};

/* A role has a copy in each business unit; the one of the user's unit can be given to him. */
static bool find_role(struct sync_call *call, const struct sync_remote *remote, const char *user,
                      const char *role, const char **ret)
{
    const char *path = arena_printf(
        call->arena, "/systemusers(%s)?$select=systemuserid,_businessunitid_value", user);
    bool by_id = guid_valid(role);
    const cJSON *found, *list;
    const char *unit, *filter;

    if (!sync_remote_get(call->engine, call->arena, remote, "reading the user", path, NULL, &found,
                         call->problem)) {
        return false;
    }
    unit = json_get_text(found, "_businessunitid_value");
    filter = by_id ? arena_printf(call->arena, "(roleid eq %s or _parentrootroleid_value eq %s)",
                                  role, role)
                   : arena_join(call->arena, "name eq ", sync_odata_text(call->arena, role), NULL);
    if (unit != NULL) {
        filter = arena_printf(call->arena, "%s and _businessunitid_value eq %s", filter, unit);
    }
    path = sync_odata_filter(call->arena, "/roles?$select=roleid,name", filter);
    if (!sync_remote_list(call->engine, call->arena, remote, "looking for the role", path, &list,
                          call->problem)) {
        return false;
    }
    *ret = json_get_text(cJSON_GetArrayItem(list, 0), "roleid");
    if (*ret == NULL) {
        (void)sync_fail(call->problem, CRMSYNC_REFUSED, "not_found",
                        "the organization has no role \"%.100s\"", role);
        sync_problem_fix(call->problem, "Install the solution first: it brings the role.");
        sync_problem_from(call->problem, "dataverse", 200);
        return false;
    }
    return true;
}

bool sync_setup_role(struct sync_call *call, const struct sync_remote *remote, const char *user,
                     const char *role, bool *ret_changed)
{
    struct user_work work = {.remote = remote, .user = user};

    if (!find_role(call, remote, user, role, &work.role)) {
        return false;
    }
    work.key = arena_join(call->arena, remote->org, "/", user, "/", work.role, NULL);
    return sync_plan_run(call, &role_step, 1, &work, ret_changed);
}

static bool fail_config(struct sync_call *call, const char *what)
{
    (void)sync_fail(call->problem, CRMSYNC_REFUSED, "step_closed", "Marketo Config: %s", what);
    sync_problem_fix(call->problem, "Install the solution and publish all customizations first.");
    sync_problem_from(call->problem, "dataverse", 404);
    return false;
}

/* marketo-config: the record Default, or the only one. */
static enum sync_look check_config(struct sync_call *call, void *arg)
{
    struct user_work *work = arg;
    const cJSON *list, *item;

    if (!sync_remote_list(
            call->engine, call->arena, work->remote, "reading Marketo Config",
            "/mkt_marketoconfigs?$select=mkt_marketoconfigid,mkt_name,_mkt_marketouser_value",
            &list, call->problem)) {
        if (call->problem->error.status == 404) {
            (void)fail_config(call, "the table is not there, or not published");
        }
        return SYNC_LOOK_FAILED;
    }
    item = cJSON_GetArrayItem(list, 0);
    for (const cJSON *one = item; one != NULL; one = one->next) {
        item = str_ieq(json_get_text(one, "mkt_name"), "Default") ? one : item;
    }
    work->config = json_get_text(item, "mkt_marketoconfigid");
    if (work->config == NULL) {
        (void)fail_config(call, "the record Default is not there");
        return SYNC_LOOK_FAILED;
    }
    work->common.found = work->config;
    return str_ieq(json_get_text(item, "_mkt_marketouser_value"), work->user) ? SYNC_THERE
                                                                              : SYNC_MISSING;
}

static enum sync_changed set_config(struct sync_call *call, void *arg)
{
    struct user_work *work = arg;
    cJSON *body = json_new_object(call->arena);

    cJSON_AddStringToObject(body, "mkt_marketouser@odata.bind",
                            arena_printf(call->arena, "/systemusers(%s)", work->user));
    return change(call, work, "marketo-config.user", "setting the Marketo User", "PATCH",
                  arena_printf(call->arena, "/mkt_marketoconfigs(%s)", work->config), body,
                  work->config);
}

static const struct sync_step config_step = {"marketo-config.user", check_config, set_config,
                                             key_of, "marketo-config"};

bool sync_setup_marketo_config(struct sync_call *call, const struct sync_remote *remote,
                               const char *user, bool *ret_changed)
{
    struct user_work work = {.remote = remote,
                             .user = user,
                             .key = arena_join(call->arena, remote->org, "/", user, NULL)};

    return sync_plan_run(call, &config_step, 1, &work, ret_changed);
}

bool sync_op_create_application_user(struct sync_call *call)
{
    struct parameters {
        const char *application, *email, *unit, *organization;
    } with = {0};
    static const struct json_field fields[] = {
        JSON_FIELD("application", struct parameters, application, REQUIRED),
        JSON_FIELD("email", struct parameters, email, REQUIRED),
        JSON_FIELD("businessUnit", struct parameters, unit, OPTIONAL),
        JSON_FIELD("organization", struct parameters, organization, OPTIONAL),
    };
    struct sync_application application;
    struct sync_remote remote = {0};
    const char *user;
    bool changed = false;

    if (!sync_call_read(call, fields, ARRAY_LEN(fields), &with) ||
        !sync_call_needs_guid(call, "application", with.application)) {
        return false;
    }
    if (strchr(with.email, '@') == NULL || strlen(with.email) > 100) {
        return sync_call_refuse(call, "email", "an e-mail address of at most 100 characters");
    }
    if ((with.unit != NULL && !sync_call_needs_guid(call, "businessUnit", with.unit)) ||
        !sync_dynamics_open(call, with.organization, &remote) ||
        !sync_find_application(call, with.application, &application) ||
        !sync_setup_app_user(call, &remote, application.app_id, with.email, with.unit, &user,
                             &changed)) {
        return false;
    }
    cJSON_AddStringToObject(call->result, "systemuserid", user);
    cJSON_AddBoolToObject(call->result, "changed", changed);
    return true;
}

bool sync_op_assign_role(struct sync_call *call)
{
    struct parameters {
        const char *user, *role, *organization;
    } with = {0};
    static const struct json_field fields[] = {
        JSON_FIELD("user", struct parameters, user, REQUIRED),
        JSON_FIELD("role", struct parameters, role, REQUIRED),
        JSON_FIELD("organization", struct parameters, organization, OPTIONAL),
    };
    struct sync_remote remote = {0};
    bool changed = false;

    if (!sync_call_read(call, fields, ARRAY_LEN(fields), &with) ||
        !sync_call_needs_guid(call, "user", with.user) ||
        !sync_dynamics_open(call, with.organization, &remote) ||
        !sync_setup_role(call, &remote, with.user, with.role, &changed)) {
        return false;
    }
    cJSON_AddBoolToObject(call->result, "changed", changed);
    return true;
}

bool sync_op_configure_marketo(struct sync_call *call)
{
    struct parameters {
        const char *user, *organization;
    } with = {0};
    static const struct json_field fields[] = {
        JSON_FIELD("user", struct parameters, user, REQUIRED),
        JSON_FIELD("organization", struct parameters, organization, OPTIONAL),
    };
    struct sync_remote remote = {0};
    bool changed = false;

    if (!sync_call_read(call, fields, ARRAY_LEN(fields), &with) ||
        !sync_call_needs_guid(call, "user", with.user) ||
        !sync_dynamics_open(call, with.organization, &remote) ||
        !sync_setup_marketo_config(call, &remote, with.user, &changed)) {
        return false;
    }
    cJSON_AddBoolToObject(call->result, "changed", changed);
    return true;
}
