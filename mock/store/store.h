/*
 * The state of a world: rows of one SQLite database. A failure here is our own bug (or memory is
 * out), so these end the process instead of returning it; everything else of base/db.h may be used
 * beside them.
 */
#pragma once

#include "base/db.h"
#include "base/json.h"

/* Runs one statement; returns how many rows it changed. */
int64_t store_run(struct db *db, const char *sql, const struct db_value *args, size_t count);
void store_script(struct db *db, const char *sql);

/* The first column of the first row, or `otherwise`. */
int64_t store_int(struct db *db, const char *sql, const struct db_value *args, size_t count,
                  int64_t otherwise);
/* The same as text in the arena; NULL when there is no row or it is null. */
char *store_text(struct db *db, struct arena *arena, const char *sql, const struct db_value *args,
                 size_t count);

/* A query and its rows: while (store_next(&rows)) … db_column_text(&rows, 0) … with AUTO(db_rows)
 * rows. */
void store_query(struct db_rows *rows, struct db *db, const char *sql, const struct db_value *args,
                 size_t count);
bool store_next(struct db_rows *rows);

/*
 * A setting of the world. `scope` is "tenant", "organization/<host>" or "subscription/<munchkin>".
 * What the world does not say has the default of the table in store/settings.c, where every setting
 * is documented.
 */
int64_t store_setting_int(struct db *db, const char *scope, const char *name);
bool store_setting_bool(struct db *db, const char *scope, const char *name);
char *store_setting_text(struct db *db, struct arena *arena, const char *scope, const char *name);
/* `at_ms` and the setting, a duration, later. */
int64_t store_setting_after(struct db *db, const char *scope, const char *name, int64_t at_ms);
void store_setting_put(struct db *db, const char *scope, const char *name, const cJSON *value);
