#include "graph/service.h"

#include <string.h>

#include "base/auto.h"
#include "graph/caller.h"
#include "graph/error.h"
#include "graph/limits.h"
#include "graph/object.h"
#include "graph/resources.h"
#include "graph/tables.h"
#include "store/store.h"

/* Any one of these permissions is enough. Source: graph-permissions. */
#define READ_APPS                                                                                  \
    "Application.Read.All Application.ReadWrite.OwnedBy Application.ReadWrite.All"                 \
    " Directory.Read.All Directory.ReadWrite.All"
#define WRITE_APPS GRAPH_WRITE_APPLICATIONS
#define READ_GRANTS                                                                                \
    "DelegatedPermissionGrant.ReadWrite.All Directory.Read.All Directory.ReadWrite.All"
#define WRITE_GRANTS "DelegatedPermissionGrant.ReadWrite.All Directory.ReadWrite.All"
#define ASSIGN_ROLES "AppRoleAssignment.ReadWrite.All"
#define READ_USERS   "User.Read.All User.ReadWrite.All Directory.Read.All Directory.ReadWrite.All"
#define WRITE_USERS  "User.ReadWrite.All Directory.ReadWrite.All"
#define CHANGE_USERS WRITE_USERS " User-PasswordProfile.ReadWrite.All"
#define END_SESSIONS "User.RevokeSessions.All " WRITE_USERS
#define READ_SELF    "User.Read " READ_USERS
#define READ_ORG     "Organization.Read.All Directory.Read.All Directory.ReadWrite.All User.Read"
#define READ_DOMAINS                                                                               \
    "Domain.Read.All Domain.ReadWrite.All Directory.Read.All Directory.ReadWrite.All"
#define OPENID        "openid"
#define READ_POLICY   "Policy.Read.All Policy.ReadWrite.ApplicationConfiguration"
#define WRITE_POLICY  "Policy.ReadWrite.ApplicationConfiguration"
#define READ_OBJECTS  "Directory.Read.All Directory.ReadWrite.All"
#define WRITE_OBJECTS "Directory.ReadWrite.All"
#define ANYBODY       ""

