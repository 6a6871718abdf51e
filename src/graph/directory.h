/* The objects of a directory as Graph writes them, and the paths under which they are found. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/json.h"
#include "core/problem.h"

/* First-party ids: the same in every tenant. */
#define SYNC_APP_DATAVERSE     "00000007-0000-0000-c000-000000000000"
#define SYNC_APP_GRAPH         "00000003-0000-0000-c000-000000000000"
#define SYNC_SCOPE_IMPERSONATE "78ce3f0f-a1ce-49c2-8cde-64b5c0896db4"
#define SYNC_SCOPE_USER_READ   "e1fe6dd8-ba31-4d61-89e7-88639da4683d"

/* What is read of an application; texts point into the tree. */
struct sync_application {
    const char *id, *app_id, *display_name, *sign_in_audience, *created;
    const cJSON *required_access; /* arrays */
    const cJSON *passwords, *keys;
};

struct sync_principal {
    const char *id, *app_id, *owner_tenant;
};

struct sync_grant {
    const char *id, *client_id, *resource_id, *consent_type, *scope;
};

struct sync_password {
    const char *key_id, *display_name, *hint, *start, *end, *secret_text;
    int64_t start_ms; /* of `start`; INT64_MIN when it has none */
    int64_t end_ms;   /* of `end`; INT64_MAX when it has none */
};

bool sync_application_read(const cJSON *object, struct sync_application *ret,
                           struct sync_problem *problem);
bool sync_principal_read(const cJSON *object, struct sync_principal *ret,
                         struct sync_problem *problem);
bool sync_grant_read(const cJSON *object, struct sync_grant *ret, struct sync_problem *problem);
bool sync_password_read(const cJSON *object, struct sync_password *ret,
                        struct sync_problem *problem);

/* Whether the delegated permission `scope_id` on `app_id` is among the required ones. */
bool sync_application_requires(const struct sync_application *application, const char *app_id,
                               const char *scope_id);
/* Whether a list of scopes with blanks between them holds `scope`. */
bool sync_scope_has(const char *list, const char *scope);

/* A path with a filter `property eq 'value'`, quoted and encoded. */
char *sync_graph_filter(struct arena *arena, const char *collection, const char *property,
                        const char *value, const char *rest);
