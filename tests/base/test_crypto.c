#include "cases.h"

#include <stdio.h>
#include <string.h>

#include "base/crypto.h"

static const struct encode_case {
    const char *name, *text, *base64, *url;
} encode_cases[] = {
    {"nothing", "", "", ""},
    {"one byte", "f", "Zg==", "Zg"},
    {"two bytes", "fo", "Zm8=", "Zm8"},
    {"three bytes", "foo", "Zm9v", "Zm9v"},
    {"four bytes", "foob", "Zm9vYg==", "Zm9vYg"},
    {"six bytes", "foobar", "Zm9vYmFy", "Zm9vYmFy"},
    {"both alphabets", "\xfb\xff\xbf", "+/+/", "-_-_"},
};

/* RFC 4648, section 10. */
static void encodes_base64(void **state)
{
    const struct encode_case *c = *state;
    AUTO(arena) arena = {0};
    AUTO(strbuf) plain = STRBUF(0), url = STRBUF(0);
    size_t len = 0;

    strbuf_base64(&plain, c->text, strlen(c->text));
    strbuf_base64url(&url, c->text, strlen(c->text));
    assert_string_equal(strbuf_text(&plain), c->base64);
    assert_string_equal(strbuf_text(&url), c->url);
    assert_string_equal((char *)crypto_base64_decode(&arena, c->base64, strlen(c->base64), &len),
                        c->text);
    assert_int_equal(len, strlen(c->text));
    assert_string_equal((char *)crypto_base64_decode(&arena, c->url, strlen(c->url), &len),
                        c->text);
}

/* Longer than the pieces in which it is written. */
static void encodes_what_is_long(void **state)
{
    AUTO(arena) arena = {0};
    uint8_t bytes[1000];

    (void)state;
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (uint8_t)(i * 7);
    }
    for (size_t len = 180; len < sizeof bytes; len++) {
        AUTO(strbuf) plain = STRBUF(0), url = STRBUF(0);
        size_t back = 0;

        strbuf_base64(&plain, bytes, len);
        strbuf_base64url(&url, bytes, len);
        assert_int_equal(plain.len, (len + 2) / 3 * 4);
        assert_int_equal(url.len, (len * 4 + 2) / 3);
        assert_memory_equal(crypto_base64_decode(&arena, plain.data, plain.len, &back), bytes, len);
        assert_int_equal(back, len);
        assert_memory_equal(crypto_base64_decode(&arena, url.data, url.len, &back), bytes, len);
        assert_int_equal(back, len);
    }
}

static void refuses_what_is_no_base64(void **state)
{
    AUTO(arena) arena = {0};
    size_t len;

    (void)state;
    assert_null(crypto_base64_decode(&arena, "a", 1, &len));
    assert_null(crypto_base64_decode(&arena, "ab!d", 4, &len));
    assert_null(crypto_base64_decode(&arena, "a=bc", 4, &len));
}

