/* A tenant under a virtual clock, and what tests ask of its Azure AD and Graph. */
#pragma once

#include "client.h"

/* The world `ready`, or an extension of it as JSON text; answers come by a call. */
struct mocktenant *azure_start(const char *world);

/*
 * A token request. `form` is form-encoded text in which {key} stands for the encoded value of that
 * key of the line; `header` may be NULL.
 */
struct answer azure_token(struct arena *arena, struct mocktenant *mock, const char *path,
                          const char *form, const char *header);
/* "{tenant_id}/oauth2/v2.0/token" and the like, keys in braces. */
const char *azure_fill(struct arena *arena, struct mocktenant *mock, const char *text);

/* A token for Graph: of the administering application, or of the sync user. */
const char *azure_admin_token(struct arena *arena, struct mocktenant *mock);
const char *azure_user_token(struct arena *arena, struct mocktenant *mock, const char *scope);
/* Asks Graph under graph.microsoft.com; `token` NULL: without one. */
struct answer azure_graph(struct arena *arena, struct mocktenant *mock, const char *token,
                          const char *method, const char *target, const char *body);
/* The claims of a token. */
cJSON *azure_claims(struct arena *arena, const char *token);
/* Moves the virtual clock. */
void azure_advance(struct mocktenant *mock, const char *duration);
/* The rules of the newest journal entry, separated by blanks. */
const char *azure_rules(struct arena *arena, struct mocktenant *mock);
