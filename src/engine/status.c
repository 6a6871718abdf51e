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

/* The end of the newest secret that was made here and not removed again; NULL when there is none.
 */
static bool newest_secret(struct sync_call *call, const char **ret_end)
{
    struct sync_store *store = &call->engine->store;
    struct sync_intent made, removed;
    const char *application;
    cJSON *detail;
    struct err err;

    *ret_end = NULL;
    if (!sync_intent_newest(store, call->arena, "secret.add", "", &made, call->problem)) {
        return false;
    }
    if (made.id == 0 || made.detail == NULL) {
        return true;
    }
    if (!json_parse(call->arena, made.detail, strlen(made.detail), JSON_PLAIN, &detail, &err)) {
        return sync_fail_err(call->problem, &err);
    }
    application = json_get_text(detail, "application");
    if (!sync_intent_newest(
            store, call->arena, "secret.remove",
            arena_printf(call->arena, "%s/%s", application != NULL ? application : "", made.object),
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
