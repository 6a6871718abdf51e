#include "control/mask.h"

#include <string.h>
#include <strings.h>

#include "base/auto.h"

/* The element around an assertion: the only one whose elements are masked with it. */
#define security_token "RequestedSecurityToken"

/* Of OAuth (RFC 6749), Graph and Marketo's CRM page. */
static const struct {
    const char *name;
    size_t len;
} secrets[] = {
#define SECRET(name)                                                                               \
    {                                                                                              \
        name, sizeof(name) - 1                                                                     \
    }
    SECRET("client_secret"),   SECRET("clientSecret"),  SECRET("client_assertion"),
    SECRET("assertion"),       SECRET("Authorization"), SECRET("password"),
    SECRET("code_verifier"),   SECRET("refresh_token"), SECRET("device_code"),
    SECRET("secretText"),      SECRET("access_token"),  SECRET("id_token"),
    SECRET("id_token_hint"),   SECRET("newPassword"),   SECRET("passwd"),
    SECRET("currentPassword"), SECRET("token"),         SECRET("SAMLResponse"),
    SECRET("wresult"),         SECRET("BinarySecret"),  SECRET("BinarySecurityToken"),
    SECRET(security_token),
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
    case ENDING('n', 's', 'e'): /* SAMLResponse */
    case ENDING('u', 'l', 't'): /* wresult */
        return true;
    default:
        return false;
    }
#undef ENDING
}

/* Behind those that are in the set; a text ends at its length, not at a zero byte. */
static size_t past(const char *text, size_t at, size_t len, const char *set)
{
    while (at < len && text[at] != '\0' && strchr(set, text[at]) != NULL) {
        at++;
    }
    return at;
}

