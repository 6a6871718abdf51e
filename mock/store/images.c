#include "store/images.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/crypto.h"
#include "base/mem.h"

/* So many worlds, and so many bytes, are kept at most; the one that was asked for longest ago goes.
 */
enum { IMAGES_MAX = 8, SEEN_MAX = 64, BYTES_MAX = 32 * 1024 * 1024 };

struct image {
    struct store_image_key key;
    uint8_t *bytes; /* NULL: an empty place */
    size_t len;
    struct random random;
    char *secrets; /* JSON */
    uint64_t used;
};

/* Shared by all worlds of the process. */
static struct {
    pthread_mutex_t lock;
    struct image images[IMAGES_MAX];
    struct store_image_key seen[SEEN_MAX]; /* that came once, a ring */
    size_t next_seen;
    uint64_t clock; /* counts uses */
    size_t bytes;
} kept = {.lock = PTHREAD_MUTEX_INITIALIZER};

void store_image_key(const cJSON *tree, uint64_t seed, int64_t start_ms,
                     struct store_image_key *ret)
{
    AUTO(arena) arena = {0};
    const char *text = arena_printf(&arena, "%s %llu %lld", json_text(&arena, tree),
                                    (unsigned long long)seed, (long long)start_ms);

    crypto_sha256(text, strlen(text), ret->digest);
}

static bool same(const struct store_image_key *a, const struct store_image_key *b)
{
    return memcmp(a->digest, b->digest, sizeof a->digest) == 0;
}

static void drop(struct image *image)
{
    if (image->bytes != NULL) {
        mem_wipe(image->secrets, strlen(image->secrets));
        kept.bytes -= image->len;
        mem_free(image->secrets);
        mem_free(image->bytes);
        *image = (struct image){0};
    }
}

static struct image *find(const struct store_image_key *key)
{
    for (size_t i = 0; i < IMAGES_MAX; i++) {
        if (kept.images[i].bytes != NULL && same(&kept.images[i].key, key)) {
            return &kept.images[i];
        }
    }
    return NULL;
}

static void take_secrets(const char *text, cJSON *secrets)
{
    AUTO(arena) arena = {0};
    cJSON *tree = NULL;
    const cJSON *item;
    struct err err;

    if (!json_parse(&arena, text, strlen(text), JSON_PLAIN, &tree, &err)) {
        abort(); /* our own text */
    }
    cJSON_ArrayForEach(item, tree)
    {
        cJSON_AddItemToObject(secrets, item->string, cJSON_Duplicate(item, true));
    }
}

bool store_image_find(const struct store_image_key *key, struct db *db, struct random *random,
                      cJSON *secrets)
{
    struct image *image;
    struct err err;

    pthread_mutex_lock(&kept.lock);
    image = find(key);
    if (image != NULL) {
        if (!db_deserialize(db, image->bytes, image->len, &err)) {
            abort();
        }
        *random = image->random;
        take_secrets(image->secrets, secrets);
        image->used = ++kept.clock;
    }
    pthread_mutex_unlock(&kept.lock);
    return image != NULL;
}

/* Whether the key came before; else it is noted. */
static bool seen_before(const struct store_image_key *key)
{
    for (size_t i = 0; i < SEEN_MAX; i++) {
        if (same(&kept.seen[i], key)) {
            return true;
        }
    }
    kept.seen[kept.next_seen] = *key;
    kept.next_seen = (kept.next_seen + 1) % SEEN_MAX;
    return false;
}

/* An empty place, or that of the image that was used longest ago. */
static struct image *make_room(size_t len)
{
    for (;;) {
        struct image *oldest = NULL, *empty = NULL;

        for (size_t i = 0; i < IMAGES_MAX; i++) {
            struct image *image = &kept.images[i];

            if (image->bytes == NULL) {
                empty = image;
            } else if (oldest == NULL || image->used < oldest->used) {
                oldest = image;
            }
        }
        if (empty != NULL && (oldest == NULL || kept.bytes + len <= BYTES_MAX)) {
            return empty;
        }
        drop(oldest);
    }
}

void store_image_keep(const struct store_image_key *key, struct db *db, const struct random *random,
                      const cJSON *secrets)
{
    AUTO(arena) arena = {0};
    uint8_t *bytes = NULL;
    size_t len = 0;
    struct err err;

    pthread_mutex_lock(&kept.lock);
    if (seen_before(key) && find(key) == NULL) {
        if (!db_serialize(db, &bytes, &len, &err)) {
            abort();
        }
        if (len <= BYTES_MAX) {
            *make_room(len) = (struct image){.key = *key,
                                             .bytes = bytes,
                                             .len = len,
                                             .random = *random,
                                             .secrets = mem_strdup(json_text(&arena, secrets)),
                                             .used = ++kept.clock};
            kept.bytes += len;
        } else {
            mem_free(bytes);
        }
    }
    pthread_mutex_unlock(&kept.lock);
}