/* clang-format off */
/* One row is a route and what it needs; both tables below are made from it. Sorted by path. */
#define ROUTES(X) \
    X(HTTP_GET,     "/oidc/userinfo", graph_user_info, "graph-userinfo", OPENID) \
    X(HTTP_POST,    "/v1.0/$batch", graph_batch, "graph-batch", ANYBODY) \
    X(HTTP_GET,     "/v1.0/applications", graph_application_list, "graph-application", READ_APPS) \
    X(HTTP_POST,    "/v1.0/applications", graph_application_create, "graph-application", WRITE_APPS) \
    X(HTTP_GET,     "/v1.0/applications(appId='{appId}')", graph_application_get, "graph-application", READ_APPS) \
    X(HTTP_PATCH,   "/v1.0/applications(appId='{appId}')", graph_application_update, "graph-application", WRITE_APPS) \
    X(HTTP_DELETE,  "/v1.0/applications(appId='{appId}')", graph_application_delete, "graph-application", WRITE_APPS) \
    X(HTTP_POST,    "/v1.0/applications(appId='{appId}')/addKey", graph_key_add, "graph-add-key", ANYBODY) \
    X(HTTP_POST,    "/v1.0/applications(appId='{appId}')/addPassword", graph_password_add, "graph-add-password", WRITE_APPS) \
    X(HTTP_GET,     "/v1.0/applications(appId='{appId}')/owners", graph_owner_list, "graph-owner", READ_APPS) \
    X(HTTP_POST,    "/v1.0/applications(appId='{appId}')/owners/$ref", graph_owner_add, "graph-owner", WRITE_APPS) \
    X(HTTP_DELETE,  "/v1.0/applications(appId='{appId}')/owners/{owner}/$ref", graph_owner_remove, "graph-owner", WRITE_APPS) \
    X(HTTP_POST,    "/v1.0/applications(appId='{appId}')/removeKey", graph_key_remove, "graph-remove-key", ANYBODY) \
    X(HTTP_POST,    "/v1.0/applications(appId='{appId}')/removePassword", graph_password_remove, "graph-remove-password", WRITE_APPS) \
    X(HTTP_GET,     "/v1.0/applications(uniqueName='{uniqueName}')", graph_application_get, "graph-application", READ_APPS) \
    X(HTTP_PATCH,   "/v1.0/applications(uniqueName='{uniqueName}')", graph_application_update, "graph-upsert", WRITE_APPS) \
    X(HTTP_DELETE,  "/v1.0/applications(uniqueName='{uniqueName}')", graph_application_delete, "graph-application", WRITE_APPS) \
    X(HTTP_GET,     "/v1.0/applications/$count", graph_application_count, "graph-query", READ_APPS) \
    X(HTTP_GET,     "/v1.0/applications/{id}", graph_application_get, "graph-application", READ_APPS) \
    X(HTTP_PATCH,   "/v1.0/applications/{id}", graph_application_update, "graph-application", WRITE_APPS) \
    X(HTTP_DELETE,  "/v1.0/applications/{id}", graph_application_delete, "graph-application", WRITE_APPS) \
    X(HTTP_POST,    "/v1.0/applications/{id}/addKey", graph_key_add, "graph-add-key", ANYBODY) \
    X(HTTP_POST,    "/v1.0/applications/{id}/addPassword", graph_password_add, "graph-add-password", WRITE_APPS) \
    X(HTTP_GET,     "/v1.0/applications/{id}/owners", graph_owner_list, "graph-owner", READ_APPS) \
    X(HTTP_POST,    "/v1.0/applications/{id}/owners/$ref", graph_owner_add, "graph-owner", WRITE_APPS) \
    X(HTTP_DELETE,  "/v1.0/applications/{id}/owners/{owner}/$ref", graph_owner_remove, "graph-owner", WRITE_APPS) \
    X(HTTP_POST,    "/v1.0/applications/{id}/removeKey", graph_key_remove, "graph-remove-key", ANYBODY) \
    X(HTTP_POST,    "/v1.0/applications/{id}/removePassword", graph_password_remove, "graph-remove-password", WRITE_APPS) \
    X(HTTP_GET,     "/v1.0/directory/deletedItems/microsoft.graph.application", graph_deleted_list, "graph-deleted-items", READ_APPS) \
    X(HTTP_GET,     "/v1.0/directory/deletedItems/{id}", graph_deleted_get, "graph-deleted-items", READ_APPS) \
    X(HTTP_DELETE,  "/v1.0/directory/deletedItems/{id}", graph_deleted_purge, "graph-deleted-items", WRITE_APPS) \
    X(HTTP_POST,    "/v1.0/directory/deletedItems/{id}/restore", graph_deleted_restore, "graph-deleted-items", WRITE_APPS) \
    X(HTTP_POST,    "/v1.0/directoryObjects/getByIds", graph_get_by_ids, "graph-directory-object", READ_OBJECTS) \
    X(HTTP_GET,     "/v1.0/directoryObjects/{id}", graph_directory_object, "graph-directory-object", READ_OBJECTS) \
    X(HTTP_DELETE,  "/v1.0/directoryObjects/{id}", graph_directory_delete, "graph-directory-object", WRITE_OBJECTS) \
    X(HTTP_GET,     "/v1.0/domains", graph_domain_list, "graph-domain", READ_DOMAINS) \
    X(HTTP_GET,     "/v1.0/domains/{name}", graph_domain_get, "graph-domain", READ_DOMAINS) \
    X(HTTP_GET,     "/v1.0/domains/{name}/federationConfiguration", graph_domain_federation, "graph-federation", READ_DOMAINS) \
    X(HTTP_GET,     "/v1.0/me", graph_me, "graph-user", READ_SELF) \
    X(HTTP_GET,     "/v1.0/oauth2PermissionGrants", graph_grant_list, "graph-grant", READ_GRANTS) \
    X(HTTP_POST,    "/v1.0/oauth2PermissionGrants", graph_grant_create, "graph-grant", WRITE_GRANTS) \
    X(HTTP_GET,     "/v1.0/oauth2PermissionGrants/delta", graph_grant_delta, "graph-grant-delta", READ_GRANTS) \
    X(HTTP_GET,     "/v1.0/oauth2PermissionGrants/{id}", graph_grant_get, "graph-grant", READ_GRANTS) \
    X(HTTP_PATCH,   "/v1.0/oauth2PermissionGrants/{id}", graph_grant_update, "graph-grant", WRITE_GRANTS) \
    X(HTTP_DELETE,  "/v1.0/oauth2PermissionGrants/{id}", graph_grant_delete, "graph-grant", WRITE_GRANTS) \
    X(HTTP_GET,     "/v1.0/organization", graph_organization_list, "graph-organization", READ_ORG) \
    X(HTTP_GET,     "/v1.0/organization/{id}", graph_organization_get, "graph-organization", READ_ORG) \
    X(HTTP_GET,     "/v1.0/policies/homeRealmDiscoveryPolicies", graph_policy_list, "graph-hrd-policy", READ_POLICY) \
    X(HTTP_POST,    "/v1.0/policies/homeRealmDiscoveryPolicies", graph_policy_create, "graph-hrd-policy", WRITE_POLICY) \
    X(HTTP_GET,     "/v1.0/policies/homeRealmDiscoveryPolicies/{id}", graph_policy_get, "graph-hrd-policy", READ_POLICY) \
    X(HTTP_PATCH,   "/v1.0/policies/homeRealmDiscoveryPolicies/{id}", graph_policy_update, "graph-hrd-policy", WRITE_POLICY) \
    X(HTTP_DELETE,  "/v1.0/policies/homeRealmDiscoveryPolicies/{id}", graph_policy_delete, "graph-hrd-policy", WRITE_POLICY) \
    X(HTTP_GET,     "/v1.0/policies/homeRealmDiscoveryPolicies/{id}/appliesTo", graph_policy_applies_to, "graph-hrd-policy", READ_POLICY) \
    X(HTTP_GET,     "/v1.0/servicePrincipals", graph_principal_list, "graph-service-principal", READ_APPS) \
    X(HTTP_POST,    "/v1.0/servicePrincipals", graph_principal_create, "graph-service-principal", WRITE_APPS) \
    X(HTTP_GET,     "/v1.0/servicePrincipals(appId='{appId}')", graph_principal_get, "graph-service-principal", READ_APPS) \
    X(HTTP_PATCH,   "/v1.0/servicePrincipals(appId='{appId}')", graph_principal_update, "graph-service-principal", WRITE_APPS) \
    X(HTTP_DELETE,  "/v1.0/servicePrincipals(appId='{appId}')", graph_principal_delete, "graph-service-principal", WRITE_APPS) \
    X(HTTP_POST,    "/v1.0/servicePrincipals(appId='{appId}')/addKey", graph_key_add, "graph-add-key", ANYBODY) \
    X(HTTP_POST,    "/v1.0/servicePrincipals(appId='{appId}')/addPassword", graph_password_add, "graph-add-password", WRITE_APPS) \
    X(HTTP_GET,     "/v1.0/servicePrincipals(appId='{appId}')/appRoleAssignedTo", graph_assignment_list_to, "graph-assignment", READ_APPS) \
    X(HTTP_POST,    "/v1.0/servicePrincipals(appId='{appId}')/appRoleAssignedTo", graph_assignment_create, "graph-assignment", ASSIGN_ROLES) \
    X(HTTP_GET,     "/v1.0/servicePrincipals(appId='{appId}')/appRoleAssignedTo/{assignment}", graph_assignment_get, "graph-assignment", READ_APPS) \
    X(HTTP_DELETE,  "/v1.0/servicePrincipals(appId='{appId}')/appRoleAssignedTo/{assignment}", graph_assignment_delete, "graph-assignment", ASSIGN_ROLES) \
    X(HTTP_GET,     "/v1.0/servicePrincipals(appId='{appId}')/appRoleAssignments", graph_assignment_list, "graph-assignment", READ_APPS) \
    X(HTTP_POST,    "/v1.0/servicePrincipals(appId='{appId}')/appRoleAssignments", graph_assignment_create, "graph-assignment", ASSIGN_ROLES) \
    X(HTTP_GET,     "/v1.0/servicePrincipals(appId='{appId}')/appRoleAssignments/{assignment}", graph_assignment_get, "graph-assignment", READ_APPS) \
    X(HTTP_DELETE,  "/v1.0/servicePrincipals(appId='{appId}')/appRoleAssignments/{assignment}", graph_assignment_delete, "graph-assignment", ASSIGN_ROLES) \
    X(HTTP_GET,     "/v1.0/servicePrincipals(appId='{appId}')/homeRealmDiscoveryPolicies", graph_principal_policies, "graph-hrd-policy", READ_POLICY) \
    X(HTTP_POST,    "/v1.0/servicePrincipals(appId='{appId}')/homeRealmDiscoveryPolicies/$ref", graph_policy_assign, "graph-hrd-policy", WRITE_POLICY) \
    X(HTTP_DELETE,  "/v1.0/servicePrincipals(appId='{appId}')/homeRealmDiscoveryPolicies/{policy}/$ref", graph_policy_unassign, "graph-hrd-policy", WRITE_POLICY) \
    X(HTTP_GET,     "/v1.0/servicePrincipals(appId='{appId}')/oauth2PermissionGrants", graph_grant_list_of, "graph-grant", READ_GRANTS) \
    X(HTTP_GET,     "/v1.0/servicePrincipals(appId='{appId}')/owners", graph_owner_list, "graph-owner", READ_APPS) \
    X(HTTP_POST,    "/v1.0/servicePrincipals(appId='{appId}')/owners/$ref", graph_owner_add, "graph-owner", WRITE_APPS) \
    X(HTTP_DELETE,  "/v1.0/servicePrincipals(appId='{appId}')/owners/{owner}/$ref", graph_owner_remove, "graph-owner", WRITE_APPS) \
    X(HTTP_POST,    "/v1.0/servicePrincipals(appId='{appId}')/removeKey", graph_key_remove, "graph-remove-key", ANYBODY) \
    X(HTTP_POST,    "/v1.0/servicePrincipals(appId='{appId}')/removePassword", graph_password_remove, "graph-remove-password", WRITE_APPS) \
    X(HTTP_GET,     "/v1.0/servicePrincipals/$count", graph_principal_count, "graph-query", READ_APPS) \
    X(HTTP_GET,     "/v1.0/servicePrincipals/{id}", graph_principal_get, "graph-service-principal", READ_APPS) \
    X(HTTP_PATCH,   "/v1.0/servicePrincipals/{id}", graph_principal_update, "graph-service-principal", WRITE_APPS) \
    X(HTTP_DELETE,  "/v1.0/servicePrincipals/{id}", graph_principal_delete, "graph-service-principal", WRITE_APPS) \
    X(HTTP_POST,    "/v1.0/servicePrincipals/{id}/addKey", graph_key_add, "graph-add-key", ANYBODY) \
    X(HTTP_POST,    "/v1.0/servicePrincipals/{id}/addPassword", graph_password_add, "graph-add-password", WRITE_APPS) \
    X(HTTP_GET,     "/v1.0/servicePrincipals/{id}/appRoleAssignedTo", graph_assignment_list_to, "graph-assignment", READ_APPS) \
    X(HTTP_POST,    "/v1.0/servicePrincipals/{id}/appRoleAssignedTo", graph_assignment_create, "graph-assignment", ASSIGN_ROLES) \
    X(HTTP_GET,     "/v1.0/servicePrincipals/{id}/appRoleAssignedTo/{assignment}", graph_assignment_get, "graph-assignment", READ_APPS) \
    X(HTTP_DELETE,  "/v1.0/servicePrincipals/{id}/appRoleAssignedTo/{assignment}", graph_assignment_delete, "graph-assignment", ASSIGN_ROLES) \
    X(HTTP_GET,     "/v1.0/servicePrincipals/{id}/appRoleAssignments", graph_assignment_list, "graph-assignment", READ_APPS) \
    X(HTTP_POST,    "/v1.0/servicePrincipals/{id}/appRoleAssignments", graph_assignment_create, "graph-assignment", ASSIGN_ROLES) \
    X(HTTP_GET,     "/v1.0/servicePrincipals/{id}/appRoleAssignments/{assignment}", graph_assignment_get, "graph-assignment", READ_APPS) \
    X(HTTP_DELETE,  "/v1.0/servicePrincipals/{id}/appRoleAssignments/{assignment}", graph_assignment_delete, "graph-assignment", ASSIGN_ROLES) \
    X(HTTP_GET,     "/v1.0/servicePrincipals/{id}/homeRealmDiscoveryPolicies", graph_principal_policies, "graph-hrd-policy", READ_POLICY) \
    X(HTTP_POST,    "/v1.0/servicePrincipals/{id}/homeRealmDiscoveryPolicies/$ref", graph_policy_assign, "graph-hrd-policy", WRITE_POLICY) \
    X(HTTP_DELETE,  "/v1.0/servicePrincipals/{id}/homeRealmDiscoveryPolicies/{policy}/$ref", graph_policy_unassign, "graph-hrd-policy", WRITE_POLICY) \
    X(HTTP_GET,     "/v1.0/servicePrincipals/{id}/oauth2PermissionGrants", graph_grant_list_of, "graph-grant", READ_GRANTS) \
    X(HTTP_GET,     "/v1.0/servicePrincipals/{id}/owners", graph_owner_list, "graph-owner", READ_APPS) \
    X(HTTP_POST,    "/v1.0/servicePrincipals/{id}/owners/$ref", graph_owner_add, "graph-owner", WRITE_APPS) \
    X(HTTP_DELETE,  "/v1.0/servicePrincipals/{id}/owners/{owner}/$ref", graph_owner_remove, "graph-owner", WRITE_APPS) \
    X(HTTP_POST,    "/v1.0/servicePrincipals/{id}/removeKey", graph_key_remove, "graph-remove-key", ANYBODY) \
    X(HTTP_POST,    "/v1.0/servicePrincipals/{id}/removePassword", graph_password_remove, "graph-remove-password", WRITE_APPS) \
    X(HTTP_GET,     "/v1.0/users", graph_user_list, "graph-user", READ_USERS) \
    X(HTTP_POST,    "/v1.0/users", graph_user_create, "graph-user", WRITE_USERS) \
    X(HTTP_GET,     "/v1.0/users/$count", graph_user_count, "graph-query", READ_USERS) \
    X(HTTP_GET,     "/v1.0/users/{id}", graph_user_get, "graph-user", READ_USERS) \
    X(HTTP_PATCH,   "/v1.0/users/{id}", graph_user_update, "graph-user", CHANGE_USERS) \
    X(HTTP_DELETE,  "/v1.0/users/{id}", graph_user_delete, "graph-user", WRITE_USERS) \
    X(HTTP_GET,     "/v1.0/users/{id}/appRoleAssignments", graph_assignment_list, "graph-assignment", READ_OBJECTS) \
    X(HTTP_POST,    "/v1.0/users/{id}/appRoleAssignments", graph_assignment_create, "graph-assignment", ASSIGN_ROLES) \
    X(HTTP_DELETE,  "/v1.0/users/{id}/appRoleAssignments/{assignment}", graph_assignment_delete, "graph-assignment", ASSIGN_ROLES) \
    X(HTTP_GET,     "/v1.0/users/{id}/oauth2PermissionGrants", graph_user_grants, "graph-grant", READ_GRANTS) \
    X(HTTP_POST,    "/v1.0/users/{id}/revokeSignInSessions", graph_user_revoke, "graph-revoke-sessions", END_SESSIONS)
