/*
 * An organization as a room of the mock sees it that does not go through HTTP: Marketo's CRM page,
 * whose checks and field list look into Dynamics. `org` is always the organization's host.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/db.h"

/* What an address means that a person pasted as the organization's URL. */
enum dataverse_url {
    DATAVERSE_URL_OK,
    DATAVERSE_URL_KIND,    /* a discovery host, or a path that is not the service's */
    DATAVERSE_URL_UNKNOWN, /* no URL, or no organization of this world */
};
/*
 * Contract section 5: the organization's host or API host, with or without
 * /XRMServices/2011/Organization.svc, and `origin` (the mock's own, NULL: none), which is the first
 * organization. With DATAVERSE_URL_OK *ret_org is the host, in the arena.
 */
enum dataverse_url dataverse_find_url(struct arena *arena, struct db *db, const char *url,
                                      const char *origin, const char **ret_org);
/* Its name ("Contoso") and its id; false when there is no such host. */
bool dataverse_org(struct arena *arena, struct db *db, const char *org, const char **ret_name,
                   const char **ret_id);

/* A row of systemusers. */
struct dataverse_user {
    const char *id, *fullname, *email, *domain_name;
    const char *application_id; /* NULL: a person */
    const char *object_id;      /* in the directory; NULL: none */
    bool disabled;
    bool sync_role;     /* has the role "Marketo Sync User", found by its id, never by a label */
    bool administrator; /* System Administrator */
};
bool dataverse_user_by_application(struct arena *arena, struct db *db, const char *org,
                                   const char *application_id, struct dataverse_user *ret);
/* By user principal name (domainname) or, when there is none, by e-mail address; case ignored. */
bool dataverse_user_by_name(struct arena *arena, struct db *db, const char *org, const char *name,
                            struct dataverse_user *ret);
bool dataverse_user_by_id(struct arena *arena, struct db *db, const char *org, const char *id,
                          struct dataverse_user *ret);

/* The version of an installed solution ("5.0.2.1"), NULL when it is not there. */
const char *dataverse_solution(struct arena *arena, struct db *db, const char *org,
                               const char *unique_name);
/* The name of the first plug-in step of the solution that is disabled; NULL when all are enabled.
 */
const char *dataverse_disabled_step(struct arena *arena, struct db *db, const char *org);
/* Whom the record Default of Marketo Config names; `published`: as it was at the last publish. NULL
 * when nobody, or there is no such table. */
const char *dataverse_config_user(struct arena *arena, struct db *db, const char *org,
                                  bool published);

/* A column as EntityDefinitions shows it. */
struct dataverse_attribute {
    const char *name, *label;
    const char
        *type; /* AttributeType: "String", "Memo", "Picklist", "Boolean", "Money", "Lookup" … */
    int64_t max_length; /* of texts; 0: none */
    bool custom, readable, creatable, updatable;
};
/* All columns of a table that can be read, by name; 0 when there is no such table. */
size_t dataverse_attributes(struct arena *arena, struct db *db, const char *org,
                            const char *logical_name, struct dataverse_attribute **ret);
