/*
 * Passes in bad weather: people work on both sides before, between and in the middle of them, while
 * requests fail, the engine dies, links expire and servers ask for a rest. When it clears up, a few
 * passes must bring both sides together: nobody twice, nobody missing, no edit lost (I8 to I10).
 * Each case is a seed; a failing one tells what was done.
 */
#include "sync/story.h"

#include <stdio.h>
#include <stdlib.h>

#include "support/chance.h"

enum { MOST_RECORDS = 12, FIELDS = 3, ROUNDS = 4, MOST_PASSES = 12 };

static const struct {
    const char *column, *field;
} fields[FIELDS] = {{"firstname", "firstName"}, {"lastname", "lastName"}, {"jobtitle", "title"}};

/* What people last put into a field since both sides were last brought together. */
struct told {
    bool dynamics, marketo;
    const char *by_dynamics, *by_marketo; /* NULL: emptied */
    const char *before;                   /* what both held then */
};

struct record {
    int rank;
    const char *key, *account;
    struct told told[FIELDS];
    bool deleted;        /* in Dynamics */
    bool person_deleted; /* in Marketo, in this round: what it held is nobody's loss */
    bool refused;        /* one side does not take what the other one has */
    bool left_out;       /* by the filter, now or in this round (FILT-07, FILT-08) */
    bool nobody;         /* it had no person at the end of the last round */
};

struct weather {
    struct tenant tenant;
    struct record records[MOST_RECORDS];
    size_t count;
    const char *accounts[MOST_RECORDS];
    size_t account_count;
    uint64_t chance;
    unsigned values;
    bool busy, stormy; /* people work during a pass; one request in eight fails */
    struct strbuf log; /* what was done, a line each */
};

static struct weather *current; /* the hook between requests knows only the tenant */

static const char too_long[] = "longer than Dynamics takes";

static unsigned roll(struct weather *weather, unsigned sides)
{
    uint32_t number;

    chance_fill(&weather->chance, &number, sizeof number);
    return number % sides;
}

static const char *new_value(struct weather *weather)
{
    static const char *const common[] = {"a", "b", "c"};

    switch (roll(weather, 8)) {
    case 0:
        return NULL;
    case 1:
    case 2:
        return common[roll(weather, ARRAY_LEN(common))];
    default:
        return arena_printf(&weather->tenant.arena, "v%u", ++weather->values);
    }
}

static const char *quoted(struct weather *weather, const char *name, const char *value)
{
    return value == NULL ? arena_printf(&weather->tenant.arena, "{\"%s\":null}", name)
                         : arena_printf(&weather->tenant.arena, "{\"%s\":\"%s\"}", name, value);
}

static void create(struct weather *weather)
{
    struct tenant *tenant = &weather->tenant;
    struct record *record = &weather->records[weather->count];

    if (weather->count == MOST_RECORDS) {
        return;
    }
    *record = (struct record){.rank = roll(weather, 2) == 0 ? LEAD : CONTACT};
    for (int i = 0; i < FIELDS; i++) {
        record->told[i] =
            (struct told){.dynamics = true,
                          .by_dynamics = arena_printf(&tenant->arena, "v%u", ++weather->values)};
    }
    record->key =
        tenant_create(tenant, record->rank,
                      arena_printf(&tenant->arena,
                                   "{\"firstname\":\"%s\",\"lastname\":\"%s\",\"jobtitle\":\"%s\"}",
                                   record->told[0].by_dynamics, record->told[1].by_dynamics,
                                   record->told[2].by_dynamics));
    weather->count++;
    strbuf_addf(&weather->log, "  create %d %s\n", record->rank, record->key);
}

