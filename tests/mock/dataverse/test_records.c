/* Rows one by one: create, read, change, delete, conditions, bindings, refusals. */
#include "cases.h"
#include "dynamics.h"

#include <string.h>

#include "base/str.h"

#define ONE "11111111-2222-4333-8444-555555555555"

/* A world with little in it. */
static const char small[] =
    "{\"extends\":\"ready\",\"name\":\"small\",\"organizations\":[{\"host\":"
    "\"contoso.crm.dynamics.com\",\"generate\":{\"accounts\":0,\"contacts\":0,\"leads\":0,"
    "\"opportunities\":0},\"records\":{\"accounts\":[{\"accountid\":\"" ONE
    "\",\"name\":\"Acme\"}],"
    "\"leads\":[{\"leadid\":\"" ONE "\",\"subject\":\"S\",\"lastname\":\"L\",\"revenue\":20000,"
    "\"donotemail\":true,\"estimatedclosedate\":\"2026-02-03\"}]}}]}";

static void creates_and_reads(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(small);
    const char *token = dynamics_token(&arena, mock, "admin"), *id;
    struct answer made, row;

    (void)state;
    made =
        dynamics_ask(&arena, mock, token, "POST", "leads", NULL,
                     "{\"subject\":\"Müller\",\"firstname\":\"Ada\",\"lastname\":\"Byron\","
                     "\"revenue\":12.34567,\"parentaccountid@odata.bind\":\"/accounts(" ONE ")\"}");
    assert_int_equal(made.status, 204);
    assert_int_equal(made.body_len, 0);
    id = dynamics_made(&arena, &made);
    assert_string_equal(answer_header(&arena, &made, "location"),
                        answer_header(&arena, &made, "odata-entityid"));
    assert_string_equal(answer_header(&arena, &made, "odata-version"), "4.0");
    row =
        dynamics_ask(&arena, mock, token, "GET", arena_printf(&arena, "leads(%s)", id), NULL, NULL);
    assert_int_equal(row.status, 200);
    assert_string_equal(text_at(row.json, "/fullname"), "Ada Byron");
    assert_string_equal(text_at(row.json, "/subject"), "Müller");
    assert_string_equal(text_at(row.json, "/_parentaccountid_value"), ONE);
    assert_non_null(strstr(row.body, "\"revenue\":12.3457,\"revenue_base\":12.3457,"));
    assert_int_equal(int_at(row.json, "/statecode"), 0);
    assert_int_equal(int_at(row.json, "/statuscode"), 1);
    assert_true(cJSON_IsFalse(json_get(row.json, "donotemail")));
    assert_true(cJSON_IsTrue(json_get(row.json, "followemail")));
    assert_string_equal(text_at(row.json, "/createdon"), "2026-01-15T09:00:00Z");
    assert_string_equal(text_at(row.json, "/_createdby_value"),
                        text_at(row.json, "/_ownerid_value"));
    assert_string_equal(answer_header(&arena, &row, "etag"), text_at(row.json, "/@odata.etag"));
    mocktenant_stop(mock);
}

