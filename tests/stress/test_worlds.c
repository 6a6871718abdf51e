/*
 * Worlds made, removed, rewound and stopped while requests run and answers wait. What is asserted
 * is little: nobody is left without an end, nobody gets a wrong answer; the sanitizers say the
 * rest.
 */
#include "cases.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "caller.h"
#include "client.h"

enum { THREADS = 8 };

/* What a thread has to do with a tenant. */
struct task {
    const char *base, *ca_file, *token;
    pthread_barrier_t *gate;
    atomic_bool *end;
    atomic_int *answered; /* by all */
    int count;
    const char *other; /* the world to remove */
    int status;
    char why[400];
};

static struct mocktenant *serve(const char *clock, bool plain)
{
    const struct mocktenant_options options = {
        .limits = "off", .listen = "127.0.0.1:0", .plain = plain, .clock = clock};

    return tenant_start(&options);
}

static void complain(struct task *task, const char *what, int status, const char *text)
{
    if (task->why[0] == '\0') {
        (void)snprintf(task->why, sizeof task->why, "%s: HTTP %d: %.300s", what, status, text);
    }
}

static void run_all(struct task *tasks, size_t count, void *(*run)(void *arg))
{
    pthread_t threads[2 * THREADS];

    for (size_t i = 0; i < count; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, run, &tasks[i]), 0);
    }
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    for (size_t i = 0; i < count; i++) {
        if (tasks[i].why[0] != '\0') {
            fail_msg("thread %zu: %s", i, tasks[i].why);
        }
    }
}

static cJSON *body_of(struct arena *arena, const struct caller *caller)
{
    cJSON *root = NULL;
    struct err err;

    return json_parse(arena, strbuf_text(&caller->body), caller->body.len, JSON_PLAIN, &root, &err)
               ? root
               : NULL;
}

static const char discovery[] = "/common/discovery/instance?api-version=1.1&authorization_endpoint="
                                "https%3A%2F%2Flogin.microsoftonline.com%2Fcommon%2Foauth2%2F"
                                "v2.0%2Fauthorize";

/* One world: made, asked, removed, gone. */
static bool live_and_die(struct task *task, struct caller *caller, int number)
{
    AUTO(arena) arena = {0};
    bool plain = number % 2 == 0;
    const struct calling make = {.method = "POST",
                                 .target = "/_mock/worlds",
                                 .type = "application/json",
                                 .body = arena_printf(&arena,
                                                      "{\"seed\":%d,\"plain\":%s,\"clock\":"
                                                      "\"virtual\"}",
                                                      number + 1, plain ? "true" : "false")};
    const struct calling ask = {.method = "GET", .target = discovery};
    struct calling remove = {.method = "DELETE"};
    struct caller inside;
    const cJSON *info;
    int status = caller_ask(caller, &make);
    bool gone;

    info = status == 201 ? body_of(&arena, caller) : NULL;
    if (json_get_text(info, "base") == NULL || json_get_int(info, "seed", 0) != number + 1) {
        complain(task, "a new world", status, strbuf_text(&caller->body));
        return false;
    }
    caller_open(&inside, json_get_text(info, "base"), task->ca_file);
    status = caller_ask(&inside, &ask);
    if (status != 200) {
        complain(task, "in the new world", status, strbuf_text(&inside.body));
    }
    remove.target = arena_printf(&arena, "/_mock/worlds/%s", json_get_text(info, "id"));
    status = caller_ask(caller, &remove);
    if (status != 204) {
        complain(task, "removing it", status, strbuf_text(&caller->body));
    }
    gone = caller_ask(&inside, &ask) == 0;
    if (!gone) {
        complain(task, "a removed world answers", 0, strbuf_text(&inside.body));
    }
    caller_close(&inside);
    return gone && status == 204;
}

static void *make_worlds(void *arg)
{
    struct task *task = arg;
    const struct calling list = {.method = "GET", .target = "/_mock/worlds"};
    struct caller caller;
    bool good = true;

    caller_open(&caller, task->base, task->ca_file);
    for (int i = 0; i < task->count && good; i++) {
        good = live_and_die(task, &caller, i);
        if (caller_ask(&caller, &list) != 200) {
            complain(task, "the list", 0, strbuf_text(&caller.body));
        }
    }
    caller_close(&caller);
    return NULL;
}

static void several_threads_make_and_remove(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = serve("virtual", false);
    struct task tasks[THREADS] = {0};
    cJSON *list;

    (void)state;
    for (size_t i = 0; i < THREADS; i++) {
        tasks[i] = (struct task){.base = tenant_key(&arena, mock, "base"),
                                 .ca_file = tenant_key(&arena, mock, "ca_file"),
                                 .count = 6};
    }
    run_all(tasks, THREADS, make_worlds);
    list = tenant_control(&arena, mock, "GET", "/_mock/worlds", NULL, 200);
    assert_int_equal(cJSON_GetArraySize(json_get(list, "worlds")), 1);
    mocktenant_stop(mock);
}

