/*
 * Steps of setup: each looks whether it is done, does it when not, and after an outcome that is not
 * known looks again before it does it again.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/engine.h"
#include "graph/graph.h"

enum sync_look { SYNC_LOOK_FAILED, SYNC_THERE, SYNC_MISSING };

struct sync_step {
    const char *name; /* of its intents too: "application.create" */
    /* Looks; with SYNC_THERE it names what is there in work->found. */
    enum sync_look (*check)(struct sync_call *call, void *work);
    enum sync_changed (*apply)(struct sync_call *call, void *work);
    const char *(*key)(void *work); /* of its intents */
    const char *source;             /* the page that asks for it */
};

/* The first member of every `work`. */
struct sync_work {
    const char *found;      /* id of what check() found; NULL when it has none */
    int64_t fresh_until_ms; /* until then the directory may not know all that we made */
    const char *depends_on; /* id of an object that we may have made ourselves just now */
};

/* Walks through the steps; *ret_changed becomes true when one did something (or would, when the
 * call is dry). */
bool sync_plan_run(struct sync_call *call, const struct sync_step *steps, size_t count, void *work,
                   bool *ret_changed);
/* Until when an object of that id, which we may have made, may be unknown to parts of the
 * directory; 0 when it is long ago or was not us. */
bool sync_plan_fresh_until(struct sync_call *call, const char *object, int64_t *ret_ms);
