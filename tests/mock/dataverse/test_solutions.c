/* Importing the solution, publishing, plug-in steps and their log, fields that come and go. */
#include "cases.h"
#include "dynamics.h"
#include "shape.h"

#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "base/crypto.h"
#include "base/str.h"

/* `fresh` with an application "Marketo Integration". */
static const char bare[] = "{\"extends\":\"fresh\",\"name\":\"bare\"}";

static const char *read_package(struct arena *arena)
{
    AUTO(strbuf) text = STRBUF(0);
    FILE *file = fopen(SOURCE_FIXTURES "/dataverse/marketo-solution.zip", "re");
    char piece[4096];
    size_t len;

    assert_non_null(file);
    while ((len = fread(piece, 1, sizeof piece, file)) > 0) {
        strbuf_base64(&text, piece, len - (len == sizeof piece ? len % 3 : 0));
        if (len == sizeof piece && len % 3 != 0) {
            (void)fseek(file, -(long)(len % 3), SEEK_CUR);
        }
    }
    fclose(file);
    return arena_dup(arena, strbuf_text(&text), text.len);
}

static struct answer import(struct arena *arena, struct mocktenant *mock, const char *token,
                            const char *more)
{
    return dynamics_ask(arena, mock, token, "POST", "ImportSolution", NULL,
                        arena_printf(arena,
                                     "{\"OverwriteUnmanagedCustomizations\":true,"
                                     "\"PublishWorkflows\":true,\"CustomizationFile\":\"%s\","
                                     "\"ImportJobId\":\"AB111111-2222-4333-8444-555555555555\"%s}",
                                     read_package(arena), more));
}

static void installs(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(bare);
    const char *token = dynamics_token(&arena, mock, "admin");
    struct answer answer;

    (void)state;
    answer = dynamics_ask(&arena, mock, token, "GET", "leads?$select=mkt_leadscore", NULL, NULL);
    assert_int_equal(answer.status, 400);
    answer = import(&arena, mock, token, "");
    assert_int_equal(answer.status, 204);
    answer = dynamics_ask(&arena, mock, token, "GET",
                          "importjobs(ab111111-2222-4333-8444-555555555555)", NULL, NULL);
    assert_int_equal(answer.status, 200);
    assert_int_equal(int_at(answer.json, "/progress"), 100);
    assert_string_equal(text_at(answer.json, "/solutionname"), "MarketoLeadManagement");
    assert_non_null(strstr(text_at(answer.json, "/data"), "succeeded=\"success\""));
    answer =
        dynamics_ask(&arena, mock, token, "GET",
                     "solutions?$select=version,ismanaged,friendlyname&$filter=uniquename%20eq"
                     "%20'MarketoLeadManagement'&$expand=publisherid($select=customizationprefix)",
                     NULL, NULL);
    assert_string_equal(text_at(answer.json, "/value/0/version"), "5.0.2.1");
    assert_string_equal(text_at(answer.json, "/value/0/friendlyname"), "Marketo Lead Management");
    assert_true(cJSON_IsTrue(json_pointer_get(answer.json, "/value/0/ismanaged")));
    assert_string_equal(text_at(answer.json, "/value/0/publisherid/customizationprefix"), "mkt");
    answer = dynamics_ask(&arena, mock, token, "GET", "leads?$select=mkt_leadscore", NULL, NULL);
    assert_int_equal(answer.status, 200);
    answer =
        dynamics_ask(&arena, mock, token, "GET",
                     "roles?$select=name&$filter=name%20eq%20'Marketo%20Sync%20User'", NULL, NULL);
    assert_int_equal(cJSON_GetArraySize(json_get(answer.json, "value")), 1);
    answer = dynamics_ask(
        &arena, mock, token, "GET",
        "sdkmessageprocessingsteps/$count?$filter=startswith(name,'Marketo')%20and%20statecode%20eq"
        "%200%20and%20ismanaged%20eq%20true",
        NULL, NULL);
    assert_string_equal(answer.body, "\xef\xbb\xbf"
                                     "24");
    mocktenant_stop(mock);
}

