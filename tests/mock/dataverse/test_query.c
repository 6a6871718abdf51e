/* Lists: $filter, $orderby, $expand, $count, pages, annotations; and what is refused. */
#include "cases.h"
#include "dynamics.h"

#include <string.h>

#include "base/guid.h"
#include "base/str.h"

#define A1 "a1111111-0000-4000-8000-000000000001"
#define A2 "a1111111-0000-4000-8000-000000000002"
#define C1 "c1111111-0000-4000-8000-000000000001"
#define C2 "c1111111-0000-4000-8000-000000000002"
#define C3 "c1111111-0000-4000-8000-000000000003"
#define C4 "c1111111-0000-4000-8000-000000000004"

/* Four contacts at two accounts. */
static const char four[] =
    "{\"extends\":\"ready\",\"name\":\"four\",\"organizations\":[{\"host\":"
    "\"contoso.crm.dynamics.com\",\"generate\":{\"accounts\":0,\"contacts\":0,\"leads\":0,"
    "\"opportunities\":0},\"records\":{\"accounts\":[{\"accountid\":\"" A1
    "\",\"name\":\"Acme\",\"revenue\":20000,\"numberofemployees\":5},"
    "{\"accountid\":\"" A2 "\",\"name\":\"Beta 100%\",\"revenue\":1234.56789}],\"contacts\":["
    "{\"contactid\":\"" C1 "\",\"firstname\":\"Ann\",\"lastname\":\"Young\",\"emailaddress1\":"
    "\"ann@x.example\",\"birthdate\":\"1980-05-06\",\"creditlimit\":100,\"numberofchildren\":2,"
    "\"parentcustomerid_account@odata.bind\":\"/accounts(" A1 ")\"},"
    "{\"contactid\":\"" C2 "\",\"firstname\":\"Bob\",\"lastname\":\"O'Brien\",\"emailaddress1\":"
    "\"bob@x.example\",\"donotemail\":true,\"creditlimit\":100.5,"
    "\"parentcustomerid_account@odata.bind\":\"/accounts(" A2 ")\"},"
    "{\"contactid\":\"" C3 "\",\"firstname\":\"Cid\",\"lastname\":\"Young\",\"gendercode\":1,"
    "\"parentcustomerid_contact@odata.bind\":\"/contacts(" C1 ")\"},"
    "{\"contactid\":\"" C4 "\",\"lastname\":\"zeta_1\",\"numberofchildren\":0}]}}]}";

