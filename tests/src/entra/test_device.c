/* Signing in by device code: what is sent, what is shown, and how each answer ends. */
#include "cases.h"

#include <string.h>

#include "base/auto.h"
#include "base/str.h"
#include "entra/device.h"
#include "support/endpoint.h"
#include "support/files.h"

#define CLIENT "14d82eec-204b-4c2f-b7e8-296a70dab67e"
#define LOGIN  "https://login.microsoftonline.com/contoso.com/oauth2/v2.0"

static void reads_the_fixture(void **state)
{
    AUTO(arena) arena = {0};
    struct sync_device_body begun;
    struct sync_problem problem;
    size_t len;
    const char *body = test_fixture(&arena, "entra/devicecode.json", &len);

    (void)state;
    assert_true(sync_device_parse(&arena, body, len, &begun, &problem));
    assert_string_equal(begun.user_code, "GFBDXL9P2");
    assert_string_equal(begun.verification_uri, "https://microsoft.com/devicelogin");
    assert_int_equal(begun.expires_in, 900);
    assert_int_equal(begun.interval, 5);
}

static const struct bad_case {
    const char *name, *body;
} bad_cases[] = {
    {"no JSON", "Too Many Requests"},
    {"no code", "{\"user_code\":\"A\",\"verification_uri\":\"https://x\",\"expires_in\":900}"},
    {"a code that cannot be shown",
     "{\"user_code\":\"A\\u0007\",\"device_code\":\"D\",\"verification_uri\":\"https://x\","
     "\"expires_in\":900}"},
    {"an address with another event in it",
     "{\"user_code\":\"A\",\"device_code\":\"D\",\"verification_uri\":\"https://x code=B\","
     "\"expires_in\":900}"},
    {"no life", "{\"user_code\":\"A\",\"device_code\":\"D\",\"verification_uri\":\"https://x\","
                "\"expires_in\":0}"},
    {"an interval of hours",
     "{\"user_code\":\"A\",\"device_code\":\"D\",\"verification_uri\":\"https://x\","
     "\"expires_in\":900,\"interval\":7200}"},
};

static void refuses_another_shape(void **state)
{
    const struct bad_case *c = *state;
    AUTO(arena) arena = {0};
    struct sync_device_body begun;
    struct sync_problem problem;

    assert_false(sync_device_parse(&arena, c->body, strlen(c->body), &begun, &problem));
    assert_string_equal(problem.error.code, "protocol");
}

static const char begun[] =
    "{\"user_code\":\"GFBDXL9P2\",\"device_code\":\"D+1\",\"verification_uri\":"
    "\"https://microsoft.com/devicelogin\",\"expires_in\":900,\"interval\":5}";
static const char pending[] = "{\"error\":\"authorization_pending\",\"error_codes\":[70016],"
                              "\"error_description\":\"AADSTS70016: Pending.\"}";
static const char slow[] = "{\"error\":\"slow_down\",\"error_description\":\"Slow down.\"}";
static const char declined[] = "{\"error\":\"authorization_declined\",\"error_codes\":[65004],"
                               "\"error_description\":\"AADSTS65004: Declined.\"}";
static const char expired[] = "{\"error\":\"expired_token\",\"error_codes\":[70020],"
                              "\"error_description\":\"AADSTS70020: Expired.\"}";
static const char no_tenant[] = "{\"error\":\"invalid_request\",\"error_codes\":[90002],"
                                "\"error_description\":\"AADSTS90002: Tenant not found.\"}";
static const char good[] = "{\"token_type\":\"Bearer\",\"expires_in\":3599,\"access_token\":\"A\"}";

