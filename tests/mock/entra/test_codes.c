/*
 * Every AADSTS code of the table, produced by a request that a client could make: with its status,
 * its words and an id of the exchange that stands in the body and in the header. The last tests
 * fail on a code that no row produces, and on one of the published list that is neither in the
 * table nor brought by a fault rule nor left out for a reason (fixtures/entra/codes.json).
 */
#include "azure.h"
#include "cases.h"
#include "federation.h"
#include "shape.h"
#include "xml_shape.h"

#include <string.h>

#include "base/str.h"
#include "entra/error.h"

#define ORG   "https://contoso.crm.dynamics.com"
#define V2    "/contoso.com/oauth2/v2.0/token"
#define V1    "/contoso.com/oauth2/token"
#define APP   "grant_type=client_credentials&client_id={client_id}&client_secret={client_secret}"
#define NAME  "grant_type=password&client_id={client_id}&client_secret={client_secret}"
#define ROPC  NAME "&username={username}&password={password}"
#define SCOPE "&scope=" ORG "/.default"
#define USER  "b2e1d4a3-6f59-4c8c-9da7-42a3f1eac202"
#define WITH(member)                                                                               \
    "{\"extends\":\"ready\",\"tenant\":{\"users\":[{\"id\":\"" USER "\"," member "}]}}"
#define APPLY(member)                                                                              \
    "{\"extends\":\"ready\",\"tenant\":{\"applications\":[{\"id\":"                                \
    "\"29f8eb1a-d0c0-4df3-84be-b91a08fbd909\"," member "}]}}"
#define SET(member) "{\"extends\":\"ready\",\"tenant\":{\"settings\":{" member "}}}"
#define LISTS_NOTHING                                                                              \
    "{\"extends\":\"ready\",\"tenant\":{\"applications\":[{\"displayName\":\"Lists nothing\","     \
    "\"appId\":\"11111111-2222-3333-4444-555555555555\",\"secrets\":[{\"value\":\"a~b\"}]}]}}"
#define NATIONAL                                                                                   \
    "{\"extends\":\"ready\",\"tenant\":{\"otherTenants\":[{\"id\":"                                \
    "\"8d3e7f20-9c5f-4e77-9041-2f6dac39e003\",\"domains\":[\"agency.us\"],\"cloud\":"              \
    "\"us-government\"}]}}"
#define CONSENT_PAGE "/contoso.com/adminconsent?client_id=3a09fc2b-e1d1-4ea4-95cf-ca2b19acea0a"
#define CONSENT_PAGE_V2                                                                            \
    "/contoso.com/v2.0/adminconsent?client_id=3a09fc2b-e1d1-4ea4-95cf-ca2b19acea0a"
#define BACK "&redirect_uri=https://www.contoso.com"

typedef void prepare(struct arena *arena, struct mocktenant *mock);

static void ten_wrong_passwords(struct arena *arena, struct mocktenant *mock)
{
    for (int i = 0; i < 10; i++) {
        (void)azure_token(
            arena, mock, V2,
            arena_printf(arena, NAME "&username={username}&password=wrong%d" SCOPE, i), NULL);
    }
}

static void fourteen_equal_ones(struct arena *arena, struct mocktenant *mock)
{
    for (int i = 0; i < 14; i++) {
        (void)azure_token(arena, mock, V2, APP SCOPE, NULL);
    }
}

static void throttled(struct arena *arena, struct mocktenant *mock)
{
    (void)tenant_control(arena, mock, "POST", "/_mock/faults",
                         "{\"match\":{\"service\":\"entra\"},\"action\":{\"type\":\"throttle\","
                         "\"retry_after\":60}}",
                         201);
}

static void patch_principal(struct arena *arena, struct mocktenant *mock, const char *id)
{
    struct answer answer = azure_graph(arena, mock, azure_admin_token(arena, mock), "PATCH",
                                       arena_printf(arena, "/v1.0/servicePrincipals/%s", id),
                                       "{\"appRoleAssignmentRequired\":true}");

    assert_int_equal(answer.status, 204);
}

