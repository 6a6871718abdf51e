/* Users: made, changed, removed; their passwords, sessions and assignments. */
#include "azure.h"
#include "cases.h"
#include "shape.h"

#include <string.h>

#include "base/str.h"

#define USER      "b2e1d4a3-6f59-4c8c-9da7-42a3f1eac202"
#define UPN       "marketo.sync@contoso.onmicrosoft.com"
#define ADMIN     "c3f2e5b4-7a6a-4d9d-8eb8-53b4a2fbd303"
#define CLIENT    "4b1aad3c-f2e2-4fb5-a6da-db3c2abdfb0b"
#define DATAVERSE "9c4e18d2-6b7f-4a3c-a5d1-7e20f9b3c007"
#define NO_ROLE   "00000000-0000-0000-0000-000000000000"

/* An administering application that may also reset passwords and assign roles. */
static const char world[] =
    "{\"extends\":\"ready\",\"tenant\":{\"applications\":[{\"id\":\"" ADMIN "\",\"appRoles\":["
    "\"User-PasswordProfile.ReadWrite.All\",\"AppRoleAssignment.ReadWrite.All\"]}]}}";

static struct answer ask(struct arena *arena, struct mocktenant *mock, const char *method,
                         const char *target, const char *body)
{
    return azure_graph(arena, mock, azure_admin_token(arena, mock), method, target, body);
}

static const struct body_case {
    const char *name, *method, *target, *body;
    int status;
    const char *message;
} body_cases[] = {
    {"without a password", "POST", "/v1.0/users",
     "{\"accountEnabled\":true,\"displayName\":\"x\",\"mailNickname\":\"x\","
     "\"userPrincipalName\":\"x@contoso.com\"}",
     400, "A value is required for property 'passwordProfile' of resource 'User'."},
    {"a foreign domain", "POST", "/v1.0/users",
     "{\"accountEnabled\":true,\"displayName\":\"x\",\"mailNickname\":\"x\","
     "\"userPrincipalName\":\"x@fabrikam.com\",\"passwordProfile\":{\"password\":\"Abc-12345\"}}",
     400, "The domain portion of the userPrincipalName property is invalid."},
    {"a name that is taken", "POST", "/v1.0/users",
     "{\"accountEnabled\":true,\"displayName\":\"x\",\"mailNickname\":\"x\","
     "\"userPrincipalName\":\"Marketo.Sync@contoso.onmicrosoft.com\","
     "\"passwordProfile\":{\"password\":\"Abc-12345\"}}",
     400, "Another object with the same value for property userPrincipalName already exists."},
    {"a weak password", "POST", "/v1.0/users",
     "{\"accountEnabled\":true,\"displayName\":\"x\",\"mailNickname\":\"x\","
     "\"userPrincipalName\":\"x@contoso.com\",\"passwordProfile\":{\"password\":\"abcdefgh1\"}}",
     400, "The specified password does not comply with password complexity requirements."},
    {"a profile that is none", "POST", "/v1.0/users",
     "{\"accountEnabled\":true,\"displayName\":\"x\",\"mailNickname\":\"x\","
     "\"userPrincipalName\":\"x@contoso.com\",\"passwordProfile\":7}",
     400, "Invalid value specified for property 'passwordProfile'"},
    {"a member that it has not", "PATCH", "/v1.0/users/" USER, "{\"colour\":\"x\"}", 400,
     "Invalid property 'colour'."},
    {"one that nobody writes", "PATCH", "/v1.0/users/" UPN, "{\"createdDateTime\":\"x\"}", 400,
     "Property 'createdDateTime' is read-only"},
    {"nobody", "PATCH", "/v1.0/users/nobody@contoso.com", "{}", 404,
     "Resource 'nobody@contoso.com'"},
    {"by the sign-in name", "PATCH", "/v1.0/users/" UPN, "{\"usageLocation\":\"DE\"}", 204, ""},
    {"a password of somebody, without the permission", "PATCH", "/v1.0/users/" UPN,
     "{\"passwordProfile\":{\"password\":\"Abc-12345\"}}", 403,
     "Insufficient privileges to complete the operation."},
    {"what the world does not say of a user is there", "GET",
     "/v1.0/users/" UPN "?$select=mailNickname,usageLocation,proxyAddresses", NULL, 200, ""},
    {"the organization by its id", "GET", "/v1.0/organization/6b1c5f0e-7a3d-4c55-9e2f-0d4b8a17c001",
     NULL, 200, ""},
    {"no other organization", "GET", "/v1.0/organization/" CLIENT, NULL, 404,
     "Resource '" CLIENT "'"},
    {"no such domain", "GET", "/v1.0/domains/fabrikam.com", NULL, 404, "Resource 'fabrikam.com'"},
    {"nobody's end", "DELETE", "/v1.0/users/" CLIENT, NULL, 404, "Resource '" CLIENT "'"},
};

