/* Companies, opportunities, roles and sales persons. */
#include "cases.h"
#include "marketo.h"
#include "shape.h"

#include "base/str.h"

#define COMPANIES "/rest/v1/companies.json"
#define OPPS      "/rest/v1/opportunities.json"
#define ROLES     "/rest/v1/opportunities/roles.json"
#define SALES     "/rest/v1/salespersons.json"
#define LEADS     "/rest/v1/leads.json"

#define WORLD                                                                                      \
    "{\"version\":1,\"extends\":\"fresh\",\"subscriptions\":[{\"munchkin\":\"123-ABC-456\","       \
    "\"companies\":[{\"externalCompanyId\":\"AB-1\",\"company\":\"Contoso\",\"industry\":"         \
    "\"Retail\","                                                                                  \
    "\"annualRevenue\":1000},{\"externalCompanyId\":\"AB-2\",\"company\":\"Twin\"},"               \
    "{\"externalCompanyId\":\"AB-3\",\"company\":\"Twin\"}],"                                      \
    "\"leads\":[{\"email\":\"a@example.com\",\"externalCompanyId\":\"ab-1\"},"                     \
    "{\"email\":\"b@example.com\",\"company\":\"Own\"},"                                           \
    "{\"email\":\"c@example.com\",\"externalCompanyId\":\"ab-1\"}]}]}"

