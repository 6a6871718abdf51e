#include "server/serve.h"

#include <assert.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/iso8601.h"
#include "base/mem.h"
#include "control/control.h"
#include "control/fault.h"
#include "control/journal.h"
#include "server/held.h"
#include "server/router.h"
#include "server/services.h"
#include "server/vhost.h"
#include "store/store.h"

void mock_exchange_finish(struct mock_exchange *exchange)
{
    strbuf_finish(&exchange->reply.body);
    arena_finish(&exchange->arena);
}

/* Of "https://host/path" on the request line the authority replaces the Host header (RFC
 * 9112, 3.2.2). */
static const char *absolute_form(struct mock_call *call)
{
    const char *colon = strstr(call->target, "://");
    const char *authority, *path;

    if (*call->target == '/' || colon == NULL || colon > call->target + 5) {
        return call->target;
    }
    authority = colon + 3;
    path = authority + strcspn(authority, "/?");
    call->authority = arena_dup(call->arena, authority, (size_t)(path - authority));
    return *path == '/' ? path : arena_printf(call->arena, "/%s", path);
}

/* Host, path and query of the call; false when the target has a broken escape or %00. */
static bool parse_target(struct mock_call *call)
{
    const char *target = absolute_form(call);
    size_t path_len = strcspn(target, "?#");

    call->host = "";
    if (call->authority != NULL &&
        !uri_parse_authority(call->arena, call->authority, &call->host, &call->port)) {
        call->host = "";
    }
    call->query = target[path_len] == '?' ? target + path_len + 1 : "";
    call->path = (struct uri_path){.text = arena_dup(call->arena, target, path_len)};
    return uri_parse_path(call->arena, target, path_len, &call->path) &&
           uri_parse_params(call->arena, call->query, strlen(call->query), &call->params);
}

/* The digest by which verified tokens are remembered: taken before the world is locked. */
static void take_bearer(struct mock_call *call)
{
    const char *header = mock_call_header(call, "Authorization");

    if (header == NULL || strncasecmp(header, "Bearer ", 7) != 0) {
        return;
    }
    header += 7 + strspn(header + 7, " ");
    if (*header != '\0') {
        call->bearer = header;
        crypto_sha256(header, strlen(header), call->bearer_sha256);
    }
}

/*
 * The handler's only effect is on rows: one transaction, kept whatever the status is. One that only
 * reads needs none, because the world stands still meanwhile.
 */
static void execute(struct mock_call *call, struct mock_reply *reply, bool good_target)
{
    const struct mock_service *service = call->service;
    bool writes = call->method != HTTP_GET;

    if (writes) {
        store_run(call->db, "BEGIN", DB_NO_ARGS);
    }
    if (!good_target) {
        if (service->bad_target != NULL) {
            service->bad_target(call, reply);
        } else {
            mock_reply_text(reply, 400, "text/plain; charset=utf-8",
                            "Bad Request: malformed target");
        }
    } else if (call->route == NULL) {
        service->miss(call, reply);
    } else if (service->admit == NULL || service->admit(call, reply)) {
        call->route->handle(call, reply);
    }
    assert(reply->status != 0);
    if (writes) {
        store_run(call->db, "COMMIT", DB_NO_ARGS);
    }
}

static void respond(struct mock_call *call, struct mock_reply *reply,
                    const struct mock_fault *fault)
{
    const cJSON *header;

    reply->status = (int)fault->number;
    if (cJSON_IsString(fault->body)) {
        strbuf_add(&reply->body, cJSON_GetStringValue(fault->body));
        mock_reply_header(reply, "Content-Type", "text/plain; charset=utf-8");
    } else if (fault->body != NULL) {
        strbuf_add(&reply->body, json_text(call->arena, fault->body));
        mock_reply_header(reply, "Content-Type", "application/json; charset=utf-8");
    }
    cJSON_ArrayForEach(header, fault->headers)
    {
        mock_reply_header_set(reply, arena_strdup(call->arena, header->string),
                              arena_strdup(call->arena, cJSON_GetStringValue(header)));
    }
}

/* Headers of every answer; what a rule or handler has set already stays. */
static void decorate(struct mock_call *call, struct mock_reply *reply)
{
    char *date = arena_alloc(call->arena, ISO8601_SIZE);

    if (call->service->decorate != NULL) {
        call->service->decorate(call, reply);
    }
    iso8601_format_http(call->now_ms, date);
    mock_reply_header_set(reply, "Date", date);
}

/* Half a body is no JSON, and neither is an empty one with an opening brace. */
static void spoil(struct mock_reply *reply)
{
    size_t half = reply->body.len / 2;

    reply->body.len = half;
    strbuf_add(&reply->body, "{\"");
}

static void begin_call(struct mock_world *world, struct mock_call *call)
{
    call->world = world;
    call->db = world->db;
    call->now_ms = clock_now_ms(&world->clock);
    guid_make(&world->random, call->request_id);
}

