#include "validate/validate.h"

#include <stdio.h>
#include <string.h>

#include "base/guid.h"
#include "base/str.h"
#include "dataverse/dataverse.h"
#include "graph/graph.h"
#include "remote/odata.h"
#include "setup/setup.h"
#include "validate/address.h"

/* The page's words. */
static const char *const names[SYNC_CHECKS] = {
    "URL is valid",
    "Username and password are valid",
    "Sync user is assigned to the Marketo Sync User role",
    "Marketo solution is properly installed",
    "All steps in the solution are enabled",
    "Sync user is assigned to the Marketo solution",
    "Sync user matches username and password",
};

/* What the checks find out on their way. */
struct examination {
    struct sync_call *call;
    struct sync_candidate *candidate;
    struct sync_check *checks;
    struct sync_remote own;    /* as the credentials */
    struct sync_remote reader; /* who may look at solutions and steps */
    bool can_read;
    const char *user_id;
    bool known_to_admin; /* the organization, by the directory */
    bool no_role;        /* the organization says that the user has no role at all */
    bool no_consent;     /* the token endpoint said so */
};

static void pass(struct examination *it, int check)
{
    it->checks[check - 1].outcome = SYNC_PASSED;
}

static void fail(struct examination *it, int check, const char *cause, const char *fix)
{
    it->checks[check - 1] = (struct sync_check){SYNC_FAILED, cause, fix};
}

/* Whether a problem is a verdict of the remote, not a broken line. */
static bool is_verdict(const struct sync_problem *problem)
{
    return problem->outcome == CRMSYNC_REFUSED ||
           (problem->outcome == CRMSYNC_FAILED && problem->error.status >= 400 &&
            problem->error.status < 500 && problem->error.status != 429);
}

/* AADSTS numbers that say the resource, that is the address, is not known. */
static bool says_no_such_organization(const struct sync_problem *problem)
{
    static const char *const codes[] = {"500011", "70011", "650057"};

    for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
        if (str_eq(problem->remote_code, codes[i]) && str_eq(problem->error.service, "entra")) {
            return true;
        }
    }
    return false;
}

/* VALID-01. Whether the directory knows the organization is asked as the administrator, so that
 * wrong credentials do not hide it. */
static bool check_url(struct examination *it)
{
    struct sync_call *call = it->call;
    struct sync_problem problem = {0};
    const char *host, *ignored;

    switch (sync_address_read(call->arena, it->candidate->url, &host)) {
    case SYNC_ADDRESS_KIND:
        fail(it, 1, "url_kind",
             "Copy the Organization Service URL from Settings > Customizations > Developer "
             "Resources; this is another address.");
        return true;
    case SYNC_ADDRESS_UNKNOWN:
        fail(it, 1, "url_unknown",
             "Copy the Organization Service URL from Settings > Customizations > Developer "
             "Resources.");
        return true;
    case SYNC_ADDRESS_OK:
        break;
    }
    if (!sync_dataverse_open(call->engine, call->arena, host, false, &it->own, call->problem)) {
        return false;
    }
    it->own.credentials = &it->candidate->credentials;
    it->known_to_admin =
        sync_has_admin(call->engine) &&
        sync_sign_in_admin(call->engine,
                           arena_join(call->arena, "https://", host, "/.default", NULL), &ignored,
                           &problem);
    if (sync_has_admin(call->engine) && !it->known_to_admin) {
        if (problem.outcome == CRMSYNC_DIED || problem.outcome == CRMSYNC_UNREACHABLE) {
            *call->problem = problem;
            return false;
        }
        if (says_no_such_organization(&problem)) {
            fail(it, 1, "url_unknown", "Check the address: no organization of this tenant has it.");
            return true;
        }
    }
    pass(it, 1);
    return true;
}