static const struct refusal {
    const char *name, *method, *target, *header, *body;
    int status;
    const char *code, *message; /* a part of it */
} refusals[] = {
    {"an unknown set", "GET", "leadz", NULL, NULL, 404, "0x80060888",
     "Resource not found for the segment 'leadz'."},
    {"a set in capitals", "GET", "Leads", NULL, NULL, 404, "0x80060888", "'Leads'"},
    {"an unknown column", "GET", "leads?$select=nope", NULL, NULL, 400, "0x80060888",
     "Could not find a property named 'nope' on type 'Microsoft.Dynamics.CRM.lead'."},
    {"a virtual companion", "GET", "leads?$select=owneridtype", NULL, NULL, 400, "0x80060888",
     "'owneridtype'"},
    {"no such row", "GET", "leads(22222222-2222-4333-8444-555555555555)", NULL, NULL, 404,
     "0x80040217", "lead With Id = 22222222-2222-4333-8444-555555555555 Does Not Exist"},
    {"a broken key", "GET", "leads(1)", NULL, NULL, 400, "0x80060888", "Error in query syntax."},
    {"no such alternate key", "GET", "leads(emailaddress1='a@b')", NULL, NULL, 400, "0x80060890",
     "not a defined key for the lead entity"},
    {"an unknown property", "POST", "leads", NULL, "{\"nope\":1}", 400, "0x80048d19",
     "The property 'nope' does not exist on type 'Microsoft.Dynamics.CRM.lead'."},
    {"a lookup's value", "POST", "leads", NULL, "{\"_parentaccountid_value\":\"" ONE "\"}", 400,
     "0x80048d19", "CRM do not support direct update of Entity Reference properties"},
    {"an undeclared binding", "POST", "leads", NULL, "{\"nope@odata.bind\":\"/accounts(" ONE ")\"}",
     400, "0x80048d19", "An undeclared property 'nope' which only has property annotations"},
    {"the logical name of a customer", "POST", "leads", NULL,
     "{\"customerid@odata.bind\":\"/accounts(" ONE ")\"}", 400, "0x80048d19",
     "An undeclared property 'customerid'"},
    {"a binding to nothing", "POST", "leads", NULL,
     "{\"parentaccountid@odata.bind\":\"/accounts(22222222-2222-4333-8444-555555555555)\"}", 404,
     "0x80040217", "account With Id = 22222222-2222-4333-8444-555555555555 Does Not Exist"},
    {"a binding to another table", "POST", "leads", NULL,
     "{\"parentaccountid@odata.bind\":\"/leads(" ONE ")\"}", 400, "0x80048d19",
     "A node of this type cannot be converted"},
    {"a malformed binding", "POST", "leads", NULL, "{\"parentaccountid@odata.bind\":\"accounts\"}",
     400, "0x80060888", "ODataUnrecognizedPathException"},
    {"a text that is too long", "POST", "leads", NULL,
     "{\"mobilephone\":\"123456789012345678901\"}", 400, "0x80044331",
     "A validation error occurred.  The length of the 'mobilephone' attribute of the 'lead' entity "
     "exceeded the maximum allowed length of '20'."},
    {"twenty letters of two bytes are short enough, twenty-one are not", "POST", "leads", NULL,
     "{\"mobilephone\":\"äääääääääääääääääääää\"}", 400, "0x80044331", "'20'"},
    {"a choice out of range", "POST", "leads", NULL, "{\"leadsourcecode\":99}", 400, "0x8004431a",
     "The value 99 of 'leadsourcecode' on record of type 'lead' is outside the valid range. "
     "Accepted Values: 1,2,3,4,5,6,7,8,9,10"},
    {"a number out of range", "POST", "leads", NULL, "{\"numberofemployees\":-1}", 400,
     "0x8004432f", "numberofemployees"},
    {"money out of range", "POST", "leads", NULL, "{\"revenue\":-1}", 400, "0x80044330", "revenue"},
    {"text for a number", "POST", "leads", NULL, "{\"numberofemployees\":\"1\"}", 400, "0x80048d19",
     "Edm.Int32"},
    {"text for money", "POST", "leads", NULL, "{\"revenue\":\"1\"}", 400, "0x80048d19",
     "Cannot convert a value to target type 'Edm.Decimal' because of conflict between input format "
     "string/number and parameter 'IEEE754Compatible' false/true."},
    {"a time for a date", "POST", "leads", NULL,
     "{\"estimatedclosedate\":\"2026-02-03T00:00:00Z\"}", 400, "0x80048d19",
     "to the expected type 'Edm.Date'."},
    {"a time without its zone", "POST", "leads", NULL,
     "{\"schedulefollowup_qualify\":\"2026-02-03T00:00:00\"}", 400, "0x80048d19",
     "Edm.DateTimeOffset"},
    {"a date before 1753", "POST", "leads", NULL, "{\"estimatedclosedate\":\"1752-12-31\"}", 400,
     "0x80040239", "outside the supported range"},
    {"no JSON", "POST", "leads", NULL, "{\"a\":", 400, "0x80048d19", "Microsoft.OData."},
    {"an array", "POST", "leads", NULL, "[]", 400, "0x80048d19", "StartObject"},
    {"a member twice", "POST", "leads", NULL, "{\"subject\":\"a\",\"subject\":\"b\"}", 400,
     "0x80048d19", "twice"},
    {"an id that is taken", "POST", "leads", NULL, "{\"leadid\":\"" ONE "\"}", 412, "0x80040237",
     "A record with matching key values already exists."},
    {"a status of another state", "PATCH", "leads(" ONE ")", NULL,
     "{\"statecode\":1,\"statuscode\":1}", 400, "0x80048408",
     "1 is not a valid status code for state code Qualified.1 on lead with Id " ONE "."},
    {"If-Match without a row", "PATCH", "leads(22222222-2222-4333-8444-555555555555)",
     "If-Match: *", "{}", 404, "0x80040217", "Does Not Exist"},
    {"If-None-Match on a row", "PATCH", "leads(" ONE ")", "If-None-Match: *", "{}", 412,
     "0x80040237", "A record with matching key values already exists."},
    {"an old version", "PATCH", "leads(" ONE ")", "If-Match: W/\"1\"", "{}", 412, "0x80060882",
     "The version of the existing record doesn't match the RowVersion property provided."},
    {"an old version of a deletion", "DELETE", "leads(" ONE ")", "If-Match: W/\"1\"", NULL, 412,
     "0x80060882", "RowVersion"},
    {"a version where it does not count", "DELETE", "roles(4b168d88-dc87-4a77-93c2-bc35b36a2d42)",
     "If-Match: W/\"1\"", NULL, 400, "0x8006088d",
     "Optimistic concurrency isn't enabled for entity type role."},
    {"a deletion of nothing", "DELETE", "leads(22222222-2222-4333-8444-555555555555)", NULL, NULL,
     404, "0x80040217", "Does Not Exist"},
    {"a whole row by PUT", "PUT", "leads(" ONE ")", NULL, "{}", 405, "0x80060888", "PUT"},
    {"new money without a currency", "PATCH", "leads(" ONE ")", NULL,
     "{\"transactioncurrencyid@odata.bind\":null,\"revenue\":null,\"budgetamount\":1}", 400,
     "0x80048cfb", "The currency cannot be null."},
    {"money without a currency", "PATCH", "leads(" ONE ")", NULL,
     "{\"transactioncurrencyid@odata.bind\":null}", 400, "0x80048cfb",
     "The currency cannot be null."},
    {"a table of the platform's own", "POST", "importjobs", NULL, "{}", 400, "0x80040800",
     "importjob"},
    {"a campaign without its name", "POST", "campaigns", NULL, "{}", 400, "0x80040200", "name"},
    {"a child that is no object", "POST", "accounts", NULL,
     "{\"name\":\"A\",\"lead_parent_account\":[5]}", 400, "0x80048d19", "StartObject"},
    {"a child that is null", "POST", "accounts", NULL,
     "{\"name\":\"A\",\"lead_parent_account\":[null]}", 400, "0x80048d19", "StartObject"},
    {"a list of bindings with a number in it", "POST", "accounts", NULL,
     "{\"name\":\"A\",\"lead_parent_account@odata.bind\":[5]}", 400, "0x80048d19",
     "PrimitiveValue"},
    {"a row that could not be shown", "POST", "leads?$select=nope", "Prefer: return=representation",
     "{\"subject\":\"a\"}", 400, "0x80060888", "'nope'"},
    {"an option that a row does not take", "POST", "leads?$top=1", "Prefer: return=representation",
     "{\"subject\":\"a\"}", 400, "0x80060888", "$top"},
    {"an upsert that could not be shown", "PATCH",
     "leads(22222222-2222-4333-8444-555555555555)?$select=nope", "Prefer: return=representation",
     "{\"subject\":\"a\"}", 400, "0x80060888", "'nope'"},
    {"after the last day", "POST", "leads", NULL,
     "{\"schedulefollowup_qualify\":\"9999-12-31T23:59:59-01:00\"}", 400, "0x80040239",
     "outside the supported range"},
    {"a binding that ends too early", "POST", "leads", NULL,
     "{\"parentaccountid@odata.bind\":\"https://x/api/data/v9.\"}", 400, "0x80060888",
     "ODataUnrecognizedPathException"},
    {"a reference that is not there", "DELETE",
     "accounts(" ONE ")/lead_parent_account(22222222-2222-4333-8444-555555555555)/$ref", NULL, NULL,
     404, "0x80040217", "Does Not Exist"},
    {"a reference of somebody else", "DELETE",
     "accounts(" ONE ")/lead_parent_account(" ONE ")/$ref", NULL, NULL, 404, "0x80040217",
     "lead With Id = " ONE " Does Not Exist"},
    {"what is of a later storey", "GET", "leads?fetchXml=%3Cfetch%2F%3E", NULL, NULL, 501,
     "0x80060888", "fetchXml"},
    {"$skip", "GET", "leads?$skip=1", NULL, NULL, 400, "0x80060888", "$skip"},
    {"a broken escape", "GET", "leads(%zz)", NULL, NULL, 400, "0x80060888", ""},
};

