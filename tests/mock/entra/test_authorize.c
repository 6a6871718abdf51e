/* The sign-in page: what it asks, where it sends people, and what its codes are worth. */
#include "shape.h"
#include "sign_in.h"

#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "base/crypto.h"
#include "base/str.h"
#include "base/uri.h"

static void a_code_becomes_tokens(void **state)
{
    AUTO(arena) arena = {0};
    struct browser browser = browser_of(&arena, world);
    struct answer answer;
    cJSON *claims;
    const char *code;

    (void)state;
    sign_in(&browser, V2 ASK BACK SCOPE PKCE "&nonce=n%3C1&client_info=1", SYNC);
    assert_true(str_starts(browser_location(&browser), "https://www.contoso.com/back?code=1.A"));
    assert_string_equal(browser_param(&browser, "state"), "a b&c");
    assert_true(strlen(browser_param(&browser, "session_state")) == 36);
    assert_non_null(browser_param(&browser, "client_info"));
    code = browser_param(&browser, "code");
    answer = redeem(&browser, code, WEB_ALL "&client_info=1", NULL);
    assert_int_equal(answer.status, 200);
    shape_assert(fixture_read(&arena, "entra/token-code.json"), answer.json, SHAPE_SAME_ORDER,
                 "access_token refresh_token id_token client_info expires_in ext_expires_in");
    claims = azure_claims(&arena, text_at(answer.json, "/id_token"));
    shape_assert(fixture_read(&arena, "entra/claims-id-nonce.json"), claims, SHAPE_SAME_ORDER,
                 "iat nbf exp aio rh uti sub");
    claims = azure_claims(&arena, text_at(answer.json, "/access_token"));
    assert_string_equal(text_at(claims, "/scp"), "user_impersonation");
    assert_string_equal(text_at(claims, "/appidacr"), "1");
    /* The refresh token of a confidential client needs the secret again. */
    answer = azure_token(&arena, browser.mock, TOKEN,
                         arena_printf(&arena,
                                      "grant_type=refresh_token&client_id=" APP
                                      "&client_secret=the+secret&refresh_token=%s",
                                      text_at(answer.json, "/refresh_token")),
                         NULL);
    assert_int_equal(answer.status, 200);
    answer = redeem(&browser, code, WEB_ALL, NULL);
    assert_int_equal(int_at(answer.json, "/error_codes/0"), 54005);
    mocktenant_stop(browser.mock);
}

