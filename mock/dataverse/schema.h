/*
 * What an organization's tables look like: entities, their columns, choices and relationships.
 * Standard ones are static tables of this program (tables_*.c); what a solution or a customizer
 * adds are rows of the world. Sources: dataverse-tables, dataverse-metadata.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/db.h"

enum dv_type {
    DV_ID, /* the primary key */
    DV_GUID,
    DV_STRING,
    DV_MEMO,
    DV_INT,
    DV_BIGINT,
    DV_BOOL,
    DV_CHOICE,
    DV_STATE,
    DV_STATUS,
    DV_MONEY,   /* an integer of ten-thousandths in the database */
    DV_DECIMAL, /* an integer of 10^-scale */
    DV_DOUBLE,
    DV_DATETIME, /* text, 2026-01-15T09:00:00Z */
    DV_DATE,     /* text, 2026-01-15 */
    DV_LOOKUP,
    DV_CUSTOMER, /* a lookup of accounts or contacts */
    DV_OWNER,    /* a lookup of users or teams */
    DV_TYPE_COUNT,
};

enum dv_column_flags {
    DV_NO_CREATE = 1,
    DV_NO_UPDATE = 2,
    DV_READ_ONLY = DV_NO_CREATE | DV_NO_UPDATE,
    DV_SYSTEM_REQUIRED = 4,
    DV_APP_REQUIRED = 8, /* of the user interface alone */
    DV_RECOMMENDED = 16,
    DV_INDEXED = 32, /* filters go there */
    DV_CUSTOM = 64,
    DV_BASE_MONEY = 128, /* money in the base currency: computed, not stored */
    DV_COMPUTED = 256,   /* the server fills it from other columns */
};

/* A list ends with a NULL label. `state` is the state of a status; the first one is its default. */
struct dv_option {
    int64_t value;
    const char *label;
    int64_t state;
};

/*
 * One table that a lookup may name: `nav` is the property that binds it, `collection` the one on
 * the other side, NULL where the mock offers none. A list ends with a NULL entity.
 */
struct dv_target {
    const char *entity, *nav, *collection;
};

struct dv_column {
    const char *schema; /* SchemaName; the logical name is the same in lower case */
    const char *label;
    enum dv_type type;
    unsigned flags;     /* enum dv_column_flags */
    int64_t size;       /* of texts: the most characters; of decimals: their scale */
    double least, most; /* of numbers; both 0: the type's own */
    const struct dv_option *options;
    int64_t initial; /* of choices and truth values: the default; -1 = none */
    const struct dv_target *targets;
    const char *name; /* logical; the catalog fills it */
    const char *id;   /* MetadataId; NULL: made from the names */
    int index;        /* place among the entity's columns; the catalog fills it */
};

enum dv_entity_flags {
    DV_USER_OWNED = 1,  /* has an owner, a state, and the columns of section "common" */
    DV_ORG_OWNED = 2,   /* created, modified, but no owner */
    DV_TRACKED = 4,     /* change tracking is on */
    DV_OPTIMISTIC = 8,  /* ETags may be conditions */
    DV_WITH_MONEY = 16, /* currency and exchange rate */
    DV_STATEFUL = 32,   /* statecode and statuscode */
    DV_CUSTOM_ENTITY = 64,
    DV_SECURITY = 128, /* a change may change what callers are allowed */
    DV_NO_WRITE = 256, /* rows come from the platform alone */
    DV_KEPT = 512,     /* a change changes what is kept of the organization */
};

struct dv_names; /* columns by name */

struct dv_entity {
    const char *name, *schema; /* "lead", "Lead" */
    const char *set;           /* "leads" */
    const char *label, *plural;
    int otc;               /* object type code */
    const char *key;       /* "leadid" */
    const char *main_name; /* "fullname": the primary name column */
    unsigned flags;        /* enum dv_entity_flags */
    const struct dv_column *rows;
    size_t row_count;

    /* What the catalog makes of it. */
    int index; /* place among the organization's entities: bit of privileges */
    const struct dv_column *const *columns;
    size_t column_count;
    const struct dv_names *names;
    const char *table; /* its name in the database: "o0_lead" */
    const char *id;    /* MetadataId; NULL: made from the name */
    bool hidden;       /* made by a solution that was not published yet */
};

