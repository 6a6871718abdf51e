/*
 * Answers that wait in real time while their clients go away, and a tenant that stops meanwhile.
 * Then the switch of the published limits: where it is said and where it is seen.
 */
#include "cases.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/str.h"
#include "caller.h"
#include "client.h"

enum { CLIENTS = 12, WAIT_US = 30 * 1000 * 1000 };

/* Somebody who asks once, and may die while waiting. */
struct guest {
    struct caller caller;
    pthread_t thread;
    int status;
};

static void *visit(void *arg)
{
    struct guest *guest = arg;
    const struct calling calling = {.method = "GET", .target = "/rest/v1/leads.json"};

    guest->status = caller_ask(&guest->caller, &calling);
    return NULL;
}

static void come(struct arena *arena, struct mocktenant *mock, struct guest guests[CLIENTS])
{
    for (size_t i = 0; i < CLIENTS; i++) {
        caller_open(&guests[i].caller, tenant_key(arena, mock, "base"),
                    tenant_key(arena, mock, "ca_file"));
        assert_int_equal(pthread_create(&guests[i].thread, NULL, visit, &guests[i]), 0);
    }
}

static void join(struct guest guests[CLIENTS])
{
    for (size_t i = 0; i < CLIENTS; i++) {
        assert_int_equal(pthread_join(guests[i].thread, NULL), 0);
        caller_close(&guests[i].caller);
    }
}

/* A short pause between two looks. */
static void pause_a_little(int64_t until_us)
{
    struct pollfd nothing = {.fd = -1};

    if (clock_steady_us() > until_us) {
        fail_msg("nothing happened for %d s", WAIT_US / 1000000);
    }
    (void)poll(&nothing, 1, 2);
}

static int64_t hits(struct mocktenant *mock)
{
    AUTO(arena) arena = {0};

    return int_at(tenant_control(&arena, mock, "GET", "/_mock/faults", NULL, 200),
                  "/faults/0/hits");
}

/* Until the rule was applied to all of them, so that all wait. */
static void await_guests(struct mocktenant *mock)
{
    int64_t until_us = clock_steady_us() + WAIT_US;

    while (hits(mock) < CLIENTS) {
        pause_a_little(until_us);
    }
}

/* Journal entries of Marketo, and how many of them were sent to their end. */
static int count_entries(struct mocktenant *mock, int *ret_sent)
{
    AUTO(arena) arena = {0};
    cJSON *page = tenant_control(&arena, mock, "GET", "/_mock/journal?service=marketo", NULL, 200);
    const cJSON *entry;

    *ret_sent = 0;
    cJSON_ArrayForEach(entry, json_get(page, "entries"))
    {
        *ret_sent += cJSON_IsNumber(json_get(entry, "duration_us"));
    }
    return cJSON_GetArraySize(json_get(page, "entries"));
}

static struct mocktenant *serve(struct arena *arena, const char *action, bool plain)
{
    const struct mocktenant_options options = {.listen = "127.0.0.1:0", .plain = plain};
    struct mocktenant *mock = tenant_start(&options);

    (void)tenant_control(
        arena, mock, "POST", "/_mock/faults",
        arena_printf(arena, "{\"match\":{\"service\":\"marketo\"},\"action\":%s}", action), 201);
    return mock;
}

static const struct row {
    const char *name, *action;
    bool plain;
    int stop_status; /* what a client gets when the tenant stops while it waits */
} gone_rows[] =
    {
        {"nobody waits for a delayed request", "{\"type\":\"delay\",\"ms\":400}", false, 0},
        {"nobody waits for a delayed request, plain", "{\"type\":\"delay\",\"ms\":400}", true, 0},
        {"nobody waits for a late answer", "{\"type\":\"late\",\"ms\":400}", false, 0},
        {"nobody waits for a late answer, plain", "{\"type\":\"late\",\"ms\":400}", true, 0},
        {"nobody waits for a slow body", "{\"type\":\"slow_body\",\"bytes_per_second\":200}", false,
         0},
},
  stop_rows[] = {
      {"delayed requests at the end", "{\"type\":\"delay\",\"ms\":3600000}", false, 0},
      {"delayed requests at the end, plain", "{\"type\":\"delay\",\"ms\":3600000}", true, 0},
      {"late answers at the end", "{\"type\":\"late\",\"ms\":3600000}", false, 200},
      {"late answers at the end, plain", "{\"type\":\"late\",\"ms\":3600000}", true, 200},
      {"slow bodies at the end", "{\"type\":\"slow_body\",\"bytes_per_second\":1}", false, 200},
      {"slow bodies at the end, plain", "{\"type\":\"slow_body\",\"bytes_per_second\":1}", true,
       200},
};