static void bodies(void **state)
{
    const struct body_case *c = *state;
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start("ready");
    struct answer answer = ask(&arena, mock, c->method, c->target, c->body);

    if (answer.status != c->status) {
        fail_msg("HTTP %d: %s", answer.status, answer.body);
    }
    assert_true(str_starts(text_at(answer.json, "/error/message"), c->message));
    mocktenant_stop(mock);
}

static struct answer sign_in(struct arena *arena, struct mocktenant *mock, const char *upn,
                             const char *password)
{
    return azure_token(
        arena, mock, "/{tenant_id}/oauth2/v2.0/token",
        arena_printf(arena,
                     "grant_type=password&client_id={client_id}&client_secret={client_secret}"
                     "&username=%s&password=%s&scope=https://contoso.crm.dynamics.com/.default"
                     "%%20offline_access",
                     upn, password),
        NULL);
}

/* The temporary password has to be changed first, one that was reset without that signs in. */
static void a_new_user_signs_in(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(world);
    const char *body = json_text(&arena, fixture_read(&arena, "graph/user.request.json"));
    const char *name = "adelev@contoso.onmicrosoft.com", *id;
    struct answer answer = ask(&arena, mock, "POST", "/v1.0/users", body);

    (void)state;
    assert_int_equal(answer.status, 201);
    id = text_at(answer.json, "/id");
    assert_string_equal(text_at(answer.json, "/displayName"), "Adele Vance");
    assert_null(strstr(answer.body, "Sync-2026-Winter"));
    assert_null(json_get(answer.json, "passwordProfile"));
    answer = sign_in(&arena, mock, name, "Sync-2026-Winter");
    assert_int_equal(int_at(answer.json, "/error_codes/0"), 50055);
    answer = ask(&arena, mock, "PATCH", arena_printf(&arena, "/v1.0/users/%s", name),
                 "{\"passwordProfile\":{\"password\":\"Sync-2026-Summer\"}}");
    assert_int_equal(answer.status, 204);
    answer = sign_in(&arena, mock, name, "Sync-2026-Winter");
    assert_int_equal(int_at(answer.json, "/error_codes/0"), 50126);
    answer = sign_in(&arena, mock, name, "Sync-2026-Summer");
    assert_int_equal(answer.status, 200);
    answer = ask(&arena, mock, "PATCH", arena_printf(&arena, "/v1.0/users/%s", id),
                 "{\"accountEnabled\":false}");
    assert_int_equal(answer.status, 204);
    answer = sign_in(&arena, mock, name, "Sync-2026-Summer");
    assert_int_equal(int_at(answer.json, "/error_codes/0"), 50057);
    answer = ask(&arena, mock, "DELETE", arena_printf(&arena, "/v1.0/users/%s", id), NULL);
    assert_int_equal(answer.status, 204);
    answer = sign_in(&arena, mock, name, "Sync-2026-Summer");
    assert_int_equal(int_at(answer.json, "/error_codes/0"), 50034);
    mocktenant_stop(mock);
}

