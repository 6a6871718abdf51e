/* Registered applications. Source: graph-application. */
#include <string.h>

#include "base/auto.h"
#include "graph/body.h"
#include "graph/caller.h"
#include "graph/keys.h"
#include "graph/object.h"
#include "graph/resources.h"
#include "graph/sets.h"
#include "server/service.h"
#include "store/directory.h"
#include "store/store.h"

static const struct graph_member members[] = {
    {"addIns", GRAPH_OBJECTS},
    {"api", GRAPH_OBJECT},
    {"appRoles", GRAPH_OBJECTS},
    {"defaultRedirectUri", GRAPH_TEXT_NULL},
    {"description", GRAPH_TEXT_NULL},
    {"displayName", GRAPH_TEXT},
    {"groupMembershipClaims", GRAPH_TEXT_NULL},
    {"identifierUris", GRAPH_TEXTS},
    {"info", GRAPH_OBJECT},
    {"isDeviceOnlyAuthSupported", GRAPH_BOOL_NULL},
    {"isFallbackPublicClient", GRAPH_BOOL_NULL},
    {"keyCredentials", GRAPH_OBJECTS},
    {"notes", GRAPH_TEXT_NULL},
    {"optionalClaims", GRAPH_OBJECT_NULL},
    {"parentalControlSettings", GRAPH_OBJECT},
    {"passwordCredentials", GRAPH_EMPTY},
    {"publicClient", GRAPH_OBJECT},
    {"requiredResourceAccess", GRAPH_OBJECTS},
    {"samlMetadataUrl", GRAPH_TEXT_NULL},
    {"serviceManagementReference", GRAPH_TEXT_NULL},
    {"signInAudience", GRAPH_TEXT},
    {"spa", GRAPH_OBJECT},
    {"tags", GRAPH_TEXTS},
    {"tokenEncryptionKeyId", GRAPH_TEXT_NULL},
    {"web", GRAPH_OBJECT},
};
static const struct graph_writable writable = {"Application", members, ARRAY_LEN(members)};

static bool invalid(struct mock_call *call, struct mock_reply *reply, const char *property)
{
    graph_refuse(call, reply, GRAPH_INVALID_VALUE, property, writable.class_);
    return false;
}

/* What the manifest lists: a delegated permission listed as Role is taken here and fails later. */
static bool access_valid(const cJSON *manifest)
{
    enum { MOST = 400 };
    const cJSON *listed, *access;
    int count = 0;

    cJSON_ArrayForEach(listed, manifest)
    {
        if (!guid_valid(json_get_text(listed, "resourceAppId")) ||
            !cJSON_IsArray(json_get(listed, "resourceAccess"))) {
            return false;
        }
        cJSON_ArrayForEach(access, json_get(listed, "resourceAccess"))
        {
            const char *type = json_get_text(access, "type");

            if (++count > MOST || !guid_valid(json_get_text(access, "id")) ||
                (!str_eq(type, "Scope") && !str_eq(type, "Role"))) {
                return false;
            }
        }
    }
    return true;
}

/* No control characters: what is sent back to one goes into a header. */
static bool redirects_valid(const cJSON *platform)
{
    const cJSON *uri;

    cJSON_ArrayForEach(uri, json_get(platform, "redirectUris"))
    {
        for (const char *at = cJSON_GetStringValue(uri); at != NULL && *at != '\0'; at++) {
            if ((unsigned char)*at < ' ' || *at == 0x7f) {
                return false;
            }
        }
    }
    return true;
}

static bool audience_valid(const char *audience)
{
    static const char *const known[] = {"AzureADMyOrg", "AzureADMultipleOrgs",
                                        "AzureADandPersonalMicrosoftAccount",
                                        "PersonalMicrosoftAccount"};

    for (size_t i = 0; i < ARRAY_LEN(known); i++) {
        if (str_eq(known[i], audience)) {
            return true;
        }
    }
    return false;
}

static bool check(struct mock_call *call, struct mock_reply *reply, cJSON *document)
{
    static const char *const platforms[] = {"web", "spa", "publicClient"};
    const char *audience = json_get_text(document, "signInAudience");
    cJSON *api = json_get(document, "api");

    if (strlen(json_get_text(document, "displayName")) > 256) {
        return invalid(call, reply, "displayName");
    }
    if (!audience_valid(audience)) {
        return invalid(call, reply, "signInAudience");
    }
    if (!access_valid(json_get(document, "requiredResourceAccess"))) {
        return invalid(call, reply, "requiredResourceAccess");
    }
    for (size_t i = 0; i < ARRAY_LEN(platforms); i++) {
        if (!redirects_valid(json_get(document, platforms[i]))) {
            return invalid(call, reply, platforms[i]);
        }
    }
    if (!directory_uris_free(call->db, document)) {
        graph_refuse(call, reply, GRAPH_URI_TAKEN, NULL, NULL);
        return false;
    }
    /* Personal accounts get tokens of version 2.0 only. */
    if (strstr(audience, "PersonalMicrosoftAccount") != NULL) {
        cJSON_ReplaceItemInObjectCaseSensitive(api, "requestedAccessTokenVersion",
                                               cJSON_CreateNumber(2));
    }
    return true;
}

void graph_application_list(struct mock_call *call, struct mock_reply *reply)
{
    graph_list(call, reply, &graph_applications, NULL, NULL);
}

