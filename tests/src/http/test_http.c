/* One exchange: waits, repetitions, and what is told when, against answers from a list. */
#include "cases.h"

#include <string.h>

#include "base/str.h"
#include "http/http.h"

enum { START_MS = 1000000, TIMEOUT_MS = 30000 };

/* An answer of the list: status 0 is silence; -1 never comes. */
struct reply_row {
    int status;
    bool never_connected;
    const char *retry_after;
    const char *date; /* of the server */
};

struct exchange_case {
    const char *name;
    bool repeatable, committed;
    struct reply_row replies[6];
    bool ok;
    const char *code;          /* of the problem when not ok */
    int status;                /* of the last answer */
    unsigned sent;             /* how often it went out */
    unsigned after;            /* how often on_commit heard of an answer */
    int64_t least_ms, most_ms; /* how long it took */
};

/* clang-format off */
static const struct exchange_case cases[] = {
    {"at once", true, false, {{200}}, true, "", 200, 1, 0, 0, 0},
    {"a change", false, true, {{201}}, true, "", 201, 1, 1, 0, 0},
    {"a refusal", false, true, {{403}}, true, "", 403, 1, 1, 0, 0},
    {"503 once", true, false, {{503}, {200}}, true, "", 200, 2, 0, 0, 1000},
    {"503 with Retry-After", true, false, {{503, false, "20"}, {200}}, true, "", 200, 2, 0,
     20000, 20000},
    {"503 for good", true, false, {{503}, {503}, {503}, {503}, {503}}, false, "network", 503, 5, 0,
     0, 15000},
    {"silence for good", true, false, {{0}, {0}, {0}, {0}, {0}}, false, "network", 0, 5, 0, 0,
     15000},
    {"silence after a change", false, true, {{0}}, false, "network", 0, 1, 0, 0, 0},
    {"503 after a change", false, true, {{503}}, false, "network", 503, 1, 1, 0, 0},
    {"a change that was not sent", false, true, {{0, true}, {201}}, true, "", 201, 2, 1, 0, 1000},
    {"429 after a change", false, true, {{429, false, "7"}, {201}}, true, "", 201, 2, 1, 7000, 7000},
    {"429 for good", true, false, {{429}, {429}, {429}, {429}, {429}}, false, "waiting", 429, 5, 0,
     0, 15000},
    {"five minutes", true, false, {{429, false, "300"}, {200}}, true, "", 200, 2, 0, 300000, 300000},
    {"more than five minutes", true, false, {{429, false, "301"}}, false, "waiting", 429, 1, 0, 0, 0},
    {"a date by the server's clock", true, false,
     {{429, false, "Thu, 15 Jan 2026 09:00:40 GMT", "Thu, 15 Jan 2026 09:00:00 GMT"}, {200}}, true,
     "", 200, 2, 0, 40000, 40000},
    {"a Retry-After that is none", true, false, {{429, false, "soon"}, {200}}, true, "", 200, 2, 0,
     0, 1000},
    {"no answer in time", true, false, {{-1}, {200}}, true, "", 200, 2, 0, TIMEOUT_MS,
     TIMEOUT_MS + 1000},
    {"a change without answer in time", false, true, {{-1}}, false, "network", 0, 1, 0, TIMEOUT_MS,
     TIMEOUT_MS},
};
/* clang-format on */

/* The world of one exchange. */
struct world {
    const struct exchange_case *c;
    int64_t now_ms;
    unsigned sent, after, cancelled;
    crmsync_done *done;
    void *arg;
    struct sync_env *env;
    bool stop_on_send, die_on_answer;
    char bytes[64];
};

static uint64_t submit(void *ctx, const struct crmsync_request *request, crmsync_done *done,
                       void *arg)
{
    struct world *world = ctx;
    bool accept = false, agent = false;

    for (size_t i = 0; i < request->header_count; i++) {
        accept = accept || (str_eq(request->headers[i].name, "Accept") &&
                            str_eq(request->headers[i].value, "application/json"));
        agent = agent || str_starts(request->headers[i].value, "crmsync/");
    }
    assert_true(accept && agent);
    assert_null(world->done); /* one at a time */
    assert_int_equal(request->timeout_ms, TIMEOUT_MS);
    world->done = done;
    world->arg = arg;
    if (world->stop_on_send) {
        atomic_store(&world->env->stop, true);
    }
    return ++world->sent;
}

static void cancel(void *ctx, uint64_t id)
{
    struct world *world = ctx;

    assert_int_equal(id, world->sent);
    world->done = NULL;
    world->cancelled++;
}

static void deliver(void *ctx, int64_t until_ms)
{
    struct world *world = ctx;
    const struct reply_row *row = world->sent > 0 ? &world->c->replies[world->sent - 1] : NULL;
    struct crmsync_header headers[] = {{"RETRY-AFTER", row != NULL ? row->retry_after : NULL},
                                       {"Date", row != NULL ? row->date : NULL}};
    crmsync_done *done = world->done;
    struct crmsync_response response = {.body = "{}", .body_len = 2};

    if (done == NULL || row->status < 0) {
        world->now_ms = until_ms > world->now_ms ? until_ms : world->now_ms;
        return;
    }
    response.status = row->status;
    response.never_connected = row->never_connected;
    response.error = row->status == 0 ? "it is gone" : NULL;
    response.headers = headers;
    response.header_count = headers[0].value == NULL ? 0 : headers[1].value == NULL ? 1 : 2;
    world->done = NULL;
    done(world->arg, &response);
}