static const struct mkto_story stories[] = {
    {"createOrUpdate by the external id, case ignored",
     WORLD,
     {{"other", "POST", COMPANIES,
       "{'input':[{'externalCompanyId':'ab-1','company':'Contoso Ltd'},"
       "{'externalCompanyId':'AB-9','company':'New'}]}",
       "/result",
       "[{'seq':0,'status':'updated','id':1001},{'seq':1,'status':'created','id':1004}]"},
      {"other", "GET",
       COMPANIES "?filterType=dedupeFields&filterValues=AB-1&fields=company,"
                 "industry,billingCity",
       NULL, "/result",
       "[{'seq':0,'company':'Contoso Ltd','industry':'Retail','billingCity':"
       "null}]"}}},
    {"createOnly and updateOnly",
     WORLD,
     {{"other", "POST", COMPANIES,
       "{'action':'createOnly','input':[{'externalCompanyId':'AB-1'},{'externalCompanyId':'N'}]}",
       "/result",
       "[{'seq':0,'status':'skipped','reasons':[{'code':'1017','message':'Object already "
       "exists'}]},{'seq':1,'status':'created','id':1004}]"},
      {"other", "POST", COMPANIES,
       "{'action':'updateOnly','input':[{'externalCompanyId':'M'},{'externalCompanyId':'N'}]}",
       "/result",
       "[{'seq':0,'status':'skipped','reasons':[{'code':'1013','message':'Record not found'}]},"
       "{'seq':1,'status':'updated','id':1004}]"},
      {"other", "POST", COMPANIES,
       "{'action':'updateOnly','dedupeBy':'idField','input':[{'id':1004,'site':'S'},{'id':9}]}",
       "/result/0", "{'seq':0,'status':'updated','id':1004}"},
      {"other", "POST", COMPANIES,
       "{'action':'createOnly','dedupeBy':'idField','input':[{'id':1}]}", "/errors/0/code",
       "'1003'"},
      {"other", "POST", COMPANIES, "{'dedupeBy':'yoyoto','input':[{'id':1}]}", "/errors/0",
       "{'code':'1003','message':'Invalid dedupeBy \\'yoyoto\\' value'}"}}},
    {"what goes between two pages moves nothing",
     WORLD,
     {{"other", "POST", COMPANIES,
       "{'input':[{'externalCompanyId':'AB-4','company':'twin'},{'externalCompanyId':'AB-5',"
       "'company':'Last'}]}",
       "/success", "true"},
      {"other", "GET", COMPANIES "?filterType=company&filterValues=twin,last&fields=id&batchSize=2",
       NULL, "/result", "[{'seq':0,'id':1002},{'seq':1,'id':1003}]", "/nextPageToken"},
      {"other", "POST", "/rest/v1/companies/delete.json",
       "{'input':[{'externalCompanyId':'AB-2'},{'externalCompanyId':'AB-3'}]}", "/success", "true"},
      {"other", "GET",
       COMPANIES "?filterType=company&filterValues=twin,last&fields=id&nextPageToken=<saved>", NULL,
       "/result", "[{'seq':0,'id':1004},{'seq':1,'id':1005}]"},
      {"other", "GET", COMPANIES "?filterType=id&filterValues=1001,1004,1005&fields=id&batchSize=1",
       NULL, "/result", "[{'seq':0,'id':1001}]", "/nextPageToken"},
      {"other", "GET",
       COMPANIES "?filterType=id&filterValues=1001,1004,1005&fields=id&batchSize=2"
                 "&nextPageToken=<saved>",
       NULL, "/result", "[{'seq':0,'id':1004},{'seq':1,'id':1005}]"},
      {"other", "GET",
       COMPANIES "?filterType=id&filterValues=1001,1004,1005&fields=id&batchSize=2"
                 "&nextPageToken=<saved>",
       NULL, "/nextPageToken", NULL}}},
    {"no second record gets a key",
     WORLD,
     {{"other", "POST", COMPANIES,
       "{'action':'updateOnly','dedupeBy':'idField','input':[{'id':1001,'externalCompanyId':"
       "'ab-2'},{'id':1002,'externalCompanyId':'ab-2'},{'id':1003,'externalCompanyId':'AB-4'}]}",
       "/result",
       "[{'seq':0,'status':'skipped','reasons':[{'code':'1017','message':'Object already "
       "exists'}]},{'seq':1,'status':'updated','id':1002},{'seq':2,'status':'updated',"
       "'id':1003}]"},
      {"other", "GET", COMPANIES "?filterType=dedupeFields&filterValues=AB-2,AB-3,AB-4&fields=id",
       NULL, "/result", "[{'seq':0,'id':1002},{'seq':1,'id':1003}]"}}},
    {"what is wrong with a record",
     WORLD,
     {{"other", "POST", COMPANIES,
       "{'input':[{'company':'x'},{'externalCompanyId':'AB-1','nobody':1},"
       "{'externalCompanyId':'AB-1','annualRevenue':'much'},"
       "{'externalCompanyId':'AB-1','site':'1'},{'externalCompanyId':'ab-1','site':'2'}]}",
       "/result/4/reasons/0", "{'code':'1036','message':'Duplicate object found in input'}"},
      {"other", "POST", COMPANIES, "{'input':[{'company':'x'}]}", "/result/0/reasons/0",
       "{'code':'1002','message':'Missing value for the required parameter "
       "\\'externalCompanyId\\''}"},
      {"other", "POST", COMPANIES, "{'input':[{'externalCompanyId':'x','nobody':1}]}",
       "/result/0/reasons/0/code", "'1006'"},
      {"other", "POST", COMPANIES, "{'input':[{'externalCompanyId':'x','annualRevenue':'y'}]}",
       "/result/0/reasons/0/code", "'1001'"}}},
    {"query by other fields, in pages",
     WORLD,
     {{"other", "GET",
       COMPANIES "?filterType=company&filterValues=twin&fields=externalCompanyId"
                 "&batchSize=1",
       NULL, "/result", "[{'seq':0,'externalCompanyId':'AB-2'}]", "/nextPageToken"},
      {"other", "GET",
       COMPANIES "?filterType=company&filterValues=twin&fields=externalCompanyId"
                 "&batchSize=1&nextPageToken=<saved>",
       NULL, "/result", "[{'seq':0,'externalCompanyId':'AB-3'}]"},
      {"other", "GET", COMPANIES "?filterType=idField&filterValues=1001,1003&fields=id", NULL,
       "/result", "[{'seq':0,'id':1001},{'seq':1,'id':1003}]"},
      {"other", "GET", COMPANIES "?filterType=idField&filterValues=1001&nextPageToken=<saved>",
       NULL, "/errors/0/code", "'1003'"},
      {"other", "POST", COMPANIES "?_method=GET",
       "{'filterType':'dedupeFields','fields':['company'],'input':[{'externalCompanyId':'AB-3'},"
       "{'externalCompanyId':'none'}]}",
       "/result", "[{'seq':0,'company':'Twin'}]"},
      {"other", "GET",
       COMPANIES "?filterType=company&filterValues=twin,TWIN,none,twin"
                 "&fields=externalCompanyId",
       NULL, "/result",
       "[{'seq':0,'externalCompanyId':'AB-2'},{'seq':1,'externalCompanyId':'AB-3'}]"},
      {"other", "GET", COMPANIES "?filterType=id&filterValues=1001,1003,1001&fields=id", NULL,
       "/result", "[{'seq':0,'id':1001},{'seq':1,'id':1003}]"},
      {"other", "POST", COMPANIES "?_method=GET",
       "{'filterType':'dedupeFields','fields':['id'],'input':[{'externalCompanyId':'AB-3'},"
       "{'externalCompanyId':'ab-3'}]}",
       "/result", "[{'seq':0,'id':1003}]"},
      {"other", "GET", COMPANIES "?filterType=industry&filterValues=x", NULL, "/errors/0",
       "{'code':'1003','message':'Invalid filterType \\'industry\\''}"},
      {"other", "GET", COMPANIES, NULL, "/errors/0/message", "'filterType not specified'"},
      {"other", "GET", COMPANIES "?filterType=id&filterValues=9", NULL, "/result", "[]"}}},
    {"whole keys in pages, and a token is for its own filter",
     WORLD,
     {{"other", "POST", COMPANIES "?_method=GET",
       "{'filterType':'dedupeFields','fields':['id'],'batchSize':1,"
       "'input':[{'externalCompanyId':'AB-1'},{'externalCompanyId':'AB-3'}]}",
       "/result", "[{'seq':0,'id':1001}]", "/nextPageToken"},
      {"other", "POST", COMPANIES "?_method=GET",
       "{'filterType':'dedupeFields','fields':['id'],'batchSize':1,'nextPageToken':'<saved>',"
       "'input':[{'externalCompanyId':'AB-1'},{'externalCompanyId':'AB-3'}]}",
       "/result", "[{'seq':0,'id':1003}]"},
      {"other", "POST", COMPANIES "?_method=GET",
       "{'filterType':'dedupeFields','nextPageToken':'<saved>',"
       "'input':[{'externalCompanyId':'AB-2'},{'externalCompanyId':'AB-3'}]}",
       "/errors/0/code", "'1003'"},
      {"other", "POST", COMPANIES "?_method=GET",
       "{'filterType':'dedupeFields','batchSize':0,'input':[{'externalCompanyId':'AB-1'}]}",
       "/errors/0/code", "'1001'"},
      {"other", "GET", COMPANIES "?filterType=company&filterValues=twin&batchSize=1", NULL,
       "/moreResult", "true", "/nextPageToken"},
      {"other", "GET", COMPANIES "?filterType=company&filterValues=contoso&nextPageToken=<saved>",
       NULL, "/errors/0/code", "'1003'"}}},
    {"delete",
     WORLD,
     {{"other", "POST", "/rest/v1/companies/delete.json",
       "{'input':[{'externalCompanyId':'AB-2'},{'externalCompanyId':'AB-2'},"
       "{'externalCompanyId':'AB-1'}]}",
       "/result",
       "[{'seq':0,'status':'deleted','id':1002},{'seq':1,'status':'skipped','reasons':[{'code':"
       "'1013','message':'Record not found'}]},{'seq':2,'status':'skipped','reasons':[{'code':"
       "'1022','message':'Object in use'}]}]"},
      {"other", "POST", "/rest/v1/companies/delete.json",
       "{'deleteBy':'idField','input':[{'id':1003}]}", "/result/0/status", "'deleted'"}}},
    {"people show their company",
     WORLD,
     {{"other", "GET",
       LEADS "?filterType=id&filterValues=1001,1002&fields=company,industry,"
             "annualRevenue,contactCompany",
       NULL, "/result",
       "[{'id':1001,'company':'Contoso','industry':'Retail','annualRevenue':1000,"
       "'contactCompany':1001},{'id':1002,'company':'Own','industry':null,'annualRevenue':null,"
       "'contactCompany':1002}]"},
      {"other", "POST", LEADS,
       "{'input':[{'email':'a@example.com','company':'X'},{'email':'b@example.com','company':'Y'},"
       "{'email':'b@example.com','company':'Z','externalCompanyId':'AB-2'}]}",
       "/result",
       "[{'status':'skipped','reasons':[{'code':'1021','message':'Company update not allowed'}]},"
       "{'id':1002,'status':'updated'},"
       "{'status':'skipped','reasons':[{'code':'1021','message':'Company update not allowed'}]}]"},
      {"other", "POST", LEADS, "{'input':[{'email':'b@example.com','externalCompanyId':'AB-2'}]}",
       "/success", "true"},
      {"other", "GET", "/rest/v1/lead/1002.json?fields=company", NULL, "/result/0/company",
       "'Twin'"},
      {"control", "GET", "/_mock/state/marketo/leads", NULL, "/rows/1/company", "'Twin'"}}},
    {"a company's change is in the log of its people",
     WORLD,
     {{"other", "GET", "/rest/v1/activities/pagingtoken.json?sinceDatetime=2026-01-01", NULL,
       "/success", "true", "/nextPageToken"},
      {"other", "POST", COMPANIES,
       "{'input':[{'externalCompanyId':'AB-1','industry':'Farm',"
       "'company':'Contoso'}]}",
       "/success", "true"},
      {"other", "GET", "/rest/v1/activities.json?activityTypeIds=13&nextPageToken=<saved>", NULL,
       "/result/1/primaryAttributeValue", "'Industry'"},
      {"other", "GET", "/rest/v1/activities.json?activityTypeIds=13&nextPageToken=<saved>", NULL,
       "/result/1/leadId", "1003"},
      {"other", "GET", "/rest/v1/activities.json?activityTypeIds=13&nextPageToken=<saved>", NULL,
       "/result/2", NULL}}},
    {"opportunities and roles",
     WORLD,
     {{"connector", "POST", OPPS,
       "{'input':[{'externalOpportunityId':'O-1'},"
       "{'externalOpportunityId':'O-1','name':'Big',"
       "'amount':'1604.47'}]}",
       "/result/0/reasons/0/code", "'1003'"},
      {"connector", "GET",
       OPPS "?filterType=externalOpportunityId&filterValues=o-1&fields=name,"
            "amount",
       NULL, "/result", "[{'seq':0,'name':'Big','amount':1604.47}]"},
      {"connector", "POST", ROLES,
       "{'input':[{'externalOpportunityId':'O-1','leadId':1001,'role':'Buyer','isPrimary':true},"
       "{'externalOpportunityId':'O-2','leadId':1001,'role':'Buyer'},"
       "{'externalOpportunityId':'O-1','leadId':99,'role':'Buyer'}]}",
       "/result/2/reasons/0/code", "'1004'"},
      {"connector", "POST", ROLES,
       "{'input':[{'externalOpportunityId':'O-2','leadId':1001,'role':'Buyer'}]}",
       "/result/0/reasons/0/code", "'1013'"},
      {"connector", "POST", ROLES,
       "{'input':[{'externalOpportunityId':'O-1','leadId':1001,'role':'Buyer'}]}",
       "/result/0/status", "'updated'"},
      {"connector", "POST", ROLES "?_method=GET",
       "{'filterType':'dedupeFields','fields':['isPrimary'],'input':[{'externalOpportunityId':"
       "'O-1','leadId':1001,'role':'buyer'}]}",
       "/result", "[{'seq':0,'isPrimary':true}]"},
      {"other", "POST", OPPS, "{'input':[{}]}", "/errors/0/code", "'603'"}}},
    {"sales persons",
     WORLD,
     {{"connector", "POST", SALES, "{'input':[{'externalSalesPersonId':'S-1','email':'s@x.com'}]}",
       "/result", "[{'seq':0,'status':'created','id':1001}]"},
      {"connector", "GET", SALES "?filterType=email&filterValues=S@x.com&fields=email", NULL,
       "/result/0/email", "'s@x.com'"},
      {"connector", "POST", "/rest/v1/salespersons/delete.json",
       "{'input':[{'externalSalesPersonId':'S-1'}]}", "/result/0/status", "'deleted'"}}},
    {"a sales person whom somebody has stays",
     WORLD,
     {{"connector", "POST", SALES,
       "{'input':[{'externalSalesPersonId':'S-1'},{'externalSalesPersonId':'S-2'}]}",
       "/result/1/status", "'created'"},
      {"connector", "POST", LEADS,
       "{'input':[{'email':'a@example.com','externalSalesPersonId':'s-1'}]}", "/success", "true"},
      {"connector", "POST", COMPANIES,
       "{'input':[{'externalCompanyId':'AB-1','externalSalesPersonId':'S-2'}]}", "/success",
       "true"},
      {"connector", "POST", "/rest/v1/salespersons/delete.json",
       "{'input':[{'externalSalesPersonId':'S-1'},{'externalSalesPersonId':'S-2'}]}", "/result",
       "[{'seq':0,'status':'skipped','reasons':[{'code':'1022','message':'Object in use'}]},"
       "{'seq':1,'status':'skipped','reasons':[{'code':'1022','message':'Object in use'}]}]"},
      {"connector", "POST", COMPANIES,
       "{'input':[{'externalCompanyId':'AB-1','externalSalesPersonId':null}]}", "/success", "true"},
      {"connector", "POST", "/rest/v1/salespersons/delete.json",
       "{'input':[{'externalSalesPersonId':'S-2'}]}", "/result/0/status", "'deleted'"}}},
    {"an opportunity keeps its name, and its GUID is the service's",
     WORLD,
     {{"connector", "POST", OPPS, "{'input':[{'externalOpportunityId':'O-1','NAME':'Big'}]}",
       "/result/0/status", "'created'", "/result/0/marketoGUID"},
      {"connector", "POST", OPPS,
       "{'input':[{'externalOpportunityId':'O-1','name':null,'amount':7}]}", "/result/0/reasons/0",
       "{'code':'1003','message':'Field \\'name\\' cannot be null'}"},
      {"connector", "GET",
       OPPS "?filterType=dedupeFields&filterValues=O-1&fields=name,"
            "amount",
       NULL, "/result/0", "{'seq':0,'name':'Big','amount':null}"},
      {"connector", "POST", OPPS,
       "{'dedupeBy':'idField','input':[{'marketoGUID':'<saved>','amount':8}]}", "/errors/0",
       "{'code':'1003','message':'Invalid dedupeBy \\'idField\\' value'}"},
      {"connector", "POST", OPPS,
       "{'action':'updateOnly','dedupeBy':'idField','input':[{'marketoGUID':'<saved>',"
       "'amount':8}]}",
       "/result/0/status", "'updated'"},
      {"connector", "POST", OPPS, "{'action':5,'input':[{'externalOpportunityId':'O-1'}]}",
       "/errors/0/code", "'1003'"},
      {"connector", "POST", OPPS, "{'dedupeBy':5,'input':[{'externalOpportunityId':'O-1'}]}",
       "/errors/0/code", "'1003'"}}},
    {"with a connection the CRM owns them",
     "ready",
     {{"other", "POST", COMPANIES, "{'input':[{'externalCompanyId':'x'}]}", "/errors/0",
       "{'code':'1018','message':'CRM Enabled'}"},
      {"other", "POST", "/rest/v1/companies/delete.json", "{'input':[{'externalCompanyId':'x'}]}",
       "/errors/0/code", "'1018'"},
      {"other", "GET", COMPANIES "?filterType=id&filterValues=1", NULL, "/result", "[]"},
      {"other", "GET", "/rest/v1/companies/describe.json", NULL, "/success", "true"},
      {"connector", "POST", COMPANIES, "{'input':[{'externalCompanyId':'x'}]}", "/result/0/status",
       "'created'"}}},
};

