/* Client secrets at the token endpoint: several, expired, removed, not seen yet. */
#include "azure.h"
#include "cases.h"

#include <string.h>

#include "base/str.h"
#include "base/uri.h"

#define APP "29f8eb1a-d0c0-4df3-84be-b91a08fbd909"

/* The AADSTS code of a token request with that secret; 0: it was answered with a token. */
static int64_t try_secret(struct mocktenant *mock, const char *secret)
{
    AUTO(arena) arena = {0};
    AUTO(strbuf) form = STRBUF(0);
    struct answer answer;

    strbuf_add(&form, "grant_type=client_credentials&client_id={client_id}"
                      "&scope=https://contoso.crm.dynamics.com/.default&client_secret=");
    strbuf_form(&form, secret);
    answer = azure_token(&arena, mock, "/contoso.com/oauth2/v2.0/token", strbuf_text(&form), NULL);
    return answer.status == 200 ? 0 : int_at(answer.json, "/error_codes/0");
}

/* Adds a secret by Graph; its value is in the arena. */
static const char *add_secret(struct arena *arena, struct mocktenant *mock, const char *end,
                              const char **ret_key)
{
    const char *body =
        end == NULL ? "{\"passwordCredential\":{\"displayName\":\"another\"}}"
                    : arena_printf(arena, "{\"passwordCredential\":{\"endDateTime\":\"%s\"}}", end);
    struct answer answer = azure_graph(arena, mock, azure_admin_token(arena, mock), "POST",
                                       "/v1.0/applications/" APP "/addPassword", body);

    assert_int_equal(answer.status, 200);
    *ret_key = json_get_text(answer.json, "keyId");
    return json_get_text(answer.json, "secretText");
}

static void remove_secret(struct mocktenant *mock, const char *key)
{
    AUTO(arena) arena = {0};
    struct answer answer = azure_graph(&arena, mock, azure_admin_token(&arena, mock), "POST",
                                       "/v1.0/applications/" APP "/removePassword",
                                       arena_printf(&arena, "{\"keyId\":\"%s\"}", key));

    assert_int_equal(answer.status, 204);
    assert_int_equal(answer.body_len, 0);
}

static void two_secrets_are_valid_until_one_is_removed(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(NULL);
    const char *first = tenant_key(&arena, mock, "client_secret"), *key;
    const char *second = add_secret(&arena, mock, NULL, &key);

    (void)state;
    assert_int_equal(try_secret(mock, first), 0);
    assert_int_equal(try_secret(mock, second), 0);
    remove_secret(mock, "5c2bbe4d-a3f3-4ac6-87eb-ec4d3bcefc0c");
    assert_int_equal(try_secret(mock, first), 7000215);
    assert_int_equal(try_secret(mock, second), 0);
    mocktenant_stop(mock);
}

static void an_expired_one_says_so(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(NULL);
    const char *first = tenant_key(&arena, mock, "client_secret"), *key, *rules;
    const char *second = add_secret(&arena, mock, "2026-01-15T10:00:00Z", &key);

    (void)state;
    azure_advance(mock, "PT59M59S");
    assert_int_equal(try_secret(mock, second), 0);
    azure_advance(mock, "PT1S");
    assert_int_equal(try_secret(mock, second), 7000222);
    rules = azure_rules(&arena, mock);
    assert_string_equal(rules, "SETUP2-26");
    assert_int_equal(try_secret(mock, first), 0);
    mocktenant_stop(mock);
}

/* The last day of the world's own secret. */
static void the_worlds_secret_lives_two_years(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(NULL);
    const char *secret = tenant_key(&arena, mock, "client_secret");

    (void)state;
    azure_advance(mock, "P729DT23H59M59S");
    assert_int_equal(try_secret(mock, secret), 0);
    azure_advance(mock, "PT1S");
    assert_int_equal(try_secret(mock, secret), 7000222);
    mocktenant_stop(mock);
}