static void users_are_assigned(struct arena *arena, struct mocktenant *mock)
{
    patch_principal(arena, mock, "4b1aad3c-f2e2-4fb5-a6da-db3c2abdfb0b");
}

static void clients_are_assigned(struct arena *arena, struct mocktenant *mock)
{
    patch_principal(arena, mock, "9c4e18d2-6b7f-4a3c-a5d1-7e20f9b3c007");
}

static void allow_cloud_passwords(struct arena *arena, struct mocktenant *mock)
{
    federation_policy(arena, mock,
                      "{\"HomeRealmDiscoveryPolicy\":{\"AllowCloudPasswordValidation\":true}}");
}

static const struct code_case {
    const char *name;
    int64_t code;
    const char *world;         /* NULL: `ready` */
    prepare *first;            /* what happens before; NULL: nothing */
    const char *target, *form; /* form NULL: a GET */
    int status;
    const char *error; /* NULL: the answer is a page or a redirect */
    const char *suberror;
} code_cases[] = {
    {"a wrong secret", 7000215, NULL, NULL, V2,
     "grant_type=client_credentials&client_id={client_id}&client_secret=x" SCOPE, 401,
     "invalid_client", NULL},
    {"an expired secret", 7000222,
     APPLY("\"secrets\":[{\"value\":\"old~1\","
           "\"age\":\"P2D\",\"lifetime\":\"P1D\"}]"),
     NULL, V2, "grant_type=client_credentials&client_id={client_id}&client_secret=old~1" SCOPE, 401,
     "invalid_client", NULL},
    {"no credential for a user", 7000218, NULL, NULL, V2,
     "grant_type=password&client_id={client_id}&username={username}&password={password}" SCOPE, 401,
     "invalid_client", NULL},
    {"no credential", 7000216, NULL, NULL, V2,
     "grant_type=client_credentials&client_id={client_id}" SCOPE, 401, "invalid_client", NULL},
    {"a secret for a public client", 700025, APPLY("\"allowPublicClient\":true"), NULL, V2,
     ROPC SCOPE, 401, "invalid_client", NULL},
    {"an unknown application", 700016, NULL, NULL, V2,
     "grant_type=client_credentials&client_id=" USER "&client_secret=x" SCOPE, 400,
     "unauthorized_client", NULL},
    {"no service principal", 7000229, APPLY("\"servicePrincipal\":{\"present\":false}"), NULL, V2,
     APP SCOPE, 401, "invalid_client", NULL},
    {"a disabled application", 7000112, APPLY("\"servicePrincipal\":{\"accountEnabled\":false}"),
     NULL, V2, APP SCOPE, 400, "unauthorized_client", NULL},
    {"a single-tenant application at organizations", 50194, NULL, NULL,
     "/organizations/oauth2/v2.0/token", ROPC SCOPE, 400, "invalid_request", NULL},
    {"a single-tenant application at consumers", 9002332, NULL, NULL,
     "/consumers/oauth2/v2.0/token",
     "grant_type=refresh_token&client_id={client_id}&client_secret={client_secret}"
     "&refresh_token=x" SCOPE,
     400, "invalid_request", NULL},
    {"an assertion that is none", 50027, NULL, NULL, V2,
     "grant_type=client_credentials&client_id={client_id}&client_assertion_type="
     "urn:ietf:params:oauth:client-assertion-type:jwt-bearer&client_assertion=x" SCOPE,
     400, "invalid_request", NULL},
    {"an assertion of another identity provider", 70021, NULL, NULL, V2,
     "grant_type=client_credentials&client_id={client_id}&client_assertion_type="
     "urn:ietf:params:oauth:client-assertion-type:jwt-bearer&client_assertion="
     "eyJhbGciOiJSUzI1NiIsImtpZCI6IjEifQ."
     "eyJpc3MiOiJodHRwczovL3Rva2VuLmFjdGlvbnMuZXhhbXBsZSIsInN1YiI6InJlcG86Y29udG9zbyJ9.c2ln" SCOPE,
     401, "invalid_client", NULL},
    {"an assertion of an unknown certificate", 700027, NULL, NULL, V2,
     "grant_type=client_credentials&client_id={client_id}&client_assertion_type="
     "urn:ietf:params:oauth:client-assertion-type:jwt-bearer&client_assertion="
     "eyJhbGciOiJSUzI1NiIsIng1dCI6IkFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQSJ9."
     "eyJpc3MiOiIzYTA5ZmMyYi1lMWQxLTRlYTQtOTVjZi1jYTJiMTlhY2VhMGEiLCJzdWIiOiIzYTA5ZmMyYi1lMWQxLTRl"
     "YTQtOTVjZi1jYTJiMTlhY2VhMGEifQ.c2ln" SCOPE,
     401, "invalid_client", NULL},
    {"an unknown tenant", 90002, NULL, NULL, "/fabrikam.com/oauth2/v2.0/token", APP SCOPE, 400,
     "invalid_request", NULL},
    {"no tenant", 900023, NULL, NULL, "/my%20tenant/oauth2/v2.0/token", APP SCOPE, 400,
     "invalid_request", NULL},
    {"a tenant of another cloud", 90038, NATIONAL, NULL, "/agency.us/oauth2/v2.0/token",
     "grant_type=password&client_id={client_id}&username=x@agency.us&password=x" SCOPE, 400,
     "invalid_request", NULL},
    {"a tenant of another cloud, with a secret", 900382, NATIONAL, NULL,
     "/agency.us/oauth2/v2.0/token", APP SCOPE, 400, "invalid_request", NULL},
    {"an application at common", 50059, NULL, NULL, "/common/oauth2/v2.0/token", APP SCOPE, 400,
     "invalid_request", NULL},
    {"a user of no known domain at organizations", 50128,
     APPLY("\"signInAudience\":\"AzureADMultipleOrgs\""), NULL, "/organizations/oauth2/v2.0/token",
     NAME "&username=x@fabrikam.com&password=x" SCOPE, 400, "invalid_request", NULL},
    {"a password at common", 9001023, NULL, NULL, "/common/oauth2/v2.0/token", ROPC SCOPE, 400,
     "invalid_request", NULL},
    {"an unknown instance", 50049, NULL, NULL,
     "/common/discovery/instance?api-version=1.1&authorization_endpoint=https://evil.example/x/y",
     NULL, 400, "invalid_instance", NULL},
    {"a broken instance", 50050, NULL, NULL,
     "/common/discovery/instance?api-version=1.1&authorization_endpoint=x", NULL, 400,
     "invalid_instance", NULL},
    {"no scope", 900144, NULL, NULL, V2, APP, 400, "invalid_request", NULL},
    {"no api-version", 90014, NULL, NULL, "/common/userrealm/x@contoso.com", NULL, 400,
     "invalid_request", NULL},
    {"a GET", 900561, NULL, NULL, V2, NULL, 400, "invalid_request", NULL},
    {"a broken escape", 9002313, NULL, NULL, V2, "grant_type=%ZZ", 400, "invalid_request", NULL},
    {"a parameter twice", 9000411, NULL, NULL, V2, APP SCOPE SCOPE, 400, "invalid_request", NULL},
    {"an unknown grant", 70003, NULL, NULL, V2, "grant_type=x&client_id={client_id}", 400,
     "unsupported_grant_type", NULL},
    {"resource on v2", 901002, NULL, NULL, V2, APP "&resource=" ORG, 400, "invalid_request", NULL},
    {"no scheme", 70011, NULL, NULL, V2, ROPC "&scope=contoso.crm.dynamics.com/.default", 400,
     "invalid_scope", NULL},
    {"two resources", 70011, NULL, NULL, V2, ROPC SCOPE "+User.Read", 400, "invalid_scope", NULL},
    {"two resources, with the other number", 700022, SET("\"severalResourcesError\":\"700022\""),
     NULL, V2, ROPC SCOPE "+User.Read", 400, "invalid_scope", NULL},
    {"a delegated scope for an application", 1002012, NULL, NULL, V2,
     APP "&scope=" ORG "/user_impersonation", 400, "invalid_scope", NULL},
    {"an organization that is not there", 500011, NULL, NULL, V2,
     APP "&scope=https://nowhere.crm.dynamics.com/.default", 400, "invalid_resource", NULL},
    {"a disabled resource", 500014,
     "{\"extends\":\"ready\",\"tenant\":{\"servicePrincipals\":[{\"id\":"
     "\"9c4e18d2-6b7f-4a3c-a5d1-7e20f9b3c007\",\"accountEnabled\":false}]}}",
     NULL, V2, APP SCOPE, 400, "invalid_resource", NULL},
    {"a scope that the resource lacks", 650053, NULL, NULL, V2, ROPC "&scope=" ORG "/nothing", 401,
     "invalid_client", NULL},
    {"a resource that the application does not list, v1", 650057, LISTS_NOTHING, NULL, V1,
     "grant_type=password&client_id=11111111-2222-3333-4444-555555555555&client_secret=a~b"
     "&username={username}&password={password}&resource=" ORG,
     400, "invalid_resource", NULL},
    {"a client that is not assigned", 501051, NULL, clients_are_assigned, V2, APP SCOPE, 400,
     "invalid_grant", NULL},
    {"a wrong password", 50126, NULL, NULL, V2, NAME "&username={username}&password=x" SCOPE, 400,
     "invalid_grant", NULL},
    {"an unknown user", 50034, NULL, NULL, V2, NAME "&username=nobody@contoso.com&password=x" SCOPE,
     400, "invalid_grant", NULL},
    {"a locked user", 50053, NULL, ten_wrong_passwords, V2, ROPC SCOPE, 400, "invalid_grant", NULL},
    {"a locked user, v1", 50053, NULL, ten_wrong_passwords, V1, ROPC "&resource=" ORG, 400,
     "unauthorized_client", NULL},
    {"an expired password", 50055, WITH("\"passwordLifetime\":\"PT0S\""), NULL, V2, ROPC SCOPE, 400,
     "invalid_grant", "user_password_expired"},
    {"an expired password, v1", 50055, WITH("\"passwordLifetime\":\"PT0S\""), NULL, V1,
     ROPC "&resource=" ORG, 400, "user_password_expired", NULL},
    {"no hash in the cloud", 50056,
     "{\"extends\":\"federated\",\"tenant\":{\"settings\":{\"federatedWithoutHash\":\"50056\"}}}",
     allow_cloud_passwords, V2, ROPC SCOPE, 400, "invalid_grant", NULL},
    {"a disabled user", 50057, WITH("\"accountEnabled\":false"), NULL, V2, ROPC SCOPE, 400,
     "invalid_grant", NULL},
    {"a second factor", 50076, WITH("\"mfa\":\"required\""), NULL, V2, ROPC SCOPE, 400,
     "invalid_grant", "basic_action"},
    {"a second factor, v1", 50076, WITH("\"mfa\":\"required\""), NULL, V1, ROPC "&resource=" ORG,
     400, "interaction_required", NULL},
    {"a second factor that is not set up", 50079, WITH("\"mfa\":\"unregistered\""), NULL, V2,
     ROPC SCOPE, 400, "invalid_grant", "basic_action"},
    {"another party's second factor", 50158, WITH("\"conditionalAccess\":\"external\""), NULL, V2,
     ROPC SCOPE, 400, "invalid_grant", "basic_action"},
    {"blocked by a policy", 53003, WITH("\"conditionalAccess\":\"blocked\""), NULL, V2, ROPC SCOPE,
     400, "invalid_grant", "message_only"},
    {"blocked by a policy, v1", 53003, WITH("\"conditionalAccess\":\"blocked\""), NULL, V1,
     ROPC "&resource=" ORG, 400, "interaction_required", NULL},
    {"a device that is not in order", 53000, WITH("\"conditionalAccess\":\"device\""), NULL, V2,
     ROPC SCOPE, 400, "invalid_grant", "message_only"},
    {"blocked by the tenant", 530032, WITH("\"conditionalAccess\":\"policy\""), NULL, V2,
     ROPC SCOPE, 400, "invalid_grant", "message_only"},
    {"blocked by the security defaults", 530035, WITH("\"conditionalAccess\":\"legacy\""), NULL, V2,
     ROPC SCOPE, 400, "invalid_grant", "message_only"},
    {"a user who is not assigned", 50105, NULL, users_are_assigned, V2, ROPC SCOPE, 400,
     "invalid_grant", NULL},
    {"an expired password on premises", 50144, SET("\"passThrough\":\"50144\""), NULL, V2,
     ROPC SCOPE, 400, "invalid_grant", "user_password_expired"},
    {"no agent on premises", 80001, SET("\"passThrough\":\"80001\""), NULL, V2, ROPC SCOPE, 400,
     "invalid_grant", NULL},
    {"an agent that times out", 80002, SET("\"passThrough\":\"80002\""), NULL, V2, ROPC SCOPE, 400,
     "invalid_grant", NULL},
    {"an agent whose request fails", 80005, SET("\"passThrough\":\"80005\""), NULL, V2, ROPC SCOPE,
     400, "invalid_grant", NULL},
    {"an agent that cannot tell", 80007, SET("\"passThrough\":\"80007\""), NULL, V2, ROPC SCOPE,
     400, "invalid_grant", NULL},
    {"an agent that cannot decrypt", 80010, SET("\"passThrough\":\"80010\""), NULL, V2, ROPC SCOPE,
     400, "invalid_grant", NULL},
    {"out of hours", 80012, SET("\"passThrough\":\"80012\""), NULL, V2, ROPC SCOPE, 400,
     "invalid_grant", NULL},
    {"an agent that is too late", 80014, SET("\"passThrough\":\"80014\""), NULL, V2, ROPC SCOPE,
     400, "invalid_grant", NULL},
    {"no consent", 65001, LISTS_NOTHING, NULL, V2,
     "grant_type=password&client_id=11111111-2222-3333-4444-555555555555&client_secret=a~b"
     "&username={username}&password={password}" SCOPE,
     400, "invalid_grant", "consent_required"},
    {"an application that does not list User.Read", 90008,
     "{\"extends\":\"ready\",\"tenant\":{\"settings\":{\"signInPermissionRequired\":true},"
     "\"applications\":[{\"displayName\":\"Lists nothing\","
     "\"appId\":\"11111111-2222-3333-4444-555555555555\",\"secrets\":[{\"value\":\"a~b\"}]}]}}",
     NULL, V2,
     "grant_type=password&client_id=11111111-2222-3333-4444-555555555555&client_secret=a~b"
     "&username={username}&password={password}" SCOPE,
     400, "invalid_request", NULL},
    {"a loop", 50196, SET("\"requestLoopDetection\":true"), fourteen_equal_ones, V2, APP SCOPE, 400,
     "invalid_grant", NULL},
    {"throttled, in JSON", 90055, SET("\"throttledAnswer\":\"json\""), throttled, V2, APP SCOPE,
     429, "temporarily_unavailable", NULL},
    {"no SAML", 50008, "federated", NULL, V2,
     "grant_type=urn:ietf:params:oauth:grant-type:saml1_1-bearer&client_id={client_id}"
     "&client_secret={client_secret}&assertion=eHg" SCOPE,
     400, "invalid_grant", NULL},
    {"consent that was declined", 65004, NULL, NULL, CONSENT_PAGE_V2 BACK SCOPE, "action=cancel",
     302, NULL, NULL},
    {"consent by somebody who may not", 90093, WITH("\"password\":\"Sync-7x\""), NULL,
     CONSENT_PAGE BACK,
     "action=accept&username=marketo.sync@contoso.onmicrosoft.com&password=Sync-7x", 400, NULL,
     NULL},
    {"consent to an API that is not there", 650052,
     "{\"extends\":\"fresh\",\"tenant\":{\"users\":[{\"id\":\"a1d0c3f2-5e48-4b7b-8c96-"
     "31f2e0d9b101\",\"password\":\"Admin-7x\"}],\"servicePrincipals\":[{\"id\":\"9c4e"
     "18d2-6b7f-4a3c-a5d1-7e20f9b3c007\",\"present\":false}],\"applications\":[{\"disp"
     "layName\":\"Marketo Integration\",\"appId\":\"3a09fc2b-e1d1-4ea4-95cf-ca2b19acea"
     "0a\",\"redirectUris\":[\"https://www.contoso.com\"],\"requiredResourceAccess\":["
     "{\"resourceAppId\":\"00000007-0000-0000-c000-000000000000\",\"resourceAccess\":["
     "{\"id\":\"78ce3f0f-a1ce-49c2-8cde-64b5c0896db4\",\"type\":\"Scope\"}]}]}]}}",
     NULL, CONSENT_PAGE BACK,
     "action=accept&username=admin@contoso.onmicrosoft.com&password=Admin-7x", 400, NULL, NULL},
    {"another redirect URI", 50011, NULL, NULL, CONSENT_PAGE "&redirect_uri=https://evil.example",
     NULL, 400, NULL, NULL},
    {"no redirect URI registered", 500113,
     "{\"extends\":\"ready\",\"tenant\":{\"applications\":[{\"displayName\":\"No reply\","
     "\"appId\":\"11111111-2222-3333-4444-555555555555\"}]}}",
     NULL, "/contoso.com/adminconsent?client_id=11111111-2222-3333-4444-555555555555" BACK, NULL,
     400, NULL, NULL},
};

