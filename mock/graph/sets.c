#include "graph/sets.h"

#include "base/auto.h"

/* clang-format off */
static const struct graph_property application_properties[] = {
    {"id", "id", GRAPH_KIND_GUID, 0},
    {"appId", "app_id", GRAPH_KIND_GUID, GRAPH_SORT_ADVANCED},
    {"createdDateTime", "document ->> '$.createdDateTime'", GRAPH_KIND_DATE, GRAPH_SORT_ADVANCED},
    {"description", "document ->> '$.description'", GRAPH_KIND_TEXT, GRAPH_SEARCH},
    {"displayName", "display_name", GRAPH_KIND_TEXT, GRAPH_SORT | GRAPH_SEARCH},
    {"publisherDomain", "document ->> '$.publisherDomain'", GRAPH_KIND_TEXT, GRAPH_SORT_ADVANCED},
    {"signInAudience", "document ->> '$.signInAudience'", GRAPH_KIND_TEXT, GRAPH_SORT_ADVANCED},
    {"uniqueName", "document ->> '$.uniqueName'", GRAPH_KIND_TEXT, 0},
    {"identifierUris", "document -> '$.identifierUris'", GRAPH_KIND_TEXTS, 0},
    {"tags", "document -> '$.tags'", GRAPH_KIND_TEXTS, 0},
    {"owners", "(SELECT count(*) FROM owners WHERE object = applications.id)", GRAPH_KIND_COUNT, 0},
};
static const struct graph_property principal_properties[] = {
    {"id", "id", GRAPH_KIND_GUID, 0},
    {"appId", "app_id", GRAPH_KIND_GUID, GRAPH_SORT_ADVANCED},
    {"accountEnabled", "account_enabled", GRAPH_KIND_BOOL, 0},
    {"appDisplayName", "document ->> '$.appDisplayName'", GRAPH_KIND_TEXT, 0},
    {"appOwnerOrganizationId", "document ->> '$.appOwnerOrganizationId'", GRAPH_KIND_GUID, 0},
    {"createdDateTime", "document ->> '$.createdDateTime'", GRAPH_KIND_DATE, GRAPH_SORT_ADVANCED},
    {"description", "document ->> '$.description'", GRAPH_KIND_TEXT, GRAPH_SEARCH},
    {"displayName", "display_name", GRAPH_KIND_TEXT, GRAPH_SORT | GRAPH_SEARCH},
    {"servicePrincipalType", "document ->> '$.servicePrincipalType'", GRAPH_KIND_TEXT, 0},
    {"alternativeNames", "document -> '$.alternativeNames'", GRAPH_KIND_TEXTS, 0},
    {"servicePrincipalNames", "document -> '$.servicePrincipalNames'", GRAPH_KIND_TEXTS, 0},
    {"tags", "document -> '$.tags'", GRAPH_KIND_TEXTS, 0},
    {"owners", "(SELECT count(*) FROM owners WHERE object = service_principals.id)", GRAPH_KIND_COUNT, 0},
};
static const struct graph_property user_properties[] = {
    {"id", "id", GRAPH_KIND_GUID, 0},
    {"accountEnabled", "account_enabled", GRAPH_KIND_BOOL, 0},
    {"companyName", "document ->> '$.companyName'", GRAPH_KIND_TEXT, 0},
    {"country", "document ->> '$.country'", GRAPH_KIND_TEXT, 0},
    {"createdDateTime", "document ->> '$.createdDateTime'", GRAPH_KIND_DATE, GRAPH_SORT_ADVANCED},
    {"department", "document ->> '$.department'", GRAPH_KIND_TEXT, GRAPH_SORT_ADVANCED},
    {"displayName", "display_name", GRAPH_KIND_TEXT, GRAPH_SORT | GRAPH_SEARCH},
    {"employeeId", "document ->> '$.employeeId'", GRAPH_KIND_TEXT, 0},
    {"givenName", "document ->> '$.givenName'", GRAPH_KIND_TEXT, GRAPH_SORT_ADVANCED | GRAPH_SEARCH},
    {"jobTitle", "document ->> '$.jobTitle'", GRAPH_KIND_TEXT, GRAPH_SORT_ADVANCED},
    {"mail", "document ->> '$.mail'", GRAPH_KIND_TEXT, GRAPH_SORT_ADVANCED | GRAPH_SEARCH},
    {"mailNickname", "document ->> '$.mailNickname'", GRAPH_KIND_TEXT, 0},
    {"onPremisesImmutableId", "document ->> '$.onPremisesImmutableId'", GRAPH_KIND_TEXT, 0},
    {"onPremisesSyncEnabled", "document ->> '$.onPremisesSyncEnabled'", GRAPH_KIND_BOOL, 0},
    {"surname", "document ->> '$.surname'", GRAPH_KIND_TEXT, GRAPH_SORT_ADVANCED | GRAPH_SEARCH},
    {"usageLocation", "document ->> '$.usageLocation'", GRAPH_KIND_TEXT, 0},
    {"userPrincipalName", "upn", GRAPH_KIND_TEXT, GRAPH_SORT | GRAPH_SEARCH},
    {"userType", "document ->> '$.userType'", GRAPH_KIND_TEXT, 0},
    {"assignedLicenses", "json_array_length(document, '$.assignedLicenses')", GRAPH_KIND_COUNT, 0},
    {"otherMails", "document -> '$.otherMails'", GRAPH_KIND_TEXTS, 0},
    {"proxyAddresses", "document -> '$.proxyAddresses'", GRAPH_KIND_TEXTS, 0},
};
static const struct graph_property grant_properties[] = {
    {"clientId", "client_id", GRAPH_KIND_GUID, 0},
    {"consentType", "consent_type", GRAPH_KIND_TEXT, 0},
    {"principalId", "principal_id", GRAPH_KIND_GUID, 0},
    {"resourceId", "resource_id", GRAPH_KIND_GUID, 0},
};
static const struct graph_property assignment_properties[] = {
    {"appRoleId", "a.app_role_id", GRAPH_KIND_GUID, 0},
    {"principalDisplayName", "p.display_name", GRAPH_KIND_TEXT, 0},
    {"principalId", "a.principal_id", GRAPH_KIND_GUID, 0},
    {"resourceDisplayName", "r.display_name", GRAPH_KIND_TEXT, 0},
    {"resourceId", "a.resource_id", GRAPH_KIND_GUID, 0},
};
/* clang-format on */

