/* URIs (RFC 3986), request targets and form bodies. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"

struct uri_param {
    const char *name, *value; /* decoded; a value that is missing is "" */
};

struct uri_params {
    struct uri_param *items;
    size_t count;
};

/* Appends everything but unreserved characters as %XX. */
void strbuf_uri(struct strbuf *buf, const char *text);
/* The same for application/x-www-form-urlencoded: a blank becomes `+`. */
void strbuf_form(struct strbuf *buf, const char *text);
/* Appends `name=value`, with `&` before it when the buffer has something. */
void strbuf_form_param(struct strbuf *buf, const char *name, const char *value);

/*
 * Decodes %XX (and `+` as a blank when `plus`). NULL for a broken escape or one of %00, so that
 * what comes back is text.
 */
char *uri_decode(struct arena *arena, const char *text, size_t len, bool plus);

/* As in ASP.NET: else a body of ampersands would take many times its own size, and time. */
enum { URI_MAX_PARAMS = 1000 };

/*
 * Splits a query or form body at `&` and decodes. False for a broken escape, a zero byte or more
 * than URI_MAX_PARAMS pieces. Empty pieces are left out.
 */
bool uri_parse_params(struct arena *arena, const char *text, size_t len, struct uri_params *ret);
/* The first value of that exact name, NULL when there is none. */
const char *uri_param(const struct uri_params *params, const char *name);
size_t uri_param_count(const struct uri_params *params, const char *name);

struct uri_path {
    const char **segments; /* decoded; dot segments resolved; an encoded slash is data */
    size_t count;
    const char *text; /* "/" and the segments joined by "/" */
};

/*
 * Splits a raw path at `/`, decodes each segment, then resolves dot segments. False for a broken
 * escape, %00, or a path that does not begin with `/`.
 */
bool uri_parse_path(struct arena *arena, const char *path, size_t len, struct uri_path *ret);

struct uri {
    const char *scheme; /* lower case */
    const char *host;   /* lower case, without brackets */
    int port;           /* 0 when not given */
    const char *path;   /* raw, at least "/" */
    const char *query;  /* raw, without `?`; NULL when there is none */
};

/* Reads an absolute http or https URL; false for anything else, also one with user information. */
bool uri_parse(struct arena *arena, const char *text, struct uri *ret);

/* Splits "host", "host:port" or "[v6]:port"; the host comes in lower case, the port as 0 when
 * missing. */
bool uri_parse_authority(struct arena *arena, const char *text, const char **ret_host,
                         int *ret_port);
