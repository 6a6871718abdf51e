/* Users who must be assigned, and clients of Microsoft's that an API does not take. */
#include "azure.h"
#include "browser.h"
#include "cases.h"

#include "base/auto.h"

#define TOKEN "/{tenant_id}/oauth2/v2.0/token"
#define ORG   "https://contoso.crm.dynamics.com"
#define ROPC                                                                                       \
    "grant_type=password&client_id={client_id}&client_secret={client_secret}&username={username}"  \
    "&password={password}&scope=" ORG "/.default"
#define APP                                                                                        \
    "grant_type=client_credentials&client_id={client_id}&client_secret={client_secret}"            \
    "&scope=" ORG "/.default"
#define PRINCIPAL "/v1.0/servicePrincipals/4b1aad3c-f2e2-4fb5-a6da-db3c2abdfb0b"
#define ASSIGN    "/_mock/actions/azure-admin/assign-user"

static const char world[] =
    "{\"extends\":\"ready\",\"tenant\":{\"users\":[{\"id\":"
    "\"b2e1d4a3-6f59-4c8c-9da7-42a3f1eac202\",\"password\":\"sync horse\"}]}}";

static void only_assigned_users_sign_in(void **state)
{
    AUTO(arena) arena = {0};
    struct browser browser = {.arena = &arena, .mock = azure_start(world)};
    struct mocktenant *mock = browser.mock;
    struct answer answer;
    const char *page;

    (void)state;
    page = azure_fill(&arena, mock,
                      "/{tenant_id}/oauth2/v2.0/authorize?client_id={client_id}&response_type=code"
                      "&redirect_uri=https://www.contoso.com&scope=" ORG "/user_impersonation");
    assert_int_equal(azure_token(&arena, mock, TOKEN, ROPC, NULL).status, 200);
    assert_int_equal(azure_graph(&arena, mock, azure_admin_token(&arena, mock), "PATCH", PRINCIPAL,
                                 "{\"appRoleAssignmentRequired\":true}")
                         .status,
                     204);
    answer = azure_token(&arena, mock, TOKEN, ROPC, NULL);
    assert_int_equal(answer.status, 400);
    assert_int_equal(int_at(answer.json, "/error_codes/0"), 50105);
    assert_int_equal(azure_token(&arena, mock, TOKEN, APP, NULL).status, 200);
    browser_open(&browser, page);
    browser_press(&browser, "signin",
                  "login=marketo.sync%40contoso.onmicrosoft.com&passwd=sync+horse");
    assert_true(browser_shows(&browser, "AADSTS50105"));
    assert_null(browser.cookie);
    tenant_control(&arena, mock, "POST", ASSIGN,
                   "{\"application\":\"Marketo Integration\",\"user\":\"nobody\"}", 409);
    tenant_control(&arena, mock, "POST", ASSIGN,
                   "{\"application\":\"Marketo Integration\",\"user\":"
                   "\"marketo.sync@contoso.onmicrosoft.com\"}",
                   200);
    assert_int_equal(azure_token(&arena, mock, TOKEN, ROPC, NULL).status, 200);
    browser_open(&browser, page);
    browser_press(&browser, "signin",
                  "login=marketo.sync%40contoso.onmicrosoft.com&passwd=sync+horse");
    assert_non_null(browser_param(&browser, "code"));
    mocktenant_stop(mock);
}

static const struct agreed_case {
    const char *name, *form;
    int code; /* 0: good */
} agreed_cases[] = {
    {"the Graph tools for Graph",
     "client_id=14d82eec-204b-4c2f-b7e8-296a70dab67e&scope=Application.ReadWrite.All", 0},
    {"the Graph tools for Dataverse",
     "client_id=14d82eec-204b-4c2f-b7e8-296a70dab67e&scope=" ORG "/user_impersonation", 65002},
    {"the example client for Dataverse",
     "client_id=51f81489-12ee-4a9e-aaae-a2591f45987d&scope=" ORG "/user_impersonation", 0},
    {"the Azure CLI for Dataverse",
     "client_id=04B07795-8DDB-461A-BBEE-02F9E1BF7B46&scope=" ORG "/user_impersonation", 0},
};

static void apis_take_clients_that_were_agreed(void **state)
{
    const struct agreed_case *c = *state;
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(world);
    struct answer answer =
        azure_token(&arena, mock, "/organizations/oauth2/v2.0/devicecode", c->form, NULL);

    if (c->code == 0) {
        assert_int_equal(answer.status, 200);
    } else {
        assert_int_equal(int_at(answer.json, "/error_codes/0"), c->code);
    }
    mocktenant_stop(mock);
}

int main(void)
{
    struct CMUnitTest tests[8] = {cmocka_unit_test(only_assigned_users_sign_in)};
    size_t count = CASES_LISTED(tests);

    CASES(tests, count, agreed_cases, apis_take_clients_that_were_agreed);
    return cases_run("assignment", tests, count);
}
