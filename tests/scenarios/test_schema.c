#include "cases.h"

#include "base/arena.h"
#include "base/json.h"
#include "runner/scenario.h"

static void names_every_member(void **state)
{
    static const char *const pointers[] = {
        "/properties/scenario/description",
        "/properties/also/items/enum/2",
        "/$defs/step/properties/request/pattern",
        "/$defs/step/properties/fault/anyOf/1/properties/action/oneOf/9",
        "/$defs/expect/properties/journal/anyOf/0/properties/since",
        "/$defs/value/properties/$contains",
    };
    AUTO(arena) arena = {0};
    const cJSON *schema = run_scenario_schema(&arena);

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(pointers); i++) {
        assert_non_null(json_pointer_get(schema, pointers[i]));
    }
    assert_int_equal(cJSON_GetArraySize(json_pointer_get(schema, "/properties")),
                     run_scenario_members.count);
    assert_int_equal(cJSON_GetArraySize(json_pointer_get(schema, "/$defs/step/properties")),
                     run_step_members.count);
    assert_int_equal(cJSON_GetArraySize(json_pointer_get(schema, "/$defs/expect/properties")),
                     run_expect_members.count);
    assert_int_equal(cJSON_GetArraySize(json_pointer_get(schema, "/properties/rules/items/enum")),
                     run_rules.count);
}

static void lets_nothing_unknown_in(void **state)
{
    AUTO(arena) arena = {0};
    const cJSON *schema = run_scenario_schema(&arena);

    (void)state;
    assert_true(cJSON_IsFalse(json_pointer_get(schema, "/additionalProperties")));
    assert_true(cJSON_IsFalse(json_pointer_get(schema, "/$defs/step/additionalProperties")));
    assert_string_equal(cJSON_GetStringValue(json_pointer_get(schema, "/required/1")), "steps");
}

/* The sed script that makes the list has not missed a row of the book. */
static void knows_the_rule_book(void **state)
{
    (void)state;
    assert_true(run_rules.count >= 347);
    assert_true(run_words_have(&run_rules, "GEN-01"));
    assert_true(run_words_have(&run_rules, "ENT-LEAD-09"));
    assert_true(run_words_have(&run_rules, "L10N-09"));
    assert_false(run_words_have(&run_rules, "id"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_every_member),
        cmocka_unit_test(lets_nothing_unknown_in),
        cmocka_unit_test(knows_the_rule_book),
    };

    return cases_run("schema", tests, ARRAY_LEN(tests));
}
