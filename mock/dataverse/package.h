/* A solution package: a zip with solution.xml and customizations.xml. Source: dataverse-solution.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "dataverse/schema.h"

struct package_column {
    const char *entity; /* logical name */
    struct dv_column column;
};

struct package_table {
    struct dv_custom_entity entity;
};

struct package_privilege {
    const char *name; /* "prvReadLead" */
    int depth;        /* 1, 2, 4, 8 */
};

struct package_role {
    const char *id, *name;
    struct package_privilege *privileges;
    size_t count;
};

struct package_step {
    const char *id, *name, *message, *entity;
    int64_t stage, mode, rank;
};

struct package {
    const char *name, *friendly_name, *version;
    bool managed;
    const char *publisher, *publisher_name, *prefix;
    int64_t option_prefix;
    struct package_table *tables;
    size_t table_count;
    struct package_column *columns;
    size_t column_count;
    struct package_role *roles;
    size_t role_count;
    struct package_step *steps;
    size_t step_count;
};

/* Everything belongs to the arena. Fails with ERR_CONFIG and what is wrong with the file. */
bool package_read(struct arena *arena, const void *bytes, size_t len, struct package *ret,
                  struct err *err);
/* The package that comes with the program. */
bool package_shipped(struct arena *arena, struct package *ret, struct err *err);

/* xml.c: one file of it; the only one with libxml2. */
struct xml_doc;
struct xml_node;
/* Entities, document types and the network are off. The document ends with the arena. */
bool xml_read(struct arena *arena, const char *text, size_t len, const char *name,
              const struct xml_node **ret, struct err *err);
/* The first child of that name, NULL when there is none; the next sibling of the same name. */
const struct xml_node *xml_child(const struct xml_node *node, const char *name);
const struct xml_node *xml_next(const struct xml_node *node);
/* A child below a child: "SolutionManifest/Publisher/UniqueName". */
const struct xml_node *xml_find(const struct xml_node *node, const char *path);
/* Its text in the arena; "" when it has none or is NULL. */
const char *xml_text(struct arena *arena, const struct xml_node *node);
/* NULL when it is not there. */
const char *xml_attribute(struct arena *arena, const struct xml_node *node, const char *name);

/* zip.c: the only one with libzip. A file out of the archive in memory, NULL with *err set when it
 * is not there or longer than `most`. */
char *zip_member(struct arena *arena, const void *bytes, size_t len, const char *name, size_t most,
                 size_t *ret_len, struct err *err);
