#include "server/tls.h"

#include <arpa/inet.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"

enum { DAY_S = 86400, VALID_DAYS = 825 };

struct mock_ca {
    EVP_PKEY *key;
    X509 *certificate;
    char *pem;
    pthread_mutex_t lock; /* worlds come from several threads */
};

/* Fails only when memory is out. */
static void must(bool ok)
{
    if (!ok) {
        abort();
    }
}

static void add_extension(X509 *certificate, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX context;
    X509_EXTENSION *extension;

    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    must(extension != NULL && X509_add_ext(certificate, extension, -1) == 1);
    X509_EXTENSION_free(extension);
}

/* A certificate without extensions and signature; it dates from the wall clock, a day back for
 * skew. */
static X509 *new_certificate(EVP_PKEY *key, const char *name)
{
    X509 *certificate = X509_new();
    time_t now = (time_t)(clock_wall_ms() / 1000);
    unsigned char serial[16];
    BIGNUM *number;

    must(certificate != NULL && X509_set_version(certificate, X509_VERSION_3) == 1);
    must(RAND_bytes(serial, sizeof serial) == 1);
    serial[0] &= 0x7f;
    number = BN_bin2bn(serial, sizeof serial, NULL);
    must(number != NULL && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != NULL);
    BN_free(number);
    must(X509_time_adj_ex(X509_getm_notBefore(certificate), -1, 0, &now) != NULL);
    must(X509_time_adj_ex(X509_getm_notAfter(certificate), VALID_DAYS, 0, &now) != NULL);
    must(X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
                                    (const unsigned char *)name, -1, -1, 0) == 1);
    must(X509_set_pubkey(certificate, key) == 1);
    return certificate;
}

static char *pem_of(X509 *certificate, EVP_PKEY *key)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *data, *text;
    long len;

    must(bio != NULL);
    if (certificate != NULL) {
        must(PEM_write_bio_X509(bio, certificate) == 1);
    } else {
        must(PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) == 1);
    }
    len = BIO_get_mem_data(bio, &data);
    text = mem_dup(data, (size_t)len);
    BIO_free(bio);
    return text;
}

struct mock_ca *mock_ca_create(void)
{
    struct mock_ca *ca = mem_alloc(sizeof *ca);

    pthread_mutex_init(&ca->lock, NULL);
    ca->key = EVP_EC_gen("P-256");
    must(ca->key != NULL);
    ca->certificate = new_certificate(ca->key, "mocktenant test CA (trust it nowhere else)");
    must(X509_set_issuer_name(ca->certificate, X509_get_subject_name(ca->certificate)) == 1);
    add_extension(ca->certificate, ca->certificate, NID_basic_constraints,
                  "critical,CA:TRUE,pathlen:0");
    add_extension(ca->certificate, ca->certificate, NID_key_usage, "critical,keyCertSign,cRLSign");
    add_extension(ca->certificate, ca->certificate, NID_subject_key_identifier, "hash");
    must(X509_sign(ca->certificate, ca->key, EVP_sha256()) > 0);
    ca->pem = pem_of(ca->certificate, NULL);
    return ca;
}

void mock_ca_destroy(struct mock_ca *ca)
{
    if (ca != NULL) {
        X509_free(ca->certificate);
        EVP_PKEY_free(ca->key);
        pthread_mutex_destroy(&ca->lock);
        mem_free(ca->pem);
        mem_free(ca);
    }
}

const char *mock_ca_pem(const struct mock_ca *ca)
{
    return ca->pem;
}

static bool is_address(const char *name)
{
    unsigned char bytes[16];

    return inet_pton(AF_INET, name, bytes) == 1 || inet_pton(AF_INET6, name, bytes) == 1;
}

bool mock_ca_issue(struct mock_ca *ca, const char *const *names, char **ret_key,
                   char **ret_certificate, struct err *err)
{
    AUTO(strbuf) list = STRBUF(0);
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate;

    if (key == NULL || names[0] == NULL) {
        EVP_PKEY_free(key);
        return err_set(err, ERR_CONFIG, "a certificate needs a key and a name");
    }
    for (size_t i = 0; names[i] != NULL; i++) {
        strbuf_addf(&list, "%s%s:%s", i > 0 ? "," : "", is_address(names[i]) ? "IP" : "DNS",
                    names[i]);
    }
    certificate = new_certificate(key, "mocktenant");
    pthread_mutex_lock(&ca->lock);
    must(X509_set_issuer_name(certificate, X509_get_subject_name(ca->certificate)) == 1);
    add_extension(certificate, ca->certificate, NID_basic_constraints, "critical,CA:FALSE");
    add_extension(certificate, ca->certificate, NID_key_usage, "critical,digitalSignature");
    add_extension(certificate, ca->certificate, NID_ext_key_usage, "serverAuth");
    add_extension(certificate, ca->certificate, NID_subject_alt_name, strbuf_text(&list));
    add_extension(certificate, ca->certificate, NID_subject_key_identifier, "hash");
    add_extension(certificate, ca->certificate, NID_authority_key_identifier, "keyid:always");
    must(X509_sign(certificate, ca->key, EVP_sha256()) > 0);
    pthread_mutex_unlock(&ca->lock);
    *ret_key = pem_of(NULL, key);
    *ret_certificate = pem_of(certificate, NULL);
    X509_free(certificate);
    EVP_PKEY_free(key);
    return true;
}
