/* Which columns become which fields: from the page's list and the columns that are there. */
#include "cases.h"

#include <string.h>

#include "base/str.h"
#include "mapping/mapping.h"
#include "mapping/pairs.h"
#include "support/files.h"

static const cJSON *read_page(struct arena *arena, const char *text)
{
    struct err err;
    cJSON *root;

    assert_true(json_parse(arena, text, strlen(text), JSON_PLAIN, &root, &err));
    return root;
}

#define FIELD(name, type, marketo)                                                                 \
    "{\"name\":\"" name "\",\"type\":\"" type "\",\"marketo\":" marketo ",\"selected\":true}"

struct field_case {
    const char *name;
    int rank;
    const char *json;   /* of the list */
    const char *column; /* NULL: nothing is mapped */
    const char *target;
    enum sync_kind kind;
    bool to_dynamics, as_text, filter;
};

/* clang-format off */
static const struct field_case field_cases[] = {
    {"a pair that is always made", 1, FIELD("firstname", "String", "{\"name\":\"firstName\",\"type\":\"string\"}"), "firstname", "firstName", SYNC_TEXT, true, true, false},
    {"the page names the field", 1, FIELD("firstname", "String", "{\"name\":\"givenName\"}"), "firstname", "givenName", SYNC_TEXT, true, false, false},
    {"the page names none", 1, FIELD("jobtitle", "String", "null"), "jobtitle", "title", SYNC_TEXT, true, false, false},
    {"a column of one's own", 2, FIELD("new_region", "Picklist", "{\"name\":\"new_region\",\"type\":\"string\"}"), "new_region", "new_region", SYNC_CHOICE, true, true, false},
    {"a field that only the connector writes", 1, FIELD("new_x", "String", "{\"name\":\"new_x\",\"readOnly\":true}"), "new_x", "new_x", SYNC_TEXT, false, false, false},
    {"a state", 1, FIELD("statecode", "State", "{\"name\":\"leadStatus\"}"), "statecode", "leadStatus", SYNC_CHOICE, false, false, false},
    {"company fields never go back", 1, FIELD("companyname", "String", "{\"name\":\"company\"}"), "companyname", "company", SYNC_TEXT, false, false, false},
    {"accounts never go back", 0, FIELD("name", "String", "{\"name\":\"company\"}"), "name", "company", SYNC_TEXT, false, false, false},
    {"several choices never go back", 1, FIELD("new_many", "Virtual", "{\"name\":\"new_many\"}"), "new_many", "new_many", SYNC_CHOICE, false, false, false},
    {"a truth value", 2, FIELD("donotphone", "Boolean", "{\"name\":\"doNotCall\",\"type\":\"boolean\"}"), "donotphone", "doNotCall", SYNC_BOOLEAN, true, false, false},
    {"the filter is only looked at", 2, FIELD("new_synctomkto", "Boolean", "{\"name\":\"new_synctomkto\"}"), "new_synctomkto", "new_synctomkto", SYNC_BOOLEAN, false, false, true},
    {"a reference that is not followed", 1, FIELD("ownerid", "Owner", "null"), NULL, NULL, SYNC_TEXT, false, false, false},
    {"a lookup of one's own", 1, FIELD("new_who", "Lookup", "null"), NULL, NULL, SYNC_TEXT, false, false, false},
    {"the key itself", 1, FIELD("leadid", "Uniqueidentifier", "null"), NULL, NULL, SYNC_TEXT, false, false, false},
    {"not selected", 1, "{\"name\":\"fax\",\"selected\":false}", NULL, NULL, SYNC_TEXT, false, false, false},
};
/* clang-format on */

static void maps(void **state)
{
    const struct field_case *c = *state;
    AUTO(arena) arena = {0};
    const char *text = arena_printf(&arena, "[{\"name\":\"%s\",\"fields\":[%s]}]",
                                    sync_entities[c->rank].name, c->json);
    struct sync_mapping mapping;
    const struct sync_field *field;
    struct err err;

    assert_true(sync_mapping_read(&arena, read_page(&arena, text), &sync_entities[c->rank],
                                  &mapping, &err));
    sync_mapping_index(&arena, &mapping);
    assert_int_equal(mapping.count, (c->column != NULL) + (sync_entities[c->rank].parent != NULL));
    if (c->column == NULL) {
        return;
    }
    field = sync_mapping_find(&mapping, c->column, strlen(c->column));
    assert_non_null(field);
    assert_string_equal(field->target, c->target);
    assert_int_equal(field->kind, c->kind);
    assert_int_equal(field->to_dynamics, c->to_dynamics);
    assert_int_equal(field->as_text, c->as_text);
    assert_int_equal(field->is_filter, c->filter);
    assert_ptr_equal(sync_mapping_by_target(&mapping, c->target), field);
    assert_null(sync_mapping_find(&mapping, c->column, strlen(c->column) - 1));
}