/* clang-format on */

#define AS_ROUTE(method, path, handle, source, permissions)       {method, path, handle, source},
#define AS_PERMISSIONS(method, path, handle, source, permissions) permissions,

static const struct mock_route routes[] = {ROUTES(AS_ROUTE)};
static const char *const needed[] = {ROUTES(AS_PERMISSIONS)};

/* With Application.ReadWrite.OwnedBy: what is made, and what the calling application owns. */
static bool owns(struct mock_call *call, const char *permissions)
{
    const char *document;
    cJSON *tree = NULL;
    struct err err;

    if (!str_eq(permissions, WRITE_APPS) || call->caller->upn != NULL ||
        !graph_caller_holds(call, GRAPH_WRITE_OWNED)) {
        return false;
    }
    if (call->vars[0] == NULL) {
        return true;
    }
    document = graph_path_document(call, graph_path_set(call));
    return document != NULL &&
           json_parse(call->arena, document, strlen(document), JSON_PLAIN, &tree, &err) &&
           store_int(call->db, "SELECT 1 FROM owners WHERE object = ? AND owner = ?",
                     DB_ARGS(db_text(json_get_text(tree, "id")), db_text(call->caller->oid)),
                     0) != 0;
}

/* A token before all else, then what the route needs. */
static bool admit(struct mock_call *call, struct mock_reply *reply)
{
    const char *permissions;

    if (!graph_caller_find(call, reply)) {
        return false;
    }
    permissions = needed[call->route - routes];
    if (!graph_caller_may(call, permissions, call->method != HTTP_GET) &&
        !owns(call, permissions)) {
        graph_refuse(call, reply, GRAPH_DENIED, NULL, NULL);
        return false;
    }
    return graph_limits_take(call, reply);
}

