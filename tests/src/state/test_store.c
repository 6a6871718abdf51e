#include "cases.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/str.h"
#include "state/store.h"
#include "support/files.h"

/* Says "die" at one phase. */
static enum crmsync_verdict die_at(void *ctx, enum crmsync_commit_phase phase)
{
    return phase == *(enum crmsync_commit_phase *)ctx ? CRMSYNC_DIE : CRMSYNC_GO_ON;
}

static void put(struct sync_store *store, const char *key, struct db_txn *txn)
{
    struct err err;

    assert_true(db_begin(store->db, txn, &err));
    assert_true(db_run(store->db, "INSERT INTO meta (key, value) VALUES (?, 'x')",
                       DB_ARGS(db_text(key)), &err));
}

static int64_t count(struct sync_store *store)
{
    int64_t n = -1;
    struct err err;

    assert_true(db_query_int(store->db, "SELECT count(*) FROM meta", DB_NO_ARGS, 0, &n, &err));
    return n;
}

static void keeps_what_is_committed(void **state)
{
    AUTO(arena) arena = {0};
    const char *path = arena_printf(&arena, "%s/crmsync.db", test_folder(&arena));
    struct sync_problem problem;
    struct sync_store store;
    struct sync_env env;
    struct stat stat_of;
    int64_t level = 0;
    struct err err;

    (void)state;
    sync_env_init(&env, NULL);
    assert_true(sync_store_open(&store, &env, path, &problem));
    assert_int_equal(stat(path, &stat_of), 0);
    assert_int_equal(stat_of.st_mode & 07777, 0600);
    assert_true(db_query_int(store.db, "PRAGMA synchronous", DB_NO_ARGS, 0, &level, &err));
    assert_int_equal(level, 2); /* FULL */
    {
        AUTO(db_txn) txn = {0};

        put(&store, "kept", &txn);
        assert_true(sync_store_commit(&store, &txn, &problem));
    }
    {
        AUTO(db_txn) txn = {0};

        put(&store, "lost", &txn); /* never committed */
    }
    sync_store_close(&store);
    assert_true(sync_store_open(&store, &env, path, &problem));
    assert_int_equal(count(&store), 1);
    sync_store_close(&store);
}

/* What is on the disk after a kill at each phase. */
struct kill_case {
    const char *name;
    enum crmsync_commit_phase phase;
    int64_t rows;
};

static const struct kill_case kill_cases[] = {
    {"killed before: rolled back", CRMSYNC_COMMIT_BEFORE, 0},
    {"killed at: kept", CRMSYNC_COMMIT_AT, 1},
};

static void dies_as_told(void **state)
{
    const struct kill_case *c = *state;
    AUTO(arena) arena = {0};
    const char *path = arena_printf(&arena, "%s/crmsync.db", test_folder(&arena));
    enum crmsync_commit_phase phase = c->phase;
    const struct crmsync_env given = {.ctx = &phase, .on_commit = die_at};
    struct sync_problem problem;
    struct sync_store store;
    struct sync_env env;

    sync_env_init(&env, NULL);
    assert_true(sync_store_open(&store, &env, path, &problem));
    sync_env_init(&env, &given);
    {
        AUTO(db_txn) txn = {0};

        put(&store, "a", &txn);
        assert_false(sync_store_commit(&store, &txn, &problem));
        assert_int_equal(problem.outcome, CRMSYNC_DIED);
        sync_store_abandon(&store);
        txn.db = NULL; /* it went with the store */
    }
    sync_env_init(&env, NULL);
    assert_true(sync_store_open(&store, &env, path, &problem));
    assert_int_equal(count(&store), c->rows);
    sync_store_close(&store);
}

