/* Passes between a small organization and a small Marketo. */
#include "sync/story.h"

#include <stdio.h>

static void reads_everything_once(void **state)
{
    struct tenant *tenant = *state;
    struct people people = populate(tenant);

    for (int i = 0; i < 20; i++) {
        (void)tenant_create(tenant, i % 2 == 0 ? LEAD : CONTACT, "{\"firstname\":\"X\"}");
    }
    tenant_pass(tenant);
    assert_int_equal(cJSON_GetArraySize(tenant->people), 22);
    assert_int_equal(cJSON_GetArraySize(tenant->companies), 1);
    assert_field(tenant, people.lead, "firstName", "Ann");
    assert_field(tenant, people.lead, "rating", "Hot");
    assert_field(tenant, people.lead, "doNotCall", "true");
    assert_field(tenant, people.lead, "msftType", "Lead");
    assert_field(tenant, people.lead, "msftLeadId", people.lead);
    assert_field(tenant, people.lead, "msftIsDeleted", "false");
    assert_field(tenant, people.contact, "msftType", "Contact");
    assert_field(tenant, people.contact, "externalCompanyId", people.account);
    assert_string_equal(tenant_text(tenant, tenant_company(tenant, people.account), "company"),
                        "Contoso");
    assert_true(json_get_bool(tenant->result, "initialComplete", false));
    assert_int_equal(tenant_count(tenant, "lead", "to_marketo", "inserts"), 11);
    assert_int_equal(tenant_count(tenant, "contact", "to_marketo", "inserts"), 11);
    assert_int_equal(tenant_count(tenant, "account", "to_marketo", "inserts"), 1);
    assert_int_equal(tenant_count(tenant, "contact", "to_dynamics", "updates"), 0);
    assert_string_equal(tenant->page, "running");
    assert_int_equal(cJSON_GetArraySize(tenant->reports), 1);
    assert_idle(tenant);
    assert_idle(tenant);
}

static void carries_changes(void **state)
{
    struct tenant *tenant = *state;
    struct people people = populate(tenant);
    const char *lead;

    tenant_pass(tenant);
    tenant_edit(tenant, LEAD, people.lead, "{\"firstname\":\"Anna\",\"leadqualitycode\":null}");
    lead = tenant_create(tenant, LEAD, "{\"firstname\":\"Cid\"}");
    tenant_delete(tenant, CONTACT, people.contact);
    tenant_pass(tenant);
    assert_field(tenant, people.lead, "firstName", "Anna");
    assert_field(tenant, people.lead, "rating", NULL);
    assert_field(tenant, people.lead, "lastName", "Lee");
    assert_field(tenant, lead, "firstName", "Cid");
    assert_field(tenant, people.contact, "msftIsDeleted", "true");
    assert_int_equal(tenant_count(tenant, "lead", "to_marketo", "inserts"), 1);
    assert_int_equal(tenant_count(tenant, "lead", "to_marketo", "updates"), 1);
    assert_int_equal(tenant_count(tenant, "contact", "to_marketo", "deletes"), 1);
    assert_idle(tenant);
}

static void sends_only_what_changed(void **state)
{
    struct tenant *tenant = *state;
    struct people people = populate(tenant);
    int activities;

    tenant_pass(tenant);
    activities = cJSON_GetArraySize(tenant->activities);
    tenant_edit(tenant, LEAD, people.lead, "{\"lastname\":\"Law\"}");
    tenant_pass(tenant);
    assert_int_equal(cJSON_GetArraySize(tenant->activities), activities + 1);
    /* An edit of what is not selected writes nothing. */
    tenant_edit(tenant, LEAD, people.lead, "{\"mobilephone\":\"1\"}");
    assert_idle(tenant);
}

static void fetches_a_parent_first(void **state)
{
    struct tenant *tenant = *state;
    const char *account, *contact;

    (void)populate(tenant);
    tenant_pass(tenant);
    /* The contact is older than its account, and comes first in the order of changes. */
    contact = tenant_create(tenant, CONTACT, "{\"firstname\":\"Dee\"}");
    tenant->now_ms += 60000;
    account = tenant_create(tenant, ACCOUNT, "{\"name\":\"Late\"}");
    cJSON_AddStringToObject(tenant_row(tenant, CONTACT, contact), "parentcustomerid", account);
    tenant_pass(tenant);
    assert_field(tenant, contact, "externalCompanyId", account);
    assert_idle(tenant);
}

