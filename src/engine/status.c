#include "engine/status.h"

#include <string.h>

#include "base/iso8601.h"
#include "state/intent.h"

enum { DAY_MS = 24 * 60 * 60 * 1000 };

/* Members that nothing fills yet: no connection, no pass. */
static const char *const unknown[] = {
    "state",    "authMethod",  "organizationUrl",   "organizationLocked",
    "username", "syncEnabled", "notificationEmail", "settlesAt"};

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

bool sync_op_status(struct sync_call *call)
{
    cJSON *result = call->result, *quotas;
    const char *end;

    if (!sync_call_read(call, NULL, 0, NULL) || !newest_secret(call, &end)) {
        return false;
    }
    for (size_t i = 0; i < ARRAY_LEN(unknown); i++) {
        cJSON_AddNullToObject(result, unknown[i]);
    }
    add_secret(result, end, sync_env_now(&call->engine->env));
    cJSON_AddArrayToObject(result, "objects");
    cJSON_AddArrayToObject(result, "suspended");
    cJSON_AddArrayToObject(result, "parked");
    quotas = cJSON_AddObjectToObject(result, "quotas");
    cJSON_AddNullToObject(quotas, "marketo");
    cJSON_AddNullToObject(quotas, "dataverse");
    cJSON_AddNullToObject(result, "lastPass");
    cJSON_AddNullToObject(result, "solutionVersion");
    return true;
}
