#include "base/json_scan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"

struct scan {
    char *text;
    size_t len, at;
    unsigned flags;
    int depth;
    size_t values;
    struct err *err;
};

static bool value(struct scan *scan);

/* Says where the scan stands, what was expected and what is there. */
static bool fail(const struct scan *scan, const char *expected)
{
    size_t line = 1, column = 1;
    char found[32] = "the end of the text";

    for (size_t i = 0; i < scan->at && i < scan->len; i++) {
        unsigned char c = (unsigned char)scan->text[i];

        column = c == '\n' ? 1 : column + ((c & 0xc0) != 0x80);
        line += c == '\n';
    }
    if (scan->at < scan->len) {
        unsigned char c = (unsigned char)scan->text[scan->at];

        snprintf(found, sizeof found, c > ' ' && c < 0x7f ? "`%c`" : "the byte 0x%02x", c);
    }
    return err_set(scan->err, ERR_PROTOCOL, "line %zu, column %zu: expected %s, found %s", line,
                   column, expected, found);
}

static int peek(const struct scan *scan)
{
    return scan->at < scan->len ? (unsigned char)scan->text[scan->at] : -1;
}

static bool comment(struct scan *scan)
{
    char *from = scan->text + scan->at;
    size_t left = scan->len - scan->at;
    char *end;

    if (left >= 2 && from[1] == '/') {
        end = memchr(from, '\n', left);
        end = end != NULL ? end : from + left;
    } else if (left >= 2 && from[1] == '*') {
        end = memmem(from + 2, left - 2, "*/", 2);
        if (end == NULL) {
            return fail(scan, "a comment that ends with */");
        }
        end += 2;
    } else {
        return fail(scan, "a comment");
    }
    for (char *c = from; c < end; c++) {
        *c = *c == '\n' ? '\n' : ' ';
    }
    return true;
}

static bool blanks(struct scan *scan)
{
    for (;;) {
        int c = peek(scan);

        if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
            scan->at++;
        } else if (c == '/' && (scan->flags & JSON_COMMENTS) != 0) {
            if (!comment(scan)) {
                return false;
            }
        } else {
            return true;
        }
    }
}

/* Four hexadecimal digits; -1 when they are not there. */
static long hex4(struct scan *scan)
{
    char digits[5] = {0};

    if (scan->len - scan->at < 4) {
        return -1;
    }
    memcpy(digits, scan->text + scan->at, 4);
    if (strspn(digits, "0123456789abcdefABCDEF") != 4) {
        return -1;
    }
    scan->at += 4;
    return strtol(digits, NULL, 16);
}

static bool unicode_escape(struct scan *scan)
{
    long code = hex4(scan), low;

    if (code <= 0) {
        return fail(scan, code == 0 ? "a character other than \\u0000" : "four hexadecimal digits");
    }
    if (code >= 0xdc00 && code <= 0xdfff) {
        return fail(scan, "a high surrogate before the low one");
    }
    if (code >= 0xd800 && code <= 0xdbff) {
        if (scan->len - scan->at < 6 || memcmp(scan->text + scan->at, "\\u", 2) != 0) {
            return fail(scan, "a low surrogate");
        }
        scan->at += 2;
        low = hex4(scan);
        if (low < 0xdc00 || low > 0xdfff) {
            return fail(scan, "a low surrogate");
        }
    }
    return true;
}

static bool string(struct scan *scan)
{
    size_t from = ++scan->at;
    unsigned all = 0; /* the bits of all its bytes: only what is not ASCII can be malformed */

    for (;;) {
        int c = -1;

        while (scan->at < scan->len) {
            c = (unsigned char)scan->text[scan->at];
            if (c < 0x20 || c == '"' || c == '\\') {
                break;
            }
            all |= (unsigned)c;
            scan->at++;
            c = -1;
        }
        if (c < 0x20) {
            return fail(scan, c < 0 ? "the end of a string" : "no control character in a string");
        }
        scan->at++;
        if (c == '"') {
            break;
        }
        c = peek(scan);
        if (c <= 0 || strchr("\"\\/bfnrtu", c) == NULL) {
            return fail(scan, "one of \" \\ / b f n r t u after a backslash");
        }
        scan->at++;
        if (c == 'u' && !unicode_escape(scan)) {
            return false;
        }
    }
    if ((all & 0x80) != 0 && !str_is_utf8(scan->text + from, scan->at - 1 - from)) {
        scan->at = from;
        return fail(scan, "a string of well-formed UTF-8");
    }
    return true;
}

