/* One form of values, whichever side they come from. */
#include "cases.h"

#include <string.h>

#include "mapping/value.h"

struct value_case {
    const char *name;
    enum sync_kind kind;
    const char *json;  /* as it comes */
    const char *value; /* NULL: none */
    const char *out;   /* as it goes to a field of its own type */
};

/* clang-format off */
static const struct value_case value_cases[] = {
    {"a text", SYNC_TEXT, "\"Ann\"", "Ann", "\"Ann\""},
    {"an empty text is none", SYNC_TEXT, "\"\"", NULL, "null"},
    {"null", SYNC_TEXT, "null", NULL, "null"},
    {"blanks stay", SYNC_TEXT, "\" a \"", " a ", "\" a \""},
    {"a number in a text", SYNC_TEXT, "12", "12", "\"12\""},
    {"true", SYNC_BOOLEAN, "true", "true", "true"},
    {"True, as activities say it", SYNC_BOOLEAN, "\"True\"", "true", "true"},
    {"1", SYNC_BOOLEAN, "1", "true", "true"},
    {"no truth value is false", SYNC_BOOLEAN, "null", "false", "false"},
    {"an empty truth value", SYNC_BOOLEAN, "\"\"", "false", "false"},
    {"what is no truth value stays", SYNC_BOOLEAN, "\"maybe\"", "maybe", "\"maybe\""},
    {"an integer", SYNC_INTEGER, "42", "42", "42"},
    {"an integer as text", SYNC_INTEGER, "\"042\"", "42", "42"},
    {"below zero", SYNC_INTEGER, "-7", "-7", "-7"},
    {"no minus zero", SYNC_NUMBER, "-0.0", "0", "0"},
    {"money with four decimals", SYNC_NUMBER, "20000.0000", "20000", "20000"},
    {"money as text", SYNC_NUMBER, "\"1604.47\"", "1604.47", "1604.47"},
    {"a number that needs all digits", SYNC_NUMBER, "0.1", "0.1", "0.1"},
    {"hexadecimal is no number", SYNC_NUMBER, "\"0x10\"", "0x10", "\"0x10\""},
    {"nan is no number", SYNC_NUMBER, "\"nan\"", "nan", "\"nan\""},
    {"a moment", SYNC_TIME, "\"2026-01-15T09:00:00Z\"", "2026-01-15T09:00:00Z", "\"2026-01-15T09:00:00Z\""},
    {"a moment elsewhere", SYNC_TIME, "\"2026-01-15T11:00:00+02:00\"", "2026-01-15T09:00:00Z", "\"2026-01-15T09:00:00Z\""},
    {"a moment of an activity", SYNC_TIME, "\"2023-01-26 18:46:00\"", "2023-01-26T18:46:00Z", "\"2023-01-26T18:46:00Z\""},
    {"parts of a second go", SYNC_TIME, "\"2026-01-15T09:00:00.7Z\"", "2026-01-15T09:00:00Z", "\"2026-01-15T09:00:00Z\""},
    {"a day", SYNC_TIME, "\"2026-01-15\"", "2026-01-15", "\"2026-01-15\""},
    {"no moment", SYNC_TIME, "\"tomorrow\"", "tomorrow", "\"tomorrow\""},
    {"a long no moment", SYNC_TIME, "\"some time between monday and tuesday next\"", "some time between monday and tuesday next", "\"some time between monday and tuesday next\""},
    {"a label", SYNC_CHOICE, "\"Hot\"", "Hot", "\"Hot\""},
    {"a key in capitals", SYNC_ACCOUNT, "\"A1B2\"", "a1b2", "\"a1b2\""},
};
/* clang-format on */

static void reads_and_writes(void **state)
{
    const struct value_case *c = *state;
    AUTO(arena) arena = {0};
    AUTO(strbuf) out = STRBUF(0);
    struct json_writer writer = JSON_WRITER(&out);
    const char *value;
    struct err err;
    cJSON *item;

    assert_true(json_parse(&arena, c->json, strlen(c->json), JSON_PLAIN, &item, &err));
    value = sync_value_read(&arena, c->kind, item);
    if (c->value == NULL) {
        assert_null(value);
    } else {
        assert_non_null(value);
        assert_string_equal(value, c->value);
    }
    sync_value_write(&writer, c->kind, false, value);
    assert_string_equal(strbuf_text(&out), c->out);
}

static void writes_text_where_text_is_kept(void **state)
{
    AUTO(strbuf) out = STRBUF(0);
    struct json_writer writer = JSON_WRITER(&out);

    (void)state;
    jw_array(&writer);
    sync_value_write(&writer, SYNC_BOOLEAN, true, "true");
    sync_value_write(&writer, SYNC_NUMBER, true, "1.5");
    sync_value_write(&writer, SYNC_NUMBER, true, NULL);
    jw_array_end(&writer);
    assert_string_equal(strbuf_text(&out), "[\"true\",\"1.5\",null]");
}

struct cut_case {
    const char *name, *value;
    int64_t most;
    const char *cut;
};

static const struct cut_case cut_cases[] = {
    {"short enough", "abc", 3, "abc"},
    {"too long", "abcd", 3, "abc"},
    {"no bound", "abcd", 0, "abcd"},
    {"characters, not bytes", "äöü", 3, "äöü"},
    {"never within a character", "äöü", 2, "äö"},
    {"outside the plane", "\xf0\x9f\x98\x80\xf0\x9f\x98\x80", 1, "\xf0\x9f\x98\x80"},
};

static void cuts(void **state)
{
    const struct cut_case *c = *state;
    AUTO(arena) arena = {0};

    assert_string_equal(sync_value_cut(&arena, c->value, c->most), c->cut);
    assert_null(sync_value_cut(&arena, NULL, c->most));
}

int main(void)
{
    struct CMUnitTest tests[64];
    size_t count = 0;

    CASES(tests, count, value_cases, reads_and_writes);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(writes_text_where_text_is_kept);
    CASES(tests, count, cut_cases, cuts);
    return cases_run("mapping/value", tests, count);
}
