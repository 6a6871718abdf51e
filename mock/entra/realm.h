/* Which way a user signs in. Source: entra-realm. */
#pragma once

#include "server/call.h"

void entra_user_realm(struct mock_call *call, struct mock_reply *reply);
void entra_user_realm_srf(struct mock_call *call, struct mock_reply *reply);
void entra_credential_type(struct mock_call *call, struct mock_reply *reply);
