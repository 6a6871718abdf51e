/* What does not go on by itself: records that were refused, columns that are gone, sides that asked
 * for patience; and fields that both sides had edited. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/db.h"
#include "state/outbox.h"

struct sync_parked {
    const char *entity, *key, *direction, *operation, *code, *message;
    int64_t at_ms;
};

/* Parks an operation with the reason; it leaves the outbox. */
bool sync_park(struct db *db, const struct sync_op *op, const char *code, const char *message,
               int64_t now_ms, struct err *err);
/* The record has changed: it is tried again. What it was to write comes back (in the arena). */
bool sync_unpark(struct db *db, struct arena *arena, const struct sync_link *link,
                 enum sync_side_of side, struct sync_values *ret, struct err *err);
bool sync_is_parked(struct db *db, const struct sync_link *link, enum sync_side_of side, bool *ret,
                    struct err *err);
bool sync_parked_any(struct db *db, bool *ret, struct err *err);
/* So many are told at once: a report must fit into one call (1 MB), and the rest has time. */
enum { SYNC_TOLD_MAX = 1000 };

/* The first of those of which the page has not been told, or all; calls `visit` for each. */
bool sync_parked_each(struct db *db, bool untold_only,
                      void (*visit)(void *ctx, const struct sync_parked *parked), void *ctx,
                      struct err *err);
/* The page is being told of those first. */
bool sync_parked_told(struct db *db, struct err *err);

bool sync_suspend(struct db *db, const char *entity, const char *name, int64_t now_ms,
                  struct err *err);
bool sync_is_suspended(struct db *db, const char *entity, const char *name, bool *ret,
                       struct err *err);
/* Ends all suspensions: the field list was saved again. */
bool sync_suspended_clear(struct db *db, struct err *err);
bool sync_suspended_each(struct db *db,
                         void (*visit)(void *ctx, const char *entity, const char *name,
                                       int64_t since_ms),
                         void *ctx, struct err *err);

struct sync_pause {
    int64_t until_ms; /* 0: none */
    const char *code, *message;
};
bool sync_pause_set(struct db *db, const char *side, int64_t until_ms, const char *code,
                    const char *message, struct err *err);
bool sync_pause_get(struct db *db, struct arena *arena, const char *side, struct sync_pause *ret,
                    struct err *err);
bool sync_pause_clear(struct db *db, int64_t now_ms, struct err *err);

bool sync_collision_add(struct db *db, int64_t link, uint32_t field, enum sync_winner winner,
                        uint64_t dynamics, uint64_t marketo, int64_t now_ms, struct err *err);
