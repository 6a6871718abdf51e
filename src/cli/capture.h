/*
 * A capture of what travels, in the format HAR 1.2 (Jan Odvarko's specification), for a report of a
 * problem: tokens, secrets and passwords are masked by their names before they are written.
 */
#pragma once

#include <stdbool.h>

#include "include/crmsync.h"

/* Wraps *transport, which is ended with the wrapper; the file is complete then. False when it
 * cannot be written, with errno. */
bool cli_capture(const char *path, struct crmsync_transport *transport);

/* What is written of a body or of a URL, for tests: the arena's. */
struct arena;
const char *cli_capture_body(struct arena *arena, const char *content_type, const char *body,
                             size_t len);
const char *cli_capture_url(struct arena *arena, const char *url);
bool cli_capture_hides_header(const char *name);
