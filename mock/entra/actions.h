/* What an administrator does in the portal. */
#pragma once

#include "server/service.h"

enum { ENTRA_ACTION_COUNT = 10 };
extern const struct mock_action entra_actions[ENTRA_ACTION_COUNT];
