/* What an application is within the tenant. Source: graph-service-principal. */
#include <string.h>

#include "base/auto.h"
#include "graph/body.h"
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
    {"keyCredentials", GRAPH_EMPTY},
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

/* An application of this tenant, or one of Microsoft's APIs; NULL when there is none of that id. */
static cJSON *new_principal(struct mock_call *call, const char *app_id)
{
    const char *tenant = store_text(call->db, call->arena, "SELECT id FROM tenant", DB_NO_ARGS);
    const cJSON *application = directory_application_by_app_id(call->db, call->arena, app_id);
    const struct directory_api *api = directory_api_find(app_id);

    if (application != NULL) {
        return directory_principal_of_application(call->arena, mock_call_guid(call), tenant,
                                                  application, call->now_ms);
    }
    return api == NULL ? NULL
                       : directory_principal_of_api(call->db, call->arena, mock_call_guid(call),
                                                    api, call->now_ms);
}

void graph_principal_create(struct mock_call *call, struct mock_reply *reply)
{
    cJSON *body = graph_body(call, reply), *document;
    const char *app_id, *tenant;

    if (body == NULL) {
        return;
    }
    if (!guid_valid(json_get_text(body, "appId"))) {
        graph_refuse(call, reply,
                     json_get(body, "appId") == NULL ? GRAPH_VALUE_MISSING : GRAPH_INVALID_VALUE,
                     "appId", writable.class_);
        return;
    }
    app_id = graph_lower(call, json_get_text(body, "appId"));
    if (directory_principal_by_app_id(call->db, call->arena, app_id) != NULL) {
        graph_refuse(call, reply, GRAPH_NAME_TAKEN, app_id, NULL);
        return;
    }
    document = new_principal(call, app_id);
    if (document == NULL) {
        graph_refuse(call, reply, GRAPH_NO_APPLICATION, app_id, NULL);
        return;
    }
    cJSON_DeleteItemFromObjectCaseSensitive(body, "appId");
    if (!graph_body_apply(call, reply, &writable, body, document)) {
        return;
    }
    directory_principal_put(call->db, call->arena, document);
    graph_one(call, reply, 201, &graph_service_principals, json_text(call->arena, document), NULL);
    tenant = store_text(call->db, call->arena, "SELECT id FROM tenant", DB_NO_ARGS);
    mock_reply_header(reply, "Location",
                      arena_printf(call->arena,
                                   "https://graph.microsoft.com/v2/%s/directoryObjects/%s/"
                                   "Microsoft.DirectoryServices.ServicePrincipal",
                                   tenant, json_get_text(document, "id")));
}

void graph_principal_get(struct mock_call *call, struct mock_reply *reply)
{
    graph_one(call, reply, 200, &graph_service_principals,
              graph_path_document(call, &graph_service_principals), call->vars[0]);
}

void graph_principal_update(struct mock_call *call, struct mock_reply *reply)
{
    cJSON *document = graph_path_object(call, reply, &graph_service_principals);
    const cJSON *body = document != NULL ? graph_body(call, reply) : NULL;

    if (body != NULL && graph_body_apply(call, reply, &writable, body, document)) {
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
