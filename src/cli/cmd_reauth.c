/* crmsync reauth: another way of signing in, with the pause that Marketo makes. */
#include <stdio.h>

#include "base/auto.h"
#include "base/str.h"
#include "cli/cli.h"

/* The method is changed while the sync is off (AUTH-02). */
static enum crmsync_outcome disable(struct cli_session *session, cJSON **result)
{
    return cli_session_call(session, "setup.disable", json_new_object(&session->arena), result);
}

int cli_reauth(const struct cli_command *command, const struct cli_options *options)
{
    AUTO(cli_session) session = {0};
    enum crmsync_outcome outcome = CRMSYNC_DONE;
    cJSON *with, *result;
    int status;

    if (options->to == NULL) {
        cli_complain("reauth needs the method to change to", "",
                     "Give --to s2s or --to ropc. Tenant, client ID and user name come from the "
                     "configuration, secrets from where it says.");
        return CRMSYNC_USAGE;
    }
    if (!cli_session_open(options, &session, &status)) {
        return status;
    }
    with = json_new_object(&session.arena);
    cJSON_AddStringToObject(with, "to", options->to);
    if (session.config.dynamics.username != NULL) {
        cJSON_AddStringToObject(with, "username", session.config.dynamics.username);
    }
    if (session.config.dynamics.client_id != NULL) {
        cJSON_AddStringToObject(with, "clientId", session.config.dynamics.client_id);
    }
    if (session.config.dynamics.tenant != NULL) {
        cJSON_AddStringToObject(with, "tenantId", session.config.dynamics.tenant);
    }
    if (options->disable) {
        outcome = disable(&session, &result);
    }
    if (outcome == CRMSYNC_DONE) {
        outcome = cli_session_call(&session, command->name, with, &result);
    }
    if (outcome != CRMSYNC_DONE) {
        if (!options->json) {
            cli_print_checks(json_get(result, "checks"));
        }
        cli_complain_result(options, command->name, result);
        return (int)outcome;
    }
    if (options->json) {
        cli_print_json(result);
        return CRMSYNC_DONE;
    }
    printf("  Switched to %s. Marketo takes 15 minutes for it: the sync stays off until\n"
           "  %s. After that: crmsync call setup.enable\n",
           options->to, json_get_text(result, "settlesAt"));
    return CRMSYNC_DONE;
}
