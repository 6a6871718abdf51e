#include "cases.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"
#include "config/secret.h"
#include "support/files.h"

/* A secret's file: its bytes and permissions, and what comes of it (NULL = refused with words). */
struct file_case {
    const char *name, *text;
    unsigned mode;
    const char *secret, *words;
};

static const struct file_case file_cases[] = {
    {"as it should be", "abc8Q~x", 0600, "abc8Q~x", NULL},
    {"with a line feed", "abc8Q~x\n", 0600, "abc8Q~x", NULL},
    {"with a Windows line end", "abc8Q~x\r\n", 0600, "abc8Q~x", NULL},
    {"blanks are kept", " a b ", 0600, " a b ", NULL},
    {"readable for the group", "abc8Q~x", 0640, NULL, "has mode 0640, expected 0600"},
    {"readable for all", "abc8Q~x", 0644, NULL, "has mode 0644, expected 0600"},
    {"not writable", "abc8Q~x", 0400, NULL, "has mode 0400, expected 0600"},
    {"set-uid", "abc8Q~x", 04600, NULL, "has mode 4600, expected 0600"},
    {"empty", "", 0600, NULL, "one line"},
    {"only a line feed", "\n", 0600, NULL, "one line"},
    {"two lines", "abc\ndef\n", 0600, NULL, "one line"},
};

static void reads_a_file(void **state)
{
    const struct file_case *c = *state;
    AUTO(arena) arena = {0};
    struct sync_config config = {0};
    struct sync_problem problem = {0};
    char *secret = NULL;
    bool ok;

    config.secrets[SYNC_SECRET_ADMIN_CLIENT].file =
        test_file(&arena, test_folder(&arena), "secret", c->text, c->mode);
    ok = sync_secret_find(&config, SYNC_SECRET_ADMIN_CLIENT, &secret, &problem);
    assert_int_equal(ok, c->secret != NULL);
    if (ok) {
        assert_string_equal(secret, c->secret);
    } else {
        assert_null(secret);
        assert_int_equal(problem.outcome, CRMSYNC_USAGE);
        assert_non_null(strstr(problem.error.message, c->words));
        assert_null(strstr(problem.error.message, "abc"));
    }
    sync_secret_free(secret);
}

static void refuses_what_is_no_file(void **state)
{
    AUTO(arena) arena = {0};
    const char *folder = test_folder(&arena), *fifo = arena_printf(&arena, "%s/fifo", folder);
    struct sync_config config = {0};
    struct sync_problem problem;
    char *secret = NULL;

    (void)state;
    assert_int_equal(mkfifo(fifo, 0600), 0);
    config.secrets[SYNC_SECRET_ADMIN_CLIENT].file = folder;
    assert_false(sync_secret_find(&config, SYNC_SECRET_ADMIN_CLIENT, &secret, &problem));
    assert_non_null(strstr(problem.error.message, "not a regular file"));
    config.secrets[SYNC_SECRET_ADMIN_CLIENT].file = fifo;
    assert_false(sync_secret_find(&config, SYNC_SECRET_ADMIN_CLIENT, &secret, &problem));
    assert_non_null(strstr(problem.error.message, "not a regular file"));
}

/* Longer than the limit: refused, not cut. */
static void refuses_a_long_file(void **state)
{
    AUTO(arena) arena = {0};
    char *text = arena_alloc(&arena, 5001);
    struct sync_config config = {0};
    struct sync_problem problem;
    char *secret = NULL;

    (void)state;
    memset(text, 'x', 5000);
    config.secrets[SYNC_SECRET_ADMIN_CLIENT].file =
        test_file(&arena, test_folder(&arena), "secret", text, 0600);
    assert_false(sync_secret_find(&config, SYNC_SECRET_ADMIN_CLIENT, &secret, &problem));
}

static void a_missing_file_is_no_secret_yet(void **state)
{
    AUTO(arena) arena = {0};
    struct sync_config config = {0};
    struct sync_problem problem;
    char *secret = NULL;

    (void)state;
    /* The variable does not stand in for a file that the configuration names. */
    setenv("CRMSYNC_DYNAMICS_CLIENT_SECRET", "from the variable", 1);
    config.secrets[SYNC_SECRET_DYNAMICS_CLIENT].file =
        arena_printf(&arena, "%s/none", test_folder(&arena));
    assert_true(sync_secret_find(&config, SYNC_SECRET_DYNAMICS_CLIENT, &secret, &problem));
    assert_null(secret);
    unsetenv("CRMSYNC_DYNAMICS_CLIENT_SECRET");
}

static void reads_variables(void **state)
{
    struct sync_config config = {0};
    struct sync_problem problem;

    (void)state;
    for (size_t i = 0; i < SYNC_SECRET_COUNT; i++) {
        enum sync_secret_id id = (enum sync_secret_id)i;
        char *secret = NULL;

        unsetenv(sync_secret_variable(id));
        assert_true(sync_secret_find(&config, id, &secret, &problem));
        assert_null(secret);
        setenv(sync_secret_variable(id), "", 1);
        assert_true(sync_secret_find(&config, id, &secret, &problem));
        assert_null(secret);
        setenv(sync_secret_variable(id), "value", 1);
        assert_true(sync_secret_find(&config, id, &secret, &problem));
        assert_string_equal(secret, "value");
        sync_secret_free(secret);
        config.secrets[i].variable = "CRMSYNC_TEST_OTHER";
        setenv("CRMSYNC_TEST_OTHER", "other", 1);
        assert_true(sync_secret_find(&config, id, &secret, &problem));
        assert_string_equal(secret, "other");
        sync_secret_free(secret);
        unsetenv("CRMSYNC_TEST_OTHER");
        assert_true(sync_secret_find(&config, id, &secret, &problem));
        assert_null(secret);
        unsetenv(sync_secret_variable(id));
    }
    assert_string_equal(sync_secret_variable(SYNC_SECRET_DYNAMICS_CLIENT),
                        "CRMSYNC_DYNAMICS_CLIENT_SECRET");
    assert_string_equal(sync_secret_variable(SYNC_SECRET_DYNAMICS_PASSWORD),
                        "CRMSYNC_DYNAMICS_PASSWORD");
    assert_string_equal(sync_secret_variable(SYNC_SECRET_MARKETO_CLIENT),
                        "CRMSYNC_MARKETO_CLIENT_SECRET");
    assert_string_equal(sync_secret_variable(SYNC_SECRET_ADMIN_CLIENT),
                        "CRMSYNC_ADMIN_CLIENT_SECRET");
}

int main(void)
{
    struct CMUnitTest tests[32] = {
        cmocka_unit_test(refuses_what_is_no_file),
        cmocka_unit_test(refuses_a_long_file),
        cmocka_unit_test(a_missing_file_is_no_secret_yet),
        cmocka_unit_test(reads_variables),
    };
    size_t count = CASES_LISTED(tests);

    CASES(tests, count, file_cases, reads_a_file);
    return cases_run("secret", tests, count);
}
