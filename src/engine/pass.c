#include "engine/pass.h"

#include "base/auto.h"
#include "base/iso8601.h"
#include "dataverse/side.h"
#include "marketo/side.h"
#include "sync/pass.h"

static bool run_once(struct sync_call *outer)
{
    AUTO(arena)
    arena = {0}; /* of this pass: passes that follow one another take no more and more */
    struct sync_call call = *outer;
    struct sync_sides sides;

    call.arena = &arena;
    return sync_dataverse_side(call.engine, &arena, &sides.dynamics, call.problem) &&
           sync_marketo_side(call.engine, &arena, &sides.marketo, call.problem) &&
           sync_pass_run(&call, &sides);
}

bool sync_op_once(struct sync_call *call)
{
    return sync_call_read(call, NULL, 0, NULL) && run_once(call);
}

struct follow {
    const char *length, *interval;
};

/* A duration in milliseconds from now on; `otherwise` when it is not given. */
static bool read_duration(struct sync_call *call, const char *name, const char *text,
                          int64_t otherwise, int64_t *ret_ms)
{
    int64_t now_ms = sync_env_now(&call->engine->env);
    struct duration duration;

    *ret_ms = otherwise;
    if (text == NULL) {
        return true;
    }
    if (!duration_parse(text, &duration)) {
        return sync_call_refuse(call, name, "a duration such as PT5M");
    }
    *ret_ms = duration_add(now_ms, duration, 1) - now_ms;
    return true;
}

bool sync_op_follow(struct sync_call *call)
{
    enum { INTERVAL_MS = 5 * 60 * 1000, LEAST_MS = 1000 };
    static const struct json_field fields[] = {
        JSON_FIELD("for", struct follow, length, OPTIONAL),
        JSON_FIELD("interval", struct follow, interval, OPTIONAL),
    };
    int64_t now_ms = sync_env_now(&call->engine->env), length_ms, interval_ms;
    struct follow with = {0};

    return sync_call_read(call, fields, ARRAY_LEN(fields), &with) &&
           read_duration(call, "for", with.length, INT64_MAX / 2, &length_ms) &&
           read_duration(call, "interval", with.interval, INTERVAL_MS, &interval_ms) &&
           /* Without a pause there would be no end where time stands still meanwhile. */
           (interval_ms >= LEAST_MS ||
            sync_call_refuse(call, "interval", "a duration of a second or more, such as PT5M")) &&
           sync_pass_follow(call, interval_ms, now_ms + length_ms, run_once);
}
