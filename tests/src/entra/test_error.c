#include "cases.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "entra/error.h"
#include "support/files.h"

#define CLIENT "3a09fc2b-e1d1-4ea4-95cf-ca2b19acea0a"

/* A body as the endpoint writes it, and what the engine makes of it. */
struct fixture_case {
    const char *name;
    int status;
    const char *code, *remote, *words;
};

static const struct fixture_case fixture_cases[] = {
    {"entra/error.json", 401, "bad_credentials", "7000215", "Invalid client secret provided."},
    {"entra/error-tenant.json", 400, "tenant_unknown", "90002", "Tenant 'fabrikam.com' not found."},
    {"entra/error-consent.json", 400, "consent_missing", "65001", "has not consented"},
    {"entra/error-mfa.json", 400, "bad_credentials", "50076", "multi-factor"},
};

static void reads_a_fixture(void **state)
{
    const struct fixture_case *c = *state;
    AUTO(arena) arena = {0};
    struct sync_problem problem;
    size_t len;
    const char *body = test_fixture(&arena, c->name, &len);
    char remote[24];

    assert_false(sync_entra_fail(c->status, body, len, CLIENT, "contoso.com", &problem));
    snprintf(remote, sizeof remote, "%lld", (long long)sync_entra_code(body, len));
    assert_string_equal(remote, c->remote);
    assert_string_equal(problem.remote_code, c->remote);
    assert_string_equal(problem.error.code, c->code);
    assert_int_equal(problem.outcome, CRMSYNC_REFUSED);
    assert_string_equal(problem.error.service, "entra");
    assert_int_equal(problem.error.status, c->status);
    assert_true(problem.error.fix[0] != '\0');
    assert_non_null(strstr(problem.error.message, c->words));
    assert_non_null(strstr(problem.error.message, CLIENT));
    assert_non_null(strstr(problem.error.message, "contoso.com"));
    assert_null(strstr(problem.error.message, "Trace ID")); /* the tail helps nobody */
}

/* A number and an OAuth error, in the shape of the fixture. */
struct code_case {
    const char *name;
    int64_t number; /* 0: the body has none */
    const char *error;
    int status;
    enum crmsync_outcome outcome;
    const char *code;
    bool may_be_new;
};

/* clang-format off */
static const struct code_case code_cases[] = {
    {"wrong secret", 7000215, "invalid_client", 401, CRMSYNC_REFUSED, "bad_credentials", true},
    {"expired secret", 7000222, "invalid_client", 401, CRMSYNC_REFUSED, "secret_expired", false},
    {"unknown application", 700016, "unauthorized_client", 400, CRMSYNC_REFUSED, "bad_credentials", true},
    {"no service principal", 7000229, "invalid_client", 401, CRMSYNC_REFUSED, "bad_credentials", true},
    {"disabled application", 7000112, "unauthorized_client", 400, CRMSYNC_REFUSED, "bad_credentials", false},
    {"unknown tenant", 90002, "invalid_request", 400, CRMSYNC_REFUSED, "tenant_unknown", false},
    {"a tenant of another cloud", 90038, "invalid_request", 400, CRMSYNC_REFUSED, "tenant_unknown",
     false},
    {"a secret in another cloud", 900382, "invalid_request", 400, CRMSYNC_REFUSED, "tenant_unknown",
     false},
    {"malformed tenant", 900023, "invalid_request", 400, CRMSYNC_REFUSED, "tenant_unknown", false},
    {"common", 50059, "invalid_request", 400, CRMSYNC_REFUSED, "tenant_unknown", false},
    {"a password at common", 9001023, "invalid_request", 400, CRMSYNC_REFUSED, "tenant_unknown", false},
    {"unknown organization", 500011, "invalid_resource", 400, CRMSYNC_REFUSED, "org_unknown", false},
    {"no assignment", 50105, "invalid_grant", 400, CRMSYNC_REFUSED, "bad_credentials", false},
    {"another party's second factor", 50158, "interaction_required", 400, CRMSYNC_REFUSED, "bad_credentials", false},
    {"a device", 53000, "invalid_grant", 400, CRMSYNC_REFUSED, "bad_credentials", false},
    {"blocked by a policy", 53003, "invalid_grant", 400, CRMSYNC_REFUSED, "bad_credentials", false},
    {"blocked by the tenant", 530032, "invalid_grant", 400, CRMSYNC_REFUSED, "bad_credentials", false},
    {"blocked by the security defaults", 530035, "invalid_grant", 400, CRMSYNC_REFUSED, "bad_credentials", false},
    {"request loop", 50196, "invalid_grant", 400, CRMSYNC_FAILED, "waiting", false},
    {"new number of a client", 7999999, "invalid_client", 401, CRMSYNC_REFUSED, "bad_credentials", false},
    {"new number of a user", 59999, "invalid_grant", 400, CRMSYNC_REFUSED, "bad_credentials", false},
    {"new number of a resource", 509999, "invalid_resource", 400, CRMSYNC_REFUSED, "org_unknown", false},
    {"unknown in every way", 99999, "new_error", 400, CRMSYNC_REFUSED, "rejected", false},
    {"outage", 90033, "temporarily_unavailable", 503, CRMSYNC_UNREACHABLE, "network", false},
    {"no number", 0, "server_error", 500, CRMSYNC_UNREACHABLE, "network", false},
};
/* clang-format on */

