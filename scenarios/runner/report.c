/* The page of --report: one file, nothing loaded from elsewhere, no script. */
#include "base/auto.h"
#include "base/str.h"
#include "runner/markup.h"
#include "runner/suite.h"

static const char head[] =
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
    "'unsafe-inline'\">\n<title>mocktenant run</title>\n<style>\n"
    "body { font: 16px/1.5 system-ui, sans-serif; max-width: 60em; margin: 2em auto; padding: 0 "
    "1em; }\n"
    "h1 { font-size: 1.5em; } h2 { font-size: 1.15em; margin: 2em 0 0; }\n"
    ".ok { color: #176b2c; } .failed { color: #a80d1d; }\n"
    "p { margin: .3em 0; } .path { color: #555; font-size: .9em; }\n"
    "pre { background: #f4f4f4; padding: .8em; overflow-x: auto; white-space: pre-wrap; "
    "overflow-wrap: anywhere; font-size: .85em; }\n"
    "@media (prefers-color-scheme: dark) { body { background: #161616; color: #ddd; } pre { "
    "background: #242424; } .ok { color: #6fce87; } .failed { color: #ff8f8f; } .path { color: "
    "#aaa; } }\n"
    "</style>\n</head>\n<body>\n";

static void put(FILE *out, const char *before, const char *text, const char *after)
{
    (void)fputs(before, out);
    run_markup(out, text);
    (void)fputs(after, out);
}

static void show_line(void *arg, const char *text)
{
    run_markup(arg, text);
    (void)fputc('\n', arg);
}

static void show_steps(FILE *out, const struct run_scenario *scenario)
{
    (void)fputs("<ol>\n", out);
    for (size_t i = 0; i < scenario->step_count; i++) {
        put(out, "<li>", scenario->steps[i].name, "</li>\n");
    }
    (void)fputs("</ol>\n", out);
}

static void show_base(FILE *out, const struct run_result *result)
{
    const struct run_scenario *scenario = result->scenario;

    put(out, "<h2>", scenario->name, "</h2>\n");
    put(out, "<p class=\"path\">", scenario->below, "");
    for (size_t i = 0; i < scenario->rule_count; i++) {
        put(out, i == 0 ? " &middot; " : ", ", scenario->rules[i], "");
    }
    (void)fputs("</p>\n", out);
    if (scenario->why[0] != '\0') {
        put(out, "<p>", scenario->why, "</p>\n");
    }
    show_steps(out, scenario);
}

static void show_case(FILE *out, const struct run_result *result)
{
    if (result->variant == RUN_BASE) {
        show_base(out, result);
    }
    (void)fprintf(out, "<p class=\"%s\">%s: %s", result->passed ? "ok" : "failed",
                  result->variant == RUN_BASE ? "the story" : run_variant_name(result->variant),
                  result->passed ? "passed" : "failed");
    if (result->points > 0) {
        (void)fprintf(out, ", %zu points", result->points);
    }
    (void)fprintf(out, " (%s, %.2f s)</p>\n", result->wire ? "wire" : "direct",
                  (double)result->duration_us / 1e6);
    if (!result->passed) {
        (void)fputs("<pre>", out);
        run_explain(result, show_line, out);
        (void)fputs("</pre>\n", out);
    }
}

void run_report(FILE *out, const struct run_results *results)
{
    size_t failed = 0, points = 0;

    for (size_t i = 0; i < results->count; i++) {
        failed += !results->items[i].passed;
        points += results->items[i].points;
    }
    (void)fputs(head, out);
    (void)fprintf(out,
                  "<h1 class=\"%s\">%zu of %zu cases passed</h1>\n<p>%zu interruptions and faults "
                  "were tried, in %.1f s.</p>\n",
                  failed == 0 ? "ok" : "failed", results->count - failed, results->count, points,
                  (double)results->duration_us / 1e6);
    for (size_t i = 0; i < results->count; i++) {
        show_case(out, &results->items[i]);
    }
    (void)fputs("</body>\n</html>\n", out);
}
