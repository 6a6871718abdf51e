/* What the catalog and the rows of custom tables share. */
#pragma once

#include "dataverse/schema.h"

/* Fills columns and names from the rows, the columns of its kind, and `more`. */
void dv_assemble(struct arena *arena, struct dv_entity *entity, const struct dv_column *more,
                 size_t more_count);
void dv_make_table(struct db *db, const struct dv_entity *entity);
const char *dv_sql_type(const struct dv_column *column);
