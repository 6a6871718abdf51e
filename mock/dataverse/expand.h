/* How a plan's rows are put together. */
#pragma once

#include "dataverse/plan.h"

struct dv_build {
    struct arena *arena; /* of the plan */
    struct dv_filter filter;
    struct strbuf *columns, *from;
    int at; /* how many columns there are */
    int joins, depth, nesting;
    unsigned annotations;
};

/* Adds a row's columns; `select` NULL: all. False when it has been refused. */
bool dv_select_build(struct dv_build *build, struct dv_node *node, const char *alias,
                     const char *select);
bool dv_expand_build(struct dv_build *build, struct dv_node *node, const char *alias,
                     const char *text);
void dv_context_add(const struct dv_node *node, struct strbuf *text);
