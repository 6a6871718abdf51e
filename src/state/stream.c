#include "state/stream.h"

#include <string.h>

#include "base/auto.h"
#include "base/str.h"

static const char *const phases[] = {NULL, "mark", "load", "replay", "follow"};

bool sync_stream_load(struct db *db, struct arena *arena, const char *name, struct sync_stream *ret,
                      struct err *err)
{
    static const char sql[] =
        "SELECT lineage, phase, config, cursor, mark, link, covered_ms FROM stream WHERE name = ?";
    AUTO(db_rows) rows = {0};
    enum db_step step;

    *ret = (struct sync_stream){.name = name, .config = ""};
    if (!db_query(db, sql, DB_ARGS(db_text(name)), &rows, err)) {
        return false;
    }
    step = db_next(&rows, err);
    if (step == DB_ROW) {
        const char *phase = db_column_text(&rows, 1);

        ret->lineage = db_column_int(&rows, 0);
        for (size_t i = 1; i < ARRAY_LEN(phases); i++) {
            if (str_eq(phases[i], phase)) {
                ret->phase = (enum sync_phase)i;
            }
        }
        ret->config = arena_strdup(arena, db_column_text(&rows, 2));
        ret->cursor = arena_strdup(arena, db_column_text(&rows, 3));
        ret->mark = arena_strdup(arena, db_column_text(&rows, 4));
        ret->link = arena_strdup(arena, db_column_text(&rows, 5));
        ret->covered_ms = db_column_int(&rows, 6);
    }
    return step != DB_FAILED;
}

bool sync_stream_save(struct db *db, const struct sync_stream *stream, struct err *err)
{
    static const char sql[] =
        "INSERT INTO stream (name, lineage, phase, config, cursor, mark, link, covered_ms)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (name) DO UPDATE SET lineage = excluded.lineage, phase = excluded.phase,"
        " config = excluded.config, cursor = excluded.cursor, mark = excluded.mark,"
        " link = excluded.link, covered_ms = excluded.covered_ms";

    return db_run(db, sql,
                  DB_ARGS(db_text(stream->name), db_int(stream->lineage),
                          db_text(phases[stream->phase]), db_text(stream->config),
                          db_text(stream->cursor), db_text(stream->mark), db_text(stream->link),
                          db_int(stream->covered_ms)),
                  err);
}

bool sync_meta_get(struct db *db, struct arena *arena, const char *key, const char **ret,
                   struct err *err)
{
    AUTO(db_rows) rows = {0};
    enum db_step step;

    *ret = NULL;
    if (!db_query(db, "SELECT value FROM meta WHERE key = ?", DB_ARGS(db_text(key)), &rows, err)) {
        return false;
    }
    step = db_next(&rows, err);
    if (step == DB_ROW) {
        *ret = arena_strdup(arena, db_column_text(&rows, 0));
    }
    return step != DB_FAILED;
}

bool sync_meta_set(struct db *db, const char *key, const char *value, struct err *err)
{
    return db_run(db,
                  "INSERT INTO meta (key, value) VALUES (?, ?)"
                  " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                  DB_ARGS(db_text(key), db_text(value)), err);
}

bool sync_field_number(struct db *db, const char *entity, const char *name, const char *target,
                       uint32_t *ret, struct err *err)
{
    int64_t number = 0;

    if (!db_run(db, "INSERT OR IGNORE INTO field (entity, name, target) VALUES (?, ?, ?)",
                DB_ARGS(db_text(entity), db_text(name), db_text(target)), err) ||
        !db_query_int(db, "SELECT id FROM field WHERE entity = ? AND name = ? AND target = ?",
                      DB_ARGS(db_text(entity), db_text(name), db_text(target)), 0, &number, err)) {
        return false;
    }
    *ret = (uint32_t)number;
    return true;
}

bool sync_seen_add(struct db *db, const char *guid, int64_t at_ms, bool *ret_new, struct err *err)
{
    if (!db_run(db, "INSERT OR IGNORE INTO seen (guid, at_ms) VALUES (?, ?)",
                DB_ARGS(db_text(guid), db_int(at_ms)), err)) {
        return false;
    }
    *ret_new = db_changes(db) > 0;
    return true;
}

bool sync_seen_forget(struct db *db, int64_t before_ms, struct err *err)
{
    return db_run(db, "DELETE FROM seen WHERE at_ms < ?", DB_ARGS(db_int(before_ms)), err);
}

bool sync_dirty_add(struct db *db, const char *entity, const char *key, struct err *err)
{
    return db_run(db, "INSERT OR IGNORE INTO dirty (entity, key) VALUES (?, ?)",
                  DB_ARGS(db_text(entity), db_text(key)), err);
}

bool sync_dirty_take(struct db *db, const char *entity, const char *key, struct err *err)
{
    return db_run(db, "DELETE FROM dirty WHERE entity = ? AND key = ?",
                  DB_ARGS(db_text(entity), db_text(key)), err);
}

bool sync_dirty_some(struct db *db, struct arena *arena, const char *entity, size_t most,
                     const char **ret, size_t *ret_count, struct err *err)
{
    AUTO(db_rows) rows = {0};
    enum db_step step;

    *ret_count = 0;
    if (!db_query(db, "SELECT key FROM dirty WHERE entity = ? ORDER BY key LIMIT ?",
                  DB_ARGS(db_text(entity), db_int((int64_t)most)), &rows, err)) {
        return false;
    }
    while ((step = db_next(&rows, err)) == DB_ROW) {
        ret[(*ret_count)++] = arena_strdup(arena, db_column_text(&rows, 0));
    }
    return step == DB_DONE;
}