/* Marketo refuses some first names, and for one of them whatever came with it. */
static void edit_record(struct weather *weather, struct record *record)
{
    int field = (int)roll(weather, FIELDS);
    struct told *told = &record->told[field];

    told->dynamics = true;
    told->by_dynamics = field != 0 || roll(weather, 6) != 0 ? new_value(weather)
                        : roll(weather, 2) == 0             ? "BAD"
                                                            : "WORSE";
    tenant_edit(&weather->tenant, record->rank, record->key,
                quoted(weather, fields[field].column, told->by_dynamics));
    strbuf_addf(&weather->log, "  dynamics %.8s %s=%s\n", record->key, fields[field].column,
                told->by_dynamics != NULL ? told->by_dynamics : "null");
}

static void edit_person(struct weather *weather, struct record *record)
{
    int field = (int)roll(weather, FIELDS);
    struct told *told = &record->told[field];

    if (tenant_person(&weather->tenant, record->key) == NULL) {
        return;
    }
    told->marketo = true;
    told->by_marketo = roll(weather, 8) == 0 ? too_long : new_value(weather);
    record->refused = record->refused || told->by_marketo == too_long;
    tenant_edit_person(&weather->tenant, record->key,
                       quoted(weather, fields[field].field, told->by_marketo));
    strbuf_addf(&weather->log, "  marketo  %.8s %s=%s\n", record->key, fields[field].field,
                told->by_marketo != NULL ? told->by_marketo : "null");
}

static void associate(struct weather *weather, struct record *record)
{
    struct tenant *tenant = &weather->tenant;

    if (record->rank != CONTACT) {
        return;
    }
    if (weather->account_count < 3) {
        weather->accounts[weather->account_count++] =
            tenant_create(tenant, ACCOUNT, quoted(weather, "name", "Contoso"));
    }
    record->account = weather->accounts[roll(weather, (unsigned)weather->account_count)];
    tenant_edit(tenant, CONTACT, record->key, quoted(weather, "parentcustomerid", record->account));
    strbuf_addf(&weather->log, "  account  %.8s of %.8s\n", record->account, record->key);
}

static void toggle_filter(struct weather *weather, struct record *record)
{
    bool out = roll(weather, 2) == 0;

    if (record->rank != LEAD) {
        return;
    }
    record->left_out = true;
    tenant_edit(&weather->tenant, LEAD, record->key,
                out ? "{\"new_synctomkto\":false}" : "{\"new_synctomkto\":true}");
    strbuf_addf(&weather->log, "  filter   %.8s %s\n", record->key, out ? "No" : "Yes");
}

/* Somebody does something. */
static void act(struct weather *weather)
{
    struct tenant *tenant = &weather->tenant;
    struct record *record;

    tenant->now_ms += (int64_t)roll(weather, 4) * 7000;
    record = weather->count > 0 ? &weather->records[roll(weather, (unsigned)weather->count)] : NULL;
    if (record == NULL || roll(weather, 8) == 0) {
        create(weather);
        return;
    }
    if (record->deleted) {
        return;
    }
    switch (roll(weather, 20)) {
    case 0:
        record->deleted = true;
        tenant_delete(tenant, record->rank, record->key);
        strbuf_addf(&weather->log, "  delete record %.8s\n", record->key);
        break;
    case 1:
        if (tenant_person(tenant, record->key) != NULL) {
            record->person_deleted = true;
            tenant_delete_person(tenant, record->key);
            strbuf_addf(&weather->log, "  delete person %.8s\n", record->key);
        }
        break;
    case 2:
    case 3:
        associate(weather, record);
        break;
    case 4:
        toggle_filter(weather, record);
        break;
    case 5:
    case 6:
    case 7:
    case 8:
    case 9:
    case 10:
    case 11:
        edit_record(weather, record);
        break;
    default:
        edit_person(weather, record);
        break;
    }
}

static void act_between(struct tenant *tenant)
{
    if (current->busy && roll(current, 5) == 0) {
        act(current);
    }
    if (current->stormy && tenant->trouble_at <= tenant->requests && roll(current, 8) == 0) {
        tenant->trouble = (enum tenant_trouble)(1 + roll(current, TENANT_TROUBLES - 1));
        tenant->trouble_at = tenant->requests + 1;
    }
}

