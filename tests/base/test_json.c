#include "cases.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"

static const struct bad_case {
    const char *name, *text, *message;
} bad_cases[] = {
    {"nothing", "", "line 1, column 1: expected a value, found the end of the text"},
    {"garbage behind the value", "{} x",
     "line 1, column 4: expected nothing behind the value, found `x`"},
    {"a leading zero", "[012]", "line 1, column 3: expected `,` or `]`, found `1`"},
    {"a number that no double holds", "[1e999]",
     "line 1, column 2: expected a number that a double can hold, found `1`"},
    {"an integer beyond 2^53 that is no double", "[9007199254740993]",
     "line 1, column 2: expected an integer that a double holds exactly (up to 2^53 all are), "
     "found `9`"},
    {"a negative one", "[-9007199254740993]",
     "line 1, column 2: expected an integer that a double holds exactly (up to 2^53 all are), "
     "found `-`"},
    {"a raw line feed in a string", "[\"a\nb\"]",
     "line 1, column 4: expected no control character in a string, found the byte 0x0a"},
    {"malformed UTF-8", "[\"\xc0\xaf\"]",
     "line 1, column 3: expected a string of well-formed UTF-8, found the byte 0xc0"},
    {"an escaped zero byte", "[\"\\u0000\"]",
     "line 1, column 9: expected a character other than \\u0000, found `\"`"},
    {"a lone low surrogate", "[\"\\udc00\"]",
     "line 1, column 9: expected a high surrogate before the low one, found `\"`"},
    {"a lone high surrogate", "[\"\\ud800x\"]",
     "line 1, column 9: expected a low surrogate, found `x`"},
    {"an unknown escape", "[\"\\x\"]",
     "line 1, column 4: expected one of \" \\ / b f n r t u after a backslash, found `x`"},
    {"a missing colon", "{\"a\" 1}", "line 1, column 6: expected `:`, found `1`"},
    {"a trailing comma", "{\"a\": 1,\n}",
     "line 2, column 1: expected a member's name in double quotes, found `}`"},
    {"a byte order mark", "\xef\xbb\xbf{}",
     "line 1, column 1: expected no byte order mark, found the byte 0xef"},
    {"a comment where none may be", "// x\n{}", "line 1, column 1: expected a value, found `/`"},
    {"a word that is none", "nul", "line 1, column 1: expected a value, found `n`"},
    {"a member that stands twice", "{\"a\": {\"b\": 1, \"b\": 2}}",
     "the member \"b\" stands twice"},
};

static void refuses(void **state)
{
    const struct bad_case *c = *state;
    AUTO(arena) arena = {0};
    cJSON *root = NULL;
    struct err err;

    assert_false(json_parse(&arena, c->text, strlen(c->text), JSON_PLAIN, &root, &err));
    assert_string_equal(err.text, c->message);
}

static cJSON *parse(struct arena *arena, const char *text, unsigned flags)
{
    cJSON *root = NULL;
    struct err err;

    if (!json_parse(arena, text, strlen(text), flags, &root, &err)) {
        fail_msg("%s: %s", text, err.text);
    }
    return root;
}

static void says_where_a_member_stands_twice(void **state)
{
    static const char text[] = "[{\"a~/b\": {\"c\": 1, \"c\": 2}}]";
    AUTO(arena) arena = {0};
    cJSON *root;
    struct err err;

    (void)state;
    assert_false(json_parse(&arena, text, strlen(text), JSON_PLAIN, &root, &err));
    assert_string_equal(err.pointer, "/0/a~0~1b/c");
}

/* A zero byte is no end: what stands behind it counts too. */
static void refuses_zero_bytes_everywhere(void **state)
{
    static const char text[] = "{\"a\\b\": [\"\\n\", 1.5e3, true]} ";

    (void)state;
    for (size_t i = 0; i < sizeof text - 1; i++) {
        AUTO(arena) arena = {0};
        char copy[sizeof text];
        cJSON *root;
        struct err err;

        memcpy(copy, text, sizeof text);
        copy[i] = '\0';
        assert_false(json_parse(&arena, copy, sizeof text - 1, JSON_PLAIN, &root, &err));
    }
}