/* At the first one that is in the set. */
static size_t up_to(const char *text, size_t at, size_t len, const char *set)
{
    while (at < len && (text[at] == '\0' || strchr(set, text[at]) == NULL)) {
        at++;
    }
    return at;
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

/* Longer than any secret's name, also when each of its letters is an escape. */
enum { NAME_MAX_RAW = 160, NAME_MAX_LEN = 32 };

/* How far a tag or the headers of a part may reach: a bound, so that no body takes long. */
enum { NEAR = 4096 };

/* A name as its reader will see it; empty when it is too long to be a secret's. */
struct name {
    char text[NAME_MAX_LEN];
    size_t len;
};

static void name_add(struct name *name, char c)
{
    if (name->len < NAME_MAX_LEN) {
        name->text[name->len] = c;
    }
    name->len++;
}

static bool name_is_secret(const struct name *name)
{
    return name->len <= NAME_MAX_LEN && ends_like_secret(name->text + name->len, name->len) &&
           is_secret(name->text, name->len);
}

static bool name_is(const struct name *name, const char *text)
{
    return name->len == strlen(text) && name->len <= NAME_MAX_LEN &&
           strncasecmp(name->text, text, name->len) == 0;
}

static int hex(const char *at, size_t digits)
{
    int number = 0;

    for (size_t i = 0; i < digits; i++) {
        char c = at[i];
        int digit = c >= '0' && c <= '9'   ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                           : -1;

        if (digit < 0) {
            return -1;
        }
        number = number * 16 + digit;
    }
    return number;
}

/* A form parameter's name: `client%5Fsecret`. */
static struct name form_name(const char *text, size_t len)
{
    struct name name = {.len = 0};

    for (size_t i = 0; i < len; i++) {
        int c = text[i] == '%' && i + 2 < len ? hex(text + i + 1, 2) : -1;

        name_add(&name, c >= 0 ? (char)c : text[i]);
        i += c >= 0 ? 2 : 0;
    }
    return name;
}

/* A JSON member's name: `client\u005fsecret`; of a text inside a text any number of backslashes. */
static struct name json_name(const char *text, size_t len)
{
    struct name name = {.len = 0};

    for (size_t i = 0; i < len; i++) {
        bool escape = text[i] == '\\';
        int c;

        while (i < len && text[i] == '\\') {
            i++;
        }
        c = escape && i + 4 < len && text[i] == 'u' ? hex(text + i + 1, 4) : -1;
        if (c >= 0) {
            name_add(&name, (char)(c < 128 ? c : '?'));
            i += 4;
        } else if (i < len) {
            name_add(&name, text[i]);
        }
    }
    return name;
}

/* A value: what stands before `from` and behind `to` stays. */
struct found {
    size_t from, to;
    bool bare; /* no string: it gets quotes, so that JSON stays JSON */
};

static size_t skip_blanks(const char *text, size_t at, size_t len)
{
    while (at < len && (text[at] == ' ' || (text[at] >= '\t' && text[at] <= '\r'))) {
        at++;
    }
    return at;
}

/* The closing quote of a string whose opening one has `slashes` backslashes before it. */
static size_t string_end(const char *text, size_t at, size_t len, size_t slashes)
{
    size_t run = 0;

    for (; at < len; at++) {
        if (text[at] == '"' && (slashes == 0 ? run % 2 == 0 : run <= slashes)) {
            return at - (slashes == 0 ? 0 : run);
        }
        run = text[at] == '\\' ? run + 1 : 0;
    }
    return len;
}

/* Behind the bracket that closes the one at `at`; brackets in strings do not count. */
static size_t brackets_end(const char *text, size_t at, size_t len)
{
    size_t depth = 0;

    for (; at < len; at++) {
        if (text[at] == '"') {
            at = string_end(text, at + 1, len, 0);
        } else if (text[at] == '{' || text[at] == '[') {
            depth++;
        } else if ((text[at] == '}' || text[at] == ']') && --depth == 0) {
            return at + 1;
        }
    }
    return len;
}

/* Whether one of the last three letters of a JSON name is an escape such as \u0074. */
static bool ends_in_escape(const char *text, size_t begin, size_t end)
{
    for (size_t back = 6; back < 9 && begin + back <= end; back++) {
        if (text[end - back] == '\\') {
            return true;
        }
    }
    return false;
}

/* At the colon behind a member's name. `begin`: what stands before it is written already. */
static bool json_secret(const char *text, size_t begin, size_t colon, size_t len, struct found *ret)
{
    size_t end = colon, start, at, slashes = 0;
    struct name name;
    bool is;

    while (end > begin &&
           (text[end - 1] == ' ' || (text[end - 1] >= '\t' && text[end - 1] <= '\r'))) {
        end--;
    }
    if (end == begin || text[--end] != '"') {
        return false;
    }
    while (end > begin && text[end - 1] == '\\') {
        end--;
        slashes++;
    }
    if (!ends_like_secret(text + end, end - begin) && !ends_in_escape(text, begin, end)) {
        return false;
    }
    start = end;
    while (start > begin && text[start - 1] != '"' && end - start < NAME_MAX_RAW) {
        start--;
    }
    if (memchr(text + start, '\\', end - start) == NULL) {
        is = is_secret(text + start, end - start);
    } else {
        name = json_name(text + start, end - start);
        is = name_is_secret(&name);
    }
    if (!is) {
        return false;
    }
    at = skip_blanks(text, colon + 1, len);
    ret->from = at;
    while (at < len && text[at] == '\\') {
        at++;
    }
    if (at >= len || strchr("\"{[-0123456789", text[at]) == NULL) {
        return false; /* null, true and false tell nothing */
    }
    ret->bare = text[at] != '"';
    if (!ret->bare) {
        ret->from = at + 1;
        ret->to = string_end(text, at + 1, len, slashes);
    } else if (text[at] == '{' || text[at] == '[') {
        ret->to = brackets_end(text, at, len);
    } else {
        ret->to = past(text, at, len, "-+.0123456789eE");
    }
    return ret->to > ret->from;
}

static const char *within(const char *text, size_t from, size_t to, const char *what)
{
    return to > from ? memmem(text + from, to - from, what, strlen(what)) : NULL;
}

/* The value of the attribute `value` of an HTML tag, or the body of a part of a multipart form; not
 * every client puts the name in quotes. */
static bool named_secret(const char *text, size_t equal, size_t len, struct found *ret)
{
    bool quoted = text[equal + 1] == '"';
    size_t from = equal + 1 + quoted, near = from + NEAR < len ? from + NEAR : len;
    size_t to = quoted ? string_end(text, from, near, 0) : up_to(text, from, near, "; \t\r\n\"<>");
    struct name name = {.len = 0};
    const char *tag_end, *part, *value, *end;

    for (size_t i = from; i < to && name.len < NAME_MAX_LEN; i++) {
        name_add(&name, text[i]);
    }
    if (to == near || (!name_is_secret(&name) && !name_is(&name, "code"))) {
        return false;
    }
    part = within(text, to, near, "\r\n\r\n");
    tag_end = within(text, to, part != NULL ? (size_t)(part - text) : near, ">");
    value = within(text, to, tag_end != NULL ? (size_t)(tag_end - text) : near, " value=\"");
    if (value != NULL) {
        ret->from = (size_t)(value - text) + strlen(" value=\"");
        ret->to = string_end(text, ret->from, len, 0);
    } else if (part != NULL) {
        ret->from = (size_t)(part - text) + 4;
        end = within(text, ret->from, len, "\r\n--");
        ret->to = end != NULL ? (size_t)(end - text) : len;
    } else {
        return false;
    }
    return ret->to > ret->from;
}

static bool name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '%';
}