/* What a refusal to sign in is for check 2. */
static const struct {
    const char *code, *cause, *fix;
} sign_in_causes[] = {
    {"7000222", "secret_expired", "Add a new client secret to the application and give its Value."},
    {"90002", "tenant_unknown",
     "Give the Directory (tenant) ID; the Application (client) ID is another one."},
    {"900023", "tenant_unknown",
     "Give the Directory (tenant) ID; the Application (client) ID is another one."},
    {"50059", "tenant_unknown", "Give the Directory (tenant) ID."},
    {"50194", "tenant_unknown", "Give the Directory (tenant) ID."},
    {"9001023", "tenant_unknown", "Give the Directory (tenant) ID."},
    {"90038", "tenant_unknown",
     "This tenant is in a national cloud: give the Directory (tenant) ID."},
    {"900382", "tenant_unknown",
     "This tenant is in a national cloud: give the Directory (tenant) ID."},
    {"700016", "client_unknown",
     "Give the Application (client) ID of an application that is registered in this tenant."},
    {"700030", "client_unknown", "Give the Application (client) ID."},
    {"7000112", "client_disabled", "Enable the application for users to sign in."},
    {"7000229", "client_unknown", "Create the application's service principal."},
    {"50076", "mfa_required", "Switch multi-factor authentication off for the sync user."},
    {"50079", "mfa_required", "Switch multi-factor authentication off for the sync user."},
    {"50158", "mfa_required", "Switch multi-factor authentication off for the sync user."},
    {"50126", "bad_password",
     "Correct the user name or the password. When the domain signs in at AD FS, the application "
     "also needs a Home Realm Discovery policy, and hashes of the passwords must be synchronized."},
    {"53000", "access_blocked", "Exempt the sync user from the Conditional Access policy."},
    {"53003", "access_blocked", "Exempt the sync user from the Conditional Access policy."},
    {"530032", "access_blocked", "Exempt the sync user from the tenant's security policy."},
    {"530035", "access_blocked", "Switch the security defaults off, or use s2s."},
    {"50105", "access_blocked", "Assign the sync user to the application."},
    {"50034", "bad_password", "Correct the user name: the tenant has no such user."},
    {"50055", "password_expired", "The password has expired: set a new one."},
    {"50057", "user_disabled", "Enable the user's account."},
    {"50053", "user_locked", "Wait until the lock ends, then give the right password."},
};

static void judge_sign_in(struct examination *it, const struct sync_problem *problem)
{
    const struct sync_credentials *given = &it->candidate->credentials;

    if (str_eq(problem->remote_code, "7000215") || str_eq(problem->remote_code, "7000216")) {
        bool is_id = given->client_secret != NULL && guid_valid(given->client_secret);

        fail(it, 2, is_id ? "secret_id" : "bad_secret",
             is_id ? "This is the Secret ID: give the secret's Value, which is shown once only."
                   : "Give the secret's Value; when it is lost, add a new secret.");
        return;
    }
    for (size_t i = 0; i < ARRAY_LEN(sign_in_causes); i++) {
        if (str_eq(problem->remote_code, sign_in_causes[i].code)) {
            fail(it, 2, sign_in_causes[i].cause, sign_in_causes[i].fix);
            return;
        }
    }
    fail(it, 2, str_eq(given->connection.auth_method, "s2s") ? "bad_secret" : "bad_password",
         problem->error.message[0] != '\0' ? arena_strdup(it->call->arena, problem->error.message)
                                           : "Correct the credentials.");
}

/* The systemuser's address; as the user himself, else as the administrator. */
static bool read_user(struct examination *it, const char *path, const cJSON **ret)
{
    struct sync_call *call = it->call;
    struct sync_problem problem = {0};
    struct sync_remote admin;

    if (sync_remote_get(call->engine, call->arena, &it->own, "reading the sync user", path, NULL,
                        ret, &problem)) {
        return true;
    }
    if (!is_verdict(&problem) || !sync_has_admin(call->engine)) {
        *call->problem = problem;
        return false;
    }
    return sync_dataverse_open(call->engine, call->arena, it->own.org, true, &admin,
                               call->problem) &&
           sync_remote_get(call->engine, call->arena, &admin, "reading the sync user", path, NULL,
                           ret, call->problem);
}

