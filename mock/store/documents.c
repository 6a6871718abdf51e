/* The documents of applications and service principals: every member, in Graph's order. */
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/iso8601.h"
#include "base/str.h"
#include "store/directory.h"
#include "store/store.h"

static const char application_defaults[] =
    "{\"id\":null,\"deletedDateTime\":null,\"appId\":null,\"applicationTemplateId\":null,"
    "\"disabledByMicrosoftStatus\":null,\"createdDateTime\":null,\"displayName\":null,"
    "\"description\":null,\"groupMembershipClaims\":null,\"identifierUris\":[],"
    "\"isDeviceOnlyAuthSupported\":null,\"isFallbackPublicClient\":null,\"notes\":null,"
    "\"optionalClaims\":null,\"publisherDomain\":null,\"serviceManagementReference\":null,"
    "\"signInAudience\":null,\"tags\":[],\"tokenEncryptionKeyId\":null,\"uniqueName\":null,"
    "\"defaultRedirectUri\":null,\"samlMetadataUrl\":null,\"certification\":null,"
    "\"addIns\":[],\"api\":{\"acceptMappedClaims\":null,\"knownClientApplications\":[],"
    "\"requestedAccessTokenVersion\":null,\"oauth2PermissionScopes\":[],"
    "\"preAuthorizedApplications\":[]},\"appRoles\":[],\"info\":{\"termsOfServiceUrl\":null,"
    "\"supportUrl\":null,\"privacyStatementUrl\":null,\"marketingUrl\":null,\"logoUrl\":null},"
    "\"keyCredentials\":[],\"parentalControlSettings\":{\"countriesBlockedForMinors\":[],"
    "\"legalAgeGroupRule\":\"Allow\"},\"passwordCredentials\":[],"
    "\"publicClient\":{\"redirectUris\":[]},\"requiredResourceAccess\":[],"
    "\"verifiedPublisher\":{\"displayName\":null,\"verifiedPublisherId\":null,"
    "\"addedDateTime\":null},\"web\":{\"homePageUrl\":null,\"logoutUrl\":null,"
    "\"redirectUris\":[],\"implicitGrantSettings\":{\"enableAccessTokenIssuance\":false,"
    "\"enableIdTokenIssuance\":false},\"redirectUriSettings\":[]},\"spa\":{\"redirectUris\":[]}}";

static const char principal_defaults[] =
    "{\"id\":null,\"deletedDateTime\":null,\"accountEnabled\":true,\"alternativeNames\":[],"
    "\"appDisplayName\":null,\"appDescription\":null,\"appId\":null,"
    "\"applicationTemplateId\":null,\"appOwnerOrganizationId\":null,"
    "\"appRoleAssignmentRequired\":false,\"createdDateTime\":null,\"description\":null,"
    "\"disabledByMicrosoftStatus\":null,\"displayName\":null,\"homepage\":null,"
    "\"loginUrl\":null,\"logoutUrl\":null,\"notes\":null,\"notificationEmailAddresses\":[],"
    "\"preferredSingleSignOnMode\":null,\"preferredTokenSigningKeyThumbprint\":null,"
    "\"replyUrls\":[],\"servicePrincipalNames\":[],\"servicePrincipalType\":\"Application\","
    "\"signInAudience\":null,\"tags\":[],\"tokenEncryptionKeyId\":null,"
    "\"samlSingleSignOnSettings\":null,\"addIns\":[],\"appRoles\":[],"
    "\"info\":{\"termsOfServiceUrl\":null,\"supportUrl\":null,\"privacyStatementUrl\":null,"
    "\"marketingUrl\":null,\"logoUrl\":null},\"keyCredentials\":[],"
    "\"oauth2PermissionScopes\":[],\"passwordCredentials\":[],"
    "\"verifiedPublisher\":{\"displayName\":null,\"verifiedPublisherId\":null,"
    "\"addedDateTime\":null}}";

