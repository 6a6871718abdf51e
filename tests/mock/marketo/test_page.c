/* The CRM page: every state and every call of it, and the stories of a connection. */
#include <string.h>

#include "base/str.h"
#include "cases.h"
#include "marketo.h"
#include "shape.h"

#define PAGE "/rest/crm/v1/microsoft/"
#define S2S                                                                                        \
    "'authMethod':'s2s','username':'<app_user>','clientId':'<client_id>',"                         \
    "'tenantId':'<tenant_id>','clientSecret':'<client_secret>'"
#define CREDENTIALS "{" S2S ",'organizationUrl':'https://<org_host>'}"
#define PASS(rest)                                                                                 \
    "{'started':'2026-01-15T09:00:00Z','ended':'2026-01-15T09:00:30Z','objects':[{'name':'lead',"  \
    "'direction':'to_marketo','inserts':3,'updates':2,'deletes':1,'backlog':4,"                    \
    "'oldest':'2026-01-15T08:00:00Z'}],'errors':[]," rest "}"
#define STATE "/result/0/state"

static const char *const states[] = {"new",     "bound",    "fields_chosen", "initial_sync",
                                     "running", "disabled", "oauth_pause",   "settling",
                                     "halted",  "down"};

/* A call of the page and in which states it is refused, "state:code"; in all others it is not. */
struct page_call {
    const char *name, *method, *path, *body, *refused;
};

#define NO_ORGANIZATION "new:step_closed"

static const struct page_call calls[] = {
    {"connection.json", "GET", "connection.json", NULL, ""},
    {"credentials.json", "POST", "credentials.json", CREDENTIALS, ""},
    {"fields.json", "GET", "fields.json", NULL, NO_ORGANIZATION},
    {"saving fields.json", "POST", "fields.json", "{'fields':{}}", "new:step_closed"},
    {"validate.json", "POST", "validate.json", CREDENTIALS, ""},
    {"auth/validate.json", "POST", "auth/validate.json", CREDENTIALS, ""},
    {"auth/switch.json", "POST", "auth/switch.json", CREDENTIALS,
     "new:step_closed bound:step_closed fields_chosen:step_closed initial_sync:step_closed"
     " running:step_closed settling:step_closed halted:step_closed down:step_closed"},
    {"enable.json", "POST", "enable.json", "{'notificationEmail':'a@example.com'}",
     "new:step_closed bound:step_closed oauth_pause:paused settling:too_early"
     " halted:schema_changed"},
    {"disable.json", "POST", "disable.json", "{}",
     "new:not_enabled bound:not_enabled fields_chosen:not_enabled oauth_pause:paused"
     " settling:paused"},
    {"quicksync.json", "POST", "quicksync.json", "{'fields':['lead.firstname']}",
     "new:step_closed bound:step_closed"},
    {"status.json", "GET", "status.json", NULL, ""},
    {"errors.json", "GET", "errors.json", NULL, ""},
    {"errors.json as CSV", "GET", "errors.json?format=csv", NULL, ""},
    {"entities.json", "GET", "entities.json", NULL, NO_ORGANIZATION},
    {"saving entities.json", "POST", "entities.json", "{'entities':[]}", NO_ORGANIZATION},
    {"options.json", "GET", "options.json", NULL, NO_ORGANIZATION},
    {"saving options.json", "POST", "options.json", "{'campaignSync':true}", NO_ORGANIZATION},
    {"pass.json", "POST", "pass.json", PASS("'initialComplete':true,'stop':null"), ""},
};

static const char *world_in(struct arena *arena, const char *state, const char *rest)
{
    return arena_printf(arena,
                        "{\"version\":1,\"extends\":\"ready\",\"subscriptions\":[{"
                        "\"munchkin\":\"123-ABC-456\",\"connection\":{\"state\":\"%s\"%s}}]}",
                        state, rest);
}

static const char *refusal_of(struct arena *arena, const char *list, const char *state)
{
    size_t len = strlen(state);

    for (const char *at = list; (at = strstr(at, state)) != NULL; at++) {
        if ((at == list || at[-1] == ' ') && at[len] == ':') {
            return arena_dup(arena, at + len + 1, strcspn(at + len + 1, " "));
        }
    }
    return NULL;
}

