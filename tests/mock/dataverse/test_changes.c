/* Change tracking: first reads, links, deleted rows, tokens. */
#include "cases.h"
#include "dynamics.h"

#include <string.h>

#include "base/str.h"

static const char track[] = "Prefer: odata.track-changes";

static const char *below_host(const char *url)
{
    return url != NULL ? url + strlen("https://contoso.crm.dynamics.com") : NULL;
}

struct tracking {
    struct arena arena;
    struct mocktenant *mock;
    const char *token;
};

static void tracking_finish(struct tracking *tracking)
{
    mocktenant_stop(tracking->mock);
    arena_finish(&tracking->arena);
}

static void begin(struct tracking *tracking, const char *world)
{
    *tracking = (struct tracking){0};
    tracking->mock = azure_start(world);
    tracking->token = dynamics_token(&tracking->arena, tracking->mock, "app");
}

static struct answer ask(struct tracking *tracking, const char *method, const char *target,
                         const char *header, const char *body)
{
    return dynamics_ask(&tracking->arena, tracking->mock, tracking->token, method, target, header,
                        body);
}

/* What is deleted by the sales person, who may. */
static void remove_lead(struct tracking *tracking, const char *id)
{
    (void)tenant_control(
        &tracking->arena, tracking->mock, "POST", "/_mock/actions/salesperson/delete-record",
        arena_printf(&tracking->arena, "{\"table\":\"leads\",\"id\":\"%s\"}", id), 200);
}

static void tells_what_changed(void **state)
{
    struct tracking t;
    struct answer answer;
    const char *delta, *first, *second, *third, *early;

    (void)state;
    begin(&t, "ready");
    answer = ask(&t, "GET", "leads?$select=subject", track, NULL);
    assert_int_equal(answer.status, 200);
    assert_string_equal(answer_header(&t.arena, &answer, "preference-applied"),
                        "odata.track-changes");
    assert_int_equal(cJSON_GetArraySize(json_get(answer.json, "value")), 100);
    delta = json_get_text(answer.json, "@odata.deltaLink");
    assert_non_null(delta);
    early = delta;
    /* 1000288%2101%2f15%2f2026%2009%3a00%3a00 */
    assert_non_null(strstr(delta, "leads?$select=subject&$deltatoken=10"));
    assert_non_null(strstr(delta, "%2101%2f15%2f2026%2009%3a00%3a00"));
    first = text_at(answer.json, "/value/0/leadid");
    second = text_at(answer.json, "/value/1/leadid");
    third = text_at(answer.json, "/value/2/leadid");

    answer = ask(&t, "GET", below_host(delta), NULL, NULL);
    assert_int_equal(answer.status, 200);
    assert_string_equal(text_at(answer.json, "/@odata.context"),
                        "https://contoso.crm.dynamics.com/api/data/v9.2/$metadata#leads(subject)/"
                        "$delta");
    assert_int_equal(cJSON_GetArraySize(json_get(answer.json, "value")), 0);

    /* A change, a deletion, a change of a column that is not selected, a new row that goes again.
     */
    assert_int_equal(
        ask(&t, "PATCH", arena_printf(&t.arena, "leads(%s)", third), NULL, "{\"jobtitle\":\"x\"}")
            .status,
        204);
    remove_lead(&t, second);
    assert_int_equal(
        ask(&t, "PATCH", arena_printf(&t.arena, "leads(%s)", first), NULL, "{\"subject\":\"new\"}")
            .status,
        204);
    answer = ask(&t, "POST", "leads", NULL, "{\"subject\":\"short\"}");
    remove_lead(&t, dynamics_made(&t.arena, &answer));
    delta = json_get_text(ask(&t, "GET", below_host(delta), NULL, NULL).json, "@odata.deltaLink");
    answer = ask(&t, "GET", below_host(early), NULL, NULL);
    assert_string_equal(text_at(answer.json, "/value/0/leadid"), third);
    assert_string_equal(text_at(answer.json, "/value/1/subject"), "new");
    assert_string_equal(text_at(answer.json, "/value/2/id"), second);
    assert_string_equal(text_at(answer.json, "/value/2/reason"), "deleted");
    assert_string_equal(
        text_at(answer.json, "/value/2/@odata.context"),
        "https://contoso.crm.dynamics.com/api/data/v9.2/$metadata#leads/$deletedEntity");
    assert_string_equal(text_at(answer.json, "/value/3/reason"), "deleted");
    assert_int_equal(cJSON_GetArraySize(json_get(answer.json, "value")), 4);
    /* The early token is not used up; the late one has nothing more. */
    answer = ask(&t, "GET", below_host(early), NULL, NULL);
    assert_int_equal(cJSON_GetArraySize(json_get(answer.json, "value")), 4);
    answer = ask(&t, "GET", below_host(delta), NULL, NULL);
    assert_int_equal(cJSON_GetArraySize(json_get(answer.json, "value")), 0);
    answer = ask(&t, "GET", arena_printf(&t.arena, "leads/$count?%s", strstr(early, "$deltatoken")),
                 NULL, NULL);
    assert_string_equal(answer.body, "\xef\xbb\xbf"
                                     "4");
    tracking_finish(&t);
}

