#include "mapping/value.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/iso8601.h"
#include "base/str.h"

enum { NUMBER_SIZE = 40, DATE_LEN = 10 };

static const char *number_text(struct arena *arena, double number)
{
    char text[NUMBER_SIZE];

    if (number == 0) {
        number = 0; /* no minus zero */
    }
    if (fabs(number) < 9007199254740992.0 && number == floor(number)) {
        snprintf(text, sizeof text, "%.0f", number);
    } else {
        snprintf(text, sizeof text, "%.15g", number);
        if (strtod(text, NULL) != number) {
            snprintf(text, sizeof text, "%.17g", number);
        }
    }
    return arena_strdup(arena, text);
}

/* strtod also takes blanks, hexadecimal, "inf" and "nan", which are no numbers here. */
static bool parse_number(const char *text, double *ret)
{
    char *end;

    if (strspn(text, "+-.0123456789eE") != strlen(text) || *text == '\0') {
        return false;
    }
    *ret = strtod(text, &end);
    return *end == '\0' && end != text && isfinite(*ret);
}

static const char *read_number(struct arena *arena, const char *text)
{
    double number;

    return parse_number(text, &number) ? number_text(arena, number) : text;
}

static const char *read_boolean(const char *text)
{
    static const char *const yes[] = {"true", "1", "yes"}, *const no[] = {"false", "0", "no", ""};

    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++) {
        if (str_ieq(text, yes[i])) {
            return "true";
        }
    }
    for (size_t i = 0; i < sizeof no / sizeof *no; i++) {
        if (str_ieq(text, no[i])) {
            return "false";
        }
    }
    return text;
}

/* A date alone stays one; a blank instead of the T, or no zone, is how activities write UTC. */
static const char *read_time(struct arena *arena, const char *text)
{
    char fixed[ISO8601_SIZE + 8], ret[ISO8601_SIZE];
    size_t len = strlen(text);
    int64_t at_ms;

    if (len <= DATE_LEN || len > ISO8601_SIZE) {
        return text;
    }
    snprintf(fixed, sizeof fixed, "%s", text);
    if (fixed[DATE_LEN] == ' ') {
        fixed[DATE_LEN] = 'T';
    }
    if (!iso8601_parse(fixed, &at_ms)) {
        fixed[len] = 'Z';
        fixed[len + 1] = '\0';
        if (!iso8601_parse(fixed, &at_ms)) {
            return text;
        }
    }
    iso8601_format_s(at_ms, ret);
    return arena_strdup(arena, ret);
}

const char *sync_value_read_text(struct arena *arena, enum sync_kind kind, const char *text)
{
    if (kind == SYNC_BOOLEAN) {
        return text != NULL ? read_boolean(text) : "false";
    }
    if (text == NULL || *text == '\0') {
        return NULL;
    }
    switch (kind) {
    case SYNC_INTEGER:
    case SYNC_NUMBER:
        return read_number(arena, text);
    case SYNC_TIME:
        return read_time(arena, text);
    case SYNC_ACCOUNT:
        return str_lower(arena_strdup(arena, text));
    case SYNC_TEXT:
    case SYNC_BOOLEAN:
    case SYNC_CHOICE:
        break;
    }
    return text;
}

const char *sync_value_read(struct arena *arena, enum sync_kind kind, const cJSON *item)
{
    if (cJSON_IsString(item)) {
        return sync_value_read_text(arena, kind, item->valuestring);
    }
    if (cJSON_IsBool(item)) {
        return cJSON_IsTrue(item) ? "true" : "false";
    }
    if (cJSON_IsNumber(item)) {
        return sync_value_read_text(arena, kind, number_text(arena, item->valuedouble));
    }
    return sync_value_read_text(arena, kind, NULL);
}

void sync_value_write(struct json_writer *writer, enum sync_kind kind, bool as_text,
                      const char *value)
{
    double number;

    if (!as_text && value != NULL) {
        if (kind == SYNC_BOOLEAN && (str_eq(value, "true") || str_eq(value, "false"))) {
            jw_bool(writer, *value == 't');
            return;
        }
        if ((kind == SYNC_INTEGER || kind == SYNC_NUMBER) && parse_number(value, &number)) {
            jw_raw(writer, value);
            return;
        }
    }
    jw_text(writer, value);
}

const char *sync_value_cut(struct arena *arena, const char *value, int64_t most)
{
    int64_t count = 0;

    if (value == NULL || most <= 0 || (int64_t)strlen(value) <= most) {
        return value;
    }
    for (const char *at = value; *at != '\0'; at++) {
        if (((unsigned char)*at & 0xc0) != 0x80 && count++ == most) {
            return arena_dup(arena, value, (size_t)(at - value));
        }
    }
    return value;
}
