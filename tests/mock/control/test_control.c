/* Every control call, by a call and over TLS. */
#include "cases.h"
#include "client.h"

#include <string.h>

#include "base/str.h"

static const struct mocktenant_options options = {
    .world = "ready", .listen = "127.0.0.1:0", .clock = "virtual"};

static int start(void **state)
{
    *state = tenant_start(&options);
    return 0;
}

static int stop(void **state)
{
    mocktenant_stop(*state);
    return 0;
}

/* A request that some service answers, so that the journal has something. */
static void visit(struct mocktenant *mock, const char *path)
{
    AUTO(arena) arena = {0};
    const struct ask ask = {DIRECT, "GET", NULL, path, {NULL}, NULL, 0};

    (void)tenant_ask(&arena, mock, &ask);
}

static const struct control_case {
    const char *name, *method, *path, *body;
    int status;
    const char *pointer, *text; /* what stands where in the answer */
} control_cases[] = {
    {"health", "GET", "/_mock/health", NULL, 200, "/status", "ok"},
    {"the clock", "GET", "/_mock/clock", NULL, 200, "/mode", "virtual"},
    {"the clock is moved", "PUT", "/_mock/clock", "{\"advance\":\"PT15M\"}", 200, "/mode",
     "virtual"},
    {"the clock is set", "PUT", "/_mock/clock", "{\"now\":\"2036-01-15T09:00:00Z\"}", 200, "/now",
     "2036-01-15T09:00:00.000Z"},
    {"the clock goes not backwards", "PUT", "/_mock/clock", "{\"now\":\"2001-01-01T00:00:00Z\"}",
     400, "/error/pointer", "/now"},
    {"a duration that is none", "PUT", "/_mock/clock", "{\"advance\":\"15M\"}", 400,
     "/error/pointer", "/advance"},
    {"both ways at once", "PUT", "/_mock/clock", "{\"advance\":\"PT1S\",\"now\":\"x\"}", 400,
     "/error/pointer", ""},
    {"an unknown member", "PUT", "/_mock/clock", "{\"advanc\":\"PT1S\"}", 400, "/error/pointer",
     "/advanc"},
    {"a body that is no JSON", "PUT", "/_mock/clock", "{\"advance\":", 400, "/error/message",
     "line 1, column 12: expected a value, found the end of the text"},
    {"a body that is no object", "PUT", "/_mock/clock", "[]", 400, "/error/code", "bad_request"},
    {"no faults", "GET", "/_mock/faults", NULL, 200, "/faults/0/id", ""},
    {"a fault rule", "POST", "/_mock/faults", "{\"action\":{\"type\":\"drop_before\"},\"times\":1}",
     201, "/action/type", "drop_before"},
    {"an action that is none", "POST", "/_mock/faults", "{\"action\":{\"type\":\"dropafter\"}}",
     400, "/error/pointer", "/action/type"},
    {"an action without its number", "POST", "/_mock/faults", "{\"action\":{\"type\":\"delay\"}}",
     400, "/error/pointer", "/action/ms"},
    {"a member of another action", "POST", "/_mock/faults",
     "{\"action\":{\"type\":\"delay\",\"ms\":1,\"status\":1}}", 400, "/error/pointer",
     "/action/status"},
    {"a status out of bounds", "POST", "/_mock/faults",
     "{\"action\":{\"type\":\"respond\",\"status\":99}}", 400, "/error/pointer", "/action/status"},
    {"a header with a line feed", "POST", "/_mock/faults",
     "{\"action\":{\"type\":\"respond\",\"status\":200,\"headers\":{\"A\":\"b\\nC: d\"}}}", 400,
     "/error/pointer", "/action/headers"},
    {"a service that is none", "POST", "/_mock/faults",
     "{\"match\":{\"service\":\"grph\"},\"action\":{\"type\":\"drop_before\"}}", 400,
     "/error/pointer", "/match/service"},
    {"a route that is none", "POST", "/_mock/faults",
     "{\"match\":{\"route\":\"/nope\"},\"action\":{\"type\":\"drop_before\"}}", 400,
     "/error/pointer", "/match/route"},
    {"a probability beyond 1", "POST", "/_mock/faults",
     "{\"match\":{\"probability\":2},\"action\":{\"type\":\"drop_before\"}}", 400, "/error/pointer",
     "/match/probability"},
    {"nth counts from 1", "POST", "/_mock/faults",
     "{\"match\":{\"nth\":0},\"action\":{\"type\":\"drop_before\"}}", 400, "/error/pointer",
     "/match/nth"},
    {"no rule of that id", "DELETE", "/_mock/faults/99", NULL, 404, "/error/code", "not_found"},
    {"an id that is no number", "DELETE", "/_mock/faults/x", NULL, 404, "/error/code", "not_found"},
    {"all rules go", "DELETE", "/_mock/faults", NULL, 204, NULL, NULL},
    {"the journal", "GET", "/_mock/journal", NULL, 200, "/entries/0/service", "entra"},
    {"a page of the journal", "GET", "/_mock/journal?since=0&limit=1&service=aad", NULL, 200,
     "/entries/0/method", "GET"},
    {"a limit of nothing", "GET", "/_mock/journal?limit=0", NULL, 400, "/error/code",
     "bad_request"},
    {"a parameter that is none", "GET", "/_mock/journal?sinc=0", NULL, 400, "/error/message",
     "unknown parameter \"sinc\", did you mean \"since\"?"},
    {"a parameter twice", "GET", "/_mock/journal?since=0&since=1", NULL, 400, "/error/message",
     "the parameter \"since\" stands twice"},
    {"a service of the journal that is none", "GET", "/_mock/journal?service=x", NULL, 400,
     "/error/code", "bad_request"},
    {"verify finds", "POST", "/_mock/journal/verify", "{\"match\":{\"service\":\"entra\"}}", 200,
     "/nearest/0/path", ""},
    {"verify says what comes near", "POST", "/_mock/journal/verify",
     "{\"match\":{\"service\":\"entra\",\"status\":299}}", 200, "/nearest/0/path",
     "/nobody/nowhere"},
    {"a count that is none", "POST", "/_mock/journal/verify", "{\"count\":-1}", 400,
     "/error/pointer", "/count"},
    {"a method in small letters", "POST", "/_mock/journal/verify",
     "{\"match\":{\"method\":\"get\"}}", 400, "/error/pointer", "/match/method"},
    {"a match that is none", "POST", "/_mock/journal/verify", "{\"match\":{\"pth\":\"/\"}}", 400,
     "/error/pointer", "/match/pth"},
    {"a path that does not begin like one", "POST", "/_mock/journal/verify",
     "{\"match\":{\"path\":\"nobody\"}}", 400, "/error/pointer", "/match/path"},
    {"a route of the journal that is none", "POST", "/_mock/journal/verify",
     "{\"match\":{\"route\":\"/nope\"}}", 400, "/error/pointer", "/match/route"},
    {"the journal is emptied", "DELETE", "/_mock/journal", NULL, 204, NULL, NULL},
    {"no snapshots", "GET", "/_mock/snapshots", NULL, 200, "/snapshots/0/id", ""},
    {"a snapshot", "POST", "/_mock/snapshots", NULL, 201, "/id", "1"},
    {"no snapshot of that id", "POST", "/_mock/snapshots/7/restore", NULL, 404, "/error/code",
     "not_found"},
    {"the start is no snapshot", "POST", "/_mock/snapshots/0/restore", NULL, 404, "/error/code",
     "not_found"},
    {"no snapshot to forget", "DELETE", "/_mock/snapshots/7", NULL, 404, "/error/code",
     "not_found"},
    {"reset", "POST", "/_mock/reset", NULL, 200, "/mode", "virtual"},
    {"the tables", "GET", "/_mock/state", NULL, 200, "/tables/0", "graph/applications"},
    {"a table", "GET", "/_mock/state/graph/applications?limit=1", NULL, 200, "/rows/0/id", NULL},
    {"no such table", "GET", "/_mock/state/graph/nope", NULL, 404, "/error/code", "not_found"},
    {"no such service", "GET", "/_mock/state/nope/applications", NULL, 404, "/error/code",
     "not_found"},
    {"the actions", "GET", "/_mock/actions", NULL, 200, "/actions/0/actor", "azure-admin"},
    {"no such action", "POST", "/_mock/actions/azure-admin/nope", "{}", 404, "/error/code",
     "not_found"},
    {"an action without its parameter", "POST", "/_mock/actions/azure-admin/disable-application",
     "{}", 400, "/error/pointer", "/application"},
    {"an action that the world refuses", "POST", "/_mock/actions/azure-admin/disable-application",
     "{\"application\":\"nobody\"}", 409, "/error/pointer", NULL},
    {"the worlds", "GET", "/_mock/worlds", NULL, 200, "/worlds/0/id", "world-1"},
    {"a world that is none", "POST", "/_mock/worlds", "{\"world\":\"nope\"}", 400, "/error/code",
     "bad_world"},
    {"a world by a path", "POST", "/_mock/worlds", "{\"world\":\"../x.json\"}", 400,
     "/error/pointer", "/world"},
    {"a world of the wrong type", "POST", "/_mock/worlds", "{\"world\":7}", 400, "/error/pointer",
     "/world"},
    {"a clock that is none", "POST", "/_mock/worlds", "{\"clock\":\"never\"}", 400, "/error/code",
     "bad_world"},
    {"limits that are none", "POST", "/_mock/worlds", "{\"limits\":\"maybe\"}", 400,
     "/error/pointer", "/limits"},
    {"the first world stays", "DELETE", "/_mock/worlds/world-1", NULL, 409, "/error/code",
     "first_world"},
    {"no such world", "DELETE", "/_mock/worlds/world-9", NULL, 404, "/error/code", "not_found"},
    {"the CA", "GET", "/_mock/ca.pem", NULL, 200, NULL, NULL},
    {"the console", "GET", "/_mock/", NULL, 200, NULL, NULL},
    {"a broken escape in the path", "DELETE", "/_mock/faults/%zz", NULL, 400, "/error/code",
     "bad_request"},
    {"a broken escape in the query", "GET", "/_mock/journal?since=%zz", NULL, 400, "/error/code",
     "bad_request"},
    {"a parameter where none is taken", "POST", "/_mock/reset?x=1", NULL, 400, "/error/message",
     "unknown parameter \"x\""},
    {"a body where none is taken", "POST", "/_mock/reset", "{\"world\":1}", 400, "/error/pointer",
     "/world"},
    {"a restore with a body", "POST", "/_mock/snapshots/1/restore", "[]", 400, "/error/code",
     "bad_request"},
    {"a clock behind the last year", "PUT", "/_mock/clock", "{\"advance\":\"P9000Y\"}", 400,
     "/error/pointer", "/advance"},
    {"weeks that a date cannot name", "PUT", "/_mock/clock", "{\"advance\":\"P999999999W\"}", 400,
     "/error/pointer", "/advance"},
    {"a world by a file's name", "POST", "/_mock/worlds", "{\"world\":\"x.json\"}", 400,
     "/error/pointer", "/world"},
    {"a world that extends a file", "POST", "/_mock/worlds",
     "{\"world\":{\"version\":1,\"extends\":\"/etc/passwd\"}}", 400, "/error/pointer",
     "/world/extends"},
    {"a host with other names in it", "POST", "/_mock/worlds",
     "{\"world\":{\"version\":1,\"extends\":\"ready\",\"organizations\":[{\"host\":"
     "\"x,URI:y.crm.dynamics.com\",\"name\":\"X\"}]}}",
     400, "/error/code", "bad_world"},
    {"no such call", "GET", "/_mock/nope", NULL, 404, "/error/code", "not_found"},
    {"another method", "PATCH", "/_mock/clock", "{}", 405, "/error/code", "method_not_allowed"},
};

