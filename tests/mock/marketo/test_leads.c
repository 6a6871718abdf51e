/* People: describe, read, sync, delete, merge, fields. */
#include <string.h>

#include "base/str.h"
#include "base/uri.h"
#include "cases.h"
#include "marketo.h"
#include "shape.h"

#define LEADS  "/rest/v1/leads.json"
#define DELETE "/rest/v1/leads/delete.json"
#define FIELDS "/rest/v1/leads/schema/fields.json"

#define SETTINGS(text)                                                                             \
    "{\"version\":1,\"extends\":\"fresh\",\"subscriptions\":[{\"munchkin\":\"123-ABC-456\"," text  \
    "}]}"
#define PEOPLE                                                                                     \
    SETTINGS("\"leads\":[{\"email\":\"ann@example.com\",\"firstName\":\"Ann\","                    \
             "\"lastName\":\"Lee\"},{\"email\":\"twin@example.com\"},"                             \
             "{\"email\":\"Twin@example.com\"}]")

static const struct mkto_story sync_stories[] = {
    {"createOrUpdate",
     PEOPLE,
     {{"other", "POST", LEADS, "{'input':[{'email':'ANN@example.com ','title':'Boss'}]}", "/result",
       "[{'id':1001,'status':'updated'}]"},
      {"other", "POST", LEADS, "{'input':[{'email':'new@example.com'}]}", "/result",
       "[{'id':1004,'status':'created'}]"},
      {"other", "GET", "/rest/v1/lead/1001.json?fields=email,title,firstName", NULL, "/result/0",
       "{'id':1001,'email':'ANN@example.com ','title':'Boss','firstName':'Ann'}"}}},
    {"createOnly",
     PEOPLE,
     {{"other", "POST", LEADS,
       "{'action':'createOnly','input':[{'email':'ann@example.com'},{'email':'n@example.com'}]}",
       "/result",
       "[{'status':'skipped','reasons':[{'code':'1005','message':'Lead already exists'}]},"
       "{'id':1004,'status':'created'}]"}}},
    {"updateOnly",
     PEOPLE,
     {{"other", "POST", LEADS,
       "{'action':'updateOnly','input':[{'email':'ann@example.com','phone':'1'},"
       "{'email':'n@example.com'}]}",
       "/result",
       "[{'id':1001,'status':'updated'},"
       "{'status':'skipped','reasons':[{'code':'1004','message':'Lead not found'}]}]"}}},
    {"createDuplicate",
     PEOPLE,
     {{"other", "POST", LEADS, "{'action':'createDuplicate','input':[{'email':'ann@example.com'}]}",
       "/result", "[{'id':1004,'status':'created'}]"}}},
    {"several with the value",
     PEOPLE,
     {{"other", "POST", LEADS, "{'input':[{'email':'twin@example.com','phone':'1'}]}",
       "/result/0/reasons/0", "{'code':'1007','message':'Multiple lead match lookup criteria'}"},
      {"other", "GET", "/rest/v1/lead/1002.json?fields=phone", NULL, "/result/0/phone", "null"}}},
    {"two records with one value in one input",
     PEOPLE,
     {{"other", "POST", LEADS, "{'input':[{'email':'d@example.com'},{'email':'d@example.com'}]}",
       "/result", "[{'id':1004,'status':'created'},{'id':1004,'status':'updated'}]"}}},
    {"by id",
     PEOPLE,
     {{"other", "POST", LEADS,
       "{'action':'updateOnly','lookupField':'id','input':[{'id':1001,'city':'Ulm'},{'id':9}]}",
       "/result",
       "[{'id':1001,'status':'updated'},"
       "{'status':'skipped','reasons':[{'code':'1004','message':'Lead not found'}]}]"},
      {"other", "POST", LEADS, "{'lookupField':'id','input':[{'id':1001}]}", "/errors/0/code",
       "'1011'"},
      {"other", "POST", LEADS, "{'lookupField':5,'input':[{'email':'ann@example.com'}]}",
       "/errors/0/code", "'1001'"},
      {"other", "POST", LEADS, "{'input':[{'email':'x@example.com','id':7}]}",
       "/result/0/reasons/0/code", "'1003'"}}},
    {"an unknown field skips its record alone",
     PEOPLE,
     {{"other", "POST", LEADS,
       "{'input':[{'email':'a@example.com','nobody':1},{'email':'b@example.com'}]}", "/result",
       "[{'status':'skipped','reasons':[{'code':'1006','message':'Field \\'nobody\\' not "
       "found'}]},{'id':1004,'status':'created'}]"}}},
    {"a look-up value that is missing",
     PEOPLE,
     {{"other", "POST", LEADS, "{'input':[{'firstName':'x'},{'email':''},{'email':null}]}",
       "/result/2/reasons/0/message", "'Value for lookup field \\'email\\' not found'"},
      {"other", "POST", LEADS, "{'input':[{'firstName':'x'}]}", "/result/0/reasons/0/code",
       "'1003'"}}},
    {"a value of the wrong type",
     PEOPLE,
     {{"other", "POST", LEADS,
       "{'input':[{'email':'a@example.com','numberOfEmployees':'many'},"
       "{'email':'a@example.com','unsubscribed':'maybe'},"
       "{'email':'a@example.com','dateOfBirth':'soon'},"
       "{'email':'a@example.com','annualRevenue':'1e'}]}",
       "/result/3/reasons/0/code", "'1001'"},
      {"other", "POST", LEADS, "{'input':[{'email':'a@example.com','doNotCall':{}}]}",
       "/result/0/reasons/0/code", "'1001'"},
      {"other", "GET", LEADS "?filterType=email&filterValues=a@example.com", NULL, "/result",
       "[]"}}},
    {"numbers are decimal, and dates have four digits of a year",
     PEOPLE,
     {{"other", "POST", LEADS, "{'input':[{'email':'a@example.com','annualRevenue':'0x10'}]}",
       "/result/0/reasons/0",
       "{'code':'1001','message':'Invalid value \\'0x10\\'. Required of type \\'Float\\''}"},
      {"other", "POST", LEADS,
       "{'input':[{'email':'a@example.com','dateOfBirth':'9999-12-31T23:59:59-23:59'}]}",
       "/result/0/reasons/0/code", "'1001'"},
      {"other", "POST", LEADS,
       "{'input':[{'email':'a@example.com','emailSuspendedAt':'0000-01-01T00:00:00+14:00'}]}",
       "/result/0/reasons/0/code", "'1001'"},
      {"other", "GET", LEADS "?filterType=email&filterValues=a@example.com", NULL, "/result", "[]"},
      {"other", "POST", LEADS,
       "{'input':[{'email':'a@example.com','annualRevenue':'-1.5e3','urgency':'+.5'}]}", "/success",
       "true"},
      {"other", "GET",
       LEADS "?filterType=email&filterValues=a@example.com&fields=annualRevenue,"
             "urgency",
       NULL, "/result/0", "{'id':1004,'annualRevenue':-1500,'urgency':0.5}"}}},
    {"an address with other letters",
     PEOPLE,
     {{"other", "POST", LEADS, "{'input':[{'email':'j\xc3\xb6rg@example.com'}]}",
       "/result/0/reasons/0/code", "'1003'"}}},
    {"null and an empty text clear",
     PEOPLE,
     {{"other", "POST", LEADS,
       "{'input':[{'email':'ann@example.com','firstName':null,'lastName':''}]}", "/success",
       "true"},
      {"other", "GET", "/rest/v1/lead/1001.json?fields=firstName,lastName,mktoName", NULL,
       "/result/0", "{'id':1001,'firstName':null,'lastName':null,'mktoName':null}"}}},
    {"values are read as their types",
     PEOPLE,
     {{"other", "POST", LEADS,
       "{'input':[{'email':'v@example.com','numberOfEmployees':'12','annualRevenue':'1604.47',"
       "'urgency':3,'doNotCall':'yes','dateOfBirth':'1980-01-02T00:00:00Z',"
       "'emailSuspendedAt':'2020-05-08T10:13:24+02:00','title':5}]}",
       "/success", "true"},
      {"other", "GET",
       "/rest/v1/lead/1004.json?fields=numberOfEmployees,annualRevenue,urgency,doNotCall,"
       "dateOfBirth,emailSuspendedAt,title",
       NULL, "/result/0",
       "{'id':1004,'numberOfEmployees':12,'annualRevenue':1604.47,'urgency':3,'doNotCall':true,"
       "'dateOfBirth':'1980-01-02','emailSuspendedAt':'2020-05-08T08:13:24Z','title':'5'}"}}},
    {"names without regard to case",
     PEOPLE,
     {{"other", "POST", LEADS,
       "{'lookupField':'EMAIL','input':[{'Email':'ann@example.com',"
       "'FIRSTNAME':'Anna'}]}",
       "/result", "[{'id':1001,'status':'updated'}]"},
      {"other", "GET", "/rest/v1/lead/1001.json?fields=FirstName", NULL, "/result/0",
       "{'id':1001,'firstName':'Anna'}"}}},
    {"of two spellings of a name the last one is looked for and written",
     PEOPLE,
     {{"other", "POST", LEADS,
       "{'input':[{'email':'x@example.com','Email':'ann@example.com','city':'Ulm'}]}", "/result",
       "[{'id':1001,'status':'updated'}]"}}},
    {"read-only fields are ignored",
     PEOPLE,
     {{"other", "POST", LEADS,
       "{'input':[{'email':'ann@example.com','mktoName':'X','createdAt':'2000-01-01'}]}", "/result",
       "[{'id':1001,'status':'updated'}]"},
      {"other", "GET", "/rest/v1/lead/1001.json?fields=mktoName", NULL, "/result/0/mktoName",
       "'Ann Lee'"}}},
    {"read-only fields are refused by setting",
     SETTINGS("\"settings\":{\"readOnlyFields\":\"refuse\"}"),
     {{"other", "POST", LEADS, "{'input':[{'email':'a@example.com','mktoName':'X'}]}",
       "/result/0/reasons/0/code", "'1003'"}}},
    {"quotes, line ends and other letters",
     PEOPLE,
     {{"other", "POST", LEADS,
       "{'input':[{'email':'q@example.com','lastName':'O\\\\\\n\\u0001\xc3\xa9\xf0\x9f\x98\x80'}]}",
       "/success", "true"},
      {"other", "POST", LEADS, "{'input':[{'email':'q@example.com','phone':'1'}]}", "/success",
       "true"},
      {"other", "GET", "/rest/v1/lead/1004.json?fields=lastName,phone", NULL, "/result/0",
       "{'id':1004,'lastName':'O\\\\\\n\\u0001\xc3\xa9\xf0\x9f\x98\x80','phone':'1'}"}}},
};

