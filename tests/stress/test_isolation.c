/*
 * Worlds know nothing of each other: two hundred in one process, all alive at once, play the same
 * story on a thread each and end with the same journal, byte for byte.
 */
#include "cases.h"

#include <pthread.h>
#include <string.h>

#include "base/arena.h"
#include "telling.h"

enum { WORLDS = 200, STACK = 1024 * 1024 };

static pthread_barrier_t gate;

static void *play(void *arg)
{
    (void)pthread_barrier_wait(&gate);
    telling_play(arg);
    return NULL;
}

static void play_all(struct telling *tellings, size_t count)
{
    pthread_t threads[WORLDS];
    pthread_attr_t attributes;

    assert_int_equal(pthread_attr_init(&attributes), 0);
    assert_int_equal(pthread_attr_setstacksize(&attributes, STACK), 0);
    assert_int_equal(pthread_barrier_init(&gate, NULL, (unsigned)count), 0);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(pthread_create(&threads[i], &attributes, play, &tellings[i]), 0);
    }
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    pthread_barrier_destroy(&gate);
    pthread_attr_destroy(&attributes);
}

static void two_hundred_worlds_write_one_journal(void **state)
{
    AUTO(arena) arena = {0};
    struct telling *tellings = arena_array(&arena, WORLDS, sizeof *tellings);
    struct run_scenarios scenarios;
    struct run_rig rig;

    (void)state;
    tellings_load(&arena, "setup/010-one-time-secret.json", &scenarios, &rig);
    assert_int_equal(scenarios.count, 1);
    for (size_t i = 0; i < WORLDS; i++) {
        tellings[i].rig = &rig;
        tellings[i].scenario = scenarios.items;
    }
    play_all(tellings, WORLDS);
    for (size_t i = 0; i < WORLDS; i++) {
        if (!tellings[i].passed) {
            fail_msg("world %zu: %s", i, telling_why(&tellings[i]));
        }
        assert_true(strlen(tellings[i].journal) > 4000);
        assert_same_text("the journal", tellings[0].journal, tellings[i].journal);
    }
    for (size_t i = 0; i < WORLDS; i++) {
        telling_finish(&tellings[i]);
    }
}

/* Different stories at once: what a world writes does not depend on its neighbours. */
static void neighbours_do_not_matter(void **state)
{
    AUTO(arena) arena = {0};
    struct run_scenarios scenarios;
    struct run_rig rig;
    struct telling *together;

    (void)state;
    tellings_load(&arena, "setup", &scenarios, &rig);
    assert_true(scenarios.count >= 7 && 4 * scenarios.count <= WORLDS);
    together = arena_array(&arena, 4 * scenarios.count, sizeof *together);
    for (size_t i = 0; i < 4 * scenarios.count; i++) {
        together[i].rig = &rig;
        together[i].scenario = &scenarios.items[i % scenarios.count];
    }
    play_all(together, 4 * scenarios.count);
    for (size_t i = 0; i < scenarios.count; i++) {
        struct telling alone = {.rig = &rig, .scenario = &scenarios.items[i]};

        telling_play(&alone);
        for (size_t k = i; k < 4 * scenarios.count; k += scenarios.count) {
            assert_string_equal(telling_why(&together[k]), "");
            assert_same_text(scenarios.items[i].below, alone.journal, together[k].journal);
        }
        telling_finish(&alone);
    }
    for (size_t i = 0; i < 4 * scenarios.count; i++) {
        telling_finish(&together[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_hundred_worlds_write_one_journal),
        cmocka_unit_test(neighbours_do_not_matter),
    };

    return cases_run("isolation", tests, ARRAY_LEN(tests));
}