/* SETUP2-13: Marketo Config is seen once all customizations were published. */
static void hides_until_published(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(bare);
    const char *token = dynamics_token(&arena, mock, "admin");
    struct answer answer;

    (void)state;
    assert_int_equal(import(&arena, mock, token, "").status, 204);
    answer = dynamics_ask(&arena, mock, token, "GET", "mkt_marketoconfigs", NULL, NULL);
    assert_int_equal(answer.status, 404);
    assert_string_equal(azure_rules(&arena, mock), "SETUP2-13");
    answer = dynamics_ask(&arena, mock, token, "GET",
                          "EntityDefinitions(LogicalName='mkt_marketoconfig')", NULL, NULL);
    assert_int_equal(answer.status, 404);
    answer = dynamics_ask(&arena, mock, token, "POST", "PublishAllXml", NULL, "{}");
    assert_int_equal(answer.status, 204);
    answer = dynamics_ask(&arena, mock, token, "GET", "mkt_marketoconfigs", NULL, NULL);
    assert_int_equal(answer.status, 200);
    assert_string_equal(dynamics_values(&arena, answer.json, "mkt_name"), "Default");
    assert_string_equal(dynamics_values(&arena, answer.json, "_mkt_marketouser_value"), "null");
    mocktenant_stop(mock);
}

/* A world that says the solution is there has what an import brings. */
static void the_world_and_the_import_are_one(void **state)
{
    static const char *const tables[] = {"solutions", "publishers", "roles",
                                         "sdkmessageprocessingsteps", "mkt_marketoconfigs"};
    AUTO(arena) arena = {0};
    struct mocktenant *said = azure_start(
        "{\"extends\":\"fresh\",\"organizations\":[{\"host\":\"contoso.crm.dynamics.com\""
        ",\"solutions\":[{\"name\":\"MarketoLeadManagement\"}]}]}");
    struct mocktenant *imported = azure_start(bare);
    const char *token = dynamics_token(&arena, imported, "admin");
    struct answer a, b;

    (void)state;
    assert_int_equal(import(&arena, imported, token, "").status, 204);
    assert_int_equal(
        dynamics_ask(&arena, imported, token, "POST", "PublishAllXml", NULL, NULL).status, 204);
    for (size_t i = 0; i < ARRAY_LEN(tables); i++) {
        const char *path = arena_printf(&arena, "/_mock/state/dataverse/%s", tables[i]);
        const cJSON *one = json_get(tenant_control(&arena, said, "GET", path, NULL, 200), "rows");
        const cJSON *two =
            json_get(tenant_control(&arena, imported, "GET", path, NULL, 200), "rows");

        assert_int_equal(cJSON_GetArraySize(one), cJSON_GetArraySize(two));
        for (int k = 0; k < cJSON_GetArraySize(one); k++) {
            cJSON *left = cJSON_GetArrayItem(one, k), *right = cJSON_GetArrayItem(two, k);
            static const char *const own[] = {"@odata.etag",      "versionnumber",
                                              "_createdby_value", "_modifiedby_value",
                                              "_ownerid_value",   "_owninguser_value"};

            for (size_t m = 0; m < ARRAY_LEN(own); m++) { /* who imported, and when */
                cJSON_DeleteItemFromObjectCaseSensitive(left, own[m]);
                cJSON_DeleteItemFromObjectCaseSensitive(right, own[m]);
            }
            assert_string_equal(json_text(&arena, left), json_text(&arena, right));
        }
    }
    a = dynamics_ask(&arena, said, dynamics_token(&arena, said, "admin"), "GET",
                     "EntityDefinitions(LogicalName='lead')/Attributes", NULL, NULL);
    b = dynamics_ask(&arena, imported, token, "GET",
                     "EntityDefinitions(LogicalName='lead')/Attributes", NULL, NULL);
    assert_string_equal(a.body, b.body);
    mocktenant_stop(said);
    mocktenant_stop(imported);
}

