#include "graph/tables.h"

const struct mock_state_table graph_tables[GRAPH_TABLE_COUNT] = {
    {"applications", "SELECT id, document FROM applications"
                     " WHERE id > ?1 AND deleted_ms IS NULL ORDER BY id LIMIT ?2"},
    {"servicePrincipals",
     "SELECT id, document FROM service_principals WHERE id > ?1 ORDER BY id LIMIT ?2"},
    {"oauth2PermissionGrants",
     "SELECT id, json_object('id', id, 'clientId', client_id, 'consentType', consent_type,"
     " 'principalId', principal_id, 'resourceId', resource_id, 'scope', scope)"
     " FROM oauth2_permission_grants WHERE id > ?1 ORDER BY id LIMIT ?2"},
    {"appRoleAssignments",
     "SELECT id, json_object('id', id, 'appRoleId', app_role_id, 'principalId', principal_id,"
     " 'resourceId', resource_id) FROM app_role_assignments WHERE id > ?1 ORDER BY id LIMIT ?2"},
    {"users", "SELECT id, document FROM users WHERE id > ?1 ORDER BY id LIMIT ?2"},
    {"domains", "SELECT name, json_object('id', name, 'authenticationType', authentication,"
                " 'isDefault', json(iif(is_default, 'true', 'false')))"
                " FROM domains WHERE name > ?1 ORDER BY name LIMIT ?2"},
};
