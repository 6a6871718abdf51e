/* Worlds put over one another. */
#include "cases.h"

#include <string.h>

#include "store/merge.h"

static const struct merge_case {
    const char *name, *base, *over, *merged;
} merge_cases[] = {
    {"a new member", "{\"a\":1}", "{\"b\":2}", "{\"a\":1,\"b\":2}"},
    {"a replaced one", "{\"a\":1}", "{\"a\":\"x\"}", "{\"a\":\"x\"}"},
    {"objects member by member", "{\"a\":{\"b\":1,\"c\":2}}", "{\"a\":{\"c\":3}}",
     "{\"a\":{\"b\":1,\"c\":3}}"},
    {"elements by id", "{\"a\":[{\"id\":\"X\",\"b\":1},{\"id\":\"y\"}]}",
     "{\"a\":[{\"id\":\"x\",\"c\":2}]}", "{\"a\":[{\"id\":\"x\",\"b\":1,\"c\":2},{\"id\":\"y\"}]}"},
    {"by host", "{\"a\":[{\"host\":\"h\"}]}", "{\"a\":[{\"host\":\"h\",\"b\":1}]}",
     "{\"a\":[{\"host\":\"h\",\"b\":1}]}"},
    {"by munchkin", "{\"a\":[{\"munchkin\":\"m\"}]}", "{\"a\":[{\"munchkin\":\"m\",\"b\":1}]}",
     "{\"a\":[{\"munchkin\":\"m\",\"b\":1}]}"},
    {"by name", "{\"a\":[{\"name\":\"n\"}]}", "{\"a\":[{\"name\":\"n\",\"b\":1}]}",
     "{\"a\":[{\"name\":\"n\",\"b\":1}]}"},
    {"the id before the name", "{\"a\":[{\"id\":\"1\",\"name\":\"n\"}]}",
     "{\"a\":[{\"id\":\"2\",\"name\":\"n\"}]}",
     "{\"a\":[{\"id\":\"1\",\"name\":\"n\"},{\"id\":\"2\",\"name\":\"n\"}]}"},
    {"elements without one are appended", "{\"a\":[{\"b\":1}]}", "{\"a\":[{\"b\":1}]}",
     "{\"a\":[{\"b\":1},{\"b\":1}]}"},
    {"texts are appended", "{\"a\":[\"x\"]}", "{\"a\":[\"x\",\"y\"]}",
     "{\"a\":[\"x\",\"x\",\"y\"]}"},
    {"arrays in elements", "{\"a\":[{\"id\":\"1\",\"b\":[{\"name\":\"n\",\"c\":1}]}]}",
     "{\"a\":[{\"id\":\"1\",\"b\":[{\"name\":\"n\",\"c\":2},{\"name\":\"m\"}]}]}",
     "{\"a\":[{\"id\":\"1\",\"b\":[{\"name\":\"n\",\"c\":2},{\"name\":\"m\"}]}]}"},
    {"another type replaces", "{\"a\":[1]}", "{\"a\":{\"b\":1}}", "{\"a\":{\"b\":1}}"},
};

static cJSON *parse(struct arena *arena, const char *text)
{
    cJSON *tree = NULL;
    struct err err;

    assert_true(json_parse(arena, text, strlen(text), JSON_PLAIN, &tree, &err));
    return tree;
}

static void merges(void **state)
{
    const struct merge_case *c = *state;
    AUTO(arena) arena = {0};
    cJSON *base = parse(&arena, c->base), *over = parse(&arena, c->over);
    const char *before = json_text(&arena, over);

    world_merge(base, over);
    assert_string_equal(json_text(&arena, base), json_text(&arena, parse(&arena, c->merged)));
    assert_string_equal(json_text(&arena, over), before);
}

int main(void)
{
    struct CMUnitTest tests[ARRAY_LEN(merge_cases)];
    size_t count = 0;

    CASES(tests, count, merge_cases, merges);
    return cases_run("merge", tests, count);
}
