/* What an engine has from outside, with every member filled, and whether it may go on. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/log.h"
#include "core/problem.h"
#include "include/crmsync.h"

struct sync_env {
    struct crmsync_env given; /* as it came, except that now and random are never NULL */
    struct crmsync_transport transport;
    struct log log;
    atomic_bool stop; /* crmsync_stop() was called */
    bool died;        /* on_commit said so: nothing is written or sent any more */
    int64_t due_ms;   /* the deadline of the wait that is on; INT64_MAX when there is none */
};

/* Copies `given` (NULL = nothing was) and fills in the real clock and chance; no transport yet. */
void sync_env_init(struct sync_env *env, const struct crmsync_env *given);
int64_t sync_env_now(const struct sync_env *env);
/* A number from 0 to below - 1. */
uint64_t sync_env_random(struct sync_env *env, uint64_t below);
/* Tells on_commit where a commit stands. False when it said to die, or did before. */
bool sync_env_phase(struct sync_env *env, enum crmsync_commit_phase phase,
                    struct sync_problem *problem);
/* False when the engine died or was asked to stop. */
bool sync_env_may_go_on(struct sync_env *env, struct sync_problem *problem);
/* Waits with nothing in flight. False when the engine died or was asked to stop. */
bool sync_env_wait_until(struct sync_env *env, int64_t until_ms, struct sync_problem *problem);
