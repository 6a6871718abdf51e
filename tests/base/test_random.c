#include "cases.h"

#include <string.h>

#include "base/random.h"

/* The first numbers of the authors' own xoshiro256** for the state {1, 2, 3, 4}. */
static void follows_the_published_algorithm(void **state)
{
    static const uint64_t expected[] = {11520, 0, 1509978240, 1215971899390074240};
    struct random random = {.state = {1, 2, 3, 4}};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(expected); i++) {
        assert_int_equal(random_next(&random), expected[i]);
    }
}

static void stays_below(void **state)
{
    struct random random;
    size_t seen[7] = {0};

    (void)state;
    random_seed(&random, 3);
    for (size_t i = 0; i < 7000; i++) {
        uint64_t number = random_below(&random, 7);

        assert_true(number < 7);
        seen[number]++;
    }
    for (size_t i = 0; i < 7; i++) {
        assert_in_range(seen[i], 850, 1150);
    }
    assert_int_equal(random_below(&random, 1), 0);
}

static void gives_text_of_the_alphabet(void **state)
{
    struct random random;
    char text[101];

    (void)state;
    random_seed(&random, 3);
    random_text(&random, "ab", text, 100);
    assert_int_equal(strlen(text), 100);
    assert_int_equal(strspn(text, "ab"), 100);
}

static void differs_by_seed(void **state)
{
    struct random one, two;

    (void)state;
    random_seed(&one, 1);
    random_seed(&two, 2);
    assert_int_not_equal(random_next(&one), random_next(&two));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(follows_the_published_algorithm),
        cmocka_unit_test(stays_below),
        cmocka_unit_test(gives_text_of_the_alphabet),
        cmocka_unit_test(differs_by_seed),
    };

    return cases_run("random", tests, ARRAY_LEN(tests));
}
