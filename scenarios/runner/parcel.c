/* Both ends are this program, so the numbers are as in memory. */
#include "runner/parcel.h"

#include <string.h>

#include "base/auto.h"

static const size_t no_text = SIZE_MAX;

static void put_size(struct strbuf *out, size_t number)
{
    strbuf_add_n(out, &number, sizeof number);
}

static void put_text(struct strbuf *out, const char *text)
{
    put_size(out, text != NULL ? strlen(text) : no_text);
    if (text != NULL) {
        strbuf_add(out, text);
    }
}

static void put_reason(struct strbuf *out, const struct run_reason *reason)
{
    const struct run_failure *failure = &reason->failure;

    put_text(out, reason->trouble);
    put_size(out, failure->failed);
    put_size(out, failure->step);
    put_text(out, failure->name);
    put_text(out, failure->where);
    put_text(out, failure->expected);
    put_text(out, failure->found);
    put_size(out, failure->exchange_count);
    for (size_t i = 0; i < failure->exchange_count; i++) {
        put_text(out, failure->exchanges[i]);
    }
}

void run_parcel_pack(const struct run_result *result, struct strbuf *ret)
{
    put_size(ret, result->passed);
    put_size(ret, result->points);
    put_size(ret, result->failed_points);
    put_size(ret, result->reason_count);
    for (size_t i = 0; i < result->reason_count; i++) {
        put_reason(ret, &result->reasons[i]);
    }
}

/* What is left of a parcel. */
struct parcel {
    const char *bytes;
    size_t len;
    bool torn;
    struct arena *arena;
};

static size_t take_size(struct parcel *parcel)
{
    size_t number = 0;

    parcel->torn = parcel->torn || parcel->len < sizeof number;
    if (parcel->torn) {
        return 0;
    }
    memcpy(&number, parcel->bytes, sizeof number);
    parcel->bytes += sizeof number;
    parcel->len -= sizeof number;
    return number;
}

static const char *take_text(struct parcel *parcel)
{
    size_t len = take_size(parcel);
    const char *text;

    if (len == no_text && !parcel->torn) {
        return NULL;
    }
    parcel->torn = parcel->torn || parcel->len < len;
    if (parcel->torn) {
        return "";
    }
    text = arena_dup(parcel->arena, parcel->bytes, len);
    parcel->bytes += len;
    parcel->len -= len;
    return text;
}

static void take_reason(struct parcel *parcel, struct run_result *result)
{
    const char *trouble = take_text(parcel);
    struct run_failure failure = {.failed = take_size(parcel) != 0};

    failure.step = take_size(parcel);
    failure.name = take_text(parcel);
    failure.where = take_text(parcel);
    failure.expected = take_text(parcel);
    failure.found = take_text(parcel);
    failure.exchange_count = take_size(parcel);
    parcel->torn = parcel->torn || parcel->len / sizeof(size_t) < failure.exchange_count;
    if (parcel->torn) {
        return;
    }
    failure.exchanges =
        arena_array(parcel->arena, failure.exchange_count + 1, sizeof *failure.exchanges);
    for (size_t i = 0; i < failure.exchange_count; i++) {
        failure.exchanges[i] = take_text(parcel);
    }
    if (!parcel->torn) {
        run_keep_reason(result, &failure, trouble);
    }
}

bool run_parcel_open(const char *bytes, size_t len, struct run_result *result)
{
    AUTO(arena) arena = {0};
    struct parcel parcel = {.bytes = bytes, .len = len, .arena = &arena};
    bool passed = take_size(&parcel) != 0;
    size_t points = take_size(&parcel), failed_points = take_size(&parcel);
    size_t reasons = take_size(&parcel);

    while (reasons-- > 0 && !parcel.torn) {
        take_reason(&parcel, result);
    }
    if (parcel.torn || parcel.len > 0) {
        return false;
    }
    result->passed = result->passed && passed;
    result->points += points;
    result->failed_points += failed_points;
    return true;
}
