#include "base/str.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"

static bool reserve(struct strbuf *buf, size_t more)
{
    size_t size = buf->size > 0 ? buf->size : 128;

    if (more < buf->size - buf->len && buf->limit == 0 && !buf->overflow) {
        return true; /* nearly always */
    }
    if (buf->overflow || (buf->limit > 0 && more > buf->limit - buf->len)) {
        buf->overflow = true;
        return false;
    }
    if (more >= SIZE_MAX / 2 - buf->len) {
        abort();
    }
    while (size < buf->len + more + 1) {
        size *= 2;
    }
    if (size != buf->size) {
        buf->data = mem_realloc(buf->data, size);
        buf->size = size;
    }
    return true;
}

void strbuf_add_n(struct strbuf *buf, const void *bytes, size_t len)
{
    if (!reserve(buf, len)) {
        return;
    }
    if (len > 0) {
        memcpy(buf->data + buf->len, bytes, len);
    }
    buf->len += len;
    buf->data[buf->len] = '\0';
}

void strbuf_add(struct strbuf *buf, const char *text)
{
    strbuf_add_n(buf, text, strlen(text));
}

void strbuf_add_char(struct strbuf *buf, char c)
{
    if (reserve(buf, 1)) {
        buf->data[buf->len++] = c;
        buf->data[buf->len] = '\0';
    }
}

void strbuf_vaddf(struct strbuf *buf, const char *format, va_list args)
{
    va_list again;
    int len;

    va_copy(again, args);
    len = vsnprintf(NULL, 0, format, args);
    if (len < 0) {
        abort();
    }
    if (reserve(buf, (size_t)len)) {
        vsnprintf(buf->data + buf->len, (size_t)len + 1, format, again);
        buf->len += (size_t)len;
    }
    va_end(again);
}

void strbuf_addf(struct strbuf *buf, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    strbuf_vaddf(buf, format, args);
    va_end(args);
}

