/* OData's query options as Graph takes them, over rows of one set. Source: graph-query. */
#pragma once

#include "base/db.h"
#include "graph/error.h"
#include "server/call.h"

/* How a property is compared in SQL. */
enum graph_kind {
    GRAPH_KIND_GUID,  /* lower case in the column */
    GRAPH_KIND_TEXT,  /* case does not count */
    GRAPH_KIND_BOOL,  /* 0 or 1 */
    GRAPH_KIND_DATE,  /* the column has it as text, in whole seconds */
    GRAPH_KIND_TEXTS, /* an array in the document: any(), $count */
    GRAPH_KIND_COUNT, /* how many; `…/$count` alone */
};

/* What else than comparing it a property is good for. */
enum graph_use {
    GRAPH_SORT = 1,          /* $orderby */
    GRAPH_SORT_ADVANCED = 2, /* the same, with ConsistencyLevel and $count */
    GRAPH_SEARCH = 4,        /* $search */
};

struct graph_property {
    const char *name, *sql;
    enum graph_kind kind;
    unsigned uses;
};

/* A set of objects that can be listed. */
struct graph_set {
    const char *name;     /* "applications": in the context URL */
    const char *type;     /* "application" */
    const char *class_;   /* "Application": in error texts */
    const char *document; /* SQL of the object's JSON */
    const char *from;     /* tables, and conditions that always hold: "t WHERE c" */
    const char *id;       /* SQL of the key by which pages are ordered */
    const char *known;    /* SQL of the time from which a path finds an object; NULL: at once */
    const char *by_id;    /* SELECT of document and that time by an id; NULL: not by a path */
    const struct graph_property *properties;
    size_t property_count;
    const char *defaults; /* members that come without $select, by commas; NULL: all */
};

/* The whole set or, with `where` (an SQL condition with one `?`), a part of it. */
void graph_list(struct mock_call *call, struct mock_reply *reply, const struct graph_set *set,
                const char *where, const char *value);
/* `…/$count`: how many, as plain text. */
void graph_count(struct mock_call *call, struct mock_reply *reply, const struct graph_set *set);
/* One object from its JSON, with $select. `document` NULL: 404 that names `id`. */
void graph_one(struct mock_call *call, struct mock_reply *reply, int status,
               const struct graph_set *set, const char *document, const char *id);
/* Before anything is written: whether `document` has all that $select names; refuses if not. */
bool graph_select_check(struct mock_call *call, struct mock_reply *reply,
                        const struct graph_set *set, const char *document);
/* A JSON object under a context of its own. */
void graph_plain(struct mock_call *call, struct mock_reply *reply, int status, const char *context,
                 const char *document);
/* "https://graph.microsoft.com/v1.0/$metadata#…" by the version that was asked. */
const char *graph_context(struct mock_call *call, const char *what);
/* The body as a JSON object; NULL when it has been refused. An empty body is {}. */
cJSON *graph_body(struct mock_call *call, struct mock_reply *reply);
/* 204 */
void graph_nothing(struct mock_reply *reply);

/* The same JSON, but the keys of certificates are null; NULL of NULL. */
const char *graph_hide_keys(struct mock_call *call, const char *document);
/* The property of that name, case ignored; NULL: none. */
const struct graph_property *graph_property_find(const struct graph_set *set, const char *name);

/* filter.c: a condition in SQL and what is bound to it. */
struct graph_filter {
    struct strbuf sql;
    struct db_value args[40];
    size_t count;
};
/* False when it has been refused. `advanced`: ConsistencyLevel and $count were sent. */
bool graph_filter_parse(struct mock_call *call, struct mock_reply *reply,
                        const struct graph_set *set, const char *text, bool advanced,
                        struct graph_filter *ret);
/* search.c: $search in the same way. Source: graph-search. */
bool graph_search_parse(struct mock_call *call, struct mock_reply *reply,
                        const struct graph_set *set, const char *text, struct graph_filter *ret);