static void *remove_the_other(void *arg)
{
    struct task *task = arg;
    const struct calling remove = {.method = "DELETE", .target = task->other};
    const struct calling ask = {.method = "GET", .target = "/_mock/clock"};
    struct caller caller;

    caller_open(&caller, task->base, task->ca_file);
    (void)caller_ask(&caller, &ask); /* so that the connection is there */
    (void)pthread_barrier_wait(task->gate);
    task->status = caller_ask(&caller, &remove);
    caller_close(&caller);
    return NULL;
}

/* Whoever comes second finds its own world closed; both may win, and nobody waits for ever. */
static void two_worlds_remove_each_other(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = serve("virtual", false);

    (void)state;
    for (int round = 0; round < 8; round++) {
        struct task tasks[2] = {0};
        pthread_barrier_t gate;
        int64_t from_us;

        assert_int_equal(pthread_barrier_init(&gate, NULL, 2), 0);
        for (size_t i = 0; i < 2; i++) {
            cJSON *info = tenant_control(&arena, mock, "POST", "/_mock/worlds", "{}", 201);

            tasks[i].gate = &gate;
            tasks[i].base = json_get_text(info, "base");
            tasks[i].ca_file = json_get_text(info, "ca_file");
            tasks[1 - i].other =
                arena_printf(&arena, "/_mock/worlds/%s", json_get_text(info, "id"));
        }
        from_us = clock_steady_us();
        run_all(tasks, 2, remove_the_other);
        assert_true(clock_steady_us() - from_us < 3000000);
        assert_true(tasks[0].status == 204 || tasks[1].status == 204);
        for (size_t i = 0; i < 2; i++) {
            int status = mocktenant_control(mock, "DELETE", tasks[i].other, NULL, NULL);

            assert_true(status == 404 || (status == 204 && tasks[i].status != 204));
        }
        pthread_barrier_destroy(&gate);
    }
    mocktenant_stop(mock);
}

/* Every answer is whole and right, or the connection was closed. */
static void *ask_until_the_end(void *arg)
{
    struct task *task = arg;
    const struct calling read = {.method = "GET",
                                 .host = "graph.microsoft.com",
                                 .target = "/v1.0/applications?$top=2",
                                 .token = task->token};
    const struct calling write = {.method = "POST",
                                  .host = "graph.microsoft.com",
                                  .target = "/v1.0/applications",
                                  .type = "application/json",
                                  .token = task->token,
                                  .body = "{\"displayName\":\"Restless\"}"};
    struct caller caller;

    caller_open(&caller, task->base, task->ca_file);
    while (!atomic_load(task->end)) {
        int wanted = task->count++ % 4 == 0 ? 201 : 200;
        int status = caller_ask(&caller, wanted == 201 ? &write : &read);

        atomic_fetch_add(task->answered, status == wanted);
        if (status != wanted && status != 0) {
            complain(task, "a request", status, strbuf_text(&caller.body));
        }
    }
    caller_close(&caller);
    return NULL;
}

static const char *admin_token(struct arena *arena, struct mocktenant *mock)
{
    const struct ask ask = {
        .transport = WIRE,
        .method = "POST",
        .target =
            arena_printf(arena, "/%s/oauth2/v2.0/token", tenant_key(arena, mock, "tenant_id")),
        .headers = {"Content-Type: application/x-www-form-urlencoded"},
        .body = arena_printf(arena,
                             "grant_type=client_credentials&client_id=%s&client_secret=%s&scope="
                             "https%%3A%%2F%%2Fgraph.microsoft.com%%2F.default",
                             tenant_key(arena, mock, "admin_client_id"),
                             tenant_key(arena, mock, "admin_client_secret"))};
    struct answer answer = tenant_ask(arena, mock, &ask);

    assert_int_equal(answer.status, 200);
    return json_get_text(answer.json, "access_token");
}

/* Requests that wait, answers that wait, and bodies that come slowly, mixed by chance. */
static void disturb(struct mocktenant *mock)
{
    static const char *const rules[] = {
        "{\"match\":{\"service\":\"graph\",\"probability\":0.2},"
        "\"action\":{\"type\":\"delay\",\"ms\":3}}",
        "{\"match\":{\"service\":\"graph\",\"probability\":0.2},"
        "\"action\":{\"type\":\"late\",\"ms\":3}}",
        "{\"match\":{\"service\":\"graph\",\"probability\":0.1},"
        "\"action\":{\"type\":\"slow_body\",\"bytes_per_second\":200000}}",
        "{\"match\":{\"service\":\"graph\",\"method\":\"GET\",\"probability\":0.1},"
        "\"action\":{\"type\":\"duplicate\"}}",
    };

    for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
        (void)mocktenant_control(mock, "POST", "/_mock/faults", rules[i], NULL);
    }
}

