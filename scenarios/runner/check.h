/* How a scenario file is checked: shared by check.c (its frame) and check_kinds.c (its values). */
#pragma once

#include <stdbool.h>

#include "runner/scenario.h"

struct run_checking {
    struct arena *arena;
    struct run_scenario *scenario; /* its steps so far are those before the present one */
    const char **saved;            /* names that the steps so far save */
    size_t saved_count;
    struct err *err;
};

bool run_check_fail(struct run_checking *check, const char *at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
bool run_check_word(struct run_checking *check, const char *at, const char *word,
                    const struct run_words *words);
/* Every member known and right, every required one there. */
bool run_check_members(struct run_checking *check, const cJSON *item, const char *at,
                       const struct run_members *members);
bool run_check_kind(struct run_checking *check, enum run_kind kind, const cJSON *item,
                    const char *at);
bool run_check_placeholders(struct run_checking *check, const cJSON *item, const char *at);
bool run_check_steps(struct run_checking *check, const cJSON *item, const char *at);
