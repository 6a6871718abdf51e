#include "cases.h"

#include "base/iso8601.h"

static const struct date_case {
    const char *name, *text;
    int64_t at_ms; /* -1: refused */
} date_cases[] = {
    {"the epoch", "1970-01-01T00:00:00Z", 0},
    {"milliseconds", "2026-01-15T09:00:00.123Z", 1768467600123},
    {"seven decimals are cut", "2026-01-15T09:00:00.1239999Z", 1768467600123},
    {"an offset", "2026-01-15T10:30:00+01:30", 1768467600000},
    {"a negative offset", "2026-01-15T04:00:00-05:00", 1768467600000},
    {"a leap day", "2024-02-29T00:00:00Z", 1709164800000},
    {"no leap day", "2023-02-29T00:00:00Z", -1},
    {"1900 had none", "1900-02-29T00:00:00Z", -1},
    {"the month 13", "2026-13-01T00:00:00Z", -1},
    {"the hour 24", "2026-01-01T24:00:00Z", -1},
    {"no zone", "2026-01-15T09:00:00", -1},
    {"a date alone", "2026-01-15", -1},
    {"a blank for the T", "2026-01-15 09:00:00Z", -1},
    {"text behind it", "2026-01-15T09:00:00Zx", -1},
    {"a point without decimals", "2026-01-15T09:00:00.Z", -1},
};

static void reads_dates(void **state)
{
    const struct date_case *c = *state;
    int64_t at_ms = 0;

    assert_int_equal(iso8601_parse(c->text, &at_ms), c->at_ms >= 0);
    if (c->at_ms >= 0) {
        assert_int_equal(at_ms, c->at_ms);
    }
}

static void writes_dates(void **state)
{
    char text[ISO8601_SIZE];

    (void)state;
    iso8601_format(1768467600123, text);
    assert_string_equal(text, "2026-01-15T09:00:00.123Z");
    iso8601_format_s(1768467600123, text);
    assert_string_equal(text, "2026-01-15T09:00:00Z");
    iso8601_format_ticks(1768467600123, text);
    assert_string_equal(text, "2026-01-15T09:00:00.1230000Z");
    iso8601_format_http(1768467600123, text);
    assert_string_equal(text, "Thu, 15 Jan 2026 09:00:00 GMT");
    iso8601_format(-1, text);
    assert_string_equal(text, "1969-12-31T23:59:59.999Z");
}

static void reads_what_it_wrote(void **state)
{
    (void)state;
    for (int64_t at_ms = -2208988800000; at_ms < 4102444800000; at_ms += 86399999 * 17) {
        char text[ISO8601_SIZE];
        int64_t back = 0;

        iso8601_format(at_ms, text);
        assert_true(iso8601_parse(text, &back));
        assert_int_equal(back, at_ms);
    }
}

static const struct duration_case {
    const char *name, *text;
    int64_t months, ms; /* months -1: refused */
} duration_cases[] = {
    {"minutes", "PT15M", 0, 900000},
    {"a day", "P1D", 0, 86400000},
    {"years and months", "P1Y6M", 18, 0},
    {"everything", "P1Y2M3W4DT5H6M7.5S", 14, 25 * INT64_C(86400000) + 18367500},
    {"nothing", "PT0S", 0, 0},
    {"no part", "P", -1, 0},
    {"a T without a part", "P1DT", -1, 0},
    {"wrong order", "PT1M1H", -1, 0},
    {"hours before the T", "P1H", -1, 0},
    {"a negative one", "-PT1M", -1, 0},
    {"a fraction of minutes", "PT1.5M", -1, 0},
    {"small letters", "pt15m", -1, 0},
    {"a number alone", "P1", -1, 0},
    {"twice the same", "P1D1D", -1, 0},
    {"text behind it", "PT1Sx", -1, 0},
    {"more digits than a number holds", "P99999999999999999999999D", -1, 0},
};

static void reads_durations(void **state)
{
    const struct duration_case *c = *state;
    struct duration duration;

    assert_int_equal(duration_parse(c->text, &duration), c->months >= 0);
    if (c->months >= 0) {
        assert_int_equal(duration.months, c->months);
        assert_int_equal(duration.ms, c->ms);
    }
}

static void adds_months_to_the_last_day(void **state)
{
    struct duration month = {.months = 1}, years = {.months = 24};
    char text[ISO8601_SIZE];
    int64_t at_ms = 0;

    (void)state;
    assert_true(iso8601_parse("2024-01-31T12:00:00Z", &at_ms));
    iso8601_format_s(duration_add(at_ms, month, 1), text);
    assert_string_equal(text, "2024-02-29T12:00:00Z");
    iso8601_format_s(duration_add(at_ms, month, -1), text);
    assert_string_equal(text, "2023-12-31T12:00:00Z");
    iso8601_format_s(duration_add(at_ms, years, 1), text);
    assert_string_equal(text, "2026-01-31T12:00:00Z");
}

int main(void)
{
    struct CMUnitTest tests[48] = {
        cmocka_unit_test(writes_dates),
        cmocka_unit_test(reads_what_it_wrote),
        cmocka_unit_test(adds_months_to_the_last_day),
    };
    size_t count = CASES_LISTED(tests);

    CASES(tests, count, date_cases, reads_dates);
    CASES(tests, count, duration_cases, reads_durations);
    return cases_run("iso8601", tests, count);
}
