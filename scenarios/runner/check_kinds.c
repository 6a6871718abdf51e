#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "base/iso8601.h"
#include "base/str.h"
#include "runner/check.h"
#include "runner/match.h"
#include "runner/vars.h"

static bool expected(struct run_checking *check, const char *at, const char *what,
                     const cJSON *item)
{
    return cJSON_IsString(item)
               ? run_check_fail(check, at, "expected %s, found \"%.80s\"", what, item->valuestring)
               : run_check_fail(check, at, "expected %s, found %s", what, json_kind(item));
}

/* A text that holds a placeholder, so that its value is not known yet. */
static bool open_text(const cJSON *item)
{
    return cJSON_IsString(item) && run_vars_any(item->valuestring);
}

static bool check_text(struct run_checking *check, const cJSON *item, const char *at)
{
    return (cJSON_IsString(item) && item->valuestring[0] != '\0') ||
           expected(check, at, "a text that is not empty", item);
}

static bool check_object(struct run_checking *check, const cJSON *item, const char *at)
{
    return cJSON_IsObject(item) || expected(check, at, "an object", item);
}

static bool check_world(struct run_checking *check, const cJSON *item, const char *at)
{
    return cJSON_IsObject(item) || (cJSON_IsString(item) && item->valuestring[0] != '\0') ||
           expected(check, at, "the name of a world or a world as an object", item);
}

static bool check_number(struct run_checking *check, const cJSON *item, const char *at)
{
    return cJSON_IsNumber(item) || open_text(item) || expected(check, at, "a number", item);
}

/* An array of words of a list, each at most once. */
static bool check_list(struct run_checking *check, const cJSON *item, const char *at,
                       const struct run_words *words)
{
    const cJSON *child, *before;
    size_t index = 0;

    if (!cJSON_IsArray(item)) {
        return expected(check, at, "an array", item);
    }
    cJSON_ArrayForEach(child, item)
    {
        const char *below = json_pointer_index(check->arena, at, index++);

        if (!cJSON_IsString(child)) {
            return expected(check, below, words->of, child);
        }
        if (!run_check_word(check, below, child->valuestring, words)) {
            return false;
        }
        for (before = item->child; before != child; before = before->next) {
            if (str_eq(before->valuestring, child->valuestring)) {
                return run_check_fail(check, below, "expected each word once, found \"%s\" again",
                                      child->valuestring);
            }
        }
    }
    return true;
}

static bool check_operation(struct run_checking *check, const cJSON *item, const char *at)
{
    const char **names = arena_array(check->arena, run_operation_count, sizeof *names);
    const struct run_words words = {
        .of = "an operation of the engine", .items = names, .count = run_operation_count};

    for (size_t i = 0; i < run_operation_count; i++) {
        names[i] = run_operations[i].name;
    }
    return cJSON_IsString(item) ? run_check_word(check, at, item->valuestring, &words)
                                : expected(check, at, words.of, item);
}

static bool check_action(struct run_checking *check, const cJSON *item, const char *at)
{
    const char *slash = cJSON_IsString(item) ? strchr(item->valuestring, '/') : NULL;
    bool good = slash != NULL && slash != item->valuestring && slash[1] != '\0' &&
                strchr(slash + 1, '/') == NULL;

    return good || expected(check, at, "actor/action", item);
}

bool run_request_parse(struct arena *arena, const char *text, struct run_request_line *ret)
{
    size_t method = strcspn(text, " "), service;
    const char *rest = text + method;
    char *who, *host;

    rest += *rest == ' ';
    service = strcspn(rest, " ");
    if (method == 0 || service == 0 || rest[service] != ' ' || rest[service + 1] != '/') {
        return false;
    }
    who = arena_dup(arena, rest, service);
    host = strchr(who, '@');
    if (host != NULL) {
        *host++ = '\0';
    }
    *ret = (struct run_request_line){.method = arena_dup(arena, text, method),
                                     .service = who,
                                     .host = host,
                                     .target = rest + service + 1};
    return (host == NULL || *host != '\0') && strchr(ret->target, ' ') == NULL;
}

