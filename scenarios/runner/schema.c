/* The JSON Schema of scenario files: from the tables in words.c, as the checks are. */
#include <string.h>

#include "base/auto.h"
#include "runner/scenario.h"

static cJSON *of_type(const char *type)
{
    cJSON *schema = cJSON_CreateObject();

    cJSON_AddStringToObject(schema, "type", type);
    return schema;
}

static cJSON *reference(const char *name)
{
    cJSON *schema = cJSON_CreateObject();
    AUTO(arena) arena = {0};

    cJSON_AddStringToObject(schema, "$ref", arena_printf(&arena, "#/$defs/%s", name));
    return schema;
}

static cJSON *one_of_words(const struct run_words *words)
{
    cJSON *schema = cJSON_CreateObject();

    cJSON_AddItemToObject(schema, "enum", cJSON_CreateStringArray(words->items, (int)words->count));
    return schema;
}

static cJSON *array_of(cJSON *items)
{
    cJSON *schema = of_type("array");

    cJSON_AddItemToObject(schema, "items", items);
    return schema;
}

static cJSON *object_of(cJSON *values)
{
    cJSON *schema = of_type("object");

    cJSON_AddItemToObject(schema, "additionalProperties", values);
    return schema;
}

static cJSON *either(cJSON *a, cJSON *b)
{
    cJSON *schema = cJSON_CreateObject();
    cJSON *list = cJSON_AddArrayToObject(schema, "anyOf");

    cJSON_AddItemToArray(list, a);
    cJSON_AddItemToArray(list, b);
    return schema;
}

static cJSON *pattern(const char *regex)
{
    cJSON *schema = of_type("string");

    cJSON_AddStringToObject(schema, "pattern", regex);
    return schema;
}

static cJSON *operations(void)
{
    cJSON *schema = cJSON_CreateObject();
    cJSON *list = cJSON_AddArrayToObject(schema, "enum");

    for (size_t i = 0; i < run_operation_count; i++) {
        cJSON_AddItemToArray(list, cJSON_CreateString(run_operations[i].name));
    }
    return schema;
}

static cJSON *schema_of(enum run_kind kind);

static cJSON *members(const struct run_members *table)
{
    cJSON *schema = of_type("object");
    cJSON *properties = cJSON_AddObjectToObject(schema, "properties");
    cJSON *required = cJSON_CreateArray();

    for (size_t i = 0; i < table->count; i++) {
        cJSON *member = schema_of(table->items[i].kind);

        cJSON_AddStringToObject(member, "description", table->items[i].about);
        cJSON_AddItemToObject(properties, table->items[i].name, member);
        if (table->items[i].required) {
            cJSON_AddItemToArray(required, cJSON_CreateString(table->items[i].name));
        }
    }
    if (required->child != NULL) {
        cJSON_AddItemToObject(schema, "required", required);
    } else {
        cJSON_Delete(required);
    }
    cJSON_AddFalseToObject(schema, "additionalProperties");
    return schema;
}

/* A step has one verb at most; without one it needs an expectation. */
static cJSON *step(void)
{
    cJSON *schema = members(&run_step_members);
    cJSON *list = cJSON_AddArrayToObject(schema, "oneOf");

    for (size_t i = 0; i < RUN_VERB_COUNT; i++) {
        cJSON *choice = cJSON_CreateObject();
        cJSON *required = cJSON_AddArrayToObject(choice, "required");

        cJSON_AddItemToArray(required, cJSON_CreateString(run_step_members.items[i].name));
        if (i == RUN_EXPECT) {
            cJSON *none = cJSON_AddArrayToObject(cJSON_AddObjectToObject(choice, "not"), "anyOf");

            for (size_t k = 0; k < RUN_EXPECT; k++) {
                cJSON *verb = cJSON_CreateObject();

                cJSON_AddItemToArray(cJSON_AddArrayToObject(verb, "required"),
                                     cJSON_CreateString(run_step_members.items[k].name));
                cJSON_AddItemToArray(none, verb);
            }
        }
        cJSON_AddItemToArray(list, choice);
    }
    return schema;
}

