/* What stands against a pass: records and calls that are refused, states, columns, waits. */
#include "sync/story.h"

#include "state/parked.h"

static void refused_records_are_parked(void **state)
{
    struct tenant *tenant = *state;
    struct people people = populate(tenant);
    const char *bad = tenant_create(tenant, LEAD, "{\"firstname\":\"BAD\"}");

    assert_true(tenant_call(tenant, "sync.once", "{}"));
    assert_int_equal(tenant->outcome, CRMSYNC_FAILED);
    assert_string_equal(tenant->code, "record_failed");
    assert_true(json_get_bool(tenant->result, "initialComplete", false));
    assert_int_equal(tenant_count(tenant, "lead", "to_marketo", "failed"), 1);
    assert_null(tenant_person(tenant, bad));
    assert_non_null(tenant_person(tenant, people.lead));
    assert_true(tenant_call(tenant, "status", "{}"));
    assert_string_equal(json_get_text(json_pointer_get(tenant->result, "/parked/0"), "code"),
                        "1003");
    assert_string_equal(json_get_text(json_pointer_get(tenant->result, "/parked/0"), "key"), bad);
    /* It is not tried again until it changes. */
    assert_idle(tenant);
    tenant_edit(tenant, LEAD, bad, "{\"firstname\":\"Good\"}");
    tenant_pass(tenant);
    assert_field(tenant, bad, "firstName", "Good");
    assert_true(tenant_call(tenant, "status", "{}"));
    assert_int_equal(cJSON_GetArraySize(json_get(tenant->result, "parked")), 0);
}

static int told(const struct tenant *tenant)
{
    int last = cJSON_GetArraySize(tenant->reports) - 1;

    return cJSON_GetArraySize(json_get(cJSON_GetArrayItem(tenant->reports, last), "errors"));
}

/* A report must fit into one call: the rest is told with the next one. */
static void many_are_told_in_parts(void **state)
{
    struct tenant *tenant = *state;

    for (int i = 0; i < SYNC_TOLD_MAX + 20; i++) {
        (void)tenant_create(tenant, LEAD, "{\"firstname\":\"BAD\"}");
    }
    assert_true(tenant_call(tenant, "sync.once", "{}"));
    assert_string_equal(tenant->code, "record_failed");
    assert_int_equal(told(tenant), SYNC_TOLD_MAX);
    tenant_pass(tenant);
    assert_int_equal(told(tenant), 20);
    tenant_pass(tenant);
    assert_int_equal(told(tenant), 0);
}

static void a_refused_call_is_halved(void **state)
{
    struct tenant *tenant = *state;
    const char *bad;

    for (int i = 0; i < 7; i++) {
        (void)tenant_create(tenant, LEAD, "{\"firstname\":\"X\"}");
    }
    bad = tenant_create(tenant, LEAD, "{\"firstname\":\"WORSE\"}");
    for (int i = 0; i < 5; i++) {
        (void)tenant_create(tenant, LEAD, "{\"firstname\":\"Y\"}");
    }
    tenant->page_rows = 100;
    assert_true(tenant_call(tenant, "sync.once", "{}"));
    assert_string_equal(tenant->code, "record_failed");
    assert_int_equal(cJSON_GetArraySize(tenant->people), 12);
    assert_null(tenant_person(tenant, bad));
    assert_int_equal(tenant_count(tenant, "lead", "to_marketo", "failed"), 1);
}

static void what_dynamics_refuses_is_parked(void **state)
{
    struct tenant *tenant = *state;
    struct people people = populate(tenant);

    tenant_pass(tenant);
    tenant_edit_person(tenant, people.lead,
                       "{\"lastName\":\"much longer than twenty characters\"}");
    tenant_edit_person(tenant, people.contact, "{\"lastName\":\"Short\"}");
    assert_true(tenant_call(tenant, "sync.once", "{}"));
    assert_string_equal(tenant->code, "record_failed");
    assert_column(tenant, CONTACT, people.contact, "lastname", "Short");
    assert_column(tenant, LEAD, people.lead, "lastname", "Lee");
    assert_idle(tenant);
    /* The next edit takes along what was refused, or its new value. */
    tenant_edit_person(tenant, people.lead, "{\"lastName\":\"Shorter\"}");
    tenant_pass(tenant);
    assert_column(tenant, LEAD, people.lead, "lastname", "Shorter");
    assert_idle(tenant);
}

