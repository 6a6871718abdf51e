/*
 * Source: the rule of the United States since 2007 (15 U.S.C. 260a): daylight saving from the
 * second Sunday in March to the first Sunday in November, at 2 o'clock local time.
 */
#include "marketo/central.h"

#include <stdbool.h>
#include <string.h>

#include "base/iso8601.h"

static const int64_t hour_ms = 3600000, day_ms = 86400000;

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static int year_of(int64_t at_ms)
{
    char text[ISO8601_SIZE];
    int year = 0;

    iso8601_format_s(at_ms, text);
    for (int i = 0; i < 4; i++) {
        year = year * 10 + (text[i] - '0');
    }
    return year;
}

static int64_t first_of(int year, int month)
{
    char text[ISO8601_SIZE] = "2000-01-01T00:00:00Z";
    int64_t at_ms = 0;

    for (int i = 3; i >= 0; i--, year /= 10) {
        text[i] = (char)('0' + year % 10);
    }
    text[5] = (char)('0' + month / 10);
    text[6] = (char)('0' + month % 10);
    (void)iso8601_parse(text, &at_ms);
    return at_ms;
}

/* The n-th Sunday of a month, 00:00 UTC. 1970-01-01 was a Thursday. */
static int64_t sunday(int year, int month, int n)
{
    int64_t first = first_of(year, month);
    int64_t weekday = (floor_div(first, day_ms) + 4) % 7; /* 0: a Sunday */

    return first + ((7 - weekday) % 7 + INT64_C(7) * (n - 1)) * day_ms;
}

static int64_t offset_ms(int64_t at_ms)
{
    int year = year_of(at_ms);
    bool summer =
        at_ms >= sunday(year, 3, 2) + 8 * hour_ms && at_ms < sunday(year, 11, 1) + 7 * hour_ms;

    return summer ? -5 * hour_ms : -6 * hour_ms;
}

void central_day(int64_t at_ms, int back, char ret[CENTRAL_DAY_SIZE])
{
    char text[ISO8601_SIZE];

    iso8601_format_s(at_ms + offset_ms(at_ms) - back * day_ms, text);
    memcpy(ret, text, CENTRAL_DAY_SIZE - 1);
    ret[CENTRAL_DAY_SIZE - 1] = '\0';
}

int64_t central_next_midnight(int64_t at_ms)
{
    int64_t local = at_ms + offset_ms(at_ms);
    int64_t midnight = (floor_div(local, day_ms) + 1) * day_ms;

    /* The change comes at 2 o'clock, so the offset at midnight is the one of the moment before. */
    return midnight - offset_ms(midnight - offset_ms(at_ms) - 1);
}
