/* The documents that tell clients where everything is. */
#include "azure.h"
#include "cases.h"
#include "shape.h"

#include <string.h>

#include "base/crypto.h"
#include "base/str.h"

#define TENANT "6b1c5f0e-7a3d-4c55-9e2f-0d4b8a17c001"

static struct answer get(struct arena *arena, struct mocktenant *mock, const char *host,
                         const char *target)
{
    const struct ask ask = {DIRECT, "GET", host, target, {NULL}, NULL, 0};

    return tenant_ask(arena, mock, &ask);
}

static const struct shape_case {
    const char *name, *target, *fixture, *vary;
} shape_cases[] = {
    {"openid-configuration", "/contoso.com/v2.0/.well-known/openid-configuration",
     "entra/configuration.json", ""},
    {"openid-configuration with an appid",
     "/contoso.com/v2.0/.well-known/openid-configuration?appid=x", "entra/configuration.json", ""},
    {"keys", "/" TENANT "/discovery/v2.0/keys", "entra/keys.json", "kid x5t n x5c"},
    {"instance discovery",
     "/common/discovery/instance?api-version=1.1&authorization_endpoint="
     "https://login.microsoftonline.com/contoso.com/oauth2/v2.0/authorize",
     "entra/instance.json", ""},
    {"a managed realm", "/common/userrealm/x@contoso.onmicrosoft.com?api-version=1.0",
     "entra/realm-managed.json", ""},
    {"a managed realm, escaped", "/common/UserRealm/x%40contoso.onmicrosoft.com?api-version=1.0",
     "entra/realm-managed.json", ""},
    {"an unknown realm", "/common/userrealm/x@fabrikam.com?api-version=1.0",
     "entra/realm-unknown.json", ""},
    {"a name without a domain", "/common/userrealm/x?api-version=1.0", "entra/realm-unknown.json",
     ""},
};

static void shapes(void **state)
{
    const struct shape_case *c = *state;
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(NULL);
    struct answer answer = get(&arena, mock, "login.microsoftonline.com", c->target);

    assert_int_equal(answer.status, 200);
    shape_assert(fixture_read(&arena, c->fixture), answer.json, SHAPE_SAME_ORDER, c->vary);
    mocktenant_stop(mock);
}

static const struct place_case {
    const char *name, *host, *target, *pointer, *value;
} place_cases[] = {
    {"the issuer under a loopback origin", "127.0.0.1:4711",
     "/" TENANT "/v2.0/.well-known/openid-configuration", "/issuer",
     "https://127.0.0.1:4711/" TENANT "/v2.0"},
    {"the token endpoint under a loopback origin", "127.0.0.1:4711",
     "/" TENANT "/v2.0/.well-known/openid-configuration", "/token_endpoint",
     "https://127.0.0.1:4711/" TENANT "/oauth2/v2.0/token"},
    {"a domain gives the id in the issuer", "localhost:4711",
     "/contoso.com/v2.0/.well-known/openid-configuration", "/issuer",
     "https://localhost:4711/" TENANT "/v2.0"},
    {"and stays in the endpoints", "localhost:4711",
     "/contoso.com/v2.0/.well-known/openid-configuration", "/jwks_uri",
     "https://localhost:4711/contoso.com/discovery/v2.0/keys"},
    {"common has a literal", "login.microsoftonline.com",
     "/common/v2.0/.well-known/openid-configuration", "/issuer",
     "https://login.microsoftonline.com/{tenantid}/v2.0"},
    {"consumers have their own tenant", "login.microsoftonline.com",
     "/consumers/v2.0/.well-known/openid-configuration", "/issuer",
     "https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0"},
    {"v1 has another issuer everywhere", "127.0.0.1:4711",
     "/" TENANT "/.well-known/openid-configuration", "/issuer",
     "https://sts.windows.net/" TENANT "/"},
    {"an alias keeps its name in URLs", "login.windows.net",
     "/contoso.com/v2.0/.well-known/openid-configuration", "/token_endpoint",
     "https://login.windows.net/contoso.com/oauth2/v2.0/token"},
    {"but not in the issuer", "login.windows.net",
     "/contoso.com/v2.0/.well-known/openid-configuration", "/issuer",
     "https://login.microsoftonline.com/" TENANT "/v2.0"},
    {"the client's port stays", "login.microsoftonline.com:4711",
     "/contoso.com/v2.0/.well-known/openid-configuration", "/token_endpoint",
     "https://login.microsoftonline.com:4711/contoso.com/oauth2/v2.0/token"},
    {"user information is Graph's", "login.microsoftonline.com:4711",
     "/contoso.com/v2.0/.well-known/openid-configuration", "/userinfo_endpoint",
     "https://graph.microsoft.com:4711/oidc/userinfo"},
    {"the mock's own origin is a known instance", "127.0.0.1:4711",
     "/common/discovery/instance?api-version=1.0&authorization_endpoint="
     "https://127.0.0.1:4711/" TENANT "/oauth2/v2.0/authorize",
     "/tenant_discovery_endpoint",
     "https://127.0.0.1:4711/" TENANT "/v2.0/.well-known/openid-configuration"},
};

