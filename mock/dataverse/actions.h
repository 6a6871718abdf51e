/* What people do in Dynamics: sales people with records, administrators with fields and roles. */
#pragma once

#include "server/service.h"

enum { DV_ACTION_COUNT = 11 };
extern const struct mock_action dv_actions[DV_ACTION_COUNT];
