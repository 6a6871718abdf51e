/*
 * How the engine's requests travel to the mock, and how time moves meanwhile: nothing sleeps. In
 * `direct` a request is handed over on the same thread; in `wire` the engine's own HTTP client
 * sends it through a socket and TLS. Both count the requests and can put a fault on one of them.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "crmsync.h"
#include "mocktenant.h"

/* A fault that can be put on any request: an action of `POST /_mock/faults`. */
struct run_fault_class {
    const char *name;          /* for people */
    const char *type;          /* of the action */
    const char *members;       /* further members as JSON text; NULL: none */
    int64_t beyond_timeout_ms; /* not 0: `ms` is the request's time-out and so much more */
};

extern const struct run_fault_class run_fault_classes[];
extern const size_t run_fault_class_count;

struct run_carrier;

/* `port` and `ca_file` are those of the mock's listener; a `port` of 0 means `direct`. */
struct run_carrier *run_carrier_create(struct mocktenant *mock, int port, const char *ca_file);
/* After every transport that it gave was destroyed. NULL is nothing. */
void run_carrier_destroy(struct run_carrier *carrier);

/* A transport for one engine; the carrier serves one at a time and outlives it. */
bool run_carrier_transport(struct run_carrier *carrier, struct crmsync_transport *ret,
                           struct err *err);

/*
 * Asked at each point at which trouble may come, until it came: whether it comes here. `at` is how
 * many points were before; where faults are the trouble, *ret is the one.
 */
typedef bool run_choose(void *arg, size_t at, const struct run_fault_class **ret);

/* The request at which `choose` says so gets the fault. */
void run_carrier_choose(struct run_carrier *carrier, run_choose *choose, void *arg);
/* The request with that number (from 0) gets the fault. */
void run_carrier_meddle(struct run_carrier *carrier, size_t at,
                        const struct run_fault_class *fault);
/* Takes the fault away again; true when it was there and has met a request since the last call. */
bool run_carrier_unmeddle(struct run_carrier *carrier);
/* Whether it ever met one: a rule of the story itself may have come before it. */
bool run_carrier_applied(const struct run_carrier *carrier);
/* How many requests were submitted so far. */
size_t run_carrier_count(const struct run_carrier *carrier);

/*
 * An operation of that engine begins: it is stopped when it waits so often that it will never end.
 * run_carrier_endless() says whether that happened.
 */
void run_carrier_begin(struct run_carrier *carrier, struct crmsync *engine);
bool run_carrier_endless(const struct run_carrier *carrier);

/* Moves the world's clock, never backwards; to the present moment lets go what is due by now. */
void run_clock_to(struct mocktenant *mock, int64_t at_ms);
