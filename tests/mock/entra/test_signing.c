/* Key rollover: what is published, what signs, and which tokens are still good. */
#include "azure.h"
#include "cases.h"
#include "shape.h"

#include <string.h>

#include "base/auto.h"
#include "base/crypto.h"
#include "base/str.h"

#define ROLL "/_mock/actions/azure-ad/roll-signing-key"

static cJSON *published(struct arena *arena, struct mocktenant *mock)
{
    const struct ask ask = {.method = "GET",
                            .host = "login.microsoftonline.com",
                            .target = "/common/discovery/v2.0/keys"};
    struct answer answer = tenant_ask(arena, mock, &ask);

    assert_int_equal(answer.status, 200);
    return json_get(answer.json, "keys");
}

static bool shows(struct arena *arena, struct mocktenant *mock, const char *kid)
{
    const cJSON *key;

    cJSON_ArrayForEach(key, published(arena, mock))
    {
        if (str_eq(json_get_text(key, "kid"), kid)) {
            return true;
        }
    }
    return false;
}

static const char *kid_of(struct arena *arena, const char *token)
{
    size_t len = 0;
    char *text = (char *)crypto_base64_decode(arena, token, strcspn(token, "."), &len);
    cJSON *header = NULL;
    struct err err;

    assert_true(json_parse(arena, text, len, JSON_PLAIN, &header, &err));
    assert_string_equal(json_get_text(header, "x5t"), json_get_text(header, "kid"));
    return json_get_text(header, "kid");
}

static int graph_status(struct arena *arena, struct mocktenant *mock, const char *token)
{
    return azure_graph(arena, mock, token, "GET", "/v1.0/applications", NULL).status;
}

static void new_tokens_have_the_next_key(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(NULL);
    const char *before = azure_admin_token(&arena, mock), *first = kid_of(&arena, before);
    cJSON *said;
    const char *next, *after;

    (void)state;
    assert_int_equal(cJSON_GetArraySize(published(&arena, mock)), 2);
    said = tenant_control(&arena, mock, "POST", ROLL, "{\"overlap\":\"PT30M\"}", 200);
    next = json_get_text(said, "kid");
    assert_string_equal(json_get_text(said, "previous"), first);
    assert_string_equal(json_get_text(said, "previousUntil"), "2026-01-15T09:30:00.000Z");
    after = azure_admin_token(&arena, mock);
    assert_string_equal(kid_of(&arena, after), next);
    /* Published: the old one, the one that signs, the next one. */
    assert_int_equal(cJSON_GetArraySize(published(&arena, mock)), 3);
    assert_true(shows(&arena, mock, first) && shows(&arena, mock, next));
    assert_int_equal(graph_status(&arena, mock, before), 200);
    assert_int_equal(graph_status(&arena, mock, after), 200);
    azure_advance(mock, "PT30M");
    assert_false(shows(&arena, mock, first));
    assert_int_equal(graph_status(&arena, mock, before), 401);
    assert_int_equal(graph_status(&arena, mock, after), 200);
    mocktenant_stop(mock);
}

/* As after a key was stolen. */
static void without_overlap_old_tokens_end_at_once(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(NULL);
    const char *before = azure_admin_token(&arena, mock);

    (void)state;
    tenant_control(&arena, mock, "POST", ROLL, "{\"overlap\":\"PT0S\"}", 200);
    assert_false(shows(&arena, mock, kid_of(&arena, before)));
    assert_int_equal(graph_status(&arena, mock, before), 401);
    assert_int_equal(graph_status(&arena, mock, azure_admin_token(&arena, mock)), 200);
    mocktenant_stop(mock);
}

static void no_key_comes_back_while_its_tokens_live(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(NULL);
    const char *first = kid_of(&arena, azure_admin_token(&arena, mock));

    (void)state;
    for (int i = 0; i < 3; i++) {
        tenant_control(&arena, mock, "POST", ROLL, "{\"overlap\":\"PT1H\"}", 200);
    }
    assert_string_equal(
        text_at(tenant_control(&arena, mock, "POST", ROLL, "{}", 409), "/error/code"),
        "key_still_known");
    azure_advance(mock, "PT25H");
    tenant_control(&arena, mock, "POST", ROLL, "{}", 200);
    assert_string_equal(kid_of(&arena, azure_admin_token(&arena, mock)), first);
    assert_int_equal(graph_status(&arena, mock, azure_admin_token(&arena, mock)), 200);
    mocktenant_stop(mock);
}

static void a_reset_brings_the_first_key_back(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(NULL);
    const char *first = kid_of(&arena, azure_admin_token(&arena, mock)), *rolled;

    (void)state;
    tenant_control(&arena, mock, "POST", ROLL, "{\"overlap\":\"PT0S\"}", 200);
    rolled = azure_admin_token(&arena, mock);
    assert_string_not_equal(kid_of(&arena, rolled), first);
    tenant_control(&arena, mock, "POST", "/_mock/reset", NULL, 200);
    assert_string_equal(kid_of(&arena, azure_admin_token(&arena, mock)), first);
    /* Tokens from before a restore stay good. */
    assert_int_equal(graph_status(&arena, mock, rolled), 200);
    mocktenant_stop(mock);
}

static void an_overlap_is_a_duration(void **state)
{
    AUTO(arena) arena = {0};
    struct mocktenant *mock = azure_start(NULL);

    (void)state;
    assert_string_equal(
        text_at(tenant_control(&arena, mock, "POST", ROLL, "{\"overlap\":\"soon\"}", 409),
                "/error/code"),
        "duration_malformed");
    assert_int_equal(cJSON_GetArraySize(published(&arena, mock)), 2);
    mocktenant_stop(mock);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(new_tokens_have_the_next_key),
        cmocka_unit_test(without_overlap_old_tokens_end_at_once),
        cmocka_unit_test(no_key_comes_back_while_its_tokens_live),
        cmocka_unit_test(a_reset_brings_the_first_key_back),
        cmocka_unit_test(an_overlap_is_a_duration),
    };

    return cases_run("signing", tests, ARRAY_LEN(tests));
}