/* As a literal: these are asked the most. */
#define BY_ID(known, from) "SELECT document, " known " FROM " from " AND id = lower(?)"
#define APPLICATIONS       "applications WHERE deleted_ms IS NULL"
#define PRINCIPALS         "service_principals WHERE true"

const struct graph_set graph_applications = {
    .name = "applications",
    .type = "application",
    .class_ = "Application",
    .document = "document",
    .from = APPLICATIONS,
    .id = "id",
    .known = "visible_ms",
    .by_id = BY_ID("visible_ms", APPLICATIONS),
    .properties = application_properties,
    .property_count = ARRAY_LEN(application_properties),
};

const struct graph_set graph_service_principals = {
    .name = "servicePrincipals",
    .type = "servicePrincipal",
    .class_ = "ServicePrincipal",
    .document = "document",
    .from = PRINCIPALS,
    .id = "id",
    .by_id = BY_ID("0", PRINCIPALS),
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
        " 'principalType', p.type, 'resourceDisplayName', r.display_name,"
        " 'resourceId', a.resource_id)",
    .from = "app_role_assignments a JOIN (SELECT id, display_name, 'ServicePrincipal' AS type"
            " FROM service_principals UNION ALL SELECT id, display_name, 'User' FROM users) p"
            " ON p.id = a.principal_id JOIN service_principals r ON r.id = a.resource_id"
            " WHERE true",
    .id = "a.id",
    .properties = assignment_properties,
    .property_count = ARRAY_LEN(assignment_properties),
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
    .document =
        "'{\"@odata.type\":\"#microsoft.graph.servicePrincipal\",' || substr(p.document, 2)",
    .from = "policy_assignments a JOIN service_principals p ON p.id = a.principal WHERE true",
    .id = "p.id",
};

const struct graph_set graph_owners = {
    .name = "directoryObjects",
    .type = "directoryObject",
    .class_ = "DirectoryObject",
    .document =
        "coalesce((SELECT '{\"@odata.type\":\"#microsoft.graph.user\",' || substr(document, 2)"
        " FROM users WHERE id = o.owner),"
        " (SELECT '{\"@odata.type\":\"#microsoft.graph.servicePrincipal\",'"
        " || substr(document, 2) FROM service_principals WHERE id = o.owner))",
    .from = "owners o WHERE true",
    .id = "o.owner",
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
