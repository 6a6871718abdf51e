#include <string.h>

#include "base/auto.h"
#include "base/str.h"
#include "runner/suite.h"

/* Hands over each line of a text, the first behind `label`, the others below it. */
static void lines(const char *label, const char *text, void (*line)(void *arg, const char *text),
                  void *arg)
{
    bool first = true;

    do {
        size_t len = strcspn(text, "\n");
        AUTO(strbuf) out = STRBUF(0);

        strbuf_addf(&out, "%-12s%.*s", first ? label : "", (int)len, text);
        line(arg, strbuf_text(&out));
        text += len;
        text += *text == '\n';
        first = false;
    } while (*text != '\0');
}

static void explain_one(const struct run_scenario *scenario, const struct run_reason *reason,
                        void (*line)(void *arg, const char *text), void *arg)
{
    const struct run_failure *failure = &reason->failure;
    AUTO(strbuf) head = STRBUF(0);

    if (failure->name == NULL) {
        strbuf_add(&head, "at a step that is not known");
    } else if (failure->step < scenario->step_count) {
        strbuf_addf(&head, "step %zu of %zu: %s", failure->step + 1, scenario->step_count,
                    failure->name);
    } else {
        strbuf_add(&head, "after the last step");
    }
    if (reason->trouble[0] != '\0') {
        strbuf_addf(&head, " [%s]", reason->trouble);
    }
    line(arg, strbuf_text(&head));
    if (failure->where != NULL) {
        lines("  at", failure->where, line, arg);
    }
    if (failure->expected != NULL) {
        lines("  expected", failure->expected, line, arg);
    }
    lines(failure->expected != NULL ? "  found" : "  because",
          failure->found != NULL ? failure->found : "nothing", line, arg);
    for (size_t i = 0; i < failure->exchange_count; i++) {
        lines(i == 0 ? "  seen" : "", failure->exchanges[i], line, arg);
    }
}

void run_explain(const struct run_result *result, void (*line)(void *arg, const char *text),
                 void *arg)
{
    for (size_t i = 0; i < result->reason_count; i++) {
        explain_one(result->scenario, &result->reasons[i], line, arg);
    }
    if (result->failed_points > result->reason_count) {
        AUTO(strbuf) more = STRBUF(0);

        strbuf_addf(&more, "and %zu further points failed",
                    result->failed_points - result->reason_count);
        line(arg, strbuf_text(&more));
    }
}

const char *run_case_name(struct arena *arena, const struct run_result *result)
{
    return result->variant == RUN_BASE
               ? arena_printf(arena, "%s: %s", result->scenario->below, result->scenario->name)
               : arena_printf(arena, "%s (%s)", result->scenario->below,
                              run_variant_name(result->variant));
}

void run_points(const struct run_results *results, size_t *ret_interruptions, size_t *ret_faults)
{
    *ret_interruptions = 0;
    *ret_faults = 0;
    for (size_t i = 0; i < results->count; i++) {
        const struct run_result *result = &results->items[i];

        *ret_interruptions += result->variant == RUN_INTERRUPT ? result->points : 0;
        *ret_faults += result->variant == RUN_FAULTS ? result->points : 0;
    }
}