static bool check_request(struct run_checking *check, const cJSON *item, const char *at)
{
    struct run_request_line line;

    if (!cJSON_IsString(item) || !run_request_parse(check->arena, item->valuestring, &line)) {
        return expected(check, at, "METHOD service[@host] /path", item);
    }
    if (!run_check_word(check, at, line.method, &run_methods) ||
        !run_check_word(check, at, line.service, &run_services)) {
        return false;
    }
    if (line.host != NULL && strcmp(line.service, "dataverse") != 0 &&
        strcmp(line.service, "marketo") != 0) {
        return run_check_fail(check, at,
                              "expected @host behind dataverse or marketo only, found "
                              "it behind \"%s\"",
                              line.service);
    }
    return true;
}

static bool check_moment(struct run_checking *check, const cJSON *item, const char *at)
{
    struct duration duration;
    int64_t at_ms;
    bool good =
        cJSON_IsString(item) && (open_text(item) || duration_parse(item->valuestring, &duration) ||
                                 iso8601_parse(item->valuestring, &at_ms));

    return good ||
           expected(check, at, "a duration such as PT15M or a date such as 2026-01-15T09:00:00Z",
                    item);
}

static bool check_fault_match(struct run_checking *check, const cJSON *item, const char *at)
{
    const char *service = json_get_text(item, "service");

    return run_check_members(check, item, at, &run_fault_match_members) &&
           (service == NULL || run_vars_any(service) ||
            run_check_word(check, json_pointer_add(check->arena, at, "service"), service,
                           &run_services));
}

/* The action without its `type`, whose members depend on the type. */
static const cJSON *without_type(struct run_checking *check, const cJSON *action)
{
    cJSON *copy = json_clone(check->arena, action);

    cJSON_DeleteItemFromObjectCaseSensitive(copy, "type");
    return copy;
}

static bool check_fault_action(struct run_checking *check, const cJSON *item, const char *at)
{
    const char **names = arena_array(check->arena, run_fault_type_count, sizeof *names);
    const struct run_words words = {
        .of = "a type of fault", .items = names, .count = run_fault_type_count};
    const char *type = json_get_text(item, "type");

    if (type == NULL) {
        return run_check_fail(check, at, "expected an object with a \"type\" of fault, found %s",
                              cJSON_IsObject(item) ? "none" : json_kind(item));
    }
    for (size_t i = 0; i < run_fault_type_count; i++) {
        names[i] = run_fault_types[i].name;
        if (strcmp(type, run_fault_types[i].name) == 0) {
            return run_check_members(check, without_type(check, item), at,
                                     &run_fault_types[i].members);
        }
    }
    return run_check_word(check, json_pointer_add(check->arena, at, "type"), type, &words);
}

static bool check_fault(struct run_checking *check, const cJSON *item, const char *at)
{
    if (cJSON_IsString(item)) {
        return strcmp(item->valuestring, "clear") == 0 ||
               expected(check, at, "a fault rule or \"clear\"", item);
    }
    return run_check_members(check, item, at, &run_fault_members);
}

static bool check_form(struct run_checking *check, const cJSON *item, const char *at)
{
    const cJSON *child;

    if (!cJSON_IsObject(item)) {
        return expected(check, at, "an object of texts", item);
    }
    cJSON_ArrayForEach(child, item)
    {
        if (!cJSON_IsString(child) && !cJSON_IsNumber(child)) {
            return expected(check, json_pointer_add(check->arena, at, child->string), "a text",
                            child);
        }
    }
    return true;
}

static bool check_pointer(struct run_checking *check, const char *pointer, const char *at)
{
    return run_vars_any(pointer) || json_pointer_valid(pointer) ||
           run_check_fail(check, at, "expected a JSON Pointer such as /value/0/id, found \"%.80s\"",
                          pointer);
}

static bool check_save(struct run_checking *check, const cJSON *item, const char *at)
{
    const cJSON *child;

    if (!cJSON_IsObject(item)) {
        return expected(check, at, "an object: name to JSON Pointer", item);
    }
    cJSON_ArrayForEach(child, item)
    {
        const char *below = json_pointer_add(check->arena, at, child->string);
        size_t len = strspn(child->string, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                           "0123456789_-.");

        if (len == 0 || len > 64 || child->string[len] != '\0') {
            return run_check_fail(check, below,
                                  "expected a name of letters, digits, `_`, `-` and `.`, found "
                                  "\"%.80s\"",
                                  child->string);
        }
        if (!cJSON_IsString(child)) {
            return expected(check, below, "a JSON Pointer such as /id", child);
        }
        if (!check_pointer(check, child->valuestring, below)) {
            return false;
        }
    }
    return true;
}