static const struct filter_case {
    const char *name, *filter;
    const char *found; /* the last digits of the ids */
} filter_cases[] = {
    {"eq", "lastname eq 'Young'", "1|3"},
    {"case does not count", "lastname eq 'YOUNG'", "1|3"},
    {"an apostrophe", "lastname eq 'O''Brien'", "2"},
    {"ne takes nulls too", "firstname ne 'Ann'", "2|3|4"},
    {"null", "emailaddress1 eq null", "3|4"},
    {"not null", "emailaddress1 ne null", "1|2"},
    {"null first", "null ne emailaddress1", "1|2"},
    {"gt of a number", "numberofchildren gt 0", "1"},
    {"ge of a number", "numberofchildren ge 0", "1|4"},
    {"a number the other way round", "0 lt numberofchildren", "1"},
    {"money", "creditlimit eq 100", "1"},
    {"money with a fraction", "creditlimit gt 100.25", "2"},
    {"finer than it is stored", "creditlimit ge 100.00001", "2"},
    {"a truth value", "donotemail eq true", "2"},
    {"a truth value by itself", "donotemail", "2"},
    {"a choice", "gendercode eq 1", "3"},
    {"a state", "statecode eq 0", "1|2|3|4"},
    {"a date", "birthdate eq 1980-05-06", "1"},
    {"before a date", "birthdate lt 1980-05-07", "1"},
    {"a time", "createdon ge 2026-01-15T09:00:00Z", "1|2|3|4"},
    {"a time with an offset", "createdon le 2026-01-15T10:00:00+01:00", "1|2|3|4"},
    {"between two seconds", "createdon lt 2026-01-15T09:00:00.5Z", "1|2|3|4"},
    {"not between two seconds", "createdon gt 2026-01-15T09:00:00.5Z", ""},
    {"an id", "contactid eq " C3, "3"},
    {"an id in capitals", "contactid eq C1111111-0000-4000-8000-000000000003", "3"},
    {"a lookup", "_parentcustomerid_value eq " A1, "1"},
    {"a lookup's key", "parentcustomerid_account/accountid eq " A1, "1"},
    {"a lookup's other leg", "parentcustomerid_contact/lastname eq 'Young'", "3"},
    {"a column of a lookup", "parentcustomerid_account/name eq 'acme'", "1"},
    {"two steps", "parentcustomerid_contact/parentcustomerid_account/name eq 'Acme'", "3"},
    {"who made it", "createdby/fullname eq 'SYSTEM'", "1|2|3|4"},
    {"contains", "contains(lastname,'oun')", "1|3"},
    {"startswith", "startswith(emailaddress1,'BOB')", "2"},
    {"endswith", "endswith(emailaddress1,'.example')", "1|2"},
    {"a wildcard", "contains(lastname,'eta_1')", "4"},
    {"a wildcard takes any character", "contains(lastname,'_oung')", "1|3"},
    {"contains of null is false", "not contains(firstname,'zzz')", "1|2|3|4"},
    {"and before or", "lastname eq 'Young' and firstname eq 'Ann' or donotemail eq true", "1|2"},
    {"brackets", "lastname eq 'Young' and (firstname eq 'Ann' or donotemail eq true)", "1"},
    {"not", "not (lastname eq 'Young')", "2|4"},
    {"not not", "not not (lastname eq 'Young')", "1|3"},
    {"not of a comparison with null", "not (firstname eq 'Ann')", "2|3|4"},
    {"column to column", "createdon eq modifiedon", "1|2|3|4"},
    {"any", "contact_customer_contacts/any(c:c/lastname eq 'Young')", "1"},
    {"any without a condition", "contact_customer_contacts/any()", "1"},
    {"all", "contact_customer_contacts/all(c:c/firstname eq 'Cid')", "1|2|3|4"},
    {"the outer row inside",
     "contact_customer_contacts/any(c:c/lastname eq 'x' or c/gendercode eq 1)", "1"},
    {"In", "Microsoft.Dynamics.CRM.In(PropertyName='lastname',PropertyValues=[\"young\",\"x\"])",
     "1|3"},
    {"NotIn",
     "Microsoft.Dynamics.CRM.NotIn(PropertyName='numberofchildren',PropertyValues=[\"2\"])", "4"},
    {"Between",
     "Microsoft.Dynamics.CRM.Between(PropertyName='creditlimit',"
     "PropertyValues=[\"100.1\",\"200\"])",
     "2"},
    {"EqualUserId", "Microsoft.Dynamics.CRM.EqualUserId(PropertyName='ownerid')", ""},
    {"NotEqualUserId", "Microsoft.Dynamics.CRM.NotEqualUserId(PropertyName='ownerid')", "1|2|3|4"},
    {"EqualUserId of a value", "Microsoft.Dynamics.CRM.EqualUserId(PropertyName='_ownerid_value')",
     ""},
};

static const char *ids(struct arena *arena, const cJSON *page)
{
    AUTO(strbuf) text = STRBUF(0);
    const cJSON *item;

    cJSON_ArrayForEach(item, json_get(page, "value"))
    {
        const char *id = json_get_text(item, "contactid");

        strbuf_addf(&text, "%s%s", text.len > 0 ? "|" : "", id + strlen(id) - 1);
    }
    return arena_dup(arena, strbuf_text(&text), text.len);
}

static void filters(void **state)
{
    const struct filter_case *c = *state;
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(four);
    const char *token = dynamics_token(&arena, mock, "admin");
    struct answer answer =
        dynamics_ask(&arena, mock, token, "GET",
                     arena_printf(&arena, "contacts?$select=contactid&$filter=%s",
                                  dynamics_encode(&arena, c->filter)),
                     NULL, NULL);

    if (answer.status != 200) {
        fail_msg("%d %s", answer.status, answer.body);
    }
    assert_string_equal(ids(&arena, answer.json), c->found);
    mocktenant_stop(mock);
}

