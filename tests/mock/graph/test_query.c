/* Query options: $select, $filter, $top and pages, $count, $orderby. */
#include "azure.h"
#include "cases.h"
#include "shape.h"

#include <string.h>

#include "base/str.h"
#include "base/uri.h"

static const char five[] =
    "{\"extends\":\"ready\",\"tenant\":{\"applications\":[{\"displayName\":\"b it's\"},"
    "{\"displayName\":\"A\",\"redirectUris\":[\"https://a.example\"]},{\"displayName\":\"c\"}]}}";

static struct answer list(struct arena *arena, struct mocktenant *mock, const char *target,
                          const char *level)
{
    const struct ask ask = {
        DIRECT,
        "GET",
        "graph.microsoft.com",
        target,
        {arena_printf(arena, "Authorization: Bearer %s", azure_admin_token(arena, mock)), level},
        NULL,
        0};

    return tenant_ask(arena, mock, &ask);
}

/* The names of a list, joined by "|". */
static const char *names(struct arena *arena, const cJSON *page)
{
    AUTO(strbuf) text = STRBUF(0);
    const cJSON *item;

    cJSON_ArrayForEach(item, json_get(page, "value"))
    {
        strbuf_addf(&text, "%s%s", text.len > 0 ? "|" : "", json_get_text(item, "displayName"));
    }
    return arena_dup(arena, strbuf_text(&text), text.len);
}

