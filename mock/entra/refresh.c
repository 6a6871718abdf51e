/*
 * Refresh tokens carry what they are good for and a mark that only this mock makes, so that they
 * outlive a restored snapshot as access tokens do. The mark's key is published like the signing
 * keys. Source: entra-refresh.
 */
#include <string.h>

#include "base/auto.h"
#include "base/crypto.h"
#include "entra/grant.h"
#include "server/world.h"

static const char mark_key[] = "mocktenant published refresh token key";
static const char prefix[] = "1.A";

static void add_mark(const char *text, size_t len, struct strbuf *ret)
{
    uint8_t mark[SHA256_LEN];

    crypto_hmac_sha256(mark_key, sizeof mark_key - 1, text, len, mark);
    strbuf_base64url(ret, mark, sizeof mark);
}

const char *entra_refresh_make(struct mock_call *call, const struct entra_refresh *refresh)
{
    cJSON *tree = json_new_object(call->arena);
    AUTO(strbuf) text = STRBUF(0);
    const char *json;

    cJSON_AddStringToObject(tree, "a", refresh->app_id);
    cJSON_AddStringToObject(tree, "u", refresh->user_id);
    cJSON_AddNumberToObject(tree, "t", (double)refresh->issued_ms);
    cJSON_AddStringToObject(tree, "s", refresh->scope);
    cJSON_AddStringToObject(tree, "r", refresh->resource);
    if (refresh->signed_in_ms != refresh->issued_ms) {
        cJSON_AddNumberToObject(tree, "i", (double)refresh->signed_in_ms);
    }
    if (refresh->platform != ENTRA_PLATFORM_NONE) {
        cJSON_AddNumberToObject(tree, "p", (double)refresh->platform);
    }
    if (refresh->mfa != 0) {
        cJSON_AddNumberToObject(tree, "m", 1);
    }
    cJSON_AddNumberToObject(tree, "n", (double)(random_next(&call->world->random) >> 16));
    json = json_text(call->arena, tree);
    strbuf_add(&text, prefix);
    strbuf_base64url(&text, json, strlen(json));
    strbuf_add_char(&text, '.');
    add_mark(json, strlen(json), &text);
    return arena_dup(call->arena, strbuf_text(&text), text.len);
}

bool entra_refresh_read(struct mock_call *call, const char *text, struct entra_refresh *ret)
{
    static const struct json_field fields[] = {
        JSON_FIELD("a", struct entra_refresh, app_id, REQUIRED),
        JSON_FIELD("u", struct entra_refresh, user_id, REQUIRED),
        JSON_FIELD("t", struct entra_refresh, issued_ms, REQUIRED),
        JSON_FIELD("s", struct entra_refresh, scope, REQUIRED),
        JSON_FIELD("r", struct entra_refresh, resource, REQUIRED),
        JSON_FIELD("i", struct entra_refresh, signed_in_ms, OPTIONAL),
        JSON_FIELD("p", struct entra_refresh, platform, OPTIONAL),
        JSON_FIELD("m", struct entra_refresh, mfa, OPTIONAL),
    };
    AUTO(strbuf) mark = STRBUF(0);
    const char *dot;
    uint8_t *json;
    size_t len;
    cJSON *tree;
    struct err err;

    if (!str_starts(text, prefix)) {
        return false;
    }
    text += strlen(prefix);
    dot = strchr(text, '.');
    json = dot != NULL ? crypto_base64_decode(call->arena, text, (size_t)(dot - text), &len) : NULL;
    if (json == NULL) {
        return false;
    }
    add_mark((char *)json, len, &mark);
    return strlen(dot + 1) == mark.len && crypto_equal(dot + 1, strbuf_text(&mark), mark.len) &&
           json_parse(call->arena, (char *)json, len, JSON_PLAIN, &tree, &err) &&
           json_read(tree, "", fields, ARRAY_LEN(fields), ret, &err);
}