/* The number of an error is no secret, an authorization code is. */
static bool is_code(const struct name *name, const char *text, size_t value, size_t len)
{
    size_t end = past(text, value, len, "0123456789");

    return name_is(name, "code") && end < len && strchr("& \r\n\"'<", text[end]) == NULL;
}

/* At the equal sign behind a parameter's name, anywhere in a text. */
static bool equal_secret(const char *text, size_t begin, size_t equal, size_t len,
                         struct found *ret)
{
    size_t start = equal;
    bool quoted = text[equal + 1] == '"' || text[equal + 1] == '\'';
    struct name name;

    while (start > begin && name_char(text[start - 1]) && equal - start < NAME_MAX_RAW) {
        start--;
    }
    name = form_name(text + start, equal - start);
    if (name_is(&name, "name")) {
        return named_secret(text, equal, len, ret);
    }
    if (!name_is_secret(&name) && !is_code(&name, text, equal + 1, len)) {
        return false;
    }
    ret->from = equal + 1 + quoted;
    if (quoted) {
        const char *end = memchr(text + ret->from, text[equal + 1], len - ret->from);

        ret->to = end != NULL ? (size_t)(end - text) : len;
    } else {
        ret->to = up_to(text, ret->from, len, "& \r\n\"<");
    }
    ret->to = ret->to > len ? len : ret->to;
    return ret->to > ret->from;
}

/* Where the element `name` ends, seen from within: its text may stand in CDATA, behind a comment or
 * in elements. */
static size_t end_of_element(const char *text, size_t at, size_t len, const char *name,
                             size_t name_len)
{
    while (at < len) {
        const char *close = memmem(text + at, len - at, "</", 2);
        size_t start, end;

        if (close == NULL) {
            return len;
        }
        start = (size_t)(close - text) + 2;
        end = up_to(text, start, len, " >\t\r\n");
        if (end - start >= name_len && memcmp(text + end - name_len, name, name_len) == 0 &&
            (end - start == name_len || text[end - name_len - 1] == ':')) {
            return (size_t)(close - text);
        }
        at = end;
    }
    return len;
}

/* Where the element around an assertion ends, seen from within. */
static size_t end_of_token(const char *text, size_t at, size_t len)
{
    const char *name = memmem(text + at, len - at, security_token, sizeof security_token - 1);
    const char *open = name != NULL ? memrchr(text + at, '<', (size_t)(name - text) - at) : NULL;

    return open != NULL ? (size_t)(open - text) : len;
}