/* Once more: nothing is there twice. An older one is refused. */
static void imports_again(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start("ready");
    const char *token = dynamics_token(&arena, mock, "admin");
    struct answer answer;

    (void)state;
    assert_int_equal(import(&arena, mock, token, "").status, 204);
    answer =
        dynamics_ask(&arena, mock, token, "GET", "sdkmessageprocessingsteps/$count", NULL, NULL);
    assert_string_equal(answer.body, "\xef\xbb\xbf"
                                     "24");
    mocktenant_stop(mock);
    mock = azure_start("{\"extends\":\"ready\",\"organizations\":[{\"host\":"
                       "\"contoso.crm.dynamics.com\",\"solutions\":[{\"name\":"
                       "\"MarketoLeadManagement\",\"version\":\"5.0.10.0\"}]}]}");
    token = dynamics_token(&arena, mock, "admin");
    answer = import(&arena, mock, token, "");
    assert_int_equal(answer.status, 400);
    assert_string_equal(dynamics_code(&answer), "0x80048038");
    mocktenant_stop(mock);
    mock = azure_start("{\"extends\":\"ready\",\"organizations\":[{\"host\":"
                       "\"contoso.crm.dynamics.com\",\"solutions\":[{\"name\":"
                       "\"MarketoLeadManagement\",\"version\":\"4.0.0.13\"}]}]}");
    token = dynamics_token(&arena, mock, "admin");
    assert_int_equal(import(&arena, mock, token, "").status, 204);
    answer = dynamics_ask(&arena, mock, token, "GET", "solutions?$select=version&$orderby=version",
                          NULL, NULL);
    assert_string_equal(dynamics_values(&arena, answer.json, "version"), "1.0|5.0.2.1");
    mocktenant_stop(mock);
}

static const struct bad_package {
    const char *name, *file; /* of fixtures/corpus/solution; NULL: none is sent */
    const char *message;
} bad_packages[] = {
    {"no file", NULL, "CustomizationFile is missing"},
    {"no zip", "no.zip", "it is no zip archive"},
    {"an empty zip", "empty.zip", "the package has no file solution.xml"},
    {"broken XML", "broken-xml.zip", "line 1"},
    {"a document type", "doctype.zip", "a document type is not allowed"},
    {"no customizations", "no-customizations.zip", "the package has no file customizations.xml"},
    {"a name that is none", "bad-name.zip", "is no name of a column"},
    {"a type that is not known", "bad-type.zip", "which is not known"},
};

static void refuses_packages(void **state)
{
    const struct bad_package *c = *state;
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(bare);
    const char *token = dynamics_token(&arena, mock, "admin");
    AUTO(strbuf) body = STRBUF(0);
    struct answer answer;

    strbuf_add(&body, "{\"x\":1");
    if (c->file != NULL) {
        char bytes[65536];
        FILE *file =
            fopen(arena_printf(&arena, SOURCE_FIXTURES "/corpus/solution/%s", c->file), "re");
        size_t len;

        assert_non_null(file);
        len = fread(bytes, 1, sizeof bytes, file);
        fclose(file);
        strbuf_add(&body, ",\"CustomizationFile\":\"");
        strbuf_base64(&body, bytes, len);
        strbuf_add(&body, "\"");
    }
    strbuf_add(&body, "}");
    answer = dynamics_ask(&arena, mock, token, "POST", "ImportSolution", NULL, strbuf_text(&body));
    if (answer.status != 400 || strcmp(dynamics_code(&answer), "0x80048000") != 0 ||
        strstr(dynamics_message(&answer), c->message) == NULL) {
        fail_msg("%d %s", answer.status, answer.body);
    }
    answer = dynamics_ask(&arena, mock, token, "GET", "solutions/$count", NULL, NULL);
    assert_string_equal(answer.body, "\xef\xbb\xbf"
                                     "1");
    mocktenant_stop(mock);
}

static int64_t log_count(struct arena *arena, struct mocktenant *mock, const char *token,
                         const char *operation)
{
    struct answer answer = dynamics_ask(
        arena, mock, token, "GET",
        arena_printf(arena,
                     "mkt_marketologs?$select=mkt_entityid&$count=true&$filter=mkt_operation%%20eq"
                     "%%20'%s'",
                     operation),
        NULL, NULL);

    assert_int_equal(answer.status, 200);
    return int_at(answer.json, "/@odata.count");
}

