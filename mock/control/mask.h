/* Takes secrets and tokens out of what the journal keeps. */
#pragma once

#include <stddef.h>

#include "base/str.h"

/* What stands in place of a secret. */
#define MASKED "***"

/*
 * Appends a body or a query with the values of the known names masked: as form parameters
 * (`client_secret=…`), as JSON members (`"secretText":"…"`) and as XML elements
 * (`<wsse:Password>…`).
 */
void mask_body(struct strbuf *ret, const char *text, size_t len);
/* Appends a header's value, masked when the header carries credentials. `name` in any case. */
void mask_header(struct strbuf *ret, const char *name, const char *value);
