/*
 * Which column of Dynamics is which field of Marketo: the selection of the CRM page, the columns
 * that are really there, and the pairs that are always made (section 17 of the rule book).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/json.h"
#include "mapping/diff.h"
#include "mapping/value.h"

/* An entity that is synchronized; rank orders parents before their children. */
struct sync_entity {
    const char *name, *set, *key; /* "lead", "leads", "leadid" */
    const char *type, *id_field;  /* "Lead", "msftLeadId": what Marketo calls it; NULL: a company */
    const char *parent, *parent_field; /* "parentcustomerid", "externalCompanyId"; NULL: none */
    enum sync_winner winner;
};

enum { SYNC_ENTITIES = 3 };
/* account, lead, contact: by rank, which is the index. */
extern const struct sync_entity sync_entities[SYNC_ENTITIES];
/* The index, or -1. */
int sync_entity_find(const char *name);

/* The field that holds a company's key, and the one that says "deleted in Microsoft". */
#define SYNC_COMPANY_KEY "externalCompanyId"
#define SYNC_DELETED     "msftIsDeleted"
#define SYNC_TYPE        "msftType"
/* The Two Options column of the custom filter (FILT-01). */
#define SYNC_FILTER "new_synctomkto"

struct sync_field {
    uint32_t id;        /* its number in the engine's database; 0 until it has one */
    const char *name;   /* the column: "firstname" */
    const char *label;  /* in Dynamics */
    const char *target; /* in Marketo: "firstName" */
    enum sync_kind kind;
    bool to_dynamics;      /* both ways */
    bool as_text;          /* Marketo's field holds text, whatever the column is */
    bool is_filter;        /* only looked at */
    int64_t target_length; /* 0: not known */
};

/* The mapping of one entity. */
struct sync_mapping {
    const struct sync_entity *entity;
    struct sync_field *fields;
    size_t count;
    const struct sync_field **by_name; /* sorted */
    bool queued;                       /* a quick sync of one of them was asked for */
};

/* A column as Dynamics has it now. */
struct sync_column {
    const char *name;
    const char *type; /* AttributeType: "String", "Picklist" */
    bool updatable;
};

struct sync_columns {
    struct sync_column *items; /* sorted by name */
    size_t count;
};

/*
 * The selected fields of one entity from fields.json (its `result`). The account of a contact is
 * always among them. Kinds and directions are those of the pairs that are always made, else of
 * text, until sync_mapping_check() has seen the columns. Fails with ERR_PROTOCOL on another shape.
 */
bool sync_mapping_read(struct arena *arena, const cJSON *page, const struct sync_entity *entity,
                       struct sync_mapping *ret, struct err *err);
/* Takes the kinds of the columns over. The first selected column that is not there; NULL: none. */
const char *sync_mapping_check(struct sync_mapping *mapping, const struct sync_columns *columns);
/* Leaves a column out: its mapping is suspended. */
void sync_mapping_drop(struct sync_mapping *mapping, const char *name);
/* Sorts; call it when the fields are complete. */
void sync_mapping_index(struct arena *arena, struct sync_mapping *mapping);
/* By column, the first `len` bytes of `name`; NULL when it is not mapped. */
const struct sync_field *sync_mapping_find(const struct sync_mapping *mapping, const char *name,
                                           size_t len);
const struct sync_field *sync_mapping_by_id(const struct sync_mapping *mapping, uint32_t id);
const struct sync_field *sync_mapping_by_target(const struct sync_mapping *mapping,
                                                const char *target);
/* A text that is equal exactly for equal mappings. */
const char *sync_mapping_text(struct arena *arena, const struct sync_mapping *mapping);
