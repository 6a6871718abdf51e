/* Passes one after the other, with a pause from the end of one to the beginning of the next. */
#include "sync/pass.h"

#include "base/auto.h"
#include "base/str.h"

/* The members of a pass's result give way to those of the next. */
static void clear_result(struct sync_call *call)
{
    static const char *const members[] = {"objects", "initialComplete"};

    for (size_t i = 0; i < ARRAY_LEN(members); i++) {
        cJSON_DeleteItemFromObjectCaseSensitive(call->result, members[i]);
    }
}

bool sync_pass_follow(struct sync_call *call, int64_t interval_ms, int64_t until_ms,
                      bool (*next)(struct sync_call *call))
{
    struct sync_env *env = &call->engine->env;

    for (;;) {
        struct sync_problem waited = {0};
        int64_t next_ms;
        bool ok;

        clear_result(call);
        ok = next(call);
        if (!ok && (env->died || str_eq(call->problem->error.code, "stopped") ||
                    call->problem->outcome == CRMSYNC_USAGE)) {
            return false;
        }
        next_ms = sync_env_now(env) + interval_ms;
        if (next_ms > until_ms) {
            return ok;
        }
        if (!sync_env_wait_until(env, next_ms, &waited)) {
            if (env->died) {
                *call->problem = waited;
                return false;
            }
            return ok; /* stopped between two passes: nothing is left undone */
        }
    }
}
