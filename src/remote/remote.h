/*
 * A service that the engine talks to: at which address, with whose token, and what its answers
 * mean. Graph, Dataverse and Marketo are each one of these; how one asks and changes is the same
 * for all.
 */
#pragma once

#include <stdbool.h>

#include "base/arena.h"
#include "base/json.h"
#include "core/problem.h"
#include "http/http.h"
#include "state/intent.h"

struct crmsync;
struct sync_remote;
struct sync_credentials;

/* What an answer says before anybody looks at what it holds. */
enum sync_meaning {
    SYNC_MEANS_OK,      /* done */
    SYNC_MEANS_REFUSED, /* not done, and another sending would not better it */
    SYNC_MEANS_TOKEN,   /* not done: the token is no longer good */
    SYNC_MEANS_LATER,   /* not done: ask again, after *ret_wait_ms when that is above 0 */
    SYNC_MEANS_NOTHING, /* it may be done or not */
};

struct sync_remote {
    const char *service; /* "graph": for errors and the log */
    const char *base;    /* "https://graph.microsoft.com/v1.0": before every path */
    const char *org;     /* host of an organization */
    bool as_admin;       /* the administrator of the configuration, not the connection's user */
    /* As whom instead of the connection that holds now; NULL: that one. */
    struct sync_credentials *credentials;
    struct arena *arena; /* lives as long as this: for what signing in makes */
    bool in_body; /* what an answer means stands in its body: it is read first, as reply->json */
    /* Fills request->bearer or request->basic. */
    bool (*sign_in)(struct crmsync *engine, const struct sync_remote *remote,
                    struct sync_request *request, struct sync_problem *problem);
    enum sync_meaning (*meaning)(struct crmsync *engine, const struct sync_reply *reply,
                                 int64_t *ret_wait_ms);
    /* Fills *problem from a refusal; is `false`. */
    bool (*fail)(const struct sync_remote *remote, const struct sync_reply *reply, const char *what,
                 struct sync_problem *problem);
};

/*
 * Signs in, sends, waits; a token that is refused is replaced once, "later" is waited for. True
 * with an answer that means OK, REFUSED or (when the request is not repeatable) NOTHING:
 * *ret_meaning. False when there is none; *ret tells then how the last try ended.
 */
bool sync_remote_send(struct crmsync *engine, struct arena *arena, const struct sync_remote *remote,
                      struct sync_request *request, struct sync_reply *ret,
                      enum sync_meaning *ret_meaning, struct sync_problem *problem);

/* Reads a resource, an object of JSON; `path` begins with a slash, or is a whole URL below the
 * remote's origin (a next link). `prefer` may be NULL. */
bool sync_remote_get(struct crmsync *engine, struct arena *arena, const struct sync_remote *remote,
                     const char *what, const char *path, const char *prefer, const cJSON **ret,
                     struct sync_problem *problem);
/* Reads a collection of OData with all its pages into one array. */
bool sync_remote_list(struct crmsync *engine, struct arena *arena, const struct sync_remote *remote,
                      const char *what, const char *path, const cJSON **ret,
                      struct sync_problem *problem);

struct sync_change {
    const char *operation, *key; /* of the intent */
    const char *known;           /* JSON: what exists before */
    const char *what;            /* "creating the application": for errors */
    const char *method, *path;
    const cJSON *body;
    const struct crmsync_header *headers; /* such as If-None-Match */
    size_t header_count;
    int64_t timeout_ms; /* 0: the usual */
    const char *id;     /* the member of the answer that names what was made; NULL = none */
    const char *made;   /* what the intent names as made, without such a member */
    bool leave_open;    /* the caller ends the intent when the answer has reached its reader */
};

enum sync_changed {
    SYNC_CHANGED,
    SYNC_UNKNOWN,     /* it may have happened: look before sending it again */
    SYNC_NOT_CHANGED, /* it has not; *problem says why */
};

/*
 * Changes something: commit, send, read, commit. With SYNC_CHANGED *ret is the answer's body (NULL
 * when it has none) and *ret_intent the intent; with SYNC_UNKNOWN the intent stays open, and
 * *problem says what was seen.
 */
enum sync_changed sync_remote_change(struct crmsync *engine, struct arena *arena,
                                     const struct sync_remote *remote,
                                     const struct sync_change *change, const cJSON **ret,
                                     struct sync_intent *ret_intent, struct sync_problem *problem);

/* Parses an answer that should be an object; fails with `protocol`. */
bool sync_remote_parse(struct arena *arena, const struct sync_remote *remote, const char *what,
                       const struct sync_reply *reply, const cJSON **ret,
                       struct sync_problem *problem);
