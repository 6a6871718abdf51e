/* The runner's own HTTP client for `wire`: any client of the cloud, never the engine's. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "crmsync.h"
#include "mocktenant.h"

struct run_http;

/* What came back. All of it is the arena's. */
struct run_reply {
    int status;        /* 0: no whole answer came */
    const char *error; /* then a sentence */
    struct crmsync_header *headers;
    size_t header_count;
    const char *body; /* never NULL */
    size_t body_len;
};

/* A request of the runner itself. */
struct run_request {
    const char *method, *host, *target;
    const struct mocktenant_header *headers;
    size_t header_count;
    const char *body; /* NULL: none */
    size_t body_len;
};

/*
 * A client whose every connection goes to 127.0.0.1:port, whatever host it asks for; `ca_file` is
 * whom it trusts. `idle` is called while nothing arrives: it may let time pass.
 */
struct run_http *run_http_create(int port, const char *ca_file, void (*idle)(void *arg), void *arg);
void run_http_destroy(struct run_http *http);
void run_http_send(struct run_http *http, struct arena *arena, const struct run_request *request,
                   struct run_reply *ret);
