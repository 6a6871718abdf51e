#include "base/uri.h"

#include <string.h>

#include "base/auto.h"

static bool unreserved(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

static void encode(struct strbuf *buf, const char *text, bool plus)
{
    static const char hex[] = "0123456789ABCDEF";

    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;

        if (unreserved(c)) {
            strbuf_add_char(buf, (char)c);
        } else if (plus && c == ' ') {
            strbuf_add_char(buf, '+');
        } else {
            char escape[3] = {'%', hex[c >> 4], hex[c & 15]};

            strbuf_add_n(buf, escape, sizeof escape);
        }
    }
}

void strbuf_uri(struct strbuf *buf, const char *text)
{
    encode(buf, text, false);
}

void strbuf_form(struct strbuf *buf, const char *text)
{
    encode(buf, text, true);
}

void strbuf_form_param(struct strbuf *buf, const char *name, const char *value)
{
    if (buf->len > 0) {
        strbuf_add_char(buf, '&');
    }
    encode(buf, name, true);
    strbuf_add_char(buf, '=');
    encode(buf, value, true);
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

char *uri_decode(struct arena *arena, const char *text, size_t len, bool plus)
{
    char *decoded = arena_alloc(arena, len + 1);
    size_t n = 0;

    for (size_t i = 0; i < len; i++) {
        char c = text[i];

        if (c == '%') {
            int high = i + 2 < len ? hex_digit(text[i + 1]) : -1;
            int low = high >= 0 ? hex_digit(text[i + 2]) : -1;

            if (low < 0) {
                return NULL;
            }
            c = (char)(high * 16 + low);
            i += 2;
        } else if (plus && c == '+') {
            c = ' ';
        }
        if (c == '\0') {
            return NULL;
        }
        decoded[n++] = c;
    }
    return decoded;
}

bool uri_parse_params(struct arena *arena, const char *text, size_t len, struct uri_params *ret)
{
    const char *end = text + len;
    size_t most = 1;

    for (size_t i = 0; i < len; i++) {
        most += text[i] == '&';
    }
    ret->count = 0;
    if (most > URI_MAX_PARAMS) {
        return false;
    }
    ret->items = arena_array(arena, most, sizeof *ret->items);
    while (text < end) {
        const char *amp = memchr(text, '&', (size_t)(end - text));
        const char *stop = amp != NULL ? amp : end;
        const char *equal = memchr(text, '=', (size_t)(stop - text));
        const char *name_end = equal != NULL ? equal : stop;
        struct uri_param *param = &ret->items[ret->count];

        if (stop > text) {
            param->name = uri_decode(arena, text, (size_t)(name_end - text), true);
            param->value =
                equal != NULL ? uri_decode(arena, equal + 1, (size_t)(stop - equal - 1), true) : "";
            if (param->name == NULL || param->value == NULL) {
                return false;
            }
            ret->count++;
        }
        text = stop + 1;
    }
    return true;
}

const char *uri_param(const struct uri_params *params, const char *name)
{
    for (size_t i = 0; i < params->count; i++) {
        if (strcmp(params->items[i].name, name) == 0) {
            return params->items[i].value;
        }
    }
    return NULL;
}

size_t uri_param_count(const struct uri_params *params, const char *name)
{
    size_t count = 0;

    for (size_t i = 0; i < params->count; i++) {
        count += strcmp(params->items[i].name, name) == 0;
    }
    return count;
}

static const char *join(struct arena *arena, const struct uri_path *path)
{
    AUTO(strbuf) text = STRBUF(0);

    for (size_t i = 0; i < path->count; i++) {
        strbuf_add_char(&text, '/');
        strbuf_add(&text, path->segments[i]);
    }
    return path->count == 0 ? "/" : arena_dup(arena, strbuf_text(&text), text.len);
}

bool uri_parse_path(struct arena *arena, const char *path, size_t len, struct uri_path *ret)
{
    const char *end = path + len;
    bool dots = false;
    size_t most = 1;

    if (len == 0 || *path != '/') {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        most += path[i] == '/';
    }
    ret->segments = arena_array(arena, most, sizeof *ret->segments);
    ret->count = 0;
    while (path < end) {
        const char *slash = memchr(path + 1, '/', (size_t)(end - path - 1));
        const char *stop = slash != NULL ? slash : end;
        char *segment = uri_decode(arena, path + 1, (size_t)(stop - path - 1), false);

        if (segment == NULL) {
            return false;
        }
        dots = strcmp(segment, ".") == 0 || strcmp(segment, "..") == 0;
        if (!dots) {
            ret->segments[ret->count++] = segment;
        } else if (segment[1] == '.' && ret->count > 0) {
            ret->count--;
        }
        path = stop;
    }
    if (dots) {
        ret->segments[ret->count++] = ""; /* RFC 3986, 5.2.4: "/a/.." is "/" */
    }
    if (ret->count == 1 && ret->segments[0][0] == '\0') {
        ret->count = 0;
    }
    ret->text = join(arena, ret);
    return true;
}

bool uri_parse_authority(struct arena *arena, const char *text, const char **ret_host,
                         int *ret_port)
{
    const char *end = *text == '[' ? strchr(text, ']') : text + strcspn(text, ":");
    size_t skip = *text == '[';
    int64_t port = 0;

    if (end == NULL || end == text + skip) {
        return false;
    }
    *ret_host = str_lower(arena_dup(arena, text + skip, (size_t)(end - text) - skip));
    if (strpbrk(*ret_host, "/?#@\\ ") != NULL) {
        return false;
    }
    end += skip;
    if (*end == ':' && !str_int(end + 1, 1, 65535, &port)) {
        return false;
    }
    *ret_port = (int)port;
    return *end == ':' || *end == '\0';
}

bool uri_parse(struct arena *arena, const char *text, struct uri *ret)
{
    const char *colon = strstr(text, "://");
    const char *authority, *end, *fragment;

    *ret = (struct uri){0};
    if (colon == NULL) {
        return false;
    }
    ret->scheme = str_lower(arena_dup(arena, text, (size_t)(colon - text)));
    if (strcmp(ret->scheme, "http") != 0 && strcmp(ret->scheme, "https") != 0) {
        return false;
    }
    authority = colon + 3;
    end = authority + strcspn(authority, "/?#");
    if (!uri_parse_authority(arena, arena_dup(arena, authority, (size_t)(end - authority)),
                             &ret->host, &ret->port)) {
        return false;
    }
    fragment = end + strcspn(end, "#");
    text = end + strcspn(end, "?#");
    ret->path = text > end ? arena_dup(arena, end, (size_t)(text - end)) : "/";
    if (*text == '?') {
        ret->query = arena_dup(arena, text + 1, (size_t)(fragment - text - 1));
    }
    return *ret->path == '/';
}
