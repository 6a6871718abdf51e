#include "assertion.h"

#include <string.h>

#include "base/auto.h"
#include "base/crypto.h"
#include "base/str.h"
#include "cases.h"
#include "store/data.h"

const char *fixture_text(struct arena *arena, const char *name)
{
    char *text = NULL;
    size_t len = 0;
    struct err err;

    if (!data_read(arena, arena_printf(arena, "%s/../%s", data_worlds_dir(), name), &text, &len,
                   &err)) {
        fail_msg("%s", err.text);
    }
    return text;
}

/* Freed with the arena. */
static struct crypto_key *key(struct arena *arena)
{
    struct crypto_key *loaded = NULL;
    struct err err;

    if (!crypto_key_load(fixture_text(arena, "entra/client.key.pem"),
                         fixture_text(arena, "entra/client.cert.pem"), &loaded, &err)) {
        fail_msg("%s", err.text);
    }
    return loaded;
}

const char *assertion_certificate(struct arena *arena)
{
    AUTO(strbuf) text = STRBUF(0);
    struct crypto_key *loaded = key(arena);
    size_t len;
    const uint8_t *der = crypto_key_certificate(loaded, &len);

    strbuf_base64(&text, der, len);
    crypto_key_free(loaded);
    return arena_dup(arena, strbuf_text(&text), text.len);
}

const char *assertion_x5t(struct arena *arena)
{
    AUTO(strbuf) text = STRBUF(0);
    struct crypto_key *loaded = key(arena);
    uint8_t sha1[SHA1_LEN];
    size_t len;
    const uint8_t *der = crypto_key_certificate(loaded, &len);

    crypto_sha1(der, len, sha1);
    strbuf_base64url(&text, sha1, sizeof sha1);
    crypto_key_free(loaded);
    return arena_dup(arena, strbuf_text(&text), text.len);
}

const char *assertion_world(struct arena *arena, const char *more)
{
    return arena_printf(arena,
                        "{\"extends\":\"ready\",\"tenant\":{\"applications\":[{\"id\":"
                        "\"29f8eb1a-d0c0-4df3-84be-b91a08fbd909\",\"certificates\":[{"
                        "\"certificate\":\"%s\",\"displayName\":\"CN=sync\"}]%s}]}}",
                        assertion_certificate(arena), more);
}

const char *assertion_sign(struct arena *arena, const char *header, const char *claims)
{
    AUTO(strbuf) token = STRBUF(0);
    AUTO(strbuf) signature = STRBUF(0);
    struct crypto_key *loaded = key(arena);

    strbuf_base64url(&token, header, strlen(header));
    strbuf_add_char(&token, '.');
    strbuf_base64url(&token, claims, strlen(claims));
    crypto_sign_rs256(loaded, strbuf_text(&token), token.len, &signature);
    strbuf_add_char(&token, '.');
    strbuf_add(&token, strbuf_text(&signature));
    crypto_key_free(loaded);
    return arena_dup(arena, strbuf_text(&token), token.len);
}
