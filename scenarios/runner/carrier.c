#include "runner/carrier.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/auto.h"
#include "base/clock.h"
#include "base/iso8601.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/uri.h"
#include "runner/flight.h"

/* How often an operation may wait before it counts as endless, and how long nothing may happen on
 * a socket. Both are far beyond what any working story needs. */
enum { MAX_POLLS = 100000, STALL_US = 60 * 1000 * 1000, SLICE_MS = 2 };

/* clang-format off */
const struct run_fault_class run_fault_classes[] = {
    {"500", "respond", "\"status\":500,\"body\":\"Internal Server Error\"", 0},
    {"503 with Retry-After", "respond", "\"status\":503,\"body\":\"Service Unavailable\",\"headers\":{\"Retry-After\":\"5\"}", 0},
    {"throttle", "throttle", "\"retry_after\":5", 0},
    {"delay beyond the time-out", "delay", NULL, 1000},
    {"drop_before", "drop_before", NULL, 0},
    {"drop_after", "drop_after", NULL, 0},
    {"late beyond the time-out", "late", NULL, 1000},
    {"truncate", "truncate", "\"bytes\":12", 0},
    {"malformed_json", "malformed_json", NULL, 0},
    {"slow_body", "slow_body", "\"bytes_per_second\":4", 0},
    {"duplicate", "duplicate", NULL, 0},
};
/* clang-format on */

const size_t run_fault_class_count = ARRAY_LEN(run_fault_classes);

void run_clock_to(struct mocktenant *mock, int64_t at_ms)
{
    char at[ISO8601_SIZE], json[ISO8601_SIZE + 16];

    if (at_ms < mocktenant_now(mock)) {
        return;
    }
    iso8601_format(at_ms, at);
    (void)snprintf(json, sizeof json, "{\"now\":\"%s\"}", at);
    (void)mocktenant_control(mock, "PUT", "/_mock/clock", json, NULL);
}

struct run_carrier *run_carrier_create(struct mocktenant *mock, int port, const char *ca_file)
{
    struct run_carrier *carrier = mem_alloc(sizeof *carrier);

    carrier->mock = mock;
    carrier->port = port;
    carrier->ca_file = ca_file;
    return carrier;
}

void run_carrier_destroy(struct run_carrier *carrier)
{
    mem_free(carrier);
}

void run_carrier_meddle(struct run_carrier *carrier, size_t at, const struct run_fault_class *fault)
{
    carrier->fault_at = at;
    carrier->fault = fault;
}

void run_carrier_choose(struct run_carrier *carrier, run_choose *choose, void *arg)
{
    carrier->choose = choose;
    carrier->choose_arg = arg;
}

/* The rule that puts the fault on the request that is about to go. */
static void meddle(struct run_carrier *carrier, const struct crmsync_request *request)
{
    const struct run_fault_class *fault = carrier->fault;
    AUTO(strbuf) rule = STRBUF(0);
    AUTO(arena) arena = {0};
    struct uri uri;
    struct err err;
    cJSON *answer;
    char *body = NULL;

    strbuf_add(&rule, "{\"match\":{");
    if (carrier->flights != NULL && uri_parse(&arena, request->url, &uri)) {
        cJSON *match = json_new_object(&arena);
        char *text;

        cJSON_AddStringToObject(match, "method", request->method);
        cJSON_AddStringToObject(match, "path", uri.path);
        text = json_text(&arena, match);
        strbuf_add_n(&rule, text + 1, strlen(text) - 2);
    }
    strbuf_addf(&rule, "},\"action\":{\"type\":\"%s\"", fault->type);
    if (fault->members != NULL) {
        strbuf_addf(&rule, ",%s", fault->members);
    }
    if (fault->beyond_timeout_ms > 0) {
        strbuf_addf(&rule, ",\"ms\":%lld",
                    (long long)request->timeout_ms + fault->beyond_timeout_ms);
    }
    strbuf_add(&rule, "},\"times\":1}");
    if (mocktenant_control(carrier->mock, "POST", "/_mock/faults", strbuf_text(&rule), &body) ==
            201 &&
        json_parse(&arena, body, strlen(body), JSON_PLAIN, &answer, &err)) {
        carrier->rule = json_get_int(answer, "id", 0);
    }
    mocktenant_free(body);
    carrier->fault = NULL;
}

