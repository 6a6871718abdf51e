/* A new organization with what every one has. */
#pragma once

#include "dataverse/schema.h"

struct dv_setup {
    struct db *db;
    struct arena *arena;
    int64_t ord;
    const char *host, *name;
    const char *id; /* NULL: made from the host */
    int64_t language;
    const char *now;
    const char *unit, *currency, *system_user; /* out */
};

void dv_setup_organization(struct dv_setup *setup);
/* The standard role's id in this organization. */
const char *dv_setup_role(struct arena *arena, const char *host, const char *name);
