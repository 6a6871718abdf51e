#include "cases.h"

#include <string.h>

#include "base/str.h"

static const struct match_case {
    const char *name, *pattern, *text;
    char stop;
    bool fits;
} match_cases[] = {
    {"equal text fits", "/a/b", "/a/b", '/', true},
    {"a star takes a segment", "/a/*/c", "/a/b/c", '/', true},
    {"a star stops at the slash", "/a/*", "/a/b/c", '/', false},
    {"a star crosses without a stop", "/a/*", "/a/b/c", 0, true},
    {"a star takes nothing", "a*b", "ab", '/', true},
    {"two stars in a segment", "*b*d", "abcd", '/', true},
    {"a star at the end of a longer text", "a*", "b", 0, false},
    {"an empty pattern fits only nothing", "", "a", 0, false},
    {"the last star is tried again", "*ab", "aab", 0, true},
};

static void matches(void **state)
{
    const struct match_case *c = *state;

    assert_int_equal(str_match(c->pattern, c->text, c->stop), c->fits);
}

static const struct int_case {
    const char *name, *text;
    bool good;
    int64_t number;
} int_cases[] = {
    {"a number", "42", true, 42},
    {"a negative number", "-7", true, -7},
    {"the least int64", "-9223372036854775808", true, INT64_MIN},
    {"the greatest int64", "9223372036854775807", true, INT64_MAX},
    {"one more overflows", "9223372036854775808", false, 0},
    {"nothing", "", false, 0},
    {"a sign alone", "-", false, 0},
    {"blanks around it", " 1", false, 0},
    {"a letter behind it", "1a", false, 0},
};

static void reads_integers(void **state)
{
    const struct int_case *c = *state;
    int64_t number = 0;

    assert_int_equal(str_int(c->text, INT64_MIN, INT64_MAX, &number), c->good);
    if (c->good) {
        assert_int_equal(number, c->number);
    }
}

static const struct utf8_case {
    const char *name, *bytes;
    bool good;
} utf8_cases[] = {
    {"ASCII", "abc", true},
    {"two, three and four bytes", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", true},
    {"an overlong slash", "\xc0\xaf", false},
    {"an overlong three-byte form", "\xe0\x80\xaf", false},
    {"a surrogate", "\xed\xa0\x80", false},
    {"beyond U+10FFFF", "\xf4\x90\x80\x80", false},
    {"a lone continuation byte", "\x80", false},
    {"cut short", "\xe2\x82", false},
    {"0xff", "\xff", false},
};

static void knows_utf8(void **state)
{
    const struct utf8_case *c = *state;

    assert_int_equal(str_is_utf8(c->bytes, strlen(c->bytes)), c->good);
}

static void names_the_nearest_word(void **state)
{
    static const char *const words[] = {"engine", "request", "person"};

    (void)state;
    assert_string_equal(str_nearest("requst", words, 3), "request");
    assert_string_equal(str_nearest("Engine", words, 3), "engine");
    assert_null(str_nearest("zebra", words, 3));
}

static void leaves_out_what_is_beyond_the_limit(void **state)
{
    AUTO(strbuf) buf = STRBUF(5);

    (void)state;
    strbuf_add(&buf, "abcde");
    assert_false(buf.overflow);
    strbuf_add_char(&buf, 'f');
    assert_true(buf.overflow);
    assert_string_equal(strbuf_text(&buf), "abcde");
    strbuf_clear(&buf);
    strbuf_add_int(&buf, INT64_MIN);
    assert_true(buf.overflow);
}

static void writes_integers(void **state)
{
    AUTO(strbuf) buf = STRBUF(0);

    (void)state;
    strbuf_add_int(&buf, 0);
    strbuf_add_char(&buf, ' ');
    strbuf_add_int(&buf, INT64_MIN);
    strbuf_add_char(&buf, ' ');
    strbuf_add_int(&buf, INT64_MAX);
    assert_string_equal(strbuf_text(&buf), "0 -9223372036854775808 9223372036854775807");
}

static void writes_text_inside_markup(void **state)
{
    AUTO(strbuf) buf = STRBUF(0);

    (void)state;
    strbuf_markup(&buf, "<a href=\"x\">R&D's</a>");
    strbuf_markup(&buf, NULL);
    assert_string_equal(strbuf_text(&buf), "&lt;a href=&quot;x&quot;&gt;R&amp;D's&lt;/a&gt;");
}

static void repairs_what_is_no_utf8(void **state)
{
    AUTO(strbuf) buf = STRBUF(0);

    (void)state;
    strbuf_add_utf8(&buf, "a\xffz\xe2\x82", 5);
    assert_string_equal(strbuf_text(&buf), "a\xef\xbf\xbdz\xef\xbf\xbd\xef\xbf\xbd");
}

static void compares(void **state)
{
    (void)state;
    assert_true(str_eq(NULL, NULL));
    assert_false(str_eq(NULL, ""));
    assert_true(str_ieq("AbC", "aBc"));
    assert_false(str_ieq("abc", "abcd"));
    assert_true(str_starts("abc", "ab"));
    assert_false(str_starts("a", "ab"));
    assert_true(str_ends("abc", "bc"));
    assert_true(str_iends("aBC", "bc"));
    assert_false(str_ends("c", "bc"));
}

int main(void)
{
    struct CMUnitTest tests[64] = {
        cmocka_unit_test(names_the_nearest_word),
        cmocka_unit_test(leaves_out_what_is_beyond_the_limit),
        cmocka_unit_test(writes_integers),
        cmocka_unit_test(compares),
        cmocka_unit_test(writes_text_inside_markup),
        cmocka_unit_test(repairs_what_is_no_utf8),
    };
    size_t count = CASES_LISTED(tests);

    CASES(tests, count, match_cases, matches);
    CASES(tests, count, int_cases, reads_integers);
    CASES(tests, count, utf8_cases, knows_utf8);
    return cases_run("str", tests, count);
}
