/* Policies, directory objects, deleted applications, and requests in one body. */
#include "azure.h"
#include "cases.h"
#include "shape.h"

#include <string.h>

#include "base/str.h"

#define APPLICATION "29f8eb1a-d0c0-4df3-84be-b91a08fbd909"
#define APP         "3a09fc2b-e1d1-4ea4-95cf-ca2b19acea0a"
#define CLIENT      "4b1aad3c-f2e2-4fb5-a6da-db3c2abdfb0b"
#define USER        "b2e1d4a3-6f59-4c8c-9da7-42a3f1eac202"
#define POLICIES    "/v1.0/policies/homeRealmDiscoveryPolicies"
#define POLICY                                                                                     \
    "{\"definition\":[\"{\\\"HomeRealmDiscoveryPolicy\\\":{\\\"AllowCloudPasswordValidation\\\""   \
    ":true}}\"],\"displayName\":\"Password sign-in in the cloud\"}"

static const struct call_case {
    const char *name, *method, *target, *body;
    int status;
    const char *message; /* of a refusal */
} call_cases[] = {
    {"a policy without a definition", "POST", POLICIES, "{\"displayName\":\"x\"}", 400,
     "A value is required for property 'definition' of resource 'HomeRealmDiscoveryPolicy'."},
    {"a policy without a name", "POST", POLICIES, "{\"definition\":[\"{}\"]}", 400,
     "A value is required for property 'displayName'"},
    {"a definition that is no JSON", "POST", POLICIES,
     "{\"definition\":[\"{\"],\"displayName\":\"x\"}", 400,
     "Invalid value specified for property 'definition'"},
    {"a definition that is no list", "POST", POLICIES,
     "{\"definition\":\"{}\",\"displayName\":\"x\"}", 400,
     "Invalid value specified for property 'definition'"},
    {"a definition without its outer object", "POST", POLICIES,
     "{\"definition\":[\"{\\\"AllowCloudPasswordValidation\\\":true}\"],\"displayName\":\"x\"}",
     201, ""},
    {"a policy with a member that there is not", "POST", POLICIES,
     "{\"definition\":[\"{}\"],\"displayName\":\"x\",\"colour\":1}", 400,
     "Invalid property 'colour'."},
    {"no such policy", "GET", POLICIES "/" APP, NULL, 404, "Resource '" APP "'"},
    {"an end of none", "DELETE", POLICIES "/" APP, NULL, 404, "Resource '" APP "'"},
    {"a policy that is not there for a principal", "POST",
     "/v1.0/servicePrincipals/" CLIENT "/homeRealmDiscoveryPolicies/$ref",
     "{\"@odata.id\":\"https://graph.microsoft.com/v1.0/policies/homeRealmDiscoveryPolicies/" APP
     "\"}",
     404, "Resource '" APP "'"},
    {"a reference without an id", "POST",
     "/v1.0/servicePrincipals/" CLIENT "/homeRealmDiscoveryPolicies/$ref", "{}", 400,
     "A value is required for property '@odata.id'"},
    {"for no principal", "POST",
     "/v1.0/servicePrincipals/" APPLICATION "/homeRealmDiscoveryPolicies/$ref", "{}", 404,
     "Resource '" APPLICATION "'"},
    {"a user is a directory object", "GET", "/v1.0/directoryObjects/" USER, NULL, 200, ""},
    {"nothing is none", "GET", "/v1.0/directoryObjects/" APP, NULL, 404, "Resource '" APP "'"},
    {"objects without ids", "POST", "/v1.0/directoryObjects/getByIds", "{}", 400,
     "A value is required for property 'ids'"},
    {"a living application is not deleted", "GET", "/v1.0/directory/deletedItems/" APPLICATION,
     NULL, 404, "Resource '" APPLICATION "'"},
    {"nothing to restore", "POST", "/v1.0/directory/deletedItems/" APPLICATION "/restore", NULL,
     404, "Resource '" APPLICATION "'"},
    {"nothing to purge", "DELETE", "/v1.0/directory/deletedItems/" APPLICATION, NULL, 404,
     "Resource '" APPLICATION "'"},
    {"a batch of nothing", "POST", "/v1.0/$batch", "{\"requests\":[]}", 400,
     "Invalid batch payload format."},
    {"a batch without a list", "POST", "/v1.0/$batch", "{}", 400, "Invalid batch payload format."},
    {"a part without an id", "POST", "/v1.0/$batch",
     "{\"requests\":[{\"method\":\"GET\",\"url\":\"/users\"}]}", 400,
     "Invalid batch payload format."},
    {"two parts of one id", "POST", "/v1.0/$batch",
     "{\"requests\":[{\"id\":\"1\",\"method\":\"GET\",\"url\":\"/users\"},{\"id\":\"1\","
     "\"method\":\"GET\",\"url\":\"/users\"}]}",
     400, "Invalid batch payload format. The request id '1' is not unique."},
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

/* A policy from its making to its end, on a service principal in between. */
static void a_policy_is_given_to_a_principal(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start("ready");
    const char *token = azure_admin_token(&arena, mock);
    struct answer answer = azure_graph(&arena, mock, token, "POST", POLICIES, POLICY);
    const char *id = text_at(answer.json, "/id"), *reference;

    (void)state;
    assert_int_equal(answer.status, 201);
    shape_assert(fixture_read(&arena, "graph/hrd-policy.json"), answer.json, SHAPE_SAME_ORDER,
                 "id");
    /* Any host and set will do: the last GUID counts. */
    reference = arena_printf(
        &arena, "{\"@odata.id\":\"https://graph.microsoft.com/beta/directoryObjects/%s\"}", id);
    answer = azure_graph(&arena, mock, token, "POST",
                         "/v1.0/servicePrincipals(appId='" APP "')/homeRealmDiscoveryPolicies/$ref",
                         reference);
    assert_int_equal(answer.status, 204);
    answer = azure_graph(&arena, mock, token, "POST",
                         "/v1.0/servicePrincipals/" CLIENT "/homeRealmDiscoveryPolicies/$ref",
                         reference);
    assert_int_equal(answer.status, 400);
    assert_non_null(strstr(text_at(answer.json, "/error/message"), "already exist"));
    answer = azure_graph(&arena, mock, token, "GET",
                         "/v1.0/servicePrincipals/" CLIENT "/homeRealmDiscoveryPolicies", NULL);
    assert_string_equal(text_at(answer.json, "/value/0/id"), id);
    answer = azure_graph(&arena, mock, token, "GET",
                         arena_printf(&arena, POLICIES "/%s/appliesTo", id), NULL);
    assert_string_equal(text_at(answer.json, "/value/0/id"), CLIENT);
    assert_string_equal(text_at(answer.json, "/value/0/@odata.type"),
                        "#microsoft.graph.servicePrincipal");
    answer = azure_graph(&arena, mock, token, "PATCH", arena_printf(&arena, POLICIES "/%s", id),
                         "{\"displayName\":\"other\"}");
    assert_int_equal(answer.status, 204);
    answer = azure_graph(
        &arena, mock, token, "DELETE",
        arena_printf(&arena,
                     "/v1.0/servicePrincipals/" CLIENT "/homeRealmDiscoveryPolicies/%s/$ref", id),
        NULL);
    assert_int_equal(answer.status, 204);
    answer =
        azure_graph(&arena, mock, token, "DELETE", arena_printf(&arena, POLICIES "/%s", id), NULL);
    assert_int_equal(answer.status, 204);
    answer = azure_graph(&arena, mock, token, "GET", POLICIES, NULL);
    assert_int_equal(cJSON_GetArraySize(json_get(answer.json, "value")), 0);
    mocktenant_stop(mock);
}

static void tells_what_an_object_is(void **state)
{
    static const struct {
        const char *types;
        int count;
    } rows[] = {{"", 3},
                {",\"types\":[\"application\"]", 1},
                {",\"types\":[\"user\",\"servicePrincipal\"]", 2},
                {",\"types\":[\"directoryObject\"]", 3},
                {",\"types\":[\"group\"]", 0}};
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start("ready");

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct answer answer = azure_graph(&arena, mock, azure_admin_token(&arena, mock), "POST",
                                           "/v1.0/directoryObjects/getByIds",
                                           arena_printf(&arena,
                                                        "{\"ids\":[\"" APPLICATION "\",\"" CLIENT
                                                        "\",\"" USER "\",\"" APP "\"]%s}",
                                                        rows[i].types));

        assert_int_equal(answer.status, 200);
        assert_int_equal(cJSON_GetArraySize(json_get(answer.json, "value")), rows[i].count);
        if (i == 0) {
            assert_string_equal(text_at(answer.json, "/value/0/@odata.type"),
                                "#microsoft.graph.application");
        }
    }
    mocktenant_stop(mock);
}

