/* What an application is within the tenant. Source: graph-service-principal. */
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
    {"accountEnabled", GRAPH_BOOL},
    {"alternativeNames", GRAPH_TEXTS},
    {"appRoleAssignmentRequired", GRAPH_BOOL},
    {"description", GRAPH_TEXT_NULL},
    {"displayName", GRAPH_TEXT},
    {"homepage", GRAPH_TEXT_NULL},
    {"keyCredentials", GRAPH_OBJECTS},
    {"loginUrl", GRAPH_TEXT_NULL},
    {"logoutUrl", GRAPH_TEXT_NULL},
    {"notes", GRAPH_TEXT_NULL},
    {"notificationEmailAddresses", GRAPH_TEXTS},
    {"passwordCredentials", GRAPH_EMPTY},
    {"preferredSingleSignOnMode", GRAPH_TEXT_NULL},
    {"preferredTokenSigningKeyThumbprint", GRAPH_TEXT_NULL},
    {"replyUrls", GRAPH_TEXTS},
    {"servicePrincipalType", GRAPH_TEXT},
    {"tags", GRAPH_TEXTS},
    {"tokenEncryptionKeyId", GRAPH_TEXT_NULL},
};
static const struct graph_writable writable = {"ServicePrincipal", members, ARRAY_LEN(members)};

void graph_principal_list(struct mock_call *call, struct mock_reply *reply)
{
    graph_list(call, reply, &graph_service_principals, NULL, NULL);
}

void graph_principal_count(struct mock_call *call, struct mock_reply *reply)
{
    graph_count(call, reply, &graph_service_principals);
}

/* An application of this tenant, or one of Microsoft's APIs; NULL when there is none of that id. */
static cJSON *new_principal(struct mock_call *call, const char *app_id)
{
    const char *tenant = store_text(call->db, call->arena, "SELECT id FROM tenant", DB_NO_ARGS);
    const cJSON *application = directory_application_by_app_id(call->db, call->arena, app_id);
    const struct directory_api *api = directory_api_find(app_id);

    if (application != NULL && !graph_application_seen(call, json_get_text(application, "id"))) {
        return NULL;
    }
    if (application != NULL) {
        return directory_principal_of_application(call->arena, mock_call_guid(call), tenant,
                                                  application, call->now_ms);
    }
    return api == NULL ? NULL
                       : directory_principal_of_api(call->db, call->arena, mock_call_guid(call),
                                                    api, call->now_ms);
}

/* Who may change only what he owns needs an application here, and to be its owner. */
static bool may_back(struct mock_call *call, struct mock_reply *reply, const char *app_id)
{
    const cJSON *application;
    bool owns;

    if (graph_caller_may(call, GRAPH_WRITE_APPLICATIONS, true)) {
        return true;
    }
    application = directory_application_by_app_id(call->db, call->arena, app_id);
    owns = application != NULL &&
           store_int(call->db, "SELECT 1 FROM owners WHERE object = ? AND owner = ?",
                     DB_ARGS(db_text(json_get_text(application, "id")), db_text(call->caller->oid)),
                     0) != 0;
    if (!owns) {
        graph_refuse(call, reply, application == NULL ? GRAPH_NOT_BACKED : GRAPH_DENIED, NULL,
                     NULL);
    }
    return owns;
}

/* Makes the one of that client id; `body` says the rest. */
static void create(struct mock_call *call, struct mock_reply *reply, const cJSON *body,
                   const char *app_id)
{
    const char *tenant = store_text(call->db, call->arena, "SELECT id FROM tenant", DB_NO_ARGS);
    cJSON *document;

    if (directory_principal_by_app_id(call->db, call->arena, app_id) != NULL) {
        graph_refuse(call, reply, GRAPH_NAME_TAKEN, app_id, NULL);
        return;
    }
    if (!may_back(call, reply, app_id)) {
        return;
    }
    document = new_principal(call, app_id);
    if (document == NULL) {
        graph_refuse(call, reply, GRAPH_NO_APPLICATION, app_id, NULL);
        return;
    }
    if (!graph_body_apply(call, reply, &writable, body, document) ||
        !graph_keys_settle(call, reply, &graph_service_principals, NULL, document) ||
        !graph_select_check(call, reply, &graph_service_principals,
                            json_text(call->arena, document))) {
        return;
    }
    directory_principal_put(call->db, call->arena, document);
    if (graph_caller_holds(call, GRAPH_WRITE_OWNED)) {
        graph_owner_put(call, json_get_text(document, "id"), call->caller->oid);
    }
    graph_one(call, reply, 201, &graph_service_principals, json_text(call->arena, document), NULL);
    mock_reply_header(reply, "Location",
                      arena_printf(call->arena,
                                   "https://graph.microsoft.com/v2/%s/directoryObjects/%s/"
                                   "Microsoft.DirectoryServices.ServicePrincipal",
                                   tenant, json_get_text(document, "id")));
}

void graph_principal_create(struct mock_call *call, struct mock_reply *reply)
{
    cJSON *body = graph_body(call, reply);
    const char *app_id = json_get_text(body, "appId");

    if (body == NULL) {
        return;
    }
    if (!guid_valid(app_id)) {
        graph_refuse(call, reply,
                     json_get(body, "appId") == NULL ? GRAPH_VALUE_MISSING : GRAPH_INVALID_VALUE,
                     "appId", writable.class_);
        return;
    }
    app_id = graph_lower(call, app_id);
    cJSON_DeleteItemFromObjectCaseSensitive(body, "appId");
    create(call, reply, body, app_id);
}

void graph_principal_get(struct mock_call *call, struct mock_reply *reply)
{
    graph_one(call, reply, 200, &graph_service_principals,
              graph_path_document(call, &graph_service_principals), call->vars[0]);
}

/* Under a client id that has none yet one is made, when the caller prefers that. */
static bool makes_one(struct mock_call *call)
{
    return strchr(call->route->template_, '(') != NULL && graph_prefers_create(call) &&
           graph_path_document(call, &graph_service_principals) == NULL;
}

void graph_principal_update(struct mock_call *call, struct mock_reply *reply)
{
    bool makes = makes_one(call);
    cJSON *document = makes ? NULL : graph_path_object(call, reply, &graph_service_principals);
    const cJSON *body = makes || document != NULL ? graph_body(call, reply) : NULL, *old;

    if (body == NULL) {
        return;
    }
    if (makes) {
        create(call, reply, body, graph_lower(call, call->vars[0]));
        return;
    }
    old = json_clone(call->arena, json_get(document, "keyCredentials"));
    if (graph_body_apply(call, reply, &writable, body, document) &&
        graph_keys_settle(call, reply, &graph_service_principals, old, document)) {
        directory_principal_put(call->db, call->arena, document);
        graph_nothing(reply);
    }
}

void graph_principal_delete(struct mock_call *call, struct mock_reply *reply)
{
    const cJSON *document = graph_path_object(call, reply, &graph_service_principals);

    if (document != NULL) {
        directory_principal_delete(call->db, json_get_text(document, "appId"));
        graph_nothing(reply);
    }
}
