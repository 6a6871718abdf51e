#include "base/iso8601.h"

#include <string.h>

enum { DAY_MS = 86400000 };

struct civil {
    int64_t year;
    int month, day; /* from 1 */
};

/* Howard Hinnant's algorithms for the proleptic Gregorian calendar. */
static int64_t days_from_civil(int64_t y, int m, int d)
{
    int64_t era, yoe, doy, doe;

    y -= m <= 2;
    era = (y >= 0 ? y : y - 399) / 400;
    yoe = y - era * 400;
    doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    return era * 146097 + doe - 719468;
}

static struct civil civil_from_days(int64_t z)
{
    int64_t era, doe, yoe, doy, mp;
    struct civil date;

    z += 719468;
    era = (z >= 0 ? z : z - 146096) / 146097;
    doe = z - era * 146097;
    yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    mp = (5 * doy + 2) / 153;
    date.day = (int)(doy - (153 * mp + 2) / 5 + 1);
    date.month = (int)(mp < 10 ? mp + 3 : mp - 9);
    date.year = yoe + era * 400 + (date.month <= 2);
    return date;
}

static int days_in_month(int64_t year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return days[month - 1] + (month == 2 && leap);
}

struct broken {
    struct civil date;
    int64_t days;
    int hour, minute, second, ms;
};

static struct broken break_down(int64_t at_ms)
{
    struct broken b;
    int64_t rest = at_ms % DAY_MS;

    b.days = at_ms / DAY_MS;
    if (rest < 0) {
        rest += DAY_MS;
        b.days--;
    }
    b.date = civil_from_days(b.days);
    b.ms = (int)(rest % 1000);
    b.second = (int)(rest / 1000 % 60);
    b.minute = (int)(rest / 60000 % 60);
    b.hour = (int)(rest / 3600000);
    return b;
}

static void two_digits(char *at, int number)
{
    at[0] = (char)('0' + number / 10 % 10);
    at[1] = (char)('0' + number % 10);
}

/* Rows have many of them, so this does without a format string. */
static void format(int64_t at_ms, const char *end, char ret[ISO8601_SIZE])
{
    struct broken b = break_down(at_ms);
    static const char pattern[] = "0000-00-00T00:00:00";
    char *at = ret + sizeof pattern - 1;

    memcpy(ret, pattern, sizeof pattern);
    two_digits(ret, (int)(b.date.year / 100));
    two_digits(ret + 2, (int)(b.date.year % 100));
    two_digits(ret + 5, b.date.month);
    two_digits(ret + 8, b.date.day);
    two_digits(ret + 11, b.hour);
    two_digits(ret + 14, b.minute);
    two_digits(ret + 17, b.second);
    if (end[0] == '.') {
        at[0] = '.';
        at[1] = (char)('0' + b.ms / 100);
        two_digits(at + 2, b.ms % 100);
        at += 4;
        end++;
    }
    memcpy(at, end, strlen(end) + 1);
}

void iso8601_format(int64_t at_ms, char ret[ISO8601_SIZE])
{
    format(at_ms, ".Z", ret);
}

void iso8601_format_s(int64_t at_ms, char ret[ISO8601_SIZE])
{
    format(at_ms, "Z", ret);
}

void iso8601_format_ticks(int64_t at_ms, char ret[ISO8601_SIZE])
{
    format(at_ms, ".0000Z", ret);
}

/* Every answer carries one, so this does without a format string. */
void iso8601_format_http(int64_t at_ms, char ret[ISO8601_SIZE])
{
    static const char days[][4] = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};
    static const char months[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    struct broken b = break_down(at_ms);

    memcpy(ret, "Thu, 00 Jan 0000 00:00:00 GMT", 30);
    memcpy(ret, days[((b.days % 7) + 7) % 7], 3);
    two_digits(ret + 5, b.date.day);
    memcpy(ret + 8, months[b.date.month - 1], 3);
    two_digits(ret + 12, (int)(b.date.year / 100));
    two_digits(ret + 14, (int)(b.date.year % 100));
    two_digits(ret + 17, b.hour);
    two_digits(ret + 20, b.minute);
    two_digits(ret + 23, b.second);
}

/* Exactly `count` digits; moves on. */
static bool fixed(const char **at, int count, int *ret)
{
    int number = 0;

    for (int i = 0; i < count; i++, ++*at) {
        if (**at < '0' || **at > '9') {
            return false;
        }
        number = number * 10 + (**at - '0');
    }
    *ret = number;
    return true;
}

static bool letter(const char **at, char c)
{
    if (**at != c) {
        return false;
    }
    ++*at;
    return true;
}

