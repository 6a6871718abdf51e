/* Hashes, signatures and chance for keys, from OpenSSL's libcrypto. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

enum { SHA256_LEN = 32, SHA1_LEN = 20 };

void crypto_sha256(const void *bytes, size_t len, uint8_t ret[SHA256_LEN]);
void crypto_sha1(const void *bytes, size_t len, uint8_t ret[SHA1_LEN]);
/* SHA-256 over a salt and a text, one behind the other. */
void crypto_sha256_salted(const void *salt, size_t salt_len, const char *text,
                          uint8_t ret[SHA256_LEN]);
void crypto_hmac_sha256(const void *key, size_t key_len, const void *bytes, size_t len,
                        uint8_t ret[SHA256_LEN]);
/* Compares without telling by its time where the first difference is. */
bool crypto_equal(const void *a, const void *b, size_t len);
/* The system's own random bytes: for keys and for secrets of the real world. */
void crypto_random(void *ret, size_t len);

void strbuf_base64(struct strbuf *buf, const void *bytes, size_t len);
/* RFC 4648, section 5, without padding. */
void strbuf_base64url(struct strbuf *buf, const void *bytes, size_t len);
void strbuf_hex(struct strbuf *buf, const void *bytes, size_t len);
/* Reads either alphabet, padding optional; NULL when it is neither. A zero byte follows the result.
 */
uint8_t *crypto_base64_decode(struct arena *arena, const char *text, size_t len, size_t *ret_len);

/* What a certificate says of itself. */
struct crypto_certificate {
    const char
        *subject; /* RFC 4514, the most special part first: "CN=sync,O=Example"; in the arena */
    uint8_t sha1[SHA1_LEN]; /* of its DER: the thumbprint */
    int64_t from_ms, until_ms;
};

/* Reads one certificate (X.509) in DER and nothing behind it. Fails with ERR_PROTOCOL. */
bool crypto_certificate_read(struct arena *arena, const void *der, size_t len,
                             struct crypto_certificate *ret, struct err *err);

/* An RSA key with its certificate; safe to use from several threads at once. */
struct crypto_key;

/* Reads a private key and a certificate in PEM. Fails with ERR_CONFIG. */
bool crypto_key_load(const char *pem_key, const char *pem_certificate, struct crypto_key **ret,
                     struct err *err);
/* Reads a public key from modulus and exponent in base64url, as in a JSON Web Key (RFC 7517). */
bool crypto_key_from_jwk(const char *n, const char *e, struct crypto_key **ret, struct err *err);
/* The public key of a certificate in DER. Fails with ERR_PROTOCOL when it is none, or not RSA. */
bool crypto_key_from_certificate(const void *der, size_t len, struct crypto_key **ret,
                                 struct err *err);
void crypto_key_free(struct crypto_key *key);
/* The certificate in DER; belongs to the key. NULL when it has none. */
const uint8_t *crypto_key_certificate(const struct crypto_key *key, size_t *ret_len);
/* The modulus without leading zero byte and the exponent, in base64url. */
void crypto_key_public(const struct crypto_key *key, struct strbuf *ret_n, struct strbuf *ret_e);
/* RSASSA-PKCS1-v1_5 with SHA-256, "RS256" (RFC 7518); appends the signature in base64url. */
void crypto_sign_rs256(const struct crypto_key *key, const void *bytes, size_t len,
                       struct strbuf *ret);
bool crypto_verify_rs256(const struct crypto_key *key, const void *bytes, size_t len,
                         const uint8_t *signature, size_t signature_len);
/* RSASSA-PSS with SHA-256, MGF1 with SHA-256 and a salt as long as the hash, "PS256". */
bool crypto_verify_ps256(const struct crypto_key *key, const void *bytes, size_t len,
                         const uint8_t *signature, size_t signature_len);
