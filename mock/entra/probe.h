/* A token request inside the process: what would Azure AD say to these credentials? */
#pragma once

#include "server/call.h"

struct entra_probe {
    int code;            /* 0: a token; else the AADSTS number */
    bool secret_id_sent; /* the Secret ID was sent in the secret's place */
};
/*
 * Asks the v2.0 token endpoint of `tenant` with a form body. Nothing is changed by it: no lockout
 * counts, no chance is used up.
 */
struct entra_probe entra_probe(struct mock_call *call, const char *tenant, const char *form);