static const struct mkto_story whole_call_stories[] = {
    {"no input", PEOPLE, {{"other", "POST", LEADS, "{}", "/errors/0/code", "'1003'"}}},
    {"an empty input",
     PEOPLE,
     {{"other", "POST", LEADS, "{'input':[]}", "/errors/0/code", "'1003'"}}},
    {"an unknown action",
     PEOPLE,
     {{"other", "POST", LEADS, "{'action':'x','input':[{}]}", "/errors/0/code", "'1003'"}}},
    {"an unknown look-up field",
     PEOPLE,
     {{"other", "POST", LEADS, "{'lookupField':'x','input':[{}]}", "/errors/0/code", "'1006'"}}},
    {"a field that is no look-up field",
     PEOPLE,
     {{"other", "POST", LEADS, "{'lookupField':'firstName','input':[{}]}", "/errors/0",
       "{'code':'1011','message':'Field \\'firstName\\' not supported'}"}}},
    {"another partition",
     PEOPLE,
     {{"other", "POST", LEADS, "{'partitionName':'EMEA','input':[{'email':'a@example.com'}]}",
       "/result/0/reasons/0/code", "'1008'"}}},
    {"no JSON",
     PEOPLE,
     {{"other", "POST", LEADS, "{'input':[", "/errors/0",
       "{'code':'609','message':'Invalid JSON'}"}}},
    {"another type of content",
     PEOPLE,
     {{"other", "POST", LEADS, "input=1", "/errors/0",
       "{'code':'612','message':'Invalid Content Type'}"}}},
    {"a method that the path does not know",
     PEOPLE,
     {{"other", "POST", "/rest/v1/leads/describe.json", "{}", "/errors/0",
       "{'code':'605','message':'Request method \\'POST\\' not supported'}"}}},
    {"a path that nobody knows",
     PEOPLE,
     {{"other", "GET", "/rest/v1/nothing.json", NULL, "/errors/0/code", "'610'"}}},
    {"a record that is no object",
     PEOPLE,
     {{"other", "POST", LEADS, "{'input':['x']}", "/result/0/reasons/0/code", "'1003'"}}},
};

