/* The page on which an administrator consents for the whole tenant. Source: entra-consent. */
#pragma once

#include "server/call.h"

void entra_admin_consent(struct mock_call *call, struct mock_reply *reply);