static int64_t produced[256];
static size_t produced_count;

static void remember(int64_t code)
{
    assert_true(produced_count < ARRAY_LEN(produced));
    produced[produced_count++] = code;
}

static bool was_produced(int64_t code)
{
    for (size_t i = 0; i < produced_count; i++) {
        if (produced[i] == code) {
            return true;
        }
    }
    return false;
}

/* What every refusal in JSON says of itself. */
static void check_body(struct arena *arena, const struct answer *answer, const struct code_case *c)
{
    const char *text = text_at(answer->json, "/error_description");
    const char *trace = text_at(answer->json, "/trace_id");
    const cJSON *sub = json_pointer_get(answer->json, "/suberror");

    assert_string_equal(text_at(answer->json, "/error"), c->error);
    assert_int_equal(int_at(answer->json, "/error_codes/0"), c->code);
    assert_true(str_starts(text, arena_printf(arena, "AADSTS%lld: ", (long long)c->code)));
    assert_null(strstr(text, "{why}"));
    assert_int_equal(strlen(trace), 36);
    assert_string_equal(trace, answer_header(arena, answer, "x-ms-request-id"));
    assert_non_null(strstr(text, arena_printf(arena,
                                              " Trace ID: %s Correlation ID: %s Timestamp: "
                                              "%s",
                                              trace, text_at(answer->json, "/correlation_id"),
                                              text_at(answer->json, "/timestamp"))));
    assert_string_equal(text_at(answer->json, "/error_uri"),
                        arena_printf(arena, "https://login.microsoftonline.com/error?code=%lld",
                                     (long long)c->code));
    if (c->suberror == NULL) {
        assert_null(sub);
    } else {
        assert_string_equal(cJSON_GetStringValue(sub), c->suberror);
    }
}

