/* The public header: opening, calling, and what is said about what cannot be done. */
#include "cases.h"

#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "engine/engine.h"
#include "support/directory.h"
#include "support/files.h"

static void lists_its_operations(void **state)
{
    const char *const *names = crmsync_operations();
    size_t count = 0;

    (void)state;
    for (; names[count] != NULL; count++) {
        assert_string_equal(names[count], sync_operations[count].name);
        assert_true(count == 0 || strcmp(names[count - 1], names[count]) < 0);
    }
    assert_int_equal(count, sync_operation_count);
    assert_true(crmsync_is_idempotent("setup"));
    assert_true(crmsync_is_idempotent("setup.remove-secret"));
    assert_true(crmsync_is_idempotent("status"));
    assert_false(crmsync_is_idempotent("setup.add-secret"));
    assert_false(crmsync_is_idempotent("nothing"));
}

/* A call that is wrong in itself. */
struct wrong_case {
    const char *name, *operation, *with, *code, *words;
};

static const struct wrong_case wrong_cases[] = {
    {"misspelt", "sync.onec", "{}", "usage", "did you mean \"sync.once\"?"},
    {"nothing near", "xyz", "{}", "usage", "there is no operation \"xyz\""},
    {"empty", "", "{}", "usage", "there is no operation"},
    {"no JSON", "status", "{", "usage", "line 1, column"},
    {"an array", "status", "[]", "usage", "expected an object, found an array"},
    {"a number with a leading zero", "status", "{\"a\": 012}", "usage", "line 1"},
};

static void refuses_a_wrong_call(void **state)
{
    const struct wrong_case *c = *state;
    AUTO(arena) arena = {0};
    struct directory directory;
    struct crmsync_error error = {0};
    struct crmsync *engine;
    char *out = NULL;
    cJSON *result = NULL;
    struct err err;

    directory_start(&directory);
    engine = directory_open(&directory, &error);
    assert_int_equal(crmsync_call(engine, c->operation, c->with, &out, &error), CRMSYNC_USAGE);
    assert_string_equal(error.code, c->code);
    assert_non_null(strstr(error.message, c->words));
    assert_true(json_parse(&arena, out, strlen(out), JSON_PLAIN, &result, &err));
    assert_string_equal(json_get_text(result, "outcome"), "usage");
    assert_string_equal(json_get_text(json_get(result, "error"), "message"), error.message);
    crmsync_free(out);
    assert_true(crmsync_next_due(engine) == INT64_MAX);
    crmsync_close(engine);
    directory_stop(&directory);
}

/* A configuration with which no engine opens. */
struct open_case {
    const char *name, *config, *words;
};

static const struct open_case open_cases[] = {
    {"no JSON", "nonsense", "line 1"},
    {"unknown member", "{\"stat\": \":memory:\"}", "did you mean \"state\"?"},
    {"no such folder", "{\"state\": \"/no/such/folder/crmsync.db\"}", "/no/such/folder"},
};

static void destroy(void *ctx)
{
    ++*(int *)ctx;
}

/* The transport that was handed over is ended, whatever was wrong. */
static void does_not_open(void **state)
{
    const struct open_case *c = *state;
    int destroyed = 0;
    const struct crmsync_transport transport = {.ctx = &destroyed, .destroy = destroy};
    const struct crmsync_env env = {.transport = &transport};
    struct crmsync_error error = {0};

    assert_null(crmsync_open(c->config, &env, &error));
    assert_non_null(strstr(error.message, c->words));
    assert_true(error.fix[0] != '\0' || strstr(error.message, "did you mean") != NULL);
    assert_int_equal(destroyed, 1);
    assert_null(crmsync_open(c->config, &env, NULL));
    assert_int_equal(destroyed, 2);
}

static void opens_with_the_defaults(void **state)
{
    AUTO(arena) arena = {0};
    const char *folder = test_folder(&arena);
    const struct crmsync_env env = {.config_dir = folder};
    struct crmsync_error error;
    struct crmsync *engine = crmsync_open("{}", &env, &error), *second;
    char *out = NULL;

    (void)state;
    assert_non_null(engine);
    assert_int_equal(crmsync_call(engine, "status", NULL, &out, NULL), CRMSYNC_DONE);
    crmsync_free(out);
    second = crmsync_open("{}", &env, &error);
    assert_null(second);
    assert_string_equal(error.code, "in_use");
    assert_non_null(strstr(error.message, folder)); /* relative paths start at config_dir */
    crmsync_close(engine);
    engine = crmsync_open("{\"state\": \":memory:\"}", NULL, &error);
    assert_non_null(engine);
    crmsync_close(engine);
    crmsync_close(NULL);
    crmsync_abandon(NULL);
    crmsync_free(NULL);
}

/* Every kill while the database is made: no engine comes of it, and the next one opens. */
static void survives_a_kill_while_it_opens(void **state)
{
    static const enum crmsync_commit_phase phases[] = {CRMSYNC_COMMIT_BEFORE, CRMSYNC_COMMIT_AT};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(phases); i++) {
        struct directory directory;
        struct crmsync_error error;
        struct crmsync *engine;

        directory_start(&directory);
        directory.die_at = 1;
        directory.die_phase = phases[i];
        assert_null(directory_open(&directory, &error));
        assert_string_equal(error.code, "died");
        directory.die_at = 0;
        engine = directory_open(&directory, &error);
        assert_non_null(engine);
        crmsync_close(engine);
        directory_stop(&directory);
    }
}

/* After the order to die a call does nothing but say so, and closing writes nothing. */
static void stays_dead(void **state)
{
    struct directory directory;
    struct crmsync_error error;
    struct crmsync *engine;
    char *out = NULL;
    unsigned requests;

    (void)state;
    directory_start(&directory);
    engine = directory_open(&directory, &error);
    directory.die_phase = CRMSYNC_COMMIT_AT;
    directory.die_at = directory.commits[CRMSYNC_COMMIT_AT] + 1;
    assert_int_equal(crmsync_call(engine, "setup", "{}", &out, &error), CRMSYNC_DIED);
    assert_null(out);
    requests = directory.requests;
    assert_int_equal(crmsync_call(engine, "setup", "{}", &out, &error), CRMSYNC_DIED);
    assert_null(out);
    assert_int_equal(directory.requests, requests);
    crmsync_close(engine);
    directory_stop(&directory);
}

int main(void)
{
    struct CMUnitTest tests[32] = {
        cmocka_unit_test(lists_its_operations),
        cmocka_unit_test(opens_with_the_defaults),
        cmocka_unit_test(survives_a_kill_while_it_opens),
        cmocka_unit_test(stays_dead),
    };
    size_t count = CASES_LISTED(tests);

    CASES(tests, count, wrong_cases, refuses_a_wrong_call);
    CASES(tests, count, open_cases, does_not_open);
    return cases_run("engine", tests, count);
}