static void reads_the_fixture(void **state)
{
    AUTO(arena) arena = {0};
    size_t len;
    const cJSON *root = read_page(&arena, test_fixture(&arena, "marketo/page-fields.json", &len));
    struct sync_mapping mapping;
    struct err err;

    (void)state;
    assert_true(
        sync_mapping_read(&arena, json_get(root, "result"), &sync_entities[1], &mapping, &err));
    assert_int_equal(mapping.count, 1);
    assert_string_equal(mapping.fields[0].target, "email");
    assert_int_equal(mapping.fields[0].target_length, 255);
}

struct bad_case {
    const char *name, *json, *words;
};

static const struct bad_case bad_cases[] = {
    {"no list", "[{\"name\":\"lead\",\"fields\":{}}]", "expected an array of fields of lead"},
    {"no name", "[{\"name\":\"lead\",\"fields\":[{\"selected\":true}]}]", "a field of lead"},
    {"no selected", "[{\"name\":\"lead\",\"fields\":[{\"name\":\"a\"}]}]", "a field of lead"},
};

static void refuses(void **state)
{
    const struct bad_case *c = *state;
    AUTO(arena) arena = {0};
    struct sync_mapping mapping;
    struct err err;

    assert_false(
        sync_mapping_read(&arena, read_page(&arena, c->json), &sync_entities[1], &mapping, &err));
    assert_int_equal(err.kind, ERR_PROTOCOL);
    assert_non_null(strstr(err.text, c->words));
}

static void looks_at_the_columns(void **state)
{
    static const char page[] = "[{\"name\":\"lead\",\"fields\":["
                               "{\"name\":\"new_a\",\"selected\":true},"
                               "{\"name\":\"new_b\",\"selected\":true}]}]";
    struct sync_column items[] = {{"new_a", "Integer", true}, {"new_b", "String", false}};
    struct sync_columns columns = {items, 2};
    AUTO(arena) arena = {0};
    struct sync_mapping mapping;
    const char *before, *gone;
    struct err err;

    (void)state;
    assert_true(
        sync_mapping_read(&arena, read_page(&arena, page), &sync_entities[1], &mapping, &err));
    assert_null(sync_mapping_check(&mapping, &columns));
    assert_int_equal(mapping.fields[0].kind, SYNC_INTEGER);
    assert_true(mapping.fields[0].to_dynamics);
    assert_false(mapping.fields[1].to_dynamics);
    sync_mapping_index(&arena, &mapping);
    before = sync_mapping_text(&arena, &mapping);
    columns.count = 1;
    gone = sync_mapping_check(&mapping, &columns);
    assert_string_equal(gone, "new_b");
    sync_mapping_drop(&mapping, gone);
    assert_null(sync_mapping_check(&mapping, &columns));
    sync_mapping_index(&arena, &mapping);
    assert_string_not_equal(sync_mapping_text(&arena, &mapping), before);
}

static void pairs_are_sorted(void **state)
{
    (void)state;
    for (size_t i = 1; i < sync_pair_count; i++) {
        assert_true(strcmp(sync_pairs[i - 1].column, sync_pairs[i].column) <= 0);
    }
    assert_string_equal(sync_pair_find("account", "telephone1")->target, "mainPhone");
    assert_string_equal(sync_pair_find("contact", "telephone1")->target, "phone");
    assert_null(sync_pair_find("contact", "subject"));
}

int main(void)
{
    struct CMUnitTest tests[40];
    size_t count = 0;

    CASES(tests, count, field_cases, maps);
    CASES(tests, count, bad_cases, refuses);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(reads_the_fixture);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(looks_at_the_columns);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(pairs_are_sorted);
    return cases_run("mapping/mapping", tests, count);
}