static const struct redeem_case {
    const char *name, *ask, *more, *header, *advance;
    int code; /* 0: good */
} redeem_cases[] = {
    {"with PKCE", BACK PKCE, WEB_ALL, NULL, NULL, 0},
    {"plain", BACK "&code_challenge=" VERIFIER, WEB_ALL, NULL, NULL, 0},
    {"without", BACK, WEB, NULL, NULL, 0},
    {"without scope offline_access here", BACK PKCE,
     WEB_ALL "&scope=https%3A%2F%2Fcontoso.crm.dynamics.com%2Fuser_impersonation", NULL, NULL, 0},
    {"a scope that is none", BACK PKCE, WEB_ALL "&scope=contoso.crm.dynamics.com%2Fx", NULL, NULL,
     28002},
    {"an empty scope", BACK PKCE, WEB_ALL "&scope=", NULL, NULL, 28003},
    {"a blank scope", BACK PKCE, WEB_ALL "&scope=%20", NULL, NULL, 28003},
    {"another verifier", BACK PKCE,
     WEB "&code_verifier=dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXj", NULL, NULL, 501481},
    {"no verifier", BACK PKCE, WEB, NULL, NULL, 501481},
    {"a verifier to nothing", BACK, WEB_ALL, NULL, NULL, 501481},
    {"no secret", BACK PKCE,
     "&redirect_uri=https%3A%2F%2Fwww.contoso.com%2Fback&code_verifier=" VERIFIER, NULL, NULL,
     7000218},
    {"a wrong secret", BACK PKCE,
     "&client_secret=x&redirect_uri=https%3A%2F%2Fwww.contoso.com%2Fback&code_verifier=" VERIFIER,
     NULL, NULL, 7000215},
    {"another address", BACK PKCE,
     "&client_secret=the+secret&redirect_uri=https%3A%2F%2Fwww.contoso.com%2Fspa&code_"
     "verifier=" VERIFIER,
     NULL, NULL, 50011},
    {"no address", BACK PKCE, "&client_secret=the+secret&code_verifier=" VERIFIER, NULL, NULL,
     50011},
    {"late", BACK PKCE, WEB_ALL, NULL, "PT10M", 70008},
    {"from a page", BACK PKCE, WEB_ALL, "Origin: https://www.contoso.com", NULL, 9002326},
    {"a native client, on any port", "&redirect_uri=http://localhost:43210/cb" PKCE,
     "&redirect_uri=http%3A%2F%2Flocalhost%3A43210%2Fcb&code_verifier=" VERIFIER, NULL, NULL, 0},
    {"a native client with a secret", "&redirect_uri=http://localhost/cb" PKCE,
     "&client_secret=the+secret&redirect_uri=http%3A%2F%2Flocalhost%2Fcb&code_verifier=" VERIFIER,
     NULL, NULL, 700025},
    {"a single-page application", "&redirect_uri=https://www.contoso.com/spa" PKCE,
     "&redirect_uri=https%3A%2F%2Fwww.contoso.com%2Fspa&code_verifier=" VERIFIER,
     "Origin: https://www.contoso.com", NULL, 0},
    {"a single-page application without a page", "&redirect_uri=https://www.contoso.com/spa" PKCE,
     "&redirect_uri=https%3A%2F%2Fwww.contoso.com%2Fspa&code_verifier=" VERIFIER, NULL, NULL,
     9002327},
};

static void redeems(void **state)
{
    const struct redeem_case *c = *state;
    AUTO(arena) arena = {0};
    struct browser browser = browser_of(&arena, world);
    struct answer answer;
    const char *code;

    sign_in(&browser, arena_printf(&arena, "%s%s", V2 ASK SCOPE, c->ask), SYNC);
    code = browser_param(&browser, "code");
    if (c->advance != NULL) {
        azure_advance(browser.mock, c->advance);
    }
    answer = redeem(&browser, code, c->more, c->header);
    if (c->code == 0) {
        assert_int_equal(answer.status, 200);
        assert_true(*text_at(answer.json, "/refresh_token") != '\0');
        if (c->header != NULL) {
            assert_string_equal(answer_header(&arena, &answer, "access-control-allow-origin"), "*");
        }
    } else {
        assert_int_equal(int_at(answer.json, "/error_codes/0"), c->code);
        /* An attempt that failed does not spend it. */
        assert_null(strstr(answer.body, code));
    }
    mocktenant_stop(browser.mock);
}

static const struct page_case {
    const char *name, *target, *shows;
} page_cases[] = {
    {"an unknown application",
     V2 "?client_id=11111111-2222-3333-4444-555555555555&response_type=code" BACK SCOPE,
     "AADSTS700016"},
    {"no application", V2 "?response_type=code" BACK SCOPE, "AADSTS900144"},
    {"an unknown tenant", "/fabrikam.com/oauth2/v2.0/authorize" ASK BACK SCOPE, "AADSTS90002"},
    {"no tenant", "/my%20tenant/oauth2/v2.0/authorize" ASK BACK SCOPE, "AADSTS900023"},
    {"personal accounts", "/consumers/oauth2/v2.0/authorize" ASK BACK SCOPE, "AADSTS90002"},
    {"a single-tenant application at common", "/common/oauth2/v2.0/authorize" ASK BACK SCOPE,
     "AADSTS50194"},
    {"the consent link of the guide", "/common/oauth2/authorize" ASK "&prompt=admin_consent" BACK,
     "AADSTS50194"},
    {"another address", V2 ASK SCOPE "&redirect_uri=https://www.contoso.com/Back", "AADSTS50011"},
    {"a deeper address", V2 ASK SCOPE "&redirect_uri=https://www.contoso.com/back/x",
     "AADSTS50011"},
    {"another port elsewhere", V2 ASK SCOPE "&redirect_uri=https://www.contoso.com:8443/back",
     "AADSTS50011"},
    {"a script as address", V2 ASK SCOPE "&redirect_uri=%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
     "&quot;&gt;&lt;script&gt;"},
    {"no address at all",
     V2 "?client_id=4a09fc2b-e1d1-4ea4-95cf-ca2b19acea0a&response_type=code" BACK SCOPE,
     "AADSTS500113"},
    {"a parameter twice", V2 ASK BACK SCOPE "&state=2", "AADSTS9000411"},
};