static const struct query_case {
    const char *name, *query;
    const char *found; /* ids in their order; NULL: */
    const char *code, *message;
} query_cases[] = {
    {"by the key", "contacts?$select=lastname", "1|2|3|4", NULL, NULL},
    {"descending", "contacts?$orderby=lastname desc,firstname", "4|1|3|2", NULL, NULL},
    {"nulls first", "contacts?$orderby=firstname", "4|1|2|3", NULL, NULL},
    {"by a column of a lookup", "contacts?$orderby=parentcustomerid_account/name desc", "2|1|3|4",
     NULL, NULL},
    {"blanks in an order", "contacts?$orderby=lastname  desc , firstname asc ", "4|1|3|2", NULL,
     NULL},
    {"$top", "contacts?$top=2&$orderby=contactid desc", "4|3", NULL, NULL},
    {"$top of none", "contacts?$top=0", "", NULL, NULL},
    {"an alias", "contacts?$filter=lastname eq @a&@a='young'", "1|3", NULL, NULL},
    {"an alias that nobody defines", "contacts?$filter=emailaddress1 eq @a", "3|4", NULL, NULL},
    {"a percent sign", "contacts?$filter=parentcustomerid_account/name%20eq%20'Beta%20100%25'", "2",
     NULL, NULL},
    {"below a row", "accounts(" A1 ")/contact_customer_accounts?$select=lastname", "1", NULL, NULL},
    {"below a row with a condition",
     "accounts(" A1 ")/contact_customer_accounts?$filter=lastname eq 'x'", "", NULL, NULL},
    {"no column", "contacts?$filter=nope eq 1", NULL, "0x80060888",
     "Could not find a property named 'nope' on type 'Microsoft.Dynamics.CRM.contact'."},
    {"no column behind a lookup", "contacts?$filter=parentcustomerid_account/nope eq 1", NULL,
     "0x80060888",
     "Could not find a property named 'nope' on type 'Microsoft.Dynamics.CRM.account'."},
    {"a lookup's logical name", "contacts?$filter=parentcustomerid eq " A1, NULL, "0x80060888",
     "parentcustomerid"},
    {"text for a number", "contacts?$filter=numberofchildren eq 'x'", NULL, "0x80060888",
     "A binary operator with incompatible types was detected. Found operand types 'Edm.Int32' and "
     "'Edm.String' for operator kind 'Equal'."},
    {"a number for text", "contacts?$filter=lastname gt 1", NULL, "0x80060888",
     "Found operand types 'Edm.String' and 'Edm.Int32' for operator kind 'GreaterThan'."},
    {"a GUID in quotes", "contacts?$filter=contactid eq '" C1 "'", NULL, "0x80060888", "Edm.Guid"},
    {"an open text", "contacts?$filter=lastname eq 'x", NULL, "0x80060888",
     "There is an unterminated literal at position 12 in 'lastname eq 'x'."},
    {"half a comparison", "contacts?$filter=lastname eq", NULL, "0x80060888",
     "Syntax error at position 11 in 'lastname eq'."},
    {"a bracket too many", "contacts?$filter=(lastname eq 'x'))", NULL, "0x80060888",
     "Syntax error at position 17"},
    {"an unknown function", "contacts?$filter=length(lastname) gt 1", NULL, "0x80060888",
     "An unknown function with name 'length' was found."},
    {"not before a named condition",
     "contacts?$filter=not "
     "Microsoft.Dynamics.CRM.In(PropertyName='lastname',PropertyValues=[\"a\"])",
     NULL, "0x80060888",
     "Not operator along with the Custom Named Condition operators is not allowed"},
    {"a broken list",
     "contacts?$filter=Microsoft.Dynamics.CRM.In(PropertyName='lastname',PropertyValues=["
     "\"a\"\"b\"])",
     NULL, "0x80060888", "Invalid JSON. A comma character ','"},
    {"an order of nothing", "contacts?$orderby=nope", NULL, "0x80060888", "'nope'"},
    {"an order upwards", "contacts?$orderby=lastname up", NULL, "0x80060888", "Syntax error"},
    {"an order in capitals", "contacts?$orderby=lastname DESC", NULL, "0x80060888", "Syntax error"},
    {"an order with two words", "contacts?$orderby=lastname asc desc", NULL, "0x80060888",
     "Syntax error"},
    {"nine columns of an order", "contacts?$orderby=fax,fax,fax,fax,fax,fax,fax,fax,fax", NULL,
     "0x8004430c", "maximum limit"},
    {"$count in capitals", "contacts?$count=TRUE", NULL, "0x80060888",
     "Invalid value 'TRUE' for $count query option found. Valid values are 'true' and 'false'."},
    {"$top in words", "contacts?$top=two", NULL, "0x80060888", "$top"},
    {"$search", "contacts?$search=x", NULL, "0x80060888", "$search"},
    {"$apply", "contacts?$apply=aggregate($count as n)", NULL, "0x80060888", "not implemented"},
    {"an expansion of nothing", "contacts?$expand=nope", NULL, "0x80060888", "'nope'"},
    {"an expansion that does not end", "accounts?$expand=primarycontactid($select=fullname'", NULL,
     "0x80060888", "Term 'primarycontactid($select=fullname'' is not valid in a $select or"},
    {"an expansion with a word behind", "accounts?$expand=primarycontactid now", NULL, "0x80060888",
     "Term 'primarycontactid now' is not valid in a $select or $expand expression."},
    {"an order upwards inside an expansion",
     "accounts?$expand=contact_customer_accounts($orderby=lastname up)", NULL, "0x80060888",
     "Syntax error at position 8 in 'lastname up'."},
    {"references of a collection", "accounts?$expand=contact_customer_accounts/$ref", NULL,
     "0x80060888", "Expand with $ref is only supported on lookup type navigation property."},
    {"an order inside a lookup", "contacts?$expand=owninguser($orderby=fullname)", NULL,
     "0x80060888", "Only $select and $filter clause can be provided"},
    {"a condition of one row", "contacts(" C1 ")?$filter=lastname eq 'x'", NULL, "0x80060888",
     "$filter"},
    {"a token of nobody's", "contacts?$skiptoken=x", NULL, "0x8004112a",
     "Invalid page number in paging cookie."},
};

