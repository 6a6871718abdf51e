/* Client assertions, signed with the published client key, and a world whose application has it. */
#pragma once

#include "base/arena.h"

/* The world `ready` whose application "Marketo Integration" has the certificate; `more` is further
 * members of that application ("" for none), each with a comma before it. */
const char *assertion_world(struct arena *arena, const char *more);
/* base64 of the certificate's DER. */
const char *assertion_certificate(struct arena *arena);
/* Its thumbprint by SHA-1 in base64url. */
const char *assertion_x5t(struct arena *arena);
/* Signs header and claims (JSON) with RS256. */
const char *assertion_sign(struct arena *arena, const char *header, const char *claims);
/* A whole file below fixtures/ as text. */
const char *fixture_text(struct arena *arena, const char *name);