/* SETUP3-07: for S2S the user name is the application user's address. */
static bool check_username(struct examination *it)
{
    const struct sync_connection *given = &it->candidate->credentials.connection;
    const char *path = arena_printf(
        it->call->arena, "/systemusers(%s)?$select=systemuserid,internalemailaddress,domainname",
        it->user_id != NULL ? it->user_id : "");
    const cJSON *user;

    if (!str_eq(given->auth_method, "s2s") || it->user_id == NULL) {
        pass(it, 2); /* without an administrator nobody can tell */
        return true;
    }
    if (!read_user(it, path, &user)) {
        if (!is_verdict(it->call->problem)) {
            return false;
        }
        user = NULL;
    }
    if (given->username != NULL &&
        str_ieq(json_get_text(user, "internalemailaddress"), given->username)) {
        pass(it, 2);
    } else {
        fail(it, 2, "user_mismatch",
             "Give the application user's e-mail address as the user name (Power Platform admin "
             "center, application users, details).");
    }
    return true;
}

/* Whose the credentials would be, when the organization did not let him say so himself: as the
 * administrator sees it. */
static bool find_user(struct examination *it)
{
    struct sync_call *call = it->call;
    const struct sync_connection *given = &it->candidate->credentials.connection;
    struct sync_remote admin;
    const cJSON *list;
    const char *filter = NULL;

    if (str_eq(given->auth_method, "s2s")) {
        filter = given->client_id != NULL
                     ? arena_join(call->arena, "applicationid eq ", given->client_id, NULL)
                     : NULL;
    } else if (given->username != NULL) {
        filter = arena_join(call->arena, "domainname eq ",
                            sync_odata_text(call->arena, given->username), NULL);
    }
    if (!sync_has_admin(call->engine) || filter == NULL) {
        return true;
    }
    if (!sync_dataverse_open(call->engine, call->arena, it->own.org, true, &admin, call->problem) ||
        !sync_remote_list(
            call->engine, call->arena, &admin, "looking for the sync user",
            sync_odata_filter(call->arena, "/systemusers?$select=systemuserid", filter), &list,
            call->problem)) {
        return false;
    }
    it->user_id = json_get_text(cJSON_GetArrayItem(list, 0), "systemuserid");
    return true;
}

/* VALID-02. */
static bool check_credentials(struct examination *it)
{
    struct sync_problem problem = {0};
    struct sync_whoami who;
    struct sync_call *call = it->call;

    if (sync_dataverse_whoami(call->engine, call->arena, &it->own, &who, &problem)) {
        it->user_id = who.user_id;
        return check_username(it);
    }
    if (!is_verdict(&problem)) {
        *call->problem = problem;
        return false;
    }
    if (says_no_such_organization(&problem) && it->known_to_admin) {
        fail(it, 2, "tenant_unknown",
             "The organization is not this tenant's: give the Directory (tenant) ID of its own, "
             "and an application that is registered there.");
    } else if (says_no_such_organization(&problem)) {
        it->checks[0] =
            (struct sync_check){SYNC_FAILED, "url_unknown",
                                "Check the address: no organization of this tenant has it."};
    } else if (str_ieq(problem.remote_code, "0x80042f09")) {
        /* The credentials are good, and their user has no role at all: check 3 says so. */
        return find_user(it) && check_username(it);
    } else if (str_eq(problem.error.service, "entra") && str_eq(problem.remote_code, "65001")) {
        /* VALID-08: missing consent shows at check 3, although it is met here. */
        it->no_consent = true;
        pass(it, 2);
    } else if (str_ieq(problem.remote_code, "0x80040225")) {
        fail(it, 2, "user_disabled", "Enable the user in the organization.");
    } else if (str_eq(problem.error.code, "basic_off")) {
        fail(it, 2, "basic_off", problem.error.fix);
    } else if (str_ieq(problem.remote_code, "0x80072560")) {
        fail(it, 2, "user_mismatch",
             "The organization has no enabled user for these credentials: create the application "
             "user, and give its e-mail address as the user name.");
    } else {
        judge_sign_in(it, &problem);
    }
    return true;
}

