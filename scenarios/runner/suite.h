/* A run: every scenario with its variants, and what came of it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/arena.h"
#include "runner/scenario.h"
#include "runner/story.h"

enum { RUN_SHOWN_FAILURES = 3 };

/* Why a case failed, and in which way of telling it. */
struct run_reason {
    const char *trouble; /* "killed at commit 5 of 12 (before)"; "" in the story itself */
    struct run_failure failure;
};

/* One case: a scenario's story, or one of its variants. */
struct run_result {
    const struct run_scenario *scenario;
    enum run_variant variant;
    bool wire;
    bool passed;
    size_t points, failed_points; /* interruptions or faults that were tried */
    struct run_reason reasons[RUN_SHOWN_FAILURES];
    size_t reason_count;
    int64_t duration_us;
    struct arena arena; /* of the reasons */
};

struct run_options {
    const char *const *paths;
    size_t path_count;
    const char *format; /* pretty, tap, junit */
    const char *report; /* a file; NULL: none */
    const char *filter;
    int jobs;
    bool replay;        /* see struct run_rig */
    bool wire;          /* the stories themselves */
    bool wire_variants; /* the variants too */
    bool base_only;     /* no variants */
    uint64_t seed;
    bool rules;
};

/* Results in the order of the files, each story before its variants. */
struct run_results {
    struct run_result *items;
    size_t count;
    int64_t duration_us;
};

/*
 * Plays one case. Where the process has no other thread and nothing goes by sockets, the points of
 * a variant are played once up to where they part.
 */
void run_case(const struct run_rig *rig, struct run_result *result);
/* One more reason why it failed, while fewer than RUN_SHOWN_FAILURES are kept. */
void run_keep_reason(struct run_result *result, const struct run_failure *failure,
                     const char *trouble);
/* It failed because the process that played it did not tell how it ended. */
void run_lose(struct run_result *result, const char *trouble, const char *why);

/* How results are told. Every function may be NULL. */
struct run_format {
    const char *name;
    void (*begin)(FILE *out, const struct run_results *results);
    void (*one)(FILE *out, const struct run_result *result, size_t number); /* as they come */
    void (*end)(FILE *out, const struct run_results *results);
};

extern const struct run_format run_pretty, run_tap, run_junit;

/* The page of --report, and the table of --rules (each line begins with `prefix`). */
void run_report(FILE *out, const struct run_results *results);
void run_rule_table(FILE *out, const struct run_results *results, const char *prefix);

/* How many interruptions and faults were tried in all. */
void run_points(const struct run_results *results, size_t *ret_interruptions, size_t *ret_faults);
/* Where a case's trouble is told in words: lines of text, each handed to `line`. */
void run_explain(const struct run_result *result, void (*line)(void *arg, const char *text),
                 void *arg);
/* "setup/010-one-time-secret.json (interrupt)" */
const char *run_case_name(struct arena *arena, const struct run_result *result);

/*
 * Thousands of plays take and give back the same memory: from now on the process keeps it, where
 * the system would map and clear each page of it again.
 */
void run_keep_memory(void);

/*
 * Loads, checks, plays and tells. The exit status: 0 all passed, 1 a scenario failed, 2 a file
 * cannot be read or is not valid, or nothing was there to play.
 */
int run_suite(const struct run_options *options, FILE *out, FILE *complaints);
