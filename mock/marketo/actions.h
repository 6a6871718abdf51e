/* What Marketo's support, its sales and its users do without a public API. Contract section 4. */
#pragma once

#include "server/service.h"

enum { MARKETO_ACTION_COUNT = 7 };
extern const struct mock_action marketo_actions[MARKETO_ACTION_COUNT];
