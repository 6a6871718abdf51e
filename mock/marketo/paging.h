/* The two kinds of nextPageToken. Source: marketo-paging. */
#pragma once

#include "server/call.h"

/*
 * A position in the answer of one read: upper-case base32 of 16 bytes with padding. `read` names
 * the read and its filter: the token is good for nothing else, and for a day.
 */
const char *marketo_position_make(struct mock_call *call, const char *read, int64_t after_id);
/* Whether it is one of ours, for that read, and not too old. */
bool marketo_position_read(struct mock_call *call, const char *read, const char *token,
                           int64_t *ret_after_id);

/* A moment of the activities: since when, and the last one that was given. It never ends. */
struct marketo_moment {
    int64_t since_ms, last_id;
};
const char *marketo_moment_make(struct mock_call *call, struct marketo_moment moment);
bool marketo_moment_read(struct mock_call *call, const char *token, struct marketo_moment *ret);
