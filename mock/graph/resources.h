/* The handlers, a file for each kind of resource. */
#pragma once

#include "server/call.h"

/* applications.c */
void graph_application_list(struct mock_call *call, struct mock_reply *reply);
void graph_application_count(struct mock_call *call, struct mock_reply *reply);
void graph_application_create(struct mock_call *call, struct mock_reply *reply);
void graph_application_get(struct mock_call *call, struct mock_reply *reply);
void graph_application_update(struct mock_call *call, struct mock_reply *reply);
void graph_application_delete(struct mock_call *call, struct mock_reply *reply);

/* keys.c: certificates of applications and of service principals */
void graph_key_add(struct mock_call *call, struct mock_reply *reply);
void graph_key_remove(struct mock_call *call, struct mock_reply *reply);

/* owners.c: of applications and of service principals */
void graph_owner_list(struct mock_call *call, struct mock_reply *reply);
void graph_owner_add(struct mock_call *call, struct mock_reply *reply);
void graph_owner_remove(struct mock_call *call, struct mock_reply *reply);

/* passwords.c: of applications and of service principals */
void graph_password_add(struct mock_call *call, struct mock_reply *reply);
void graph_password_remove(struct mock_call *call, struct mock_reply *reply);

/* service_principals.c */
void graph_principal_list(struct mock_call *call, struct mock_reply *reply);
void graph_principal_count(struct mock_call *call, struct mock_reply *reply);
void graph_principal_create(struct mock_call *call, struct mock_reply *reply);
void graph_principal_get(struct mock_call *call, struct mock_reply *reply);
void graph_principal_update(struct mock_call *call, struct mock_reply *reply);
void graph_principal_delete(struct mock_call *call, struct mock_reply *reply);

/* grants.c */
void graph_grant_list(struct mock_call *call, struct mock_reply *reply);
void graph_grant_list_of(struct mock_call *call, struct mock_reply *reply);
void graph_grant_create(struct mock_call *call, struct mock_reply *reply);
void graph_grant_get(struct mock_call *call, struct mock_reply *reply);
void graph_grant_update(struct mock_call *call, struct mock_reply *reply);
void graph_grant_delete(struct mock_call *call, struct mock_reply *reply);
void graph_assignment_list(struct mock_call *call, struct mock_reply *reply);
void graph_assignment_list_to(struct mock_call *call, struct mock_reply *reply);
void graph_assignment_create(struct mock_call *call, struct mock_reply *reply);
void graph_assignment_get(struct mock_call *call, struct mock_reply *reply);
void graph_assignment_delete(struct mock_call *call, struct mock_reply *reply);

/* users.c */
void graph_user_list(struct mock_call *call, struct mock_reply *reply);
void graph_user_count(struct mock_call *call, struct mock_reply *reply);
void graph_user_create(struct mock_call *call, struct mock_reply *reply);
void graph_user_get(struct mock_call *call, struct mock_reply *reply);
void graph_user_update(struct mock_call *call, struct mock_reply *reply);
void graph_user_delete(struct mock_call *call, struct mock_reply *reply);
void graph_user_revoke(struct mock_call *call, struct mock_reply *reply);
void graph_user_grants(struct mock_call *call, struct mock_reply *reply);

/* delta.c */
void graph_grant_delta(struct mock_call *call, struct mock_reply *reply);

/* people.c */
void graph_me(struct mock_call *call, struct mock_reply *reply);
void graph_organization_list(struct mock_call *call, struct mock_reply *reply);
void graph_organization_get(struct mock_call *call, struct mock_reply *reply);
void graph_domain_list(struct mock_call *call, struct mock_reply *reply);
void graph_domain_get(struct mock_call *call, struct mock_reply *reply);
void graph_domain_federation(struct mock_call *call, struct mock_reply *reply);
void graph_user_info(struct mock_call *call, struct mock_reply *reply);

/* object.c: directory objects and deleted ones */
void graph_directory_object(struct mock_call *call, struct mock_reply *reply);
void graph_directory_delete(struct mock_call *call, struct mock_reply *reply);
void graph_get_by_ids(struct mock_call *call, struct mock_reply *reply);
void graph_deleted_list(struct mock_call *call, struct mock_reply *reply);
void graph_deleted_get(struct mock_call *call, struct mock_reply *reply);
void graph_deleted_restore(struct mock_call *call, struct mock_reply *reply);
void graph_deleted_purge(struct mock_call *call, struct mock_reply *reply);

/* policies.c */
void graph_policy_list(struct mock_call *call, struct mock_reply *reply);
void graph_policy_create(struct mock_call *call, struct mock_reply *reply);
void graph_policy_get(struct mock_call *call, struct mock_reply *reply);
void graph_policy_update(struct mock_call *call, struct mock_reply *reply);
void graph_policy_delete(struct mock_call *call, struct mock_reply *reply);
void graph_policy_applies_to(struct mock_call *call, struct mock_reply *reply);
void graph_policy_assign(struct mock_call *call, struct mock_reply *reply);
void graph_policy_unassign(struct mock_call *call, struct mock_reply *reply);
void graph_principal_policies(struct mock_call *call, struct mock_reply *reply);

/* batch.c */
void graph_batch(struct mock_call *call, struct mock_reply *reply);
