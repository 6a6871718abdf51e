/* Certificates: given by PATCH, rolled with a proof, read back without their key. */
#include "azure.h"
#include "cases.h"
#include "shape.h"

#include <stdio.h>
#include <string.h>

#include "base/crypto.h"
#include "base/str.h"

#define APPLICATION "29f8eb1a-d0c0-4df3-84be-b91a08fbd909"
#define APP         "3a09fc2b-e1d1-4ea4-95cf-ca2b19acea0a"
#define CLIENT      "4b1aad3c-f2e2-4fb5-a6da-db3c2abdfb0b"
#define READY       "/v1.0/applications/" APPLICATION

static const char *read_pem(struct arena *arena, const char *name)
{
    const char *path = arena_printf(arena, SOURCE_FIXTURES "/worlds/keys/%s", name);
    char *text = arena_alloc(arena, 8192);
    FILE *file = fopen(path, "rbe");

    assert_non_null(file);
    text[fread(text, 1, 8191, file)] = '\0';
    fclose(file);
    return text;
}

/* One of the published test keys with its certificate. */
static struct crypto_key *load_key(struct arena *arena, int number)
{
    struct crypto_key *key = NULL;
    struct err err;

    assert_true(crypto_key_load(read_pem(arena, arena_printf(arena, "signing-%d.key.pem", number)),
                                read_pem(arena, arena_printf(arena, "signing-%d.cert.pem", number)),
                                &key, &err));
    return key;
}

static const char *certificate_of(struct arena *arena, const struct crypto_key *key)
{
    AUTO(strbuf) text = STRBUF(0);
    size_t len = 0;
    const uint8_t *der = crypto_key_certificate(key, &len);

    strbuf_base64(&text, der, len);
    return arena_dup(arena, strbuf_text(&text), text.len);
}

/* What a proof says; members that are not given are right. */
struct proof {
    const char *issuer, *audience, *alg;
    int64_t from_s, life_s; /* from now */
    bool spoilt;
};

enum { START_S = 1768467600 }; /* 2026-01-15T09:00:00Z */

static const char *make_proof(struct arena *arena, const struct crypto_key *key,
                              const struct proof *said)
{
    const char *header = arena_printf(arena, "{\"alg\":\"%s\",\"typ\":\"JWT\"}",
                                      said->alg != NULL ? said->alg : "RS256");
    int64_t from_s = START_S + said->from_s;
    const char *claims = arena_printf(
        arena, "{\"aud\":\"%s\",\"iss\":\"%s\",\"nbf\":%lld,\"exp\":%lld}",
        said->audience != NULL ? said->audience : "00000002-0000-0000-c000-000000000000",
        said->issuer != NULL ? said->issuer : APPLICATION, (long long)from_s,
        (long long)(from_s + (said->life_s != 0 ? said->life_s : 600)));
    AUTO(strbuf) text = STRBUF(0);
    size_t len;

    strbuf_base64url(&text, header, strlen(header));
    strbuf_add_char(&text, '.');
    strbuf_base64url(&text, claims, strlen(claims));
    len = text.len;
    strbuf_add_char(&text, '.');
    crypto_sign_rs256(key, said->spoilt ? "x" : strbuf_text(&text), said->spoilt ? 1 : len, &text);
    return arena_dup(arena, strbuf_text(&text), text.len);
}

/* The world with the first test certificate on its application; its id. */
static const char *give_certificate(struct arena *arena, struct mocktenant *mock)
{
    const char *body = json_text(arena, fixture_read(arena, "graph/key-credential.request.json"));
    struct answer answer =
        azure_graph(arena, mock, azure_admin_token(arena, mock), "PATCH", READY, body);

    if (answer.status != 204) {
        fail_msg("HTTP %d: %s", answer.status, answer.body);
    }
    answer = azure_graph(arena, mock, azure_admin_token(arena, mock), "GET", READY, NULL);
    return text_at(answer.json, "/keyCredentials/0/keyId");
}

