/* Service principals, consents, application permissions, people, and who may do what. */
#include "azure.h"
#include "cases.h"
#include "shape.h"

#include <string.h>

#include "base/str.h"
#include "graph/service.h"

#define APP       "3a09fc2b-e1d1-4ea4-95cf-ca2b19acea0a"
#define CLIENT    "4b1aad3c-f2e2-4fb5-a6da-db3c2abdfb0b"
#define GRAPH     "3f7a2c64-51d8-4e09-8b6a-2c9d10e5a003"
#define DATAVERSE "9c4e18d2-6b7f-4a3c-a5d1-7e20f9b3c007"
#define ADMIN     "e5b4a7d6-9c8c-4fbf-a0da-75d6c4bdf505"
#define USER      "b2e1d4a3-6f59-4c8c-9da7-42a3f1eac202"
#define GRANT     "PK0aS-LytU-m2ts8Kr37C9IYTpx_azxKpdF-IPmzwAc"

/* An administering application that may also assign roles, and users' Graph scopes. */
static const char world[] =
    "{\"extends\":\"ready\",\"tenant\":{\"applications\":[{\"id\":"
    "\"c3f2e5b4-7a6a-4d9d-8eb8-53b4a2fbd303\",\"appRoles\":[\"AppRoleAssignment.ReadWrite.All\"]},"
    "{\"id\":\"29f8eb1a-d0c0-4df3-84be-b91a08fbd909\",\"grants\":[{\"resourceAppId\":"
    "\"00000003-0000-0000-c000-000000000000\",\"scope\":\"Application.ReadWrite.All openid\"}]}]}}";

