/* A solution package: a zip with solution.xml and customizations.xml. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "core/problem.h"

struct sync_package {
    const char *name, *version; /* unique name; "5.0.2.1" */
    bool managed;
    const char *role_id; /* of the role "Marketo Sync User", lower case; NULL: it has none */
    const char *bytes;
    size_t len;
};

/* Reads the file; everything is the arena's. Fails with `usage` and what is wrong with it. */
bool sync_package_read(struct arena *arena, const char *path, struct sync_package *ret,
                       struct sync_problem *problem);
/* The same from memory; `name` is for messages. */
bool sync_package_parse(struct arena *arena, const char *name, const char *bytes, size_t len,
                        struct sync_package *ret, struct sync_problem *problem);
/* Below 0, 0 or above 0, as a dotted version is lower than, equal to or higher than another. */
int sync_version_compare(const char *one, const char *other);
