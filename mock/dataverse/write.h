/*
 * Writing rows: a body becomes values, the server adds what it fills itself, one statement writes
 * them. Sources: dataverse-create, dataverse-update.
 */
#pragma once

#include "dataverse/caller.h"
#include "dataverse/schema.h"

/* A value for a column; `type` is the table that a lookup of several names. */
struct dv_set {
    const struct dv_column *column;
    struct db_value value;
    const char *type;
};

enum { DV_MAX_SETS = 1000 };

struct dv_values {
    const struct dv_entity *entity;
    struct dv_set *items;
    size_t count, size;
    uint16_t *at; /* by the column's index: place among the items, from 1 */
    struct arena *arena;
};

struct dv_values dv_values_new(struct arena *arena, const struct dv_entity *entity);
void dv_put(struct dv_values *values, const struct dv_column *column, struct db_value value,
            const char *type);
/* By logical name; nothing when the table has no such column. */
void dv_put_name(struct dv_values *values, const char *name, struct db_value value);
void dv_put_new(struct dv_values *values, const char *name, struct db_value value);
const struct dv_set *dv_value_of(const struct dv_values *values, const char *name);
/* Writes the row as it stands: no rule, no right, no version. For loaders and packages. */
void dv_insert(struct db *db, const struct dv_values *values);
void dv_update(struct db *db, const struct dv_values *values, const char *id);

/* What a body leaves to be done once the row itself is there. */
struct dv_later {
    struct dv_later *next;
    const cJSON *item; /* a row to be made, or the text of a binding */
    const char *name;  /* the collection */
};

/* JSON → values. False when it has been refused. */
bool dv_body_read(struct mock_call *call, struct mock_reply *reply, const cJSON *body, bool create,
                  struct dv_values *ret, struct dv_later **ret_later);
/* One property. */
bool dv_convert(struct mock_call *call, struct mock_reply *reply, const struct dv_entity *entity,
                const struct dv_column *column, const cJSON *item, struct db_value *ret);

/* "/accounts(G)", "accounts(G)" or a whole address. False when it has been refused. */
bool dv_reference(struct mock_call *call, struct mock_reply *reply, const char *text,
                  const struct dv_entity **ret_entity, const char **ret_id);
/* The id in a key's parentheses; NULL when it has been refused. */
const char *dv_key(struct mock_call *call, struct mock_reply *reply, const struct dv_entity *entity,
                   const char *text);
bool dv_exists(struct mock_call *call, const struct dv_entity *entity, const char *id);

/* A new row. `id` NULL: the body's, else one from the seed. False when it has been refused. */
bool dv_create(struct mock_call *call, struct mock_reply *reply, const struct dv_entity *entity,
               const cJSON *body, const char *id, const char **ret_id);
/* Changes a row that is there. */
bool dv_change(struct mock_call *call, struct mock_reply *reply, const struct dv_entity *entity,
               const char *id, const cJSON *body);
/* The same from values that were read already. */
bool dv_change_values(struct mock_call *call, struct mock_reply *reply,
                      const struct dv_entity *entity, const char *id, struct dv_values *values);
/*
 * Whether the caller has a right to a row, which is there: without the right at organization depth
 * only to those that the caller owns. False when it has been refused.
 */
bool dv_may_row(struct mock_call *call, struct mock_reply *reply, const struct dv_entity *entity,
                const char *id, enum dv_right right);
/* With what goes with it, or nothing. */
bool dv_delete(struct mock_call *call, struct mock_reply *reply, const struct dv_entity *entity,
               const char *id);
/* Links two rows of many to many, or takes the link away. */
bool dv_link(struct mock_call *call, const struct dv_many *many, const char *left,
             const char *right, bool on);

/* defaults.c: what the server fills. */
void dv_fill_new(struct mock_call *call, struct dv_values *values);
/* Names put together, states and their reasons … `id`: of a row that is there, NULL of a new one.
 */
bool dv_fill_rules(struct mock_call *call, struct mock_reply *reply, struct dv_values *values,
                   const char *id);
/* users.c: a new application user gets its names from the directory. */
bool dv_fill_user(struct mock_call *call, struct mock_reply *reply, struct dv_values *values);

/* plugins.c: a step of Marketo's writes a row of its log, by this statement of the log's columns as
 * they are now; NULL without a log. */
const char *dv_plugin_statement(struct arena *arena, const struct dv_entity *log);
void dv_plugin(struct mock_call *call, const struct dv_entity *entity, const char *message,
               const char *id);
