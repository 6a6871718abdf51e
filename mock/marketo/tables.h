/* Marketo's tables, and its rows for /_mock/state. */
#pragma once

#include "server/service.h"

extern const char marketo_schema[];

enum { MARKETO_TABLE_COUNT = 8 };
extern const struct mock_state_table marketo_tables[MARKETO_TABLE_COUNT];
