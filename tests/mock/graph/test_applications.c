/* Applications and their secrets. */
#include "azure.h"
#include "cases.h"
#include "shape.h"

#include <string.h>

#include "base/str.h"

#define READY "/v1.0/applications/29f8eb1a-d0c0-4df3-84be-b91a08fbd909"

/* A tenant and an administrator's token. */
struct admin {
    struct arena arena;
    struct mocktenant *mock;
    const char *token;
};

static void admin_finish(struct admin *admin)
{
    mocktenant_stop(admin->mock);
    arena_finish(&admin->arena);
}

static void begin(struct admin *admin, const char *world)
{
    admin->mock = azure_start(world);
    admin->token = azure_admin_token(&admin->arena, admin->mock);
}

static struct answer ask(struct admin *admin, const char *method, const char *target,
                         const char *body)
{
    return azure_graph(&admin->arena, admin->mock, admin->token, method, target, body);
}

static const char *create(struct admin *admin, const char *body)
{
    struct answer answer = ask(admin, "POST", "/v1.0/applications", body);

    assert_int_equal(answer.status, 201);
    return json_get_text(answer.json, "id");
}

static void a_new_application_has_the_fixtures_shape(void **state)
{
    AUTO(admin) admin = {0};
    const char *request, *id;
    struct answer created, read;
    cJSON *fixture;

    (void)state;
    begin(&admin, NULL);
    fixture = fixture_read(&admin.arena, "graph/application.json");
    request = json_text(&admin.arena,
                        fixture_read(&admin.arena, "graph/register-application.request.json"));
    created = ask(&admin, "POST", "/v1.0/applications", request);
    assert_int_equal(created.status, 201);
    shape_assert(fixture, created.json, SHAPE_ANY_ORDER, "resourceAppId");
    id = text_at(created.json, "/id");
    assert_string_not_equal(id, text_at(created.json, "/appId"));
    assert_non_null(strstr(answer_header(&admin.arena, &created, "location"), id));
    read = ask(&admin, "GET", arena_printf(&admin.arena, "/v1.0/applications/%s", id), NULL);
    assert_string_equal(read.body, created.body);
    read = ask(&admin, "GET",
               arena_printf(&admin.arena, "/v1.0/applications(appId='%s')",
                            text_at(created.json, "/appId")),
               NULL);
    assert_string_equal(read.body, created.body);
}

static void a_client_id_is_no_object_id(void **state)
{
    AUTO(admin) admin = {0};
    struct answer answer;

    (void)state;
    begin(&admin, NULL);
    answer = ask(&admin, "GET", "/v1.0/applications/3a09fc2b-e1d1-4ea4-95cf-ca2b19acea0a", NULL);
    assert_int_equal(answer.status, 404);
    shape_assert(fixture_read(&admin.arena, "graph/error.json"), answer.json, SHAPE_SAME_ORDER, "");
}

