#pragma once

#include "engine/engine.h"

/* The operation `status`: what the engine knows by itself; no request is sent. */
bool sync_op_status(struct sync_call *call);
