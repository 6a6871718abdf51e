/* Text inside XML and HTML. */
#pragma once

#include <stdio.h>

/* Escapes what has a meaning there; control characters, which XML 1.0 cannot hold, become U+FFFD.
 */
void run_markup(FILE *out, const char *text);
