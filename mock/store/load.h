/* World files: JSON → rows. Contract section 3. */
#pragma once

#include "base/arena.h"
#include "base/db.h"
#include "base/err.h"
#include "base/json.h"
#include "base/random.h"

/*
 * Finds and reads a world and all that it extends, and merges them: `world` is a name, a file, or
 * JSON text that begins with `{`; `dir` is where a relative `extends` of such text starts. The tree
 * belongs to the arena. Fails with ERR_CONFIG: "worlds/x.json: line 3, column 7: …" or "…:
 * /tenant/users/0/nam: unknown member …".
 */
bool world_read(struct arena *arena, const char *world, const char *dir, cJSON **ret,
                struct err *err);

/* Checks a merged tree as a whole and fills an empty database that has the schema. */
struct world_load {
    struct arena *arena;
    const cJSON *world;
    struct db *db;
    struct random *random; /* ids and secrets that the world does not say */
    int64_t start_ms;      /* durations count from here */
    cJSON *secrets;        /* out: plain secrets for the line of `serve`; never in the database */
};
bool world_load(struct world_load *load, struct err *err);
/* Its part for the member `certificates` of an application: adds them to the document. */
bool world_fill_certificates(struct world_load *load, const cJSON *application, cJSON *document,
                             const char *at, struct err *err);

/* Its part for one of the `secrets` of an application: `owner` is whose credential it is. */
void world_fill_secret(struct world_load *load, const char *owner, const char *app_id,
                       const cJSON *secret);

/* Takes out of such secrets what the database does not know any more (a removed secret, a new
 * password). */
void world_keep_known_secrets(struct db *db, cJSON *secrets);

/* The world's own clock ("2026-01-15T09:00:00Z"), its limits switch (true = on). */
bool world_clock(const cJSON *world, int64_t *ret_ms, struct err *err);
bool world_limits(const cJSON *world);

/* The JSON Schema of world files, in the arena. */
cJSON *world_schema(struct arena *arena);
