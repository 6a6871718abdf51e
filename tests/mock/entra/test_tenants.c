/*
 * Requests that stray into another organization's tenant, or into another cloud: what is there,
 * what is not, and which tenant the refusals name.
 */
#include "sign_in.h"

#include <string.h>

#include "base/auto.h"

#define FABRIKAM "7c2d6e1f-8b4e-4d66-8f30-1e5c9b28d002"
#define THEIRS   "5b1afd3c-f2e2-4fb5-a6da-db3c2abdfb0b"
#define TENANTS(applications)                                                                      \
    "\"otherTenants\":[{\"id\":\"" FABRIKAM "\",\"displayName\":\"Fabrikam\",\"domains\":["        \
    "\"fabrikam.com\",\"fabrikam.onmicrosoft.com\"],\"applications\":[{\"appId\":\"" THEIRS        \
    "\",\"displayName\":\"Marketo Test\",\"secrets\":[{\"value\":\"their secret\"}]}" applications \
    "]},{\"id\":\"8d3e7f20-9c5f-4e77-9041-2f6dac39e003\",\"domains\":[\"agency.us\"],"             \
    "\"cloud\":\"us-government\"},{\"id\":\"9e4f8031-ad60-4f88-a152-307ebd4af004\","               \
    "\"domains\":[\"shanghai.cn\"],\"cloud\":\"china\"}],"

/* The application is registered for many tenants, and Fabrikam has consented to it. */
static const char present[] =
    WORLD_WITH(TENANTS(",{\"appId\":\"" APP "\"}"), "AzureADMultipleOrgs", "", "");
/* Fabrikam has never heard of it. */
static const char absent[] = WORLD_WITH(TENANTS(""), "AzureADMultipleOrgs", "", "");
/* It is for one tenant, whatever the other one has. */
static const char single[] =
    WORLD_WITH(TENANTS(",{\"appId\":\"" APP "\"}"), "AzureADMyOrg", "", "");

#define AT(tenant) "/" tenant "/oauth2/v2.0/token"
#define SECRET     "&client_secret=the+secret"
#define AS_APP     "grant_type=client_credentials&client_id=" APP SECRET
#define AS_THEIRS  "grant_type=client_credentials&client_id=" THEIRS
#define AS_USER    "grant_type=password&password=x&username="
#define TO_ORG     "&scope=" ORG "/.default"
#define TO_GRAPH   "&scope=https://graph.microsoft.com/.default"
#define CLIENT     "&client_id=" APP SECRET
#define SAML       "&grant_type=urn:ietf:params:oauth:grant-type:saml1_1-bearer"