/* How often the world applied the rule; another one may have come before it. */
static int64_t hits(struct run_carrier *carrier)
{
    AUTO(arena) arena = {0};
    char *body = NULL;
    cJSON *answer = NULL;
    const cJSON *rule;
    int64_t found = 0;
    struct err err;

    if (mocktenant_control(carrier->mock, "GET", "/_mock/faults", NULL, &body) == 200) {
        (void)json_parse(&arena, body, strlen(body), JSON_PLAIN, &answer, &err);
    }
    mocktenant_free(body);
    cJSON_ArrayForEach(rule, json_get(answer, "faults"))
    {
        if (json_get_int(rule, "id", 0) == carrier->rule) {
            found = json_get_int(rule, "hits", 0);
        }
    }
    return found;
}

bool run_carrier_unmeddle(struct run_carrier *carrier)
{
    char path[64];
    bool applied;

    if (carrier->rule == 0) {
        return false;
    }
    applied = hits(carrier) > 0;
    carrier->applied = carrier->applied || applied;
    (void)snprintf(path, sizeof path, "/_mock/faults/%lld", (long long)carrier->rule);
    (void)mocktenant_control(carrier->mock, "DELETE", path, NULL, NULL);
    carrier->rule = 0;
    return applied;
}

bool run_carrier_applied(const struct run_carrier *carrier)
{
    return carrier != NULL && carrier->applied;
}

size_t run_carrier_count(const struct run_carrier *carrier)
{
    return carrier->count;
}

void run_carrier_begin(struct run_carrier *carrier, struct crmsync *engine)
{
    carrier->engine = engine;
    carrier->polls = 0;
}

bool run_carrier_endless(const struct run_carrier *carrier)
{
    return carrier->polls > MAX_POLLS;
}

static struct run_flight *flight_new(struct run_carrier *carrier,
                                     const struct crmsync_request *request, crmsync_done *done,
                                     void *arg)
{
    struct run_flight *flight = mem_alloc(sizeof *flight), **at = &carrier->flights;

    flight->carrier = carrier;
    flight->id = ++carrier->last_id;
    flight->deadline_ms = mocktenant_now(carrier->mock) + request->timeout_ms;
    flight->done = done;
    flight->arg = arg;
    while (*at != NULL) {
        at = &(*at)->next;
    }
    *at = flight;
    return flight;
}

static void flight_remove(struct run_flight *flight)
{
    struct run_flight **at = &flight->carrier->flights;

    while (*at != flight) {
        at = &(*at)->next;
    }
    *at = flight->next;
}

static void flight_free(struct run_flight *flight)
{
    arena_finish(&flight->arena);
    mem_free(flight);
}

void run_flight_end(struct run_flight *flight, const struct crmsync_response *response)
{
    flight_remove(flight);
    flight->done(flight->arg, response);
    flight_free(flight);
}

static uint64_t submit(void *ctx, const struct crmsync_request *request, crmsync_done *done,
                       void *arg)
{
    struct run_carrier *carrier = ctx;
    struct run_flight *flight;

    if (carrier->choose != NULL &&
        carrier->choose(carrier->choose_arg, carrier->count, &carrier->fault)) {
        carrier->choose = NULL;
        carrier->fault_at = carrier->count;
    }
    if (carrier->fault != NULL && carrier->count == carrier->fault_at) {
        meddle(carrier, request);
    }
    carrier->count++;
    flight = flight_new(carrier, request, done, arg);
    if (carrier->port != 0) {
        run_wire_submit(flight, request);
    } else {
        run_direct_submit(flight, request);
    }
    return flight->id;
}

/* Whoever carries it is told; in `wire` the mock may go on holding it for a while. */
static void drop(struct run_flight *flight)
{
    struct run_carrier *carrier = flight->carrier;
    int64_t due_ms;

    if (flight->carried == 0 || flight->ended) {
        return;
    }
    if (carrier->port == 0) {
        mocktenant_cancel(carrier->mock, flight->carried);
        return;
    }
    if (carrier->lost_count < RUN_MAX_LOST && mocktenant_next_due(carrier->mock, &due_ms, NULL)) {
        carrier->lost_due_ms[carrier->lost_count++] = due_ms;
    }
    carrier->inner.cancel(carrier->inner.ctx, flight->carried);
}

static void cancel(void *ctx, uint64_t id)
{
    struct run_carrier *carrier = ctx;

    for (struct run_flight *flight = carrier->flights; flight != NULL; flight = flight->next) {
        if (flight->id == id) {
            drop(flight);
            flight_remove(flight);
            flight_free(flight);
            return;
        }
    }
}

/* Ends a request of which no answer will come. */
static void fail(struct run_flight *flight, const char *why)
{
    const struct crmsync_response response = {.body = "", .error = why};

    drop(flight);
    run_flight_end(flight, &response);
}