static void begin(struct arena *arena, struct mocktenant *mock, atomic_bool *end,
                  atomic_int *answered, struct task tasks[THREADS], pthread_t threads[THREADS])
{
    const char *token = admin_token(arena, mock);

    disturb(mock);
    for (size_t i = 0; i < THREADS; i++) {
        tasks[i] = (struct task){.base = tenant_key(arena, mock, "base"),
                                 .ca_file = tenant_key(arena, mock, "ca_file"),
                                 .token = token,
                                 .end = end,
                                 .answered = answered};
        assert_int_equal(pthread_create(&threads[i], NULL, ask_until_the_end, &tasks[i]), 0);
    }
}

static int64_t entries_after(struct mocktenant *mock, int64_t since, bool *ret_ascending)
{
    AUTO(arena) arena = {0};
    const char *path = arena_printf(&arena, "/_mock/journal?since=%lld", (long long)since);
    cJSON *page = tenant_control(&arena, mock, "GET", path, NULL, 200);
    const cJSON *entry;
    int64_t last = since;

    cJSON_ArrayForEach(entry, json_get(page, "entries"))
    {
        int64_t seq = json_get_int(entry, "seq", 0);

        *ret_ascending &= seq > last;
        last = seq;
    }
    return cJSON_GetArraySize(json_get(page, "entries"));
}

static const struct row {
    const char *name;
    bool plain;
} rewind_rows[] = {{"rewound under load, over TLS", false},
                   {"rewound under load, over plain HTTP", true}},
  stop_rows[] = {{"stopped under load, over TLS", false},
                 {"stopped under load, over plain HTTP", true}};

/* The world goes back and forth under its clients; their tokens stay good. */
static void rewinds_under_load(void **state)
{
    static const char *const calls[][2] = {
        {"POST", "/_mock/snapshots"}, {"POST", "/_mock/snapshots/1/restore"},
        {"POST", "/_mock/reset"},     {"GET", "/_mock/state/graph/applications"},
        {"DELETE", "/_mock/journal"}, {"POST", "/_mock/snapshots/1/restore"},
    };
    const struct row *row = *state;
    AUTO(arena) arena = {0};
    struct mocktenant *mock = serve("real", row->plain);
    struct task tasks[THREADS];
    pthread_t threads[THREADS];
    atomic_bool end = false;
    bool ascending = true;
    atomic_int answered = 0;

    begin(&arena, mock, &end, &answered, tasks, threads);
    for (size_t i = 0; i < 120 || atomic_load(&answered) < 400; i++) {
        const char *const *call = calls[i % ARRAY_LEN(calls)];
        int status = mocktenant_control(mock, call[0], call[1], NULL, NULL);

        assert_true(status >= 200 && status < 300);
        (void)entries_after(mock, 0, &ascending);
        if (i % 6 == 2) {
            disturb(mock);
        }
    }
    atomic_store(&end, true);
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_string_equal(tasks[i].why, "");
    }
    assert_true(ascending);
    (void)tenant_control(&arena, mock, "POST", "/_mock/reset", NULL, 200);
    assert_int_equal(entries_after(mock, 0, &ascending), 0);
    mocktenant_stop(mock);
}

static void *make_until_the_end(void *arg)
{
    struct task *task = arg;
    const struct calling make = {.method = "POST",
                                 .target = "/_mock/worlds",
                                 .type = "application/json",
                                 .body = "{\"plain\":true}"};
    struct caller caller;
    int status = 201;

    caller_open(&caller, task->base, task->ca_file);
    while (status == 201) {
        AUTO(arena) arena = {0};
        struct calling remove = {.method = "DELETE"};

        status = caller_ask(&caller, &make);
        remove.target =
            arena_printf(&arena, "/_mock/worlds/%s",
                         status == 201 ? json_get_text(body_of(&arena, &caller), "id") : "none");
        if (status == 201 && task->count++ % 2 == 0) {
            (void)caller_ask(&caller, &remove);
        }
    }
    if (status != 0 && status != 409) {
        complain(task, "a new world", status, strbuf_text(&caller.body));
    }
    caller_close(&caller);
    return NULL;
}

