#include "runner/suite.h"

#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/clock.h"
#include "runner/aide.h"
#include "runner/file.h"
#include "runner/probe.h"

enum { THREAD_STACK = 2 * 1024 * 1024 };

/* The cases and who takes the next one. */
struct work {
    const struct run_rig *rig;
    struct run_result *items;
    size_t count, next;
    bool *done;
    pthread_mutex_t lock;
    pthread_cond_t finished;
};

/* A thread, and the process that plays for it what branches. */
struct hand {
    struct work *work;
    struct run_aide aide;
    pthread_t thread;
};

static void *worker(void *arg)
{
    struct hand *hand = arg;
    struct work *work = hand->work;

    for (;;) {
        size_t mine;

        (void)pthread_mutex_lock(&work->lock);
        mine = work->next < work->count ? work->next++ : work->count;
        (void)pthread_mutex_unlock(&work->lock);
        if (mine == work->count) {
            return NULL;
        }
        if (run_aide_wanted(&hand->aide, &work->items[mine])) {
            run_aide_play(&hand->aide, mine, &work->items[mine]);
        } else {
            run_case(work->rig, &work->items[mine]);
        }
        (void)pthread_mutex_lock(&work->lock);
        work->done[mine] = true;
        (void)pthread_cond_broadcast(&work->finished);
        (void)pthread_mutex_unlock(&work->lock);
    }
}

static void wait_for(struct work *work, size_t number)
{
    (void)pthread_mutex_lock(&work->lock);
    while (!work->done[number]) {
        (void)pthread_cond_wait(&work->finished, &work->lock);
    }
    (void)pthread_mutex_unlock(&work->lock);
}

/* So many hands as there is work for; the aides first, while this process has one thread. */
static int start_hands(struct work *work, struct hand *hands, int jobs)
{
    pthread_attr_t attributes;
    int started = 0;

    for (int i = 0; i < jobs; i++) {
        hands[i].work = work;
        if (!work->rig->replay) {
            run_aide_start(&hands[i].aide, work->rig, work->items, work->count);
        }
    }
    (void)pthread_attr_init(&attributes);
    (void)pthread_attr_setstacksize(&attributes, THREAD_STACK);
    while (started < jobs &&
           pthread_create(&hands[started].thread, &attributes, worker, &hands[started]) == 0) {
        started++;
    }
    (void)pthread_attr_destroy(&attributes);
    return started;
}

/* False when a process did not end well. */
static bool stop_hands(struct hand *hands, int jobs, int started)
{
    bool good = true;

    while (started > 0) {
        (void)pthread_join(hands[--started].thread, NULL);
    }
    for (int i = 0; i < jobs; i++) {
        good = run_aide_stop(&hands[i].aide) && good;
    }
    return good;
}

/* Workers play, this thread tells: always in the order of the files. */
static bool play_all(const struct run_rig *rig, struct run_results *results, int jobs,
                     const struct run_format *format, FILE *out)
{
    AUTO(arena) arena = {0};
    struct hand *hands = arena_array(&arena, (size_t)jobs, sizeof *hands);
    struct work work = {.rig = rig,
                        .items = results->items,
                        .count = results->count,
                        .done = arena_array(&arena, results->count, sizeof *work.done)};
    int started;
    bool good;

    (void)pthread_mutex_init(&work.lock, NULL);
    (void)pthread_cond_init(&work.finished, NULL);
    started = start_hands(&work, hands, jobs);
    if (started == 0) {
        (void)worker(&hands[0]);
    }
    for (size_t i = 0; i < results->count; i++) {
        wait_for(&work, i);
        if (format->one != NULL) {
            format->one(out, &results->items[i], i + 1);
        }
    }
    good = stop_hands(hands, jobs, started);
    (void)pthread_cond_destroy(&work.finished);
    (void)pthread_mutex_destroy(&work.lock);
    return good;
}

/* A case for each story and each of its variants. */
static void make_cases(struct arena *arena, const struct run_scenarios *scenarios,
                       const struct run_options *options, struct run_results *ret)
{
    ret->items = arena_array(arena, scenarios->count * RUN_VARIANT_COUNT, sizeof *ret->items);
    for (size_t i = 0; i < scenarios->count; i++) {
        const struct run_scenario *scenario = &scenarios->items[i];

        for (unsigned variant = RUN_BASE; variant < RUN_VARIANT_COUNT; variant++) {
            if (variant == RUN_BASE ||
                (!options->base_only && (scenario->also & (1U << variant)) != 0)) {
                ret->items[ret->count++] = (struct run_result){
                    .scenario = scenario,
                    .variant = (enum run_variant)variant,
                    .wire = variant == RUN_BASE ? options->wire : options->wire_variants};
            }
        }
    }
}

