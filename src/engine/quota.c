#include "engine/quota.h"

#include "base/auto.h"
#include "marketo/quota.h"

enum { WINDOW_MS = 300 * 1000 };

/* marketo-limits: calls of a day; dataverse-limits: requests of five minutes. */
static const struct {
    const char *side;
    int64_t limit;
} quotas[SYNC_QUOTAS] = {
    [SYNC_QUOTA_MARKETO] = {"marketo", 50000},
    [SYNC_QUOTA_DATAVERSE] = {"dataverse", 6000},
};

bool sync_quota_read(struct db *db, size_t side, int64_t now_ms, struct sync_quota *ret,
                     struct err *err)
{
    AUTO(db_rows) rows = {0};
    enum db_step step;

    *ret = (struct sync_quota){.side = quotas[side].side, .limit = quotas[side].limit};
    if (!db_query(db, "SELECT used, resets_ms FROM quota WHERE side = ?",
                  DB_ARGS(db_text(ret->side)), &rows, err)) {
        return false;
    }
    step = db_next(&rows, err);
    if (step == DB_ROW && db_column_int(&rows, 1) > now_ms) {
        ret->used = db_column_int(&rows, 0);
        ret->resets_ms = db_column_int(&rows, 1);
    }
    return step != DB_FAILED;
}

bool sync_quota_add(struct db *db, size_t side, int64_t calls, int64_t now_ms, struct err *err)
{
    struct sync_quota quota;
    int64_t resets_ms;

    if (!sync_quota_read(db, side, now_ms, &quota, err)) {
        return false;
    }
    resets_ms = side == SYNC_QUOTA_MARKETO ? sync_marketo_day_end(now_ms) : now_ms + WINDOW_MS;
    return calls == 0 ||
           db_run(db,
                  "INSERT INTO quota (side, used, resets_ms) VALUES (?, ?, ?)"
                  " ON CONFLICT (side) DO UPDATE SET used = excluded.used,"
                  " resets_ms = excluded.resets_ms",
                  DB_ARGS(db_text(quota.side), db_int(quota.used + calls), db_int(resets_ms)), err);
}
