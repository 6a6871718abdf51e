/* Reading rows of a table: all of them, what changed, or some by key. */
#pragma once

#include "engine/engine.h"
#include "remote/remote.h"
#include "sync/side.h"

bool sync_changes_open(struct crmsync *engine, struct arena *arena,
                       const struct sync_remote *remote, const struct sync_read *read,
                       struct sync_rows *ret, struct sync_problem *problem);
enum sync_row sync_changes_next(struct arena *arena, const struct sync_read *read,
                                struct sync_rows *rows, struct sync_record *ret,
                                struct sync_problem *problem);