/* Quotes and keys as in stories. */
static const char *filled(struct arena *arena, struct mocktenant *mock, const char *text)
{
    return text != NULL ? mkto_fill(arena, mock, text, NULL, false) : NULL;
}

static void is_refused_where_it_is(void **state)
{
    const struct page_call *c = *state;

    for (size_t i = 0; i < ARRAY_LEN(states); i++) {
        AUTO(arena) arena = {0};
        struct mocktenant *mock = mkto_start(world_in(&arena, states[i], ""));
        const char *target = arena_printf(&arena, PAGE "%s", c->path);
        const char *want = refusal_of(&arena, c->refused, states[i]);
        cJSON *before =
            mkto_ask(&arena, mock, "connector", "GET", PAGE "connection.json", NULL).json;
        struct answer answer =
            mkto_ask(&arena, mock, "connector", c->method, target, filled(&arena, mock, c->body));
        struct answer after =
            mkto_ask(&arena, mock, "connector", "GET", PAGE "connection.json", NULL);

        assert_int_equal(answer.status, 200);
        assert_string_equal(text_at(before, STATE), states[i]);
        if (want == NULL && strstr(c->path, "csv") == NULL &&
            !json_get_bool(answer.json, "success", false)) {
            fail_msg("%s in %s: %s", c->name, states[i], answer.body);
        }
        if (want != NULL) {
            assert_string_equal(text_at(answer.json, "/errors/0/code"), want);
            assert_true(strlen(text_at(answer.json, "/errors/0/message")) > 20);
            assert_true(json_equal(json_get(before, "result"), json_get(after.json, "result")));
        }
        /* Others may not even look. */
        answer = mkto_ask(&arena, mock, "other", c->method, target, filled(&arena, mock, c->body));
        assert_string_equal(text_at(answer.json, "/errors/0/code"), "603");
        mocktenant_stop(mock);
    }
}

#define IN(state)                                                                                  \
    "{\"version\":1,\"extends\":\"ready\",\"subscriptions\":[{\"munchkin\":\"123-ABC-456\","       \
    "\"connection\":{\"state\":\"" state "\"}}]}"
#define POST(path, body, at, want)                                                                 \
    {                                                                                              \
        "connector", "POST", PAGE path, body, at, want                                             \
    }
#define GET(path, at, want)                                                                        \
    {                                                                                              \
        "connector", "GET", PAGE path, NULL, at, want                                              \
    }
#define MAILS(at, want)                                                                            \
    {                                                                                              \
        "control", "GET", "/_mock/state/marketo/mail", NULL, at, want                              \
    }
#define ADDRESS "{'notificationEmail':'a@example.com'}"
#define LATER(duration)                                                                            \
    {                                                                                              \
        "clock", NULL, duration                                                                    \
    }