static void queries(void **state)
{
    const struct query_case *c = *state;
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(four);
    const char *token = dynamics_token(&arena, mock, "admin");
    /* A percent sign there is one of a client's own. */
    const char *target =
        strstr(c->query, "%25") == NULL ? dynamics_encode(&arena, c->query) : c->query;
    struct answer answer;

    answer = dynamics_ask(&arena, mock, token, "GET", target, NULL, NULL);
    if (c->found != NULL) {
        if (answer.status != 200) {
            fail_msg("%d %s", answer.status, answer.body);
        }
        assert_string_equal(ids(&arena, answer.json), c->found);
    } else if (answer.status < 400 || strcmp(dynamics_code(&answer), c->code) != 0 ||
               strstr(dynamics_message(&answer), c->message) == NULL) {
        fail_msg("%d %s", answer.status, answer.body);
    }
    mocktenant_stop(mock);
}

static const struct page_case {
    const char *name, *query;
} page_cases[] = {
    {"by the key", "leads?$select=fullname"},
    {"by a name", "leads?$select=fullname&$orderby=lastname,firstname%20desc"},
    {"by a column with nulls", "leads?$select=fullname&$orderby=mkt_leadscore"},
    {"by one with nulls downwards", "leads?$select=fullname&$orderby=mkt_leadscore%20desc"},
    {"by a time", "leads?$select=fullname&$orderby=createdon"},
    {"by money", "accounts?$select=name&$orderby=revenue%20desc"},
    {"by a double", "leads?$select=fullname&$orderby=address1_latitude"},
    {"with a condition", "leads?$select=fullname&$filter=contains(fullname,'a')&$count=true"},
};

/* All pages together are the whole list, no row twice. */
static void pages(void **state)
{
    const struct page_case *c = *state;
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start("ready");
    const char *token = dynamics_token(&arena, mock, "admin"), *next;
    struct answer whole, page;
    AUTO(strbuf) together = STRBUF(0);
    const char *key = str_starts(c->query, "accounts") ? "accountid" : "leadid";
    int pages_seen = 0;

    /* Some scores, the others null. */
    for (int i = 0; i < 3; i++) {
        page = dynamics_ask(&arena, mock, token, "GET",
                            "leads?$select=leadid&$filter=mkt_leadscore%20eq%20null&$top=20", NULL,
                            NULL);
        for (int k = 0; k < 20; k++) {
            const char *id = text_at(page.json, arena_printf(&arena, "/value/%d/leadid", k));
            struct answer changed = dynamics_ask(
                &arena, mock, token, "PATCH", arena_printf(&arena, "leads(%s)", id), NULL,
                arena_printf(&arena, "{\"mkt_leadscore\":%d,\"address1_latitude\":%.17g}",
                             (k % 3) - 1, (k + 0.1) / 3));

            assert_int_equal(changed.status, 204);
        }
    }
    whole = dynamics_ask(&arena, mock, token, "GET", c->query, NULL, NULL);
    assert_int_equal(whole.status, 200);
    assert_null(json_get(whole.json, "@odata.nextLink"));
    next = c->query;
    while (next != NULL) {
        page = dynamics_ask(
            &arena, mock, token, "GET",
            str_starts(next, "https://") ? next + strlen("https://contoso.crm.dynamics.com") : next,
            "Prefer: odata.maxpagesize=7", NULL);
        assert_int_equal(page.status, 200);
        assert_true(cJSON_GetArraySize(json_get(page.json, "value")) <= 7);
        strbuf_addf(&together, "%s%s", together.len > 0 ? "|" : "",
                    dynamics_values(&arena, page.json, key));
        next = json_get_text(page.json, "@odata.nextLink");
        pages_seen++;
        assert_true(pages_seen < 20);
    }
    assert_string_equal(strbuf_text(&together), dynamics_values(&arena, whole.json, key));
    assert_int_equal(pages_seen, (cJSON_GetArraySize(json_get(whole.json, "value")) + 6) / 7);
    mocktenant_stop(mock);
}

