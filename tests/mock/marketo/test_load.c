/* Subscriptions of world files: what they fill, and what is wrong with them. */
#include <string.h>

#include "base/str.h"
#include "cases.h"
#include "marketo.h"

#define SUBSCRIPTION(text)                                                                         \
    "{\"version\":1,\"extends\":\"ready\",\"subscriptions\":[{\"munchkin\":\"123-ABC-456\"," text  \
    "}]}"

struct bad {
    const char *name, *world, *pointer, *words;
};

static const struct bad bads[] = {
    {"an unknown state", SUBSCRIPTION("\"connection\":{\"state\":\"off\"}"),
     "/subscriptions/0/connection/state", "\"running\""},
    {"an unknown organization",
     SUBSCRIPTION("\"connection\":{\"state\":\"bound\",\"organization\":\"x.crm.dynamics.com\"}"),
     "/subscriptions/0/connection/organization", "no organization of the world"},
    {"an unknown column", SUBSCRIPTION("\"connection\":{\"fields\":{\"lead\":[\"nobody\"]}}"),
     "/subscriptions/0/connection/fields/lead", "nobody"},
    {"an unknown entity", SUBSCRIPTION("\"connection\":{\"fields\":{\"thing\":[]}}"),
     "/subscriptions/0/connection/fields/thing", "unknown member"},
    {"an unknown field of a person", SUBSCRIPTION("\"leads\":[{\"email\":\"a@b.c\"},{\"x\":1}]"),
     "/subscriptions/0/leads/1", "Field 'x' not found"},
    {"a value of the wrong type", SUBSCRIPTION("\"companies\":[{\"annualRevenue\":\"x\"}]"),
     "/subscriptions/0/companies/0", "Required of type 'Float'"},
    {"a person that is none", SUBSCRIPTION("\"leads\":[1]"), "/subscriptions/0/leads/0",
     "expected an object"},
    {"people that are no list", SUBSCRIPTION("\"leads\":{}"), "/subscriptions/0/leads",
     "expected an array of objects"},
    {"an unknown type", SUBSCRIPTION("\"fields\":[{\"name\":\"a\",\"dataType\":\"thing\"}]"),
     "/subscriptions/0/fields/0/dataType", "no data type"},
    {"a field that is there", SUBSCRIPTION("\"fields\":[{\"name\":\"EMAIL\"}]"),
     "/subscriptions/0/fields/0/name", "is there already"},
    {"an unknown setting", SUBSCRIPTION("\"settings\":{\"dailyquota\":5}"),
     "/subscriptions/0/settings/dailyquota", "did you mean \"dailyQuota\""},
};

static void is_refused(void **state)
{
    const struct bad *c = *state;
    const struct mocktenant_options options = {.world = c->world, .clock = "virtual"};
    char error[1024] = "";
    struct mocktenant *mock = mocktenant_start(&options, error, sizeof error);

    assert_null(mock);
    if (strstr(error, c->pointer) == NULL || strstr(error, c->words) == NULL) {
        fail_msg("expected \"%s\" at %s, found %s", c->words, c->pointer, error);
    }
}

static const struct mkto_story stories[] = {
    {"ready is connected",
     "ready",
     {{"control", "GET", "/_mock/state/marketo/connection", NULL, "/rows/0/state",
       "'initial_sync'"},
      {"control", "GET", "/_mock/state/marketo/connection", NULL, "/rows/0/notificationEmail",
       "'crm-admin@contoso.com'"},
      {"connector", "GET", "/rest/crm/v1/microsoft/connection.json", NULL,
       "/result/0/solutionVersion", "'5.0.2.1'"},
      {"control", "GET", "/_mock/state/marketo/leads", NULL, "/rows", "[]"},
      {"connector", "GET", "/rest/v1/leads/schema/fields/msftCreatedDate.json", NULL,
       "/result/0/dataType", "'datetime'"}}},
    {"fresh is new and without fields of the CRM",
     "fresh",
     {{"control", "GET", "/_mock/state/marketo/connection", NULL, "/rows/0/state", "'new'"},
      {"connector", "GET", "/rest/v1/leads/schema/fields/msftType.json", NULL, "/errors/0/code",
       "'1006'"},
      {"connector", "GET", "/rest/v1/leads/schema/fields/dynamicsId.json", NULL, "/errors/0/code",
       "'1006'"}}},
    {"custom fields, companies and people",
     SUBSCRIPTION("\"fields\":[{\"name\":\"code\",\"displayName\":\"Code\"}],"
                  "\"companies\":[{\"externalCompanyId\":\"C\",\"company\":\"Contoso\"}],"
                  "\"leads\":[{\"email\":\"a@b.c\",\"code\":\"X\",\"externalCompanyId\":\"C\","
                  "\"msftType\":\"Contact\"}]"),
     {{"connector", "GET",
       "/rest/v1/leads.json?filterType=code&filterValues=x&fields=company,"
       "msftType",
       NULL, "/result", "[{'id':1001,'company':'Contoso','msftType':'Contact'}]"}}},
    {"some columns",
     SUBSCRIPTION("\"connection\":{\"fields\":{\"lead\":[\"firstname\"]}}"),
     {{"connector", "POST", "/rest/crm/v1/microsoft/fields.json", "{'fields':{}}",
       "/result/0/selected", "['firstname']"}}},
};

/* The second subscription of a world has its own people, users and page. */
static void two_subscriptions(void **state)
{
    static const char world[] =
        "{\"version\":1,\"extends\":\"ready\",\"subscriptions\":[{\"munchkin\":\"555-XYZ-001\","
        "\"api_users\":[{\"name\":\"second\",\"clientId\":\"aaaaaaaa-0000-4000-8000-000000000001\","
        "\"clientSecret\":\"s3\",\"connector\":true}],\"leads\":[{\"email\":\"z@b.c\"}]}]}";
    static const char login[] = "/identity/oauth/token?grant_type=client_credentials&client_id="
                                "aaaaaaaa-0000-4000-8000-000000000001&client_secret=s3";
    struct mocktenant *mock = mkto_start(world);
    AUTO(arena) arena = {0};
    struct ask ask = {
        .transport = DIRECT, .method = "GET", .host = "555-xyz-001.mktorest.com", .target = login};
    struct answer answer = tenant_ask(&arena, mock, &ask);

    (void)state;
    ask.headers[0] =
        arena_printf(&arena, "Authorization: Bearer %s", text_at(answer.json, "/access_token"));
    ask.target = "/rest/v1/leads.json?filterType=email&filterValues=z@b.c&fields=email";
    answer = tenant_ask(&arena, mock, &ask);
    assert_string_equal(text_at(answer.json, "/result/0/email"), "z@b.c");
    ask.target = "/rest/crm/v1/microsoft/connection.json";
    assert_string_equal(text_at(tenant_ask(&arena, mock, &ask).json, "/result/0/state"), "new");
    ask.host = "123-abc-456.mktorest.com";
    assert_string_equal(text_at(tenant_ask(&arena, mock, &ask).json, "/errors/0/code"), "601");
    assert_null(json_pointer_get(
        tenant_control(&arena, mock, "GET", "/_mock/state/marketo/leads", NULL, 200), "/rows/0"));
    mocktenant_stop(mock);
}

int main(void)
{
    struct CMUnitTest tests[30];
    size_t count = 0;

    CASES(tests, count, bads, is_refused);
    CASES(tests, count, stories, mkto_tell);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(two_subscriptions);
    return cases_run("load", tests, count);
}
