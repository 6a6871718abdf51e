/* Companies, opportunities, their roles and sales persons. Source: marketo-companies and its like.
 */
#pragma once

#include "server/call.h"

void marketo_object_describe(struct mock_call *call, struct mock_reply *reply);
void marketo_object_list(struct mock_call *call, struct mock_reply *reply);
void marketo_object_sync(struct mock_call *call, struct mock_reply *reply);
void marketo_object_delete(struct mock_call *call, struct mock_reply *reply);
