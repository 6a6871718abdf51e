/* Host header → service. Contract section 1. */
#pragma once

#include "server/call.h"

enum mock_service_id {
    MOCK_ENTRA,
    MOCK_ADFS,
    MOCK_GRAPH,
    MOCK_DATAVERSE, /* global discovery is part of it */
    MOCK_MARKETO,
    MOCK_CONTROL,
};

/*
 * Decides which service a request is for from its host, else from its first path segment; sets
 * call->cloud, org_host and munchkin. Runs with the world's lock held.
 */
enum mock_service_id mock_vhost(struct mock_call *call);

/* The world's host names for its certificate, in the arena, the last one NULL. */
const char **mock_vhost_names(struct arena *arena, struct db *db);