static void answers(struct mocktenant *mock, const struct control_case *c, enum transport transport)
{
    AUTO(arena) arena = {0};
    const struct ask ask = {transport, c->method, NULL, c->path, {NULL}, c->body, 0};
    struct answer answer;

    answer = tenant_ask(&arena, mock, &ask);
    if (answer.status != c->status) {
        fail_msg("HTTP %d, expected %d: %s", answer.status, c->status, answer.body);
    }
    assert_non_null(strstr(answer.headers, "date: "));
    if (c->text != NULL) {
        assert_string_equal(text_at(answer.json, c->pointer), c->text);
    }
    if (c->status >= 400) {
        assert_true(*text_at(answer.json, "/error/code") != '\0');
        assert_true(*text_at(answer.json, "/error/message") != '\0');
        assert_non_null(json_pointer_get(answer.json, "/error/pointer"));
    }
}

static void in_both_transports(void **state)
{
    const struct control_case *c = *state;

    for (int transport = DIRECT; transport <= WIRE; transport++) {
        struct mocktenant *mock = tenant_start(&options);

        visit(mock, "/nobody/nowhere");
        answers(mock, c, (enum transport)transport);
        mocktenant_stop(mock);
    }
}

static void journal_pages_on(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = *state;
    cJSON *page;

    for (int i = 0; i < 3; i++) {
        visit(mock, "/rest/v1/lists.json?i=1");
    }
    page = tenant_control(&arena, mock, "GET", "/_mock/journal?limit=2", NULL, 200);
    assert_int_equal(int_at(page, "/next"), 2);
    assert_null(json_pointer_get(page, "/entries/2"));
    page = tenant_control(&arena, mock, "GET", "/_mock/journal?since=2", NULL, 200);
    assert_int_equal(int_at(page, "/entries/0/seq"), 3);
    assert_string_equal(text_at(page, "/entries/0/query"), "i=1");
    assert_int_equal(int_at(page, "/next"), 3);
    page = tenant_control(&arena, mock, "GET", "/_mock/journal?since=3", NULL, 200);
    assert_int_equal(int_at(page, "/next"), 3);
    (void)tenant_control(&arena, mock, "DELETE", "/_mock/journal", NULL, 204);
    visit(mock, "/rest/v1/lists.json");
    page = tenant_control(&arena, mock, "GET", "/_mock/journal", NULL, 200);
    assert_int_equal(int_at(page, "/entries/0/seq"), 4);
    assert_int_equal(int_at(page, "/dropped"), 0);
}

