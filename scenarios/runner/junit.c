/* JUnit's XML, as CI servers read it: a testcase a case, its class the folder. */
#include "base/auto.h"
#include "base/str.h"
#include "runner/markup.h"
#include "runner/suite.h"

static void show_line(void *arg, const char *text)
{
    run_markup(arg, text);
    (void)fputc('\n', arg);
}

static void show_failure(FILE *out, const struct run_result *result)
{
    const struct run_failure *failure = &result->reasons[0].failure;
    AUTO(strbuf) message = STRBUF(0);

    strbuf_addf(&message, "%s: ", failure->name != NULL ? failure->name : "a step");
    if (failure->expected != NULL) {
        strbuf_addf(&message, "expected %s, found ", failure->expected);
    }
    strbuf_add(&message, failure->found != NULL ? failure->found : "nothing");
    (void)fputs("      <failure message=\"", out);
    run_markup(out, strbuf_text(&message));
    (void)fputs("\">", out);
    run_explain(result, show_line, out);
    (void)fputs("</failure>\n", out);
}

static void show_case(FILE *out, const struct run_result *result)
{
    AUTO(arena) arena = {0};

    (void)fputs("    <testcase classname=\"", out);
    run_markup(out, result->scenario->folder[0] != '\0' ? result->scenario->folder : "scenarios");
    (void)fputs("\" name=\"", out);
    run_markup(out, run_case_name(&arena, result));
    (void)fprintf(out, "\" file=\"");
    run_markup(out, result->scenario->path);
    (void)fprintf(out, "\" time=\"%.3f\">\n", (double)result->duration_us / 1e6);
    if (result->points > 0) {
        (void)fprintf(out,
                      "      <properties><property name=\"points\" value=\"%zu\"/></properties>\n",
                      result->points);
    }
    if (!result->passed) {
        show_failure(out, result);
    }
    (void)fputs("    </testcase>\n", out);
}

static void end(FILE *out, const struct run_results *results)
{
    double seconds = (double)results->duration_us / 1e6;
    size_t failed = 0;

    for (size_t i = 0; i < results->count; i++) {
        failed += !results->items[i].passed;
    }
    (void)fprintf(out,
                  "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                  "<testsuites tests=\"%zu\" failures=\"%zu\" time=\"%.3f\">\n"
                  "  <testsuite name=\"mocktenant run\" tests=\"%zu\" failures=\"%zu\" "
                  "errors=\"0\" skipped=\"0\" time=\"%.3f\">\n",
                  results->count, failed, seconds, results->count, failed, seconds);
    for (size_t i = 0; i < results->count; i++) {
        show_case(out, &results->items[i]);
    }
    (void)fputs("  </testsuite>\n</testsuites>\n", out);
}

const struct run_format run_junit = {.name = "junit", .end = end};
