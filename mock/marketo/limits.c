/* Source: marketo-limits. */
#include "marketo/limits.h"

#include <string.h>

#include "marketo/central.h"
#include "marketo/marketo.h"
#include "server/held.h"
#include "server/world.h"
#include "store/store.h"

enum {
    WINDOW_CALLS = 100,
    WINDOW_MS = 20000,
    AT_ONCE = 10,
    MOST_TARGET = 8192,
    MOST_BODY = 1024 * 1024,
    MOST_IMPORT = 10 * 1024 * 1024,
    WEEK = 7,
};

bool marketo_sizes(struct mock_call *call, struct mock_reply *reply)
{
    bool import = call->path.count > 0 && str_eq(call->path.segments[0], "bulk");

    if (!store_setting_bool(call->db, "tenant", "limits")) {
        return true;
    }
    if (strlen(call->target) > MOST_TARGET) {
        marketo_gateway(call, reply, 414);
        return false;
    }
    if (call->body_len > (size_t)(import ? MOST_IMPORT : MOST_BODY)) {
        marketo_gateway(call, reply, 413);
        return false;
    }
    return true;
}

/* Whether the hundredth call before this one came less than twenty seconds ago; notes this one. */
static bool window_full(struct mock_call *call, int64_t sub)
{
    int64_t times[WINDOW_CALLS] = {0}, calls = 0;
    size_t len = 0;

    {
        AUTO(db_rows) rows = {0};

        store_query(&rows, call->db, "SELECT calls, times FROM marketo_window WHERE sub = ?",
                    DB_ARGS(db_int(sub)));
        if (store_next(&rows)) {
            const void *stored = db_column_blob(&rows, 1, &len);

            calls = db_column_int(&rows, 0);
            if (len == sizeof times) {
                memcpy(times, stored, len);
            }
        }
    }
    if (calls >= WINDOW_CALLS && times[calls % WINDOW_CALLS] > call->now_ms - WINDOW_MS) {
        return true;
    }
    times[calls % WINDOW_CALLS] = call->now_ms;
    store_run(call->db,
              "INSERT INTO marketo_window (sub, calls, times) VALUES (?, ?, ?)"
              " ON CONFLICT (sub) DO UPDATE SET calls = excluded.calls, times = excluded.times",
              DB_ARGS(db_int(sub), db_int(calls + 1), db_blob(times, sizeof times)));
    return false;
}

/* Calls of the same subscription; identity and the page have no limits and do not count. */
static bool same_subscription(const struct mock_call *waiting, const void *arg)
{
    const struct mock_call *call = arg;

    return waiting->service == call->service && str_eq(waiting->munchkin, call->munchkin) &&
           waiting->path.count > 1 && !str_eq(waiting->path.segments[0], "identity") &&
           !str_eq(waiting->path.segments[1], "crm");
}

static void count_call(struct mock_call *call, int64_t sub, const char *day)
{
    store_run(call->db,
              "INSERT INTO marketo_usage (sub, day, user, count) VALUES (?, ?, ?, 1)"
              " ON CONFLICT (sub, day, user) DO UPDATE SET count = count + 1",
              DB_ARGS(db_int(sub), db_text(day), db_text(call->caller->name)));
}

bool marketo_limits(struct mock_call *call, struct mock_reply *reply)
{
    int64_t sub = marketo_sub(call), quota;
    char day[CENTRAL_DAY_SIZE];

    central_day(call->now_ms, 0, day);
    if (store_setting_bool(call->db, "tenant", "limits")) {
        if (window_full(call, sub)) {
            marketo_refuse(call, reply, MARKETO_RATE, NULL, NULL);
            return false;
        }
        if (mock_held_count(call->world->held, same_subscription, call) >= AT_ONCE) {
            marketo_refuse(call, reply, MARKETO_CONCURRENCY, NULL, NULL);
            return false;
        }
        quota = store_setting_int(call->db, marketo_scope(call), "dailyQuota");
        if (store_int(call->db, "SELECT sum(count) FROM marketo_usage WHERE sub = ? AND day = ?",
                      DB_ARGS(db_int(sub), db_text(day)), 0) >= quota) {
            marketo_refuse(call, reply, MARKETO_QUOTA,
                           arena_printf(call->arena, "%lld", (long long)quota), NULL);
            mock_call_rule(call, "NOTE-05");
            return false;
        }
    }
    count_call(call, sub, day);
    return true;
}

void marketo_count_error(struct mock_call *call, const char *code)
{
    char day[CENTRAL_DAY_SIZE];

    if (call->caller == NULL) {
        return;
    }
    central_day(call->now_ms, 0, day);
    store_run(call->db,
              "INSERT INTO marketo_error_days (sub, day, code, count) VALUES (?, ?, ?, 1)"
              " ON CONFLICT (sub, day, code) DO UPDATE SET count = count + 1",
              DB_ARGS(db_int(marketo_sub(call)), db_text(day), db_text(code)));
}

struct report {
    const char *sql, *list, *key;
    bool mails; /* the key is a user's e-mail address */
};

static const struct report usage = {
    "SELECT user, count FROM marketo_usage WHERE sub = ? AND day = ? ORDER BY user", "users",
    "userId", true};
static const struct report errors = {
    "SELECT code, count FROM marketo_error_days WHERE sub = ? AND day = ? ORDER BY code", "errors",
    "errorCode", false};

static void write_day(struct mock_call *call, struct json_writer *writer,
                      const struct report *report, int back)
{
    int64_t sub = marketo_sub(call), total = 0;
    const char *domain =
        store_text(call->db, call->arena, "SELECT default_domain FROM tenant", DB_NO_ARGS);
    char day[CENTRAL_DAY_SIZE];

    central_day(call->now_ms, back, day);
    for (int pass = 0; pass < 2; pass++) { /* the total stands before the list */
        AUTO(db_rows) rows = {0};

        store_query(&rows, call->db, report->sql, DB_ARGS(db_int(sub), db_text(day)));
        while (store_next(&rows)) {
            const char *key = db_column_text(&rows, 0);

            if (pass == 0) {
                total += db_column_int(&rows, 1);
                continue;
            }
            jw_object(writer);
            jw_member_text(writer, report->key,
                           report->mails ? arena_printf(call->arena, "%s@%s", key, domain) : key);
            jw_member_int(writer, "count", db_column_int(&rows, 1));
            jw_object_end(writer);
        }
        if (pass == 0) {
            jw_object(writer);
            jw_member_text(writer, "date", day);
            jw_member_int(writer, "total", total);
            jw_key(writer, report->list);
            jw_array(writer);
        }
    }
    jw_array_end(writer);
    jw_object_end(writer);
}

static void answer(struct mock_call *call, struct mock_reply *reply, const struct report *report,
                   int days)
{
    struct json_writer writer = marketo_open(call, reply);

    for (int back = 0; back < days; back++) {
        write_day(call, &writer, report, back);
    }
    marketo_close(&writer, NULL, MARKETO_NO_MORE_KEY);
}

void marketo_usage(struct mock_call *call, struct mock_reply *reply)
{
    answer(call, reply, &usage, 1);
}

void marketo_usage_week(struct mock_call *call, struct mock_reply *reply)
{
    answer(call, reply, &usage, WEEK);
}

void marketo_errors(struct mock_call *call, struct mock_reply *reply)
{
    answer(call, reply, &errors, 1);
}

void marketo_errors_week(struct mock_call *call, struct mock_reply *reply)
{
    answer(call, reply, &errors, WEEK);
}
