/* What was seen in Dynamics and not yet compared, in the order in which it happened there. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/db.h"
#include "mapping/record.h"

struct sync_inbox_row {
    int64_t seq;
    const char *entity;
    struct sync_record record;
};

/* Adds what was seen; what waits of the same record gives way. */
bool sync_inbox_add(struct db *db, const char *entity, int rank, const struct sync_record *record,
                    struct err *err);
/* The first `most` rows, in the arena; `ret` has room for that many. */
bool sync_inbox_first(struct db *db, struct arena *arena, size_t most, struct sync_inbox_row *ret,
                      size_t *ret_count, struct err *err);
bool sync_inbox_remove(struct db *db, int64_t seq, struct err *err);
bool sync_inbox_count(struct db *db, int64_t *ret, struct err *err);
/* Whether a record waits here. */
bool sync_inbox_has(struct db *db, const char *entity, const char *key, bool *ret, struct err *err);
