/* Days in Central time, with daylight saving. */
#include "cases.h"

#include "base/iso8601.h"
#include "marketo/central.h"

struct day {
    const char *name, *at;
    int back;
    const char *day, *next_midnight;
};

static const struct day days[] = {
    {"in winter", "2026-01-15T09:00:00Z", 0, "2026-01-15", "2026-01-16T06:00:00Z"},
    {"before midnight in winter", "2026-01-15T05:59:59Z", 0, "2026-01-14", "2026-01-15T06:00:00Z"},
    {"at midnight in winter", "2026-01-15T06:00:00Z", 0, "2026-01-15", "2026-01-16T06:00:00Z"},
    {"in summer", "2026-07-04T05:00:00Z", 0, "2026-07-04", "2026-07-05T05:00:00Z"},
    {"before midnight in summer", "2026-07-04T04:59:59Z", 0, "2026-07-03", "2026-07-04T05:00:00Z"},
    {"the day on which summer begins", "2026-03-08T07:00:00Z", 0, "2026-03-08",
     "2026-03-09T05:00:00Z"},
    {"after it has begun", "2026-03-08T08:00:00Z", 0, "2026-03-08", "2026-03-09T05:00:00Z"},
    {"the day on which it ends", "2026-11-01T05:30:00Z", 0, "2026-11-01", "2026-11-02T06:00:00Z"},
    {"after it has ended", "2026-11-01T07:00:00Z", 0, "2026-11-01", "2026-11-02T06:00:00Z"},
    {"in a year that begins on a Sunday", "2023-03-12T08:00:00Z", 0, "2023-03-12",
     "2023-03-13T05:00:00Z"},
    {"before 1970", "1969-12-31T05:59:59Z", 0, "1969-12-30", "1969-12-31T06:00:00Z"},
    {"six days back", "2026-01-03T09:00:00Z", 6, "2025-12-28", "2026-01-04T06:00:00Z"},
};

static void has_its_day(void **state)
{
    const struct day *c = *state;
    char day[CENTRAL_DAY_SIZE], midnight[ISO8601_SIZE];
    int64_t at_ms;

    assert_true(iso8601_parse(c->at, &at_ms));
    central_day(at_ms, c->back, day);
    assert_string_equal(day, c->day);
    iso8601_format_s(central_next_midnight(at_ms), midnight);
    assert_string_equal(midnight, c->next_midnight);
}

int main(void)
{
    struct CMUnitTest tests[20];
    size_t count = 0;

    CASES(tests, count, days, has_its_day);
    return cases_run("central", tests, count);
}
