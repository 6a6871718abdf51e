#include "state/tally.h"

#include "base/auto.h"

enum { HOUR_MS = 60 * 60 * 1000, HOURS_KEPT = 48, PASSES_KEPT = 100 };

static const char *const objects[SYNC_COUNTS][2] = {
    {"account", "to_marketo"}, {"lead", "to_marketo"},     {"contact", "to_marketo"},
    {"lead", "to_dynamics"},   {"contact", "to_dynamics"},
};

bool sync_tally_add(struct db *db, const struct sync_count *count, int64_t now_ms, struct err *err)
{
    static const char tally_sql[] =
        "INSERT INTO tally (entity, direction, inserts, updates, deletes, failed)"
        " VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (entity, direction) DO UPDATE SET inserts = inserts + excluded.inserts,"
        " updates = updates + excluded.updates, deletes = deletes + excluded.deletes,"
        " failed = failed + excluded.failed";
    static const char hour_sql[] =
        "INSERT INTO hour (at, entity, direction, records) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (at, entity, direction) DO UPDATE SET records = records + excluded.records";
    int64_t written = count->inserts + count->updates + count->deletes;

    return db_run(db, tally_sql,
                  DB_ARGS(db_text(count->entity), db_text(count->direction), db_int(count->inserts),
                          db_int(count->updates), db_int(count->deletes), db_int(count->failed)),
                  err) &&
           (written == 0 || (db_run(db, hour_sql,
                                    DB_ARGS(db_int(now_ms / HOUR_MS), db_text(count->entity),
                                            db_text(count->direction), db_int(written)),
                                    err) &&
                             db_run(db, "DELETE FROM hour WHERE at < ?",
                                    DB_ARGS(db_int(now_ms / HOUR_MS - HOURS_KEPT)), err)));
}

static bool read_written(struct db *db, struct sync_count *count, struct err *err)
{
    AUTO(db_rows) rows = {0};
    enum db_step step;

    if (!db_query(db,
                  "SELECT inserts, updates, deletes, failed FROM tally"
                  " WHERE entity = ? AND direction = ?",
                  DB_ARGS(db_text(count->entity), db_text(count->direction)), &rows, err)) {
        return false;
    }
    step = db_next(&rows, err);
    if (step == DB_ROW) {
        count->inserts = db_column_int(&rows, 0);
        count->updates = db_column_int(&rows, 1);
        count->deletes = db_column_int(&rows, 2);
        count->failed = db_column_int(&rows, 3);
    }
    return step != DB_FAILED;
}

/* What waits in one of the two places where an object of a direction waits. */
static bool read_waiting(struct db *db, struct sync_count *count, const char *sql,
                         const struct db_value *args, size_t arg_count, struct err *err)
{
    AUTO(db_rows) rows = {0};
    enum db_step step;

    if (!db_query(db, sql, args, arg_count, &rows, err)) {
        return false;
    }
    step = db_next(&rows, err);
    if (step == DB_ROW && db_column_int(&rows, 0) > 0) {
        int64_t oldest = db_column_int(&rows, 1);

        count->backlog += db_column_int(&rows, 0);
        if (count->oldest_ms == 0 || oldest < count->oldest_ms) {
            count->oldest_ms = oldest;
        }
    }
    return step != DB_FAILED;
}

static bool read_backlog(struct db *db, struct sync_count *count, bool to_marketo, struct err *err)
{
    static const char inbox_sql[] = "SELECT count(*), min(modified_ms) FROM inbox WHERE entity = ?";
    static const char change_sql[] =
        "SELECT count(DISTINCT c.link), min(c.at_ms) FROM change c JOIN link l ON l.id = c.link"
        " WHERE l.entity = ?";
    static const char outbox_sql[] =
        "SELECT count(*), min(o.order_ms) FROM outbox o JOIN link l ON l.id = o.link"
        " WHERE l.entity = ? AND o.side = ?";

    return read_waiting(db, count, to_marketo ? inbox_sql : change_sql,
                        DB_ARGS(db_text(count->entity)), err) &&
           read_waiting(
               db, count, outbox_sql,
               DB_ARGS(db_text(count->entity), db_text(to_marketo ? "marketo" : "dynamics")), err);
}

