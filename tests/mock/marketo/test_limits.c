/* Windows, quotas, sizes, and what a subscription can read of them. */
#include <string.h>

#include "base/str.h"
#include "cases.h"
#include "marketo.h"
#include "shape.h"

#define USAGE "/rest/v1/stats/usage.json"

static const char quota_3[] = "{\"version\":1,\"extends\":\"ready\",\"subscriptions\":[{"
                              "\"munchkin\":\"123-ABC-456\",\"settings\":{\"dailyQuota\":3}}]}";
static const char slow[] = "{\"version\":1,\"extends\":\"ready\",\"tenant\":{\"settings\":{"
                           "\"latency\":{\"marketo\":1000}}}}";

static const char *code_of(struct arena *arena, struct mocktenant *mock, const char *token)
{
    struct ask ask = {.transport = DIRECT,
                      .method = "GET",
                      .host = "123-abc-456.mktorest.com",
                      .target = USAGE,
                      .headers = {arena_printf(arena, "Authorization: Bearer %s", token)}};

    return text_at(tenant_ask(arena, mock, &ask).json, "/errors/0/code");
}

static void advance(struct mocktenant *mock, const char *duration)
{
    AUTO(arena) arena = {0};

    (void)tenant_control(&arena, mock, "PUT", "/_mock/clock",
                         arena_printf(&arena, "{\"advance\":\"%s\"}", duration), 200);
}

/* A hundred calls in any twenty seconds; a refused call does not count. */
static void window_slides(void **state)
{
    struct mocktenant *mock = mkto_start("ready");
    AUTO(arena) arena = {0};
    const char *token = mkto_token(&arena, mock, "connector");

    (void)state;
    for (int i = 0; i < 50; i++) {
        assert_string_equal(code_of(&arena, mock, token), "");
    }
    advance(mock, "PT10S");
    for (int i = 0; i < 50; i++) {
        assert_string_equal(code_of(&arena, mock, token), "");
    }
    assert_string_equal(code_of(&arena, mock, token), "606");
    advance(mock, "PT9.999S");
    assert_string_equal(code_of(&arena, mock, token), "606");
    advance(mock, "PT0.001S");
    for (int i = 0; i < 50; i++) {
        assert_string_equal(code_of(&arena, mock, token), "");
    }
    assert_string_equal(code_of(&arena, mock, token), "606");
    mocktenant_stop(mock);
}

static void window_is_off(void **state)
{
    const struct mocktenant_options options = {.clock = "virtual", .limits = "off"};
    struct mocktenant *mock = tenant_start(&options);
    AUTO(arena) arena = {0};
    const char *token = mkto_token(&arena, mock, "connector");

    (void)state;
    for (int i = 0; i < 150; i++) {
        assert_string_equal(code_of(&arena, mock, token), "");
    }
    mocktenant_stop(mock);
}

/* The quota turns over at midnight Central time: 06:00 UTC in winter. */
static void quota_turns_over(void **state)
{
    struct mocktenant *mock = mkto_start(quota_3);
    AUTO(arena) arena = {0};
    const char *token = mkto_token(&arena, mock, "connector");

    (void)state;
    for (int i = 0; i < 3; i++) {
        assert_string_equal(code_of(&arena, mock, token), "");
    }
    assert_string_equal(code_of(&arena, mock, token), "607");
    advance(mock, "PT20H59M59S");
    token = mkto_token(&arena, mock, "connector");
    assert_string_equal(code_of(&arena, mock, token), "607");
    advance(mock, "PT1S");
    assert_string_equal(code_of(&arena, mock, token), "");
    mocktenant_stop(mock);
}

static void ignore(void *arg, const struct mocktenant_response *response)
{
    struct strbuf *all = arg;

    strbuf_add_n(all, response->body, response->body_len);
    strbuf_add_char(all, '\n');
}

/* Ten calls at once by the world's clock; the eleventh is refused. */
static void ten_at_once(void **state)
{
    const struct mocktenant_options options = {
        .world = slow, .clock = "virtual", .held_by_clock = true};
    struct mocktenant *mock = tenant_start(&options);
    AUTO(arena) arena = {0};
    AUTO(strbuf) answers = STRBUF(0);
    struct mocktenant_header header = {"Authorization", NULL};
    const struct mocktenant_request request = {.method = "GET",
                                               .host = "123-abc-456.mktorest.com",
                                               .target = USAGE,
                                               .headers = &header,
                                               .header_count = 1};
    struct mocktenant_request page = request;
    size_t refused = 0;

    (void)state;
    page.target = "/rest/crm/v1/microsoft/connection.json";
    header.value = arena_printf(&arena, "Bearer %s", mkto_token(&arena, mock, "connector"));
    for (int i = 0; i < 12; i++) { /* those of the page do not count */
        (void)mocktenant_submit(mock, &page, ignore, &answers);
    }
    for (int i = 0; i < 12; i++) {
        (void)mocktenant_submit(mock, &request, ignore, &answers);
    }
    advance(mock, "PT2S");
    for (const char *at = strbuf_text(&answers); (at = strstr(at, "\"615\"")) != NULL; at++) {
        refused++;
    }
    assert_int_equal(refused, 2);
    mocktenant_stop(mock);
}