static const struct mkto_story read_stories[] = {
    {"an unknown id",
     PEOPLE,
     {{"other", "GET", "/rest/v1/lead/9.json", NULL, "/errors/0",
       "{'code':'1004','message':'Lead not found'}"}}},
    {"an unknown id, by setting",
     SETTINGS("\"settings\":{\"unknownLead\":\"empty\"}"),
     {{"other", "GET", "/rest/v1/lead/9.json", NULL, "/result", "[]"}}},
    {"an id that is none",
     PEOPLE,
     {{"other", "GET", "/rest/v1/lead/x.json", NULL, "/errors/0/code", "'1001'"}}},
    {"a field that is none",
     PEOPLE,
     {{"other", "GET", "/rest/v1/lead/1001.json?fields=nobody", NULL, "/errors/0",
       "{'code':'1006','message':'Field \\'nobody\\' not found'}"}}},
    {"fields repeated and with commas",
     PEOPLE,
     {{"other", "GET", "/rest/v1/lead/1001.json?fields=email&fields=firstName%2ClastName", NULL,
       "/result/0", "{'id':1001,'email':'ann@example.com','firstName':'Ann','lastName':'Lee'}"}}},
    {"by filter",
     PEOPLE,
     {{"other", "GET",
       LEADS "?filterType=email&filterValues=ANN@example.com,twin@example.com"
             "&fields=id",
       NULL, "/result", "[{'id':1001},{'id':1002},{'id':1003}]"},
      {"other", "GET", LEADS "?filterType=id&filterValues=1001,7,1003&fields=id", NULL, "/result",
       "[{'id':1001},{'id':1003}]"},
      {"other", "GET", LEADS "?filterType=email&filterValues=nobody@example.com", NULL, "/result",
       "[]"}}},
    {"by filter in a form",
     PEOPLE,
     {{"other", "POST", LEADS,
       "_method=GET&filterType=email&filterValues=ann%40example.com"
       "&fields=firstName",
       "/result", "[{'id':1001,'firstName':'Ann'}]"},
      {"other", "POST", LEADS "?_method=GET",
       "filterType=email&filterValues=ann%40example.com"
       "&fields=firstName",
       "/result/0/firstName", "'Ann'"}}},
    {"in pages",
     PEOPLE,
     {{"other", "GET",
       LEADS "?filterType=email&filterValues=twin@example.com&batchSize=1&fields=id", NULL,
       "/moreResult", "true", "/nextPageToken"},
      {"other", "GET",
       LEADS "?filterType=email&filterValues=twin@example.com&batchSize=1&fields=id"
             "&nextPageToken=<saved>",
       NULL, "/result", "[{'id':1003}]"},
      {"other", "GET",
       LEADS "?filterType=email&filterValues=twin@example.com&nextPageToken=<saved>", NULL,
       "/nextPageToken", NULL},
      {"other", "GET", LEADS "?filterType=email&filterValues=ann@example.com&nextPageToken=<saved>",
       NULL, "/errors/0/code", "'1003'"},
      {"clock", NULL, "P1D"},
      {"other", "GET",
       LEADS "?filterType=email&filterValues=twin@example.com&nextPageToken=<saved>", NULL,
       "/errors/0/code", "'1003'"}}},
    {"no filterType",
     PEOPLE,
     {{"other", "GET", LEADS, NULL, "/errors/0",
       "{'code':'1003','message':'filterType not specified'}"}}},
    {"no filterValues",
     PEOPLE,
     {{"other", "GET", LEADS "?filterType=email&filterValues=", NULL, "/errors/0",
       "{'code':'1003','message':'filterValues not specified'}"}}},
    {"an unknown filterType",
     PEOPLE,
     {{"other", "GET", LEADS "?filterType=brand&filterValues=x", NULL, "/errors/0",
       "{'code':'1003','message':'Invalid filterType \\'brand\\''}"}}},
    {"a field that is no filterType",
     PEOPLE,
     {{"other", "GET", LEADS "?filterType=lastName&filterValues=x", NULL, "/errors/0/code",
       "'1011'"}}},
    {"a batchSize out of range",
     PEOPLE,
     {{"other", "GET", LEADS "?filterType=email&filterValues=x&batchSize=0", NULL, "/errors/0/code",
       "'1001'"},
      {"other", "GET", LEADS "?filterType=email&filterValues=x&batchSize=1000", NULL, "/success",
       "true"}}},
    {"dot segments on the way",
     PEOPLE,
     {{"other", "GET", "/rest/../rest/v1/lead/1001.json?fields=id", NULL, "/result",
       "[{'id':1001}]"}}},
    {"partitions",
     PEOPLE,
     {{"other", "GET", "/rest/v1/leads/partitions.json", NULL, "/result/0/name", "'Default'"}}},
};

