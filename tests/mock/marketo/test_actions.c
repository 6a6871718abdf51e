/* What support, sales and users do without an API. */
#include <string.h>

#include "base/str.h"
#include "cases.h"
#include "marketo.h"

#define PAGE   "/rest/crm/v1/microsoft/"
#define ACTION "/_mock/actions/"
#define STATE  "/result/0/state"
#define CREDENTIALS                                                                                \
    "{'authMethod':'s2s','organizationUrl':'https://<org_host>','username':'<app_user>',"          \
    "'clientId':'<client_id>','tenantId':'<tenant_id>','clientSecret':'<client_secret>'}"
#define BASIC                                                                                      \
    "{'authMethod':'basic','organizationUrl':'https://<org_host>','username':'<username>',"        \
    "'password':'<password>'}"
#define ADDRESS "{'notificationEmail':'a@example.com'}"
#define DO(action, with, at, want)                                                                 \
    {                                                                                              \
        "control", "POST", ACTION action, with, at, want                                           \
    }
#define POST(path, body, at, want)                                                                 \
    {                                                                                              \
        "connector", "POST", PAGE path, body, at, want                                             \
    }
#define GET(path, at, want)                                                                        \
    {                                                                                              \
        "connector", "GET", PAGE path, NULL, at, want                                              \
    }
#define LATER(duration)                                                                            \
    {                                                                                              \
        "clock", NULL, duration                                                                    \
    }
#define ENABLE "marketo-support/enable-oauth-migration"
#define REVERT "marketo-support/revert-oauth-migration"

static const struct mkto_story support_stories[] = {
    {"the migration pauses, the switch settles",
     "basic-auth",
     {GET("connection.json", "/result/0/authMethod", "'basic'"),
      POST("credentials.json", BASIC, STATE, "'initial_sync'"),
      DO(ENABLE, "{}", "/state", "'oauth_pause'"),
      POST("enable.json", ADDRESS, "/errors/0/code", "'paused'"),
      POST("disable.json", "{}", "/errors/0/code", "'paused'"),
      POST("credentials.json", BASIC, "/errors/0/code", "'bad_credentials'"),
      POST("credentials.json", CREDENTIALS, STATE, "'settling'"),
      GET("connection.json", "/result/0/authMethod", "'s2s'"), LATER("PT14M59S"),
      POST("enable.json", ADDRESS, "/errors/0/code", "'too_early'"), LATER("PT1S"),
      POST("enable.json", ADDRESS, STATE, "'initial_sync'"),
      DO(ENABLE, "{}", "/error/code", "'not_basic'")}},
    {"a revert brings the very state",
     "basic-auth",
     {DO(REVERT, "{}", "/error/code", "'not_migrated'"),
      POST("disable.json", "{}", STATE, "'disabled'"), DO(ENABLE, "{}", "/state", "'oauth_pause'"),
      DO(ENABLE, "{}", "/error/code", "'paused'"),
      POST("auth/switch.json", CREDENTIALS, STATE, "'settling'"),
      DO(REVERT, "{}", "/state", "'disabled'"),
      GET("connection.json", "/result/0/authMethod", "'basic'"),
      POST("credentials.json", BASIC, STATE, "'disabled'")}},
    {"a revert after it was enabled again goes on",
     "basic-auth",
     {DO(ENABLE, "{}", "/state", "'oauth_pause'"),
      POST("credentials.json", CREDENTIALS, STATE, "'settling'"), LATER("PT15M"),
      POST("enable.json", ADDRESS, STATE, "'initial_sync'"),
      DO(REVERT, "{}", "/state", "'initial_sync'"),
      GET("connection.json", "/result/0/clientId", "null")}},
    {"a revert through April 2022",
     "{\"version\":1,\"extends\":\"basic-auth\",\"clock\":\"2022-04-30T23:59:58Z\"}",
     {DO(ENABLE, "{}", "/state", "'oauth_pause'"), LATER("PT1S"),
      DO(REVERT, "{}", "/state", "'initial_sync'"), DO(ENABLE, "{}", "/state", "'oauth_pause'"),
      LATER("PT1S"), DO(REVERT, "{}", "/error/code", "'too_late'"),
      GET("connection.json", STATE, "'oauth_pause'")}},
    {"only a Basic connection migrates",
     "ready",
     {DO(ENABLE, "{}", "/error/code", "'not_basic'"),
      GET("connection.json", STATE, "'initial_sync'")}},
    {"nothing to migrate while new", "fresh", {DO(ENABLE, "{}", "/error/code", "'not_enabled'")}},
};

#define REPORT                                                                                     \
    "{'id':'p','started':'2026-01-15T09:00:00Z','ended':'2026-01-15T09:00:30Z','objects':[{"       \
    "'name':'lead','direction':'to_marketo','inserts':4}]}"

