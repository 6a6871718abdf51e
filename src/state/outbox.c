#include "state/outbox.h"

#include "base/auto.h"
#include "base/str.h"

const char *const sync_directions[] = {"to_marketo", "to_dynamics"};
const char *const sync_verbs[] = {"insert", "update", "delete"};
static const char *const sides[] = {"marketo", "dynamics"};

static bool read_waiting(struct db *db, struct arena *arena, const struct sync_op *op,
                         struct sync_values *ret, bool *ret_found, struct err *err)
{
    AUTO(db_rows) rows = {0};
    enum db_step step;
    const void *body;
    size_t len;

    *ret_found = false;
    if (!db_query(db, "SELECT body FROM outbox WHERE link = ? AND side = ?",
                  DB_ARGS(db_int(op->link.id), db_text(sides[op->side])), &rows, err)) {
        return false;
    }
    step = db_next(&rows, err);
    if (step == DB_ROW) {
        *ret_found = true;
        body = db_column_blob(&rows, 0, &len);
        if (!sync_values_unpack(arena, body != NULL ? body : "", body != NULL ? len : 0, ret)) {
            return err_set(err, ERR_STORE, "a row of the outbox cannot be read");
        }
    }
    return step != DB_FAILED;
}

/* The values of one that waits, and over them those of the new one. */
static bool merge(struct db *db, struct arena *arena, struct sync_op *op, struct err *err)
{
    struct sync_values waiting = {0};
    bool found;

    if (!read_waiting(db, arena, op, &waiting, &found, err)) {
        return false;
    }
    for (size_t i = 0; found && op->verb != SYNC_DELETE && i < waiting.count; i++) {
        if (sync_values_find(&op->values, waiting.items[i].field) == NULL) {
            sync_values_add(arena, &op->values, waiting.items[i].field, waiting.items[i].text);
        }
    }
    return true;
}

bool sync_outbox_add(struct db *db, struct arena *arena, struct sync_op *op, struct err *err)
{
    static const char sql[] =
        "INSERT INTO outbox (link, side, verb, state, order_ms, etag, body)"
        " VALUES (?, ?, ?, 'READY', ?, ?, ?)"
        " ON CONFLICT (link, side) DO UPDATE SET etag = excluded.etag, body = excluded.body,"
        " verb = CASE WHEN excluded.verb = 'update' THEN verb ELSE excluded.verb END";
    AUTO(strbuf) body = STRBUF(0);

    if (!op->fresh && !merge(db, arena, op, err)) {
        return false;
    }
    sync_values_pack(&op->values, &body);
    if (!db_run(db, sql,
                DB_ARGS(db_int(op->link.id), db_text(sides[op->side]),
                        db_text(sync_verbs[op->verb]), db_int(op->order_ms), db_text(op->etag),
                        db_blob(strbuf_text(&body), body.len)),
                err)) {
        return false;
    }
    op->id = db_last_rowid(db);
    return true;
}

static bool read_op(struct db *db, struct arena *arena, struct db_rows *rows, struct sync_op *ret,
                    struct err *err)
{
    size_t len;
    const void *body;
    const char *verb = db_column_text(rows, 3);

    *ret = (struct sync_op){.id = db_column_int(rows, 0),
                            .side = str_eq(db_column_text(rows, 2), sides[SYNC_AT_MARKETO])
                                        ? SYNC_AT_MARKETO
                                        : SYNC_AT_DYNAMICS,
                            .verb = str_eq(verb, "insert")   ? SYNC_CREATE
                                    : str_eq(verb, "update") ? SYNC_UPDATE
                                                             : SYNC_DELETE,
                            .sent = !db_column_is_null(rows, 7),
                            .order_ms = db_column_int(rows, 4),
                            .etag = arena_strdup(arena, db_column_text(rows, 5)),
                            .sent_ms = db_column_int(rows, 7),
                            .tries = db_column_int(rows, 8)};
    body = db_column_blob(rows, 6, &len);
    if (!sync_values_unpack(arena, body != NULL ? body : "", body != NULL ? len : 0,
                            &ret->values)) {
        return err_set(err, ERR_STORE, "a row of the outbox cannot be read");
    }
    return sync_link_get(db, arena, db_column_int(rows, 1), &ret->link, err);
}

bool sync_outbox_first(struct db *db, struct arena *arena, bool sent, size_t most,
                       struct sync_op *ret, size_t *ret_count, struct err *err)
{
#define COLUMNS "SELECT op, link, side, verb, order_ms, etag, body, sent_ms, tries FROM outbox "
    static const char ready_sql[] = COLUMNS "WHERE state = 'READY' ORDER BY op LIMIT ?";
    static const char sent_sql[] = COLUMNS "WHERE state = 'SENT' ORDER BY op LIMIT ?";
    AUTO(db_rows) rows = {0};
    enum db_step step;

    *ret_count = 0;
    if (!db_query(db, sent ? sent_sql : ready_sql, DB_ARGS(db_int((int64_t)most)), &rows, err)) {
        return false;
    }
    while ((step = db_next(&rows, err)) == DB_ROW) {
        if (!read_op(db, arena, &rows, &ret[(*ret_count)++], err)) {
            return false;
        }
    }
    return step == DB_DONE;
}

bool sync_outbox_mark_sent(struct db *db, int64_t id, int64_t now_ms, struct err *err)
{
    return db_run(db,
                  "UPDATE outbox SET state = 'SENT', sent_ms = ?, tries = tries + 1 WHERE op = ?",
                  DB_ARGS(db_int(now_ms), db_int(id)), err);
}

bool sync_outbox_mark_ready(struct db *db, int64_t id, struct err *err)
{
    return db_run(db, "UPDATE outbox SET state = 'READY', sent_ms = NULL WHERE op = ?",
                  DB_ARGS(db_int(id)), err);
}

bool sync_outbox_doubt(struct db *db, struct err *err)
{
    return db_run(db,
                  "UPDATE outbox SET state = 'SENT', sent_ms = 1 WHERE state = 'READY'"
                  " AND side = 'marketo' AND verb = 'update' AND link IN"
                  " (SELECT id FROM link WHERE entity <> 'account' AND state = 'live')",
                  DB_NO_ARGS, err);
}

bool sync_outbox_remove(struct db *db, int64_t id, struct err *err)
{
    return db_run(db, "DELETE FROM outbox WHERE op = ?", DB_ARGS(db_int(id)), err);
}

bool sync_outbox_has(struct db *db, int64_t link, enum sync_side_of side, bool *ret,
                     struct err *err)
{
    int64_t count = 0;

    if (!db_query_int(db, "SELECT count(*) FROM outbox WHERE link = ? AND side = ?",
                      DB_ARGS(db_int(link), db_text(sides[side])), 0, &count, err)) {
        return false;
    }
    *ret = count > 0;
    return true;
}