static void expands(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(four);
    const char *token = dynamics_token(&arena, mock, "admin");
    struct answer answer = dynamics_ask(
        &arena, mock, token, "GET",
        "contacts(" C1 ")?$select=lastname&$expand=parentcustomerid_account($select=name;$expand="
        "owninguser($select=fullname)),parentcustomerid_contact($select=lastname),"
        "contact_customer_contacts($select=lastname;$filter=gendercode%20eq%201)",
        NULL, NULL);

    (void)state;
    assert_int_equal(answer.status, 200);
    assert_string_equal(text_at(answer.json, "/parentcustomerid_account/name"), "Acme");
    assert_string_equal(text_at(answer.json, "/parentcustomerid_account/owninguser/fullname"),
                        "SYSTEM");
    assert_true(cJSON_IsNull(json_get(answer.json, "parentcustomerid_contact")));
    assert_string_equal(text_at(answer.json, "/contact_customer_contacts/0/contactid"), C3);
    assert_null(json_pointer_get(answer.json, "/contact_customer_contacts/1"));
    assert_string_equal(
        text_at(answer.json, "/@odata.context"),
        "https://contoso.crm.dynamics.com/api/data/v9.2/$metadata#contacts(lastname,"
        "parentcustomerid_account(name,owninguser(fullname)),parentcustomerid_contact(lastname),"
        "contact_customer_contacts(lastname))/$entity");
    assert_string_equal(text_at(answer.json, "/contact_customer_contacts@odata.nextLink"),
                        "https://contoso.crm.dynamics.com/api/data/v9.2/contacts(" C1
                        ")/contact_customer_contacts?$select=lastname&$filter=gendercode%20eq%201");
    mocktenant_stop(mock);
}

/* A property that stands twice in $expand is there once, with what both ask for. */
static void expands_once(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(four);
    const char *token = dynamics_token(&arena, mock, "admin");
    struct answer answer = dynamics_ask(
        &arena, mock, token, "GET",
        "contacts(" C1 ")?$select=lastname,lastname&$expand=contact_customer_contacts("
        "$select=lastname;$filter=gendercode%20eq%201),contact_customer_contacts("
        "$select=lastname,firstname;$filter=gendercode%20eq%202),parentcustomerid_account,"
        "parentcustomerid_account($select=name;$expand=owninguser($select=fullname)),"
        "parentcustomerid_account($expand=owninguser($select=isdisabled))",
        NULL, NULL);

    (void)state;
    assert_int_equal(answer.status, 200);
    assert_string_equal(text_at(answer.json, "/@odata.context"),
                        "https://contoso.crm.dynamics.com/api/data/v9.2/$metadata#contacts("
                        "lastname,contact_customer_contacts(lastname,firstname),"
                        "parentcustomerid_account(name,owninguser(fullname,isdisabled)))/$entity");
    assert_string_equal(text_at(answer.json, "/contact_customer_contacts/0/contactid"), C3);
    assert_true(cJSON_HasObjectItem(json_pointer_get(answer.json, "/contact_customer_contacts/0"),
                                    "firstname"));
    assert_null(json_pointer_get(answer.json, "/contact_customer_contacts/1"));
    assert_string_equal(text_at(answer.json, "/parentcustomerid_account/name"), "Acme");
    mocktenant_stop(mock);
}

