/* What was edited in Marketo, as its log tells. */
#include "cases.h"

#include <string.h>

#include "marketo/activities.h"
#include "support/files.h"

static void read_answer(struct arena *arena, const char *text, struct sync_marketo_answer *ret)
{
    struct err err;
    cJSON *root;

    assert_true(json_parse(arena, text, strlen(text), JSON_PLAIN, &root, &err));
    *ret = (struct sync_marketo_answer){.root = root,
                                        .result = json_get(root, "result"),
                                        .next = json_get_text(root, "nextPageToken"),
                                        .more = json_get_bool(root, "moreResult", false)};
}

static void reads_changes(void **state)
{
    AUTO(arena) arena = {0};
    size_t len;
    struct sync_marketo_answer answer;
    struct sync_activities page;
    struct sync_problem problem;

    (void)state;
    read_answer(&arena, test_fixture(&arena, "marketo/leadchanges.json", &len), &answer);
    assert_true(sync_activities_read(&arena, &answer, &page, &problem));
    assert_int_equal(page.count, 1);
    assert_false(page.more);
    assert_string_equal(page.items[0].guid, "70312");
    assert_int_equal(page.items[0].person, 501);
    assert_true(page.items[0].at_ms == 1611655331000);
    assert_int_equal(page.items[0].count, 1);
    assert_string_equal(page.items[0].edits[0].field, "firstName");
    assert_string_equal(page.items[0].edits[0].value, "Ann");
}

/* A new person has no fields; an emptied field is null; a page may have a successor. */
static void reads_other_activities(void **state)
{
    static const char text[] =
        "{\"nextPageToken\":\"T\",\"moreResult\":true,\"result\":["
        "{\"marketoGUID\":\"1\",\"leadId\":502,\"activityDate\":\"2021-01-26T10:02:12Z\"},"
        "{\"marketoGUID\":\"2\",\"leadId\":501,\"activityDate\":\"2021-01-26T10:02:13Z\","
        "\"fields\":[{\"name\":\"fax\",\"newValue\":null},{\"name\":\"a\",\"newValue\":7}]}]}";
    AUTO(arena) arena = {0};
    struct sync_marketo_answer answer;
    struct sync_activities page;
    struct sync_problem problem;

    (void)state;
    read_answer(&arena, text, &answer);
    assert_true(sync_activities_read(&arena, &answer, &page, &problem));
    assert_true(page.more);
    assert_int_equal(page.items[0].count, 0);
    assert_int_equal(page.items[1].count, 2);
    assert_null(page.items[1].edits[0].value);
    assert_string_equal(page.items[1].edits[1].value, "7");
}

static void reads_an_empty_page(void **state)
{
    AUTO(arena) arena = {0};
    size_t len;
    struct sync_marketo_answer answer;
    struct sync_activities page;
    struct sync_problem problem;

    (void)state;
    read_answer(&arena, test_fixture(&arena, "marketo/activities-empty.json", &len), &answer);
    assert_true(sync_activities_read(&arena, &answer, &page, &problem));
    assert_int_equal(page.count, 0);
    assert_false(page.more);
}

struct bad_case {
    const char *name, *text;
};

#define PAGE(items) "{\"nextPageToken\":\"T\",\"moreResult\":false,\"result\":[" items "]}"

static const struct bad_case bad_cases[] = {
    {"no token", "{\"moreResult\":false}"},
    {"no id", PAGE("{\"activityDate\":\"2021-01-26T10:02:11Z\"}")},
    {"no date", PAGE("{\"marketoGUID\":\"1\"}")},
    {"a date that is none", PAGE("{\"marketoGUID\":\"1\",\"activityDate\":\"today\"}")},
    {"a field without a name",
     PAGE("{\"marketoGUID\":\"1\",\"activityDate\":\"2021-01-26T10:02:11Z\",\"fields\":[{}]}")},
};

static void refuses(void **state)
{
    const struct bad_case *c = *state;
    AUTO(arena) arena = {0};
    struct sync_marketo_answer answer;
    struct sync_activities page;
    struct sync_problem problem;

    read_answer(&arena, c->text, &answer);
    assert_false(sync_activities_read(&arena, &answer, &page, &problem));
    assert_string_equal(problem.error.code, "protocol");
}

int main(void)
{
    struct CMUnitTest tests[16];
    size_t count = 0;

    tests[count++] = (struct CMUnitTest)cmocka_unit_test(reads_changes);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(reads_other_activities);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(reads_an_empty_page);
    CASES(tests, count, bad_cases, refuses);
    return cases_run("marketo/activities", tests, count);
}