static int64_t refresh_error(struct arena *arena, struct mocktenant *mock, const char *token)
{
    struct answer answer = azure_token(
        arena, mock, "/{tenant_id}/oauth2/v2.0/token",
        arena_printf(arena,
                     "grant_type=refresh_token&client_id={client_id}&client_secret={client_secret}"
                     "&refresh_token=%s&scope=https://contoso.crm.dynamics.com/.default",
                     token),
        NULL);

    return answer.status == 200 ? 0 : int_at(answer.json, "/error_codes/0");
}

/* Ended sessions and a reset password make refresh tokens useless. */
static void sessions_end(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(world);
    struct answer answer = sign_in(&arena, mock, UPN, azure_fill(&arena, mock, "{password}"));
    const char *token = text_at(answer.json, "/refresh_token");

    (void)state;
    assert_int_equal(answer.status, 200);
    azure_advance(mock, "PT1M");
    assert_int_equal(refresh_error(&arena, mock, token), 0);
    answer = ask(&arena, mock, "POST", "/v1.0/users/" UPN "/revokeSignInSessions", NULL);
    assert_int_equal(answer.status, 200);
    assert_true(cJSON_IsTrue(json_get(answer.json, "value")));
    assert_int_equal(refresh_error(&arena, mock, token), 50173);
    answer = sign_in(&arena, mock, UPN, azure_fill(&arena, mock, "{password}"));
    token = text_at(answer.json, "/refresh_token");
    azure_advance(mock, "PT1M");
    answer = ask(&arena, mock, "PATCH", "/v1.0/users/" UPN,
                 "{\"passwordProfile\":{\"password\":\"Sync-2026-Summer\"}}");
    assert_int_equal(answer.status, 204);
    assert_int_equal(refresh_error(&arena, mock, token), 50173);
    mocktenant_stop(mock);
}

/* A user is assigned to an application that has no roles by the default one. */
static void a_user_is_assigned(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(world);
    const char *body = "{\"principalId\":\"" USER "\",\"resourceId\":\"" CLIENT
                       "\",\"appRoleId\":\"" NO_ROLE "\"}",
               *id;
    struct answer answer =
        ask(&arena, mock, "POST", "/v1.0/users/" UPN "/appRoleAssignments", body);

    (void)state;
    assert_int_equal(answer.status, 201);
    id = text_at(answer.json, "/id");
    assert_string_equal(text_at(answer.json, "/principalType"), "User");
    assert_string_equal(text_at(answer.json, "/principalDisplayName"), "Marketo Sync");
    answer =
        ask(&arena, mock, "POST", "/v1.0/servicePrincipals/" CLIENT "/appRoleAssignedTo", body);
    assert_int_equal(answer.status, 400);
    answer =
        ask(&arena, mock, "GET",
            "/v1.0/servicePrincipals/" CLIENT "/appRoleAssignedTo?$filter=principalId%20eq%20" USER,
            NULL);
    assert_string_equal(text_at(answer.json, "/value/0/id"), id);
    answer = ask(&arena, mock, "DELETE",
                 arena_printf(&arena, "/v1.0/users/" USER "/appRoleAssignments/%s", id), NULL);
    assert_int_equal(answer.status, 204);
    answer = ask(&arena, mock, "GET", "/v1.0/users/" USER "/appRoleAssignments", NULL);
    assert_int_equal(cJSON_GetArraySize(json_get(answer.json, "value")), 0);
    mocktenant_stop(mock);
}

/* What was granted for one user alone is listed with him, and goes with him. */
static void a_users_own_grants(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(world);
    struct answer answer =
        ask(&arena, mock, "POST", "/v1.0/oauth2PermissionGrants",
            "{\"clientId\":\"" CLIENT "\",\"consentType\":\"Principal\",\"principalId\":\"" USER
            "\",\"resourceId\":\"" DATAVERSE "\",\"scope\":\"user_impersonation\"}");

    (void)state;
    assert_int_equal(answer.status, 201);
    answer = ask(&arena, mock, "GET", "/v1.0/users/" UPN "/oauth2PermissionGrants", NULL);
    assert_int_equal(cJSON_GetArraySize(json_get(answer.json, "value")), 1);
    assert_int_equal(ask(&arena, mock, "DELETE", "/v1.0/users/" UPN, NULL).status, 204);
    answer = ask(&arena, mock, "GET",
                 "/v1.0/oauth2PermissionGrants?$filter=principalId%20ne%20null", NULL);
    assert_int_equal(answer.status, 400); /* without the header */
    answer = ask(&arena, mock, "GET",
                 "/v1.0/oauth2PermissionGrants?$filter=principalId%20eq%20'" USER "'", NULL);
    assert_int_equal(cJSON_GetArraySize(json_get(answer.json, "value")), 0);
    mocktenant_stop(mock);
}

