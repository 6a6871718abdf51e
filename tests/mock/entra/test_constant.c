/*
 * Where the real service gives nothing away: the answers of a group are the same but for their ids,
 * and the same number of hashes and comparisons stands behind each. The counters are put around the
 * real functions by the linker.
 */
#include "cases.h"
#include "federation.h"

#include <string.h>

#include "base/crypto.h"
#include "base/str.h"

#define USER   "b2e1d4a3-6f59-4c8c-9da7-42a3f1eac202"
#define APP_ID "29f8eb1a-d0c0-4df3-84be-b91a08fbd909"
#define ALLOW  "{\"HomeRealmDiscoveryPolicy\":{\"AllowCloudPasswordValidation\":true}}"
#define WITH(member)                                                                               \
    "{\"extends\":\"ready\",\"tenant\":{\"users\":[{\"id\":\"" USER "\"," member "}]}}"
#define APPLY(member)                                                                              \
    "{\"extends\":\"ready\",\"tenant\":{\"applications\":[{\"id\":\"" APP_ID "\"," member "}]}}"

static struct {
    int hashes, comparisons;
} counted;

void __real_crypto_sha256_salted(const void *salt, size_t salt_len, const char *text,
                                 uint8_t ret[SHA256_LEN]);
void __wrap_crypto_sha256_salted(const void *salt, size_t salt_len, const char *text,
                                 uint8_t ret[SHA256_LEN]);
bool __real_crypto_equal(const void *a, const void *b, size_t len);
bool __wrap_crypto_equal(const void *a, const void *b, size_t len);

void __wrap_crypto_sha256_salted(const void *salt, size_t salt_len, const char *text,
                                 uint8_t ret[SHA256_LEN])
{
    counted.hashes++;
    __real_crypto_sha256_salted(salt, salt_len, text, ret);
}

bool __wrap_crypto_equal(const void *a, const void *b, size_t len)
{
    counted.comparisons++;
    return __real_crypto_equal(a, b, len);
}

/* An answer without what is of the moment, and what it cost. */
struct seen {
    int status, hashes, comparisons;
    const char *text, *headers;
};

/* The lines without that of the exchange's own id. */
static const char *plain_headers(struct arena *arena, const char *headers)
{
    const char *from = strstr(headers, "x-ms-request-id:");
    const char *to = from != NULL ? strchr(from, '\n') : NULL;

    return to != NULL ? arena_printf(arena, "%.*s%s", (int)(from - headers), headers, to) : headers;
}

static const char *plain_body(struct arena *arena, const struct answer *answer)
{
    static const char *const ids[] = {"/trace_id", "/correlation_id"};
    char *text = arena_strdup(arena, answer->body);

    for (size_t i = 0; i < ARRAY_LEN(ids) && answer->json != NULL; i++) {
        const char *id = text_at(answer->json, ids[i]);

        text = *id != '\0' ? text_replace(arena, text, id, "(id)") : text;
    }
    return text;
}

static struct seen see(struct arena *arena, const struct answer *answer)
{
    return (struct seen){.status = answer->status,
                         .hashes = counted.hashes,
                         .comparisons = counted.comparisons,
                         .text = plain_body(arena, answer),
                         .headers = plain_headers(arena, answer->headers)};
}

static struct seen ask_password(struct arena *arena, const char *world, bool policy,
                                const char *user, const char *password)
{
    struct mocktenant *mock = azure_start(world);
    struct answer answer;
    struct seen seen;
    const char *form;

    if (policy) {
        federation_policy(arena, mock, ALLOW);
    }
    form = arena_printf(arena,
                        "grant_type=password&client_id={client_id}&client_secret={client_secret}"
                        "&username=%s&password=%s&scope=https://contoso.crm.dynamics.com/.default",
                        user != NULL ? user : "{username}", password);
    counted.hashes = counted.comparisons = 0;
    answer = azure_token(arena, mock, "/contoso.com/oauth2/v2.0/token", form, NULL);
    seen = see(arena, &answer);
    mocktenant_stop(mock);
    return seen;
}

static struct seen ask_secret(struct arena *arena, const char *world, const char *client,
                              const char *secret)
{
    struct mocktenant *mock = azure_start(world);
    struct answer answer;
    struct seen seen;
    const char *form = arena_printf(arena,
                                    "grant_type=client_credentials&client_id=%s&client_secret=%s"
                                    "&scope=https://contoso.crm.dynamics.com/.default",
                                    client, secret);

    counted.hashes = counted.comparisons = 0;
    answer = azure_token(arena, mock, "/contoso.com/oauth2/v2.0/token", form, NULL);
    seen = see(arena, &answer);
    mocktenant_stop(mock);
    return seen;
}

