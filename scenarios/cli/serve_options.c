#include "cli/serve_options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/auto.h"
#include "base/iso8601.h"
#include "base/str.h"

const char serve_options_help[] =
    "  --world FILE|NAME    the world to start from (default: ready)\n"
    "  --listen ADDR:PORT   where to listen (default: 127.0.0.1:0, a free port)\n"
    "  --plain              HTTP instead of TLS\n"
    "  --clock WHEN         real (default), virtual, or a date such as 2026-01-15T09:00:00Z\n"
    "  --seed N             what ids, secrets and tokens are made from (default: 1)\n"
    "  --limits on|off      the services' published limits (default: as the world says)\n"
    "  --format json|env    how the line on standard output is written (default: json)\n"
    "  --store FILE.db      keep the world in this file across starts\n"
    "  --allow-host NAME    a further host name at which the control API answers; may be repeated\n"
    "  --idle SECONDS       when an idle connection is closed (default: 60)\n";

static int wrong(const char *command, const char *option, const char *what)
{
    fprintf(stderr, "mocktenant %s: %s: %s\nTry `mocktenant %s --help`.\n", command, option, what,
            command);
    return 2;
}

static bool loopback(const char *address)
{
    return str_starts(address, "127.") || str_starts(address, "localhost:") ||
           str_starts(address, "[::1]:");
}

/* Each option that takes a value checks it and stores it; NULL when all is well. */
static const char *set_world(struct serve_options *o, const char *value)
{
    o->mock.world = value;
    return *value == '\0' || *value == '{' ? "expected a name or a file" : NULL;
}

static const char *set_listen(struct serve_options *o, const char *value)
{
    const char *colon = strrchr(value, ':');
    int64_t port;

    o->mock.listen = value;
    return colon == NULL || colon == value || !str_int(colon + 1, 0, 65535, &port)
               ? "expected an address and a port such as 127.0.0.1:8443"
               : NULL;
}

static const char *set_clock(struct serve_options *o, const char *value)
{
    int64_t at_ms;

    o->mock.clock = value;
    return strcmp(value, "real") == 0 || strcmp(value, "virtual") == 0 ||
                   iso8601_parse(value, &at_ms)
               ? NULL
               : "expected real, virtual or a date such as 2026-01-15T09:00:00Z";
}

static const char *set_seed(struct serve_options *o, const char *value)
{
    int64_t seed;

    if (!str_int(value, 1, INT64_C(1) << 53, &seed)) {
        return "expected a whole number from 1 to 2^53";
    }
    o->mock.seed = (uint64_t)seed;
    return NULL;
}

static const char *set_limits(struct serve_options *o, const char *value)
{
    o->mock.limits = value;
    return strcmp(value, "on") == 0 || strcmp(value, "off") == 0 ? NULL : "expected on or off";
}

static const char *set_format(struct serve_options *o, const char *value)
{
    o->env_format = strcmp(value, "env") == 0;
    return o->env_format || strcmp(value, "json") == 0 ? NULL : "expected json or env";
}

static const char *set_store(struct serve_options *o, const char *value)
{
    o->mock.store = value;
    return *value == '\0' ? "expected a file" : NULL;
}

static const char *set_allow_host(struct serve_options *o, const char *value)
{
    if (*value == '\0' || strpbrk(value, ":/ ") != NULL) {
        return "expected a host name without a port";
    }
    if (o->mock.allow_host_count == MAX_ALLOW_HOSTS) {
        return "at most 32 names";
    }
    o->allow_hosts[o->mock.allow_host_count++] = value;
    o->mock.allow_hosts = o->allow_hosts;
    return NULL;
}

static const char *set_idle(struct serve_options *o, const char *value)
{
    int64_t seconds;

    if (!str_int(value, 1, 86400, &seconds)) {
        return "expected seconds from 1 to 86400";
    }
    o->mock.idle_s = (int)seconds;
    return NULL;
}

static const struct {
    const char *name;
    const char *(*set)(struct serve_options *options, const char *value);
} options[] = {
    {"--world", set_world}, {"--listen", set_listen},         {"--clock", set_clock},
    {"--seed", set_seed},   {"--limits", set_limits},         {"--format", set_format},
    {"--store", set_store}, {"--allow-host", set_allow_host}, {"--idle", set_idle},
};

/* Of all that the tenant logs, this must not be missed. */
static void tell_failures(void *arg, const char *line)
{
    if (str_starts(line, "store.failed ")) {
        fprintf(stderr, "mocktenant %s: the store was not written: %s\n", (const char *)arg,
                line + strlen("store.failed "));
    }
}

static int unknown(const char *command, const char *word)
{
    const char *names[ARRAY_LEN(options) + 2] = {"--plain", "--help"};
    const char *near;

    for (size_t i = 0; i < ARRAY_LEN(options); i++) {
        names[i + 2] = options[i].name;
    }
    near = str_nearest(word, names, ARRAY_LEN(names));
    fprintf(stderr, "mocktenant %s: unknown option %s%s%s%s\nTry `mocktenant %s --help`.\n",
            command, word, near != NULL ? ", did you mean " : "", near != NULL ? near : "",
            near != NULL ? "?" : "", command);
    return 2;
}

/* One option at argv[at]; sets how many words it took. -1 to go on. */
static int read_option(struct serve_options *ret, const char *command, int argc, char **argv,
                       int at)
{
    const char *word = argv[at], *equal = strchr(word, '=');

    for (size_t i = 0; i < ARRAY_LEN(options); i++) {
        size_t len = strlen(options[i].name);
        const char *value, *problem;

        if (strncmp(word, options[i].name, len) != 0 ||
            (word[len] != '\0' && word + len != equal)) {
            continue;
        }
        value = equal != NULL ? equal + 1 : at + 1 < argc ? argv[at + 1] : NULL;
        if (value == NULL) {
            return wrong(command, options[i].name, "a value is missing");
        }
        problem = options[i].set(ret, value);
        ret->used = equal != NULL ? 1 : 2;
        return problem != NULL ? wrong(command, options[i].name, problem) : -1;
    }
    return unknown(command, word);
}

int serve_options_read(struct serve_options *ret, const char *command, int argc, char **argv)
{
    int at = 1;

    *ret = (struct serve_options){.mock.listen = "127.0.0.1:0",
                                  .mock.log = tell_failures,
                                  .mock.log_arg = (void *)(uintptr_t)command};
    while (at < argc && argv[at][0] == '-' && strcmp(argv[at], "--") != 0) {
        if (strcmp(argv[at], "--help") == 0) {
            return 0;
        }
        if (strcmp(argv[at], "--plain") == 0) {
            ret->mock.plain = true;
            ret->used = 1;
        } else {
            int status = read_option(ret, command, argc, argv, at);

            if (status >= 0) {
                return status;
            }
        }
        at += ret->used;
    }
    ret->used = at;
    if (!loopback(ret->mock.listen)) {
        fprintf(
            stderr,
            "mocktenant %s: warning: %s is not a loopback address; whoever reaches it can read and "
            "change this world\n",
            command, ret->mock.listen);
    }
    return -1;
}