/* Whether the application may act in the organization at all, as Graph shows it. */
static bool check_consent(struct examination *it, bool *ret_examined, bool *ret_given)
{
    struct sync_call *call = it->call;
    const struct sync_connection *given = &it->candidate->credentials.connection;
    struct sync_principal client, resource;
    const cJSON *list, *item;

    *ret_examined = false;
    *ret_given = !it->no_consent;
    if (it->no_consent || str_eq(given->auth_method, "basic") || !sync_has_admin(call->engine)) {
        *ret_examined = it->no_consent || str_eq(given->auth_method, "basic");
        return true;
    }
    if (!sync_find_principal(call, given->client_id, &client) ||
        !sync_find_principal(call, SYNC_APP_DATAVERSE, &resource)) {
        return false;
    }
    *ret_examined = true;
    *ret_given = false;
    if (client.id == NULL || resource.id == NULL) {
        return true;
    }
    if (!sync_graph_list(
            call->engine, call->arena, "looking for the consent",
            sync_graph_filter(call->arena, "oauth2PermissionGrants", "clientId", client.id, ""),
            &list, call->problem)) {
        return false;
    }
    cJSON_ArrayForEach(item, list)
    {
        struct sync_grant grant;

        if (!sync_grant_read(item, &grant, call->problem)) {
            return false;
        }
        *ret_given = *ret_given || (str_ieq(grant.resource_id, resource.id) &&
                                    str_eq(grant.consent_type, "AllPrincipals") &&
                                    sync_scope_has(grant.scope, "user_impersonation"));
    }
    return true;
}

/* The roles of the user: as himself; who has none at all cannot read them, the administrator can.
 */
static bool has_role(struct examination *it, bool *ret)
{
    const cJSON *answer, *item;
    const char *path = arena_printf(
        it->call->arena, "/systemusers(%s)/systemuserroles_association?$select=roleid,name",
        it->user_id);

    *ret = false;
    if (it->user_id == NULL) {
        return true;
    }
    if (!read_user(it, path, &answer)) {
        return is_verdict(it->call->problem);
    }
    cJSON_ArrayForEach(item, json_get(answer, "value"))
    {
        *ret = *ret || str_eq(json_get_text(item, "name"), "Marketo Sync User");
    }
    return true;
}

/* VALID-03, with the consent that shows here (VALID-08). */
static bool check_role(struct examination *it)
{
    struct sync_call *call = it->call;
    bool examined, given, role;

    if ((it->user_id == NULL && !find_user(it)) || !has_role(it, &role) ||
        !check_consent(it, &examined, &given)) {
        return false;
    }
    it->no_role = !role;
    if (!role && !it->no_consent) {
        fail(it, 3, "role_missing",
             "Give the sync user the security role \"Marketo Sync User\": tick it under Manage "
             "Roles.");
    } else if (!given) {
        fail(it, 3, "consent_missing",
             "Grant admin consent to the application: API permissions, Grant admin consent.");
    } else {
        pass(it, 3);
        it->checks[2].fix =
            examined ? NULL : "Admin consent was not examined: no administrator is configured.";
    }
    it->can_read = !it->no_role && !it->no_consent;
    it->reader = it->own;
    if (!it->can_read && sync_has_admin(call->engine)) {
        it->can_read = true;
        return sync_dataverse_open(call->engine, call->arena, it->own.org, true, &it->reader,
                                   call->problem);
    }
    return true;
}

/* A list as the one who may read; *ret is NULL when it is refused or not there. */
static bool read_list(struct examination *it, const char *what, const char *path, const cJSON **ret)
{
    struct sync_call *call = it->call;
    struct sync_problem problem = {0};

    *ret = NULL;
    if (sync_remote_list(call->engine, call->arena, &it->reader, what, path, ret, &problem) ||
        is_verdict(&problem)) {
        return true;
    }
    *call->problem = problem;
    return false;
}

/* VALID-04. */
static bool check_solution(struct examination *it)
{
    const cJSON *list;

    if (!read_list(it, "looking for the solution",
                   sync_odata_filter(it->call->arena, "/solutions?$select=solutionid,version",
                                     "uniquename eq 'MarketoLeadManagement'"),
                   &list)) {
        return false;
    }
    if (cJSON_GetArraySize(list) > 0) {
        pass(it, 4);
    } else {
        fail(it, 4, "solution_missing",
             "Import the Marketo solution and publish all customizations.");
    }
    return true;
}