/* Null in every answer but the one that asks one object for it. */
static void the_key_comes_when_it_is_asked_for(void **state)
{
    static const char *const without[] = {
        READY,
        "/v1.0/applications?$select=keyCredentials",
        "/v1.0/applications",
        ("/v1.0/applications?$filter=appId%20eq%20'" APP "'"),
        "/v1.0/directoryObjects/" APPLICATION,
    };
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start("ready");
    const cJSON *sent = fixture_read(&arena, "graph/key-credential.request.json");
    const char *key = text_at(sent, "/keyCredentials/0/key"), *token;
    struct answer answer;

    (void)state;
    (void)give_certificate(&arena, mock);
    token = azure_admin_token(&arena, mock);
    for (size_t i = 0; i < ARRAY_LEN(without); i++) {
        answer = azure_graph(&arena, mock, token, "GET", without[i], NULL);
        assert_int_equal(answer.status, 200);
        assert_non_null(strstr(answer.body, "\"key\":null"));
        assert_null(strstr(answer.body, key));
    }
    answer = azure_graph(&arena, mock, token, "GET", READY, NULL);
    shape_assert(fixture_read(&arena, "graph/key-credential.json"),
                 json_pointer_get(answer.json, "/keyCredentials/0"), SHAPE_SAME_ORDER, "");
    answer = azure_graph(&arena, mock, token, "GET", READY "?$select=id,keyCredentials", NULL);
    assert_string_equal(text_at(answer.json, "/keyCredentials/0/key"), key);
    mocktenant_stop(mock);
}

/* What was read may be sent again: the list stays as it is; without it, it goes. */
static void a_list_that_was_read_can_be_sent_again(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start("ready");
    const char *id = give_certificate(&arena, mock), *token = azure_admin_token(&arena, mock);
    struct crypto_key *second = load_key(&arena, 2);
    struct answer answer = azure_graph(&arena, mock, token, "GET", READY, NULL);
    const char *list = json_text(&arena, json_get(answer.json, "keyCredentials"));

    (void)state;
    answer = azure_graph(
        &arena, mock, token, "PATCH", READY,
        arena_printf(&arena,
                     "{\"keyCredentials\":[%.*s,{\"type\":\"AsymmetricX509Cert\",\"usage\":"
                     "\"Verify\",\"key\":\"%s\"}]}",
                     (int)strlen(list) - 2, list + 1, certificate_of(&arena, second)));
    assert_int_equal(answer.status, 204);
    answer = azure_graph(&arena, mock, token, "GET", READY "?$select=keyCredentials", NULL);
    assert_string_equal(text_at(answer.json, "/keyCredentials/0/keyId"), id);
    assert_true(strlen(text_at(answer.json, "/keyCredentials/0/key")) > 300);
    assert_string_equal(text_at(answer.json, "/keyCredentials/1/displayName"),
                        "CN=mocktenant published test key 2");
    assert_string_equal(text_at(answer.json, "/keyCredentials/1/startDateTime"),
                        "2026-01-15T09:00:00Z");
    answer = azure_graph(&arena, mock, token, "PATCH", READY,
                         arena_printf(&arena,
                                      "{\"keyCredentials\":[{\"keyId\":\"%s\",\"endDateTime\":"
                                      "\"2031-01-01T00:00:00Z\"}]}",
                                      id));
    assert_int_equal(answer.status, 400);
    assert_string_equal(text_at(answer.json, "/error/message"),
                        arena_printf(&arena,
                                     "Update to existing credential with KeyId '%s' is not "
                                     "allowed.",
                                     id));
    answer = azure_graph(&arena, mock, token, "PATCH", READY, "{\"keyCredentials\":[]}");
    assert_int_equal(answer.status, 204);
    answer = azure_graph(&arena, mock, token, "GET", READY, NULL);
    assert_int_equal(cJSON_GetArraySize(json_get(answer.json, "keyCredentials")), 0);
    crypto_key_free(second);
    mocktenant_stop(mock);
}

static const struct key_case {
    const char *name, *members; /* {cert} is the certificate */
    const char *message;        /* NULL: taken */
} key_cases[] = {
    {"a certificate alone", "\"key\":\"{cert}\"", NULL},
    {"its text in PEM", "\"key\":\"{pem}\"", NULL},
    {"a name and an id of one's own",
     "\"key\":\"{cert}\",\"displayName\":\"x\",\"keyId\":\"11111111-2222-3333-4444-555555555555\"",
     NULL},
    {"no certificate", "\"key\":\"AAAA\"", "Invalid value specified for property 'keyCredentials'"},
    {"no base64", "\"key\":\"%%%\"", "Invalid value specified for property 'keyCredentials'"},
    {"more than one certificate", "\"key\":\"{cert}AAAA\"",
     "Invalid value specified for property 'keyCredentials'"},
    {"without a key", "\"displayName\":\"x\"",
     "Invalid value specified for property 'keyCredentials'"},
    {"an id that is none", "\"key\":\"{cert}\",\"keyId\":\"x\"",
     "Invalid value specified for property 'keyCredentials'"},
    {"a name that is none", "\"key\":\"{cert}\",\"displayName\":7",
     "Invalid value specified for property 'keyCredentials'"},
    {"an end behind the certificate's",
     "\"key\":\"{cert}\",\"endDateTime\":\"2127-01-01T00:00:00Z\"",
     "Key credential end date is invalid."},
    {"an end before the start", "\"key\":\"{cert}\",\"endDateTime\":\"2026-01-01T00:00:00Z\"",
     "Key credential end date is invalid."},
    {"an end that is none", "\"key\":\"{cert}\",\"endDateTime\":\"soon\"",
     "Key credential end date is invalid."},
    {"a start that is none", "\"key\":\"{cert}\",\"startDateTime\":\"soon\"",
     "Key credential start date is invalid."},
};

