/* The switches of a world: one table says which there are. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/json.h"

enum setting_kind {
    SETTING_BOOL,
    SETTING_INT,
    SETTING_DURATION,
    SETTING_WORD,
    SETTING_TEXT,    /* a name */
    SETTING_DERIVED, /* a truth value that another member gives: a world does not set it here */
};

struct setting {
    const char *scope; /* "tenant", "organization" or "subscription" */
    const char *name;  /* a dot separates the parts of a nested one */
    enum setting_kind kind;
    const char *otherwise;    /* JSON */
    const char *const *words; /* of a word: NULL-terminated */
    const char *about;        /* ends with its rule or fact */
};
extern const struct setting settings_all[];
extern const size_t settings_count;

/* Fails when there is no such setting, or the value does not fit it. */
bool settings_check(const char *scope, const char *name, const cJSON *value, struct err *err);
/* The JSON Schema of the member `settings` of a scope. */
cJSON *settings_schema(const char *scope);
