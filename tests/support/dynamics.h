/* What tests ask of an organization's Web API. */
#pragma once

#include "azure.h"

/* A token for the organization: "admin", "app" (the integration) or "user" (the sync user). */
const char *dynamics_token(struct arena *arena, struct mocktenant *mock, const char *who);
/*
 * Asks contoso.crm.dynamics.com; `target` is what stands behind /api/data/v9.2/ or, with a slash, a
 * whole path; `header` is one more, NULL: none; `token` NULL: without one.
 */
struct answer dynamics_ask(struct arena *arena, struct mocktenant *mock, const char *token,
                           const char *method, const char *target, const char *header,
                           const char *body);
/* `text` percent-encoded where a query may not hold it as it stands. */
const char *dynamics_encode(struct arena *arena, const char *text);
/* The text of error.code, and of error.message. */
const char *dynamics_code(const struct answer *answer);
const char *dynamics_message(const struct answer *answer);
/* A member of all rows of `value`, joined by "|"; numbers and truth values as text. */
const char *dynamics_values(struct arena *arena, const cJSON *page, const char *member);
/* The id in the header OData-EntityId; fails the test when there is none. */
const char *dynamics_made(struct arena *arena, const struct answer *answer);