/* The clients die; what they asked for is done all the same, and the world serves on. */
static void clients_go_away(void **state)
{
    const struct row *row = *state;
    const struct ask ask = {.transport = WIRE, .method = "GET", .target = "/rest/v1/leads.json"};
    AUTO(arena) arena = {0};
    struct mocktenant *mock = serve(&arena, row->action, row->plain);
    struct guest guests[CLIENTS];
    int64_t until_us = clock_steady_us() + WAIT_US;
    int gone = 0, sent = 0;

    come(&arena, mock, guests);
    await_guests(mock);
    for (size_t i = 0; i < CLIENTS; i++) {
        caller_break(&guests[i].caller);
    }
    join(guests);
    for (size_t i = 0; i < CLIENTS; i++) {
        gone += guests[i].status == 0;
    }
    assert_true(gone > 0); /* on a very slow machine some had their answer already */
    while (count_entries(mock, &sent) < CLIENTS || sent < CLIENTS) {
        pause_a_little(until_us);
    }
    assert_int_equal(count_entries(mock, &sent), CLIENTS);
    (void)tenant_control(&arena, mock, "DELETE", "/_mock/faults", NULL, 204);
    assert_int_equal(tenant_ask(&arena, mock, &ask).status, 200);
    mocktenant_stop(mock);
}

/* Nobody has to wait for an hour: answers that are ready go out, requests that waited are let go.
 */
static void a_stop_ends_all_waiting(void **state)
{
    const struct row *row = *state;
    AUTO(arena) arena = {0};
    struct mocktenant *mock = serve(&arena, row->action, row->plain);
    struct guest guests[CLIENTS];
    int64_t from_us;

    come(&arena, mock, guests);
    await_guests(mock);
    from_us = clock_steady_us();
    mocktenant_stop(mock);
    join(guests);
    assert_true(clock_steady_us() - from_us < WAIT_US);
    for (size_t i = 0; i < CLIENTS; i++) {
        assert_int_equal(guests[i].status, row->stop_status);
    }
}

static const struct limits_case {
    const char *name, *world, *option, *limits;
} limits_cases[] = {
    {"limits are on by default", NULL, NULL, "on"},
    {"the option turns them off", NULL, "off", "off"},
    {"the world turns them off", "{\"version\":1,\"extends\":\"ready\",\"limits\":\"off\"}", NULL,
     "off"},
    {"the option wins over the world", "{\"version\":1,\"extends\":\"ready\",\"limits\":\"off\"}",
     "on", "on"},
};

static const char *limits_of(struct arena *arena, struct mocktenant *mock)
{
    return text_at(tenant_control(arena, mock, "GET", "/_mock/health", NULL, 200), "/limits");
}

/* A reset and the store keep them, and the option wins over the store. */
static void limits_are_kept(void **state)
{
    const struct limits_case *c = *state;
    AUTO(arena) arena = {0};
    char *folder = arena_strdup(&arena, "/tmp/mocktenant-test-XXXXXX");
    struct mocktenant_options options = {.world = c->world, .limits = c->option};
    const char *other = strcmp(c->limits, "on") == 0 ? "off" : "on";
    struct mocktenant *mock;

    assert_non_null(mkdtemp(folder));
    options.store = arena_printf(&arena, "%s/world.db", folder);
    mock = tenant_start(&options);
    assert_string_equal(limits_of(&arena, mock), c->limits);
    (void)tenant_control(&arena, mock, "POST", "/_mock/reset", NULL, 200);
    assert_string_equal(limits_of(&arena, mock), c->limits);
    mocktenant_stop(mock);
    options.limits = NULL;
    options.world = NULL;
    mock = tenant_start(&options);
    assert_string_equal(limits_of(&arena, mock), c->limits);
    mocktenant_stop(mock);
    options.limits = other;
    mock = tenant_start(&options);
    assert_string_equal(limits_of(&arena, mock), other);
    mocktenant_stop(mock);
    unlink(options.store);
    rmdir(folder);
}

int main(void)
{
    struct CMUnitTest tests[32];
    size_t count = 0;

    curl_global_init(CURL_GLOBAL_DEFAULT);
    CASES(tests, count, gone_rows, clients_go_away);
    CASES(tests, count, stop_rows, a_stop_ends_all_waiting);
    CASES(tests, count, limits_cases, limits_are_kept);
    return cases_run("held", tests, count);
}
