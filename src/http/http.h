/* One request and its answer, with the waits and repetitions that the policy allows. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/json.h"
#include "core/env.h"
#include "core/problem.h"
#include "include/crmsync.h"

struct sync_request {
    const char *service; /* entra, graph: for errors and the log */
    const char *what;    /* "reading the application": for errors */
    const char *method, *url;
    const char *bearer;                   /* a token, or NULL */
    const char *basic;                    /* "user:password" in base64, or NULL */
    const struct crmsync_header *headers; /* further ones */
    size_t header_count;
    const char *content_type; /* of the body */
    const char *body;         /* NULL when there is none */
    size_t body_len;
    int64_t timeout_ms; /* 0: 30 seconds */
    bool repeatable;    /* may be sent again without looking first */
    bool committed;     /* a commit allowed it: on_commit hears of its first answer */
};

struct sync_reply {
    int status; /* of the last answer; 0 when there was none */
    bool never_connected;
    const char *body; /* never NULL; the arena's, and wiped with it */
    size_t len;
    const char *etag;       /* of the ETag header, with its quotes; NULL: none */
    const char *entity_id;  /* of OData-EntityId; NULL: none */
    const char *challenge;  /* of WWW-Authenticate; NULL: none */
    const cJSON *json;      /* the body, when the remote reads it to know what it means */
    bool by_password;       /* the request carried a password instead of a token */
    const char *error;      /* why there was no answer */
    int64_t retry_after_ms; /* -1 when the answer does not say */
    int64_t date_ms;        /* of the Date header, the server's clock; 0: none */
};

/*
 * Sends it and waits for the answer; the waits of up to five minutes that the remote asks for
 * happen here. True with any answer but "later" and "broken" (429, 5xx); false with *problem when
 * the engine died or was stopped, when the wait is too long, or when no answer came. *ret tells
 * then too how the last try ended.
 */
bool sync_http_exchange(struct sync_env *env, struct arena *arena,
                        const struct sync_request *request, struct sync_reply *ret,
                        struct sync_problem *problem);
