/*
 * A page of rows, read one row at a time: the page stays text, and only the present row is a tree,
 * so that a page of 5,000 rows takes little more than its own size.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/json.h"

struct sync_page_text {
    const char *at, *end;     /* the rows that are left */
    const char *next, *delta; /* @odata.nextLink, @odata.deltaLink; NULL: none */
    const char *context;      /* @odata.context */
};

/* Finds the members of a page; looks through the whole text. Fails with ERR_PROTOCOL when it is no
 * page or does not end. The texts are the arena's. */
bool sync_page_open(struct arena *arena, const char *text, size_t len, struct sync_page_text *ret,
                    struct err *err);
/* The next row, an object; *ret is NULL behind the last one. */
bool sync_page_next(struct arena *arena, struct sync_page_text *page, const cJSON **ret,
                    struct err *err);
