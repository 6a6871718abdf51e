/* Values of fields: from JSON to what is stored, and to the texts of activities. */
#pragma once

#include "marketo/error.h"
#include "marketo/fields.h"

#include "base/json.h"

/* A value as compact JSON; `raw` NULL is null. `plain` is a string's text, NULL when not known. */
struct marketo_value {
    const char *raw;
    size_t len;
    const char *plain;
};

/* What is wrong with a value: an error and its words. */
struct marketo_reason {
    enum marketo_error error;
    const char *a, *b;
};

/*
 * Takes a client's value for a field: null and "" clear, numbers and texts are converted, long
 * texts cut. Source: marketo-types.
 */
bool marketo_value_take(struct arena *arena, const struct marketo_field *field, const cJSON *item,
                        struct marketo_value *ret, struct marketo_reason *ret_reason);
struct marketo_value marketo_value_text(struct arena *arena, const char *text);
struct marketo_value marketo_value_int(struct arena *arena, int64_t number);
struct marketo_value marketo_value_bool(bool value);
bool marketo_value_equal(const struct marketo_value *a, const struct marketo_value *b);
/* A string's text, any other value's JSON; NULL of null. */
const char *marketo_value_plain(struct arena *arena, const struct marketo_value *value);
/* As Change Data Value shows it: True and False, dates without T and Z. */
const char *marketo_value_shown(struct arena *arena, const struct marketo_field *field,
                                const struct marketo_value *value);
/* By which values are looked up: without regard to case and to blanks around. */
const char *marketo_value_key(struct arena *arena, const char *plain);