/* Implicit members: the key, the currency of money, the whole of an address. */
static void brings_what_belongs_to_it(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(four);
    const char *token = dynamics_token(&arena, mock, "admin");
    struct answer answer = dynamics_ask(
        &arena, mock, token, "GET", "accounts(" A2 ")?$select=revenue,address1_city", NULL, NULL);

    (void)state;
    assert_non_null(strstr(answer.body, "\"revenue\":1234.5679,\"address1_city\":null,"
                                        "\"_transactioncurrencyid_value\":\""));
    assert_non_null(json_get(answer.json, "address1_composite"));
    assert_string_equal(text_at(answer.json, "/accountid"), A2);
    mocktenant_stop(mock);
}

static void annotates(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(four);
    const char *token = dynamics_token(&arena, mock, "admin");
    struct answer answer =
        dynamics_ask(&arena, mock, token, "GET",
                     "contacts?$select=_parentcustomerid_value,gendercode,birthdate,creditlimit,"
                     "createdon&$count="
                     "true",
                     "Prefer: odata.include-annotations=\"*\",odata.maxpagesize=3", NULL);

    (void)state;
    assert_int_equal(answer.status, 200);
    assert_int_equal(int_at(answer.json, "/@odata.count"), 4);
    assert_int_equal(int_at(answer.json, "/@Microsoft.Dynamics.CRM.totalrecordcount"), 4);
    assert_non_null(
        strstr(answer.body,
               "\"_parentcustomerid_value@OData.Community.Display.V1.FormattedValue\":\"Acme\","
               "\"_parentcustomerid_value@Microsoft.Dynamics.CRM.associatednavigationproperty\":"
               "\"parentcustomerid_account\","
               "\"_parentcustomerid_value@Microsoft.Dynamics.CRM.lookuplogicalname\":\"account\","
               "\"_parentcustomerid_value\":\"" A1 "\""));
    assert_string_equal(
        text_at(answer.json, "/value/0/birthdate@OData.Community.Display.V1.FormattedValue"),
        "5/6/1980");
    assert_string_equal(
        text_at(answer.json, "/value/0/creditlimit@OData.Community.Display.V1.FormattedValue"),
        "$100.00");
    assert_string_equal(
        text_at(answer.json, "/value/0/createdon@OData.Community.Display.V1.FormattedValue"),
        "1/15/2026 9:00 AM");
    assert_string_equal(
        text_at(answer.json, "/value/2/gendercode@OData.Community.Display.V1.FormattedValue"),
        "Male");
    assert_null(json_pointer_get(answer.json,
                                 "/value/0/gendercode@OData.Community.Display.V1.FormattedValue"));
    assert_string_equal(answer_header(&arena, &answer, "preference-applied"),
                        "odata.include-annotations=\"*\"");
    mocktenant_stop(mock);
}

/* The service has a limit of its own, and the database must not meet its one. */
static void bounds_conditions(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(four);
    const char *token = dynamics_token(&arena, mock, "admin");
    AUTO(strbuf) query = STRBUF(0);
    struct answer answer;

    (void)state;
    strbuf_add(&query, "contacts?$filter=statecode%20eq%200");
    for (int i = 1; i < 500; i++) {
        strbuf_add(&query, "%20or%20statecode%20eq%200");
    }
    answer = dynamics_ask(&arena, mock, token, "GET", strbuf_text(&query), NULL, NULL);
    assert_int_equal(answer.status, 200);
    strbuf_add(&query, "%20or%20statecode%20eq%200");
    answer = dynamics_ask(&arena, mock, token, "GET", strbuf_text(&query), NULL, NULL);
    assert_int_equal(answer.status, 400);
    assert_string_equal(dynamics_code(&answer), "0x8004430c");
    strbuf_clear(&query);
    strbuf_add(&query, "contacts?$filter=");
    for (int i = 0; i < 59; i++) {
        strbuf_add(&query, "not%20(");
    }
    strbuf_add(&query, "statecode%20eq%200");
    for (int i = 0; i < 59; i++) {
        strbuf_add(&query, ")");
    }
    answer = dynamics_ask(&arena, mock, token, "GET", strbuf_text(&query), NULL, NULL);
    assert_int_equal(answer.status, 400);
    strbuf_clear(&query);
    strbuf_add(&query, "contacts?$filter=lastname%20eq%20'");
    for (int i = 0; i < 33000; i++) {
        strbuf_add_char(&query, 'a');
    }
    strbuf_add(&query, "'");
    answer = dynamics_ask(&arena, mock, token, "GET", strbuf_text(&query), NULL, NULL);
    assert_int_equal(answer.status, 414);
    mocktenant_stop(mock);
}