static void verify_counts(void **state)
{
    static const struct {
        const char *body;
        int64_t count;
        bool matched, near;
    } rows[] = {
        {"{\"match\":{\"path\":\"/rest/v1/*.json\"},\"count\":2}", 2, true, false},
        {"{\"match\":{\"path\":\"/rest/*.json\"}}", 0, false, true},
        {"{\"match\":{\"service\":\"marketo\"},\"count\":1}", 2, false, true},
        {"{\"match\":{\"contains\":\"lists.json?a=1\"}}", 1, true, false},
        {"{\"match\":{\"body_contains\":\"610\",\"method\":\"GET\"},\"count\":2}", 2, true, false},
        {"{\"match\":{\"contains\":\"nowhere at all\"},\"count\":0}", 0, true, false},
        {"{\"match\":{\"contains\":\"content-type\"}}", 0, false, true},
        {"{\"match\":{\"contains\":\"application/json\",\"service\":\"marketo\"}}", 2, true, false},
        {"{\"match\":{\"service\":\"discovery\"}}", 1, true, false},
        {"{\"match\":{\"service\":\"dataverse\"}}", 2, true, false},
        {"{}", 4, true, false},
    };
    AUTO(arena) arena = {0};
    struct mocktenant *mock = *state;

    visit(mock, "/rest/v1/lists.json?a=1");
    visit(mock, "/rest/v1/programs.json");
    visit(mock, "/api/discovery/v2.0/Instances");
    visit(mock, "/api/data/v9.2/contacts");
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        cJSON *answer =
            tenant_control(&arena, mock, "POST", "/_mock/journal/verify", rows[i].body, 200);

        assert_int_equal(int_at(answer, "/count"), rows[i].count);
        assert_int_equal(json_get_bool(answer, "matched", false), rows[i].matched);
        assert_int_equal(json_pointer_get(answer, "/nearest/0") != NULL, rows[i].near);
    }
}

