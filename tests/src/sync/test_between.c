/*
 * The engine is killed, people go on working, and then it comes back: at each commit in turn. Both
 * sides end equal, and what was edited last by one side alone is what they end with (I8, I9).
 */
#include "sync/story.h"

enum { MOST_POINTS = 200, STAGES = 3 };

enum meanwhile { MARKETO_EDITS, DYNAMICS_EDITS, BOTH_EDIT_OTHERS };

struct between_case {
    const char *name;
    int rank;
    enum meanwhile meanwhile;
};

static const struct between_case between_cases[] = {
    {"a lead, edited in Marketo", LEAD, MARKETO_EDITS},
    {"a lead, edited in Dynamics", LEAD, DYNAMICS_EDITS},
    {"a lead, other fields on both sides", LEAD, BOTH_EDIT_OTHERS},
    {"a contact, edited in Marketo", CONTACT, MARKETO_EDITS},
    {"a contact, edited in Dynamics", CONTACT, DYNAMICS_EDITS},
    {"a contact, other fields on both sides", CONTACT, BOTH_EDIT_OTHERS},
};

struct between {
    const struct between_case *how;
    struct tenant tenant;
    const char *key;
    int stage, killed_in; /* -1: not yet */
    bool known;           /* to Marketo, when it was killed */
};

static void edit_meanwhile(struct between *between)
{
    struct tenant *tenant = &between->tenant;

    between->killed_in = between->stage;
    between->known = tenant_person(tenant, between->key) != NULL;
    tenant->now_ms += 60000;
    if (between->how->meanwhile != DYNAMICS_EDITS && between->known) {
        tenant_edit_person(tenant, between->key,
                           between->how->meanwhile == MARKETO_EDITS ? "{\"title\":\"theirs\"}"
                                                                    : "{\"lastName\":\"theirs\"}");
    }
    if (between->how->meanwhile != MARKETO_EDITS) {
        tenant_edit(tenant, between->how->rank, between->key,
                    between->how->meanwhile == DYNAMICS_EDITS ? "{\"jobtitle\":\"ours\"}"
                                                              : "{\"firstname\":\"ours\"}");
    }
}

static void pass(struct between *between)
{
    struct tenant *tenant = &between->tenant;

    for (int i = 0; i < 4; i++) {
        if (!tenant_call(tenant, "sync.once", "{}")) {
            tenant->die_at = 0;
            edit_meanwhile(between);
            tenant_reopen(tenant);
        } else if (tenant->outcome == CRMSYNC_DONE) {
            tenant->now_ms += 60000;
            return;
        }
    }
    fail_msg("no pass gets through: %s", tenant->code);
}

/* What happens until the kill, and after it nothing but passes. */
static void play(struct between *between)
{
    struct tenant *tenant = &between->tenant;

    between->key =
        tenant_create(tenant, between->how->rank,
                      "{\"firstname\":\"Ann\",\"lastname\":\"Lee\",\"jobtitle\":\"Clerk\"}");
    pass(between);
    between->stage++;
    if (between->killed_in < 0) {
        tenant_edit(tenant, between->how->rank, between->key, "{\"jobtitle\":\"Chief\"}");
        pass(between);
    }
    between->stage++;
    if (between->killed_in < 0) {
        tenant_edit_person(tenant, between->key, "{\"title\":\"Boss\"}");
        pass(between);
    }
    pass(between);
    pass(between);
}

/* Both sides hold it, and what they hold is one of these. */
static void assert_both(struct between *between, const char *column, const char *field,
                        const char *one, const char *other)
{
    struct tenant *tenant = &between->tenant;
    const char *there = tenant_text(tenant, tenant_person(tenant, between->key), field);
    const char *here =
        tenant_text(tenant, tenant_row(tenant, between->how->rank, between->key), column);

    assert_non_null(there);
    assert_non_null(here);
    assert_string_equal(here, there);
    assert_true(str_eq(here, one) || str_eq(here, other));
}

static void judge(struct between *between)
{
    static const char *const titles[STAGES] = {"Clerk", "Chief", "Boss"};
    bool lead = between->how->rank == LEAD;
    int killed_in = between->killed_in;
    const char *last = titles[killed_in >= 0 ? killed_in : STAGES - 1];

    assert_int_equal(cJSON_GetArraySize(between->tenant.people), 1);
    if (killed_in < 0) {
        assert_both(between, "jobtitle", "title", last, last);
        return;
    }
    switch (between->how->meanwhile) {
    case MARKETO_EDITS: {
        const char *is = between->known ? "theirs" : last;

        /* Against an edit of Dynamics that was on its way Marketo wins for leads alone. */
        assert_both(between, "jobtitle", "title", is, !lead && killed_in == 1 ? last : is);
        break;
    }
    case DYNAMICS_EDITS:
        assert_both(between, "jobtitle", "title", "ours", lead && killed_in == 2 ? last : "ours");
        break;
    case BOTH_EDIT_OTHERS:
        assert_both(between, "jobtitle", "title", last, last);
        assert_both(between, "firstname", "firstName", "ours", "ours");
        assert_both(between, "lastname", "lastName", between->known ? "theirs" : "Lee",
                    between->known ? "theirs" : "Lee");
        break;
    }
}

static void loses_nothing(void **state)
{
    static struct between between;
    unsigned points = 0;

    for (int phase = CRMSYNC_COMMIT_BEFORE; phase <= CRMSYNC_COMMIT_AFTER; phase++) {
        for (unsigned at = 1; at < MOST_POINTS; at++) {
            bool met;

            between = (struct between){.how = *state, .killed_in = -1};
            tenant_start(&between.tenant);
            between.tenant.die_phase = (enum crmsync_commit_phase)phase;
            between.tenant.die_at = at + between.tenant.commits[phase];
            play(&between);
            met = between.tenant.die_at == 0;
            between.tenant.die_at = 0;
            assert_idle(&between.tenant);
            judge(&between);
            tenant_stop(&between.tenant);
            points += met;
            if (!met) {
                break;
            }
        }
    }
    assert_in_range(points, 40, 3 * MOST_POINTS);
}

int main(void)
{
    struct CMUnitTest tests[8];
    size_t count = 0;

    CASES(tests, count, between_cases, loses_nothing);
    return cases_run("sync/between", tests, count);
}
