/*
 * The engine's memory: a page of what it reads and a part of what it sends, however many records
 * there are.
 */
#include "cases.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/str.h"
#include "syncing.h"

/* Both are more than a page, which is 5,000 rows. */
enum { FEW = 6000, MANY = 18000, SLACK_KIB = 3 * 1024 };

/* The most that an initial sync of so many contacts had at a time, in KiB. */
static long peak(int contacts)
{
    struct syncing scene = {0};
    struct program engine;
    struct rusage usage;
    const char *out, *said;
    int status = 0;

    syncing_begin(&scene, 10, contacts, 0);
    engine = syncing_engine(&scene);
    out = program_rest(&scene.arena, engine.out);
    said = program_rest(&scene.arena, engine.err);
    assert_int_equal(wait4(engine.pid, &status, 0, &usage), engine.pid);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        fail_msg("the sync of %d ended with %#x: %s%s", contacts, status, out, said);
    }
    syncing_end(&scene);
    return usage.ru_maxrss;
}

static void does_not_grow(void **state)
{
    long few = peak(FEW), many = peak(MANY);

    (void)state;
    if (many > few + SLACK_KIB) {
        fail_msg("%d contacts: %ld KiB, %d contacts: %ld KiB", FEW, few, MANY, many);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(does_not_grow)};

    return cases_run("growth", tests, ARRAY_LEN(tests));
}
