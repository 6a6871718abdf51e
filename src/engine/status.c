#include "engine/status.h"

#include <string.h>

#include "base/auto.h"
#include "base/iso8601.h"
#include "engine/quota.h"
#include "page/note.h"
#include "state/intent.h"
#include "state/parked.h"
#include "state/tally.h"
#include "sync/pass.h"

enum { DAY_MS = 24 * 60 * 60 * 1000 };

static void add_secret(cJSON *result, const char *end, int64_t now_ms)
{
    cJSON *secret;
    int64_t end_ms, left_ms;

    if (end == NULL || !iso8601_parse(end, &end_ms)) {
        cJSON_AddNullToObject(result, "secret");
        return;
    }
    left_ms = end_ms - now_ms;
    secret = cJSON_AddObjectToObject(result, "secret");
    cJSON_AddStringToObject(secret, "endDateTime", end);
    /* Whole days that are left; below zero when it is over. */
    cJSON_AddNumberToObject(
        secret, "daysLeft",
        (double)(left_ms >= 0 ? left_ms / DAY_MS : -((-left_ms + DAY_MS - 1) / DAY_MS)));
}

/* What is known of the newest secret that was made here; *ret_detail is NULL when none was. */
static bool newest_made(struct sync_call *call, const char **ret_key_id, const char **ret_detail)
{
    struct crmsync *engine = call->engine;
    struct sync_intent made;

    if (engine->handed_out.intent != 0) {
        *ret_key_id = engine->handed_out.object;
        *ret_detail = engine->handed_out.detail;
        return true;
    }
    if (!sync_intent_newest(&engine->store, call->arena, "secret.add", NULL, &made,
                            call->problem)) {
        return false;
    }
    *ret_key_id = made.object;
    *ret_detail = made.detail;
    return true;
}

/* The end of the newest secret that was made here and not removed again; NULL when there is none.
 */
static bool newest_secret(struct sync_call *call, const char **ret_end)
{
    const char *key_id, *text, *application;
    struct sync_intent removed;
    cJSON *detail;
    struct err err;

    *ret_end = NULL;
    if (!newest_made(call, &key_id, &text)) {
        return false;
    }
    if (key_id == NULL || text == NULL) {
        return true;
    }
    if (!json_parse(call->arena, text, strlen(text), JSON_PLAIN, &detail, &err)) {
        return sync_fail_err(call->problem, &err);
    }
    application = json_get_text(detail, "application");
    if (!sync_intent_newest(
            &call->engine->store, call->arena, "secret.remove",
            arena_printf(call->arena, "%s/%s", application != NULL ? application : "", key_id),
            &removed, call->problem)) {
        return false;
    }
    *ret_end = removed.id == 0 ? json_get_text(detail, "endDateTime") : NULL;
    return true;
}

/* The connection as Marketo's page showed it last. */
static bool add_connection(struct sync_call *call)
{
    static const char *const members[] = {
        "state",       "authMethod",        "organizationUrl", "organizationLocked", "username",
        "syncEnabled", "notificationEmail", "settlesAt",       "solutionVersion"};
    const cJSON *page;

    if (!sync_page_noted(call->engine, call->arena, &page, call->problem)) {
        return false;
    }
    for (size_t i = 0; i < ARRAY_LEN(members); i++) {
        const cJSON *item = json_get(page, members[i]);

        cJSON_AddItemToObject(call->result, members[i],
                              item != NULL ? cJSON_Duplicate(item, true) : cJSON_CreateNull());
    }
    return true;
}

static void add_time(cJSON *object, const char *name, int64_t at_ms)
{
    char at[ISO8601_SIZE];

    if (at_ms == 0) {
        cJSON_AddNullToObject(object, name);
        return;
    }
    iso8601_format(at_ms, at);
    cJSON_AddStringToObject(object, name, at);
}

