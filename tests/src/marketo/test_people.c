/* Bodies of calls that write, and their outcomes. */
#include "cases.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "marketo/people.h"
#include "support/files.h"

static struct sync_field account_fields[] = {
    {.id = 1, .name = "name", .target = "company", .kind = SYNC_TEXT, .target_length = 5},
    {.id = 2, .name = "revenue", .target = "annualRevenue", .kind = SYNC_NUMBER},
};
static struct sync_field lead_fields[] = {
    {.id = 3, .name = "firstname", .target = "firstName", .kind = SYNC_TEXT, .as_text = true},
    {.id = 4, .name = "donotphone", .target = "doNotCall", .kind = SYNC_BOOLEAN},
};
static const struct sync_mapping mappings[SYNC_ENTITIES] = {
    {.entity = &sync_entities[0], .fields = account_fields, .count = 2},
    {.entity = &sync_entities[1], .fields = lead_fields, .count = 2},
    {.entity = &sync_entities[2]},
};

#define KEY "0a1b2c3d-0000-4000-8000-000000000001"

struct compose_case {
    const char *name;
    enum sync_lane lane;
    const char *entity;
    enum sync_verb verb;
    struct sync_value values[2];
    const char *body;
};

/* clang-format off */
static const struct compose_case compose_cases[] = {
    {"a company", SYNC_LANE_COMPANY, "account", SYNC_CREATE, {{1, "Contoso"}, {2, "20000"}},
     "{\"action\":\"createOrUpdate\",\"dedupeBy\":\"dedupeFields\",\"input\":[{\"externalCompanyId\":\"" KEY "\",\"company\":\"Conto\",\"annualRevenue\":20000}]}"},
    {"a new person", SYNC_LANE_PERSON, "lead", SYNC_CREATE, {{3, "Ann"}, {4, "false"}},
     "{\"action\":\"createOrUpdate\",\"lookupField\":\"dynamicsId\",\"input\":[{\"dynamicsId\":\"" KEY "\",\"msftType\":\"Lead\",\"msftLeadId\":\"" KEY "\",\"msftIsDeleted\":false,\"firstName\":\"Ann\",\"doNotCall\":false}]}"},
    {"a person made again, with a field that is empty by now", SYNC_LANE_PERSON, "lead", SYNC_CREATE, {{3, NULL}, {4, "true"}},
     "{\"action\":\"createOrUpdate\",\"lookupField\":\"dynamicsId\",\"input\":[{\"dynamicsId\":\"" KEY "\",\"msftType\":\"Lead\",\"msftLeadId\":\"" KEY "\",\"msftIsDeleted\":false,\"firstName\":null,\"doNotCall\":true}]}"},
    {"an emptied field", SYNC_LANE_PERSON, "lead", SYNC_UPDATE, {{3, NULL}},
     "{\"action\":\"createOrUpdate\",\"lookupField\":\"dynamicsId\",\"input\":[{\"dynamicsId\":\"" KEY "\",\"firstName\":null}]}"},
    {"a deleted record", SYNC_LANE_FLAG, "lead", SYNC_DELETE, {{0}},
     "{\"action\":\"updateOnly\",\"lookupField\":\"dynamicsId\",\"input\":[{\"dynamicsId\":\"" KEY "\",\"msftIsDeleted\":true}]}"},
    {"what is no longer mapped", SYNC_LANE_PERSON, "lead", SYNC_UPDATE, {{9, "x"}, {3, "Ann"}},
     "{\"action\":\"createOrUpdate\",\"lookupField\":\"dynamicsId\",\"input\":[{\"dynamicsId\":\"" KEY "\",\"firstName\":\"Ann\"}]}"},
};
/* clang-format on */

static void composes(void **state)
{
    const struct compose_case *c = *state;
    AUTO(arena) arena = {0};
    struct sync_op op = {.link = {.entity = c->entity, .key = KEY}, .verb = c->verb};
    const struct sync_batch batch = {c->lane, mappings, &op, 1};
    size_t count;

    for (size_t i = 0; i < 2 && c->values[i].field != 0; i++) {
        sync_values_add(&arena, &op.values, c->values[i].field, c->values[i].text);
    }
    assert_string_equal(sync_people_compose(&arena, "dynamicsId", &batch, &count), c->body);
    assert_int_equal(count, 1);
}

