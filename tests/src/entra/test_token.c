/* Tokens: the fixture's shape, how long one is kept, and who is forgiven a refusal. */
#include "cases.h"

#include <string.h>

#include "base/str.h"
#include "entra/token.h"
#include "support/endpoint.h"
#include "support/files.h"

#define CLIENT "3a09fc2b-e1d1-4ea4-95cf-ca2b19acea0a"
#define SCOPE  "https://graph.microsoft.com/.default"

static void reads_the_fixture(void **state)
{
    AUTO(arena) arena = {0};
    struct sync_token_body token;
    struct sync_problem problem;
    size_t len;
    const char *body = test_fixture(&arena, "entra/token-app.json", &len);

    (void)state;
    assert_true(sync_token_parse(&arena, body, len, &token, &problem));
    assert_string_equal(token.token_type, "Bearer");
    assert_int_equal(token.expires_in, 3599);
    assert_true(str_starts(token.access_token, "eyJ0"));
}

struct bad_case {
    const char *name, *body;
};

static const struct bad_case bad_cases[] = {
    {"no JSON", "Too Many Requests"},
    {"cut", "{\"token_type\":\"Bearer\",\"expires_in\":3599,\"access_to"},
    {"an array", "[]"},
    {"no token", "{\"token_type\":\"Bearer\",\"expires_in\":3599}"},
    {"an empty token", "{\"token_type\":\"Bearer\",\"expires_in\":3599,\"access_token\":\"\"}"},
    {"another type", "{\"token_type\":\"mac\",\"expires_in\":3599,\"access_token\":\"x\"}"},
    {"no life", "{\"token_type\":\"Bearer\",\"expires_in\":0,\"access_token\":\"x\"}"},
    {"life as text", "{\"token_type\":\"Bearer\",\"expires_in\":\"3599\",\"access_token\":\"x\"}"},
};

static void refuses_another_shape(void **state)
{
    const struct bad_case *c = *state;
    AUTO(arena) arena = {0};
    struct sync_token_body token;
    struct sync_problem problem;

    assert_false(sync_token_parse(&arena, c->body, strlen(c->body), &token, &problem));
    assert_string_equal(problem.error.code, "protocol");
    assert_string_equal(problem.error.service, "entra");
    assert_null(strstr(problem.error.message, "access_token\":"));
}

static const char good[] = "{\"token_type\":\"Bearer\",\"expires_in\":3599,\"ext_expires_in\":3599,"
                           "\"access_token\":\"A\"}";
static const char other[] = "{\"token_type\":\"Bearer\",\"expires_in\":3599,\"ext_expires_in\":"
                            "3599,\"access_token\":\"B\"}";
static const char wrong_secret[] = "{\"error\":\"invalid_client\",\"error_codes\":[7000215],"
                                   "\"error_description\":\"AADSTS7000215: "
                                   "No.\"}";
static const char expired[] = "{\"error\":\"invalid_client\",\"error_codes\":[7000222],\"error_"
                              "description\":\"AADSTS7000222: "
                              "No.\"}";

static const struct sync_client person = {
    .tenant = "contoso.com", .client_id = CLIENT, .secret = "a+b&c%d e~f"};

static void sends_the_form_of_the_fixture(void **state)
{
    static const struct endpoint_row rows[] = {{200, good}};
    AUTO(arena) arena = {0};
    struct sync_tokens tokens = {0};
    struct sync_problem problem;
    struct endpoint endpoint;
    struct sync_env env;
    const char *token;
    size_t len;

    (void)state;
    endpoint_begin(&endpoint, &env, rows, ARRAY_LEN(rows), false);
    assert_true(sync_token_get(&tokens, &env, &person, SCOPE, &token, &problem));
    assert_string_equal(
        strbuf_text(&endpoint.sent),
        arena_printf(&arena,
                     "POST https://login.microsoftonline.com/contoso.com/oauth2/v2.0/token\n%s\n",
                     test_fixture(&arena, "entra/token-app.request.txt", &len)));
    endpoint_end(&endpoint);
    sync_tokens_finish(&tokens);
}

