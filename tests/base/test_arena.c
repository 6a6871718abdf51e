#include "cases.h"

#include <string.h>

#include "base/arena.h"

static void count_call(void *arg)
{
    ++*(int *)arg;
}

static void gives_zeroed_aligned_memory(void **state)
{
    AUTO(arena) arena = {0};

    (void)state;
    for (size_t size = 1; size < 5000; size += 37) {
        unsigned char *piece = arena_alloc(&arena, size);

        assert_int_equal((uintptr_t)piece % _Alignof(max_align_t), 0);
        for (size_t i = 0; i < size; i++) {
            assert_int_equal(piece[i], 0);
        }
        memset(piece, 0xff, size);
    }
}

static void keeps_pieces_apart(void **state)
{
    AUTO(arena) arena = {0};
    char *small = arena_strdup(&arena, "small");
    char *big = arena_alloc(&arena, 100000);
    char *after = arena_printf(&arena, "%d %s", 7, "after");

    (void)state;
    memset(big, 'x', 100000);
    assert_string_equal(small, "small");
    assert_string_equal(after, "7 after");
}

static void joins_texts(void **state)
{
    AUTO(arena) arena = {0};

    (void)state;
    assert_string_equal(arena_join(&arena, "a", "", "bc", NULL), "abc");
    assert_string_equal(arena_join(&arena, "", NULL), "");
}

static void runs_what_was_deferred_newest_first(void **state)
{
    struct arena arena = {0};
    int calls = 0;

    (void)state;
    arena_defer(&arena, count_call, &calls);
    arena_defer(&arena, count_call, &calls);
    arena_reset(&arena);
    assert_int_equal(calls, 2);
    arena_defer(&arena, count_call, &calls);
    arena_finish(&arena);
    assert_int_equal(calls, 3);
    arena_finish(&arena);
    assert_int_equal(calls, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_zeroed_aligned_memory),
        cmocka_unit_test(keeps_pieces_apart),
        cmocka_unit_test(joins_texts),
        cmocka_unit_test(runs_what_was_deferred_newest_first),
    };

    return cases_run("arena", tests, ARRAY_LEN(tests));
}
