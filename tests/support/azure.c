#include "azure.h"

#include <string.h>

#include "base/auto.h"
#include "base/crypto.h"
#include "base/str.h"
#include "base/uri.h"
#include "cases.h"

struct mocktenant *azure_start(const char *world)
{
    const struct mocktenant_options options = {.world = world, .clock = "virtual"};

    return tenant_start(&options);
}

const char *azure_fill(struct arena *arena, struct mocktenant *mock, const char *text)
{
    AUTO(strbuf) out = STRBUF(0);

    while (*text != '\0') {
        const char *close = *text == '{' ? strchr(text, '}') : NULL;

        if (close != NULL) {
            const char *key = arena_dup(arena, text + 1, (size_t)(close - text - 1));
            const char *value = tenant_key(arena, mock, key);

            if (value == NULL) {
                fail_msg("the line has no key %s", key);
            }
            strbuf_form(&out, value);
            text = close + 1;
        } else {
            strbuf_add_char(&out, *text++);
        }
    }
    return arena_dup(arena, strbuf_text(&out), out.len);
}

struct answer azure_token(struct arena *arena, struct mocktenant *mock, const char *path,
                          const char *form, const char *header)
{
    const struct ask ask = {DIRECT,
                            "POST",
                            "login.microsoftonline.com",
                            azure_fill(arena, mock, path),
                            {"Content-Type: application/x-www-form-urlencoded", header},
                            azure_fill(arena, mock, form),
                            0};

    return tenant_ask(arena, mock, &ask);
}

static const char *access_token(const struct answer *answer)
{
    if (answer->status != 200) {
        fail_msg("no token: %s", answer->body);
    }
    return json_get_text(answer->json, "access_token");
}

const char *azure_admin_token(struct arena *arena, struct mocktenant *mock)
{
    struct answer answer = azure_token(
        arena, mock, "/{tenant_id}/oauth2/v2.0/token",
        "grant_type=client_credentials&client_id={admin_client_id}"
        "&client_secret={admin_client_secret}&scope=https://graph.microsoft.com/.default",
        NULL);

    return access_token(&answer);
}

const char *azure_user_token(struct arena *arena, struct mocktenant *mock, const char *scope)
{
    struct answer answer = azure_token(
        arena, mock, "/{tenant_id}/oauth2/v2.0/token",
        arena_printf(arena,
                     "grant_type=password&client_id={client_id}&client_secret={client_secret}"
                     "&username={username}&password={password}&scope=%s",
                     scope),
        NULL);

    return access_token(&answer);
}

struct answer azure_graph(struct arena *arena, struct mocktenant *mock, const char *token,
                          const char *method, const char *target, const char *body)
{
    struct ask ask = {DIRECT, method, "graph.microsoft.com", target, {NULL}, body, 0};
    size_t count = 0;

    if (body != NULL) {
        ask.headers[count++] = "Content-Type: application/json";
    }
    if (token != NULL) {
        ask.headers[count++] = arena_printf(arena, "Authorization: Bearer %s", token);
    }
    return tenant_ask(arena, mock, &ask);
}

cJSON *azure_claims(struct arena *arena, const char *token)
{
    const char *first = token != NULL ? strchr(token, '.') : NULL;
    const char *second = first != NULL ? strchr(first + 1, '.') : NULL;
    cJSON *tree = NULL;
    struct err err;
    uint8_t *bytes;
    size_t len = 0;

    assert_non_null(second);
    bytes = crypto_base64_decode(arena, first + 1, (size_t)(second - first - 1), &len);
    assert_non_null(bytes);
    assert_true(json_parse(arena, (char *)bytes, len, JSON_PLAIN, &tree, &err));
    return tree;
}

void azure_advance(struct mocktenant *mock, const char *duration)
{
    AUTO(arena) arena = {0};

    (void)tenant_control(&arena, mock, "PUT", "/_mock/clock",
                         arena_printf(&arena, "{\"advance\":\"%s\"}", duration), 200);
}

const char *azure_rules(struct arena *arena, struct mocktenant *mock)
{
    cJSON *page = tenant_control(arena, mock, "GET", "/_mock/journal", NULL, 200);
    const cJSON *entries = json_get(page, "entries"), *rule;
    AUTO(strbuf) text = STRBUF(0);

    cJSON_ArrayForEach(
        rule, json_get(cJSON_GetArrayItem(entries, cJSON_GetArraySize(entries) - 1), "rules"))
    {
        strbuf_addf(&text, "%s%s", text.len > 0 ? " " : "", rule->valuestring);
    }
    return arena_dup(arena, strbuf_text(&text), text.len);
}
