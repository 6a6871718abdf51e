#include "base/crypto.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/mem.h"

struct crypto_key {
    EVP_PKEY *key;
    uint8_t *certificate; /* DER, from OpenSSL's allocator */
    size_t certificate_len;
};

/* A library call that can only fail when memory is out or the library is broken. */
static void must(int ok)
{
    if (ok != 1) {
        abort();
    }
}

static EVP_MD *sha256;
static pthread_once_t sha256_once = PTHREAD_ONCE_INIT;

/* Fetched once a process: to look the algorithm up each time costs as much as a short hash. */
static void fetch_sha256(void)
{
    sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    must(sha256 != NULL);
}

void crypto_sha256(const void *bytes, size_t len, uint8_t ret[SHA256_LEN])
{
    must(pthread_once(&sha256_once, fetch_sha256) == 0);
    must(EVP_Digest(bytes, len, ret, NULL, sha256, NULL));
}

void crypto_sha1(const void *bytes, size_t len, uint8_t ret[SHA1_LEN])
{
    must(EVP_Digest(bytes, len, ret, NULL, EVP_sha1(), NULL));
}

void crypto_sha256_salted(const void *salt, size_t salt_len, const char *text,
                          uint8_t ret[SHA256_LEN])
{
    EVP_MD_CTX *digest = EVP_MD_CTX_new();

    must(digest != NULL);
    must(EVP_DigestInit_ex(digest, EVP_sha256(), NULL));
    must(EVP_DigestUpdate(digest, salt, salt_len));
    must(EVP_DigestUpdate(digest, text, strlen(text)));
    must(EVP_DigestFinal_ex(digest, ret, NULL));
    EVP_MD_CTX_free(digest);
}

void crypto_hmac_sha256(const void *key, size_t key_len, const void *bytes, size_t len,
                        uint8_t ret[SHA256_LEN])
{
    must(HMAC(EVP_sha256(), key, (int)key_len, bytes, len, ret, NULL) != NULL);
}

bool crypto_equal(const void *a, const void *b, size_t len)
{
    return CRYPTO_memcmp(a, b, len) == 0;
}

void crypto_random(void *ret, size_t len)
{
    must(RAND_bytes(ret, (int)len));
}

static void encode64(struct strbuf *buf, const uint8_t *in, size_t len, bool url)
{
    static const char alphabets[2][65] = {
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"};
    const char *alphabet = alphabets[url];

    char out[4 * 64];
    size_t n = 0;

    for (size_t i = 0; i < len; i += 3) {
        size_t left = len - i;
        uint32_t bits = (uint32_t)in[i] << 16 | (left > 1 ? (uint32_t)in[i + 1] << 8 : 0) |
                        (left > 2 ? in[i + 2] : 0);

        out[n++] = alphabet[bits >> 18];
        out[n++] = alphabet[bits >> 12 & 63];
        out[n++] = (char)(left > 1 ? alphabet[bits >> 6 & 63] : '=');
        out[n++] = (char)(left > 2 ? alphabet[bits & 63] : '=');
        if (n == sizeof out || left <= 3) {
            /* Without padding the last group is as short as its bytes. */
            strbuf_add_n(buf, out, url && left < 3 ? n - (3 - left) : n);
            n = 0;
        }
    }
}

void strbuf_base64(struct strbuf *buf, const void *bytes, size_t len)
{
    encode64(buf, bytes, len, false);
}

void strbuf_base64url(struct strbuf *buf, const void *bytes, size_t len)
{
    encode64(buf, bytes, len, true);
}

void strbuf_hex(struct strbuf *buf, const void *bytes, size_t len)
{
    static const char hex[] = "0123456789abcdef";
    const uint8_t *in = bytes;

    for (size_t i = 0; i < len; i++) {
        char pair[2] = {hex[in[i] >> 4], hex[in[i] & 15]};

        strbuf_add_n(buf, pair, 2);
    }
}

static int digit64(char c)
{
    return c >= 'A' && c <= 'Z'   ? c - 'A'
           : c >= 'a' && c <= 'z' ? c - 'a' + 26
           : c >= '0' && c <= '9' ? c - '0' + 52
           : c == '+' || c == '-' ? 62
           : c == '/' || c == '_' ? 63
                                  : -1;
}

uint8_t *crypto_base64_decode(struct arena *arena, const char *text, size_t len, size_t *ret_len)
{
    uint8_t *out = arena_alloc(arena, len / 4 * 3 + 4);
    uint32_t bits = 0;
    size_t n = 0;

    while (len > 0 && text[len - 1] == '=') {
        len--;
    }
    if (len % 4 == 1) {
        return NULL;
    }
    for (size_t i = 0; i < len; i++) {
        int digit = digit64(text[i]);

        if (digit < 0) {
            return NULL;
        }
        bits = bits << 6 | (uint32_t)digit;
        if (i % 4 > 0) {
            out[n++] = (uint8_t)(bits >> (6 - 2 * (i % 4)));
        }
    }
    *ret_len = n;
    return out;
}

static char *subject_text(struct arena *arena, const X509 *certificate)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *text, *bytes = NULL;
    long len;

    must(bio != NULL);
    (void)X509_NAME_print_ex(bio, X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253);
    len = BIO_get_mem_data(bio, &bytes);
    text = arena_dup(arena, bytes != NULL ? bytes : "", len > 0 ? (size_t)len : 0);
    BIO_free(bio);
    return text;
}