static const struct token_case {
    const char *name, *world, *path, *form;
    int64_t code;
    const char *text; /* a part of the description */
} token_cases[] = {
    {"an application that is not there", absent, AT("fabrikam.com"), AS_APP TO_ORG, 700016,
     "Application with identifier '" APP "' was not found in the directory 'Fabrikam'"},
    {"by the tenant's id", absent, AT(FABRIKAM), AS_APP TO_ORG, 700016, "directory 'Fabrikam'"},
    {"by its other domain", absent, AT("Fabrikam.OnMicrosoft.com"), AS_APP TO_ORG, 700016,
     "directory 'Fabrikam'"},
    {"a tenant that nobody knows", absent, AT("northwind.com"), AS_APP TO_ORG, 90002,
     "Tenant 'northwind.com' not found"},
    {"an application for one tenant alone", single, AT(FABRIKAM), AS_APP TO_ORG, 700016,
     "directory 'Fabrikam'"},
    {"an application of theirs, at our tenant", present, AT("contoso.com"),
     AS_THEIRS "&client_secret=their+secret" TO_ORG, 700016, "directory 'Contoso'"},
    {"an application of theirs with another secret", present, AT(FABRIKAM),
     AS_THEIRS "&client_secret=x" TO_ORG, 7000215, "for a secret added to app '" THEIRS "'"},
    {"an application of theirs without a secret", present, AT(FABRIKAM), AS_THEIRS TO_ORG, 7000216,
     "'client_assertion', 'client_secret'"},
    {"our organization is not theirs", present, AT(FABRIKAM),
     AS_THEIRS "&client_secret=their+secret" TO_ORG, 500011,
     "named " ORG " was not found in the tenant named Fabrikam"},
    {"nor for our application", present, AT(FABRIKAM), AS_APP TO_ORG, 500011,
     "tenant named Fabrikam"},
    {"our secret is looked at there too", present, AT(FABRIKAM),
     "grant_type=client_credentials&client_id=" APP "&client_secret=x" TO_ORG, 7000215, APP},
    {"a password of our user there", present, AT(FABRIKAM),
     AS_USER "marketo.sync@contoso.onmicrosoft.com" CLIENT TO_GRAPH, 50034,
     "does not exist in the Fabrikam directory"},
    {"a password of their user there: nobody is told of here", present, AT(FABRIKAM),
     AS_USER "x@fabrikam.com" CLIENT TO_GRAPH, 50034, "the Fabrikam directory"},
    {"a password of their user at our tenant", present, AT("contoso.com"),
     AS_USER "x@fabrikam.com" CLIENT TO_ORG, 50034, "the Contoso directory"},
    {"the domain decides at organizations", present, AT("organizations"),
     AS_USER "x@fabrikam.com" CLIENT TO_GRAPH, 50034, "the Fabrikam directory"},
    {"and the application must be there", absent, AT("organizations"),
     AS_USER "x@fabrikam.com" CLIENT TO_GRAPH, 700016, "directory 'Fabrikam'"},
    {"a domain in another cloud at organizations", present, AT("organizations"),
     AS_USER "x@agency.us" CLIENT TO_GRAPH, 900382, "Cross Cloud"},
    {"an assertion that is none", present, AT(FABRIKAM), "assertion=eHg" CLIENT TO_GRAPH SAML,
     50008, "SAML token is invalid"},
    {"a secret in another cloud", absent, AT("agency.us"), AS_APP TO_ORG, 900382,
     "Confidential Client is not supported in Cross Cloud request."},
    {"client credentials without a secret in another cloud", absent, AT("agency.us"),
     "grant_type=client_credentials&client_id=" APP TO_ORG, 900382, "Cross Cloud"},
    {"an assertion of the client in another cloud", absent, AT("agency.us"),
     AS_USER "x@agency.us&client_assertion=x&client_id=" APP TO_ORG, 900382, "Cross Cloud"},
    {"a public client in another cloud", absent, AT("agency.us"),
     AS_USER "x@agency.us&client_id=" APP TO_ORG, 90038,
     "Tenant 'agency.us' request is being redirected to the National Cloud 'MicrosoftOnline.US'."},
    {"a device code in another cloud", absent, "/shanghai.cn/oauth2/v2.0/devicecode",
     "client_id=" APP TO_ORG, 90038, "the National Cloud 'MicrosoftOnline.CN'"},
    {"a device code for an application that is not there", absent,
     "/fabrikam.com/oauth2/v2.0/devicecode", "client_id=" APP TO_GRAPH, 700016,
     "directory 'Fabrikam'"},
};

static void tokens(void **state)
{
    const struct token_case *c = *state;
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(c->world);
    struct answer answer = azure_token(&arena, mock, c->path, c->form, NULL);
    const char *text = text_at(answer.json, "/error_description");

    assert_int_equal(int_at(answer.json, "/error_codes/0"), c->code);
    if (strstr(text, c->text) == NULL) {
        fail_msg("no \"%s\" in: %s", c->text, text);
    }
    mocktenant_stop(mock);
}