static const struct mkto_story other_stories[] = {
    {"delete by body, query and old form",
     PEOPLE,
     {{"other", "POST", DELETE, "{'input':[{'id':1001},{'id':9}]}", "/result",
       "[{'id':1001,'status':'deleted'},{'id':9,'status':'skipped','reasons':[{'code':'1004',"
       "'message':'Lead not found'}]}]"},
      {"other", "POST", DELETE "?id=1002", NULL, "/result/0/status", "'deleted'"},
      {"other", "DELETE", LEADS, "{'input':[{'id':1003}]}", "/result/0/status", "'deleted'"},
      {"other", "POST", LEADS "?_method=DELETE", "{'input':[{'id':1003}]}",
       "/result/0/reasons/0/code", "'1004'"},
      {"other", "GET", "/rest/v1/lead/1001.json", NULL, "/errors/0/code", "'1004'"},
      {"other", "POST", LEADS, "{'input':[{'email':'ann@example.com'}]}", "/result/0",
       "{'id':1004,'status':'created'}"}}},
    {"delete of nothing",
     PEOPLE,
     {{"other", "POST", DELETE, NULL, "/errors/0",
       "{'code':'1003','message':'Lead ids not specified'}"},
      {"other", "POST", DELETE "?id=x", NULL, "/errors/0/code", "'1001'"}}},
    {"merge",
     PEOPLE,
     {{"other", "POST", LEADS,
       "{'action':'updateOnly','lookupField':'id','input':[{'id':1002,"
       "'phone':'5','firstName':'T'}]}",
       "/success", "true"},
      {"other", "POST", "/rest/v1/leads/1001/merge.json?leadIds=1002,1003", NULL, "/result", NULL},
      {"other", "GET", "/rest/v1/lead/1001.json?fields=phone,firstName", NULL, "/result/0",
       "{'id':1001,'phone':'5','firstName':'Ann'}"},
      {"other", "GET", "/rest/v1/lead/1002.json", NULL, "/errors/0/code", "'1004'"},
      {"other", "POST", "/rest/v1/leads/1001/merge.json?leadId=1002", NULL, "/errors/0/code",
       "'1004'"},
      {"other", "POST", "/rest/v1/leads/1001/merge.json", NULL, "/errors/0/code", "'1003'"},
      {"other", "POST", "/rest/v1/leads/1001/merge.json?leadId=1001", NULL, "/errors/0/code",
       "'1004'"}}},
    {"nobody is merged with himself, however the id is written",
     PEOPLE,
     {{"other", "POST", "/rest/v1/leads/1001/merge.json?leadId=01001", NULL, "/errors/0/code",
       "'1004'"},
      {"other", "POST", "/rest/v1/leads/01001/merge.json?leadIds=1002,1001", NULL, "/errors/0/code",
       "'1004'"},
      {"other", "GET", LEADS "?filterType=id&filterValues=1001,1002&fields=id", NULL, "/result",
       "[{'id':1001},{'id':1002}]"}}},
    {"a merge unites the activities",
     PEOPLE,
     {{"other", "GET", "/rest/v1/activities/pagingtoken.json?sinceDatetime=2026-01-01", NULL,
       "/success", "true", "/nextPageToken"},
      {"other", "POST", LEADS,
       "{'action':'updateOnly','lookupField':'id','input':[{'id':1002,'city':'Ulm'}]}", "/success",
       "true"},
      {"other", "POST", "/rest/v1/leads/1001/merge.json?leadId=1002", NULL, "/success", "true"},
      {"other", "GET",
       "/rest/v1/activities.json?activityTypeIds=13&leadIds=1001&nextPageToken=<saved>", NULL,
       "/result/0/primaryAttributeValue", "'City'"},
      {"other", "GET",
       "/rest/v1/activities.json?activityTypeIds=13&leadIds=1002&nextPageToken=<saved>", NULL,
       "/result", NULL}}},
    {"merge in the CRM is none of Dynamics",
     "ready",
     {{"other", "POST", LEADS, "{'input':[{'email':'a@example.com'},{'email':'b@example.com'}]}",
       "/success", "true"},
      {"other", "POST", "/rest/v1/leads/1001/merge.json?leadId=1002&mergeInCRM=true", NULL,
       "/errors/0/code", "'1003'"}}},
    {"a field of the API's own",
     PEOPLE,
     {{"connector", "POST", FIELDS,
       "{'input':[{'name':'dynamicsId','displayName':'Dynamics Id','dataType':'string'}]}",
       "/result", "[{'name':'dynamicsId','status':'created'}]"},
      {"connector", "POST", FIELDS,
       "{'input':[{'name':'dynamicsId','displayName':'X','dataType':'string'},"
       "{'name':'9x','displayName':'Y','dataType':'string'},"
       "{'name':'y','displayName':'First Name','dataType':'string'},"
       "{'name':'z','displayName':'Z','dataType':'text'}]}",
       "/result/3/status", "'skipped'"},
      {"connector", "POST", LEADS,
       "{'lookupField':'dynamicsId','input':[{'dynamicsId':'A-1','email':'a@example.com'}]}",
       "/result/0/status", "'created'"},
      {"connector", "GET", LEADS "?filterType=dynamicsId&filterValues=a-1,b-2&fields=dynamicsId",
       NULL, "/result", "[{'id':1004,'dynamicsId':'A-1'}]"},
      {"connector", "GET", "/rest/v1/leads/schema/fields/dynamicsId.json", NULL,
       "/result/0/isApiCreated", "true"},
      {"connector", "POST", "/rest/v1/leads/schema/fields/dynamicsId.json",
       "{'input':[{'displayName':'Dynamics GUID','isHidden':true}]}", "/result/0/status",
       "'updated'"},
      {"connector", "GET", "/rest/v1/leads/schema/fields/dynamicsId.json", NULL,
       "/result/0/displayName", "'Dynamics GUID'"},
      {"connector", "POST", "/rest/v1/leads/schema/fields/email.json",
       "{'input':[{'displayName':'Mail'}]}", "/errors/0/code", "'1003'"},
      {"other", "GET", FIELDS, NULL, "/errors/0/code", "'603'"},
      {"connector", "GET", FIELDS "?batchSize=5", NULL, "/moreResult", "true", "/nextPageToken"},
      {"connector", "GET", FIELDS "?nextPageToken=<saved>", NULL, "/moreResult", "false"}}},
    {"a field's new label is one, its name and length stay",
     PEOPLE,
     {{"connector", "POST", FIELDS,
       "{'input':[{'name':'mine','displayName':'Mine','dataType':'string'}]}", "/success", "true"},
      {"connector", "POST", "/rest/v1/leads/schema/fields/mine.json",
       "{'input':[{'displayName':''}]}", "/errors/0/code", "'1003'"},
      {"connector", "POST", "/rest/v1/leads/schema/fields/mine.json",
       "{'input':[{'displayName':'a;b'}]}", "/errors/0/code", "'1003'"},
      {"connector", "POST", "/rest/v1/leads/schema/fields/mine.json",
       "{'input':[{'name':'yours'}]}", "/errors/0/code", "'1003'"},
      {"connector", "POST", "/rest/v1/leads/schema/fields/mine.json", "{'input':[{'length':5}]}",
       "/errors/0/code", "'1003'"},
      {"connector", "POST", "/rest/v1/leads/schema/fields/mine.json", "{'input':[5]}",
       "/errors/0/code", "'1003'"},
      {"connector", "POST", "/rest/v1/leads/schema/fields/mine.json",
       "{'input':[{'name':'mine','displayName':'Ours'}]}", "/result/0/status", "'updated'"}}},
    {"a field whose values were there before it was looked up",
     PEOPLE,
     {{"connector", "POST", FIELDS,
       "{'input':[{'name':'code','displayName':'Code','dataType':'string'}]}", "/success", "true"},
      {"connector", "POST", LEADS, "{'input':[{'email':'ann@example.com','code':' Ab '}]}",
       "/success", "true"},
      {"connector", "GET", LEADS "?filterType=code&filterValues=AB&fields=id", NULL, "/result",
       "[{'id':1001}]"},
      {"connector", "POST", LEADS, "{'input':[{'email':'ann@example.com','code':'cd'}]}",
       "/success", "true"},
      {"connector", "GET", LEADS "?filterType=code&filterValues=ab&fields=id", NULL, "/result",
       "[]"},
      {"connector", "GET", LEADS "?filterType=code&filterValues=cd&fields=id", NULL, "/result",
       "[{'id':1001}]"}}},
    {"what belongs to the CRM",
     "ready",
     {{"other", "POST", LEADS,
       "{'input':[{'email':'a@example.com','msftType':'Lead',"
       "'externalCompanyId':'C'}]}",
       "/result/0/status", "'created'"},
      {"other", "GET", "/rest/v1/lead/1001.json?fields=msftType,externalCompanyId", NULL,
       "/result/0", "{'id':1001,'msftType':null,'externalCompanyId':null}"},
      {"connector", "POST", LEADS, "{'input':[{'email':'a@example.com','msftType':'Lead'}]}",
       "/success", "true"},
      {"other", "GET", "/rest/v1/lead/1001.json?fields=msftType", NULL, "/result/0/msftType",
       "'Lead'"},
      {"other", "POST", LEADS, "{'input':[{'email':'b@example.com'}]}", "/success", "true"},
      {"other", "GET", "/rest/v1/lead/1002.json?fields=originalSourceType", NULL,
       "/result/0/originalSourceType", "'Web service API'"}}},
};

