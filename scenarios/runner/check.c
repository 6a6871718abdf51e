#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "base/iso8601.h"
#include "base/str.h"
#include "runner/check.h"
#include "runner/match.h"
#include "runner/vars.h"

bool run_check_fail(struct run_checking *check, const char *at, const char *format, ...)
{
    va_list args;
    char *text;

    va_start(args, format);
    text = arena_vprintf(check->arena, format, args);
    va_end(args);
    (void)err_set(check->err, ERR_CONFIG, "%s", text);
    err_at(check->err, at);
    return false;
}

/* "expected …, found "x", did you mean "y"?" */
bool run_check_word(struct run_checking *check, const char *at, const char *word,
                    const struct run_words *words)
{
    char near[128];

    if (run_words_have(words, word)) {
        return true;
    }
    run_did_you_mean(word, words->items, words->count, near, sizeof near);
    return run_check_fail(check, at, "expected %s, found \"%.80s\"%s", words->of, word, near);
}

static bool unknown_member(struct run_checking *check, const char *at, const char *name,
                           const struct run_members *members)
{
    const char **names = arena_array(check->arena, members->count, sizeof *names);
    char near[128];

    for (size_t i = 0; i < members->count; i++) {
        names[i] = members->items[i].name;
    }
    run_did_you_mean(name, names, members->count, near, sizeof near);
    return run_check_fail(check, json_pointer_add(check->arena, at, name),
                          "expected a member of %s, found \"%.80s\"%s", members->of, name, near);
}

bool run_check_members(struct run_checking *check, const cJSON *item, const char *at,
                       const struct run_members *members)
{
    const cJSON *child;

    if (!cJSON_IsObject(item)) {
        return run_check_fail(check, at, "expected %s (an object), found %s", members->of,
                              json_kind(item));
    }
    cJSON_ArrayForEach(child, item)
    {
        const struct run_member *member = run_member_find(members, child->string);

        if (member == NULL) {
            return unknown_member(check, at, child->string, members);
        }
        if (!run_check_kind(check, member->kind, child,
                            json_pointer_add(check->arena, at, child->string))) {
            return false;
        }
    }
    for (size_t i = 0; i < members->count; i++) {
        if (members->items[i].required && json_get(item, members->items[i].name) == NULL) {
            return run_check_fail(check, at, "expected the member \"%s\" of %s, found none",
                                  members->items[i].name, members->of);
        }
    }
    return true;
}

static bool known_name(void *arg, const char *name, struct err *err)
{
    const struct run_checking *check = arg;
    size_t count = run_world_keys.count + check->saved_count;
    const char **all;
    char near[128];

    if (run_words_have(&run_world_keys, name)) {
        return true;
    }
    for (size_t i = 0; i < check->saved_count; i++) {
        if (strcmp(check->saved[i], name) == 0) {
            return true;
        }
    }
    all = arena_array(check->arena, count, sizeof *all);
    memcpy(all, check->saved, check->saved_count * sizeof *all);
    memcpy(all + check->saved_count, run_world_keys.items, run_world_keys.count * sizeof *all);
    run_did_you_mean(name, all, count, near, sizeof near);
    return err_set(err, ERR_CONFIG,
                   "expected a placeholder for a key of the world or for a name that an earlier "
                   "step saves, found {%s}%s",
                   name, near);
}

/* Every placeholder in the strings and names of a tree must be known. */
bool run_check_placeholders(struct run_checking *check, const cJSON *item, const char *at)
{
    const cJSON *child;
    size_t index = 0;

    if (cJSON_IsString(item) && !run_vars_scan(item->valuestring, known_name, check, check->err)) {
        err_at(check->err, at);
        return false;
    }
    cJSON_ArrayForEach(child, item)
    {
        const char *below = child->string != NULL
                                ? json_pointer_add(check->arena, at, child->string)
                                : json_pointer_index(check->arena, at, index++);

        if (child->string != NULL && !run_vars_scan(child->string, known_name, check, check->err)) {
            err_at(check->err, below);
            return false;
        }
        if (!run_check_placeholders(check, child, below)) {
            return false;
        }
    }
    return true;
}

/* Of a step that has none, or more than one. */
static bool wrong_verbs(struct run_checking *check, const char *at, const char *found)
{
    return run_check_fail(check, at,
                          "expected exactly one of engine, person, request, clock, restart, fault "
                          "(or expect alone), found %s",
                          found);
}

static bool find_verb(struct run_checking *check, const cJSON *item, const char *at,
                      enum run_verb *ret)
{
    size_t found = 0;