static void lets_one_engine_in(void **state)
{
    AUTO(arena) arena = {0};
    const char *path = arena_printf(&arena, "%s/crmsync.db", test_folder(&arena));
    const char *const names[] = {path, arena_printf(&arena, "file:%s", path),
                                 arena_printf(&arena, "file://%s?cache=private", path)};
    struct sync_problem problem;
    struct sync_store first, second;
    struct sync_env env;

    (void)state;
    sync_env_init(&env, NULL);
    assert_true(sync_store_open(&first, &env, path, &problem));
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        assert_false(sync_store_open(&second, &env, names[i], &problem));
        assert_string_equal(problem.error.code, "in_use");
        assert_true(problem.error.fix[0] != '\0');
        sync_store_abandon(&second);
    }
    sync_store_close(&first);
    assert_true(sync_store_open(&second, &env, path, &problem));
    sync_store_abandon(&second); /* a kill frees it too */
    assert_true(sync_store_open(&first, &env, path, &problem));
    sync_store_close(&first);
}

static void memory_needs_no_lock(void **state)
{
    static const char *const names[] = {":memory:", "file:/store-test?vfs=memdb",
                                        "file::memory:?cache=private", "file:x?mode=memory"};
    struct sync_problem problem;
    struct sync_store stores[2];
    struct sync_env env;

    (void)state;
    sync_env_init(&env, NULL);
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        for (size_t k = 0; k < 2; k++) {
            assert_true(sync_store_open(&stores[k], &env, names[i], &problem));
            assert_int_equal(stores[k].lock, -1);
        }
        sync_store_close(&stores[0]);
        sync_store_close(&stores[1]);
    }
}

/* A file that the engine must leave alone. */
struct foreign_case {
    const char *name, *script, *words;
};

static const struct foreign_case foreign_cases[] = {
    {"another program's database", "CREATE TABLE t (x); PRAGMA application_id = 7",
     "another program"},
    {"a plain database with tables", "CREATE TABLE t (x)", "another program"},
    {"a newer version",
     "CREATE TABLE meta (x); PRAGMA application_id = 0x63726d73;"
     "PRAGMA user_version = 1000",
     "version 1000"},
};

static void refuses_a_foreign_file(void **state)
{
    const struct foreign_case *c = *state;
    AUTO(arena) arena = {0};
    const char *path = arena_printf(&arena, "%s/other.db", test_folder(&arena));
    struct sync_problem problem;
    struct sync_store store;
    struct sync_env env;
    struct db *other;
    struct err err;

    assert_true(db_open(path, &other, &err));
    assert_true(db_script(other, c->script, &err));
    db_close(other);
    sync_env_init(&env, NULL);
    assert_false(sync_store_open(&store, &env, path, &problem));
    assert_int_equal(problem.outcome, CRMSYNC_USAGE);
    assert_non_null(strstr(problem.error.message, c->words));
    sync_store_abandon(&store);
}

static void refuses_what_is_no_database(void **state)
{
    AUTO(arena) arena = {0};
    const char *folder = test_folder(&arena);
    const char *const paths[] = {test_file(&arena, folder, "text",
                                           "this is a text, and long enough to be read as a header "
                                           "of a database, which it is not, as SQLite will say",
                                           0600),
                                 folder, arena_printf(&arena, "%s/no/such/folder.db", folder)};
    struct sync_problem problem;
    struct sync_store store;
    struct sync_env env;

    (void)state;
    sync_env_init(&env, NULL);
    for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
        assert_false(sync_store_open(&store, &env, paths[i], &problem));
        assert_int_equal(problem.outcome, CRMSYNC_USAGE);
        assert_true(problem.error.fix[0] != '\0');
        sync_store_abandon(&store);
        /* The lock file of a folder's name is beside it. */
        remove(arena_printf(&arena, "%s.lock", paths[i]));
    }
}

int main(void)
{
    struct CMUnitTest tests[16] = {
        cmocka_unit_test(keeps_what_is_committed),
        cmocka_unit_test(lets_one_engine_in),
        cmocka_unit_test(memory_needs_no_lock),
        cmocka_unit_test(refuses_what_is_no_database),
    };
    size_t n = CASES_LISTED(tests);

    CASES(tests, n, kill_cases, dies_as_told);
    CASES(tests, n, foreign_cases, refuses_a_foreign_file);
    return cases_run("store", tests, n);
}
