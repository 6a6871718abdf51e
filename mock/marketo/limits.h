/* Calls a window, calls at once, calls a day, and what the subscription can read of them. */
#pragma once

#include "server/call.h"

/* Sizes that the gateway refuses before Marketo sees the call; false when it has. */
bool marketo_sizes(struct mock_call *call, struct mock_reply *reply);
/* 606, 615, 607 while limits hold; counts the call. False when it has refused. */
bool marketo_limits(struct mock_call *call, struct mock_reply *reply);
/* One error of the day; nothing for calls that nobody's token came with. */
void marketo_count_error(struct mock_call *call, const char *code);

void marketo_usage(struct mock_call *call, struct mock_reply *reply);
void marketo_usage_week(struct mock_call *call, struct mock_reply *reply);
void marketo_errors(struct mock_call *call, struct mock_reply *reply);
void marketo_errors_week(struct mock_call *call, struct mock_reply *reply);
