/* Activities, lead changes, deleted leads, and the tokens between their pages. */
#include <string.h>

#include "base/str.h"
#include "cases.h"
#include "marketo.h"
#include "shape.h"

#define TOKEN   "/rest/v1/activities/pagingtoken.json?sinceDatetime="
#define LIST    "/rest/v1/activities.json?nextPageToken=<saved>&activityTypeIds="
#define CHANGES "/rest/v1/activities/leadchanges.json?nextPageToken=<saved>&fields="
#define DELETED "/rest/v1/activities/deletedleads.json?nextPageToken=<saved>"
#define LEADS   "/rest/v1/leads.json"

#define WORLD                                                                                      \
    "{\"version\":1,\"extends\":\"fresh\",\"subscriptions\":[{\"munchkin\":\"123-ABC-456\","       \
    "\"leads\":[{\"email\":\"a@example.com\",\"firstName\":\"An\",\"lastName\":\"Lee\"},"          \
    "{\"email\":\"b@example.com\"}]}]}"
#define SETTINGS(text)                                                                             \
    "{\"version\":1,\"extends\":\"fresh\",\"subscriptions\":[{\"munchkin\":\"123-ABC-456\","       \
    "\"settings\":{" text "},\"leads\":[{\"email\":\"a@example.com\"},"                            \
    "{\"email\":\"b@example.com\"}]}]}"

