/* Certificates of applications and service principals: keyCredentials. */
#pragma once

#include "graph/query.h"
#include "server/call.h"

/*
 * Completes the keyCredentials of `document`, which a body has just replaced: what was there before
 * (`old`, may be NULL) stays as it was, what is new needs a certificate. False when one of them has
 * been refused. Source: graph-key-credential.
 */
bool graph_keys_settle(struct mock_call *call, struct mock_reply *reply,
                       const struct graph_set *set, const cJSON *old, cJSON *document);
