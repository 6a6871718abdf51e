/* Texts of OData queries. */
#pragma once

#include "base/arena.h"

/* A text literal with its apostrophes: O'Neil → 'O''Neil'. In the arena. */
char *sync_odata_text(struct arena *arena, const char *value);
/* `path` and a `$filter` behind it, encoded. `path` may have a query already. */
char *sync_odata_filter(struct arena *arena, const char *path, const char *filter);
