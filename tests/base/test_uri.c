#include "cases.h"

#include <string.h>

#include "base/uri.h"

static const struct path_case {
    const char *name, *path, *text; /* text NULL: refused */
    size_t count;
} path_cases[] = {
    {"the root", "/", "/", 0},
    {"segments", "/a/b", "/a/b", 2},
    {"an encoded slash is data", "/a%2Fb/c", "/a/b/c", 2},
    {"dot segments", "/rest/./../bulk/x", "/bulk/x", 2},
    {"encoded dots are dots", "/a/%2e%2E/b", "/b", 1},
    {"above the root", "/../../a", "/a", 1},
    {"a dot at the end leaves a slash", "/a/b/..", "/a/", 2},
    {"an empty segment stays", "/a//b", "/a//b", 3},
    {"a slash at the end", "/a/", "/a/", 2},
    {"a plus is a plus", "/a+b", "/a+b", 1},
    {"a zero byte", "/a%00b", NULL, 0},
    {"a broken escape", "/a%2", NULL, 0},
    {"no hexadecimal digits", "/a%zz", NULL, 0},
    {"no slash at the start", "a/b", NULL, 0},
    {"nothing", "", NULL, 0},
};

static void splits_then_decodes_then_resolves(void **state)
{
    const struct path_case *c = *state;
    AUTO(arena) arena = {0};
    struct uri_path path;

    assert_int_equal(uri_parse_path(&arena, c->path, strlen(c->path), &path), c->text != NULL);
    if (c->text != NULL) {
        assert_string_equal(path.text, c->text);
        assert_int_equal(path.count, c->count);
    }
}

static void reads_forms(void **state)
{
    static const char text[] = "a=1&b=x+y%2Bz&&c&a=2&=empty";
    AUTO(arena) arena = {0};
    AUTO(strbuf) many = STRBUF(0);
    struct uri_params params;

    (void)state;
    assert_true(uri_parse_params(&arena, text, strlen(text), &params));
    assert_int_equal(params.count, 5);
    assert_string_equal(uri_param(&params, "a"), "1");
    assert_int_equal(uri_param_count(&params, "a"), 2);
    assert_string_equal(uri_param(&params, "b"), "x y+z");
    assert_string_equal(uri_param(&params, "c"), "");
    assert_string_equal(uri_param(&params, ""), "empty");
    assert_null(uri_param(&params, "d"));
    assert_false(uri_parse_params(&arena, "a=%", 3, &params));
    for (int i = 0; i < URI_MAX_PARAMS - 1; i++) {
        strbuf_add(&many, "&");
    }
    assert_true(uri_parse_params(&arena, strbuf_text(&many), many.len, &params));
    strbuf_add(&many, "&");
    assert_false(uri_parse_params(&arena, strbuf_text(&many), many.len, &params));
    assert_int_equal(params.count, 0);
    assert_false(uri_parse_params(&arena, "a=%00", 5, &params));
}

static void encodes_what_it_decodes(void **state)
{
    AUTO(arena) arena = {0};
    AUTO(strbuf) all = STRBUF(0), form = STRBUF(0), uri = STRBUF(0);

    (void)state;
    for (int c = 1; c < 256; c++) {
        strbuf_add_char(&all, (char)c);
    }
    strbuf_form(&form, strbuf_text(&all));
    strbuf_uri(&uri, strbuf_text(&all));
    assert_string_equal(uri_decode(&arena, strbuf_text(&form), form.len, true), strbuf_text(&all));
    assert_string_equal(uri_decode(&arena, strbuf_text(&uri), uri.len, false), strbuf_text(&all));
    strbuf_clear(&form);
    strbuf_form_param(&form, "a b", "~&=");
    strbuf_form_param(&form, "c", "");
    assert_string_equal(strbuf_text(&form), "a+b=~%26%3D&c=");
}

static const struct url_case {
    const char *name, *text;
    bool good;
    const char *host;
    int port;
    const char *path, *query;
} url_cases[] = {
    {"a whole one", "https://Login.Example:8443/a/b?c=d#e", true, "login.example", 8443, "/a/b",
     "c=d"},
    {"without a path", "http://example", true, "example", 0, "/", NULL},
    {"a query right behind the host", "http://example?x", true, "example", 0, "/", "x"},
    {"IPv6", "https://[::1]:1/x", true, "::1", 1, "/x", NULL},
    {"another scheme", "ftp://example/", false, NULL, 0, NULL, NULL},
    {"no scheme", "example.com/x", false, NULL, 0, NULL, NULL},
    {"user information", "https://user@example/", false, NULL, 0, NULL, NULL},
    {"no host", "https:///x", false, NULL, 0, NULL, NULL},
    {"a port that is none", "https://example:x/", false, NULL, 0, NULL, NULL},
    {"a port too great", "https://example:65536/", false, NULL, 0, NULL, NULL},
};

static void reads_urls(void **state)
{
    const struct url_case *c = *state;
    AUTO(arena) arena = {0};
    struct uri uri;

    assert_int_equal(uri_parse(&arena, c->text, &uri), c->good);
    if (c->good) {
        assert_string_equal(uri.host, c->host);
        assert_int_equal(uri.port, c->port);
        assert_string_equal(uri.path, c->path);
        assert_true(str_eq(uri.query, c->query));
    }
}

int main(void)
{
    struct CMUnitTest tests[48] = {
        cmocka_unit_test(reads_forms),
        cmocka_unit_test(encodes_what_it_decodes),
    };
    size_t count = CASES_LISTED(tests);

    CASES(tests, count, path_cases, splits_then_decodes_then_resolves);
    CASES(tests, count, url_cases, reads_urls);
    return cases_run("uri", tests, count);
}
