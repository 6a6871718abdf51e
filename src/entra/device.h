/*
 * Signing in as a person who has a browser elsewhere (RFC 8628): the engine says where to go and
 * which code to enter, and asks until it was done.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "core/env.h"
#include "core/problem.h"
#include "entra/token.h"

/* A body of 200 from the device code endpoint. */
struct sync_device_body {
    const char *user_code, *device_code, *verification_uri;
    int64_t expires_in, interval; /* seconds; the interval is 5 when the body has none */
};

/* Reads such a body; the texts are the arena's. */
bool sync_device_parse(struct arena *arena, const char *body, size_t len,
                       struct sync_device_body *ret, struct sync_problem *problem);

/*
 * A token of the person who enters the code, for the scopes (separated by blanks); it stays the
 * cache's and is good until the next call. The event `signin.device url=… code=…` tells what to
 * do; without somebody who hears it, it fails with `usage`. `client` is a public one, without
 * secret and user.
 */
bool sync_device_sign_in(struct sync_tokens *tokens, struct sync_env *env,
                         const struct sync_client *client, const char *scope, const char **ret,
                         struct sync_problem *problem);