static const struct mkto_story stories[] = {
    {"from new to running",
     IN("new"),
     {POST("credentials.json", CREDENTIALS, STATE, "'bound'"),
      GET("connection.json", "/result/0/organizationLocked", "true"),
      POST("enable.json", ADDRESS, "/errors/0/code", "'step_closed'"),
      POST("fields.json", "{'fields':{'lead':['firstname']}}", "/result/0/selected",
           "['firstname']"),
      GET("connection.json", STATE, "'fields_chosen'"),
      POST("enable.json", "{}", "/errors/0/code", "'address_missing'"),
      GET("connection.json", STATE, "'fields_chosen'"),
      POST("enable.json", ADDRESS, STATE, "'initial_sync'"),
      POST("pass.json", PASS("'initialComplete':false,'stop':null"), STATE, "'initial_sync'"),
      MAILS("/rows", "[]"),
      POST("pass.json", PASS("'initialComplete':true,'stop':null"), STATE, "'running'"),
      POST("pass.json", PASS("'initialComplete':true,'stop':null"), STATE, "'running'"),
      MAILS("/rows/0/kind", "'initial_sync_done'"), MAILS("/rows/1", NULL)}},
    {"disabling keeps how far it was",
     IN("initial_sync"),
     {POST("disable.json", "{}", STATE, "'disabled'"),
      POST("disable.json", "{}", STATE, "'disabled'"),
      POST("enable.json", ADDRESS, STATE, "'initial_sync'"),
      POST("pass.json", PASS("'initialComplete':true,'stop':null"), STATE, "'running'"),
      POST("disable.json", "{}", STATE, "'disabled'"),
      POST("pass.json", PASS("'initialComplete':true,'stop':'access','reason':'x'"), STATE,
           "'disabled'"),
      POST("enable.json", ADDRESS, STATE, "'running'"),
      POST("enable.json", "{'notificationEmail':'b@example.com'}", "/result/0/notificationEmail",
           "'b@example.com'")}},
    {"a switch settles for fifteen minutes",
     IN("disabled"),
     {POST("auth/switch.json", CREDENTIALS, "/result/0/settlesAt", "'2026-01-15T09:15:00Z'"),
      LATER("PT14M59S"), POST("enable.json", ADDRESS, "/errors/0/code", "'too_early'"),
      GET("connection.json", STATE, "'settling'"), LATER("PT1S"),
      POST("enable.json", ADDRESS, STATE, "'running'"),
      GET("connection.json", "/result/0/settlesAt", "null")}},
    {"a switch needs seven green marks",
     IN("disabled"),
     {POST("auth/switch.json",
           "{'authMethod':'s2s','organizationUrl':'https://<org_host>','username':'x@example.com',"
           "'clientId':'<client_id>','tenantId':'<tenant_id>','clientSecret':'<client_secret>'}",
           "/errors/0/code", "'user_mismatch'"),
      GET("connection.json", STATE, "'disabled'")}},
    {"halted by the schema",
     IN("running"),
     {POST("pass.json", PASS("'stop':'schema','reason':'new_region is gone'"), STATE, "'halted'"),
      POST("enable.json", ADDRESS, "/errors/0/code", "'schema_changed'"),
      POST("fields.json", "{'fields':{}}", "/success", "true"),
      GET("connection.json", STATE, "'disabled'"), POST("enable.json", ADDRESS, STATE, "'running'"),
      MAILS("/rows/0/kind", "'sync_down'"), MAILS("/rows/0/body", "'new_region is gone'"),
      MAILS("/rows/1", NULL)}},
    {"down, one mail for one outage",
     IN("running"),
     {POST("pass.json", PASS("'stop':'access','reason':'AADSTS7000222'"), STATE, "'down'"),
      POST("pass.json", PASS("'stop':'access','reason':'AADSTS7000222'"), STATE, "'down'"),
      GET("connection.json", "/result/0/syncEnabled", "true"), MAILS("/rows/1", NULL),
      POST("pass.json", PASS("'stop':null"), STATE, "'running'"),
      POST("pass.json", PASS("'stop':'access','reason':'again'"), STATE, "'down'"),
      MAILS("/rows/1/kind", "'sync_down'"), MAILS("/rows/2", NULL)}},
    {"down, healed by credentials",
     IN("down"),
     {POST("credentials.json",
           "{'authMethod':'s2s','organizationUrl':'https://<org_host>','username':'<app_user>',"
           "'clientId':'<client_id>','tenantId':'<tenant_id>','clientSecret':'wrong'}",
           "/errors/0/code", "'bad_credentials'"),
      GET("connection.json", STATE, "'down'"),
      POST("credentials.json", CREDENTIALS, STATE, "'running'")}},
    {"credentials that open nothing store nothing",
     IN("new"),
     {POST("credentials.json", "{" S2S ",'organizationUrl':'https://nosuch.crm.dynamics.com'}",
           "/errors/0/code", "'org_unknown'"),
      POST("credentials.json",
           "{" S2S ",'organizationUrl':'https://globaldisco.crm.dynamics.com/api/discovery'}",
           "/errors/0/code", "'org_unknown'"),
      POST("credentials.json",
           "{'authMethod':'s2s','organizationUrl':'https://<org_host>','username':'<app_user>',"
           "'clientId':'<client_id>','tenantId':'<client_id>','clientSecret':'<client_secret>'}",
           "/errors/0/code", "'tenant_unknown'"),
      POST("credentials.json", "{'authMethod':'s2s'}", "/errors/0/code", "'bad_request'"),
      POST("credentials.json", "{'authMethod':'soap'}", "/errors/0/code", "'bad_request'"),
      GET("connection.json", "/result/0/organizationUrl", "null"),
      GET("connection.json", STATE, "'new'")}},
    {"another method is entered in a pause only",
     IN("running"),
     {POST("credentials.json",
           "{'authMethod':'ropc','organizationUrl':'https://<org_host>','username':'<username>',"
           "'password':'<password>','clientId':'<client_id>','clientSecret':'<client_secret>'}",
           "/errors/0/code", "'step_closed'"),
      GET("connection.json", "/result/0/authMethod", "'s2s'")}},
    {"the status of the last pass and of the last full hour",
     IN("running"),
     {GET("status.json", "/result/4",
          "{'name':'lead','direction':'to_marketo','inserts':0,'updates':0,'deletes':0,'failed':0,"
          "'backlog':0,'oldest':null,'lastHour':0}"),
      POST("pass.json", PASS("'stop':null"), "/success", "true"),
      POST("pass.json", PASS("'stop':null"), "/success", "true"),
      GET("status.json", "/result",
          "[{'name':'lead','direction':'to_marketo','inserts':3,'updates':2,'deletes':1,'failed':0,"
          "'backlog':4,'oldest':'2026-01-15T08:00:00Z','lastHour':0}]"),
      LATER("PT59M59S"), GET("status.json", "/result/0/lastHour", "0"), LATER("PT1S"),
      GET("status.json", "/result/0/lastHour", "12"), LATER("PT59M59S"),
      GET("status.json", "/result/0/lastHour", "12"), LATER("PT1S"),
      GET("status.json", "/result/0/lastHour", "0")}},
    {"one digest of errors in a day",
     IN("running"),
     {POST("pass.json",
           "{'started':'2026-01-15T09:00:00Z','ended':'2026-01-15T09:00:30Z','objects':[],"
           "'errors':[{'name':'lead','key':'1','code':'1003','message':'a'},"
           "{'name':'lead','key':'2','code':'1003','message':'b'}],'stop':null}",
           "/success", "true"),
      MAILS("/rows/0/kind", "'error_digest'"), LATER("PT1H"),
      POST("pass.json",
           "{'started':'2026-01-15T10:00:00Z','ended':'2026-01-15T10:00:30Z','objects':[],"
           "'errors':[{'name':'lead','key':'3','message':'c'}],'stop':null}",
           "/success", "true"),
      MAILS("/rows/1", NULL), LATER("PT23H"),
      POST("pass.json", PASS("'stop':null"), "/success", "true"),
      MAILS("/rows/1/body", "'lead 3 - - - c\\n'"), LATER("P1D"),
      POST("pass.json", PASS("'stop':null"), "/success", "true"), MAILS("/rows/2", NULL),
      GET("errors.json", "/result/2/key", "'1'")}},
    {"a report that is none",
     IN("running"),
     {POST("pass.json", "{}", "/errors/0/code", "'bad_request'"),
      POST("pass.json", "{'started':'x','ended':'y','objects':[]}", "/errors/0/code",
           "'bad_request'"),
      POST("pass.json", PASS("'stop':'maybe'"), "/errors/0/code", "'bad_request'"),
      POST("pass.json",
           "{'started':'2026-01-15T09:00:00Z','ended':'2026-01-15T09:00:30Z','objects':[{'name':"
           "'lead','direction':'up'}]}",
           "/errors/0/code", "'bad_request'"),
      POST("pass.json",
           "{'started':'2026-01-15T09:00:00Z','ended':'2026-01-15T09:00:30Z','objects':[{'name':"
           "'lead','direction':'to_marketo','inserts':-3}]}",
           "/errors/0/code", "'bad_request'"),
      GET("status.json", "/result/0/inserts", "0")}},
    {"quick sync ends with the next pass",
     IN("running"),
     {POST("quicksync.json", "{'fields':['firstname']}", "/result/0/queued", "2"),
      POST("fields.json", "{'fields':{'lead':['lastname']}}", "/errors/0/code", "'field_queued'"),
      POST("quicksync.json", "{'fields':['lead.nobody']}", "/errors/0/code", "'field_unknown'"),
      POST("quicksync.json", "{'fields':[]}", "/errors/0/code", "'bad_request'"),
      POST("quicksync.json", "{'fields':['firstname'],'range':{'from':'x','to':'y'}}",
           "/errors/0/code", "'bad_request'"),
      LATER("PT5M"),
      POST("pass.json",
           "{'started':'2026-01-15T09:05:00Z','ended':'2026-01-15T09:05:30Z','objects':[]}",
           "/success", "true"),
      MAILS("/rows/0/kind", "'quick_sync_done'"), MAILS("/rows/1", NULL),
      POST("fields.json", "{'fields':{'lead':['lastname']}}", "/success", "true")}},
    {"custom entities wait for the initial sync",
     IN("initial_sync"),
     {POST("entities.json", "{'entities':['new_thing']}", "/errors/0/code", "'step_closed'"),
      POST("pass.json", PASS("'initialComplete':true,'stop':null"), "/success", "true"),
      POST("entities.json", "{'entities':['new_thing']}", "/result/0/entities", "['new_thing']"),
      GET("entities.json", "/result/0/entities", "['new_thing']"),
      POST("entities.json", "{'entities':[1]}", "/errors/0/code", "'bad_request'"),
      GET("options.json", "/result/0/campaignSync", "false"),
      POST("options.json", "{'campaignSync':true}", "/result/0/campaignSync", "true"),
      POST("options.json", "{'campaignSync':1}", "/errors/0/code", "'bad_request'")}},
    {"fields that are unknown are refused",
     IN("bound"),
     {POST("fields.json", "{'fields':{'lead':['firstname','nobody']}}", "/errors/0/code",
           "'field_unknown'"),
      POST("fields.json", "{'fields':{'thing':[]}}", "/errors/0/code", "'bad_request'"),
      POST("fields.json", "{'fields':{'lead':'firstname'}}", "/errors/0/code", "'bad_request'"),
      POST("fields.json", "{}", "/errors/0/code", "'bad_request'"),
      GET("connection.json", STATE, "'bound'")}},
};