static const struct mkto_story sales_stories[] = {
    {"tokens and reports of the old subscription are foreign to the new one",
     "ready",
     {{"connector", "POST", "/rest/v1/leads.json", "{'input':[{'email':'a@example.com'}]}",
       "/result/0/id", "1001"},
      {"connector", "GET",
       "/rest/v1/activities/pagingtoken.json?sinceDatetime=2026-01-15T10:00:00Z", NULL, "/success",
       "true", "/nextPageToken"},
      POST("pass.json", REPORT, "/success", "true"),
      DO("marketo-sales/replace-subscription", "{}", "/munchkin", "'123-ABC-456'"),
      {"connector", "GET", "/rest/v1/activities.json?activityTypeIds=12&nextPageToken=<saved>",
       NULL, "/errors/0/code", "'1003'"},
      POST("pass.json", REPORT, "/success", "true"),
      GET("status.json", "/result/0/inserts", "4")}},
    {"a new subscription knows nothing",
     "ready",
     {GET("connection.json", "/success", "true"),
      {"connector", "POST", "/rest/v1/leads.json", "{'input':[{'email':'a@example.com'}]}",
       "/result/0/id", "1001"},
      {"connector", "GET", PAGE "connection.json", NULL, "/success", "true",
       "/result/0/subscriptionId"},
      DO("marketo-sales/replace-subscription", "{}", "/munchkin", "'123-ABC-456'"),
      GET("connection.json", STATE, "'new'"),
      GET("connection.json", "/result/0/organizationLocked", "false"),
      {"control", "GET", "/_mock/state/marketo/leads", NULL, "/rows", "[]"},
      {"control", "GET", "/_mock/state/marketo/activities", NULL, "/rows", "[]"},
      {"connector", "POST", "/rest/v1/leads.json", "{'input':[{'email':'a@example.com'}]}",
       "/result/0", "{'id':1001,'status':'created'}"},
      POST("credentials.json", CREDENTIALS, STATE, "'bound'"),
      {"connector", "GET", "/rest/v1/leads/schema/fields/dynamicsId.json", NULL, "/success",
       "true"}}},
    {"names that cannot be had",
     "ready",
     {DO("marketo-sales/replace-subscription", "{'munchkin':'x'}", "/error/code", "'bad_munchkin'"),
      DO("marketo-sales/replace-subscription", "{'munchkin':'123-ABC-456'}", "/error/code",
         "'munchkin_taken'"),
      GET("connection.json", STATE, "'initial_sync'")}},
};

#define USER "marketo-user/"
#define LAST "/_mock/state/marketo/activities?after=70001"

static const struct mkto_story user_stories[] = {
    {"create, edit, delete",
     "ready",
     {DO(USER "create-lead", "{'set':{'email':'u@example.com','firstName':'Una'}}", "/id", "1001"),
      DO(USER "edit-lead", "{'id':1001,'set':{'phone':'7'}}", "/changed", "true"),
      DO(USER "edit-lead", "{'id':1001,'set':{'phone':'7'}}", "/changed", "false"),
      {"control", "GET", LAST, NULL, "/rows/0/attributes",
       "[{'name':'New Value','value':'7'},{'name':'Reason','value':'Manual person edit'},"
       "{'name':'Source','value':'Manual person edit'}]"},
      DO(USER "edit-lead", "{'id':1001,'set':{'nobody':1}}", "/error/code", "'bad_set'"),
      DO(USER "edit-lead", "{'id':1001,'set':{'msftType':'Lead'}}", "/error/code", "'bad_set'"),
      DO(USER "edit-lead", "{'id':9,'set':{}}", "/error/code", "'lead_unknown'"),
      DO(USER "delete-lead", "{'id':1001}", "/changed", "true"),
      DO(USER "delete-lead", "{'id':1001}", "/error/code", "'lead_unknown'")}},
    {"a company's field is that of all its people",
     "ready",
     {{"connector", "POST", "/rest/v1/companies.json",
       "{'input':[{'externalCompanyId':'C','company':'Contoso'}]}", "/success", "true"},
      {"connector", "POST", "/rest/v1/leads.json",
       "{'input':[{'email':'a@example.com','externalCompanyId':'C'},"
       "{'email':'b@example.com','externalCompanyId':'c'}]}",
       "/success", "true"},
      DO(USER "edit-lead", "{'id':1001,'set':{'industry':'Farm','phone':'1'}}", "/changed", "true"),
      {"other", "GET",
       "/rest/v1/leads.json?filterType=id&filterValues=1001,1002&fields=industry,"
       "phone",
       NULL, "/result",
       "[{'id':1001,'industry':'Farm','phone':'1'},{'id':1002,'industry':'Farm','phone':null}]"},
      {"other", "GET", "/rest/v1/companies.json?filterType=id&filterValues=1001&fields=industry",
       NULL, "/result/0/industry", "'Farm'"}}},
    {"Sync Person to Microsoft queues once",
     "ready",
     {DO(USER "create-lead", "{'set':{'email':'u@example.com'}}", "/id", "1001"),
      DO(USER "sync-person", "{'id':1001,'as':'Lead','owner':'Olga'}", "/changed", "true"),
      {"control", "GET", LAST, NULL, "/rows/0/attributes",
       "[{'name':'Sync As','value':'Lead'},{'name':'Assign To','value':'Olga'}]"},
      {"control", "GET", LAST, NULL, "/rows/0/activityTypeId", "300"},
      DO(USER "sync-person", "{'id':1001,'as':'lead'}", "/changed", "false"),
      {"control", "GET", LAST, NULL, "/rows/1/attributes/1/value",
       "'Failed: error lead ID 1001 is already in the sync process'"},
      {"connector", "POST", "/rest/v1/leads.json",
       "{'input':[{'email':'u@example.com','msftLeadId':'L','msftIsDeleted':true}]}", "/success",
       "true"},
      DO(USER "sync-person", "{'id':1001,'as':'lead'}", "/changed", "true"),
      {"connector", "POST", "/rest/v1/leads.json",
       "{'input':[{'email':'u@example.com','msftIsDeleted':false}]}", "/success", "true"},
      DO(USER "sync-person", "{'id':1001,'as':'contact'}", "/changed", "false"),
      DO(USER "sync-person", "{'id':1001,'as':'account'}", "/error/code", "'bad_as'"),
      DO(USER "sync-person", "{'id':9,'as':'lead'}", "/error/code", "'lead_unknown'")}},
};

