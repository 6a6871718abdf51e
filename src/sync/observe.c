/* Stage A: a page is read, and its rows are in the inbox in the commit that moves the cursor. */
#include "sync/pass.h"

#include <string.h>

#include "base/auto.h"
#include "base/str.h"
#include "state/inbox.h"
#include "state/link.h"

/* So many rows may wait before more are read. */
enum { INBOX_HIGH = 20000 };

/* Records that a new reading did not show are looked up one by one, unless they are more than so
 * many and more than so much of all: then something else is wrong than that they were deleted. */
enum { UNSEEN_MAX = 50, UNSEEN_PERCENT = 5 };

static struct sync_read read_of(const struct sync_pass *pass, int rank)
{
    const struct sync_stream *stream = &pass->streams[rank];
    struct sync_read read = {.mapping = &pass->mappings[rank], .link = stream->cursor};

    switch (stream->phase) {
    case SYNC_PHASE_NONE:
    case SYNC_PHASE_MARK:
        read.keys_only = true;
        break;
    case SYNC_PHASE_REPLAY:
        read.keys_only = true;
        read.link = read.link != NULL ? read.link : stream->mark;
        break;
    case SYNC_PHASE_FOLLOW:
        read.link = read.link != NULL ? read.link : stream->link;
        break;
    case SYNC_PHASE_LOAD:
        break;
    }
    return read;
}

/* Where reading goes on after this page. */
static void move_on(struct sync_pass *pass, int rank, const struct sync_rows *rows)
{
    struct sync_stream *stream = &pass->streams[rank];
    const char *delta = arena_strdup(pass->arena, rows->delta);

    stream->cursor = arena_strdup(pass->arena, rows->next);
    if (rows->next != NULL) {
        return;
    }
    switch (stream->phase) {
    case SYNC_PHASE_NONE:
    case SYNC_PHASE_MARK:
        stream->mark = delta;
        stream->phase = SYNC_PHASE_LOAD;
        break;
    case SYNC_PHASE_LOAD:
        stream->link = delta;
        stream->phase = SYNC_PHASE_REPLAY;
        break;
    case SYNC_PHASE_REPLAY:
        stream->mark = NULL;
        stream->phase = SYNC_PHASE_FOLLOW;
        pass->read_out[rank] = true;
        break;
    case SYNC_PHASE_FOLLOW:
        stream->link = delta;
        pass->read_out[rank] = true;
        break;
    }
}

/* A key of the replay: what the load has seen in this very version is not read again. */
static bool take_key(struct sync_pass *pass, struct arena *arena, int rank,
                     const struct sync_record *record, struct err *err)
{
    const char *entity = sync_entities[rank].name;
    struct sync_link link;
    int64_t waiting = 0;

    if (!sync_link_find(pass->db, arena, entity, record->key, &link, err) ||
        !db_query_int(pass->db,
                      "SELECT count(*) FROM inbox WHERE entity = ? AND key = ? AND etag = ?",
                      DB_ARGS(db_text(entity), db_text(record->key), db_text(record->etag)), 0,
                      &waiting, err)) {
        return false;
    }
    return waiting > 0 || (link.id != 0 && str_eq(link.etag, record->etag)) ||
           sync_dirty_add(pass->db, entity, record->key, err);
}

static bool take_record(struct sync_pass *pass, struct arena *arena, int rank,
                        struct sync_record *record, struct err *err)
{
    enum sync_phase phase = pass->streams[rank].phase;

    if (record->gone) {
        record->modified_ms = pass->started_ms;
        return sync_inbox_add(pass->db, sync_entities[rank].name, rank, record, err);
    }
    switch (phase) {
    case SYNC_PHASE_NONE:
    case SYNC_PHASE_MARK:
        return true; /* only its end counts */
    case SYNC_PHASE_REPLAY:
        return take_key(pass, arena, rank, record, err);
    case SYNC_PHASE_LOAD:
    case SYNC_PHASE_FOLLOW:
        break;
    }
    return sync_inbox_add(pass->db, sync_entities[rank].name, rank, record, err);
}

static bool take_rows(struct sync_pass *pass, int rank, const struct sync_read *read,
                      struct sync_rows *rows)
{
    const struct sync_dynamics *dynamics = &pass->sides->dynamics;
    AUTO(arena) arena = {0};
    struct sync_record record;
    enum sync_row row;
    struct err err;