static void a_new_one_may_be_seen_late(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(
        "{\"extends\":\"ready\",\"tenant\":{\"settings\":{\"secretDelay\":\"PT15S\"}}}");
    const char *key, *secret = add_secret(&arena, mock, NULL, &key);
    struct answer read = azure_graph(&arena, mock, azure_admin_token(&arena, mock), "GET",
                                     "/v1.0/applications/" APP, NULL);

    (void)state;
    assert_string_equal(text_at(read.json, "/passwordCredentials/1/keyId"), key);
    azure_advance(mock, "PT14S");
    assert_int_equal(try_secret(mock, secret), 7000215);
    azure_advance(mock, "PT1S");
    assert_int_equal(try_secret(mock, secret), 0);
    mocktenant_stop(mock);
}

static void a_future_one_is_not_valid_yet(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(NULL);
    struct answer answer =
        azure_graph(&arena, mock, azure_admin_token(&arena, mock), "POST",
                    "/v1.0/applications/" APP "/addPassword",
                    "{\"passwordCredential\":{\"startDateTime\":\"2026-02-01T00:00:00Z\"}}");
    const char *secret = json_get_text(answer.json, "secretText");

    (void)state;
    assert_string_equal(text_at(answer.json, "/endDateTime"), "2028-02-01T00:00:00Z");
    assert_int_equal(try_secret(mock, secret), 7000215);
    azure_advance(mock, "P17D");
    assert_int_equal(try_secret(mock, secret), 0);
    mocktenant_stop(mock);
}

/* A secret that a client did not encode arrives changed: `+` is a blank. */
static void an_unencoded_one_arrives_changed(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock =
        azure_start("{\"extends\":\"ready\",\"tenant\":{\"applications\":[{\"id\":\"" APP
                    "\",\"secrets\":[{\"value\":\"a+b&c%d\"}]}]}}");
    struct answer answer =
        azure_token(&arena, mock, "/contoso.com/oauth2/v2.0/token",
                    "grant_type=client_credentials&client_id={client_id}&client_secret=a+b%26c%25d"
                    "&scope=https://contoso.crm.dynamics.com/.default",
                    NULL);

    (void)state;
    assert_int_equal(int_at(answer.json, "/error_codes/0"), 7000215);
    assert_int_equal(try_secret(mock, "a+b&c%d"), 0);
    mocktenant_stop(mock);
}

/* A deleted application is unknown, and its secrets with it. */
static void a_deleted_application_is_unknown(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(NULL);
    const char *secret = tenant_key(&arena, mock, "client_secret");
    struct answer answer;

    (void)state;
    assert_int_equal(try_secret(mock, secret), 0);
    answer = azure_graph(&arena, mock, azure_admin_token(&arena, mock), "DELETE",
                         "/v1.0/applications/" APP, NULL);
    assert_int_equal(answer.status, 204);
    answer = azure_token(&arena, mock, "/contoso.com/oauth2/v2.0/token",
                         arena_printf(&arena,
                                      "grant_type=client_credentials&client_id="
                                      "3a09fc2b-e1d1-4ea4-95cf-ca2b19acea0a&client_secret=%s"
                                      "&scope=https://contoso.crm.dynamics.com/.default",
                                      secret),
                         NULL);
    assert_int_equal(int_at(answer.json, "/error_codes/0"), 700016);
    mocktenant_stop(mock);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_secrets_are_valid_until_one_is_removed),
        cmocka_unit_test(an_expired_one_says_so),
        cmocka_unit_test(the_worlds_secret_lives_two_years),
        cmocka_unit_test(a_new_one_may_be_seen_late),
        cmocka_unit_test(a_future_one_is_not_valid_yet),
        cmocka_unit_test(an_unencoded_one_arrives_changed),
        cmocka_unit_test(a_deleted_application_is_unknown),
    };

    return cases_run("secrets", tests, ARRAY_LEN(tests));
}
