#include "dataverse/wire.h"

#include <string.h>

#include "dataverse/error.h"

const char *dv_root_url(struct mock_call *call, const char *rest)
{
    return arena_join(call->arena, mock_call_url(call, MOCK_PLACE_DATAVERSE, "/api/data/v9."),
                      call->vars[0], "/", rest, NULL);
}

const char *dv_row_url(struct mock_call *call, const struct dv_entity *entity, const char *id)
{
    return dv_root_url(call, arena_join(call->arena, entity->set, "(", id, ")", NULL));
}

const char *dv_context_url(struct mock_call *call, const char *fragment)
{
    return dv_root_url(call, arena_join(call->arena, "$metadata", fragment, NULL));
}

void dv_json(struct mock_reply *reply, int status)
{
    reply->status = status;
    mock_reply_header_set(reply, "Content-Type", "application/json; odata.metadata=minimal");
}

void dv_nothing(struct mock_reply *reply)
{
    reply->status = 204;
    strbuf_clear(&reply->body);
}

void dv_written(struct mock_call *call, struct mock_reply *reply, const char *url, bool created)
{
    (void)call;
    dv_nothing(reply);
    mock_reply_header_set(reply, "OData-EntityId", url);
    if (created) {
        mock_reply_header_set(reply, "Location", url);
    }
}

cJSON *dv_body(struct mock_call *call, struct mock_reply *reply, const char *set)
{
    cJSON *body = NULL;
    struct err err;

    if (call->body_len == 0) {
        return json_new_object(call->arena);
    }
    if (!json_parse(call->arena, call->body, call->body_len, JSON_PLAIN, &body, &err)) {
        dv_refuse(call, reply, DV_BAD_JSON, set, arena_strdup(call->arena, err.text), NULL, NULL);
        return NULL;
    }
    if (!cJSON_IsObject(body)) {
        dv_refuse(call, reply, DV_BAD_JSON, set,
                  "An unexpected node was found when reading from the JSON reader. A "
                  "'StartObject' node was expected.",
                  NULL, NULL);
        return NULL;
    }
    return body;
}

cJSON *dv_answer(struct mock_call *call, const char *type)
{
    cJSON *answer = json_new_object(call->arena);

    cJSON_AddStringToObject(
        answer, "@odata.context",
        dv_context_url(call, arena_join(call->arena, "#Microsoft.Dynamics.CRM.", type, NULL)));
    return answer;
}

void dv_answer_send(struct mock_call *call, struct mock_reply *reply, const cJSON *answer)
{
    mock_reply_json(call, reply, 200, answer);
    dv_json(reply, 200);
}
