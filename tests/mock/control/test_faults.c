/* Every action of a fault rule, by a call and over TLS. */
#include "cases.h"
#include "client.h"

#include <string.h>

#include "base/clock.h"
#include "base/str.h"

/* In `direct` the answers wait for the virtual clock, over TLS they take real time. */
static struct mocktenant *start(enum transport transport)
{
    const struct mocktenant_options direct = {.clock = "virtual", .held_by_clock = true};
    const struct mocktenant_options wire = {.clock = "virtual", .listen = "127.0.0.1:0"};

    return tenant_start(transport == DIRECT ? &direct : &wire);
}

static struct answer ask_leads(struct arena *arena, struct mocktenant *mock,
                               enum transport transport)
{
    const struct ask ask = {transport, "GET", NULL, "/rest/v1/lists.json", {NULL}, NULL, 0};

    return tenant_ask(arena, mock, &ask);
}

static int64_t entries(struct mocktenant *mock)
{
    AUTO(arena) arena = {0};
    cJSON *page = tenant_control(&arena, mock, "GET", "/_mock/journal", NULL, 200);

    return cJSON_GetArraySize(json_get(page, "entries"));
}

static const struct action_case {
    const char *name, *action;
    bool dropped, cut;
    int status;
    const char *body; /* part of it */
    int64_t entries, wait_ms;
} action_cases[] = {
    {"respond with an object", "{\"type\":\"respond\",\"status\":503,\"body\":{\"a\":[1]}}", false,
     false, 503, "{\"a\":[1]}", 1, 0},
    {"respond with text and headers",
     "{\"type\":\"respond\",\"status\":429,\"body\":\"Too "
     "Many\",\"headers\":{\"Retry-After\":\"7\"}}",
     false, false, 429, "Too Many", 1, 0},
    {"throttle in the service's words", "{\"type\":\"throttle\",\"retry_after\":7}", false, false,
     200, "\"606\"", 1, 0},
    {"delay", "{\"type\":\"delay\",\"ms\":120}", false, false, 200, "610", 1, 120},
    {"drop before the effect", "{\"type\":\"drop_before\"}", true, false, 0, NULL, 1, 0},
    {"drop after the effect", "{\"type\":\"drop_after\"}", true, false, 0, NULL, 1, 0},
    {"late", "{\"type\":\"late\",\"ms\":120}", false, false, 200, "610", 1, 120},
    {"truncate", "{\"type\":\"truncate\",\"bytes\":9}", false, true, 200, "{\"request", 1, 0},
    {"truncate to nothing", "{\"type\":\"truncate\",\"bytes\":0}", false, true, 200, "", 1, 0},
    {"truncate beyond the end", "{\"type\":\"truncate\",\"bytes\":100000}", false, false, 200,
     "610", 1, 0},
    {"malformed JSON", "{\"type\":\"malformed_json\"}", false, false, 200, "{\"requestId\"", 1, 0},
    {"a slow body", "{\"type\":\"slow_body\",\"bytes_per_second\":500}", false, false, 200, "610",
     1, 180},
    {"duplicate", "{\"type\":\"duplicate\"}", false, false, 200, "610", 2, 0},
    {"somebody acts first",
     "{\"type\":\"person\",\"action\":\"marketo-user/create-lead\",\"with\":{\"set\":{\"email\":"
     "\"x@example.com\"}}}",
     false, false, 200, "610", 1, 0},
};

