/* Step 3 in Marketo: credentials, fields, and switching the sync on and off. */
#pragma once

#include "page/page.h"
#include "validate/validate.h"

struct sync_connected {
    const char *host, *name, *url; /* of the organization */
    const char *state;
    bool locked;
};

/*
 * Opens the organization with the candidate's credentials first, so that what is locked for ever is
 * named before it is; `confirm` must be its host. `dry` (of the call): nothing is stored.
 */
bool sync_setup_connect(struct sync_call *call, struct sync_candidate *candidate,
                        const char *confirm, struct sync_connected *ret, bool *ret_changed);
/* What credentials.json and auth/switch.json take. Its secrets are wiped with the call's arena. */
cJSON *sync_credentials_json(struct sync_call *call, const struct sync_candidate *candidate);
/* Whether the page shows this connection, to the organization of that host. */
bool sync_page_connects(struct sync_call *call, const struct sync_page *page, const char *to,
                        const struct sync_connection *connection);
/* Whether Marketo has this connection already, and it is not down. */
bool sync_setup_is_connected(struct sync_call *call, const struct sync_candidate *candidate,
                             bool *ret);
bool sync_setup_enable(struct sync_call *call, const char *email, const char **ret_state,
                       bool *ret_changed);

/* Makes the field that links people to records, when Marketo lacks it. */
bool sync_setup_person_key(struct sync_call *call, bool *ret_changed);

bool sync_op_connect(struct sync_call *call);
bool sync_op_enable(struct sync_call *call);
bool sync_op_disable(struct sync_call *call);
bool sync_op_reauth(struct sync_call *call);
