/* The documents that tell clients where everything is. Source: entra-discovery. */
#pragma once

#include "server/call.h"

void entra_instance(struct mock_call *call, struct mock_reply *reply);
void entra_configuration(struct mock_call *call, struct mock_reply *reply);
void entra_key_set(struct mock_call *call, struct mock_reply *reply);
void entra_error_page(struct mock_call *call, struct mock_reply *reply);