static struct answer send_case(struct arena *arena, struct mocktenant *mock,
                               const struct code_case *c)
{
    const struct ask ask = {DIRECT,
                            c->form != NULL ? "POST" : "GET",
                            "login.microsoftonline.com",
                            c->target,
                            {"Content-Type: application/x-www-form-urlencoded"},
                            c->form != NULL ? azure_fill(arena, mock, c->form) : NULL,
                            0};

    return tenant_ask(arena, mock, &ask);
}

static void codes(void **state)
{
    const struct code_case *c = *state;
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(c->world);
    const char *mark = arena_printf(&arena, "AADSTS%lld", (long long)c->code);
    struct answer answer;

    if (c->first != NULL) {
        c->first(&arena, mock);
    }
    answer = send_case(&arena, mock, c);
    if (strstr(answer.body, mark) == NULL && strstr(answer.headers, mark) == NULL) {
        fail_msg("no %s: %d %s", mark, answer.status, answer.body);
    }
    assert_int_equal(answer.status, c->status);
    if (c->error != NULL) {
        check_body(&arena, &answer, c);
    }
    remember(c->code);
    mocktenant_stop(mock);
}

/* Codes that take a story of several requests, and the tests that tell it. */
static const struct elsewhere {
    const char *name;
    int64_t code;
    const char *file;
} elsewhere[] = {
    {"an unsynchronized user", 51004, "entra/test_federation.c"},
    {"another realm", 50107, "entra/test_federation.c"},
    {"a signature that does not fit", 50013, "entra/test_federation.c"},
    {"a refresh token of an old password", 50173, "entra/test_federation.c"},
    {"a refresh token of another client", 70000, "entra/test_users.c"},
    {"a refresh token that was not used", 700082, "entra/test_users.c"},
    {"an assertion that is over", 700024, "entra/test_assertion.c"},
    {"an assertion for another audience", 700023, "entra/test_assertion.c"},
    {"an assertion of another client", 700021, "entra/test_assertion.c"},
    {"an API that has not agreed", 65002, "entra/test_assignment.c"},
    {"a user of another tenant", 50020, "entra/test_tenants.c"},
    {"a code of another tenant", 700005, "entra/test_tenants.c"},
    {"a sign-in that a policy finds too old", 70043, "entra/test_refresh.c"},
    {"a scope that is none, for a code", 28002, "entra/test_authorize.c"},
    {"an empty scope, for a code", 28003, "entra/test_authorize.c"},
    {"a device code that is over, with the other number", 70019, "entra/test_devicecode.c"},
    {"a code that is spent", 54005, "entra/test_authorize.c"},
    {"a code that is late", 70008, "entra/test_authorize.c"},
    {"another verifier", 501481, "entra/test_authorize.c"},
    {"a challenge that is too short", 501491, "entra/test_authorize.c"},
    {"a page without PKCE", 9002325, "entra/test_authorize.c"},
    {"a code that a page redeems", 9002326, "entra/test_authorize.c"},
    {"a code that no page redeems", 9002327, "entra/test_authorize.c"},
    {"nobody is signed in", 50058, "entra/test_authorize.c"},
    {"a response type that is off", 700054, "entra/test_authorize.c"},
    {"a prompt that is none", 90023, "entra/test_authorize.c"},
    {"consent that an administrator must give", 90094, "entra/test_consent.c"},
    {"permissions that are not listed", 650056, "entra/test_consent.c"},
    {"a device code that waits", 70016, "entra/test_devicecode.c"},
    {"a device code that is asked for too often", 70017, "entra/test_devicecode.c"},
    {"a device code that is none", 70018, "entra/test_devicecode.c"},
    {"a device code that is over", 70020, "entra/test_devicecode.c"},
};

