/* Values and matchers: whether what is there is what was expected. */
#pragma once

#include <stdbool.h>

#include "base/err.h"
#include "base/json.h"

/*
 * `actual` NULL means absent. An object with one `$` member is a matcher, anywhere in `expected`;
 * null equals null and absent. The operands were checked before (run_match_check()).
 */
bool run_match(const cJSON *expected, const cJSON *actual);

/* Compares times instead of texts where both sides are dates. */
bool run_match_date(const cJSON *expected, const cJSON *actual);

/* Whether an object is meant as a matcher: its only member begins with `$`. */
bool run_is_matcher(const cJSON *item);

/* Checks one matcher's operand (not what is nested in it). Fails with what was expected. */
bool run_match_check(const cJSON *matcher, struct err *err);