static const struct body_case {
    const char *name, *method, *body;
    int status;
    const char *code, *message;
} body_cases[] = {
    {"a name is needed", "POST", "{}", 400, "Request_BadRequest",
     "A value is required for property 'displayName' of resource 'Application'."},
    {"not JSON", "POST", "{\"displayName\":", 400, "BadRequest", "Unable to read JSON request"},
    {"an array", "POST", "[]", 400, "BadRequest", "Unable to read JSON request"},
    {"a number for a name", "POST", "{\"displayName\":7}", 400, "Request_BadRequest",
     "Invalid value specified for property 'displayName' of resource 'Application'."},
    {"an empty name", "PATCH", "{\"displayName\":\"\"}", 400, "Request_BadRequest",
     "Invalid value specified for property 'displayName'"},
    {"an unknown audience", "PATCH", "{\"signInAudience\":\"Everybody\"}", 400,
     "Request_BadRequest", "Invalid value specified for property 'signInAudience'"},
    {"an unknown property", "PATCH", "{\"colour\":\"red\"}", 400, "Request_BadRequest",
     "Invalid property 'colour'."},
    {"an unknown inner property", "PATCH", "{\"web\":{\"colour\":\"red\"}}", 400,
     "Request_BadRequest", "Invalid property 'colour'."},
    {"a read-only property", "PATCH", "{\"appId\":\"11111111-2222-3333-4444-555555555555\"}", 400,
     "Request_BadRequest", "Property 'appId' is read-only"},
    {"a wrong inner type", "PATCH", "{\"web\":{\"redirectUris\":\"x\"}}", 400, "Request_BadRequest",
     "Invalid value specified for property 'redirectUris'"},
    {"a number among texts", "PATCH", "{\"web\":{\"redirectUris\":[7]}}", 400, "Request_BadRequest",
     "Invalid value specified for property 'redirectUris'"},
    {"an object for a text", "PATCH", "{\"web\":{\"homePageUrl\":{}}}", 400, "Request_BadRequest",
     "Invalid value specified for property 'homePageUrl'"},
    {"an unknown token version", "PATCH", "{\"api\":{\"requestedAccessTokenVersion\":3}}", 400,
     "Request_BadRequest", "Invalid value specified for property 'requestedAccessTokenVersion'"},
    {"scopes that are none", "PATCH", "{\"api\":{\"oauth2PermissionScopes\":[1]}}", 400,
     "Request_BadRequest", "Invalid value specified for property 'oauth2PermissionScopes'"},
    {"roles without members", "PATCH", "{\"appRoles\":[{}]}", 204, "", ""},
    {"secrets cannot be set", "PATCH", "{\"passwordCredentials\":[{\"displayName\":\"x\"}]}", 400,
     "Request_BadRequest", "Invalid value specified for property 'passwordCredentials'"},
    {"an address with the end of a header in it", "PATCH",
     "{\"web\":{\"redirectUris\":[\"https://app.example/\\r\\nx:y\"]}}", 400, "Request_BadRequest",
     "Invalid value specified for property 'web'"},
    {"a manifest without ids", "PATCH",
     "{\"requiredResourceAccess\":[{\"resourceAppId\":\"x\",\"resourceAccess\":[]}]}", 400,
     "Request_BadRequest", "Invalid value specified for property 'requiredResourceAccess'"},
    {"a delegated permission listed as Role is taken", "PATCH",
     "{\"requiredResourceAccess\":[{\"resourceAppId\":\"00000007-0000-0000-c000-000000000000\","
     "\"resourceAccess\":[{\"id\":\"78ce3f0f-a1ce-49c2-8cde-64b5c0896db4\",\"type\":\"Role\"}]}]}",
     204, "", ""},
    {"an inner member alone", "PATCH", "{\"web\":{\"homePageUrl\":\"https://x.example\"}}", 204, "",
     ""},
};

static void bodies(void **state)
{
    const struct body_case *c = *state;
    AUTO(admin) admin = {0};
    struct answer answer;

    begin(&admin, NULL);
    answer = ask(&admin, c->method, strcmp(c->method, "POST") == 0 ? "/v1.0/applications" : READY,
                 c->body);
    assert_int_equal(answer.status, c->status);
    assert_string_equal(text_at(answer.json, "/error/code"), c->code);
    assert_true(str_starts(text_at(answer.json, "/error/message"), c->message));
}

static void a_refused_change_changes_nothing(void **state)
{
    AUTO(admin) admin = {0};
    struct answer before, after;

    (void)state;
    begin(&admin, NULL);
    before = ask(&admin, "GET", READY, NULL);
    (void)ask(&admin, "PATCH", READY, "{\"displayName\":\"Other\",\"colour\":\"red\"}");
    after = ask(&admin, "GET", READY, NULL);
    assert_string_equal(before.body, after.body);
}

/* What the application shares with its service principal is seen there too. */
static void a_change_reaches_the_service_principal(void **state)
{
    AUTO(admin) admin = {0};
    struct answer answer;

    (void)state;
    begin(&admin, NULL);
    answer = ask(&admin, "PATCH", READY,
                 "{\"displayName\":\"Renamed\",\"identifierUris\":[\"api://renamed\"]}");
    assert_int_equal(answer.status, 204);
    assert_int_equal(answer.body_len, 0);
    answer = ask(&admin, "GET",
                 "/v1.0/servicePrincipals(appId='3a09fc2b-e1d1-4ea4-95cf-ca2b19acea0a')", NULL);
    assert_string_equal(text_at(answer.json, "/appDisplayName"), "Renamed");
    assert_string_equal(text_at(answer.json, "/servicePrincipalNames/1"), "api://renamed");
    answer = ask(&admin, "POST", "/v1.0/applications",
                 "{\"displayName\":\"x\",\"identifierUris\":[\"api://renamed\"]}");
    assert_int_equal(answer.status, 400);
}

