/* Dataverse as the sync sees it. */
#pragma once

#include "engine/engine.h"
#include "sync/side.h"

/* Everything it makes is the arena's, which lives as long as the pass. */
bool sync_dataverse_side(struct crmsync *engine, struct arena *arena, struct sync_dynamics *ret,
                         struct sync_problem *problem);

/* A row of a tracked read as a record; fails with `protocol` on a row without key or version. */
bool sync_dataverse_record(struct arena *arena, const struct sync_read *read, const cJSON *row,
                           struct sync_record *ret, struct sync_problem *problem);