static void act(const struct action_case *c, enum transport transport)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = start(transport);
    const char *rule = arena_printf(
        &arena, "{\"match\":{\"service\":\"marketo\"},\"action\":%s,\"times\":1}", c->action);
    int64_t before_us, before_ms = mocktenant_now(mock);
    struct answer answer;
    cJSON *page;

    (void)tenant_control(&arena, mock, "POST", "/_mock/faults", rule, 201);
    before_us = clock_steady_us();
    answer = ask_leads(&arena, mock, transport);
    assert_int_equal(answer.dropped, c->dropped);
    assert_int_equal(answer.cut, c->cut);
    assert_int_equal(answer.status, c->status);
    if (c->body != NULL) {
        assert_non_null(strstr(answer.body, c->body));
    }
    if (strstr(c->action, "malformed") != NULL) {
        assert_null(answer.json);
    }
    if (transport == DIRECT) {
        assert_true(mocktenant_now(mock) - before_ms >= c->wait_ms);
    } else {
        assert_true(clock_steady_us() - before_us >= c->wait_ms * 1000);
        assert_int_equal(mocktenant_now(mock), before_ms);
    }
    assert_int_equal(entries(mock), c->entries);
    page = tenant_control(&arena, mock, "GET", "/_mock/journal", NULL, 200);
    assert_int_equal(int_at(page, "/entries/0/fault"), 1);
    assert_int_equal(cJSON_IsNull(json_pointer_get(page, "/entries/0/status")), c->dropped);
    answer = ask_leads(&arena, mock, transport);
    assert_int_equal(answer.status, 200);
    assert_string_equal(text_at(answer.json, "/errors/0/code"), "610");
    page = tenant_control(&arena, mock, "GET", "/_mock/faults", NULL, 200);
    assert_int_equal(int_at(page, "/faults/0/hits"), 1);
    assert_int_equal(int_at(page, "/faults/0/left"), 0);
    mocktenant_stop(mock);
}

static void acts_in_direct(void **state)
{
    act(*state, DIRECT);
}

static void acts_over_tls(void **state)
{
    act(*state, WIRE);
}

static const struct match_case {
    const char *name, *match;
    bool fits;
} match_cases[] = {
    {"nothing said", "{}", true},
    {"the service", "{\"service\":\"marketo\"}", true},
    {"another service", "{\"service\":\"aad\"}", false},
    {"the method", "{\"method\":\"GET\"}", true},
    {"another method", "{\"method\":\"POST\"}", false},
    {"the path", "{\"path\":\"/rest/v1/lists.json\"}", true},
    {"a star in a segment", "{\"path\":\"/rest/*/lists.*\"}", true},
    {"a star over two segments", "{\"path\":\"/rest/*.json\"}", false},
    {"the second match", "{\"nth\":2}", false},
    {"never", "{\"probability\":0}", false},
    {"always", "{\"probability\":1}", true},
    {"discovery is not Marketo", "{\"service\":\"discovery\"}", false},
};

static void matches(void **state)
{
    const struct match_case *c = *state;
    AUTO(arena) arena = {0};
    struct mocktenant *mock = start(DIRECT);

    (void)tenant_control(
        &arena, mock, "POST", "/_mock/faults",
        arena_printf(&arena, "{\"match\":%s,\"action\":{\"type\":\"drop_before\"}}", c->match),
        201);
    assert_int_equal(ask_leads(&arena, mock, DIRECT).dropped, c->fits);
    if (strstr(c->match, "nth") != NULL) {
        assert_true(ask_leads(&arena, mock, DIRECT).dropped);
        assert_false(ask_leads(&arena, mock, DIRECT).dropped);
    }
    mocktenant_stop(mock);
}

static void the_first_rule_wins(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = start(DIRECT);
    cJSON *list;

    (void)state;
    (void)tenant_control(&arena, mock, "POST", "/_mock/faults",
                         "{\"action\":{\"type\":\"respond\",\"status\":501},\"times\":1}", 201);
    (void)tenant_control(&arena, mock, "POST", "/_mock/faults",
                         "{\"action\":{\"type\":\"respond\",\"status\":502}}", 201);
    assert_int_equal(ask_leads(&arena, mock, DIRECT).status, 501);
    assert_int_equal(ask_leads(&arena, mock, DIRECT).status, 502);
    (void)tenant_control(&arena, mock, "DELETE", "/_mock/faults/2", NULL, 204);
    assert_int_equal(ask_leads(&arena, mock, DIRECT).status, 200);
    list = tenant_control(&arena, mock, "GET", "/_mock/faults", NULL, 200);
    assert_int_equal(cJSON_GetArraySize(json_get(list, "faults")), 1);
    mocktenant_stop(mock);
}

