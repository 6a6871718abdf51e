#include "control/mask.h"

#include <string.h>
#include <strings.h>

#include "base/auto.h"

/* Of OAuth (RFC 6749), Graph and Marketo's CRM page. */
static const struct {
    const char *name;
    size_t len;
} secrets[] = {
#define SECRET(name)                                                                               \
    {                                                                                              \
        name, sizeof(name) - 1                                                                     \
    }
    SECRET("client_secret"), SECRET("clientSecret"), SECRET("client_assertion"),
    SECRET("assertion"),     SECRET("password"),     SECRET("code_verifier"),
    SECRET("refresh_token"), SECRET("device_code"),  SECRET("secretText"),
    SECRET("access_token"),  SECRET("id_token"),     SECRET("id_token_hint"),
    SECRET("newPassword"),   SECRET("passwd"),
#undef SECRET
};

/* The last three letters of all these names, as one number each: most other names fail here at
 * once. */
static bool ends_like_secret(const char *end, size_t len)
{
#define ENDING(a, b, c)                                                                            \
    ((unsigned)(unsigned char)(a) << 16 | (unsigned)(unsigned char)(b) << 8 | (unsigned char)(c))
    if (len < 3) {
        return false;
    }
    switch (ENDING(end[-3] | 32, end[-2] | 32, end[-1] | 32)) {
    case ENDING('r', 'e', 't'): /* client_secret */
    case ENDING('i', 'o', 'n'): /* assertion */
    case ENDING('o', 'r', 'd'): /* password */
    case ENDING('i', 'e', 'r'): /* code_verifier */
    case ENDING('k', 'e', 'n'): /* access_token */
    case ENDING('o', 'd', 'e'): /* code, device_code */
    case ENDING('e', 'x', 't'): /* secretText */
    case ENDING('i', 'n', 't'): /* id_token_hint */
    case ENDING('s', 'w', 'd'): /* passwd */
        return true;
    default:
        return false;
    }
#undef ENDING
}

static bool is_secret(const char *name, size_t len)
{
    for (size_t i = 0; i < ARRAY_LEN(secrets); i++) {
        if (secrets[i].len == len && strncasecmp(secrets[i].name, name, len) == 0) {
            return true;
        }
    }
    return false;
}

static bool name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-';
}

/* Where a name that ends before `at` begins; percent escapes and blanks are not looked through. */
static size_t name_before(const char *text, size_t from, size_t at)
{
    while (at > from && name_char(text[at - 1])) {
        at--;
    }
    return at;
}

/* Behind `"name"`: past the colon to the opening quote of a string value; 0 when none follows. */
static size_t json_value(const char *text, size_t at, size_t len)
{
    while (at < len && strchr(" \t\r\n", text[at]) != NULL && text[at] != '\0') {
        at++;
    }
    if (at >= len || text[at] != ':') {
        return 0;
    }
    at++;
    while (at < len && strchr(" \t\r\n", text[at]) != NULL && text[at] != '\0') {
        at++;
    }
    return at < len && text[at] == '"' ? at : 0;
}

static size_t string_end(const char *text, size_t at, size_t len)
{
    while (at < len && text[at] != '"') {
        at += text[at] == '\\' ? 2 : 1;
    }
    return at < len ? at : len;
}

/*
 * One step at a character that may end a name: `"` (JSON), `=` (form), `>` (XML). When the name
 * before it is a secret's, *ret_from and *ret_to are set to its value.
 */
static bool secret_at(const char *text, size_t begin, size_t at, size_t len, size_t *ret_from,
                      size_t *ret_to)
{
    size_t name = name_before(text, begin, at);

    if (text[at] == '=') {
        /* An authorization code is a secret; the number of an error is none. */
        bool code = at - name == 4 && strncmp(text + name, "code", 4) == 0 &&
                    strchr("& \r\n\"<", text[at + 1 + strspn(text + at + 1, "0123456789")]) == NULL;

        if (!code && !is_secret(text + name, at - name)) {
            return false;
        }
        *ret_from = at + 1;
        *ret_to = at + 1 + strcspn(text + at + 1, "& \r\n\"<");
        *ret_to = *ret_to > len ? len : *ret_to;
    } else if (text[at] == '"') {
        size_t value = is_secret(text + name, at - name) ? json_value(text, at + 1, len) : 0;

        if (value == 0) {
            return false;
        }
        *ret_from = value + 1;
        *ret_to = string_end(text, value + 1, len);
    } else {
        const char *open = at > begin ? memrchr(text + begin, '<', at - begin) : NULL;
        const char *close;
        size_t start, end;

        if (open == NULL) {
            return false;
        }
        start = (size_t)(open - text) + 1;
        end = start + strcspn(open + 1, " >\t\r\n");
        name = name_before(text, start, end);
        if (end > at || !is_secret(text + name, end - name)) {
            return false;
        }
        close = memchr(text + at, '<', len - at);
        *ret_from = at + 1;
        *ret_to = close != NULL ? (size_t)(close - text) : len;
    }
    return *ret_to > *ret_from;
}

