/* Bearer tokens as the services look at them. Source: entra-access-token. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/call.h"

/*
 * Tokens verified before, by their SHA-256: at most 4,096, the oldest goes. Used with the world's
 * lock held.
 */
struct mock_tokens;
struct mock_tokens *mock_tokens_create(void);
void mock_tokens_destroy(struct mock_tokens *tokens);

/* What a token says; belongs to the cache, so it is good while the world's lock is held. */
struct mock_claims {
    const char *aud, *iss, *tid;
    const char *appid; /* client id */
    const char *oid;   /* of the service principal or of the user */
    const char *sub;   /* the same, for a user only within one resource */
    const char *upn;   /* NULL: the application itself */
    const char *scp;   /* separated by blanks; NULL: the application itself */
    const char *roles; /* separated by blanks; "" when it holds none */
    bool app_only;
    int64_t nbf_s, exp_s;
};

enum mock_token_state {
    MOCK_TOKEN_GOOD,
    MOCK_TOKEN_MISSING,   /* no Authorization, or another scheme than Bearer */
    MOCK_TOKEN_MALFORMED, /* not a JSON Web Token of ours */
    MOCK_TOKEN_FORGED,    /* the signature does not fit */
    MOCK_TOKEN_EXPIRED,
    MOCK_TOKEN_EARLY,
    MOCK_TOKEN_AUDIENCE, /* made for another resource */
    MOCK_TOKEN_ISSUER,   /* of another tenant */
    MOCK_TOKEN_UNKNOWN_APP,
};

/*
 * Looks at the call's Authorization header. `audiences` are the resource's own names; they are
 * compared without regard to case, and a `*` in one stands for any characters. Clocks may differ by
 * five minutes. Fills *ret when the token is good.
 */
enum mock_token_state mock_token_verify(struct mock_call *call, const char *const *audiences,
                                        size_t count, const struct mock_claims **ret);