static void shapes_fit(void **state)
{
    struct mocktenant *mock = mkto_start("ready");
    AUTO(arena) arena = {0};
    const char *pass = json_text(&arena, fixture_read(&arena, "marketo/page-pass.request.json"));
    const cJSON *fields, *entity, *field;
    struct answer answer;

    (void)state;
    answer = mkto_ask(&arena, mock, "connector", "GET", PAGE "connection.json", NULL);
    shape_assert(fixture_read(&arena, "marketo/page-connection.json"), answer.json,
                 SHAPE_SAME_ORDER, "requestId");
    answer = mkto_ask(&arena, mock, "connector", "POST", PAGE "pass.json", pass);
    assert_string_equal(text_at(answer.json, STATE), "running");
    (void)tenant_control(&arena, mock, "PUT", "/_mock/clock", "{\"advance\":\"PT1H\"}", 200);
    shape_assert(fixture_read(&arena, "marketo/page-status.json"),
                 mkto_ask(&arena, mock, "connector", "GET", PAGE "status.json", NULL).json,
                 SHAPE_SAME_ORDER, "requestId");
    shape_assert(fixture_read(&arena, "marketo/page-errors.json"),
                 mkto_ask(&arena, mock, "connector", "GET", PAGE "errors.json", NULL).json,
                 SHAPE_SAME_ORDER, "requestId");
    answer = mkto_ask(&arena, mock, "connector", "POST", PAGE "credentials.json",
                      "{\"authMethod\":\"x\"}");
    shape_assert(fixture_read(&arena, "marketo/page-refused.json"), answer.json, SHAPE_SAME_ORDER,
                 "requestId code message");
    fields = json_get(fixture_read(&arena, "marketo/page-fields.json"), "result");
    answer = mkto_ask(&arena, mock, "connector", "GET", PAGE "fields.json", NULL);
    entity = json_pointer_get(answer.json, "/result/0");
    cJSON_ArrayForEach(field, json_get(entity, "fields"))
    {
        if (str_eq(text_at(field, "/name"), "emailaddress1")) {
            shape_assert(json_pointer_get(fields, "/0/fields/0"), field, SHAPE_SAME_ORDER, "label");
        }
    }
    assert_string_equal(text_at(entity, "/name"), "lead");
    assert_string_equal(text_at(entity, "/direction"), "both");
    assert_string_equal(text_at(answer.json, "/result/2/direction"), "to_marketo");
    answer = mkto_ask(&arena, mock, "connector", "GET", PAGE "errors.json?format=csv", NULL);
    assert_string_equal(answer_header(&arena, &answer, "content-type"), "text/csv;charset=UTF-8");
    assert_non_null(strstr(answer.body,
                           "\r\n\"2026-01-15T09:00:30Z\",\"contact\",\"8d6b\",\"insert\","
                           "\"to_marketo\",\"1003\",\"Value for lookup field"));
    mocktenant_stop(mock);
}

