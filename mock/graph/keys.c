#include "graph/keys.h"

#include <string.h>

#include "base/auto.h"
#include "base/crypto.h"
#include "base/iso8601.h"
#include "entra/jwt.h"
#include "graph/caller.h"
#include "graph/object.h"
#include "graph/resources.h"
#include "graph/sets.h"
#include "server/service.h"
#include "store/directory.h"

/* The audience of a proof: Azure AD's own old API. Source: graph-proof. */
static const char proof_audience[] = "00000002-0000-0000-c000-000000000000";
enum { CLOCK_SKEW_S = 300 };

static bool invalid(struct mock_call *call, struct mock_reply *reply, const struct graph_set *set)
{
    graph_refuse(call, reply, GRAPH_INVALID_VALUE, "keyCredentials", set->class_);
    return false;
}

static cJSON *find_key(const cJSON *list, const char *key_id)
{
    cJSON *item;

    cJSON_ArrayForEach(item, list)
    {
        if (str_ieq(json_get_text(item, "keyId"), key_id)) {
            return item;
        }
    }
    return NULL;
}

/* Base64 of DER, or of a PEM text around it; NULL when it is neither. */
static uint8_t *certificate_bytes(struct arena *arena, const char *text, size_t *ret_len)
{
    static const char begin[] = "-----BEGIN CERTIFICATE-----";
    uint8_t *bytes = text != NULL ? crypto_base64_decode(arena, text, strlen(text), ret_len) : NULL;
    const char *pem = (const char *)bytes;
    char *inner;
    size_t n = 0;

    if (bytes == NULL || !str_starts(pem, begin)) {
        return bytes;
    }
    pem += sizeof begin - 1;
    inner = arena_alloc(arena, strlen(pem) + 1);
    for (size_t len = strcspn(pem, "-"), i = 0; i < len; i++) {
        if (strchr(" \r\n\t", pem[i]) == NULL) {
            inner[n++] = pem[i];
        }
    }
    return crypto_base64_decode(arena, inner, n, ret_len);
}

/* One that the object has already may be named again, but not changed. */
static bool same_key(const cJSON *old, const cJSON *given)
{
    static const char *const members[] = {"customKeyIdentifier", "type", "usage", "key"};
    static const char *const dates[] = {"startDateTime", "endDateTime"};

    for (size_t i = 0; i < ARRAY_LEN(members); i++) {
        const char *text = json_get_text(given, members[i]);

        if (text != NULL && !str_eq(text, json_get_text(old, members[i]))) {
            return false;
        }
    }
    for (size_t i = 0; i < ARRAY_LEN(dates); i++) {
        const char *text = json_get_text(given, dates[i]);
        int64_t was_ms, is_ms;

        if (text != NULL &&
            (!iso8601_parse(text, &is_ms) ||
             !iso8601_parse(json_get_text(old, dates[i]), &was_ms) || is_ms != was_ms)) {
            return false;
        }
    }
    return true;
}

/* A date of the credential, or `otherwise`; false when it is none. */
static bool read_date(const cJSON *given, const char *name, int64_t otherwise, int64_t *ret_ms)
{
    const cJSON *item = json_get(given, name);

    *ret_ms = otherwise;
    return item == NULL || cJSON_IsNull(item) ||
           (cJSON_IsString(item) && iso8601_parse(item->valuestring, ret_ms));
}

static void add_date(cJSON *object, const char *name, int64_t at_ms)
{
    char text[ISO8601_SIZE];

    iso8601_format_s(at_ms, text);
    cJSON_AddStringToObject(object, name, text);
}

static bool optional_text(const cJSON *item)
{
    return item == NULL || cJSON_IsNull(item) || cJSON_IsString(item);
}

