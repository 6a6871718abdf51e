#include "graph/limits.h"

#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "graph/caller.h"
#include "graph/error.h"
#include "server/services.h"
#include "server/world.h"
#include "store/store.h"

/* A small tenant's: units in ten seconds, and requests that write in two and a half minutes. */
enum { UNITS_WINDOW_S = 10, MOST_UNITS = 3500, WRITES_WINDOW_S = 150, MOST_WRITES = 3000 };

/* What one application has used of the windows that run. */
struct usage {
    struct usage *next;
    int64_t units_window, units, writes_window, writes;
    char app_id[GUID_SIZE];
};

struct kept {
    bool limits; /* the world's, which does not change */
    struct usage *first;
};

void graph_limits_drop(void *kept_)
{
    struct kept *kept = kept_;

    while (kept != NULL && kept->first != NULL) {
        struct usage *usage = kept->first;

        kept->first = usage->next;
        mem_free(usage);
    }
    mem_free(kept);
}

static struct kept *kept_of(struct mock_call *call)
{
    struct kept *kept = call->world->kept[MOCK_GRAPH];

    if (kept == NULL) {
        kept = mem_alloc(sizeof *kept);
        kept->limits = store_setting_bool(call->db, "tenant", "limits");
        call->world->kept[MOCK_GRAPH] = kept;
    }
    return kept;
}

static struct usage *usage_of(struct kept *kept, const char *app_id)
{
    struct usage *usage = kept->first;

    while (usage != NULL && strcmp(usage->app_id, app_id) != 0) {
        usage = usage->next;
    }
    if (usage == NULL) {
        usage = mem_alloc(sizeof *usage);
        memcpy(usage->app_id, app_id, strnlen(app_id, GUID_SIZE - 1));
        usage->next = kept->first;
        kept->first = usage;
    }
    return usage;
}

/* A list costs two and everything else one; naming members or asking for few makes it cheaper. */
int64_t graph_limits_cost(const struct mock_call *call)
{
    const char *top = uri_param(&call->params, "$top");
    int64_t cost = 1, n;

    if (call->method == HTTP_GET && call->path.count == 2) {
        cost = 2;
    }
    cost -= uri_param(&call->params, "$select") != NULL;
    cost -= top != NULL && str_int(top, 1, 19, &n);
    cost += uri_param(&call->params, "$expand") != NULL;
    return cost > 1 ? cost : 1;
}

static bool refuse(struct mock_call *call, struct mock_reply *reply, int64_t window_s)
{
    int64_t left_s = window_s - call->now_ms / 1000 % window_s;

    graph_refuse(call, reply, GRAPH_THROTTLED, NULL, NULL);
    mock_reply_header_set(reply, "Retry-After",
                          arena_printf(call->arena, "%lld", (long long)left_s));
    mock_reply_header(
        reply, "x-ms-throttle-scope",
        arena_join(call->arena, "Tenant_Application/ReadWrite/", call->caller->app_id, NULL));
    mock_reply_header(reply, "x-ms-throttle-information", "ResourceUnitLimitExceeded");
    return false;
}

/* How near the limit is, from four fifths on. */
static void show(struct mock_call *call, struct mock_reply *reply, int64_t units)
{
    if (units * 10 >= (int64_t)MOST_UNITS * 8) {
        mock_reply_header(reply, "x-ms-throttle-limit-percentage",
                          arena_printf(call->arena, "%.1f", (double)units / (double)MOST_UNITS));
    }
}

bool graph_limits_take(struct mock_call *call, struct mock_reply *reply)
{
    struct kept *kept = kept_of(call);
    struct usage *usage;
    int64_t now_s = call->now_ms / 1000;
    bool writes = call->method != HTTP_GET;

    if (!kept->limits) {
        return true;
    }
    usage = usage_of(kept, call->caller->app_id);
    if (usage->units_window != now_s / UNITS_WINDOW_S) {
        usage->units_window = now_s / UNITS_WINDOW_S;
        usage->units = 0;
    }
    if (usage->writes_window != now_s / WRITES_WINDOW_S) {
        usage->writes_window = now_s / WRITES_WINDOW_S;
        usage->writes = 0;
    }
    usage->units += graph_limits_cost(call);
    usage->writes += writes;
    show(call, reply, usage->units);
    if (usage->units > MOST_UNITS) {
        return refuse(call, reply, UNITS_WINDOW_S);
    }
    return !writes || usage->writes <= MOST_WRITES || refuse(call, reply, WRITES_WINDOW_S);
}
