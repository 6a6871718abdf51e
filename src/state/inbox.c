#include "state/inbox.h"

#include "base/auto.h"

bool sync_inbox_add(struct db *db, const char *entity, int rank, const struct sync_record *record,
                    struct err *err)
{
    static const char sql[] =
        "INSERT INTO inbox (entity, key, modified_ms, rank, etag, gone, left_out, body)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (entity, key) DO UPDATE SET modified_ms = excluded.modified_ms,"
        " etag = excluded.etag, gone = excluded.gone, left_out = excluded.left_out,"
        " body = excluded.body";
    AUTO(strbuf) body = STRBUF(0);

    sync_values_pack(&record->values, &body);
    return db_run(db, sql,
                  DB_ARGS(db_text(entity), db_text(record->key), db_int(record->modified_ms),
                          db_int(rank), db_text(record->etag), db_int(record->gone),
                          db_int(record->left_out), db_blob(strbuf_text(&body), body.len)),
                  err);
}

bool sync_inbox_first(struct db *db, struct arena *arena, size_t most, struct sync_inbox_row *ret,
                      size_t *ret_count, struct err *err)
{
    static const char sql[] = "SELECT seq, entity, key, modified_ms, etag, gone, left_out, body"
                              " FROM inbox ORDER BY modified_ms, rank, seq LIMIT ?";
    AUTO(db_rows) rows = {0};
    enum db_step step;

    *ret_count = 0;
    if (!db_query(db, sql, DB_ARGS(db_int((int64_t)most)), &rows, err)) {
        return false;
    }
    while ((step = db_next(&rows, err)) == DB_ROW) {
        struct sync_inbox_row *row = &ret[(*ret_count)++];
        const void *body;
        size_t len;

        *row = (struct sync_inbox_row){
            .seq = db_column_int(&rows, 0),
            .entity = arena_strdup(arena, db_column_text(&rows, 1)),
            .record = {.key = arena_strdup(arena, db_column_text(&rows, 2)),
                       .modified_ms = db_column_int(&rows, 3),
                       .etag = arena_strdup(arena, db_column_text(&rows, 4)),
                       .gone = db_column_int(&rows, 5) != 0,
                       .left_out = db_column_int(&rows, 6) != 0}};
        body = db_column_blob(&rows, 7, &len);
        if (body != NULL && !sync_values_unpack(arena, body, len, &row->record.values)) {
            return err_set(err, ERR_STORE, "a row of the inbox cannot be read");
        }
    }
    return step == DB_DONE;
}

bool sync_inbox_remove(struct db *db, int64_t seq, struct err *err)
{
    return db_run(db, "DELETE FROM inbox WHERE seq = ?", DB_ARGS(db_int(seq)), err);
}

bool sync_inbox_count(struct db *db, int64_t *ret, struct err *err)
{
    return db_query_int(db, "SELECT count(*) FROM inbox", DB_NO_ARGS, 0, ret, err);
}

bool sync_inbox_has(struct db *db, const char *entity, const char *key, bool *ret, struct err *err)
{
    int64_t count = 0;

    if (!db_query_int(db, "SELECT count(*) FROM inbox WHERE entity = ? AND key = ?",
                      DB_ARGS(db_text(entity), db_text(key)), 0, &count, err)) {
        return false;
    }
    *ret = count > 0;
    return true;
}