    while ((row = dynamics->next(dynamics->ctx, &arena, read, rows, &record, pass->problem)) ==
           SYNC_ROW) {
        if (!take_record(pass, &arena, rank, &record, &err)) {
            return sync_pass_err(pass, &err);
        }
        arena_reset(&arena);
    }
    return row == SYNC_ROW_END;
}

/* The link is too old, or was never good: everything is read again, and nothing is taken for
 * deleted because it was not seen. */
static bool begin_anew(struct sync_pass *pass, int rank)
{
    struct sync_stream *stream = &pass->streams[rank];
    AUTO(db_txn) txn = {0};
    struct err err;

    log_event(&pass->engine->env.log, "sync.anew", "object=%s", stream->name);
    pass->begun_anew[rank] = true;
    stream->lineage++;
    stream->phase = SYNC_PHASE_MARK;
    stream->cursor = stream->mark = stream->link = NULL;
    return sync_pass_txn(pass, &txn) &&
           (sync_stream_save(pass->db, stream, &err) || sync_pass_err(pass, &err)) &&
           sync_pass_commit(pass, &txn);
}

/* Too old, or refused as what it is (400): a link that was kept once is not asked for ever. */
static bool is_expired(const struct sync_pass *pass, int rank, const struct sync_read *read)
{
    int status = pass->problem->error.status;

    return !pass->begun_anew[rank] && read->link != NULL &&
           (str_eq(pass->problem->error.code, "token_expired") || status == 410 || status == 400);
}

/* After everything was read anew: what was not seen may be deleted, and is asked for by its key. */
static bool ask_for_unseen(struct sync_pass *pass, int rank, struct err *err)
{
    static const char of[] = " FROM link WHERE entity = ? AND state = 'live' AND lineage < ?";
    const struct sync_stream *stream = &pass->streams[rank];
    const struct db_value args[] = {db_text(stream->name), db_int(stream->lineage)};
    AUTO(arena) arena = {0};
    int64_t unseen = 0, all = 0;

    if (!db_query_int(pass->db, arena_join(&arena, "SELECT count(*)", of, NULL), args, 2, 0,
                      &unseen, err) ||
        !db_query_int(pass->db, "SELECT count(*) FROM link WHERE entity = ? AND state = 'live'",
                      args, 1, 0, &all, err)) {
        return false;
    }
    if (unseen > UNSEEN_MAX && unseen * 100 > all * UNSEEN_PERCENT) {
        log_event(&pass->engine->env.log, "sync.unseen", "object=%s records=%lld of=%lld",
                  stream->name, (long long)unseen, (long long)all);
        return true;
    }
    return db_run(pass->db,
                  arena_join(&arena, "INSERT OR IGNORE INTO dirty (entity, key) SELECT entity, key",
                             of, NULL),
                  args, 2, err);
}

static bool read_page(struct sync_pass *pass, int rank)
{
    const struct sync_dynamics *dynamics = &pass->sides->dynamics;
    struct sync_read read = read_of(pass, rank);
    struct sync_stream *stream = &pass->streams[rank];
    bool read_anew = stream->phase == SYNC_PHASE_REPLAY && stream->lineage > 1;
    AUTO(arena) arena = {0};
    AUTO(db_txn) txn = {0};
    struct sync_rows rows;
    struct err err;

    if (!dynamics->open(dynamics->ctx, &arena, &read, &rows, pass->problem)) {
        return is_expired(pass, rank, &read) && begin_anew(pass, rank);
    }
    if (!sync_pass_txn(pass, &txn) || !take_rows(pass, rank, &read, &rows)) {
        return false;
    }
    move_on(pass, rank, &rows);
    if (read_anew && stream->phase == SYNC_PHASE_FOLLOW && !ask_for_unseen(pass, rank, &err)) {
        return sync_pass_err(pass, &err);
    }
    return (sync_stream_save(pass->db, stream, &err) || sync_pass_err(pass, &err)) &&
           sync_pass_commit(pass, &txn);
}