/* The decimals behind a point, as thousandths of `unit`; none is 0. */
static bool decimals(const char **at, int64_t *ret)
{
    int64_t scale = 100;
    int count = 0;

    *ret = 0;
    if (!letter(at, '.')) {
        return true;
    }
    for (; **at >= '0' && **at <= '9'; ++*at, count++) {
        *ret += (**at - '0') * scale;
        scale /= 10;
    }
    return count >= 1 && count <= 9;
}

static bool offset(const char **at, int64_t *ret_ms)
{
    int sign = **at == '-' ? -1 : 1, hour, minute;

    *ret_ms = 0;
    if (letter(at, 'Z')) {
        return true;
    }
    if (!letter(at, '+') && !letter(at, '-')) {
        return false;
    }
    if (!fixed(at, 2, &hour) || !letter(at, ':') || !fixed(at, 2, &minute) || hour > 23 ||
        minute > 59) {
        return false;
    }
    *ret_ms = sign * ((int64_t)hour * 3600000 + (int64_t)minute * 60000);
    return true;
}

bool iso8601_parse(const char *text, int64_t *ret_ms)
{
    int year, month, day, hour, minute, second;
    int64_t ms, zone;

    if (!fixed(&text, 4, &year) || !letter(&text, '-') || !fixed(&text, 2, &month) ||
        !letter(&text, '-') || !fixed(&text, 2, &day) || !letter(&text, 'T') ||
        !fixed(&text, 2, &hour) || !letter(&text, ':') || !fixed(&text, 2, &minute) ||
        !letter(&text, ':') || !fixed(&text, 2, &second) || !decimals(&text, &ms) ||
        !offset(&text, &zone) || *text != '\0') {
        return false;
    }
    if (month < 1 || month > 12 || day < 1 || day > days_in_month(year, month) || hour > 23 ||
        minute > 59 || second > 59) {
        return false;
    }
    *ret_ms = days_from_civil(year, month, day) * DAY_MS + (int64_t)hour * 3600000 +
              (int64_t)minute * 60000 + (int64_t)second * 1000 + ms - zone;
    return true;
}

/* One "15M" of a duration: whole units, or with decimals for seconds only. */
static bool part(const char **at, int64_t *ret_units, int64_t *ret_thousandths)
{
    int64_t number = 0;
    int count = 0;

    for (; **at >= '0' && **at <= '9' && count <= 9; ++*at, count++) {
        number = number * 10 + (**at - '0');
    }
    *ret_units = number;
    return count >= 1 && count <= 9 && decimals(at, ret_thousandths);
}

bool duration_parse(const char *text, struct duration *ret)
{
    static const char order[] = "YMWDThms"; /* lower case: behind the T */
    const char *next = order;
    int parts = 0;

    *ret = (struct duration){0};
    if (!letter(&text, 'P')) {
        return false;
    }
    while (*text != '\0') {
        bool timed = next > order + 4;
        int64_t units, thousandths;
        const char *found;
        char unit;

        if (!timed && letter(&text, 'T')) {
            next = order + 5;
            parts = *text == '\0' ? -99 : parts;
            continue;
        }
        if (!part(&text, &units, &thousandths) || *text == '\0') {
            return false;
        }
        unit = timed && *text < 'a' ? (char)(*text | 0x20) : *text;
        found = timed == (unit >= 'a') && unit != 'T' ? strchr(next, unit) : NULL;
        if (found == NULL || (thousandths != 0 && unit != 's')) {
            return false;
        }
        text++;
        next = found + 1;
        parts++;
        ret->months += unit == 'Y' ? units * 12 : unit == 'M' ? units : 0;
        ret->ms += unit == 'W'   ? units * 7 * DAY_MS
                   : unit == 'D' ? units * DAY_MS
                   : unit == 'h' ? units * 3600000
                   : unit == 'm' ? units * 60000
                   : unit == 's' ? units * 1000 + thousandths
                                 : 0;
    }
    return parts > 0 && ret->months <= 12000;
}

int64_t duration_add(int64_t at_ms, struct duration duration, int sign)
{
    struct broken b = break_down(at_ms);
    int64_t month = b.date.year * 12 + b.date.month - 1 + sign * duration.months;
    int64_t year = month >= 0 ? month / 12 : (month - 11) / 12;
    int in_year = (int)(month - year * 12) + 1;
    int last = days_in_month(year, in_year);
    int day = b.date.day < last ? b.date.day : last;

    return days_from_civil(year, in_year, day) * DAY_MS + (at_ms - b.days * DAY_MS) +
           sign * duration.ms;
}
