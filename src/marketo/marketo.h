/*
 * Marketo's REST API as the API user of the configuration. Its errors come as HTTP 200: what an
 * answer means stands in its envelope.
 */
#pragma once

#include "engine/engine.h"
#include "remote/remote.h"

/* The subscription of the configuration. Fails with `usage` when it is not named. */
bool sync_marketo_open(struct crmsync *engine, struct arena *arena, struct sync_remote *ret,
                       struct sync_problem *problem);

struct sync_marketo_answer {
    const cJSON *root;
    const cJSON *result; /* an array; NULL when the answer has none (an empty page of activities) */
    const char *next;    /* nextPageToken; NULL: none */
    bool more;           /* moreResult */
};

/* A read: GET, or with `form` a POST of it with _method=GET (a long query). `path` begins with
 * "/rest/". */
bool sync_marketo_get(struct crmsync *engine, struct arena *arena, const struct sync_remote *remote,
                      const char *what, const char *path, const char *form,
                      struct sync_marketo_answer *ret, struct sync_problem *problem);
/*
 * A write whose intent is the caller's, committed before; `body` is JSON. With SYNC_UNKNOWN it may
 * be done up to 90 s (merge 180 s) after it was sent: look only then. With SYNC_NOT_CHANGED
 * problem->remote_code is Marketo's code.
 */
enum sync_changed sync_marketo_send(struct crmsync *engine, struct arena *arena,
                                    const struct sync_remote *remote, const char *what,
                                    const char *path, const char *body,
                                    struct sync_marketo_answer *ret, struct sync_problem *problem);
