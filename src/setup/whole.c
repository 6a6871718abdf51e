/* `setup`: what is done in the organization and in Marketo, with defaults from the configuration.
 */
#include "setup/whole.h"

#include "base/str.h"
#include "dataverse/dataverse.h"
#include "remote/odata.h"

static const char *without_organization(struct sync_call *call)
{
    return call->engine->config.dynamics.organization == NULL
               ? "dynamics.organization is not configured"
               : NULL;
}

static const char *without_package(struct sync_call *call)
{
    const char *why = without_organization(call);

    return why != NULL                             ? why
           : call->engine->config.solution == NULL ? "no solution package is configured"
                                                   : NULL;
}

static const char *without_marketo(struct sync_call *call)
{
    const struct sync_config *config = &call->engine->config;
    const char *why = without_organization(call);

    return why != NULL ? why
           : config->marketo.munchkin == NULL || config->marketo.client_id == NULL
               ? "marketo.munchkin or marketo.clientId is not configured"
               : NULL;
}

/* Opens the organization once. */
static bool open_remote(struct sync_call *call, struct sync_whole *whole)
{
    return whole->remote.base != NULL || sync_dynamics_open(call, NULL, &whole->remote);
}

static bool do_install(struct sync_call *call, struct sync_whole *whole, bool *ret_changed)
{
    const char *version;

    return sync_package_find(call, NULL, &whole->package) && open_remote(call, whole) &&
           sync_setup_install(call, &whole->remote, &whole->package, &version, ret_changed);
}

/* A person who signs in with a password is in the organization already. */
static bool find_person(struct sync_call *call, struct sync_whole *whole)
{
    const char *name = call->engine->config.dynamics.username;
    const char *filter =
        arena_join(call->arena, "domainname eq ", sync_odata_text(call->arena, name), NULL);
    const cJSON *list;

    if (!sync_remote_list(
            call->engine, call->arena, &whole->remote, "looking for the sync user",
            sync_odata_filter(call->arena, "/systemusers?$select=systemuserid", filter), &list,
            call->problem)) {
        return false;
    }
    whole->user = json_get_text(cJSON_GetArrayItem(list, 0), "systemuserid");
    if (whole->user == NULL) {
        (void)sync_fail(call->problem, CRMSYNC_REFUSED, "no_user",
                        "the organization has no user %.100s", name);
        sync_problem_fix(call->problem, "Add the user to the organization, with a licence.");
        sync_problem_from(call->problem, "dataverse", 200);
        return false;
    }
    return true;
}

static bool do_user(struct sync_call *call, struct sync_whole *whole, bool *ret_changed)
{
    const struct sync_config *config = &call->engine->config;
    const char *method = config->dynamics.auth_method;

    if (config->dynamics.username == NULL) {
        (void)sync_fail(call->problem, CRMSYNC_USAGE, "usage",
                        "configuration at /dynamics/username: the sync user is not named");
        sync_problem_fix(call->problem,
                         "For s2s set it to the address that the application user shall have.");
        sync_problem_at(call->problem, "/dynamics/username");
        return false;
    }
    if (!open_remote(call, whole)) {
        return false;
    }
    if (method != NULL && !str_eq(method, "s2s")) {
        return find_person(call, whole);
    }
    if (whole->registered.application.app_id == NULL) {
        *ret_changed = true; /* a dry call before the application exists */
        return true;
    }
    return sync_setup_app_user(call, &whole->remote, whole->registered.application.app_id,
                               config->dynamics.username, NULL, &whole->user, ret_changed);
}

/* By the id that the package gives it, else by its name: a label may be translated (L10N-02). */
static bool do_role(struct sync_call *call, struct sync_whole *whole, bool *ret_changed)
{
    const char *role =
        whole->package.role_id != NULL ? whole->package.role_id : "Marketo Sync User";

    if (whole->user == NULL) {
        *ret_changed = true;
        return true;
    }
    if (sync_setup_role(call, &whole->remote, whole->user, role, ret_changed)) {
        return true;
    }
    if (call->dry && str_eq(call->problem->error.code, "not_found")) {
        *ret_changed = true; /* it comes with the solution */
        return true;
    }
    return false;
}

static bool do_config(struct sync_call *call, struct sync_whole *whole, bool *ret_changed)
{
    if (whole->user == NULL) {
        *ret_changed = true;
        return true;
    }
    if (sync_setup_marketo_config(call, &whole->remote, whole->user, ret_changed)) {
        return true;
    }
    if (call->dry && str_eq(call->problem->error.code, "step_closed")) {
        *ret_changed = true; /* it comes with the solution */
        return true;
    }
    return false;
}

