/* Device codes: the endpoint, the page, and what polling is answered. */
#include "azure.h"
#include "browser.h"
#include "cases.h"
#include "shape.h"

#include <string.h>

#include "base/auto.h"
#include "base/str.h"

#define APP   "3a09fc2b-e1d1-4ea4-95cf-ca2b19acea0a"
#define GRAPH "14d82eec-204b-4c2f-b7e8-296a70dab67e"
#define USER  "marketo.sync@contoso.onmicrosoft.com"
#define SYNC  "login=marketo.sync%40contoso.onmicrosoft.com&passwd=sync+horse"
#define SCOPE "&scope=https://contoso.crm.dynamics.com/user_impersonation+openid+offline_access"
#define CODES "/{tenant_id}/oauth2/v2.0/devicecode"
#define TOKEN "/{tenant_id}/oauth2/v2.0/token"
#define NEXT  "/_mock/actions/azure-user/answer-device-codes"
#define ENTER "/_mock/actions/azure-user/enter-device-code"

#define WORLD(settings, public, user)                                                              \
    "{\"extends\":\"ready\",\"tenant\":{\"settings\":{" settings "},\"users\":[{\"id\":"           \
    "\"b2e1d4a3-6f59-4c8c-9da7-42a3f1eac202\",\"password\":\"sync horse\"" user                    \
    "}],\"applications\":[{\"id\":\"29f8eb1a-d0c0-4df3-84be-b91a08fbd909\","                       \
    "\"allowPublicClient\":" public "}]}}"

static const char world[] = WORLD("", "true", "");

static struct answer begin(struct arena *arena, struct mocktenant *mock)
{
    struct answer answer = azure_token(arena, mock, CODES, "client_id=" APP SCOPE, NULL);

    assert_int_equal(answer.status, 200);
    return answer;
}

static struct answer poll(struct arena *arena, struct mocktenant *mock, const cJSON *begun,
                          const char *client, const char *grant)
{
    return azure_token(arena, mock, TOKEN,
                       arena_printf(arena, "grant_type=%s&client_id=%s&device_code=%s", grant,
                                    client, json_get_text(begun, "device_code")),
                       NULL);
}

#define LONG_NAME "urn:ietf:params:oauth:grant-type:device_code"

static int64_t poll_code(struct arena *arena, struct mocktenant *mock, const cJSON *begun)
{
    return int_at(poll(arena, mock, begun, APP, LONG_NAME).json, "/error_codes/0");
}

static void the_answer_is_as_published(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(world);
    struct answer answer = begin(&arena, mock);

    (void)state;
    shape_assert(fixture_read(&arena, "entra/devicecode.json"), answer.json, SHAPE_SAME_ORDER,
                 "user_code device_code message");
    assert_int_equal(strlen(text_at(answer.json, "/user_code")), 9);
    assert_string_equal(
        text_at(answer.json, "/message"),
        arena_printf(&arena,
                     "To sign in, use a web browser to open the page "
                     "https://microsoft.com/devicelogin and enter the code %s to authenticate.",
                     text_at(answer.json, "/user_code")));
    answer = azure_token(&arena, mock, "/{tenant_id}/oauth2/devicecode",
                         "client_id=" APP "&resource=https://contoso.crm.dynamics.com", NULL);
    shape_assert(fixture_read(&arena, "entra/devicecode-v1.json"), answer.json, SHAPE_SAME_ORDER,
                 "user_code device_code message");
    mocktenant_stop(mock);
}

static const struct refusal_case {
    const char *name, *path, *form;
    int code;
} refusal_cases[] = {
    {"no client", CODES, "scope=openid", 900144},
    {"no scope", CODES, "client_id=" APP, 900144},
    {"an unknown client", CODES, "client_id=11111111-2222-3333-4444-555555555555" SCOPE, 700016},
    {"an unknown tenant", "/fabrikam.com/oauth2/v2.0/devicecode", "client_id=" APP SCOPE, 90002},
    {"a single-tenant application at common", "/common/oauth2/v2.0/devicecode",
     "client_id=" APP SCOPE, 50194},
    {"a scope that is not there", CODES,
     "client_id=" APP "&scope=https://contoso.crm.dynamics.com/magic", 650053},
    {"v1 without a resource", "/{tenant_id}/oauth2/devicecode", "client_id=" APP, 900144},
    {"polling without a code", TOKEN, "grant_type=device_code&client_id=" APP, 900144},
    {"polling with another code", TOKEN, "grant_type=device_code&client_id=" APP "&device_code=x",
     70018},
};

