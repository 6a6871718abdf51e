/* How many calls of each side the sync has used of what the vendor allows. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/db.h"

enum { SYNC_QUOTA_MARKETO, SYNC_QUOTA_DATAVERSE, SYNC_QUOTAS };

struct sync_quota {
    const char *side; /* "marketo", "dataverse" */
    int64_t used, limit;
    int64_t resets_ms; /* 0: nothing is used */
};

/* Adds the calls of a pass; the caller commits. */
bool sync_quota_add(struct db *db, size_t side, int64_t calls, int64_t now_ms, struct err *err);
bool sync_quota_read(struct db *db, size_t side, int64_t now_ms, struct sync_quota *ret,
                     struct err *err);