static void told_elsewhere(void **state)
{
    const struct elsewhere *c = *state;
    AUTO(arena) arena = {0};
    const char *text = fixture_text(&arena, arena_printf(&arena, "../tests/mock/%s", c->file));

    if (strstr(text, arena_printf(&arena, "%lld", (long long)c->code)) == NULL) {
        fail_msg("%s does not produce AADSTS%lld", c->file, (long long)c->code);
    }
    remember(c->code);
}

static void every_code_is_produced(void **state)
{
    size_t missing = 0;
    int code;

    (void)state;
    for (size_t i = 0; (code = entra_error_code(i)) != 0; i++) {
        if (!was_produced(code)) {
            print_error("no row produces AADSTS%d\n", code);
            missing++;
        }
    }
    assert_int_equal(missing, 0);
}

/* What the service says when it is not well: the text of the rule, and an answer like any other. */
static void by_fault_rule(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(NULL);
    cJSON *list = json_get(fixture_read(&arena, "entra/codes.json"), "byFaultRule"), *item;
    int64_t since = 0;

    (void)state;
    cJSON_ArrayForEach(item, list)
    {
        int64_t code = int_at(item, "/code");
        cJSON *body = fixture_read(&arena, "entra/error-transient.json");
        const char *tail = strstr(text_at(body, "/error_description"), " Trace ID: ");
        struct answer answer;
        const cJSON *entry;

        cJSON_ReplaceItemInObjectCaseSensitive(body, "error",
                                               cJSON_CreateString(text_at(item, "/error")));
        cJSON_ReplaceItemInObjectCaseSensitive(
            body, "error_description",
            cJSON_CreateString(arena_printf(&arena, "AADSTS%lld: %s%s", (long long)code,
                                            text_at(item, "/text"), tail)));
        cJSON_SetNumberValue(json_pointer_get(body, "/error_codes/0"), (double)code);
        (void)tenant_control(
            &arena, mock, "POST", "/_mock/faults",
            arena_printf(&arena,
                         "{\"match\":{\"service\":\"entra\"},\"times\":1,\"action\":"
                         "{\"type\":\"respond\",\"status\":%lld,\"body\":%s}}",
                         (long long)int_at(item, "/status"), json_text(&arena, body)),
            201);
        answer = azure_token(&arena, mock, V2, APP SCOPE, NULL);
        assert_int_equal(answer.status, int_at(item, "/status"));
        assert_true(cJSON_Compare(answer.json, body, true));
        assert_string_equal(answer_header(&arena, &answer, "content-type"),
                            "application/json; charset=utf-8");
        assert_string_equal(answer_header(&arena, &answer, "cache-control"), "no-store, no-cache");
        assert_int_equal(strlen(answer_header(&arena, &answer, "x-ms-request-id")), 36);
        entry = tenant_control(&arena, mock, "GET",
                               arena_printf(&arena, "/_mock/journal?since=%lld", (long long)since),
                               NULL, 200);
        since = int_at(entry, "/next");
        assert_true(int_at(entry, "/entries/0/fault") > 0);
        assert_int_equal(azure_token(&arena, mock, V2, APP SCOPE, NULL).status, 200);
        since++;                                    /* that one */
        assert_false(entra_error_known((int)code)); /* nothing else says it */
        remember(code);
    }
    assert_int_equal(cJSON_GetArraySize(list), 6);
    mocktenant_stop(mock);
}