/* Those that come without $select first, in Graph's order. */
static const char user_defaults[] =
    "{\"businessPhones\":[],\"displayName\":null,\"givenName\":null,\"jobTitle\":null,"
    "\"mail\":null,\"mobilePhone\":null,\"officeLocation\":null,\"preferredLanguage\":null,"
    "\"surname\":null,\"userPrincipalName\":null,\"id\":null,\"accountEnabled\":true,"
    "\"city\":null,\"companyName\":null,\"country\":null,\"createdDateTime\":null,"
    "\"deletedDateTime\":null,\"department\":null,\"employeeId\":null,"
    "\"lastPasswordChangeDateTime\":null,\"mailNickname\":null,"
    "\"onPremisesImmutableId\":null,\"onPremisesLastSyncDateTime\":null,"
    "\"onPremisesSyncEnabled\":null,\"otherMails\":[],\"passwordPolicies\":null,"
    "\"postalCode\":null,\"proxyAddresses\":[],"
    "\"signInSessionsValidFromDateTime\":null,\"state\":null,\"streetAddress\":null,"
    "\"usageLocation\":null,\"userType\":\"Member\",\"assignedLicenses\":[]}";

/* The tenant that owns Microsoft's own applications. */
static const char microsoft_tenant[] = "f8cdef31-a31e-4b4a-93e4-5f571e91255a";

static cJSON *parse(struct arena *arena, const char *text)
{
    struct err err;
    cJSON *tree = NULL;

    if (!json_parse(arena, text, strlen(text), JSON_PLAIN, &tree, &err)) {
        abort(); /* our own text */
    }
    return tree;
}

static void set(cJSON *object, const char *name, cJSON *value)
{
    cJSON_ReplaceItemInObjectCaseSensitive(object, name, value);
}

static void set_text(cJSON *object, const char *name, const char *text)
{
    set(object, name, text != NULL ? cJSON_CreateString(text) : cJSON_CreateNull());
}

static void set_time(cJSON *object, const char *name, int64_t at_ms)
{
    char text[ISO8601_SIZE];

    iso8601_format_s(at_ms, text);
    set_text(object, name, text);
}

static void copy(cJSON *to, const char *name, const cJSON *from)
{
    set(to, name, from != NULL ? cJSON_Duplicate(from, true) : cJSON_CreateNull());
}

cJSON *directory_application_new(struct arena *arena, const char *id, const char *app_id,
                                 const char *display_name, const char *domain, int64_t created_ms)
{
    cJSON *document = parse(arena, application_defaults);

    set_text(document, "id", id);
    set_text(document, "appId", app_id);
    set_text(document, "displayName", display_name);
    set_text(document, "publisherDomain", domain);
    set_time(document, "createdDateTime", created_ms);
    return document;
}

cJSON *directory_user_new(struct arena *arena, const char *id, int64_t created_ms)
{
    static const char *const dates[] = {"createdDateTime", "lastPasswordChangeDateTime",
                                        "signInSessionsValidFromDateTime"};
    cJSON *document = parse(arena, user_defaults);

    set_text(document, "id", id);
    for (size_t i = 0; i < ARRAY_LEN(dates); i++) {
        set_time(document, dates[i], created_ms);
    }
    return document;
}

static void add_text(cJSON *array, const char *text)
{
    cJSON_AddItemToArray(array, cJSON_CreateString(text));
}

/* Redirect URIs of all platforms stand side by side on the service principal. */
static void copy_reply_urls(cJSON *principal, const cJSON *application)
{
    static const char *const platforms[] = {"/web/redirectUris", "/spa/redirectUris",
                                            "/publicClient/redirectUris"};
    cJSON *urls = cJSON_CreateArray();

    for (size_t i = 0; i < ARRAY_LEN(platforms); i++) {
        const cJSON *uri;

        cJSON_ArrayForEach(uri, json_pointer_get(application, platforms[i]))
        {
            add_text(urls, uri->valuestring);
        }
    }
    set(principal, "replyUrls", urls);
}

static void copy_shared(cJSON *principal, const cJSON *application)
{
    cJSON *names = cJSON_CreateArray();
    const cJSON *uri;

    add_text(names, json_get_text(application, "appId"));
    cJSON_ArrayForEach(uri, json_get(application, "identifierUris"))
    {
        add_text(names, uri->valuestring);
    }
    set(principal, "servicePrincipalNames", names);
    set_text(principal, "appDisplayName", json_get_text(application, "displayName"));
    set_text(principal, "displayName", json_get_text(application, "displayName"));
    copy(principal, "signInAudience", json_get(application, "signInAudience"));
    copy(principal, "appRoles", json_get(application, "appRoles"));
    copy(principal, "info", json_get(application, "info"));
    copy(principal, "homepage", json_pointer_get(application, "/web/homePageUrl"));
    copy(principal, "logoutUrl", json_pointer_get(application, "/web/logoutUrl"));
    copy(principal, "oauth2PermissionScopes",
         json_pointer_get(application, "/api/oauth2PermissionScopes"));
    copy_reply_urls(principal, application);
}

