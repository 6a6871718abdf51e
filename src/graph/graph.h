/*
 * Microsoft Graph as the administrator of the tenant: reading, and changing under the rule that a
 * change is journalled before its first byte leaves.
 */
#pragma once

#include <stdbool.h>

#include "base/arena.h"
#include "base/json.h"
#include "core/problem.h"
#include "remote/remote.h"

struct crmsync;

#define SYNC_GRAPH_URL "https://graph.microsoft.com/v1.0"

/* Reads a resource; `path` begins with a slash and stands under /v1.0. */
bool sync_graph_get(struct crmsync *engine, struct arena *arena, const char *what, const char *path,
                    const cJSON **ret, struct sync_problem *problem);
/* Reads a collection with all its pages into one array. */
bool sync_graph_list(struct crmsync *engine, struct arena *arena, const char *what,
                     const char *path, const cJSON **ret, struct sync_problem *problem);

/* Changes something, as sync_remote_change(). */
enum sync_changed sync_graph_change(struct crmsync *engine, struct arena *arena,
                                    const struct sync_change *change, const cJSON **ret,
                                    struct sync_intent *ret_intent, struct sync_problem *problem);