/* It is a token of that tenant, good for nothing in this one. */
static void a_token_of_theirs_opens_nothing_here(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(present);
    struct answer answer = azure_token(&arena, mock, AT(FABRIKAM),
                                       AS_THEIRS "&client_secret=their+secret" TO_GRAPH, NULL);
    const cJSON *theirs = azure_claims(&arena, text_at(answer.json, "/access_token")), *ours;

    (void)state;
    assert_string_equal(text_at(theirs, "/tid"), FABRIKAM);
    assert_string_equal(text_at(theirs, "/iss"), "https://sts.windows.net/" FABRIKAM "/");
    assert_string_equal(text_at(theirs, "/appid"), THEIRS);
    assert_int_equal(azure_graph(&arena, mock, text_at(answer.json, "/access_token"), "GET",
                                 "/v1.0/organization", NULL)
                         .status,
                     401);
    answer = azure_token(&arena, mock, AT(FABRIKAM), AS_APP TO_GRAPH, NULL);
    theirs = azure_claims(&arena, text_at(answer.json, "/access_token"));
    answer = azure_token(&arena, mock, AT("contoso.com"), AS_APP TO_GRAPH, NULL);
    ours = azure_claims(&arena, text_at(answer.json, "/access_token"));
    assert_string_equal(text_at(ours, "/appid"), text_at(theirs, "/appid"));
    assert_string_not_equal(text_at(ours, "/oid"), text_at(theirs, "/oid"));
    assert_string_not_equal(text_at(ours, "/tid"), text_at(theirs, "/tid"));
    mocktenant_stop(mock);
}

static void a_code_is_for_its_tenant(void **state)
{
    AUTO(arena) arena = {0};
    struct browser browser = browser_of(&arena, present);
    const char *code, *form;
    struct answer answer;

    (void)state;
    sign_in(&browser, V2 ASK BACK SCOPE PKCE, SYNC);
    code = browser_param(&browser, "code");
    form = arena_printf(&arena,
                        "grant_type=authorization_code&client_id=" APP "&code=%s%s"
                        "&scope=https://graph.microsoft.com/User.Read",
                        code, WEB_ALL);
    answer = azure_token(&arena, browser.mock, AT(FABRIKAM), form, NULL);
    assert_int_equal(answer.status, 400);
    assert_string_equal(text_at(answer.json, "/error"), "invalid_grant");
    assert_int_equal(int_at(answer.json, "/error_codes/0"), 700005);
    /* It is not spent by that. */
    answer = redeem(&browser, code, WEB_ALL, NULL);
    assert_int_equal(answer.status, 200);
    answer = azure_token(
        &arena, browser.mock, AT(FABRIKAM),
        arena_printf(&arena, "grant_type=refresh_token" CLIENT TO_GRAPH "&refresh_token=%s",
                     text_at(answer.json, "/refresh_token")),
        NULL);
    assert_int_equal(int_at(answer.json, "/error_codes/0"), 50020);
    mocktenant_stop(browser.mock);
}

#define THERE "/fabrikam.com/oauth2/v2.0/authorize"
#define GRAPH "&scope=https://graph.microsoft.com/User.Read"

static const struct page_case {
    const char *name, *world, *target;
    const char *user; /* who signs in; NULL: nobody gets so far */
    const char *shows[2];
} page_cases[] = {
    {"a user of theirs at our tenant",
     present,
     V2 ASK BACK SCOPE,
     "x%40fabrikam.com",
     {"AADSTS50020", "from identity provider 'https://sts.windows.net/" FABRIKAM
                     "/' does not exist in tenant 'Contoso'"}},
    {"a user of ours at theirs",
     present,
     THERE ASK BACK GRAPH,
     "marketo.sync%40contoso.onmicrosoft.com",
     {"AADSTS50020", "does not exist in tenant 'Fabrikam'"}},
    {"a user of theirs at common: nobody is told of here",
     present,
     "/common/oauth2/v2.0/authorize" ASK BACK GRAPH,
     "x%40fabrikam.com",
     {"AADSTS50034", "the Fabrikam directory"}},
    {"a user of nobody's at common",
     present,
     "/common/oauth2/v2.0/authorize" ASK BACK SCOPE,
     "x%40northwind.com",
     {"AADSTS50034", "the Contoso directory"}},
    {"an application that is not there",
     absent,
     THERE ASK BACK GRAPH,
     NULL,
     {"AADSTS700016", "directory 'Fabrikam'"}},
    {"an application for one tenant alone",
     single,
     THERE ASK BACK GRAPH,
     NULL,
     {"AADSTS700016", "directory 'Fabrikam'"}},
    {"another cloud",
     present,
     "/agency.us/oauth2/v2.0/authorize" ASK BACK SCOPE,
     NULL,
     {"AADSTS90038", "the National Cloud 'MicrosoftOnline.US'"}},
    {"consent in another cloud",
     present,
     "/agency.us/adminconsent?client_id=" APP BACK,
     NULL,
     {"AADSTS90038", "Tenant 'agency.us'"}},
    {"consent in a tenant where the application is not",
     absent,
     "/fabrikam.com/adminconsent?client_id=" APP BACK,
     NULL,
     {"AADSTS700016", "directory 'Fabrikam'"}},
};

