/*
 * Warm databases in memory: a new connection with its statements costs milliseconds, a kept one
 * takes the image of an empty world in a fraction of that.
 */
#pragma once

#include "base/db.h"

/* A database with the schema of an empty world. */
struct db *store_pool_take(void);
/* Gives it back for the next world. */
void store_pool_give(struct db *db);

/* What a world's file looks like: raised with every change of a table. */
enum { STORE_SCHEMA_VERSION = 4 };