struct size {
    const char *name;
    size_t target, body;
    const char *limits;
    int status;
};

static const struct size sizes[] = {
    {"a target of 8 KB", 8192, 0, "on", 200},
    {"a longer target", 8193, 0, "on", 414},
    {"a longer target without limits", 8193, 0, "off", 200},
    {"a body of 1 MB", 100, 1048576, "on", 200},
    {"a larger body", 100, 1048577, "on", 413},
};

static void size_is_limited(void **state)
{
    const struct size *c = *state;
    const struct mocktenant_options options = {.clock = "virtual", .limits = c->limits};
    struct mocktenant *mock = tenant_start(&options);
    AUTO(arena) arena = {0};
    AUTO(strbuf) target = STRBUF(0), body = STRBUF(0);
    struct answer answer;

    strbuf_add(&target, "/rest/v1/leads.json?a=");
    while (target.len < c->target) {
        strbuf_add_char(&target, 'x');
    }
    strbuf_add(&body, c->body > 0 ? "{\"input\":[]," : "");
    while (body.len < c->body) {
        strbuf_add_char(&body, ' ');
    }
    answer = mkto_ask(&arena, mock, "connector", "POST", strbuf_text(&target), strbuf_text(&body));
    assert_int_equal(answer.status, c->status);
    if (c->status != 200) {
        assert_string_equal(answer_header(&arena, &answer, "content-type"), "text/html");
        assert_non_null(strstr(answer.body, c->status == 413 ? "413 Request Entity Too Large"
                                                             : "414 Request-URI Too Large"));
    }
    mocktenant_stop(mock);
}

static const struct mkto_story stories[] = {
    {"usage counts calls by user",
     NULL,
     {{"connector", "GET", "/rest/v1/leads/partitions.json"},
      {"other", "GET", "/rest/v1/leads/partitions.json"},
      {"other", "GET", USAGE, NULL, "/result/0/total", "3"},
      {"other", "GET", USAGE, NULL, "/result/0/users/1/count", "3"},
      {"other", "GET", "/rest/v1/stats/usage/last7days.json", NULL, "/result/6/date",
       "'2026-01-09'"}}},
    {"errors are counted by code",
     NULL,
     {{"connector", "GET", "/rest/v1/lead/9.json"},
      {"connector", "GET", "/rest/v1/lead/9.json"},
      {"connector", "GET", "/rest/v1/leads.json"},
      {"connector", "GET", "/rest/v1/stats/errors.json", NULL, "/result/0/errors/1",
       "{'errorCode':'1004','count':2}"},
      {"connector", "GET", "/rest/v1/stats/errors.json", NULL, "/result/0/total", "3"},
      {"connector", "GET", "/rest/v1/stats/errors/last7days.json", NULL, "/result/1/total", "0"}}},
    {"calls of the page do not count",
     NULL,
     {{"connector", "GET", "/rest/crm/v1/microsoft/connection.json"},
      {"connector", "GET", USAGE, NULL, "/result/0/total", "1"}}},
    {"without a token nothing is told",
     NULL,
     {{"nobody", "GET", USAGE, NULL, "/errors/0", "{'code':'603','message':'Access denied'}"}}},
};

static void usage_has_its_shape(void **state)
{
    struct mocktenant *mock = mkto_start("ready");
    AUTO(arena) arena = {0};

    (void)state;
    shape_assert(fixture_read(&arena, "marketo/usage.json"),
                 mkto_ask(&arena, mock, "connector", "GET", USAGE, NULL).json, SHAPE_SAME_ORDER,
                 "requestId date total userId count");
    (void)mkto_ask(&arena, mock, "connector", "GET", "/rest/v1/lead/9.json", NULL);
    shape_assert(
        fixture_read(&arena, "marketo/errors.json"),
        mkto_ask(&arena, mock, "connector", "GET", "/rest/v1/stats/errors.json", NULL).json,
        SHAPE_SAME_ORDER, "requestId date total errorCode count");
    mocktenant_stop(mock);
}

int main(void)
{
    struct CMUnitTest tests[40];
    size_t count = 0;

    CASES(tests, count, sizes, size_is_limited);
    CASES(tests, count, stories, mkto_tell);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(window_slides);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(window_is_off);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(quota_turns_over);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(ten_at_once);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(usage_has_its_shape);
    return cases_run("limits", tests, count);
}
