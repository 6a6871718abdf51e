/* The consent page: who may, what is granted, and where the answer goes. */
#include "azure.h"
#include "cases.h"

#include <string.h>

#include "base/str.h"

#define APP   "3a09fc2b-e1d1-4ea4-95cf-ca2b19acea0a"
#define V1    "/contoso.com/adminconsent?client_id=" APP "&state=a%20b"
#define V2    "/organizations/v2.0/adminconsent?client_id=" APP "&state=a%20b"
#define BACK  "&redirect_uri=https://www.contoso.com"
#define SCOPE "&scope=https://contoso.crm.dynamics.com/.default"

/* The integration is registered and has a secret, and nobody has consented. */
static const char world[] =
    "{\"extends\":\"fresh\",\"tenant\":{\"users\":[{\"id\":\"a1d0c3f2-5e48-4b7b-8c96-"
    "31f2e0d9b101\","
    "\"password\":\"correct horse\"}],\"applications\":[{\"id\":"
    "\"29f8eb1a-d0c0-4df3-84be-b91a08fbd909\",\"appId\":\"" APP
    "\",\"displayName\":\"Marketo <Integration>\",\"redirectUris\":[\"https://www.contoso.com\"],"
    "\"servicePrincipal\":{\"present\":false},\"requiredResourceAccess\":[{\"resourceAppId\":"
    "\"00000007-0000-0000-c000-000000000000\",\"resourceAccess\":[{\"id\":"
    "\"78ce3f0f-a1ce-49c2-8cde-64b5c0896db4\",\"type\":\"Scope\"}]}]},{\"id\":"
    "\"39f8eb1a-d0c0-4df3-84be-b91a08fbd909\",\"appId\":\"4a09fc2b-e1d1-4ea4-95cf-ca2b19acea0a\","
    "\"displayName\":\"No reply\"}]}}";

static const char accept[] =
    "action=accept&username=admin%40contoso.onmicrosoft.com&password=correct+horse";

static struct answer visit(struct arena *arena, struct mocktenant *mock, const char *target,
                           const char *form)
{
    const struct ask ask = {DIRECT,
                            form != NULL ? "POST" : "GET",
                            "login.microsoftonline.com",
                            target,
                            {"Content-Type: application/x-www-form-urlencoded"},
                            form,
                            0};

    return tenant_ask(arena, mock, &ask);
}

static int64_t grants(struct mocktenant *mock)
{
    AUTO(arena) arena = {0};
    cJSON *page =
        tenant_control(&arena, mock, "GET", "/_mock/state/graph/oauth2PermissionGrants", NULL, 200);

    return cJSON_GetArraySize(json_get(page, "rows"));
}

static const struct answer_case {
    const char *name, *target, *form;
    int64_t grants;
    const char *location;
} answer_cases[] = {
    {"accepted", V1 BACK, accept, 1,
     "https://www.contoso.com?tenant=6b1c5f0e-7a3d-4c55-9e2f-0d4b8a17c001&state=a+b"
     "&admin_consent=True"},
    {"accepted, v2.0", V2 BACK SCOPE, accept, 1,
     "https://www.contoso.com?admin_consent=True&tenant=6b1c5f0e-7a3d-4c55-9e2f-0d4b8a17c001"
     "&scope=https%3A%2F%2Fcontoso.crm.dynamics.com%2F.default&state=a+b"},
    {"one permission that is not listed", V2 BACK "&scope=User.Read", accept, 1,
     "https://www.contoso.com?admin_consent=True&tenant=6b1c5f0e-7a3d-4c55-9e2f-0d4b8a17c001"
     "&scope=User.Read&state=a+b"},
    {"an API of which nothing is listed", V2 BACK "&scope=https://graph.microsoft.com/.default",
     accept, 0,
     "https://www.contoso.com?admin_consent=True&tenant=6b1c5f0e-7a3d-4c55-9e2f-0d4b8a17c001"
     "&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default&state=a+b"},
    {"a bare .default is Graph's", V2 BACK "&scope=.default", accept, 0,
     "https://www.contoso.com?admin_consent=True&tenant=6b1c5f0e-7a3d-4c55-9e2f-0d4b8a17c001"
     "&scope=.default&state=a+b"},
    {"cancelled", V1 BACK, "action=cancel", 0,
     "https://www.contoso.com?error=permission_denied"
     "&error_description=The+admin+canceled+the+request&admin_consent=True&state=a+b"},
    {"cancelled, v2.0", V2 BACK SCOPE, "action=cancel", 0,
     "https://www.contoso.com?admin_consent=True&error=consent_required"
     "&error_description=AADSTS65004%3A+The+resource+owner+or+authorization+server+denied+the"
     "+request.%0D%0ATrace+ID%3A+"},
};