static bool all_passed(const struct run_results *results)
{
    for (size_t i = 0; i < results->count; i++) {
        if (!results->items[i].passed) {
            return false;
        }
    }
    return true;
}

static const struct run_format *format_of(const char *name)
{
    static const struct run_format *const formats[] = {&run_pretty, &run_tap, &run_junit};

    for (size_t i = 0; i < ARRAY_LEN(formats); i++) {
        if (strcmp(formats[i]->name, name) == 0) {
            return formats[i];
        }
    }
    return &run_pretty;
}

/* Beside the results: in TAP as comments, in JUnit where it does not spoil the XML. */
static void tell_rules(const struct run_options *options, const struct run_results *results,
                       FILE *out, FILE *complaints)
{
    if (options->rules) {
        bool junit = strcmp(options->format, "junit") == 0;

        run_rule_table(junit ? complaints : out, results,
                       strcmp(options->format, "tap") == 0 ? "# " : "");
    }
}

static bool write_report(const struct run_options *options, const struct run_results *results,
                         FILE *complaints)
{
    FILE *file;
    bool good;

    if (options->report == NULL) {
        return true;
    }
    file = fopen(options->report, "w");
    if (file == NULL) {
        (void)fprintf(complaints, "mocktenant run: --report %s: %s\n", options->report,
                      strerror(errno));
        return false;
    }
    run_report(file, results);
    good = ferror(file) == 0;
    good = fclose(file) == 0 && good;
    if (!good) {
        (void)fprintf(complaints, "mocktenant run: --report %s: cannot be written\n",
                      options->report);
    }
    return good;
}

static int play(const struct run_options *options, const struct run_scenarios *scenarios,
                struct arena *arena, const struct run_rig *rig, FILE *out, FILE *complaints)
{
    const struct run_format *format = format_of(options->format);
    struct run_results results = {0};
    int64_t begun_us = clock_steady_us();
    bool ended, written;
    int status;

    make_cases(arena, scenarios, options, &results);
    if (format->begin != NULL) {
        format->begin(out, &results);
    }
    ended = play_all(rig, &results, options->jobs, format, out);
    results.duration_us = clock_steady_us() - begun_us;
    if (format->end != NULL) {
        format->end(out, &results);
    }
    tell_rules(options, &results, out, complaints);
    (void)fflush(out);
    written = write_report(options, &results, complaints);
    if (!ended) {
        (void)fprintf(complaints, "mocktenant run: a process that played cases did not end well\n");
    }
    status = !written ? 2 : ended && all_passed(&results) ? 0 : 1;
    for (size_t i = 0; i < results.count; i++) {
        arena_finish(&results.items[i].arena);
    }
    return status;
}

int run_suite(const struct run_options *options, FILE *out, FILE *complaints)
{
    AUTO(arena) arena = {0};
    struct run_complaints list = {.arena = &arena};
    struct run_rig rig = {.seed = options->seed, .replay = options->replay};
    struct run_scenarios scenarios;
    struct err err;

    if (run_load(&arena, options->paths, options->path_count, options->filter, &scenarios, &list) &&
        run_probe(&arena, &scenarios, &list) && !run_rig_read(&arena, &rig, &err)) {
        run_complain(&list, "%s", err.text);
    }
    if (list.count > 0) {
        for (size_t i = 0; i < list.count; i++) {
            (void)fprintf(complaints, "%s\n", list.lines[i]);
        }
        return 2;
    }
    return play(options, &scenarios, &arena, &rig, out, complaints);
}

void run_keep_memory(void)
{
    enum { MUCH = 1024 * 1024 * 1024, PAD = 1024 * 1024 };

    (void)mallopt(M_TRIM_THRESHOLD, MUCH);
    (void)mallopt(M_MMAP_THRESHOLD, 32 * 1024 * 1024); /* the most that is allowed */
    (void)mallopt(M_TOP_PAD, PAD);
}
