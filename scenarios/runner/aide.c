#include "runner/aide.h"

#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/clock.h"
#include "runner/parcel.h"

/* Plays what it is told, until the run needs it no more. */
static void serve(const struct run_branch *trunk, const struct run_rig *rig,
                  const struct run_result *items)
{
    AUTO(strbuf) asked = STRBUF(0);
    AUTO(strbuf) said = STRBUF(0);
    bool good = true;

    while (good && run_branch_hear(trunk, &asked)) {
        struct run_result result;
        size_t number;

        memcpy(&number, strbuf_text(&asked), sizeof number);
        result = items[number];
        run_case(rig, &result);
        strbuf_clear(&said);
        run_parcel_pack(&result, &said);
        arena_finish(&result.arena);
        good = run_branch_say(trunk, said.data, said.len);
    }
}

/* Sockets have threads on their other side. */
static bool may_branch(const struct run_result *result)
{
    return !result->wire && (result->variant == RUN_INTERRUPT || result->variant == RUN_FAULTS);
}

void run_aide_start(struct run_aide *aide, const struct run_rig *rig,
                    const struct run_result *items, size_t count)
{
    bool any = false;

    for (size_t i = 0; i < count; i++) {
        any = any || may_branch(&items[i]);
    }
    if (any && run_branch_off(&aide->branch) == RUN_BRANCH) {
        serve(&aide->branch, rig, items);
        exit(EXIT_SUCCESS);
    }
}

bool run_aide_wanted(const struct run_aide *aide, const struct run_result *result)
{
    return aide->branch.pid != 0 && may_branch(result);
}

void run_aide_play(struct run_aide *aide, size_t number, struct run_result *result)
{
    AUTO(strbuf) heard = STRBUF(0);
    int64_t begun_us = clock_steady_us();

    result->passed = true;
    if (!run_branch_say(&aide->branch, &number, sizeof number) ||
        !run_branch_hear(&aide->branch, &heard) ||
        !run_parcel_open(strbuf_text(&heard), heard.len, result)) {
        char why[64] = "told nothing that can be read";

        (void)run_branch_end(&aide->branch, why, sizeof why);
        run_lose(result, "", why);
    }
    result->duration_us = clock_steady_us() - begun_us;
}

bool run_aide_stop(struct run_aide *aide)
{
    char why[64];

    return aide->branch.pid == 0 || run_branch_end(&aide->branch, why, sizeof why);
}
