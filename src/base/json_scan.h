/* The strict pass over a JSON text before cJSON sees it. Only json.c uses it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/*
 * Checks the whole text and, with JSON_COMMENTS, blanks comments in place, so that line and column
 * stay true. Fails with "line 3, column 7: expected …, found …".
 */
bool json_scan(char *text, size_t len, unsigned flags, struct err *err);