/* Nothing is sent to an address that is not the application's. */
static void refuses_at_the_page(void **state)
{
    const struct page_case *c = *state;
    AUTO(arena) arena = {0};
    struct browser browser = browser_of(&arena, world);

    browser_open(&browser, c->target);
    assert_int_equal(browser.page.status, 400);
    assert_true(browser_shows(&browser, c->shows));
    assert_false(browser_shows(&browser, "<script>"));
    assert_null(answer_header(&arena, &browser.page, "location"));
    mocktenant_stop(browser.mock);
}

static const struct back_case {
    const char *name, *more;
    const char *error, *says;
    char mark;
} back_cases[] = {
    {"no response type", "?client_id=" APP BACK SCOPE, "invalid_request", "'response_type'", '?'},
    {"an unknown one", "?client_id=" APP "&response_type=magic" BACK SCOPE,
     "unsupported_response_type", "AADSTS700054", '?'},
    {"a token at once", "?client_id=" APP "&response_type=token&response_mode=fragment" BACK SCOPE,
     "unsupported_response_type", "AADSTS700054", '#'},
    {"an id token that is not switched on",
     "?client_id=" APP "&response_type=id_token&nonce=1&response_mode=fragment" BACK SCOPE,
     "unsupported_response_type", "AADSTS700054", '#'},
    {"no scope", ASK BACK, "invalid_request", "'scope'", '?'},
    {"two resources", ASK BACK "&scope=User.Read%20" ORG "/user_impersonation", "invalid_scope",
     "AADSTS70011", '?'},
    {"an organization that is not there",
     ASK BACK "&scope=https://contosso.crm.dynamics.com/.default", "invalid_resource",
     "AADSTS500011", '?'},
    {"an unknown mode", ASK BACK SCOPE "&response_mode=pigeon", "invalid_request", "AADSTS90023",
     '?'},
    {"an unknown prompt", ASK BACK SCOPE "&prompt=please", "invalid_request", "AADSTS90023", '?'},
    {"an unknown way to prove",
     ASK BACK SCOPE "&code_challenge=" CHALLENGE "&code_challenge_method=S512", "invalid_request",
     "AADSTS90023", '?'},
    {"a challenge that is too short", ASK BACK SCOPE "&code_challenge=abc", "invalid_request",
     "AADSTS501491", '?'},
    {"a single-page application without PKCE",
     ASK SCOPE "&redirect_uri=https://www.contoso.com/spa", "invalid_request", "AADSTS9002325",
     '?'},
    {"nobody is signed in", ASK BACK SCOPE "&prompt=none", "login_required", "AADSTS50058", '?'},
    {"nobody is signed in, as a fragment", ASK BACK SCOPE "&prompt=none&response_mode=fragment",
     "login_required", "AADSTS50058", '#'},
};

static void sends_refusals_back(void **state)
{
    const struct back_case *c = *state;
    AUTO(arena) arena = {0};
    struct browser browser = browser_of(&arena, world);
    const char *location;

    browser_open(&browser, arena_printf(&arena, "%s%s", V2, c->more));
    location = browser_location(&browser);
    assert_true(str_starts(location, "https://www.contoso.com/"));
    assert_int_equal(location[strcspn(location, "?#")], c->mark);
    assert_string_equal(browser_param(&browser, "error"), c->error);
    assert_non_null(strstr(browser_param(&browser, "error_description"), c->says));
    if (strstr(c->more, "state=") != NULL) {
        assert_string_equal(browser_param(&browser, "state"), "a b&c");
    }
    mocktenant_stop(browser.mock);
}

