/* Who owns what, what owners may do, and objects that are made when they are not there. */
#include "azure.h"
#include "cases.h"
#include "shape.h"

#include <string.h>

#include "base/str.h"

#define APPLICATION "29f8eb1a-d0c0-4df3-84be-b91a08fbd909"
#define APP         "3a09fc2b-e1d1-4ea4-95cf-ca2b19acea0a"
#define CLIENT      "4b1aad3c-f2e2-4fb5-a6da-db3c2abdfb0b"
#define USER        "b2e1d4a3-6f59-4c8c-9da7-42a3f1eac202"
#define OWNERS      "/v1.0/applications/" APPLICATION "/owners"

static const struct call_case {
    const char *name, *method, *target, *body;
    int status;
    const char *message;
} call_cases[] = {
    {"nobody", "POST", OWNERS "/$ref",
     "{\"@odata.id\":\"https://graph.microsoft.com/v1.0/x/" APP "\"}", 404, "Resource '" APP "'"},
    {"without a reference", "POST", OWNERS "/$ref", "{}", 400,
     "A value is required for property '@odata.id' of resource 'Application'."},
    {"a reference without an id", "POST", OWNERS "/$ref", "{\"@odata.id\":\"x\"}", 400,
     "A value is required for property '@odata.id'"},
    {"of no application", "GET", "/v1.0/applications/" APP "/owners", NULL, 404,
     "Resource '" APP "'"},
    {"who is none does not go", "DELETE", OWNERS "/" USER "/$ref", NULL, 404,
     "Resource '" USER "'"},
    {"a unique name is not written", "POST", "/v1.0/applications",
     "{\"displayName\":\"x\",\"uniqueName\":\"y\"}", 400, "Property 'uniqueName' is read-only"},
    {"no application of that unique name", "PATCH", "/v1.0/applications(uniqueName='x')", "{}", 404,
     "Resource 'x'"},
    {"whatever it is, it goes", "DELETE", "/v1.0/directoryObjects/" CLIENT, NULL, 204, ""},
    {"but not what is not there", "DELETE", "/v1.0/directoryObjects/" APP, NULL, 404,
     "Resource '" APP "'"},
};

static void calls(void **state)
{
    const struct call_case *c = *state;
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start("ready");
    struct answer answer =
        azure_graph(&arena, mock, azure_admin_token(&arena, mock), c->method, c->target, c->body);

    if (answer.status != c->status) {
        fail_msg("HTTP %d: %s", answer.status, answer.body);
    }
    assert_true(str_starts(text_at(answer.json, "/error/message"), c->message));
    mocktenant_stop(mock);
}

static void owners_come_and_go(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start("ready");
    const char *token = azure_admin_token(&arena, mock);
    const char *user = json_text(&arena, fixture_read(&arena, "graph/owner.request.json"));
    struct answer answer = azure_graph(&arena, mock, token, "POST", OWNERS "/$ref", user);

    (void)state;
    assert_int_equal(answer.status, 204);
    answer = azure_graph(&arena, mock, token, "POST", OWNERS "/$ref", user);
    assert_int_equal(answer.status, 400);
    assert_non_null(strstr(text_at(answer.json, "/error/message"), "'owners'"));
    answer = azure_graph(
        &arena, mock, token, "POST", "/v1.0/applications(appId='" APP "')/owners/$ref",
        "{\"@odata.id\":\"https://graph.microsoft.com/v1.0/servicePrincipals/" CLIENT "\"}");
    assert_int_equal(answer.status, 204);
    answer = azure_graph(&arena, mock, token, "GET", OWNERS, NULL);
    assert_int_equal(cJSON_GetArraySize(json_get(answer.json, "value")), 2);
    assert_string_equal(text_at(answer.json, "/@odata.context"),
                        "https://graph.microsoft.com/v1.0/$metadata#directoryObjects");
    assert_string_equal(text_at(answer.json, "/value/0/@odata.type"),
                        "#microsoft.graph.servicePrincipal");
    assert_string_equal(text_at(answer.json, "/value/1/@odata.type"), "#microsoft.graph.user");
    assert_string_equal(text_at(answer.json, "/value/1/id"), USER);
    answer = azure_graph(&arena, mock, token, "DELETE", OWNERS "/" USER "/$ref", NULL);
    assert_int_equal(answer.status, 204);
    answer = azure_graph(&arena, mock, token, "DELETE", "/v1.0/servicePrincipals/" CLIENT, NULL);
    assert_int_equal(answer.status, 204);
    answer = azure_graph(&arena, mock, token, "GET", OWNERS, NULL);
    assert_int_equal(cJSON_GetArraySize(json_get(answer.json, "value")), 0);
    mocktenant_stop(mock);
}