static const struct mkto_story stories[] = {
    {"a change is one activity for each field",
     WORLD,
     {{"other", "GET", TOKEN "2026-01-15T09:00:00Z", NULL, "/result", NULL, "/nextPageToken"},
      {"other", "POST", LEADS,
       "{'input':[{'email':'a@example.com','firstName':'Ann',"
       "'doNotCall':true,'lastName':'Lee'}]}",
       "/success", "true"},
      {"other", "GET", LIST "13", NULL, "/result/0/attributes",
       "[{'name':'New Value','value':'Ann'},{'name':'Old Value','value':'An'},"
       "{'name':'Reason','value':'Web service API'},{'name':'Source','value':'Web service API'}]"},
      {"other", "GET", LIST "13", NULL, "/result/1/attributes/0",
       "{'name':'New Value','value':'True'}"},
      {"other", "GET", LIST "13", NULL, "/result/2", NULL},
      {"other", "GET", LIST "12,13&leadIds=1002", NULL, "/result/1", NULL}}},
    {"the same value is no change",
     WORLD,
     {{"other", "GET", TOKEN "2026-01-15", NULL, "/success", "true", "/nextPageToken"},
      {"other", "POST", LEADS,
       "{'input':[{'email':'a@example.com','firstName':'An',"
       "'doNotCall':false}]}",
       "/success", "true"},
      {"other", "GET", LIST "13", NULL, "/result", NULL},
      {"other", "GET", LIST "13", NULL, "/moreResult", "false"},
      {"other", "GET", "/rest/v1/lead/1001.json?fields=updatedAt", NULL, "/result/0/updatedAt",
       "'2026-01-15T09:00:00Z'"}}},
    {"polling again brings what came later",
     WORLD,
     {{"other", "GET", TOKEN "2026-01-15T00:00:00+00:00", NULL, "/errors/0/code", "'704'"},
      {"other", "GET", TOKEN "2026-01-15T00:00:00", NULL, "/success", "true", "/nextPageToken"},
      {"other", "GET", LIST "12", NULL, "/result/1/leadId", "1002", "/nextPageToken"},
      {"other", "GET", LIST "12", NULL, "/result", NULL, "/nextPageToken"},
      {"clock", NULL, "PT1M"},
      {"other", "POST", LEADS, "{'input':[{'email':'c@example.com'}]}", "/success", "true"},
      {"other", "GET", LIST "12", NULL, "/result/0/leadId", "1003"},
      {"other", "GET", LIST "12", NULL, "/result/0/activityDate", "'2026-01-15T09:01:00Z'"}}},
    {"in pages",
     WORLD,
     {{"other", "GET", TOKEN "2026-01-01", NULL, "/success", "true", "/nextPageToken"},
      {"other", "GET", LIST "12&batchSize=1", NULL, "/moreResult", "true", "/nextPageToken"},
      {"other", "GET", LIST "12&batchSize=1", NULL, "/moreResult", "false", "/nextPageToken"},
      {"other", "GET", LIST "12&batchSize=1", NULL, "/result", NULL}}},
    {"since a moment",
     WORLD,
     {{"clock", NULL, "PT1H"},
      {"other", "POST", LEADS, "{'input':[{'email':'c@example.com'}]}", "/success", "true"},
      {"other", "GET", TOKEN "2026-01-15T10:00:00Z", NULL, "/success", "true", "/nextPageToken"},
      {"other", "GET", LIST "12", NULL, "/result/0/leadId", "1003"},
      {"other", "GET", TOKEN "2026-01-15T10:00:01Z", NULL, "/success", "true", "/nextPageToken"},
      {"other", "POST", LEADS, "{'input':[{'email':'d@example.com'}]}", "/success", "true"},
      {"other", "GET", LIST "12", NULL, "/result", NULL},
      {"clock", NULL, "PT1S"},
      {"other", "POST", LEADS, "{'input':[{'email':'e@example.com'}]}", "/success", "true"},
      {"other", "GET", LIST "12", NULL, "/result/0/leadId", "1005"}}},
    {"lead changes of some fields",
     WORLD,
     {{"other", "GET", TOKEN "2026-01-15", NULL, "/success", "true", "/nextPageToken"},
      {"other", "POST", LEADS,
       "{'input':[{'email':'a@example.com','firstName':'Ann',"
       "'phone':'1'}]}",
       "/success", "true"},
      {"other", "GET", CHANGES "phone", NULL, "/result/2/fields",
       "[{'id':57,'name':'phone','newValue':'1','oldValue':null}]"},
      {"other", "GET", CHANGES "phone", NULL, "/result/3", NULL},
      {"other", "GET", CHANGES "PHONE,firstName&leadIds=1001", NULL, "/result/2/fields/0/name",
       "'phone'"},
      {"other", "GET", CHANGES "phone,nope", NULL, "/errors/0",
       "{'code':'1006','message':'Field \\'nope\\' not found'}"},
      {"other", "GET", "/rest/v1/activities/leadchanges.json?nextPageToken=<saved>", NULL,
       "/errors/0/code", "'1002'"}}},
    {"deleted people",
     WORLD,
     {{"other", "GET", TOKEN "2026-01-15", NULL, "/success", "true", "/nextPageToken"},
      {"other", "GET", DELETED, NULL, "/result", NULL},
      {"other", "POST", "/rest/v1/leads/delete.json", "{'input':[{'id':1001}]}", "/success",
       "true"},
      {"other", "GET", DELETED, NULL, "/result/0/primaryAttributeValue", "'An Lee'"},
      {"other", "GET", LIST "37", NULL, "/result/0/leadId", "1001"}}},
    {"an activity is seen late",
     SETTINGS("\"activityLag\":\"PT2M\""),
     {{"other", "GET", TOKEN "2026-01-15", NULL, "/success", "true", "/nextPageToken"},
      {"other", "POST", LEADS, "{'input':[{'email':'c@example.com'}]}", "/success", "true"},
      {"other", "GET", LIST "12&leadIds=1003", NULL, "/result", NULL},
      {"clock", NULL, "PT1M59S"},
      {"other", "GET", LIST "12&leadIds=1003", NULL, "/result", NULL},
      {"clock", NULL, "PT1S"},
      {"other", "GET", LIST "12&leadIds=1003", NULL, "/result/0/activityDate",
       "'2026-01-15T09:00:00Z'"}}},
    {"a page may be empty although more follows",
     SETTINGS("\"activityScan\":1"),
     {{"other", "GET", TOKEN "2026-01-15", NULL, "/success", "true", "/nextPageToken"},
      {"other", "GET", LIST "12&leadIds=1002", NULL, "/result", NULL},
      {"other", "GET", LIST "12&leadIds=1002", NULL, "/moreResult", "true", "/nextPageToken"},
      {"other", "GET", LIST "12&leadIds=1002", NULL, "/result/0/leadId", "1002"},
      {"other", "GET", LIST "12&leadIds=1002", NULL, "/moreResult", "false"}}},
    {"what a call lacks",
     WORLD,
     {{"other", "GET", "/rest/v1/activities/pagingtoken.json", NULL, "/errors/0/code", "'1002'"},
      {"other", "GET", TOKEN "soon", NULL, "/errors/0",
       "{'code':'704','message':'Invalid date format'}"},
      {"other", "GET", TOKEN "2026-01-15T00:00:00 00:00", NULL, "/errors/0/code", "'704'"},
      {"other", "GET", "/rest/v1/activities.json?activityTypeIds=1", NULL, "/errors/0/code",
       "'1002'"},
      {"other", "GET", "/rest/v1/activities.json?activityTypeIds=1&nextPageToken=ABC", NULL,
       "/errors/0/code", "'1003'"},
      {"other", "GET", TOKEN "2026-01-15", NULL, "/success", "true", "/nextPageToken"},
      {"other", "GET", "/rest/v1/activities.json?nextPageToken=<saved>", NULL, "/errors/0/code",
       "'1002'"},
      {"other", "GET", LIST "1,2,3,4,5,6,7,8,9,10,11", NULL, "/errors/0/code", "'1003'"},
      {"other", "GET", LIST "x", NULL, "/errors/0/code", "'1001'"},
      {"other", "GET", LIST "12,13&assetIds=5", NULL, "/errors/0/code", "'1003'"},
      {"other", "GET", LIST "12&assetIds=1002&leadIds=", NULL, "/result/0/leadId", "1002"}}},
    {"the connector's writes name the CRM",
     WORLD,
     {{"connector", "GET", TOKEN "2026-01-15", NULL, "/success", "true", "/nextPageToken"},
      {"connector", "POST", LEADS, "{'input':[{'email':'a@example.com','phone':'1'}]}", "/success",
       "true"},
      {"connector", "GET", LIST "13", NULL, "/result/0/attributes/1/value",
       "'Microsoft Dynamics'"}}},
};