static const struct filter_case {
    const char *name, *filter;
    bool advanced;
    const char *names; /* by displayName; or NULL: */
    const char *code, *message;
} filter_cases[] = {
    {"eq", "displayName eq 'c'", false, "c", NULL, NULL},
    {"case does not count", "displayName eq 'a'", false, "A", NULL, NULL},
    {"a doubled quote", "displayName eq 'b it''s'", false, "b it's", NULL, NULL},
    {"appId in capitals", "appId eq '3A09FC2B-E1D1-4EA4-95CF-CA2B19ACEA0A'", false,
     "Marketo Integration", NULL, NULL},
    {"nothing", "appId eq '11111111-2222-3333-4444-555555555555'", false, "", NULL, NULL},
    {"and", "displayName eq 'a' and signInAudience eq 'AzureADMyOrg'", false, "A", NULL, NULL},
    {"or", "displayName eq 'a' or displayName eq 'c'", false, "A|c", NULL, NULL},
    {"and before or", "displayName eq 'a' or displayName eq 'c' and displayName eq 'x'", false, "A",
     NULL, NULL},
    {"brackets", "(displayName eq 'a' or displayName eq 'c') and displayName eq 'c'", false, "c",
     NULL, NULL},
    {"in", "displayName in ('a', 'c')", false, "A|c", NULL, NULL},
    {"startswith", "startswith(displayName,'mark')", false, "Marketo Integration", NULL, NULL},
    {"a percent sign is no wildcard", "startswith(displayName,'%')", false, "", NULL, NULL},
    {"any", "identifierUris/any(x:x eq 'api://x')", false, "", NULL, NULL},
    {"null", "uniqueName eq null", false,
     "A|b it's|c|Contoso Setup Administration|Marketo Integration", NULL, NULL},
    {"ne", "displayName ne 'c'", true, "A|b it's|Contoso Setup Administration|Marketo Integration",
     NULL, NULL},
    {"not", "not startswith(displayName,'c')", true, "A|b it's|Marketo Integration", NULL, NULL},
    {"what has no value differs", "description ne 'x'", true,
     "A|b it's|c|Contoso Setup Administration|Marketo Integration", NULL, NULL},
    {"nor is it equal", "not (description eq 'x')", true,
     "A|b it's|c|Contoso Setup Administration|Marketo Integration", NULL, NULL},
    {"nor does it begin so", "not startswith(description,'x')", true,
     "A|b it's|c|Contoso Setup Administration|Marketo Integration", NULL, NULL},
    {"endswith", "endswith(displayName,'tion')", true,
     "Contoso Setup Administration|Marketo Integration", NULL, NULL},
    {"words in any case", "NOT startsWith(DisplayName,'c') AND displayName ne 'A'", true,
     "b it's|Marketo Integration", NULL, NULL},
    {"an element begins so", "identifierUris/any(x:startswith(x,'API://mark'))", true,
     "Marketo Integration", NULL, NULL},
    {"an element does not begin within", "identifierUris/any(x:startswith(x,'mark'))", false, "",
     NULL, NULL},
    {"how many", "identifierUris/$count eq 2", true, "Marketo Integration", NULL, NULL},
    {"how many not", "identifierUris/$count ne 0 and owners/$count eq 0", true,
     "Marketo Integration", NULL, NULL},
    {"from a date on", "createdDateTime ge 2026-01-15", true,
     "A|b it's|c|Contoso Setup Administration|Marketo Integration", NULL, NULL},
    {"until a time", "createdDateTime lt 2026-01-15T09:00:00Z", true, "", NULL, NULL},
    {"a GUID without quotes", "appId eq 3a09fc2b-e1d1-4ea4-95cf-ca2b19acea0a", false,
     "Marketo Integration", NULL, NULL},
    {"counting is advanced", "identifierUris/$count eq 0", false, NULL, "Request_UnsupportedQuery",
     "Unsupported Query."},
    {"endsWith is advanced", "endsWith(displayName,'c')", false, NULL, "Request_UnsupportedQuery",
     "Unsupported Query."},
    {"dates are advanced", "createdDateTime ge 2026-01-15", false, NULL, "Request_UnsupportedQuery",
     "Unsupported property filter clause operator 'GreaterThanOrEquals'."},
    {"no date", "createdDateTime ge yesterday", true, NULL, "BadRequest", "Invalid filter clause"},
    {"no GUID", "appId eq 12", false, NULL, "BadRequest", "Invalid filter clause"},
    {"no number", "tags/$count eq many", true, NULL, "BadRequest", "Invalid filter clause"},
    {"a lambda of something else", "tags/any(x:y eq 'a')", false, NULL, "BadRequest",
     "Invalid filter clause"},
    {"a lambda's other operator", "tags/any(x:x gt 'a')", false, NULL, "Request_UnsupportedQuery",
     "Complex query on property tags is not supported."},
    {"ne is advanced", "displayName ne 'c'", false, NULL, "Request_UnsupportedQuery",
     "Unsupported property filter clause operator 'NotEqualsMatch'."},
    {"not is advanced", "not (displayName eq 'c')", false, NULL, "Request_UnsupportedQuery",
     "Unsupported property filter clause operator 'Not'."},
    {"an unknown operator", "displayName gt 'c'", false, NULL, "Request_UnsupportedQuery",
     "Unsupported property filter clause operator 'GreaterThan'."},
    {"a property without a filter", "notes eq 'x'", false, NULL, "Request_UnsupportedQuery",
     "Unsupported or invalid query filter clause specified for property 'notes' of resource "
     "'Application'."},
    {"no quotes", "displayName eq c", false, NULL, "BadRequest", "Invalid filter clause"},
    {"an open quote", "displayName eq 'c", false, NULL, "BadRequest", "Invalid filter clause"},
    {"an open bracket", "(displayName eq 'c'", false, NULL, "BadRequest", "Invalid filter clause"},
    {"more than a filter", "displayName eq 'c' displayName", false, NULL, "BadRequest",
     "Invalid filter clause"},
    {"no property", "eq 'c'", false, NULL, "Request_UnsupportedQuery", "Unsupported or invalid"},
    {"empty", "", false, NULL, "BadRequest", "Invalid filter clause"},
    {"SQL stays text", "displayName eq '''; DROP TABLE applications; --'", false, "", NULL, NULL},
};

/* The application of the world has two identifier URIs, the first one with a quote in it. */
static void give_uris(struct arena *arena, struct mocktenant *mock)
{
    struct answer answer =
        azure_graph(arena, mock, azure_admin_token(arena, mock), "PATCH",
                    "/v1.0/applications(appId='3a09fc2b-e1d1-4ea4-95cf-ca2b19acea0a')",
                    "{\"identifierUris\":[\"https://x.example/\\\",\\\"mark\",\"api://marketo\"]}");

    assert_int_equal(answer.status, 204);
}