/* By a seed, so it is the same half every time. */
static void probability_follows_the_seed(void **state)
{
    char seen[2][41] = {"", ""};

    (void)state;
    for (int run = 0; run < 2; run++) {
        AUTO(arena) arena = {0};
        struct mocktenant *mock = start(DIRECT);

        (void)tenant_control(
            &arena, mock, "POST", "/_mock/faults",
            "{\"match\":{\"probability\":0.5},\"action\":{\"type\":\"drop_after\"}}", 201);
        for (int i = 0; i < 40; i++) {
            seen[run][i] = ask_leads(&arena, mock, DIRECT).dropped ? 'x' : '.';
        }
        mocktenant_stop(mock);
    }
    assert_string_equal(seen[0], seen[1]);
    assert_non_null(strchr(seen[0], 'x'));
    assert_non_null(strchr(seen[0], '.'));
}

/* With the request that was named, before it is handled, and once. */
static void somebody_acts_in_between(void **state)
{
    static const char rule[] =
        "{\"match\":{\"service\":\"marketo\",\"nth\":2},\"action\":{\"type\":\"person\","
        "\"action\":\"azure-ad/roll-signing-key\",\"with\":{\"overlap\":\"PT0S\"}}}";
    AUTO(arena) arena = {0};
    struct mocktenant *mock = start(DIRECT);
    const char *kid;
    cJSON *list;

    (void)state;
    (void)tenant_control(&arena, mock, "POST", "/_mock/faults", rule, 201);
    (void)ask_leads(&arena, mock, DIRECT);
    list = tenant_control(&arena, mock, "GET", "/_mock/faults", NULL, 200);
    assert_null(json_pointer_get(list, "/faults/0/said"));
    assert_int_equal(ask_leads(&arena, mock, DIRECT).status, 200);
    (void)ask_leads(&arena, mock, DIRECT);
    list = tenant_control(&arena, mock, "GET", "/_mock/faults", NULL, 200);
    assert_int_equal(int_at(list, "/faults/0/hits"), 1);
    kid = text_at(list, "/faults/0/said/kid");
    assert_string_not_equal(kid, text_at(list, "/faults/0/said/previous"));
    /* The next one goes on from there. */
    list =
        tenant_control(&arena, mock, "POST", "/_mock/actions/azure-ad/roll-signing-key", "{}", 200);
    assert_string_equal(text_at(list, "/previous"), kid);
    mocktenant_stop(mock);
}

/* The request is none the worse for it, and the rule says why nothing happened. */
static void what_is_refused_stands_with_the_rule(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = start(DIRECT);
    cJSON *list;

    (void)state;
    (void)tenant_control(&arena, mock, "POST", "/_mock/faults",
                         "{\"action\":{\"type\":\"person\",\"action\":"
                         "\"azure-admin/disable-application\",\"with\":{\"application\":\"x\"}}}",
                         201);
    assert_string_equal(text_at(ask_leads(&arena, mock, DIRECT).json, "/errors/0/code"), "610");
    list = tenant_control(&arena, mock, "GET", "/_mock/faults", NULL, 200);
    assert_non_null(text_at(list, "/faults/0/said/error/message"));
    mocktenant_stop(mock);
}

static const struct person_case {
    const char *name, *action, *pointer, *text;
} person_cases[] = {
    {"no action", "{\"type\":\"person\"}", "/action/action", "expected an action such as"},
    {"an unknown action", "{\"type\":\"person\",\"action\":\"azure-ad/x\"}", "/action/action",
     "GET /_mock/actions lists them"},
    {"half an action", "{\"type\":\"person\",\"action\":\"azure-ad\"}", "/action/action",
     "expected an action such as"},
    {"an unknown parameter",
     "{\"type\":\"person\",\"action\":\"azure-ad/roll-signing-key\",\"with\":{\"over\":1}}",
     "/action/with/over", "over"},
    {"a parameter of another type",
     "{\"type\":\"person\",\"action\":\"azure-ad/roll-signing-key\",\"with\":{\"overlap\":1}}",
     "/action/with/overlap", "expected a string"},
    {"parameters that are none",
     "{\"type\":\"person\",\"action\":\"azure-ad/roll-signing-key\",\"with\":[1]}", "/action/with",
     "expected an object, found an array"},
    {"a password, which a rule would keep",
     "{\"type\":\"person\",\"action\":\"azure-admin/reset-password\",\"with\":{\"user\":\"x\","
     "\"password\":\"y\"}}",
     "/action/with/password", "a rule keeps no password"},
    {"a member of another type of rule",
     "{\"type\":\"person\",\"action\":\"azure-ad/roll-signing-key\",\"ms\":1}", "/action/ms",
     "unknown member"},
};