static const struct call_case {
    const char *name, *method, *target, *body;
    int status;
    const char *fixture; /* of the answer, or NULL: */
    const char *message;
    const char *vary;
} call_cases[] = {
    {"Dataverse's own service principal", "GET", "/v1.0/servicePrincipals/" DATAVERSE, NULL, 200,
     "graph/service-principal.json", NULL, ""},
    {"by its application id", "GET",
     "/v1.0/servicePrincipals(appId='00000007-0000-0000-C000-000000000000')", NULL, 200,
     "graph/service-principal.json", NULL, ""},
    {"an unknown one", "GET", "/v1.0/servicePrincipals/" APP, NULL, 404, NULL, "Resource '" APP "'",
     ""},
    {"a second one", "POST", "/v1.0/servicePrincipals", "{\"appId\":\"" APP "\"}", 409, NULL,
     "The service principal cannot be created, updated, or restored because the service principal "
     "name " APP " is already in use.",
     ""},
    {"of no application", "POST", "/v1.0/servicePrincipals", "{\"appId\":\"" CLIENT "\"}", 400,
     NULL,
     "The appId '" CLIENT "' of the service principal does not reference a valid application "
     "object.",
     ""},
    {"without an application", "POST", "/v1.0/servicePrincipals", "{}", 400, NULL,
     "A value is required for property 'appId' of resource 'ServicePrincipal'.", ""},
    {"a service principal's property", "PATCH", "/v1.0/servicePrincipals/" CLIENT,
     "{\"notes\":\"x\"}", 204, NULL, "", ""},
    {"one that it has not", "PATCH", "/v1.0/servicePrincipals/" CLIENT, "{\"colour\":\"x\"}", 400,
     NULL, "Invalid property 'colour'.", ""},
    {"a grant", "GET", "/v1.0/oauth2PermissionGrants/" GRANT, NULL, 200, "graph/grant.json", NULL,
     ""},
    {"a grant that is there", "POST", "/v1.0/oauth2PermissionGrants",
     "{\"clientId\":\"" CLIENT "\",\"consentType\":\"AllPrincipals\",\"resourceId\":\"" DATAVERSE
     "\",\"scope\":\"user_impersonation\"}",
     409, NULL, "Permission entry already exists.", ""},
    {"a grant for one user", "POST", "/v1.0/oauth2PermissionGrants",
     "{\"clientId\":\"" CLIENT "\",\"consentType\":\"Principal\",\"principalId\":\"" USER
     "\",\"resourceId\":\"" DATAVERSE "\",\"scope\":\"user_impersonation\",\"startTime\":\"x\"}",
     201, NULL, "", ""},
    {"a grant for a user who is not there", "POST", "/v1.0/oauth2PermissionGrants",
     "{\"clientId\":\"" CLIENT "\",\"consentType\":\"Principal\",\"principalId\":\"" CLIENT
     "\",\"resourceId\":\"" DATAVERSE "\",\"scope\":\"user_impersonation\"}",
     404, NULL, "Resource '" CLIENT "'", ""},
    {"an application id in place of the object id", "POST", "/v1.0/oauth2PermissionGrants",
     "{\"clientId\":\"" APP "\",\"consentType\":\"AllPrincipals\",\"resourceId\":\"" DATAVERSE
     "\",\"scope\":\"user_impersonation\"}",
     404, NULL, "Resource '" APP "'", ""},
    {"a grant of nothing", "POST", "/v1.0/oauth2PermissionGrants",
     "{\"clientId\":\"" CLIENT "\",\"consentType\":\"AllPrincipals\",\"resourceId\":\"" GRAPH
     "\",\"scope\":\" \"}",
     400, NULL, "Invalid value specified for property 'scope'", ""},
    {"an unknown kind of consent", "POST", "/v1.0/oauth2PermissionGrants",
     "{\"clientId\":\"" CLIENT "\",\"consentType\":\"Some\",\"resourceId\":\"" GRAPH
     "\",\"scope\":\"x\"}",
     400, NULL, "Invalid value specified for property 'consentType'", ""},
    {"a wider grant", "PATCH", "/v1.0/oauth2PermissionGrants/" GRANT, "{\"scope\":\"a b\"}", 204,
     NULL, "", ""},
    {"a grant for another client", "PATCH", "/v1.0/oauth2PermissionGrants/" GRANT,
     "{\"clientId\":\"" ADMIN "\"}", 400, NULL, "Property 'clientId' is read-only", ""},
    {"an end of a grant", "DELETE", "/v1.0/oauth2PermissionGrants/" GRANT, NULL, 204, NULL, "", ""},
    {"an end of none", "DELETE", "/v1.0/oauth2PermissionGrants/x", NULL, 404, NULL, "Resource 'x'",
     ""},
    {"an application permission", "POST", "/v1.0/servicePrincipals/" ADMIN "/appRoleAssignments",
     "{\"principalId\":\"" ADMIN "\",\"resourceId\":\"" GRAPH
     "\",\"appRoleId\":\"9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30\"}",
     201, "graph/assignment.json", NULL, "id"},
    {"the same from the API's side", "POST", "/v1.0/servicePrincipals/" GRAPH "/appRoleAssignedTo",
     "{\"principalId\":\"" ADMIN "\",\"resourceId\":\"" GRAPH
     "\",\"appRoleId\":\"9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30\"}",
     201, "graph/assignment.json", NULL, "id"},
    {"one that is there", "POST", "/v1.0/servicePrincipals/" ADMIN "/appRoleAssignments",
     "{\"principalId\":\"" ADMIN "\",\"resourceId\":\"" GRAPH
     "\",\"appRoleId\":\"19dbc75e-c2e2-444c-a770-ec69d8559fc7\"}",
     400, NULL, "Permission being assigned already exists on the object", ""},
    {"one that the API lacks", "POST", "/v1.0/servicePrincipals/" ADMIN "/appRoleAssignments",
     "{\"principalId\":\"" ADMIN "\",\"resourceId\":\"" DATAVERSE
     "\",\"appRoleId\":\"19dbc75e-c2e2-444c-a770-ec69d8559fc7\"}",
     400, NULL, "Invalid value specified for property 'appRoleId'", ""},
    {"of another principal", "POST", "/v1.0/servicePrincipals/" CLIENT "/appRoleAssignments",
     "{\"principalId\":\"" ADMIN "\",\"resourceId\":\"" GRAPH
     "\",\"appRoleId\":\"19dbc75e-c2e2-444c-a770-ec69d8559fc7\"}",
     400, NULL, "Invalid value specified for property 'principalId'", ""},
    {"the organization", "GET", "/v1.0/organization", NULL, 200, "graph/organization.json", NULL,
     ""},
    {"a user by id", "GET", "/v1.0/users/" USER, NULL, 200, "graph/user.json", NULL, ""},
    {"a user by name", "GET", "/v1.0/users/Marketo.Sync@contoso.onmicrosoft.com", NULL, 200,
     "graph/user.json", NULL, ""},
    {"nobody", "GET", "/v1.0/users/nobody@contoso.com", NULL, 404, NULL, "Resource 'nobody", ""},
    {"an application is nobody", "GET", "/v1.0/me", NULL, 400, NULL,
     "/me request is only valid with delegated authentication flow.", ""},
    {"a domain", "GET", "/v1.0/domains/contoso.onmicrosoft.com", NULL, 200, "graph/domain.json",
     NULL, ""},
    {"no such path", "GET", "/v1.0/groups", NULL, 400, NULL,
     "Resource not found for the segment 'groups'.", ""},
    {"no such method", "PUT", "/v1.0/applications", NULL, 405, NULL,
     "Specified HTTP method is not allowed for the request target.", ""},
};