static int64_t now(void *ctx)
{
    return ((struct world *)ctx)->now_ms;
}

static void chance(void *ctx, void *bytes, size_t len)
{
    (void)ctx;
    memset(bytes, 0x5a, len);
}

static enum crmsync_verdict on_commit(void *ctx, enum crmsync_commit_phase phase)
{
    struct world *world = ctx;

    assert_int_equal(phase, CRMSYNC_COMMIT_AFTER);
    world->after++;
    return world->die_on_answer ? CRMSYNC_DIE : CRMSYNC_GO_ON;
}

static void start(struct world *world, struct sync_env *env, const struct exchange_case *c)
{
    const struct crmsync_env given = {
        .ctx = world, .now = now, .random = chance, .on_commit = on_commit};

    *world = (struct world){.c = c, .now_ms = START_MS, .env = env};
    sync_env_init(env, &given);
    env->transport = (struct crmsync_transport){world, submit, cancel, deliver, NULL};
}

static bool run(struct world *world, struct arena *arena, struct sync_reply *reply,
                struct sync_problem *problem)
{
    const struct sync_request request = {.service = "graph",
                                         .what = "trying",
                                         .method = "POST",
                                         .url = "https://graph.example/x",
                                         .content_type = "application/json",
                                         .body = "{}",
                                         .body_len = 2,
                                         .repeatable = world->c->repeatable,
                                         .committed = world->c->committed};

    return sync_http_exchange(world->env, arena, &request, reply, problem);
}

static void exchanges(void **state)
{
    const struct exchange_case *c = *state;
    AUTO(arena) arena = {0};
    struct sync_problem problem = {0};
    struct sync_reply reply;
    struct sync_env env;
    struct world world;

    start(&world, &env, c);
    assert_int_equal(run(&world, &arena, &reply, &problem), c->ok);
    assert_string_equal(problem.error.code, c->code);
    assert_int_equal(reply.status, c->status);
    assert_int_equal(world.sent, c->sent);
    assert_int_equal(world.after, c->after);
    assert_in_range(world.now_ms - START_MS, c->least_ms, c->most_ms);
    assert_null(world.done);
    assert_true(env.due_ms == INT64_MAX);
    if (!c->ok) {
        assert_string_equal(problem.error.service, "graph");
        assert_true(problem.error.fix[0] != '\0');
        assert_int_equal(problem.outcome,
                         str_eq(c->code, "waiting") ? CRMSYNC_FAILED : CRMSYNC_UNREACHABLE);
    }
    if (str_eq(c->name, "more than five minutes")) {
        assert_int_equal(problem.resume_ms, START_MS + 301000);
    }
}

static void stops_a_read_at_once(void **state)
{
    static const struct exchange_case c = {.repeatable = true, .replies = {{-1}}};
    AUTO(arena) arena = {0};
    struct sync_problem problem;
    struct sync_reply reply;
    struct sync_env env;
    struct world world;

    (void)state;
    start(&world, &env, &c);
    world.stop_on_send = true;
    assert_false(run(&world, &arena, &reply, &problem));
    assert_string_equal(problem.error.code, "stopped");
    assert_int_equal(world.cancelled, 1);
}

static void lets_a_change_end_before_it_stops(void **state)
{
    static const struct exchange_case c = {.committed = true, .replies = {{201}}};
    AUTO(arena) arena = {0};
    struct sync_problem problem;
    struct sync_reply reply;
    struct sync_env env;
    struct world world;

    (void)state;
    start(&world, &env, &c);
    world.stop_on_send = true;
    assert_true(run(&world, &arena, &reply, &problem));
    assert_int_equal(reply.status, 201);
    assert_int_equal(world.cancelled, 0);
    assert_false(run(&world, &arena, &reply, &problem)); /* but nothing more is sent */
    assert_int_equal(world.sent, 1);
    assert_true(reply.never_connected);
}

static void dies_before_it_reads(void **state)
{
    static const struct exchange_case c = {.committed = true, .replies = {{201}}};
    AUTO(arena) arena = {0};
    struct sync_problem problem;
    struct sync_reply reply;
    struct sync_env env;
    struct world world;

    (void)state;
    start(&world, &env, &c);
    world.die_on_answer = true;
    assert_false(run(&world, &arena, &reply, &problem));
    assert_int_equal(problem.outcome, CRMSYNC_DIED);
    assert_false(run(&world, &arena, &reply, &problem)); /* the dead send nothing */
    assert_int_equal(problem.outcome, CRMSYNC_DIED);
    assert_int_equal(world.sent, 1);
}

int main(void)
{
    struct CMUnitTest tests[40] = {
        cmocka_unit_test(stops_a_read_at_once),
        cmocka_unit_test(lets_a_change_end_before_it_stops),
        cmocka_unit_test(dies_before_it_reads),
    };
    size_t count = CASES_LISTED(tests);

    CASES(tests, count, cases, exchanges);
    return cases_run("http", tests, count);
}