static void refuses(void **state)
{
    const struct refusal_case *c = *state;
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(world);
    struct answer answer = azure_token(&arena, mock, c->path, c->form, NULL);

    assert_int_equal(int_at(answer.json, "/error_codes/0"), c->code);
    mocktenant_stop(mock);
}

/* From code entry to "you may now close this window". */
static void a_person_enters_the_code(void **state)
{
    AUTO(arena) arena = {0};
    struct browser browser = {.arena = &arena, .mock = azure_start(world), .host = "microsoft.com"};
    cJSON *begun = begin(&arena, browser.mock).json;
    struct answer answer = poll(&arena, browser.mock, begun, APP, LONG_NAME);
    const char *code = json_get_text(begun, "user_code");

    (void)state;
    assert_int_equal(answer.status, 400);
    shape_assert(fixture_read(&arena, "entra/error-pending.json"), answer.json, SHAPE_SAME_ORDER,
                 "error_description");
    browser_open(&browser, "/devicelogin");
    browser_press(&browser, NULL, "otc=NONSENSE1");
    assert_true(browser_shows(&browser, "That code didn't work"));
    browser_press(
        &browser, NULL,
        arena_printf(&arena, "otc=%.4s-%s", str_lower(arena_strdup(&arena, code)), code + 4));
    assert_true(browser_shows(&browser, "Sign in to your account"));
    browser_press(&browser, "signin", SYNC);
    assert_true(browser_shows(&browser, "Are you trying to sign in"));
    assert_true(browser_shows(&browser, "Marketo Integration"));
    assert_int_equal(poll_code(&arena, browser.mock, begun), 70016);
    browser_press(&browser, "continue", NULL);
    assert_true(browser_shows(&browser, "You may now close this window"));
    answer = poll(&arena, browser.mock, begun, APP, "device_code");
    assert_int_equal(answer.status, 200);
    assert_string_equal(
        text_at(azure_claims(&arena, text_at(answer.json, "/access_token")), "/upn"), USER);
    assert_string_equal(
        text_at(azure_claims(&arena, text_at(answer.json, "/access_token")), "/appidacr"), "0");
    /* A public client's refresh token needs no secret, and the code is spent. */
    assert_int_equal(
        azure_token(&arena, browser.mock, TOKEN,
                    arena_printf(&arena,
                                 "grant_type=refresh_token&client_id=" APP "&refresh_token=%s",
                                 text_at(answer.json, "/refresh_token")),
                    NULL)
            .status,
        200);
    assert_int_equal(poll_code(&arena, browser.mock, begun), 54005);
    browser_open(&browser, "/common/oauth2/deviceauth");
    browser_press(&browser, NULL, arena_printf(&arena, "otc=%s", code));
    assert_true(browser_shows(&browser, "That code didn't work"));
    mocktenant_stop(browser.mock);
}

static void a_person_declines(void **state)
{
    AUTO(arena) arena = {0};
    struct browser browser = {.arena = &arena, .mock = azure_start(world)};
    cJSON *begun = begin(&arena, browser.mock).json;
    struct answer answer;

    (void)state;
    browser_open(&browser, "/devicelogin");
    browser_press(&browser, NULL,
                  arena_printf(&arena, "otc=%s", json_get_text(begun, "user_code")));
    browser_press(&browser, "signin", SYNC);
    browser_press(&browser, "cancel", NULL);
    assert_true(browser_shows(&browser, "cancelled"));
    answer = poll(&arena, browser.mock, begun, APP, LONG_NAME);
    assert_int_equal(answer.status, 400);
    assert_string_equal(text_at(answer.json, "/error"), "authorization_declined");
    mocktenant_stop(browser.mock);
}

static const struct end_case {
    const char *name, *world;
    int code;
} end_cases[] = {
    {"a code ends", WORLD("", "true", ""), 70020},
    {"a code ends with the other number", WORLD("\"expiredDeviceCodeError\":\"70019\"", "true", ""),
     70019},
};

static void a_code_ends(void **state)
{
    const struct end_case *c = *state;
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(c->world);
    cJSON *begun = begin(&arena, mock).json;
    struct answer answer;

    azure_advance(mock, "PT15M");
    answer = poll(&arena, mock, begun, APP, LONG_NAME);
    assert_string_equal(text_at(answer.json, "/error"), "expired_token");
    assert_int_equal(int_at(answer.json, "/error_codes/0"), c->code);
    tenant_control(&arena, mock, "POST", ENTER,
                   arena_printf(&arena, "{\"code\":\"%s\",\"user\":\"" USER "\"}",
                                json_get_text(begun, "user_code")),
                   409);
    mocktenant_stop(mock);
}

