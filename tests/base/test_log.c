#include "cases.h"

#include <stdio.h>

#include "base/log.h"

static void keep(void *arg, const char *line)
{
    snprintf(arg, 100, "%s", line);
}

static void writes_one_line_an_event(void **state)
{
    char line[100] = "";
    struct log log = {keep, line};

    (void)state;
    log_event(&log, "token.issued", "app=%s s=%d", "a\nb", 3599);
    assert_string_equal(line, "token.issued app=a b s=3599");
}

static void may_have_no_listener(void **state)
{
    struct log log = {0};

    (void)state;
    log_event(&log, "x", "%d", 1);
    log_event(NULL, "x", "%d", 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_one_line_an_event),
        cmocka_unit_test(may_have_no_listener),
    };

    return cases_run("log", tests, ARRAY_LEN(tests));
}
