/*
 * The engine's own database. Every commit goes through sync_store_commit(), which tells the
 * environment; a commit is on the disk when it returns.
 */
#pragma once

#include <stdbool.h>

#include "base/db.h"
#include "core/env.h"
#include "core/problem.h"

struct sync_store {
    struct db *db;
    struct sync_env *env;
    int lock; /* descriptor of the side file that keeps a second engine out; -1 = none */
};

/*
 * Opens or makes the database `name`: a path, an SQLite URI or ":memory:". A file is locked against
 * other engines; one that is locked already fails with `in_use`.
 */
bool sync_store_open(struct sync_store *ret, struct sync_env *env, const char *name,
                     struct sync_problem *problem);
bool sync_store_commit(struct sync_store *store, struct db_txn *txn, struct sync_problem *problem);
void sync_store_close(struct sync_store *store);
/* Closes as a kill would: what is not committed is gone, and nothing is written. */
void sync_store_abandon(struct sync_store *store);
