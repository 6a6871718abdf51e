/* Source: marketo-types. */
#include "marketo/values.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/iso8601.h"
#include "base/json_writer.h"
#include "base/str.h"

enum { MOST_TEXT = 30000, NUMBER_SIZE = 40 };

/* Most texts need no escape: then they stand between two quotes as they are. */
static bool is_plain(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];

        if (c < 0x20 || c == '"' || c == '\\' || c >= 0x7f) {
            return false;
        }
    }
    return true;
}

struct marketo_value marketo_value_text(struct arena *arena, const char *text)
{
    size_t len = text != NULL ? strlen(text) : 0;

    if (len == 0) {
        return (struct marketo_value){0};
    }
    if (is_plain(text, len)) {
        char *raw = arena_alloc(arena, len + 3);

        raw[0] = '"';
        memcpy(raw + 1, text, len + 1);
        raw[len + 1] = '"';
        raw[len + 2] = '\0';
        return (struct marketo_value){raw, len + 2, text};
    }
    {
        AUTO(strbuf) buf = STRBUF(0);
        struct json_writer writer = JSON_WRITER(&buf);

        jw_text(&writer, text);
        return (struct marketo_value){arena_dup(arena, strbuf_text(&buf), buf.len), buf.len, text};
    }
}

struct marketo_value marketo_value_int(struct arena *arena, int64_t number)
{
    char *text = arena_alloc(arena, 24);
    int len = snprintf(text, 24, "%lld", (long long)number);

    return (struct marketo_value){text, (size_t)len, NULL};
}

struct marketo_value marketo_value_bool(bool value)
{
    return value ? (struct marketo_value){"true", 4, NULL}
                 : (struct marketo_value){"false", 5, NULL};
}

bool marketo_value_equal(const struct marketo_value *a, const struct marketo_value *b)
{
    return a->raw == NULL || b->raw == NULL
               ? a->raw == b->raw
               : a->len == b->len && memcmp(a->raw, b->raw, a->len) == 0;
}

const char *marketo_value_plain(struct arena *arena, const struct marketo_value *value)
{
    cJSON *tree;
    struct err err;

    if (value->raw == NULL) {
        return NULL;
    }
    if (value->plain != NULL) {
        return value->plain;
    }
    if (*value->raw != '"') {
        return arena_dup(arena, value->raw, value->len);
    }
    if (memchr(value->raw, '\\', value->len) == NULL) {
        return arena_dup(arena, value->raw + 1, value->len - 2);
    }
    if (!json_parse(arena, value->raw, value->len, JSON_PLAIN, &tree, &err)) {
        return NULL; /* we wrote it */
    }
    return cJSON_GetStringValue(tree);
}

const char *marketo_value_shown(struct arena *arena, const struct marketo_field *field,
                                const struct marketo_value *value)
{
    const char *plain = marketo_value_plain(arena, value);
    char *text;

    if (plain == NULL) {
        return NULL;
    }
    if (field->type == MARKETO_BOOLEAN) {
        return str_eq(plain, "true") ? "True" : "False";
    }
    if (field->type == MARKETO_DATETIME && strlen(plain) >= 19) {
        text = arena_dup(arena, plain, 19);
        text[10] = ' ';
        return text;
    }
    return plain;
}

const char *marketo_value_key(struct arena *arena, const char *plain)
{
    size_t blanks = strspn(plain, " \t"), len = strlen(plain + blanks);

    while (len > 0 && (plain[blanks + len - 1] == ' ' || plain[blanks + len - 1] == '\t')) {
        len--;
    }
    return str_lower(arena_dup(arena, plain + blanks, len));
}

/* The longest prefix of at most `most` characters, or bytes, that ends between two characters. */
static size_t cut(const char *text, size_t most, bool bytes)
{
    size_t at = 0, characters = 0, len = strlen(text);

    if (len <= most) {
        return len;
    }
    while (text[at] != '\0') {
        size_t next = at + 1;

        while (((unsigned char)text[next] & 0xc0) == 0x80) {
            next++;
        }
        if (bytes ? next > most : characters == most) {
            break;
        }
        at = next;
        characters++;
    }
    return at;
}

/* A number or truth value given for a text becomes its JSON. */
static const char *as_text(struct arena *arena, const cJSON *item)
{
    int64_t number;

    if (cJSON_IsString(item)) {
        return item->valuestring;
    }
    if (json_int(item, &number)) {
        return arena_printf(arena, "%lld", (long long)number);
    }
    return cJSON_IsNumber(item) || cJSON_IsBool(item) ? json_text(arena, item) : NULL;
}

static bool take_text(struct arena *arena, const struct marketo_field *field, const cJSON *item,
                      struct marketo_value *ret, struct marketo_reason *ret_reason)
{
    const char *text = as_text(arena, item);
    size_t len;

    if (text == NULL) {
        return false;
    }
    for (const char *at = text; field->type == MARKETO_EMAIL && *at != '\0'; at++) {
        if ((unsigned char)*at >= 0x80) {
            ret_reason->error = MARKETO_NOT_ASCII;
            return false;
        }
    }
    len = field->type == MARKETO_TEXT ? cut(text, MOST_TEXT, true)
          : field->length > 0         ? cut(text, (size_t)field->length, false)
                                      : strlen(text);
    *ret = marketo_value_text(arena, text[len] == '\0' ? text : arena_dup(arena, text, len));
    return true;
}