static void the_default_audience_has_two_secrets_at_most(void **state)
{
    AUTO(admin) admin = {0};
    const char *target;
    struct answer answer;

    (void)state;
    begin(&admin, NULL);
    target = arena_printf(&admin.arena, "/v1.0/applications/%s/addPassword",
                          create(&admin, "{\"displayName\":\"x\"}"));
    assert_int_equal(ask(&admin, "POST", target, "{}").status, 200);
    assert_int_equal(ask(&admin, "POST", target, "").status, 200);
    answer = ask(&admin, "POST", target, "{}");
    assert_int_equal(answer.status, 400);
    assert_string_equal(text_at(answer.json, "/error/code"), "TooManyAppPasswords");
    assert_string_equal(text_at(answer.json, "/error/message"),
                        "Not allowed to add 3 passwords. You can only add a maximum of 2 "
                        "passwords.");
}

/* The value is in this one answer; afterwards there is a hint, and nowhere else anything. */
static void a_secret_is_shown_once(void **state)
{
    AUTO(admin) admin = {0};
    const char *secret, *snapshot;
    struct answer added, read;

    (void)state;
    begin(&admin, NULL);
    added = ask(&admin, "POST", READY "/addPassword",
                "{\"passwordCredential\":{\"displayName\":\"Marketo\","
                "\"secretText\":\"my-own-secret-my-own-secret\"}}");
    assert_int_equal(added.status, 200);
    assert_string_equal(azure_rules(&admin.arena, admin.mock), "SETUP2-05");
    shape_assert(fixture_read(&admin.arena, "graph/add-password.json"), added.json,
                 SHAPE_SAME_ORDER, "hint secretText");
    secret = text_at(added.json, "/secretText");
    assert_int_equal(strlen(secret), 40);
    assert_int_equal(strncmp(secret, text_at(added.json, "/hint"), 3), 0);
    assert_int_equal(strlen(text_at(added.json, "/hint")), 3);

    read = ask(&admin, "GET", READY, NULL);
    assert_string_equal(azure_rules(&admin.arena, admin.mock), "SETUP2-05");
    shape_assert(fixture_read(&admin.arena, "graph/password-credential.json"),
                 json_pointer_get(read.json, "/passwordCredentials/1"), SHAPE_SAME_ORDER, "hint");
    assert_null(strstr(read.body, secret));
    read = ask(&admin, "GET", "/v1.0/applications?$select=passwordCredentials", NULL);
    assert_null(strstr(read.body, secret));
    snapshot =
        json_text(&admin.arena, tenant_control(&admin.arena, admin.mock, "GET",
                                               "/_mock/state/graph/applications", NULL, 200));
    assert_null(strstr(snapshot, secret));
    snapshot = json_text(
        &admin.arena, tenant_control(&admin.arena, admin.mock, "GET", "/_mock/journal", NULL, 200));
    assert_null(strstr(snapshot, secret));
}