static void form_post_is_a_form(void **state)
{
    AUTO(arena) arena = {0};
    struct browser browser = browser_of(&arena, world);

    (void)state;
    sign_in(&browser, V2 ASK BACK SCOPE "&response_mode=form_post", SYNC);
    assert_int_equal(browser.page.status, 200);
    assert_true(browser_shows(&browser, "action=\"https://www.contoso.com/back\""));
    assert_string_equal(browser_field(&browser, "state"), "a b&c");
    assert_int_equal(redeem(&browser, browser_field(&browser, "code"), WEB, NULL).status, 200);
    mocktenant_stop(browser.mock);
}

static void an_id_token_comes_where_it_is_switched_on(void **state)
{
    static const char patch[] = "{\"web\":{\"redirectUris\":[\"https://www.contoso.com/back\"],"
                                "\"implicitGrantSettings\":{\"enableIdTokenIssuance\":true}}}";
    AUTO(arena) arena = {0};
    struct browser browser = browser_of(&arena, world);
    const char *code;
    cJSON *claims;
    uint8_t hash[SHA256_LEN];
    AUTO(strbuf) half = STRBUF(0);

    (void)state;
    assert_int_equal(azure_graph(&arena, browser.mock, azure_admin_token(&arena, browser.mock),
                                 "PATCH", "/v1.0/applications/29f8eb1a-d0c0-4df3-84be-b91a08fbd909",
                                 patch)
                         .status,
                     204);
    browser_open(&browser,
                 V2 "?client_id=" APP
                    "&response_type=code%20id_token&response_mode=query" BACK SCOPE "&nonce=1");
    assert_string_equal(browser_param(&browser, "error"), "invalid_request");
    browser_open(&browser, V2 "?client_id=" APP "&response_type=code%20id_token" BACK SCOPE);
    assert_non_null(strstr(browser_param(&browser, "error_description"), "'nonce'"));
    sign_in(&browser, V2 "?client_id=" APP "&response_type=code%20id_token&nonce=n1" BACK SCOPE,
            SYNC);
    assert_non_null(strchr(browser_location(&browser), '#'));
    code = browser_param(&browser, "code");
    claims = azure_claims(&arena, browser_param(&browser, "id_token"));
    assert_string_equal(text_at(claims, "/nonce"), "n1");
    assert_string_equal(text_at(claims, "/aud"), APP);
    crypto_sha256(code, strlen(code), hash);
    strbuf_base64url(&half, hash, sizeof hash / 2);
    assert_string_equal(text_at(claims, "/c_hash"), strbuf_text(&half));
    mocktenant_stop(browser.mock);
}

static void an_access_token_comes_where_it_is_switched_on(void **state)
{
    static const char patch[] = "{\"web\":{\"redirectUris\":[\"https://www.contoso.com/back\"],"
                                "\"implicitGrantSettings\":{\"enableIdTokenIssuance\":true,"
                                "\"enableAccessTokenIssuance\":true}}}";
    AUTO(arena) arena = {0};
    struct browser browser = browser_of(&arena, world);
    uint8_t hash[SHA256_LEN];
    AUTO(strbuf) half = STRBUF(0);
    const char *token;

    (void)state;
    assert_int_equal(azure_graph(&arena, browser.mock, azure_admin_token(&arena, browser.mock),
                                 "PATCH", "/v1.0/applications/29f8eb1a-d0c0-4df3-84be-b91a08fbd909",
                                 patch)
                         .status,
                     204);
    sign_in(&browser,
            V2 "?client_id=" APP
               "&response_type=id_token%20token&nonce=n1&scope=User.Read%20openid" BACK,
            SYNC);
    assert_null(browser_param(&browser, "code"));
    token = browser_param(&browser, "access_token");
    assert_string_equal(browser_param(&browser, "token_type"), "Bearer");
    assert_non_null(strstr(browser_param(&browser, "scope"), "User.Read"));
    assert_int_equal(azure_graph(&arena, browser.mock, token, "GET", "/v1.0/me", NULL).status, 200);
    crypto_sha256(token, strlen(token), hash);
    strbuf_base64url(&half, hash, sizeof hash / 2);
    assert_string_equal(
        text_at(azure_claims(&arena, browser_param(&browser, "id_token")), "/at_hash"),
        strbuf_text(&half));
    browser_open(&browser, V1 "?client_id=" APP "&response_type=token" BACK);
    assert_non_null(strstr(browser_param(&browser, "error_description"), "'resource'"));
    mocktenant_stop(browser.mock);
}

