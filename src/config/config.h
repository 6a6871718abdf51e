/* The configuration: a file for people, every member of which is checked. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "core/problem.h"

/* The secrets that an engine may ask for, in the order of sync_secret_names. */
enum sync_secret_id {
    SYNC_SECRET_DYNAMICS_CLIENT,
    SYNC_SECRET_DYNAMICS_PASSWORD,
    SYNC_SECRET_MARKETO_CLIENT,
    SYNC_SECRET_ADMIN_CLIENT,
    SYNC_SECRET_COUNT,
};

/* "dynamics.clientSecret" and so on. */
extern const char *const sync_secret_names[SYNC_SECRET_COUNT];

/* Where a secret comes from: at most one is not NULL. */
struct sync_secret_source {
    const char *file; /* absolute, or relative to the current folder */
    const char *variable;
};

/* All texts belong to the arena; what the file does not say is NULL. */
struct sync_config {
    struct {
        const char *tenant, *organization, *auth_method, *client_id, *username;
    } dynamics;
    struct {
        const char *munchkin, *client_id, *person_key;
        const char *settle; /* ISO 8601: so long a request without an answer may take effect */
    } marketo;
    struct {
        const char *tenant, *client_id;
    } admin;
    const char *solution;        /* path of a package */
    const char *on_schema_error; /* halt or suspend */
    const char *state;           /* a path, an SQLite URI, or ":memory:" */
    const char *notify;
    struct sync_secret_source secrets[SYNC_SECRET_COUNT];
};

/*
 * Reads a configuration; `dir` is where its relative paths start (NULL: the current folder). Fails
 * with the outcome `usage`, a sentence and the JSON Pointer of the value at fault.
 */
bool sync_config_read(struct arena *arena, const char *text, const char *dir,
                      struct sync_config *ret, struct sync_problem *problem);
/* What tells a tenant: a GUID or a domain. */
bool sync_tenant_valid(const char *text);