static void shapes_fit(void **state)
{
    static const struct {
        const char *method, *target, *body, *fixture, *vary;
    } rows[] = {
        {"POST", COMPANIES, "marketo/companies-sync.request.json", "marketo/companies-sync.json",
         "requestId id"},
        {"GET", COMPANIES "?filterType=externalCompanyId&filterValues=19UYA31581L000000", NULL,
         "marketo/companies.json", "requestId id"},
    };
    struct mocktenant *mock = mkto_start("fresh");
    AUTO(arena) arena = {0};
    cJSON *wanted, *found;
    struct answer answer;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const char *body =
            rows[i].body != NULL ? json_text(&arena, fixture_read(&arena, rows[i].body)) : NULL;

        answer = mkto_ask(&arena, mock, "other", rows[i].method, rows[i].target, body);
        shape_assert(fixture_read(&arena, rows[i].fixture), answer.json, SHAPE_SAME_ORDER,
                     rows[i].vary);
    }
    answer = mkto_ask(&arena, mock, "connector", "POST", OPPS,
                      "{\"input\":[{\"externalOpportunityId\":\"O\",\"name\":\"N\"}]}");
    shape_assert(fixture_read(&arena, "marketo/opportunities-sync.json"), answer.json,
                 SHAPE_SAME_ORDER, "requestId");
    wanted = json_pointer_get(fixture_read(&arena, "marketo/companies-describe.json"), "/result/0");
    found = json_pointer_get(
        mkto_ask(&arena, mock, "other", "GET", "/rest/v1/companies/describe.json", NULL).json,
        "/result/0");
    shape_assert(json_pointer_get(wanted, "/fields/0"), json_pointer_get(found, "/fields/0"),
                 SHAPE_SAME_ORDER, "");
    cJSON_ReplaceItemInObjectCaseSensitive(found, "fields",
                                           cJSON_Duplicate(json_get(wanted, "fields"), true));
    shape_assert(wanted, found, SHAPE_SAME_ORDER, "");
    mocktenant_stop(mock);
}

