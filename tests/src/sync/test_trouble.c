/*
 * One story, told again with a kill at every commit and with trouble at every request: the end is
 * the same, nothing is lost and nothing is doubled.
 */
#include "cases.h"

#include <string.h>

#include "base/str.h"
#include "support/tenant.h"

enum { ACCOUNT, LEAD, CONTACT, LEADS = 8, MOST_POINTS = 400 };

struct story {
    struct tenant tenant;
    const char *account, *leads[LEADS], *contact;
    unsigned runs; /* of a pass, until it was done */
};

/* A pass, again and again until it is done, as whoever runs the engine would. */
static void pass(struct story *story)
{
    struct tenant *tenant = &story->tenant;

    for (int i = 0; i < 8; i++) {
        story->runs++;
        if (!tenant_call(tenant, "sync.once", "{}")) {
            tenant->die_at = 0;
            tenant_reopen(tenant);
        } else if (tenant->outcome == CRMSYNC_DONE) {
            return;
        } else {
            /* It stops clearly, and never because of a record. */
            assert_non_null(tenant->code);
            assert_string_not_equal(tenant->code, "record_failed");
            assert_string_not_equal(tenant->code, "store");
        }
    }
    fail_msg("no pass gets through: %s: %s", tenant->code,
             json_get_text(json_get(tenant->result, "error"), "message"));
}

static void play(struct story *story)
{
    struct tenant *tenant = &story->tenant;

    story->account = tenant_create(tenant, ACCOUNT, "{\"name\":\"Contoso\"}");
    for (int i = 0; i < LEADS; i++) {
        story->leads[i] =
            tenant_create(tenant, LEAD, "{\"firstname\":\"Ann\",\"lastname\":\"Lee\"}");
    }
    story->contact = tenant_create(
        tenant, CONTACT,
        arena_printf(&tenant->arena, "{\"firstname\":\"Ben\",\"parentcustomerid\":\"%s\"}",
                     story->account));
    pass(story);
    tenant->now_ms += 60000;
    tenant_edit(tenant, ACCOUNT, story->account, "{\"name\":\"Contoso Ltd\"}");
    tenant_edit(tenant, LEAD, story->leads[0], "{\"firstname\":\"Anna\"}");
    tenant_delete(tenant, LEAD, story->leads[1]);
    tenant_edit_person(tenant, story->leads[2], "{\"lastName\":\"Low\"}");
    tenant_edit_person(tenant, story->leads[3], "{\"lastName\":\"Law\"}");
    /* Both edit one field: Marketo wins for leads. */
    tenant_edit(tenant, LEAD, story->leads[3], "{\"lastname\":\"Lot\"}");
    pass(story);
    tenant->now_ms += 60000;
    /* Deleted in Marketo, then edited in Dynamics: a new person, and whole (DEL-03). */
    tenant_delete_person(tenant, story->leads[4]);
    tenant_edit(tenant, LEAD, story->leads[4], "{\"lastname\":\"New\"}");
    pass(story);
    tenant->now_ms += 60000;
    pass(story);
}

static void assert_field(struct tenant *tenant, const char *key, const char *field,
                         const char *value)
{
    const char *is = tenant_text(tenant, tenant_person(tenant, key), field);

    assert_non_null(is);
    assert_string_equal(is, value);
}

static void assert_column(struct tenant *tenant, const char *key, const char *value)
{
    assert_string_equal(tenant_text(tenant, tenant_row(tenant, LEAD, key), "lastname"), value);
}

/* A sum over all reports that the page has got. */
static int64_t told(const struct tenant *tenant, const char *object, const char *direction,
                    const char *what)
{
    const cJSON *report, *item;
    int64_t sum = 0;

    cJSON_ArrayForEach(report, tenant->reports)
    {
        cJSON_ArrayForEach(item, json_get(report, "objects"))
        {
            if (str_eq(json_get_text(item, "name"), object) &&
                str_eq(json_get_text(item, "direction"), direction)) {
                sum += json_get_int(item, what, 0);
            }
        }
    }
    return sum;
}

static int64_t rows_of(struct tenant *tenant, const char *table)
{
    AUTO(arena) arena = {0};
    int64_t count = -1;
    struct err err;

    assert_true(db_query_int(tenant->holder, arena_printf(&arena, "SELECT count(*) FROM %s", table),
                             DB_NO_ARGS, 0, &count, &err));
    return count;
}

