#include "cases.h"

#include <string.h>

#include "base/err.h"

static bool inner(struct err *err)
{
    return err_set(err, ERR_RETRY, "HTTP %d", 503);
}

static bool outer(struct err *err)
{
    return inner(err) || err_wrap(err, "pushing %d", 1);
}

static void puts_the_outer_context_first(void **state)
{
    struct err err;

    (void)state;
    assert_false(outer(&err));
    assert_string_equal(err.text, "pushing 1: HTTP 503");
    assert_int_equal(err.kind, ERR_RETRY);
}

static void forgets_what_it_held_before(void **state)
{
    struct err err = {.retry_ms = 7, .code = "606", .pointer = "/a"};

    (void)state;
    (void)err_set(&err, ERR_STORE, "new");
    assert_int_equal(err.retry_ms, 0);
    assert_string_equal(err.code, "");
    assert_string_equal(err.pointer, "");
}

static void cuts_what_is_too_long(void **state)
{
    char text[2000];
    struct err err;

    (void)state;
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    (void)err_set(&err, ERR_STORE, "%s", text);
    assert_int_equal(strlen(err.text), sizeof err.text - 1);
    (void)err_wrap(&err, "context");
    assert_memory_equal(err.text, "context: xxx", 12);
    assert_int_equal(strlen(err.text), sizeof err.text - 1);
    (void)err_wrap(&err, "%s", text);
    assert_int_equal(strlen(err.text), sizeof err.text - 1);
    err_at(&err, text);
    assert_int_equal(strlen(err.pointer), sizeof err.pointer - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(puts_the_outer_context_first),
        cmocka_unit_test(forgets_what_it_held_before),
        cmocka_unit_test(cuts_what_is_too_long),
    };

    return cases_run("err", tests, ARRAY_LEN(tests));
}
