/* The organization's rows for assertions. */
#pragma once

#include "base/json_writer.h"
#include "server/call.h"

bool dv_state(struct mock_call *call, const char *host, const char *table, const char *after,
              int64_t limit, struct json_writer *writer);
void dv_state_list(struct mock_call *call, cJSON *names);
