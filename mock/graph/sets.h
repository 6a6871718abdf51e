/* The sets of objects that Graph lists here. */
#pragma once

#include "graph/query.h"

extern const struct graph_set graph_applications;
extern const struct graph_set graph_service_principals;
extern const struct graph_set graph_users;
extern const struct graph_set graph_grants;
extern const struct graph_set graph_assignments;
extern const struct graph_set graph_organization;
extern const struct graph_set graph_domains;
extern const struct graph_set graph_policies;
extern const struct graph_set graph_policy_objects; /* the service principals that have one */
extern const struct graph_set graph_deleted_applications;
extern const struct graph_set graph_owners;