/* A pass that may fail in one way. */
static void troubled_pass(struct weather *weather)
{
    struct tenant *tenant = &weather->tenant;

    tenant->between = act_between;
    weather->busy = roll(weather, 2) == 0;
    weather->stormy = roll(weather, 6) == 0;
    switch (roll(weather, 9)) {
    case 0:
    case 1:
    case 2:
        tenant->trouble = (enum tenant_trouble)(1 + roll(weather, TENANT_TROUBLES - 1));
        tenant->trouble_at = tenant->requests + 1 + roll(weather, 25);
        strbuf_addf(&weather->log, "trouble %d at request +%u\n", (int)tenant->trouble,
                    tenant->trouble_at - tenant->requests);
        break;
    case 3:
    case 4:
    case 5:
        tenant->die_phase = (enum crmsync_commit_phase)roll(weather, 3);
        tenant->die_at = tenant->commits[tenant->die_phase] + 1 + roll(weather, 20);
        strbuf_addf(&weather->log, "dies in phase %d\n", (int)tenant->die_phase);
        break;
    case 6:
        tenant->refused = true;
        strbuf_addf(&weather->log, "the application is refused\n");
        break;
    case 7:
        tenant->expired = tenant->version;
        strbuf_addf(&weather->log, "links expire\n");
        break;
    default:
        tenant->throttle_s = roll(weather, 2) == 0 ? -1 : 30;
        strbuf_addf(&weather->log, "throttle %d\n", tenant->throttle_s);
        break;
    }
    if (!tenant_call(tenant, "sync.once", "{}")) {
        tenant->die_at = 0;
        tenant_reopen(tenant);
        strbuf_addf(&weather->log, "died\n");
    } else {
        strbuf_addf(&weather->log, "pass: %s %s\n", tenant->code != NULL ? tenant->code : "done",
                    tenant->code != NULL
                        ? json_get_text(json_get(tenant->result, "error"), "message")
                        : "");
    }
    tenant->now_ms += tenant->throttle_s < 0 ? 27LL * 3600 * 1000 : 60000;
    tenant->between = NULL;
    tenant->die_at = tenant->trouble_at = 0;
    tenant->throttle_s = 0;
    tenant->refused = false;
}

#define ENSURE(weather, condition, ...)                                                            \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fputs(strbuf_text(&(weather)->log), stderr);                                           \
            fail_msg(__VA_ARGS__);                                                                 \
        }                                                                                          \
    } while (false)

/* Passes until two of them in a row write nothing. */
static void clear_up(struct weather *weather)
{
    struct tenant *tenant = &weather->tenant;
    int idle = 0;

    for (int i = 0; i < MOST_PASSES && idle < 2; i++) {
        unsigned writes = tenant->writes;

        tenant->now_ms += 300000;
        assert_true(tenant_call(tenant, "sync.once", "{}"));
        ENSURE(weather, tenant->outcome == CRMSYNC_DONE || str_eq(tenant->code, "record_failed"),
               "a pass of good weather: %s: %s", tenant->code,
               json_get_text(json_get(tenant->result, "error"), "message"));
        idle = tenant->writes == writes ? idle + 1 : 0;
    }
    ENSURE(weather, idle == 2, "the passes go on writing");
    strbuf_addf(&weather->log, "clear\n");
}

static bool same(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : str_eq(a, b);
}

static bool one_of(const struct told *told, const char *value)
{
    return (told->dynamics && same(value, told->by_dynamics)) ||
           (told->marketo && same(value, told->by_marketo)) ||
           (!told->dynamics && !told->marketo && same(value, told->before));
}

/* Whether one side refuses something that the other one has. */
static bool is_refused(struct weather *weather, const cJSON *row, const cJSON *person)
{
    const char *first = tenant_text(&weather->tenant, row, "firstname");

    for (int i = 0; person != NULL && i < FIELDS; i++) {
        const char *there = tenant_text(&weather->tenant, person, fields[i].field);

        if (there != NULL && strlen(there) > 20) {
            return true;
        }
    }
    return str_eq(first, "BAD") || str_eq(first, "WORSE");
}

