/* The first path segment: which tenant is meant. Source: entra-tenants. */
#pragma once

#include "server/call.h"

enum entra_tenant {
    ENTRA_TENANT_OWN, /* this world's, by id or verified domain */
    ENTRA_TENANT_ORGANIZATIONS,
    ENTRA_TENANT_COMMON,
    ENTRA_TENANT_CONSUMERS,
    ENTRA_TENANT_FOREIGN,  /* another organization's, in this cloud */
    ENTRA_TENANT_NATIONAL, /* another organization's, in a national cloud */
    ENTRA_TENANT_OTHER,    /* well formed, and nobody's */
    ENTRA_TENANT_NONSENSE, /* neither a GUID nor a domain name */
};

/* What a path segment means; of shared names id and name are those of this world's tenant. */
struct entra_directory {
    enum entra_tenant tenant;
    const char *id, *name;
    const char *cloud; /* of a national one, as refusals name it; else NULL */
};

struct entra_directory entra_directory_find(struct mock_call *call, const char *given);
enum entra_tenant entra_tenant_find(struct mock_call *call, const char *given);
/*
 * The tenant that has the domain of a sign-in name: this one, a foreign or a national one; OTHER
 * when nobody has it.
 */
struct entra_directory entra_directory_of_user(struct mock_call *call, const char *upn);
/* common, organizations or consumers: the user's domain decides which tenant it is. */
bool entra_tenant_shared(enum entra_tenant tenant);
/* The id and the display name of the world's tenant, in the arena. */
const char *entra_tenant_id(struct mock_call *call);
const char *entra_tenant_name(struct mock_call *call);
/*
 * The v2.0 issuer of a tenant: the request's origin, or production's under a cloud name. `tid` is
 * a GUID or the literal "{tenantid}".
 */
const char *entra_issuer_v2(struct mock_call *call, const char *tid);
const char *entra_issuer_v1(struct mock_call *call, const char *tid);
