#include "runner/match.h"

#include <regex.h>
#include <string.h>

#include "base/auto.h"
#include "base/iso8601.h"
#include "base/str.h"
#include "runner/vars.h"

static bool absent(const cJSON *item)
{
    return item == NULL || cJSON_IsNull(item);
}

static bool date_of(const cJSON *item, int64_t *ret_ms)
{
    return cJSON_IsString(item) && iso8601_parse(item->valuestring, ret_ms);
}

static bool regex_matches(const cJSON *pattern, const cJSON *actual)
{
    regex_t regex;
    bool found;

    if (!cJSON_IsString(actual) || !cJSON_IsString(pattern) ||
        regcomp(&regex, pattern->valuestring, REG_EXTENDED | REG_NOSUB) != 0) {
        return false;
    }
    found = regexec(&regex, actual->valuestring, 0, NULL, 0) == 0;
    regfree(&regex);
    return found;
}

/* Whether every member of `expected` fits the member of that name; others may stand beside. */
static bool named_members_match(const cJSON *expected, const cJSON *actual)
{
    const cJSON *child;

    cJSON_ArrayForEach(child, expected)
    {
        if (!run_match(child, json_get(actual, child->string))) {
            return false;
        }
    }
    return true;
}

static bool contains_one(const cJSON *operand, const cJSON *element)
{
    return cJSON_IsObject(operand) && !run_is_matcher(operand) && cJSON_IsObject(element)
               ? named_members_match(operand, element)
               : run_match(operand, element);
}

static bool contains(const cJSON *operand, const cJSON *actual)
{
    const cJSON *element;

    if (cJSON_IsString(actual)) {
        return cJSON_IsString(operand) && strstr(actual->valuestring, operand->valuestring) != NULL;
    }
    if (cJSON_IsObject(actual)) {
        return cJSON_IsString(operand) ? json_get(actual, operand->valuestring) != NULL
                                       : contains_one(operand, actual);
    }
    cJSON_ArrayForEach(element, actual)
    {
        if (contains_one(operand, element)) {
            return true;
        }
    }
    return false;
}

static bool counts(const cJSON *operand, const cJSON *actual)
{
    cJSON number = {.type = cJSON_Number};

    if (!absent(actual) && !cJSON_IsArray(actual)) {
        return false;
    }
    number.valuedouble = cJSON_GetArraySize(actual);
    number.valueint = (int)number.valuedouble;
    return run_match(operand, &number);
}

/* -1, 0, 1, or 2 when the two cannot be compared. */
static int order(const cJSON *actual, const cJSON *operand)
{
    int64_t a, b;

    if (cJSON_IsNumber(actual) && cJSON_IsNumber(operand)) {
        return actual->valuedouble < operand->valuedouble   ? -1
               : actual->valuedouble > operand->valuedouble ? 1
                                                            : 0;
    }
    if (date_of(actual, &a) && date_of(operand, &b)) {
        return a < b ? -1 : a > b ? 1 : 0;
    }
    return 2;
}

static bool matches_regex(const cJSON *operand, const cJSON *actual)
{
    return regex_matches(operand, actual);
}

static bool less(const cJSON *operand, const cJSON *actual)
{
    return order(actual, operand) == -1;
}

static bool greater(const cJSON *operand, const cJSON *actual)
{
    return order(actual, operand) == 1;
}

static bool anything(const cJSON *operand, const cJSON *actual)
{
    (void)operand;
    (void)actual;
    return true;
}

static bool is_not(const cJSON *operand, const cJSON *actual)
{
    return !run_match(operand, actual);
}

static const char *need_pattern(const cJSON *operand)
{
    AUTO(arena) arena = {0};
    const struct run_vars vars = {.arena = &arena};
    const char *pattern;
    regex_t regex;
    struct err err;

    if (!cJSON_IsString(operand)) {
        return "a POSIX extended regular expression as a string";
    }
    if (run_vars_any(operand->valuestring) ||
        !run_vars_text(&vars, operand->valuestring, false, &pattern, &err)) {
        return NULL; /* what the placeholder holds is not known yet */
    }
    if (regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB) != 0) {
        return "a POSIX extended regular expression";
    }
    regfree(&regex);
    return NULL;
}

static const char *need_order(const cJSON *operand)
{
    int64_t at_ms;
    bool good = cJSON_IsNumber(operand) || date_of(operand, &at_ms) ||
                (cJSON_IsString(operand) && run_vars_any(operand->valuestring));

    return good ? NULL : "a number or a date such as 2026-01-15T09:00:00Z";
}

static const char *need_count(const cJSON *operand)
{
    bool good = cJSON_IsNumber(operand) || run_is_matcher(operand) ||
                (cJSON_IsString(operand) && run_vars_any(operand->valuestring));

    return good ? NULL : "a number or a matcher";
}

static const char *need_nothing(const cJSON *operand)
{
    (void)operand;
    return NULL;
}

static const struct matcher {
    const char *name;
    bool (*match)(const cJSON *operand, const cJSON *actual);
    const char *(*need)(const cJSON *operand); /* what the operand should have been, or NULL */
} table[] = {
    {"$any", anything, need_nothing}, {"$contains", contains, need_nothing},
    {"$count", counts, need_count},   {"$gt", greater, need_order},
    {"$lt", less, need_order},        {"$match", matches_regex, need_pattern},
    {"$not", is_not, need_nothing},
};

static const struct matcher *find(const cJSON *item)
{
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        if (strcmp(table[i].name, item->child->string) == 0) {
            return &table[i];
        }
    }
    return NULL;
}

bool run_is_matcher(const cJSON *item)
{
    return cJSON_IsObject(item) && item->child != NULL && item->child->next == NULL &&
           item->child->string[0] == '$';
}

bool run_match_check(const cJSON *matcher, struct err *err)
{
    const struct matcher *found = find(matcher);
    const char *need = found != NULL ? found->need(matcher->child) : NULL;

    if (need == NULL) {
        return true;
    }
    return err_set(err, ERR_CONFIG, "expected %s, found %s", need,
                   cJSON_IsString(matcher->child) ? matcher->child->valuestring
                                                  : json_kind(matcher->child));
}

static bool arrays_match(const cJSON *expected, const cJSON *actual)
{
    const cJSON *a = expected->child, *b = actual->child;

    for (; a != NULL && b != NULL; a = a->next, b = b->next) {
        if (!run_match(a, b)) {
            return false;
        }
    }
    return a == NULL && b == NULL;
}

static bool objects_match(const cJSON *expected, const cJSON *actual)
{
    const cJSON *child;

    cJSON_ArrayForEach(child, actual)
    {
        if (!cJSON_IsNull(child) && json_get(expected, child->string) == NULL) {
            return false;
        }
    }
    return named_members_match(expected, actual);
}

bool run_match(const cJSON *expected, const cJSON *actual)
{
    if (run_is_matcher(expected)) {
        const struct matcher *matcher = find(expected);

        return matcher != NULL && matcher->match(expected->child, actual);
    }
    if (absent(expected)) {
        return absent(actual);
    }
    if (cJSON_IsArray(expected)) {
        return cJSON_IsArray(actual) && arrays_match(expected, actual);
    }
    if (cJSON_IsObject(expected)) {
        return cJSON_IsObject(actual) && objects_match(expected, actual);
    }
    return json_equal(expected, actual);
}

bool run_match_date(const cJSON *expected, const cJSON *actual)
{
    int64_t a, b;

    return date_of(expected, &a) && date_of(actual, &b) ? a == b : run_match(expected, actual);
}
