#include "cases.h"

#include <string.h>

#include "http/retry.h"

struct judge_case {
    const char *name;
    bool repeatable;
    int status;
    bool never_connected;
    unsigned attempt;
    enum sync_verdict verdict;
};

/* clang-format off */
static const struct judge_case judge_cases[] = {
    {"200", true, 200, false, 0, SYNC_ANSWERED},
    {"204 of a change", false, 204, false, 0, SYNC_ANSWERED},
    {"400", true, 400, false, 0, SYNC_ANSWERED},
    {"401", true, 401, false, 0, SYNC_ANSWERED},
    {"404", true, 404, false, 0, SYNC_ANSWERED},
    {"408", true, 408, false, 0, SYNC_AGAIN},
    {"408 of a change", false, 408, false, 0, SYNC_GIVE_UP},
    {"429", true, 429, false, 0, SYNC_AGAIN},
    {"429 of a change", false, 429, false, 0, SYNC_AGAIN},
    {"429 for the last time", true, 429, false, SYNC_TRIES - 1, SYNC_GIVE_UP},
    {"500", true, 500, false, 0, SYNC_AGAIN},
    {"503, last but one", true, 503, false, SYNC_TRIES - 2, SYNC_AGAIN},
    {"503 for the last time", true, 503, false, SYNC_TRIES - 1, SYNC_GIVE_UP},
    {"503 of a change", false, 503, false, 0, SYNC_GIVE_UP},
    {"silence", true, 0, false, 0, SYNC_AGAIN},
    {"silence after a change", false, 0, false, 0, SYNC_GIVE_UP},
    {"change not sent", false, 0, true, 0, SYNC_AGAIN},
    {"change not sent for the last time", false, 0, true, SYNC_TRIES - 1, SYNC_GIVE_UP},
};
/* clang-format on */

static void judges(void **state)
{
    const struct judge_case *c = *state;

    assert_int_equal(sync_retry_judge(c->repeatable, c->status, c->never_connected, c->attempt),
                     c->verdict);
}

enum { NOW_S = 1768467600 }; /* Thu, 15 Jan 2026 09:00:00 GMT */

struct after_case {
    const char *name;
    int64_t wait_ms;
};

static const struct after_case after_cases[] = {
    {"0", 0},
    {"7", 7000},
    {"3600", 3600000},
    {"Thu, 15 Jan 2026 09:00:30 GMT", 30000},
    {"Thu, 15 Jan 2026 08:59:00 GMT", 0},
    {"Fri, 16 Jan 2026 09:00:00 GMT", 86400000},
    {"", -1},
    {"-1", -1},
    {"7.5", -1},
    {"soon", -1},
    {"Thu, 15 Jax 2026 09:00:30 GMT", -1},
    {"Thu, 15 anF 2026 09:00:30 GMT", -1},
    {"Thu, 32 Jan 2026 09:00:30 GMT", -1},
    {"Thu, 15 Jan 2026 09:00:30 GMT+1", -1},
    {"99999999999999999999", -1},
    {"2147483647", 86400000},
    {"Sat, 16 Jan 2027 09:00:00 GMT", 86400000},
};

static void reads_retry_after(void **state)
{
    const struct after_case *c = *state;

    assert_int_equal(sync_retry_after_ms(c->name, (int64_t)NOW_S * 1000), c->wait_ms);
}

static void give(void *ctx, void *bytes, size_t len)
{
    memset(bytes, *(int *)ctx, len);
}

/* Between nothing and the doubled second, and never above the cap. */
static void backs_off(void **state)
{
    int byte = 0;
    struct crmsync_env given = {.ctx = &byte, .random = give};
    struct sync_env env;
    const int64_t most[] = {1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000};

    (void)state;
    sync_env_init(&env, &given);
    for (unsigned attempt = 0; attempt < ARRAY_LEN(most); attempt++) {
        int64_t greatest = 0;

        for (byte = 0; byte < 256; byte++) {
            int64_t wait_ms = sync_retry_backoff_ms(&env, attempt);

            assert_true(wait_ms >= 0 && wait_ms <= most[attempt]);
            greatest = wait_ms > greatest ? wait_ms : greatest;
        }
        assert_true(greatest > most[attempt] / 2); /* the jitter is full, not a corner of it */
    }
    assert_true(sync_retry_backoff_ms(&env, UINT32_MAX) <= 60000);
}

int main(void)
{
    struct CMUnitTest tests[64] = {cmocka_unit_test(backs_off)};
    size_t count = CASES_LISTED(tests);

    CASES(tests, count, judge_cases, judges);
    CASES(tests, count, after_cases, reads_retry_after);
    return cases_run("retry", tests, count);
}
