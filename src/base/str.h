/* Text that grows, up to a limit that is checked once, and a few questions about text. */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct strbuf {
    char *data; /* ends with a zero byte once anything was added; NULL before */
    size_t len;
    size_t size;   /* of the memory behind `data` */
    size_t limit;  /* of `len`; 0 = none */
    bool overflow; /* something did not fit and was left out: look once, at the end */
};

/* An empty buffer that takes `most` bytes; 0 = as much as memory. */
#define STRBUF(most)                                                                               \
    {                                                                                              \
        .limit = (most)                                                                            \
    }

void strbuf_add(struct strbuf *buf, const char *text);
void strbuf_add_n(struct strbuf *buf, const void *bytes, size_t len);
void strbuf_add_char(struct strbuf *buf, char c);
/* The same for bytes from outside: each one that is no part of UTF-8 becomes U+FFFD. */
void strbuf_add_utf8(struct strbuf *buf, const char *bytes, size_t len);
void strbuf_addf(struct strbuf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
void strbuf_vaddf(struct strbuf *buf, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));
void strbuf_add_int(struct strbuf *buf, int64_t number);
/* Text inside XML and HTML, also in an attribute in double quotes; nothing of NULL. */
void strbuf_markup(struct strbuf *buf, const char *text);
/* Makes room for so many more bytes at once. */
void strbuf_reserve(struct strbuf *buf, size_t more);
/* The text, never NULL; good until the next change. */
const char *strbuf_text(const struct strbuf *buf);
/* Empties it and keeps the memory. */
void strbuf_clear(struct strbuf *buf);
/* Hands the text to the caller, who frees it with mem_free(); the buffer is empty then. */
char *strbuf_take(struct strbuf *buf);
void strbuf_finish(struct strbuf *buf);

/* NULL equals only NULL. */
bool str_eq(const char *a, const char *b);
/* The same without regard to the case of ASCII letters. */
bool str_ieq(const char *a, const char *b);
/* A number that equal texts share: for tables in memory, never stored. */
uint64_t str_hash(const char *text, size_t len);
bool str_starts(const char *text, const char *prefix);
bool str_ends(const char *text, const char *suffix);
bool str_iends(const char *text, const char *suffix);
/* Lowers ASCII letters in place; returns its argument. */
char *str_lower(char *text);
/*
 * Whether `text` fits `pattern`, in which `*` stands for any run of characters (except `stop`,
 * unless that is 0) and everything else for itself.
 */
bool str_match(const char *pattern, const char *text, char stop);
/* The word of the list that is written most like `word`, or NULL when none is near. */
const char *str_nearest(const char *word, const char *const *list, size_t count);
/* Reads a whole decimal number within the bounds; false for anything else. */
bool str_int(const char *text, int64_t least, int64_t most, int64_t *ret);
/* Whether the bytes are well-formed UTF-8 (RFC 3629). */
bool str_is_utf8(const char *bytes, size_t len);