/* A deleted application comes back with its client id, and for good it goes only after that. */
static void a_deleted_application_comes_back(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start("ready");
    const char *token = azure_admin_token(&arena, mock);
    struct answer answer;

    (void)state;
    answer = azure_graph(&arena, mock, token, "DELETE", "/v1.0/applications/" APPLICATION, NULL);
    assert_int_equal(answer.status, 204);
    answer = azure_graph(&arena, mock, token, "GET",
                         "/v1.0/directory/deletedItems/microsoft.graph.application", NULL);
    assert_string_equal(text_at(answer.json, "/value/0/appId"), APP);
    assert_true(strlen(text_at(answer.json, "/value/0/deletedDateTime")) > 0);
    answer = azure_graph(&arena, mock, token, "POST",
                         "/v1.0/directory/deletedItems/" APPLICATION "/restore", NULL);
    assert_int_equal(answer.status, 200);
    answer = azure_graph(&arena, mock, token, "GET", "/v1.0/applications(appId='" APP "')", NULL);
    assert_int_equal(answer.status, 200);
    (void)azure_graph(&arena, mock, token, "DELETE", "/v1.0/applications/" APPLICATION, NULL);
    answer = azure_graph(&arena, mock, token, "DELETE", "/v1.0/directory/deletedItems/" APPLICATION,
                         NULL);
    assert_int_equal(answer.status, 204);
    answer =
        azure_graph(&arena, mock, token, "GET", "/v1.0/directory/deletedItems/" APPLICATION, NULL);
    assert_int_equal(answer.status, 404);
    mocktenant_stop(mock);
}