/* A name that begins with `$` is a matcher, and a matcher stands alone in its object. */
static bool check_dollar(struct run_checking *check, const cJSON *item, const char *at)
{
    const cJSON *child;

    cJSON_ArrayForEach(child, item)
    {
        const char *below;

        if (child->string == NULL || child->string[0] != '$') {
            continue;
        }
        below = json_pointer_add(check->arena, at, child->string);
        if (!run_check_word(check, below, child->string, &run_matchers)) {
            return false;
        }
        if (!run_is_matcher(item)) {
            return run_check_fail(check, at,
                                  "expected a matcher alone in its object, found \"%s\" "
                                  "beside others",
                                  child->string);
        }
        if (!run_match_check(item, check->err)) {
            err_at(check->err, below);
            return false;
        }
    }
    return true;
}

static bool check_value(struct run_checking *check, const cJSON *item, const char *at)
{
    const cJSON *child;
    size_t index = 0;

    if (!check_dollar(check, item, at)) {
        return false;
    }
    cJSON_ArrayForEach(child, item)
    {
        const char *below = child->string != NULL
                                ? json_pointer_add(check->arena, at, child->string)
                                : json_pointer_index(check->arena, at, index++);

        if (!check_value(check, child, below)) {
            return false;
        }
    }
    return true;
}

static bool check_listed(struct run_checking *check, const cJSON *item, const char *at,
                         const struct run_words *words)
{
    return check_value(check, item, at) && (!cJSON_IsString(item) || open_text(item) ||
                                            run_check_word(check, at, item->valuestring, words));
}

static bool check_date(struct run_checking *check, const cJSON *item, const char *at)
{
    int64_t at_ms;

    return check_value(check, item, at) &&
           (cJSON_IsObject(item) || open_text(item) ||
            (cJSON_IsString(item) && iso8601_parse(item->valuestring, &at_ms)) ||
            expected(check, at, "a date such as 2026-01-15T09:00:00Z", item));
}

static bool check_names(struct run_checking *check, const cJSON *item, const char *at)
{
    const cJSON *child;

    if (!cJSON_IsObject(item)) {
        return expected(check, at, "an object: name to value", item);
    }
    cJSON_ArrayForEach(child, item)
    {
        if (!check_value(check, child, json_pointer_add(check->arena, at, child->string))) {
            return false;
        }
    }
    return true;
}

static bool check_pointers(struct run_checking *check, const cJSON *item, const char *at)
{
    const cJSON *child;

    if (!cJSON_IsObject(item)) {
        return expected(check, at, "an object: JSON Pointer to value", item);
    }
    cJSON_ArrayForEach(child, item)
    {
        const char *below = json_pointer_add(check->arena, at, child->string);

        if (!check_pointer(check, child->string, below) || !check_value(check, child, below)) {
            return false;
        }
    }
    return true;
}

/* One object, or an array of several. */
static bool check_each(struct run_checking *check, const cJSON *item, const char *at,
                       const struct run_members *members)
{
    const cJSON *child;
    size_t index = 0;

    if (!cJSON_IsArray(item)) {
        return run_check_members(check, item, at, members);
    }
    cJSON_ArrayForEach(child, item)
    {
        if (!run_check_members(check, child, json_pointer_index(check->arena, at, index++),
                               members)) {
            return false;
        }
    }
    return true;
}

static bool check_state(struct run_checking *check, const cJSON *item, const char *at)
{
    const cJSON *child;

    if (!cJSON_IsObject(item)) {
        return expected(check, at, "an object: service/table to rows", item);
    }
    cJSON_ArrayForEach(child, item)
    {
        const char *below = json_pointer_add(check->arena, at, child->string);
        size_t service = strcspn(child->string, "@/"), key = strcspn(child->string, "/");

        if (service == 0 || child->string[key] != '/' || child->string[key + 1] == '\0') {
            return run_check_fail(check, below, "expected service/table, found \"%.80s\"",
                                  child->string);
        }
        if (!run_check_word(check, below, arena_dup(check->arena, child->string, service),
                            &run_services) ||
            !run_check_members(check, child, below, &run_rows_members)) {
            return false;
        }
    }
    return true;
}