static void refuses_persons(void **state)
{
    const struct person_case *c = *state;
    AUTO(arena) arena = {0};
    struct mocktenant *mock = start(DIRECT);
    cJSON *body = tenant_control(&arena, mock, "POST", "/_mock/faults",
                                 arena_printf(&arena, "{\"action\":%s}", c->action), 400);

    assert_string_equal(text_at(body, "/error/pointer"), c->pointer);
    if (strstr(text_at(body, "/error/message"), c->text) == NULL) {
        fail_msg("no \"%s\" in: %s", c->text, text_at(body, "/error/message"));
    }
    mocktenant_stop(mock);
}

struct told {
    int count;
};

static void tell(void *arg, const struct mocktenant_response *response)
{
    (void)response;
    ((struct told *)arg)->count++;
}

static void a_cancelled_request_still_has_its_effect(void **state)
{
    const struct mocktenant_request request = {.method = "GET", .target = "/rest/v1/lists.json"};
    AUTO(arena) arena = {0};
    struct mocktenant *mock = start(DIRECT);
    struct told told = {0};
    int64_t due = 0;
    size_t held = 9;
    uint64_t id;

    (void)state;
    (void)tenant_control(&arena, mock, "POST", "/_mock/faults",
                         "{\"action\":{\"type\":\"delay\",\"ms\":500}}", 201);
    id = mocktenant_submit(mock, &request, tell, &told);
    assert_true(mocktenant_next_due(mock, &due, &held));
    assert_int_equal(held, 1);
    assert_int_equal(due, mocktenant_now(mock) + 500);
    mocktenant_cancel(mock, id);
    assert_false(mocktenant_next_due(mock, &due, &held));
    assert_int_equal(held, 0);
    assert_int_equal(entries(mock), 0);
    (void)tenant_control(&arena, mock, "PUT", "/_mock/clock", "{\"advance\":\"PT1S\"}", 200);
    assert_int_equal(told.count, 0);
    assert_int_equal(entries(mock), 1);
    mocktenant_stop(mock);
}

static void held_answers_go_when_the_world_is_reset(void **state)
{
    const struct mocktenant_request request = {.method = "GET", .target = "/rest/v1/lists.json"};
    AUTO(arena) arena = {0};
    struct mocktenant *mock = start(DIRECT);
    struct told told = {0};

    (void)state;
    (void)tenant_control(&arena, mock, "POST", "/_mock/faults",
                         "{\"action\":{\"type\":\"late\",\"ms\":500}}", 201);
    (void)mocktenant_submit(mock, &request, tell, &told);
    (void)mocktenant_submit(mock, &request, tell, &told);
    assert_int_equal(told.count, 0);
    (void)tenant_control(&arena, mock, "POST", "/_mock/reset", NULL, 200);
    assert_int_equal(told.count, 2);
    mocktenant_stop(mock);
}

int main(void)
{
    struct CMUnitTest tests[64] = {
        cmocka_unit_test(the_first_rule_wins),
        cmocka_unit_test(probability_follows_the_seed),
        cmocka_unit_test(a_cancelled_request_still_has_its_effect),
        cmocka_unit_test(held_answers_go_when_the_world_is_reset),
        cmocka_unit_test(somebody_acts_in_between),
        cmocka_unit_test(what_is_refused_stands_with_the_rule),
    };
    size_t count = CASES_LISTED(tests);

    CASES(tests, count, action_cases, acts_in_direct);
    CASES(tests, count, action_cases, acts_over_tls);
    CASES(tests, count, match_cases, matches);
    CASES(tests, count, person_cases, refuses_persons);
    return cases_run("faults", tests, count);
}
