/* Tokens of the grants client_credentials and password (RFC 6749, 4.4 and 4.3), kept until they are
 * nearly over. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "core/env.h"
#include "core/problem.h"

/* A body of 200 from the token endpoint. */
struct sync_token_body {
    const char *token_type, *access_token;
    int64_t expires_in; /* seconds */
};

/* Reads such a body; the texts are the arena's. */
bool sync_token_parse(struct arena *arena, const char *body, size_t len,
                      struct sync_token_body *ret, struct sync_problem *problem);

struct sync_client {
    const char *tenant;    /* GUID or domain */
    const char *client_id; /* GUID */
    const char *secret;    /* its value; NULL: a public client, with a user only */
    const char *username;  /* whose password is used; NULL: the client signs in for itself */
    const char *password;
    int64_t fresh_until_ms; /* until then a refusal may mean that our own write is not known yet;
                               0 for what a person gave */
};

struct sync_token {
    struct sync_token *next;
    char *tenant, *client_id, *username, *scope, *text; /* username "": the client itself */
    int64_t good_until_ms;
};

struct sync_tokens {
    struct sync_token *first;
};

/* A token for a scope such as "https://graph.microsoft.com/.default", good for at least a while;
 * it stays the cache's and is good until the next call. */
bool sync_token_get(struct sync_tokens *tokens, struct sync_env *env,
                    const struct sync_client *client, const char *scope, const char **ret,
                    struct sync_problem *problem);
/* The kept token, NULL when there is none that is good: then the secret is needed. */
const char *sync_token_kept(const struct sync_tokens *tokens, const struct sync_env *env,
                            const struct sync_client *client, const char *scope);
/* Keeps a token that another grant or another service gave, as if it had been asked for here. */
const char *sync_token_keep(struct sync_tokens *tokens, const struct sync_env *env,
                            const struct sync_client *client, const char *scope,
                            const struct sync_token_body *body);
/* Forgets a token that a service has refused. */
void sync_token_drop(struct sync_tokens *tokens, const char *text);
void sync_tokens_finish(struct sync_tokens *tokens);