static void an_unknown_label_is_parked(void **state)
{
    struct tenant *tenant = *state;
    struct people people = populate(tenant);

    tenant_pass(tenant);
    tenant_edit_person(tenant, people.lead, "{\"rating\":\"Boiling\"}");
    assert_true(tenant_call(tenant, "sync.once", "{}"));
    assert_string_equal(tenant->code, "record_failed");
    assert_column(tenant, LEAD, people.lead, "leadqualitycode", "1");
}

struct gate_case {
    const char *name, *state, *code;
};

static const struct gate_case gate_cases[] = {
    {"new", "new", "not_enabled"},
    {"bound", "bound", "not_enabled"},
    {"fields_chosen", "fields_chosen", "not_enabled"},
    {"disabled", "disabled", "not_enabled"},
    {"oauth_pause", "oauth_pause", "paused"},
    {"settling", "settling", "paused"},
    {"halted", "halted", "schema_changed"},
};

static void does_not_begin(void **state)
{
    const struct gate_case *c = *state;
    static struct tenant tenant;

    tenant_start(&tenant);
    (void)populate(&tenant);
    tenant.page = c->state;
    assert_true(tenant_call(&tenant, "sync.once", "{}"));
    assert_int_equal(tenant.outcome, CRMSYNC_REFUSED);
    assert_string_equal(tenant.code, c->code);
    assert_int_equal(tenant_seen(&tenant, "GET", "contoso.crm"), 0);
    assert_int_equal(tenant.writes, 0);
    assert_int_equal(cJSON_GetArraySize(tenant.reports), 0);
    assert_true(tenant_call(&tenant, "status", "{}"));
    assert_string_equal(json_get_text(tenant.result, "state"), c->state);
    tenant_stop(&tenant);
}

static void a_refused_sign_in_takes_it_down(void **state)
{
    struct tenant *tenant = *state;
    struct people people = populate(tenant);

    tenant_pass(tenant);
    tenant_reopen(tenant);
    tenant->refused = true;
    tenant_edit(tenant, LEAD, people.lead, "{\"lastname\":\"Law\"}");
    assert_true(tenant_call(tenant, "sync.once", "{}"));
    assert_int_equal(tenant->outcome, CRMSYNC_REFUSED);
    assert_string_equal(tenant->code, "secret_expired");
    assert_string_equal(tenant->page, "down");
    assert_int_equal(cJSON_GetArraySize(tenant->reports), 2);
    /* In down it probes once, and says no more. */
    assert_true(tenant_call(tenant, "sync.once", "{}"));
    assert_string_equal(tenant->code, "secret_expired");
    assert_int_equal(cJSON_GetArraySize(tenant->reports), 2);
    tenant->refused = false;
    tenant_pass(tenant);
    assert_string_equal(tenant->page, "running");
    assert_field(tenant, people.lead, "lastName", "Law");
}

static void a_column_that_is_gone_halts(void **state)
{
    struct tenant *tenant = *state;

    (void)populate(tenant);
    tenant_pass(tenant);
    tenant->missing = "new_region";
    assert_true(tenant_call(tenant, "sync.once", "{}"));
    assert_int_equal(tenant->outcome, CRMSYNC_FAILED);
    assert_string_equal(tenant->code, "schema_changed");
    assert_string_equal(tenant->page, "halted");
}

