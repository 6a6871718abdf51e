#include "http/retry.h"

#include <stdio.h>
#include <string.h>

#include "base/iso8601.h"
#include "base/str.h"

enum { BASE_MS = 1000, CAP_MS = 60000 };

/* No service means more than a day: what asks for years is a mistake, and is asked again then. */
enum { MOST_MS = 24 * 60 * 60 * 1000 };

enum sync_verdict sync_retry_judge(bool repeatable, int status, bool never_connected,
                                   unsigned attempt)
{
    bool certainly_undone = status == 429 || (status == 0 && never_connected);
    bool perhaps_later = certainly_undone || status == 0 || status == 408 || status >= 500;

    if (!perhaps_later) {
        return SYNC_ANSWERED;
    }
    if (!repeatable && !certainly_undone) {
        return SYNC_GIVE_UP;
    }
    return attempt + 1 < SYNC_TRIES ? SYNC_AGAIN : SYNC_GIVE_UP;
}

/* Thu, 15 Jan 2026 09:00:00 GMT; the two older forms of HTTP dates are no longer sent by anybody.
 */
bool sync_http_date(const char *text, int64_t *ret_ms)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    char month[4] = "", iso[32];
    const char *at;
    unsigned day, year, hour, minute, second;
    int end = 0;

    if (sscanf(text, "%*3[A-Za-z], %2u %3[A-Za-z] %4u %2u:%2u:%2u GMT%n", &day, month, &year, &hour,
               &minute, &second, &end) != 6 ||
        end == 0 || text[end] != '\0') {
        return false;
    }
    at = strstr(months, month);
    if (at == NULL || strlen(month) != 3 || (at - months) % 3 != 0) {
        return false;
    }
    snprintf(iso, sizeof iso, "%04u-%02u-%02uT%02u:%02u:%02uZ", year,
             (unsigned)((at - months) / 3 + 1), day, hour, minute, second);
    return iso8601_parse(iso, ret_ms);
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

int64_t sync_retry_after_ms(const char *value, int64_t now_ms)
{
    int64_t seconds, at_ms;

    if (str_int(value, 0, INT32_MAX, &seconds)) {
        return least(seconds * 1000, MOST_MS);
    }
    if (!sync_http_date(value, &at_ms)) {
        return -1;
    }
    return at_ms > now_ms ? least(at_ms - now_ms, MOST_MS) : 0;
}

int64_t sync_retry_backoff_ms(struct sync_env *env, unsigned attempt)
{
    uint64_t most = CAP_MS;

    if (attempt < 6 && (uint64_t)BASE_MS << attempt < CAP_MS) {
        most = (uint64_t)BASE_MS << attempt;
    }
    return (int64_t)sync_env_random(env, most + 1);
}
