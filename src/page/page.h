/*
 * Marketo's CRM page (contract section 5): the connection whose worker the engine is. Its paths are
 * below /rest/crm/v1/microsoft/.
 */
#pragma once

#include "engine/engine.h"
#include "remote/remote.h"

/* connection.json. */
struct sync_page {
    const char *state; /* "new" to "down" */
    const char *organization_url, *auth_method, *username, *client_id, *tenant_id;
    const char *notification_email, *settles_at, *solution_version, *subscription_id;
    bool organization_locked, sync_enabled;
};
/* Fails with `not_connector` when the API user is not the connector. */
bool sync_page_read(struct crmsync *engine, struct arena *arena, struct sync_page *ret,
                    struct sync_problem *problem);
/* The same from an answer that shows the connection. */
bool sync_page_of(const cJSON *result, const char *what, struct sync_page *ret,
                  struct sync_problem *problem);
/* Another GET of the page: "fields.json"; *ret is its `result`, an array. */
bool sync_page_get(struct crmsync *engine, struct arena *arena, const char *what, const char *name,
                   const cJSON **ret, struct sync_problem *problem);
/*
 * A POST that changes something, with an intent of its own (named "page." and the name). It sets
 * what it says, so it is sent again when its outcome is unknown. *ret is its result, NULL when it
 * has none.
 */
bool sync_page_post(struct crmsync *engine, struct arena *arena, const char *what, const char *name,
                    const cJSON *body, const cJSON **ret, struct sync_problem *problem);
/* A POST that only looks (validate.json): no intent. */
bool sync_page_ask(struct crmsync *engine, struct arena *arena, const char *what, const char *name,
                   const cJSON *body, const cJSON **ret, struct sync_problem *problem);