/* A linked record that its key does not bring is not there any more. */
static bool take_missing(struct sync_pass *pass, struct arena *arena, int rank, const char *key,
                         struct err *err)
{
    struct sync_record gone = {.key = key, .gone = true, .modified_ms = pass->started_ms};
    const char *entity = sync_entities[rank].name;
    struct sync_link link;
    bool waits;

    return sync_inbox_has(pass->db, entity, key, &waits, err) &&
           sync_link_find(pass->db, arena, entity, key, &link, err) &&
           (waits || link.id == 0 ||
            (link.state != SYNC_LINK_LIVE && (link.state != SYNC_LINK_HALF || link.other == 0)) ||
            sync_inbox_add(pass->db, entity, rank, &gone, err));
}

static bool take_fetched(struct sync_pass *pass, struct arena *arena, const struct sync_read *read,
                         struct sync_rows *rows, int rank, int64_t sort_ms, size_t *ret_seen)
{
    const struct sync_dynamics *dynamics = &pass->sides->dynamics;
    struct sync_record record;
    enum sync_row row;
    struct err err;

    while ((row = dynamics->next(dynamics->ctx, arena, read, rows, &record, pass->problem)) ==
           SYNC_ROW) {
        record.modified_ms =
            sort_ms != 0 && sort_ms < record.modified_ms ? sort_ms : record.modified_ms;
        if (!sync_inbox_add(pass->db, sync_entities[rank].name, rank, &record, &err)) {
            return sync_pass_err(pass, &err);
        }
        ++*ret_seen;
    }
    return row == SYNC_ROW_END;
}

bool sync_fetch(struct sync_pass *pass, int rank, const char *const *keys, size_t count,
                int64_t sort_ms, size_t *ret_seen)
{
    const struct sync_dynamics *dynamics = &pass->sides->dynamics;
    const struct sync_read read = {
        .mapping = &pass->mappings[rank], .keys = keys, .key_count = count};
    AUTO(arena) arena = {0};
    AUTO(db_txn) txn = {0};
    struct sync_rows rows;
    struct err err;

    *ret_seen = 0;
    if (!dynamics->open(dynamics->ctx, &arena, &read, &rows, pass->problem) ||
        !sync_pass_txn(pass, &txn) ||
        !take_fetched(pass, &arena, &read, &rows, rank, sort_ms, ret_seen)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (!take_missing(pass, &arena, rank, keys[i], &err) ||
            !sync_dirty_take(pass->db, sync_entities[rank].name, keys[i], &err)) {
            return sync_pass_err(pass, &err);
        }
    }
    return sync_pass_commit(pass, &txn);
}

static bool fetch_dirty(struct sync_pass *pass, int rank, bool *ret_did)
{
    const char *keys[SYNC_KEYS_MAX];
    AUTO(arena) arena = {0};
    size_t count, seen;
    struct err err;

    if (!sync_dirty_some(pass->db, &arena, sync_entities[rank].name, SYNC_KEYS_MAX, keys, &count,
                         &err)) {
        return sync_pass_err(pass, &err);
    }
    *ret_did = count > 0;
    return count == 0 || sync_fetch(pass, rank, keys, count, 0, &seen);
}

bool sync_observe_ahead(const struct sync_pass *pass, int64_t waiting)
{
    if (waiting >= INBOX_HIGH) {
        return false;
    }
    /* While everything is read, each page is dealt with before the next one. Changes are read to
     * their end first: their order is one over all entities. */
    for (int rank = 0; rank < SYNC_ENTITIES; rank++) {
        if (waiting > 0 && pass->streams[rank].phase == SYNC_PHASE_LOAD) {
            return false;
        }
    }
    return true;
}

bool sync_observe(struct sync_pass *pass, bool *ret_did)
{
    *ret_did = true;
    /* Every mark is older than every load. */
    for (int rank = 0; rank < SYNC_ENTITIES; rank++) {
        if (pass->streams[rank].phase < SYNC_PHASE_LOAD) {
            return read_page(pass, rank);
        }
    }
    for (int rank = 0; rank < SYNC_ENTITIES; rank++) {
        bool did = false;

        if (!pass->read_out[rank]) {
            return read_page(pass, rank);
        }
        if (!fetch_dirty(pass, rank, &did)) {
            return false;
        }
        if (did) {
            return true;
        }
    }
    *ret_did = false;
    return true;
}
