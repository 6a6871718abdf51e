/* Method and path → a row of the service's table. */
#pragma once

#include "server/call.h"
#include "server/service.h"

/* Sets call->route and vars, or call->allowed when the path is known for other methods only. */
void mock_route_find(struct mock_call *call);

/* "GET" → HTTP_GET; HEAD counts as GET. */
enum mock_method mock_method_of(const char *text);
/* The names of a set of methods, "GET, POST", in the arena. */
const char *mock_method_names(struct arena *arena, unsigned methods);
