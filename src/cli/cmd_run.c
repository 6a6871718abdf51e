/* crmsync run: passes, once or one after the other, with progress for whoever watches. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/str.h"
#include "cli/cli.h"

/* What is shown while a pass runs: one line on a terminal that is written over. */
struct progress {
    bool terminal;
    char what[80];                   /* "contact to_marketo" */
    int64_t done, begun_us, last_us; /* last: when the last event came */
    bool open;                       /* the line stands there without its end */
};

/* A number behind `name=` in an event. */
static int64_t number_in(const char *line, const char *name)
{
    const char *at = strstr(line, name);

    return at != NULL ? strtoll(at + strlen(name), NULL, 10) : 0;
}

static void text_in(const char *line, const char *name, char *ret, size_t size)
{
    const char *at = strstr(line, name);

    snprintf(ret, size, "%.*s", at != NULL ? (int)strcspn(at + strlen(name), " ") : 0,
             at != NULL ? at + strlen(name) : "");
}

static void end_line(struct progress *progress)
{
    if (progress->open) {
        fprintf(stderr, "\n");
        progress->open = false;
    }
}

static void show(struct progress *progress)
{
    int64_t took_us = progress->last_us - progress->begun_us;
    double rate = took_us > 0 ? (double)progress->done * 1e6 / (double)took_us : 0;

    if (progress->terminal) {
        fprintf(stderr, "\r  %-24s %8lld written  %8.0f/s\033[K", progress->what,
                (long long)progress->done, rate);
        progress->open = true;
    } else {
        fprintf(stderr, "  %s: %lld written, %.0f/s\n", progress->what, (long long)progress->done,
                rate);
    }
}

/* sync.written object=contact direction=to_marketo inserts=300 updates=0 deletes=0 failed=0 */
static void watch(void *ctx, const char *line)
{
    struct progress *progress = ctx;
    char object[32], direction[32], what[80];

    if (!str_starts(line, "sync.written ")) {
        return;
    }
    text_in(line, " object=", object, sizeof object);
    text_in(line, " direction=", direction, sizeof direction);
    snprintf(what, sizeof what, "%s %s", object, direction);
    if (!str_eq(what, progress->what)) {
        end_line(progress);
        memcpy(progress->what, what, sizeof what);
        progress->done = 0;
        progress->begun_us = progress->last_us; /* reading is part of it */
    }
    progress->last_us = clock_steady_us();
    progress->done +=
        number_in(line, " inserts=") + number_in(line, " updates=") + number_in(line, " deletes=");
    show(progress);
}

static void print_objects(const cJSON *result)
{
    const cJSON *item;

    printf("  %-10s %-12s %9s %9s %9s %9s %9s\n", "object", "direction", "inserts", "updates",
           "deletes", "failed", "backlog");
    cJSON_ArrayForEach(item, json_get(result, "objects"))
    {
        printf("  %-10s %-12s %9lld %9lld %9lld %9lld %9lld\n", json_get_text(item, "name"),
               json_get_text(item, "direction"), (long long)json_get_int(item, "inserts", 0),
               (long long)json_get_int(item, "updates", 0),
               (long long)json_get_int(item, "deletes", 0),
               (long long)json_get_int(item, "failed", 0),
               (long long)json_get_int(item, "backlog", 0));
    }
    printf("  %s\n", json_get_bool(result, "initialComplete", false)
                         ? "Everything was read once; only changes travel from now on."
                         : "This pass did not get to its end; the next one goes on there.");
}

static void add_option(cJSON *with, const char *name, const char *value)
{
    if (value != NULL) {
        cJSON_AddStringToObject(with, name, value);
    }
}

int cli_run(const struct cli_command *command, const struct cli_options *options)
{
    struct progress progress = {.terminal = isatty(STDERR_FILENO) != 0,
                                .last_us = clock_steady_us()};
    AUTO(cli_session) session = {0};
    enum crmsync_outcome outcome;
    cJSON *with, *result;
    int status;

    if (options->once && (options->interval != NULL || options->length != NULL)) {
        fprintf(stderr, "crmsync run: --once goes with neither --interval nor --for\n");
        return CRMSYNC_USAGE;
    }
    if (!options->json || progress.terminal) {
        session.watch = watch;
        session.watch_ctx = &progress;
    }
    if (!cli_session_open(options, &session, &status)) {
        return status;
    }
    with = json_new_object(&session.arena);
    add_option(with, "interval", options->interval);
    add_option(with, "for", options->length);
    outcome =
        cli_session_call(&session, options->once ? "sync.once" : "sync.follow", with, &result);
    end_line(&progress);
    if (!options->json && json_get(result, "objects") != NULL) {
        print_objects(result);
    }
    if (outcome != CRMSYNC_DONE) {
        cli_complain_result(options, command->name, result);
        return (int)outcome;
    }
    if (options->json) {
        cli_print_json(result);
    }
    return CRMSYNC_DONE;
}
