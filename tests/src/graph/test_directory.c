/* What Graph writes, read from the fixtures. */
#include "cases.h"

#include <string.h>

#include "base/iso8601.h"
#include "base/str.h"
#include "graph/directory.h"
#include "graph/error.h"
#include "support/files.h"

static const cJSON *fixture(struct arena *arena, const char *name)
{
    size_t len;
    const char *text = test_fixture(arena, name, &len);
    cJSON *root = NULL;
    struct err err;

    assert_true(json_parse(arena, text, len, JSON_PLAIN, &root, &err));
    return root;
}

static void reads_an_application(void **state)
{
    AUTO(arena) arena = {0};
    struct sync_application application;
    struct sync_problem problem;

    (void)state;
    assert_true(
        sync_application_read(fixture(&arena, "graph/application.json"), &application, &problem));
    assert_string_equal(application.id, "03ef14b0-ca33-4840-8f4f-d6e91916010e");
    assert_string_equal(application.app_id, "631a96bc-a705-4eda-9f99-fdaf9f54f6a2");
    assert_string_equal(application.display_name, "Marketo Integration");
    assert_string_equal(application.sign_in_audience, "AzureADMyOrg");
    assert_string_equal(application.created, "2026-01-15T09:00:00Z");
    assert_int_equal(cJSON_GetArraySize(application.passwords), 0);
    assert_int_equal(cJSON_GetArraySize(application.keys), 0);
    assert_true(
        sync_application_requires(&application, SYNC_APP_DATAVERSE, SYNC_SCOPE_IMPERSONATE));
    assert_false(sync_application_requires(&application, SYNC_APP_GRAPH, SYNC_SCOPE_USER_READ));
    assert_false(sync_application_requires(&application, SYNC_APP_GRAPH, SYNC_SCOPE_IMPERSONATE));
}

/* An element of a list has the members of its $select only. */
static void reads_a_page(void **state)
{
    AUTO(arena) arena = {0};
    struct sync_application application;
    struct sync_problem problem;
    const cJSON *page = fixture(&arena, "graph/applications.json");

    (void)state;
    assert_true(sync_application_read(cJSON_GetArrayItem(json_get(page, "value"), 0), &application,
                                      &problem));
    assert_string_equal(application.id, "29f8eb1a-d0c0-4df3-84be-b91a08fbd909");
    assert_null(application.required_access);
    assert_false(
        sync_application_requires(&application, SYNC_APP_DATAVERSE, SYNC_SCOPE_IMPERSONATE));
    /* The page itself is no application. */
    assert_false(sync_application_read(page, &application, &problem));
    assert_string_equal(problem.error.code, "protocol");
}

/* A permission that is listed as Role is the known mistake: consent fails then. */
static void a_role_is_no_scope(void **state)
{
    AUTO(arena) arena = {0};
    struct sync_application application;
    struct sync_problem problem;
    cJSON *object = json_clone(&arena, fixture(&arena, "graph/application.json"));
    cJSON *type = json_pointer_get(object, "/requiredResourceAccess/0/resourceAccess/0/type");

    (void)state;
    assert_non_null(type);
    cJSON_SetValuestring(type, "Role");
    assert_true(sync_application_read(object, &application, &problem));
    assert_false(
        sync_application_requires(&application, SYNC_APP_DATAVERSE, SYNC_SCOPE_IMPERSONATE));
}

static void reads_a_service_principal(void **state)
{
    AUTO(arena) arena = {0};
    struct sync_principal principal;
    struct sync_problem problem;

    (void)state;
    assert_true(
        sync_principal_read(fixture(&arena, "graph/service-principal.json"), &principal, &problem));
    assert_string_equal(principal.id, "9c4e18d2-6b7f-4a3c-a5d1-7e20f9b3c007");
    assert_string_equal(principal.app_id, SYNC_APP_DATAVERSE);
    assert_string_equal(principal.owner_tenant, "f8cdef31-a31e-4b4a-93e4-5f571e91255a");
}