void graph_application_count(struct mock_call *call, struct mock_reply *reply)
{
    graph_count(call, reply, &graph_applications);
}

/* It is not known everywhere at once, where a world says so. */
static void arrives_later(struct mock_call *call, const char *id)
{
    int64_t visible_ms = store_setting_after(call->db, "tenant", "applicationDelay", call->now_ms);

    if (visible_ms > call->now_ms) {
        store_run(call->db, "UPDATE applications SET visible_ms = ? WHERE id = ?",
                  DB_ARGS(db_int(visible_ms), db_text(id)));
    }
}

/* A user who makes one owns it, and so does an application that may change only its own. */
static void put_maker(struct mock_call *call, const char *id)
{
    if (call->caller->upn != NULL || graph_caller_holds(call, GRAPH_WRITE_OWNED)) {
        graph_owner_put(call, id, call->caller->oid);
    }
}

/* Consent covers what is listed now only after a while. Rule SETUP2-23. */
static void access_changed(struct mock_call *call, const cJSON *document, const cJSON *before)
{
    int64_t visible_ms = store_setting_after(call->db, "tenant", "permissionDelay", call->now_ms);

    if (visible_ms > call->now_ms &&
        !json_equal(before, json_get(document, "requiredResourceAccess"))) {
        directory_access_changed(call->db, call->arena, document, before, visible_ms);
    }
}

/* Makes one of the body; `unique_name` may be NULL. */
static void create(struct mock_call *call, struct mock_reply *reply, const cJSON *body,
                   const char *unique_name)
{
    const char *domain =
        store_text(call->db, call->arena, "SELECT default_domain FROM tenant", DB_NO_ARGS);
    const char *tenant = store_text(call->db, call->arena, "SELECT id FROM tenant", DB_NO_ARGS);
    const char *id = mock_call_guid(call);
    cJSON *document;

    if (json_get(body, "displayName") == NULL) {
        graph_refuse(call, reply, GRAPH_VALUE_MISSING, "displayName", writable.class_);
        return;
    }
    document =
        directory_application_new(call->arena, id, mock_call_guid(call), "", domain, call->now_ms);
    cJSON_ReplaceItemInObjectCaseSensitive(
        document, "signInAudience",
        cJSON_CreateString(
            store_setting_text(call->db, call->arena, "tenant", "defaultSignInAudience")));
    if (unique_name != NULL) {
        cJSON_ReplaceItemInObjectCaseSensitive(document, "uniqueName",
                                               cJSON_CreateString(unique_name));
    }
    if (!graph_body_apply(call, reply, &writable, body, document) ||
        !graph_keys_settle(call, reply, &graph_applications, NULL, document) ||
        !check(call, reply, document) ||
        !graph_select_check(call, reply, &graph_applications, json_text(call->arena, document))) {
        return;
    }
    directory_application_put(call->db, call->arena, document);
    access_changed(call, document, json_new_array(call->arena));
    arrives_later(call, id);
    put_maker(call, id);
    graph_one(call, reply, 201, &graph_applications, json_text(call->arena, document), id);
    mock_reply_header(reply, "Location",
                      arena_printf(call->arena,
                                   "https://graph.microsoft.com/v2/%s/directoryObjects/%s/"
                                   "Microsoft.DirectoryServices.Application",
                                   tenant, id));
}

void graph_application_create(struct mock_call *call, struct mock_reply *reply)
{
    const cJSON *body = graph_body(call, reply);

    if (body != NULL) {
        create(call, reply, body, NULL);
    }
}

void graph_application_get(struct mock_call *call, struct mock_reply *reply)
{
    graph_one(call, reply, 200, &graph_applications, graph_path_document(call, &graph_applications),
              call->vars[0]);
}

/* Under a unique name that nobody has one is made, when the caller prefers that. */
static bool makes_one(struct mock_call *call)
{
    return strstr(call->route->template_, "uniqueName") != NULL && graph_prefers_create(call) &&
           graph_path_document(call, &graph_applications) == NULL;
}

void graph_application_update(struct mock_call *call, struct mock_reply *reply)
{
    bool makes = makes_one(call);
    cJSON *document = makes ? NULL : graph_path_object(call, reply, &graph_applications);
    const cJSON *body = makes || document != NULL ? graph_body(call, reply) : NULL, *old, *seen;

    if (body == NULL) {
        return;
    }
    if (makes) {
        create(call, reply, body, call->vars[0]);
        return;
    }
    old = json_clone(call->arena, json_get(document, "keyCredentials"));
    seen = json_clone(call->arena,
                      directory_access_seen(call->db, call->arena, document, call->now_ms));
    if (!graph_body_apply(call, reply, &writable, body, document) ||
        !graph_keys_settle(call, reply, &graph_applications, old, document) ||
        !check(call, reply, document)) {
        return;
    }
    directory_application_put(call->db, call->arena, document);
    access_changed(call, document, seen);
    directory_principal_follow(call->db, call->arena, document);
    graph_nothing(reply);
}

/* Its client id stays taken: a deleted application can come back for 30 days. */
void graph_application_delete(struct mock_call *call, struct mock_reply *reply)
{
    const cJSON *document = graph_path_object(call, reply, &graph_applications);

    if (document == NULL) {
        return;
    }
    directory_application_delete(call->db, document, call->now_ms);
    graph_nothing(reply);
}