static void calls(void **state)
{
    const struct call_case *c = *state;
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(world);
    struct answer answer =
        azure_graph(&arena, mock, azure_admin_token(&arena, mock), c->method, c->target, c->body);

    if (answer.status != c->status) {
        fail_msg("HTTP %d: %s", answer.status, answer.body);
    }
    if (c->fixture != NULL) {
        shape_assert(fixture_read(&arena, c->fixture), answer.json, SHAPE_ANY_ORDER, c->vary);
    } else {
        assert_true(str_starts(text_at(answer.json, "/error/message"), c->message));
    }
    mocktenant_stop(mock);
}

/* A consent by Graph is what a sign-in needs; its end is the end of it. */
static void a_grant_opens_and_closes(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(world);
    const char *token = azure_admin_token(&arena, mock);
    static const char form[] =
        "grant_type=password&client_id={client_id}&client_secret={client_secret}"
        "&username={username}&password={password}"
        "&scope=https://contoso.crm.dynamics.com/user_impersonation";
    static const char one[] =
        "{\"clientId\":\"" CLIENT "\",\"consentType\":\"Principal\",\"principalId\":\"" USER
        "\",\"resourceId\":\"" DATAVERSE "\",\"scope\":\"user_impersonation\"}";
    struct answer answer;

    (void)state;
    (void)azure_graph(&arena, mock, token, "DELETE", "/v1.0/oauth2PermissionGrants/" GRANT, NULL);
    answer = azure_token(&arena, mock, "/contoso.com/oauth2/v2.0/token", form, NULL);
    assert_int_equal(int_at(answer.json, "/error_codes/0"), 65001);
    answer = azure_graph(&arena, mock, token, "POST", "/v1.0/oauth2PermissionGrants", one);
    assert_int_equal(answer.status, 201);
    assert_int_equal(strlen(text_at(answer.json, "/id")), 64);
    answer = azure_token(&arena, mock, "/contoso.com/oauth2/v2.0/token", form, NULL);
    assert_int_equal(answer.status, 200);
    answer = azure_graph(&arena, mock, token, "GET",
                         "/v1.0/servicePrincipals/" CLIENT "/oauth2PermissionGrants", NULL);
    assert_int_equal(cJSON_GetArraySize(json_get(answer.json, "value")), 2);
    answer = azure_graph(&arena, mock, token, "GET",
                         "/v1.0/oauth2PermissionGrants?$filter=clientId%20eq%20'" CLIENT
                         "'%20and%20consentType%20eq%20'AllPrincipals'",
                         NULL);
    assert_int_equal(cJSON_GetArraySize(json_get(answer.json, "value")), 1);
    mocktenant_stop(mock);
}

