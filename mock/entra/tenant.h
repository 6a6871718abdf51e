/* The first path segment: which tenant is meant. Source: entra-tenants. */
#pragma once

#include "server/call.h"

enum entra_tenant {
    ENTRA_TENANT_OWN, /* this world's, by id or verified domain */
    ENTRA_TENANT_ORGANIZATIONS,
    ENTRA_TENANT_COMMON,
    ENTRA_TENANT_CONSUMERS,
    ENTRA_TENANT_OTHER,    /* well formed, and nobody's */
    ENTRA_TENANT_NONSENSE, /* neither a GUID nor a domain name */
};

enum entra_tenant entra_tenant_find(struct mock_call *call, const char *given);
/* The id and the display name of the world's tenant, in the arena. */
const char *entra_tenant_id(struct mock_call *call);
const char *entra_tenant_name(struct mock_call *call);
/*
 * The v2.0 issuer of a tenant: the request's origin, or production's under a cloud name. `tid` is
 * a GUID or the literal "{tenantid}".
 */
const char *entra_issuer_v2(struct mock_call *call, const char *tid);
const char *entra_issuer_v1(struct mock_call *call, const char *tid);
