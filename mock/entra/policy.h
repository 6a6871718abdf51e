/* Home Realm Discovery policies, as the token endpoint reads them. Source: entra-federation. */
#pragma once

#include "server/call.h"

/*
 * Whether the password of a federated user may be checked in the cloud for this client: the policy
 * of its service principal decides, without one that of the organization.
 */
bool entra_policy_allows_password(struct mock_call *call, const char *principal_id);
