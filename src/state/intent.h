/*
 * Intents: effects on a remote, journalled before they are sent, so that a kill at any moment
 * leaves behind what is needed to find out whether they happened.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "state/store.h"

enum sync_intent_outcome {
    SYNC_INTENT_MADE,    /* the remote said so */
    SYNC_INTENT_FOUND,   /* its outcome was unknown, and looking showed it */
    SYNC_INTENT_REFUSED, /* the remote said no, or never heard of it */
    SYNC_INTENT_UNDONE,  /* its outcome was unknown; what was found has been removed */
};

struct sync_intent {
    int64_t id; /* 0 = there is none */
    int64_t sent_ms, ended_ms;
    const char *known;  /* JSON: what existed before */
    const char *object; /* the id of what was made; NULL when that is unknown */
    const char *detail; /* JSON, or NULL */
};

/* Marks one as SENT, in one commit; an older open one of the same operation and key ends as
 * undone. */
bool sync_intent_begin(struct sync_store *store, const char *operation, const char *key,
                       const char *known, struct sync_intent *ret, struct sync_problem *problem);
/* Marks it as DONE, in one commit. `object` and `detail` may be NULL. */
bool sync_intent_end(struct sync_store *store, int64_t id, enum sync_intent_outcome outcome,
                     const char *object, const char *detail, struct sync_problem *problem);
/* The one whose outcome is not known yet. */
bool sync_intent_open(struct sync_store *store, struct arena *arena, const char *operation,
                      const char *key, struct sync_intent *ret, struct sync_problem *problem);
/* The newest one of any key that made something which stands under `object`. */
bool sync_intent_of_object(struct sync_store *store, struct arena *arena, const char *object,
                           struct sync_intent *ret, struct sync_problem *problem);
/* The newest one that made something for this operation; `key` NULL: whatever its key. */
bool sync_intent_newest(struct sync_store *store, struct arena *arena, const char *operation,
                        const char *key, struct sync_intent *ret, struct sync_problem *problem);
