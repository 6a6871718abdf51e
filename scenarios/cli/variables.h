/* The keys of contract section 2 as environment variables MOCKTENANT_<KEY>. */
#pragma once

#include <stdio.h>

#include "base/arena.h"

struct variable {
    const char *name, *value; /* null keys are empty */
};

/* From the JSON of mocktenant_info(); ends with a row of NULL; in the arena. */
struct variable *variables_of(struct arena *arena, const char *info);
/* `export NAME='value'` lines for a POSIX shell. */
void variables_print(FILE *to, const struct variable *variables);
