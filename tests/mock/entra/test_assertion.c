/* Client credentials with a certificate, as msal-node and openid-client send them. */
#include "assertion.h"
#include "azure.h"
#include "cases.h"
#include "shape.h"

#include <string.h>

#include "base/auto.h"
#include "base/str.h"
#include "base/uri.h"

#define V2    "/{tenant_id}/oauth2/v2.0/token"
#define V1    "/{tenant_id}/oauth2/token"
#define TID   "6b1c5f0e-7a3d-4c55-9e2f-0d4b8a17c001"
#define APP   "3a09fc2b-e1d1-4ea4-95cf-ca2b19acea0a"
#define LOGIN "https://login.microsoftonline.com/"
#define AUD   LOGIN TID "/oauth2/v2.0/token"
#define SCOPE "&scope=https://contoso.crm.dynamics.com/.default"
#define TYPE                                                                                       \
    "&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer"
#define FORM "grant_type=client_credentials&client_id={client_id}" SCOPE TYPE

/* 2026-01-15T09:00:00Z, where the world's clock stands. */
#define NOW           1768467600
#define TEXT_(number) #number
#define TEXT(number)  TEXT_(number)

static struct answer send(struct arena *arena, struct mocktenant *mock, const char *path,
                          const char *form, const char *assertion)
{
    return azure_token(arena, mock, path,
                       arena_printf(arena, "%s&client_assertion=%s", form, assertion), NULL);
}

static const struct fixture_case {
    const char *name, *file;
} fixture_cases[] = {
    {"RS256 with x5t, signed by another library", "entra/assertion-rs256.jwt"},
    {"PS256 with x5t#S256, signed by another library", "entra/assertion-ps256.jwt"},
};

static void takes_fixture(void **state)
{
    const struct fixture_case *c = *state;
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(assertion_world(&arena, ""));
    struct answer answer = send(&arena, mock, V2, FORM, fixture_text(&arena, c->file));
    cJSON *claims;

    assert_int_equal(answer.status, 200);
    shape_assert(fixture_read(&arena, "entra/token-app.json"), answer.json, SHAPE_SAME_ORDER,
                 "access_token expires_in ext_expires_in");
    claims = azure_claims(&arena, json_get_text(answer.json, "access_token"));
    assert_string_equal(text_at(claims, "/appidacr"), "2");
    mocktenant_stop(mock);
}

/* In claims and header {x5t} stands for the thumbprint. */
static const char *fill(struct arena *arena, const char *text)
{
    const char *at = strstr(text, "{x5t}");

    return at == NULL ? text
                      : arena_printf(arena, "%.*s%s%s", (int)(at - text), text,
                                     assertion_x5t(arena), at + strlen("{x5t}"));
}

#define HEADER "{\"alg\":\"RS256\",\"typ\":\"JWT\",\"x5t\":\"{x5t}\"}"
#define CLAIMS(aud, iss, sub, nbf, exp)                                                            \
    "{\"aud\":\"" aud "\",\"iss\":\"" iss "\",\"sub\":\"" sub                                      \
    "\",\"jti\":\"1\",\"nbf\":" TEXT(nbf) ",\"exp\":" TEXT(exp) "}"
#define GOOD CLAIMS(AUD, APP, APP, NOW, 1768468200)

