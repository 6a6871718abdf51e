/*
 * Worlds that were made before, ready to be made again: the same file, seed and start give the same
 * rows, so their image is put into a new database in a fraction of the time.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/db.h"
#include "base/json.h"
#include "base/random.h"

/* What making a world depends on. */
struct store_image_key {
    uint8_t digest[32];
};
void store_image_key(const cJSON *tree, uint64_t seed, int64_t start_ms,
                     struct store_image_key *ret);

/*
 * Fills `db`, the random sequence after the making, and the plain secrets (members of an object).
 * The secrets are in memory only, as those of every world. False when no such image is kept.
 */
bool store_image_find(const struct store_image_key *key, struct db *db, struct random *random,
                      cJSON *secrets);
/* Keeps it from the second time on that a key comes, so that a world that is made once costs
 * nothing. */
void store_image_keep(const struct store_image_key *key, struct db *db, const struct random *random,
                      const cJSON *secrets);
