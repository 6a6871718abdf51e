#include "cases.h"

#include "base/clock.h"

static void a_virtual_clock_moves_forward_only(void **state)
{
    struct clock clock;

    (void)state;
    clock_init_virtual(&clock, 1000);
    assert_int_equal(clock_now_ms(&clock), 1000);
    clock_move_to(&clock, 2000);
    clock_move_to(&clock, 1500);
    assert_int_equal(clock_now_ms(&clock), 2000);
    clock_set(&clock, 500);
    assert_int_equal(clock_now_ms(&clock), 500);
}

static void a_real_clock_is_the_wall(void **state)
{
    struct clock clock;
    int64_t before, now;

    (void)state;
    clock_init_real(&clock);
    before = clock_wall_ms();
    clock_move_to(&clock, before + 1000000);
    clock_set(&clock, 5);
    now = clock_now_ms(&clock);
    assert_true(now >= before && now < before + 10000);
    assert_true(before > INT64_C(1700000000000));
    assert_true(clock_steady_us() <= clock_steady_us());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_virtual_clock_moves_forward_only),
        cmocka_unit_test(a_real_clock_is_the_wall),
    };

    return cases_run("clock", tests, ARRAY_LEN(tests));
}
