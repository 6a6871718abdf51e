#include "graph/sets.h"

#include "base/auto.h"

/* clang-format off */
static const struct graph_property application_properties[] = {
    {"id", "id", GRAPH_KIND_GUID},
    {"appId", "app_id", GRAPH_KIND_GUID},
    {"displayName", "display_name", GRAPH_KIND_TEXT},
    {"publisherDomain", "document ->> '$.publisherDomain'", GRAPH_KIND_TEXT},
    {"signInAudience", "document ->> '$.signInAudience'", GRAPH_KIND_TEXT},
    {"uniqueName", "document ->> '$.uniqueName'", GRAPH_KIND_TEXT},
    {"identifierUris", "document -> '$.identifierUris'", GRAPH_KIND_TEXTS},
    {"tags", "document -> '$.tags'", GRAPH_KIND_TEXTS},
};
static const struct graph_property principal_properties[] = {
    {"id", "id", GRAPH_KIND_GUID},
    {"appId", "app_id", GRAPH_KIND_GUID},
    {"accountEnabled", "account_enabled", GRAPH_KIND_BOOL},
    {"displayName", "display_name", GRAPH_KIND_TEXT},
    {"servicePrincipalType", "document ->> '$.servicePrincipalType'", GRAPH_KIND_TEXT},
    {"servicePrincipalNames", "document -> '$.servicePrincipalNames'", GRAPH_KIND_TEXTS},
    {"tags", "document -> '$.tags'", GRAPH_KIND_TEXTS},
};
static const struct graph_property user_properties[] = {
    {"id", "id", GRAPH_KIND_GUID},
    {"accountEnabled", "account_enabled", GRAPH_KIND_BOOL},
    {"displayName", "display_name", GRAPH_KIND_TEXT},
    {"mail", "document ->> '$.mail'", GRAPH_KIND_TEXT},
    {"userPrincipalName", "upn", GRAPH_KIND_TEXT},
};
static const struct graph_property grant_properties[] = {
    {"clientId", "client_id", GRAPH_KIND_GUID},
    {"consentType", "consent_type", GRAPH_KIND_TEXT},
    {"principalId", "principal_id", GRAPH_KIND_GUID},
    {"resourceId", "resource_id", GRAPH_KIND_GUID},
};
/* clang-format on */

const struct graph_set graph_applications = {
    .name = "applications",
    .type = "application",
    .class_ = "Application",
    .document = "document",
    .from = "applications WHERE deleted_ms IS NULL",
    .id = "id",
    .label = "display_name",
    .properties = application_properties,
    .property_count = ARRAY_LEN(application_properties),
};

const struct graph_set graph_service_principals = {
    .name = "servicePrincipals",
    .type = "servicePrincipal",
    .class_ = "ServicePrincipal",
    .document = "document",
    .from = "service_principals WHERE true",
    .id = "id",
    .label = "display_name",
    .properties = principal_properties,
    .property_count = ARRAY_LEN(principal_properties),
};

const struct graph_set graph_users = {
    .name = "users",
    .type = "user",
    .class_ = "User",
    .document = "document",
    .from = "users WHERE true",
    .id = "id",
    .label = "display_name",
    .properties = user_properties,
    .property_count = ARRAY_LEN(user_properties),
    .defaults = "businessPhones,displayName,givenName,jobTitle,mail,mobilePhone,officeLocation,"
                "preferredLanguage,surname,userPrincipalName,id",
};

const struct graph_set graph_grants = {
    .name = "oauth2PermissionGrants",
    .type = "oAuth2PermissionGrant",
    .class_ = "OAuth2PermissionGrant",
    .document = "json_object('clientId', client_id, 'consentType', consent_type, 'id', id,"
                " 'principalId', principal_id, 'resourceId', resource_id, 'scope', scope)",
    .from = "oauth2_permission_grants WHERE true",
    .id = "id",
    .properties = grant_properties,
    .property_count = ARRAY_LEN(grant_properties),
};

const struct graph_set graph_assignments = {
    .name = "appRoleAssignments",
    .type = "appRoleAssignment",
    .class_ = "AppRoleAssignment",
    .document =
        "json_object('id', a.id, 'deletedDateTime', NULL, 'appRoleId', a.app_role_id,"
        " 'createdDateTime', strftime('%Y-%m-%dT%H:%M:%SZ', a.created_ms / 1000, 'unixepoch'),"
        " 'principalDisplayName', p.display_name, 'principalId', a.principal_id,"
        " 'principalType', 'ServicePrincipal', 'resourceDisplayName', r.display_name,"
        " 'resourceId', a.resource_id)",
    .from = "app_role_assignments a JOIN service_principals p ON p.id = a.principal_id"
            " JOIN service_principals r ON r.id = a.resource_id WHERE true",
    .id = "a.id",
};

const struct graph_set graph_organization = {
    .name = "organization",
    .type = "organization",
    .class_ = "Organization",
    .document = "document",
    .from = "tenant WHERE true",
    .id = "id",
};

const struct graph_set graph_domains = {
    .name = "domains",
    .type = "domain",
    .class_ = "Domain",
    .document =
        "json_object('id', name, 'authenticationType', authentication,"
        " 'availabilityStatus', NULL, 'isAdminManaged', json('true'),"
        " 'isDefault', json(iif(is_default, 'true', 'false')),"
        " 'isInitial', json(iif(is_initial, 'true', 'false')), 'isRoot', json('true'),"
        " 'isVerified', json('true'), 'manufacturer', NULL, 'model', NULL,"
        " 'passwordNotificationWindowInDays', 14, 'passwordValidityPeriodInDays', 2147483647,"
        " 'state', NULL, 'supportedServices', json('[\"Email\",\"OfficeCommunicationsOnline\"]'))",
    .from = "domains WHERE true",
    .id = "name",
};

const struct graph_set graph_policies = {
    .name = "policies/homeRealmDiscoveryPolicies",
    .type = "homeRealmDiscoveryPolicy",
    .class_ = "HomeRealmDiscoveryPolicy",
    .document = "document",
    .from = "home_realm_discovery_policies WHERE true",
    .id = "id",
};

const struct graph_set graph_policy_objects = {
    .name = "directoryObjects",
    .type = "directoryObject",
    .class_ = "DirectoryObject",
    .document = "json_patch(json_object('@odata.type', '#microsoft.graph.servicePrincipal'),"
                " p.document)",
    .from = "policy_assignments a JOIN service_principals p ON p.id = a.principal WHERE true",
    .id = "p.id",
};

const struct graph_set graph_deleted_applications = {
    .name = "directory/deletedItems/microsoft.graph.application",
    .type = "application",
    .class_ = "Application",
    .document = "json_set(document, '$.deletedDateTime',"
                " strftime('%Y-%m-%dT%H:%M:%SZ', deleted_ms / 1000, 'unixepoch'))",
    .from = "applications WHERE deleted_ms IS NOT NULL",
    .id = "id",
    .properties = application_properties,
    .property_count = ARRAY_LEN(application_properties),
};
