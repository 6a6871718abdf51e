/* Pages of rows: how they are cut into rows, and what a row says. */
#include "cases.h"

#include <string.h>

#include "base/str.h"
#include "dataverse/rows.h"
#include "dataverse/side.h"
#include "support/files.h"

/* The mapping that the fixtures fit. */
static struct sync_field fields[] = {
    {.id = 1, .name = "firstname", .target = "firstName", .kind = SYNC_TEXT},
    {.id = 2, .name = "preferredcontactmethodcode", .target = "a", .kind = SYNC_CHOICE},
    {.id = 3, .name = "donotphone", .target = "doNotCall", .kind = SYNC_BOOLEAN},
    {.id = 4, .name = "parentcustomerid", .target = "externalCompanyId", .kind = SYNC_ACCOUNT},
};

static struct sync_mapping mapping_of(struct arena *arena)
{
    struct sync_mapping mapping = {
        .entity = &sync_entities[2], .fields = fields, .count = ARRAY_LEN(fields)};

    sync_mapping_index(arena, &mapping);
    return mapping;
}

static const char *value_of(const struct sync_record *record, uint32_t field)
{
    const struct sync_value *value = sync_values_find(&record->values, field);

    assert_non_null(value);
    return value->text;
}

static void reads_changes(void **state)
{
    AUTO(arena) arena = {0};
    size_t len;
    const char *text = test_fixture(&arena, "dataverse/delta.json", &len);
    struct sync_mapping mapping = mapping_of(&arena);
    const struct sync_read read = {.mapping = &mapping};
    struct sync_problem problem;
    struct sync_page_text page;
    struct sync_record record;
    const cJSON *row;
    struct err err;

    (void)state;
    assert_true(sync_page_open(&arena, text, len, &page, &err));
    assert_null(page.next);
    assert_true(str_ends(page.delta, "2008%3a21%3a20"));
    assert_true(str_ends(page.context, "/$delta"));
    assert_true(sync_page_next(&arena, &page, &row, &err));
    assert_true(sync_dataverse_record(&arena, &read, row, &record, &problem));
    assert_string_equal(record.key, "0a1b2c3d-0000-4000-8000-000000000001");
    assert_string_equal(record.etag, "W/\"915300\"");
    assert_true(record.modified_ms == 1768467600000);
    assert_string_equal(value_of(&record, 1), "Ann");
    assert_string_equal(value_of(&record, 2), "Email");
    assert_string_equal(value_of(&record, 3), "false");
    assert_string_equal(value_of(&record, 4), "d3b0cc77-88af-4c3b-a1f6-7f2a4f1f0001");
    assert_true(sync_page_next(&arena, &page, &row, &err));
    assert_true(sync_dataverse_record(&arena, &read, row, &record, &problem));
    assert_null(value_of(&record, 1));
    assert_null(value_of(&record, 2));
    assert_string_equal(value_of(&record, 3), "true");
    assert_null(value_of(&record, 4)); /* a contact is no company */
    assert_true(sync_page_next(&arena, &page, &row, &err));
    assert_true(sync_dataverse_record(&arena, &read, row, &record, &problem));
    assert_true(record.gone);
    assert_string_equal(record.key, "0a1b2c3d-0000-4000-8000-000000000003");
    assert_true(sync_page_next(&arena, &page, &row, &err));
    assert_null(row);
}

static void reads_a_page_with_a_successor(void **state)
{
    AUTO(arena) arena = {0};
    size_t len;
    const char *text = test_fixture(&arena, "dataverse/tracked-page.json", &len);
    struct sync_page_text page;
    const cJSON *row;
    struct err err;

    (void)state;
    assert_true(sync_page_open(&arena, text, len, &page, &err));
    assert_true(str_ends(page.next, "istracking=%22True%22%20/%3E"));
    assert_null(page.delta);
    assert_true(sync_page_next(&arena, &page, &row, &err));
    assert_non_null(row);
    assert_true(sync_page_next(&arena, &page, &row, &err));
    assert_null(row);
    /* Wherever it is cut off, it is no page. */
    for (size_t cut = 0; cut + 2 < len; cut++) {
        assert_false(sync_page_open(&arena, text, cut, &page, &err));
        assert_int_equal(err.kind, ERR_PROTOCOL);
    }
}

struct bad_case {
    const char *name, *text;
    bool opens; /* it is a page, and a row of it is broken */
};

static const struct bad_case bad_cases[] = {
    {"nothing", "", false},
    {"HTML", "<html>", false},
    {"an array", "[]", false},
    {"no value", "{\"a\":1}", false},
    {"an empty object", "{}", false},
    {"a value that is no array", "{\"value\":{}}", false},
    {"an array that ends as an object", "{\"value\":[}}", false},
    {"something behind it", "{\"value\":[]} x", false},
    {"no colon", "{\"value\" []}", false},
    {"a link that is no text", "{\"value\":[],\"@odata.nextLink\":1}", false},
    {"an open string", "{\"value\":[],\"a\":\"b}", false},
    {"an escape at the end", "{\"value\":[\"\\", false},
    {"a row that is no object", "{\"value\":[1]}", true},
    {"a row that is no JSON", "{\"value\":[{\"a\":x}]}", true},
    {"a comma too many", "{\"value\":[{},]}", true},
    {"no comma", "{\"value\":[{}{}]}", true},
};