/* A row that came back under its old id lives: whoever reads the changes must not lose it. */
static void comes_back(void **state)
{
    static const char row[] = "leads(33333333-2222-4333-8444-555555555555)";
    struct tracking t;
    struct answer answer;
    const char *delta;

    (void)state;
    begin(&t, "ready");
    assert_int_equal(ask(&t, "PATCH", row, NULL, "{\"subject\":\"a\"}").status, 204);
    delta = json_get_text(ask(&t, "GET", "leads?$select=subject", track, NULL).json,
                          "@odata.deltaLink");
    remove_lead(&t, "33333333-2222-4333-8444-555555555555");
    assert_int_equal(ask(&t, "PATCH", row, NULL, "{\"subject\":\"b\"}").status, 204);
    answer = ask(&t, "GET", below_host(delta), NULL, NULL);
    assert_int_equal(cJSON_GetArraySize(json_get(answer.json, "value")), 1);
    assert_string_equal(text_at(answer.json, "/value/0/subject"), "b");
    remove_lead(&t, "33333333-2222-4333-8444-555555555555");
    answer = ask(&t, "GET", below_host(delta), NULL, NULL);
    assert_int_equal(cJSON_GetArraySize(json_get(answer.json, "value")), 1);
    assert_string_equal(text_at(answer.json, "/value/0/reason"), "deleted");
    tracking_finish(&t);
}

/* Only the last page has the link, and rows that move meanwhile come with the next read. */
static void pages_of_changes(void **state)
{
    struct tracking t;
    struct answer answer;
    const char *next, *delta = NULL, *ids[10];
    int seen = 0, deleted = 0, pages = 0;

    (void)state;
    begin(&t, "ready");
    answer = ask(&t, "GET", "leads?$select=subject",
                 "Prefer: odata.track-changes,odata.maxpagesize=30", NULL);
    for (int i = 0; i < 10; i++) {
        ids[i] = text_at(answer.json, arena_printf(&t.arena, "/value/%d/leadid", i));
    }
    while (delta == NULL) {
        assert_int_equal(answer.status, 200);
        seen += cJSON_GetArraySize(json_get(answer.json, "value"));
        pages++;
        delta = json_get_text(answer.json, "@odata.deltaLink");
        next = json_get_text(answer.json, "@odata.nextLink");
        assert_true((delta == NULL) == (next != NULL));
        if (next != NULL) {
            assert_non_null(strstr(next, "istracking=%22True%22"));
            /* A change between two pages. */
            if (pages == 2) {
                assert_int_equal(ask(&t, "PATCH", arena_printf(&t.arena, "leads(%s)", ids[0]), NULL,
                                     "{\"subject\":\"between\"}")
                                     .status,
                                 204);
            }
            answer = ask(&t, "GET", below_host(next), "Prefer: odata.maxpagesize=30", NULL);
        }
    }
    assert_int_equal(seen, 100);
    assert_int_equal(pages, 4);
    for (int i = 1; i < 10; i++) {
        if (i % 2 == 0) {
            remove_lead(&t, ids[i]);
        } else {
            (void)ask(&t, "PATCH", arena_printf(&t.arena, "leads(%s)", ids[i]), NULL,
                      "{\"subject\":\"later\"}");
        }
    }
    answer = ask(&t, "GET", below_host(delta), "Prefer: odata.maxpagesize=4", NULL);
    seen = pages = 0;
    delta = NULL;
    while (delta == NULL) {
        const cJSON *item;

        assert_int_equal(answer.status, 200);
        assert_true(cJSON_GetArraySize(json_get(answer.json, "value")) <= 4);
        cJSON_ArrayForEach(item, json_get(answer.json, "value"))
        {
            bool gone = json_get(item, "reason") != NULL;

            assert_true(gone || deleted == 0); /* all changed ones first */
            seen += !gone;
            deleted += gone;
        }
        pages++;
        delta = json_get_text(answer.json, "@odata.deltaLink");
        next = json_get_text(answer.json, "@odata.nextLink");
        assert_true(pages < 9);
        if (delta == NULL) {
            answer = ask(&t, "GET", below_host(next), "Prefer: odata.maxpagesize=4", NULL);
        }
    }
    assert_int_equal(seen, 6); /* the one between two pages, and five */
    assert_int_equal(deleted, 4);
    assert_int_equal(pages, 3);
    tracking_finish(&t);
}

