/* Addresses and headers that all answers of the Web API share. Source: dataverse-headers. */
#pragma once

#include "dataverse/schema.h"
#include "server/call.h"

/* "https://contoso.crm.dynamics.com/api/data/v9.2/" and `rest`, under the version that was asked.
 */
const char *dv_root_url(struct mock_call *call, const char *rest);
/* The address of a row. */
const char *dv_row_url(struct mock_call *call, const struct dv_entity *entity, const char *id);
/* "…/$metadata" and the fragment. */
const char *dv_context_url(struct mock_call *call, const char *fragment);
const char *dv_preference(const struct mock_call *call, const char *name);
/* 200 with JSON: the Content-Type. */
void dv_json(struct mock_reply *reply, int status);
void dv_nothing(struct mock_reply *reply);
/* 204 of a row that was written. */
void dv_written(struct mock_call *call, struct mock_reply *reply, const char *url, bool created);
/* The body as an object; an empty one is {}. NULL when it has been refused. */
cJSON *dv_body(struct mock_call *call, struct mock_reply *reply, const char *set);
/* A function's answer: {"@odata.context": "…#Microsoft.Dynamics.CRM.<type>", …}. */
cJSON *dv_answer(struct mock_call *call, const char *type);
void dv_answer_send(struct mock_call *call, struct mock_reply *reply, const cJSON *answer);
