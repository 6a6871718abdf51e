/* The body of a change, with the numbers of choices. */
#include "cases.h"

#include <string.h>

#include "base/str.h"
#include "dataverse/dataverse.h"
#include "dataverse/records.h"
#include "support/files.h"
#include "support/script.h"

static struct sync_field fields[] = {
    {.id = 1, .name = "firstname", .kind = SYNC_TEXT, .to_dynamics = true},
    {.id = 2, .name = "leadqualitycode", .kind = SYNC_CHOICE, .to_dynamics = true},
    {.id = 3, .name = "donotphone", .kind = SYNC_BOOLEAN, .to_dynamics = true},
    {.id = 4, .name = "mkt_priority", .kind = SYNC_INTEGER, .to_dynamics = true},
    {.id = 5, .name = "createdon", .kind = SYNC_TIME},
};

struct body_case {
    const char *name;
    struct sync_value values[2];
    const char *body; /* NULL: refused */
};

static const struct body_case body_cases[] = {
    {"a text", {{1, "Ann"}}, "{\"firstname\":\"Ann\"}"},
    {"emptied", {{1, NULL}}, "{\"firstname\":null}"},
    {"a label becomes its number", {{2, "Warm"}}, "{\"leadqualitycode\":2}"},
    {"no label", {{2, NULL}}, "{\"leadqualitycode\":null}"},
    {"a label that nobody knows", {{2, "Boiling"}}, NULL},
    {"a truth value and a number",
     {{3, "true"}, {4, "7"}},
     "{\"donotphone\":true,\"mkt_priority\":7}"},
    {"what does not go back", {{1, "Ann"}, {5, "2026-01-15"}}, "{\"firstname\":\"Ann\"}"},
    {"what is no longer mapped", {{9, "x"}, {1, "Ann"}}, "{\"firstname\":\"Ann\"}"},
};

static void writes(void **state)
{
    const struct body_case *c = *state;
    AUTO(arena) arena = {0};
    size_t len;
    const struct script_row row = {200, test_fixture(&arena, "dataverse/option-sets.json", &len)};
    const struct sync_mapping mapping = {
        .entity = &sync_entities[1], .fields = fields, .count = ARRAY_LEN(fields)};
    struct sync_values values = {0};
    struct sync_options options = {0};
    struct sync_problem problem = {0};
    struct sync_remote dataverse;
    struct script script;
    const char *body;

    script_begin(&script, &row, 1);
    assert_true(sync_dataverse_open(script.engine, &arena, NULL, false, &dataverse, &problem));
    assert_true(sync_options_read(script.engine, &arena, &dataverse, &sync_entities[1], &options,
                                  &problem));
    for (size_t i = 0; i < 2 && c->values[i].field != 0; i++) {
        sync_values_add(&arena, &values, c->values[i].field, c->values[i].text);
    }
    body = sync_record_body(&arena, &mapping, &values, &options, &problem);
    if (c->body != NULL) {
        assert_non_null(body);
        assert_string_equal(body, c->body);
    } else {
        assert_null(body);
        assert_string_equal(problem.error.code, "record_failed");
        assert_non_null(strstr(problem.error.message, "\"Boiling\" is no option"));
    }
    script_end(&script);
}

static const struct match_case {
    const char *name, *etag, *header;
} match_cases[] = {
    {"a version that was seen", "W/\"915300\"", "\nIf-Match: W/\"915300\"\n"},
    /* A PATCH without If-Match makes a record that is not there. */
    {"no version", NULL, "\nIf-Match: *\n"},
};

static void never_makes_a_record(void **state)
{
    const struct match_case *c = *state;
    static const struct script_row row = {200, "{\"@odata.etag\":\"W/\\\"915301\\\"\"}"};
    AUTO(arena) arena = {0};
    const struct sync_mapping mapping = {
        .entity = &sync_entities[1], .fields = fields, .count = ARRAY_LEN(fields)};
    struct sync_op op = {.link = {.key = "0a1b2c3d-0000-4000-8000-000000000001"}, .etag = c->etag};
    struct sync_options options = {0};
    struct sync_problem problem = {0};
    struct sync_remote dataverse;
    struct script script;
    const char *etag;

    script_begin(&script, &row, 1);
    assert_true(sync_dataverse_open(script.engine, &arena, NULL, false, &dataverse, &problem));
    sync_values_add(&arena, &op.values, 1, "Ann");
    assert_int_equal(sync_record_update(script.engine, &arena, &dataverse, &mapping, &op, &options,
                                        &etag, &problem),
                     SYNC_CHANGED);
    assert_string_equal(etag, "W/\"915301\"");
    assert_non_null(strstr(strbuf_text(&script.seen), c->header));
    script_end(&script);
}

int main(void)
{
    struct CMUnitTest tests[16];
    size_t count = 0;

    CASES(tests, count, body_cases, writes);
    CASES(tests, count, match_cases, never_makes_a_record);
    return cases_run("dataverse/records", tests, count);
}
