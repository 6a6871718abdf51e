#include <string.h>

#include "base/auto.h"
#include "base/iso8601.h"
#include "runner/match.h"
#include "runner/story.h"

bool run_expect_value(struct run_story *story, const char *where, const cJSON *expected,
                      const cJSON *actual)
{
    return run_match(expected, actual) ||
           run_fail(story, where, run_show(story, expected), run_show(story, actual));
}

/* Every JSON Pointer of `expected` in `root`. `none` says why there is no root. */
static bool pointers(struct run_story *story, const char *what, const cJSON *expected,
                     const cJSON *root)
{
    const cJSON *child;

    cJSON_ArrayForEach(child, expected)
    {
        const char *where = arena_printf(&story->arena, "%s %s", what, child->string);

        if (!run_expect_value(story, where, child, json_pointer_get(root, child->string))) {
            return false;
        }
    }
    return true;
}

static bool expect_status(struct run_story *story, const cJSON *expected,
                          const struct run_answer *answer)
{
    cJSON status = {
        .type = cJSON_Number, .valuedouble = answer->status, .valueint = answer->status};

    if (answer->status == 0) {
        return run_match(expected, NULL) ||
               run_fail(story, "status", run_show(story, expected), answer->error);
    }
    return run_match(expected, &status) ||
           run_fail(story, "status", run_show(story, expected),
                    arena_printf(&story->arena, "%d %s", answer->status,
                                 answer->body != NULL ? run_show(story, answer->body) : ""));
}

static bool expect_headers(struct run_story *story, const cJSON *expected,
                           const struct run_answer *answer)
{
    const cJSON *child;

    cJSON_ArrayForEach(child, expected)
    {
        AUTO(strbuf) all = STRBUF(0);
        size_t found = 0;
        cJSON value = {.type = cJSON_String};

        for (size_t i = 0; i < answer->header_count; i++) {
            if (str_ieq(answer->headers[i].name, child->string)) {
                strbuf_add(&all, found++ > 0 ? ", " : "");
                strbuf_add(&all, answer->headers[i].value);
            }
        }
        value.valuestring = (char *)(uintptr_t)strbuf_text(&all);
        if (!run_expect_value(story, arena_printf(&story->arena, "headers %s", child->string),
                              child, found > 0 ? &value : NULL)) {
            return false;
        }
    }
    return true;
}

static bool expect_body(struct run_story *story, const cJSON *expected,
                        const struct run_answer *answer)
{
    return pointers(story, "body", expected, answer->body);
}

static bool expect_outcome(struct run_story *story, const cJSON *expected,
                           const struct run_answer *answer)
{
    cJSON outcome = {.type = cJSON_String, .valuestring = (char *)(uintptr_t)answer->outcome};

    return run_match(expected, &outcome) ||
           run_fail(story, "outcome", run_show(story, expected), run_show(story, answer->result));
}

static bool expect_result(struct run_story *story, const cJSON *expected,
                          const struct run_answer *answer)
{
    return pointers(story, "result", expected, answer->result);
}

static bool expect_error(struct run_story *story, const cJSON *expected,
                         const struct run_answer *answer)
{
    const cJSON *code = json_get(json_get(answer->result, "error"), "code");

    return run_match(expected, code) ||
           run_fail(story, "error", run_show(story, expected), run_show(story, answer->result));
}

static bool expect_clock(struct run_story *story, const cJSON *expected,
                         const struct run_answer *answer)
{
    char now[ISO8601_SIZE];
    cJSON value = {.type = cJSON_String, .valuestring = now};

    (void)answer;
    iso8601_format(mocktenant_now(story->mock), now);
    return run_match_date(expected, &value) ||
           run_fail(story, "clock", run_show(story, expected), now);
}

static bool expect_journal(struct run_story *story, const cJSON *expected,
                           const struct run_answer *answer)
{
    (void)answer;
    return run_expect_journal(story, expected);
}

