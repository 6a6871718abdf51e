/* Limits: what calls cost, and what happens behind the limit. */
#include "azure.h"
#include "cases.h"

#include <string.h>

#include "base/str.h"

#define APPLICATION "/v1.0/applications/29f8eb1a-d0c0-4df3-84be-b91a08fbd909"

static const struct cost_case {
    const char *name, *target, *cost;
} cost_cases[] = {
    {"a list", "/v1.0/applications", "2"},
    {"a list with members named", "/v1.0/applications?$select=id", "1"},
    {"a list of few", "/v1.0/applications?$top=10", "1"},
    {"a list of more", "/v1.0/applications?$top=100", "2"},
    {"never less than one", "/v1.0/applications?$top=10&$select=id", "1"},
    {"one object", APPLICATION, "1"},
    {"what stands below it", APPLICATION "/owners", "1"},
};

static void costs(void **state)
{
    const struct cost_case *c = *state;
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start("ready");
    struct answer answer =
        azure_graph(&arena, mock, azure_admin_token(&arena, mock), "GET", c->target, NULL);

    assert_int_equal(answer.status, 200);
    assert_string_equal(answer_header(&arena, &answer, "x-ms-resource-unit"), c->cost);
    mocktenant_stop(mock);
}

/* 3,500 units in ten seconds; from four fifths on the answers say how near the limit is. */
static void units_end(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start("ready");
    const char *token = azure_admin_token(&arena, mock);
    struct answer answer;

    (void)state;
    for (int i = 0; i < 3500; i++) {
        AUTO(arena) brief = {0};
        const char *near;

        answer = azure_graph(&brief, mock, token, "GET", APPLICATION, NULL);
        assert_int_equal(answer.status, 200);
        near = answer_header(&brief, &answer, "x-ms-throttle-limit-percentage");
        if (i < 2799) {
            assert_null(near);
        } else if (i == 2799 || i == 3499) {
            assert_string_equal(near, i == 2799 ? "0.8" : "1.0");
        }
    }
    answer = azure_graph(&arena, mock, token, "GET", APPLICATION, NULL);
    assert_int_equal(answer.status, 429);
    assert_string_equal(text_at(answer.json, "/error/code"), "TooManyRequests");
    assert_string_equal(answer_header(&arena, &answer, "retry-after"), "10");
    assert_true(str_starts(answer_header(&arena, &answer, "x-ms-throttle-scope"),
                           "Tenant_Application/ReadWrite/"));
    /* Another application has a limit of its own. */
    answer = azure_graph(&arena, mock, azure_user_token(&arena, mock, "User.Read"), "GET",
                         "/v1.0/me", NULL);
    assert_int_equal(answer.status, 200);
    azure_advance(mock, "PT10S");
    answer = azure_graph(&arena, mock, token, "GET", APPLICATION, NULL);
    assert_int_equal(answer.status, 200);
    mocktenant_stop(mock);
}

/* 3,000 requests that write in 150 seconds, however slowly they come. */
static void writes_end(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start("ready");
    const char *token = azure_admin_token(&arena, mock);
    struct answer answer;

    (void)state;
    for (int i = 0; i < 3000; i++) {
        AUTO(arena) brief = {0};

        if (i == 1500) {
            azure_advance(mock, "PT30S");
        }
        answer = azure_graph(&brief, mock, token, "PATCH", APPLICATION, "{\"notes\":\"x\"}");
        assert_int_equal(answer.status, 204);
    }
    answer = azure_graph(&arena, mock, token, "PATCH", APPLICATION, "{\"notes\":\"x\"}");
    assert_int_equal(answer.status, 429);
    answer = azure_graph(&arena, mock, token, "GET", APPLICATION, NULL);
    assert_int_equal(answer.status, 200);
    mocktenant_stop(mock);
}

static void without_limits_nothing_ends(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start("{\"extends\":\"ready\",\"limits\":\"off\"}");
    const char *token = azure_admin_token(&arena, mock);

    (void)state;
    for (int i = 0; i < 3600; i++) {
        AUTO(arena) brief = {0};

        assert_int_equal(azure_graph(&brief, mock, token, "GET", APPLICATION, NULL).status, 200);
    }
    mocktenant_stop(mock);
}

int main(void)
{
    struct CMUnitTest tests[16] = {
        cmocka_unit_test(units_end),
        cmocka_unit_test(writes_end),
        cmocka_unit_test(without_limits_nothing_ends),
    };
    size_t count = CASES_LISTED(tests);

    CASES(tests, count, cost_cases, costs);
    return cases_run("limits", tests, count);
}