/* A new credential with every member; NULL when it has been refused. */
static cJSON *complete(struct mock_call *call, struct mock_reply *reply,
                       const struct graph_set *set, const cJSON *given)
{
    const char *id = json_get_text(given, "keyId"), *name = json_get_text(given, "displayName");
    const char *thumbprint = json_get_text(given, "customKeyIdentifier");
    AUTO(strbuf) key = STRBUF(0), sha1 = STRBUF(0);
    struct crypto_certificate certificate;
    int64_t start_ms, end_ms;
    size_t len = 0;
    uint8_t *der = certificate_bytes(call->arena, json_get_text(given, "key"), &len);
    cJSON *item;
    struct err err;

    if ((id != NULL && !guid_valid(id)) || !optional_text(json_get(given, "displayName")) ||
        !optional_text(json_get(given, "customKeyIdentifier")) ||
        !str_eq(json_get_text(given, "type"), "AsymmetricX509Cert") ||
        !str_eq(json_get_text(given, "usage"), "Verify") || der == NULL ||
        !crypto_certificate_read(call->arena, der, len, &certificate, &err)) {
        (void)invalid(call, reply, set);
        return NULL;
    }
    if (!read_date(given, "startDateTime", call->now_ms, &start_ms)) {
        graph_refuse(call, reply, GRAPH_KEY_DATE, "start", NULL);
        return NULL;
    }
    if (!read_date(given, "endDateTime", certificate.until_ms, &end_ms) || end_ms <= start_ms ||
        end_ms > certificate.until_ms) {
        graph_refuse(call, reply, GRAPH_KEY_DATE, "end", NULL);
        return NULL;
    }
    strbuf_base64(&key, der, len);
    strbuf_base64(&sha1, certificate.sha1, sizeof certificate.sha1);
    item = json_new_object(call->arena);
    cJSON_AddStringToObject(item, "customKeyIdentifier",
                            thumbprint != NULL ? thumbprint : strbuf_text(&sha1));
    cJSON_AddStringToObject(item, "displayName", name != NULL ? name : certificate.subject);
    add_date(item, "endDateTime", end_ms);
    cJSON_AddStringToObject(item, "key", strbuf_text(&key));
    cJSON_AddStringToObject(item, "keyId",
                            id != NULL ? graph_lower(call, id) : mock_call_guid(call));
    add_date(item, "startDateTime", start_ms);
    cJSON_AddStringToObject(item, "type", "AsymmetricX509Cert");
    cJSON_AddStringToObject(item, "usage", "Verify");
    return item;
}

/* What stands there already, or a new one; NULL when it has been refused. */
static const cJSON *settle_one(struct mock_call *call, struct mock_reply *reply,
                               const struct graph_set *set, const cJSON *old, const cJSON *given)
{
    const char *id = json_get_text(given, "keyId");
    const cJSON *kept = id != NULL ? find_key(old, id) : NULL;

    if (kept == NULL) {
        return complete(call, reply, set, given);
    }
    if (!same_key(kept, given)) {
        graph_refuse(call, reply, GRAPH_KEY_KNOWN, id, NULL);
        return NULL;
    }
    return kept;
}

bool graph_keys_settle(struct mock_call *call, struct mock_reply *reply,
                       const struct graph_set *set, const cJSON *old, cJSON *document)
{
    cJSON *list = json_new_array(call->arena);
    const cJSON *given;

    cJSON_ArrayForEach(given, json_get(document, "keyCredentials"))
    {
        const cJSON *item = settle_one(call, reply, set, old, given);

        if (item == NULL) {
            return false;
        }
        if (find_key(list, json_get_text(item, "keyId")) != NULL) {
            return invalid(call, reply, set);
        }
        cJSON_AddItemToArray(list, cJSON_Duplicate(item, true));
    }
    cJSON_ReplaceItemInObjectCaseSensitive(document, "keyCredentials", cJSON_Duplicate(list, true));
    return true;
}

/* Whether one of the object's certificates that are good now has signed it. */
static bool signed_by(struct mock_call *call, const cJSON *document, const struct entra_jwt *proof)
{
    const cJSON *item;
    bool good = false;

    cJSON_ArrayForEach(item, json_get(document, "keyCredentials"))
    {
        const char *key = json_get_text(item, "key");
        size_t len = 0;
        uint8_t *der = crypto_base64_decode(call->arena, key, strlen(key), &len);
        struct crypto_key *public_key = NULL;
        int64_t start_ms, end_ms;
        struct err err;

        if (proof->signature == NULL || der == NULL ||
            !iso8601_parse(json_get_text(item, "startDateTime"), &start_ms) ||
            !iso8601_parse(json_get_text(item, "endDateTime"), &end_ms) ||
            start_ms > call->now_ms || end_ms <= call->now_ms ||
            !crypto_key_from_certificate(der, len, &public_key, &err)) {
            continue;
        }
        good = good || crypto_verify_rs256(public_key, proof->text, proof->signed_len,
                                           proof->signature, proof->signature_len);
        crypto_key_free(public_key);
    }
    return good;
}