/* FIPS 180-2 and RFC 4231. */
static void hashes(void **state)
{
    AUTO(strbuf) hex = STRBUF(0);
    uint8_t hash[SHA256_LEN];

    (void)state;
    crypto_sha256("abc", 3, hash);
    strbuf_hex(&hex, hash, SHA256_LEN);
    assert_string_equal(strbuf_text(&hex),
                        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    strbuf_clear(&hex);
    crypto_sha256_salted("a", 1, "bc", hash);
    strbuf_hex(&hex, hash, SHA256_LEN);
    assert_string_equal(strbuf_text(&hex),
                        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    strbuf_clear(&hex);
    crypto_sha1("abc", 3, hash);
    strbuf_hex(&hex, hash, SHA1_LEN);
    assert_string_equal(strbuf_text(&hex), "a9993e364706816aba3e25717850c26c9cd0d89d");
    strbuf_clear(&hex);
    crypto_hmac_sha256("Jefe", 4, "what do ya want for nothing?", 28, hash);
    strbuf_hex(&hex, hash, SHA256_LEN);
    assert_string_equal(strbuf_text(&hex),
                        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    assert_true(crypto_equal("abc", "abc", 3));
    assert_false(crypto_equal("abc", "abd", 3));
}

static const char *read_file(struct arena *arena, const char *path)
{
    char *text = arena_alloc(arena, 8192);
    FILE *file = fopen(path, "r");

    assert_non_null(file);
    text[fread(text, 1, 8191, file)] = '\0';
    fclose(file);
    return text;
}

static void signs_what_others_verify(void **state)
{
    AUTO(arena) arena = {0};
    AUTO(strbuf) signature = STRBUF(0), n = STRBUF(0), e = STRBUF(0);
    const char *key_pem = read_file(&arena, SOURCE_FIXTURES "/worlds/keys/signing-1.key.pem");
    const char *cert_pem = read_file(&arena, SOURCE_FIXTURES "/worlds/keys/signing-1.cert.pem");
    struct crypto_key *key = NULL, *other = NULL;
    size_t len = 0, der_len = 0;
    uint8_t *bytes;
    struct err err;

    (void)state;
    assert_true(crypto_key_load(key_pem, cert_pem, &key, &err));
    crypto_sign_rs256(key, "message", 7, &signature);
    crypto_key_public(key, &n, &e);
    assert_string_equal(strbuf_text(&e), "AQAB");
    assert_true(crypto_key_from_jwk(strbuf_text(&n), strbuf_text(&e), &other, &err));
    bytes = crypto_base64_decode(&arena, strbuf_text(&signature), signature.len, &len);
    assert_int_equal(len, 256);
    assert_true(crypto_verify_rs256(other, "message", 7, bytes, len));
    assert_false(crypto_verify_rs256(other, "messagf", 7, bytes, len));
    bytes[10] ^= 1;
    assert_false(crypto_verify_rs256(other, "message", 7, bytes, len));
    assert_non_null(crypto_key_certificate(key, &der_len));
    assert_true(der_len > 300);
    crypto_key_free(key);
    crypto_key_free(other);
}

/* A token that Python's cryptography signed with RSASSA-PSS, and the certificate of its key. */
static void verifies_what_others_sign(void **state)
{
    AUTO(arena) arena = {0};
    const char *key_pem = read_file(&arena, SOURCE_FIXTURES "/entra/client.key.pem");
    const char *cert_pem = read_file(&arena, SOURCE_FIXTURES "/entra/client.cert.pem");
    const char *token = read_file(&arena, SOURCE_FIXTURES "/entra/assertion-ps256.jwt");
    const char *dot = strrchr(token, '.');
    struct crypto_key *own = NULL, *key = NULL;
    const uint8_t *der;
    size_t der_len, len = 0, signed_len = (size_t)(dot - token);
    uint8_t *signature = crypto_base64_decode(&arena, dot + 1, strlen(dot + 1), &len);
    struct err err;

    (void)state;
    assert_true(crypto_key_load(key_pem, cert_pem, &own, &err));
    der = crypto_key_certificate(own, &der_len);
    assert_true(crypto_key_from_certificate(der, der_len, &key, &err));
    assert_true(crypto_verify_ps256(key, token, signed_len, signature, len));
    assert_false(crypto_verify_rs256(key, token, signed_len, signature, len));
    assert_false(crypto_verify_ps256(key, token, signed_len - 1, signature, len));
    signature[10] ^= 1;
    assert_false(crypto_verify_ps256(key, token, signed_len, signature, len));
    crypto_key_free(key);
    assert_false(crypto_key_from_certificate(der, der_len / 2, &key, &err));
    assert_int_equal(err.kind, ERR_PROTOCOL);
    crypto_key_free(own);
}

static void refuses_keys_that_are_none(void **state)
{
    struct crypto_key *key = NULL;
    struct err err;

    (void)state;
    assert_false(crypto_key_load("x", "y", &key, &err));
    assert_false(crypto_key_from_jwk("AQAB", "AQAB", &key, &err));
    assert_false(crypto_key_from_jwk("!", "AQAB", &key, &err));
    assert_null(key);
}

static void reads_a_certificate(void **state)
{
    AUTO(arena) arena = {0};
    AUTO(strbuf) thumbprint = STRBUF(0);
    const char *key_pem = read_file(&arena, SOURCE_FIXTURES "/worlds/keys/signing-1.key.pem");
    const char *cert_pem = read_file(&arena, SOURCE_FIXTURES "/worlds/keys/signing-1.cert.pem");
    struct crypto_certificate certificate;
    struct crypto_key *key = NULL;
    const uint8_t *der;
    uint8_t *longer;
    size_t len = 0;
    struct err err;

    (void)state;
    assert_true(crypto_key_load(key_pem, cert_pem, &key, &err));
    der = crypto_key_certificate(key, &len);
    assert_true(crypto_certificate_read(&arena, der, len, &certificate, &err));
    assert_string_equal(certificate.subject, "CN=mocktenant published test key 1");
    assert_int_equal(certificate.from_ms, 1795785453000);
    assert_int_equal(certificate.until_ms, 4949385453000);
    strbuf_hex(&thumbprint, certificate.sha1, sizeof certificate.sha1);
    assert_string_equal(strbuf_text(&thumbprint), "005ae5646ecac7fc5c22e74975d9bea5324bb702");
    longer = arena_alloc(&arena, len + 1);
    memcpy(longer, der, len);
    assert_false(crypto_certificate_read(&arena, longer, len + 1, &certificate, &err));
    assert_false(crypto_certificate_read(&arena, der, len - 1, &certificate, &err));
    assert_false(crypto_certificate_read(&arena, "x", 1, &certificate, &err));
    crypto_key_free(key);
}

int main(void)
{
    struct CMUnitTest tests[16] = {
        cmocka_unit_test(refuses_what_is_no_base64),  cmocka_unit_test(reads_a_certificate),
        cmocka_unit_test(encodes_what_is_long),       cmocka_unit_test(hashes),
        cmocka_unit_test(signs_what_others_verify),   cmocka_unit_test(verifies_what_others_sign),
        cmocka_unit_test(refuses_keys_that_are_none),
    };
    size_t count = CASES_LISTED(tests);

    CASES(tests, count, encode_cases, encodes_base64);
    return cases_run("crypto", tests, count);
}
