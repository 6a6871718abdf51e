/* What the catalog and the rows of custom tables share. */
#pragma once

#include "dataverse/schema.h"

/* Fills columns and names from the rows, the columns of its kind, and `more`. */
void dv_assemble(struct arena *arena, struct dv_entity *entity, const struct dv_column *more,
                 size_t more_count);
void dv_make_table(struct db *db, const struct dv_entity *entity);
const char *dv_sql_type(const struct dv_column *column);
/* The tables of many to many. */
void dv_make_links(struct db *db, int64_t ord);
/* A custom table's key, name and place in the database, before its columns are put together. */
void dv_custom_entity_begin(struct arena *arena, const struct dv_custom_entity *custom, int64_t ord,
                            struct dv_entity *ret);