static void refuses(void **state)
{
    const struct refusal *c = *state;
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(small);
    const char *token = dynamics_token(&arena, mock, "admin");
    struct answer answer =
                      dynamics_ask(&arena, mock, token, c->method, c->target, c->header, c->body),
                  count;

    if (answer.status != c->status || strcmp(dynamics_code(&answer), c->code) != 0 ||
        strstr(dynamics_message(&answer), c->message) == NULL) {
        fail_msg("%d %s", answer.status, answer.body);
    }
    assert_string_equal(answer_header(&arena, &answer, "content-type"),
                        "application/json; odata.metadata=minimal");
    /* Nothing was written. */
    count = dynamics_ask(&arena, mock, token, "GET", "leads/$count", NULL, NULL);
    assert_string_equal(count.body, "\xef\xbb\xbf"
                                    "1");
    mocktenant_stop(mock);
}

static const struct change {
    const char *name, *method, *target, *header, *body;
    int status;
    const char *member, *value; /* of the lead, afterwards; NULL value: null */
} changes[] = {
    {"a column", "PATCH", "leads(" ONE ")", NULL, "{\"subject\":\"T\"}", 204, "subject", "\"T\""},
    {"a key in capitals", "PATCH", "leads(11111111-2222-4333-8444-555555555555)", NULL,
     "{\"subject\":\"T\"}", 204, "subject", "\"T\""},
    {"a key by its name", "PATCH", "leads(leadid=" ONE ")", NULL, "{\"subject\":\"T\"}", 204,
     "subject", "\"T\""},
    {"an empty text is null", "PATCH", "leads(" ONE ")", NULL, "{\"subject\":\"\"}", 204, "subject",
     "null"},
    {"a single property", "PUT", "leads(" ONE ")/subject", NULL, "{\"value\":\"U\"}", 204,
     "subject", "\"U\""},
    {"a property goes", "DELETE", "leads(" ONE ")/subject", NULL, NULL, 204, "subject", "null"},
    {"a name is put together", "PATCH", "leads(" ONE ")", NULL, "{\"firstname\":\"F\"}", 204,
     "fullname", "\"F L\""},
    {"an address too", "PATCH", "leads(" ONE ")", NULL,
     "{\"address1_line1\":\"1 A\",\"address1_city\":\"B\",\"address1_postalcode\":\"C\"}", 204,
     "address1_composite", "\"1 A\\r\\nB C\""},
    {"a state brings its status", "PATCH", "leads(" ONE ")", NULL, "{\"statecode\":2}", 204,
     "statuscode", "4"},
    {"what cannot be written is ignored", "PATCH", "leads(" ONE ")", NULL,
     "{\"createdon\":\"2020-01-01T00:00:00Z\",\"fullname\":\"x\",\"versionnumber\":1}", 204,
     "fullname", "\"L\""},
    {"the end of the last day", "PATCH", "leads(" ONE ")", NULL,
     "{\"schedulefollowup_qualify\":\"9999-12-31T23:59:59.9Z\"}", 204, "schedulefollowup_qualify",
     "\"9999-12-31T23:59:59Z\""},
    {"annotations are ignored", "PATCH", "leads(" ONE ")", NULL,
     "{\"@odata.type\":\"x\",\"subject@OData.Community.Display.V1.FormattedValue\":\"y\","
     "\"subject\":\"V\"}",
     204, "subject", "\"V\""},
    {"an offset becomes UTC", "PATCH", "leads(" ONE ")", NULL,
     "{\"schedulefollowup_qualify\":\"2026-02-03T01:00:00.75+02:00\"}", 204,
     "schedulefollowup_qualify", "\"2026-02-02T23:00:00Z\""},
    {"a binding", "PATCH", "leads(" ONE ")", NULL,
     "{\"parentaccountid@odata.bind\":\"accounts(" ONE ")\"}", 204, "_parentaccountid_value",
     "\"" ONE "\""},
    {"by a whole address", "PATCH", "leads(" ONE ")", NULL,
     "{\"parentaccountid@odata.bind\":\"https://contoso.crm.dynamics.com/api/data/v9.1/"
     "accounts(" ONE ")\"}",
     204, "_parentaccountid_value", "\"" ONE "\""},
    {"by one with a single slash", "PATCH", "leads(" ONE ")", NULL,
     "{\"parentaccountid@odata.bind\":\"https:/x/api/data/v9.2/accounts(" ONE ")\"}", 204,
     "_parentaccountid_value", "\"" ONE "\""},
    {"a leg of a customer", "PATCH", "leads(" ONE ")", NULL,
     "{\"customerid_account@odata.bind\":\"/accounts(" ONE ")\"}", 204, "_customerid_value",
     "\"" ONE "\""},
    {"a reference", "PUT", "leads(" ONE ")/parentaccountid/$ref", NULL,
     "{\"@odata.id\":\"https://contoso.crm.dynamics.com/api/data/v9.2/accounts(" ONE ")\"}", 204,
     "_parentaccountid_value", "\"" ONE "\""},
    {"a reference from the other side", "POST", "accounts(" ONE ")/lead_parent_account/$ref", NULL,
     "{\"@odata.id\":\"leads(" ONE ")\"}", 204, "_parentaccountid_value", "\"" ONE "\""},
    {"a version that fits", "PATCH", "leads(" ONE ")", "If-Match: *", "{\"subject\":\"W\"}", 204,
     "subject", "\"W\""},
    {"If-None-Match: null is no condition", "PATCH", "leads(" ONE ")", "If-None-Match: null",
     "{\"subject\":\"X\"}", 204, "subject", "\"X\""},
    {"representation", "PATCH", "leads(" ONE ")?$select=subject", "Prefer: return=representation",
     "{\"subject\":\"Y\"}", 200, "subject", "\"Y\""},
    {"in an older version", "PATCH", "/api/data/v9.0/leads(" ONE ")", NULL, "{\"subject\":\"Z\"}",
     204, "subject", "\"Z\""},
};