static const char *fill(struct arena *arena, const char *text, const char *name, const char *value)
{
    const char *at = strstr(text, name);

    return at == NULL
               ? text
               : arena_printf(arena, "%.*s%s%s", (int)(at - text), text, value, at + strlen(name));
}

static void keys(void **state)
{
    const struct key_case *c = *state;
    AUTO(arena) arena = {0};
    AUTO(strbuf) pem = STRBUF(0);
    struct mocktenant *mock = azure_start("ready");
    struct crypto_key *key = load_key(&arena, 1);
    const char *text = read_pem(&arena, "signing-1.cert.pem"), *members, *body;
    struct answer answer;

    strbuf_base64(&pem, text, strlen(text));
    members = fill(&arena, c->members, "{cert}", certificate_of(&arena, key));
    members = fill(&arena, members, "{pem}", strbuf_text(&pem));
    body = arena_printf(&arena,
                        "{\"displayName\":\"x\",\"keyCredentials\":[{\"type\":"
                        "\"AsymmetricX509Cert\",\"usage\":\"Verify\",%s}]}",
                        members);
    answer = azure_graph(&arena, mock, azure_admin_token(&arena, mock), "POST",
                         "/v1.0/applications", body);
    if (c->message == NULL) {
        assert_int_equal(answer.status, 201);
        assert_string_equal(text_at(answer.json, "/keyCredentials/0/customKeyIdentifier"),
                            "AFrlZG7Kx/xcIudJddm+pTJLtwI=");
    } else {
        assert_int_equal(answer.status, 400);
        assert_true(str_starts(text_at(answer.json, "/error/message"), c->message));
    }
    crypto_key_free(key);
    mocktenant_stop(mock);
}

static const struct proof_case {
    const char *name;
    struct proof proof;
    int signer;
    bool good;
} proof_cases[] = {
    {"a right proof", {0}, 1, true},
    {"signed by another key", {0}, 2, false},
    {"spoilt", {.spoilt = true}, 1, false},
    {"of another application", {.issuer = APP}, 1, false},
    {"for another audience", {.audience = "https://graph.microsoft.com"}, 1, false},
    {"over", {.from_s = -1200}, 1, false},
    {"not yet good", {.from_s = 1200}, 1, false},
    {"a clock that is a little fast", {.from_s = 200}, 1, true},
    {"with an algorithm of its own", {.alg = "none"}, 1, false},
};

/* The same proof is asked of who adds and of who removes. */
static void proofs(void **state)
{
    const struct proof_case *c = *state;
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start("ready");
    const char *id = give_certificate(&arena, mock), *token = azure_admin_token(&arena, mock);
    struct crypto_key *key = load_key(&arena, c->signer), *next = load_key(&arena, 2);
    const char *proof = make_proof(&arena, key, &c->proof);
    struct answer answer;

    answer = azure_graph(
        &arena, mock, token, "POST", READY "/addKey",
        arena_printf(&arena,
                     "{\"keyCredential\":{\"type\":\"AsymmetricX509Cert\",\"usage\":\"Verify\","
                     "\"key\":\"%s\"},\"passwordCredential\":null,\"proof\":\"%s\"}",
                     certificate_of(&arena, next), proof));
    assert_int_equal(answer.status, c->good ? 200 : 401);
    if (c->good) {
        assert_string_equal(text_at(answer.json, "/@odata.context"),
                            "https://graph.microsoft.com/v1.0/$metadata"
                            "#microsoft.graph.keyCredential");
        assert_true(cJSON_IsNull(json_get(answer.json, "key")));
    } else {
        assert_string_equal(text_at(answer.json, "/error/code"),
                            "Authentication_MissingOrMalformed");
    }
    answer = azure_graph(&arena, mock, token, "POST", READY "/removeKey",
                         arena_printf(&arena, "{\"keyId\":\"%s\",\"proof\":\"%s\"}", id, proof));
    assert_int_equal(answer.status, c->good ? 204 : 401);
    answer = azure_graph(&arena, mock, token, "GET", READY, NULL);
    assert_int_equal(cJSON_GetArraySize(json_get(answer.json, "keyCredentials")), 1);
    assert_string_equal(text_at(answer.json, "/keyCredentials/0/displayName"),
                        c->good ? "CN=mocktenant published test key 2" : "Marketo sync");
    crypto_key_free(key);
    crypto_key_free(next);
    mocktenant_stop(mock);
}