static const struct refusal {
    const char *name, *target;
    const char *code, *message;
} refusals[] = {
    {"$filter", "leads?$select=subject&$filter=statecode%20eq%200", "0x80060888",
     "The \"$filter\" query parameter isn't supported when Change Tracking is enabled."},
    {"$orderby", "leads?$orderby=subject", "0x80060888", "The \"$orderby\" query parameter"},
    {"$expand", "leads?$expand=ownerid", "0x80060888", "The \"$expand\" query parameter"},
    {"$top", "leads?$top=1", "0x80060888", "The \"$top\" query parameter"},
    {"a table without it", "roles", "0x80072491", "role"},
    {"no token at all", "leads?$deltatoken=x", "0x80060888", "token"},
    {"a token of the future", "leads?$deltatoken=9999999999%2101%2f15%2f2026%2009%3a00%3a00",
     "0x80060888", "token"},
    {"a token without its date", "leads?$deltatoken=1000001", "0x80060888", "token"},
    {"a token of too long ago", "leads?$deltatoken=1000001%2101%2f01%2f2026%2009%3a00%3a00",
     "0x80044352", "Version stamp associated with the client has expired."},
};

static void refuses(void **state)
{
    const struct refusal *c = *state;
    struct tracking t;
    struct answer answer;

    begin(&t, "ready");
    answer = ask(&t, "GET", c->target, track, NULL);
    if (answer.status != 400 || strcmp(dynamics_code(&answer), c->code) != 0 ||
        strstr(dynamics_message(&answer), c->message) == NULL) {
        fail_msg("%d %s", answer.status, answer.body);
    }
    tracking_finish(&t);
}

/* A token lives seven days; by the setting an old one brings everything, without deleted rows. */
static void tokens_grow_old(void **state)
{
    static const char full[] =
        "{\"extends\":\"ready\",\"organizations\":[{\"host\":\"contoso.crm.dynamics.com\","
        "\"settings\":{\"expiredDeltaToken\":\"all\",\"changeTrackingRetention\":\"P2D\"}}]}";
    struct tracking t;
    struct answer answer;
    const char *delta;

    (void)state;
    begin(&t, "ready");
    delta = json_get_text(ask(&t, "GET", "accounts?$select=name", track, NULL).json,
                          "@odata.deltaLink");
    azure_advance(t.mock, "P6DT23H59M59S");
    t.token = dynamics_token(&t.arena, t.mock, "app");
    assert_int_equal(ask(&t, "GET", below_host(delta), NULL, NULL).status, 200);
    azure_advance(t.mock, "PT1S");
    answer = ask(&t, "GET", below_host(delta), NULL, NULL);
    assert_string_equal(dynamics_code(&answer), "0x80044352");
    tracking_finish(&t);

    begin(&t, full);
    delta = json_get_text(ask(&t, "GET", "accounts?$select=name", track, NULL).json,
                          "@odata.deltaLink");
    azure_advance(t.mock, "P2D");
    t.token = dynamics_token(&t.arena, t.mock, "app");
    answer = ask(&t, "GET", below_host(delta), NULL, NULL);
    assert_int_equal(cJSON_GetArraySize(json_get(answer.json, "value")), 25);
    assert_non_null(json_get_text(answer.json, "@odata.deltaLink"));
    tracking_finish(&t);
}

/* ORD-04: a change past the application is seen in the row, and by no read of changes. */
static void the_database_tells_nothing(void **state)
{
    struct tracking t;
    struct answer answer;
    const char *delta, *id;

    (void)state;
    begin(&t, "ready");
    answer = ask(&t, "GET", "leads?$select=subject", track, NULL);
    delta = json_get_text(answer.json, "@odata.deltaLink");
    id = text_at(answer.json, "/value/0/leadid");
    (void)tenant_control(&t.arena, t.mock, "POST",
                         "/_mock/actions/dynamics-admin/edit-behind-application",
                         arena_printf(&t.arena,
                                      "{\"table\":\"leads\",\"id\":\"%s\",\"set\":{\"subject\":"
                                      "\"behind\"}}",
                                      id),
                         200);
    answer = ask(&t, "GET", arena_printf(&t.arena, "leads(%s)/subject", id), NULL, NULL);
    assert_string_equal(text_at(answer.json, "/value"), "behind");
    answer = ask(&t, "GET", below_host(delta), NULL, NULL);
    assert_int_equal(cJSON_GetArraySize(json_get(answer.json, "value")), 0);
    tracking_finish(&t);
}

int main(void)
{
    struct CMUnitTest tests[32] = {cmocka_unit_test(tells_what_changed),
                                   cmocka_unit_test(pages_of_changes), cmocka_unit_test(comes_back),
                                   cmocka_unit_test(tokens_grow_old),
                                   cmocka_unit_test(the_database_tells_nothing)};
    size_t count = CASES_LISTED(tests);

    CASES(tests, count, refusals, refuses);
    return cases_run("changes", tests, count);
}