static void changes_a_row(void **state)
{
    const struct change *c = *state;
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(small);
    const char *token = dynamics_token(&arena, mock, "admin");
    struct answer before = dynamics_ask(&arena, mock, token, "GET", "leads(" ONE ")", NULL, NULL);
    struct answer answer =
                      dynamics_ask(&arena, mock, token, c->method, c->target, c->header, c->body),
                  after;

    if (answer.status != c->status) {
        fail_msg("%d %s", answer.status, answer.body);
    }
    after = dynamics_ask(&arena, mock, token, "GET", "leads(" ONE ")", NULL, NULL);
    assert_string_equal(json_text(&arena, json_get(after.json, c->member)), c->value);
    assert_true(int_at(after.json, "/versionnumber") > int_at(before.json, "/versionnumber"));
    mocktenant_stop(mock);
}

static void upserts(void **state)
{
    static const char row[] = "leads(33333333-2222-4333-8444-555555555555)?$select=subject";
    static const char want[] = "Prefer: return=representation";
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(small);
    const char *token = dynamics_token(&arena, mock, "admin");
    struct answer first =
        dynamics_ask(&arena, mock, token, "PATCH", row, want, "{\"subject\":\"a\"}");
    struct answer second =
        dynamics_ask(&arena, mock, token, "PATCH", row, want, "{\"subject\":\"b\"}");

    (void)state;
    assert_int_equal(first.status, 201);
    assert_int_equal(second.status, 200);
    assert_string_equal(text_at(second.json, "/leadid"), "33333333-2222-4333-8444-555555555555");
    assert_string_equal(text_at(second.json, "/@odata.context"),
                        "https://contoso.crm.dynamics.com/api/data/v9.2/$metadata#leads(subject)/"
                        "$entity");
    assert_string_equal(answer_header(&arena, &second, "preference-applied"),
                        "return=representation");
    mocktenant_stop(mock);
}

