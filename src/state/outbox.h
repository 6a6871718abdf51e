/*
 * What is to be written, in order. An operation is SENT from before its first byte leaves until its
 * outcome is known; then its row goes. A record has one at most on each side.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/db.h"
#include "mapping/record.h"
#include "state/link.h"

enum sync_side_of { SYNC_AT_MARKETO, SYNC_AT_DYNAMICS };
enum sync_verb { SYNC_CREATE, SYNC_UPDATE, SYNC_DELETE };

struct sync_op {
    int64_t id; /* 0: none */
    struct sync_link link;
    enum sync_side_of side;
    enum sync_verb verb;
    bool sent;
    bool fresh; /* its link is new: none waits for the same record */
    int64_t order_ms, sent_ms;
    int64_t tries;
    const char *etag; /* of the version that the plan was made from */
    struct sync_values values;
};

extern const char *const sync_directions[]; /* by side: to_marketo, to_dynamics */
extern const char *const sync_verbs[];      /* by verb: insert, update, delete */

/* Adds it and gives it its id; one that waits for the same record takes the new values over. */
bool sync_outbox_add(struct db *db, struct arena *arena, struct sync_op *op, struct err *err);
/* The first `most` that are ready or, with `sent`, those that were sent; in the arena. */
bool sync_outbox_first(struct db *db, struct arena *arena, bool sent, size_t most,
                       struct sync_op *ret, size_t *ret_count, struct err *err);
bool sync_outbox_mark_sent(struct db *db, int64_t id, int64_t now_ms, struct err *err);
/* It certainly did not happen: it is to be sent again. */
bool sync_outbox_mark_ready(struct db *db, int64_t id, struct err *err);
/* Changes of people that an earlier pass left ready: who was edited since is looked up before they
 * are sent, as if their outcome was not known. */
bool sync_outbox_doubt(struct db *db, struct err *err);
bool sync_outbox_remove(struct db *db, int64_t id, struct err *err);
/* Whether a record has one on that side. */
bool sync_outbox_has(struct db *db, int64_t link, enum sync_side_of side, bool *ret,
                     struct err *err);