static void shapes_fit(void **state)
{
    static const struct {
        const char *target, *fixture, *vary;
    } rows[] = {
        {"/rest/v1/activities.json?activityTypeIds=12&leadIds=1001", "marketo/activities.json",
         "requestId id leadId primaryAttributeValueId nextPageToken marketoGUID attributes"},
        {"/rest/v1/activities.json?activityTypeIds=300", "marketo/activities-empty.json",
         "requestId nextPageToken"},
        {"/rest/v1/activities/deletedleads.json?a=b", "marketo/deletedleads.json",
         "requestId id leadId primaryAttributeValueId nextPageToken marketoGUID"},
    };
    struct mocktenant *mock = mkto_start(
        "{\"version\":1,\"extends\":\"fresh\",\"subscriptions\":[{\"munchkin\":\"123-ABC-456\","
        "\"leads\":[{\"email\":\"a@example.com\",\"firstName\":\"Ann\",\"lastName\":\"Lee\"}]}]}");
    AUTO(arena) arena = {0};
    struct answer token = mkto_ask(&arena, mock, "other", "GET", TOKEN "2026-01-01", NULL);
    const char *next = text_at(token.json, "/nextPageToken");
    cJSON *changes;

    (void)state;
    shape_assert(fixture_read(&arena, "marketo/pagingtoken.json"), token.json, SHAPE_SAME_ORDER,
                 "requestId nextPageToken");
    assert_int_equal(strlen(next),
                     strlen("GIYDAOBNGEYS2MBWKQYDAORQGA5DAMBOGAYDAKZQGAYDALBQGA3TQ====") - 1);
    assert_string_equal(next + strspn(next, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"), "====");
    (void)mkto_ask(&arena, mock, "other", "POST", LEADS,
                   "{\"input\":[{\"email\":\"a@example.com\",\"firstName\":\"An\"}]}");
    (void)mkto_ask(&arena, mock, "other", "POST", LEADS,
                   "{\"input\":[{\"email\":\"a@example.com\",\"firstName\":\"Ann\"}]}");
    changes = mkto_ask(&arena, mock, "other", "GET",
                       arena_printf(&arena,
                                    "/rest/v1/activities/leadchanges.json?fields=firstName"
                                    "&nextPageToken=%s",
                                    next),
                       NULL)
                  .json;
    shape_assert(json_pointer_get(fixture_read(&arena, "marketo/leadchanges.json"), "/result/0"),
                 json_pointer_get(changes, "/result/2"), SHAPE_SAME_ORDER,
                 "id leadId marketoGUID value");
    (void)mkto_ask(&arena, mock, "other", "POST", "/rest/v1/leads/delete.json",
                   "{\"input\":[{\"id\":1001}]}");
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        shape_assert(fixture_read(&arena, rows[i].fixture),
                     mkto_ask(&arena, mock, "other", "GET",
                              arena_printf(&arena, "%s&nextPageToken=%s", rows[i].target, next),
                              NULL)
                         .json,
                     SHAPE_SAME_ORDER, rows[i].vary);
    }
    mocktenant_stop(mock);
}

static void types_fit(void **state)
{
    struct mocktenant *mock = mkto_start("fresh");
    AUTO(arena) arena = {0};
    const cJSON *list = json_get(
        mkto_ask(&arena, mock, "other", "GET", "/rest/v1/activities/types.json", NULL).json,
        "result");
    const cJSON *item;
    bool sync = false;

    (void)state;
    shape_assert(json_pointer_get(fixture_read(&arena, "marketo/activity-type.json"), "/result/0"),
                 cJSON_GetArrayItem(list, 0), SHAPE_SAME_ORDER, "name dataType");
    cJSON_ArrayForEach(item, list)
    {
        sync |= int_at(item, "/id") == 300 &&
                str_eq(text_at(item, "/name"), "Sync Lead to Microsoft") &&
                json_get(item, "primaryAttribute") == NULL;
    }
    assert_true(sync);
    mocktenant_stop(mock);
}

int main(void)
{
    struct CMUnitTest tests[40];
    size_t count = 0;

    CASES(tests, count, stories, mkto_tell);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(shapes_fit);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(types_fit);
    return cases_run("activities", tests, count);
}