static void reads_conditionally(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(small);
    const char *token = dynamics_token(&arena, mock, "admin"), *etag;
    struct answer answer = dynamics_ask(&arena, mock, token, "GET", "leads(" ONE ")", NULL, NULL);

    (void)state;
    etag = arena_printf(&arena, "If-None-Match: %s", text_at(answer.json, "/@odata.etag"));
    answer = dynamics_ask(&arena, mock, token, "GET", "leads(" ONE ")", etag, NULL);
    assert_int_equal(answer.status, 304);
    assert_int_equal(answer.body_len, 0);
    answer = dynamics_ask(&arena, mock, token, "GET", "leads(" ONE ")?$expand=ownerid", etag, NULL);
    assert_int_equal(answer.status, 200);
    answer =
        dynamics_ask(&arena, mock, token, "GET", "leads(" ONE ")", "If-None-Match: W/\"1\"", NULL);
    assert_int_equal(answer.status, 200);
    etag = arena_printf(&arena, "If-Match: %s", text_at(answer.json, "/@odata.etag"));
    answer = dynamics_ask(&arena, mock, token, "DELETE", "leads(" ONE ")", etag, NULL);
    assert_int_equal(answer.status, 204);
    answer = dynamics_ask(&arena, mock, token, "GET", "leads(" ONE ")", NULL, NULL);
    assert_int_equal(answer.status, 404);
    mocktenant_stop(mock);
}

