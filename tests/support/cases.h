/* Table-driven tests with cmocka: a row is a case, and its name is its TAP line. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "base/auto.h"

/*
 * Appends one test per row: `rows` is an array of structs whose first member is `const char *name`,
 * `test` gets the row through *state. Returns the new count.
 */
static inline size_t cases_add(struct CMUnitTest *tests, size_t count, const void *rows,
                               size_t row_size, size_t row_count, CMUnitTestFunction test)
{
    for (size_t i = 0; i < row_count; i++) {
        const char *row = (const char *)rows + i * row_size;

        tests[count++] = (struct CMUnitTest){.name = *(const char *const *)(const void *)row,
                                             .test_func = test,
                                             .initial_state = (void *)(uintptr_t)row};
    }
    return count;
}

/* How many tests an array begins with: rows are appended behind them. */
static inline size_t cases_listed(const struct CMUnitTest *tests, size_t most)
{
    size_t count = 0;

    while (count < most && tests[count].test_func != NULL) {
        count++;
    }
    return count;
}

#define CASES_LISTED(tests) cases_listed((tests), ARRAY_LEN(tests))

#define CASES(tests, count, rows, test)                                                            \
    ((count) = cases_add((tests), (count), (rows), sizeof *(rows), ARRAY_LEN(rows), (test)))

/* Runs `count` tests of an array as the group `group`. */
static inline int cases_run(const char *group, const struct CMUnitTest *tests, size_t count)
{
    return _cmocka_run_group_tests(group, tests, count, NULL, NULL) == 0 ? 0 : 1;
}
