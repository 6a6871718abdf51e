/* How much a calling application may ask of the directory. Source: graph-throttling. */
#pragma once

#include "server/call.h"

/* Counts the call; false when it has been refused with 429. */
bool graph_limits_take(struct mock_call *call, struct mock_reply *reply);
/* What the call costs, in resource units: from the call alone. */
int64_t graph_limits_cost(const struct mock_call *call);
/* Frees what is kept of a world. */
void graph_limits_drop(void *kept);
