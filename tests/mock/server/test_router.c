#include "cases.h"

#include <string.h>

#include "server/router.h"

static const struct mock_route routes[] = {
    {HTTP_GET, "/a/{id}", NULL, "s"},
    {HTTP_GET | HTTP_POST, "/a/exact", NULL, "s"},
    {HTTP_DELETE, "/a/{id}/b/{n}", NULL, "s"},
    {HTTP_GET, "/v1/things(key='{key}')", NULL, "s"},
    {HTTP_GET, "/{tenant}/oauth2/token", NULL, "s"},
};

static const struct mock_service service = {
    .name = "test", .routes = routes, .route_count = 5, .alias = {"beta", "v1"}, .fold_case = true};

static const struct route_case {
    const char *name, *method, *path;
    int row; /* -1: none */
    const char *var;
    unsigned allowed;
} route_cases[] = {
    {"a variable", "GET", "/a/7", 0, "7", 0},
    {"the exact one wins", "GET", "/a/exact", 1, NULL, 0},
    {"HEAD is a GET", "HEAD", "/a/7", 0, "7", 0},
    {"two variables", "DELETE", "/a/7/b/8", 2, "7", 0},
    {"text around a variable", "GET", "/v1/things(key='x')", 3, "x", 0},
    {"an empty variable is none", "GET", "/v1/things(key='')", -1, NULL, 0},
    {"an alias of the first segment", "GET", "/beta/things(key='x')", 3, "x", 0},
    {"letters of either case", "GET", "/V1/Things(Key='X')", 3, "X", 0},
    {"a variable first", "GET", "/t.example/oauth2/token", 4, "t.example", 0},
    {"another method", "PUT", "/a/7/b/8", -1, NULL, HTTP_DELETE},
    {"no such path", "GET", "/nope", -1, NULL, 0},
    {"a segment too many", "GET", "/a/7/", -1, NULL, 0},
};

static void finds_the_row(void **state)
{
    const struct route_case *c = *state;
    AUTO(arena) arena = {0};
    struct mock_call call = {
        .arena = &arena, .service = &service, .method = mock_method_of(c->method)};

    assert_true(uri_parse_path(&arena, c->path, strlen(c->path), &call.path));
    mock_route_find(&call);
    assert_ptr_equal(call.route, c->row < 0 ? NULL : &routes[c->row]);
    if (c->var != NULL) {
        assert_string_equal(call.vars[0], c->var);
    }
    if (c->row < 0) {
        assert_int_equal(call.allowed, c->allowed);
    }
}

static void names_methods(void **state)
{
    AUTO(arena) arena = {0};

    (void)state;
    assert_string_equal(mock_method_names(&arena, HTTP_PATCH | HTTP_DELETE), "PATCH, DELETE");
    assert_int_equal(mock_method_of("get"), HTTP_OTHER);
}

int main(void)
{
    struct CMUnitTest tests[16] = {cmocka_unit_test(names_methods)};
    size_t count = CASES_LISTED(tests);

    CASES(tests, count, route_cases, finds_the_row);
    return cases_run("router", tests, count);
}
