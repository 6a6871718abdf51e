/* Scenario files: found, read and checked before the first step of anything runs. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/json.h"
#include "runner/words.h"

struct run_step {
    enum run_verb verb;
    const cJSON *json;
    const cJSON *value;  /* of the verb */
    const cJSON *expect; /* NULL: success is expected */
    const char *name;    /* as given, else made of the verb and its value */
    const char *pointer; /* "/steps/3" */
};

enum run_variant { RUN_BASE, RUN_REPEAT, RUN_INTERRUPT, RUN_FAULTS };

enum { RUN_VARIANT_COUNT = 4 };

/* "" for the base story, else the word of `also`. */
const char *run_variant_name(enum run_variant variant);

/* All of it belongs to the arena that it was loaded with and never changes after that. */
struct run_scenario {
    const char *path;   /* of the file, as it is shown */
    const char *below;  /* the part below the path that was asked for */
    const char *folder; /* of `below`; "" when there is none */
    const char *name;   /* the member `scenario` */
    const char *why;    /* "" when it does not say */
    const cJSON *root;
    const char *world;     /* a name, or a whole world as JSON text */
    const char *world_dir; /* where a relative `extends` starts */
    const cJSON *config;   /* NULL: none */
    const char **rules;
    size_t rule_count;
    unsigned also; /* bit n: the variant n */
    struct run_step *steps;
    size_t step_count;
};

struct run_scenarios {
    struct run_scenario *items;
    size_t count;
};

/* What was wrong with the files, a line each. */
struct run_complaints {
    struct arena *arena;
    const char **lines;
    size_t count;
};

void run_complain(struct run_complaints *complaints, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * Finds every `.json` file below the paths (a path may be a file), in the order of the paths and
 * sorted by name below each; reads and checks those whose part below the path fits `filter` (NULL:
 * all). Every file that is not valid adds a complaint; true when there was none.
 */
bool run_load(struct arena *arena, const char *const *paths, size_t count, const char *filter,
              struct run_scenarios *ret, struct run_complaints *complaints);

/*
 * Checks one parsed file and fills *ret (all but path, below and folder). Fails with a sentence and
 * its pointer in *err.
 */
bool run_check(struct arena *arena, const cJSON *root, struct run_scenario *ret, struct err *err);

/* Reads one text as a scenario; what a test or a fuzzer needs of run_load(). */
bool run_read(struct arena *arena, const char *text, size_t len, struct run_scenario *ret,
              struct err *err);

/* The JSON Schema of scenario files (draft 2020-12), in the arena. */
cJSON *run_scenario_schema(struct arena *arena);

/* The ids of scenarios/RULES.md, in its order. */
extern const struct run_words run_rules;

/* The three parts of a `request`. False when it has none of that form. */
struct run_request_line {
    const char *method, *service;
    const char *host; /* what stands behind `@`; NULL: the first one */
    const char *target;
};
bool run_request_parse(struct arena *arena, const char *text, struct run_request_line *ret);
