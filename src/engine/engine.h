/* The engine's inside: what its rooms share during a call. */
#pragma once

#include "base/arena.h"
#include "base/json.h"
#include "config/config.h"
#include "config/secret.h"
#include "core/env.h"
#include "core/problem.h"
#include "entra/token.h"
#include "state/store.h"

struct crmsync {
    struct sync_env env;
    struct arena arena; /* of the configuration */
    struct sync_config config;
    struct sync_store store;
    struct sync_tokens tokens;
    int64_t marketo_ahead_ms; /* how far our clock is before Marketo's, by its last answer */
    /* An intent whose result has been handed to the caller but is not marked as DONE: it is when
     * the caller comes back, since only then it is sure that he has got it. */
    struct {
        int64_t intent; /* 0 = none */
        char *object, *detail;
    } handed_out;
};

/* One operation that is going on. */
struct sync_call {
    struct crmsync *engine;
    struct arena *arena;
    const cJSON *with; /* the parameters, an object */
    cJSON *result;     /* an object: what the caller gets beside `outcome` and `error` */
    struct sync_problem *problem;
    bool dry; /* looks only, and tells what would be done */
};

/* An operation of the contract. Returns false with the call's problem filled. */
struct sync_operation {
    const char *name;
    bool idempotent;
    bool looks_only; /* makes no commit and sends nothing */
    bool (*run)(struct sync_call *call);
};

/* All that are built, sorted by name. */
extern const struct sync_operation sync_operations[];
extern const size_t sync_operation_count;
/* Why an operation that is not among them cannot be called; is `false`. */
bool sync_operation_unknown(const char *name, struct sync_problem *problem);

/* A secret from the environment; *ret is NULL when there is none, and ended by
 * sync_secret_free(). */
bool sync_engine_secret(struct crmsync *engine, enum sync_secret_id id, char **ret,
                        struct sync_problem *problem);
/* Reads the parameters through a table; fails with `usage` and the pointer of the one at fault. */
bool sync_call_read(struct sync_call *call, const struct json_field *fields, size_t count,
                    void *ret);
/* Fails with `usage` for the parameter `name`. Is `false`. */
bool sync_call_refuse(struct sync_call *call, const char *name, const char *expected);
/* Tells what the caller is told by the returned result, see handed_out; takes over `object` and
 * `detail` as copies. */
void sync_engine_hand_out(struct crmsync *engine, int64_t intent, const char *object,
                          const char *detail);
