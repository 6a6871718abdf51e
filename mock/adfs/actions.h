/* What the administrator of the on-premises side does. */
#pragma once

#include "server/service.h"

enum { ADFS_ACTION_COUNT = 3 };

extern const struct mock_action adfs_actions[ADFS_ACTION_COUNT];