/* What is not answered has a reason. */
static void left_out(void **state)
{
    AUTO(arena) arena = {0};
    cJSON *list = json_get(fixture_read(&arena, "entra/codes.json"), "left"), *item;

    (void)state;
    cJSON_ArrayForEach(item, list)
    {
        assert_false(entra_error_known((int)int_at(item, "/code")));
        assert_true(strlen(text_at(item, "/why")) > 20);
    }
}

static bool listed(const cJSON *list, int code)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, list)
    {
        if (item->valueint == code) {
            return true;
        }
    }
    return false;
}

/* The published list and the table say the same. */
static void the_list_and_the_table_agree(void **state)
{
    AUTO(arena) arena = {0};
    const cJSON *list = json_get(fixture_read(&arena, "entra/codes.json"), "answered"), *item;
    int code;

    (void)state;
    cJSON_ArrayForEach(item, list)
    {
        if (!entra_error_known(item->valueint) || !was_produced(item->valueint)) {
            fail_msg("AADSTS%d stands in the list, and no row or no test produces it",
                     item->valueint);
        }
    }
    for (size_t i = 0; (code = entra_error_code(i)) != 0; i++) {
        if (!listed(list, code)) {
            fail_msg("AADSTS%d has a row and does not stand in fixtures/entra/codes.json", code);
        }
    }
}

int main(void)
{
    struct CMUnitTest tests[160] = {0};
    size_t count = CASES_LISTED(tests);

    CASES(tests, count, code_cases, codes);
    CASES(tests, count, elsewhere, told_elsewhere);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(by_fault_rule);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(left_out);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(every_code_is_produced);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(the_list_and_the_table_agree);
    return cases_run("codes", tests, count);
}