/* Bodies and answers have the shapes of the fixtures. */
static void shapes_fit(void **state)
{
    static const struct {
        const char *who, *method, *target, *body, *fixture, *at, *vary;
    } rows[] = {
        {"other", "GET", "/rest/v1/lead/1001.json", NULL, "marketo/lead.json", "", "requestId id"},
        {"other", "GET",
         "/rest/v1/lead/1001.json?fields=email,title,doNotCall,isLead,numberOfEmployees,"
         "dateOfBirth,leadPerson",
         NULL, "marketo/lead-fields.json", "", "requestId id leadPerson"},
        {"other", "GET",
         LEADS "?filterType=email&filterValues=t@example.com&batchSize=1&fields="
               "email",
         NULL, "marketo/leads-page.json", "", "requestId id email nextPageToken"},
        {"other", "GET", "/rest/v1/nothing.json", NULL, "marketo/error.json", "", "requestId"},
        {"other", "POST", DELETE, "{\"input\":[{\"id\":1002},{\"id\":502}]}", "marketo/delete.json",
         "", "requestId id"},
        {"other", "POST", "/rest/v1/leads/1001/merge.json?leadId=1003", NULL, "marketo/merge.json",
         "", "requestId"},
        {"connector", "POST", FIELDS,
         "{\"input\":[{\"displayName\":\"Dynamics Id\",\"name\":\"dynamicsId\","
         "\"dataType\":\"string\"}]}",
         "marketo/schema-create.json", "", "requestId"},
    };
    struct mocktenant *mock = mkto_start(
        SETTINGS("\"leads\":[{\"email\":\"ann@example.com\",\"firstName\":\"Ann\","
                 "\"lastName\":\"Lee\",\"numberOfEmployees\":12,\"dateOfBirth\":\"1980-01-02\"},"
                 "{\"email\":\"t@example.com\"},{\"email\":\"t@example.com\"}]"));
    AUTO(arena) arena = {0};
    struct answer answer;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        answer = mkto_ask(&arena, mock, rows[i].who, rows[i].method, rows[i].target, rows[i].body);
        shape_assert(fixture_read(&arena, rows[i].fixture), answer.json, SHAPE_SAME_ORDER,
                     rows[i].vary);
    }
    answer = mkto_ask(&arena, mock, "connector", "GET",
                      "/rest/v1/leads/schema/fields/dynamicsId.json", NULL);
    shape_assert(json_pointer_get(fixture_read(&arena, "marketo/schema-field.json"), "/result/0"),
                 json_pointer_get(answer.json, "/result/0"), SHAPE_SAME_ORDER, "");
    answer = mkto_ask(&arena, mock, "other", "POST", LEADS,
                      json_text(&arena, fixture_read(&arena, "marketo/sync.request.json")));
    shape_assert(json_pointer_get(fixture_read(&arena, "marketo/sync.json"), "/result/1"),
                 json_pointer_get(answer.json, "/result/1"), SHAPE_SAME_ORDER, "");
    assert_string_equal(answer_header(&arena, &answer, "server"), "nginx");
    assert_string_equal(answer_header(&arena, &answer, "content-type"),
                        "application/json;charset=UTF-8");
    mocktenant_stop(mock);
}

