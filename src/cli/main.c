/* The table of commands. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "base/str.h"
#include "cli/cli.h"

static const char *const no_options[] = {NULL};
static const char *const setup_options[] = {"dry-run",    "name",    "description", "lifetime",
                                            "new-secret", "confirm", NULL};
static const char *const run_options[] = {"once", "interval", "for", "capture", NULL};
static const char *const reauth_options[] = {"to", "disable", NULL};

static const struct cli_command commands[] = {
    {"setup", "", "connects Dynamics: makes what is missing, changes nothing that is there",
     "Signs in to the tenant as the application of admin.clientId and walks through the\n"
     "three steps: the application with its consent and secret; the solution, the\n"
     "application user with its role, Marketo Config and publishing; credentials, fields\n"
     "and enabling in Marketo. What the configuration does not name is left out and told.\n"
     "It may be run again at any time: what is done is seen and left alone. A secret's\n"
     "value exists only once; it is written to the file that\n"
     "secrets[\"dynamics.clientSecret\"].file names, with mode 0600, or shown once on the\n"
     "terminal. Connecting binds the Marketo subscription to the organization for ever:\n"
     "it wants the organization's host, typed at the terminal or given by --confirm.\n",
     setup_options, 0, 0, cli_setup},
    {"status", "", "shows what is connected, what failed, and when the secret ends",
     "Reads the engine's own database only; no request is sent.\n", no_options, 0, 0, cli_status},
    {"call", "OPERATION [JSON]", "runs one operation and prints its result as JSON",
     "For scripts. OPERATION is one of the list below, JSON an object with its\n"
     "parameters. The result of setup.add-secret holds the secret's value: keep it.\n",
     no_options, 1, 2, cli_call},
    {"validate", "", "makes the seven checks and tells what to do about a red one",
     "Looks only; nothing is changed anywhere. The checks are those of Marketo's page\n"
     "Validate Sync, in its order.\n",
     no_options, 0, 0, cli_validate},
    {"fields",
     "[list [ENTITY] | select default | select ENTITY=NAME,... | refresh | quick-sync NAME...]",
     "lists and selects fields, refreshes the schema",
     "list shows what Marketo offers, with an x at what is selected. select takes for\n"
     "each entity all its names; entities that are not named stay. refresh is the page's\n"
     "Save: it is needed after a column was deleted in Dynamics. quick-sync carries the\n"
     "named fields of all records once more.\n",
     no_options, 0, CLI_REST_MAX, cli_fields},
    {"reauth", "", "changes the way of signing in, with the pause",
     "The sync must be off (--disable does it) or paused by the OAuth migration. The new\n"
     "credentials come from the configuration and are checked first: with a red mark\n"
     "nothing is switched. Marketo takes 15 minutes for the change.\n",
     reauth_options, 0, 0, cli_reauth},
    {"run", "", "synchronizes: once, or passes five minutes apart",
     "Shows what it writes while it runs. Ctrl-C ends it behind the present step; the\n"
     "next run goes on there. Exit status 1: some records were refused, or a service\n"
     "asks to wait; what was refused is listed by crmsync status.\n",
     run_options, 0, 0, cli_run},
};

static void print_help(void)
{
    printf("Usage: crmsync COMMAND [OPTION]...\n"
           "\n"
           "Connects Microsoft Dynamics 365 to Marketo and keeps them in step.\n"
           "\n"
           "Commands:\n");
    for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
        printf("  %-9s %s\n", commands[i].name, commands[i].summary);
    }
    printf("\n"
           "crmsync COMMAND --help tells more about one. crmsync --version prints the version.\n"
           "\n"
           "Exit status: 0 done, 1 a check or a record failed, 2 wrong use or configuration,\n"
           "3 the remote refused, 4 the remote is not reachable.\n");
}

static void print_command_help(const struct cli_command *command)
{
    printf("Usage: crmsync %s%s%s [OPTION]...\n\n%s\n", command->name,
           *command->arguments != '\0' ? " " : "", command->arguments, command->text);
    if (command->run == cli_call) {
        printf("Operations:\n");
        for (const char *const *name = crmsync_operations(); *name != NULL; name++) {
            printf("  %s\n", *name);
        }
        printf("\n");
    }
    cli_options_print(command);
}

static int run_command(const struct cli_command *command, char **args)
{
    struct cli_options options;

    if (!cli_options_read(command, args, &options)) {
        return CRMSYNC_USAGE;
    }
    if (options.help) {
        print_command_help(command);
        return CRMSYNC_DONE;
    }
    return command->run(command, &options);
}

/* What could not be written was not said: a full disk is no success. */
static int end_output(int status)
{
    if (fflush(stdout) == 0 && ferror(stdout) == 0) {
        return status;
    }
    cli_complain("the output cannot be written", strerror(errno), "");
    return status != CRMSYNC_DONE ? status : CRMSYNC_FAILED;
}

static int unknown_command(const char *name)
{
    const char *names[ARRAY_LEN(commands)], *near;

    for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
        names[i] = commands[i].name;
    }
    near = str_nearest(name, names, ARRAY_LEN(commands));
    fprintf(stderr, "crmsync: there is no command \"%s\"", name);
    fprintf(stderr, near != NULL ? ", did you mean \"%s\"?\n" : "%s\n", near != NULL ? near : "");
    fprintf(stderr, "crmsync --help lists the commands.\n");
    return CRMSYNC_USAGE;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        print_help();
        return CRMSYNC_USAGE;
    }
    if (str_eq(argv[1], "--help") || str_eq(argv[1], "-h") || str_eq(argv[1], "help")) {
        print_help();
        return CRMSYNC_DONE;
    }
    if (str_eq(argv[1], "--version")) {
        printf("crmsync %s\n", PROJECT_VERSION);
        return CRMSYNC_DONE;
    }
    for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
        if (str_eq(argv[1], commands[i].name)) {
            return end_output(run_command(&commands[i], argv + 2));
        }
    }
    return unknown_command(argv[1]);
}
