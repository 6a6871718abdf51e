#include "cases.h"

#include <math.h>

#include "base/json_writer.h"

static void nests_with_commas(void **state)
{
    AUTO(strbuf) buf = STRBUF(0);
    struct json_writer writer = JSON_WRITER(&buf);

    (void)state;
    jw_object(&writer);
    jw_member_text(&writer, "a", "x");
    jw_key(&writer, "b");
    jw_array(&writer);
    jw_int(&writer, -9223372036854775807);
    jw_bool(&writer, true);
    jw_null(&writer);
    jw_object(&writer);
    jw_object_end(&writer);
    jw_array_end(&writer);
    jw_member_raw(&writer, "c", "{\"d\":[]}");
    jw_member_text(&writer, "e", NULL);
    jw_object_end(&writer);
    assert_string_equal(strbuf_text(&buf), "{\"a\":\"x\",\"b\":[-9223372036854775807,true,null,{}],"
                                           "\"c\":{\"d\":[]},\"e\":null}");
}

static const struct text_case {
    const char *name, *text, *json;
} text_cases[] = {
    {"plain text", "abc", "\"abc\""},
    {"quote and backslash", "a\"b\\c", "\"a\\\"b\\\\c\""},
    {"control characters", "\b\t\n\f\r\v\x01", "\"\\b\\t\\n\\f\\r\\u000b\\u0001\""},
    {"a long text", "0123456789abcdef\"0123456789\\abcdefgh\n01234567",
     "\"0123456789abcdef\\\"0123456789\\\\abcdefgh\\n01234567\""},
    {"UTF-8 as it is", "\xe2\x82\xac", "\"\xe2\x82\xac\""},
    {"malformed bytes are replaced",
     "a\xff"
     "b\xc3",
     "\"a\xef\xbf\xbd"
     "b\xef\xbf\xbd\""},
};

static void escapes(void **state)
{
    const struct text_case *c = *state;
    AUTO(strbuf) buf = STRBUF(0);
    struct json_writer writer = JSON_WRITER(&buf);

    jw_text(&writer, c->text);
    assert_string_equal(strbuf_text(&buf), c->json);
}

static const struct real_case {
    const char *name;
    double number;
    const char *json;
} real_cases[] = {
    {"a short decimal", 0.1, "0.1"},
    {"a sum that is none", 0.1 + 0.2, "0.30000000000000004"},
    {"a whole number", 3, "3"},
    {"infinity has no form", INFINITY, "null"},
};

static void writes_reals(void **state)
{
    const struct real_case *c = *state;
    AUTO(strbuf) buf = STRBUF(0);
    struct json_writer writer = JSON_WRITER(&buf);

    jw_real(&writer, c->number);
    assert_string_equal(strbuf_text(&buf), c->json);
}

int main(void)
{
    struct CMUnitTest tests[16] = {cmocka_unit_test(nests_with_commas)};
    size_t count = CASES_LISTED(tests);

    CASES(tests, count, text_cases, escapes);
    CASES(tests, count, real_cases, writes_reals);
    return cases_run("json_writer", tests, count);
}