static const struct slow_case {
    const char *name, *world, *wait;
    int code;
} slow_cases[] = {
    {"haste is not noticed", WORLD("", "true", ""), "PT1S", 70016},
    {"haste brings slow_down where a setting says so", WORLD("\"deviceSlowDown\":true", "true", ""),
     "PT1S", 70017},
    {"the interval is enough", WORLD("\"deviceSlowDown\":true", "true", ""), "PT5S", 70016},
};

static void judges_haste(void **state)
{
    const struct slow_case *c = *state;
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(c->world);
    cJSON *begun = begin(&arena, mock).json;

    assert_int_equal(poll_code(&arena, mock, begun), 70016);
    azure_advance(mock, c->wait);
    assert_int_equal(poll_code(&arena, mock, begun), c->code);
    mocktenant_stop(mock);
}

static void only_the_client_that_began_gets_it(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(world);
    cJSON *begun = begin(&arena, mock).json;

    (void)state;
    tenant_control(&arena, mock, "POST", ENTER,
                   arena_printf(&arena, "{\"code\":\"%s\",\"user\":\"" USER "\"}",
                                json_get_text(begun, "user_code")),
                   200);
    assert_int_equal(int_at(poll(&arena, mock, begun, GRAPH, LONG_NAME).json, "/error_codes/0"),
                     70000);
    assert_int_equal(poll(&arena, mock, begun, APP, LONG_NAME).status, 200);
    mocktenant_stop(mock);
}

static void a_confidential_client_needs_its_secret(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(WORLD("", "false", ""));
    cJSON *begun = begin(&arena, mock).json;

    (void)state;
    assert_int_equal(poll_code(&arena, mock, begun), 7000218);
    mocktenant_stop(mock);
}

/* Microsoft's own client: nothing is registered, and the consent is the administrator's. */
static void an_administrator_signs_in_with_a_client_of_microsofts(void **state)
{
    static const char form[] =
        "client_id=" GRAPH "&scope=https://graph.microsoft.com/Application.ReadWrite.All+openid";
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(world);
    struct answer begun, answer;
    const char *token;

    (void)state;
    tenant_control(&arena, mock, "POST", NEXT, "{\"user\":\"" USER "\"}", 200);
    begun = azure_token(&arena, mock, CODES, form, NULL);
    /* The sync user may not consent to that: the code waits. */
    answer = poll(&arena, mock, begun.json, GRAPH, LONG_NAME);
    assert_int_equal(int_at(answer.json, "/error_codes/0"), 70016);
    tenant_control(&arena, mock, "POST", NEXT, "{\"user\":\"admin@contoso.onmicrosoft.com\"}", 200);
    begun = azure_token(&arena, mock, CODES, form, NULL);
    answer = poll(&arena, mock, begun.json, GRAPH, LONG_NAME);
    assert_int_equal(answer.status, 200);
    token = text_at(answer.json, "/access_token");
    assert_string_equal(text_at(azure_claims(&arena, token), "/appid"), GRAPH);
    assert_int_equal(azure_graph(&arena, mock, token, "POST", "/v1.0/applications",
                                 "{\"displayName\":\"by hand\"}")
                         .status,
                     201);
    tenant_control(&arena, mock, "POST", NEXT,
                   "{\"user\":\"admin@contoso.onmicrosoft.com\",\"decline\":true}", 200);
    begun = azure_token(&arena, mock, CODES, form, NULL);
    assert_string_equal(text_at(poll(&arena, mock, begun.json, GRAPH, LONG_NAME).json, "/error"),
                        "authorization_declined");
    tenant_control(&arena, mock, "POST", NEXT, "{\"user\":\"nobody\"}", 409);
    mocktenant_stop(mock);
}

int main(void)
{
    struct CMUnitTest tests[40];
    size_t count = 0;

    CASES(tests, count, refusal_cases, refuses);
    CASES(tests, count, slow_cases, judges_haste);
    CASES(tests, count, end_cases, a_code_ends);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(the_answer_is_as_published);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(a_person_enters_the_code);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(a_person_declines);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(only_the_client_that_began_gets_it);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(a_confidential_client_needs_its_secret);
    tests[count++] =
        (struct CMUnitTest)cmocka_unit_test(an_administrator_signs_in_with_a_client_of_microsofts);
    return cases_run("devicecode", tests, count);
}