static void filters(void **state)
{
    const struct filter_case *c = *state;
    AUTO(arena) arena = {0};
    AUTO(strbuf) target = STRBUF(0);
    struct mocktenant *mock = azure_start(five);
    struct answer answer;

    strbuf_add(&target, "/v1.0/applications?$filter=");
    strbuf_uri(&target, c->filter);
    if (c->advanced) {
        strbuf_add(&target, "&$count=true&$orderby=displayName");
    }
    give_uris(&arena, mock);
    answer =
        list(&arena, mock, strbuf_text(&target), c->advanced ? "ConsistencyLevel: eventual" : NULL);
    if (c->names != NULL) {
        const char *found = names(&arena, answer.json);

        assert_int_equal(answer.status, 200);
        if (c->advanced) {
            assert_string_equal(found, c->names);
        } else { /* by object id: any order */
            assert_int_equal(strlen(found), strlen(c->names));
        }
    } else {
        assert_int_equal(answer.status, 400);
        assert_string_equal(text_at(answer.json, "/error/code"), c->code);
        assert_true(str_starts(text_at(answer.json, "/error/message"), c->message));
    }
    mocktenant_stop(mock);
}

static void the_shape_of_a_page(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(NULL);
    struct answer answer =
        list(&arena, mock, "/v1.0/applications?$select=id,appId,displayName&$top=1&$count=true",
             "ConsistencyLevel: eventual");
    cJSON *fixture = fixture_read(&arena, "graph/applications.json");

    (void)state;
    shape_assert(fixture, answer.json, SHAPE_SAME_ORDER, "@odata.nextLink");
    assert_true(str_starts(text_at(answer.json, "/@odata.nextLink"),
                           "https://graph.microsoft.com/v1.0/applications?"));
    mocktenant_stop(mock);
}

/* Following the links brings every object once. */
static void walk(struct mocktenant *mock, const char *options, const char *expected)
{
    AUTO(arena) arena = {0};
    AUTO(strbuf) all = STRBUF(0);
    const char *target = arena_printf(&arena, "/v1.0/applications?$top=2%s", options);
    int pages = 0;

    while (target != NULL && pages < 9) {
        struct answer answer = list(&arena, mock, target, NULL);
        const char *next = json_get_text(answer.json, "@odata.nextLink");

        assert_int_equal(answer.status, 200);
        strbuf_addf(&all, "%s%s", pages++ > 0 ? "|" : "", names(&arena, answer.json));
        target = next != NULL ? next + strlen("https://graph.microsoft.com") : NULL;
    }
    assert_int_equal(pages, 3);
    if (expected != NULL) {
        assert_string_equal(strbuf_text(&all), expected);
    } else {
        assert_int_equal(all.len, strlen("A|b it's|c|Contoso Setup Administration|Marketo "
                                         "Integration"));
    }
}

static void pages(void **state)
{
    struct mocktenant *mock = azure_start(five);

    (void)state;
    walk(mock, "", NULL);
    walk(mock, "&$orderby=displayName",
         "A|b it's|c|Contoso Setup Administration|Marketo Integration");
    walk(mock, "&$orderby=displayName%20desc&$select=displayName",
         "Marketo Integration|Contoso Setup Administration|c|b it's|A");
    mocktenant_stop(mock);
}

static const struct option_case {
    const char *name, *options, *message;
} option_cases[] = {
    {"no such $top", "$top=0",
     "Invalid page size specified: '0'. Must be between 1 and 999 inclusive."},
    {"too much", "$top=1000",
     "Invalid page size specified: '1000'. Must be between 1 and 999 inclusive."},
    {"searching without the header", "$search=\"displayName:a\"",
     "Request with $search query parameter only works through MSGraph with a special request "
     "header: 'ConsistencyLevel: eventual'"},
    {"sorting by what needs the header", "$orderby=createdDateTime",
     "Sorting not supported for current query."},
    {"a token that is none", "$skiptoken=%2A", "Invalid value '*' for the query option"},
    {"a token of another order", "$skiptoken=YQ&$orderby=displayName", "Invalid value 'YQ'"},
    {"an unknown member", "$select=id,colour",
     "Parsing OData Select and Expand failed: Could not find a property named 'colour' on type "
     "'microsoft.graph.application'."},
    {"sorting by something else", "$orderby=tags", "Invalid value 'tags'"},
    {"sorting no way", "$orderby=displayName%20down", "Invalid value 'displayName down'"},
    {"sorting a filtered list", "$orderby=displayName&$filter=displayName%20eq%20'a'",
     "Sorting not supported for current query."},
};

