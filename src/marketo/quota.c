#include "marketo/quota.h"

#include "base/iso8601.h"

#include <stdio.h>

enum { HOUR_MS = 60 * 60 * 1000 };
#define DAY_MS ((int64_t)24 * HOUR_MS)

static int64_t midnight_utc(int year, int month, int day)
{
    char text[ISO8601_SIZE];
    int64_t ms = 0;

    snprintf(text, sizeof text, "%04d-%02d-%02dT00:00:00Z", year, month, day);
    (void)iso8601_parse(text, &ms);
    return ms;
}

/* The n-th Sunday of a month at 00:00 UTC. */
static int64_t sunday(int year, int month, int n)
{
    int64_t first = midnight_utc(year, month, 1);
    int64_t weekday = (first / DAY_MS + 4) % 7; /* 1970-01-01 was a Thursday; Sunday is 0 */

    return first + ((7 - weekday) % 7 + (int64_t)(n - 1) * 7) * DAY_MS;
}

/* How far a midnight in Central time is behind that of UTC: summer time lasts from 02:00 of the
 * second Sunday of March to 02:00 of the first Sunday of November. */
static int64_t offset_ms(int year, int64_t day)
{
    return day > sunday(year, 3, 2) && day <= sunday(year, 11, 1) ? 5 * (int64_t)HOUR_MS
                                                                  : 6 * (int64_t)HOUR_MS;
}

int64_t sync_marketo_day_end(int64_t now_ms)
{
    /* The date in Central time is today's in UTC or the one before: the first that is not over. */
    for (int64_t day = now_ms / DAY_MS * DAY_MS - DAY_MS;; day += DAY_MS) {
        char text[ISO8601_SIZE];
        int year = 0;

        iso8601_format_s(day, text);
        (void)sscanf(text, "%4d", &year);
        if (day + offset_ms(year, day) > now_ms) {
            return day + offset_ms(year, day);
        }
    }
}
