/* The verbs of a step; the long ones have files of their own. */
#include <string.h>

#include "base/auto.h"
#include "base/iso8601.h"
#include "runner/story.h"

/* A text member of the step's own verb, with its placeholders replaced. */
static bool verb_text(struct run_story *story, const struct run_step *step, const char **ret)
{
    struct err err;

    return run_vars_text(&story->vars, step->value->valuestring, false, ret, &err) ||
           run_failf(story, "%s", err.text);
}

static bool person(struct run_story *story, const struct run_step *step, struct run_answer *answer)
{
    const char *action;
    const cJSON *with;

    if (!verb_text(story, step, &action) || !run_member(story, step, "with", &with)) {
        return false;
    }
    answer->status =
        run_control(story, "POST", arena_printf(&story->arena, "/_mock/actions/%s", action),
                    with != NULL ? json_text(&story->arena, with) : "{}", &answer->body);
    return true;
}

static bool move_clock(struct run_story *story, const struct run_step *step,
                       struct run_answer *answer)
{
    cJSON *body = json_new_object(&story->arena);
    struct duration duration;
    const cJSON *refusal;
    const char *moment;
    int64_t at_ms;

    (void)answer;
    if (!verb_text(story, step, &moment)) {
        return false;
    }
    if (duration_parse(moment, &duration)) {
        cJSON_AddStringToObject(body, "advance", moment);
    } else if (!iso8601_parse(moment, &at_ms)) {
        return run_fail(story, "clock", "a duration or a date", moment);
    } else if (story->variant != RUN_BASE && at_ms < mocktenant_now(story->mock)) {
        return true; /* what went wrong before took longer than that */
    } else {
        cJSON_AddStringToObject(body, "now", moment);
    }
    return run_control(story, "PUT", "/_mock/clock", json_text(&story->arena, body), &refusal) ==
               200 ||
           run_fail(story, "clock", arena_printf(&story->arena, "to move to %s", moment),
                    run_show(story, refusal));
}

static bool restart(struct run_story *story, const struct run_step *step, struct run_answer *answer)
{
    const cJSON *value;

    (void)answer;
    return run_member(story, step, "restart", &value) &&
           run_engine_restart(story, json_get(value, "config"));
}

static bool fault(struct run_story *story, const struct run_step *step, struct run_answer *answer)
{
    const cJSON *rule, *refusal;

    (void)answer;
    if (!run_member(story, step, "fault", &rule)) {
        return false;
    }
    if (cJSON_IsString(rule)) {
        return run_control(story, "DELETE", "/_mock/faults", NULL, NULL) / 100 == 2 ||
               run_failf(story, "the fault rules cannot be removed");
    }
    return run_control(story, "POST", "/_mock/faults", json_text(&story->arena, rule), &refusal) ==
               201 ||
           run_fail(story, "fault", "a rule that the world accepts", run_show(story, refusal));
}

static bool look(struct run_story *story, const struct run_step *step, struct run_answer *answer)
{
    (void)story;
    (void)step;
    (void)answer;
    return true;
}

/* In the order of enum run_verb. */
static bool (*const verbs[RUN_VERB_COUNT])(struct run_story *story, const struct run_step *step,
                                           struct run_answer *answer) = {
    [RUN_ENGINE] = run_engine_step,
    [RUN_PERSON] = person,
    [RUN_REQUEST] = run_request_step,
    [RUN_CLOCK] = move_clock,
    [RUN_RESTART] = restart,
    [RUN_FAULT] = fault,
    [RUN_EXPECT] = look,
};

bool run_step_do(struct run_story *story, const struct run_step *step, struct run_answer *answer)
{
    return verbs[step->verb](story, step, answer);
}
