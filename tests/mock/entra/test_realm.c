/* Which way a user signs in, by the three questions that clients and the sign-in page know. */
#include "azure.h"
#include "cases.h"
#include "shape.h"

#include <string.h>

#include "base/str.h"

#define FEDERATED "marketo.sync@contoso.com"
#define MANAGED   "admin@contoso.onmicrosoft.com"

static struct mocktenant *start(void)
{
    return azure_start("federated");
}

static struct answer ask(struct arena *arena, struct mocktenant *mock, const char *host,
                         const char *target, const char *json)
{
    const struct ask question = {DIRECT,
                                 json != NULL ? "POST" : "GET",
                                 host,
                                 target,
                                 {json != NULL ? "Content-Type: application/json" : NULL},
                                 json,
                                 0};

    return tenant_ask(arena, mock, &question);
}

static const struct shape_case {
    const char *name, *target, *json, *fixture;
} shape_cases[] = {
    {"federated", "/common/userrealm/" FEDERATED "?api-version=1.0", NULL,
     "entra/realm-federated.json"},
    {"federated, for a name that does not exist",
     "/common/userrealm/nobody@contoso.com?api-version=1.0", NULL, "entra/realm-federated.json"},
    {"the other domain stays managed",
     "/common/userrealm/x@contoso.onmicrosoft.com?api-version=1.0", NULL,
     "entra/realm-managed.json"},
    {"version 2.0, federated", "/common/UserRealm/" FEDERATED "?api-version=2.0", NULL,
     "entra/realm-v2-federated.json"},
    {"version 2.1, federated", "/common/UserRealm/" FEDERATED "?api-version=2.1", NULL,
     "entra/realm-v2-federated.json"},
    {"version 2.1, managed", "/common/userrealm/" MANAGED "?api-version=2.1", NULL,
     "entra/realm-v2-managed.json"},
    {"version 2.1, unknown", "/common/userrealm/x@fabrikam.com?api-version=2.1", NULL,
     "entra/realm-v2-unknown.json"},
    {"GetUserRealm.srf, federated", "/GetUserRealm.srf?login=" FEDERATED "&json=1", NULL,
     "entra/realm-srf-federated.json"},
    {"GetUserRealm.srf below common, managed", "/common/GetUserRealm.srf?login=" MANAGED, NULL,
     "entra/realm-srf-managed.json"},
    {"GetCredentialType, managed", "/common/GetCredentialType", "{\"username\":\"" MANAGED "\"}",
     "entra/credential-type-managed.json"},
    {"GetCredentialType, federated", "/contoso.com/GetCredentialType",
     "{\"username\":\"" FEDERATED "\",\"isOtherIdpSupported\":true}",
     "entra/credential-type-federated.json"},
    {"GetCredentialType, nobody", "/common/getcredentialtype",
     "{\"username\":\"nobody@contoso.onmicrosoft.com\"}", "entra/credential-type-nobody.json"},
};

static void shapes(void **state)
{
    const struct shape_case *c = *state;
    AUTO(arena) arena = {0};
    struct mocktenant *mock = start();
    struct answer answer = ask(&arena, mock, "login.microsoftonline.com", c->target, c->json);

    assert_int_equal(answer.status, 200);
    shape_assert(fixture_read(&arena, c->fixture), answer.json, SHAPE_SAME_ORDER,
                 "FlowToken apiCanary");
    mocktenant_stop(mock);
}

static const struct refuse_case {
    const char *name, *target, *json;
    int64_t code;
} refuse_cases[] = {
    {"a realm without a version", "/common/userrealm/" FEDERATED, NULL, 90014},
    {"GetUserRealm.srf without a name", "/GetUserRealm.srf", NULL, 90014},
    {"GetCredentialType without a name", "/common/GetCredentialType", "{}", 90014},
    {"GetCredentialType with a name that is none", "/common/GetCredentialType", "{\"username\":7}",
     90014},
    {"GetCredentialType with no JSON", "/common/GetCredentialType", "username=x", 9002313},
};

static void refusals(void **state)
{
    const struct refuse_case *c = *state;
    AUTO(arena) arena = {0};
    struct mocktenant *mock = start();
    struct answer answer = ask(&arena, mock, "login.microsoftonline.com", c->target, c->json);

    assert_int_equal(answer.status, 400);
    assert_int_equal(int_at(answer.json, "/error_codes/0"), c->code);
    mocktenant_stop(mock);
}

/* Under a loopback origin AD FS is below it, under a cloud name it has its own, with the port. */
static const struct place_case {
    const char *name, *host, *value;
} place_cases[] = {
    {"below a loopback origin", "127.0.0.1:4711", "https://127.0.0.1:4711/adfs/services/trust/mex"},
    {"below a cloud name", "login.microsoftonline.com",
     "https://sts.contoso.com/adfs/services/trust/mex"},
    {"below a cloud name with a port", "login.windows.net:4711",
     "https://sts.contoso.com:4711/adfs/services/trust/mex"},
};

static void places(void **state)
{
    const struct place_case *c = *state;
    AUTO(arena) arena = {0};
    struct mocktenant *mock = start();
    struct answer answer =
        ask(&arena, mock, c->host, "/common/userrealm/" FEDERATED "?api-version=1.0", NULL);

    assert_string_equal(text_at(answer.json, "/federation_metadata_url"), c->value);
    mocktenant_stop(mock);
}

int main(void)
{
    struct CMUnitTest tests[32];
    size_t count = 0;

    CASES(tests, count, shape_cases, shapes);
    CASES(tests, count, refuse_cases, refusals);
    CASES(tests, count, place_cases, places);
    return cases_run("realm", tests, count);
}