static void follows_a_parent_that_comes_later(void **state)
{
    struct tenant *tenant = *state;
    const char *contact, *account;

    tenant_pass(tenant);
    /* An account that cannot be read yet. */
    contact = tenant_create(
        tenant, CONTACT,
        "{\"firstname\":\"Eve\",\"parentcustomerid\":\"00000003-0000-4000-8000-000000000000\"}");
    tenant_pass(tenant);
    assert_field(tenant, contact, "externalCompanyId", NULL);
    assert_idle(tenant);
    tenant->ids = 2;
    account = tenant_create(tenant, ACCOUNT, "{\"name\":\"Now\"}");
    assert_string_equal(account, "00000003-0000-4000-8000-000000000000");
    tenant->ids = 100;
    tenant_pass(tenant);
    assert_field(tenant, contact, "externalCompanyId", account);
    assert_idle(tenant);
}

static void carries_edits_back(void **state)
{
    struct tenant *tenant = *state;
    struct people people = populate(tenant);

    tenant_pass(tenant);
    tenant->now_ms += 60000;
    tenant_edit_person(tenant, people.lead,
                       "{\"lastName\":\"Low\",\"rating\":\"Warm\",\"doNotCall\":false}");
    tenant_edit_person(tenant, people.contact, "{\"firstName\":\"Bob\",\"company\":\"No\"}");
    tenant_pass(tenant);
    assert_column(tenant, LEAD, people.lead, "lastname", "Low");
    assert_column(tenant, LEAD, people.lead, "leadqualitycode", "2");
    assert_column(tenant, LEAD, people.lead, "donotphone", "false");
    assert_column(tenant, CONTACT, people.contact, "firstname", "Bob");
    assert_int_equal(tenant_count(tenant, "lead", "to_dynamics", "updates"), 1);
    assert_int_equal(tenant_count(tenant, "contact", "to_dynamics", "updates"), 1);
    assert_int_equal(tenant_count(tenant, "lead", "to_marketo", "updates"), 0);
    /* Neither side hears the echo of what came from it. */
    assert_idle(tenant);
    assert_idle(tenant);
}

static void an_edit_that_was_taken_back_is_none(void **state)
{
    struct tenant *tenant = *state;
    struct people people = populate(tenant);

    tenant_pass(tenant);
    tenant_edit_person(tenant, people.lead, "{\"lastName\":\"Low\"}");
    tenant_edit_person(tenant, people.lead, "{\"lastName\":\"Lee\"}");
    assert_idle(tenant);
}

static void nobody_is_created_by_an_edit(void **state)
{
    struct tenant *tenant = *state;
    cJSON *person = cJSON_CreateObject();

    tenant_pass(tenant);
    cJSON_AddStringToObject(person, "dynamicsId", "none");
    cJSON_AddNumberToObject(person, "id", 999);
    cJSON_AddItemToArray(tenant->people, person);
    tenant_edit_person(tenant, "none", "{\"lastName\":\"Low\"}");
    assert_idle(tenant);
    assert_int_equal(cJSON_GetArraySize(tenant->rows[LEAD]), 0);
}

static void collides(void **state)
{
    struct tenant *tenant = *state;
    struct people people = populate(tenant);
    int64_t count = 0;
    struct err err;

    tenant_pass(tenant);
    tenant_edit(tenant, LEAD, people.lead, "{\"firstname\":\"D\",\"lastname\":\"FromD\"}");
    tenant_edit_person(tenant, people.lead, "{\"firstName\":\"M\",\"doNotCall\":false}");
    tenant_edit(tenant, CONTACT, people.contact, "{\"firstname\":\"D\"}");
    tenant_edit_person(tenant, people.contact, "{\"firstName\":\"M\",\"lastName\":\"FromM\"}");
    tenant_pass(tenant);
    /* Leads: Marketo wins; contacts: Dynamics wins; other fields go both ways. */
    assert_field(tenant, people.lead, "firstName", "M");
    assert_column(tenant, LEAD, people.lead, "firstname", "M");
    assert_field(tenant, people.lead, "lastName", "FromD");
    assert_column(tenant, LEAD, people.lead, "donotphone", "false");
    assert_field(tenant, people.contact, "firstName", "D");
    assert_column(tenant, CONTACT, people.contact, "firstname", "D");
    assert_column(tenant, CONTACT, people.contact, "lastname", "FromM");
    assert_true(db_query_int(tenant->holder, "SELECT count(*) FROM collision", DB_NO_ARGS, 0,
                             &count, &err));
    assert_int_equal(count, 2);
    assert_idle(tenant);
}

static void both_alike_is_no_collision(void **state)
{
    struct tenant *tenant = *state;
    struct people people = populate(tenant);

    tenant_pass(tenant);
    tenant_edit(tenant, LEAD, people.lead, "{\"firstname\":\"Same\"}");
    tenant_edit_person(tenant, people.lead, "{\"firstName\":\"Same\"}");
    assert_idle(tenant);
}