static void or_suspends_its_mapping_only(void **state)
{
    struct tenant *tenant = *state;
    struct people people = populate(tenant);

    tenant->on_schema_error = "suspend";
    tenant_reopen(tenant);
    tenant_pass(tenant);
    tenant->missing = "new_region";
    tenant_edit(tenant, LEAD, people.lead, "{\"lastname\":\"Law\"}");
    tenant_pass(tenant);
    assert_field(tenant, people.lead, "lastName", "Law");
    assert_string_equal(tenant->page, "running");
    assert_true(tenant_call(tenant, "status", "{}"));
    assert_string_equal(json_get_text(json_pointer_get(tenant->result, "/suspended/0"), "name"),
                        "new_region");
    assert_idle(tenant);
}

/* All links are too old, but those that are made from now on. */
static void expire(struct tenant *tenant)
{
    tenant->expired = ++tenant->version;
}

static void an_expired_link_begins_anew(void **state)
{
    struct tenant *tenant = *state;
    struct people people = populate(tenant);

    tenant_pass(tenant);
    tenant_edit(tenant, LEAD, people.lead, "{\"lastname\":\"Law\"}");
    expire(tenant);
    tenant_pass(tenant);
    assert_field(tenant, people.lead, "lastName", "Law");
    assert_field(tenant, people.contact, "msftIsDeleted", "false");
    assert_int_equal(cJSON_GetArraySize(tenant->people), 2);
    assert_int_equal(tenant_count(tenant, "lead", "to_marketo", "updates"), 1);
    assert_int_equal(tenant_count(tenant, "contact", "to_marketo", "updates"), 0);
    assert_idle(tenant);
}

static void a_link_that_is_never_good_is_no_loop(void **state)
{
    struct tenant *tenant = *state;

    (void)populate(tenant);
    tenant_pass(tenant);
    tenant->expired = INT64_MAX;
    assert_true(tenant_call(tenant, "sync.once", "{}"));
    assert_int_equal(tenant->outcome, CRMSYNC_FAILED);
    assert_string_equal(tenant->code, "token_expired");
}

/* Deleted while the link was lost, so that no change tells of it. */
static void vanish(struct tenant *tenant, int rank, const char *key)
{
    tenant_delete(tenant, rank, key);
    cJSON_DeleteItemFromArray(tenant->deleted[rank], cJSON_GetArraySize(tenant->deleted[rank]) - 1);
}

static void what_was_deleted_meanwhile_is_found(void **state)
{
    struct tenant *tenant = *state;
    struct people people = populate(tenant);

    tenant_pass(tenant);
    vanish(tenant, LEAD, people.lead);
    expire(tenant);
    tenant_pass(tenant);
    assert_field(tenant, people.lead, "msftIsDeleted", "true");
    assert_field(tenant, people.contact, "msftIsDeleted", "false");
    assert_idle(tenant);
}

static void but_not_when_too_much_is_gone(void **state)
{
    enum { MANY = 60 };
    struct tenant *tenant = *state;
    const char *keys[MANY];

    tenant->page_rows = 100;
    for (int i = 0; i < MANY; i++) {
        keys[i] = tenant_create(tenant, LEAD, "{\"firstname\":\"X\"}");
    }
    tenant_pass(tenant);
    for (int i = 0; i < MANY - 1; i++) {
        vanish(tenant, LEAD, keys[i]);
    }
    expire(tenant);
    tenant_pass(tenant);
    assert_field(tenant, keys[0], "msftIsDeleted", "false");
}

static void long_waits_are_kept(void **state)
{
    struct tenant *tenant = *state;
    unsigned requests;

    (void)populate(tenant);
    tenant->throttle_s = 3600;
    assert_true(tenant_call(tenant, "sync.once", "{}"));
    assert_int_equal(tenant->outcome, CRMSYNC_FAILED);
    assert_string_equal(tenant->code, "waiting");
    assert_string_equal(json_get_text(tenant->result, "resumeAt"), "2026-01-15T10:00:00.000Z");
    tenant->throttle_s = 0;
    tenant_reopen(tenant);
    requests = tenant_seen(tenant, "GET", "contoso.crm");
    assert_true(tenant_call(tenant, "sync.once", "{}"));
    assert_string_equal(tenant->code, "waiting");
    assert_string_equal(json_get_text(tenant->result, "resumeAt"), "2026-01-15T10:00:00.000Z");
    assert_int_equal(tenant_seen(tenant, "GET", "contoso.crm"), requests);
    /* With five minutes left it waits. */
    tenant->now_ms += 3600000 - 300000;
    tenant_pass(tenant);
    assert_int_equal(cJSON_GetArraySize(tenant->people), 2);
}