/* As a tree it would take more than a gigabyte. */
static void refuses_millions_of_values(void **state)
{
    enum { VALUES = 5000000 };
    AUTO(arena) arena = {0};
    char *text = arena_alloc(&arena, VALUES * 2 + 2);
    cJSON *json;
    struct err err;

    (void)state;
    text[0] = '[';
    for (size_t i = 0; i < VALUES; i++) {
        text[1 + i * 2] = '0';
        text[2 + i * 2] = i + 1 < VALUES ? ',' : ']';
    }
    assert_false(json_parse(&arena, text, VALUES * 2 + 1, JSON_PLAIN, &json, &err));
    assert_non_null(strstr(err.text, "expected at most 4,000,000 values"));
}

static void nests_to_a_hundred_and_no_deeper(void **state)
{
    AUTO(arena) arena = {0};
    char text[210] = "";
    cJSON *root;
    struct err err;

    (void)state;
    memset(text, '[', 100);
    memset(text + 100, ']', 100);
    (void)parse(&arena, text, JSON_PLAIN);
    memset(text, '[', 101);
    memset(text + 101, ']', 101);
    assert_false(json_parse(&arena, text, strlen(text), JSON_PLAIN, &root, &err));
}

static const struct number_case {
    const char *name, *text;
} number_cases[] = {
    {"the last integer below 2^53", "9007199254740991"},
    {"2^53", "-9007199254740992"},
    {"an integer beyond it that is a double", "9007199254740994"},
    {"a fraction that is printed as an integer", "11111111111111112.1"},
    {"the greatest one of 17 digits", "99999999999999984"},
    {"2^100", "1267650600228229401496703205376"},
};

/* Whatever was read can be written and read again: a kept number must not make its file unreadable.
 */
static void reads_the_numbers_that_it_writes(void **state)
{
    const struct number_case *c = *state;
    AUTO(arena) arena = {0};
    cJSON *read = parse(&arena, c->text, JSON_PLAIN);

    assert_true(json_equal(read, parse(&arena, json_text(&arena, read), JSON_PLAIN)));
}

static void blanks_comments_and_keeps_the_place(void **state)
{
    static const char good[] = "/* one\n two */ { // three\n \"a\": \"// no /* comment\" }";
    static const char bad[] = "// one\n{ /* x */ ? }";
    AUTO(arena) arena = {0};
    cJSON *root = parse(&arena, good, JSON_COMMENTS);
    struct err err;

    (void)state;
    assert_string_equal(json_get_text(root, "a"), "// no /* comment");
    assert_false(json_parse(&arena, bad, strlen(bad), JSON_COMMENTS, &root, &err));
    assert_string_equal(err.text,
                        "line 2, column 11: expected a member's name in double quotes, found `?`");
}

static const struct pointer_case {
    const char *name, *pointer, *value;
} pointer_cases[] = {
    {"the whole", "", "{\"foo\":[\"bar\",\"baz\"],\"\":0,\"a/b\":1,\"m~n\":8}"},
    {"a member", "/foo", "[\"bar\",\"baz\"]"},
    {"an element", "/foo/0", "\"bar\""},
    {"an empty name", "/", "0"},
    {"an escaped slash", "/a~1b", "1"},
    {"an escaped tilde", "/m~0n", "8"},
    {"an element that is not there", "/foo/2", NULL},
    {"a leading zero", "/foo/01", NULL},
    {"a negative index", "/foo/-0", NULL},
    {"a member that is not there", "/nope", NULL},
    {"below a leaf", "/foo/0/x", NULL},
    {"no pointer at all", "foo", NULL},
    {"a broken escape", "/m~2n", NULL},
};

