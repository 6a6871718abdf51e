/* Errors as values: filled where something fails, prefixed on the way up. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* A kind is named after what the caller can do, not after what broke. */
enum err_kind {
    ERR_NONE,
    ERR_CONFIG,   /* ours to fix: stop */
    ERR_AUTH,     /* we were refused: one new token, then stop */
    ERR_RETRY,    /* throttled or unreachable: wait retry_ms, try again */
    ERR_RECORD,   /* this record was refused: park it, go on */
    ERR_PROTOCOL, /* the reply does not fit what is published: stop */
    ERR_STORE,    /* our own database failed: stop */
};

struct err {
    enum err_kind kind;
    int64_t retry_ms;  /* the wait that was asked for; 0 when none was named */
    char code[24];     /* the remote's own, such as "606"; empty when it gave none */
    char pointer[160]; /* JSON Pointer (RFC 6901) of the value at fault; empty when there is none */
    char text[488];    /* outermost context first: "contact: pushing 1: HTTP 503" */
};

/* Fills *err and is `false`, so that `return err_set(...)` says and fails at once. */
#define err_set(err, kind, ...) (err_fill((err), (kind), __VA_ARGS__), false)

/* Puts "text: " before what *err says already; is `false`. */
#define err_wrap(err, ...) (err_prefix((err), __VA_ARGS__), false)

void err_fill(struct err *err, enum err_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void err_prefix(struct err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Names the value at fault; longer pointers are cut. */
void err_at(struct err *err, const char *pointer);