static void passwords_are_judged_as_at_the_token_endpoint(void **state)
{
    AUTO(arena) arena = {0};
    struct browser browser = browser_of(&arena, world);

    (void)state;
    browser_open(&browser, V2 ASK BACK SCOPE);
    browser_press(&browser, "signin", "login=marketo.sync%40contoso.onmicrosoft.com&passwd=x");
    assert_true(browser_shows(&browser, "AADSTS50126"));
    assert_true(browser_shows(&browser, "value=\"marketo.sync@contoso.onmicrosoft.com\""));
    assert_null(browser.cookie);
    browser_press(&browser, "signin", "login=nobody%40contoso.com&passwd=x");
    assert_true(browser_shows(&browser, "AADSTS50034"));
    browser_press(&browser, "signin", "login=&passwd=");
    assert_true(browser_shows(&browser, "Enter your user name and password."));
    for (int i = 0; i < 10; i++) {
        browser_press(
            &browser, "signin",
            arena_printf(&arena, "login=marketo.sync%%40contoso.onmicrosoft.com&passwd=%d", i));
    }
    browser_press(&browser, "signin", SYNC);
    assert_true(browser_shows(&browser, "AADSTS50053"));
    mocktenant_stop(browser.mock);
}

static void cancelling_is_access_denied(void **state)
{
    AUTO(arena) arena = {0};
    struct browser browser = browser_of(&arena, world);

    (void)state;
    browser_open(&browser, V2 ASK BACK SCOPE);
    browser_press(&browser, "cancel", NULL);
    assert_string_equal(browser_param(&browser, "error"), "access_denied");
    assert_string_equal(browser_param(&browser, "error_subcode"), "cancel");
    assert_non_null(strstr(browser_param(&browser, "error_description"), "AADSTS65004"));
    assert_string_equal(browser_param(&browser, "state"), "a b&c");
    mocktenant_stop(browser.mock);
}

/* The session counts until the request says otherwise. */
static void a_session_signs_in_silently(void **state)
{
    AUTO(arena) arena = {0};
    struct browser browser = browser_of(&arena, world);

    (void)state;
    browser_open(&browser, V2 ASK BACK SCOPE);
    browser_press(&browser, "signin", SYNC);
    browser_open(&browser, V2 ASK BACK SCOPE "&prompt=none");
    assert_string_equal(browser_param(&browser, "error"), "consent_required");
    browser_open(&browser, V2 ASK BACK SCOPE);
    assert_true(browser_shows(&browser, "Permissions requested"));
    browser_press(&browser, "accept", NULL);
    assert_non_null(browser_param(&browser, "code"));
    browser_open(&browser, V2 ASK BACK SCOPE "&prompt=none");
    assert_int_equal(redeem(&browser, browser_param(&browser, "code"), WEB, NULL).status, 200);
    browser_open(&browser, V2 ASK BACK SCOPE "&prompt=login&login_hint=a%22b");
    assert_true(browser_shows(&browser, "value=\"a&quot;b\""));
    browser_open(&browser, V2 ASK BACK SCOPE "&login_hint=admin@contoso.onmicrosoft.com");
    assert_true(browser_shows(&browser, "Sign in to your account"));
    browser_open(&browser, V2 ASK BACK SCOPE "&prompt=consent");
    assert_true(browser_shows(&browser, "Permissions requested"));
    browser_open(&browser, "/common/oauth2/v2.0/logout?post_logout_redirect_uri="
                           "https://www.contoso.com/back&state=s");
    assert_string_equal(browser_location(&browser), "https://www.contoso.com/back?state=s");
    browser_open(&browser, V2 ASK BACK SCOPE "&prompt=none");
    assert_string_equal(browser_param(&browser, "error"), "login_required");
    browser_open(&browser,
                 "/common/oauth2/v2.0/logout?post_logout_redirect_uri=https://evil.example");
    assert_int_equal(browser.page.status, 200);
    assert_null(answer_header(&arena, &browser.page, "location"));
    mocktenant_stop(browser.mock);
}