/* Where one of the characters behind a name comes next. */
struct finder {
    const char *text;
    size_t len;
    size_t colon, equal, greater; /* `len`: no more */
};

static size_t find(const struct finder *finder, char c, size_t from)
{
    const char *at = from < finder->len ? memchr(finder->text + from, c, finder->len - from) : NULL;

    return at != NULL ? (size_t)(at - finder->text) : finder->len;
}

/* The first one at or behind `from`; every body is masked, so what is no name must pass quickly. */
static size_t find_next(struct finder *finder, size_t from)
{
    size_t next;

    finder->colon = finder->colon < from ? find(finder, ':', from) : finder->colon;
    finder->equal = finder->equal < from ? find(finder, '=', from) : finder->equal;
    finder->greater = finder->greater < from ? find(finder, '>', from) : finder->greater;
    next = finder->colon < finder->equal ? finder->colon : finder->equal;
    return next < finder->greater ? next : finder->greater;
}

/* Where the name ends: its closing quote, or the character behind it; blanks may stand between that
 * and a colon. */
static size_t name_end(const char *text, size_t at)
{
    if (text[at] != ':') {
        return at;
    }
    while (at > 0 && (text[at - 1] == ' ' || (text[at - 1] >= '\t' && text[at - 1] <= '\r'))) {
        at--;
    }
    return at > 0 && text[at - 1] == '"' ? at - 1 : 0;
}

/* Whether behind one of the characters `c` a secret stands. */
static bool any_behind(const char *text, size_t len, char c)
{
    const char *at = text;

    while ((at = memchr(at, c, len - (size_t)(at - text))) != NULL) {
        size_t place = (size_t)(at++ - text), end, from, to;

        /* Most colons of a JSON text stand right behind a quote, all others are no names'. */
        if (place == 0 || (c == ':' && text[place - 1] > ' ' && text[place - 1] != '"')) {
            continue;
        }
        end = name_end(text, place);
        if (end > 0 && (c == '>' || ends_like_secret(text + end, end)) &&
            secret_at(text, 0, end, len, &from, &to)) {
            return true;
        }
    }
    return false;
}

void mask_body(struct strbuf *ret, const char *text, size_t len)
{
    struct finder finder = {.text = text, .len = len};
    size_t done = 0;

    /* Nearly all bodies hold none, and every body comes here. */
    if (!any_behind(text, len, ':') && !any_behind(text, len, '=') && !any_behind(text, len, '>')) {
        strbuf_add_n(ret, text, len);
        return;
    }

    finder.colon = find(&finder, ':', 0);
    finder.equal = find(&finder, '=', 0);
    finder.greater = find(&finder, '>', 0);
    for (size_t at = find_next(&finder, 0); at < len; at = find_next(&finder, at + 1)) {
        size_t end = name_end(text, at), from, to;

        if (end == 0 || end < done ||
            (text[end] != '>' && !ends_like_secret(text + end, end - done)) ||
            !secret_at(text, done, end, len, &from, &to)) {
            continue;
        }
        strbuf_add_n(ret, text + done, from - done);
        strbuf_add(ret, MASKED);
        done = to;
        at = to - 1;
    }
    strbuf_add_n(ret, text + done, len - done);
}

void mask_header(struct strbuf *ret, const char *name, const char *value)
{
    static const char *const secret_headers[] = {"authorization", "proxy-authorization", "cookie",
                                                 "set-cookie"};

    if (strchr("apcslrAPCSLR", name[0]) == NULL) {
        strbuf_add(ret, value);
        return;
    }
    for (size_t i = 0; i < ARRAY_LEN(secret_headers); i++) {
        if (strcasecmp(name, secret_headers[i]) == 0) {
            size_t scheme = strcspn(value, " =");

            /* The scheme, or a cookie's name, tells nothing. */
            if (value[scheme] != '\0') {
                strbuf_add_n(ret, value, scheme + 1);
            }
            strbuf_add(ret, MASKED);
            return;
        }
    }
    if (strcasecmp(name, "location") == 0 || strcasecmp(name, "referer") == 0) {
        mask_body(ret, value, strlen(value));
        return;
    }
    strbuf_add(ret, value);
}