/* Ends what is beyond its time-out; true when that was any. */
static bool expire(struct run_carrier *carrier)
{
    int64_t now_ms = mocktenant_now(carrier->mock);
    struct run_flight *flight = carrier->flights;
    bool any = false;

    while (flight != NULL) {
        if (!flight->ended && flight->deadline_ms <= now_ms) {
            fail(flight, "no whole answer arrived within the time-out");
            flight = carrier->flights; /* its end may have changed the list */
            any = true;
        } else {
            flight = flight->next;
        }
    }
    return any;
}

static size_t in_flight(const struct run_carrier *carrier)
{
    size_t count = 0;

    for (const struct run_flight *flight = carrier->flights; flight != NULL;
         flight = flight->next) {
        count++;
    }
    return count;
}

/* Moves time to the earliest of: a held answer, a time-out, the engine's own deadline. */
static void move(struct run_carrier *carrier, int64_t until_ms)
{
    int64_t next_ms = until_ms, due_ms;

    for (const struct run_flight *flight = carrier->flights; flight != NULL;
         flight = flight->next) {
        next_ms = flight->deadline_ms < next_ms ? flight->deadline_ms : next_ms;
    }
    if (carrier->flights != NULL && mocktenant_next_due(carrier->mock, &due_ms, NULL)) {
        next_ms = due_ms < next_ms ? due_ms : next_ms;
    }
    if (next_ms != INT64_MAX) {
        run_clock_to(carrier->mock, next_ms);
    }
}

static void poll_direct(struct run_carrier *carrier, int64_t until_ms)
{
    while (!run_direct_deliver(carrier)) {
        move(carrier, until_ms);
        if (run_direct_deliver(carrier) || expire(carrier) ||
            mocktenant_now(carrier->mock) >= until_ms || carrier->flights == NULL) {
            return;
        }
    }
}

/* How many cancelled requests the mock may still hold. */
static size_t still_lost(struct run_carrier *carrier)
{
    int64_t now_ms = mocktenant_now(carrier->mock);
    size_t kept = 0;

    for (size_t i = 0; i < carrier->lost_count; i++) {
        if (carrier->lost_due_ms[i] > now_ms) {
            carrier->lost_due_ms[kept++] = carrier->lost_due_ms[i];
        }
    }
    carrier->lost_count = kept;
    return kept;
}

static bool all_held(struct run_carrier *carrier)
{
    int64_t due_ms;
    size_t held = 0;

    (void)mocktenant_next_due(carrier->mock, &due_ms, &held);
    return held >= in_flight(carrier) + still_lost(carrier);
}

static void poll_wire(struct run_carrier *carrier, int64_t until_ms)
{
    size_t delivered = carrier->delivered;
    int64_t since_us = clock_steady_us();

    do {
        if (carrier->flights == NULL || all_held(carrier)) {
            move(carrier, until_ms);
            if (expire(carrier) || carrier->flights == NULL) {
                return;
            }
            since_us = clock_steady_us();
        }
        carrier->inner.poll(carrier->inner.ctx, clock_wall_ms() + SLICE_MS);
        if (clock_steady_us() - since_us > STALL_US) {
            fail(carrier->flights, "nothing happened on the connection for a minute");
            return;
        }
    } while (carrier->delivered == delivered && mocktenant_now(carrier->mock) < until_ms);
}

static void poll(void *ctx, int64_t until_ms)
{
    struct run_carrier *carrier = ctx;

    if (++carrier->polls > MAX_POLLS) {
        if (carrier->engine != NULL) {
            crmsync_stop(carrier->engine);
        }
        while (carrier->flights != NULL) {
            fail(carrier->flights, "the runner stopped an operation without end");
        }
    }
    if (carrier->port != 0) {
        poll_wire(carrier, until_ms);
    } else {
        poll_direct(carrier, until_ms);
    }
}

static void destroy(void *ctx)
{
    struct run_carrier *carrier = ctx;

    while (carrier->flights != NULL) {
        struct run_flight *flight = carrier->flights;

        drop(flight);
        flight_remove(flight);
        flight_free(flight);
    }
    if (carrier->port != 0) {
        carrier->inner.destroy(carrier->inner.ctx);
    }
    carrier->engine = NULL;
}

bool run_carrier_transport(struct run_carrier *carrier, struct crmsync_transport *ret,
                           struct err *err)
{
    if (carrier->port != 0 && !run_wire_open(carrier, err)) {
        return false;
    }
    *ret = (struct crmsync_transport){
        .ctx = carrier, .submit = submit, .cancel = cancel, .poll = poll, .destroy = destroy};
    return true;
}
