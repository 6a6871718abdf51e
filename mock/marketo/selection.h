/* Which columns of Dynamics are selected, and the schema that the page stored with the last Save.
 */
#pragma once

#include "base/json.h"
#include "marketo/mapping.h"

/* A column as the page shows it. */
struct marketo_column {
    const char *name, *label, *type; /* of Dynamics */
    int64_t length;
    bool custom, updatable, standard; /* standard: one of the default pairs */
    bool selected;
    bool queued;                     /* for Quick Sync, where that was asked for */
    const char *field, *field_label; /* the Marketo field that it feeds */
    const char *also;                /* the second one; NULL: none */
    enum marketo_type field_type;
};

enum marketo_schema_source {
    MARKETO_STORED,   /* as the last Save found it: what the page shows */
    MARKETO_SELECTED, /* of these only what is selected */
    MARKETO_LIVE,     /* as Dynamics has it now */
};
/* The columns of an entity by name; those that the worker handles by itself are not among them. */
size_t marketo_columns(struct arena *arena, struct db *db, int64_t sub, const char *org,
                       const struct marketo_entity *entity, enum marketo_schema_source source,
                       struct marketo_column **ret);
/* Stores the live schema of all entities; the selection stays. */
void marketo_schema_store(struct db *db, int64_t sub, const char *org);

/*
 * Saves the selection of one entity: `names`, or with `standard` the default pairs, or else what
 * was selected; always less what Dynamics does not have. Makes the fields that they feed.
 */
struct marketo_choice {
    const char *const *names; /* NULL: none are named */
    size_t count;
    bool standard;
};
void marketo_select(struct db *db, int64_t sub, const char *org,
                    const struct marketo_entity *entity, const struct marketo_choice *choice);
bool marketo_selected(struct db *db, int64_t sub, const char *entity, const char *column);
/* The person fields that the CRM fills: msftType and the like; with `key` also dynamicsId. */
void marketo_crm_fields(struct db *db, int64_t sub, bool key);
void marketo_selection_clear(struct db *db, int64_t sub);
