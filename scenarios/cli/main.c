/* The program mocktenant: a table of commands. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "base/db.h"
#include "base/str.h"
#include "cli/commands.h"

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *about;
} commands[] = {
    {"serve", cmd_serve, "serve a fake cloud on a loopback port"},
    {"exec", cmd_exec, "run a command with a fake cloud beside it"},
    {"run", cmd_run, "play scenarios: the real engine against the fake cloud"},
    {"routes", cmd_routes, "list every route with its source"},
    {"schema", cmd_schema, "print the JSON Schema of world or scenario files"},
    {"bench", cmd_bench, "measure speed and memory beside their floors"},
};

static void help(FILE *to)
{
    fprintf(to, "usage: mocktenant COMMAND [OPTION]...\n\n"
                "Azure AD, AD FS, Graph, Dataverse and Marketo, faked in one process.\n\n");
    for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
        fprintf(to, "  %-8s %s\n", commands[i].name, commands[i].about);
    }
    fprintf(
        to,
        "\n`mocktenant COMMAND --help` tells more. `mocktenant --version` prints the version.\n");
}

/* What could not be written was not said: a full disk is no success. */
static int end_output(int status)
{
    if (fflush(stdout) == 0 && ferror(stdout) == 0) {
        return status;
    }
    fprintf(stderr, "mocktenant: the output cannot be written: %s\n", strerror(errno));
    return status != 0 ? status : 1;
}

static int unknown(const char *word)
{
    static const char *const later[] = {"run",    "schema",  "capture", "replay",
                                        "import", "explore", "shrink"};
    const char *names[ARRAY_LEN(commands)];
    const char *near;

    for (size_t i = 0; i < ARRAY_LEN(later); i++) {
        if (strcmp(word, later[i]) == 0) {
            fprintf(stderr, "mocktenant: the command %s is not built yet\n", word);
            return 2;
        }
    }
    for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
        names[i] = commands[i].name;
    }
    near = str_nearest(word, names, ARRAY_LEN(names));
    fprintf(stderr, "mocktenant: unknown command %s%s%s%s\nTry `mocktenant --help`.\n", word,
            near != NULL ? ", did you mean " : "", near != NULL ? near : "",
            near != NULL ? "?" : "");
    return 2;
}

int main(int argc, char **argv)
{
    db_own_process();
    if (argc < 2) {
        help(stderr);
        return 2;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0) {
        help(stdout);
        return end_output(0);
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("mocktenant %s\n", PROJECT_VERSION);
        return end_output(0);
    }
    for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
        if (strcmp(argv[1], commands[i].name) == 0) {
            return end_output(commands[i].run(argc - 1, argv + 1));
        }
    }
    return unknown(argv[1]);
}
