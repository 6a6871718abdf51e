/* Tokens: what they look like, how long they live, what their end looks like. */
#include "cases.h"
#include "marketo.h"
#include "shape.h"

#include "base/str.h"

struct refusal {
    const char *name, *target, *form;
    int status;
    const char *error, *description;
};

#define ID  "client_id=07d6c9f8-beae-4bd1-82fc-97f8e6dfb707"
#define GO  "grant_type=client_credentials"
#define URL "/identity/oauth/token"

static const struct refusal refusals[] = {
    {"a wrong secret", URL "?" GO "&" ID "&client_secret=x", NULL, 401, "invalid_client",
     "Bad client credentials"},
    {"an unknown client", URL "?" GO "&client_id=nobody&client_secret=x", NULL, 401, "unauthorized",
     "No client with requested id: nobody"},
    {"no secret", URL "?" GO "&" ID, NULL, 401, "invalid_client", "Bad client credentials"},
    {"no client", URL "?" GO, NULL, 401, "invalid_client", "Bad client credentials"},
    {"another grant", URL "?grant_type=password&" ID "&client_secret=x", NULL, 400,
     "unsupported_grant_type", "Unsupported grant type: password"},
    {"no grant", URL "?" ID "&client_secret=x", NULL, 400, "invalid_request", "Missing grant type"},
    {"a form", URL, GO "&" ID "&client_secret=x", 401, "invalid_client", "Bad client credentials"},
};

static void is_refused(void **state)
{
    const struct refusal *c = *state;
    struct mocktenant *mock = mkto_start("ready");
    AUTO(arena) arena = {0};
    struct answer answer =
        mkto_ask(&arena, mock, "nobody", c->form != NULL ? "POST" : "GET", c->target, c->form);

    assert_int_equal(answer.status, c->status);
    assert_string_equal(text_at(answer.json, "/error"), c->error);
    assert_string_equal(text_at(answer.json, "/error_description"), c->description);
    assert_true((answer_header(&arena, &answer, "www-authenticate") != NULL) == (c->status == 401));
    if (c->status == 401 && str_eq(c->error, "invalid_client")) {
        shape_assert(fixture_read(&arena, "marketo/token-refused.json"), answer.json,
                     SHAPE_SAME_ORDER, "");
    }
    mocktenant_stop(mock);
}

static struct answer get_token(struct arena *arena, struct mocktenant *mock, const char *method)
{
    const char *pairs = arena_printf(arena, GO "&client_id=%s&client_secret=%s",
                                     tenant_key(arena, mock, "marketo_client_id"),
                                     tenant_key(arena, mock, "marketo_client_secret"));

    return str_eq(method, "GET")
               ? mkto_ask(arena, mock, "nobody", "GET", arena_printf(arena, URL "?%s", pairs), NULL)
               : mkto_ask(arena, mock, "nobody", "POST", URL, pairs);
}

static void is_the_same_until_its_end(void **state)
{
    struct mocktenant *mock = mkto_start("ready");
    AUTO(arena) arena = {0};
    struct answer first = get_token(&arena, mock, "GET"), again;
    const char *token = text_at(first.json, "/access_token");
    const struct {
        const char *advance;
        int64_t left;
        bool same;
    } rows[] = {{"PT1S", 3598, true}, {"PT59M58S", 0, true}, {"PT1S", 3599, false}};

    (void)state;
    shape_assert(fixture_read(&arena, "marketo/token.json"), first.json, SHAPE_SAME_ORDER, "scope");
    assert_string_equal(answer_header(&arena, &first, "cache-control"), "no-store");
    assert_string_equal(answer_header(&arena, &first, "content-type"),
                        "application/json;charset=UTF-8");
    assert_string_equal(text_at(get_token(&arena, mock, "POST").json, "/access_token"), token);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        (void)tenant_control(&arena, mock, "PUT", "/_mock/clock",
                             arena_printf(&arena, "{\"advance\":\"%s\"}", rows[i].advance), 200);
        again = get_token(&arena, mock, "GET");
        assert_int_equal(int_at(again.json, "/expires_in"), rows[i].left);
        assert_int_equal(str_eq(text_at(again.json, "/access_token"), token), rows[i].same);
    }
    mocktenant_stop(mock);
}

static struct answer call_with(struct arena *arena, struct mocktenant *mock, const char *token,
                               bool as_parameter)
{
    struct ask ask = {.transport = DIRECT,
                      .method = "GET",
                      .host = "123-abc-456.mktorest.com",
                      .target = "/rest/v1/stats/usage.json"};

    if (as_parameter) {
        ask.target = arena_printf(arena, "%s?access_token=%s", ask.target, token);
    } else {
        ask.headers[0] = arena_printf(arena, "Authorization: Bearer %s", token);
    }
    return tenant_ask(arena, mock, &ask);
}

