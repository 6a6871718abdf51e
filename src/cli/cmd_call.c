/* crmsync call: one operation, as it is. */
#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "cli/cli.h"

int cli_call(const struct cli_command *command, const struct cli_options *options)
{
    AUTO(cli_session) session = {0};
    const char *json = options->rest_count > 1 ? options->rest[1] : "{}";
    char what[120];
    enum crmsync_outcome outcome;
    cJSON *with, *result;
    struct err err;
    int status;

    snprintf(what, sizeof what, "%s %.100s", command->name, options->rest[0]);
    if (!json_parse(&session.arena, json, strlen(json), JSON_PLAIN, &with, &err)) {
        cli_complain(what, err.text, "Give the parameters as a JSON object.");
        return CRMSYNC_USAGE;
    }
    if (!cli_session_open(options, &session, &status)) {
        return status;
    }
    outcome = cli_session_call(&session, options->rest[0], with, &result);
    cli_print_json(result);
    if (outcome != CRMSYNC_DONE) {
        const struct cli_options quiet = {0};

        cli_complain_result(&quiet, what, result);
    }
    return (int)outcome;
}
