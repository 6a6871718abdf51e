/* Access tokens. Source: marketo-identity. */
#pragma once

#include "server/call.h"

/* /identity/oauth/token, by GET and POST. */
void marketo_token(struct mock_call *call, struct mock_reply *reply);
/*
 * Whose token the call carries, in call->caller. False when it has refused: without one, with one
 * of nobody or of another subscription, or with one that has expired (602 once, then 601).
 */
bool marketo_caller_find(struct mock_call *call, struct mock_reply *reply);
