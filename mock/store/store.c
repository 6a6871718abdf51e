#include "store/store.h"

#include <stdio.h>
#include <stdlib.h>

/* A failure of the world's own database is our bug: better to die here than to answer nonsense. */
static void must(bool ok, const struct err *err)
{
    if (!ok) {
        fprintf(stderr, "mocktenant: internal error: %s\n", err->text);
        abort();
    }
}

int64_t store_run(struct db *db, const char *sql, const struct db_value *args, size_t count)
{
    struct err err;

    must(db_run(db, sql, args, count, &err), &err);
    return db_changes(db);
}

void store_script(struct db *db, const char *sql)
{
    struct err err;

    must(db_script(db, sql, &err), &err);
}

int64_t store_int(struct db *db, const char *sql, const struct db_value *args, size_t count,
                  int64_t otherwise)
{
    int64_t number = otherwise;
    struct err err;

    must(db_query_int(db, sql, args, count, otherwise, &number, &err), &err);
    return number;
}

char *store_text(struct db *db, struct arena *arena, const char *sql, const struct db_value *args,
                 size_t count)
{
    AUTO(db_rows) rows = {0};

    store_query(&rows, db, sql, args, count);
    return store_next(&rows) ? arena_strdup(arena, db_column_text(&rows, 0)) : NULL;
}

void store_query(struct db_rows *rows, struct db *db, const char *sql, const struct db_value *args,
                 size_t count)
{
    struct err err;

    must(db_query(db, sql, args, count, rows, &err), &err);
}

bool store_next(struct db_rows *rows)
{
    struct err err;
    enum db_step step = db_next(rows, &err);

    must(step != DB_FAILED, &err);
    return step == DB_ROW;
}
