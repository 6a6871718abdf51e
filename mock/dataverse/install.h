/* Putting a solution into an organization, and publishing. Source: dataverse-solution. */
#pragma once

#include "dataverse/package.h"
#include "dataverse/write.h"

struct install {
    struct db *db;
    struct arena *arena;
    int64_t ord;
    const char *host;
    const char *user;    /* who imports */
    const char *now;     /* 2026-01-15T09:00:00Z */
    const char *version; /* in place of the package's; NULL: that */
    bool managed;
    bool steps_enabled;
    const char *unit; /* the organization's business unit */
};

/* Adds what is not there yet and raises the version. Returns the solution's id. */
const char *dv_install(const struct install *install, const struct package *package);
/* Makes hidden tables seen, and Marketo Config known as it now is. */
void dv_publish_now(struct db *db, struct arena *arena, int64_t ord, const char *host);

/* What the contract names and a setting may rename. */
struct dv_marketo_names {
    const char *solution, *config, *log, *lookup; /* logical names */
};
struct dv_marketo_names dv_marketo_names(struct db *db, struct arena *arena, const char *host);
/* The package with these names in place of its own. */
void dv_marketo_rename(struct arena *arena, struct package *package,
                       const struct dv_marketo_names *names);
/* Whom the record Default names; NULL: nobody, or there is no such table. */
const char *dv_config_user(struct db *db, struct arena *arena, int64_t ord, const char *host);
