/* What two sides of one field come to, and what is kept of an agreement. */
#include "cases.h"

#include <string.h>

#include "mapping/diff.h"

enum { NEVER = -1, UNKNOWN = -2 };

struct diff_case {
    const char *name;
    int agreed_d, agreed_m; /* NEVER: they never agreed */
    int d, m;               /* UNKNOWN: not seen */
    bool equal;
    enum sync_move marketo_wins, dynamics_wins;
    bool collided;
};

/* clang-format off */
static const struct diff_case diff_cases[] = {
    {"nothing seen", 1, 1, UNKNOWN, UNKNOWN, false, SYNC_STAYS, SYNC_STAYS, false},
    {"Dynamics as agreed", 1, 1, 1, UNKNOWN, false, SYNC_STAYS, SYNC_STAYS, false},
    {"Marketo as agreed", 1, 2, UNKNOWN, 2, false, SYNC_STAYS, SYNC_STAYS, false},
    {"both as agreed", 1, 2, 1, 2, false, SYNC_STAYS, SYNC_STAYS, false},
    {"edited in Dynamics", 1, 1, 3, UNKNOWN, false, SYNC_TO_MARKETO, SYNC_TO_MARKETO, false},
    {"emptied in Dynamics", 1, 1, 0, UNKNOWN, false, SYNC_TO_MARKETO, SYNC_TO_MARKETO, false},
    {"edited in Dynamics, Marketo as agreed", 1, 2, 3, 2, false, SYNC_TO_MARKETO, SYNC_TO_MARKETO, false},
    {"edited in Marketo", 1, 1, UNKNOWN, 3, false, SYNC_TO_DYNAMICS, SYNC_TO_DYNAMICS, false},
    {"edited in Marketo, Dynamics as agreed", 1, 1, 1, 3, false, SYNC_TO_DYNAMICS, SYNC_TO_DYNAMICS, false},
    {"both edited alike", 1, 1, 3, 3, true, SYNC_AGREES, SYNC_AGREES, false},
    {"both edited alike, held differently", 1, 1, 3, 4, true, SYNC_AGREES, SYNC_AGREES, false},
    {"both edited, not alike", 1, 1, 3, 4, false, SYNC_TO_DYNAMICS, SYNC_TO_MARKETO, true},
    {"both emptied or edited", 1, 1, 0, 4, false, SYNC_TO_DYNAMICS, SYNC_TO_MARKETO, true},
    {"new, with a value", NEVER, NEVER, 3, UNKNOWN, false, SYNC_TO_MARKETO, SYNC_TO_MARKETO, false},
    {"new, without a value", NEVER, NEVER, 0, UNKNOWN, false, SYNC_AGREES, SYNC_AGREES, false},
    {"new in Marketo", NEVER, NEVER, UNKNOWN, 3, false, SYNC_TO_DYNAMICS, SYNC_TO_DYNAMICS, false},
};
/* clang-format on */

static struct sync_sight sight(int value)
{
    return (struct sync_sight){value != UNKNOWN, value >= 0 ? (uint64_t)value : 0};
}

static void decides(void **state)
{
    const struct diff_case *c = *state;
    const struct sync_agreed agreed = {1, (uint64_t)c->agreed_d, (uint64_t)c->agreed_m};
    const struct sync_agreed *base = c->agreed_d == NEVER ? NULL : &agreed;
    bool collided;

    assert_int_equal(
        sync_diff(base, sight(c->d), sight(c->m), c->equal, SYNC_MARKETO_WINS, &collided),
        c->marketo_wins);
    assert_int_equal(collided, c->collided);
    assert_int_equal(
        sync_diff(base, sight(c->d), sight(c->m), c->equal, SYNC_DYNAMICS_WINS, &collided),
        c->dynamics_wins);
    assert_int_equal(collided, c->collided);
}

static void keeps_agreements(void **state)
{
    AUTO(arena) arena = {0};
    struct sync_base base = {0}, again;
    size_t len;
    const void *bytes;

    (void)state;
    for (uint32_t i = 0; i < 200; i++) {
        uint32_t field = (i * 7) % 200 + 1; /* every number once, out of order */

        sync_base_set(&arena, &base, (struct sync_agreed){field, field * 10, field * 100});
    }
    sync_base_set(&arena, &base, (struct sync_agreed){50, 1, 2});
    assert_int_equal(base.count, 200);
    bytes = sync_base_pack(&arena, &base, &len);
    sync_base_unpack(&arena, bytes, len, &again);
    assert_int_equal(again.count, 200);
    assert_true(sync_base_find(&again, 50)->dynamics == 1);
    assert_true(sync_base_find(&again, 199)->marketo == 19900);
    assert_null(sync_base_find(&again, 201));
    sync_base_set(&arena, &again, (struct sync_agreed){201, 3, 4});
    assert_true(sync_base_find(&again, 201)->marketo == 4);
    sync_base_unpack(&arena, bytes, len - 1, &again);
    assert_int_equal(again.count, 0);
}

int main(void)
{
    struct CMUnitTest tests[32];
    size_t count = 0;

    CASES(tests, count, diff_cases, decides);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(keeps_agreements);
    return cases_run("mapping/diff", tests, count);
}
