/* What the passes did: counted in the commit that did it, so that no crash loses or doubles it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/db.h"

/* What happened to one object in one direction. */
struct sync_count {
    const char *entity, *direction;
    int64_t inserts, updates, deletes, failed;
    int64_t backlog;   /* that wait now */
    int64_t oldest_ms; /* of these; 0: none waits */
    int64_t last_hour; /* written in the last full clock hour */
};

enum { SYNC_COUNTS = 5 };

/* Adds to what the next report tells. */
bool sync_tally_add(struct db *db, const struct sync_count *count, int64_t now_ms, struct err *err);
/* All objects and directions, in a fixed order; `ret` has room for SYNC_COUNTS. */
bool sync_tally_read(struct db *db, int64_t now_ms, struct sync_count *ret, struct err *err);
bool sync_tally_reset(struct db *db, struct err *err);

struct sync_pass_row {
    int64_t id; /* 0: there is none */
    int64_t started_ms, ended_ms;
    const char *outcome, *code;
    bool initial_complete;
    const char *report; /* JSON that the page has not got; NULL: it has */
};

/* The newest one. */
bool sync_pass_newest(struct db *db, struct arena *arena, struct sync_pass_row *ret,
                      struct err *err);
/* The newest one that has ended. */
bool sync_pass_last(struct db *db, struct arena *arena, struct sync_pass_row *ret, struct err *err);
bool sync_pass_begin(struct db *db, int64_t now_ms, struct err *err);
bool sync_pass_end(struct db *db, const struct sync_pass_row *row, struct err *err);
bool sync_pass_told(struct db *db, int64_t id, struct err *err);
