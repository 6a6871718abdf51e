#include "state/link.h"

#include "base/auto.h"
#include "base/str.h"

static const char *const states[] = {"half", "live", "gone", "absent"};

#define COLUMNS                                                                                    \
    "SELECT id, entity, key, other, state, etag, lineage, left_out, waits, base FROM link "

static bool read_one(struct db *db, struct arena *arena, const char *sql,
                     const struct db_value *args, size_t count, struct sync_link *ret,
                     struct err *err)
{
    AUTO(db_rows) rows = {0};
    const char *state;
    enum db_step step;
    const void *base;
    size_t len;

    *ret = (struct sync_link){0};
    if (!db_query(db, sql, args, count, &rows, err)) {
        return false;
    }
    step = db_next(&rows, err);
    if (step != DB_ROW) {
        return step == DB_DONE;
    }
    *ret = (struct sync_link){.id = db_column_int(&rows, 0),
                              .entity = arena_strdup(arena, db_column_text(&rows, 1)),
                              .key = arena_strdup(arena, db_column_text(&rows, 2)),
                              .other = db_column_int(&rows, 3),
                              .etag = arena_strdup(arena, db_column_text(&rows, 5)),
                              .lineage = db_column_int(&rows, 6),
                              .left_out = db_column_int(&rows, 7) != 0,
                              .waits = arena_strdup(arena, db_column_text(&rows, 8))};
    state = db_column_text(&rows, 4);
    for (size_t i = 0; i < ARRAY_LEN(states); i++) {
        if (str_eq(states[i], state)) {
            ret->state = (enum sync_link_state)i;
        }
    }
    base = db_column_blob(&rows, 9, &len);
    sync_base_unpack(arena, base != NULL ? base : "", base != NULL ? len : 0, &ret->base);
    return true;
}

bool sync_link_find(struct db *db, struct arena *arena, const char *entity, const char *key,
                    struct sync_link *ret, struct err *err)
{
    return read_one(db, arena, COLUMNS "WHERE entity = ? AND key = ?",
                    DB_ARGS(db_text(entity), db_text(key)), ret, err);
}

bool sync_link_get(struct db *db, struct arena *arena, int64_t id, struct sync_link *ret,
                   struct err *err)
{
    return read_one(db, arena, COLUMNS "WHERE id = ?", DB_ARGS(db_int(id)), ret, err);
}

bool sync_link_person(struct db *db, struct arena *arena, int64_t other, struct sync_link *ret,
                      struct err *err)
{
    return read_one(db, arena, COLUMNS "WHERE other = ? AND entity <> 'account'",
                    DB_ARGS(db_int(other)), ret, err);
}

bool sync_link_save(struct db *db, struct arena *arena, struct sync_link *link, struct err *err)
{
    struct db_value other = link->other != 0 ? db_int(link->other) : db_null();
    size_t len;
    const void *base = sync_base_pack(arena, &link->base, &len);

    if (link->id != 0) {
        return db_run(db,
                      "UPDATE link SET other = ?, state = ?, etag = ?, lineage = ?, left_out = ?,"
                      " waits = ?, base = ? WHERE id = ?",
                      DB_ARGS(other, db_text(states[link->state]), db_text(link->etag),
                              db_int(link->lineage), db_int(link->left_out), db_text(link->waits),
                              db_blob(base, len), db_int(link->id)),
                      err);
    }
    if (!db_run(db,
                "INSERT INTO link (entity, key, other, state, etag, lineage, left_out, waits, base)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                DB_ARGS(db_text(link->entity), db_text(link->key), other,
                        db_text(states[link->state]), db_text(link->etag), db_int(link->lineage),
                        db_int(link->left_out), db_text(link->waits), db_blob(base, len)),
                err)) {
        return false;
    }
    link->id = db_last_rowid(db);
    return true;
}

bool sync_link_agree(struct db *db, struct arena *arena, const struct sync_link *link,
                     bool *ret_taken, struct err *err)
{
    size_t len;
    const void *base = sync_base_pack(arena, &link->base, &len);

    if (!db_run(db,
                "UPDATE OR IGNORE link SET other = ?, state = ?, etag = ?, base = ? WHERE id = ?",
                DB_ARGS(link->other != 0 ? db_int(link->other) : db_null(),
                        db_text(states[link->state]), db_text(link->etag), db_blob(base, len),
                        db_int(link->id)),
                err)) {
        return false;
    }
    *ret_taken = db_changes(db) == 0;
    return true;
}

bool sync_link_wake(struct db *db, const char *parent, struct err *err)
{
    return db_run(db,
                  "INSERT OR IGNORE INTO dirty (entity, key)"
                  " SELECT entity, key FROM link WHERE waits = ?",
                  DB_ARGS(db_text(parent)), err);
}