static const struct story_case {
    const char *name;
    const struct endpoint_row rows[6];
    size_t count;
    bool ok;
    unsigned asked;
    int64_t waited_s;
    const char *code;
    enum crmsync_outcome outcome;
} story_cases[] = {
    {"it was entered already", {{200, begun}, {200, good}}, 2, true, 2, 0, "", CRMSYNC_DONE},
    {"it is waited for",
     {{200, begun}, {400, pending}, {400, pending}, {200, good}},
     4,
     true,
     4,
     10,
     "",
     CRMSYNC_DONE},
    {"slower when the endpoint says so",
     {{200, begun}, {400, slow}, {400, pending}, {200, good}},
     4,
     true,
     4,
     20,
     "",
     CRMSYNC_DONE},
    {"a garbled code", {{200, "?"}, {200, begun}, {200, good}}, 3, true, 3, 0, "", CRMSYNC_DONE},
    {"garbled codes", {{200, "?"}}, 1, false, 3, 0, "protocol", CRMSYNC_FAILED},
    {"declined",
     {{200, begun}, {400, declined}},
     2,
     false,
     2,
     0,
     "bad_credentials",
     CRMSYNC_REFUSED},
    {"over at the endpoint",
     {{200, begun}, {400, expired}},
     2,
     false,
     2,
     0,
     "bad_credentials",
     CRMSYNC_REFUSED},
    {"over by the clock",
     {{200, begun}, {400, pending}},
     2,
     false,
     181,
     895,
     "bad_credentials",
     CRMSYNC_REFUSED},
    {"no such tenant", {{400, no_tenant}}, 1, false, 1, 0, "tenant_unknown", CRMSYNC_REFUSED},
};

static void goes_through(void **state)
{
    const struct story_case *c = *state;
    struct endpoint endpoint;
    const struct sync_client client = {.tenant = "contoso.com", .client_id = CLIENT};
    struct sync_tokens tokens = {0};
    struct sync_problem problem = {0};
    struct sync_env env;
    const char *token = NULL;

    endpoint_begin(&endpoint, &env, c->rows, c->count, true);
    assert_int_equal(sync_device_sign_in(&tokens, &env, &client, "a b", &token, &problem), c->ok);
    assert_int_equal(endpoint.asked, c->asked);
    assert_int_equal(endpoint.now_ms - 1000000, c->waited_s * 1000);
    assert_true(str_starts(strbuf_text(&endpoint.sent),
                           "POST " LOGIN "/devicecode\nclient_id=" CLIENT "&scope=a+b\n"));
    if (c->ok) {
        assert_string_equal(token, "A");
        assert_non_null(strstr(strbuf_text(&endpoint.log),
                               "signin.device url=https://microsoft.com/devicelogin"
                               " code=GFBDXL9P2\n"));
        assert_non_null(strstr(strbuf_text(&endpoint.sent),
                               "POST " LOGIN "/token\nclient_id=" CLIENT
                               "&grant_type=urn%3Aietf%3Aparams%3Aoauth%3A"
                               "grant-type%3Adevice_code&device_code=D%2B1\n"));
        /* The next one comes from memory. */
        assert_true(sync_device_sign_in(&tokens, &env, &client, "a b", &token, &problem));
        assert_int_equal(endpoint.asked, c->asked);
    } else {
        assert_string_equal(problem.error.code, c->code);
        assert_int_equal(problem.outcome, c->outcome);
        assert_null(strstr(problem.error.message, "D+1"));
    }
    endpoint_end(&endpoint);
    sync_tokens_finish(&tokens);
}

static void nobody_to_read_the_code(void **state)
{
    static const struct endpoint_row rows[] = {{200, begun}};
    struct endpoint endpoint;
    const struct sync_client client = {.tenant = "contoso.com", .client_id = CLIENT};
    struct sync_tokens tokens = {0};
    struct sync_problem problem = {0};
    struct sync_env env;
    const char *token;

    (void)state;
    endpoint_begin(&endpoint, &env, rows, ARRAY_LEN(rows), false);
    assert_false(sync_device_sign_in(&tokens, &env, &client, "a", &token, &problem));
    assert_int_equal(problem.outcome, CRMSYNC_USAGE);
    assert_int_equal(endpoint.asked, 0);
    endpoint_end(&endpoint);
}

int main(void)
{
    struct CMUnitTest tests[32] = {
        cmocka_unit_test(reads_the_fixture),
        cmocka_unit_test(nobody_to_read_the_code),
    };
    size_t count = CASES_LISTED(tests);

    CASES(tests, count, bad_cases, refuses_another_shape);
    CASES(tests, count, story_cases, goes_through);
    return cases_run("device", tests, count);
}