/* The order of the ids is the order in which rows were made, whatever their clock says: a page by
 * page reader meets new rows at the end. One whose id a client chose stands where it falls. */
static void new_rows_come_last(void **state)
{
    static const char *const names[] = {"First", "Second", "Third"};
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(
        "{\"version\":1,\"name\":\"t\",\"extends\":\"ready\",\"organizations\":[{\"host\":"
        "\"contoso.crm.dynamics.com\",\"generate\":{\"contacts\":40}}]}");
    const char *token = dynamics_token(&arena, mock, "admin"), *last = "";
    struct answer answer;
    int count;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        answer = dynamics_ask(&arena, mock, token, "POST", "contacts", NULL,
                              arena_printf(&arena, "{\"lastname\":\"%s\"}", names[i]));
        assert_int_equal(answer.status, 204);
    }
    answer = dynamics_ask(
        &arena, mock, token, "POST", "contacts", NULL,
        "{\"lastname\":\"Chosen\",\"contactid\":\"f1111111-2222-4333-8444-555555555555\"}");
    assert_int_equal(answer.status, 204);
    answer = dynamics_ask(&arena, mock, token, "GET",
                          "contacts?$select=lastname&$filter=lastname%20ne%20'Chosen'", NULL, NULL);
    count = cJSON_GetArraySize(json_get(answer.json, "value"));
    assert_true(count > 40);
    for (int i = 0; i < count; i++) {
        const cJSON *row = cJSON_GetArrayItem(json_get(answer.json, "value"), i);
        const char *id = json_get_text(row, "contactid");

        assert_true(guid_valid(id));
        assert_true(strcmp(last, id) < 0);
        last = id;
        if (i >= count - 3) {
            assert_string_equal(json_get_text(row, "lastname"), names[i - count + 3]);
        }
    }
    mocktenant_stop(mock);
}

/* Queries that the database has no room for are refused as too large; others of that kind work. */
static const struct large_case {
    const char *name, *before, *again, *middle, *back, *after; /* `again` and `back` so often: */
    int times, status;
} large_cases[] = {
    {"many nots", "contacts?$filter=", "not ", "lastname eq 'x'", "", "", 50, 200},
    {"nots in brackets", "contacts?$filter=", "not (", "lastname eq 'x'", ")", "", 28, 200},
    {"brackets behind conditions", "contacts?$filter=", "fax eq 'a' or fax eq 'b' and (",
     "lastname eq 'x'", ")", "", 30, 400},
    {"children of children", "contacts?$filter=contact_customer_contacts/any(c:",
     "c/contact_customer_contacts/any(c:", "c/fax eq 'x'", ")", ")", 20, 400},
    {"a long way", "contacts?$filter=", "parentcustomerid_contact/", "fax eq 'x'", "", "", 9, 400},
    {"a long way to an order", "contacts?$orderby=", "parentcustomerid_contact/", "fax", "", "", 9,
     400},
    {"orders on the way", "contacts?$orderby=fax",
     ",parentcustomerid_contact/parentcustomerid_contact/fax", "", "", "", 6, 200},
    {"all columns of many rows",
     "leads?$expand=createdby,modifiedby,owninguser,parentaccountid,"
     "parentcontactid,customerid_account,customerid_contact",
     "", "", "", ",transactioncurrencyid,owningbusinessunit,masterid", 1, 200},
    {"more columns than a row can have",
     "leads?$expand=parentaccountid($expand=primarycontactid,parentaccountid,masterid),"
     "parentcontactid($expand=masterid,parentcustomerid_account,parentcustomerid_contact,"
     "originatingleadid),customerid_account($expand=primarycontactid),customerid_contact($expand="
     "masterid),masterid",
     "", "", "", "", 1, 400},
};