static struct seen ask_adfs(struct arena *arena, const char *world, const char *user,
                            const char *password)
{
    struct mocktenant *mock = azure_start(world);
    char *body = trust_request(arena, mock, TRUST_13);
    struct answer answer;
    struct seen seen;

    body =
        text_replace(arena, body, ">marketo.sync@contoso.com<", arena_printf(arena, ">%s<", user));
    if (password != NULL) {
        body = text_replace(arena, body, tenant_key(arena, mock, "password"), password);
    }
    counted.hashes = counted.comparisons = 0;
    answer = trust_ask(arena, mock, TRUST_13, body);
    seen = see(arena, &answer);
    mocktenant_stop(mock);
    return seen;
}

static void assert_alike(const struct seen *one, const struct seen *two)
{
    assert_int_equal(one->status, two->status);
    assert_string_equal(one->text, two->text);
    assert_string_equal(one->headers, two->headers);
    assert_int_equal(one->hashes, two->hashes);
    assert_int_equal(one->comparisons, two->comparisons);
    assert_true(one->hashes > 0 && one->comparisons > 0);
}

/* All of them look like a wrong password of a plain user. */
static const struct password_case {
    const char *name, *world;
    bool policy;
    const char *password;
} password_cases[] = {
    {"a wrong password of a disabled account", WITH("\"accountEnabled\":false"), false, "wrong"},
    {"of an account with a second factor", WITH("\"mfa\":\"required\""), false, "wrong"},
    {"of an account that a policy blocks", WITH("\"conditionalAccess\":\"blocked\""), false,
     "wrong"},
    {"of an expired one", WITH("\"passwordLifetime\":\"PT0S\""), false, "wrong"},
    {"a federated user without a policy, the right password", "federated", false, "{password}"},
    {"the same with a hash", "federated-hash-sync", false, "{password}"},
    {"a wrong one", "federated-hash-sync", false, "wrong"},
    {"a policy, and no hash", "federated", true, "{password}"},
    {"a policy and a hash, a wrong password", "federated-hash-sync", true, "wrong"},
};

static void passwords(void **state)
{
    const struct password_case *c = *state;
    AUTO(arena) arena = {0};
    struct seen plain = ask_password(&arena, NULL, false, NULL, "wrong");
    struct seen seen = ask_password(&arena, c->world, c->policy, NULL, c->password);

    assert_non_null(strstr(plain.text, "AADSTS50126"));
    assert_alike(&plain, &seen);
}

/* The real service tells these two; only the work behind them must be the same. */
static void an_unknown_user_costs_what_a_wrong_password_costs(void **state)
{
    AUTO(arena) arena = {0};
    struct seen plain = ask_password(&arena, NULL, false, NULL, "wrong");
    struct seen unknown = ask_password(&arena, NULL, false, "nobody@contoso.com", "wrong");
    struct seen right = ask_password(&arena, NULL, false, NULL, "{password}");

    (void)state;
    assert_non_null(strstr(unknown.text, "AADSTS50034"));
    assert_int_equal(unknown.hashes, plain.hashes);
    assert_int_equal(unknown.comparisons, plain.comparisons);
    assert_int_equal(right.status, 200);
    assert_int_equal(right.hashes, plain.hashes);
}

/* All of them look like a wrong secret. */
static const struct secret_case {
    const char *name, *world, *client, *secret;
} secret_cases[] = {
    {"the Secret ID", NULL, "{client_id}", "5c2bbe4d-a3f3-4ac6-87eb-ec4d3bcefc0c"},
    {"of an application that has three", APPLY("\"secrets\":[{\"value\":\"a\"},{\"value\":\"b\"}]"),
     "{client_id}", "wrong"},
    {"of an expired one, a wrong value",
     APPLY("\"secrets\":[{\"value\":\"a\",\"age\":\"P2D\",\"lifetime\":\"P1D\"}]"), "{client_id}",
     "wrong"},
    {"that of another application", NULL, "{client_id}", "{admin_client_secret}"},
};