static const struct claims_case {
    const char *name, *header, *claims;
    int code; /* 0: good */
    int status;
    const char *error, *says;
} claims_cases[] = {
    {"as MSAL sends it", HEADER, GOOD, 0, 200, NULL, NULL},
    {"the issuer as audience", HEADER, CLAIMS(LOGIN TID "/v2.0", APP, APP, NOW, 1768467660), 0, 200,
     NULL, NULL},
    {"the v1 endpoint as audience", HEADER,
     CLAIMS(LOGIN TID "/oauth2/token", APP, APP, NOW, 1768467660), 0, 200, NULL, NULL},
    {"the tenant's domain in the audience", HEADER,
     CLAIMS(LOGIN "contoso.com/oauth2/v2.0/token", APP, APP, NOW, 1768467660), 0, 200, NULL, NULL},
    {"a list of one audience", HEADER,
     "{\"aud\":[\"" AUD "\"],\"iss\":\"" APP "\",\"sub\":\"" APP "\",\"exp\":1768467660}", 0, 200,
     NULL, NULL},
    {"clocks may differ by five minutes", HEADER, CLAIMS(AUD, APP, APP, 1768467899, 1768468500), 0,
     200, NULL, NULL},
    {"the thumbprint as kid", "{\"alg\":\"RS256\",\"kid\":\"{x5t}\"}", GOOD, 0, 200, NULL, NULL},
    {"another audience", HEADER, CLAIMS("https://example.com/token", APP, APP, NOW, 1768468200),
     700023, 401, "invalid_client", "does not match Realm issuer"},
    {"another tenant as audience", HEADER,
     CLAIMS(LOGIN "fabrikam.com/oauth2/v2.0/token", APP, APP, NOW, 1768468200), 700023, 401,
     "invalid_client", ""},
    {"no audience", HEADER, "{\"iss\":\"" APP "\",\"sub\":\"" APP "\",\"exp\":1768467660}", 700023,
     401, "invalid_client", ""},
    {"the issuer is another client", HEADER,
     CLAIMS(AUD, "d4a3f6c5-8b7b-4eae-9fc9-64c5b3ace404", APP, NOW, 1768468200), 700021, 401,
     "invalid_client", "doesn't match 'client_id'"},
    {"so is the subject", HEADER,
     CLAIMS(AUD, APP, "d4a3f6c5-8b7b-4eae-9fc9-64c5b3ace404", NOW, 1768468200), 700021, 401,
     "invalid_client", ""},
    {"over", HEADER, CLAIMS(AUD, APP, APP, 1768466400, 1768467000), 700024, 401, "invalid_client",
     "Current time: 2026-01-15T09:00:00.0000000Z, assertion valid from "
     "2026-01-15T08:40:00.0000000Z, expiry time of assertion 2026-01-15T08:50:00.0000000Z."},
    {"not yet", HEADER, CLAIMS(AUD, APP, APP, 1768468200, 1768468800), 700024, 401,
     "invalid_client", ""},
    {"no end", HEADER, "{\"aud\":\"" AUD "\",\"iss\":\"" APP "\",\"sub\":\"" APP "\"}", 50027, 400,
     "invalid_request", "has no exp"},
    {"an end beyond all dates", HEADER, CLAIMS(AUD, APP, APP, NOW, 1e300), 50027, 400,
     "invalid_request", ""},
    {"algorithm none", "{\"alg\":\"none\",\"x5t\":\"{x5t}\"}", GOOD, 50027, 400, "invalid_request",
     "neither RS256 nor PS256"},
    {"a shared secret", "{\"alg\":\"HS256\",\"x5t\":\"{x5t}\"}", GOOD, 50027, 400,
     "invalid_request", ""},
    {"no certificate named", "{\"alg\":\"RS256\"}", GOOD, 50027, 400, "invalid_request",
     "names no certificate"},
    {"an unknown certificate", "{\"alg\":\"RS256\",\"x5t\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAA\"}", GOOD,
     700027, 401, "invalid_client",
     "[Reason - The key was not found., Thumbprint of key used by client: "
     "'0000000000000000000000000000000000000000', Please visit"},
    {"the other way to sign", "{\"alg\":\"PS256\",\"x5t\":\"{x5t}\"}", GOOD, 700027, 401,
     "invalid_client", "did not match the expected signature value., Thumbprint of key"},
};

static void judges_claims(void **state)
{
    const struct claims_case *c = *state;
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(assertion_world(&arena, ""));
    const char *assertion = assertion_sign(&arena, fill(&arena, c->header), c->claims);
    struct answer answer = send(&arena, mock, V2, FORM, assertion);

    assert_int_equal(answer.status, c->status);
    if (c->code != 0) {
        assert_int_equal(int_at(answer.json, "/error_codes/0"), c->code);
        assert_string_equal(text_at(answer.json, "/error"), c->error);
        assert_non_null(strstr(text_at(answer.json, "/error_description"), c->says));
        assert_null(strstr(answer.body, assertion));
    }
    mocktenant_stop(mock);
}