/* Requests, held answers and new worlds are under way when the tenant stops. */
static void stops_under_load(void **state)
{
    const struct row *row = *state;

    for (int round = 0; round < 4; round++) {
        AUTO(arena) arena = {0};
        struct mocktenant *mock = serve("real", row->plain);
        struct task tasks[THREADS], maker = {0};
        pthread_t threads[THREADS], making;
        atomic_bool end = false;
        atomic_int answered = 0;
        bool ascending = true;

        begin(&arena, mock, &end, &answered, tasks, threads);
        maker.base = tasks[0].base;
        maker.ca_file = tasks[0].ca_file;
        assert_int_equal(pthread_create(&making, NULL, make_until_the_end, &maker), 0);
        while (entries_after(mock, 0, &ascending) < 40 + 20 * round) {
        }
        mocktenant_stop(mock);
        assert_int_equal(pthread_join(making, NULL), 0);
        atomic_store(&end, true);
        assert_string_equal(maker.why, "");
        for (size_t i = 0; i < THREADS; i++) {
            assert_int_equal(pthread_join(threads[i], NULL), 0);
            assert_string_equal(tasks[i].why, "");
        }
    }
}

enum { SUBMITTERS = 4, SUBMITTED = 300 };

/* Requests by calls, from a thread. */
struct submitter {
    struct mocktenant *mock;
    atomic_int *left; /* threads that still submit */
    atomic_int told[SUBMITTED];
};

static void tell(void *arg, const struct mocktenant_response *response)
{
    atomic_fetch_add((atomic_int *)arg, response->dropped || response->status == 200 ? 1 : 100);
}

static bool is_cancelled(int number)
{
    return number % 7 == 0;
}

static void *submit(void *arg)
{
    const struct mocktenant_request request = {.method = "GET", .target = "/rest/v1/leads.json"};
    struct submitter *submitter = arg;

    for (int i = 0; i < SUBMITTED; i++) {
        uint64_t id = mocktenant_submit(submitter->mock, &request, tell, &submitter->told[i]);

        if (is_cancelled(i)) {
            mocktenant_cancel(submitter->mock, id);
        }
    }
    atomic_fetch_sub(submitter->left, 1);
    return NULL;
}

/* The clock moves and the world is reset on another thread: every request is told once. */
static void several_threads_by_calls(void **state)
{
    static const char *const rules[] = {
        "{\"match\":{\"probability\":0.3},\"action\":{\"type\":\"delay\",\"ms\":7}}",
        "{\"match\":{\"probability\":0.3},\"action\":{\"type\":\"late\",\"ms\":5}}"};
    const struct mocktenant_options options = {.clock = "virtual", .held_by_clock = true};
    struct mocktenant *mock = tenant_start(&options);
    struct submitter *submitters = mem_alloc(SUBMITTERS * sizeof *submitters);
    atomic_int left = SUBMITTERS;
    pthread_t threads[SUBMITTERS];
    int64_t due;

    (void)state;
    for (size_t i = 0; i < SUBMITTERS; i++) {
        submitters[i].mock = mock;
        submitters[i].left = &left;
        assert_int_equal(pthread_create(&threads[i], NULL, submit, &submitters[i]), 0);
    }
    for (int round = 0; atomic_load(&left) > 0 || mocktenant_next_due(mock, &due, NULL); round++) {
        if (round % 50 == 0) {
            assert_int_equal(mocktenant_control(mock, "POST", "/_mock/reset", NULL, NULL), 200);
            for (size_t i = 0; i < ARRAY_LEN(rules) && atomic_load(&left) > 0; i++) {
                (void)mocktenant_control(mock, "POST", "/_mock/faults", rules[i], NULL);
            }
        }
        assert_int_equal(
            mocktenant_control(mock, "PUT", "/_mock/clock", "{\"advance\":\"PT0.003S\"}", NULL),
            200);
    }
    for (size_t i = 0; i < SUBMITTERS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        for (int k = 0; k < SUBMITTED; k++) {
            int told = atomic_load(&submitters[i].told[k]);

            assert_true(told == 1 || (told == 0 && is_cancelled(k)));
        }
    }
    mem_free(submitters);
    mocktenant_stop(mock);
}

int main(void)
{
    struct CMUnitTest tests[8] = {
        cmocka_unit_test(several_threads_make_and_remove),
        cmocka_unit_test(two_worlds_remove_each_other),
        cmocka_unit_test(several_threads_by_calls),
    };
    size_t count = CASES_LISTED(tests);

    curl_global_init(CURL_GLOBAL_DEFAULT);
    CASES(tests, count, rewind_rows, rewinds_under_load);
    CASES(tests, count, stop_rows, stops_under_load);
    return cases_run("worlds", tests, count);
}
