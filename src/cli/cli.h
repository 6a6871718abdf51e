/* The program crmsync: what its commands share. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/json.h"
#include "config/config.h"
#include "include/crmsync.h"

enum { CLI_CONNECT_MAX = 32, CLI_REST_MAX = 32 };

/* What the command line says. */
struct cli_options {
    const char *config, *ca_file, *name, *description, *lifetime, *confirm, *to, *interval, *length,
        *capture;
    const char *connect_to[CLI_CONNECT_MAX];
    size_t connect_to_count;
    bool json, verbose, help, dry_run, new_secret, disable, once;
    const char *rest[CLI_REST_MAX]; /* what is no option */
    size_t rest_count;
};

struct cli_command {
    const char *name;
    const char *arguments;      /* "OPERATION [JSON]", or "" */
    const char *summary;        /* a line */
    const char *text;           /* the rest of --help */
    const char *const *options; /* its own, beside those of all commands; ends with NULL */
    size_t rest_least, rest_most;
    int (*run)(const struct cli_command *command, const struct cli_options *options);
};

/* Reads the arguments behind the command's name; on failure it has said why. */
bool cli_options_read(const struct cli_command *command, char **args, struct cli_options *ret);
void cli_options_print(const struct cli_command *command);

/* An engine with its configuration, as long as one command runs. */
struct cli_session {
    struct arena arena;
    struct sync_config config;
    struct crmsync *engine;
    bool may_prompt; /* a person sits there */
    bool verbose;
    /* Hears of every event; set before the session is opened. NULL: nobody. */
    void (*watch)(void *ctx, const char *line);
    void *watch_ctx;
};

/* Opens the engine; on failure it has said why, and *ret_status is the exit status. */
bool cli_session_open(const struct cli_options *options, struct cli_session *ret, int *ret_status);
void cli_session_finish(struct cli_session *session);
/* Calls an operation. *ret is the result, an object that the session's arena owns. */
enum crmsync_outcome cli_session_call(struct cli_session *session, const char *operation,
                                      const cJSON *with, cJSON **ret);

/* Says on standard error what went wrong, why, and what to do. */
void cli_complain(const char *what, const char *why, const char *fix);
/* The same from a result that is not done; with --json the result itself goes to standard output.
 */
void cli_complain_result(const struct cli_options *options, const char *what, const cJSON *result);
/* A result on standard output, indented. */
void cli_print_json(const cJSON *result);

/* The seven checks, a line each. */
void cli_print_checks(const cJSON *checks);
/* Asks the person at the terminal a question; NULL when nobody is there or nothing was typed. From
 * malloc(). */
char *cli_ask(const char *question, bool hidden);

int cli_validate(const struct cli_command *command, const struct cli_options *options);
int cli_fields(const struct cli_command *command, const struct cli_options *options);
int cli_reauth(const struct cli_command *command, const struct cli_options *options);
int cli_setup(const struct cli_command *command, const struct cli_options *options);
int cli_status(const struct cli_command *command, const struct cli_options *options);
int cli_call(const struct cli_command *command, const struct cli_options *options);
int cli_run(const struct cli_command *command, const struct cli_options *options);