static void options(void **state)
{
    const struct option_case *c = *state;
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(NULL);
    struct answer answer =
        list(&arena, mock, arena_printf(&arena, "/v1.0/applications?%s", c->options), NULL);

    assert_int_equal(answer.status, 400);
    assert_true(str_starts(text_at(answer.json, "/error/message"), c->message));
    mocktenant_stop(mock);
}

static const struct search_case {
    const char *name, *search, *names; /* NULL: refused */
} search_cases[] = {
    {"the beginning of a word", "\"displayName:mark\"", "Marketo Integration"},
    {"of a later one", "\"displayName:ADMIN\"", "Contoso Setup Administration"},
    {"within a word", "\"displayName:rketo\"", ""},
    {"two words", "\"displayName:integ marketo\"", "Marketo Integration"},
    {"or", "\"displayName:mark\" OR \"displayName:setup\"",
     "Contoso Setup Administration|Marketo Integration"},
    {"and before or", "\"displayName:mark\" OR \"displayName:setup\" AND \"displayName:nobody\"",
     "Marketo Integration"},
    {"brackets", "(\"displayName:mark\" OR \"displayName:setup\") AND \"displayName:con\"",
     "Contoso Setup Administration"},
    {"behind an apostrophe", "\"displayName:s\"", "b it's|Contoso Setup Administration"},
    {"a percent sign is no wildcard", "\"displayName:%\"", NULL},
    {"without a property", "\"mark\"", NULL},
    {"by one that is not searched", "\"appId:mark\"", NULL},
    {"without quotes", "displayName:mark", NULL},
    {"an open quote", "\"displayName:mark", NULL},
    {"an open bracket", "(\"displayName:mark\"", NULL},
    {"more than a search", "\"displayName:mark\" x", NULL},
    {"nothing", "", NULL},
};

static void searches(void **state)
{
    const struct search_case *c = *state;
    AUTO(arena) arena = {0};
    AUTO(strbuf) target = STRBUF(0);
    struct mocktenant *mock = azure_start(five);
    struct answer answer;

    strbuf_add(&target, "/v1.0/applications?$count=true&$orderby=displayName&$search=");
    strbuf_uri(&target, c->search);
    answer = list(&arena, mock, strbuf_text(&target), "ConsistencyLevel: eventual");
    if (c->names != NULL) {
        assert_int_equal(answer.status, 200);
        assert_string_equal(names(&arena, answer.json), c->names);
    } else {
        assert_int_equal(answer.status, 400);
        assert_string_equal(text_at(answer.json, "/error/code"), "Request_UnsupportedQuery");
    }
    mocktenant_stop(mock);
}

/* However long: the answer is a refusal, and the next request is answered too. */
static void a_filter_has_an_end(void **state)
{
    static const struct {
        const char *clause;
        int times, status;
    } filters_[] = {
        {"accountEnabled%20eq%20true", 40, 200},   {"accountEnabled%20eq%20true", 41, 400},
        {"accountEnabled%20eq%20true", 2500, 400}, {"description%20eq%20null", 2500, 400},
        {"startswith(displayName,'')", 2500, 400}, {"not(accountEnabled%20eq%20false)", 30, 200}};
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(NULL);

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(filters_); i++) {
        AUTO(strbuf) target = STRBUF(0);
        struct answer answer;

        strbuf_add(&target, "/v1.0/servicePrincipals?$count=true&$filter=");
        for (int n = 0; n < filters_[i].times; n++) {
            strbuf_addf(&target, "%s%s", n > 0 ? "%20and%20" : "", filters_[i].clause);
        }
        answer = list(&arena, mock, strbuf_text(&target), "ConsistencyLevel: eventual");
        assert_int_equal(answer.status, filters_[i].status);
    }
    mocktenant_stop(mock);
}

static void selecting(void **state)
{
    static const struct {
        const char *select;
        int members;         /* 0: all */
        const char *context; /* how its name ends */
    } selections[] = {{"id,id", 1, "#applications(id)"},
                      {"*", 0, "#applications(*)"},
                      {"*,id", 0, "#applications(*,id)"},
                      {",", 0, "#applications"}};
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(NULL);
    struct answer plain = list(&arena, mock, "/v1.0/applications?$top=1", NULL);
    int all = cJSON_GetArraySize(json_get(plain.json, "value")->child);

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(selections); i++) {
        struct answer answer =
            list(&arena, mock,
                 arena_printf(&arena, "/v1.0/applications?$top=1&$select=%s", selections[i].select),
                 NULL);

        assert_int_equal(answer.status, 200);
        assert_int_equal(cJSON_GetArraySize(json_get(answer.json, "value")->child),
                         selections[i].members != 0 ? selections[i].members : all);
        assert_string_equal(strchr(text_at(answer.json, "/@odata.context"), '#'),
                            selections[i].context);
    }
    mocktenant_stop(mock);
}

