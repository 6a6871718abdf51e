/*
 * Placeholders: `{name}` is a saved value or a key of the world, `{name:from:to}` a part of its
 * text, and `{{` stands for a brace.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/json.h"

/* Where values come from: `saved` wins over `world`. Both are objects. */
struct run_vars {
    struct arena *arena;
    const cJSON *world;
    cJSON *saved;
};

/*
 * The tree with its placeholders replaced, in strings and in the names of members. A string that is
 * one placeholder alone becomes the value with its type. What has no placeholder comes back as it
 * is, not copied. Fails with ERR_CONFIG when a value is null or unknown.
 */
bool run_vars_expand(const struct run_vars *vars, const cJSON *item, const cJSON **ret,
                     struct err *err);
/* A text with its placeholders replaced by text. With `encode` each is percent-encoded as one
 * segment of a path or one value of a query. */
bool run_vars_text(const struct run_vars *vars, const char *text, bool encode, const char **ret,
                   struct err *err);
/* The value of a name; NULL when there is none. */
const cJSON *run_vars_get(const struct run_vars *vars, const char *name);

/* Calls `visit` for the name of every placeholder in a text. Fails on a malformed one. */
bool run_vars_scan(const char *text, bool (*visit)(void *arg, const char *name, struct err *err),
                   void *arg, struct err *err);
/* Whether a text has a brace that is no `{{`. */
bool run_vars_any(const char *text);
