/* How far something is read, and what is kept of one run of reading to the next. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/db.h"

enum sync_phase {
    SYNC_PHASE_NONE,   /* never begun */
    SYNC_PHASE_MARK,   /* keys only: for a delta link that is older than the load */
    SYNC_PHASE_LOAD,   /* whole rows */
    SYNC_PHASE_REPLAY, /* what changed since the mark */
    SYNC_PHASE_FOLLOW, /* changes */
};

struct sync_stream {
    const char *name;
    int64_t lineage; /* grows when reading begins again from nothing */
    enum sync_phase phase;
    const char *config; /* the mapping with which it was begun */
    const char *cursor; /* where the next page of this phase is; NULL: its beginning */
    const char *mark, *link;
    int64_t covered_ms;
};

/* A stream that is not kept has the phase NONE. Texts are the arena's. */
bool sync_stream_load(struct db *db, struct arena *arena, const char *name, struct sync_stream *ret,
                      struct err *err);
bool sync_stream_save(struct db *db, const struct sync_stream *stream, struct err *err);

/* A value of `meta`; NULL when there is none. */
bool sync_meta_get(struct db *db, struct arena *arena, const char *key, const char **ret,
                   struct err *err);
bool sync_meta_set(struct db *db, const char *key, const char *value, struct err *err);
/* The number of a mapped field; made when it has none. */
bool sync_field_number(struct db *db, const char *entity, const char *name, const char *target,
                       uint32_t *ret, struct err *err);

/* An activity of Marketo by its id: *ret_new tells whether it was seen for the first time. */
bool sync_seen_add(struct db *db, const char *guid, int64_t at_ms, bool *ret_new, struct err *err);
bool sync_seen_forget(struct db *db, int64_t before_ms, struct err *err);

/* Keys whose rows are to be read again. */
bool sync_dirty_add(struct db *db, const char *entity, const char *key, struct err *err);
bool sync_dirty_take(struct db *db, const char *entity, const char *key, struct err *err);
/* Some of them, at most `most`; `ret` has room for that many. */
bool sync_dirty_some(struct db *db, struct arena *arena, const char *entity, size_t most,
                     const char **ret, size_t *ret_count, struct err *err);
