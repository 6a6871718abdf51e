#include "state/intent.h"

#include <string.h>

static const char *const outcomes[] = {"made", "found", "refused", "undone"};

/* A pass tells the page of itself every few minutes for years: of changes that made no object the
 * last one that was done is enough. */
static bool forget_older(struct db *db, const char *operation, const char *key, struct err *err)
{
    return db_run(db,
                  "DELETE FROM intent WHERE operation = ?1 AND key = ?2 AND state = 'DONE'"
                  " AND object IS NULL AND id < (SELECT max(id) FROM intent WHERE operation = ?1"
                  " AND key = ?2 AND outcome IN ('made', 'found'))",
                  DB_ARGS(db_text(operation), db_text(key)), err);
}

bool sync_intent_begin(struct sync_store *store, const char *operation, const char *key,
                       const char *known, struct sync_intent *ret, struct sync_problem *problem)
{
    AUTO(db_txn) txn = {0};
    int64_t now_ms = sync_env_now(store->env);
    struct err err;

    *ret = (struct sync_intent){0};
    if (!db_begin(store->db, &txn, &err) ||
        !db_run(store->db,
                "UPDATE intent SET state = 'DONE', outcome = 'undone', ended_ms = ?"
                " WHERE operation = ? AND key = ? AND state = 'SENT'",
                DB_ARGS(db_int(now_ms), db_text(operation), db_text(key)), &err) ||
        !forget_older(store->db, operation, key, &err) ||
        !db_run(store->db,
                "INSERT INTO intent (operation, key, state, known, sent_ms)"
                " VALUES (?, ?, 'SENT', ?, ?)",
                DB_ARGS(db_text(operation), db_text(key), db_text(known), db_int(now_ms)), &err)) {
        return sync_fail_err(problem, &err);
    }
    *ret = (struct sync_intent){.id = db_last_rowid(store->db), .sent_ms = now_ms, .known = known};
    return sync_store_commit(store, &txn, problem);
}

bool sync_intent_end(struct sync_store *store, int64_t id, enum sync_intent_outcome outcome,
                     const char *object, const char *detail, struct sync_problem *problem)
{
    AUTO(db_txn) txn = {0};
    struct err err;

    if (!db_begin(store->db, &txn, &err) ||
        !db_run(store->db,
                "UPDATE intent SET state = 'DONE', outcome = ?, object = ?, detail = ?,"
                " ended_ms = ? WHERE id = ? AND state = 'SENT'",
                DB_ARGS(db_text(outcomes[outcome]), db_text(object), db_text(detail),
                        db_int(sync_env_now(store->env)), db_int(id)),
                &err)) {
        return sync_fail_err(problem, &err);
    }
    return sync_store_commit(store, &txn, problem);
}

/* The first row of a query over the columns that read_row() expects. */
static bool read_first(struct sync_store *store, struct arena *arena, const char *sql,
                       const struct db_value *args, size_t count, struct sync_intent *ret,
                       struct sync_problem *problem)
{
    AUTO(db_rows) rows = {0};
    struct err err;

    *ret = (struct sync_intent){0};
    if (!db_query(store->db, sql, args, count, &rows, &err)) {
        return sync_fail_err(problem, &err);
    }
    switch (db_next(&rows, &err)) {
    case DB_FAILED:
        return sync_fail_err(problem, &err);
    case DB_DONE:
        return true;
    case DB_ROW:
        break;
    }
    *ret = (struct sync_intent){.id = db_column_int(&rows, 0),
                                .sent_ms = db_column_int(&rows, 1),
                                .ended_ms = db_column_int(&rows, 2),
                                .known = arena_strdup(arena, db_column_text(&rows, 3)),
                                .object = arena_strdup(arena, db_column_text(&rows, 4)),
                                .detail = arena_strdup(arena, db_column_text(&rows, 5))};
    return true;
}

#define COLUMNS "SELECT id, sent_ms, ended_ms, known, object, detail FROM intent "

bool sync_intent_open(struct sync_store *store, struct arena *arena, const char *operation,
                      const char *key, struct sync_intent *ret, struct sync_problem *problem)
{
    return read_first(store, arena, COLUMNS "WHERE operation = ? AND key = ? AND state = 'SENT'",
                      DB_ARGS(db_text(operation), db_text(key)), ret, problem);
}

bool sync_intent_of_object(struct sync_store *store, struct arena *arena, const char *object,
                           struct sync_intent *ret, struct sync_problem *problem)
{
    return read_first(store, arena,
                      COLUMNS "WHERE object = ? AND outcome IN ('made', 'found')"
                              " ORDER BY id DESC LIMIT 1",
                      DB_ARGS(db_text(object)), ret, problem);
}

bool sync_intent_newest(struct sync_store *store, struct arena *arena, const char *operation,
                        const char *key, struct sync_intent *ret, struct sync_problem *problem)
{
    return read_first(store, arena,
                      COLUMNS "WHERE operation = ? AND key = coalesce(?, key)"
                              " AND outcome IN ('made', 'found') ORDER BY id DESC LIMIT 1",
                      DB_ARGS(db_text(operation), db_text(key)), ret, problem);
}
