/* The Test Anything Protocol (version 13), as meson and prove read it: a line a case. */
#include "base/auto.h"
#include "base/str.h"
#include "runner/suite.h"

static void begin(FILE *out, const struct run_results *results)
{
    (void)fprintf(out, "TAP version 13\n1..%zu\n", results->count);
}

/* `#` would begin a directive, and a line ends where the text says so. */
static void put_name(FILE *out, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '#' || *text == '\\') {
            (void)fputc('\\', out);
        }
        (void)fputc(*text == '\n' || *text == '\r' ? ' ' : *text, out);
    }
}

static void show_line(void *arg, const char *text)
{
    (void)fprintf(arg, "# %s\n", text);
}

static void one(FILE *out, const struct run_result *result, size_t number)
{
    AUTO(arena) arena = {0};

    (void)fprintf(out, "%sok %zu - ", result->passed ? "" : "not ", number);
    put_name(out, run_case_name(&arena, result));
    (void)fputc('\n', out);
    if (result->points > 0) {
        (void)fprintf(out, "# %zu points tried\n", result->points);
    }
    run_explain(result, show_line, out);
    (void)fflush(out);
}

static void end(FILE *out, const struct run_results *results)
{
    size_t interruptions, faults;

    run_points(results, &interruptions, &faults);
    (void)fprintf(out, "# tried %zu interruptions and %zu faults in all\n", interruptions, faults);
}

const struct run_format run_tap = {.name = "tap", .begin = begin, .one = one, .end = end};