static void stays_below_the_limit(void **state)
{
    enum { LONG = 8000 };
    AUTO(arena) arena = {0};
    struct sync_op ops[SYNC_BATCH_MAX] = {0};
    const struct sync_batch batch = {SYNC_LANE_PERSON, mappings, ops, SYNC_BATCH_MAX};
    char *text = arena_alloc(&arena, LONG + 1);
    const char *body;
    size_t count;

    (void)state;
    memset(text, 'x', LONG);
    for (size_t i = 0; i < SYNC_BATCH_MAX; i++) {
        ops[i].link = (struct sync_link){.entity = "lead", .key = KEY};
        ops[i].verb = SYNC_UPDATE;
        sync_values_add(&arena, &ops[i].values, 3, text);
    }
    body = sync_people_compose(&arena, "dynamicsId", &batch, &count);
    assert_true(strlen(body) < 1000 * 1000);
    assert_in_range(count, 100, SYNC_BATCH_MAX - 1);
}

static void read_answer(struct arena *arena, const char *text, struct sync_marketo_answer *ret)
{
    struct err err;
    cJSON *root;

    assert_true(json_parse(arena, text, strlen(text), JSON_PLAIN, &root, &err));
    *ret = (struct sync_marketo_answer){.root = root, .result = json_get(root, "result")};
}

static void reads_people(void **state)
{
    AUTO(arena) arena = {0};
    size_t len;
    struct sync_marketo_answer answer;
    struct sync_problem problem;
    struct sync_written written[2];

    (void)state;
    read_answer(&arena, test_fixture(&arena, "marketo/sync.json", &len), &answer);
    assert_true(sync_people_outcomes(&answer, 2, written, &problem));
    assert_int_equal(written[0].result, SYNC_WAS_CREATED);
    assert_int_equal(written[0].id, 501);
    assert_int_equal(written[1].result, SYNC_WAS_SKIPPED);
    assert_string_equal(written[1].code, "1006");
    assert_string_equal(written[1].message, "Field 'nobody' not found");
    assert_false(sync_people_outcomes(&answer, 1, written, &problem));
    assert_string_equal(problem.error.code, "protocol");
    assert_false(sync_people_outcomes(&answer, 3, (struct sync_written[3]){0}, &problem));
}

static void reads_companies(void **state)
{
    AUTO(arena) arena = {0};
    size_t len;
    struct sync_marketo_answer answer;
    struct sync_problem problem;
    struct sync_written written[1];

    (void)state;
    read_answer(&arena, test_fixture(&arena, "marketo/companies-sync.json", &len), &answer);
    assert_true(sync_people_outcomes(&answer, 1, written, &problem));
    assert_int_equal(written[0].id, 1232);
}

static void reads_updates(void **state)
{
    static const char text[] = "{\"result\":[{\"id\":502,\"status\":\"updated\"},"
                               "{\"status\":\"skipped\",\"reasons\":[]}]}";
    AUTO(arena) arena = {0};
    struct sync_marketo_answer answer;
    struct sync_problem problem;
    struct sync_written written[2];

    (void)state;
    read_answer(&arena, text, &answer);
    assert_true(sync_people_outcomes(&answer, 2, written, &problem));
    assert_int_equal(written[0].result, SYNC_WAS_UPDATED);
    assert_int_equal(written[1].result, SYNC_WAS_SKIPPED);
    assert_string_equal(written[1].code, "skipped");
}

static void needs_an_id(void **state)
{
    AUTO(arena) arena = {0};
    struct sync_marketo_answer answer;
    struct sync_problem problem;
    struct sync_written written[1];

    (void)state;
    read_answer(&arena, "{\"result\":[{\"status\":\"created\"}]}", &answer);
    assert_false(sync_people_outcomes(&answer, 1, written, &problem));
    read_answer(&arena, "{\"success\":true}", &answer);
    assert_false(sync_people_outcomes(&answer, 1, written, &problem));
    read_answer(&arena, "{\"result\":[{\"id\":502}]}", &answer);
    assert_false(sync_people_outcomes(&answer, 1, written, &problem));
    read_answer(&arena, "{\"result\":[null]}", &answer);
    assert_false(sync_people_outcomes(&answer, 1, written, &problem));
}

int main(void)
{
    struct CMUnitTest tests[16];
    size_t count = 0;

    CASES(tests, count, compose_cases, composes);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(stays_below_the_limit);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(reads_people);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(reads_companies);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(reads_updates);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(needs_an_id);
    return cases_run("marketo/people", tests, count);
}