static void reads_a_grant(void **state)
{
    AUTO(arena) arena = {0};
    struct sync_grant grant;
    struct sync_problem problem;

    (void)state;
    assert_true(sync_grant_read(fixture(&arena, "graph/grant.json"), &grant, &problem));
    assert_string_equal(grant.client_id, "4b1aad3c-f2e2-4fb5-a6da-db3c2abdfb0b");
    assert_string_equal(grant.resource_id, "9c4e18d2-6b7f-4a3c-a5d1-7e20f9b3c007");
    assert_string_equal(grant.consent_type, "AllPrincipals");
    assert_true(sync_scope_has(grant.scope, "user_impersonation"));
}

static void reads_a_secret_once(void **state)
{
    AUTO(arena) arena = {0};
    struct sync_password password;
    struct sync_problem problem;
    int64_t at_ms;

    (void)state;
    assert_true(
        sync_password_read(fixture(&arena, "graph/add-password.json"), &password, &problem));
    assert_string_equal(password.key_id, "f0b0b335-1d71-4883-8f98-567911bfdca6");
    assert_string_equal(password.hint, "abc");
    assert_string_equal(password.secret_text, "abc8Q~not.a.secret-but_forty.characters~");
    assert_true(iso8601_parse("2028-01-15T09:00:00Z", &at_ms));
    assert_int_equal(password.end_ms, at_ms);
    assert_true(iso8601_parse("2026-01-15T09:00:00Z", &at_ms));
    assert_int_equal(password.start_ms, at_ms);
    assert_true(
        sync_password_read(fixture(&arena, "graph/password-credential.json"), &password, &problem));
    assert_null(password.secret_text);
    assert_string_equal(password.hint, "abc");
}

/* A member that lacks or is of another type. */
struct bad_case {
    const char *name;
    bool (*read)(const cJSON *object, void *ret, struct sync_problem *problem);
    const char *object;
};

static bool application(const cJSON *object, void *ret, struct sync_problem *problem)
{
    return sync_application_read(object, ret, problem);
}

static bool principal(const cJSON *object, void *ret, struct sync_problem *problem)
{
    return sync_principal_read(object, ret, problem);
}

static bool grant(const cJSON *object, void *ret, struct sync_problem *problem)
{
    return sync_grant_read(object, ret, problem);
}

static bool password(const cJSON *object, void *ret, struct sync_problem *problem)
{
    return sync_password_read(object, ret, problem);
}

static const struct bad_case bad_cases[] = {
    {"an application without id", application, "{\"appId\":\"a\",\"displayName\":\"n\"}"},
    {"an application whose list is none", application,
     "{\"id\":\"i\",\"appId\":\"a\",\"displayName\":\"n\",\"passwordCredentials\":{}}"},
    {"a principal without appId", principal, "{\"id\":\"i\"}"},
    {"a grant without resource", grant,
     "{\"id\":\"i\",\"clientId\":\"c\",\"consentType\":\"AllPrincipals\"}"},
    {"a secret without id", password, "{\"hint\":\"abc\"}"},
    {"a secret with a wrong end", password, "{\"keyId\":\"k\",\"endDateTime\":\"soon\"}"},
    {"a secret with a wrong start", password, "{\"keyId\":\"k\",\"startDateTime\":\"2026\"}"},
    {"an array", application, "[]"},
};

static void refuses_another_shape(void **state)
{
    const struct bad_case *c = *state;
    AUTO(arena) arena = {0};
    struct sync_problem problem;
    cJSON *object = NULL;
    struct err err;
    char ret[256];

    assert_true(json_parse(&arena, c->object, strlen(c->object), JSON_PLAIN, &object, &err));
    assert_false(c->read(object, ret, &problem));
    assert_string_equal(problem.error.code, "protocol");
    assert_string_equal(problem.error.service, "graph");
}

struct scope_case {
    const char *name, *list, *scope;
    bool has;
};

