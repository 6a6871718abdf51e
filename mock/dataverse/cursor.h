/* Where a list goes on: the `$skiptoken` of its links. Source: dataverse-paging. */
#pragma once

#include "dataverse/plan.h"

/* Where a page goes on, and what a tracked read carries from page to page. */
struct dv_cursor {
    int64_t page;
    bool tracking;
    int64_t version;      /* of a tracked read: up to which it goes */
    int64_t since;        /* of a delta read: after which; -1 in a first read */
    int64_t last_version; /* of a delta read: of the last row shown */
    bool deleted;         /* the deleted rows are shown already, up to last_version */
    const char *values[DV_MAX_ORDERS + 1]; /* of the last row; NULL: null */
    size_t value_count;
};

/* What the rows of a page leave behind for the link to the next one. */
struct dv_edge {
    const char *first_id, *last_id;
    const char *values[DV_MAX_ORDERS];
};

/* The whole token, encoded as it stands in the link. */
const char *dv_skip_token(struct mock_call *call, const struct dv_plan *plan,
                          const struct dv_cursor *next, const struct dv_edge *edge);
/* Reads one that came back; false when it is none of ours. */
bool dv_skip_read(struct mock_call *call, const struct dv_plan *plan, const char *token,
                  struct dv_cursor *ret);
/* Percent-encodes all but letters, digits and `keep`, with digits of either case. */
void dv_encode(struct strbuf *out, const char *text, bool lower, const char *keep);
