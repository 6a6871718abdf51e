/*
 * A client that proves itself by a token which the private key of a certificate signed; the
 * certificate stands among the application's key credentials. Sources: entra-assertion, RFC 7523.
 */
#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "base/crypto.h"
#include "base/iso8601.h"
#include "entra/grant.h"
#include "entra/jwt.h"
#include "store/directory.h"

static const char assertion_type[] = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
static const int64_t skew_ms = (int64_t)5 * 60 * 1000;

/* A certificate among the credentials. */
struct credential {
    const uint8_t *der;
    size_t len;
    int64_t start_ms, end_ms;
};

static bool malformed(struct entra_grant *grant, const char *why)
{
    grant->words.reason = why;
    return entra_grant_refuse(grant, ENTRA_BAD_ASSERTION);
}

/* Which certificate the header names. */
struct named {
    uint8_t digest[SHA256_LEN];
    size_t len;        /* SHA1_LEN or SHA256_LEN */
    const char *thumb; /* as the refusals write it */
};

static bool read_thumbprint(struct arena *arena, const char *text, size_t len, struct named *ret)
{
    AUTO(strbuf) hex = STRBUF(0);
    size_t bytes_len = 0;
    uint8_t *bytes =
        text != NULL ? crypto_base64_decode(arena, text, strlen(text), &bytes_len) : NULL;
    char *thumb;

    if (bytes == NULL || bytes_len != len) {
        return false;
    }
    memcpy(ret->digest, bytes, len);
    ret->len = len;
    strbuf_hex(&hex, bytes, len);
    thumb = arena_strdup(arena, strbuf_text(&hex));
    for (char *at = thumb; *at != '\0'; at++) {
        *at = (char)(*at >= 'a' && *at <= 'f' ? *at - 'a' + 'A' : *at);
    }
    ret->thumb = thumb;
    return true;
}

/* `x5t`, `x5t#S256`, or a kid that is one of both, also in hexadecimal digits. */
static bool read_named(struct arena *arena, const cJSON *header, struct named *ret)
{
    const char *kid = json_get_text(header, "kid");
    uint8_t bytes[SHA1_LEN];
    size_t len = kid != NULL ? strlen(kid) : 0;

    if (read_thumbprint(arena, json_get_text(header, "x5t#S256"), SHA256_LEN, ret) ||
        read_thumbprint(arena, json_get_text(header, "x5t"), SHA1_LEN, ret)) {
        return true;
    }
    if (len == (size_t)2 * SHA1_LEN && strspn(kid, "0123456789abcdefABCDEF") == len) {
        AUTO(strbuf) text = STRBUF(0);

        for (size_t i = 0; i < sizeof bytes; i++) {
            unsigned byte = 0;

            (void)sscanf(kid + 2 * i, "%2x", &byte);
            bytes[i] = (uint8_t)byte;
        }
        strbuf_base64url(&text, bytes, sizeof bytes);
        return read_thumbprint(arena, strbuf_text(&text), SHA1_LEN, ret);
    }
    return read_thumbprint(arena, kid, SHA256_LEN, ret) ||
           read_thumbprint(arena, kid, SHA1_LEN, ret);
}

static bool has_thumbprint(const struct credential *credential, const struct named *named)
{
    uint8_t digest[SHA256_LEN];

    if (named->len == SHA1_LEN) {
        crypto_sha1(credential->der, credential->len, digest);
    } else {
        crypto_sha256(credential->der, credential->len, digest);
    }
    return memcmp(digest, named->digest, named->len) == 0;
}

static int64_t date_of(const cJSON *item, const char *name, int64_t otherwise)
{
    const char *text = json_get_text(item, name);
    int64_t at_ms;

    return text != NULL && iso8601_parse(text, &at_ms) ? at_ms : otherwise;
}

static bool find_in(struct arena *arena, const cJSON *document, const struct named *named,
                    struct credential *ret)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, json_get(document, "keyCredentials"))
    {
        const char *key = json_get_text(item, "key");
        struct credential one = {.start_ms = date_of(item, "startDateTime", 0),
                                 .end_ms = date_of(item, "endDateTime", INT64_MAX)};

        one.der = key != NULL ? crypto_base64_decode(arena, key, strlen(key), &one.len) : NULL;
        if (one.der != NULL && str_ieq(json_get_text(item, "type"), "AsymmetricX509Cert") &&
            str_ieq(json_get_text(item, "usage"), "Verify") && has_thumbprint(&one, named)) {
            *ret = one;
            return true;
        }
    }
    return false;
}

