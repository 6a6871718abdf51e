/* The options of the command line, one table for all commands. */
#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "base/str.h"
#include "cli/cli.h"

enum kind { FLAG, TEXT, LIST };

struct option {
    const char *name;
    enum kind kind;
    bool common; /* of every command */
    size_t offset;
    const char *argument, *help;
};

#define OFFSET(member) offsetof(struct cli_options, member)

static const struct option options[] = {
    {"config", TEXT, true, OFFSET(config), "FILE", "the configuration (default: crmsync.json)"},
    {"cacert", TEXT, true, OFFSET(ca_file), "FILE", "certificates to trust, PEM, as curl's"},
    {"connect-to", LIST, true, OFFSET(connect_to), "HOST1:PORT1:HOST2:PORT2",
     "connect elsewhere, as curl's; may be repeated"},
    {"json", FLAG, true, OFFSET(json), NULL, "print the result as JSON"},
    {"verbose", FLAG, true, OFFSET(verbose), NULL, "print events on standard error"},
    {"help", FLAG, true, OFFSET(help), NULL, "print this help"},
    {"dry-run", FLAG, false, OFFSET(dry_run), NULL, "look only, and say what would be done"},
    {"name", TEXT, false, OFFSET(name), "NAME",
     "the application's name (default: Marketo Integration)"},
    {"description", TEXT, false, OFFSET(description), "TEXT",
     "the secret's description (default: crmsync)"},
    {"lifetime", TEXT, false, OFFSET(lifetime), "DURATION",
     "how long the secret is valid, ISO 8601 (default: 2 years)"},
    {"confirm", TEXT, false, OFFSET(confirm), "HOST",
     "the organization's host: binding Marketo to it cannot be undone"},
    {"to", TEXT, false, OFFSET(to), "METHOD", "s2s or ropc"},
    {"disable", FLAG, false, OFFSET(disable), NULL, "switch the sync off first"},
    {"once", FLAG, false, OFFSET(once), NULL, "one pass, then end"},
    {"interval", TEXT, false, OFFSET(interval), "DURATION",
     "from the end of a pass to the next, ISO 8601 (default: PT5M)"},
    {"for", TEXT, false, OFFSET(length), "DURATION", "how long to go on (default: until stopped)"},
    {"capture", TEXT, false, OFFSET(capture), "FILE",
     "write what travels as HAR, without secrets and tokens"},
    {"new-secret", FLAG, false, OFFSET(new_secret), NULL,
     "add a secret in any case, such as when its value was lost"},
};

static bool is_of(const struct cli_command *command, const struct option *option)
{
    for (const char *const *name = command->options; *name != NULL; name++) {
        if (str_eq(*name, option->name)) {
            return true;
        }
    }
    return option->common;
}

void cli_options_print(const struct cli_command *command)
{
    printf("Options:\n");
    for (size_t i = 0; i < ARRAY_LEN(options); i++) {
        char left[60];

        if (!is_of(command, &options[i])) {
            continue;
        }
        snprintf(left, sizeof left, "--%s%s%s", options[i].name,
                 options[i].argument != NULL ? " " : "",
                 options[i].argument != NULL ? options[i].argument : "");
        printf(strlen(left) <= 24 ? "  %-24s %s\n" : "  %s\n                           %s\n", left,
               options[i].help);
    }
}

static bool fail_unknown(const struct cli_command *command, const char *arg, size_t len)
{
    const char *names[ARRAY_LEN(options)], *near;
    char word[64];
    size_t count = 0;

    for (size_t i = 0; i < ARRAY_LEN(options); i++) {
        if (is_of(command, &options[i])) {
            names[count++] = options[i].name;
        }
    }
    snprintf(word, sizeof word, "%.*s", (int)len, arg + 2);
    near = str_nearest(word, names, count);
    fprintf(stderr, "crmsync %s: unknown option \"--%s\"", command->name, word);
    fprintf(stderr, near != NULL ? ", did you mean \"--%s\"?\n" : "%s\n", near != NULL ? near : "");
    fprintf(stderr, "crmsync %s --help lists its options.\n", command->name);
    return false;
}

static bool store(const struct cli_command *command, const struct option *option, const char *value,
                  struct cli_options *ret)
{
    void *to = (char *)ret + option->offset;

    switch (option->kind) {
    case FLAG:
        *(bool *)to = true;
        return true;
    case TEXT:
        *(const char **)to = value;
        return true;
    case LIST:
        break;
    }
    if (ret->connect_to_count == CLI_CONNECT_MAX) {
        fprintf(stderr, "crmsync %s: --%s may be given %d times at most\n", command->name,
                option->name, CLI_CONNECT_MAX);
        return false;
    }
    ret->connect_to[ret->connect_to_count++] = value;
    return true;
}

/* Reads one option, whose value may be the next argument; moves *args past it. */
static bool read_option(const struct cli_command *command, char ***args, struct cli_options *ret)
{
    const char *arg = **args, *equals = strchr(arg, '='), *value = NULL;
    size_t len = equals != NULL ? (size_t)(equals - arg - 2) : strlen(arg) - 2;
    const struct option *option = NULL;

    for (size_t i = 0; i < ARRAY_LEN(options) && option == NULL; i++) {
        if (is_of(command, &options[i]) && strlen(options[i].name) == len &&
            memcmp(options[i].name, arg + 2, len) == 0) {
            option = &options[i];
        }
    }
    if (option == NULL) {
        return fail_unknown(command, arg, len);
    }
    if (option->kind != FLAG) {
        value = equals != NULL ? equals + 1 : (*args)[1];
        *args += equals == NULL && value != NULL;
    }
    if (option->kind != FLAG && (value == NULL || *value == '\0')) {
        fprintf(stderr, "crmsync %s: --%s needs a value (%s)\n", command->name, option->name,
                option->argument);
        return false;
    }
    if (option->kind == FLAG && equals != NULL) {
        fprintf(stderr, "crmsync %s: --%s takes no value\n", command->name, option->name);
        return false;
    }
    ++*args;
    return store(command, option, value, ret);
}

bool cli_options_read(const struct cli_command *command, char **args, struct cli_options *ret)
{
    *ret = (struct cli_options){.config = "crmsync.json"};
    while (*args != NULL) {
        if (str_eq(*args, "-h")) {
            ret->help = true;
            args++;
        } else if (str_starts(*args, "--")) {
            if (!read_option(command, &args, ret)) {
                return false;
            }
        } else if (ret->rest_count < command->rest_most) {
            ret->rest[ret->rest_count++] = *args++;
        } else {
            fprintf(stderr, "crmsync %s: unexpected argument \"%s\"\n", command->name, *args);
            return false;
        }
    }
    if (!ret->help && ret->rest_count < command->rest_least) {
        fprintf(stderr, "crmsync %s: expected %s\n", command->name, command->arguments);
        return false;
    }
    return true;
}
