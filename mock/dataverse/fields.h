/* Columns that a customizer adds, and privileges by name. */
#pragma once

#include "base/err.h"
#include "base/json.h"
#include "dataverse/schema.h"

/*
 * {table, field, type, label?, options?}: `table` is a set or a logical name, `type` string, memo,
 * integer, decimal, money, boolean, datetime or picklist. Fails with what is wrong and its pointer
 * within `field`.
 */
bool dv_field_add(struct db *db, struct arena *arena, const struct dv_schema *schema,
                  const cJSON *field, struct err *err);
/* "prvReadLead" for a role, at a depth of 1, 2, 4 or 8; false when there is no such privilege. */
bool dv_privilege_put(struct db *db, struct arena *arena, const struct dv_schema *schema,
                      const char *role, const char *name, int depth);
