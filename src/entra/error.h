/* What the token endpoint refuses, in the contract's words. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/problem.h"

enum { SYNC_ENTRA_UNREADABLE = -1 };

/* The AADSTS number of an error body, from `error_codes` or else from the text; 0 when the body
 * has none, SYNC_ENTRA_UNREADABLE when it is no JSON. */
int64_t sync_entra_code(const char *body, size_t len);
/* Fills *problem from an error answer; is `false`. `client_id` and `tenant` are named in it. */
bool sync_entra_fail(int status, const char *body, size_t len, const char *client_id,
                     const char *tenant, struct sync_problem *problem);
/* Whether the number may only mean that the endpoint has not heard of a new secret, application or
 * service principal yet. */
bool sync_entra_may_be_new(int64_t code);