/* A federated domain tells how it signs in, a managed one has nothing to tell. */
static void a_domain_tells_its_federation(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start("federated");
    struct answer answer =
        ask(&arena, mock, "GET", "/v1.0/domains/contoso.com/federationConfiguration", NULL);

    (void)state;
    assert_int_equal(answer.status, 200);
    shape_assert(fixture_read(&arena, "graph/federation-configuration.json"), answer.json,
                 SHAPE_SAME_ORDER, "signingCertificate");
    assert_true(strlen(text_at(answer.json, "/value/0/signingCertificate")) > 300);
    answer = ask(&arena, mock, "GET",
                 "/v1.0/domains/contoso.onmicrosoft.com/federationConfiguration", NULL);
    assert_int_equal(answer.status, 200);
    assert_int_equal(cJSON_GetArraySize(json_get(answer.json, "value")), 0);
    answer = ask(&arena, mock, "GET", "/v1.0/domains/fabrikam.com/federationConfiguration", NULL);
    assert_int_equal(answer.status, 404);
    mocktenant_stop(mock);
}

/* What comes from Active Directory is not changed in the cloud, but for a few things. */
static void a_synchronized_user_is_changed_on_premises(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start("federated");
    struct answer answer =
        ask(&arena, mock, "GET", "/v1.0/users?$filter=onPremisesSyncEnabled%20eq%20true", NULL);
    const char *target =
        arena_printf(&arena, "/v1.0/users/%s", text_at(answer.json, "/value/0/id"));

    (void)state;
    assert_int_equal(answer.status, 200);
    answer = ask(&arena, mock, "PATCH", target, "{\"displayName\":\"x\"}");
    assert_int_equal(answer.status, 400);
    assert_true(str_starts(text_at(answer.json, "/error/message"),
                           "Unable to update the specified properties for on-premises mastered"));
    answer = ask(&arena, mock, "PATCH", target, "{\"usageLocation\":\"DE\"}");
    assert_int_equal(answer.status, 204);
    answer = ask(&arena, mock, "GET",
                 arena_printf(&arena, "%s?$select=onPremisesImmutableId", target), NULL);
    answer = ask(&arena, mock, "POST", "/v1.0/users",
                 arena_printf(&arena,
                              "{\"accountEnabled\":true,\"displayName\":\"x\",\"mailNickname\":"
                              "\"x\",\"userPrincipalName\":\"x@contoso.com\",\"passwordProfile\":{"
                              "\"password\":\"Abc-12345\"},\"onPremisesImmutableId\":\"%s\"}",
                              text_at(answer.json, "/onPremisesImmutableId")));
    assert_int_equal(answer.status, 400);
    assert_true(str_starts(text_at(answer.json, "/error/message"),
                           "Another object with the same value for property "
                           "onPremisesImmutableId"));
    mocktenant_stop(mock);
}

int main(void)
{
    struct CMUnitTest tests[24] = {
        cmocka_unit_test(a_new_user_signs_in),
        cmocka_unit_test(sessions_end),
        cmocka_unit_test(a_user_is_assigned),
        cmocka_unit_test(a_users_own_grants),
        cmocka_unit_test(a_domain_tells_its_federation),
        cmocka_unit_test(a_synchronized_user_is_changed_on_premises),
    };
    size_t count = CASES_LISTED(tests);

    CASES(tests, count, body_cases, bodies);
    return cases_run("users", tests, count);
}
