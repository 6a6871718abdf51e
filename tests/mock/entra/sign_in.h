/* What the tests of the sign-in page share: its addresses, an application, and the way through. */
#pragma once

#include "azure.h"
#include "browser.h"
#include "cases.h"

#include "base/arena.h"

#define V2    "/6b1c5f0e-7a3d-4c55-9e2f-0d4b8a17c001/oauth2/v2.0/authorize"
#define V1    "/contoso.com/oauth2/authorize"
#define APP   "3a09fc2b-e1d1-4ea4-95cf-ca2b19acea0a"
#define BACK  "&redirect_uri=https://www.contoso.com/back"
#define ORG   "https://contoso.crm.dynamics.com"
#define SCOPE "&scope=" ORG "/user_impersonation%20openid%20profile%20offline_access"
#define ASK   "?client_id=" APP "&response_type=code&state=a%20b%26c"
#define TOKEN "/{tenant_id}/oauth2/v2.0/token"
/* RFC 7636, appendix B. */
#define VERIFIER  "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
#define CHALLENGE "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
#define PKCE      "&code_challenge=" CHALLENGE "&code_challenge_method=S256"
#define SYNC      "login=marketo.sync%40contoso.onmicrosoft.com&passwd=sync+horse"
#define ADMIN     "login=admin%40contoso.onmicrosoft.com&passwd=admin+horse"

/* One application with addresses on all platforms, to which nobody has consented. */
#define WORLD(audience, settings, user) WORLD_WITH("", audience, settings, user)
/* The same with further members of the tenant, each with a comma behind it. */
#define WORLD_WITH(more, audience, settings, user)                                                 \
    "{\"extends\":\"fresh\",\"tenant\":{" more "\"settings\":{" settings "},\"users\":["           \
    "{\"id\":\"a1d0c3f2-5e48-4b7b-8c96-31f2e0d9b101\",\"password\":\"admin horse\"},"              \
    "{\"id\":\"b2e1d4a3-6f59-4c8c-9da7-42a3f1eac202\",\"password\":\"sync horse\"" user "}],"      \
    "\"applications\":[{\"id\":\"29f8eb1a-d0c0-4df3-84be-b91a08fbd909\",\"appId\":\"" APP          \
    "\",\"displayName\":\"Marketo <Integration>\",\"signInAudience\":\"" audience                  \
    "\",\"redirectUris\":[\"https://www.contoso.com/back\"],"                                      \
    "\"publicRedirectUris\":[\"http://localhost/cb\"],"                                            \
    "\"spaRedirectUris\":[\"https://www.contoso.com/spa\"],"                                       \
    "\"secrets\":[{\"value\":\"the secret\"}],\"requiredResourceAccess\":[{\"resourceAppId\":"     \
    "\"00000007-0000-0000-c000-000000000000\",\"resourceAccess\":[{\"id\":"                        \
    "\"78ce3f0f-a1ce-49c2-8cde-64b5c0896db4\",\"type\":\"Scope\"}]}]},{\"id\":"                    \
    "\"39f8eb1a-d0c0-4df3-84be-b91a08fbd909\",\"appId\":\"4a09fc2b-e1d1-4ea4-95cf-ca2b19acea0a\"," \
    "\"displayName\":\"No reply\"}]}}"

static const char world[] = WORLD("AzureADMyOrg", "", "");

static inline struct browser browser_of(struct arena *arena, const char *text)
{
    return (struct browser){.arena = arena, .mock = azure_start(text)};
}

/* Through the form and the consent page, up to the redirect. */
static inline void sign_in(struct browser *browser, const char *target, const char *fields)
{
    browser_open(browser, target);
    assert_true(browser_shows(browser, "Sign in to your account"));
    browser_press(browser, "signin", fields);
    if (browser->page.status == 200) {
        assert_true(browser_shows(browser, "Permissions requested"));
        assert_true(browser_shows(browser, "Marketo &lt;Integration&gt;"));
        browser_press(browser, "accept", NULL);
    }
}

static inline struct answer redeem(struct browser *browser, const char *code, const char *more,
                                   const char *header)
{
    return azure_token(browser->arena, browser->mock, TOKEN,
                       arena_printf(browser->arena,
                                    "grant_type=authorization_code&client_id=" APP "&code=%s%s",
                                    code, more),
                       header);
}

#define WEB     "&client_secret=the+secret&redirect_uri=https%3A%2F%2Fwww.contoso.com%2Fback"
#define WEB_ALL WEB "&code_verifier=" VERIFIER
