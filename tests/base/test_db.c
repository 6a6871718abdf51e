#include "cases.h"

#include <stdio.h>
#include <string.h>

#include "base/db.h"
#include "base/mem.h"

static struct db *open_memory(void)
{
    struct db *db = NULL;
    struct err err;

    if (!db_open(NULL, &db, &err) ||
        !db_script(db, "CREATE TABLE t (k TEXT PRIMARY KEY, v);", &err)) {
        fail_msg("%s", err.text);
    }
    return db;
}

static void put(struct db *db, const char *key, struct db_value value)
{
    struct err err;

    if (!db_run(db, "INSERT INTO t VALUES (?, ?)", DB_ARGS(db_text(key), value), &err)) {
        fail_msg("%s", err.text);
    }
}

static int64_t count(struct db *db)
{
    int64_t number = -1;
    struct err err;

    assert_true(db_query_int(db, "SELECT count(*) FROM t", DB_NO_ARGS, -1, &number, &err));
    return number;
}

static void binds_and_reads_every_type(void **state)
{
    struct db *db = open_memory();
    size_t len = 0;
    struct err err;

    (void)state;
    put(db, "1", db_int(INT64_MIN));
    put(db, "2", db_real(1.5));
    put(db, "3", db_text("it's; --"));
    put(db, "4", db_blob("a\0b", 3));
    put(db, "5", db_null());
    {
        AUTO(db_rows) rows = {0};

        assert_true(db_query(db, "SELECT v FROM t ORDER BY k", DB_NO_ARGS, &rows, &err));
        assert_int_equal(db_next(&rows, &err), DB_ROW);
        assert_int_equal(db_column_int(&rows, 0), INT64_MIN);
        assert_int_equal(db_next(&rows, &err), DB_ROW);
        assert_true(db_column_real(&rows, 0) > 1.4);
        assert_int_equal(db_next(&rows, &err), DB_ROW);
        assert_string_equal(db_column_text(&rows, 0), "it's; --");
        assert_int_equal(db_next(&rows, &err), DB_ROW);
        assert_memory_equal(db_column_blob(&rows, 0, &len), "a\0b", 3);
        assert_int_equal(len, 3);
        assert_int_equal(db_next(&rows, &err), DB_ROW);
        assert_true(db_column_is_null(&rows, 0));
        assert_int_equal(db_next(&rows, &err), DB_DONE);
    }
    db_close(db);
}

static void runs_the_same_statement_inside_itself(void **state)
{
    struct db *db = open_memory();
    struct err err;
    int pairs = 0;

    (void)state;
    put(db, "a", db_null());
    put(db, "b", db_null());
    {
        AUTO(db_rows) outer = {0};

        assert_true(db_query(db, "SELECT k FROM t", DB_NO_ARGS, &outer, &err));
        while (db_next(&outer, &err) == DB_ROW) {
            AUTO(db_rows) inner = {0};

            assert_true(db_query(db, "SELECT k FROM t", DB_NO_ARGS, &inner, &err));
            while (db_next(&inner, &err) == DB_ROW) {
                pairs++;
            }
        }
    }
    assert_int_equal(pairs, 4);
    db_close(db);
}

static void rolls_back_unless_committed(void **state)
{
    struct db *db = open_memory();
    struct err err;

    (void)state;
    {
        AUTO(db_txn) txn = {0};

        assert_true(db_begin(db, &txn, &err));
        put(db, "a", db_null());
    }
    assert_int_equal(count(db), 0);
    {
        AUTO(db_txn) txn = {0};

        assert_true(db_begin(db, &txn, &err));
        put(db, "a", db_null());
        assert_true(db_commit(&txn, &err));
    }
    assert_int_equal(count(db), 1);
    db_close(db);
}

static void comes_back_from_its_image(void **state)
{
    struct db *db = open_memory();
    uint8_t *image = NULL;
    size_t len = 0;
    struct err err;

    (void)state;
    put(db, "a", db_null());
    assert_true(db_serialize(db, &image, &len, &err));
    put(db, "b", db_null());
    for (int i = 0; i < 3; i++) {
        assert_true(db_deserialize(db, image, len, &err));
        assert_int_equal(count(db), 1);
        put(db, "c", db_null());
        assert_int_equal(count(db), 2);
    }
    mem_free(image);
    db_close(db);
}

static void fill(struct db *db, int64_t rows)
{
    char text[1000];
    struct err err;

    memset(text, 'x', sizeof text);
    for (int64_t i = 0; i < rows; i++) {
        assert_true(db_run(db, "INSERT INTO t VALUES (?, ?)",
                           DB_ARGS(db_int(i), db_text_n(text, sizeof text)), &err));
    }
}

