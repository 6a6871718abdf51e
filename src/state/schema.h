/* The tables of the engine's database and how an older one becomes a newer one. */
#pragma once

#include <stdbool.h>

#include "core/problem.h"
#include "state/store.h"

/* Brings a database to the newest version. Fails on a file that is no database of this program, or
 * of a newer one. */
bool sync_schema_update(struct sync_store *store, struct sync_problem *problem);
