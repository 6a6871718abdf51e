#include "cases.h"

#include <string.h>

#include "state/intent.h"

static int64_t clock_ms;

static int64_t now(void *ctx)
{
    (void)ctx;
    return clock_ms;
}

struct fixture {
    struct arena arena;
    struct sync_env env;
    struct sync_store store;
    struct sync_problem problem;
};

static int start(void **state)
{
    static struct fixture fixture;
    const struct crmsync_env given = {.now = now};

    fixture = (struct fixture){0};
    clock_ms = 1000;
    sync_env_init(&fixture.env, &given);
    assert_true(sync_store_open(&fixture.store, &fixture.env, ":memory:", &fixture.problem));
    *state = &fixture;
    return 0;
}

static int stop(void **state)
{
    struct fixture *fixture = *state;

    sync_store_close(&fixture->store);
    arena_finish(&fixture->arena);
    return 0;
}

static void is_open_until_it_ends(void **state)
{
    struct fixture *f = *state;
    struct sync_intent intent, found;

    assert_true(sync_intent_open(&f->store, &f->arena, "a", "k", &found, &f->problem));
    assert_int_equal(found.id, 0);
    assert_true(sync_intent_begin(&f->store, "a", "k", "[\"x\"]", &intent, &f->problem));
    assert_true(intent.id > 0);
    clock_ms = 2000;
    assert_true(sync_intent_open(&f->store, &f->arena, "a", "k", &found, &f->problem));
    assert_int_equal(found.id, intent.id);
    assert_int_equal(found.sent_ms, 1000);
    assert_string_equal(found.known, "[\"x\"]");
    assert_null(found.object);
    /* Another operation, another key: another intent. */
    assert_true(sync_intent_open(&f->store, &f->arena, "b", "k", &found, &f->problem));
    assert_int_equal(found.id, 0);
    assert_true(sync_intent_open(&f->store, &f->arena, "a", "K", &found, &f->problem));
    assert_int_equal(found.id, 0);
    assert_true(
        sync_intent_end(&f->store, intent.id, SYNC_INTENT_MADE, "object-1", "{}", &f->problem));
    assert_true(sync_intent_open(&f->store, &f->arena, "a", "k", &found, &f->problem));
    assert_int_equal(found.id, 0);
    assert_true(sync_intent_of_object(&f->store, &f->arena, "object-1", &found, &f->problem));
    assert_int_equal(found.id, intent.id);
    assert_int_equal(found.ended_ms, 2000);
    assert_string_equal(found.detail, "{}");
}

static void a_new_one_ends_the_open_one(void **state)
{
    struct fixture *f = *state;
    struct sync_intent first, second, found;
    int64_t undone = 0;
    struct err err;

    assert_true(sync_intent_begin(&f->store, "a", "k", "[]", &first, &f->problem));
    assert_true(sync_intent_begin(&f->store, "a", "k", "[1]", &second, &f->problem));
    assert_int_not_equal(first.id, second.id);
    assert_true(sync_intent_open(&f->store, &f->arena, "a", "k", &found, &f->problem));
    assert_int_equal(found.id, second.id);
    assert_true(db_query_int(f->store.db,
                             "SELECT count(*) FROM intent WHERE outcome = 'undone' AND id = ?",
                             DB_ARGS(db_int(first.id)), 0, &undone, &err));
    assert_int_equal(undone, 1);
}

static void finds_only_what_was_made(void **state)
{
    struct fixture *f = *state;
    struct sync_intent intent, found;

    assert_true(sync_intent_begin(&f->store, "a", "app/one", "[]", &intent, &f->problem));
    assert_true(sync_intent_end(&f->store, intent.id, SYNC_INTENT_REFUSED, "o", NULL, &f->problem));
    assert_true(sync_intent_of_object(&f->store, &f->arena, "o", &found, &f->problem));
    assert_int_equal(found.id, 0);
    assert_true(sync_intent_newest(&f->store, &f->arena, "a", NULL, &found, &f->problem));
    assert_int_equal(found.id, 0);
    for (int i = 0; i < 2; i++) {
        assert_true(sync_intent_begin(&f->store, "a", i == 0 ? "app/one" : "app/two", "[]", &intent,
                                      &f->problem));
        assert_true(sync_intent_end(&f->store, intent.id, SYNC_INTENT_FOUND, i == 0 ? "o1" : "o2",
                                    NULL, &f->problem));
    }
    assert_true(sync_intent_newest(&f->store, &f->arena, "a", NULL, &found, &f->problem));
    assert_string_equal(found.object, "o2");
    assert_true(sync_intent_newest(&f->store, &f->arena, "a", "app/one", &found, &f->problem));
    assert_string_equal(found.object, "o1");
    assert_true(sync_intent_newest(&f->store, &f->arena, "a", "app/", &found, &f->problem));
    assert_int_equal(found.id, 0);
}

/* The database itself refuses states that would lie. */
static int64_t ended(struct fixture *f, const char *key)
{
    int64_t count = -1;
    struct err err;

    assert_true(db_query_int(f->store.db, "SELECT count(*) FROM intent WHERE key = ?",
                             DB_ARGS(db_text(key)), -1, &count, &err));
    return count;
}

/* For years: what made no object leaves the last one that was done, what made one stays. */
static void does_not_grow(void **state)
{
    struct fixture *f = *state;
    struct sync_intent intent, found;

    for (int i = 0; i < 10; i++) {
        assert_true(sync_intent_begin(&f->store, "tell", "page", "[]", &intent, &f->problem));
        assert_true(
            sync_intent_end(&f->store, intent.id, SYNC_INTENT_MADE, NULL, NULL, &f->problem));
        assert_true(sync_intent_begin(&f->store, "add", "app", "[]", &found, &f->problem));
        assert_true(sync_intent_end(&f->store, found.id, SYNC_INTENT_MADE, "o", NULL, &f->problem));
    }
    assert_in_range(ended(f, "page"), 1, 2);
    assert_int_equal(ended(f, "app"), 10);
    assert_true(sync_intent_newest(&f->store, &f->arena, "tell", "page", &found, &f->problem));
    assert_int_equal(found.id, intent.id);
}

static void the_table_keeps_its_word(void **state)
{
    static const char *const lies[] = {
        "INSERT INTO intent (operation, key, state, known, sent_ms) VALUES ('a','k','GONE','[]',1)",
        "INSERT INTO intent (operation, key, state, known, sent_ms) VALUES ('a','k','DONE','[]',1)",
        ("INSERT INTO intent (operation, key, state, outcome, known, sent_ms)"
         " VALUES ('a','k','SENT','made','[]',1)"),
        "INSERT INTO intent (operation, key, state, known, sent_ms) VALUES ('a','o','SENT','[]',1)",
    };
    struct fixture *f = *state;
    struct sync_intent open;
    struct err err;

    assert_true(sync_intent_begin(&f->store, "a", "o", "[]", &open, &f->problem));
    for (size_t i = 0; i < ARRAY_LEN(lies); i++) {
        assert_false(db_script(f->store.db, lies[i], &err));
        assert_non_null(strstr(err.text, "constraint"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(is_open_until_it_ends, start, stop),
        cmocka_unit_test_setup_teardown(a_new_one_ends_the_open_one, start, stop),
        cmocka_unit_test_setup_teardown(finds_only_what_was_made, start, stop),
        cmocka_unit_test_setup_teardown(does_not_grow, start, stop),
        cmocka_unit_test_setup_teardown(the_table_keeps_its_word, start, stop),
    };

    return cases_run("intent", tests, ARRAY_LEN(tests));
}
