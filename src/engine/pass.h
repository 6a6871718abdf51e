/* The operations of the sync. */
#pragma once

#include "engine/engine.h"

bool sync_op_once(struct sync_call *call);
bool sync_op_follow(struct sync_call *call);