static void verify_admits_what_was_dropped(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = *state;

    for (int i = 0; i < 10001; i++) {
        visit(mock, "/rest/v1/lists.json");
    }
    (void)tenant_control(&arena, mock, "POST", "/_mock/journal/verify",
                         "{\"match\":{},\"count\":0}", 409);
    (void)tenant_control(&arena, mock, "POST", "/_mock/journal/verify",
                         "{\"match\":{\"path\":\"/x\"}}", 409);
    (void)tenant_control(&arena, mock, "POST", "/_mock/journal/verify", "{\"match\":{}}", 200);
    /* Of what comes after them nothing was dropped. */
    (void)tenant_control(&arena, mock, "POST", "/_mock/journal/verify",
                         "{\"match\":{},\"since\":1,\"count\":10000}", 200);
    (void)tenant_control(&arena, mock, "POST", "/_mock/journal/verify",
                         "{\"match\":{},\"since\":0,\"count\":10000}", 409);
}

static const char *now(struct arena *arena, struct mocktenant *mock)
{
    return text_at(tenant_control(arena, mock, "GET", "/_mock/clock", NULL, 200), "/now");
}

static void a_snapshot_brings_everything_back(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = *state;
    const struct ask ask = {DIRECT, "GET", "contoso.crm.dynamics.com", "/api/data/v9.2/x", {NULL},
                            NULL,   0};
    const char *at_start = now(&arena, mock), *at_snapshot, *id;
    struct answer first, again;
    cJSON *list;

    (void)tenant_control(&arena, mock, "PUT", "/_mock/clock", "{\"advance\":\"P1D\"}", 200);
    visit(mock, "/rest/v1/lists.json");
    id = text_at(tenant_control(&arena, mock, "POST", "/_mock/snapshots", "{}", 201), "/id");
    at_snapshot = now(&arena, mock);
    first = tenant_ask(&arena, mock, &ask);
    (void)tenant_control(&arena, mock, "POST", "/_mock/faults",
                         "{\"action\":{\"type\":\"drop_before\"}}", 201);
    (void)tenant_control(&arena, mock, "PUT", "/_mock/clock", "{\"advance\":\"PT1H\"}", 200);
    (void)tenant_control(&arena, mock, "POST",
                         arena_printf(&arena, "/_mock/snapshots/%s/restore", id), NULL, 200);
    assert_string_equal(now(&arena, mock), at_snapshot);
    list = tenant_control(&arena, mock, "GET", "/_mock/faults", NULL, 200);
    assert_null(json_pointer_get(list, "/faults/0"));
    list = tenant_control(&arena, mock, "GET", "/_mock/journal", NULL, 200);
    assert_non_null(json_pointer_get(list, "/entries/0"));
    assert_null(json_pointer_get(list, "/entries/1"));
    again = tenant_ask(&arena, mock, &ask);
    assert_string_equal(first.headers, again.headers);
    list = tenant_control(&arena, mock, "GET", "/_mock/journal", NULL, 200);
    assert_int_equal(int_at(list, "/entries/1/seq"), 3);
    (void)tenant_control(&arena, mock, "DELETE", arena_printf(&arena, "/_mock/snapshots/%s", id),
                         NULL, 204);
    (void)tenant_control(&arena, mock, "POST", "/_mock/reset", NULL, 200);
    assert_string_equal(now(&arena, mock), at_start);
}