bool sync_tally_read(struct db *db, int64_t now_ms, struct sync_count *ret, struct err *err)
{
    for (size_t i = 0; i < SYNC_COUNTS; i++) {
        struct sync_count *count = &ret[i];

        *count = (struct sync_count){.entity = objects[i][0], .direction = objects[i][1]};
        if (!read_written(db, count, err) || !read_backlog(db, count, i < 3, err) ||
            !db_query_int(db,
                          "SELECT records FROM hour WHERE at = ? AND entity = ? AND direction = ?",
                          DB_ARGS(db_int(now_ms / HOUR_MS - 1), db_text(count->entity),
                                  db_text(count->direction)),
                          0, &count->last_hour, err)) {
            return false;
        }
    }
    return true;
}

bool sync_tally_reset(struct db *db, struct err *err)
{
    return db_run(db, "DELETE FROM tally", DB_NO_ARGS, err);
}

#define PASS "SELECT id, started_ms, ended_ms, outcome, code, initial_complete, report FROM pass "

static bool read_pass(struct db *db, struct arena *arena, const char *sql,
                      struct sync_pass_row *ret, struct err *err)
{
    AUTO(db_rows) rows = {0};
    enum db_step step;

    *ret = (struct sync_pass_row){0};
    if (!db_query(db, sql, DB_NO_ARGS, &rows, err)) {
        return false;
    }
    step = db_next(&rows, err);
    if (step == DB_ROW) {
        *ret = (struct sync_pass_row){.id = db_column_int(&rows, 0),
                                      .started_ms = db_column_int(&rows, 1),
                                      .ended_ms = db_column_int(&rows, 2),
                                      .outcome = arena_strdup(arena, db_column_text(&rows, 3)),
                                      .code = arena_strdup(arena, db_column_text(&rows, 4)),
                                      .initial_complete = db_column_int(&rows, 5) != 0,
                                      .report = arena_strdup(arena, db_column_text(&rows, 6))};
    }
    return step != DB_FAILED;
}

bool sync_pass_newest(struct db *db, struct arena *arena, struct sync_pass_row *ret,
                      struct err *err)
{
    return read_pass(db, arena, PASS "ORDER BY id DESC LIMIT 1", ret, err);
}

bool sync_pass_last(struct db *db, struct arena *arena, struct sync_pass_row *ret, struct err *err)
{
    return read_pass(db, arena, PASS "WHERE ended_ms IS NOT NULL ORDER BY id DESC LIMIT 1", ret,
                     err);
}

bool sync_pass_begin(struct db *db, int64_t now_ms, struct err *err)
{
    return db_run(db, "INSERT INTO pass (started_ms) VALUES (?)", DB_ARGS(db_int(now_ms)), err) &&
           db_run(db, "DELETE FROM pass WHERE id <= ?",
                  DB_ARGS(db_int(db_last_rowid(db) - PASSES_KEPT)), err);
}

bool sync_pass_end(struct db *db, const struct sync_pass_row *row, struct err *err)
{
    return db_run(db,
                  "UPDATE pass SET ended_ms = ?, outcome = ?, code = ?, initial_complete = ?,"
                  " report = ? WHERE id = ?",
                  DB_ARGS(db_int(row->ended_ms), db_text(row->outcome), db_text(row->code),
                          db_int(row->initial_complete), db_text(row->report), db_int(row->id)),
                  err);
}

bool sync_pass_told(struct db *db, int64_t id, struct err *err)
{
    return db_run(db, "UPDATE pass SET report = NULL WHERE id = ?", DB_ARGS(db_int(id)), err);
}
