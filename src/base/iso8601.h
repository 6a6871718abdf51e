/* Dates (RFC 3339, a profile of ISO 8601) and durations (ISO 8601). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { ISO8601_SIZE = 40 };

/* 2026-01-15T09:00:00.000Z */
void iso8601_format(int64_t at_ms, char ret[ISO8601_SIZE]);
/* 2026-01-15T09:00:00Z: whole seconds */
void iso8601_format_s(int64_t at_ms, char ret[ISO8601_SIZE]);
/* 2026-01-15T09:00:00.0000000Z: ticks, as .NET writes them */
void iso8601_format_ticks(int64_t at_ms, char ret[ISO8601_SIZE]);
/* Thu, 15 Jan 2026 09:00:00 GMT (RFC 9110, section 5.6.7) */
void iso8601_format_http(int64_t at_ms, char ret[ISO8601_SIZE]);
/* Reads a date with time; up to nine decimals (cut to milliseconds), `Z` or an offset. */
bool iso8601_parse(const char *text, int64_t *ret_ms);

/* Months vary in length, so they stand apart. */
struct duration {
    int64_t months;
    int64_t ms;
};

/* PT15M, P1D, P2Y, PT0.5S: not negative, at least one part. */
bool duration_parse(const char *text, struct duration *ret);
/* The date that lies the duration later (negative = -1: earlier); a day that the month lacks
 * becomes its last. */
int64_t duration_add(int64_t at_ms, struct duration duration, int sign);