/* Who ends the sessions ends what their codes are good for. */
static void a_code_ends_with_its_session(void **state)
{
    AUTO(arena) arena = {0};
    struct browser browser = browser_of(&arena, world);
    struct answer answer;

    (void)state;
    sign_in(&browser, V2 ASK BACK SCOPE, SYNC);
    azure_advance(browser.mock, "PT1S");
    answer =
        azure_graph(&arena, browser.mock, azure_admin_token(&arena, browser.mock), "POST",
                    "/v1.0/users/marketo.sync@contoso.onmicrosoft.com/revokeSignInSessions", NULL);
    assert_int_equal(answer.status, 200);
    answer = redeem(&browser, browser_param(&browser, "code"), WEB, NULL);
    assert_int_equal(answer.status, 400);
    assert_int_equal(int_at(answer.json, "/error_codes/0"), 50173);
    mocktenant_stop(browser.mock);
}

/* A form that leaves out what the query says already. */
static void a_form_may_stand_beside_the_query(void **state)
{
    AUTO(arena) arena = {0};
    struct browser browser = browser_of(&arena, world);

    (void)state;
    browser_open(&browser, V2 ASK BACK SCOPE);
    browser.page.body = "<form method=\"post\">";
    browser_press(&browser, "signin", SYNC);
    assert_true(browser_shows(&browser, "Permissions requested"));
    mocktenant_stop(browser.mock);
}

static void v1_codes_are_for_a_resource(void **state)
{
    AUTO(arena) arena = {0};
    struct browser browser = browser_of(&arena, world);
    struct answer answer;

    (void)state;
    sign_in(&browser, V1 ASK BACK "&resource=" ORG, SYNC);
    answer = azure_token(&arena, browser.mock, "/{tenant_id}/oauth2/token",
                         arena_printf(&arena,
                                      "grant_type=authorization_code&client_id=" APP "%s&code=%s",
                                      WEB, browser_param(&browser, "code")),
                         NULL);
    assert_int_equal(answer.status, 200);
    assert_string_equal(text_at(answer.json, "/resource"), ORG);
    assert_true(*text_at(answer.json, "/refresh_token") != '\0');
    assert_true(*text_at(answer.json, "/id_token") != '\0');
    mocktenant_stop(browser.mock);
}

/* A single-page application's refresh token lives a day, however often it is used. */
static void refresh_tokens_of_pages_live_a_day(void **state)
{
    AUTO(arena) arena = {0};
    struct browser browser = browser_of(&arena, world);
    struct answer answer;

    (void)state;
    sign_in(&browser, V2 ASK SCOPE "&redirect_uri=https://www.contoso.com/spa" PKCE, SYNC);
    answer = redeem(&browser, browser_param(&browser, "code"),
                    "&redirect_uri=https%3A%2F%2Fwww.contoso.com%2Fspa&code_verifier=" VERIFIER,
                    "Origin: https://www.contoso.com");
    for (int i = 0; i < 2; i++) {
        azure_advance(browser.mock, "PT12H");
        answer = azure_token(
            &arena, browser.mock, TOKEN,
            arena_printf(&arena, "grant_type=refresh_token&client_id=" APP "&refresh_token=%s",
                         text_at(answer.json, "/refresh_token")),
            "Origin: https://www.contoso.com");
        if (i == 0) {
            assert_int_equal(answer.status, 200);
        }
    }
    assert_int_equal(int_at(answer.json, "/error_codes/0"), 700082);
    mocktenant_stop(browser.mock);
}

