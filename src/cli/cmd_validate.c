/* crmsync validate: the seven checks, a line each. */
#include <stdio.h>

#include "base/auto.h"
#include "base/str.h"
#include "cli/cli.h"

void cli_print_checks(const cJSON *checks)
{
    static const struct {
        const char *outcome, *mark;
    } marks[] = {{"passed", "passed"}, {"failed", "FAILED"}, {"not_reached", "not reached"}};
    const cJSON *check;

    cJSON_ArrayForEach(check, checks)
    {
        const char *fix = json_get_text(check, "fix"), *cause = json_get_text(check, "cause");

        for (size_t i = 0; i < ARRAY_LEN(marks); i++) {
            if (str_eq(marks[i].outcome, json_get_text(check, "outcome"))) {
                printf("  [%11s] %lld. %s%s%s%s\n", marks[i].mark,
                       (long long)json_get_int(check, "check", 0), json_get_text(check, "name"),
                       cause != NULL ? " (" : "", cause != NULL ? cause : "",
                       cause != NULL ? ")" : "");
            }
        }
        if (fix != NULL) {
            printf("                   %s\n", fix);
        }
    }
}

int cli_validate(const struct cli_command *command, const struct cli_options *options)
{
    AUTO(cli_session) session = {0};
    enum crmsync_outcome outcome;
    cJSON *result;
    int status;

    if (!cli_session_open(options, &session, &status)) {
        return status;
    }
    outcome = cli_session_call(&session, command->name, json_new_object(&session.arena), &result);
    if (options->json) {
        cli_print_json(result);
        return (int)outcome;
    }
    cli_print_checks(json_get(result, "checks"));
    if (outcome == CRMSYNC_DONE) {
        printf("\n  All seven are green: the connection can be made.\n");
    } else if (json_get(result, "checks") == NULL) {
        cli_complain_result(options, command->name, result);
    }
    return (int)outcome;
}