static struct answer ask_at(struct arena *arena, struct mocktenant *mock, const char *host,
                            const char *target)
{
    const struct ask ask = {.transport = DIRECT, .method = "GET", .host = host, .target = target};

    return tenant_ask(arena, mock, &ask);
}

/* With another Munchkin id the old host answers nobody, and the new one the new users. */
static void another_munchkin(void **state)
{
    struct mocktenant *mock = mkto_start("ready");
    AUTO(arena) arena = {0};
    const char *old = mkto_token(&arena, mock, "connector"), *target;
    cJSON *made = tenant_control(&arena, mock, "POST", ACTION "marketo-sales/replace-subscription",
                                 "{\"munchkin\":\"999-ZZZ-999\"}", 200);
    struct answer answer;

    (void)state;
    answer = ask_at(&arena, mock, "123-abc-456.mktorest.com", "/identity/oauth/token");
    assert_string_equal(text_at(answer.json, "/errors/0/code"), "610");
    answer = ask_at(&arena, mock, "123-abc-456.mktorest.com", "/rest/v1/leads/describe.json");
    assert_string_equal(text_at(answer.json, "/errors/0/code"), "610");
    for (int i = 0; i < 2; i++) {
        const char *prefix = i == 0 ? "marketo" : "marketo_other";

        target = arena_printf(
            &arena,
            "/identity/oauth/token?grant_type=client_credentials&client_id=%s&client_secret=%s",
            json_get_text(made, arena_printf(&arena, "%s_client_id", prefix)),
            json_get_text(made, arena_printf(&arena, "%s_client_secret", prefix)));
        answer = ask_at(&arena, mock, "999-zzz-999.mktorest.com", target);
        assert_int_equal(answer.status, 200);
        assert_true(strlen(text_at(answer.json, "/access_token")) == 39);
    }
    {
        const struct ask ask = {.transport = DIRECT,
                                .method = "GET",
                                .host = "999-zzz-999.mktorest.com",
                                .target = "/rest/v1/stats/usage.json",
                                .headers = {arena_printf(&arena, "Authorization: Bearer %s", old)}};

        answer = tenant_ask(&arena, mock, &ask);
        assert_string_equal(text_at(answer.json, "/errors/0/code"), "601");
    }
    /* The old id can be had by nobody again. */
    made = tenant_control(&arena, mock, "POST", ACTION "marketo-sales/replace-subscription",
                          "{\"munchkin\":\"123-ABC-456\"}", 409);
    assert_string_equal(text_at(made, "/error/code"), "munchkin_taken");
    mocktenant_stop(mock);
}

int main(void)
{
    struct CMUnitTest tests[30];
    size_t count = 0;

    CASES(tests, count, support_stories, mkto_tell);
    CASES(tests, count, sales_stories, mkto_tell);
    CASES(tests, count, user_stories, mkto_tell);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(another_munchkin);
    return cases_run("actions", tests, count);
}