/* `selected=true` leaves out the others, and nothing else. */
static void selected_are_the_same_columns(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = mkto_start("ready");
    const cJSON *all, *few, *entity, *field;
    size_t entities = 0, selected = 0, others = 0;

    (void)state;
    all = json_get(mkto_ask(&arena, mock, "connector", "GET", PAGE "fields.json", NULL).json,
                   "result");
    few = json_get(
        mkto_ask(&arena, mock, "connector", "GET", PAGE "fields.json?selected=true", NULL).json,
        "result");
    cJSON_ArrayForEach(entity, all)
    {
        const cJSON *one = cJSON_GetArrayItem(few, (int)entities++);
        const cJSON *next = json_get(one, "fields")->child;

        assert_string_equal(text_at(one, "/name"), text_at(entity, "/name"));
        cJSON_ArrayForEach(field, json_get(entity, "fields"))
        {
            if (!json_get_bool(field, "selected", false)) {
                others++;
                continue;
            }
            selected++;
            assert_non_null(next);
            assert_string_equal(json_text(&arena, next), json_text(&arena, field));
            next = next->next;
        }
        assert_null(next);
    }
    assert_true(selected > 20 && others > 20);
    assert_int_equal(cJSON_GetArraySize(few), entities);
    mocktenant_stop(mock);
}

