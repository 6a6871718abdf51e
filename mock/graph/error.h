/* How Graph says no. Source: graph-errors. */
#pragma once

#include "server/call.h"

enum graph_error {
    GRAPH_TOKEN_MISSING,
    GRAPH_TOKEN_AUDIENCE,
    GRAPH_TOKEN_EXPIRED,
    GRAPH_TOKEN_MALFORMED,
    GRAPH_TOKEN_REFUSED,
    GRAPH_DENIED,
    GRAPH_NOT_FOUND,        /* a: the id */
    GRAPH_INVALID_VALUE,    /* a: property, b: class */
    GRAPH_VALUE_MISSING,    /* a: property, b: class */
    GRAPH_UNKNOWN_PROPERTY, /* a: property */
    GRAPH_READ_ONLY,        /* a: property */
    GRAPH_BAD_JSON,
    GRAPH_UNKNOWN_SEGMENT, /* a: segment */
    GRAPH_BAD_METHOD,
    GRAPH_BAD_SELECT,      /* a: property, b: type */
    GRAPH_BAD_OPTION,      /* a: option, b: its value */
    GRAPH_BAD_FILTER,      /* a: what the parser says */
    GRAPH_FILTER_PROPERTY, /* a: property, b: class */
    GRAPH_FILTER_OPERATOR, /* a: operator */
    GRAPH_FILTER_COMPLEX,  /* a: property */
    GRAPH_FILTER_ADVANCED,
    GRAPH_SORT_AND_FILTER,
    GRAPH_BAD_PAGE_SIZE, /* a: what was asked */
    GRAPH_COUNT_ADVANCED,
    GRAPH_SEARCH_ADVANCED,
    GRAPH_BAD_SEARCH,
    GRAPH_NAME_TAKEN, /* a: app id */
    GRAPH_GRANT_TAKEN,
    GRAPH_ROLE_TAKEN,
    GRAPH_URI_TAKEN,
    GRAPH_NO_APPLICATION, /* a: app id */
    GRAPH_NOT_BACKED,
    GRAPH_NO_KEY,
    GRAPH_NO_CERTIFICATE,
    GRAPH_KEY_DATE,  /* a: start or end */
    GRAPH_KEY_KNOWN, /* a: its id */
    GRAPH_BAD_PROOF,
    GRAPH_TOO_MANY_PASSWORDS, /* a: how many there would be */
    GRAPH_NOT_DELEGATED,
    GRAPH_THROTTLED,
    GRAPH_BAD_TARGET,
    GRAPH_REFERENCE_TAKEN, /* a: property */
    GRAPH_BAD_BATCH,       /* a: what is wrong */
    GRAPH_FAILED_DEPENDENCY,
    GRAPH_DOMAIN_INVALID,
    GRAPH_USER_TAKEN, /* a: property */
    GRAPH_USER_SYNCED,
    GRAPH_WEAK_PASSWORD,
};

/* `a` and `b` stand for what the row's text names; NULL where it names none. */
void graph_refuse(struct mock_call *call, struct mock_reply *reply, enum graph_error error,
                  const char *a, const char *b);
