#include "setup/plan.h"

#include <string.h>

#include "base/str.h"

/*
 * A write of ours may be unknown to other servers of the directory for so long (seconds are seen);
 * a request without an answer may still be done until so long after it was sent; one that was
 * answered with an error, for the shorter time, may only not be visible yet.
 */
enum {
    FRESH_MS = 60000,
    SETTLE_SILENT_MS = 60000,
    SETTLE_ANSWERED_MS = 20000,
    LOOK_FIRST_MS = 1000,
    LOOK_MOST_MS = 8000,
    APPLY_MAX = 3,
};

bool sync_plan_fresh_until(struct sync_call *call, const char *object, int64_t *ret_ms)
{
    struct sync_intent made;

    *ret_ms = 0;
    if (object == NULL) {
        return true;
    }
    if (!sync_intent_of_object(&call->engine->store, call->arena, object, &made, call->problem)) {
        return false;
    }
    *ret_ms = made.id != 0 ? made.ended_ms + FRESH_MS : 0;
    return true;
}

/* How far one step has come. */
struct walk {
    int64_t settle_until_ms; /* until then a request of ours may still show an effect */
    int64_t next_look_ms;    /* wait before the next look */
    unsigned applied;
    bool sent;
};

/* A request whose outcome nobody saw: in this run, or in one that was killed. */
static bool find_open(struct sync_call *call, const struct sync_step *step, void *work,
                      struct sync_intent *ret)
{
    return sync_intent_open(&call->engine->store, call->arena, step->name, step->key(work), ret,
                            call->problem);
}

/* Ends the journal of a request that has turned out to be done. */
static bool settle(struct sync_call *call, const struct sync_step *step, void *work,
                   bool *ret_changed)
{
    const struct sync_work *common = work;
    struct sync_intent open;

    if (!find_open(call, step, work, &open)) {
        return false;
    }
    if (open.id == 0) {
        return true;
    }
    *ret_changed = true;
    return call->dry || sync_intent_end(&call->engine->store, open.id, SYNC_INTENT_FOUND,
                                        common->found, NULL, call->problem);
}

/* Waits a little for an effect to show; *ret_waited is false when its time is over. */
static bool wait_for_effect(struct sync_call *call, struct walk *walk, int64_t until_ms,
                            bool *ret_waited)
{
    struct sync_env *env = &call->engine->env;
    int64_t now_ms = sync_env_now(env), next_ms = now_ms + walk->next_look_ms;

    *ret_waited = now_ms < until_ms;
    if (!*ret_waited) {
        return true;
    }
    walk->next_look_ms =
        walk->next_look_ms * 2 < LOOK_MOST_MS ? walk->next_look_ms * 2 : LOOK_MOST_MS;
    return sync_env_wait_until(env, next_ms < until_ms ? next_ms : until_ms, call->problem);
}

/* Whether a refusal may only mean that the directory does not know yet what we made just now. */
static bool may_be_new(const struct sync_problem *problem)
{
    int status = problem->error.status;

    if (str_eq(problem->error.service, "dataverse")) {
        /* dataverse-errors: the directory does not know the application yet. */
        return str_ieq(problem->remote_code, "0x8004f510");
    }
    if (!str_eq(problem->error.service, "graph")) {
        return false;
    }
    return status == 400 || status == 404 ||
           (status == 403 && strstr(problem->error.message, "backing application") != NULL);
}

/* Does it; false when the step has failed. */
static bool apply(struct sync_call *call, const struct sync_step *step, void *work,
                  struct walk *walk, bool *ret_done)
{
    const struct sync_work *common = work;
    int64_t now_ms;
    bool waited;

    *ret_done = false;
    walk->applied++;
    switch (step->apply(call, work)) {
    case SYNC_CHANGED:
        *ret_done = true;
        return true;
    case SYNC_UNKNOWN:
        now_ms = sync_env_now(&call->engine->env);
        walk->settle_until_ms =
            now_ms + (call->problem->error.status == 0 ? SETTLE_SILENT_MS : SETTLE_ANSWERED_MS);
        walk->sent = true;
        return walk->applied < APPLY_MAX;
    case SYNC_NOT_CHANGED:
        break;
    }
    if (call->problem->outcome == CRMSYNC_DIED) {
        return false;
    }
    if (call->problem->error.status == 409 && walk->applied < APPLY_MAX) {
        /* It is there, says one server; another may need a moment to show it. */
        walk->settle_until_ms = sync_env_now(&call->engine->env) + SETTLE_ANSWERED_MS;
        return true;
    }
    if (!may_be_new(call->problem)) {
        return false;
    }
    walk->applied--; /* what is not known yet was not tried */
    return wait_for_effect(call, walk, common->fresh_until_ms, &waited) && waited;
}

static bool run_step(struct sync_call *call, const struct sync_step *step, void *work,
                     bool *ret_changed)
{
    struct walk walk = {.next_look_ms = LOOK_FIRST_MS};
    struct sync_intent open;
    bool done = false, waited;

    if (!find_open(call, step, work, &open)) {
        return false;
    }
    walk.sent = open.id != 0;
    walk.settle_until_ms = walk.sent ? open.sent_ms + SETTLE_SILENT_MS : 0;
    while (!done) {
        switch (step->check(call, work)) {
        case SYNC_LOOK_FAILED:
            return false;
        case SYNC_THERE:
            *ret_changed = *ret_changed || walk.sent;
            return settle(call, step, work, ret_changed);
        case SYNC_MISSING:
            break;
        }
        if (call->dry) {
            *ret_changed = true;
            return true;
        }
        if (!wait_for_effect(call, &walk, walk.settle_until_ms, &waited)) {
            return false;
        }
        if (!waited && !apply(call, step, work, &walk, &done)) {
            return false;
        }
    }
    *ret_changed = true;
    return true;
}

bool sync_plan_run(struct sync_call *call, const struct sync_step *steps, size_t count, void *work,
                   bool *ret_changed)
{
    for (size_t i = 0; i < count; i++) {
        if (!run_step(call, &steps[i], work, ret_changed)) {
            return false;
        }
    }
    return true;
}