/* A message that cannot hold all errors lists whole lines and says how many are left out. */
static void digest_says_what_is_left_out(void **state)
{
    struct mocktenant *mock = mkto_start("ready");
    AUTO(arena) arena = {0};
    AUTO(strbuf) body = STRBUF(0), words = STRBUF(0);
    const char *mail;
    int lines = 0;

    (void)state;
    for (int i = 0; i < 150; i++) {
        strbuf_add_char(&words, 'm');
    }
    strbuf_add(&body, "{\"started\":\"2026-01-15T09:00:00Z\",\"ended\":\"2026-01-15T09:00:30Z\","
                      "\"objects\":[],\"errors\":[");
    for (int i = 0; i < 500; i++) {
        strbuf_addf(&body, "%s{\"name\":\"lead\",\"key\":\"k\",\"message\":\"%s\"}",
                    i > 0 ? "," : "", strbuf_text(&words));
    }
    strbuf_add(&body, "]}");
    mkto_ask(&arena, mock, "connector", "POST", PAGE "pass.json", strbuf_text(&body));
    mail = text_at(tenant_control(&arena, mock, "GET", "/_mock/state/marketo/mail", NULL, 200),
                   "/rows/0/body");
    for (const char *at = mail; (at = strchr(at, '\n')) != NULL; at++) {
        lines++;
    }
    strbuf_clear(&body);
    strbuf_addf(&body, "\n%d more: see Sync Errors.\n", 500 - (lines - 1));
    assert_true(lines > 300 && lines < 500);
    assert_true(str_ends(mail, strbuf_text(&body)));
    mocktenant_stop(mock);
}

int main(void)
{
    struct CMUnitTest tests[60];
    size_t count = 0;

    CASES(tests, count, calls, is_refused_where_it_is);
    CASES(tests, count, stories, mkto_tell);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(shapes_fit);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(selected_are_the_same_columns);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(digest_says_what_is_left_out);
    return cases_run("page", tests, count);
}
