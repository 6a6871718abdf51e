/* A record of Dynamics and its counterpart in Marketo, with what both agreed on last. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/db.h"
#include "mapping/diff.h"

enum sync_link_state {
    SYNC_LINK_HALF,   /* seen, and not yet in Marketo */
    SYNC_LINK_LIVE,   /* on both sides */
    SYNC_LINK_GONE,   /* deleted in Dynamics */
    SYNC_LINK_ABSENT, /* somebody's parent that cannot be read */
};

struct sync_link {
    int64_t id; /* 0: there is none */
    const char *entity, *key;
    int64_t other; /* the id in Marketo; 0: not known */
    enum sync_link_state state;
    const char *etag;  /* of the newest version that was dealt with */
    int64_t lineage;   /* of the stream, when it was last compared */
    bool left_out;     /* by the filter field */
    const char *waits; /* the key of its parent that is not there; NULL: it does not wait */
    struct sync_base base;
};

/* Texts and base are the arena's. `id` of *ret is 0 when there is none. */
bool sync_link_find(struct db *db, struct arena *arena, const char *entity, const char *key,
                    struct sync_link *ret, struct err *err);
bool sync_link_get(struct db *db, struct arena *arena, int64_t id, struct sync_link *ret,
                   struct err *err);
/* The person with that id in Marketo. */
bool sync_link_person(struct db *db, struct arena *arena, int64_t other, struct sync_link *ret,
                      struct err *err);
/* Adds it (when its id is 0, then it has one) or writes all of it. */
bool sync_link_save(struct db *db, struct arena *arena, struct sync_link *link, struct err *err);
/* The id in Marketo, the state, the etag and the base. *ret_taken: another link has that person
 * already. */
bool sync_link_agree(struct db *db, struct arena *arena, const struct sync_link *link,
                     bool *ret_taken, struct err *err);
/* Has the children that wait for a parent read again. */
bool sync_link_wake(struct db *db, const char *parent, struct err *err);