/* Nothing is written when a later member, or $select, is refused. */
static void a_refused_write_writes_nothing(void **state)
{
    static const char made[] = "{\"clientId\":\"" CLIENT "\",\"consentType\":\"Principal\","
                               "\"principalId\":\"" USER "\",\"resourceId\":\"" DATAVERSE
                               "\",\"scope\":\"user_impersonation\"}";
    static const struct {
        const char *method, *target, *body, *list;
    } writes[] = {
        {"PATCH", "/v1.0/oauth2PermissionGrants/" GRANT, "{\"scope\":\"x\",\"clientId\":\"y\"}",
         "/v1.0/oauth2PermissionGrants"},
        {"POST", "/v1.0/oauth2PermissionGrants?$select=none", made, "/v1.0/oauth2PermissionGrants"},
        {"POST", "/v1.0/applications?$select=id,none", "{\"displayName\":\"x\"}",
         "/v1.0/applications"},
        {"POST", "/v1.0/policies/homeRealmDiscoveryPolicies?$select=none",
         "{\"displayName\":\"x\",\"definition\":[\"{}\"]}",
         "/v1.0/policies/homeRealmDiscoveryPolicies"},
        {"POST", "/v1.0/users?$select=none",
         "{\"accountEnabled\":true,\"displayName\":\"x\",\"mailNickname\":\"x\","
         "\"userPrincipalName\":\"x@contoso.com\","
         "\"passwordProfile\":{\"password\":\"Passw0rd!\"}}",
         "/v1.0/users"},
    };
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(world);
    const char *token = azure_admin_token(&arena, mock);

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(writes); i++) {
        struct answer before = azure_graph(&arena, mock, token, "GET", writes[i].list, NULL);
        struct answer refused =
            azure_graph(&arena, mock, token, writes[i].method, writes[i].target, writes[i].body);
        struct answer after = azure_graph(&arena, mock, token, "GET", writes[i].list, NULL);

        assert_int_equal(before.status, 200);
        assert_int_equal(refused.status, 400);
        assert_string_equal(after.body, before.body);
    }
    mocktenant_stop(mock);
}

/* The published limits of a grant's scope and of what an application lists. */
static void lists_have_an_end(void **state)
{
    static const struct {
        const char *method, *target, *open, *item, *close;
        int most, status;
    } lists[] = {
        {"PATCH", "/v1.0/oauth2PermissionGrants/" GRANT, "{\"scope\":\"", "1234567890", "\"}", 385,
         204},
        {"POST", "/v1.0/applications",
         "{\"displayName\":\"x\",\"requiredResourceAccess\":[{\"resourceAppId\":\"" GRAPH
         "\",\"resourceAccess\":[{\"id\":\"" USER "\",\"type\":\"Scope\"}",
         ",{\"id\":\"" USER "\",\"type\":\"Scope\"}", "]}]}", 399, 201},
    };
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(world);
    const char *token = azure_admin_token(&arena, mock);

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
        for (int more = 0; more < 2; more++) {
            AUTO(strbuf) body = STRBUF(0);

            strbuf_add(&body, lists[i].open);
            for (int n = 0; n < lists[i].most + more; n++) {
                strbuf_add(&body, lists[i].item);
            }
            strbuf_add(&body, lists[i].close);
            assert_int_equal(azure_graph(&arena, mock, token, lists[i].method, lists[i].target,
                                         strbuf_text(&body))
                                 .status,
                             more ? 400 : lists[i].status);
        }
    }
    mocktenant_stop(mock);
}