static const cJSON *named(const cJSON *list, const char *pointer, const char *name)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, list)
    {
        if (str_eq(text_at(item, pointer), name)) {
            return item;
        }
    }
    fail_msg("nothing is named %s", name);
    return NULL;
}

static void describe_fits(void **state)
{
    struct mocktenant *mock = mkto_start("ready");
    AUTO(arena) arena = {0};
    const cJSON *list, *item, *msft;
    cJSON *wanted;

    (void)state;
    list =
        json_get(mkto_ask(&arena, mock, "other", "GET", "/rest/v1/leads/describe.json", NULL).json,
                 "result");
    shape_assert(json_pointer_get(fixture_read(&arena, "marketo/describe.json"), "/result/0"),
                 named(list, "/rest/name", "email"), SHAPE_SAME_ORDER, "");
    msft = named(list, "/rest/name", "msftIsDeleted");
    assert_true(cJSON_IsTrue(json_pointer_get(msft, "/rest/readOnly")));
    assert_null(json_get(msft, "length"));
    assert_null(json_get(named(list, "/rest/name", "leadPerson"), "soap"));
    assert_string_equal(text_at(named(list, "/rest/name", "dynamicsId"), "/dataType"), "string");
    item = json_get(
        mkto_ask(&arena, mock, "connector", "GET", "/rest/v1/leads/describe.json", NULL).json,
        "result");
    assert_true(cJSON_IsFalse(
        json_pointer_get(named(item, "/rest/name", "msftIsDeleted"), "/rest/readOnly")));

    item = json_pointer_get(
        mkto_ask(&arena, mock, "other", "GET", "/rest/v1/leads/describe2.json", NULL).json,
        "/result/0");
    wanted = json_clone(&arena, json_pointer_get(fixture_read(&arena, "marketo/describe2.json"),
                                                 "/result/0/fields/0"));
    shape_assert(wanted, named(json_get(item, "fields"), "/name", "email"), SHAPE_SAME_ORDER, "");
    assert_true(cJSON_IsArray(json_pointer_get(item, "/searchableFields/0")));
    assert_true(
        json_get_bool(named(json_get(item, "fields"), "/name", "msftType"), "crmManaged", false));

    mocktenant_stop(mock);
}

