/* The inside of a carrier: shared by carrier.c, direct.c and wire.c. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "runner/carrier.h"

/* One request of the engine on its way. */
struct run_flight {
    struct run_flight *next;
    struct run_carrier *carrier;
    struct arena arena;
    uint64_t id, carried; /* the engine's number, and that of the mock or the inner transport */
    int64_t deadline_ms;
    crmsync_done *done;
    void *arg;
    bool ended; /* `direct`: its answer is here and waits for the engine's poll */
    struct crmsync_response response;
};

enum { RUN_MAX_LOST = 64 };

struct run_carrier {
    struct mocktenant *mock;
    struct crmsync *engine;
    int port;
    const char *ca_file;
    char connect_to[64]; /* as curl's --connect-to */
    const char *connect_list[1];
    struct crmsync_transport inner; /* `wire`: libcurl's */
    struct run_flight *flights;     /* oldest first */
    uint64_t last_id;
    size_t count, delivered, polls;

    run_choose *choose; /* NULL: `fault` and `fault_at` are set */
    void *choose_arg;
    size_t fault_at;
    const struct run_fault_class *fault;
    int64_t rule; /* the id of the rule that was set; 0 when there is none */
    bool applied; /* the fault of the meddling has met a request */

    /* `wire`: when answers to requests that were cancelled leave the mock's count of held ones. */
    int64_t lost_due_ms[RUN_MAX_LOST];
    size_t lost_count;
};

/* Tells the engine, and forgets the flight. */
void run_flight_end(struct run_flight *flight, const struct crmsync_response *response);

void run_direct_submit(struct run_flight *flight, const struct crmsync_request *request);
/* Tells the engine of every answer that has come; false when there was none. */
bool run_direct_deliver(struct run_carrier *carrier);

bool run_wire_open(struct run_carrier *carrier, struct err *err);
void run_wire_submit(struct run_flight *flight, const struct crmsync_request *request);
