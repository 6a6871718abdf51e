/* The directory's rows for assertions: `GET /_mock/state/graph/…`. */
#pragma once

#include "server/service.h"

enum { GRAPH_TABLE_COUNT = 6 };
extern const struct mock_state_table graph_tables[GRAPH_TABLE_COUNT];