static void pages(void **state)
{
    const struct page_case *c = *state;
    AUTO(arena) arena = {0};
    struct browser browser = browser_of(&arena, c->world);

    browser_open(&browser, c->target);
    if (c->user != NULL) {
        assert_true(browser_shows(&browser, "Sign in to your account"));
        browser_press(&browser, "signin", arena_printf(&arena, "login=%s&passwd=x", c->user));
    }
    for (size_t i = 0; i < ARRAY_LEN(c->shows); i++) {
        if (!browser_shows(&browser, c->shows[i])) {
            fail_msg("no \"%s\" in: %s", c->shows[i], browser.page.body);
        }
    }
    assert_null(browser.cookie);
    assert_null(answer_header(&arena, &browser.page, "location"));
    mocktenant_stop(browser.mock);
}

/* Who consents must have an account there. */
static void our_administrator_is_nobody_there(void **state)
{
    AUTO(arena) arena = {0};
    struct browser browser = browser_of(&arena, present);
    struct answer answer;

    (void)state;
    answer = azure_token(&arena, browser.mock, "/fabrikam.com/adminconsent?client_id=" APP BACK,
                         "action=accept&username=admin@contoso.onmicrosoft.com"
                         "&password=admin+horse",
                         NULL);
    assert_int_equal(answer.status, 200);
    assert_non_null(strstr(answer.body, "AADSTS50020"));
    assert_null(answer_header(&arena, &answer, "location"));
    mocktenant_stop(browser.mock);
}

static void device_codes_are_for_their_tenant(void **state)
{
    AUTO(arena) arena = {0};
    struct browser browser = browser_of(&arena, present);
    struct answer begun = azure_token(&arena, browser.mock, "/contoso.com/oauth2/v2.0/devicecode",
                                      "client_id=" APP SCOPE, NULL);
    const char *poll;

    (void)state;
    browser_open(&browser, "/devicelogin");
    browser_press(&browser, NULL,
                  arena_printf(&arena, "otc=%s", text_at(begun.json, "/user_code")));
    browser_press(&browser, "signin", "login=x%40fabrikam.com&passwd=x");
    assert_true(browser_shows(&browser, "AADSTS50020"));
    assert_true(browser_shows(&browser, "tenant 'Contoso'"));
    begun = azure_token(&arena, browser.mock, "/fabrikam.com/oauth2/v2.0/devicecode",
                        "client_id=" APP TO_GRAPH, NULL);
    browser_open(&browser, "/devicelogin");
    browser_press(&browser, NULL,
                  arena_printf(&arena, "otc=%s", text_at(begun.json, "/user_code")));
    browser_press(&browser, "signin", SYNC);
    assert_true(browser_shows(&browser, "tenant 'Fabrikam'"));
    (void)tenant_control(&arena, browser.mock, "POST",
                         "/_mock/actions/azure-user/enter-device-code",
                         arena_printf(&arena,
                                      "{\"user\":\"admin@contoso.onmicrosoft.com\","
                                      "\"code\":\"%s\"}",
                                      text_at(begun.json, "/user_code")),
                         409);
    poll = arena_printf(&arena, "grant_type=device_code" CLIENT "&device_code=%s",
                        text_at(begun.json, "/device_code"));
    assert_int_equal(int_at(azure_token(&arena, browser.mock, AT("contoso.com"), poll, NULL).json,
                            "/error_codes/0"),
                     70000);
    assert_int_equal(int_at(azure_token(&arena, browser.mock, AT("fabrikam.com"), poll, NULL).json,
                            "/error_codes/0"),
                     70016);
    mocktenant_stop(browser.mock);
}

