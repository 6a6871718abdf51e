/* A client for one thread: one kept connection to a served tenant. It asserts nothing. */
#pragma once

#include <curl/curl.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "base/str.h"

struct caller {
    CURL *curl;
    struct curl_slist *to;
    const char *base;   /* "https://127.0.0.1:41234" */
    struct strbuf body; /* of the last answer; a zero byte follows */
    atomic_int fd;      /* of its connection; -1: none yet */
};

struct calling {
    const char *method, *host, *target; /* host NULL: the loopback origin */
    const char *type, *token, *body;    /* NULL: none */
    long timeout_ms;                    /* 0: 60 s */
};

/* `ca_file` NULL: plain HTTP. What is handed over lives longer than the caller. */
void caller_open(struct caller *caller, const char *base, const char *ca_file);
/* The status; 0 when no whole answer came. */
int caller_ask(struct caller *caller, const struct calling *calling);
/* From another thread: the connection breaks, as when the client dies. */
void caller_break(struct caller *caller);
void caller_close(struct caller *caller);
