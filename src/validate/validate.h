/*
 * The seven checks of Validate Sync (rules VALID-01 to VALID-14), made by the engine itself: before
 * anything is stored anywhere, and whether Marketo has a page for it or not.
 */
#pragma once

#include "engine/engine.h"
#include "remote/signin.h"

enum { SYNC_CHECKS = 7 };

struct sync_check {
    enum { SYNC_NOT_REACHED, SYNC_PASSED, SYNC_FAILED } outcome;
    const char *cause; /* a code of the contract; NULL: none */
    const char *fix;   /* a sentence; NULL: none */
};

/* What is examined: an address as a person gave it, and credentials. */
struct sync_candidate {
    const char *url;
    struct sync_credentials credentials;
};

/* What the parameters name; what is missing is the connection's, its secrets included, so that what
 * is examined are these and no token that was kept. */
struct sync_credential_parameters {
    const char *url, *auth_method, *username, *client_id, *tenant, *client_secret, *password;
};
bool sync_candidate_make(struct sync_call *call, const struct sync_credential_parameters *with,
                         struct sync_candidate *ret);

/* False when a service did not answer, so that there is no verdict. */
bool sync_validate(struct sync_call *call, struct sync_candidate *candidate,
                   struct sync_check ret[SYNC_CHECKS]);
/* The first that failed; NULL when all passed. */
const struct sync_check *sync_check_failed(const struct sync_check checks[SYNC_CHECKS]);
/* As contract section 5 shows them. */
cJSON *sync_checks_json(struct arena *arena, const struct sync_check checks[SYNC_CHECKS]);

bool sync_op_validate(struct sync_call *call);