static bool add_objects(struct sync_call *call)
{
    cJSON *list = cJSON_AddArrayToObject(call->result, "objects");
    struct sync_count counts[SYNC_COUNTS];
    struct err err;

    if (!sync_tally_read(call->engine->store.db, sync_env_now(&call->engine->env), counts, &err)) {
        return sync_fail_err(call->problem, &err);
    }
    for (size_t i = 0; i < SYNC_COUNTS; i++) {
        cJSON *item = sync_report_count(list, &counts[i]);

        add_time(item, "oldest", counts[i].oldest_ms);
        cJSON_AddNumberToObject(item, "lastHour", (double)counts[i].last_hour);
    }
    return true;
}

static void add_suspended(void *ctx, const char *entity, const char *name, int64_t since_ms)
{
    cJSON *item = cJSON_CreateObject();

    cJSON_AddItemToArray(ctx, item);
    cJSON_AddStringToObject(item, "entity", entity);
    cJSON_AddStringToObject(item, "name", name);
    add_time(item, "since", since_ms);
}

static void add_parked(void *ctx, const struct sync_parked *parked)
{
    cJSON *item = cJSON_CreateObject();

    cJSON_AddItemToArray(ctx, item);
    cJSON_AddStringToObject(item, "object", parked->entity);
    cJSON_AddStringToObject(item, "key", parked->key);
    cJSON_AddStringToObject(item, "direction", parked->direction);
    cJSON_AddStringToObject(item, "code", parked->code);
    cJSON_AddStringToObject(item, "message", parked->message);
}

static bool add_stopped(struct sync_call *call)
{
    struct db *db = call->engine->store.db;
    cJSON *suspended = cJSON_AddArrayToObject(call->result, "suspended");
    cJSON *parked = cJSON_AddArrayToObject(call->result, "parked");
    struct err err;

    return (sync_suspended_each(db, add_suspended, suspended, &err) &&
            sync_parked_each(db, false, add_parked, parked, &err)) ||
           sync_fail_err(call->problem, &err);
}

static bool add_last_pass(struct sync_call *call)
{
    struct sync_pass_row row;
    struct err err;
    cJSON *pass;

    if (!sync_pass_last(call->engine->store.db, call->arena, &row, &err)) {
        return sync_fail_err(call->problem, &err);
    }
    if (row.id == 0) {
        cJSON_AddNullToObject(call->result, "lastPass");
        return true;
    }
    pass = cJSON_AddObjectToObject(call->result, "lastPass");
    add_time(pass, "started", row.started_ms);
    add_time(pass, "ended", row.ended_ms);
    cJSON_AddStringToObject(pass, "outcome", row.outcome);
    return true;
}

/* Calls of Marketo's day and of Dataverse's five minutes. */
static bool add_quotas(struct sync_call *call)
{
    cJSON *quotas = cJSON_AddObjectToObject(call->result, "quotas");
    int64_t now_ms = sync_env_now(&call->engine->env);
    struct err err;

    for (size_t i = 0; i < SYNC_QUOTAS; i++) {
        struct sync_quota quota;
        cJSON *item;

        if (!sync_quota_read(call->engine->store.db, i, now_ms, &quota, &err)) {
            return sync_fail_err(call->problem, &err);
        }
        item = cJSON_AddObjectToObject(quotas, quota.side);
        cJSON_AddNumberToObject(item, "used", (double)quota.used);
        cJSON_AddNumberToObject(item, "limit", (double)quota.limit);
        add_time(item, "resetsAt", quota.resets_ms);
    }
    return true;
}

bool sync_op_status(struct sync_call *call)
{
    const char *end;

    if (!sync_call_read(call, NULL, 0, NULL) || !newest_secret(call, &end) ||
        !add_connection(call)) {
        return false;
    }
    add_secret(call->result, end, sync_env_now(&call->engine->env));
    return add_objects(call) && add_stopped(call) && add_quotas(call) && add_last_pass(call);
}
