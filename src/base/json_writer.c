#include "base/json_writer.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"

/* The comma before every element but the first. */
static void next(struct json_writer *writer)
{
    uint64_t bit = (uint64_t)1 << writer->depth;

    if (writer->after_key) {
        writer->after_key = false;
        return;
    }
    if ((writer->filled & bit) != 0) {
        strbuf_add_char(writer->out, ',');
    }
    writer->filled |= bit;
}

static void begin(struct json_writer *writer, char c)
{
    next(writer);
    strbuf_add_char(writer->out, c);
    writer->depth++;
    assert(writer->depth < 64);
    writer->filled &= ~((uint64_t)1 << writer->depth);
}

static void end(struct json_writer *writer, char c)
{
    assert(writer->depth > 0 && !writer->after_key);
    writer->depth--;
    strbuf_add_char(writer->out, c);
}

void jw_object(struct json_writer *writer)
{
    begin(writer, '{');
}

void jw_object_end(struct json_writer *writer)
{
    end(writer, '}');
}

void jw_array(struct json_writer *writer)
{
    begin(writer, '[');
}

void jw_array_end(struct json_writer *writer)
{
    end(writer, ']');
}

static void escape_control(struct strbuf *out, unsigned char c)
{
    static const char names[] = "btnvfr"; /* 8 to 13; JSON has no \v */

    if (c >= 8 && c <= 13 && c != 11) {
        strbuf_add_char(out, '\\');
        strbuf_add_char(out, names[c - 8]);
    } else {
        strbuf_addf(out, "\\u%04x", c);
    }
}

/* Whether one of eight bytes is a quote, a backslash or below a blank; may say yes too often, never
 * no. */
static bool eight_special(const char *text)
{
    const uint64_t ones = 0x0101010101010101U, high = 0x8080808080808080U;
    uint64_t x, quote, slash;

    memcpy(&x, text, sizeof x);
    quote = x ^ (ones * '"');
    slash = x ^ (ones * '\\');
    return (((x - ones * 0x20) | (quote - ones) | (slash - ones)) & high) != 0;
}

static void write_escaped(struct strbuf *out, const char *text, size_t len)
{
    size_t from = 0, i = 0;

    while (i < len) {
        unsigned char c = (unsigned char)text[i];

        if (i + 8 <= len && !eight_special(text + i)) {
            i += 8;
            continue;
        }
        i++;
        if (c >= 0x20 && c != '"' && c != '\\') {
            continue;
        }
        strbuf_add_n(out, text + from, i - 1 - from);
        from = i;
        if (c < 0x20) {
            escape_control(out, c);
        } else {
            strbuf_add_char(out, '\\');
            from--; /* it stands behind its backslash as it is */
        }
    }
    strbuf_add_n(out, text + from, len - from);
}

void jw_text_n(struct json_writer *writer, const char *text, size_t len)
{
    next(writer);
    strbuf_add_char(writer->out, '"');
    if (str_is_utf8(text, len)) {
        write_escaped(writer->out, text, len);
    } else {
        AUTO(strbuf) repaired = STRBUF(0);

        strbuf_add_utf8(&repaired, text, len);
        write_escaped(writer->out, repaired.data, repaired.len);
    }
    strbuf_add_char(writer->out, '"');
}

void jw_text(struct json_writer *writer, const char *text)
{
    if (text == NULL) {
        jw_null(writer);
    } else {
        jw_text_n(writer, text, strlen(text));
    }
}

void jw_key(struct json_writer *writer, const char *name)
{
    jw_text(writer, name);
    strbuf_add_char(writer->out, ':');
    writer->after_key = true;
}

void jw_raw_n(struct json_writer *writer, const char *json, size_t len)
{
    next(writer);
    strbuf_add_n(writer->out, json, len);
}

void jw_raw(struct json_writer *writer, const char *json)
{
    jw_raw_n(writer, json, strlen(json));
}

void jw_int(struct json_writer *writer, int64_t number)
{
    next(writer);
    strbuf_add_int(writer->out, number);
}

void jw_real(struct json_writer *writer, double number)
{
    char text[40];

    if (!isfinite(number)) {
        jw_null(writer);
        return;
    }
    /* The shortest of the two forms that reads back as the same number. */
    snprintf(text, sizeof text, "%.15g", number);
    if (strtod(text, NULL) != number) {
        snprintf(text, sizeof text, "%.17g", number);
    }
    jw_raw(writer, text);
}

void jw_bool(struct json_writer *writer, bool value)
{
    jw_raw(writer, value ? "true" : "false");
}

void jw_null(struct json_writer *writer)
{
    jw_raw(writer, "null");
}

void jw_member_text(struct json_writer *writer, const char *name, const char *text)
{
    jw_key(writer, name);
    jw_text(writer, text);
}

void jw_member_int(struct json_writer *writer, const char *name, int64_t number)
{
    jw_key(writer, name);
    jw_int(writer, number);
}

void jw_member_bool(struct json_writer *writer, const char *name, bool value)
{
    jw_key(writer, name);
    jw_bool(writer, value);
}

void jw_member_null(struct json_writer *writer, const char *name)
{
    jw_key(writer, name);
    jw_null(writer);
}

void jw_member_raw(struct json_writer *writer, const char *name, const char *json)
{
    jw_key(writer, name);
    jw_raw(writer, json);
}
