/*
 * Marketo's REST API. Of its resources none is built yet: every path gets what the real service
 * says to a path that it does not know, error 610 in a 200, and an entry in the journal.
 */
#include "server/service.h"
#include "server/services.h"

/* marketo-rest-errors: <hex digits>#<milliseconds in hex>. */
static const char *request_id(struct mock_call *call)
{
    return arena_printf(call->arena, "%.4s#%llx", call->request_id,
                        (unsigned long long)call->now_ms);
}

static void refuse(struct mock_call *call, struct mock_reply *reply, const char *code,
                   const char *message)
{
    cJSON *body = json_new_object(call->arena);
    cJSON *error = cJSON_CreateObject();

    cJSON_AddStringToObject(body, "requestId", request_id(call));
    cJSON_AddBoolToObject(body, "success", false);
    cJSON_AddItemToArray(cJSON_AddArrayToObject(body, "errors"), error);
    cJSON_AddStringToObject(error, "code", code);
    cJSON_AddStringToObject(error, "message", message);
    mock_reply_json(call, reply, 200, body);
    mock_reply_header_set(reply, "Content-Type", "application/json;charset=UTF-8");
}

static void miss(struct mock_call *call, struct mock_reply *reply)
{
    refuse(call, reply, "610", "Requested resource not found");
}

/* No status and no Retry-After: all throttling of Marketo stands in the body. */
static void throttle(struct mock_call *call, struct mock_reply *reply, int64_t retry_after_s)
{
    (void)retry_after_s;
    refuse(call, reply, "606", "Max rate limit '100' exceeded with in '20' secs");
}

const struct mock_service mock_marketo = {
    .name = "marketo",
    .miss = miss,
    .throttle = throttle,
};