/* A role is in the tokens that are made after it was assigned. */
static void a_role_is_in_new_tokens(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(world);
    const char *token = azure_admin_token(&arena, mock);
    struct answer answer = azure_graph(
        &arena, mock, token, "POST", "/v1.0/servicePrincipals/" ADMIN "/appRoleAssignments",
        "{\"principalId\":\"" ADMIN "\",\"resourceId\":\"" GRAPH
        "\",\"appRoleId\":\"df021288-bdef-4463-88db-98f22de89214\"}");
    const char *id = text_at(answer.json, "/id");

    (void)state;
    assert_int_equal(strlen(id), 43);
    for (int own = 0; own < 2; own++) { /* below its own principal alone */
        answer =
            azure_graph(&arena, mock, token, "GET",
                        arena_printf(&arena, "/v1.0/servicePrincipals/%s/appRoleAssignments/%s",
                                     own == 1 ? ADMIN : CLIENT, id),
                        NULL);
        assert_int_equal(answer.status, own == 1 ? 200 : 404);
    }
    assert_null(strstr(json_text(&arena, azure_claims(&arena, token)), "User.Read.All"));
    token = azure_admin_token(&arena, mock);
    assert_non_null(strstr(json_text(&arena, azure_claims(&arena, token)), "User.Read.All"));
    answer = azure_graph(
        &arena, mock, token, "DELETE",
        arena_printf(&arena, "/v1.0/servicePrincipals/" ADMIN "/appRoleAssignments/%s", id), NULL);
    assert_int_equal(answer.status, 204);
    token = azure_admin_token(&arena, mock);
    assert_null(strstr(json_text(&arena, azure_claims(&arena, token)), "User.Read.All"));
    mocktenant_stop(mock);
}

/* `accountEnabled` false: the portal's "Enabled for users to sign in". */
static void a_disabled_principal_gets_no_token(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(world);
    struct answer answer =
        azure_graph(&arena, mock, azure_admin_token(&arena, mock), "PATCH",
                    "/v1.0/servicePrincipals/" CLIENT, "{\"accountEnabled\":false}");

    (void)state;
    assert_int_equal(answer.status, 204);
    answer = azure_token(&arena, mock, "/contoso.com/oauth2/v2.0/token",
                         "grant_type=client_credentials&client_id={client_id}"
                         "&client_secret={client_secret}&scope=.default",
                         NULL);
    assert_int_equal(int_at(answer.json, "/error_codes/0"), 7000112);
    mocktenant_stop(mock);
}

/* Dataverse is missing in the tenant: an administrator adds it by its application id. */
static void a_missing_api_can_be_added(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(
        "{\"extends\":\"fresh\",\"tenant\":{\"servicePrincipals\":[{\"appId\":"
        "\"00000007-0000-0000-c000-000000000000\",\"id\":\"" DATAVERSE "\",\"present\":false}]}}");
    const char *token = azure_admin_token(&arena, mock);
    static const char form[] =
        "grant_type=client_credentials&client_id={admin_client_id}"
        "&client_secret={admin_client_secret}&scope=https://contoso.crm.dynamics.com/.default";
    struct answer answer = azure_token(&arena, mock, "/contoso.com/oauth2/v2.0/token", form, NULL);

    (void)state;
    assert_int_equal(int_at(answer.json, "/error_codes/0"), 500011);
    answer = azure_graph(&arena, mock, token, "POST", "/v1.0/servicePrincipals",
                         "{\"appId\":\"00000007-0000-0000-c000-000000000000\"}");
    assert_int_equal(answer.status, 201);
    shape_assert(fixture_read(&arena, "graph/service-principal.json"), answer.json,
                 SHAPE_SAME_ORDER, "");
    answer = azure_token(&arena, mock, "/contoso.com/oauth2/v2.0/token", form, NULL);
    assert_int_equal(answer.status, 200);
    mocktenant_stop(mock);
}

