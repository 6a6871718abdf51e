/*
 * A process beside the run's threads that plays cases for one of them. It has one thread itself, so
 * that a play in it can branch off wherever trouble may come.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "runner/branch.h"
#include "runner/suite.h"

struct run_aide {
    struct run_branch branch; /* pid 0: there is none */
};

/*
 * Starts one that knows these cases, when it is the better player of any; before the process has a
 * second thread, or there is none.
 */
void run_aide_start(struct run_aide *aide, const struct run_rig *rig,
                    const struct run_result *items, size_t count);
/* Whether it is there, and the better player of that case. */
bool run_aide_wanted(const struct run_aide *aide, const struct run_result *result);
/* Has it play that one of the cases, and waits for what came of it. */
void run_aide_play(struct run_aide *aide, size_t number, struct run_result *result);
/* False when it did not end well, which nobody was told of yet. */
bool run_aide_stop(struct run_aide *aide);