/* At the end of an element's start tag: `<wsse:Password Type="x">`. */
static bool element_secret(const char *text, size_t begin, size_t at, size_t len, struct found *ret)
{
    size_t back = at - begin < NEAR ? at - begin : NEAR;
    const char *open = memrchr(text + at - back, '<', back);
    size_t start, end;

    if (open == NULL || open[1] == '/' || text[at - 1] == '/') {
        return false;
    }
    start = (size_t)(open - text) + 1;
    end = up_to(text, start, len, " >\t\r\n");
    for (size_t i = start; i < end; i++) {
        start = text[i] == ':' ? i + 1 : start;
    }
    if (end > at || !is_secret(text + start, end - start)) {
        return false;
    }
    ret->from = at + 1;
    if (end - start == sizeof security_token - 1 &&
        memcmp(text + start, security_token, end - start) == 0) {
        ret->to = end_of_token(text, at, len);
        return ret->to > ret->from;
    }
    ret->to = end_of_element(text, ret->from, len, text + start, end - start);
    return ret->to > ret->from;
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

/* What may stand before the credentials; anything else could be a part of them. */
static size_t scheme_len(const char *value)
{
    static const char *const schemes[] = {"Bearer ", "Basic ", "Digest ", "Negotiate ", "NTLM "};

    for (size_t i = 0; i < ARRAY_LEN(schemes); i++) {
        if (strncasecmp(value, schemes[i], strlen(schemes[i])) == 0) {
            return strlen(schemes[i]);
        }
    }
    return 0;
}

/* Of a header within a body, as the parts of a batch have them: at its colon. */
static bool header_secret(const char *text, size_t begin, size_t colon, size_t len,
                          struct found *ret)
{
    static const char name[] = "Authorization";
    const size_t name_len = sizeof name - 1;

    if (colon - begin < name_len || strncasecmp(text + colon - name_len, name, name_len) != 0) {
        return false;
    }
    ret->from = past(text, colon + 1, len, " \t");
    ret->from += scheme_len(text + ret->from);
    ret->to = up_to(text, ret->from, len, "\r\n\"'\\<");
    return ret->to > ret->from;
}

/* At a colon, an equal sign or a `>`: whether a secret stands behind it. */
static bool secret_behind(const char *text, size_t begin, size_t at, size_t len, struct found *ret)
{
    return text[at] == ':'
               ? json_secret(text, begin, at, len, ret) || header_secret(text, begin, at, len, ret)
           : text[at] == '=' ? equal_secret(text, begin, at, len, ret)
                             : element_secret(text, begin, at, len, ret);
}

/* Whether the name of a secret may end at `at`; most names do not, and this tells it at once. */
static bool may_name(const char *text, size_t at, bool escapes)
{
    char before = at > 0 ? text[at - 1] : ' ';

    switch (text[at]) {
    case ':':
        return before == '"' ? escapes || ends_like_secret(text + at - 1, at - 1)
                             : (before >= 0 && before <= ' ') || before == '\\' ||
                                   (at > 2 && ends_like_secret(text + at, at));
    case '=': /* also `name="password"` of a form's field */
        return escapes || ends_like_secret(text + at, at) || before == 'e' || before == 'E';
    default:
        return true;
    }
}

/* Nearly all texts hold no secret, and the journal masks every text: they must pass quickly. */
static bool holds_secret(const char *text, size_t len)
{
    /* What may hide a letter of a name, by the character behind the name. */
    const bool slashes = memchr(text, '\\', len) != NULL, percents = memchr(text, '%', len) != NULL;

    for (const char *c = ":=>"; *c != '\0'; c++) {
        const char *at = text;

        while ((at = memchr(at, *c, len - (size_t)(at - text))) != NULL) {
            struct found found = {.bare = false};
            size_t place = (size_t)(at++ - text);

            if (may_name(text, place, *c == ':' ? slashes : percents) &&
                secret_behind(text, 0, place, len, &found)) {
                return true;
            }
        }
    }
    return false;
}

/* Any text: JSON, XML, HTML, a multipart form, an URL in a sentence. A zero byte follows it. */
static void mask_text(struct strbuf *ret, const char *text, size_t len)
{
    struct finder finder = {.text = text, .len = len};
    size_t done = 0;

    if (!holds_secret(text, len)) {
        strbuf_add_n(ret, text, len);
        return;
    }

    finder.colon = find(&finder, ':', 0);
    finder.equal = find(&finder, '=', 0);
    finder.greater = find(&finder, '>', 0);
    for (size_t at = find_next(&finder, 0); at < len; at = find_next(&finder, at + 1)) {
        struct found found = {.bare = false};

        if (at < done || !secret_behind(text, done, at, len, &found)) {
            continue;
        }
        strbuf_add_n(ret, text + done, found.from - done);
        strbuf_add(ret, found.bare ? "\"" MASKED "\"" : MASKED);
        done = found.to;
    }
    strbuf_add_n(ret, text + done, len - done);
}

/* A pair that is no secret by its name: an URL in its value may still carry one. */
static void mask_pair(struct strbuf *ret, const char *text, size_t len, const char *equal)
{
    const char *rest = equal != NULL ? equal + 1 : text;
    size_t rest_len = len - (size_t)(rest - text), plain = 0;
    AUTO(strbuf) pair = STRBUF(0);

    while (text + plain < rest - (equal != NULL) && name_char(text[plain])) {
        plain++;
    }
    if (text + plain == rest - (equal != NULL) && memchr(rest, '=', rest_len) == NULL &&
        memchr(rest, ':', rest_len) == NULL && memchr(rest, '>', rest_len) == NULL) {
        strbuf_add_n(ret, text, len);
        return;
    }
    /* Its text must end with a zero byte, as those that look for the end of a value expect. */
    strbuf_add_n(&pair, text, len);
    mask_text(ret, strbuf_text(&pair), pair.len);
}

void mask_form(struct strbuf *ret, const char *text, size_t len)
{
    const char *end = text + len;

    while (text < end) {
        const char *amp = memchr(text, '&', (size_t)(end - text));
        const char *stop = amp != NULL ? amp : end;
        const char *equal = memchr(text, '=', (size_t)(stop - text));
        struct name name = form_name(text, equal != NULL ? (size_t)(equal - text) : 0);

        if (equal != NULL && equal + 1 < stop &&
            (name_is_secret(&name) ||
             is_code(&name, text, (size_t)(equal + 1 - text), (size_t)(stop - text)))) {
            strbuf_add_n(ret, text, (size_t)(equal + 1 - text));
            strbuf_add(ret, MASKED);
        } else {
            mask_pair(ret, text, (size_t)(stop - text), equal);
        }
        if (amp != NULL) {
            strbuf_add_char(ret, '&');
        }
        text = stop + 1;
    }
}

void mask_body(struct strbuf *ret, const char *text, size_t len)
{
    const char *equal = memchr(text, '=', len);
    size_t first = strcspn(text, "{[\"<=");

    /* What begins like JSON, XML or a multipart form is no form of pairs, whatever stands before
     * it. */
    if (equal != NULL && text + first == equal && text[skip_blanks(text, 0, len)] != '-') {
        mask_form(ret, text, len);
    } else {
        mask_text(ret, text, len);
    }
}

void mask_header(struct strbuf *ret, const char *name, const char *value)
{
    static const char *const credentials[] = {"authorization", "proxy-authorization"};
    static const char *const cookies[] = {"cookie", "set-cookie"};
    size_t len = strlen(value);

    /* Their first letters tell nearly all others at once. */
    for (size_t i = 0; strchr("acpsACPS", name[0]) != NULL && i < ARRAY_LEN(credentials); i++) {
        if (strcasecmp(name, credentials[i]) == 0) {
            strbuf_add_n(ret, value, scheme_len(value));
            strbuf_add(ret, MASKED);
            return;
        }
        if (strcasecmp(name, cookies[i]) == 0) {
            const char *equal = strchr(value, '=');

            /* A cookie's name tells nothing. */
            strbuf_add_n(ret, value, equal != NULL ? (size_t)(equal + 1 - value) : 0);
            strbuf_add(ret, MASKED);
            return;
        }
    }
    if (memchr(value, '=', len) != NULL || memchr(value, '"', len) != NULL) {
        mask_text(ret, value, len);
    } else {
        strbuf_add_n(ret, value, len);
    }
}
