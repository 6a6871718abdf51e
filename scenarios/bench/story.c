/* Tellings of the one-time secret story a second, in `direct` on one core, world and engine
 * included. */
#include "bench/bench.h"

#include <stdio.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "runner/probe.h"
#include "runner/suite.h"

enum { CLAIMS_LEN = 900 };

/* In the source tree, else where it is installed. */
static const char *story_path(void)
{
    static const char source[] = SOURCE_FIXTURES "/../scenarios/setup/010-one-time-secret.json";

    return access(source, R_OK) == 0 ? source
                                     : INSTALLED_FIXTURES
               "/scenarios/setup/010-one-time-secret.json";
}

static bool story_rate(const struct run_rig *rig, const struct run_scenario *scenario, int ms,
                       double *ret)
{
    int64_t from = clock_steady_us(), passed_us = 0;
    int count = 0;

    while (passed_us < (int64_t)ms * 1000) {
        struct run_result result = {.scenario = scenario, .variant = RUN_BASE};
        bool passed;

        run_case(rig, &result);
        passed = result.passed;
        arena_finish(&result.arena);
        if (!passed) {
            fprintf(stderr, "mocktenant bench: the story failed; `mocktenant run %s` tells why\n",
                    story_path());
            return false;
        }
        count++;
        passed_us = clock_steady_us() - from;
    }
    *ret = count * 1e6 / (double)passed_us;
    return true;
}

/* Signatures a second on one thread: the story needs one for each of its tokens, nothing can be
 * faster. */
static bool sign_rate(int ms, double *ret)
{
    struct crypto_key *key = bench_signing_key();
    int64_t from = clock_steady_us(), passed_us = 0;
    char claims[CLAIMS_LEN] = "claims";
    int count = 0;

    while (key != NULL && passed_us < (int64_t)ms * 1000) {
        AUTO(strbuf) signature = STRBUF(0);

        crypto_sign_rs256(key, claims, sizeof claims, &signature);
        count++;
        passed_us = clock_steady_us() - from;
    }
    crypto_key_free(key);
    *ret = passed_us > 0 ? count * 1e6 / (double)passed_us : 0;
    return count > 0;
}

bool bench_story(struct bench *bench)
{
    struct figure figure = {.name = "one-time secret stories, direct",
                            .unit = "runs/s",
                            .floor_name = "RS256 signatures alone, one thread",
                            .least = 150};
    const char *path = story_path();
    struct run_complaints complaints = {.arena = &bench->arena};
    struct run_scenarios scenarios = {0};
    struct run_rig rig = {.seed = 1};
    struct err err;
    double ignored;
    bool good;

    if (!run_load(&bench->arena, &path, 1, NULL, &scenarios, &complaints) || scenarios.count != 1) {
        fprintf(stderr, "mocktenant bench: %s\n",
                complaints.count > 0 ? complaints.lines[0] : "the story was not found");
        return false;
    }
    if (!run_rig_read(&bench->arena, &rig, &err)) {
        fprintf(stderr, "mocktenant bench: %s\n", err.text);
        return false;
    }
    run_keep_memory(); /* as `mocktenant run` does */
    good = story_rate(&rig, scenarios.items, bench->round_ms / 4, &ignored); /* warm */
    for (int i = 0; i < bench->rounds && good; i++) {
        good = story_rate(&rig, scenarios.items, bench->round_ms, &figure.ours[i]) &&
               sign_rate(bench->round_ms / 4, &figure.floor[i]);
        figure.count++;
    }
    if (good) {
        figure_print(bench, &figure);
    }
    return good;
}