/* False when the date is none. */
static bool since_epoch(const ASN1_TIME *at, int64_t *ret_ms)
{
    ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
    int days = 0, seconds = 0;
    bool fine;

    must(epoch != NULL);
    fine = ASN1_TIME_diff(&days, &seconds, epoch, at) == 1;
    ASN1_TIME_free(epoch);
    *ret_ms = ((int64_t)days * 86400 + seconds) * 1000;
    return fine;
}

bool crypto_certificate_read(struct arena *arena, const void *der, size_t len,
                             struct crypto_certificate *ret, struct err *err)
{
    const uint8_t *at = der;
    X509 *certificate = d2i_X509(NULL, &at, (long)len);
    bool fine = certificate != NULL && at == (const uint8_t *)der + len &&
                since_epoch(X509_get0_notBefore(certificate), &ret->from_ms) &&
                since_epoch(X509_get0_notAfter(certificate), &ret->until_ms);

    if (fine) {
        ret->subject = subject_text(arena, certificate);
        crypto_sha1(der, len, ret->sha1);
    }
    X509_free(certificate);
    return fine || err_set(err, ERR_PROTOCOL, "expected a certificate (X.509) in DER");
}

bool crypto_key_load(const char *pem_key, const char *pem_certificate, struct crypto_key **ret,
                     struct err *err)
{
    BIO *key_bio = BIO_new_mem_buf(pem_key, -1);
    BIO *certificate_bio = BIO_new_mem_buf(pem_certificate, -1);
    EVP_PKEY *pkey = PEM_read_bio_PrivateKey(key_bio, NULL, NULL, NULL);
    X509 *certificate = PEM_read_bio_X509(certificate_bio, NULL, NULL, NULL);
    uint8_t *der = NULL;
    int der_len = certificate != NULL ? i2d_X509(certificate, &der) : -1;

    BIO_free(key_bio);
    BIO_free(certificate_bio);
    X509_free(certificate);
    if (pkey == NULL || der_len < 0) {
        EVP_PKEY_free(pkey);
        OPENSSL_free(der);
        return err_set(err, ERR_CONFIG, "expected a private key and a certificate in PEM");
    }
    *ret = mem_alloc(sizeof **ret);
    (*ret)->key = pkey;
    (*ret)->certificate = der;
    (*ret)->certificate_len = (size_t)der_len;
    return true;
}

static EVP_PKEY *public_key(const BIGNUM *n, const BIGNUM *e)
{
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    OSSL_PARAM *params;
    EVP_PKEY *key = NULL;

    must(builder != NULL && context != NULL);
    must(OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n));
    must(OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e));
    params = OSSL_PARAM_BLD_to_param(builder);
    must(params != NULL);
    if (EVP_PKEY_fromdata_init(context) != 1 ||
        EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, params) != 1) {
        key = NULL;
    }
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(builder);
    EVP_PKEY_CTX_free(context);
    return key;
}