    *ret = RUN_EXPECT;
    for (unsigned verb = 0; verb < RUN_EXPECT; verb++) {
        if (json_get(item, run_step_members.items[verb].name) != NULL) {
            *ret = (enum run_verb)verb;
            found++;
        }
    }
    if (found > 1) {
        return wrong_verbs(check, at, "more");
    }
    if (found == 0 && json_get(item, "expect") == NULL) {
        return wrong_verbs(check, at, "none");
    }
    return true;
}

/* Every member must go with the verb. */
static bool goes_with(struct run_checking *check, const cJSON *item, const char *at,
                      const struct run_members *members, enum run_verb verb)
{
    const cJSON *child;

    cJSON_ArrayForEach(child, item)
    {
        const struct run_member *member = run_member_find(members, child->string);

        if (member != NULL && (member->verbs & RUN_WITH(verb)) == 0) {
            return run_check_fail(check, json_pointer_add(check->arena, at, child->string),
                                  "expected a member that goes with %s, found \"%s\"",
                                  verb == RUN_EXPECT ? "a step of only expect"
                                                     : run_step_members.items[verb].name,
                                  child->string);
        }
    }
    return true;
}

/* The parameters of an operation, unless the step is there to see them refused. */
static bool check_params(struct run_checking *check, const cJSON *step, const char *at)
{
    const struct run_operation *operation =
        run_operation_find(json_get(step, "engine")->valuestring);
    const char *outcome = json_get_text(json_get(step, "expect"), "outcome");
    const cJSON *child;
    size_t count = 0;
    char near[128];

    if (operation == NULL || operation->params == NULL || str_eq(outcome, "usage")) {
        return true;
    }
    while (operation->params[count] != NULL) {
        count++;
    }
    cJSON_ArrayForEach(child, json_get(step, "with"))
    {
        const struct run_words words = {.items = operation->params, .count = count};

        if (!run_words_have(&words, child->string)) {
            run_did_you_mean(child->string, operation->params, count, near, sizeof near);
            return run_check_fail(check,
                                  json_pointer_add(check->arena,
                                                   json_pointer_add(check->arena, at, "with"),
                                                   child->string),
                                  "expected a parameter of %s, found \"%.80s\"%s", operation->name,
                                  child->string, near);
        }
    }
    return true;
}

static const char *fault_name(const cJSON *value)
{
    const char *type = json_get_text(json_get(value, "action"), "type");

    return cJSON_IsString(value) ? value->valuestring : type != NULL ? type : "";
}

static const char *made_name(struct arena *arena, enum run_verb verb, const cJSON *value)
{
    switch (verb) {
    case RUN_ENGINE:
    case RUN_PERSON:
    case RUN_REQUEST:
        return value->valuestring;
    case RUN_CLOCK:
        return arena_printf(arena, "clock %s", value->valuestring);
    case RUN_RESTART:
        return "restart";
    case RUN_FAULT:
        return arena_printf(arena, "fault %s", fault_name(value));
    case RUN_EXPECT:
        break;
    }
    return "look";
}

static void add_saved(struct run_checking *check, const cJSON *save)
{
    const cJSON *child;

    cJSON_ArrayForEach(child, save)
    {
        check->saved[check->saved_count++] = child->string;
    }
}

/* Placeholders of the step itself know what earlier steps saved; its expectation its own too. */
static bool check_step_placeholders(struct run_checking *check, const cJSON *item, const char *at)
{
    const cJSON *child;

    cJSON_ArrayForEach(child, item)
    {
        bool later = strcmp(child->string, "expect") == 0 || strcmp(child->string, "name") == 0;

        if (!later && !run_check_placeholders(check, child,
                                              json_pointer_add(check->arena, at, child->string))) {
            return false;
        }
    }
    add_saved(check, json_get(item, "save"));
    child = json_get(item, "expect");
    return child == NULL ||
           run_check_placeholders(check, child, json_pointer_add(check->arena, at, "expect"));
}

