/* crmsync status: what the engine knows. */
#include <stdio.h>

#include "base/auto.h"
#include "cli/cli.h"

static void print_line(const char *label, const char *text)
{
    printf("  %-14s %s\n", label, text != NULL ? text : "-");
}

static void print_secret(const cJSON *secret)
{
    const char *end = json_get_text(secret, "endDateTime");
    int64_t days = json_get_int(secret, "daysLeft", 0);

    if (end == NULL) {
        print_line("secret", "none was made here");
    } else if (days < 0) {
        printf("  %-14s over since %s; run crmsync setup\n", "secret", end);
    } else {
        printf("  %-14s valid until %s, %lld days left\n", "secret", end, (long long)days);
    }
}

int cli_status(const struct cli_command *command, const struct cli_options *options)
{
    AUTO(cli_session) session = {0};
    enum crmsync_outcome outcome;
    cJSON *result;
    int status;

    if (!cli_session_open(options, &session, &status)) {
        return status;
    }
    outcome = cli_session_call(&session, command->name, json_new_object(&session.arena), &result);
    if (outcome != CRMSYNC_DONE) {
        cli_complain_result(options, command->name, result);
        return (int)outcome;
    }
    if (options->json) {
        cli_print_json(result);
        return CRMSYNC_DONE;
    }
    printf("Connection\n");
    print_line("state", json_get_text(result, "state"));
    print_line("organization", json_get_text(result, "organizationUrl"));
    print_line("signs in by", json_get_text(result, "authMethod"));
    print_line("user", json_get_text(result, "username"));
    print_secret(json_get(result, "secret"));
    return CRMSYNC_DONE;
}