/* Of the application, or of its service principal. */
static bool find_credential(struct entra_grant *grant, const struct named *named,
                            struct credential *ret)
{
    struct mock_call *call = grant->call;

    return find_in(call->arena,
                   directory_application_get(call->db, call->arena, grant->client.object_id), named,
                   ret) ||
           find_in(call->arena,
                   directory_principal_get(call->db, call->arena, grant->client.principal_id),
                   named, ret);
}

/* 01/28/2018 16:00:00 */
static const char *key_date(struct arena *arena, int64_t at_ms)
{
    char text[ISO8601_SIZE];

    iso8601_format_s(at_ms, text);
    return arena_printf(arena, "%.2s/%.2s/%.4s %.8s", text + 5, text + 8, text, text + 11);
}

static bool bad_key(struct entra_grant *grant, const char *sentence, const char *reason,
                    const struct named *named, const struct credential *found)
{
    struct arena *arena = grant->call->arena;
    const char *key = found == NULL ? ""
                                    : arena_printf(arena, ", Found key 'Start=%s, End=%s'",
                                                   key_date(arena, found->start_ms),
                                                   key_date(arena, found->end_ms));

    grant->words.reason =
        arena_printf(arena, "%s [Reason - %s, Thumbprint of key used by client: '%s'%s", sentence,
                     reason, named->thumb, key);
    return entra_grant_refuse(grant, ENTRA_KEY_UNKNOWN);
}

static bool signature_fits(const struct credential *credential, const struct entra_jwt *jwt)
{
    bool pss = str_eq(json_get_text(jwt->header, "alg"), "PS256");
    struct crypto_key *key = NULL;
    struct err err;
    bool fits = false;

    if (jwt->signature != NULL &&
        crypto_key_from_certificate(credential->der, credential->len, &key, &err)) {
        fits = (pss ? crypto_verify_ps256 : crypto_verify_rs256)(
            key, jwt->text, jwt->signed_len, jwt->signature, jwt->signature_len);
    }
    crypto_key_free(key);
    return fits;
}

static bool check_key(struct entra_grant *grant, const struct entra_jwt *jwt)
{
    static const char unknown[] = "The certificate with identifier used to sign the client "
                                  "assertion is not registered on application.";
    static const char invalid[] = "Client assertion contains an invalid signature.";
    struct credential found;
    struct named named;

    if (!read_named(grant->call->arena, jwt->header, &named)) {
        return malformed(grant, "the header names no certificate by x5t, x5t#S256 or kid");
    }
    if (!find_credential(grant, &named, &found)) {
        return bad_key(grant, unknown, "The key was not found.", &named, NULL);
    }
    if (found.end_ms <= grant->call->now_ms || found.start_ms > grant->call->now_ms) {
        return bad_key(grant, invalid, "The key used is expired.", &named, &found);
    }
    return signature_fits(&found, jwt) ||
           bad_key(grant, invalid,
                   "The provided signature value did not match the expected signature value.",
                   &named, &found);
}

/* https://login.microsoftonline.com or an alias, or the origin that the client used. */
static size_t login_origin(struct mock_call *call, const char *text)
{
    static const char *const hosts[] = {"https://login.microsoftonline.com",
                                        "https://login.windows.net", "https://login.microsoft.com",
                                        "https://sts.windows.net"};
    const char *origin = mock_call_origin(call);

    for (size_t i = 0; i < ARRAY_LEN(hosts); i++) {
        size_t len = strlen(hosts[i]);

        if (strncmp(text, hosts[i], len) == 0 && text[len] == '/') {
            return len;
        }
    }
    return str_starts(text, origin) && text[strlen(origin)] == '/' ? strlen(origin) : 0;
}

