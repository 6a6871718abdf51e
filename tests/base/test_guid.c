#include "cases.h"

#include <string.h>

#include "base/guid.h"

static const struct guid_case {
    const char *name, *text;
    bool good;
} guid_cases[] = {
    {"lower case", "11111111-2222-3333-4444-555555555555", true},
    {"upper case", "AAAABBBB-0000-CCCC-1111-DDDD2222EEEE", true},
    {"braces", "{11111111-2222-3333-4444-555555555555}", false},
    {"too short", "11111111-2222-3333-4444-55555555555", false},
    {"a dash at the wrong place", "111111111-222-3333-4444-555555555555", false},
    {"no hexadecimal digit", "g1111111-2222-3333-4444-555555555555", false},
    {"nothing", "", false},
};

static void knows_guids(void **state)
{
    const struct guid_case *c = *state;

    assert_int_equal(guid_valid(c->text), c->good);
}

static void makes_version_4_from_the_seed(void **state)
{
    struct random random;
    char one[GUID_SIZE], two[GUID_SIZE], again[GUID_SIZE];

    (void)state;
    random_seed(&random, 1);
    guid_make(&random, one);
    guid_make(&random, two);
    random_seed(&random, 1);
    guid_make(&random, again);
    assert_true(guid_valid(one));
    assert_int_equal(one[14], '4');
    assert_non_null(strchr("89ab", one[19]));
    assert_string_equal(one, again);
    assert_string_not_equal(one, two);
}

static void gives_the_bytes_in_mixed_order(void **state)
{
    static const uint8_t expected[16] = {0xbb, 0xbb, 0xaa, 0xaa, 0x00, 0x00, 0xcc, 0xcc,
                                         0x11, 0x11, 0xdd, 0xdd, 0x22, 0x22, 0xee, 0xee};
    uint8_t bytes[16];

    (void)state;
    assert_true(guid_to_mixed_endian("aaaabbbb-0000-cccc-1111-dddd2222eeee", bytes));
    assert_memory_equal(bytes, expected, 16);
    assert_false(guid_to_mixed_endian("nonsense", bytes));
    assert_false(guid_to_mixed_endian(NULL, bytes));
}

int main(void)
{
    struct CMUnitTest tests[16] = {
        cmocka_unit_test(makes_version_4_from_the_seed),
        cmocka_unit_test(gives_the_bytes_in_mixed_order),
    };
    size_t count = CASES_LISTED(tests);

    CASES(tests, count, guid_cases, knows_guids);
    return cases_run("guid", tests, count);
}