static void keeps_a_token_until_it_is_nearly_over(void **state)
{
    static const struct endpoint_row rows[] = {{200, good}, {200, other}};
    struct sync_tokens tokens = {0};
    struct sync_problem problem;
    struct endpoint endpoint;
    struct sync_env env;
    const char *token;

    (void)state;
    endpoint_begin(&endpoint, &env, rows, ARRAY_LEN(rows), false);
    assert_true(sync_token_get(&tokens, &env, &person, SCOPE, &token, &problem));
    assert_string_equal(token, "A");
    endpoint.now_ms += (3599 - 301) * 1000;
    assert_true(sync_token_get(&tokens, &env, &person, SCOPE, &token, &problem));
    assert_string_equal(token, "A");
    assert_int_equal(endpoint.asked, 1);
    endpoint.now_ms += 2000;
    assert_true(sync_token_get(&tokens, &env, &person, SCOPE, &token, &problem));
    assert_string_equal(token, "B");
    assert_int_equal(endpoint.asked, 2);
    /* Another scope is another token. */
    assert_true(sync_token_get(&tokens, &env, &person, "https://x/.default", &token, &problem));
    assert_int_equal(endpoint.asked, 3);
    sync_token_drop(&tokens, token);
    assert_null(sync_token_kept(&tokens, &env, &person, "https://x/.default"));
    endpoint_end(&endpoint);
    sync_tokens_finish(&tokens);
}

/* Who is refused at first, and whether he is asked again. */
struct patience_case {
    const char *name;
    const struct endpoint_row rows[3];
    int64_t fresh_ms; /* how long our own write may be unknown */
    bool ok;
    unsigned asked;
    const char *code;
};

static const struct patience_case patience_cases[] = {
    {"a person's wrong secret", {{401, wrong_secret}}, 0, false, 1, "bad_credentials"},
    {"our own new secret",
     {{401, wrong_secret}, {401, wrong_secret}, {200, good}},
     60000,
     true,
     3,
     ""},
    {"our own secret, for too long",
     {{401, wrong_secret}, {401, wrong_secret}, {401, wrong_secret}},
     5000,
     false,
     3,
     "bad_credentials"},
    {"our own expired secret", {{401, expired}}, 60000, false, 1, "secret_expired"},
    {"a garbled answer", {{200, "?"}, {200, good}}, 0, true, 2, ""},
    {"a garbled refusal of our own secret",
     {{401, wrong_secret}, {401, "{\"error\":"}, {200, good}},
     60000,
     true,
     3,
     ""},
    {"garbled refusals", {{401, "?"}, {401, "?"}, {401, "?"}}, 0, false, 3, "rejected"},
    {"garbled answers", {{200, "?"}, {200, "?"}, {200, "?"}}, 0, false, 3, "protocol"},
};

static void is_patient_with_its_own_writes(void **state)
{
    const struct patience_case *c = *state;
    struct sync_tokens tokens = {0};
    struct sync_problem problem = {0};
    struct sync_client client = person;
    struct endpoint endpoint;
    struct sync_env env;
    const char *token;

    endpoint_begin(&endpoint, &env, c->rows, ARRAY_LEN(c->rows), false);
    client.fresh_until_ms = c->fresh_ms > 0 ? endpoint.now_ms + c->fresh_ms : 0;
    assert_int_equal(sync_token_get(&tokens, &env, &client, SCOPE, &token, &problem), c->ok);
    assert_int_equal(endpoint.asked, c->asked);
    if (!c->ok) {
        assert_string_equal(problem.error.code, c->code);
        assert_null(token);
        assert_null(strstr(problem.error.message, "a+b"));
    }
    endpoint_end(&endpoint);
    sync_tokens_finish(&tokens);
}

int main(void)
{
    struct CMUnitTest tests[32] = {
        cmocka_unit_test(reads_the_fixture),
        cmocka_unit_test(sends_the_form_of_the_fixture),
        cmocka_unit_test(keeps_a_token_until_it_is_nearly_over),
    };
    size_t count = CASES_LISTED(tests);

    CASES(tests, count, bad_cases, refuses_another_shape);
    CASES(tests, count, patience_cases, is_patient_with_its_own_writes);
    return cases_run("token", tests, count);
}
