/* Service protection: requests of one user in five minutes, and at once. Source: dataverse-limits.
 */
#pragma once

#include "server/call.h"

/* Counts the request; false when it has been refused. Nothing when the world's limits are off. */
bool dv_limits_take(struct mock_call *call, struct mock_reply *reply);
/* Counts further operations of a batch. */
bool dv_limits_more(struct mock_call *call, struct mock_reply *reply, int64_t count);
