/* A world in a file, so that it goes on after a restart: the image of its database. */
#pragma once

#include "base/arena.h"
#include "base/db.h"
#include "base/err.h"
#include "base/random.h"

/* What a world needs beside its rows. Texts of a loaded one are in the arena. */
struct store_meta {
    const char *name, *reference;
    uint64_t seed;
    int64_t start_ms, clock_ms;
    bool clock_virtual;
    struct random random;
};

/* The table that they stand in. */
extern const char store_file_schema[];

struct store_lock;

bool store_file_exists(const char *path);
/*
 * Claims the file for this process by a lock on "<path>.lock"; the file itself is replaced at each
 * save. Fails with ERR_CONFIG while somebody else has it.
 */
bool store_file_lock(const char *path, struct store_lock **ret, struct err *err);
void store_file_unlock(struct store_lock *lock);
/* Fails with ERR_CONFIG when the file is no store, or one of another version; it stays as it is. */
bool store_file_load(const char *path, struct db *db, struct arena *arena, struct store_meta *ret,
                     struct err *err);
/* Writes beside the file, then renames over it: a kill leaves the old or the new one. */
bool store_file_save(const char *path, struct db *db, const struct store_meta *meta,
                     struct err *err);
