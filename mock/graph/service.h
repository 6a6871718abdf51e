/* Microsoft Graph as a fake service. */
#pragma once

#include "server/service.h"

extern const struct mock_service mock_graph;
