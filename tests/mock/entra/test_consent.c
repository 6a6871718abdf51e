/* Consent and the second factor at the sign-in page: who may, for whom, and what is asked. */
#include "sign_in.h"

#include <string.h>

#include "base/auto.h"
#include "base/str.h"

static const struct factor_case {
    const char *name, *world, *title;
} factor_cases[] = {
    {"a second factor is asked for", WORLD("AzureADMyOrg", "", ",\"mfa\":\"required\""),
     "Approve sign in request"},
    {"a second factor is registered", WORLD("AzureADMyOrg", "", ",\"mfa\":\"unregistered\""),
     "More information required"},
};

static void asks_for_a_second_factor(void **state)
{
    const struct factor_case *c = *state;
    AUTO(arena) arena = {0};
    struct browser browser = browser_of(&arena, c->world);
    struct answer answer;
    cJSON *claims;

    browser_open(&browser, V2 ASK BACK SCOPE);
    browser_press(&browser, "signin", SYNC);
    assert_true(browser_shows(&browser, c->title));
    browser_open(&browser, V2 ASK BACK SCOPE "&prompt=none");
    assert_string_equal(browser_param(&browser, "error"), "interaction_required");
    browser_open(&browser, V2 ASK BACK SCOPE);
    browser_press(&browser, "approve", NULL);
    browser_press(&browser, "accept", NULL);
    answer = redeem(&browser, browser_param(&browser, "code"), WEB, NULL);
    assert_int_equal(answer.status, 200);
    claims = azure_claims(&arena, text_at(answer.json, "/access_token"));
    assert_string_equal(text_at(claims, "/amr/0"), "pwd");
    assert_string_equal(text_at(claims, "/amr/1"), "mfa");
    /* What was shown counts for its refresh tokens. */
    answer = azure_token(&arena, browser.mock, TOKEN,
                         arena_printf(&arena,
                                      "grant_type=refresh_token&client_id=" APP
                                      "&client_secret=the+secret&refresh_token=%s",
                                      text_at(answer.json, "/refresh_token")),
                         NULL);
    assert_int_equal(answer.status, 200);
    mocktenant_stop(browser.mock);
}

/* A page elsewhere cannot press the button for a person who is signed in. */
static void consent_needs_the_form_of_the_session(void **state)
{
    AUTO(arena) arena = {0};
    struct browser browser = browser_of(&arena, world);

    (void)state;
    browser_open(&browser, V2 ASK BACK SCOPE);
    browser_press(&browser, "signin", SYNC);
    browser.page.body =
        "<form method=\"post\">"
        "<input type=\"hidden\" name=\"client_id\" value=\"" APP "\">"
        "<input type=\"hidden\" name=\"response_type\" value=\"code\">"
        "<input type=\"hidden\" name=\"scope\" value=\"" ORG "/user_impersonation\">"
        "<input type=\"hidden\" name=\"canary\" value=\"guess\">";
    browser_press(&browser, "accept", NULL);
    assert_true(browser_shows(&browser, "Permissions requested"));
    mocktenant_stop(browser.mock);
}

static int64_t rows(struct browser *browser, const char *principal)
{
    const cJSON *row,
        *page = tenant_control(browser->arena, browser->mock, "GET",
                               "/_mock/state/graph/oauth2PermissionGrants", NULL, 200);
    int64_t count = 0;

    cJSON_ArrayForEach(row, json_get(page, "rows"))
    {
        count += str_eq(json_get_text(row, "principalId"), principal);
    }
    return count;
}

static void consent_is_for_that_user_alone(void **state)
{
    AUTO(arena) arena = {0};
    struct browser browser = browser_of(&arena, world);

    (void)state;
    sign_in(&browser, V2 ASK BACK SCOPE, SYNC);
    assert_int_equal(rows(&browser, "b2e1d4a3-6f59-4c8c-9da7-42a3f1eac202"), 1);
    assert_int_equal(rows(&browser, NULL), 0);
    browser.cookie = NULL;
    browser_open(&browser, V2 ASK BACK SCOPE);
    browser_press(&browser, "signin", ADMIN);
    assert_true(browser_shows(&browser, "Permissions requested"));
    assert_true(browser_shows(&browser, "on behalf of your organization"));
    browser_press(&browser, "accept", "admin_consent=on");
    assert_int_equal(rows(&browser, NULL), 1);
    mocktenant_stop(browser.mock);
}