/* VALID-05. */
static bool check_steps(struct examination *it)
{
    const cJSON *list, *item;
    const char *off = NULL;

    if (!read_list(it, "reading the plug-in steps",
                   sync_odata_filter(it->call->arena,
                                     "/sdkmessageprocessingsteps?$select=name,statecode",
                                     "startswith(name,'Marketo')"),
                   &list)) {
        return false;
    }
    cJSON_ArrayForEach(item, list)
    {
        int64_t state = 0;

        if (off == NULL && json_int(json_get(item, "statecode"), &state) && state != 0) {
            off = json_get_text(item, "name");
        }
    }
    if (cJSON_GetArraySize(list) > 0 && off == NULL) {
        pass(it, 5);
    } else {
        fail(it, 5, "step_disabled",
             off != NULL ? arena_printf(it->call->arena, "Enable the step \"%.200s\" again.", off)
                         : "Import the solution again with its SDK message processing steps.");
    }
    return true;
}

/* VALID-06 and VALID-07. */
static bool check_config(struct examination *it)
{
    const cJSON *list, *record;
    const char *user;

    if (!read_list(it, "reading Marketo Config",
                   "/mkt_marketoconfigs?$select=mkt_name,_mkt_marketouser_value", &list)) {
        return false;
    }
    record = cJSON_GetArrayItem(list, 0);
    for (const cJSON *one = record; one != NULL; one = one->next) {
        record = str_ieq(json_get_text(one, "mkt_name"), "Default") ? one : record;
    }
    user = json_get_text(record, "_mkt_marketouser_value");
    if (user == NULL) {
        fail(it, 6, "config_empty",
             "Set the field Marketo User of the record Default in Marketo Config to the sync user, "
             "save and publish.");
        return true;
    }
    pass(it, 6);
    if (it->user_id != NULL && str_ieq(user, it->user_id)) {
        pass(it, 7);
    } else {
        fail(it, 7, "config_other_user",
             "Put the user whose credentials are given into the field Marketo User of Marketo "
             "Config.");
    }
    return true;
}

bool sync_validate(struct sync_call *call, struct sync_candidate *candidate,
                   struct sync_check ret[SYNC_CHECKS])
{
    struct examination it = {.call = call, .candidate = candidate, .checks = ret};

    memset(ret, 0, SYNC_CHECKS * sizeof *ret);
    if (!check_url(&it)) {
        return false;
    }
    if (ret[0].outcome != SYNC_PASSED) {
        return true;
    }
    if (!check_credentials(&it)) {
        return false;
    }
    if (ret[0].outcome != SYNC_PASSED || ret[1].outcome != SYNC_PASSED) {
        return true;
    }
    if (!check_role(&it)) {
        return false;
    }
    /* Without a reader nothing more can be seen. */
    if (!it.can_read || !check_solution(&it)) {
        return !it.can_read;
    }
    return ret[3].outcome != SYNC_PASSED || (check_steps(&it) && check_config(&it));
}

const struct sync_check *sync_check_failed(const struct sync_check checks[SYNC_CHECKS])
{
    for (int i = 0; i < SYNC_CHECKS; i++) {
        if (checks[i].outcome == SYNC_FAILED) {
            return &checks[i];
        }
    }
    return NULL;
}

static void add_text(cJSON *object, const char *name, const char *text)
{
    cJSON_AddItemToObject(object, name,
                          text != NULL ? cJSON_CreateString(text) : cJSON_CreateNull());
}

cJSON *sync_checks_json(struct arena *arena, const struct sync_check checks[SYNC_CHECKS])
{
    static const char *const outcomes[] = {"not_reached", "passed", "failed"};
    cJSON *list = json_new_array(arena);

    for (int i = 0; i < SYNC_CHECKS; i++) {
        cJSON *check = cJSON_CreateObject();
        char rule[16];

        snprintf(rule, sizeof rule, "VALID-%02d", i + 1);
        cJSON_AddNumberToObject(check, "check", i + 1);
        cJSON_AddStringToObject(check, "rule", rule);
        cJSON_AddStringToObject(check, "name", names[i]);
        cJSON_AddStringToObject(check, "outcome", outcomes[checks[i].outcome]);
        add_text(check, "cause", checks[i].cause);
        add_text(check, "fix", checks[i].fix);
        cJSON_AddItemToArray(list, check);
    }
    return list;
}