static void steps_write_the_log(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start("ready");
    const char *token = dynamics_token(&arena, mock, "admin"), *id, *row;
    struct answer answer = dynamics_ask(&arena, mock, token, "POST", "leads", NULL, "{}");

    (void)state;
    id = dynamics_made(&arena, &answer);
    row = arena_printf(&arena, "leads(%s)", id);
    (void)dynamics_ask(&arena, mock, token, "PATCH", row, NULL, "{\"subject\":\"x\"}");
    (void)dynamics_ask(
        &arena, mock, token, "PATCH", row, NULL,
        "{\"ownerid@odata.bind\":\"/systemusers(7e4dd06f-c5b5-4ce8-a90d-0e6f5de0be0e)"
        "\"}");
    assert_int_equal(log_count(&arena, mock, token, "Create"), 1);
    assert_int_equal(log_count(&arena, mock, token, "Update"), 2);
    assert_int_equal(log_count(&arena, mock, token, "Assign"), 1);
    (void)tenant_control(&arena, mock, "POST", "/_mock/actions/dynamics-admin/set-step",
                         "{\"step\":\"Marketo.Dynamics.Plugins: Delete of lead\",\"on\":false}",
                         200);
    (void)dynamics_ask(&arena, mock, token, "DELETE", row, NULL, NULL);
    assert_int_equal(log_count(&arena, mock, token, "Delete"), 0);
    answer =
        dynamics_ask(&arena, mock, token, "GET",
                     "mkt_marketologs?$top=1&$filter=mkt_operation%20eq%20'Create'", NULL, NULL);
    assert_string_equal(text_at(answer.json, "/value/0/mkt_entityid"), id);
    assert_string_equal(text_at(answer.json, "/value/0/mkt_entityname"), "lead");
    mocktenant_stop(mock);
}

/* SETUP1-03: without the tick the steps come disabled. */
static void steps_without_the_tick(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(bare);
    const char *token = dynamics_token(&arena, mock, "admin");
    struct answer answer;

    (void)state;
    answer = dynamics_ask(&arena, mock, token, "POST", "ImportSolution", NULL,
                          arena_printf(&arena,
                                       "{\"PublishWorkflows\":false,\"CustomizationFile\":\"%s\"}",
                                       read_package(&arena)));
    assert_int_equal(answer.status, 204);
    answer = dynamics_ask(
        &arena, mock, token, "GET",
        "sdkmessageprocessingsteps?$select=name&$top=1&$filter=statecode%20eq%201", NULL, NULL);
    assert_int_equal(cJSON_GetArraySize(json_get(answer.json, "value")), 1);
    /* A person enables it again. */
    answer = dynamics_ask(&arena, mock, token, "PATCH",
                          arena_printf(&arena, "sdkmessageprocessingsteps(%s)",
                                       text_at(answer.json, "/value/0/sdkmessageprocessingstepid")),
                          NULL, "{\"statecode\":0}");
    assert_int_equal(answer.status, 204);
    answer =
        dynamics_ask(&arena, mock, token, "GET",
                     "sdkmessageprocessingsteps/$count?$filter=statecode%20eq%200", NULL, NULL);
    assert_string_equal(answer.body, "\xef\xbb\xbf"
                                     "1");
    mocktenant_stop(mock);
}

static const struct field_case {
    const char *name, *type;
    const char *attribute, *good, *read; /* a value, and as it comes back */
    const char *bad;
} field_cases[] = {
    {"string", "string", "String", "\"x\"", "\"x\"", "1"},
    {"memo", "memo", "Memo", "\"a\\nb\"", "\"a\\nb\"", "true"},
    {"integer", "integer", "Integer", "-5", "-5", "1.5"},
    {"decimal", "decimal", "Decimal", "1.255", "1.25", "\"1\""},
    {"money", "money", "Money", "-2.5", "-2.5", "{}"},
    {"boolean", "boolean", "Boolean", "true", "true", "1"},
    {"datetime", "datetime", "DateTime", "\"2026-01-01T00:00:00Z\"", "\"2026-01-01T00:00:00Z\"",
     "\"today\""},
    {"picklist", "picklist", "Picklist", "100000000", "100000000", "1"},
};