cJSON *directory_principal_of_application(struct arena *arena, const char *id, const char *tenant,
                                          const cJSON *application, int64_t created_ms)
{
    cJSON *document = parse(arena, principal_defaults);

    set_text(document, "id", id);
    set_text(document, "appId", json_get_text(application, "appId"));
    set_text(document, "appOwnerOrganizationId", tenant);
    set_time(document, "createdDateTime", created_ms);
    copy_shared(document, application);
    return document;
}

void directory_principal_follow(struct db *db, struct arena *arena, const cJSON *application)
{
    cJSON *principal =
        directory_principal_by_app_id(db, arena, json_get_text(application, "appId"));

    if (principal != NULL) {
        copy_shared(principal, application);
        directory_principal_put(db, arena, principal);
    }
}

static cJSON *role_json(const struct directory_permission *role)
{
    cJSON *item = cJSON_CreateObject();

    add_text(cJSON_AddArrayToObject(item, "allowedMemberTypes"), "Application");
    cJSON_AddStringToObject(item, "description", role->title);
    cJSON_AddStringToObject(item, "displayName", role->title);
    cJSON_AddStringToObject(item, "id", role->id);
    cJSON_AddTrueToObject(item, "isEnabled");
    cJSON_AddStringToObject(item, "origin", "Application");
    cJSON_AddStringToObject(item, "value", role->value);
    return item;
}

static cJSON *scope_json(const struct directory_permission *scope)
{
    cJSON *item = cJSON_CreateObject();

    cJSON_AddStringToObject(item, "adminConsentDescription", scope->title);
    cJSON_AddStringToObject(item, "adminConsentDisplayName", scope->title);
    cJSON_AddStringToObject(item, "id", scope->id);
    cJSON_AddTrueToObject(item, "isEnabled");
    cJSON_AddStringToObject(item, "type", scope->admin ? "Admin" : "User");
    cJSON_AddStringToObject(item, "userConsentDescription", scope->title);
    cJSON_AddStringToObject(item, "userConsentDisplayName", scope->title);
    cJSON_AddStringToObject(item, "value", scope->value);
    return item;
}

/* Every organization of the tenant is a resource under its web and API address, and so is
 * discovery. */
static void add_organizations(struct db *db, struct arena *arena, cJSON *names)
{
    AUTO(db_rows) rows = {0};

    store_query(&rows, db, "SELECT host FROM organizations ORDER BY ord", DB_NO_ARGS);
    while (store_next(&rows)) {
        const char *host = db_column_text(&rows, 0);
        const char *dot = strchr(host, '.');

        add_text(names, arena_printf(arena, "https://%s", host));
        add_text(names, arena_printf(arena, "https://%s/", host));
        if (dot != NULL) {
            int label = (int)(dot - host);

            add_text(names, arena_printf(arena, "https://%.*s.api%s", label, host, dot));
            add_text(names, arena_printf(arena, "https://%.*s.api%s/", label, host, dot));
        }
    }
    add_text(names, "https://globaldisco.crm.dynamics.com");
    add_text(names, "https://globaldisco.crm.dynamics.com/");
}

cJSON *directory_principal_of_api(struct db *db, struct arena *arena, const char *id,
                                  const struct directory_api *api, int64_t created_ms)
{
    cJSON *document = parse(arena, principal_defaults);
    cJSON *names = json_get(document, "servicePrincipalNames");

    set_text(document, "id", id);
    set_text(document, "appId", api->app_id);
    set_text(document, "appOwnerOrganizationId", microsoft_tenant);
    set_text(document, "appDisplayName", api->display_name);
    set_text(document, "displayName", api->display_name);
    set_text(document, "signInAudience", "AzureADMultipleOrgs");
    set_time(document, "createdDateTime", created_ms);
    for (size_t i = 0; i < api->role_count; i++) {
        cJSON_AddItemToArray(json_get(document, "appRoles"), role_json(&api->roles[i]));
    }
    for (size_t i = 0; i < api->scope_count; i++) {
        cJSON_AddItemToArray(json_get(document, "oauth2PermissionScopes"),
                             scope_json(&api->scopes[i]));
    }
    add_text(names, api->app_id);
    if (str_eq(api->app_id, DIRECTORY_DATAVERSE_APP_ID)) {
        add_organizations(db, arena, names);
    } else {
        add_text(names, "https://graph.microsoft.com");
        add_text(names, "https://graph.microsoft.com/");
    }
    return document;
}