static void edit_in_between(struct tenant *tenant)
{
    static const char at[] = "/leads.json?filterType=id";

    /* After Marketo was looked up and before the record is changed. */
    if (strstr(strbuf_text(&tenant->seen), at) != NULL) {
        tenant->between = NULL;
        tenant_edit(tenant, LEAD,
                    json_get_text(cJSON_GetArrayItem(tenant->rows[LEAD], 0), "leadid"),
                    "{\"lastname\":\"Meanwhile\"}");
    }
}

static void a_record_that_changed_meanwhile_is_compared_anew(void **state)
{
    struct tenant *tenant = *state;
    struct people people = populate(tenant);

    tenant_pass(tenant);
    tenant_edit_person(tenant, people.lead, "{\"firstName\":\"M\"}");
    tenant->between = edit_in_between;
    tenant_pass(tenant);
    assert_null(tenant->between);
    assert_column(tenant, LEAD, people.lead, "firstname", "M");
    assert_column(tenant, LEAD, people.lead, "lastname", "Meanwhile");
    tenant_pass(tenant);
    assert_field(tenant, people.lead, "lastName", "Meanwhile");
    assert_field(tenant, people.lead, "firstName", "M");
    assert_idle(tenant);
}

static void filters(void **state)
{
    struct tenant *tenant = *state;
    const char *no = tenant_create(tenant, LEAD, "{\"firstname\":\"No\",\"new_synctomkto\":false}");
    const char *yes =
        tenant_create(tenant, LEAD, "{\"firstname\":\"Yes\",\"new_synctomkto\":true}");
    const char *none = tenant_create(tenant, LEAD, "{\"firstname\":\"None\"}");

    tenant_pass(tenant);
    assert_null(tenant_person(tenant, no));
    assert_non_null(tenant_person(tenant, yes));
    assert_non_null(tenant_person(tenant, none));
    /* Yes to No: it goes stale; No to Yes: it is made. */
    tenant_edit(tenant, LEAD, yes, "{\"firstname\":\"Stale\",\"new_synctomkto\":false}");
    tenant_edit(tenant, LEAD, no, "{\"new_synctomkto\":true}");
    tenant_pass(tenant);
    assert_field(tenant, yes, "firstName", "Yes");
    assert_field(tenant, no, "firstName", "No");
    tenant_edit_person(tenant, yes, "{\"lastName\":\"X\"}");
    assert_idle(tenant);
    tenant_edit(tenant, LEAD, yes, "{\"new_synctomkto\":true}");
    tenant_pass(tenant);
    assert_field(tenant, yes, "firstName", "Stale");
}

static void a_person_deleted_in_marketo_comes_back_whole(void **state)
{
    struct tenant *tenant = *state;
    struct people people = populate(tenant);
    int64_t was;

    tenant_pass(tenant);
    was = json_get_int(tenant_person(tenant, people.lead), "id", 0);
    tenant_delete_person(tenant, people.lead);
    assert_idle(tenant);
    tenant_edit(tenant, LEAD, people.lead, "{\"lastname\":\"Law\"}");
    tenant_pass(tenant);
    assert_true(json_get_int(tenant_person(tenant, people.lead), "id", 0) > was);
    assert_field(tenant, people.lead, "lastName", "Law");
    assert_field(tenant, people.lead, "firstName", "Ann");
    assert_field(tenant, people.lead, "msftType", "Lead");
    assert_idle(tenant);
}

/* The change arrived in Dynamics, the engine died before it knew, and people went on on both sides.
 */
static void an_edit_outlives_a_change_that_was_not_heard_of(void **state)
{
    struct tenant *tenant = *state;
    struct people people = populate(tenant);

    tenant_pass(tenant);
    tenant_edit_person(tenant, people.contact, "{\"firstName\":\"Bob\",\"title\":\"Boss\"}");
    tenant->die_phase = CRMSYNC_COMMIT_AFTER;
    tenant->die_at = tenant->commits[CRMSYNC_COMMIT_AFTER] + 1;
    assert_false(tenant_call(tenant, "sync.once", "{}"));
    tenant->die_at = 0;
    assert_column(tenant, CONTACT, people.contact, "firstname", "Bob");
    tenant->now_ms += 60000;
    tenant_edit_person(tenant, people.contact, "{\"firstName\":\"Rob\"}");
    tenant_edit(tenant, CONTACT, people.contact, "{\"jobtitle\":\"Clerk\"}");
    tenant_reopen(tenant);
    tenant_pass(tenant);
    assert_field(tenant, people.contact, "firstName", "Rob");
    assert_column(tenant, CONTACT, people.contact, "firstname", "Rob");
    assert_field(tenant, people.contact, "title", "Clerk");
    assert_idle(tenant);
}

static void edit_while_loading(struct tenant *tenant)
{
    /* Behind the first page of leads, an edit of a lead of that page. */
    if (tenant_seen(tenant, "GET", "leads?$select=leadid,firstname") == 2) {
        tenant->between = NULL;
        tenant_edit(tenant, LEAD, "00000001-0000-4000-8000-000000000001",
                    "{\"firstname\":\"Edited\"}");
    }
}