static void places(void **state)
{
    const struct place_case *c = *state;
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(NULL);

    assert_string_equal(text_at(get(&arena, mock, c->host, c->target).json, c->pointer), c->value);
    mocktenant_stop(mock);
}

static const struct refusal_case {
    const char *name, *target;
    int code;
    const char *error;
} refusal_cases[] = {
    {"an unknown tenant", "/fabrikam.com/v2.0/.well-known/openid-configuration", 90002,
     "invalid_tenant"},
    {"keys of an unknown tenant", "/fabrikam.com/discovery/v2.0/keys", 90002, "invalid_tenant"},
    {"no tenant", "/my%20tenant/v2.0/.well-known/openid-configuration", 900023, "invalid_request"},
    {"an unknown instance",
     "/common/discovery/instance?api-version=1.1&authorization_endpoint=https://evil.example/x/y",
     50049, "invalid_instance"},
    {"a broken instance", "/common/discovery/instance?api-version=1.1&authorization_endpoint=x",
     50050, "invalid_instance"},
    {"no instance", "/common/discovery/instance?api-version=1.1", 90014, "invalid_request"},
};

static void refuses(void **state)
{
    const struct refusal_case *c = *state;
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(NULL);
    struct answer answer = get(&arena, mock, "login.microsoftonline.com", c->target);

    assert_int_equal(answer.status, 400);
    assert_int_equal(int_at(answer.json, "/error_codes/0"), c->code);
    assert_string_equal(text_at(answer.json, "/error"), c->error);
    assert_string_equal(answer_header(&arena, &answer, "access-control-allow-origin"), "*");
    mocktenant_stop(mock);
}

static void an_unknown_tenant_has_the_fixtures_shape(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(NULL);
    struct answer answer = get(&arena, mock, "login.microsoftonline.com",
                               "/fabrikam.com/v2.0/.well-known/openid-configuration");

    (void)state;
    shape_assert(fixture_read(&arena, "entra/error-tenant.json"), answer.json, SHAPE_SAME_ORDER,
                 "");
    mocktenant_stop(mock);
}

static void headers(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(NULL);
    struct answer answer = get(&arena, mock, "login.microsoftonline.com",
                               "/contoso.com/v2.0/.well-known/openid-configuration");
    cJSON *wanted;

    (void)state;
    cJSON_ArrayForEach(wanted, json_get(fixture_read(&arena, "entra/headers.json"), "discovery"))
    {
        const char *name = str_lower(arena_strdup(&arena, wanted->string));

        assert_string_equal(answer_header(&arena, &answer, name), wanted->valuestring);
    }
    mocktenant_stop(mock);
}

/* A token's signature fits the published key of its kid. */
static void tokens_fit_the_published_keys(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(NULL);
    const char *token = azure_admin_token(&arena, mock);
    const char *dot = strrchr(token, '.');
    cJSON *keys = get(&arena, mock, "login.microsoftonline.com", "/common/discovery/keys").json;
    struct crypto_key *key = NULL;
    struct err err;
    uint8_t *signature;
    size_t len = 0;

    (void)state;
    assert_int_equal(cJSON_GetArraySize(json_get(keys, "keys")), 2);
    assert_int_equal(strlen(text_at(keys, "/keys/0/kid")), 27);
    assert_true(
        crypto_key_from_jwk(text_at(keys, "/keys/0/n"), text_at(keys, "/keys/0/e"), &key, &err));
    signature = crypto_base64_decode(&arena, dot + 1, strlen(dot + 1), &len);
    assert_true(crypto_verify_rs256(key, token, (size_t)(dot - token), signature, len));
    signature[7] ^= 1;
    assert_false(crypto_verify_rs256(key, token, (size_t)(dot - token), signature, len));
    crypto_key_free(key);
    mocktenant_stop(mock);
}

static void the_error_page_is_for_people(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(NULL);
    struct answer page = get(&arena, mock, "login.microsoftonline.com", "/error?code=7000215");

    (void)state;
    assert_int_equal(page.status, 200);
    assert_non_null(strstr(page.body, "Invalid client secret provided"));
    page = get(&arena, mock, "login.microsoftonline.com", "/error?code=%3Cscript%3E");
    assert_int_equal(page.status, 400);
    assert_null(strstr(page.body, "script"));
    assert_int_equal(get(&arena, mock, "login.microsoftonline.com", "/a/b/c/d").status, 404);
    mocktenant_stop(mock);
}

int main(void)
{
    struct CMUnitTest tests[48] = {
        cmocka_unit_test(an_unknown_tenant_has_the_fixtures_shape),
        cmocka_unit_test(headers),
        cmocka_unit_test(tokens_fit_the_published_keys),
        cmocka_unit_test(the_error_page_is_for_people),
    };
    size_t count = CASES_LISTED(tests);

    CASES(tests, count, shape_cases, shapes);
    CASES(tests, count, place_cases, places);
    CASES(tests, count, refusal_cases, refuses);
    return cases_run("discovery", tests, count);
}
