/* Takes secrets and tokens out of what the journal keeps. */
#pragma once

#include <stddef.h>

#include "base/str.h"

/* What stands in place of a secret. */
#define MASKED "***"

/*
 * Append a query (or a form), a body or a path with the values of the known names masked, however
 * the names are escaped: as form parameters (`client_secret=…`, `client%5Fsecret=…`), parts of a
 * multipart form, JSON members (`"secretText":"…"`), XML elements (`<wsse:Password>…`) and fields
 * of an HTML form. A zero byte follows the text.
 */
void mask_form(struct strbuf *ret, const char *text, size_t len);
void mask_body(struct strbuf *ret, const char *text, size_t len);
/* Appends a header's value, masked when the header carries credentials. `name` in any case. */
void mask_header(struct strbuf *ret, const char *name, const char *value);
