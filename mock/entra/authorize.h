/* The page where people sign in for an application. Source: entra-authorize. */
#pragma once

#include "server/call.h"

void entra_authorize(struct mock_call *call, struct mock_reply *reply);