/* The resource, not the endpoint, decides the version of its tokens. */
static void an_api_of_ones_own_decides_the_version(void **state)
{
    static const char form[] =
        "grant_type=client_credentials&client_id={client_id}&client_secret={client_secret}"
        "&scope=api://mine/.default";
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(world);
    const char *token = azure_admin_token(&arena, mock), *app_id;
    struct answer answer = azure_graph(
        &arena, mock, token, "POST", "/v1.0/applications",
        "{\"displayName\":\"Mine\",\"signInAudience\":\"AzureADMyOrg\",\"identifierUris\":"
        "[\"api://mine\"],\"api\":{\"requestedAccessTokenVersion\":2}}");
    cJSON *claims;

    (void)state;
    assert_int_equal(answer.status, 201);
    app_id = text_at(answer.json, "/appId");
    answer = azure_graph(&arena, mock, token, "POST", "/v1.0/servicePrincipals",
                         arena_printf(&arena, "{\"appId\":\"%s\"}", app_id));
    assert_int_equal(answer.status, 201);
    answer = azure_token(&arena, mock, "/contoso.com/oauth2/v2.0/token", form, NULL);
    claims = azure_claims(&arena, text_at(answer.json, "/access_token"));
    assert_string_equal(text_at(claims, "/ver"), "2.0");
    assert_string_equal(text_at(claims, "/aud"), app_id);
    assert_string_equal(text_at(claims, "/azp"), APP);
    assert_string_equal(text_at(claims, "/iss"),
                        "https://login.microsoftonline.com/6b1c5f0e-7a3d-4c55-9e2f-0d4b8a17c001"
                        "/v2.0");
    assert_null(json_get(claims, "appid"));
    mocktenant_stop(mock);
}

/* What stood before stays seen while what is added arrives. */
static void an_added_scope_is_seen_later(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start("{\"extends\":\"ready\",\"tenant\":{\"settings\":{"
                                          "\"consentDelay\":\"PT30S\"}}}");
    const char *token = azure_admin_token(&arena, mock), *id;
    struct answer answer =
        azure_graph(&arena, mock, token, "GET",
                    "/v1.0/oauth2PermissionGrants?$filter=resourceId%20eq%20'" GRAPH "'", NULL);
    static const char form[] =
        "grant_type=password&client_id={client_id}&client_secret={client_secret}"
        "&username={username}&password={password}&scope=https://graph.microsoft.com/%s";
    static const struct {
        const char *scope;
        bool before, later;
    } rows[] = {{"User.Read", true, true}, {"Directory.Read.All", false, true}};

    (void)state;
    id = text_at(answer.json, "/value/0/id");
    answer = azure_graph(&arena, mock, token, "PATCH",
                         arena_printf(&arena, "/v1.0/oauth2PermissionGrants/%s", id),
                         "{\"scope\":\"Directory.Read.All User.Read\"}");
    assert_int_equal(answer.status, 204);
    for (int later = 0; later < 2; later++) {
        for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
            bool good = later ? rows[i].later : rows[i].before;

            answer = azure_token(&arena, mock, "/contoso.com/oauth2/v2.0/token",
                                 arena_printf(&arena, form, rows[i].scope), NULL);
            assert_int_equal(answer.status, good ? 200 : 400);
        }
        azure_advance(mock, "PT30S");
    }
    /* Taken away it is gone at once, and given again it has to arrive again. */
    answer = azure_graph(&arena, mock, token, "PATCH",
                         arena_printf(&arena, "/v1.0/oauth2PermissionGrants/%s", id),
                         "{\"scope\":\"Directory.Read.All\"}");
    assert_int_equal(answer.status, 204);
    answer = azure_token(&arena, mock, "/contoso.com/oauth2/v2.0/token",
                         arena_printf(&arena, form, "User.Read"), NULL);
    assert_int_equal(int_at(answer.json, "/error_codes/0"), 65001);
    (void)azure_graph(&arena, mock, token, "DELETE",
                      arena_printf(&arena, "/v1.0/oauth2PermissionGrants/%s", id), NULL);
    answer = azure_graph(&arena, mock, token, "POST", "/v1.0/oauth2PermissionGrants",
                         "{\"clientId\":\"" CLIENT
                         "\",\"consentType\":\"AllPrincipals\",\"resourceId\":\"" GRAPH
                         "\",\"scope\":\"Directory.Read.All\"}");
    assert_int_equal(answer.status, 201);
    answer = azure_token(&arena, mock, "/contoso.com/oauth2/v2.0/token",
                         arena_printf(&arena, form, "Directory.Read.All"), NULL);
    assert_int_equal(int_at(answer.json, "/error_codes/0"), 65001);
    mocktenant_stop(mock);
}

