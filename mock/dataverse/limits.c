#include "dataverse/limits.h"

#include "dataverse/caller.h"
#include "server/services.h"
#include "server/world.h"
#include "store/store.h"

enum { WINDOW_S = 300, MOST_REQUESTS = 6000, MOST_AT_ONCE = 52 };

static bool throttled(struct mock_call *call, struct mock_reply *reply, enum dv_error error,
                      int64_t retry_s)
{
    dv_refuse(call, reply, error, NULL, NULL, NULL, NULL);
    mock_reply_header_set(
        reply, "Retry-After",
        arena_printf(call->arena, "%lld", (long long)(retry_s > 0 ? retry_s : 1)));
    return false;
}

/* Calls that arrived before and whose answer is not due yet. */
static bool take_place(struct mock_call *call, struct mock_reply *reply, const char *user)
{
    int64_t latency_ms = call->world->latency_ms[MOCK_DATAVERSE];
    int64_t ord = call->caller->org->ord, running;

    if (latency_ms == 0) {
        return true; /* a call takes no time */
    }
    store_run(call->db, "DELETE FROM dv_running WHERE due_ms <= ?", DB_ARGS(db_int(call->now_ms)));
    running = store_int(call->db,
                        "SELECT ifnull(sum(calls), 0) FROM dv_running WHERE ord = ? AND user = ?",
                        DB_ARGS(db_int(ord), db_text(user)), 0);
    if (running >= MOST_AT_ONCE) {
        return throttled(call, reply, DV_TOO_CONCURRENT, (latency_ms + 999) / 1000);
    }
    store_run(call->db,
              "INSERT INTO dv_running (ord, user, due_ms, calls) VALUES (?, ?, ?, 1)"
              " ON CONFLICT (ord, user, due_ms) DO UPDATE SET calls = calls + 1",
              DB_ARGS(db_int(ord), db_text(user), db_int(call->now_ms + latency_ms)));
    return true;
}

static void show(struct mock_call *call, struct mock_reply *reply, int64_t used)
{
    mock_reply_header_set(reply, "x-ms-ratelimit-time-remaining-xrm-requests", "1,200.00");
    mock_reply_header_set(
        reply, "x-ms-ratelimit-burst-remaining-xrm-requests",
        arena_printf(call->arena, "%lld",
                     (long long)(used < MOST_REQUESTS ? MOST_REQUESTS - used : 0)));
}

/* Counts by whole seconds, as long as they are in the window. */
static bool count(struct mock_call *call, struct mock_reply *reply, const char *user, int64_t calls)
{
    int64_t now_s = call->now_ms / 1000, ord = call->caller->org->ord, used;

    store_run(call->db, "DELETE FROM dv_usage WHERE ord = ? AND user = ? AND second <= ?",
              DB_ARGS(db_int(ord), db_text(user), db_int(now_s - WINDOW_S)));
    used =
        store_int(call->db, "SELECT ifnull(sum(calls), 0) FROM dv_usage WHERE ord = ? AND user = ?",
                  DB_ARGS(db_int(ord), db_text(user)), 0);
    if (used + calls > MOST_REQUESTS) {
        int64_t first =
            store_int(call->db, "SELECT min(second) FROM dv_usage WHERE ord = ? AND user = ?",
                      DB_ARGS(db_int(ord), db_text(user)), now_s);

        show(call, reply, MOST_REQUESTS);
        return throttled(call, reply, DV_TOO_MANY_REQUESTS, first + WINDOW_S - now_s);
    }
    store_run(call->db,
              "INSERT INTO dv_usage (ord, user, second, calls) VALUES (?, ?, ?, ?)"
              " ON CONFLICT (ord, user, second) DO UPDATE SET calls = calls + excluded.calls",
              DB_ARGS(db_int(ord), db_text(user), db_int(now_s), db_int(calls)));
    show(call, reply, used + calls);
    return true;
}

bool dv_limits_take(struct mock_call *call, struct mock_reply *reply)
{
    const char *user = call->caller->user->id;

    if (!call->caller->org->limits) {
        mock_reply_header_set(reply, "x-ms-ratelimit-time-remaining-xrm-requests", "1,200.00");
        mock_reply_header_set(reply, "x-ms-ratelimit-burst-remaining-xrm-requests", "7999");
        return true;
    }
    return count(call, reply, user, 1) && take_place(call, reply, user);
}

bool dv_limits_more(struct mock_call *call, struct mock_reply *reply, int64_t calls)
{
    return !call->caller->org->limits || calls <= 0 ||
           count(call, reply, call->caller->user->id, calls);
}