/* An endpoint or the issuer of the tenant that was asked. */
static bool audience_fits(struct entra_grant *grant, const char *text)
{
    static const char *const rests[] = {
        "", "/", "/v2.0", "/oauth2/v2.0/token", "/v2.0/", "/oauth2/token"};
    size_t origin = text != NULL ? login_origin(grant->call, text) : 0, len;
    struct entra_directory directory;
    const char *tenant;

    if (origin == 0) {
        return false;
    }
    text += origin + 1;
    len = strcspn(text, "/");
    tenant = arena_dup(grant->call->arena, text, len);
    directory = entra_directory_find(grant->call, tenant);
    if (!str_ieq(tenant, grant->words.given) &&
        ((directory.tenant != ENTRA_TENANT_OWN && directory.tenant != ENTRA_TENANT_FOREIGN) ||
         !str_eq(directory.id, grant->tid))) {
        return false;
    }
    for (size_t i = 0; i < ARRAY_LEN(rests); i++) {
        if (str_ieq(text + len, rests[i])) {
            return true;
        }
    }
    return false;
}

static const char *ticks(struct entra_grant *grant, int64_t at_ms)
{
    char text[ISO8601_SIZE];

    iso8601_format_ticks(at_ms, text);
    return arena_strdup(grant->call->arena, text);
}

/* Seconds of a JWT; false when there are none, or more than a date can hold. */
static bool seconds(const cJSON *claims, const char *name, int64_t *ret_ms)
{
    static const int64_t most_s = 253402300799; /* the year 9999 */
    const cJSON *item = json_get(claims, name);

    if (!cJSON_IsNumber(item) || !(item->valuedouble >= 0) || item->valuedouble > (double)most_s) {
        return false;
    }
    *ret_ms = (int64_t)(item->valuedouble * 1000);
    return true;
}

static bool check_time(struct entra_grant *grant, const cJSON *claims)
{
    int64_t now_ms = grant->call->now_ms, end_ms, start_ms = 0;

    if (!seconds(claims, "exp", &end_ms)) {
        return malformed(grant, "the token has no exp");
    }
    if (json_get(claims, "nbf") != NULL && !seconds(claims, "nbf", &start_ms)) {
        return malformed(grant, "its nbf is no date");
    }
    if (end_ms + skew_ms > now_ms && start_ms - skew_ms <= now_ms) {
        return true;
    }
    grant->words.now = ticks(grant, now_ms);
    grant->words.from = ticks(grant, start_ms);
    grant->words.until = ticks(grant, end_ms);
    return entra_grant_refuse(grant, ENTRA_ASSERTION_TIME);
}

static bool check_claims(struct entra_grant *grant, const struct entra_jwt *jwt)
{
    const cJSON *audience = json_get(jwt->claims, "aud");

    if (cJSON_IsArray(audience) && cJSON_GetArraySize(audience) == 1) {
        audience = audience->child;
    }
    return audience_fits(grant, cJSON_GetStringValue(audience))
               ? check_time(grant, jwt->claims)
               : entra_grant_refuse(grant, ENTRA_ASSERTION_AUDIENCE);
}

/* A token that somebody else issued: no application here trusts another identity provider. */
static bool other_provider(const cJSON *claims)
{
    const char *issuer = json_get_text(claims, "iss");

    return issuer != NULL && str_starts(issuer, "https://");
}

bool entra_assertion_check(struct entra_grant *grant)
{
    const char *type = entra_param(grant, "client_assertion_type"), *algorithm;
    struct entra_jwt jwt;

    if (type == NULL) {
        grant->words.parameter = "client_assertion_type";
        return entra_grant_refuse(grant, ENTRA_PARAMETER_MISSING);
    }
    if (strcmp(type, assertion_type) != 0) {
        return malformed(grant, "client_assertion_type is not one that is supported");
    }
    if (!entra_jwt_read(grant->call->arena, entra_param(grant, "client_assertion"), &jwt)) {
        return malformed(grant, "the assertion is not a well formed JWT");
    }
    algorithm = json_get_text(jwt.header, "alg");
    if (!str_eq(algorithm, "RS256") && !str_eq(algorithm, "PS256")) {
        return malformed(grant, "its algorithm is neither RS256 nor PS256");
    }
    if (other_provider(jwt.claims)) {
        return entra_grant_refuse(grant, ENTRA_NO_FEDERATED_IDENTITY);
    }
    if (!str_ieq(json_get_text(jwt.claims, "iss"), grant->client.app_id) ||
        !str_ieq(json_get_text(jwt.claims, "sub"), grant->client.app_id)) {
        return entra_grant_refuse(grant, ENTRA_ASSERTION_CLIENT);
    }
    return check_key(grant, &jwt) && check_claims(grant, &jwt);
}
