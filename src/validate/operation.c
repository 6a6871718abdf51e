/* The operation `validate`, and the credentials that it shares with connect and reauth. */
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "dataverse/dataverse.h"
#include "validate/validate.h"

static void wipe(void *text)
{
    mem_wipe(text, strlen(text));
}

/* The configured secret, when there is one, as if it had been given. */
static bool take_secret(struct sync_call *call, enum sync_secret_id id, const char **ret)
{
    char *own, *copy;

    if (*ret != NULL) {
        return true;
    }
    if (!sync_engine_secret(call->engine, id, &own, call->problem)) {
        return false;
    }
    copy = arena_strdup(call->arena, own);
    sync_secret_free(own);
    if (copy != NULL) {
        arena_defer(call->arena, wipe, copy);
    }
    *ret = copy;
    return true;
}

bool sync_candidate_make(struct sync_call *call, const struct sync_credential_parameters *with,
                         struct sync_candidate *ret)
{
    struct sync_connection *connection = &ret->credentials.connection;

    *ret = (struct sync_candidate){
        .credentials = {.client_secret = with->client_secret, .password = with->password}};
    if (!sync_connection_load(call->engine, call->arena, connection, call->problem) ||
        !take_secret(call, SYNC_SECRET_DYNAMICS_CLIENT, &ret->credentials.client_secret) ||
        !take_secret(call, SYNC_SECRET_DYNAMICS_PASSWORD, &ret->credentials.password)) {
        return false;
    }
    if (with->auth_method != NULL && !str_eq(with->auth_method, "s2s") &&
        !str_eq(with->auth_method, "ropc") && !str_eq(with->auth_method, "basic")) {
        return sync_call_refuse(call, "authMethod", "s2s, ropc or basic");
    }
    connection->auth_method =
        with->auth_method != NULL ? with->auth_method : connection->auth_method;
    connection->username = with->username != NULL ? with->username : connection->username;
    connection->client_id = with->client_id != NULL ? with->client_id : connection->client_id;
    connection->tenant = with->tenant != NULL ? with->tenant : connection->tenant;
    ret->url = with->url != NULL ? with->url
               : connection->organization != NULL
                   ? arena_join(call->arena, "https://", connection->organization, NULL)
                   : NULL;
    if (ret->url == NULL) {
        return sync_call_refuse(call, "organizationUrl", "the organization's address");
    }
    /* A host alone is a person's short form; Marketo takes addresses only. */
    if (strstr(ret->url, "://") == NULL) {
        ret->url = arena_join(call->arena, "https://", ret->url, NULL);
    }
    return true;
}

bool sync_op_validate(struct sync_call *call)
{
    static const struct json_field fields[] = {
        JSON_FIELD("organizationUrl", struct sync_credential_parameters, url, OPTIONAL),
        JSON_FIELD("authMethod", struct sync_credential_parameters, auth_method, OPTIONAL),
        JSON_FIELD("username", struct sync_credential_parameters, username, OPTIONAL),
        JSON_FIELD("clientId", struct sync_credential_parameters, client_id, OPTIONAL),
        JSON_FIELD("tenantId", struct sync_credential_parameters, tenant, OPTIONAL),
        JSON_FIELD("clientSecret", struct sync_credential_parameters, client_secret, OPTIONAL),
        JSON_FIELD("password", struct sync_credential_parameters, password, OPTIONAL),
    };
    struct sync_credential_parameters with = {0};
    struct sync_check checks[SYNC_CHECKS];
    const struct sync_check *failed;
    struct sync_candidate candidate;

    if (!sync_call_read(call, fields, ARRAY_LEN(fields), &with) ||
        !sync_candidate_make(call, &with, &candidate) || !sync_validate(call, &candidate, checks)) {
        return false;
    }
    cJSON_AddItemToObject(call->result, "checks",
                          cJSON_Duplicate(sync_checks_json(call->arena, checks), true));
    failed = sync_check_failed(checks);
    if (failed != NULL) {
        (void)sync_fail(call->problem, CRMSYNC_FAILED, "check_failed", "check %d is red: %s",
                        (int)(failed - checks) + 1, failed->cause);
        sync_problem_fix(call->problem, "%s", failed->fix);
        return false;
    }
    return true;
}
