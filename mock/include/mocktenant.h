/*
 * mocktenant: Azure AD, AD FS, Microsoft Graph, Dataverse and Marketo, faked in one process.
 *
 * A tenant is started from a world file and answers HTTP on a loopback port, or in `direct`: a
 * request is handed over by mocktenant_submit() and answered on the same thread, without a socket.
 * Both go the same way.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifndef MOCKTENANT_API
#define MOCKTENANT_API __attribute__((visibility("default")))
#endif

struct mocktenant;

/* Zero is the default of every member. */
struct mocktenant_options {
    const char *world; /* a name, a file, or a whole world as JSON text; NULL: "ready" */
    const char
        *world_dir; /* where a relative `extends` of a JSON text starts; NULL: the current folder */
    const char *listen;             /* "127.0.0.1:0"; NULL: no socket, `direct` only */
    bool plain;                     /* HTTP instead of TLS */
    const char *clock;              /* "real", "virtual" or a date (RFC 3339); NULL: real */
    uint64_t seed;                  /* 0 means 1 */
    const char *limits;             /* "on", "off"; NULL: as the world says */
    const char *store;              /* a file that keeps the world across starts; NULL: none */
    const char *const *allow_hosts; /* further hosts at which the control API answers */
    size_t allow_host_count;
    int idle_s; /* seconds until an idle connection is closed; 0 means 60 */
    /*
     * Answers that take time (delay, late, slow_body, a connection held open) wait for the virtual
     * clock instead of real time: for a runner that moves the clock itself. Needs a virtual clock.
     */
    bool held_by_clock;
    void (*log)(void *arg, const char *line); /* one event a line; NULL: nobody listens */
    void *log_arg;
};

/*
 * Starts a tenant. NULL on failure, with a sentence in `error`: a world file that is not valid
 * (with file, line and column or JSON Pointer), an address that cannot be bound, a store that is
 * none.
 */
MOCKTENANT_API struct mocktenant *mocktenant_start(const struct mocktenant_options *options,
                                                   char *error, size_t error_size);

/*
 * The keys of contract section 2 as a JSON object. Without a listener `base` and all that follow
 * from it use the origin "https://127.0.0.1". Belongs to the tenant.
 */
MOCKTENANT_API const char *mocktenant_info(const struct mocktenant *mock);

struct mocktenant_header {
    const char *name, *value;
};

struct mocktenant_request {
    const char *method;
    const char
        *host; /* what the Host header says, with a port if the client used one; NULL: none */
    const char *target;                      /* as on the request line: path, and query if any */
    const struct mocktenant_header *headers; /* without Host */
    size_t header_count;
    const char *body; /* NULL when there is none */
    size_t body_len;
};

struct mocktenant_response {
    bool dropped; /* the connection ended without an answer; nothing else is set */
    bool cut;     /* the connection ended inside the body */
    int status;
    const struct mocktenant_header *headers;
    size_t header_count;
    const char *body;
    size_t body_len;
};

/* What the response points to is good during the call. */
typedef void mocktenant_done(void *arg, const struct mocktenant_response *response);

/*
 * Hands over a request in `direct`. `done` is called before this returns or, for a held answer, out
 * of the call that moves the clock far enough. Returns a number above 0 for mocktenant_cancel().
 */
MOCKTENANT_API uint64_t mocktenant_submit(struct mocktenant *mock,
                                          const struct mocktenant_request *request,
                                          mocktenant_done *done, void *arg);
/* The client went away: `done` of a held answer will not be called. */
MOCKTENANT_API void mocktenant_cancel(struct mocktenant *mock, uint64_t id);

/*
 * The control API (contract section 4) without HTTP. `path` is the request target under the host,
 * such as
 * "/_mock/clock"; `json` may be NULL. Returns the HTTP status; *ret_body (if asked for) becomes the
 * body, which the caller frees with mocktenant_free().
 */
MOCKTENANT_API int mocktenant_control(struct mocktenant *mock, const char *method, const char *path,
                                      const char *json, char **ret_body);

/* The world's time, milliseconds since 1970. */
MOCKTENANT_API int64_t mocktenant_now(const struct mocktenant *mock);

/*
 * The earliest moment at which a held answer is due by the world's clock; false when none is held.
 * *ret_held (if asked for) is their number: when it equals what the client has in flight, time may
 * move.
 */
MOCKTENANT_API bool mocktenant_next_due(struct mocktenant *mock, int64_t *ret_due_ms,
                                        size_t *ret_held);

/* Answers what is running, closes every connection and frees all; a store is written first. */
MOCKTENANT_API void mocktenant_stop(struct mocktenant *mock);

/* A JSON array of every route: {"service","method","template","source"}. The caller frees it. */
MOCKTENANT_API char *mocktenant_routes(void);
/* The JSON Schema of world files. The caller frees it. */
MOCKTENANT_API char *mocktenant_world_schema(void);

MOCKTENANT_API void mocktenant_free(char *text);

#ifdef __cplusplus
}
#endif