void strbuf_add_int(struct strbuf *buf, int64_t number)
{
    char digits[24];
    size_t at = sizeof digits;
    uint64_t rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;

    do {
        digits[--at] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (number < 0) {
        digits[--at] = '-';
    }
    strbuf_add_n(buf, digits + at, sizeof digits - at);
}

void strbuf_reserve(struct strbuf *buf, size_t more)
{
    if (buf->limit > 0 && more > buf->limit - buf->len) {
        more = buf->limit - buf->len;
    }
    if (reserve(buf, more) && buf->len == 0) {
        buf->data[0] = '\0';
    }
}

const char *strbuf_text(const struct strbuf *buf)
{
    return buf->data != NULL ? buf->data : "";
}

void strbuf_clear(struct strbuf *buf)
{
    buf->len = 0;
    buf->overflow = false;
    if (buf->data != NULL) {
        buf->data[0] = '\0';
    }
}

char *strbuf_take(struct strbuf *buf)
{
    char *text = buf->data != NULL ? buf->data : mem_strdup("");

    *buf = (struct strbuf){.limit = buf->limit};
    return text;
}

void strbuf_finish(struct strbuf *buf)
{
    mem_free(buf->data);
    *buf = (struct strbuf){.limit = buf->limit};
}

bool str_eq(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

uint64_t str_hash(const char *text, size_t len)
{
    uint64_t hash = 14695981039346656037U, word; /* FNV-1a, by words */

    while (len > 0) {
        size_t take = len < sizeof word ? len : sizeof word;

        word = 0;
        memcpy(&word, text, take);
        hash = (hash ^ word) * 1099511628211U;
        hash ^= hash >> 32;
        text += take;
        len -= take;
    }
    return hash;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool str_ieq(const char *a, const char *b)
{
    if (a == NULL || b == NULL) {
        return a == b;
    }
    while (*a != '\0' && lower(*a) == lower(*b)) {
        a++;
        b++;
    }
    return lower(*a) == lower(*b);
}

bool str_starts(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool str_ends(const char *text, const char *suffix)
{
    size_t len = strlen(text), end = strlen(suffix);

    return len >= end && strcmp(text + len - end, suffix) == 0;
}

bool str_iends(const char *text, const char *suffix)
{
    size_t len = strlen(text), end = strlen(suffix);

    return len >= end && str_ieq(text + len - end, suffix);
}

char *str_lower(char *text)
{
    for (char *at = text; *at != '\0'; at++) {
        *at = lower(*at);
    }
    return text;
}

bool str_match(const char *pattern, const char *text, char stop)
{
    const char *star = NULL, *from = NULL;

    while (*text != '\0') {
        if (*pattern == '*') {
            star = pattern++;
            from = text;
        } else if (*pattern == *text) {
            pattern++;
            text++;
        } else if (star != NULL && !(stop != '\0' && *from == stop)) {
            pattern = star + 1;
            text = ++from;
        } else {
            return false;
        }
    }
    while (*pattern == '*') {
        pattern++;
    }
    return *pattern == '\0';
}

enum { WORD_MAX_LEN = 64 };

/* Levenshtein's distance of two short words, without regard to case. */
static size_t distance(const char *a, const char *b)
{
    size_t row[WORD_MAX_LEN], a_len = strlen(a), b_len = strlen(b);

    if (a_len >= WORD_MAX_LEN || b_len >= WORD_MAX_LEN) {
        return SIZE_MAX;
    }
    for (size_t j = 0; j <= b_len; j++) {
        row[j] = j;
    }
    for (size_t i = 1; i <= a_len; i++) {
        size_t diagonal = row[0];

        row[0] = i;
        for (size_t j = 1; j <= b_len; j++) {
            size_t best = diagonal + (lower(a[i - 1]) != lower(b[j - 1]));

            diagonal = row[j];
            best = best < row[j] + 1 ? best : row[j] + 1;
            row[j] = best < row[j - 1] + 1 ? best : row[j - 1] + 1;
        }
    }
    return row[b_len];
}

const char *str_nearest(const char *word, const char *const *list, size_t count)
{
    size_t best = strlen(word) / 3 + 2;
    const char *nearest = NULL;

    for (size_t i = 0; i < count; i++) {
        size_t far = distance(word, list[i]);

        if (far < best) {
            best = far;
            nearest = list[i];
        }
    }
    return nearest;
}

bool str_int(const char *text, int64_t least, int64_t most, int64_t *ret)
{
    bool negative = *text == '-';
    int64_t number = 0;

    text += negative;
    if (*text == '\0') {
        return false;
    }
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9' || __builtin_mul_overflow(number, 10, &number) ||
            __builtin_sub_overflow(number, *text - '0', &number)) {
            return false;
        }
    }
    if (!negative && __builtin_mul_overflow(number, -1, &number)) {
        return false;
    }
    *ret = number;
    return number >= least && number <= most;
}

/* How many bytes the character at `s` takes, 0 when it is malformed. */
static size_t utf8_char(const unsigned char *s, size_t left)
{
    size_t more = s[0] < 0x80 ? 0 : s[0] < 0xc2 ? 9 : s[0] < 0xe0 ? 1 : s[0] < 0xf0 ? 2 : 3;

    if (s[0] > 0xf4 || more >= left) {
        return 0;
    }
    for (size_t i = 1; i <= more; i++) {
        if ((s[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
        (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f)) {
        return 0;
    }
    return more + 1;
}

/* How many bytes at the start are ASCII, counted by eights. */
static size_t ascii_run(const unsigned char *s, size_t len)
{
    size_t n = 0;
    uint64_t eight;

    while (n + sizeof eight <= len) {
        memcpy(&eight, s + n, sizeof eight);
        if ((eight & 0x8080808080808080U) != 0) {
            break;
        }
        n += sizeof eight;
    }
    return n;
}

bool str_is_utf8(const char *bytes, size_t len)
{
    const unsigned char *s = (const unsigned char *)bytes;

    while (len > 0) {
        size_t ascii = ascii_run(s, len);
        size_t used = ascii > 0 ? ascii : utf8_char(s, len);

        if (used == 0) {
            return false;
        }
        s += used;
        len -= used;
    }
    return true;
}

void strbuf_add_utf8(struct strbuf *buf, const char *bytes, size_t len)
{
    while (len > 0) {
        size_t ascii = ascii_run((const unsigned char *)bytes, len);
        size_t used = ascii > 0 ? ascii : utf8_char((const unsigned char *)bytes, len);

        if (used > 0) {
            strbuf_add_n(buf, bytes, used);
        } else {
            strbuf_add(buf, "\xef\xbf\xbd");
            used = 1;
        }
        bytes += used;
        len -= used;
    }
}

void strbuf_markup(struct strbuf *buf, const char *text)
{
    for (; text != NULL && *text != '\0'; text++) {
        switch (*text) {
        case '<':
            strbuf_add(buf, "&lt;");
            break;
        case '>':
            strbuf_add(buf, "&gt;");
            break;
        case '&':
            strbuf_add(buf, "&amp;");
            break;
        case '"':
            strbuf_add(buf, "&quot;");
            break;
        default:
            strbuf_add_char(buf, *text);
        }
    }
}
