#include "entra/keys.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/auto.h"
#include "base/mem.h"
#include "base/str.h"
#include "store/data.h"

/* Never changes after the first call, so any thread may read it. */
static struct {
    pthread_once_t once;
    bool ready;
    struct err err;
    struct entra_key keys[ENTRA_KEY_COUNT];
} loaded = {.once = PTHREAD_ONCE_INIT};

static bool load_key(const char *dir, int number, struct entra_key *key, struct err *err)
{
    AUTO(arena) arena = {0};
    AUTO(strbuf) kid = STRBUF(0);
    AUTO(strbuf) x5c = STRBUF(0);
    AUTO(strbuf) n = STRBUF(0);
    AUTO(strbuf) e = STRBUF(0);
    char *path = arena_printf(&arena, "%s/signing-%d.key.pem", dir, number);
    char *certificate_path = arena_printf(&arena, "%s/signing-%d.cert.pem", dir, number);
    char *pem, *certificate_pem;
    const uint8_t *der;
    uint8_t sha1[SHA1_LEN];
    size_t len, der_len;

    if (!data_read(&arena, path, &pem, &len, err) ||
        !data_read(&arena, certificate_path, &certificate_pem, &len, err)) {
        return false;
    }
    if (!crypto_key_load(pem, certificate_pem, &key->key, err)) {
        return err_wrap(err, "%.200s and its certificate", path);
    }
    der = crypto_key_certificate(key->key, &der_len);
    crypto_sha1(der, der_len, sha1);
    strbuf_base64url(&kid, sha1, sizeof sha1);
    strbuf_base64(&x5c, der, der_len);
    crypto_key_public(key->key, &n, &e);
    key->kid = strbuf_take(&kid);
    key->x5c = strbuf_take(&x5c);
    key->n = strbuf_take(&n);
    key->e = strbuf_take(&e);
    return true;
}

bool entra_keys_read(const char *dir, struct entra_key ret[ENTRA_KEY_COUNT], struct err *err)
{
    for (int i = 0; i < ENTRA_KEY_COUNT; i++) {
        if (!load_key(dir, i + 1, &ret[i], err)) {
            return err_wrap(err, "the keys that sign tokens");
        }
    }
    return true;
}

void entra_keys_finish(struct entra_key keys[ENTRA_KEY_COUNT])
{
    for (size_t i = 0; i < ENTRA_KEY_COUNT; i++) {
        struct entra_key *key = &keys[i];

        crypto_key_free(key->key);
        mem_free((void *)(uintptr_t)key->kid);
        mem_free((void *)(uintptr_t)key->x5c);
        mem_free((void *)(uintptr_t)key->n);
        mem_free((void *)(uintptr_t)key->e);
        *key = (struct entra_key){0};
    }
}

static void load_all(void)
{
    AUTO(arena) arena = {0};
    const char *dir = arena_printf(&arena, "%s/keys", data_worlds_dir());

    loaded.ready = entra_keys_read(dir, loaded.keys, &loaded.err);
}

/* So that a leak check at the end of a process has nothing to say. */
__attribute__((destructor)) static void free_all(void)
{
    entra_keys_finish(loaded.keys);
}

bool entra_keys_load(struct err *err)
{
    pthread_once(&loaded.once, load_all);
    if (!loaded.ready) {
        *err = loaded.err;
    }
    return loaded.ready;
}

const struct entra_key *entra_keys(void)
{
    struct err err;

    if (!entra_keys_load(&err)) {
        abort(); /* whoever starts a tenant has asked entra_keys_load() first */
    }
    return loaded.keys;
}

const struct entra_key *entra_key_find(const char *kid)
{
    const struct entra_key *keys = entra_keys();

    for (size_t i = 0; i < ENTRA_KEY_COUNT; i++) {
        if (str_eq(keys[i].kid, kid)) {
            return &keys[i];
        }
    }
    return NULL;
}