static void the_day_may_be_over(void **state)
{
    struct tenant *tenant = *state;

    (void)populate(tenant);
    tenant->throttle_s = -1;
    assert_true(tenant_call(tenant, "sync.once", "{}"));
    assert_string_equal(tenant->code, "quota");
    /* Midnight in Chicago. */
    assert_string_equal(json_get_text(tenant->result, "resumeAt"), "2026-01-16T06:00:00.000Z");
    tenant->throttle_s = 0;
    tenant->now_ms += 21 * 3600000;
    tenant_pass(tenant);
    assert_int_equal(cJSON_GetArraySize(tenant->people), 2);
}

static void another_subscription_begins_anew(void **state)
{
    struct tenant *tenant = *state;

    (void)populate(tenant);
    tenant_pass(tenant);
    tenant->subscription = "sub-2";
    tenant->page = "initial_sync";
    tenant->people = json_new_array(&tenant->arena);
    tenant->companies = json_new_array(&tenant->arena);
    tenant_pass(tenant);
    assert_int_equal(cJSON_GetArraySize(tenant->people), 2);
    assert_int_equal(cJSON_GetArraySize(tenant->companies), 1);
    assert_true(json_get_bool(tenant->result, "initialComplete", false));
}

/* What belongs to one organization is the subscription: a new one may have another (GEN-07). */
static void but_not_with_another_subscription(void **state)
{
    struct tenant *tenant = *state;

    (void)populate(tenant);
    tenant_pass(tenant);
    tenant->subscription = "sub-2";
    tenant->organization = "0e6b0a1c-0000-4000-8000-000000000002";
    tenant->page = "initial_sync";
    tenant->people = json_new_array(&tenant->arena);
    tenant->companies = json_new_array(&tenant->arena);
    tenant_pass(tenant);
    assert_int_equal(cJSON_GetArraySize(tenant->people), 2);
}

static void another_organization_is_refused(void **state)
{
    struct tenant *tenant = *state;

    (void)populate(tenant);
    tenant_pass(tenant);
    tenant->organization = "0e6b0a1c-0000-4000-8000-000000000002";
    assert_true(tenant_call(tenant, "sync.once", "{}"));
    assert_int_equal(tenant->outcome, CRMSYNC_REFUSED);
    assert_string_equal(tenant->code, "organization_changed");
    assert_string_equal(tenant->page, "down");
}

int main(void)
{
    struct CMUnitTest tests[32] = {
        STORY(refused_records_are_parked),
        STORY(many_are_told_in_parts),
        STORY(a_refused_call_is_halved),
        STORY(what_dynamics_refuses_is_parked),
        STORY(an_unknown_label_is_parked),
        STORY(a_refused_sign_in_takes_it_down),
        STORY(a_column_that_is_gone_halts),
        STORY(or_suspends_its_mapping_only),
        STORY(an_expired_link_begins_anew),
        STORY(a_link_that_is_never_good_is_no_loop),
        STORY(what_was_deleted_meanwhile_is_found),
        STORY(but_not_when_too_much_is_gone),
        STORY(long_waits_are_kept),
        STORY(the_day_may_be_over),
        STORY(another_subscription_begins_anew),
        STORY(but_not_with_another_subscription),
        STORY(another_organization_is_refused),
    };
    size_t count = CASES_LISTED(tests);

    CASES(tests, count, gate_cases, does_not_begin);
    return cases_run("sync/refusals", tests, count);
}