static void browsers_may_ask_first(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(NULL);
    const struct ask ask = {
        DIRECT,
        "OPTIONS",
        "login.microsoftonline.com",
        "/common/oauth2/v2.0/token",
        {"Origin: https://www.contoso.com", "Access-Control-Request-Headers: x-client-sku"},
        NULL,
        0};
    struct answer answer = tenant_ask(&arena, mock, &ask);

    (void)state;
    assert_int_equal(answer.status, 200);
    assert_string_equal(answer_header(&arena, &answer, "access-control-allow-origin"), "*");
    assert_string_equal(answer_header(&arena, &answer, "access-control-allow-headers"),
                        "x-client-sku");
    mocktenant_stop(mock);
}

/* No code, cookie or password stands in the journal. */
static void nothing_secret_is_kept(void **state)
{
    AUTO(arena) arena = {0};
    struct browser browser = browser_of(&arena, world);
    const char *code, *journal;

    (void)state;
    sign_in(&browser, V2 ASK BACK SCOPE "&response_mode=form_post", SYNC);
    code = browser_field(&browser, "code");
    browser_open(&browser, V2 ASK BACK SCOPE);
    (void)redeem(&browser, browser_param(&browser, "code"), WEB, NULL);
    journal =
        json_text(&arena, tenant_control(&arena, browser.mock, "GET", "/_mock/journal", NULL, 200));
    assert_null(strstr(journal, code));
    assert_null(strstr(journal, browser_param(&browser, "code")));
    assert_null(strstr(journal, strchr(browser.cookie, '=') + 1));
    assert_null(strstr(journal, "sync+horse"));
    assert_non_null(strstr(journal, "/authorize"));
    mocktenant_stop(browser.mock);
}

#define WANTS_USER_READ "\"signInPermissionRequired\":true"

static const struct listed_case {
    const char *name, *world, *shows;
} listed_cases[] = {
    {"an application that does not list User.Read", WORLD("AzureADMyOrg", WANTS_USER_READ, ""),
     "AADSTS90008: The user or administrator has not consented to use the application with ID '" APP
     "'."},
    {"where nobody asks for it", WORLD("AzureADMyOrg", "", ""), "Permissions requested"},
    {"one that lists it",
     "{\"extends\":\"ready\",\"tenant\":{\"settings\":{" WANTS_USER_READ "},\"users\":[{\"id\":"
     "\"b2e1d4a3-6f59-4c8c-9da7-42a3f1eac202\",\"password\":\"sync horse\"}],\"applications\":[{"
     "\"id\":\"29f8eb1a-d0c0-4df3-84be-b91a08fbd909\",\"grants\":[],\"redirectUris\":["
     "\"https://www.contoso.com/back\"]}]}}",
     NULL},
};

static void may_want_user_read_to_be_listed(void **state)
{
    const struct listed_case *c = *state;
    AUTO(arena) arena = {0};
    struct browser browser = browser_of(&arena, c->world);

    browser_open(&browser, V2 ASK BACK SCOPE);
    browser_press(&browser, "signin", SYNC);
    if (c->shows != NULL) {
        assert_true(browser_shows(&browser, c->shows));
    } else {
        assert_non_null(browser_param(&browser, "code"));
    }
    mocktenant_stop(browser.mock);
}

int main(void)
{
    struct CMUnitTest tests[96];
    size_t count = 0;

    CASES(tests, count, redeem_cases, redeems);
    CASES(tests, count, page_cases, refuses_at_the_page);
    CASES(tests, count, back_cases, sends_refusals_back);
    CASES(tests, count, listed_cases, may_want_user_read_to_be_listed);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(a_code_becomes_tokens);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(form_post_is_a_form);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(an_id_token_comes_where_it_is_switched_on);
    tests[count++] =
        (struct CMUnitTest)cmocka_unit_test(an_access_token_comes_where_it_is_switched_on);
    tests[count++] =
        (struct CMUnitTest)cmocka_unit_test(passwords_are_judged_as_at_the_token_endpoint);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(cancelling_is_access_denied);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(a_session_signs_in_silently);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(a_code_ends_with_its_session);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(a_form_may_stand_beside_the_query);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(v1_codes_are_for_a_resource);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(refresh_tokens_of_pages_live_a_day);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(browsers_may_ask_first);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(nothing_secret_is_kept);
    return cases_run("authorize", tests, count);
}