static bool digits(struct scan *scan)
{
    size_t from = scan->at;

    while (peek(scan) >= '0' && peek(scan) <= '9') {
        scan->at++;
    }
    return scan->at > from || fail(scan, "a digit");
}

/*
 * Whether an integer is its double to the last digit. Beyond 2^53 not all are, but those that are
 * must be read: a number such as 11111111111111112.1 is printed as one.
 */
static bool holds(const char *integer, double read)
{
    char exact[80];

    if (read > -9007199254740992.0 && read < 9007199254740992.0) {
        return true;
    }
    snprintf(exact, sizeof exact, "%.0f", read);
    return strcmp(integer, exact) == 0;
}

static bool number(struct scan *scan)
{
    size_t from = scan->at;
    bool whole = true;
    char copy[64];
    double read;

    scan->at += peek(scan) == '-';
    if (peek(scan) == '0') {
        scan->at++;
    } else if (!digits(scan)) {
        return false;
    }
    if (peek(scan) == '.') {
        scan->at++;
        whole = false;
        if (!digits(scan)) {
            return false;
        }
    }
    if (peek(scan) == 'e' || peek(scan) == 'E') {
        scan->at++;
        whole = false;
        scan->at += peek(scan) == '+' || peek(scan) == '-';
        if (!digits(scan)) {
            return false;
        }
    }
    if (scan->at - from >= sizeof copy) {
        scan->at = from;
        return fail(scan, "a number of less than 64 characters");
    }
    snprintf(copy, sizeof copy, "%.*s", (int)(scan->at - from), scan->text + from);
    read = strtod(copy, NULL);
    if (read > 1.7e308 || read < -1.7e308) {
        scan->at = from;
        return fail(scan, "a number that a double can hold");
    }
    if (whole && !holds(copy, read)) {
        scan->at = from;
        return fail(scan, "an integer that a double holds exactly (up to 2^53 all are)");
    }
    return true;
}

static bool word(struct scan *scan, const char *expected)
{
    size_t len = strlen(expected);

    if (scan->len - scan->at < len || memcmp(scan->text + scan->at, expected, len) != 0) {
        return fail(scan, "a value");
    }
    scan->at += len;
    return true;
}

static bool member(struct scan *scan)
{
    if (!blanks(scan)) {
        return false;
    }
    if (peek(scan) != '"') {
        return fail(scan, "a member's name in double quotes");
    }
    if (!string(scan) || !blanks(scan)) {
        return false;
    }
    if (peek(scan) != ':') {
        return fail(scan, "`:`");
    }
    scan->at++;
    return value(scan);
}

/* An object or an array: `item` reads one element. */
static bool list(struct scan *scan, char end, bool (*item)(struct scan *))
{
    if (++scan->depth > JSON_MAX_DEPTH) {
        return fail(scan, "at most 100 levels");
    }
    scan->at++;
    if (!blanks(scan)) {
        return false;
    }
    if (peek(scan) != end) {
        for (;;) {
            if (!item(scan) || !blanks(scan)) {
                return false;
            }
            if (peek(scan) == end) {
                break;
            }
            if (peek(scan) != ',') {
                return fail(scan, end == '}' ? "`,` or `}`" : "`,` or `]`");
            }
            scan->at++;
        }
    }
    scan->at++;
    scan->depth--;
    return true;
}

static bool value(struct scan *scan)
{
    int c;

    if (!blanks(scan)) {
        return false;
    }
    if (++scan->values > JSON_MAX_VALUES) {
        return fail(scan, "at most 4,000,000 values");
    }
    c = peek(scan);
    switch (c) {
    case '{':
        return list(scan, '}', member);
    case '[':
        return list(scan, ']', value);
    case '"':
        return string(scan);
    case 't':
        return word(scan, "true");
    case 'f':
        return word(scan, "false");
    case 'n':
        return word(scan, "null");
    default:
        return c == '-' || (c >= '0' && c <= '9') ? number(scan) : fail(scan, "a value");
    }
}

bool json_scan(char *text, size_t len, unsigned flags, struct err *err)
{
    struct scan scan = {.text = text, .len = len, .flags = flags, .err = err};

    if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
        return fail(&scan, "no byte order mark");
    }
    if (!value(&scan) || !blanks(&scan)) {
        return false;
    }
    return scan.at == len || fail(&scan, "nothing behind the value");
}
