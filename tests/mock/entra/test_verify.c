/* How a service looks at a bearer token: asked of Graph. */
#include "azure.h"
#include "cases.h"

#include <string.h>

#include "base/crypto.h"
#include "base/str.h"

#define APP "/v1.0/applications/29f8eb1a-d0c0-4df3-84be-b91a08fbd909"

static int ask(struct mocktenant *mock, const char *token)
{
    AUTO(arena) arena = {0};

    return azure_graph(&arena, mock, token, "GET", APP, NULL).status;
}

static const char *message(struct arena *arena, struct mocktenant *mock, const char *token)
{
    struct answer answer = azure_graph(arena, mock, token, "GET", APP, NULL);

    assert_int_equal(answer.status, 401);
    assert_string_equal(text_at(answer.json, "/error/code"), "InvalidAuthenticationToken");
    assert_non_null(answer_header(arena, &answer, "www-authenticate"));
    return text_at(answer.json, "/error/message");
}

/* The same claims under another header or signature. */
static const char *with_part(struct arena *arena, const char *token, int part, const char *text)
{
    AUTO(strbuf) encoded = STRBUF(0);
    const char *first = strchr(token, '.'), *second = strchr(first + 1, '.');

    strbuf_base64url(&encoded, text, strlen(text));
    switch (part) {
    case 0:
        return arena_printf(arena, "%s%s", strbuf_text(&encoded), first);
    case 1:
        return arena_printf(arena, "%.*s.%s%s", (int)(first - token), token, strbuf_text(&encoded),
                            second);
    default:
        return arena_printf(arena, "%.*s.%s", (int)(second - token), token, strbuf_text(&encoded));
    }
}

static void forged_tokens_are_refused(void **state)
{
    static const char refused[] = "Access token validation failure.";
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(NULL);
    const char *token = azure_admin_token(&arena, mock);
    char *claims = json_text(&arena, azure_claims(&arena, token));

    (void)state;
    assert_int_equal(ask(mock, token), 200);
    assert_string_equal(message(&arena, mock, with_part(&arena, token, 2, "signature")), refused);
    assert_string_equal(
        message(&arena, mock, with_part(&arena, token, 0, "{\"alg\":\"none\",\"typ\":\"JWT\"}")),
        refused);
    assert_string_equal(message(&arena, mock, with_part(&arena, token, 0, "{\"alg\":\"HS256\"}")),
                        refused);
    strstr(claims, "Application.ReadWrite.All")[0] = 'a';
    assert_string_equal(message(&arena, mock, with_part(&arena, token, 1, claims)), refused);
    assert_int_equal(ask(mock, token), 200);
    mocktenant_stop(mock);
}

static const struct bad_case {
    const char *name, *token, *message;
} bad_cases[] = {
    {"none", NULL, "Access token is empty."},
    {"empty", "", "Access token is empty."},
    {"garbage", "garbage", "IDX14100: JWT is not well formed"},
    {"three dots", "a.b.c.d", "IDX14100: JWT is not well formed"},
    {"no JSON", "YQ.YQ.YQ", "IDX14100: JWT is not well formed"},
};

static void bad_tokens(void **state)
{
    const struct bad_case *c = *state;
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(NULL);

    assert_true(str_starts(message(&arena, mock, c->token), c->message));
    mocktenant_stop(mock);
}

static void a_token_for_another_resource_is_refused(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(NULL);
    const char *token = azure_user_token(&arena, mock, "https://contoso.crm.dynamics.com/.default");

    (void)state;
    assert_string_equal(message(&arena, mock, token),
                        "Access token validation failure. Invalid audience.");
    mocktenant_stop(mock);
}

/* An hour, and five minutes for clocks that differ. */
static void a_token_ends(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(NULL);
    const char *token = azure_admin_token(&arena, mock);

    (void)state;
    azure_advance(mock, "PT64M59S");
    assert_int_equal(ask(mock, token), 200);
    azure_advance(mock, "PT1S");
    assert_string_equal(message(&arena, mock, token),
                        "Lifetime validation failed, the token is expired.");
    mocktenant_stop(mock);
}

/* Tokens from before a restore stay good while the restored state knows their application. */
static void a_token_outlives_a_reset_but_not_its_application(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(NULL);
    const char *admin = azure_admin_token(&arena, mock);
    const char *user = azure_user_token(&arena, mock, "User.Read");

    (void)state;
    (void)tenant_control(&arena, mock, "POST", "/_mock/reset", NULL, 200);
    assert_int_equal(ask(mock, admin), 200);
    assert_int_equal(azure_graph(&arena, mock, user, "GET", "/v1.0/me", NULL).status, 200);
    assert_int_equal(azure_graph(&arena, mock, admin, "DELETE", APP, NULL).status, 204);
    assert_int_equal(azure_graph(&arena, mock, user, "GET", "/v1.0/me", NULL).status, 401);
    (void)tenant_control(&arena, mock, "POST", "/_mock/reset", NULL, 200);
    assert_int_equal(azure_graph(&arena, mock, user, "GET", "/v1.0/me", NULL).status, 200);
    mocktenant_stop(mock);
}

static void a_token_of_another_tenant_is_refused(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(NULL);
    struct mocktenant *other = azure_start("{\"extends\":\"ready\",\"tenant\":{\"id\":"
                                           "\"11111111-2222-3333-4444-555555555555\"}}");

    (void)state;
    assert_string_equal(message(&arena, mock, azure_admin_token(&arena, other)),
                        "Access token validation failure.");
    mocktenant_stop(other);
    mocktenant_stop(mock);
}

/* More tokens than are remembered: the oldest are looked at anew. */
static void the_memory_of_tokens_is_bounded(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start("{\"extends\":\"ready\",\"limits\":\"off\"}");
    const char *first = azure_admin_token(&arena, mock);

    (void)state;
    assert_int_equal(ask(mock, first), 200);
    for (int i = 0; i < 4200; i++) {
        AUTO(arena) once = {0};

        assert_int_equal(ask(mock, azure_admin_token(&once, mock)), 200);
    }
    assert_int_equal(ask(mock, first), 200);
    mocktenant_stop(mock);
}

int main(void)
{
    struct CMUnitTest tests[16] = {
        cmocka_unit_test(forged_tokens_are_refused),
        cmocka_unit_test(a_token_for_another_resource_is_refused),
        cmocka_unit_test(a_token_ends),
        cmocka_unit_test(a_token_outlives_a_reset_but_not_its_application),
        cmocka_unit_test(a_token_of_another_tenant_is_refused),
        cmocka_unit_test(the_memory_of_tokens_is_bounded),
    };
    size_t count = CASES_LISTED(tests);

    CASES(tests, count, bad_cases, bad_tokens);
    return cases_run("verify", tests, count);
}