/* It needs no permission for that, but it does for another's. */
static void an_application_rolls_its_own_keys(void **state)
{
    static const char by_app[] = "/v1.0/applications(appId='" APP "')/addKey";
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start("ready");
    struct answer answer;
    const char *body, *token;

    (void)state;
    (void)give_certificate(&arena, mock);
    body = json_text(&arena, fixture_read(&arena, "graph/add-key.request.json"));
    answer = azure_token(
        &arena, mock, "/contoso.com/oauth2/v2.0/token",
        "grant_type=client_credentials&client_id={client_id}&client_secret={client_secret}"
        "&scope=.default",
        NULL);
    token = text_at(answer.json, "/access_token");
    answer = azure_graph(&arena, mock, token, "POST", by_app, body);
    assert_int_equal(answer.status, 401); /* the proof of the fixture is none */
    answer = azure_graph(&arena, mock, token, "POST",
                         "/v1.0/applications/c3f2e5b4-7a6a-4d9d-8eb8-53b4a2fbd303/addKey", body);
    assert_int_equal(answer.status, 403);
    answer = azure_graph(&arena, mock, azure_admin_token(&arena, mock), "POST", by_app, "{}");
    assert_int_equal(answer.status, 400);
    assert_true(str_starts(text_at(answer.json, "/error/message"),
                           "A value is required for property 'keyCredential'"));
    mocktenant_stop(mock);
}

static void what_is_no_key_is_not_removed(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start("ready");
    struct crypto_key *key = load_key(&arena, 1);
    struct answer answer;

    (void)state;
    (void)give_certificate(&arena, mock);
    answer = azure_graph(&arena, mock, azure_admin_token(&arena, mock), "POST", READY "/removeKey",
                         arena_printf(&arena, "{\"keyId\":\"" APP "\",\"proof\":\"%s\"}",
                                      make_proof(&arena, key, &(struct proof){0})));
    assert_int_equal(answer.status, 400);
    assert_string_equal(text_at(answer.json, "/error/message"),
                        "No key credential found with keyId.");
    answer = azure_graph(&arena, mock, azure_admin_token(&arena, mock), "POST", READY "/removeKey",
                         "{\"keyId\":\"x\"}");
    assert_int_equal(answer.status, 400);
    crypto_key_free(key);
    mocktenant_stop(mock);
}

/* A service principal has certificates of its own. */
static void a_service_principal_has_its_own(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start("ready");
    const char *token = azure_admin_token(&arena, mock);
    struct crypto_key *key = load_key(&arena, 1);
    struct answer answer =
        azure_graph(&arena, mock, token, "PATCH", "/v1.0/servicePrincipals/" CLIENT,
                    json_text(&arena, fixture_read(&arena, "graph/key-credential.request.json")));
    const char *proof = make_proof(&arena, key, &(struct proof){.issuer = CLIENT});

    (void)state;
    assert_int_equal(answer.status, 204);
    answer = azure_graph(
        &arena, mock, token, "POST", "/v1.0/servicePrincipals(appId='" APP "')/addKey",
        arena_printf(&arena,
                     "{\"keyCredential\":{\"type\":\"AsymmetricX509Cert\",\"usage\":\"Verify\","
                     "\"key\":\"%s\"},\"proof\":\"%s\"}",
                     certificate_of(&arena, key), proof));
    assert_int_equal(answer.status, 200);
    answer = azure_graph(&arena, mock, token, "GET", "/v1.0/servicePrincipals/" CLIENT, NULL);
    assert_int_equal(cJSON_GetArraySize(json_get(answer.json, "keyCredentials")), 2);
    answer = azure_graph(&arena, mock, token, "GET", READY, NULL);
    assert_int_equal(cJSON_GetArraySize(json_get(answer.json, "keyCredentials")), 0);
    crypto_key_free(key);
    mocktenant_stop(mock);
}

int main(void)
{
    struct CMUnitTest tests[40] = {
        cmocka_unit_test(the_key_comes_when_it_is_asked_for),
        cmocka_unit_test(a_list_that_was_read_can_be_sent_again),
        cmocka_unit_test(an_application_rolls_its_own_keys),
        cmocka_unit_test(what_is_no_key_is_not_removed),
        cmocka_unit_test(a_service_principal_has_its_own),
    };
    size_t count = CASES_LISTED(tests);

    CASES(tests, count, key_cases, keys);
    CASES(tests, count, proof_cases, proofs);
    return cases_run("keys", tests, count);
}
