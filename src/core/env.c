#include "core/env.h"

#include "base/clock.h"
#include "base/crypto.h"

static int64_t wall(void *ctx)
{
    (void)ctx;
    return clock_wall_ms();
}

static void chance(void *ctx, void *bytes, size_t len)
{
    (void)ctx;
    crypto_random(bytes, len);
}

void sync_env_init(struct sync_env *env, const struct crmsync_env *given)
{
    *env = (struct sync_env){.due_ms = INT64_MAX};
    atomic_init(&env->stop, false);
    if (given != NULL) {
        env->given = *given;
    }
    env->log = (struct log){env->given.log, env->given.ctx};
    if (env->given.now == NULL) {
        env->given.now = wall;
    }
    if (env->given.random == NULL) {
        env->given.random = chance;
    }
}

int64_t sync_env_now(const struct sync_env *env)
{
    return env->given.now(env->given.ctx);
}

uint64_t sync_env_random(struct sync_env *env, uint64_t below)
{
    uint64_t number = 0;

    env->given.random(env->given.ctx, &number, sizeof number);
    return number % below;
}

static bool fail_died(struct sync_problem *problem)
{
    return sync_fail(problem, CRMSYNC_DIED, "died", "the engine was told to die at a commit");
}

bool sync_env_phase(struct sync_env *env, enum crmsync_commit_phase phase,
                    struct sync_problem *problem)
{
    if (!env->died && env->given.on_commit != NULL) {
        env->died = env->given.on_commit(env->given.ctx, phase) == CRMSYNC_DIE;
    }
    return !env->died || fail_died(problem);
}

bool sync_env_may_go_on(struct sync_env *env, struct sync_problem *problem)
{
    if (env->died) {
        return fail_died(problem);
    }
    if (atomic_load(&env->stop)) {
        (void)sync_fail(problem, CRMSYNC_FAILED, "stopped", "the operation was asked to stop");
        sync_problem_fix(problem, "Run it again: it goes on where it stopped.");
        return false;
    }
    return true;
}

bool sync_env_wait_until(struct sync_env *env, int64_t until_ms, struct sync_problem *problem)
{
    bool go_on = sync_env_may_go_on(env, problem);

    env->due_ms = until_ms;
    while (go_on && sync_env_now(env) < until_ms) {
        env->transport.poll(env->transport.ctx, until_ms);
        go_on = sync_env_may_go_on(env, problem);
    }
    env->due_ms = INT64_MAX;
    return go_on;
}