/* One execution, its answer and its place in the journal. With the world's lock held. */
static void run_once(struct mock_world *world, struct mock_exchange *exchange,
                     const struct mock_fault *fault, bool good_target)
{
    struct mock_call *call = &exchange->call;
    struct mock_reply *reply = &exchange->reply;

    switch (fault->type) {
    case FAULT_RESPOND:
        respond(call, reply, fault);
        break;
    case FAULT_THROTTLE:
        call->service->throttle(call, reply, fault->number);
        break;
    case FAULT_DROP_BEFORE:
        exchange->sending.drop = true;
        break;
    case FAULT_NONE:
    case FAULT_DELAY:
    case FAULT_DROP_AFTER:
    case FAULT_LATE:
    case FAULT_TRUNCATE:
    case FAULT_MALFORMED_JSON:
    case FAULT_SLOW_BODY:
    case FAULT_DUPLICATE:
    case FAULT_PERSON:
        execute(call, reply, good_target);
        break;
    }
    exchange->sending.drop |= fault->type == FAULT_DROP_AFTER;
    exchange->sending.cut_at = fault->type == FAULT_TRUNCATE ? fault->number : -1;
    if (fault->type == FAULT_SLOW_BODY && !world->held_by_clock) {
        exchange->sending.slow_bytes_s = fault->number;
    }
    exchange->entry = mock_journal_begin(world->journal);
}

/* What is slow and needs no state, then the journal. Without the lock. */
static void finish(struct mock_world *world, struct mock_exchange *exchange,
                   const struct mock_fault *fault)
{
    struct mock_reply *reply = &exchange->reply;

    decorate(&exchange->call, reply);
    if (reply->finish != NULL) {
        reply->finish(reply, reply->finish_arg);
    }
    if (fault->type == FAULT_MALFORMED_JSON) {
        spoil(reply);
    }
    mock_journal_answer(world->journal, exchange->entry, &exchange->call, reply, fault->id,
                        exchange->sending.drop);
}

/* The second delivery of a duplicated request: its answer goes to nobody. */
static void run_again(struct mock_world *world, const struct mock_exchange *first,
                      const struct mock_fault *fault, bool good_target)
{
    struct mock_exchange second = {.call = first->call, .begun_us = first->begun_us};

    second.call.arena = &second.arena;
    second.call.rule_count = 0;
    begin_call(world, &second.call);
    run_once(world, &second, fault, good_target);
    pthread_mutex_unlock(&world->lock);
    finish(world, &second, fault);
    mock_served(world, &second);
    mock_exchange_finish(&second);
    mock_world_lock(world);
}

/* How long the answer waits by fault or by the service's latency. */
static int64_t wait_of(struct mock_world *world, const struct mock_exchange *exchange,
                       const struct mock_fault *fault, enum mock_service_id service)
{
    int64_t wait = world->latency_ms[service];

    if (fault->type == FAULT_LATE) {
        wait += fault->number;
    } else if (fault->type == FAULT_SLOW_BODY && world->held_by_clock) {
        /* Nobody sees single bytes under a clock that stands still: the last one counts. */
        wait += ((int64_t)exchange->reply.body.len * 1000 + fault->number - 1) / fault->number;
    }
    return exchange->sending.drop ? 0 : wait;
}

static bool serve(struct mock_world *world, struct mock_exchange *exchange, bool delayed)
{
    struct mock_call *call = &exchange->call;
    bool good_target = parse_target(call);
    struct mock_fault fault = {0};
    enum mock_service_id service;
    int64_t wait;

    take_bearer(call);
    mock_world_lock(world);
    call->world = world;
    call->db = world->db;
    service = mock_vhost(call);
    if (service == MOCK_CONTROL) {
        pthread_mutex_unlock(&world->lock);
        mock_control(world, exchange, good_target);
        return true;
    }
    begin_call(world, call);
    call->service = mock_service_of[service];
    call->method = mock_method_of(call->method_text);
    if (call->service->prepare != NULL) {
        call->service->prepare(call);
    }
    if (good_target) {
        mock_route_find(call);
    }
    if (delayed) {
        fault.id = exchange->delayed_by;
    } else {
        fault = mock_fault_take(world, call);
    }
    if (fault.type == FAULT_DELAY && !atomic_load(&world->stopping)) {
        exchange->delayed_by = fault.id;
        pthread_mutex_unlock(&world->lock);
        mock_held_add(world->held, exchange, MOCK_HELD_REQUEST, fault.number);
        return false;
    }
    if (fault.type == FAULT_PERSON) {
        control_act(call, &fault);
    }
    run_once(world, exchange, &fault, good_target);
    if (fault.type == FAULT_DUPLICATE) {
        run_again(world, exchange, &fault, good_target);
    }
    pthread_mutex_unlock(&world->lock);
    finish(world, exchange, &fault);
    wait = wait_of(world, exchange, &fault, service);
    if (wait > 0 && !delayed && !atomic_load(&world->stopping)) {
        mock_held_add(world->held, exchange, MOCK_HELD_ANSWER, wait);
        return false;
    }
    return true;
}

bool mock_serve(struct mock_world *world, struct mock_exchange *exchange)
{
    exchange->call.arena = &exchange->arena;
    exchange->begun_us = clock_steady_us();
    exchange->sending.cut_at = -1;
    return serve(world, exchange, false);
}

void mock_serve_delayed(struct mock_world *world, struct mock_exchange *exchange)
{
    (void)serve(world, exchange, true);
}

void mock_served(struct mock_world *world, struct mock_exchange *exchange)
{
    if (exchange->entry != NULL) {
        mock_journal_sent(world->journal, exchange->entry, clock_steady_us() - exchange->begun_us);
        exchange->entry = NULL;
    }
}
