#include "cases.h"

#include <string.h>

#include "base/arena.h"
#include "base/json.h"
#include "runner/vars.h"

static const char world[] =
    "{\"tenant_id\":\"t-1\",\"org_host\":\"contoso.crm.dynamics.com\",\"client_id\":null,"
    "\"seed\":7}";
static const char saved[] =
    "{\"app\":\"a b/c\",\"list\":[1,{\"x\":true}],\"name\":\"Zo\xc3\xab's\","
    "\"org_host\":\"mine\",\"flag\":false,\"big\":1234567890123}";

static cJSON *parse(struct arena *arena, const char *text)
{
    struct err err;
    cJSON *root = NULL;

    assert_true(json_parse(arena, text, strlen(text), JSON_PLAIN, &root, &err));
    return root;
}

static struct run_vars vars_in(struct arena *arena)
{
    return (struct run_vars){
        .arena = arena, .world = parse(arena, world), .saved = parse(arena, saved)};
}

static const struct vars_case {
    const char *name, *from, *to; /* `to` NULL: fails with `error` */
    const char *error;
} tree_rows[] = {
    {"plain text", "\"as it is\"", "\"as it is\"", NULL},
    {"a saved value keeps its type", "\"{list}\"", "[1,{\"x\":true}]", NULL},
    {"a boolean keeps its type", "\"{flag}\"", "false", NULL},
    {"a number keeps its type", "\"{big}\"", "1234567890123", NULL},
    {"within text it is its text", "\"n={big};\"", "\"n=1234567890123;\"", NULL},
    {"an array within text", "\" {list}\"", "\" [1,{\\\"x\\\":true}]\"", NULL},
    {"a key of the world", "\"{tenant_id}\"", "\"t-1\"", NULL},
    {"what was saved wins", "\"{org_host}\"", "\"mine\"", NULL},
    {"a part", "\"{tenant_id:0:1}\"", "\"t\"", NULL},
    {"a part of one character counts characters", "\"{name:2:4}\"", "\"\xc3\xab'\"", NULL},
    {"a part beyond the end", "\"{tenant_id:2:9}\"", "\"1\"", NULL},
    {"an empty part", "\"{tenant_id:1:1}\"", "\"\"", NULL},
    {"a part is text", "\"{big:0:3}\"", "\"123\"", NULL},
    {"a brace", "\"{{\"", "\"{\"", NULL},
    {"a brace around a name", "\"{{app}\"", "\"{app}\"", NULL},
    {"a brace before a placeholder", "\"{{{tenant_id}}\"", "\"{t-1}\"", NULL},
    {"a closing brace stands for itself", "\"}x}\"", "\"}x}\"", NULL},
    {"in depth", "{\"a\":[{\"b\":\"{tenant_id}\"}]}", "{\"a\":[{\"b\":\"t-1\"}]}", NULL},
    {"as a name", "{\"{tenant_id}\":1}", "{\"t-1\":1}", NULL},
    {"numbers and null stay", "[1,null,true,\"{flag}\"]", "[1,null,true,false]", NULL},
    {"two names become one", "{\"{tenant_id}\":1,\"t-1\":2}", NULL,
     "the member \"t-1\" stands twice"},
    {"null", "\"{client_id}\"", NULL, "the value of {client_id} is null"},
    {"null within text", "\"x{client_id}\"", NULL, "the value of {client_id} is null"},
    {"unknown", "\"{nothing}\"", NULL, "nothing of the name {nothing} was saved"},
    {"open", "\"{app\"", NULL,
     "expected {name} or {name:from:to} (a brace itself is written {{), found \"{app\""},
    {"empty", "\"{}\"", NULL,
     "expected {name} or {name:from:to} (a brace itself is written {{), found \"{}\""},
    {"half a range", "\"{app:1}\"", NULL,
     "expected {name} or {name:from:to} (a brace itself is written {{), found \"{app:1}\""},
    {"a range that runs back", "\"{app:3:1}\"", NULL,
     "expected {name} or {name:from:to} (a brace itself is written {{), found \"{app:3:1}\""},
};

static void expands(void **state)
{
    const struct vars_case *c = *state;
    AUTO(arena) arena = {0};
    const struct run_vars vars = vars_in(&arena);
    const cJSON *ret = NULL;
    struct err err = {0};
    bool good = run_vars_expand(&vars, parse(&arena, c->from), &ret, &err);

    if (c->to == NULL) {
        assert_false(good);
        assert_string_equal(err.text, c->error);
        return;
    }
    assert_true(good);
    assert_string_equal(json_text(&arena, ret), json_text(&arena, parse(&arena, c->to)));
}

static const struct vars_case path_rows[] = {
    {"a segment is encoded", "/v1.0/{app}", "/v1.0/a%20b%2Fc", NULL},
    {"a query value is encoded", "/x?name={name}", "/x?name=Zo%C3%AB%27s", NULL},
    {"what stands around is not", "/a b/%41?x=/", "/a b/%41?x=/", NULL},
};

static void encodes(void **state)
{
    const struct vars_case *c = *state;
    AUTO(arena) arena = {0};
    const struct run_vars vars = vars_in(&arena);
    const char *ret = NULL;
    struct err err;

    assert_true(run_vars_text(&vars, c->from, true, &ret, &err));
    assert_string_equal(ret, c->to);
}

static void leaves_alone_what_has_no_placeholder(void **state)
{
    AUTO(arena) arena = {0};
    const struct run_vars vars = vars_in(&arena);
    const cJSON *from = parse(&arena, "{\"a\":[1,\"b\"]}"), *ret = NULL;
    struct err err;

    (void)state;
    assert_true(run_vars_expand(&vars, from, &ret, &err));
    assert_ptr_equal(ret, from);
}

static void tells_a_brace_from_a_placeholder(void **state)
{
    (void)state;
    assert_false(run_vars_any("none"));
    assert_false(run_vars_any("a{{b}}"));
    assert_true(run_vars_any("a{b}"));
    assert_true(run_vars_any("{{{b}"));
}

int main(void)
{
    struct CMUnitTest tests[ARRAY_LEN(tree_rows) + ARRAY_LEN(path_rows) + 2];
    size_t count = 0;

    CASES(tests, count, tree_rows, expands);
    CASES(tests, count, path_rows, encodes);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(leaves_alone_what_has_no_placeholder);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(tells_a_brace_from_a_placeholder);
    return cases_run("vars", tests, count);
}
