#include "state/parked.h"

#include "base/auto.h"
#include "mapping/value.h"

/* A remote's reason, so long at most: whoever reads it wants to know it, and many must fit into one
 * report. */
enum { MESSAGE_MAX = 300 };

bool sync_park(struct db *db, const struct sync_op *op, const char *code, const char *message,
               int64_t now_ms, struct err *err)
{
    static const char sql[] =
        "INSERT INTO parked (entity, key, direction, operation, code, message, body, at_ms)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (entity, key, direction) DO UPDATE SET operation = excluded.operation,"
        " code = excluded.code, message = excluded.message, body = excluded.body,"
        " at_ms = excluded.at_ms, told = 0";
    AUTO(strbuf) body = STRBUF(0);
    AUTO(arena) arena = {0};

    sync_values_pack(&op->values, &body);
    message = sync_value_cut(&arena, message, MESSAGE_MAX);
    return db_run(db, sql,
                  DB_ARGS(db_text(op->link.entity), db_text(op->link.key),
                          db_text(sync_directions[op->side]), db_text(sync_verbs[op->verb]),
                          db_text(code), db_text(message), db_blob(strbuf_text(&body), body.len),
                          db_int(now_ms)),
                  err) &&
           sync_outbox_remove(db, op->id, err);
}

bool sync_unpark(struct db *db, struct arena *arena, const struct sync_link *link,
                 enum sync_side_of side, struct sync_values *ret, struct err *err)
{
    const struct db_value args[] = {db_text(link->entity), db_text(link->key),
                                    db_text(sync_directions[side])};
    AUTO(db_rows) rows = {0};
    enum db_step step;
    const void *body;
    size_t len;

    *ret = (struct sync_values){0};
    if (!db_query(db, "SELECT body FROM parked WHERE entity = ? AND key = ? AND direction = ?",
                  args, ARRAY_LEN(args), &rows, err)) {
        return false;
    }
    step = db_next(&rows, err);
    if (step != DB_ROW) {
        return step == DB_DONE;
    }
    body = db_column_blob(&rows, 0, &len);
    if (body != NULL && !sync_values_unpack(arena, body, len, ret)) {
        return err_set(err, ERR_STORE, "a parked record cannot be read");
    }
    db_rows_finish(&rows);
    rows = (struct db_rows){0};
    return db_run(db, "DELETE FROM parked WHERE entity = ? AND key = ? AND direction = ?", args,
                  ARRAY_LEN(args), err);
}

bool sync_is_parked(struct db *db, const struct sync_link *link, enum sync_side_of side, bool *ret,
                    struct err *err)
{
    int64_t count = 0;

    if (!db_query_int(
            db, "SELECT count(*) FROM parked WHERE entity = ? AND key = ? AND direction = ?",
            DB_ARGS(db_text(link->entity), db_text(link->key), db_text(sync_directions[side])), 0,
            &count, err)) {
        return false;
    }
    *ret = count > 0;
    return true;
}

bool sync_parked_any(struct db *db, bool *ret, struct err *err)
{
    int64_t count = 0;

    if (!db_query_int(db, "SELECT EXISTS (SELECT 1 FROM parked)", DB_NO_ARGS, 0, &count, err)) {
        return false;
    }
    *ret = count != 0;
    return true;
}

bool sync_parked_each(struct db *db, bool untold_only,
                      void (*visit)(void *ctx, const struct sync_parked *parked), void *ctx,
                      struct err *err)
{
    static const char sql[] = "SELECT entity, key, direction, operation, code, message, at_ms"
                              " FROM parked WHERE told <= ? ORDER BY id LIMIT ?";
    AUTO(db_rows) rows = {0};
    enum db_step step;

    if (!db_query(db, sql,
                  DB_ARGS(db_int(untold_only ? 0 : 1), db_int(untold_only ? SYNC_TOLD_MAX : -1)),
                  &rows, err)) {
        return false;
    }
    while ((step = db_next(&rows, err)) == DB_ROW) {
        const struct sync_parked parked = {.entity = db_column_text(&rows, 0),
                                           .key = db_column_text(&rows, 1),
                                           .direction = db_column_text(&rows, 2),
                                           .operation = db_column_text(&rows, 3),
                                           .code = db_column_text(&rows, 4),
                                           .message = db_column_text(&rows, 5),
                                           .at_ms = db_column_int(&rows, 6)};

        visit(ctx, &parked);
    }
    return step == DB_DONE;
}

