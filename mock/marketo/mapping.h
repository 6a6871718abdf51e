/*
 * Which Dynamics column feeds which Marketo field: the default pairs (section 17 of the rule
 * book, MAP-01 to MAP-08), and what becomes of any other column.
 */
#pragma once

#include "marketo/fields.h"

struct marketo_pair {
    const char *entity; /* logical name of the table */
    const char *column;
    const char *name, *label; /* the Marketo field; NULL: internal, the worker's business */
    enum marketo_type type;
    const char *also, *also_label; /* a second field that it feeds (MAP-02); NULL: none */
};
extern const struct marketo_pair marketo_pairs[];
extern const size_t marketo_pair_count;

/* An entity of the page. */
struct marketo_entity {
    const char *name, *label;
    const char *direction; /* "both" or "to_marketo" */
    enum marketo_object object;
};
extern const struct marketo_entity marketo_entities[];
extern const size_t marketo_entity_count;
const struct marketo_entity *marketo_entity_find(const char *name);

/* The default pair of a column; NULL: none. */
const struct marketo_pair *marketo_pair_find(const char *entity, const char *column);
/* The Marketo type of a column by its AttributeType; false for one that does not sync. */
bool marketo_type_of_column(const char *attribute_type, enum marketo_type *ret);