/* Two calls at once insert one new key twice, when the world says so and calls take time. */
static void overlapping_upserts(void **state)
{
    static const struct {
        const char *world;
        const char *status;
    } rows[] = {
        {"{\"version\":1,\"extends\":\"fresh\",\"tenant\":{\"settings\":{\"latency\":{\"marketo\":"
         "1000}}},\"subscriptions\":[{\"munchkin\":\"123-ABC-456\",\"settings\":{"
         "\"overlappingUpserts\":true}}]}",
         "created"},
        {"{\"version\":1,\"extends\":\"fresh\",\"tenant\":{\"settings\":{\"latency\":{\"marketo\":"
         "1000}}}}",
         "updated"},
    };
    static const char body[] = "{\"input\":[{\"email\":\"a@example.com\"},"
                               "{\"email\":\"a@example.com\",\"phone\":\"1\"}]}";

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct mocktenant_options options = {
            .world = rows[i].world, .clock = "virtual", .held_by_clock = true};
        struct mocktenant *mock = tenant_start(&options);
        AUTO(arena) arena = {0};
        struct mocktenant_header headers[2] = {{"Authorization", NULL},
                                               {"Content-Type", "application/json"}};
        const struct mocktenant_request request = {.method = "POST",
                                                   .host = "123-abc-456.mktorest.com",
                                                   .target = LEADS,
                                                   .headers = headers,
                                                   .header_count = 2,
                                                   .body = body,
                                                   .body_len = sizeof body - 1};
        struct strbuf answers[2] = {STRBUF(0), STRBUF(0)};
        cJSON *tree = NULL;
        struct err err;

        headers[0].value = arena_printf(&arena, "Bearer %s", mkto_token(&arena, mock, "other"));
        for (int n = 0; n < 2; n++) {
            (void)mocktenant_submit(mock, &request, mkto_take_body, &answers[n]);
        }
        (void)tenant_control(&arena, mock, "PUT", "/_mock/clock", "{\"advance\":\"PT5S\"}", 200);
        assert_true(
            json_parse(&arena, strbuf_text(&answers[1]), answers[1].len, JSON_PLAIN, &tree, &err));
        assert_string_equal(text_at(tree, "/result/0/status"), rows[i].status);
        assert_string_equal(text_at(tree, "/result/1/status"), "updated"); /* its own, it sees */
        strbuf_finish(&answers[0]);
        strbuf_finish(&answers[1]);
        mocktenant_stop(mock);
    }
}