static cJSON *response_of(const cJSON *answer, const char *id)
{
    cJSON *item;

    cJSON_ArrayForEach(item, json_get(answer, "responses"))
    {
        if (str_eq(json_get_text(item, "id"), id)) {
            return item;
        }
    }
    fail_msg("no response of the id %s", id);
    return NULL;
}

/* Each part has its own status; one that depends on a failed one is not done. */
static void a_batch_answers_each_part(void **state)
{
    static const char body[] =
        "{\"requests\":["
        "{\"id\":\"a\",\"method\":\"GET\",\"url\":\"/applications/" APP "\"},"
        "{\"id\":\"b\",\"method\":\"PATCH\",\"url\":\"/applications/" APPLICATION
        "\",\"headers\":{\"Content-Type\":\"application/json\"},\"body\":{\"notes\":\"b\"},"
        "\"dependsOn\":[\"a\"]},"
        "{\"id\":\"c\",\"method\":\"PATCH\",\"url\":\"applications/" APPLICATION
        "\",\"headers\":{\"Content-Type\":\"application/json\"},\"body\":{\"notes\":\"c\"}},"
        "{\"id\":\"d\",\"method\":\"GET\",\"url\":\"/applications/" APPLICATION
        "?$select=notes\",\"dependsOn\":[\"e\"]},"
        "{\"id\":\"e\",\"method\":\"POST\",\"url\":\"/groups\"},"
        "{\"id\":\"f\",\"method\":\"POST\",\"url\":\"/$batch\"},"
        "{\"id\":\"g\",\"method\":\"GET\",\"url\":\"/applications/" APPLICATION
        "?$select=notes\",\"dependsOn\":[\"c\"]}]}";
    static const struct {
        const char *id;
        int status;
    } rows[] = {{"a", 404}, {"b", 424}, {"c", 204}, {"d", 424}, {"e", 400}, {"f", 400}, {"g", 200}};
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start("ready");
    struct answer answer =
        azure_graph(&arena, mock, azure_admin_token(&arena, mock), "POST", "/v1.0/$batch", body);

    (void)state;
    assert_int_equal(answer.status, 200);
    assert_int_equal(cJSON_GetArraySize(json_get(answer.json, "responses")), ARRAY_LEN(rows));
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        assert_int_equal(int_at(response_of(answer.json, rows[i].id), "/status"), rows[i].status);
    }
    assert_string_equal(text_at(response_of(answer.json, "g"), "/body/notes"), "c");
    mocktenant_stop(mock);
}

static void a_batch_as_published(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start("ready");
    struct answer answer =
        azure_graph(&arena, mock, azure_admin_token(&arena, mock), "POST", "/v1.0/$batch",
                    json_text(&arena, fixture_read(&arena, "graph/batch.request.json")));

    (void)state;
    assert_int_equal(int_at(response_of(answer.json, "1"), "/status"), 200);
    assert_int_equal(int_at(response_of(answer.json, "2"), "/status"), 201);
    assert_string_equal(text_at(response_of(answer.json, "2"), "/body/displayName"),
                        "Marketo Integration");
    mocktenant_stop(mock);
}

int main(void)
{
    struct CMUnitTest tests[40] = {
        cmocka_unit_test(a_policy_is_given_to_a_principal),
        cmocka_unit_test(tells_what_an_object_is),
        cmocka_unit_test(a_deleted_application_comes_back),
        cmocka_unit_test(a_batch_answers_each_part),
        cmocka_unit_test(a_batch_as_published),
    };
    size_t count = CASES_LISTED(tests);

    CASES(tests, count, call_cases, calls);
    return cases_run("graph objects", tests, count);
}
