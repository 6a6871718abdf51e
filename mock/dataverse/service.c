/*
 * Dataverse's Web API and global discovery. Of its resources none is built yet: every path gets the
 * 404 that the real service gives for a segment it does not know, and an entry in the journal.
 */
#include "server/service.h"
#include "server/services.h"

/* dataverse-errors: the OData error body. */
static void refuse(struct mock_call *call, struct mock_reply *reply, int status, const char *code,
                   const char *message)
{
    cJSON *body = json_new_object(call->arena);
    cJSON *error = cJSON_AddObjectToObject(body, "error");

    cJSON_AddStringToObject(error, "code", code);
    cJSON_AddStringToObject(error, "message", message);
    mock_reply_json(call, reply, status, body);
    mock_reply_header_set(reply, "Content-Type", "application/json; odata.metadata=minimal");
}

static void miss(struct mock_call *call, struct mock_reply *reply)
{
    const char *segment = call->path.count > 0 ? call->path.segments[call->path.count - 1] : "";

    refuse(call, reply, 404, "0x8006088a",
           arena_printf(call->arena, "Resource not found for the segment '%s'.", segment));
}

static void throttle(struct mock_call *call, struct mock_reply *reply, int64_t retry_after_s)
{
    refuse(call, reply, 429, "0x80072322",
           "Number of requests exceeded the limit of 6000 over time window of 300 seconds.");
    mock_reply_header_set(reply, "Retry-After",
                          arena_printf(call->arena, "%lld", (long long)retry_after_s));
}

static void decorate(struct mock_call *call, struct mock_reply *reply)
{
    mock_reply_header_set(reply, "x-ms-service-request-id", call->request_id);
    mock_reply_header_set(reply, "REQ_ID", call->request_id);
    mock_reply_header_set(reply, "OData-Version", "4.0");
}

const struct mock_service mock_dataverse = {
    .name = "dataverse",
    .miss = miss,
    .throttle = throttle,
    .decorate = decorate,
};