static const struct scope_case scope_cases[] = {
    {"alone", "user_impersonation", "user_impersonation", true},
    {"among others", "User.Read user_impersonation openid", "user_impersonation", true},
    {"with a blank before it, as portals write", " User.Read", "User.Read", true},
    {"part of a longer one", "User.Read.All", "User.Read", false},
    {"part behind a longer one", "User.Read.All User.Read", "User.Read", true},
    {"end of a longer one", "My.User.Read", "User.Read", false},
    {"nothing", "", "User.Read", false},
};

static void finds_a_scope(void **state)
{
    const struct scope_case *c = *state;

    assert_int_equal(sync_scope_has(c->list, c->scope), c->has);
}

static void quotes_a_filter(void **state)
{
    AUTO(arena) arena = {0};

    (void)state;
    assert_string_equal(
        sync_graph_filter(&arena, "applications", "displayName", "O'Neil & Söhne", ""),
        "/applications?$filter=displayName%20eq%20%27O%27%27Neil%20%26%20S%C3%B6hne%27");
}

struct error_case {
    const char *name, *body;
    int status;
    enum crmsync_outcome outcome;
    const char *code, *words;
};

static const struct error_case error_cases[] = {
    {"400", "{\"error\":{\"code\":\"Request_BadRequest\",\"message\":\"No.\"}}", 400,
     CRMSYNC_FAILED, "rejected", "HTTP 400 Request_BadRequest: No."},
    {"401", "{\"error\":{\"code\":\"InvalidAuthenticationToken\",\"message\":\"No.\"}}", 401,
     CRMSYNC_REFUSED, "bad_credentials", "InvalidAuthenticationToken"},
    {"403", "{\"error\":{\"code\":\"Authorization_RequestDenied\",\"message\":\"No.\"}}", 403,
     CRMSYNC_REFUSED, "no_permission", "Authorization_RequestDenied"},
    {"409", "{\"error\":{\"code\":\"Request_MultipleObjectsWithSameKeyValue\"}}", 409,
     CRMSYNC_FAILED, "conflict", "no reason given"},
    {"418", "", 418, CRMSYNC_REFUSED, "rejected", "without a code"},
    {"an HTML page", "<html>", 502, CRMSYNC_UNREACHABLE, "network", "HTTP 502"},
};

static void sorts_a_refusal(void **state)
{
    const struct error_case *c = *state;
    struct sync_problem problem;

    assert_false(sync_graph_fail(c->status, c->body, strlen(c->body), "trying", &problem));
    assert_int_equal(problem.outcome, c->outcome);
    assert_string_equal(problem.error.code, c->code);
    assert_int_equal(problem.error.status, c->status);
    assert_non_null(strstr(problem.error.message, c->words));
    assert_true(str_starts(problem.error.message, "trying: "));
}

static void reads_the_refusal_of_the_fixture(void **state)
{
    AUTO(arena) arena = {0};
    struct sync_problem problem;
    size_t len;
    const char *body = test_fixture(&arena, "graph/error.json", &len);

    (void)state;
    assert_false(sync_graph_fail(404, body, len, "reading", &problem));
    assert_string_equal(problem.error.code, "not_found");
    assert_string_equal(problem.remote_code, "Request_ResourceNotFound");
    assert_non_null(strstr(problem.error.message, "does not exist"));
    assert_true(problem.error.fix[0] != '\0');
}

int main(void)
{
    struct CMUnitTest tests[64] = {
        cmocka_unit_test(reads_an_application), cmocka_unit_test(reads_a_page),
        cmocka_unit_test(a_role_is_no_scope),   cmocka_unit_test(reads_a_service_principal),
        cmocka_unit_test(reads_a_grant),        cmocka_unit_test(reads_a_secret_once),
        cmocka_unit_test(quotes_a_filter),      cmocka_unit_test(reads_the_refusal_of_the_fixture),
    };
    size_t count = CASES_LISTED(tests);

    CASES(tests, count, bad_cases, refuses_another_shape);
    CASES(tests, count, scope_cases, finds_a_scope);
    CASES(tests, count, error_cases, sorts_a_refusal);
    return cases_run("directory", tests, count);
}