static void follows_pointers(void **state)
{
    const struct pointer_case *c = *state;
    AUTO(arena) arena = {0};
    cJSON *root =
        parse(&arena, "{\"foo\":[\"bar\",\"baz\"],\"\":0,\"a/b\":1,\"m~n\":8}", JSON_PLAIN);
    cJSON *item = json_pointer_get(root, c->pointer);

    if (c->value == NULL) {
        assert_null(item);
    } else {
        assert_non_null(item);
        assert_string_equal(json_text(&arena, item), c->value);
    }
}

struct sample {
    const char *text;
    int64_t number;
    double real;
    bool flag;
    const cJSON *list, *any;
};

static const struct json_field sample_fields[] = {
    JSON_FIELD("text", struct sample, text, REQUIRED),
    JSON_FIELD("number", struct sample, number, OPTIONAL),
    JSON_FIELD("real", struct sample, real, OPTIONAL),
    JSON_FIELD("flag", struct sample, flag, OPTIONAL),
    JSON_FIELD_ARRAY("list", struct sample, list, OPTIONAL),
    JSON_FIELD("any", struct sample, any, OPTIONAL),
};

static void reads_through_a_table(void **state)
{
    AUTO(arena) arena = {0};
    struct sample sample = {.number = 5};
    struct err err;

    (void)state;
    assert_true(json_read_strict(
        parse(&arena, "{\"text\":\"x\",\"real\":1.5,\"flag\":true,\"list\":[1],\"any\":{}}",
              JSON_PLAIN),
        "", sample_fields, ARRAY_LEN(sample_fields), &sample, &err));
    assert_string_equal(sample.text, "x");
    assert_int_equal(sample.number, 5);
    assert_true(sample.real > 1.4 && sample.real < 1.6);
    assert_true(sample.flag);
    assert_true(cJSON_IsArray(sample.list));
    assert_true(cJSON_IsObject(sample.any));
}

static const struct read_case {
    const char *name, *text, *message, *pointer;
} read_cases[] = {
    {"no object", "[]", "expected an object, found an array", "/at"},
    {"a required member is missing", "{}", "the member \"text\" (a string) is missing", "/at"},
    {"a required member is null", "{\"text\":null}", "\"text\": expected a string, found null",
     "/at/text"},
    {"another type", "{\"text\":1}", "\"text\": expected a string, found a number", "/at/text"},
    {"a fraction for an integer", "{\"text\":\"\",\"number\":1.5}",
     "\"number\": expected an integer, found a number", "/at/number"},
    {"an unknown member", "{\"text\":\"\",\"txet\":1}",
     "unknown member \"txet\", did you mean \"text\"?", "/at/txet"},
    {"an unknown member like nothing", "{\"text\":\"\",\"zzzzzz/z\":1}",
     "unknown member \"zzzzzz/z\"", "/at/zzzzzz~1z"},
};

static void says_what_was_expected(void **state)
{
    const struct read_case *c = *state;
    AUTO(arena) arena = {0};
    struct sample sample = {0};
    struct err err;

    assert_false(json_read_strict(parse(&arena, c->text, JSON_PLAIN), "/at", sample_fields,
                                  ARRAY_LEN(sample_fields), &sample, &err));
    assert_string_equal(err.text, c->message);
    assert_string_equal(err.pointer, c->pointer);
}

int main(void)
{
    struct CMUnitTest tests[80] = {
        cmocka_unit_test(says_where_a_member_stands_twice),
        cmocka_unit_test(refuses_zero_bytes_everywhere),
        cmocka_unit_test(nests_to_a_hundred_and_no_deeper),
        cmocka_unit_test(refuses_millions_of_values),
        cmocka_unit_test(blanks_comments_and_keeps_the_place),
        cmocka_unit_test(reads_through_a_table),
    };
    size_t count = CASES_LISTED(tests);

    CASES(tests, count, bad_cases, refuses);
    CASES(tests, count, number_cases, reads_the_numbers_that_it_writes);
    CASES(tests, count, pointer_cases, follows_pointers);
    CASES(tests, count, read_cases, says_what_was_expected);
    return cases_run("json", tests, count);
}
