/* Lists of values as bytes and back. */
#include "cases.h"

#include "mapping/record.h"

static void keeps_values(void **state)
{
    AUTO(arena) arena = {0};
    AUTO(strbuf) bytes = STRBUF(0);
    struct sync_values values = {0}, again;

    (void)state;
    sync_values_add(&arena, &values, 7, "Ann");
    sync_values_add(&arena, &values, 8, NULL);
    sync_values_add(&arena, &values, 9, "");
    for (uint32_t i = 100; i < 200; i++) {
        sync_values_add(&arena, &values, i, "x");
    }
    sync_values_pack(&values, &bytes);
    assert_true(sync_values_unpack(&arena, bytes.data, bytes.len, &again));
    assert_int_equal(again.count, 103);
    assert_string_equal(sync_values_find(&again, 7)->text, "Ann");
    assert_null(sync_values_find(&again, 8)->text);
    assert_string_equal(sync_values_find(&again, 9)->text, "");
    assert_null(sync_values_find(&again, 10));
    /* No shorter list is taken, wherever it is cut, but at the end of a value. */
    for (size_t len = 1; len < 8 + 4 + 8 + 8 + 1; len++) {
        bool whole = len == 8 + 4 || len == 8 + 4 + 8;

        assert_int_equal(sync_values_unpack(&arena, bytes.data, len, &again), whole);
    }
}

static void takes_nothing_as_nothing(void **state)
{
    AUTO(arena) arena = {0};
    struct sync_values values;

    (void)state;
    assert_true(sync_values_unpack(&arena, "", 0, &values));
    assert_int_equal(values.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(keeps_values),
                                       cmocka_unit_test(takes_nothing_as_nothing)};

    return cases_run("mapping/record", tests, ARRAY_LEN(tests));
}