static bool check_step_name(struct run_checking *check, const cJSON *item, const char *at)
{
    const struct run_scenario *scenario = check->scenario;
    const char **names = arena_array(check->arena, scenario->step_count + 1, sizeof *names);
    size_t found = 0;
    char near[128];

    if (!cJSON_IsString(item)) {
        return expected(check, at, "the name of an earlier step", item);
    }
    for (size_t i = 0; i < scenario->step_count; i++) {
        names[i] = scenario->steps[i].name;
        found += strcmp(names[i], item->valuestring) == 0;
    }
    if (found == 1) {
        return true;
    }
    run_did_you_mean(item->valuestring, names, scenario->step_count, near, sizeof near);
    return found > 1 ? run_check_fail(check, at,
                                      "expected the name of one earlier step, found %zu of the "
                                      "name \"%.80s\"",
                                      found, item->valuestring)
                     : run_check_fail(check, at,
                                      "expected the name of an earlier step, found \"%.80s\"%s",
                                      item->valuestring, near);
}

/* What expects nothing could never fail. */
static bool expects(const cJSON *item)
{
    const struct run_member *member = run_member_find(&run_expect_members, item->string);

    return item->child != NULL ||
           (cJSON_IsObject(item) && member->kind != RUN_KIND_POINTERS &&
            member->kind != RUN_KIND_NAMES && member->kind != RUN_KIND_STATE);
}

static bool check_expect(struct run_checking *check, const cJSON *item, const char *at)
{
    const cJSON *child;

    if (!run_check_members(check, item, at, &run_expect_members)) {
        return false;
    }
    cJSON_ArrayForEach(child, item)
    {
        if ((cJSON_IsObject(child) || cJSON_IsArray(child)) && !expects(child)) {
            return run_check_fail(check, json_pointer_add(check->arena, at, child->string),
                                  "expected at least one expectation, found none");
        }
    }
    return true;
}

bool run_check_kind(struct run_checking *check, enum run_kind kind, const cJSON *item,
                    const char *at)
{
    switch (kind) {
    case RUN_KIND_TEXT:
        return check_text(check, item, at);
    case RUN_KIND_WORLD:
        return check_world(check, item, at);
    case RUN_KIND_OBJECT:
        return check_object(check, item, at);
    case RUN_KIND_ANY:
        return true;
    case RUN_KIND_NUMBER:
        return check_number(check, item, at);
    case RUN_KIND_RULES:
        return check_list(check, item, at, &run_rules);
    case RUN_KIND_ALSO:
        return check_list(check, item, at, &run_variants);
    case RUN_KIND_STEPS:
        return run_check_steps(check, item, at);
    case RUN_KIND_OPERATION:
        return check_operation(check, item, at);
    case RUN_KIND_ACTION:
        return check_action(check, item, at);
    case RUN_KIND_REQUEST:
        return check_request(check, item, at);
    case RUN_KIND_MOMENT:
        return check_moment(check, item, at);
    case RUN_KIND_RESTART:
        return run_check_members(check, item, at, &run_restart_members);
    case RUN_KIND_FAULT:
        return check_fault(check, item, at);
    case RUN_KIND_EXPECT:
        return check_expect(check, item, at);
    case RUN_KIND_WHO:
        return cJSON_IsString(item) ? run_check_word(check, at, item->valuestring, &run_people)
                                    : expected(check, at, run_people.of, item);
    case RUN_KIND_FORM:
        return check_form(check, item, at);
    case RUN_KIND_SAVE:
        return check_save(check, item, at);
    case RUN_KIND_VALUE:
        return check_value(check, item, at);
    case RUN_KIND_OUTCOME:
        return check_listed(check, item, at, &run_outcomes);
    case RUN_KIND_MAIL_KIND:
        return check_listed(check, item, at, &run_mail_kinds);
    case RUN_KIND_DATE:
        return check_date(check, item, at);
    case RUN_KIND_POINTERS:
        return check_pointers(check, item, at);
    case RUN_KIND_NAMES:
        return check_names(check, item, at);
    case RUN_KIND_JOURNAL:
        return check_each(check, item, at, &run_journal_members);
    case RUN_KIND_STATE:
        return check_state(check, item, at);
    case RUN_KIND_MAIL:
        return check_each(check, item, at, &run_mail_members);
    case RUN_KIND_STEP_NAME:
        return check_step_name(check, item, at);
    case RUN_KIND_FAULT_MATCH:
        return check_fault_match(check, item, at);
    case RUN_KIND_FAULT_ACTION:
        return check_fault_action(check, item, at);
    }
    return false;
}