static bool expect_state(struct run_story *story, const cJSON *expected,
                         const struct run_answer *answer)
{
    (void)answer;
    return run_expect_state(story, expected);
}

static bool expect_mail(struct run_story *story, const cJSON *expected,
                        const struct run_answer *answer)
{
    (void)answer;
    return run_expect_mail(story, expected);
}

static bool expect_engine(struct run_story *story, const cJSON *expected,
                          const struct run_answer *answer)
{
    struct run_answer status;

    (void)answer;
    if (!run_engine_status(story, &status)) {
        return false;
    }
    return pointers(story, "engine", expected, status.result);
}

/* When an expectation is judged. */
enum {
    IN_BASE = 1,       /* the story itself */
    IN_VARIANT = 2,    /* a variant, at a step that no trouble met */
    AFTER_TROUBLE = 4, /* the step that it met: only the state that it leaves counts */
    AFTER_TIME = 8,    /* the variants in which waiting for the trouble's end moves the clock */
};

/* In the order in which they are judged. */
static const struct {
    const char *name;
    unsigned when;
    bool (*judge)(struct run_story *story, const cJSON *expected, const struct run_answer *answer);
} table[] = {
    {"outcome", IN_BASE | IN_VARIANT | AFTER_TIME, expect_outcome},
    {"error", IN_BASE | IN_VARIANT | AFTER_TIME, expect_error},
    {"status", IN_BASE | IN_VARIANT | AFTER_TIME, expect_status},
    {"headers", IN_BASE | IN_VARIANT | AFTER_TIME, expect_headers},
    {"body", IN_BASE | IN_VARIANT | AFTER_TIME, expect_body},
    {"result", IN_BASE | IN_VARIANT | AFTER_TIME, expect_result},
    {"clock", IN_BASE | IN_VARIANT, expect_clock},
    {"state", IN_BASE | IN_VARIANT | AFTER_TROUBLE | AFTER_TIME, expect_state},
    {"mail", IN_BASE | IN_VARIANT | AFTER_TROUBLE | AFTER_TIME, expect_mail},
    {"engine", IN_BASE | IN_VARIANT | AFTER_TROUBLE | AFTER_TIME, expect_engine},
    {"journal", IN_BASE, expect_journal},
};

static unsigned present(const struct run_story *story, const struct run_answer *answer)
{
    if (answer->repeated) {
        return AFTER_TROUBLE;
    }
    if (story->variant == RUN_BASE) {
        return IN_BASE;
    }
    return story->variant == RUN_FAULTS ? AFTER_TIME : IN_VARIANT;
}

/* Without an expectation: a 2xx, or the outcome `done`. */
static bool expect_success(struct run_story *story, const struct run_step *step,
                           const struct run_answer *answer)
{
    if (answer->repeated) {
        return true; /* its outcome was compared already */
    }
    if (answer->outcome != NULL) {
        return str_eq(answer->outcome, "done") ||
               run_fail(story, "outcome", "\"done\"", run_show(story, answer->result));
    }
    if (step->verb == RUN_REQUEST || step->verb == RUN_PERSON) {
        return answer->status / 100 == 2 ||
               run_fail(
                   story, "status", "2xx",
                   answer->status == 0
                       ? answer->error
                       : arena_printf(&story->arena, "%d %s", answer->status,
                                      answer->body != NULL ? run_show(story, answer->body) : ""));
    }
    return true;
}

bool run_expect(struct run_story *story, const struct run_step *step,
                const struct run_answer *answer)
{
    unsigned when = present(story, answer);
    const cJSON *expected;

    if (step->expect == NULL) {
        return expect_success(story, step, answer);
    }
    if (!run_member(story, step, "expect", &expected)) {
        return false;
    }
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        const cJSON *item = json_get(expected, table[i].name);

        if (item != NULL && (table[i].when & when) != 0 && !table[i].judge(story, item, answer)) {
            return false;
        }
    }
    return true;
}
