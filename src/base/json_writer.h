/* Writes JSON straight into a buffer: for answers with rows, where a tree would cost too much. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct json_writer {
    struct strbuf *out;
    uint64_t filled; /* bit n: the list at depth n has an element already */
    unsigned depth;  /* at most 63 */
    bool after_key;
};

#define JSON_WRITER(buf)                                                                           \
    {                                                                                              \
        .out = (buf)                                                                               \
    }

void jw_object(struct json_writer *writer); /* { */
void jw_object_end(struct json_writer *writer);
void jw_array(struct json_writer *writer); /* [ */
void jw_array_end(struct json_writer *writer);
void jw_key(struct json_writer *writer, const char *name);
/* NULL is written as null. Malformed UTF-8 is replaced by U+FFFD. */
void jw_text(struct json_writer *writer, const char *text);
void jw_text_n(struct json_writer *writer, const char *text, size_t len);
void jw_int(struct json_writer *writer, int64_t number);
void jw_real(struct json_writer *writer, double number);
void jw_bool(struct json_writer *writer, bool value);
void jw_null(struct json_writer *writer);
/* A value that is JSON already. */
void jw_raw(struct json_writer *writer, const char *json);
void jw_raw_n(struct json_writer *writer, const char *json, size_t len);

/* A member at once. */
void jw_member_text(struct json_writer *writer, const char *name, const char *text);
void jw_member_int(struct json_writer *writer, const char *name, int64_t number);
void jw_member_bool(struct json_writer *writer, const char *name, bool value);
void jw_member_null(struct json_writer *writer, const char *name);
void jw_member_raw(struct json_writer *writer, const char *name, const char *json);