/* 602 comes once, then 601; a new token works again. */
static void says_602_once(void **state)
{
    struct mocktenant *mock = mkto_start("ready");
    AUTO(arena) arena = {0};
    const char *token = mkto_token(&arena, mock, "connector");
    static const char *const codes[] = {"602", "601", "601"};

    (void)state;
    assert_string_equal(text_at(call_with(&arena, mock, token, false).json, "/result/0/date"),
                        "2026-01-15");
    (void)tenant_control(&arena, mock, "PUT", "/_mock/clock", "{\"advance\":\"PT1H\"}", 200);
    for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
        assert_string_equal(text_at(call_with(&arena, mock, token, false).json, "/errors/0/code"),
                            codes[i]);
    }
    token = mkto_token(&arena, mock, "connector");
    assert_true(json_get_bool(call_with(&arena, mock, token, false).json, "success", false));
    mocktenant_stop(mock);
}

/* A token of one world is none of another seed's; altered ones are nobody's. */
static void is_not_forged(void **state)
{
    struct mocktenant *mock = mkto_start("ready");
    AUTO(arena) arena = {0};
    char *token = arena_strdup(&arena, mkto_token(&arena, mock, "connector"));
    static const char *const others[] = {"x", "", "0b6f3c1e-5a7d-4f8e-9b2c-6d1e7a3f4c59:st",
                                         "0b6f3c1e-5a7d-4f8e-9b2c-6d1e7a3f4c59:sj"};

    (void)state;
    for (size_t i = 0; token[i] != '\0'; i++) {
        char was = token[i];

        token[i] = was == '0' ? '1' : '0';
        assert_string_equal(text_at(call_with(&arena, mock, token, false).json, "/errors/0/code"),
                            "601");
        token[i] = was;
    }
    for (size_t i = 0; i < ARRAY_LEN(others); i++) {
        assert_string_equal(
            text_at(call_with(&arena, mock, others[i], false).json, "/errors/0/code"),
            *others[i] != '\0' ? "601" : "603");
    }
    assert_true(json_get_bool(call_with(&arena, mock, token, false).json, "success", false));
    mocktenant_stop(mock);
}

/* Tokens issued before a restore stay good. */
static void outlives_a_restore(void **state)
{
    struct mocktenant *mock = mkto_start("ready");
    AUTO(arena) arena = {0};
    cJSON *snapshot = tenant_control(&arena, mock, "POST", "/_mock/snapshots", NULL, 201);
    const char *token = mkto_token(&arena, mock, "connector");
    const char *id = text_at(snapshot, "/id");

    (void)state;
    (void)tenant_control(&arena, mock, "POST",
                         arena_printf(&arena, "/_mock/snapshots/%s/restore", id), NULL, 200);
    assert_true(json_get_bool(call_with(&arena, mock, token, false).json, "success", false));
    mocktenant_stop(mock);
}

struct parameter {
    const char *name, *setting, *clock;
    bool taken;
};

static const struct parameter parameters[] = {
    {"the parameter, before the day", "until-2026-08-31", "2026-08-30T23:59:59Z", true},
    {"the parameter, on the day", "until-2026-08-31", "2026-08-31T00:00:00Z", false},
    {"the parameter, always", "accepted", "2027-01-01T00:00:00Z", true},
    {"the parameter, never", "refused", "2026-01-15T09:00:00Z", false},
};

static void goes_by_parameter(void **state)
{
    const struct parameter *c = *state;
    AUTO(arena) arena = {0};
    const struct mocktenant_options options = {
        .world = arena_printf(&arena,
                              "{\"version\":1,\"extends\":\"ready\",\"subscriptions\":[{"
                              "\"munchkin\":\"123-ABC-456\",\"settings\":{"
                              "\"accessTokenParameter\":\"%s\"}}]}",
                              c->setting),
        .clock = c->clock};
    struct mocktenant *mock = tenant_start(&options);
    struct answer answer = call_with(&arena, mock, mkto_token(&arena, mock, "connector"), true);

    assert_string_equal(text_at(answer.json, "/errors/0/code"), c->taken ? "" : "603");
    mocktenant_stop(mock);
}

int main(void)
{
    struct CMUnitTest tests[40];
    size_t count = 0;

    CASES(tests, count, refusals, is_refused);
    CASES(tests, count, parameters, goes_by_parameter);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(is_the_same_until_its_end);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(says_602_once);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(is_not_forged);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(outlives_a_restore);
    return cases_run("identity", tests, count);
}
