#include "cases.h"

#include <string.h>

#include "base/arena.h"
#include "base/json.h"
#include "runner/match.h"

static const struct match_case {
    const char *name, *expected, *actual; /* `actual` NULL: absent */
    bool fits;
} rows[] = {
    {"equal text", "\"a\"", "\"a\"", true},
    {"other text", "\"a\"", "\"A\"", false},
    {"a number is not its text", "1", "\"1\"", false},
    {"1 is 1.0", "1", "1.0", true},
    {"null is null", "null", "null", true},
    {"null is absent", "null", NULL, true},
    {"null is not false", "null", "false", false},
    {"a value is not absent", "\"\"", NULL, false},
    {"order of members does not count", "{\"a\":1,\"b\":2}", "{\"b\":2,\"a\":1}", true},
    {"a further member counts", "{\"a\":1}", "{\"a\":1,\"b\":2}", false},
    {"a further null does not", "{\"a\":1}", "{\"a\":1,\"b\":null}", true},
    {"an expected null may lack", "{\"a\":1,\"b\":null}", "{\"a\":1}", true},
    {"a member that lacks", "{\"a\":1,\"b\":2}", "{\"a\":1}", false},
    {"order of elements counts", "[1,2]", "[2,1]", false},
    {"a further element counts", "[1]", "[1,2]", false},
    {"an object is no array", "{}", "[]", false},
    {"a matcher in depth", "{\"a\":[{\"$gt\":1}]}", "{\"a\":[2]}", true},
    {"a matcher in depth that does not fit", "{\"a\":[{\"$gt\":1}]}", "{\"a\":[1]}", false},

    {"match", "{\"$match\":\"^a.c$\"}", "\"abc\"", true},
    {"match is unanchored", "{\"$match\":\"b+\"}", "\"abbc\"", true},
    {"match is extended", "{\"$match\":\"^(a|b){2}$\"}", "\"ab\"", true},
    {"match takes text only", "{\"$match\":\"1\"}", "1", false},
    {"match and absent", "{\"$match\":\".*\"}", NULL, false},

    {"contains a part", "{\"$contains\":\"bc\"}", "\"abcd\"", true},
    {"contains is literal", "{\"$contains\":\".\"}", "\"abc\"", false},
    {"contains a member", "{\"$contains\":2}", "[1,2]", true},
    {"contains no such member", "{\"$contains\":3}", "[1,2]", false},
    {"contains an element by some members", "{\"$contains\":{\"a\":1}}",
     "[{\"a\":2},{\"a\":1,\"b\":2}]", true},
    {"all of which must be of one element", "{\"$contains\":{\"a\":1,\"b\":2}}",
     "[{\"a\":1},{\"b\":2}]", false},
    {"contains with a matcher", "{\"$contains\":{\"a\":{\"$match\":\"^x\"}}}", "[{\"a\":\"xy\"}]",
     true},
    {"contains a name", "{\"$contains\":\"a\"}", "{\"a\":1}", true},
    {"contains and absent", "{\"$contains\":\"a\"}", NULL, false},

    {"count", "{\"$count\":2}", "[1,2]", true},
    {"another count", "{\"$count\":1}", "[1,2]", false},
    {"count of absent", "{\"$count\":0}", NULL, true},
    {"count with a matcher", "{\"$count\":{\"$gt\":1}}", "[1,2]", true},
    {"count of text", "{\"$count\":1}", "\"a\"", false},

    {"less", "{\"$lt\":2}", "1", true},
    {"not less", "{\"$lt\":2}", "2", false},
    {"greater", "{\"$gt\":2}", "2.5", true},
    {"less, dates", "{\"$lt\":\"2026-01-15T09:00:00Z\"}", "\"2026-01-15T08:59:59.999Z\"", true},
    {"greater, dates with an offset", "{\"$gt\":\"2026-01-15T09:00:00Z\"}",
     "\"2026-01-15T10:30:00+01:00\"", true},
    {"text is neither", "{\"$gt\":\"a\"}", "\"b\"", false},
    {"a date and a number", "{\"$gt\":1}", "\"2026-01-15T09:00:00Z\"", false},
    {"absent is not less", "{\"$lt\":1}", NULL, false},
    {"absent is not greater", "{\"$gt\":1}", NULL, false},

    {"any value", "{\"$any\":true}", "[]", true},
    {"any is null too", "{\"$any\":true}", "null", true},
    {"any is absent too", "{\"$any\":true}", NULL, true},

    {"not equal", "{\"$not\":1}", "2", true},
    {"not, but equal", "{\"$not\":1}", "1", false},
    {"not null is present", "{\"$not\":null}", "0", true},
    {"not null and absent", "{\"$not\":null}", NULL, false},
    {"not a matcher", "{\"$not\":{\"$match\":\"a\"}}", "\"b\"", true},
    {"not not", "{\"$not\":{\"$not\":1}}", "1", true},
};

static cJSON *parse(struct arena *arena, const char *text)
{
    struct err err;
    cJSON *root = NULL;

    assert_true(json_parse(arena, text, strlen(text), JSON_PLAIN, &root, &err));
    return root;
}

static void matches(void **state)
{
    const struct match_case *c = *state;
    AUTO(arena) arena = {0};
    const cJSON *actual = c->actual != NULL ? parse(&arena, c->actual) : NULL;

    assert_int_equal(run_match(parse(&arena, c->expected), actual), c->fits);
}

static const struct match_case date_rows[] = {
    {"the same moment, written otherwise", "\"2026-01-15T10:00:00+01:00\"",
     "\"2026-01-15T09:00:00.000Z\"", true},
    {"another moment", "\"2026-01-15T09:00:01Z\"", "\"2026-01-15T09:00:00.000Z\"", false},
    {"a matcher", "{\"$gt\":\"2026-01-15T08:00:00Z\"}", "\"2026-01-15T09:00:00.000Z\"", true},
};

static void matches_dates(void **state)
{
    const struct match_case *c = *state;
    AUTO(arena) arena = {0};

    assert_int_equal(run_match_date(parse(&arena, c->expected), parse(&arena, c->actual)), c->fits);
}

int main(void)
{
    struct CMUnitTest tests[ARRAY_LEN(rows) + ARRAY_LEN(date_rows)];
    size_t count = 0;

    CASES(tests, count, rows, matches);
    CASES(tests, count, date_rows, matches_dates);
    return cases_run("match", tests, count);
}
