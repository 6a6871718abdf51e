/*
 * A read, compiled: which rows by which SQL, and how each becomes JSON. Kept by the text of the
 * query, so that a client that asks the same again costs no parsing. Source: dataverse-query.
 */
#pragma once

#include "base/json_writer.h"
#include "dataverse/error.h"
#include "dataverse/org.h"
#include "dataverse/schema.h"

/* Annotations that `Prefer: odata.include-annotations` asks for. */
enum dv_annotation {
    DV_FORMATTED = 1,
    DV_LOOKUP_NAME = 2,
    DV_NAVIGATION = 4,
    DV_TOTAL_COUNT = 8,
    DV_COUNT_LIMIT = 16,
    DV_ALL_ANNOTATIONS = 31,
};

/* One property of a row. */
struct dv_out {
    const struct dv_column *column;
    const char *head; /* ,"name": */
    size_t head_len;
    const char *name; /* as on the wire */
    int at;           /* its place in the SQL row */
    int type_at;      /* of a lookup of several tables: which one; -1 */
    int label_at;     /* of a lookup whose formatted value is wanted: the target's name; -1 */
    /* ,"name@…": of the annotations that are wanted; NULL: not this one */
    const char *formatted_head, *navigation_head, *table_head;
};

/* The shape of a row, and of rows that are shown inside it. */
struct dv_node {
    const struct dv_entity *entity;
    struct dv_out *outs;
    size_t count;
    int key_at, version_at;
    const char *nav;         /* of an expanded one */
    const char *select;      /* what stands in the context's parentheses; NULL: all */
    struct dv_node *expands; /* next to one another */
    size_t expand_count;
    bool reference; /* $expand=nav/$ref */
    /* Of a collection: its own statement, with the parent's id as ?1. */
    const char *sql;
    const struct db_value *args;
    size_t arg_count;
    const char *link; /* the query of its nextLink, "?…" or nothing */
};

struct dv_order {
    const char *sql;
    const struct dv_column *column;
    bool descending;
    int at; /* its place in the SQL row */
};

enum { DV_MAX_ORDERS = 8, DV_READ_WORDS = 8 };

struct dv_plan {
    struct dv_plan *next;
    struct arena arena;
    const char *key;
    struct dv_node root;
    const char *select;          /* SELECT … FROM … */
    const char *where;           /* without WHERE; "" : all */
    const char *counting;        /* SELECT count(*) … */
    const struct db_value *args; /* of `where`, the first of which may be the parent's id */
    size_t arg_count;
    struct dv_order orders[DV_MAX_ORDERS];
    size_t order_count;
    const char *order_sql;
    const char *first;   /* the whole statement of a first page; its last value is the limit */
    const char *by_id;   /* the whole statement of one row */
    const char *context; /* "#leads(subject)" */
    const char *options; /* the query's own options, as a link repeats them: "$select=…" */
    int64_t top;         /* -1: none */
    bool count;
    bool tracking_forbids; /* an option that change tracking does not go with … */
    const char *forbidden; /* … its name */
    unsigned annotations;
    const char *owner;             /* only rows of this owner; NULL: all */
    uint64_t reads[DV_READ_WORDS]; /* tables that must be readable too, by their index */
};

/* How a read differs from a plain one. */
struct dv_read {
    const struct dv_entity *entity;
    const char *where; /* a condition with one `?` for `bound`; NULL: none */
    const char *bound;
    unsigned annotations;
    bool single;         /* one row: no $filter, $top … */
    const char *context; /* in place of the set's name; NULL: that */
};

/* Whose rows the caller sees, when not all: NULL. */
const char *dv_sees_only(struct mock_call *call, const struct dv_entity *entity);
/* Compiles the call's query, or finds it; NULL when it has been refused. */
const struct dv_plan *dv_plan_of(struct mock_call *call, struct mock_reply *reply,
                                 const struct dv_read *read);
void dv_plans_drop(struct dv_org *org);

/* filter.c */
struct dv_scope {
    const struct dv_scope *up;
    const char *var; /* of a lambda; NULL: the rows themselves */
    const struct dv_entity *entity;
    const char *alias; /* in SQL */
};
struct dv_filter {
    struct mock_call *call;
    struct mock_reply *reply;
    struct arena *arena;
    const struct dv_schema *schema;
    struct strbuf *sql;
    struct db_value *args;
    size_t arg_count, arg_size;
    const char *caller; /* systemuserid, for EqualUserId and the like */
    uint64_t *reads;    /* bits of the entities that are read beside the first; NULL: nobody asks */
};
/* Notes that rows of this table are looked at. */
void dv_reads(struct dv_filter *filter, const struct dv_entity *entity);
enum { DV_MAX_ARGS = 2000 };
/* A condition of $filter; false when it has been refused. */
bool dv_filter_parse(struct dv_filter *filter, const struct dv_scope *scope, const char *text);
/* A path to a column as SQL: "name", "parentaccountid/name"; NULL when it has been refused. */
const char *dv_path_sql(struct dv_filter *filter, const struct dv_scope *scope, const char *path,
                        const struct dv_column **ret);
/* One part of $orderby, "name desc": its path; NULL when it has been refused. */
char *dv_order_part(struct dv_filter *filter, char *part, bool *ret_descending);
/* The SQL of a stored or computed column of the table `alias`. */
const char *dv_column_sql(struct arena *arena, const char *alias, const struct dv_column *column);
/* Brings a date with time into the form that is stored; NULL when it is none. */
const char *dv_date_text(struct arena *arena, const char *text, bool date_only, bool *ret_fraction);

/* rows.c: a row as JSON. `context`: the row's own, NULL for one in a list. */
void dv_write_row(struct mock_call *call, struct json_writer *writer, const struct dv_plan *plan,
                  const struct dv_node *node, struct db_rows *rows, const char *context);
/* The value of a column of the present row. */
void dv_write_value(struct json_writer *writer, const struct dv_column *column,
                    struct db_rows *rows, int at);
/* As `Prefer` asks, also in the header Preference-Applied. */
unsigned dv_annotations(struct mock_call *call, struct mock_reply *reply);
