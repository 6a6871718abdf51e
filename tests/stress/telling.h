/* A scenario's story played once, and what its services wrote down of it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "runner/suite.h"

struct telling {
    const struct run_rig *rig;
    const struct run_scenario *scenario;
    bool wire;

    struct run_story story; /* its world lives until telling_finish() */
    bool passed;
    char *journal; /* GET /_mock/journal, durations blanked */
};

/* Every scenario below a folder of scenarios/, and what all stories share; fails the test. */
void tellings_load(struct arena *arena, const char *folder, struct run_scenarios *ret,
                   struct run_rig *ret_rig);
/* Plays the base story. Asserts nothing, so that any thread may call it. */
void telling_play(struct telling *telling);
/* Why it failed; "" when it passed. */
const char *telling_why(const struct telling *telling);
void telling_finish(struct telling *telling);

/* Takes the digits behind each "duration_us": out of a journal, in place. */
void blank_durations(char *journal);
/* Fails the test at the first place in which two texts differ, and shows it. */
void assert_same_text(const char *name, const char *a, const char *b);