static const struct part_case {
    const char *name, *target;
    int status;
    const char *body; /* the whole of it, or with `pointer` the value there */
    const char *pointer;
} part_cases[] = {
    {"a property", "leads(" ONE ")/subject", 200, "S", "/value"},
    {"its context", "leads(" ONE ")/subject", 200,
     "https://contoso.crm.dynamics.com/api/data/v9.2/$metadata#leads(" ONE ")/subject",
     "/@odata.context"},
    {"its raw value", "leads(" ONE ")/subject/$value", 200, "S", NULL},
    {"the raw value of a truth value", "leads(" ONE ")/donotemail/$value", 200, "true", NULL},
    {"of money", "leads(" ONE ")/revenue/$value", 200, "20000.0000", NULL},
    {"of a decimal", "leads(" ONE ")/exchangerate/$value", 200, "1.000000000000", NULL},
    {"of a choice", "leads(" ONE ")/statecode/$value", 200, "0", NULL},
    {"of a date", "leads(" ONE ")/estimatedclosedate/$value", 200, "2026-02-03", NULL},
    {"a raw value that is null", "leads(" ONE ")/firstname/$value", 204, "", NULL},
    {"a property that is null", "leads(" ONE ")/firstname", 204, "", NULL},
    {"an empty lookup", "leads(" ONE ")/parentaccountid", 204, "", NULL},
    {"a related row", "leads(" ONE ")/owninguser?$select=fullname", 200, "SYSTEM", "/fullname"},
    {"a reference", "leads(" ONE ")/transactioncurrencyid/$ref", 200,
     "https://contoso.crm.dynamics.com/api/data/v9.2/$metadata#$ref", "/@odata.context"},
    {"references of a collection", "accounts(" ONE ")/contact_customer_accounts/$ref", 200,
     "https://contoso.crm.dynamics.com/api/data/v9.2/$metadata#Collection($ref)",
     "/@odata.context"},
    {"a collection's count", "accounts(" ONE ")/lead_parent_account/$count", 200,
     "\xef\xbb\xbf"
     "0",
     NULL},
    {"a property that is not there", "leads(" ONE ")/nope", 404, "0x80060888", "/error/code"},
    {"below a row that is not there", "leads(22222222-2222-4333-8444-555555555555)/subject", 404,
     "0x80040217", "/error/code"},
};

static void shows_parts(void **state)
{
    const struct part_case *c = *state;
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(small);
    const char *token = dynamics_token(&arena, mock, "admin");
    struct answer answer = dynamics_ask(&arena, mock, token, "GET", c->target, NULL, NULL);

    assert_int_equal(answer.status, c->status);
    assert_string_equal(c->pointer != NULL ? text_at(answer.json, c->pointer) : answer.body,
                        c->body);
    mocktenant_stop(mock);
}