static void worlds_come_and_go(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = *state;
    cJSON *made = tenant_control(
        &arena, mock, "POST", "/_mock/worlds",
        "{\"world\":\"ready\",\"seed\":7,\"clock\":\"virtual\",\"limits\":\"off\"}", 201);
    const char *id = text_at(made, "/id");
    cJSON *list = tenant_control(&arena, mock, "GET", "/_mock/worlds", NULL, 200);

    assert_string_equal(id, "world-2");
    assert_int_equal(int_at(made, "/seed"), 7);
    assert_string_equal(text_at(list, "/worlds/1/id"), id);
    assert_string_not_equal(text_at(made, "/client_secret"),
                            tenant_key(&arena, mock, "client_secret"));
    (void)tenant_control(&arena, mock, "DELETE", arena_printf(&arena, "/_mock/worlds/%s", id), NULL,
                         204);
    (void)tenant_control(&arena, mock, "DELETE", arena_printf(&arena, "/_mock/worlds/%s", id), NULL,
                         404);
    made =
        tenant_control(&arena, mock, "POST", "/_mock/worlds",
                       "{\"world\":{\"version\":1,\"name\":\"mine\",\"extends\":\"fresh\"}}", 201);
    assert_string_equal(text_at(made, "/world"), "mine");
    assert_true(cJSON_IsNull(json_pointer_get(made, "/client_id")));
}

