/*
 * Microsoft Graph as the administrator of the tenant: reading, and changing under the rule that a
 * change is journalled before its first byte leaves.
 */
#pragma once

#include <stdbool.h>

#include "base/arena.h"
#include "base/json.h"
#include "core/problem.h"
#include "state/intent.h"

struct crmsync;

#define SYNC_GRAPH_URL "https://graph.microsoft.com/v1.0"

/* Reads a resource; `path` begins with a slash and stands under /v1.0. */
bool sync_graph_get(struct crmsync *engine, struct arena *arena, const char *what, const char *path,
                    const cJSON **ret, struct sync_problem *problem);
/* Reads a collection with all its pages into one array. */
bool sync_graph_list(struct crmsync *engine, struct arena *arena, const char *what,
                     const char *path, const cJSON **ret, struct sync_problem *problem);

struct sync_change {
    const char *operation, *key; /* of the intent */
    const char *known;           /* JSON: what exists before */
    const char *what;            /* "creating the application": for errors */
    const char *method, *path;
    const cJSON *body;
    const char *id;   /* the member of the answer that names what was made; NULL = none */
    const char *made; /* what the intent names as made, without such a member */
    bool leave_open;  /* the caller ends the intent when the answer has reached its reader */
};

enum sync_changed {
    SYNC_CHANGED,
    SYNC_UNKNOWN,     /* it may have happened: look before sending it again */
    SYNC_NOT_CHANGED, /* it has not; *problem says why */
};

/*
 * Changes something: commit, send, read, commit. With SYNC_CHANGED *ret is the answer's body (NULL
 * when it has none) and *ret_intent the intent; with SYNC_UNKNOWN the intent stays open, and
 * *problem says what was seen.
 */
enum sync_changed sync_graph_change(struct crmsync *engine, struct arena *arena,
                                    const struct sync_change *change, const cJSON **ret,
                                    struct sync_intent *ret_intent, struct sync_problem *problem);