/* 301 records, 301 values, 1001 matches. */
/* The same value four times counts once: the others are not crowded out. */
static void values_count_once(void **state)
{
    static const char filter[] =
        "_method=GET&filterType=email&fields=email&filterValues="
        "many@example.com,MANY@example.com,many@example.com,many@example.com,z@example.com";
    struct mocktenant *mock = mkto_start("fresh");
    AUTO(arena) arena = {0};
    AUTO(strbuf) body = STRBUF(0), form = STRBUF(0);
    struct answer page;

    (void)state;
    strbuf_add(&body, "{\"action\":\"createDuplicate\",\"input\":[");
    for (int i = 0; i < 299; i++) {
        strbuf_add(&body, "{\"email\":\"many@example.com\"},");
    }
    strbuf_add(&body, "{\"email\":\"many@example.com\"}]}");
    mkto_ask(&arena, mock, "other", "POST", LEADS, strbuf_text(&body));
    mkto_ask(&arena, mock, "other", "POST", LEADS, "{\"input\":[{\"email\":\"z@example.com\"}]}");
    page = mkto_ask(&arena, mock, "other", "POST", LEADS, filter);
    assert_string_equal(text_at(page.json, "/result/299/email"), "many@example.com");
    strbuf_add(&form, filter);
    strbuf_form_param(&form, "nextPageToken", text_at(page.json, "/nextPageToken"));
    page = mkto_ask(&arena, mock, "other", "POST", LEADS, strbuf_text(&form));
    assert_string_equal(text_at(page.json, "/result/0/email"), "z@example.com");
    mocktenant_stop(mock);
}

static void counts_are_limited(void **state)
{
    struct mocktenant *mock = mkto_start("fresh");
    AUTO(arena) arena = {0};
    AUTO(strbuf) body = STRBUF(0), form = STRBUF(0);
    static const char filter[] = "_method=GET&filterType=email&filterValues=same@example.com";

    (void)state;
    for (int round = 0; round < 5; round++) {
        int most = round < 3 ? 300 : round == 3 ? 100 : 1; /* 1000 in four, then one more */

        strbuf_clear(&body);
        strbuf_add(&body, "{\"action\":\"createDuplicate\",\"input\":[");
        for (int i = 0; i < most; i++) {
            strbuf_addf(&body, "%s{\"email\":\"same@example.com\"}", i > 0 ? "," : "");
        }
        strbuf_add(&body, "]}");
        assert_true(
            json_get_bool(mkto_ask(&arena, mock, "other", "POST", LEADS, strbuf_text(&body)).json,
                          "success", false));
        assert_string_equal(text_at(mkto_ask(&arena, mock, "other", "POST", LEADS, filter).json,
                                    "/errors/0/message"),
                            round < 4 ? "" : "Too many results match the filter");
    }
    for (int i = 0; i < 301; i++) {
        strbuf_addf(&form, "%s%d@x", i == 0 ? "_method=GET&filterType=email&filterValues=" : ",",
                    i);
    }
    assert_string_equal(
        text_at(mkto_ask(&arena, mock, "other", "POST", LEADS, strbuf_text(&form)).json,
                "/errors/0/code"),
        "1003");
    strbuf_clear(&body);
    strbuf_add(&body, "{\"input\":[");
    for (int i = 0; i < 301; i++) {
        strbuf_addf(&body, "%s{}", i > 0 ? "," : "");
    }
    strbuf_add(&body, "]}");
    assert_string_equal(
        text_at(mkto_ask(&arena, mock, "other", "POST", LEADS, strbuf_text(&body)).json,
                "/errors/0/code"),
        "1003");
    mocktenant_stop(mock);
}

int main(void)
{
    struct CMUnitTest tests[80];
    size_t count = 0;

    CASES(tests, count, sync_stories, mkto_tell);
    CASES(tests, count, whole_call_stories, mkto_tell);
    CASES(tests, count, read_stories, mkto_tell);
    CASES(tests, count, other_stories, mkto_tell);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(shapes_fit);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(describe_fits);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(overlapping_upserts);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(values_count_once);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(counts_are_limited);
    return cases_run("leads", tests, count);
}