/* All or nothing. */
static void inserts_deeply(void **state)
{
    static const char good[] =
        "{\"name\":\"Deep\",\"primarycontactid\":{\"lastname\":\"P\"},"
        "\"contact_customer_accounts\":[{\"lastname\":\"A\"},{\"lastname\":\"B\"}]}";
    static const char bad[] = "{\"name\":\"Deep2\",\"primarycontactid\":{\"lastname\":\"P\"},"
                              "\"contact_customer_accounts\":[{\"nope\":1}]}";
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(small);
    const char *token = dynamics_token(&arena, mock, "admin"), *id;
    struct answer answer = dynamics_ask(&arena, mock, token, "POST", "accounts", NULL, good);

    (void)state;
    assert_int_equal(answer.status, 204);
    id = dynamics_made(&arena, &answer);
    answer = dynamics_ask(&arena, mock, token, "GET",
                          arena_printf(&arena,
                                       "accounts(%s)/contact_customer_accounts?$select=lastname&"
                                       "$orderby=lastname",
                                       id),
                          NULL, NULL);
    assert_string_equal(dynamics_values(&arena, answer.json, "lastname"), "A|B");
    answer = dynamics_ask(&arena, mock, token, "GET",
                          arena_printf(&arena, "accounts(%s)/primarycontactid", id), NULL, NULL);
    assert_string_equal(text_at(answer.json, "/lastname"), "P");
    answer = dynamics_ask(&arena, mock, token, "POST", "accounts", NULL, bad);
    assert_int_equal(answer.status, 400);
    answer = dynamics_ask(&arena, mock, token, "GET", "contacts/$count", NULL, NULL);
    assert_string_equal(answer.body, "\xef\xbb\xbf"
                                     "3");
    mocktenant_stop(mock);
}

/* Without money a row needs no currency; the next money brings the caller's. */
static void goes_without_currency(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(small);
    const char *token = dynamics_token(&arena, mock, "admin"), *currency;
    struct answer row = dynamics_ask(&arena, mock, token, "GET", "leads(" ONE ")", NULL, NULL);

    (void)state;
    currency = text_at(row.json, "/_transactioncurrencyid_value");
    assert_int_equal(dynamics_ask(&arena, mock, token, "PATCH", "leads(" ONE ")", NULL,
                                  "{\"transactioncurrencyid\":null,\"revenue\":null}")
                         .status,
                     204);
    row = dynamics_ask(&arena, mock, token, "GET", "leads(" ONE ")", NULL, NULL);
    assert_true(cJSON_IsNull(json_get(row.json, "_transactioncurrencyid_value")));
    assert_true(cJSON_IsNull(json_get(row.json, "exchangerate")));
    assert_int_equal(
        dynamics_ask(&arena, mock, token, "PATCH", "leads(" ONE ")", NULL, "{\"revenue\":5}")
            .status,
        204);
    row = dynamics_ask(&arena, mock, token, "GET", "leads(" ONE ")", NULL, NULL);
    assert_string_equal(text_at(row.json, "/_transactioncurrencyid_value"), currency);
    assert_non_null(strstr(row.body, "\"revenue_base\":5.0000,"));
    mocktenant_stop(mock);
}

/* What is only read stays, whatever form a body gives it. */
static void keeps_who_made_it(void **state)
{
    static const char body[] = "{\"createdby\":null,\"owningbusinessunit\":null}";
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(small);
    const char *token = dynamics_token(&arena, mock, "admin");
    struct answer before = dynamics_ask(&arena, mock, token, "GET", "leads(" ONE ")", NULL, NULL);
    struct answer answer = dynamics_ask(&arena, mock, token, "PATCH", "leads(" ONE ")", NULL, body);
    struct answer after = dynamics_ask(&arena, mock, token, "GET", "leads(" ONE ")", NULL, NULL);

    (void)state;
    assert_int_equal(answer.status, 204);
    assert_string_equal(text_at(after.json, "/_createdby_value"),
                        text_at(before.json, "/_createdby_value"));
    assert_string_equal(text_at(after.json, "/_owningbusinessunit_value"),
                        text_at(before.json, "/_owningbusinessunit_value"));
    mocktenant_stop(mock);
}

