/* The Test Anything Protocol (version 13), as meson and prove read it: a line a case. */
#include <string.h>
#include <strings.h>

#include "base/auto.h"
#include "base/str.h"
#include "runner/suite.h"

static void begin(FILE *out, const struct run_results *results)
{
    (void)fprintf(out, "TAP version 13\n1..%zu\n", results->count);
}

static bool ends_line(char c)
{
    return c == '\n' || c == '\r' || c == '\v' || c == '\f';
}

/* Whether a reader that knows no backslash would take what follows `#` for a directive. */
static bool is_directive(const char *text)
{
    text += strspn(text, " \t\r\n\v\f");
    return strncasecmp(text, "skip", 4) == 0 || strncasecmp(text, "todo", 4) == 0;
}

/* `#` would begin a directive, and a line ends where the text says so. */
static void put_name(FILE *out, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '#' && is_directive(text + 1)) {
            (void)fputs("(#)", out);
            continue;
        }
        if (*text == '#' || *text == '\\') {
            (void)fputc('\\', out);
        }
        (void)fputc(ends_line(*text) ? ' ' : *text, out);
    }
}

static void show_line(void *arg, const char *text)
{
    (void)fputs("# ", arg);
    for (; *text != '\0'; text++) {
        (void)fputc(ends_line(*text) ? ' ' : *text, arg);
    }
    (void)fputc('\n', arg);
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