static cJSON *fault_action(void)
{
    cJSON *schema = cJSON_CreateObject();
    cJSON *list = cJSON_AddArrayToObject(schema, "oneOf");

    for (size_t i = 0; i < run_fault_type_count; i++) {
        cJSON *action = members(&run_fault_types[i].members);
        cJSON *type = cJSON_CreateObject();
        cJSON *required = json_get(action, "required");

        cJSON_AddStringToObject(type, "const", run_fault_types[i].name);
        cJSON_AddItemToObject(json_get(action, "properties"), "type", type);
        if (required == NULL) {
            required = cJSON_AddArrayToObject(action, "required");
        }
        cJSON_AddItemToArray(required, cJSON_CreateString("type"));
        cJSON_AddItemToArray(list, action);
    }
    return schema;
}

/* Any value, or an object of one matcher. */
static cJSON *value(void)
{
    cJSON *schema = cJSON_CreateObject();
    cJSON *properties = cJSON_AddObjectToObject(schema, "properties");

    cJSON_AddStringToObject(schema, "description",
                            "A value, or a matcher: an object with one of these members alone.");
    for (size_t i = 0; i < run_matchers.count; i++) {
        cJSON_AddTrueToObject(properties, run_matchers.items[i]);
    }
    return schema;
}

static cJSON *schema_of(enum run_kind kind)
{
    switch (kind) {
    case RUN_KIND_TEXT:
    case RUN_KIND_STEP_NAME:
    case RUN_KIND_MOMENT:
        return of_type("string");
    case RUN_KIND_WORLD:
        return either(of_type("string"), of_type("object"));
    case RUN_KIND_OBJECT:
        return of_type("object");
    case RUN_KIND_ANY:
        return cJSON_CreateObject();
    case RUN_KIND_NUMBER:
        return either(of_type("number"), pattern("\\{"));
    case RUN_KIND_RULES:
        return array_of(one_of_words(&run_rules));
    case RUN_KIND_ALSO:
        return array_of(one_of_words(&run_variants));
    case RUN_KIND_STEPS:
        return array_of(reference("step"));
    case RUN_KIND_OPERATION:
        return operations();
    case RUN_KIND_ACTION:
        return pattern("^[^/]+/[^/]+$");
    case RUN_KIND_REQUEST:
        return pattern("^[A-Z]+ [a-z]+(@[^ /]+)? /[^ ]*$");
    case RUN_KIND_RESTART:
        return members(&run_restart_members);
    case RUN_KIND_FAULT:
        return either(pattern("^clear$"), members(&run_fault_members));
    case RUN_KIND_EXPECT:
        return reference("expect");
    case RUN_KIND_WHO:
        return one_of_words(&run_people);
    case RUN_KIND_FORM:
        return object_of(either(of_type("string"), of_type("number")));
    case RUN_KIND_SAVE:
        return object_of(of_type("string"));
    case RUN_KIND_VALUE:
    case RUN_KIND_DATE:
        return reference("value");
    case RUN_KIND_OUTCOME:
        return either(either(one_of_words(&run_outcomes), pattern("\\{")), of_type("object"));
    case RUN_KIND_MAIL_KIND:
        return either(either(one_of_words(&run_mail_kinds), pattern("\\{")), of_type("object"));
    case RUN_KIND_POINTERS:
    case RUN_KIND_NAMES:
        return object_of(reference("value"));
    case RUN_KIND_JOURNAL:
        return either(members(&run_journal_members), array_of(members(&run_journal_members)));
    case RUN_KIND_STATE:
        return object_of(members(&run_rows_members));
    case RUN_KIND_MAIL:
        return either(members(&run_mail_members), array_of(members(&run_mail_members)));
    case RUN_KIND_FAULT_MATCH:
        return members(&run_fault_match_members);
    case RUN_KIND_FAULT_ACTION:
        return fault_action();
    }
    return cJSON_CreateObject();
}

cJSON *run_scenario_schema(struct arena *arena)
{
    cJSON *root = json_new_object(arena), *scenario = members(&run_scenario_members), *definitions;

    cJSON_AddStringToObject(root, "$schema", "https://json-schema.org/draft/2020-12/schema");
    cJSON_AddStringToObject(root, "title", "A scenario of mocktenant");
    while (scenario->child != NULL) {
        cJSON *child = cJSON_DetachItemViaPointer(scenario, scenario->child);

        cJSON_AddItemToObject(root, child->string, child);
    }
    cJSON_Delete(scenario);
    definitions = cJSON_AddObjectToObject(root, "$defs");
    cJSON_AddItemToObject(definitions, "step", step());
    cJSON_AddItemToObject(definitions, "expect", members(&run_expect_members));
    cJSON_AddItemToObject(definitions, "value", value());
    return root;
}