/* It is prepared once its size is known, here by its image; what it does stays the same. */
static void a_large_one_rolls_back_and_comes_back(void **state)
{
    enum { ROWS = 6000 };
    struct db *db = open_memory();
    uint8_t *image = NULL, *later = NULL;
    size_t len = 0, later_len = 0;
    int64_t sound = 0;
    struct err err;

    (void)state;
    fill(db, ROWS);
    assert_true(db_serialize(db, &image, &len, &err));
    assert_true(len > 4 * 1024 * 1024);
    for (int i = 0; i < 3; i++) {
        {
            AUTO(db_txn) txn = {0};

            assert_true(db_begin(db, &txn, &err));
            assert_true(db_run(db, "UPDATE t SET v = k", DB_NO_ARGS, &err));
            put(db, "new", db_null());
            assert_false(db_run(db, "INSERT INTO t SELECT k + 1, v FROM t", DB_NO_ARGS, &err));
            assert_int_equal(count(db), ROWS + 1);
        }
        assert_int_equal(count(db), ROWS);
        put(db, "stays", db_null());
        assert_true(db_serialize(db, &later, &later_len, &err));
        assert_true(db_deserialize(db, image, len, &err));
        assert_int_equal(count(db), ROWS);
        assert_true(db_deserialize(db, later, later_len, &err));
        assert_int_equal(count(db), ROWS + 1);
        assert_true(db_query_int(db, "SELECT integrity_check = 'ok' FROM pragma_integrity_check",
                                 DB_NO_ARGS, 0, &sound, &err));
        assert_int_equal(sound, 1);
        assert_true(db_deserialize(db, image, len, &err));
        mem_free(later);
    }
    mem_free(image);
    db_close(db);
}

static void forgets_statements_that_nobody_wants(void **state)
{
    struct db *db = open_memory();
    AUTO(db_rows) running = {0};
    struct err err;

    (void)state;
    put(db, "a", db_null());
    assert_true(db_query(db, "SELECT k FROM t -- running", DB_NO_ARGS, &running, &err));
    assert_int_equal(db_next(&running, &err), DB_ROW);
    for (int i = 0; i < 2000; i++) {
        /* The same address with ever another text, and one text that is wanted all the time. */
        char sql[64];
        int64_t number = 0;

        (void)snprintf(sql, sizeof sql, "SELECT %d", i);
        assert_true(db_query_int(db, sql, DB_NO_ARGS, -1, &number, &err));
        assert_int_equal(number, i);
        assert_int_equal(count(db), 1);
        assert_true(db_kept(db) <= 256);
    }
    assert_int_equal(db_kept(db), 256);
    assert_string_equal(db_column_text(&running, 0), "a");
    assert_int_equal(db_next(&running, &err), DB_DONE);
    db_rows_finish(&running);
    db_close(db);
}

/* More of them at once than are kept: nothing may be taken from under a running query. */
static void keeps_what_runs(void **state)
{
    enum { AT_ONCE = 300 };
    struct db *db = open_memory();
    static struct db_rows rows[AT_ONCE];
    struct err err;

    (void)state;
    for (int i = 0; i < AT_ONCE; i++) {
        char sql[64];

        (void)snprintf(sql, sizeof sql, "SELECT %d", i);
        assert_true(db_query(db, sql, DB_NO_ARGS, &rows[i], &err));
        assert_int_equal(db_next(&rows[i], &err), DB_ROW);
    }
    for (int i = 0; i < AT_ONCE; i++) {
        assert_int_equal(db_column_int(&rows[i], 0), i);
        db_rows_finish(&rows[i]);
    }
    assert_int_equal(count(db), 0);
    assert_int_equal(db_kept(db), 256);
    db_close(db);
}

static void says_what_failed(void **state)
{
    struct db *db = open_memory();
    struct err err;

    (void)state;
    assert_false(db_run(db, "SELECT nonsense", DB_NO_ARGS, &err));
    assert_int_equal(err.kind, ERR_STORE);
    assert_string_equal(err.text, "SELECT nonsense: no such column: nonsense");
    put(db, "a", db_null());
    assert_false(db_run(db, "INSERT INTO t VALUES (?, ?)", DB_ARGS(db_text("a"), db_null()), &err));
    assert_non_null(strstr(err.text, "UNIQUE constraint failed"));
    assert_int_equal(count(db), 1);
    db_close(db);
    assert_false(db_open("/nonexistent/folder/x.db", &db, &err));
    assert_non_null(strstr(err.text, "/nonexistent/folder/x.db"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(binds_and_reads_every_type),
        cmocka_unit_test(runs_the_same_statement_inside_itself),
        cmocka_unit_test(rolls_back_unless_committed),
        cmocka_unit_test(comes_back_from_its_image),
        cmocka_unit_test(a_large_one_rolls_back_and_comes_back),
        cmocka_unit_test(forgets_statements_that_nobody_wants),
        cmocka_unit_test(keeps_what_runs),
        cmocka_unit_test(says_what_failed),
    };

    return cases_run("db", tests, ARRAY_LEN(tests));
}
