/* What only a running world can say about scenario files, still before their first step. */
#pragma once

#include <stdbool.h>

#include "runner/scenario.h"
#include "runner/story.h"

/*
 * Starts every world that the scenarios name once: it must be valid, have the actions that
 * `person` steps name, and the tables that `state` expectations name. Adds a complaint for each
 * that is not; true when there was none.
 */
bool run_probe(struct arena *arena, const struct run_scenarios *scenarios,
               struct run_complaints *complaints);

/* Reads what all stories share from the fixtures: the engine's configuration. */
bool run_rig_read(struct arena *arena, struct run_rig *ret, struct err *err);
