/*
 * crmsync: connects Microsoft Dynamics 365 (Dataverse) to Marketo and keeps them in step.
 *
 * An engine is one configuration and one database. It does one operation at a time, on the caller's
 * thread; everything that it needs from outside (HTTP, time, chance, secrets) comes through an
 * environment whose members default to the real thing.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifndef CRMSYNC_API
#define CRMSYNC_API __attribute__((visibility("default")))
#endif

struct crmsync;

struct crmsync_header {
    const char *name, *value;
};

struct crmsync_request {
    const char *method;
    const char *url; /* absolute */
    const struct crmsync_header *headers;
    size_t header_count;
    const char *body; /* NULL when there is none */
    size_t body_len;
    int64_t timeout_ms; /* from submit to the last byte of the answer */
};

struct crmsync_response {
    int status; /* 0: no whole answer arrived, and `error` says why */
    const struct crmsync_header *headers;
    size_t header_count;
    const char *body; /* never NULL; a zero byte follows it */
    size_t body_len;
    const char *error;    /* a sentence, when status is 0 */
    bool never_connected; /* with status 0: the request certainly did not reach the server */
};

/* Tells the end of a request, out of poll(). What the response points to is good during the call.
 */
typedef void crmsync_done(void *arg, const struct crmsync_response *response);

/*
 * How requests travel. `submit` copies what it needs, begins, and returns a number above 0.
 * `cancel` ends a request without a call of its `done`. `poll` returns when at least one `done` was
 * called or now() has reached `until_ms` (milliseconds since 1970), whichever is first; the engine
 * calls it only when nothing else can go on. `destroy` is called by crmsync_close() and
 * crmsync_abandon(), with nothing in flight.
 */
struct crmsync_transport {
    void *ctx;
    uint64_t (*submit)(void *ctx, const struct crmsync_request *request, crmsync_done *done,
                       void *arg);
    void (*cancel)(void *ctx, uint64_t id);
    void (*poll)(void *ctx, int64_t until_ms);
    void (*destroy)(void *ctx);
};

/* Where a commit of the engine's database stands. */
enum crmsync_commit_phase {
    CRMSYNC_COMMIT_BEFORE, /* about to be made: dying here rolls it back */
    CRMSYNC_COMMIT_AT,     /* made: dying here, nothing after it runs */
    CRMSYNC_COMMIT_AFTER,  /* a request that it allowed was answered: dying here, nobody reads the
                              answer */
};

enum crmsync_verdict { CRMSYNC_GO_ON, CRMSYNC_DIE };

/*
 * What an engine needs from outside. Every function pointer may be NULL, then the real thing is
 * used. `ctx` is handed to all of them but the transport's, which have their own.
 */
struct crmsync_env {
    void *ctx;
    const struct crmsync_transport *transport; /* NULL: crmsync_transport_curl(NULL) */
    int64_t (*now)(void *ctx);                 /* milliseconds since 1970 */
    void (*random)(void *ctx, void *bytes, size_t len);
    /*
     * The secret of that name ("dynamics.clientSecret", "dynamics.password",
     * "marketo.clientSecret", "admin.clientSecret") as text that the engine wipes and frees with
     * free(); NULL when there is none. The default takes it from where the configuration says, else
     * from CRMSYNC_<NAME>.
     */
    char *(*secret)(void *ctx, const char *name);
    /* Called around each commit; after CRMSYNC_DIE nothing is written or sent any more. */
    enum crmsync_verdict (*on_commit)(void *ctx, enum crmsync_commit_phase phase);
    void (*log)(void *ctx, const char *line); /* one event a line; never a secret */
    const char
        *config_dir; /* relative paths of the configuration start here; NULL: the current folder */
};

/* The values are the exit statuses of the program. */
enum crmsync_outcome {
    CRMSYNC_DONE = 0,
    CRMSYNC_FAILED = 1,  /* a check, a record, a wait */
    CRMSYNC_USAGE = 2,   /* a parameter is missing or malformed, or the operation is not known */
    CRMSYNC_REFUSED = 3, /* the remote or a guard said no */
    CRMSYNC_UNREACHABLE = 4, /* the remote cannot be reached */
    CRMSYNC_DIED = 5,        /* on_commit said so: only crmsync_abandon() is allowed now */
};

struct crmsync_error {
    char code[32];     /* "bad_credentials", "ambiguous", …: section 6 of the contract */
    char message[512]; /* what was wrong, where, what was expected */
    char fix[512];     /* what to do; empty when that is plain */
    char service[16];  /* entra, graph, dataverse, marketo; empty when it was none of them */
    int status;        /* the HTTP status behind it, 0 when there was none */
};

/* What libcurl needs to know beside the defaults; all members optional. */
struct crmsync_curl_options {
    const char *ca_file;           /* PEM, as curl's --cacert */
    const char *const *connect_to; /* as curl's --connect-to */
    size_t connect_to_count;
};

/* The default transport, for wrapping or with options. The caller hands it to one engine, which
 * ends it. */
CRMSYNC_API bool crmsync_transport_curl(const struct crmsync_curl_options *options,
                                        struct crmsync_transport *ret, struct crmsync_error *err);

/*
 * Opens an engine on a configuration (JSON, contract section 7; comments allowed) and its database,
 * which is made when it is not there. `env` may be NULL. NULL on failure, with *err filled; the
 * transport of `env` is ended then too. Only one engine at a time may have a database file open.
 */
CRMSYNC_API struct crmsync *crmsync_open(const char *config, const struct crmsync_env *env,
                                         struct crmsync_error *err);

/*
 * Does one operation of contract section 6. `json_in` is an object (NULL = {}). *json_out becomes a
 * text that the caller frees with crmsync_free(): the result with its member `outcome`, and `error`
 * {code, message, fix, service, status} when that is not "done"; NULL after CRMSYNC_DIED. `err` may
 * be NULL.
 */
CRMSYNC_API enum crmsync_outcome crmsync_call(struct crmsync *engine, const char *operation,
                                              const char *json_in, char **json_out,
                                              struct crmsync_error *err);

/* The names of all operations, the last one NULL, and whether a second run right after a first is
 * harmless. */
CRMSYNC_API const char *const *crmsync_operations(void);
CRMSYNC_API bool crmsync_is_idempotent(const char *operation);

/* The next moment at which the engine wants to do something by itself; INT64_MAX when there is
 * none. */
CRMSYNC_API int64_t crmsync_next_due(const struct crmsync *engine);
/* Asks a running operation to end soon; may be called from a signal handler or another thread. */
CRMSYNC_API void crmsync_stop(struct crmsync *engine);
/* Frees everything and writes nothing: what a kill would leave, in the same process. */
CRMSYNC_API void crmsync_abandon(struct crmsync *engine);
CRMSYNC_API void crmsync_close(struct crmsync *engine);
CRMSYNC_API void crmsync_free(char *text);

#ifdef __cplusplus
}
#endif