/* Only the account that a lead is filed under can take it out; another leg of a customer stays. */
static void unlinks_its_own(void **state)
{
    static const char other[] = "leads(" ONE ")/customerid_contact/$ref";
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(small);
    const char *token = dynamics_token(&arena, mock, "admin"), *id;
    struct answer answer =
        dynamics_ask(&arena, mock, token, "PATCH", "leads(" ONE ")", NULL,
                     "{\"parentaccountid@odata.bind\":\"/accounts(" ONE ")\","
                     "\"customerid_account@odata.bind\":\"/accounts(" ONE ")\"}");

    (void)state;
    assert_int_equal(answer.status, 204);
    answer = dynamics_ask(&arena, mock, token, "POST", "accounts", NULL, "{\"name\":\"B\"}");
    id = dynamics_made(&arena, &answer);
    answer = dynamics_ask(
        &arena, mock, token, "DELETE",
        arena_printf(&arena, "accounts(%s)/lead_parent_account(" ONE ")/$ref", id), NULL, NULL);
    assert_int_equal(answer.status, 404);
    assert_int_equal(dynamics_ask(&arena, mock, token, "DELETE", other, NULL, NULL).status, 204);
    answer = dynamics_ask(&arena, mock, token, "GET", "leads(" ONE ")", NULL, NULL);
    assert_string_equal(text_at(answer.json, "/_parentaccountid_value"), ONE);
    assert_string_equal(text_at(answer.json, "/_customerid_value"), ONE);
    answer = dynamics_ask(&arena, mock, token, "DELETE",
                          "accounts(" ONE ")/lead_parent_account(" ONE ")/$ref", NULL, NULL);
    assert_int_equal(answer.status, 204);
    answer = dynamics_ask(&arena, mock, token, "GET", "leads(" ONE ")", NULL, NULL);
    assert_true(cJSON_IsNull(json_get(answer.json, "_parentaccountid_value")));
    mocktenant_stop(mock);
}

/* An account takes its contacts along and leaves leads without a parent. */
static void deletes_what_hangs_on_it(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(small);
    const char *token = dynamics_token(&arena, mock, "admin");
    struct answer answer;

    (void)state;
    answer = dynamics_ask(
        &arena, mock, token, "POST", "contacts", NULL,
        "{\"lastname\":\"C\",\"parentcustomerid_account@odata.bind\":\"/accounts(" ONE ")\"}");
    assert_int_equal(answer.status, 204);
    answer = dynamics_ask(&arena, mock, token, "PATCH", "leads(" ONE ")", NULL,
                          "{\"parentaccountid@odata.bind\":\"/accounts(" ONE ")\"}");
    assert_int_equal(answer.status, 204);
    answer = dynamics_ask(&arena, mock, token, "DELETE", "accounts(" ONE ")", NULL, NULL);
    assert_int_equal(answer.status, 204);
    answer = dynamics_ask(&arena, mock, token, "GET", "contacts/$count", NULL, NULL);
    assert_string_equal(answer.body, "\xef\xbb\xbf"
                                     "0");
    answer = dynamics_ask(&arena, mock, token, "GET", "leads(" ONE ")", NULL, NULL);
    assert_true(cJSON_IsNull(json_get(answer.json, "_parentaccountid_value")));
    mocktenant_stop(mock);
}

int main(void)
{
    struct CMUnitTest tests[128] = {
        cmocka_unit_test(creates_and_reads),     cmocka_unit_test(upserts),
        cmocka_unit_test(reads_conditionally),   cmocka_unit_test(inserts_deeply),
        cmocka_unit_test(unlinks_its_own),       cmocka_unit_test(keeps_who_made_it),
        cmocka_unit_test(goes_without_currency), cmocka_unit_test(deletes_what_hangs_on_it)};
    size_t count = CASES_LISTED(tests);

    CASES(tests, count, refusals, refuses);
    CASES(tests, count, changes, changes_a_row);
    CASES(tests, count, part_cases, shows_parts);
    return cases_run("records", tests, count);
}
