/* When refresh tokens and sessions end. */
#include "azure.h"
#include "browser.h"
#include "cases.h"

#include <string.h>

#include "base/auto.h"

#define TOKEN "/{tenant_id}/oauth2/v2.0/token"
#define SCOPE "&scope=https://contoso.crm.dynamics.com/user_impersonation+offline_access"
#define USER  "marketo.sync@contoso.onmicrosoft.com"
#define APP   "client_id={client_id}&client_secret={client_secret}"
#define RESET "/_mock/actions/azure-admin/reset-password"

static struct answer sign_in(struct arena *arena, struct mocktenant *mock, const char *password)
{
    return azure_token(
        arena, mock, TOKEN,
        arena_printf(arena, "grant_type=password&" APP "&username=" USER "&password=%s" SCOPE,
                     password),
        NULL);
}

static struct answer renew(struct arena *arena, struct mocktenant *mock,
                           const struct answer *answer)
{
    return azure_token(arena, mock, TOKEN,
                       arena_printf(arena, "grant_type=refresh_token&" APP "&refresh_token=%s",
                                    text_at(answer->json, "/refresh_token")),
                       NULL);
}

/* After a reset the old password, its refresh tokens and its sessions are over. */
static void a_reset_ends_what_was(void **state)
{
    static const char world[] = "{\"extends\":\"ready\",\"tenant\":{\"users\":[{\"id\":"
                                "\"b2e1d4a3-6f59-4c8c-9da7-42a3f1eac202\",\"password\":\"old\"}]}}";
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(world);
    struct browser browser = {.arena = &arena, .mock = mock};
    const char *page =
        azure_fill(&arena, mock,
                   "/{tenant_id}/oauth2/v2.0/authorize?client_id={client_id}&response_type=code"
                   "&redirect_uri=https://www.contoso.com&scope=User.Read");
    struct answer before = sign_in(&arena, mock, "old"), answer;

    (void)state;
    assert_int_equal(renew(&arena, mock, &before).status, 200);
    browser_open(&browser, page);
    browser_press(&browser, "signin", "login=" USER "&passwd=old");
    assert_non_null(browser_param(&browser, "code"));
    azure_advance(mock, "PT1M");
    tenant_control(&arena, mock, "POST", RESET, "{\"user\":\"" USER "\",\"password\":\"new\"}",
                   200);
    answer = renew(&arena, mock, &before);
    assert_int_equal(answer.status, 400);
    assert_int_equal(int_at(answer.json, "/error_codes/0"), 50173);
    assert_non_null(
        strstr(text_at(answer.json, "/error_description"),
               "issued on '2026-01-15T09:00:00.0000000Z' and the TokensValidFrom date"));
    browser_open(&browser, page);
    assert_true(browser_shows(&browser, "Sign in to your account"));
    assert_int_equal(int_at(sign_in(&arena, mock, "old").json, "/error_codes/0"), 50126);
    answer = sign_in(&arena, mock, "new");
    assert_int_equal(renew(&arena, mock, &answer).status, 200);
    tenant_control(&arena, mock, "POST", RESET, "{\"user\":\"x\",\"password\":\"new\"}", 409);
    mocktenant_stop(mock);
}

#define WORLD                                                                                      \
    "{\"extends\":\"ready\",\"tenant\":{\"settings\":{\"signInFrequency\":\"PT12H\"},"             \
    "\"users\":[{\"id\":\"b2e1d4a3-6f59-4c8c-9da7-42a3f1eac202\",\"password\":\"old\"}]}}"

/* Using a token makes no new sign-in of it: the policy counts from the last password. */
static void a_policy_wants_a_sign_in_now_and_then(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(WORLD);
    struct browser browser = {.arena = &arena, .mock = mock};
    const char *page =
        azure_fill(&arena, mock,
                   "/{tenant_id}/oauth2/v2.0/authorize?client_id={client_id}&response_type=code"
                   "&redirect_uri=https://www.contoso.com&scope=User.Read");
    struct answer answer = sign_in(&arena, mock, "old");

    (void)state;
    browser_open(&browser, page);
    browser_press(&browser, "signin", "login=" USER "&passwd=old");
    azure_advance(mock, "PT7H");
    answer = renew(&arena, mock, &answer);
    assert_int_equal(answer.status, 200);
    browser_open(&browser, page);
    assert_non_null(browser_param(&browser, "code"));
    azure_advance(mock, "PT4H59M");
    answer = renew(&arena, mock, &answer);
    assert_int_equal(answer.status, 200);
    azure_advance(mock, "PT1M");
    browser_open(&browser, page);
    assert_true(browser_shows(&browser, "Sign in to your account"));
    answer = renew(&arena, mock, &answer);
    assert_int_equal(answer.status, 400);
    assert_string_equal(text_at(answer.json, "/error"), "invalid_grant");
    assert_string_equal(text_at(answer.json, "/suberror"), "bad_token");
    assert_int_equal(int_at(answer.json, "/error_codes/0"), 70043);
    assert_non_null(strstr(text_at(answer.json, "/error_description"),
                           "The token was issued on 2026-01-15T20:59:00.0000000Z and the maximum "
                           "allowed lifetime for this request is 43200."));
    answer = sign_in(&arena, mock, "old");
    assert_int_equal(renew(&arena, mock, &answer).status, 200);
    mocktenant_stop(mock);
}

static const struct bad_case {
    const char *name, *text;
    int code;
} bad_cases[] = {
    {"garbage", "garbage", 9002313},
    {"a mark that is missing", "1.AeyJhIjoiYiJ9", 9002313},
    {"another mark", "1.AeyJhIjoiYiJ9.AAAA", 9002313},
    {"no JSON behind it", "1.A!!!.AAAA", 9002313},
};

static void refuses_what_is_none(void **state)
{
    const struct bad_case *c = *state;
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(NULL);
    struct answer answer = azure_token(
        &arena, mock, TOKEN,
        arena_printf(&arena, "grant_type=refresh_token&" APP "&refresh_token=%s", c->text), NULL);

    assert_int_equal(int_at(answer.json, "/error_codes/0"), c->code);
    mocktenant_stop(mock);
}

int main(void)
{
    struct CMUnitTest tests[8] = {cmocka_unit_test(a_reset_ends_what_was),
                                  cmocka_unit_test(a_policy_wants_a_sign_in_now_and_then)};
    size_t count = CASES_LISTED(tests);

    CASES(tests, count, bad_cases, refuses_what_is_none);
    return cases_run("refresh", tests, count);
}