/* A link tells what has happened since it was given, removals too. */
static void a_delta_tells_what_has_changed(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start("ready");
    const char *token = azure_admin_token(&arena, mock), *next;
    struct answer answer =
        azure_graph(&arena, mock, token, "GET", "/v1.0/oauth2PermissionGrants/delta", NULL);

    (void)state;
    assert_int_equal(answer.status, 200);
    assert_string_equal(text_at(answer.json, "/@odata.context"),
                        "https://graph.microsoft.com/v1.0/$metadata#oauth2PermissionGrants");
    assert_int_equal(cJSON_GetArraySize(json_get(answer.json, "value")), 2);
    next = text_at(answer.json, "/@odata.deltaLink") + strlen("https://graph.microsoft.com");
    answer = azure_graph(&arena, mock, token, "GET", next, NULL);
    assert_int_equal(cJSON_GetArraySize(json_get(answer.json, "value")), 0);
    (void)azure_graph(&arena, mock, token, "PATCH", "/v1.0/oauth2PermissionGrants/" GRANT,
                      "{\"scope\":\"user_impersonation x\"}");
    answer = azure_graph(&arena, mock, token, "GET", next, NULL);
    assert_int_equal(cJSON_GetArraySize(json_get(answer.json, "value")), 1);
    assert_string_equal(text_at(answer.json, "/value/0/scope"), "user_impersonation x");
    next = text_at(answer.json, "/@odata.deltaLink") + strlen("https://graph.microsoft.com");
    (void)azure_graph(&arena, mock, token, "DELETE", "/v1.0/servicePrincipals/" CLIENT, NULL);
    answer = azure_graph(&arena, mock, token, "GET", next, NULL);
    assert_int_equal(cJSON_GetArraySize(json_get(answer.json, "value")), 2);
    assert_string_equal(text_at(answer.json, "/value/0/@removed/reason"), "deleted");
    answer = azure_graph(&arena, mock, token, "GET",
                         "/v1.0/oauth2PermissionGrants/delta?$deltatoken=%2A", NULL);
    assert_int_equal(answer.status, 400);
    mocktenant_stop(mock);
}

static const struct right_case {
    const char *name, *scope; /* NULL: the application itself, which has no roles */
    bool administrator;
    const char *method, *target;
    int status;
} right_cases[] = {
    {"without roles nothing is read", NULL, false, "GET", "/v1.0/applications", 403},
    {"nor written", NULL, false, "POST", "/v1.0/applications", 403},
    {"a user reads with the scope", "Application.ReadWrite.All", false, "GET", "/v1.0/applications",
     200},
    {"but writes as an administrator only", "Application.ReadWrite.All", false, "POST",
     "/v1.0/applications", 403},
    {"who does not lack the scope", "Application.ReadWrite.All", true, "POST", "/v1.0/applications",
     400},
    {"another scope is not enough", "User.Read", true, "POST", "/v1.0/applications", 403},
    {"everybody reads himself", "User.Read", false, "GET", "/v1.0/me", 200},
    {"but not others", "User.Read", false, "GET", "/v1.0/users", 403},
    {"user information", "openid", false, "GET", "/oidc/userinfo", 200},
};

static void rights(void **state)
{
    const struct right_case *c = *state;
    AUTO(arena) arena = {0};
    struct mocktenant *mock =
        azure_start(c->administrator ? arena_printf(&arena,
                                                    "%.*s,\"users\":[{\"id\":\"" USER
                                                    "\",\"administrator\":true}]}}",
                                                    (int)strlen(world) - 2, world)
                                     : world);
    struct answer answer = azure_token(
        &arena, mock, "/contoso.com/oauth2/v2.0/token",
        "grant_type=client_credentials&client_id={client_id}&client_secret={client_secret}"
        "&scope=.default",
        NULL);
    const char *token = c->scope != NULL ? azure_user_token(&arena, mock, c->scope)
                                         : json_get_text(answer.json, "access_token");

    answer = azure_graph(&arena, mock, token, c->method, c->target, NULL);
    assert_int_equal(answer.status, c->status);
    if (c->status == 403) {
        assert_string_equal(text_at(answer.json, "/error/code"), "Authorization_RequestDenied");
    }
    mocktenant_stop(mock);
}