/* Whether something was done after the last time that we published: also in a run that was killed.
 */
static bool publish_due(struct sync_call *call, const char *org, bool *ret)
{
    static const char *const before[] = {"solution.import", "marketo-config.user"};
    struct sync_store *store = &call->engine->store;
    struct sync_intent published, done;

    if (!sync_intent_newest(store, call->arena, "customizations.publish", org, &published,
                            call->problem)) {
        return false;
    }
    *ret = published.id == 0;
    for (size_t i = 0; i < ARRAY_LEN(before); i++) {
        if (!sync_intent_newest(store, call->arena, before[i], NULL, &done, call->problem)) {
            return false;
        }
        *ret = *ret || done.id > published.id;
    }
    return true;
}

/* SETUP1-07 and SETUP2-14: what the import brought, and what Marketo Config says, is published. */
static bool do_publish(struct sync_call *call, struct sync_whole *whole, bool *ret_changed)
{
    bool due;

    if (!open_remote(call, whole) || !publish_due(call, whole->remote.org, &due)) {
        return false;
    }
    *ret_changed = due;
    return !due || sync_setup_publish(call, &whole->remote);
}

static bool do_connect(struct sync_call *call, struct sync_whole *whole, bool *ret_changed)
{
    const struct sync_config *config = &call->engine->config;
    const struct sync_credential_parameters with = {
        .url = config->dynamics.organization,
        .auth_method = config->dynamics.auth_method != NULL ? config->dynamics.auth_method : "s2s",
        .username = config->dynamics.username,
        .client_id = whole->registered.application.app_id,
        .tenant = config->admin.tenant,
        .client_secret = json_get_text(whole->secret, "secretText")};
    struct sync_candidate candidate;
    struct sync_connected connected;
    bool there;

    if (!sync_candidate_make(call, &with, &candidate) ||
        !sync_setup_is_connected(call, &candidate, &there)) {
        return false;
    }
    if (there && whole->secret == NULL) {
        return true;
    }
    if (call->dry && (whole->user == NULL || candidate.credentials.client_secret == NULL)) {
        *ret_changed = true; /* there are no credentials to look with yet */
        return true;
    }
    return sync_setup_connect(call, &candidate, whole->confirm, &connected, ret_changed);
}

/* Whether a dry call stands before the first credentials. */
static bool is_new(struct sync_call *call, bool *ret)
{
    struct sync_page page;

    if (!sync_page_read(call->engine, call->arena, &page, call->problem)) {
        return false;
    }
    *ret = call->dry && (str_eq(page.state, "new") || str_eq(page.state, "bound"));
    return true;
}

/* The selection of somebody who came before is kept. */
static bool do_fields(struct sync_call *call, struct sync_whole *whole, bool *ret_changed)
{
    static const char preset[] = "default";
    struct sync_page page;
    const cJSON *selected;
    cJSON *word = cJSON_CreateString(preset);
    bool ok;

    (void)whole;
    ok = sync_page_read(call->engine, call->arena, &page, call->problem);
    if (ok && call->dry && str_eq(page.state, "new")) {
        *ret_changed = true;
    } else if (ok && str_eq(page.state, "bound")) {
        ok = sync_setup_select_fields(call, word, &selected, ret_changed);
    }
    cJSON_Delete(word);
    return ok;
}

static bool do_enable(struct sync_call *call, struct sync_whole *whole, bool *ret_changed)
{
    const char *state;
    bool fresh;

    (void)whole;
    if (!is_new(call, &fresh)) {
        return false;
    }
    if (fresh) {
        *ret_changed = true;
        return true;
    }
    return sync_setup_enable(call, NULL, &state, ret_changed);
}

const struct sync_whole_step sync_whole_rest[] = {
    {"setup.install-solution", without_package, do_install},
    {"setup.publish", without_organization, do_publish}, /* Marketo Config shows only then */
    {"setup.create-application-user", without_organization, do_user},
    {"setup.assign-role", without_organization, do_role},
    {"setup.configure-marketo", without_organization, do_config},
    {"setup.publish", without_organization, do_publish},
    {"setup.connect", without_marketo, do_connect},
    {"setup.select-fields", without_marketo, do_fields},
    {"setup.enable", without_marketo, do_enable},
};
const size_t sync_whole_rest_count = ARRAY_LEN(sync_whole_rest);
