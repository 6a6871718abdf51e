/* When a request is sent again, and how long one waits before. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "core/env.h"

/* How often one request is sent at most, and the longest wait inside an operation. */
enum { SYNC_TRIES = 5, SYNC_WAIT_MAX_MS = 5 * 60 * 1000 };

enum sync_verdict {
    SYNC_ANSWERED, /* an answer that another sending would not better */
    SYNC_AGAIN,
    SYNC_GIVE_UP, /* no answer, or "later", as often as one may ask */
};

/*
 * What to do after try number `attempt` (from 0). Only a repeatable request is sent again after
 * silence or 5xx; any request is after 429 and when it certainly did not arrive.
 */
enum sync_verdict sync_retry_judge(bool repeatable, int status, bool never_connected,
                                   unsigned attempt);

/* An HTTP date (RFC 9110, 5.6.7). */
bool sync_http_date(const char *text, int64_t *ret_ms);
/* The wait that a Retry-After asks for: seconds or an HTTP date (RFC 9110, 10.2.3); -1 when it is
 * neither. */
int64_t sync_retry_after_ms(const char *value, int64_t now_ms);

/* Exponential backoff with full jitter: 1 s doubled for each try, at most 60 s, a random part of
 * it. */
int64_t sync_retry_backoff_ms(struct sync_env *env, unsigned attempt);