static void is_large(void **state)
{
    const struct large_case *c = *state;
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(four);
    const char *token = dynamics_token(&arena, mock, "admin");
    AUTO(strbuf) query = STRBUF(0);
    struct answer answer;

    strbuf_add(&query, c->before);
    for (int i = 0; i < c->times; i++) {
        strbuf_add(&query, c->again);
    }
    strbuf_add(&query, c->middle);
    for (int i = 0; i < c->times; i++) {
        strbuf_add(&query, c->back);
    }
    strbuf_add(&query, c->after);
    answer = dynamics_ask(&arena, mock, token, "GET", dynamics_encode(&arena, strbuf_text(&query)),
                          "Prefer: odata.include-annotations=\"*\"", NULL);
    if (answer.status != c->status ||
        (c->status != 200 && strcmp(dynamics_code(&answer), "0x8004430c") != 0)) {
        fail_msg("%d %s", answer.status, answer.body);
    }
    mocktenant_stop(mock);
}

/* The address of an expanded collection can be followed, whatever stands in its condition. */
static void expands_to_a_link(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(four);
    const char *token = dynamics_token(&arena, mock, "admin"), *link;
    struct answer answer = dynamics_ask(&arena, mock, token, "PATCH", "contacts(" C1 ")", NULL,
                                        "{\"lastname\":\"x&y;100% #z\"}");

    (void)state;
    assert_int_equal(answer.status, 204);
    answer = dynamics_ask(&arena, mock, token, "GET",
                          "accounts(" A1 ")?$expand=contact_customer_accounts($select=lastname;"
                          "$filter=lastname%20eq%20'x%26y;100%25%20%23z';$orderby=lastname)",
                          NULL, NULL);
    assert_string_equal(text_at(answer.json, "/contact_customer_accounts/0/contactid"), C1);
    link = text_at(answer.json, "/contact_customer_accounts@odata.nextLink");
    assert_null(strpbrk(link, " #;"));
    answer = dynamics_ask(&arena, mock, token, "GET",
                          link + strlen("https://contoso.crm.dynamics.com"), NULL, NULL);
    assert_int_equal(answer.status, 200);
    assert_string_equal(ids(&arena, answer.json), "1");
    mocktenant_stop(mock);
}

static void finds_by_many_to_many(void **state)
{
    static const char roles[] = "systemusers?$select=fullname&$filter=systemuserroles_association/"
                                "any(r:r/name%20eq%20'Marketo%20Sync%20User')";
    static const char users[] = "roles?$select=name&$filter=systemuserroles_association/"
                                "any(u:u/isdisabled%20eq%20false)%20and%20"
                                "name%20eq%20'Marketo%20Sync%20User'";
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start("ready");
    const char *token = dynamics_token(&arena, mock, "admin"), *id;
    struct answer answer = dynamics_ask(&arena, mock, token, "GET", roles, NULL, NULL);
    int count = cJSON_GetArraySize(json_get(answer.json, "value"));

    (void)state;
    assert_int_equal(answer.status, 200);
    assert_in_range(count, 1, 3);
    answer = dynamics_ask(&arena, mock, token, "GET", users, NULL, NULL);
    assert_int_equal(cJSON_GetArraySize(json_get(answer.json, "value")), 1);
    id = text_at(answer.json, "/value/0/roleid");
    /* Links of a body are made with the row. */
    answer = dynamics_ask(&arena, mock, token, "POST", "teams", NULL,
                          arena_printf(&arena,
                                       "{\"name\":\"T\",\"teamroles_association@odata."
                                       "bind\":[\"/roles(%s)\"]}",
                                       id));
    if (answer.status != 204) {
        fail_msg("%d %s", answer.status, answer.body);
    }
    answer = dynamics_ask(&arena, mock, token, "GET",
                          "teams?$select=name&$filter=teamroles_association/any()", NULL, NULL);
    assert_string_equal(dynamics_values(&arena, answer.json, "name"), "T");
    mocktenant_stop(mock);
}

int main(void)
{
    struct CMUnitTest tests[160] = {cmocka_unit_test(expands),
                                    cmocka_unit_test(expands_once),
                                    cmocka_unit_test(brings_what_belongs_to_it),
                                    cmocka_unit_test(annotates),
                                    cmocka_unit_test(new_rows_come_last),
                                    cmocka_unit_test(finds_by_many_to_many),
                                    cmocka_unit_test(expands_to_a_link),
                                    cmocka_unit_test(bounds_conditions)};
    size_t count = CASES_LISTED(tests);

    CASES(tests, count, filter_cases, filters);
    CASES(tests, count, query_cases, queries);
    CASES(tests, count, page_cases, pages);
    CASES(tests, count, large_cases, is_large);
    return cases_run("query", tests, count);
}
