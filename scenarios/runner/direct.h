/* Pieces of `direct` that the runner's own requests use too. */
#pragma once

#include <stdbool.h>

#include "base/arena.h"
#include "crmsync.h"
#include "mocktenant.h"

/* Splits an absolute URL into Host and request target. */
bool run_direct_split(struct arena *arena, const char *url, const char **ret_host,
                      const char **ret_target);
/* A copy of the headers in the arena. */
const struct crmsync_header *run_direct_headers(struct arena *arena,
                                                const struct mocktenant_response *response);
