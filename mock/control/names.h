/* The names of services and routes that people write in rules and queries. */
#pragma once

#include <stdbool.h>

#include "server/call.h"

/* "aad" → "entra", a known name → itself, anything else (and NULL) → NULL. */
const char *mock_service_canonical(const char *name);
/* Whether a canonical name means the call's service; "discovery" means global discovery alone. */
bool mock_service_fits(const char *name, const struct mock_call *call);
/* The method that a call counts as: `_method` of a form wins over the one that was sent. */
const char *mock_effective_method(const struct mock_call *call);
/* Whether some service has a route with that template. */
bool mock_route_known(const char *template);