/* Who adds or removes a key shows that he has one. Source: graph-proof. */
static bool proof_holds(struct mock_call *call, struct mock_reply *reply, const cJSON *body,
                        const cJSON *document)
{
    const char *text = json_get_text(body, "proof");
    int64_t now_s = call->now_ms / 1000;
    struct entra_jwt proof;
    const cJSON *claims = NULL;

    /* Base64url has no padding, which the decoder would take. */
    if (text != NULL && strchr(text, '=') == NULL && entra_jwt_read(call->arena, text, &proof) &&
        str_eq(json_get_text(proof.header, "alg"), "RS256")) {
        claims = proof.claims;
    }
    if (claims != NULL && str_ieq(json_get_text(claims, "aud"), proof_audience) &&
        str_ieq(json_get_text(claims, "iss"), json_get_text(document, "id")) &&
        json_get_int(claims, "nbf", INT64_MAX) - CLOCK_SKEW_S <= now_s &&
        json_get_int(claims, "exp", 0) + CLOCK_SKEW_S > now_s &&
        signed_by(call, document, &proof)) {
        return true;
    }
    graph_refuse(call, reply, GRAPH_BAD_PROOF, NULL, NULL);
    return false;
}

/* An application needs no permission to roll its own keys. */
static bool may_roll(struct mock_call *call, struct mock_reply *reply, const cJSON *document)
{
    if (str_eq(call->caller->app_id, json_get_text(document, "appId")) ||
        graph_caller_may(call, GRAPH_WRITE_APPLICATIONS, true)) {
        return true;
    }
    graph_refuse(call, reply, GRAPH_DENIED, NULL, NULL);
    return false;
}

static void put(struct mock_call *call, const struct graph_set *set, cJSON *document)
{
    if (set == &graph_applications) {
        directory_application_put(call->db, call->arena, document);
    } else {
        directory_principal_put(call->db, call->arena, document);
    }
}

void graph_key_add(struct mock_call *call, struct mock_reply *reply)
{
    const struct graph_set *set = graph_path_set(call);
    cJSON *document = graph_path_object(call, reply, set), *item;
    const cJSON *body =
        document != NULL && may_roll(call, reply, document) ? graph_body(call, reply) : NULL;

    if (body == NULL) {
        return;
    }
    if (!cJSON_IsObject(json_get(body, "keyCredential"))) {
        graph_refuse(call, reply, GRAPH_VALUE_MISSING, "keyCredential", set->class_);
        return;
    }
    if (!proof_holds(call, reply, body, document)) {
        return;
    }
    item = complete(call, reply, set, json_get(body, "keyCredential"));
    if (item == NULL) {
        return;
    }
    if (find_key(json_get(document, "keyCredentials"), json_get_text(item, "keyId")) != NULL) {
        graph_refuse(call, reply, GRAPH_KEY_KNOWN, json_get_text(item, "keyId"), NULL);
        return;
    }
    cJSON_AddItemToArray(json_get(document, "keyCredentials"), cJSON_Duplicate(item, true));
    put(call, set, document);
    cJSON_ReplaceItemInObjectCaseSensitive(item, "key", cJSON_CreateNull());
    graph_plain(call, reply, 200, "microsoft.graph.keyCredential", json_text(call->arena, item));
}

void graph_key_remove(struct mock_call *call, struct mock_reply *reply)
{
    const struct graph_set *set = graph_path_set(call);
    cJSON *document = graph_path_object(call, reply, set), *item;
    const cJSON *body =
        document != NULL && may_roll(call, reply, document) ? graph_body(call, reply) : NULL;
    const char *key_id = json_get_text(body, "keyId");

    if (body == NULL) {
        return;
    }
    if (!guid_valid(key_id)) {
        graph_refuse(call, reply,
                     json_get(body, "keyId") == NULL ? GRAPH_VALUE_MISSING : GRAPH_INVALID_VALUE,
                     "keyId", set->class_);
        return;
    }
    if (!proof_holds(call, reply, body, document)) {
        return;
    }
    item = find_key(json_get(document, "keyCredentials"), key_id);
    if (item == NULL) {
        graph_refuse(call, reply, GRAPH_NO_CERTIFICATE, NULL, NULL);
        return;
    }
    cJSON_Delete(cJSON_DetachItemViaPointer(json_get(document, "keyCredentials"), item));
    put(call, set, document);
    graph_nothing(reply);
}
