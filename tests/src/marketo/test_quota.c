/* Midnight in US Central time, over both changes of the clock. */
#include "cases.h"

#include "base/iso8601.h"
#include "marketo/quota.h"

struct day_case {
    const char *name, *now, *end;
};

static const struct day_case day_cases[] = {
    {"winter", "2026-01-15T09:00:00Z", "2026-01-16T06:00:00Z"},
    {"just before", "2026-01-15T05:59:59Z", "2026-01-15T06:00:00Z"},
    {"just at midnight", "2026-01-15T06:00:00Z", "2026-01-16T06:00:00Z"},
    {"summer", "2026-07-01T12:00:00Z", "2026-07-02T05:00:00Z"},
    {"the day before summer time", "2026-03-07T12:00:00Z", "2026-03-08T06:00:00Z"},
    {"the day with 23 hours", "2026-03-08T12:00:00Z", "2026-03-09T05:00:00Z"},
    {"the day before winter time", "2026-10-31T12:00:00Z", "2026-11-01T05:00:00Z"},
    {"the day with 25 hours", "2026-11-01T12:00:00Z", "2026-11-02T06:00:00Z"},
    {"the end of a year", "2026-12-31T23:30:00Z", "2027-01-01T06:00:00Z"},
    {"another year", "2021-11-15T09:00:00Z", "2021-11-16T06:00:00Z"},
};

static void ends_the_day(void **state)
{
    const struct day_case *c = *state;
    char text[ISO8601_SIZE];
    int64_t now_ms;

    assert_true(iso8601_parse(c->now, &now_ms));
    iso8601_format_s(sync_marketo_day_end(now_ms), text);
    assert_string_equal(text, c->end);
}

int main(void)
{
    struct CMUnitTest tests[20];
    size_t count = 0;

    CASES(tests, count, day_cases, ends_the_day);
    return cases_run("quota", tests, count);
}
