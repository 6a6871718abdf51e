/* Microsoft's own public clients, as far as a setup signs in with one. Source: entra-first-party.
 */
#pragma once

#include "base/arena.h"
#include "base/json.h"

/* The tenant in which their applications live. */
#define ENTRA_MICROSOFT_TENANT "f8cdef31-a31e-4b4a-93e4-5f571e91255a"

struct entra_first_party {
    const char *app_id, *name;
    const char *redirect_uri; /* beside http://localhost */
};

/* By its client id, in either case; NULL when there is none. */
const struct entra_first_party *entra_first_party_find(const char *app_id);
/* The document that its application would have; nobody can read it in this tenant. */
cJSON *entra_first_party_document(struct arena *arena, const struct entra_first_party *client);
