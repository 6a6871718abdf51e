/* Switching the sync on and off, and to another way of signing in. */
#include "base/str.h"
#include "page/note.h"
#include "setup/connect.h"
#include "validate/address.h"

static bool post_and_read(struct sync_call *call, const char *what, const char *name,
                          const cJSON *body, struct sync_page *ret)
{
    const cJSON *ignored;

    return sync_page_post(call->engine, call->arena, what, name, body, &ignored, call->problem) &&
           sync_page_read(call->engine, call->arena, ret, call->problem) &&
           sync_page_note(call->engine, ret, call->problem);
}

bool sync_setup_enable(struct sync_call *call, const char *email, const char **ret_state,
                       bool *ret_changed)
{
    cJSON *body = json_new_object(call->arena);
    struct sync_page before, after;

    email = email != NULL ? email : call->engine->config.notify;
    if (email == NULL) {
        return sync_call_refuse(call, "notificationEmail",
                                "an address for the notifications, here or as `notify` in the "
                                "configuration");
    }
    if (!sync_page_read(call->engine, call->arena, &before, call->problem)) {
        return false;
    }
    *ret_state = before.state;
    if (before.sync_enabled && str_ieq(before.notification_email, email)) {
        return true;
    }
    *ret_changed = true;
    if (call->dry) {
        return true;
    }
    cJSON_AddStringToObject(body, "notificationEmail", email);
    if (!post_and_read(call, "enabling the sync", "enable.json", body, &after)) {
        return false;
    }
    *ret_state = after.state;
    return true;
}

bool sync_op_enable(struct sync_call *call)
{
    struct parameters {
        const char *email;
    } with = {0};
    static const struct json_field fields[] = {
        JSON_FIELD("notificationEmail", struct parameters, email, OPTIONAL),
    };
    const char *state = NULL;
    bool changed = false;

    if (!sync_call_read(call, fields, ARRAY_LEN(fields), &with) ||
        !sync_setup_enable(call, with.email, &state, &changed)) {
        return false;
    }
    cJSON_AddStringToObject(call->result, "state", state);
    cJSON_AddBoolToObject(call->result, "changed", changed);
    return true;
}

bool sync_op_disable(struct sync_call *call)
{
    struct sync_page before, after;

    if (!sync_call_read(call, NULL, 0, NULL) ||
        !sync_page_read(call->engine, call->arena, &before, call->problem) ||
        !post_and_read(call, "disabling the sync", "disable.json", json_new_object(call->arena),
                       &after)) {
        return false;
    }
    cJSON_AddStringToObject(call->result, "state", after.state);
    cJSON_AddBoolToObject(call->result, "changed", !str_eq(before.state, after.state));
    return true;
}

static bool fail_state(struct sync_call *call, const struct sync_page *page)
{
    bool settling = str_eq(page->state, "settling");

    (void)sync_fail(call->problem, CRMSYNC_REFUSED, "step_closed",
                    "the authentication method cannot be changed while the connection is %s",
                    page->state);
    sync_problem_fix(call->problem,
                     settling
                         ? "It was switched to other credentials than these: wait until it has "
                           "settled, enable the sync, disable it, then change it again."
                         : "Disable the sync first: crmsync call setup.disable.");
    return false;
}

static bool fail_marks(struct sync_call *call, const struct sync_check *checks,
                       const struct sync_check *failed)
{
    cJSON_AddItemToObject(call->result, "checks",
                          cJSON_Duplicate(sync_checks_json(call->arena, checks), true));
    (void)sync_fail(call->problem, CRMSYNC_REFUSED, failed->cause,
                    "check %d is red: nothing was "
                    "switched",
                    (int)(failed - checks) + 1);
    sync_problem_fix(call->problem, "%s", failed->fix);
    return false;
}

/* Whether the page stands where a switch to these credentials has brought it. An address that is
 * none leaves the page and the checks to say so. */
static bool is_switched(struct sync_call *call, const struct sync_page *page,
                        const struct sync_candidate *to)
{
    const char *host;

    return str_eq(page->state, "settling") &&
           sync_address_read(call->arena, to->url, &host) == SYNC_ADDRESS_OK &&
           sync_page_connects(call, page, host, &to->credentials.connection);
}

static bool add_result(struct sync_call *call, const struct sync_page *page,
                       const struct sync_connection *to)
{
    struct sync_connection kept;

    cJSON_AddStringToObject(call->result, "state", page->state);
    cJSON_AddItemToObject(call->result, "settlesAt",
                          page->settles_at != NULL ? cJSON_CreateString(page->settles_at)
                                                   : cJSON_CreateNull());
    return (sync_connection_load(call->engine, call->arena, &kept, call->problem) && kept.kept &&
            str_eq(kept.auth_method, to->auth_method) && str_eq(kept.username, to->username) &&
            str_ieq(kept.client_id, to->client_id) && str_ieq(kept.tenant, to->tenant) &&
            str_ieq(kept.organization, to->organization)) ||
           sync_connection_save(call->engine, to, call->problem);
}

bool sync_op_reauth(struct sync_call *call)
{
    struct parameters {
        struct sync_credential_parameters of;
    } with = {0};
    static const struct json_field fields[] = {
        JSON_FIELD("to", struct parameters, of.auth_method, REQUIRED),
        JSON_FIELD("organizationUrl", struct parameters, of.url, OPTIONAL),
        JSON_FIELD("username", struct parameters, of.username, OPTIONAL),
        JSON_FIELD("clientId", struct parameters, of.client_id, OPTIONAL),
        JSON_FIELD("tenantId", struct parameters, of.tenant, OPTIONAL),
        JSON_FIELD("clientSecret", struct parameters, of.client_secret, OPTIONAL),
        JSON_FIELD("password", struct parameters, of.password, OPTIONAL),
    };
    struct sync_check checks[SYNC_CHECKS];
    const struct sync_check *failed;
    struct sync_candidate candidate;
    struct sync_page page, after;

    if (!sync_call_read(call, fields, ARRAY_LEN(fields), &with)) {
        return false;
    }
    if (!str_eq(with.of.auth_method, "s2s") && !str_eq(with.of.auth_method, "ropc") &&
        !str_eq(with.of.auth_method, "basic")) {
        return sync_call_refuse(call, "to", "s2s, ropc or basic");
    }
    if (!sync_candidate_make(call, &with.of, &candidate) ||
        !sync_page_read(call->engine, call->arena, &page, call->problem)) {
        return false;
    }
    if (is_switched(call, &page, &candidate)) {
        return add_result(call, &page, &candidate.credentials.connection);
    }
    if (!str_eq(page.state, "disabled") && !str_eq(page.state, "oauth_pause")) {
        return fail_state(call, &page);
    }
    if (!sync_validate(call, &candidate, checks)) {
        return false;
    }
    failed = sync_check_failed(checks);
    if (failed != NULL) {
        return fail_marks(call, checks, failed);
    }
    return post_and_read(call, "switching the authentication method", "auth/switch.json",
                         sync_credentials_json(call, &candidate), &after) &&
           add_result(call, &after, &candidate.credentials.connection);
}
