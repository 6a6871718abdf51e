/* The certificates of an application in a world file. */
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/crypto.h"
#include "base/guid.h"
#include "base/iso8601.h"
#include "base/str.h"
#include "store/load.h"

static int64_t later(const cJSON *said, const char *member, const char *otherwise, int64_t from_ms,
                     int sign)
{
    const char *text = json_get_text(said, member);
    struct duration duration;

    if (!duration_parse(text != NULL ? text : otherwise, &duration)) {
        abort(); /* was checked */
    }
    return duration_add(from_ms, duration, sign);
}

static void add_date(cJSON *object, const char *name, int64_t at_ms)
{
    char text[ISO8601_SIZE];

    iso8601_format_s(at_ms, text);
    cJSON_AddStringToObject(object, name, text);
}

/* One key credential as Graph shows it: the thumbprint is SHA-1 in base64. */
static cJSON *key_credential(struct world_load *load, const cJSON *said, const uint8_t *der,
                             size_t len)
{
    AUTO(strbuf) thumbprint = STRBUF(0);
    AUTO(strbuf) key = STRBUF(0);
    int64_t start_ms = later(said, "age", "PT0S", load->start_ms, -1);
    const char *name = json_get_text(said, "displayName"), *id = json_get_text(said, "keyId");
    cJSON *item = cJSON_CreateObject();
    char made[GUID_SIZE];
    uint8_t sha1[SHA1_LEN];

    if (id == NULL) {
        guid_make(load->random, made);
        id = made;
    }
    crypto_sha1(der, len, sha1);
    strbuf_base64(&thumbprint, sha1, sizeof sha1);
    strbuf_base64(&key, der, len);
    cJSON_AddStringToObject(item, "customKeyIdentifier", strbuf_text(&thumbprint));
    cJSON_AddItemToObject(item, "displayName",
                          name != NULL ? cJSON_CreateString(name) : cJSON_CreateNull());
    add_date(item, "endDateTime", later(said, "lifetime", "P1Y", start_ms, 1));
    cJSON_AddStringToObject(item, "key", strbuf_text(&key));
    cJSON_AddStringToObject(item, "keyId", str_lower(arena_strdup(load->arena, id)));
    add_date(item, "startDateTime", start_ms);
    cJSON_AddStringToObject(item, "type", "AsymmetricX509Cert");
    cJSON_AddStringToObject(item, "usage", "Verify");
    return item;
}

bool world_fill_certificates(struct world_load *load, const cJSON *application, cJSON *document,
                             const char *at, struct err *err)
{
    const cJSON *said;
    size_t index = 0;

    at = json_pointer_add(load->arena, at, "certificates");
    cJSON_ArrayForEach(said, json_get(application, "certificates"))
    {
        const char *here = json_pointer_index(load->arena, at, index++);
        const char *text = json_get_text(said, "certificate");
        size_t len = 0;
        uint8_t *der = crypto_base64_decode(load->arena, text, strlen(text), &len);
        struct crypto_key *key = NULL;

        if (der == NULL || !crypto_key_from_certificate(der, len, &key, err)) {
            (void)err_set(err, ERR_CONFIG,
                          "expected an X.509 certificate with an RSA key: base64 of its DER");
            err_at(err, json_pointer_add(load->arena, here, "certificate"));
            return false;
        }
        crypto_key_free(key);
        cJSON_AddItemToArray(json_get(document, "keyCredentials"),
                             key_credential(load, said, der, len));
    }
    return true;
}
