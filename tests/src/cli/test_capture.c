/* What a capture shows, and what it never shows. */
#include "cases.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/json.h"
#include "base/str.h"
#include "cli/capture.h"
#include "support/files.h"

#define JSON "application/json;charset=UTF-8"
#define FORM "application/x-www-form-urlencoded"

struct body_case {
    const char *name, *type, *body, *shown;
};

/* clang-format off */
static const struct body_case body_cases[] = {
    {"nothing", JSON, "", ""},
    {"a token", JSON, "{\"access_token\":\"abc\",\"expires_in\":1}", "{\"access_token\":\"***\",\"expires_in\":1}"},
    {"a secret that was made", JSON, "{\"secretText\":\"abc\",\"keyId\":\"1\"}", "{\"secretText\":\"***\",\"keyId\":\"1\"}"},
    {"credentials for the page", JSON, "{\"clientSecret\":\"abc\",\"password\":\"p\",\"username\":\"u\"}", "{\"clientSecret\":\"***\",\"password\":\"***\",\"username\":\"u\"}"},
    {"below an array", JSON, "{\"a\":[{\"refresh_token\":\"abc\"}]}", "{\"a\":[{\"refresh_token\":\"***\"}]}"},
    {"everything below such a name", JSON, "{\"secret\":{\"a\":\"abc\",\"b\":[\"c\"]}}", "{\"secret\":{\"a\":\"***\",\"b\":[\"***\"]}}"},
    {"in capitals", JSON, "{\"Password\":\"p\"}", "{\"Password\":\"***\"}"},
    {"places in lists stay", JSON, "{\"nextPageToken\":\"T1\",\"token_type\":\"bearer\"}", "{\"nextPageToken\":\"T1\",\"token_type\":\"bearer\"}"},
    {"people stay", JSON, "{\"firstName\":\"Ann\"}", "{\"firstName\":\"Ann\"}"},
    {"a form", FORM, "grant_type=client_credentials&client_secret=a%2Bb&client_id=x", "grant_type=client_credentials&client_secret=%2A%2A%2A&client_id=x"},
    {"a page of HTML", "text/html", "<html>", "(left out: neither JSON nor a form)"},
    {"a broken form", FORM, "a=%zz", "***"},
};
/* clang-format on */

static void shows_a_body(void **state)
{
    const struct body_case *c = *state;
    AUTO(arena) arena = {0};

    assert_string_equal(cli_capture_body(&arena, c->type, c->body, strlen(c->body)), c->shown);
}

struct url_case {
    const char *name, *url, *shown;
};

static const struct url_case url_cases[] = {
    {"no query", "https://a/b", "https://a/b"},
    {"Marketo's identity", "https://a/identity/oauth/token?grant_type=x&client_secret=abc",
     "https://a/identity/oauth/token?grant_type=x&client_secret=%2A%2A%2A"},
    {"the old parameter", "https://a/b?access_token=abc", "https://a/b?access_token=%2A%2A%2A"},
    {"a delta link", "https://a/b?%24deltatoken=12", "https://a/b?%24deltatoken=12"},
};

static void shows_a_url(void **state)
{
    const struct url_case *c = *state;
    AUTO(arena) arena = {0};

    assert_string_equal(cli_capture_url(&arena, c->url), c->shown);
}

/* A transport that answers one request and forgets another. */
struct fake {
    crmsync_done *done;
    void *arg;
    bool ended;
};

static uint64_t submit(void *ctx, const struct crmsync_request *request, crmsync_done *done,
                       void *arg)
{
    struct fake *fake = ctx;

    (void)request;
    fake->done = done;
    fake->arg = arg;
    return 7;
}

static void cancel(void *ctx, uint64_t id)
{
    (void)ctx;
    assert_int_equal(id, 7);
}

static void poll_one(void *ctx, int64_t until_ms)
{
    static const struct crmsync_header headers[] = {{"Set-Cookie", "a=hush"},
                                                    {"Content-Type", JSON}};
    static const struct crmsync_response response = {
        .status = 200, .headers = headers, .header_count = 2, .body = "{\"a\":1}", .body_len = 7};
    struct fake *fake = ctx;

    (void)until_ms;
    fake->done(fake->arg, &response);
}

static void end(void *ctx)
{
    ((struct fake *)ctx)->ended = true;
}

static void count_done(void *arg, const struct crmsync_response *response)
{
    assert_int_equal(response->status, 200);
    ++*(int *)arg;
}

static const char *read_all(struct arena *arena, const char *path)
{
    char *text = arena_alloc(arena, 65536);
    FILE *file = fopen(path, "r");

    assert_non_null(file);
    text[fread(text, 1, 65535, file)] = '\0';
    fclose(file);
    return text;
}

static void writes_a_file(void **state)
{
    static const struct crmsync_header headers[] = {{"Authorization", "Bearer hush"},
                                                    {"Content-Type", JSON}};
    const struct crmsync_request request = {.method = "POST",
                                            .url = "https://a/b?client_secret=hush&x=1",
                                            .headers = headers,
                                            .header_count = 2,
                                            .body = "{\"password\":\"hush\"}",
                                            .body_len = 19};
    AUTO(arena) arena = {0};
    const char *folder = test_folder(&arena), *path, *text;
    struct fake fake = {0};
    struct crmsync_transport transport = {&fake, submit, cancel, poll_one, end};
    struct err err;
    cJSON *root;
    int done = 0;

    (void)state;
    path = test_file(&arena, folder, "a.har", "old", 0644);
    assert_true(cli_capture(path, &transport));
    assert_int_equal(transport.submit(transport.ctx, &request, count_done, &done), 7);
    transport.poll(transport.ctx, 0);
    assert_int_equal(done, 1);
    assert_int_equal(transport.submit(transport.ctx, &request, count_done, &done), 7);
    transport.cancel(transport.ctx, 7);
    transport.destroy(transport.ctx);
    assert_true(fake.ended);
    text = read_all(&arena, path);
    assert_null(strstr(text, "hush"));
    assert_true(json_parse(&arena, text, strlen(text), JSON_PLAIN, &root, &err));
    assert_string_equal(json_get_text(json_get(root, "log"), "version"), "1.2");
    assert_int_equal(cJSON_GetArraySize(json_pointer_get(root, "/log/entries")), 2);
    assert_int_equal(json_get_int(json_pointer_get(root, "/log/entries/0/response"), "status", 0),
                     200);
    assert_string_equal(
        json_get_text(json_pointer_get(root, "/log/entries/0/response/content"), "text"),
        "{\"a\":1}");
    assert_int_equal(json_get_int(json_pointer_get(root, "/log/entries/1/response"), "status", -1),
                     0);
}

static void needs_a_file(void **state)
{
    struct crmsync_transport transport = {0};

    (void)state;
    assert_false(cli_capture("/nowhere/a.har", &transport));
}

int main(void)
{
    struct CMUnitTest tests[32];
    size_t count = 0;

    CASES(tests, count, body_cases, shows_a_body);
    CASES(tests, count, url_cases, shows_a_url);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(writes_a_file);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(needs_a_file);
    return cases_run("cli/capture", tests, count);
}