/* As a segment it needs the header; as an option without it, it is not looked at. */
static void counts(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(five);
    const char *header = "ConsistencyLevel: eventual";
    struct answer answer = list(&arena, mock, "/v1.0/applications/$count", header);

    (void)state;
    assert_int_equal(answer.status, 200);
    assert_string_equal(answer.body, "5");
    assert_string_equal(answer_header(&arena, &answer, "content-type"), "text/plain");
    answer = list(&arena, mock, "/v1.0/applications/$count?$filter=displayName%20ne%20'c'", header);
    assert_string_equal(answer.body, "4");
    answer =
        list(&arena, mock, "/v1.0/servicePrincipals/$count?$search=\"displayName:graph\"", header);
    assert_string_equal(answer.body, "1");
    answer = list(&arena, mock, "/v1.0/users/$count", NULL);
    assert_int_equal(answer.status, 400);
    assert_string_equal(text_at(answer.json, "/error/code"), "Request_BadRequest");
    assert_string_equal(text_at(answer.json, "/error/message"),
                        "$count is not currently supported.");
    answer = list(&arena, mock, "/v1.0/applications?$count=true", NULL);
    assert_int_equal(answer.status, 200);
    assert_null(json_get(answer.json, "@odata.count"));
    mocktenant_stop(mock);
}

/* An element of an array: whole, without regard to case. */
static void any_finds_whole_elements(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(NULL);
    static const struct {
        const char *name;
        int count;
    } names_[] = {{"HTTPS://contoso.crm.dynamics.com", 1},
                  {"https://contoso.crm.dynamics", 0},
                  {"contoso", 0},
                  {"\"", 0}};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(names_); i++) {
        AUTO(strbuf) target = STRBUF(0);
        struct answer answer;

        strbuf_add(&target, "/v1.0/servicePrincipals?$filter=");
        strbuf_uri(&target,
                   arena_printf(&arena, "servicePrincipalNames/any(n:n eq '%s')", names_[i].name));
        answer = list(&arena, mock, strbuf_text(&target), NULL);
        assert_int_equal(cJSON_GetArraySize(json_get(answer.json, "value")), names_[i].count);
    }
    mocktenant_stop(mock);
}

static void one_object_with_select(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(NULL);
    struct answer answer =
        list(&arena, mock,
             "/v1.0/applications/29f8eb1a-d0c0-4df3-84be-b91a08fbd909?$select=appId,%20web", NULL);

    (void)state;
    assert_string_equal(answer.body,
                        "{\"@odata.context\":\"https://graph.microsoft.com/v1.0/$metadata"
                        "#applications(appId,web)/$entity\","
                        "\"appId\":\"3a09fc2b-e1d1-4ea4-95cf-ca2b19acea0a\",\"web\":{"
                        "\"homePageUrl\":null,\"logoutUrl\":null,\"redirectUris\":["
                        "\"https://www.contoso.com\"],\"implicitGrantSettings\":{"
                        "\"enableAccessTokenIssuance\":false,\"enableIdTokenIssuance\":false},"
                        "\"redirectUriSettings\":[]}}");
    mocktenant_stop(mock);
}

int main(void)
{
    struct CMUnitTest tests[96] = {
        cmocka_unit_test(the_shape_of_a_page),
        cmocka_unit_test(pages),
        cmocka_unit_test(a_filter_has_an_end),
        cmocka_unit_test(selecting),
        cmocka_unit_test(one_object_with_select),
        cmocka_unit_test(any_finds_whole_elements),
        cmocka_unit_test(counts),
    };
    size_t count = CASES_LISTED(tests);

    CASES(tests, count, filter_cases, filters);
    CASES(tests, count, option_cases, options);
    CASES(tests, count, search_cases, searches);
    return cases_run("query", tests, count);
}