#define ISSUER "https://login.microsoftonline.com/" FABRIKAM "/v2.0"

static const struct document_case {
    const char *name, *target;
    int status;
    const char *pointer, *value;
} document_cases[] = {
    {"their configuration", "/fabrikam.com/v2.0/.well-known/openid-configuration", 200, "/issuer",
     ISSUER},
    {"their configuration, v1", "/Fabrikam.com/.well-known/openid-configuration", 200, "/issuer",
     "https://sts.windows.net/" FABRIKAM "/"},
    {"their keys", "/" FABRIKAM "/discovery/v2.0/keys", 200, "/keys/0/issuer", ISSUER},
    {"another cloud's configuration", "/agency.us/v2.0/.well-known/openid-configuration", 400,
     "/error", "invalid_tenant"},
    {"the realm of their users", "/common/userrealm/x@fabrikam.com?api-version=1.0", 200,
     "/account_type", "Managed"},
    {"the name of their tenant", "/common/userrealm/x@fabrikam.com?api-version=2.1", 200,
     "/FederationBrandName", "Fabrikam"},
    {"the realm of users in another cloud", "/common/userrealm/x@agency.us?api-version=1.0", 200,
     "/account_type", "Unknown"},
};

static void documents(void **state)
{
    const struct document_case *c = *state;
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(absent);
    const struct ask ask = {DIRECT, "GET", "login.microsoftonline.com", c->target, {NULL}, NULL, 0};
    struct answer answer = tenant_ask(&arena, mock, &ask);

    assert_int_equal(answer.status, c->status);
    assert_string_equal(text_at(answer.json, c->pointer), c->value);
    mocktenant_stop(mock);
}

/* The sign-in page asks so after the name was typed: it goes on to the password. */
static void the_page_is_told_that_they_exist(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(absent);
    const struct ask ask = {DIRECT,
                            "POST",
                            "login.microsoftonline.com",
                            "/common/GetCredentialType",
                            {"Content-Type: application/json"},
                            "{\"username\":\"x@fabrikam.com\"}",
                            0};
    struct answer answer = tenant_ask(&arena, mock, &ask);

    (void)state;
    assert_int_equal(answer.status, 200);
    assert_int_equal(int_at(answer.json, "/IfExistsResult"), 0);
    assert_int_equal(int_at(answer.json, "/EstsProperties/DomainType"), 3);
    mocktenant_stop(mock);
}

/* They are rows of the world, and come back with it. */
static void they_outlive_a_snapshot(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(present);
    const cJSON *made = tenant_control(&arena, mock, "POST", "/_mock/snapshots", "{}", 201);
    struct answer answer;

    (void)state;
    (void)tenant_control(&arena, mock, "POST",
                         arena_printf(&arena, "/_mock/snapshots/%s/restore", text_at(made, "/id")),
                         NULL, 200);
    answer = azure_token(&arena, mock, AT(FABRIKAM),
                         AS_THEIRS "&client_secret=their+secret" TO_GRAPH, NULL);
    assert_int_equal(answer.status, 200);
    mocktenant_stop(mock);
}

int main(void)
{
    struct CMUnitTest tests[64];
    size_t count = 0;

    CASES(tests, count, token_cases, tokens);
    CASES(tests, count, page_cases, pages);
    CASES(tests, count, document_cases, documents);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(a_token_of_theirs_opens_nothing_here);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(a_code_is_for_its_tenant);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(our_administrator_is_nobody_there);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(device_codes_are_for_their_tenant);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(the_page_is_told_that_they_exist);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(they_outlive_a_snapshot);
    return cases_run("tenants", tests, count);
}