static void secrets(void **state)
{
    const struct secret_case *c = *state;
    AUTO(arena) arena = {0};
    struct seen plain = ask_secret(&arena, NULL, "{client_id}", "wrong");
    struct seen seen = ask_secret(&arena, c->world, c->client, c->secret);

    assert_non_null(strstr(plain.text, "AADSTS7000215"));
    assert_alike(&plain, &seen);
}

/* A disabled application does not say whether the secret was right. */
static void a_disabled_application_does_not_tell_its_secret(void **state)
{
    static const char world[] = APPLY("\"servicePrincipal\":{\"accountEnabled\":false}");
    AUTO(arena) arena = {0};
    struct seen wrong = ask_secret(&arena, world, "{client_id}", "wrong");
    struct seen right = ask_secret(&arena, world, "{client_id}", "{client_secret}");

    (void)state;
    assert_non_null(strstr(wrong.text, "AADSTS7000112"));
    assert_alike(&wrong, &right);
}

static void an_unknown_application_costs_what_a_wrong_secret_costs(void **state)
{
    AUTO(arena) arena = {0};
    struct seen wrong = ask_secret(&arena, NULL, "{client_id}", "wrong");
    struct seen unknown = ask_secret(&arena, NULL, USER, "wrong");

    (void)state;
    assert_non_null(strstr(unknown.text, "AADSTS700016"));
    assert_int_equal(wrong.hashes, unknown.hashes);
    assert_int_equal(wrong.comparisons, unknown.comparisons);
}

/* AD FS: one fault for all. */
static const struct adfs_case {
    const char *name, *world, *user, *password;
} adfs_cases[] = {
    {"AD FS: an unknown user", "federated", "nobody@contoso.com", "wrong"},
    {"AD FS: a user of the managed domain", "federated", "admin@contoso.onmicrosoft.com", "wrong"},
    {"AD FS: a disabled account, the right password",
     "{\"extends\":\"federated\",\"tenant\":{\"users\":[{\"id\":\"" USER
     "\",\"accountEnabled\":false}]}}",
     "marketo.sync@contoso.com", NULL},
    {"AD FS: a disabled account, a wrong password",
     "{\"extends\":\"federated\",\"tenant\":{\"users\":[{\"id\":\"" USER
     "\",\"accountEnabled\":false}]}}",
     "marketo.sync@contoso.com", "wrong"},
};

static void adfs(void **state)
{
    const struct adfs_case *c = *state;
    AUTO(arena) arena = {0};
    struct seen plain = ask_adfs(&arena, "federated", "marketo.sync@contoso.com", "wrong");
    struct seen seen = ask_adfs(&arena, c->world, c->user, c->password);

    assert_non_null(strstr(plain.text, "ID3242"));
    assert_alike(&plain, &seen);
}

/* A secret is in no table, in clear or as a hash without salt. */
static void secrets_are_kept_as_salted_hashes(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start("federated-hash-sync");
    const struct ask ask = {DIRECT, "GET", NULL, "/_mock/state", {NULL}, NULL, 0};
    cJSON *tables = tenant_ask(&arena, mock, &ask).json;
    const cJSON *table;
    size_t count = 0;

    (void)state;
    cJSON_ArrayForEach(table, json_get(tables, "tables"))
    {
        const struct ask rows = {
            DIRECT, "GET", NULL, arena_printf(&arena, "/_mock/state/%s", table->valuestring),
            {NULL}, NULL,  0};
        struct answer answer = tenant_ask(&arena, mock, &rows);

        assert_null(strstr(answer.body, tenant_key(&arena, mock, "client_secret")));
        assert_null(strstr(answer.body, tenant_key(&arena, mock, "password")));
        count++;
    }
    assert_true(count > 10);
    mocktenant_stop(mock);
}

int main(void)
{
    struct CMUnitTest tests[48] = {
        cmocka_unit_test(an_unknown_user_costs_what_a_wrong_password_costs),
        cmocka_unit_test(a_disabled_application_does_not_tell_its_secret),
        cmocka_unit_test(an_unknown_application_costs_what_a_wrong_secret_costs),
        cmocka_unit_test(secrets_are_kept_as_salted_hashes),
    };
    size_t count = CASES_LISTED(tests);

    CASES(tests, count, password_cases, passwords);
    CASES(tests, count, secret_cases, secrets);
    CASES(tests, count, adfs_cases, adfs);
    return cases_run("constant", tests, count);
}