static void an_edit_while_loading_is_not_lost(void **state)
{
    struct tenant *tenant = *state;

    for (int i = 0; i < 8; i++) {
        (void)tenant_create(tenant, LEAD, "{\"firstname\":\"X\"}");
    }
    tenant->between = edit_while_loading;
    tenant_pass(tenant);
    assert_null(tenant->between);
    assert_field(tenant, "00000001-0000-4000-8000-000000000001", "firstName", "Edited");
    assert_idle(tenant);
}

static void follows_for_a_while(void **state)
{
    struct tenant *tenant = *state;
    int64_t began_ms = tenant->now_ms;

    (void)populate(tenant);
    assert_true(tenant_call(tenant, "sync.follow", "{\"for\":\"PT12M\"}"));
    assert_int_equal(tenant->outcome, CRMSYNC_DONE);
    /* At 0, 5 and 10 minutes. */
    assert_int_equal(cJSON_GetArraySize(tenant->reports), 3);
    assert_true(tenant->now_ms == began_ms + 600000);
    assert_int_equal(tenant_count(tenant, "lead", "to_marketo", "inserts"), 0);
    tenant->now_ms += 1000;
    assert_true(tenant_call(tenant, "sync.follow", "{\"for\":\"PT2M\",\"interval\":\"PT1M\"}"));
    assert_int_equal(cJSON_GetArraySize(tenant->reports), 6);
    /* Without a pause it would never end. */
    (void)tenant_call(tenant, "sync.follow", "{\"for\":\"PT2M\",\"interval\":\"PT0S\"}");
    assert_int_equal(tenant->outcome, CRMSYNC_USAGE);
    assert_int_equal(cJSON_GetArraySize(tenant->reports), 6);
}

static void status_tells(void **state)
{
    struct tenant *tenant = *state;

    (void)populate(tenant);
    tenant_pass(tenant);
    tenant->now_ms += 3600000;
    assert_true(tenant_call(tenant, "status", "{}"));
    assert_string_equal(json_get_text(tenant->result, "state"), "running");
    assert_int_equal(tenant_count(tenant, "lead", "to_marketo", "lastHour"), 1);
    assert_int_equal(tenant_count(tenant, "lead", "to_marketo", "inserts"), 0);
    assert_string_equal(json_get_text(json_get(tenant->result, "lastPass"), "outcome"), "done");
    assert_true(json_get_int(json_pointer_get(tenant->result, "/quotas/marketo"), "used", 0) > 0);
    tenant->now_ms += 3600000;
    assert_true(tenant_call(tenant, "status", "{}"));
    assert_int_equal(tenant_count(tenant, "lead", "to_marketo", "lastHour"), 0);
}

/* No clock of ours says how far Marketo's log was read. */
static void a_wrong_clock_hides_nothing(void **state)
{
    static const int64_t ahead_h[] = {0, 24 * 300, -24 * 300, 24 * 10};
    struct tenant *tenant = *state;
    const char *lead;

    tenant->ahead_ms = (int64_t)24 * 365 * 3600 * 1000;
    lead = tenant_create(tenant, LEAD, "{\"firstname\":\"Ann\",\"lastname\":\"Lee\"}");
    tenant_pass(tenant);
    for (size_t i = 0; i < ARRAY_LEN(ahead_h); i++) {
        char name[16], set[64];

        snprintf(name, sizeof name, "Lee%zu", i);
        snprintf(set, sizeof set, "{\"lastName\":\"%s\"}", name);
        tenant->now_ms += 60000;
        tenant_edit_person(tenant, lead, set);
        tenant_pass(tenant);
        assert_column(tenant, LEAD, lead, "lastname", name);
        tenant->ahead_ms = ahead_h[i] * 3600 * 1000;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(a_wrong_clock_hides_nothing),
        STORY(reads_everything_once),
        STORY(carries_changes),
        STORY(sends_only_what_changed),
        STORY(fetches_a_parent_first),
        STORY(follows_a_parent_that_comes_later),
        STORY(carries_edits_back),
        STORY(an_edit_that_was_taken_back_is_none),
        STORY(nobody_is_created_by_an_edit),
        STORY(collides),
        STORY(both_alike_is_no_collision),
        STORY(a_record_that_changed_meanwhile_is_compared_anew),
        STORY(filters),
        STORY(a_person_deleted_in_marketo_comes_back_whole),
        STORY(an_edit_outlives_a_change_that_was_not_heard_of),
        STORY(an_edit_while_loading_is_not_lost),
        STORY(follows_for_a_while),
        STORY(status_tells),
    };
    return cases_run("sync/pass", tests, ARRAY_LEN(tests));
}