static const struct password_case {
    const char *name, *action, *body, *code, *message;
} password_cases[] = {
    {"an end before the start", "addPassword",
     "{\"passwordCredential\":{\"endDateTime\":\"2020-01-01T00:00:00Z\"}}", "Request_BadRequest",
     "Invalid value specified for property 'endDateTime'"},
    {"a date that is none", "addPassword", "{\"passwordCredential\":{\"startDateTime\":\"soon\"}}",
     "Request_BadRequest", "Invalid value specified for property 'startDateTime'"},
    {"an end beyond all years", "addPassword",
     "{\"passwordCredential\":{\"startDateTime\":\"9999-01-01T00:00:00Z\"}}", "Request_BadRequest",
     "Invalid value specified for property 'endDateTime'"},
    {"a credential that is none", "addPassword", "{\"passwordCredential\":7}", "Request_BadRequest",
     "Invalid value specified for property 'passwordCredential'"},
    {"a name that is none", "addPassword", "{\"passwordCredential\":{\"displayName\":7}}",
     "Request_BadRequest", "Invalid value specified for property 'displayName'"},
    {"removing without a key", "removePassword", "{}", "Request_BadRequest",
     "A value is required for property 'keyId'"},
    {"removing what is no key", "removePassword", "{\"keyId\":\"x\"}", "Request_BadRequest",
     "Invalid value specified for property 'keyId'"},
    {"removing an unknown key", "removePassword",
     "{\"keyId\":\"11111111-2222-3333-4444-555555555555\"}", "Request_BadRequest",
     "No password credential found with keyId."},
};

static void passwords_refuse(void **state)
{
    const struct password_case *c = *state;
    AUTO(admin) admin = {0};
    struct answer answer;

    begin(&admin, NULL);
    answer = ask(&admin, "POST", arena_printf(&admin.arena, READY "/%s", c->action), c->body);
    assert_int_equal(answer.status, 400);
    assert_string_equal(text_at(answer.json, "/error/code"), c->code);
    assert_true(str_starts(text_at(answer.json, "/error/message"), c->message));
}

/* Two names that are the same are legal; the client id of a deleted one stays taken. */
static void deleting(void **state)
{
    AUTO(admin) admin = {0};
    const char *first, *second, *app_id;
    struct answer answer;

    (void)state;
    begin(&admin, NULL);
    first = create(&admin, "{\"displayName\":\"Twin\"}");
    second = create(&admin, "{\"displayName\":\"Twin\"}");
    answer = ask(&admin, "GET", "/v1.0/applications?$filter=displayName%20eq%20'twin'", NULL);
    assert_int_equal(cJSON_GetArraySize(json_get(answer.json, "value")), 2);
    answer = ask(&admin, "GET", arena_printf(&admin.arena, "/v1.0/applications/%s", first), NULL);
    app_id = text_at(answer.json, "/appId");
    assert_int_equal(ask(&admin, "POST", "/v1.0/servicePrincipals",
                         arena_printf(&admin.arena, "{\"appId\":\"%s\"}", app_id))
                         .status,
                     201);
    answer =
        ask(&admin, "DELETE", arena_printf(&admin.arena, "/v1.0/applications/%s", first), NULL);
    assert_int_equal(answer.status, 204);
    answer = ask(&admin, "GET", arena_printf(&admin.arena, "/v1.0/applications/%s", first), NULL);
    assert_int_equal(answer.status, 404);
    answer = ask(&admin, "GET",
                 arena_printf(&admin.arena, "/v1.0/servicePrincipals(appId='%s')", app_id), NULL);
    assert_int_equal(answer.status, 404);
    answer = ask(&admin, "GET", arena_printf(&admin.arena, "/v1.0/applications/%s", second), NULL);
    assert_int_equal(answer.status, 200);
}

/* For some seconds it is not known everywhere, where a world says so; lists have it. */
static void a_new_application_is_found_later(void **state)
{
    AUTO(admin) admin = {0};
    const char *id, *body;
    struct answer answer;

    (void)state;
    begin(&admin,
          "{\"extends\":\"fresh\",\"tenant\":{\"settings\":{\"applicationDelay\":\"PT5S\"}}}");
    id = create(&admin, "{\"displayName\":\"x\"}");
    answer = ask(&admin, "GET", "/v1.0/applications?$filter=displayName%20eq%20'x'", NULL);
    assert_string_equal(text_at(answer.json, "/value/0/id"), id);
    body = arena_printf(&admin.arena, "{\"appId\":\"%s\"}", text_at(answer.json, "/value/0/appId"));
    for (int later = 0; later < 2; later++) {
        answer = ask(&admin, "GET", arena_printf(&admin.arena, "/v1.0/applications/%s", id), NULL);
        assert_int_equal(answer.status, later ? 200 : 404);
        answer = ask(&admin, "POST", "/v1.0/servicePrincipals", body);
        assert_int_equal(answer.status, later ? 201 : 400);
        azure_advance(admin.mock, "PT5S");
    }
}