static bool check_step(struct run_checking *check, const cJSON *item, const char *at,
                       struct run_step *step)
{
    if (!run_check_members(check, item, at, &run_step_members) ||
        !find_verb(check, item, at, &step->verb) ||
        !goes_with(check, item, at, &run_step_members, step->verb)) {
        return false;
    }
    step->json = item;
    step->pointer = at;
    step->value = json_get(item, run_step_members.items[step->verb].name);
    step->expect = json_get(item, "expect");
    step->name = json_get_text(item, "name");
    if (step->name == NULL) {
        step->name = made_name(check->arena, step->verb, step->value);
    }
    if (step->verb == RUN_ENGINE && !check_params(check, item, at)) {
        return false;
    }
    /* Behind a verb an empty one says that any outcome will do. */
    if (step->verb == RUN_EXPECT && step->expect->child == NULL) {
        return run_check_fail(check, json_pointer_add(check->arena, at, "expect"),
                              "expected at least one expectation, found none");
    }
    if (json_get(item, "form") != NULL && json_get(item, "json") != NULL) {
        return run_check_fail(check, at, "expected form or json as the body, found both");
    }
    return goes_with(check, step->expect, json_pointer_add(check->arena, at, "expect"),
                     &run_expect_members, step->verb) &&
           check_step_placeholders(check, item, at);
}

static size_t count_saves(const cJSON *steps)
{
    const cJSON *step;
    size_t count = 0;

    cJSON_ArrayForEach(step, steps)
    {
        count += (size_t)cJSON_GetArraySize(json_get(step, "save"));
    }
    return count;
}

bool run_check_steps(struct run_checking *check, const cJSON *item, const char *at)
{
    struct run_scenario *scenario = check->scenario;
    const cJSON *child;

    if (!cJSON_IsArray(item) || item->child == NULL) {
        return run_check_fail(check, at, "expected at least one step in an array, found %s",
                              cJSON_IsArray(item) ? "none" : json_kind(item));
    }
    scenario->steps =
        arena_array(check->arena, (size_t)cJSON_GetArraySize(item), sizeof *scenario->steps);
    check->saved = arena_array(check->arena, count_saves(item) + 1, sizeof *check->saved);
    cJSON_ArrayForEach(child, item)
    {
        const char *below = json_pointer_index(check->arena, at, scenario->step_count);

        if (!check_step(check, child, below, &scenario->steps[scenario->step_count])) {
            return false;
        }
        scenario->step_count++;
    }
    return true;
}

/* A world in a scenario needs neither `version` nor `name`: they are put in here. */
static const char *world_text(struct arena *arena, const cJSON *world)
{
    cJSON *copy;

    if (world == NULL || cJSON_IsString(world)) {
        return world != NULL ? world->valuestring : "ready";
    }
    copy = json_clone(arena, world);
    if (json_get(copy, "version") == NULL) {
        cJSON_AddNumberToObject(copy, "version", 1);
    }
    if (json_get(copy, "name") == NULL) {
        cJSON_AddStringToObject(copy, "name", "scenario");
    }
    return json_text(arena, copy);
}

static void take_rules(struct arena *arena, const cJSON *rules, struct run_scenario *ret)
{
    const cJSON *child;

    ret->rules = arena_array(arena, (size_t)cJSON_GetArraySize(rules) + 1, sizeof *ret->rules);
    cJSON_ArrayForEach(child, rules)
    {
        ret->rules[ret->rule_count++] = child->valuestring;
    }
}

static unsigned also_bits(const cJSON *also)
{
    const cJSON *child;
    unsigned bits = 0;

    cJSON_ArrayForEach(child, also)
    {
        for (size_t i = 0; i < run_variants.count; i++) {
            if (strcmp(run_variants.items[i], child->valuestring) == 0) {
                bits |= 1U << (i + 1);
            }
        }
    }
    return bits;
}

bool run_check(struct arena *arena, const cJSON *root, struct run_scenario *ret, struct err *err)
{
    struct run_checking check = {.arena = arena, .scenario = ret, .err = err};
    const cJSON *config;

    *ret = (struct run_scenario){.path = "", .below = "", .folder = "", .root = root};
    if (!run_check_members(&check, root, "", &run_scenario_members)) {
        return false;
    }
    config = json_get(root, "config");
    check.saved_count = 0; /* the configuration is filled before the first step */
    if (config != NULL && !run_check_placeholders(&check, config, "/config")) {
        return false;
    }
    ret->name = json_get_text(root, "scenario");
    ret->why = json_get_text(root, "why") != NULL ? json_get_text(root, "why") : "";
    ret->world = world_text(arena, json_get(root, "world"));
    ret->config = config;
    take_rules(arena, json_get(root, "rules"), ret);
    ret->also = also_bits(json_get(root, "also"));
    return true;
}

const char *run_variant_name(enum run_variant variant)
{
    return variant == RUN_BASE ? "" : run_variants.items[variant - 1];
}