static void only_administrators_may_consent_where_a_policy_says_so(void **state)
{
    AUTO(arena) arena = {0};
    struct browser browser =
        browser_of(&arena, WORLD("AzureADMyOrg", "\"userConsent\":\"administrators\"", ""));

    (void)state;
    browser_open(&browser, V2 ASK BACK SCOPE);
    browser_press(&browser, "signin", SYNC);
    assert_int_equal(browser.page.status, 400);
    assert_true(browser_shows(&browser, "AADSTS90094"));
    browser.cookie = NULL;
    sign_in(&browser, V2 ASK BACK SCOPE, ADMIN);
    assert_non_null(browser_param(&browser, "code"));
    mocktenant_stop(browser.mock);
}

static void permissions_of_administrators_need_one(void **state)
{
    AUTO(arena) arena = {0};
    struct browser browser = browser_of(&arena, world);

    (void)state;
    browser_open(&browser, V2 ASK BACK "&scope=Directory.Read.All");
    browser_press(&browser, "signin", SYNC);
    assert_true(browser_shows(&browser, "AADSTS90094"));
    mocktenant_stop(browser.mock);
}

static void permissions_must_be_listed_or_named(void **state)
{
    AUTO(arena) arena = {0};
    struct browser browser = browser_of(&arena, world);

    (void)state;
    browser_open(&browser, V2 ASK BACK "&scope=https://graph.microsoft.com/.default");
    browser_press(&browser, "signin", SYNC);
    assert_string_equal(browser_param(&browser, "error"), "invalid_client");
    assert_non_null(strstr(browser_param(&browser, "error_description"), "AADSTS650056"));
    browser_open(&browser, V2 ASK BACK "&scope=User.Read");
    assert_true(browser_shows(&browser, "User.Read"));
    mocktenant_stop(browser.mock);
}

/* The manifest lists an API that the tenant does not have. */
static void consent_needs_the_service(void **state)
{
    AUTO(arena) arena = {0};
    struct browser browser = browser_of(
        &arena, "{\"extends\":\"ready\",\"tenant\":{\"users\":[{\"id\":"
                "\"a1d0c3f2-5e48-4b7b-8c96-31f2e0d9b101\",\"password\":\"admin horse\"}],"
                "\"applications\":[{\"id\":\"29f8eb1a-d0c0-4df3-84be-b91a08fbd909\","
                "\"requiredResourceAccess\":[{\"resourceAppId\":"
                "\"00000009-0000-0000-c000-000000000000\",\"resourceAccess\":[{\"id\":"
                "\"78ce3f0f-a1ce-49c2-8cde-64b5c0896db4\",\"type\":\"Scope\"}]}]}]}}");

    (void)state;
    browser_open(&browser, V1 ASK "&prompt=admin_consent&redirect_uri=https://www.contoso.com");
    browser_press(&browser, "signin", ADMIN);
    browser_press(&browser, "accept", NULL);
    assert_int_equal(browser.page.status, 400);
    assert_true(browser_shows(&browser, "AADSTS650052"));
    mocktenant_stop(browser.mock);
}

/* v1 without a resource: all that the application lists. */
static void the_v1_link_consents_to_the_manifest(void **state)
{
    AUTO(arena) arena = {0};
    struct browser browser = browser_of(&arena, WORLD("AzureADMultipleOrgs", "", ""));

    (void)state;
    browser_open(&browser, "/common/oauth2/authorize" ASK "&prompt=admin_consent" BACK);
    browser_press(&browser, "signin", SYNC);
    assert_true(browser_shows(&browser, "AADSTS90093"));
    browser.cookie = NULL;
    sign_in(&browser, "/common/oauth2/authorize" ASK "&prompt=admin_consent" BACK, ADMIN);
    assert_string_equal(browser_param(&browser, "admin_consent"), "True");
    assert_int_equal(rows(&browser, NULL), 1);
    browser.cookie = NULL;
    browser_open(&browser, V1 ASK BACK);
    browser_press(&browser, "signin", SYNC);
    assert_non_null(browser_param(&browser, "code"));
    mocktenant_stop(browser.mock);
}

int main(void)
{
    struct CMUnitTest tests[16] = {
        cmocka_unit_test(consent_needs_the_form_of_the_session),
        cmocka_unit_test(consent_is_for_that_user_alone),
        cmocka_unit_test(only_administrators_may_consent_where_a_policy_says_so),
        cmocka_unit_test(permissions_of_administrators_need_one),
        cmocka_unit_test(permissions_must_be_listed_or_named),
        cmocka_unit_test(consent_needs_the_service),
        cmocka_unit_test(the_v1_link_consents_to_the_manifest),
    };
    size_t count = CASES_LISTED(tests);

    CASES(tests, count, factor_cases, asks_for_a_second_factor);
    return cases_run("consent", tests, count);
}
