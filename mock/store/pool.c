#include "store/pool.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/mem.h"
#include "control/fault.h"
#include "server/service.h"
#include "store/file.h"
#include "store/schema.h"
#include "store/store.h"

enum { POOL_MAX = 8 };

/* Shared by all worlds of the process. */
static struct {
    pthread_mutex_t lock;
    struct db *kept[POOL_MAX];
    size_t count;
    uint8_t *image; /* of an empty world */
    size_t image_len;
} pool = {.lock = PTHREAD_MUTEX_INITIALIZER};

static struct db *open_empty(void)
{
    struct db *db = NULL;
    struct err err;

    if (!db_open(NULL, &db, &err)) {
        abort();
    }
    return db;
}

/*
 * The first world of the process makes the tables, all get their image: a database that was put
 * back commits what changed, one that was made in memory goes through every page that it ever
 * wrote.
 */
static void make_image(void)
{
    struct db *db = open_empty();
    struct err err;

    store_script(db, "PRAGMA page_size = 4096; BEGIN;");
    store_script(db, store_file_schema);
    store_script(db, store_schema);
    store_script(db, mock_fault_schema);
    for (size_t i = 0; i < mock_service_count; i++) {
        if (mock_services[i]->schema != NULL) {
            store_script(db, mock_services[i]->schema);
        }
        if (mock_services[i]->make_tables != NULL) {
            mock_services[i]->make_tables(db);
        }
    }
    store_script(db, "COMMIT;");
    if (!db_serialize(db, &pool.image, &pool.image_len, &err)) {
        abort();
    }
    db_close(db);
}

struct db *store_pool_take(void)
{
    struct db *db = NULL;
    struct err err;

    pthread_mutex_lock(&pool.lock);
    if (pool.image == NULL) {
        make_image();
    }
    if (pool.count > 0) {
        db = pool.kept[--pool.count];
    }
    pthread_mutex_unlock(&pool.lock);
    db = db != NULL ? db : open_empty();
    if (!db_deserialize(db, pool.image, pool.image_len, &err)) {
        abort();
    }
    return db;
}

void store_pool_give(struct db *db)
{
    pthread_mutex_lock(&pool.lock);
    if (pool.count < POOL_MAX) {
        pool.kept[pool.count++] = db;
        db = NULL;
    }
    pthread_mutex_unlock(&pool.lock);
    db_close(db);
}