/* "/v1.0/users/{id}" with an id that nobody has. */
static const char *path_of(struct arena *arena, const char *template_)
{
    AUTO(strbuf) text = STRBUF(0);

    for (; *template_ != '\0'; template_++) {
        if (*template_ == '{') {
            strbuf_add(&text, APP);
            template_ += strcspn(template_, "}");
        } else {
            strbuf_add_char(&text, *template_);
        }
    }
    return arena_dup(arena, strbuf_text(&text), text.len);
}

/* Without a permission every route is closed, but those that ask in their own way. */
static void every_route_needs_a_permission(void **state)
{
    static const char *const open_routes[] = {"$batch", "/addKey", "/removeKey"};
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(world);
    struct answer answer = azure_token(
        &arena, mock, "/contoso.com/oauth2/v2.0/token",
        "grant_type=client_credentials&client_id={client_id}&client_secret={client_secret}"
        "&scope=.default",
        NULL);
    const char *token = text_at(answer.json, "/access_token");

    (void)state;
    assert_true(mock_graph.route_count > 80);
    for (size_t i = 0; i < mock_graph.route_count; i++) {
        const struct mock_route *route = &mock_graph.routes[i];
        const char *target = path_of(&arena, route->template_), *method = "GET";
        bool open_ = false;

        for (size_t j = 0; j < ARRAY_LEN(open_routes); j++) {
            open_ = open_ || strstr(route->template_, open_routes[j]) != NULL;
        }
        method = route->methods == HTTP_POST     ? "POST"
                 : route->methods == HTTP_PATCH  ? "PATCH"
                 : route->methods == HTTP_DELETE ? "DELETE"
                                                 : method;
        answer = azure_graph(&arena, mock, token, method, target, NULL);
        if (answer.status != 403 && !(open_ && (answer.status == 400 || answer.status == 404))) {
            fail_msg("%s %s: HTTP %d", method, target, answer.status);
        }
        assert_int_equal(azure_graph(&arena, mock, NULL, method, target, NULL).status, 401);
    }
    mocktenant_stop(mock);
}

/* With User.Read alone the organization shows three members, the rest is null. */
static void the_organization_shows_little_to_users(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(NULL);
    struct answer answer = azure_graph(&arena, mock, azure_user_token(&arena, mock, "User.Read"),
                                       "GET", "/v1.0/organization", NULL);

    (void)state;
    assert_string_equal(text_at(answer.json, "/value/0/displayName"), "Contoso");
    assert_string_equal(text_at(answer.json, "/value/0/verifiedDomains/0/name"),
                        "contoso.onmicrosoft.com");
    assert_true(cJSON_IsNull(json_pointer_get(answer.json, "/value/0/tenantType")));
    assert_true(cJSON_IsArray(json_pointer_get(answer.json, "/value/0/assignedPlans")));
    mocktenant_stop(mock);
}

int main(void)
{
    struct CMUnitTest tests[64] = {
        cmocka_unit_test(a_grant_opens_and_closes),
        cmocka_unit_test(a_refused_write_writes_nothing),
        cmocka_unit_test(lists_have_an_end),
        cmocka_unit_test(a_role_is_in_new_tokens),
        cmocka_unit_test(a_disabled_principal_gets_no_token),
        cmocka_unit_test(a_missing_api_can_be_added),
        cmocka_unit_test(the_organization_shows_little_to_users),
        cmocka_unit_test(an_api_of_ones_own_decides_the_version),
        cmocka_unit_test(an_added_scope_is_seen_later),
        cmocka_unit_test(a_delta_tells_what_has_changed),
        cmocka_unit_test(every_route_needs_a_permission),
    };
    size_t count = CASES_LISTED(tests);

    CASES(tests, count, call_cases, calls);
    CASES(tests, count, right_cases, rights);
    return cases_run("principals", tests, count);
}