static bool take_bool(const cJSON *item, struct marketo_value *ret)
{
    static const char *const words[] = {"true", "1", "yes", "false", "0", "no"};
    const char *text = cJSON_GetStringValue(item);
    int64_t number;

    if (cJSON_IsBool(item)) {
        *ret = marketo_value_bool(cJSON_IsTrue(item));
        return true;
    }
    if (json_int(item, &number) && (number == 0 || number == 1)) {
        *ret = marketo_value_bool(number == 1);
        return true;
    }
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (str_ieq(text, words[i])) {
            *ret = marketo_value_bool(i < 3);
            return true;
        }
    }
    return false;
}

static bool take_int(struct arena *arena, const cJSON *item, struct marketo_value *ret)
{
    const char *text = cJSON_GetStringValue(item);
    int64_t number;

    if (!json_int(item, &number) &&
        (text == NULL || !str_int(text, INT64_MIN, INT64_MAX, &number))) {
        return false;
    }
    *ret = marketo_value_int(arena, number);
    return true;
}

/* Decimal, with a sign, a point and an exponent: strtod() reads hexadecimal and words too. */
static bool is_decimal(const char *text)
{
    return strspn(text, "+-.0123456789eE") == strlen(text);
}

static bool take_real(struct arena *arena, const cJSON *item, struct marketo_value *ret)
{
    AUTO(strbuf) buf = STRBUF(0);
    struct json_writer writer = JSON_WRITER(&buf);
    const char *text = cJSON_GetStringValue(item);
    double number = cJSON_IsNumber(item) ? item->valuedouble : 0;
    char *end = NULL;

    if (text != NULL) {
        number = is_decimal(text) ? strtod(text, &end) : 0;
        if (end == NULL || *end != '\0') {
            return false;
        }
    } else if (!cJSON_IsNumber(item)) {
        return false;
    }
    if (!isfinite(number)) {
        return false;
    }
    if (take_int(arena, item, ret)) {
        return true;
    }
    jw_real(&writer, number);
    *ret = (struct marketo_value){arena_dup(arena, strbuf_text(&buf), buf.len), buf.len, NULL};
    return true;
}

/* A moment whose year in UTC has four digits: an offset can lead out of them. */
static bool has_four_digits(int64_t at_ms)
{
    int64_t least = 0, most = 0;

    return iso8601_parse("0000-01-01T00:00:00Z", &least) &&
           iso8601_parse("9999-12-31T23:59:59.999Z", &most) && at_ms >= least && at_ms <= most;
}

/* A date with time in any zone, or a date alone; written in UTC. */
static bool take_date(struct arena *arena, const cJSON *item, bool with_time,
                      struct marketo_value *ret)
{
    const char *text = cJSON_GetStringValue(item);
    char shown[ISO8601_SIZE];
    int64_t at_ms;

    if (text == NULL) {
        return false;
    }
    if (!iso8601_parse(text, &at_ms) &&
        !iso8601_parse(arena_join(arena, text, "T00:00:00Z", NULL), &at_ms) &&
        !iso8601_parse(arena_join(arena, text, "Z", NULL), &at_ms)) {
        return false;
    }
    if (!has_four_digits(at_ms)) {
        return false;
    }
    iso8601_format_s(at_ms, shown);
    shown[with_time ? 20 : 10] = '\0';
    *ret = marketo_value_text(arena, arena_strdup(arena, shown));
    return true;
}

/* The words in which an error names a type. */
static const char *type_word(enum marketo_type type)
{
    switch (type) {
    case MARKETO_BOOLEAN:
        return "Boolean";
    case MARKETO_CURRENCY:
    case MARKETO_FLOAT:
        return "Float";
    case MARKETO_DATE_TYPE:
        return "Date";
    case MARKETO_DATETIME:
        return "DateTime";
    case MARKETO_INTEGER:
    case MARKETO_PERCENT:
    case MARKETO_REFERENCE:
    case MARKETO_SCORE:
        return "Integer";
    case MARKETO_EMAIL:
    case MARKETO_PHONE:
    case MARKETO_STRING:
    case MARKETO_TEXT:
    case MARKETO_URL:
    case MARKETO_TYPES:
        break;
    }
    return "String";
}

static bool take(struct arena *arena, const struct marketo_field *field, const cJSON *item,
                 struct marketo_value *ret, struct marketo_reason *ret_reason)
{
    switch (field->type) {
    case MARKETO_BOOLEAN:
        return take_bool(item, ret);
    case MARKETO_CURRENCY:
    case MARKETO_FLOAT:
        return take_real(arena, item, ret);
    case MARKETO_DATE_TYPE:
        return take_date(arena, item, false, ret);
    case MARKETO_DATETIME:
        return take_date(arena, item, true, ret);
    case MARKETO_INTEGER:
    case MARKETO_PERCENT:
    case MARKETO_REFERENCE:
    case MARKETO_SCORE:
        return take_int(arena, item, ret);
    case MARKETO_EMAIL:
    case MARKETO_PHONE:
    case MARKETO_STRING:
    case MARKETO_TEXT:
    case MARKETO_URL:
    case MARKETO_TYPES:
        break;
    }
    return take_text(arena, field, item, ret, ret_reason);
}

bool marketo_value_take(struct arena *arena, const struct marketo_field *field, const cJSON *item,
                        struct marketo_value *ret, struct marketo_reason *ret_reason)
{
    *ret = (struct marketo_value){0};
    if (cJSON_IsNull(item) || str_eq(cJSON_GetStringValue(item), "")) {
        if (field->type == MARKETO_BOOLEAN) {
            *ret = marketo_value_bool(false); /* a standard boolean is never null */
        }
        return true;
    }
    *ret_reason = (struct marketo_reason){MARKETO_WRONG_TYPE, NULL, type_word(field->type)};
    if (take(arena, field, item, ret, ret_reason)) {
        return true;
    }
    ret_reason->a = as_text(arena, item) != NULL ? as_text(arena, item) : json_text(arena, item);
    return false;
}