/* A relationship of many to many; each side's `nav` is a collection there. */
struct dv_many {
    const char *name; /* of the intersect table and of its schema */
    const char *left, *left_key, *left_nav;
    const char *right, *right_key, *right_nav;
};

extern const struct dv_many dv_many[];
extern const size_t dv_many_count;

/* An organization's tables as they are now. */
struct dv_schema {
    int64_t ord;
    const char *host;
    const struct dv_entity *const *entities;
    size_t count;
};

/* The column of that logical name; NULL when there is none. */
const struct dv_column *dv_column(const struct dv_entity *entity, const char *name);
/* The same for a name that is no whole string. */
const struct dv_column *dv_column_n(const struct dv_entity *entity, const char *name, size_t len);
/* The lookup column that a single-valued navigation property belongs to, and the target it names.
 */
const struct dv_column *dv_nav(const struct dv_entity *entity, const char *nav, size_t len,
                               const struct dv_target **ret);
/* The column behind `_name_value`; NULL when the name has another form or is no lookup. */
const struct dv_column *dv_lookup_value(const struct dv_entity *entity, const char *name,
                                        size_t len);
bool dv_is_lookup(const struct dv_column *column);
/* Whether the table itself fills a new row's column. */
bool dv_has_default(const struct dv_column *column);
/* Whether a lookup has a second column that says which table it names. */
bool dv_is_polymorphic(const struct dv_column *column);
/* What a column is called over the wire: "_ownerid_value", "subject". */
const char *dv_wire_name(struct arena *arena, const struct dv_column *column);

const struct dv_entity *dv_entity(const struct dv_schema *schema, const char *name);
const struct dv_entity *dv_entity_of_set(const struct dv_schema *schema, const char *set,
                                         size_t len);
/* The child's lookup column behind a collection of the parent ("contact_customer_accounts"). */
const struct dv_column *dv_collection(const struct dv_schema *schema,
                                      const struct dv_entity *parent, const char *collection,
                                      const struct dv_entity **ret_child);

/* Many to many behind a collection, the table on its other side, and whether `entity` is the left
 * one; NULL when there is none. */
const struct dv_many *dv_many_of(const struct dv_schema *schema, const struct dv_entity *entity,
                                 const char *collection, const struct dv_entity **ret_other,
                                 bool *ret_left);

/* Standard tables, made once a process. */
const struct dv_entity *dv_standard(size_t *ret_count);
/*
 * Makes the standard tables of an organization. Those of the first one are part of an empty world,
 * so that a world costs no CREATE TABLE.
 */
void dv_make_tables(struct db *db, int64_t ord);
/* The place of a standard entity, -1 when it is none. */
int dv_standard_index(const char *name);
/*
 * The organization's schema: standard entities and what its rows add. Belongs to the arena, as do
 * all texts that are not literals. `hidden` ones are left out unless `all`.
 */
const struct dv_schema *dv_schema_load(struct arena *arena, struct db *db, const char *host);

/* A custom table and custom columns; the names must be free. */
struct dv_custom_entity {
    const char *schema, *set, *label, *plural, *main_schema, *main_label;
    int64_t main_size;
    unsigned flags;
    bool hidden;
    const char *solution; /* id; NULL: none */
};
void dv_custom_entity_add(struct db *db, struct arena *arena, int64_t ord,
                          const struct dv_custom_entity *entity);
void dv_custom_column_add(struct db *db, struct arena *arena, int64_t ord, const char *entity,
                          const struct dv_column *column, const char *solution);
void dv_custom_column_drop(struct db *db, struct arena *arena, int64_t ord, const char *entity,
                           const char *column);
/* Has what is kept of the organization's metadata read again: a number that never comes twice, so
 * that a change that was rolled back is not taken for the next one. */
void dv_metadata_changed(struct db *db, int64_t ord);
/* The id of a thing of metadata, always the same for the same names. */
const char *dv_metadata_id(struct arena *arena, const char *kind, const char *a, const char *b);