static int64_t press_consent(struct admin *admin, const char *application)
{
    const char *body = arena_printf(&admin->arena, "{\"application\":\"%s\"}", application);

    return int_at(tenant_control(&admin->arena, admin->mock, "POST",
                                 "/_mock/actions/azure-admin/grant-admin-consent", body, 200),
                  "/grants");
}

/* Ten seconds lie between listing a permission and consenting to it, where a world says so. */
static void consent_covers_new_permissions_later(void **state)
{
    AUTO(admin) admin = {0};
    const char *id, *target;

    (void)state;
    begin(&admin,
          "{\"extends\":\"fresh\",\"tenant\":{\"settings\":{\"permissionDelay\":\"PT10S\"}}}");
    id = create(&admin, json_text(&admin.arena,
                                  fixture_read(&admin.arena, "graph/register-application.request"
                                                             ".json")));
    target = arena_printf(&admin.arena, "/v1.0/applications/%s", id);
    azure_advance(admin.mock, "PT9S");
    assert_int_equal(press_consent(&admin, id), 0);
    azure_advance(admin.mock, "PT1S");
    assert_int_equal(press_consent(&admin, id), 2);
    /* The same list again is no change. */
    assert_int_equal(
        ask(&admin, "PATCH", target,
            json_text(&admin.arena, fixture_read(&admin.arena, "graph/register-application.request"
                                                               ".json")))
            .status,
        204);
    assert_int_equal(press_consent(&admin, id), 2);
    assert_int_equal(ask(&admin, "PATCH", target, "{\"requiredResourceAccess\":[]}").status, 204);
    assert_int_equal(press_consent(&admin, id), 2); /* what it listed before */
    azure_advance(admin.mock, "PT10S");
    assert_int_equal(press_consent(&admin, id), 0);
}

static void headers(void **state)
{
    AUTO(admin) admin = {0};
    struct answer answer;
    cJSON *wanted;

    (void)state;
    begin(&admin, NULL);
    answer = ask(&admin, "GET", READY, NULL);
    cJSON_ArrayForEach(wanted, fixture_read(&admin.arena, "graph/headers.json"))
    {
        const char *name = str_lower(arena_strdup(&admin.arena, wanted->string));
        const char *found = answer_header(&admin.arena, &answer, name);

        assert_non_null(found);
        if (strstr(name, "request-id") == NULL) {
            assert_string_equal(found, wanted->valuestring);
        }
    }
}

/* /beta is the same service under another name. */
static void beta_answers_too(void **state)
{
    AUTO(admin) admin = {0};
    struct answer answer;

    (void)state;
    begin(&admin, NULL);
    answer = ask(&admin, "GET", "/beta/applications/29f8eb1a-d0c0-4df3-84be-b91a08fbd909", NULL);
    assert_int_equal(answer.status, 200);
    assert_string_equal(text_at(answer.json, "/@odata.context"),
                        "https://graph.microsoft.com/beta/$metadata#applications/$entity");
}

int main(void)
{
    struct CMUnitTest tests[48] = {
        cmocka_unit_test(a_new_application_has_the_fixtures_shape),
        cmocka_unit_test(a_client_id_is_no_object_id),
        cmocka_unit_test(a_refused_change_changes_nothing),
        cmocka_unit_test(a_change_reaches_the_service_principal),
        cmocka_unit_test(consent_covers_new_permissions_later),
        cmocka_unit_test(a_new_application_is_found_later),
        cmocka_unit_test(the_default_audience_has_two_secrets_at_most),
        cmocka_unit_test(a_secret_is_shown_once),
        cmocka_unit_test(deleting),
        cmocka_unit_test(headers),
        cmocka_unit_test(beta_answers_too),
    };
    size_t count = CASES_LISTED(tests);

    CASES(tests, count, body_cases, bodies);
    CASES(tests, count, password_cases, passwords_refuse);
    return cases_run("applications", tests, count);
}