static void miss(struct mock_call *call, struct mock_reply *reply)
{
    const char *segment = "";

    if (!graph_caller_find(call, reply)) {
        return;
    }
    if (call->path.count > 0) {
        segment = call->path.segments[call->path.count > 1 ? 1 : 0];
    }
    graph_refuse(call, reply, call->allowed != 0 ? GRAPH_BAD_METHOD : GRAPH_UNKNOWN_SEGMENT,
                 segment, NULL);
}

static void bad_target(struct mock_call *call, struct mock_reply *reply)
{
    graph_refuse(call, reply, GRAPH_BAD_TARGET, NULL, NULL);
}

static void throttle(struct mock_call *call, struct mock_reply *reply, int64_t retry_after_s)
{
    graph_refuse(call, reply, GRAPH_THROTTLED, NULL, NULL);
    mock_reply_header_set(reply, "Retry-After",
                          arena_printf(call->arena, "%lld", (long long)retry_after_s));
}

/* Source: graph-headers. */
static void decorate(struct mock_call *call, struct mock_reply *reply)
{
    const char *client_id = mock_call_header(call, "client-request-id");

    mock_reply_header(reply, "request-id", call->request_id);
    mock_reply_header(reply, "client-request-id", client_id != NULL ? client_id : call->request_id);
    mock_reply_header(reply, "x-ms-ags-diagnostic",
                      "{\"ServerInfo\":{\"DataCenter\":\"West Europe\",\"Slice\":\"E\",\"Ring\":"
                      "\"5\",\"ScaleUnit\":\"003\",\"RoleInstance\":\"AM2PEPF00010000\"}}");
    mock_reply_header(reply, "x-ms-resource-unit",
                      arena_printf(call->arena, "%lld", (long long)graph_limits_cost(call)));
    mock_reply_header(reply, "OData-Version", "4.0");
    mock_reply_header_set(reply, "Cache-Control", "no-cache");
    mock_reply_header(reply, "Strict-Transport-Security", "max-age=31536000");
    mock_reply_header(reply, "Vary", "Accept-Encoding");
}

const struct mock_service mock_graph = {
    .name = "graph",
    .routes = routes,
    .route_count = ARRAY_LEN(routes),
    .alias = {"beta", "v1.0"},
    .tables = graph_tables,
    .table_count = GRAPH_TABLE_COUNT,
    .admit = admit,
    .miss = miss,
    .bad_target = bad_target,
    .throttle = throttle,
    .decorate = decorate,
    .drop = graph_limits_drop,
};