static void answers(void **state)
{
    const struct answer_case *c = *state;
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(world);
    struct answer answer = visit(&arena, mock, c->target, c->form);
    const char *location = answer_header(&arena, &answer, "location");

    assert_int_equal(answer.status, 302);
    assert_non_null(location);
    assert_int_equal(strncmp(location, c->location, strlen(c->location)), 0);
    assert_int_equal(grants(mock), c->grants);
    mocktenant_stop(mock);
}

static const struct page_case {
    const char *name, *target, *form;
    int status;
    const char *text;
} page_cases[] = {
    {"the form", V1 BACK, NULL, 200, "<h2>Marketo &lt;Integration&gt;</h2>"},
    {"no redirect URI", V1, NULL, 400, "AADSTS90014: The required field 'redirect_uri'"},
    {"another redirect URI", V1 "&redirect_uri=https://www.contoso.com/", NULL, 400,
     "AADSTS50011: The redirect URI 'https://www.contoso.com/'"},
    {"markup in a redirect URI", V1 "&redirect_uri=%3Cscript%3E", NULL, 400,
     "'&lt;script&gt;' specified"},
    {"an application without one",
     "/contoso.com/adminconsent?client_id=4a09fc2b-e1d1-4ea4-95cf-ca2b19acea0a" BACK, NULL, 400,
     "AADSTS500113: No reply address"},
    {"an unknown application",
     "/contoso.com/adminconsent?client_id=11111111-2222-3333-4444-555555555555" BACK, NULL, 400,
     "AADSTS700016"},
    {"an unknown tenant", "/fabrikam.com/adminconsent?client_id=" APP BACK, NULL, 400,
     "AADSTS90002"},
    {"no scope on v2.0", V2 BACK, NULL, 400, "AADSTS90014: The required field 'scope'"},
    {"an unknown API", V2 BACK "&scope=https://x.example/.default", accept, 400, "AADSTS500011"},
    {"an unknown permission", V2 BACK "&scope=Everything.Read", accept, 400, "AADSTS650053"},
    {"an unknown permission after a known one", V2 BACK SCOPE "%20Everything.Read", accept, 400,
     "AADSTS650053"},
    {"an unknown API after a permission", V2 BACK "&scope=User.Read%20https://x.example/.default",
     accept, 400, "AADSTS500011"},
    {"a wrong password", V1 BACK,
     "action=accept&username=admin%40contoso.onmicrosoft.com&password=x", 200, "AADSTS50126"},
    {"nothing entered", V1 BACK, "action=accept", 200, "Enter your user name and password."},
};

/* What goes wrong is shown on the page and never sent anywhere. */
static void pages(void **state)
{
    const struct page_case *c = *state;
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(world);
    struct answer answer = visit(&arena, mock, c->target, c->form);

    assert_int_equal(answer.status, c->status);
    if (strstr(answer.body, c->text) == NULL) {
        fail_msg("expected %s, found %s", c->text, answer.body);
    }
    assert_null(answer_header(&arena, &answer, "location"));
    assert_int_equal(grants(mock), 0);
    mocktenant_stop(mock);
}

static void only_an_administrator_may(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(world);
    struct answer answer =
        visit(&arena, mock, V1 BACK,
              azure_fill(&arena, mock, "action=accept&username={username}&password={password}"));

    (void)state;
    assert_int_equal(answer.status, 400);
    assert_non_null(strstr(answer.body, "AADSTS90093"));
    assert_string_equal(azure_rules(&arena, mock), "SETUP2-22");
    assert_int_equal(grants(mock), 0);
    mocktenant_stop(mock);
}

int main(void)
{
    struct CMUnitTest tests[32] = {cmocka_unit_test(only_an_administrator_may)};
    size_t count = CASES_LISTED(tests);

    CASES(tests, count, answer_cases, answers);
    CASES(tests, count, page_cases, pages);
    return cases_run("adminconsent", tests, count);
}
