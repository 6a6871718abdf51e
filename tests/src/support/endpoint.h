/*
 * A token endpoint that answers by a list, the last row for ever. Its clock moves only when
 * somebody waits and no request is on its way.
 */
#pragma once

#include <stdint.h>

#include "base/str.h"
#include "core/env.h"

struct endpoint_row {
    int status;
    const char *body;
};

struct endpoint {
    const struct endpoint_row *rows;
    size_t count;
    unsigned asked;
    int64_t now_ms;
    struct strbuf sent; /* "METHOD URL" and the body, a line each */
    struct strbuf log;  /* the engine's events, lines */
    crmsync_done *done;
    void *arg;
};

/* An environment whose requests all go to the endpoint. `hears`: it keeps the events too. */
void endpoint_begin(struct endpoint *endpoint, struct sync_env *env,
                    const struct endpoint_row *rows, size_t count, bool hears);
void endpoint_end(struct endpoint *endpoint);
