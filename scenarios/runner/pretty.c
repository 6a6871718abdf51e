/* For people: steps by name, and the whole story of what went wrong. */
#include <stdlib.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/str.h"
#include "runner/suite.h"

static bool colours(FILE *out)
{
    return isatty(fileno(out)) != 0 && getenv("NO_COLOR") == NULL;
}

static const char *verdict(FILE *out, bool passed)
{
    if (colours(out)) {
        return passed ? "\033[32mok\033[0m    " : "\033[31mFAILED\033[0m";
    }
    return passed ? "ok    " : "FAILED";
}

static void show_line(void *arg, const char *text)
{
    (void)fprintf(arg, "          %s\n", text);
}

/* Up to the step that failed, every step is named. */
static void show_steps(FILE *out, const struct run_result *result)
{
    const struct run_scenario *scenario = result->scenario;
    size_t last = result->passed ? scenario->step_count : result->reasons[0].failure.step;

    for (size_t i = 0; i < scenario->step_count && i < last; i++) {
        (void)fprintf(out, "          %s\n", scenario->steps[i].name);
    }
}

static const char *points_of(const struct run_result *result)
{
    bool one = result->points == 1;

    return result->variant == RUN_INTERRUPT ? (one ? "interruption" : "interruptions")
                                            : (one ? "fault" : "faults");
}

static void one(FILE *out, const struct run_result *result, size_t number)
{
    const struct run_scenario *scenario = result->scenario;

    (void)number;
    if (result->variant == RUN_BASE) {
        (void)fprintf(out, "%s  %s (%s, %s)\n", verdict(out, result->passed), scenario->name,
                      scenario->below, result->wire ? "wire" : "direct");
        show_steps(out, result);
    } else if (result->variant == RUN_REPEAT) {
        (void)fprintf(out, "%s      also: repeat\n", verdict(out, result->passed));
    } else {
        (void)fprintf(out, "%s      also: %s, %zu %s\n", verdict(out, result->passed),
                      run_variant_name(result->variant), result->points, points_of(result));
    }
    run_explain(result, show_line, out);
    (void)fflush(out);
}

static void end(FILE *out, const struct run_results *results)
{
    size_t scenarios = 0, failed = 0, interruptions = 0, faults = 0;

    for (size_t i = 0; i < results->count; i++) {
        const struct run_result *result = &results->items[i];

        scenarios += result->variant == RUN_BASE;
        failed += !result->passed;
    }
    run_points(results, &interruptions, &faults);
    (void)fprintf(out,
                  "\n%s  %zu scenario%s and %zu variant%s, %zu failed; tried %zu interruptions and "
                  "%zu faults; %.1f s\n",
                  verdict(out, failed == 0), scenarios, scenarios == 1 ? "" : "s",
                  results->count - scenarios, results->count - scenarios == 1 ? "" : "s", failed,
                  interruptions, faults, (double)results->duration_us / 1e6);
}

const struct run_format run_pretty = {.name = "pretty", .one = one, .end = end};

/* A rule is shown by every scenario that cites it, with all its variants. */
static bool scenario_passed(const struct run_results *results, const struct run_scenario *scenario)
{
    for (size_t i = 0; i < results->count; i++) {
        if (results->items[i].scenario == scenario && !results->items[i].passed) {
            return false;
        }
    }
    return true;
}

static bool cites(const struct run_scenario *scenario, const char *rule)
{
    for (size_t i = 0; i < scenario->rule_count; i++) {
        if (str_eq(scenario->rules[i], rule)) {
            return true;
        }
    }
    return false;
}

static size_t show_rule(FILE *out, const struct run_results *results, const char *prefix,
                        const char *rule)
{
    AUTO(strbuf) list = STRBUF(0);
    bool passed = true;

    for (size_t i = 0; i < results->count; i++) {
        const struct run_scenario *scenario = results->items[i].scenario;

        if (results->items[i].variant == RUN_BASE && cites(scenario, rule)) {
            strbuf_addf(&list, "%s%s", list.len > 0 ? ", " : "", scenario->below);
            passed = passed && scenario_passed(results, scenario);
        }
    }
    if (list.len == 0) {
        return 0;
    }
    (void)fprintf(out, "%s%-12s  %-6s  %s\n", prefix, rule, passed ? "passed" : "FAILED",
                  strbuf_text(&list));
    return 1;
}

void run_rule_table(FILE *out, const struct run_results *results, const char *prefix)
{
    size_t cited = 0;

    (void)fprintf(out, "%s\n%s%-12s  %-6s  %s\n", prefix, prefix, "rule", "", "scenarios");
    for (size_t i = 0; i < run_rules.count; i++) {
        cited += show_rule(out, results, prefix, run_rules.items[i]);
    }
    (void)fprintf(out, "%s%zu of %zu rules are cited\n", prefix, cited, run_rules.count);
}
