/* A plain client for tests: the same request by a call (`direct`) or over TLS (`wire`). */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/json.h"
#include "mocktenant.h"

enum transport { DIRECT, WIRE };

struct answer {
    bool dropped; /* no whole answer */
    bool cut;     /* it ended inside the body */
    int status;
    const char *headers; /* "name: value\n" lines, names in lower case */
    const char *body;
    size_t body_len;
    cJSON *json; /* the body, when it is JSON */
};

struct ask {
    enum transport transport;
    const char *method, *host, *target; /* host NULL: the loopback origin */
    const char *headers[8];             /* "Name: value" */
    const char *body;
    long timeout_ms; /* of WIRE; 0: 10 s */
};

/* A tenant for tests; fails the test when it does not start. */
struct mocktenant *tenant_start(const struct mocktenant_options *options);
/* A key of its line. */
const char *tenant_key(struct arena *arena, struct mocktenant *mock, const char *key);
/* Asks and waits; what comes back is in the arena. */
struct answer tenant_ask(struct arena *arena, struct mocktenant *mock, const struct ask *ask);
/* A control call without HTTP; fails the test when the status is another. */
cJSON *tenant_control(struct arena *arena, struct mocktenant *mock, const char *method,
                      const char *path, const char *json, int status);
/* The value of the first header of that name (lower case), NULL when there is none. */
const char *answer_header(struct arena *arena, const struct answer *answer, const char *name);
/* Text at a JSON Pointer, "" when it is none. */
const char *text_at(const cJSON *json, const char *pointer);
/* An integer at a JSON Pointer, -1 when it is none. */
int64_t int_at(const cJSON *json, const char *pointer);