static void sorts_a_number(void **state)
{
    const struct code_case *c = *state;
    struct sync_problem problem;
    char body[400], remote[24] = "";

    if (c->number != 0) {
        snprintf(remote, sizeof remote, "%lld", (long long)c->number);
        snprintf(body, sizeof body,
                 "{\"error\":\"%s\",\"error_description\":\"AADSTS%s: No. Trace ID: x\","
                 "\"error_codes\":[%s]}",
                 c->error, remote, remote);
    } else {
        snprintf(body, sizeof body, "{\"error\":\"%s\"}", c->error);
    }
    assert_false(sync_entra_fail(c->status, body, strlen(body), CLIENT, "contoso.com", &problem));
    assert_string_equal(problem.error.code, c->code);
    assert_int_equal(problem.outcome, c->outcome);
    assert_string_equal(problem.remote_code, remote);
    assert_int_equal(sync_entra_may_be_new(c->number), c->may_be_new);
}

/* Bodies from which the number has to be taken. */
struct number_case {
    const char *name, *body;
    int64_t number;
};

static const struct number_case number_cases[] = {
    {"from the list", "{\"error_codes\":[7000215]}", 7000215},
    {"from the text", "{\"error_description\":\"AADSTS50126: Error.\\r\\nTrace ID: x\"}", 50126},
    {"the second of two", "{\"error_codes\":[70002,50126]}", 50126},
    {"the first of two others", "{\"error_codes\":[50076,50126]}", 50076},
    {"an empty list", "{\"error_codes\":[],\"error_description\":\"AADSTS90002: x\"}", 90002},
    {"another text", "{\"error_description\":\"Bad: AADSTS90002\"}", 0},
    {"no JSON", "Too Many Requests", SYNC_ENTRA_UNREADABLE},
    {"an HTML page", "<html>Gateway</html>", SYNC_ENTRA_UNREADABLE},
    {"nothing", "", SYNC_ENTRA_UNREADABLE},
    {"an array", "[1]", 0},
    {"a text as number", "{\"error_codes\":[\"7000215\"]}", 0},
};

static void takes_the_number(void **state)
{
    const struct number_case *c = *state;

    assert_int_equal(sync_entra_code(c->body, strlen(c->body)), c->number);
}

static void cuts_the_tail_of_either_form(void **state)
{
    static const char *const bodies[] = {
        "{\"error\":\"invalid_grant\",\"error_description\":\"AADSTS50126: Wrong. Trace ID: 1\"}",
        "{\"error\":\"invalid_grant\",\"error_description\":\"AADSTS50126: Wrong.\\r\\nTrace ID: "
        "1\"}"};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
        struct sync_problem problem;

        (void)sync_entra_fail(400, bodies[i], strlen(bodies[i]), CLIENT, "t.com", &problem);
        assert_true(str_ends(problem.error.message, "AADSTS50126: Wrong."));
    }
}

/* The fix names what the field gets wrong. */
static void tells_the_value_from_the_id(void **state)
{
    AUTO(arena) arena = {0};
    struct sync_problem problem;
    size_t len;
    const char *body = test_fixture(&arena, "entra/error.json", &len);

    (void)state;
    (void)sync_entra_fail(401, body, len, CLIENT, "contoso.com", &problem);
    assert_non_null(strstr(problem.error.fix, "Value, not its Secret ID"));
}

int main(void)
{
    struct CMUnitTest tests[64] = {cmocka_unit_test(cuts_the_tail_of_either_form),
                                   cmocka_unit_test(tells_the_value_from_the_id)};
    size_t count = CASES_LISTED(tests);

    CASES(tests, count, fixture_cases, reads_a_fixture);
    CASES(tests, count, code_cases, sorts_a_number);
    CASES(tests, count, number_cases, takes_the_number);
    return cases_run("entra error", tests, count);
}