static const struct host_case {
    const char *name, *host, *origin;
    int status;
} host_cases[] = {
    {"an address", "127.0.0.1:1234", NULL, 200},
    {"IPv6", "[::1]:1234", NULL, 200},
    {"localhost", "localhost", NULL, 200},
    {"an allowed name", "mock.test", NULL, 200},
    {"the allowed name in capitals", "MOCK.test:80", NULL, 200},
    {"a rebound name", "evil.example", NULL, 403},
    {"a name that begins like an address", "127.0.0.1.evil.example", NULL, 403},
    {"its own origin", "127.0.0.1:1234", "https://127.0.0.1:1234", 200},
    {"another port's origin", "127.0.0.1:1234", "https://127.0.0.1:1", 403},
    {"another scheme's origin", "127.0.0.1:1234", "http://127.0.0.1:1234", 403},
    {"the null origin", "127.0.0.1:1234", "null", 403},
    {"a cloud name has its own path there", "123-abc-456.mktorest.com", NULL, 200},
};

static void guards_its_host(void **state)
{
    const struct host_case *c = *state;
    static const char *const allowed[] = {"mock.test"};
    const struct mocktenant_options allowing = {
        .clock = "virtual", .allow_hosts = allowed, .allow_host_count = 1};
    AUTO(arena) arena = {0};
    struct mocktenant *mock = tenant_start(&allowing);
    struct ask ask = {DIRECT, "GET", c->host, "/_mock/health", {NULL}, NULL, 0};
    struct answer answer;

    ask.headers[0] = c->origin != NULL ? arena_printf(&arena, "Origin: %s", c->origin) : NULL;
    answer = tenant_ask(&arena, mock, &ask);
    assert_int_equal(answer.status, c->status);
    if (str_ends(c->host, "mktorest.com")) {
        assert_string_equal(text_at(answer.json, "/errors/0/code"), "610");
    }
    mocktenant_stop(mock);
}

/* Over TLS, so the certificate must know the name too. */
static void is_certified_for_its_names(void **state)
{
    static const char *const allowed[] = {"mock.test", "Other.Test"};
    static const char *const hosts[] = {"mock.test", "other.test", "localhost",
                                        "contoso.crm.dynamics.com", "later.crm.dynamics.com"};
    const struct mocktenant_options allowing = {
        .listen = "127.0.0.1:0", .clock = "virtual", .allow_hosts = allowed, .allow_host_count = 2};
    struct mocktenant *mock = tenant_start(&allowing);

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(hosts); i++) {
        AUTO(arena) arena = {0};
        const struct ask ask = {WIRE, "GET", hosts[i], "/_mock/health", {NULL}, NULL, 0};
        struct answer answer = tenant_ask(&arena, mock, &ask);

        if (answer.dropped) {
            fail_msg("no TLS for %s", hosts[i]);
        }
        assert_int_equal(answer.status, i < 3 ? 200 : i == 3 ? 404 : 403);
    }
    mocktenant_stop(mock);
}

static void listens_on_ipv6(void **state)
{
    const struct mocktenant_options six = {.listen = "[::1]:0", .clock = "virtual"};
    AUTO(arena) arena = {0};
    struct mocktenant *mock = tenant_start(&six);
    const struct ask ask = {WIRE, "GET", NULL, "/_mock/health", {NULL}, NULL, 0};

    (void)state;
    assert_true(str_starts(tenant_key(&arena, mock, "base"), "https://[::1]:"));
    assert_int_equal(tenant_ask(&arena, mock, &ask).status, 200);
    mocktenant_stop(mock);
}

static void a_real_clock_stands_above_us(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant_options real = {.world = "ready"};
    struct mocktenant *mock = tenant_start(&real);

    (void)state;
    (void)tenant_control(&arena, mock, "PUT", "/_mock/clock", "{\"advance\":\"PT1S\"}", 409);
    mocktenant_stop(mock);
}

int main(void)
{
    struct CMUnitTest tests[120] = {
        cmocka_unit_test_setup_teardown(journal_pages_on, start, stop),
        cmocka_unit_test_setup_teardown(verify_counts, start, stop),
        cmocka_unit_test_setup_teardown(verify_admits_what_was_dropped, start, stop),
        cmocka_unit_test_setup_teardown(a_snapshot_brings_everything_back, start, stop),
        cmocka_unit_test_setup_teardown(worlds_come_and_go, start, stop),
        cmocka_unit_test(a_real_clock_stands_above_us),
        cmocka_unit_test(is_certified_for_its_names),
        cmocka_unit_test(listens_on_ipv6),
    };
    size_t count = CASES_LISTED(tests);

    CASES(tests, count, control_cases, in_both_transports);
    CASES(tests, count, host_cases, guards_its_host);
    return cases_run("control", tests, count);
}