static const struct form_case {
    const char *name, *path, *form, *assertion; /* assertion NULL: a good one */
    int code;
} form_cases[] = {
    {"v1", V1,
     "grant_type=client_credentials&client_id={client_id}"
     "&resource=https://contoso.crm.dynamics.com" TYPE,
     NULL, 0},
    {"a user's password, with the certificate", V2,
     "grant_type=password&client_id={client_id}&username={username}&password={password}" SCOPE TYPE,
     NULL, 0},
    {"no type", V2, "grant_type=client_credentials&client_id={client_id}" SCOPE, NULL, 900144},
    {"another type", V2,
     "grant_type=client_credentials&client_id={client_id}&client_assertion_type=urn%3Asaml" SCOPE,
     NULL, 50027},
    {"no token at all", V2, FORM, "nonsense", 50027},
    {"two parts", V2, FORM, "e30.e30", 50027},
    {"four parts", V2, FORM, "e30.e30.e30.e30", 50027},
    {"a list in place of the header", V2, FORM, "W10.e30.c2ln", 50027},
    {"a signature that is none", V2, FORM,
     "eyJhbGciOiJSUzI1NiIsIng1dCI6IkFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQSJ9.e30.!", 700021},
};

static void judges_forms(void **state)
{
    const struct form_case *c = *state;
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(assertion_world(&arena, ""));
    const char *good = assertion_sign(&arena, fill(&arena, HEADER), GOOD);
    struct answer answer =
        send(&arena, mock, c->path, c->form, c->assertion != NULL ? c->assertion : good);

    if (c->code == 0) {
        assert_int_equal(answer.status, 200);
        assert_string_equal(
            text_at(azure_claims(&arena, text_at(answer.json, "/access_token")), "/appidacr"), "2");
    } else {
        assert_int_equal(int_at(answer.json, "/error_codes/0"), c->code);
    }
    mocktenant_stop(mock);
}

/* A certificate of the application alone, and only while it lasts. */
static void certificates_end(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(assertion_world(&arena, ""));
    const char *late =
        "{\"aud\":\"" AUD "\",\"iss\":\"" APP "\",\"sub\":\"" APP "\",\"exp\":1800090000}";
    const char *assertion = assertion_sign(&arena, fill(&arena, HEADER), late);
    struct answer answer = send(&arena, mock, V2, FORM, assertion);

    (void)state;
    assert_int_equal(answer.status, 200);
    azure_advance(mock, "P366D");
    answer = send(&arena, mock, V2, FORM, assertion);
    assert_int_equal(int_at(answer.json, "/error_codes/0"), 700027);
    assert_non_null(strstr(text_at(answer.json, "/error_description"),
                           "The key used is expired., Thumbprint of key used by client"));
    assert_non_null(strstr(text_at(answer.json, "/error_description"),
                           "Found key 'Start=01/15/2026 09:00:00, End=01/15/2027 09:00:00'"));
    mocktenant_stop(mock);
}

static void a_wrong_world_is_refused(void **state)
{
    static const char world[] = "{\"extends\":\"ready\",\"tenant\":{\"applications\":[{\"id\":"
                                "\"29f8eb1a-d0c0-4df3-84be-b91a08fbd909\",\"certificates\":[{"
                                "\"certificate\":\"AAAA\"}]}]}}";
    const struct mocktenant_options options = {.world = world, .clock = "virtual"};
    char error[512];

    (void)state;
    assert_null(mocktenant_start(&options, error, sizeof error));
    assert_non_null(strstr(error, "/certificates/0/certificate"));
    assert_non_null(strstr(error, "X.509"));
}

int main(void)
{
    struct CMUnitTest tests[64];
    size_t count = 0;

    CASES(tests, count, fixture_cases, takes_fixture);
    CASES(tests, count, claims_cases, judges_claims);
    CASES(tests, count, form_cases, judges_forms);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(certificates_end);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(a_wrong_world_is_refused);
    return cases_run("assertion", tests, count);
}