static void judge(struct story *story)
{
    struct tenant *tenant = &story->tenant;

    assert_int_equal(cJSON_GetArraySize(tenant->people), LEADS + 1);
    assert_int_equal(cJSON_GetArraySize(tenant->companies), 1);
    assert_string_equal(tenant_text(tenant, tenant_company(tenant, story->account), "company"),
                        "Contoso Ltd");
    assert_field(tenant, story->contact, "externalCompanyId", story->account);
    assert_field(tenant, story->leads[0], "firstName", "Anna");
    assert_field(tenant, story->leads[1], "msftIsDeleted", "true");
    assert_field(tenant, story->leads[2], "lastName", "Low");
    assert_column(tenant, story->leads[2], "Low");
    assert_field(tenant, story->leads[3], "lastName", "Law");
    assert_column(tenant, story->leads[3], "Law");
    assert_field(tenant, story->leads[4], "lastName", "New");
    assert_field(tenant, story->leads[4], "firstName", "Ann");
    assert_field(tenant, story->leads[4], "msftType", "Lead");
    for (int i = 5; i < LEADS; i++) {
        assert_field(tenant, story->leads[i], "lastName", "Lee");
        assert_column(tenant, story->leads[i], "Lee");
    }
    assert_int_equal(rows_of(tenant, "inbox"), 0);
    assert_int_equal(rows_of(tenant, "outbox"), 0);
    assert_int_equal(rows_of(tenant, "change"), 0);
    assert_int_equal(rows_of(tenant, "dirty"), 0);
    assert_int_equal(rows_of(tenant, "parked"), 0);
    assert_int_equal(rows_of(tenant, "tally"), 0);
    assert_string_equal(tenant->page, "running");
}

/* What was told adds up to what was done, whenever it was told. */
static void judge_reports(struct story *story)
{
    struct tenant *tenant = &story->tenant;

    assert_int_equal(told(tenant, "lead", "to_marketo", "inserts"), LEADS + 1);
    assert_int_equal(told(tenant, "contact", "to_marketo", "inserts"), 1);
    assert_int_equal(told(tenant, "account", "to_marketo", "inserts") +
                         told(tenant, "account", "to_marketo", "updates"),
                     2);
    assert_int_equal(told(tenant, "lead", "to_marketo", "deletes"), 1);
    assert_int_equal(told(tenant, "lead", "to_dynamics", "updates"), 2);
}

static void tells_the_story(void **state)
{
    static struct story story;
    unsigned writes;

    (void)state;
    story = (struct story){0};
    tenant_start(&story.tenant);
    play(&story);
    judge(&story);
    judge_reports(&story);
    assert_int_equal(story.runs, 4);
    writes = story.tenant.writes;
    pass(&story);
    assert_int_equal(story.tenant.writes, writes);
    tenant_stop(&story.tenant);
}

/* Each commit in turn: before it, at it, and behind the request that it allowed. */
static void survives_a_kill(void **state)
{
    static struct story story;
    unsigned points = 0;

    (void)state;
    for (int phase = CRMSYNC_COMMIT_BEFORE; phase <= CRMSYNC_COMMIT_AFTER; phase++) {
        for (unsigned at = 1; at < MOST_POINTS; at++) {
            bool met;

            story = (struct story){0};
            tenant_start(&story.tenant);
            story.tenant.die_phase = (enum crmsync_commit_phase)phase;
            story.tenant.die_at = at + story.tenant.commits[phase];
            play(&story);
            met = story.tenant.die_at == 0;
            judge(&story);
            judge_reports(&story);
            tenant_stop(&story.tenant);
            points += met;
            if (!met) {
                break;
            }
        }
    }
    assert_in_range(points, 60, 3 * MOST_POINTS);
}

/* Each request in turn. A reply that is lost or broken costs time, and nothing else. */
static void survives_trouble(void **state)
{
    static struct story story;
    const enum tenant_trouble *trouble = *state;
    unsigned last = 0;

    for (unsigned at = 1; at < MOST_POINTS; at++) {
        unsigned requests;

        story = (struct story){0};
        tenant_start(&story.tenant);
        story.tenant.trouble = *trouble;
        story.tenant.trouble_at = at;
        play(&story);
        requests = story.tenant.requests;
        judge(&story);
        tenant_stop(&story.tenant);
        last = at;
        if (requests < at) {
            break;
        }
    }
    assert_in_range(last, 40, MOST_POINTS - 1);
}

int main(void)
{
    static const enum tenant_trouble troubles[] = {TENANT_DROPPED_BEFORE, TENANT_DROPPED_AFTER,
                                                   TENANT_NOT_CONNECTED,  TENANT_BROKEN_BEFORE,
                                                   TENANT_BROKEN_AFTER,   TENANT_GARBLED};
    static const char *const names[] = {"dropped before", "dropped after", "not connected",
                                        "broken before",  "broken after",  "garbled"};
    struct CMUnitTest tests[16] = {cmocka_unit_test(tells_the_story),
                                   cmocka_unit_test(survives_a_kill)};
    size_t count = CASES_LISTED(tests);

    for (size_t i = 0; i < ARRAY_LEN(troubles); i++) {
        tests[count++] = (struct CMUnitTest){.name = names[i],
                                             .test_func = survives_trouble,
                                             .initial_state = (void *)(uintptr_t)&troubles[i]};
    }
    return cases_run("sync/trouble", tests, count);
}