static void judge_record(struct weather *weather, struct record *record)
{
    struct tenant *tenant = &weather->tenant;
    const cJSON *person = tenant_person(tenant, record->key), *row;
    bool changed = false, loose = record->person_deleted || record->nobody || record->left_out;

    if (record->deleted) {
        return;
    }
    row = tenant_row(tenant, record->rank, record->key);
    if (cJSON_IsFalse(json_get(row, "new_synctomkto"))) {
        return; /* the person goes stale */
    }
    record->refused = record->refused || is_refused(weather, row, person);
    if (is_refused(weather, row, person) || (record->refused && person == NULL)) {
        return; /* until somebody changes it */
    }
    record->refused = false;
    for (int i = 0; i < FIELDS; i++) {
        struct told *told = &record->told[i];
        const char *here = tenant_text(tenant, row, fields[i].column);
        const char *there = person != NULL ? tenant_text(tenant, person, fields[i].field) : here;

        ENSURE(weather, same(here, there), "%s of %s: %s in Dynamics, %s in Marketo",
               fields[i].column, record->key, here != NULL ? here : "null",
               there != NULL ? there : "null");
        /* What somebody writes into a person that is just being made again may be written over. */
        ENSURE(weather, loose || one_of(told, here), "%s of %s: nobody's %s", fields[i].column,
               record->key, here != NULL ? here : "null");
        changed = changed || !same(told->before, here);
        *told = (struct told){.before = here != NULL ? arena_strdup(&tenant->arena, here) : NULL};
    }
    /* Who was deleted in Marketo comes back when the record changes (DEL-03). */
    ENSURE(weather, person != NULL || record->person_deleted || (record->nobody && !changed),
           "nobody is there for %s", record->key);
    record->nobody = person == NULL;
    if (person != NULL && record->account != NULL) {
        const char *company = tenant_text(tenant, person, "externalCompanyId");

        ENSURE(weather, str_eq(company, record->account), "%s is of the account %s", record->key,
               company != NULL ? company : "null");
    }
    record->person_deleted = record->left_out = false;
}

static void comes_together(void **state)
{
    const uint64_t seed = (uint64_t)(uintptr_t)*state;
    static struct weather weather;

    weather = (struct weather){.chance = seed * 0x9e3779b97f4a7c15U + 1};
    current = &weather;
    tenant_start(&weather.tenant);
    weather.tenant.page_rows = 1 + roll(&weather, 4);
    weather.tenant.ahead_ms = ((int64_t)roll(&weather, 3) - 1) * 40 * 60000;
    for (int round = 0; round < ROUNDS; round++) {
        for (unsigned n = roll(&weather, 8); n > 0; n--) {
            act(&weather);
        }
        for (unsigned n = roll(&weather, 5); n > 0; n--) {
            troubled_pass(&weather);
            for (unsigned edits = roll(&weather, 3); edits > 0; edits--) {
                act(&weather);
            }
        }
        clear_up(&weather);
        for (size_t i = 0; i < weather.count; i++) {
            judge_record(&weather, &weather.records[i]);
        }
    }
    tenant_stop(&weather.tenant);
    strbuf_finish(&weather.log);
}

int main(void)
{
    enum { SEEDS = 40 };
    const char *only = getenv("WEATHER");
    unsigned first = only != NULL ? (unsigned)strtoul(only, NULL, 10) : 1, count = 0;
    struct CMUnitTest tests[SEEDS];
    char names[SEEDS][24];

    for (; count < SEEDS; count++) {
        snprintf(names[count], sizeof names[count], "seed %u", first + count);
        tests[count] = (struct CMUnitTest){.name = names[count],
                                           .test_func = comes_together,
                                           .initial_state = (void *)(uintptr_t)(first + count)};
    }
    return cases_run("sync/weather", tests, count);
}
