#include "adfs/keys.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/auto.h"
#include "base/mem.h"
#include "store/data.h"

/* Never changes after the first call, so any thread may read it. */
static struct {
    pthread_once_t once;
    bool ready;
    struct err err;
    struct adfs_key keys[ADFS_KEY_COUNT];
} loaded = {.once = PTHREAD_ONCE_INIT};

static bool load_key(int number, struct adfs_key *key, struct err *err)
{
    AUTO(arena) arena = {0};
    AUTO(strbuf) text = STRBUF(0);
    char *path = arena_printf(&arena, "%s/keys/adfs-%d.key.pem", data_worlds_dir(), number);
    char *pem, *certificate;
    const uint8_t *der;
    size_t len;

    if (!data_read(&arena, path, &pem, &len, err) ||
        !data_read(&arena,
                   arena_printf(&arena, "%s/keys/adfs-%d.cert.pem", data_worlds_dir(), number),
                   &certificate, &len, err)) {
        return err_wrap(err, "the keys with which AD FS signs");
    }
    if (!crypto_key_load(pem, certificate, &key->key, err)) {
        return err_wrap(err, "%.200s and its certificate", path);
    }
    der = crypto_key_certificate(key->key, &len);
    strbuf_base64(&text, der, len);
    key->certificate = strbuf_take(&text);
    return true;
}

static void load_all(void)
{
    loaded.ready = true;
    for (int i = 0; i < ADFS_KEY_COUNT && loaded.ready; i++) {
        loaded.ready = load_key(i + 1, &loaded.keys[i], &loaded.err);
    }
}

/* So that a leak check at the end of a process has nothing to say. */
__attribute__((destructor)) static void free_all(void)
{
    for (size_t i = 0; i < ADFS_KEY_COUNT; i++) {
        crypto_key_free(loaded.keys[i].key);
        mem_free((void *)(uintptr_t)loaded.keys[i].certificate);
    }
}

bool adfs_keys_load(struct err *err)
{
    pthread_once(&loaded.once, load_all);
    if (!loaded.ready) {
        *err = loaded.err;
    }
    return loaded.ready;
}

const struct adfs_key *adfs_key(int64_t number)
{
    struct err err;

    if (!adfs_keys_load(&err) || number < 1 || number > ADFS_KEY_COUNT) {
        abort(); /* whoever makes a world with a federation has asked adfs_keys_load() first */
    }
    return &loaded.keys[number - 1];
}