static void refuses_a_page(void **state)
{
    const struct bad_case *c = *state;
    AUTO(arena) arena = {0};
    struct sync_page_text page;
    const cJSON *row = NULL;
    struct err err = {0};
    bool ok = sync_page_open(&arena, c->text, strlen(c->text), &page, &err);

    assert_int_equal(ok, c->opens);
    while (ok && (ok = sync_page_next(&arena, &page, &row, &err)) && row != NULL) {
    }
    assert_false(ok);
    assert_int_equal(err.kind, ERR_PROTOCOL);
}

struct row_case {
    const char *name, *text, *words;
};

static const struct row_case row_cases[] = {
    {"no key", "{\"@odata.etag\":\"W/\\\"1\\\"\"}", "a row has no contactid"},
    {"a key that is none", "{\"@odata.etag\":\"W/\\\"1\\\"\",\"contactid\":\"1 or 1\"}",
     "a row has no contactid"},
    {"no version", "{\"contactid\":\"0a1b2c3d-0000-4000-8000-000000000001\"}",
     "a row has no @odata.etag"},
};

static void refuses_a_row(void **state)
{
    const struct row_case *c = *state;
    AUTO(arena) arena = {0};
    struct sync_mapping mapping = mapping_of(&arena);
    const struct sync_read read = {.mapping = &mapping};
    struct sync_problem problem;
    struct sync_record record;
    struct err err;
    cJSON *row;

    assert_true(json_parse(&arena, c->text, strlen(c->text), JSON_PLAIN, &row, &err));
    assert_false(sync_dataverse_record(&arena, &read, row, &record, &problem));
    assert_string_equal(problem.error.code, "protocol");
    assert_non_null(strstr(problem.error.message, c->words));
}

/* An empty column is there as null: what is not there, or is no value, was not seen. */
static void does_not_guess_values(void **state)
{
    static const char text[] = "{\"@odata.etag\":\"W/\\\"1\\\"\",\"contactid\":"
                               "\"0a1b2c3d-0000-4000-8000-000000000001\",\"b\":null,\"c\":{}}";
    AUTO(arena) arena = {0};
    struct sync_field all[] = {
        {.name = "a", .id = 1}, {.name = "b", .id = 2}, {.name = "c", .id = 3}};
    struct sync_mapping mapping = {.entity = &sync_entities[2], .fields = all, .count = 3};
    const struct sync_read read = {.mapping = &mapping};
    struct sync_problem problem;
    struct sync_record record;
    struct err err;
    cJSON *row;

    (void)state;
    sync_mapping_index(&arena, &mapping);
    assert_true(json_parse(&arena, text, strlen(text), JSON_PLAIN, &row, &err));
    assert_true(sync_dataverse_record(&arena, &read, row, &record, &problem));
    assert_int_equal(record.values.count, 1);
    assert_int_equal(record.values.items[0].field, 2);
    assert_null(record.values.items[0].text);
}

struct filter_case {
    const char *name, *value;
    bool left_out;
};

static const struct filter_case filter_cases[] = {
    {"No", "\"new_synctomkto\":false,", true},
    {"Yes", "\"new_synctomkto\":true,", false},
    {"empty", "\"new_synctomkto\":null,", false},
    {"not there", "", false},
};

static void filters(void **state)
{
    const struct filter_case *c = *state;
    AUTO(arena) arena = {0};
    struct sync_field filter[] = {{.name = "new_synctomkto", .target = "x", .is_filter = true}};
    struct sync_mapping mapping = {.entity = &sync_entities[2], .fields = filter, .count = 1};
    const struct sync_read read = {.mapping = &mapping};
    const char *text = arena_printf(&arena,
                                    "{%s\"@odata.etag\":\"W/\\\"1\\\"\",\"contactid\":"
                                    "\"0a1b2c3d-0000-4000-8000-000000000001\"}",
                                    c->value);
    struct sync_problem problem;
    struct sync_record record;
    struct err err;
    cJSON *row;

    sync_mapping_index(&arena, &mapping);
    assert_true(json_parse(&arena, text, strlen(text), JSON_PLAIN, &row, &err));
    assert_true(sync_dataverse_record(&arena, &read, row, &record, &problem));
    assert_int_equal(record.left_out, c->left_out);
}

int main(void)
{
    struct CMUnitTest tests[40];
    size_t count = 0;

    tests[count++] = (struct CMUnitTest)cmocka_unit_test(reads_changes);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(reads_a_page_with_a_successor);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(does_not_guess_values);
    CASES(tests, count, bad_cases, refuses_a_page);
    CASES(tests, count, row_cases, refuses_a_row);
    CASES(tests, count, filter_cases, filters);
    return cases_run("dataverse/changes", tests, count);
}