bool crypto_key_from_jwk(const char *n, const char *e, struct crypto_key **ret, struct err *err)
{
    AUTO(arena) arena = {0};
    size_t n_len = 0, e_len = 0;
    uint8_t *n_bytes = crypto_base64_decode(&arena, n, strlen(n), &n_len);
    uint8_t *e_bytes = crypto_base64_decode(&arena, e, strlen(e), &e_len);
    BIGNUM *n_number, *e_number;
    EVP_PKEY *key;

    if (n_bytes == NULL || e_bytes == NULL || n_len < 128 || n_len > 1024 || e_len > 8) {
        return err_set(err, ERR_PROTOCOL, "expected an RSA key of 1024 to 8192 bits in base64url");
    }
    n_number = BN_bin2bn(n_bytes, (int)n_len, NULL);
    e_number = BN_bin2bn(e_bytes, (int)e_len, NULL);
    must(n_number != NULL && e_number != NULL);
    key = public_key(n_number, e_number);
    BN_free(n_number);
    BN_free(e_number);
    if (key == NULL) {
        return err_set(err, ERR_PROTOCOL, "the numbers are not an RSA key");
    }
    *ret = mem_alloc(sizeof **ret);
    (*ret)->key = key;
    return true;
}

bool crypto_key_from_certificate(const void *der, size_t len, struct crypto_key **ret,
                                 struct err *err)
{
    const uint8_t *at = der;
    X509 *certificate = d2i_X509(NULL, &at, (long)len);
    EVP_PKEY *key = certificate != NULL ? X509_get_pubkey(certificate) : NULL;

    X509_free(certificate);
    if (key == NULL || EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA) {
        EVP_PKEY_free(key);
        return err_set(err, ERR_PROTOCOL, "expected an X.509 certificate with an RSA key in DER");
    }
    *ret = mem_alloc(sizeof **ret);
    (*ret)->key = key;
    return true;
}

void crypto_key_free(struct crypto_key *key)
{
    if (key != NULL) {
        EVP_PKEY_free(key->key);
        OPENSSL_free(key->certificate);
        mem_free(key);
    }
}

const uint8_t *crypto_key_certificate(const struct crypto_key *key, size_t *ret_len)
{
    *ret_len = key->certificate_len;
    return key->certificate;
}

static void add_number(const struct crypto_key *key, const char *name, struct strbuf *ret)
{
    BIGNUM *number = NULL;
    uint8_t bytes[1024];

    must(EVP_PKEY_get_bn_param(key->key, name, &number));
    must(BN_num_bytes(number) <= (int)sizeof bytes);
    strbuf_base64url(ret, bytes, (size_t)BN_bn2bin(number, bytes));
    BN_free(number);
}

void crypto_key_public(const struct crypto_key *key, struct strbuf *ret_n, struct strbuf *ret_e)
{
    add_number(key, OSSL_PKEY_PARAM_RSA_N, ret_n);
    add_number(key, OSSL_PKEY_PARAM_RSA_E, ret_e);
}

void crypto_sign_rs256(const struct crypto_key *key, const void *bytes, size_t len,
                       struct strbuf *ret)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    uint8_t signature[1024];
    size_t signature_len = sizeof signature;

    must(context != NULL);
    must(EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key->key));
    must(EVP_DigestSign(context, signature, &signature_len, bytes, len));
    EVP_MD_CTX_free(context);
    strbuf_base64url(ret, signature, signature_len);
}

static bool verify(const struct crypto_key *key, bool pss, const void *bytes, size_t len,
                   const uint8_t *signature, size_t signature_len)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_PKEY_CTX *options = NULL; /* belongs to the context */
    bool good;

    must(context != NULL);
    must(EVP_DigestVerifyInit(context, &options, EVP_sha256(), NULL, key->key));
    if (pss) {
        must(EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING));
        must(EVP_PKEY_CTX_set_rsa_pss_saltlen(options, RSA_PSS_SALTLEN_DIGEST));
    }
    good = EVP_DigestVerify(context, signature, signature_len, bytes, len) == 1;
    EVP_MD_CTX_free(context);
    return good;
}

bool crypto_verify_rs256(const struct crypto_key *key, const void *bytes, size_t len,
                         const uint8_t *signature, size_t signature_len)
{
    return verify(key, false, bytes, len, signature, signature_len);
}

bool crypto_verify_ps256(const struct crypto_key *key, const void *bytes, size_t len,
                         const uint8_t *signature, size_t signature_len)
{
    return verify(key, true, bytes, len, signature, signature_len);
}