bool sync_parked_told(struct db *db, struct err *err)
{
    return db_run(db,
                  "UPDATE parked SET told = 1 WHERE id IN"
                  " (SELECT id FROM parked WHERE told = 0 ORDER BY id LIMIT ?)",
                  DB_ARGS(db_int(SYNC_TOLD_MAX)), err);
}

bool sync_suspend(struct db *db, const char *entity, const char *name, int64_t now_ms,
                  struct err *err)
{
    return db_run(db, "INSERT OR IGNORE INTO suspended (entity, name, since_ms) VALUES (?, ?, ?)",
                  DB_ARGS(db_text(entity), db_text(name), db_int(now_ms)), err);
}

bool sync_is_suspended(struct db *db, const char *entity, const char *name, bool *ret,
                       struct err *err)
{
    int64_t count = 0;

    if (!db_query_int(db, "SELECT count(*) FROM suspended WHERE entity = ? AND name = ?",
                      DB_ARGS(db_text(entity), db_text(name)), 0, &count, err)) {
        return false;
    }
    *ret = count > 0;
    return true;
}

bool sync_suspended_clear(struct db *db, struct err *err)
{
    return db_run(db, "DELETE FROM suspended", DB_NO_ARGS, err);
}

bool sync_suspended_each(struct db *db,
                         void (*visit)(void *ctx, const char *entity, const char *name,
                                       int64_t since_ms),
                         void *ctx, struct err *err)
{
    AUTO(db_rows) rows = {0};
    enum db_step step;

    if (!db_query(db, "SELECT entity, name, since_ms FROM suspended ORDER BY entity, name",
                  DB_NO_ARGS, &rows, err)) {
        return false;
    }
    while ((step = db_next(&rows, err)) == DB_ROW) {
        visit(ctx, db_column_text(&rows, 0), db_column_text(&rows, 1), db_column_int(&rows, 2));
    }
    return step == DB_DONE;
}

bool sync_pause_set(struct db *db, const char *side, int64_t until_ms, const char *code,
                    const char *message, struct err *err)
{
    return db_run(db,
                  "INSERT INTO pause (side, until_ms, code, message) VALUES (?, ?, ?, ?)"
                  " ON CONFLICT (side) DO UPDATE SET until_ms = excluded.until_ms,"
                  " code = excluded.code, message = excluded.message",
                  DB_ARGS(db_text(side), db_int(until_ms), db_text(code), db_text(message)), err);
}

bool sync_pause_get(struct db *db, struct arena *arena, const char *side, struct sync_pause *ret,
                    struct err *err)
{
    AUTO(db_rows) rows = {0};
    enum db_step step;

    *ret = (struct sync_pause){0};
    if (!db_query(db, "SELECT until_ms, code, message FROM pause WHERE side = ?",
                  DB_ARGS(db_text(side)), &rows, err)) {
        return false;
    }
    step = db_next(&rows, err);
    if (step == DB_ROW) {
        *ret = (struct sync_pause){.until_ms = db_column_int(&rows, 0),
                                   .code = arena_strdup(arena, db_column_text(&rows, 1)),
                                   .message = arena_strdup(arena, db_column_text(&rows, 2))};
    }
    return step != DB_FAILED;
}

bool sync_pause_clear(struct db *db, int64_t now_ms, struct err *err)
{
    return db_run(db, "DELETE FROM pause WHERE until_ms <= ?", DB_ARGS(db_int(now_ms)), err);
}

bool sync_collision_add(struct db *db, int64_t link, uint32_t field, enum sync_winner winner,
                        uint64_t dynamics, uint64_t marketo, int64_t now_ms, struct err *err)
{
    return db_run(db,
                  "INSERT INTO collision (link, field, winner, dynamics, marketo, at_ms)"
                  " VALUES (?, ?, ?, ?, ?, ?)",
                  DB_ARGS(db_int(link), db_int(field),
                          db_text(winner == SYNC_MARKETO_WINS ? "marketo" : "dynamics"),
                          db_int((int64_t)dynamics), db_int((int64_t)marketo), db_int(now_ms)),
                  err);
}