static void fields_come_and_go(void **state)
{
    const struct field_case *c = *state;
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start("ready");
    const char *token = dynamics_token(&arena, mock, "admin"), *row;
    const char *field = arena_printf(&arena,
                                     "{\"table\":\"leads\",\"field\":\"new_Thing\","
                                     "\"type\":\"%s\",\"label\":\"Thing\"}",
                                     c->type);
    struct answer answer;

    (void)tenant_control(&arena, mock, "POST", "/_mock/actions/dynamics-admin/add-field", field,
                         200);
    (void)tenant_control(&arena, mock, "POST", "/_mock/actions/dynamics-admin/add-field", field,
                         409);
    answer =
        dynamics_ask(&arena, mock, token, "GET",
                     "EntityDefinitions(LogicalName='lead')/Attributes(LogicalName='new_thing')"
                     "?$select=AttributeType,SchemaName,DisplayName,IsCustomAttribute",
                     NULL, NULL);
    assert_string_equal(text_at(answer.json, "/AttributeType"), c->attribute);
    assert_string_equal(text_at(answer.json, "/SchemaName"), "new_Thing");
    assert_string_equal(text_at(answer.json, "/DisplayName/UserLocalizedLabel/Label"), "Thing");
    assert_true(cJSON_IsTrue(json_get(answer.json, "IsCustomAttribute")));
    answer = dynamics_ask(&arena, mock, token, "POST", "leads", NULL,
                          arena_printf(&arena, "{\"new_thing\":%s}", c->bad));
    assert_int_equal(answer.status, 400);
    answer = dynamics_ask(&arena, mock, token, "POST", "leads", NULL,
                          arena_printf(&arena, "{\"new_thing\":%s}", c->good));
    row = arena_printf(&arena, "leads(%s)?$select=new_thing", dynamics_made(&arena, &answer));
    answer = dynamics_ask(&arena, mock, token, "GET", row, NULL, NULL);
    assert_string_equal(json_text(&arena, json_get(answer.json, "new_thing")), c->read);
    (void)tenant_control(&arena, mock, "POST", "/_mock/actions/dynamics-admin/delete-field",
                         "{\"table\":\"leads\",\"field\":\"new_thing\"}", 200);
    assert_int_equal(dynamics_ask(&arena, mock, token, "GET", row, NULL, NULL).status, 400);
    (void)tenant_control(&arena, mock, "POST", "/_mock/actions/dynamics-admin/delete-field",
                         "{\"table\":\"leads\",\"field\":\"new_thing\"}", 409);
    (void)tenant_control(&arena, mock, "POST", "/_mock/actions/dynamics-admin/delete-field",
                         "{\"table\":\"leads\",\"field\":\"subject\"}", 409);
    /* A restored world does not know of it, whatever was kept. */
    (void)tenant_control(&arena, mock, "POST", "/_mock/actions/dynamics-admin/add-field", field,
                         200);
    (void)tenant_control(&arena, mock, "POST", "/_mock/reset", NULL, 200);
    assert_int_equal(
        dynamics_ask(&arena, mock, token, "GET", "leads?$select=new_thing&$top=1", NULL, NULL)
            .status,
        400);
    mocktenant_stop(mock);
}

int main(void)
{
    struct CMUnitTest tests[48] = {cmocka_unit_test(installs),
                                   cmocka_unit_test(hides_until_published),
                                   cmocka_unit_test(the_world_and_the_import_are_one),
                                   cmocka_unit_test(imports_again),
                                   cmocka_unit_test(steps_write_the_log),
                                   cmocka_unit_test(steps_without_the_tick)};
    size_t count = CASES_LISTED(tests);

    CASES(tests, count, bad_packages, refuses_packages);
    CASES(tests, count, field_cases, fields_come_and_go);
    return cases_run("solutions", tests, count);
}