/* With Application.ReadWrite.OwnedBy: its own, and others only when it is their owner. */
static void who_may_change_only_what_it_owns(void **state)
{
    static const char world[] =
        "{\"extends\":\"ready\",\"tenant\":{\"applications\":[{\"id\":\"" APPLICATION
        "\",\"appRoles\":[\"Application.ReadWrite.OwnedBy\"]}]}}";
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(world);
    struct answer answer = azure_token(
        &arena, mock, "/contoso.com/oauth2/v2.0/token",
        "grant_type=client_credentials&client_id={client_id}&client_secret={client_secret}"
        "&scope=.default",
        NULL);
    const char *token = text_at(answer.json, "/access_token"), *made, *app_id;

    (void)state;
    answer = azure_graph(&arena, mock, token, "POST", "/v1.0/applications",
                         "{\"displayName\":\"Mine\",\"signInAudience\":\"AzureADMyOrg\"}");
    assert_int_equal(answer.status, 201);
    made = arena_printf(&arena, "/v1.0/applications/%s", text_at(answer.json, "/id"));
    app_id = text_at(answer.json, "/appId");
    answer = azure_graph(&arena, mock, token, "GET", arena_printf(&arena, "%s/owners", made), NULL);
    assert_string_equal(text_at(answer.json, "/value/0/id"), CLIENT);
    answer = azure_graph(&arena, mock, token, "PATCH", made, "{\"notes\":\"x\"}");
    assert_int_equal(answer.status, 204);
    answer = azure_graph(&arena, mock, token, "POST", arena_printf(&arena, "%s/addPassword", made),
                         "{}");
    assert_int_equal(answer.status, 200);
    answer = azure_graph(&arena, mock, token, "POST", "/v1.0/servicePrincipals",
                         arena_printf(&arena, "{\"appId\":\"%s\"}", app_id));
    assert_int_equal(answer.status, 201);
    answer = azure_graph(&arena, mock, token, "POST", "/v1.0/servicePrincipals",
                         "{\"appId\":\"" CLIENT "\"}");
    assert_int_equal(answer.status, 403);
    assert_true(str_starts(text_at(answer.json, "/error/message"), "When using this permission"));
    answer = azure_graph(&arena, mock, token, "PATCH", "/v1.0/applications/" APPLICATION,
                         "{\"notes\":\"x\"}");
    assert_int_equal(answer.status, 403);
    answer = azure_graph(&arena, mock, azure_admin_token(&arena, mock), "POST", OWNERS "/$ref",
                         "{\"@odata.id\":\"" CLIENT "\"}");
    assert_int_equal(answer.status, 204);
    answer = azure_graph(&arena, mock, token, "PATCH", "/v1.0/applications/" APPLICATION,
                         "{\"notes\":\"x\"}");
    assert_int_equal(answer.status, 204);
    answer = azure_graph(&arena, mock, token, "POST", "/v1.0/oauth2PermissionGrants", "{}");
    assert_int_equal(answer.status, 403);
    mocktenant_stop(mock);
}

static struct answer upsert(struct arena *arena, struct mocktenant *mock, const char *target,
                            const char *body)
{
    const struct ask ask = {
        DIRECT,
        "PATCH",
        "graph.microsoft.com",
        target,
        {arena_printf(arena, "Authorization: Bearer %s", azure_admin_token(arena, mock)),
         "Content-Type: application/json", "Prefer: create-if-missing"},
        body,
        0};

    return tenant_ask(arena, mock, &ask);
}

static void what_is_missing_is_made(void **state)
{
    static const char target[] = "/v1.0/applications(uniqueName='app-65278')";
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start("ready");
    const char *body = json_text(&arena, fixture_read(&arena, "graph/upsert.request.json"));
    struct answer answer = upsert(&arena, mock, target, body);
    const char *app_id;

    (void)state;
    assert_int_equal(answer.status, 201);
    assert_string_equal(text_at(answer.json, "/uniqueName"), "app-65278");
    app_id = text_at(answer.json, "/appId");
    answer = upsert(&arena, mock, target, "{\"displayName\":\"other\"}");
    assert_int_equal(answer.status, 204);
    answer = azure_graph(&arena, mock, azure_admin_token(&arena, mock), "GET", target, NULL);
    assert_string_equal(text_at(answer.json, "/displayName"), "other");
    assert_string_equal(text_at(answer.json, "/appId"), app_id);

    answer =
        upsert(&arena, mock, arena_printf(&arena, "/v1.0/servicePrincipals(appId='%s')", app_id),
               "{\"notes\":\"x\"}");
    assert_int_equal(answer.status, 201);
    assert_string_equal(text_at(answer.json, "/notes"), "x");
    answer =
        upsert(&arena, mock, arena_printf(&arena, "/v1.0/servicePrincipals(appId='%s')", app_id),
               "{\"notes\":\"y\"}");
    assert_int_equal(answer.status, 204);
    answer = upsert(&arena, mock, "/v1.0/servicePrincipals(appId='" CLIENT "')", "{}");
    assert_int_equal(answer.status, 400);
    answer = azure_graph(&arena, mock, azure_admin_token(&arena, mock), "DELETE", target, NULL);
    assert_int_equal(answer.status, 204);
    mocktenant_stop(mock);
}

/* It is read once, however long it is: else this test does not come to its end. */
static void a_long_reference_is_answered(void **state)
{
    static const char open[] = "{\"@odata.id\":\"", close[] = USER "\"}";
    enum { LONG = 8000000 };
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start("ready");
    char *body = arena_alloc(&arena, sizeof open + LONG + sizeof close);

    (void)state;
    memcpy(body, open, sizeof open - 1);
    memset(body + sizeof open - 1, '/', LONG);
    memcpy(body + sizeof open - 1 + LONG, close, sizeof close);
    assert_int_equal(
        azure_graph(&arena, mock, azure_admin_token(&arena, mock), "POST", OWNERS "/$ref", body)
            .status,
        204);
    mocktenant_stop(mock);
}

int main(void)
{
    struct CMUnitTest tests[24] = {
        cmocka_unit_test(owners_come_and_go),
        cmocka_unit_test(who_may_change_only_what_it_owns),
        cmocka_unit_test(what_is_missing_is_made),
        cmocka_unit_test(a_long_reference_is_answered),
    };
    size_t count = CASES_LISTED(tests);

    CASES(tests, count, call_cases, calls);
    return cases_run("owners", tests, count);
}