/* ENT-ACC-04: with 5,000 people a change is logged for each, with one more for nobody. */
static void large_companies_are_not_logged(void **state)
{
    const struct mocktenant_options options = {
        .world = "fresh", .clock = "virtual", .limits = "off"};
    struct mocktenant *mock = tenant_start(&options);
    AUTO(arena) arena = {0};
    AUTO(strbuf) body = STRBUF(0);
    const char *last = NULL;
    cJSON *rows;
    int n = 0;

    (void)state;
    (void)mkto_ask(&arena, mock, "connector", "POST", COMPANIES,
                   "{\"input\":[{\"externalCompanyId\":\"C\"}]}");
    for (int round = 0; round < 2; round++) {
        while (n < 5000 + round) {
            strbuf_clear(&body);
            strbuf_add(&body, "{\"action\":\"createDuplicate\",\"input\":[");
            for (int i = 0; i < (round == 0 ? 250 : 1); i++, n++) {
                strbuf_addf(&body, "%s{\"email\":\"p%d@example.com\",\"externalCompanyId\":\"C\"}",
                            i > 0 ? "," : "", n);
            }
            strbuf_add(&body, "]}");
            (void)mkto_ask(&arena, mock, "connector", "POST", LEADS, strbuf_text(&body));
        }
        (void)mkto_ask(&arena, mock, "connector", "POST", COMPANIES,
                       arena_printf(&arena,
                                    "{\"input\":[{\"externalCompanyId\":\"C\",\"site\":\"%d\"}]}",
                                    round));
        rows =
            json_get(tenant_control(&arena, mock, "GET",
                                    arena_printf(&arena, "/_mock/state/marketo/activities?after=%d",
                                                 70000 + n + (round == 0 ? 4999 : 5000)),
                                    NULL, 200),
                     "rows");
        assert_int_equal(cJSON_GetArraySize(rows), round == 0 ? 1 : 0);
        last = round == 0 ? text_at(rows, "/0/primaryAttributeValue") : last;
    }
    assert_string_equal(last, "Site");
    assert_string_equal(text_at(mkto_ask(&arena, mock, "connector", "GET",
                                         "/rest/v1/lead/1001.json?fields=site", NULL)
                                    .json,
                                "/result/0/site"),
                        "1");
    mocktenant_stop(mock);
}

int main(void)
{
    struct CMUnitTest tests[40];
    size_t count = 0;

    CASES(tests, count, stories, mkto_tell);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(shapes_fit);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(large_companies_are_not_logged);
    return cases_run("objects", tests, count);
}
