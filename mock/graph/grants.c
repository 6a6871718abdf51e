/* Delegated consents and application permissions. Sources: graph-grant, graph-assignment. */
#include <string.h>

#include "base/auto.h"
#include "entra/consent.h"
#include "graph/object.h"
#include "graph/resources.h"
#include "graph/sets.h"
#include "server/service.h"
#include "store/directory.h"
#include "store/store.h"

static const char grant_class[] = "OAuth2PermissionGrant";
static const char assignment_class[] = "AppRoleAssignment";
enum { LONGEST_SCOPE = 3850 };
static const char grant_members[] = "{\"clientId\":null,\"consentType\":null,\"id\":null,"
                                    "\"principalId\":null,\"resourceId\":null,\"scope\":null}";

/* A GUID member of the body in lower case; NULL when it has been refused. */
static const char *need_guid(struct mock_call *call, struct mock_reply *reply, const cJSON *body,
                             const char *name, const char *class_)
{
    const cJSON *item = json_get(body, name);

    if (item == NULL || cJSON_IsNull(item)) {
        graph_refuse(call, reply, GRAPH_VALUE_MISSING, name, class_);
        return NULL;
    }
    if (!guid_valid(cJSON_GetStringValue(item))) {
        graph_refuse(call, reply, GRAPH_INVALID_VALUE, name, class_);
        return NULL;
    }
    return graph_lower(call, item->valuestring);
}

static bool exists(struct mock_call *call, struct mock_reply *reply, const char *sql,
                   const char *id)
{
    if (store_int(call->db, sql, DB_ARGS(db_text(id)), 0) != 0) {
        return true;
    }
    graph_refuse(call, reply, GRAPH_NOT_FOUND, id, NULL);
    return false;
}

static bool principal_exists(struct mock_call *call, struct mock_reply *reply, const char *id)
{
    return exists(call, reply, "SELECT 1 FROM service_principals WHERE id = ?", id);
}

void graph_grant_list(struct mock_call *call, struct mock_reply *reply)
{
    graph_list(call, reply, &graph_grants, NULL, NULL);
}

void graph_grant_list_of(struct mock_call *call, struct mock_reply *reply)
{
    const cJSON *client = graph_path_object(call, reply, &graph_service_principals);

    if (client != NULL) {
        graph_list(call, reply, &graph_grants, "client_id = ?", json_get_text(client, "id"));
    }
}

/* The user of a grant for one; NULL of *ret: for all. */
static bool read_principal(struct mock_call *call, struct mock_reply *reply, const cJSON *body,
                           const char **ret)
{
    const char *type = json_get_text(body, "consentType");
    const cJSON *principal = json_get(body, "principalId");

    *ret = NULL;
    if (str_eq(type, "AllPrincipals") && (principal == NULL || cJSON_IsNull(principal))) {
        return true;
    }
    if (!str_eq(type, "Principal")) {
        graph_refuse(call, reply, GRAPH_INVALID_VALUE,
                     str_eq(type, "AllPrincipals") ? "principalId" : "consentType", grant_class);
        return false;
    }
    *ret = need_guid(call, reply, body, "principalId", grant_class);
    return *ret != NULL && exists(call, reply, "SELECT 1 FROM users WHERE id = ?", *ret);
}

void graph_grant_create(struct mock_call *call, struct mock_reply *reply)
{
    const cJSON *body = graph_body(call, reply);
    const char *client, *resource, *principal, *scope, *id;

    if (body == NULL || (client = need_guid(call, reply, body, "clientId", grant_class)) == NULL ||
        (resource = need_guid(call, reply, body, "resourceId", grant_class)) == NULL ||
        !read_principal(call, reply, body, &principal) || !principal_exists(call, reply, client) ||
        !principal_exists(call, reply, resource)) {
        return;
    }
    scope = json_get_text(body, "scope");
    if (scope == NULL || scope[strspn(scope, " ")] == '\0' || strlen(scope) > LONGEST_SCOPE) {
        graph_refuse(call, reply,
                     json_get(body, "scope") == NULL ? GRAPH_VALUE_MISSING : GRAPH_INVALID_VALUE,
                     "scope", grant_class);
        return;
    }
    if (!graph_select_check(call, reply, &graph_grants, grant_members)) {
        return;
    }
    id = directory_grant_id(call->arena, client, resource, principal);
    if (graph_key_document(call, &graph_grants, id) != NULL) {
        graph_refuse(call, reply, GRAPH_GRANT_TAKEN, NULL, NULL);
        return;
    }
    directory_grant_add(call->db, call->arena, client, resource, principal, scope,
                        entra_consent_visible(call));
    graph_one(call, reply, 201, &graph_grants, graph_key_document(call, &graph_grants, id), id);
    mock_reply_header(
        reply, "Location",
        mock_call_url(call, MOCK_PLACE_GRAPH,
                      arena_printf(call->arena, "/v1.0/oauth2PermissionGrants/%s", id)));
}

void graph_grant_get(struct mock_call *call, struct mock_reply *reply)
{
    graph_one(call, reply, 200, &graph_grants,
              graph_key_document(call, &graph_grants, call->vars[0]), call->vars[0]);
}

/* Only the scope can change: what the grant is for makes its id. */
void graph_grant_update(struct mock_call *call, struct mock_reply *reply)
{
    const cJSON *body = graph_body(call, reply), *item;
    const char *words = NULL;

    if (body == NULL) {
        return;
    }
    if (graph_key_document(call, &graph_grants, call->vars[0]) == NULL) {
        graph_refuse(call, reply, GRAPH_NOT_FOUND, call->vars[0], NULL);
        return;
    }
    cJSON_ArrayForEach(item, body)
    {
        bool scope = strcmp(item->string, "scope") == 0;

        if (str_starts(item->string, "@odata.")) {
            continue;
        }
        if (!scope || !cJSON_IsString(item) || strlen(item->valuestring) > LONGEST_SCOPE) {
            graph_refuse(call, reply, scope ? GRAPH_INVALID_VALUE : GRAPH_READ_ONLY, item->string,
                         grant_class);
            return;
        }
        words = item->valuestring;
    }
    if (words != NULL) {
        directory_grant_set(call->db, call->arena, call->vars[0], words,
                            entra_consent_visible(call));
    }
    graph_nothing(reply);
}

void graph_grant_delete(struct mock_call *call, struct mock_reply *reply)
{
    if (store_run(call->db, "DELETE FROM oauth2_permission_grants WHERE id = ?",
                  DB_ARGS(db_text(call->vars[0]))) == 0) {
        graph_refuse(call, reply, GRAPH_NOT_FOUND, call->vars[0], NULL);
        return;
    }
    graph_nothing(reply);
}

/* The object below which assignments are listed or made: a user or a service principal. */
static const char *path_owner(struct mock_call *call, struct mock_reply *reply)
{
    if (strncmp(call->route->template_, "/v1.0/users", 11) == 0) {
        return json_get_text(graph_path_user(call, reply), "id");
    }
    return json_get_text(graph_path_object(call, reply, &graph_service_principals), "id");
}

static void list_assignments(struct mock_call *call, struct mock_reply *reply, const char *where)
{
    const char *id = path_owner(call, reply);

    if (id != NULL) {
        graph_list(call, reply, &graph_assignments, where, id);
    }
}

void graph_assignment_list(struct mock_call *call, struct mock_reply *reply)
{
    list_assignments(call, reply, "a.principal_id = ?");
}

void graph_assignment_list_to(struct mock_call *call, struct mock_reply *reply)
{
    list_assignments(call, reply, "a.resource_id = ?");
}

/* One that the resource has; without any of its own it has the default one, all zeros. */
static bool role_exists(struct mock_call *call, const char *resource, const char *role)
{
    static const char sql[] = "SELECT 1 FROM service_principals s WHERE s.id = ?1 AND"
                              " (EXISTS (SELECT 1 FROM app_roles WHERE service_principal = ?1"
                              " AND id = ?2) OR (?2 = '00000000-0000-0000-0000-000000000000'"
                              " AND NOT EXISTS (SELECT 1 FROM app_roles"
                              " WHERE service_principal = ?1)))";

    return store_int(call->db, sql, DB_ARGS(db_text(resource), db_text(role)), 0) != 0;
}

static bool holder_exists(struct mock_call *call, struct mock_reply *reply, const char *id)
{
    return exists(call, reply,
                  "SELECT 1 FROM service_principals WHERE id = ?1"
                  " UNION SELECT 1 FROM users WHERE id = ?1",
                  id);
}

/* What an assignment says, checked; false when it has been refused. */
struct assignment {
    const char *principal, *resource, *role;
};

static bool read_assignment(struct mock_call *call, struct mock_reply *reply, const char *owner,
                            struct assignment *ret)
{
    bool from_resource = strstr(call->route->template_, "appRoleAssignedTo") != NULL;
    const cJSON *body = graph_body(call, reply);

    if (body == NULL ||
        (ret->principal = need_guid(call, reply, body, "principalId", assignment_class)) == NULL ||
        (ret->resource = need_guid(call, reply, body, "resourceId", assignment_class)) == NULL ||
        (ret->role = need_guid(call, reply, body, "appRoleId", assignment_class)) == NULL ||
        !holder_exists(call, reply, ret->principal) ||
        !principal_exists(call, reply, ret->resource)) {
        return false;
    }
    if (!str_eq(from_resource ? ret->resource : ret->principal, owner)) {
        graph_refuse(call, reply, GRAPH_INVALID_VALUE, from_resource ? "resourceId" : "principalId",
                     assignment_class);
        return false;
    }
    if (!role_exists(call, ret->resource, ret->role)) {
        graph_refuse(call, reply, GRAPH_INVALID_VALUE, "appRoleId", assignment_class);
        return false;
    }
    return true;
}

void graph_assignment_create(struct mock_call *call, struct mock_reply *reply)
{
    static const char of_both[] = "SELECT id FROM app_role_assignments WHERE principal_id = ?"
                                  " AND resource_id = ? AND app_role_id = ?";
    const char *owner = path_owner(call, reply), *id;
    struct assignment made;

    if (owner == NULL || !read_assignment(call, reply, owner, &made)) {
        return;
    }
    if (!directory_role_assign(call->db, call->arena, made.principal, made.resource, made.role,
                               call->now_ms, entra_consent_visible(call))) {
        graph_refuse(call, reply, GRAPH_ROLE_TAKEN, NULL, NULL);
        return;
    }
    id = store_text(call->db, call->arena, of_both,
                    DB_ARGS(db_text(made.principal), db_text(made.resource), db_text(made.role)));
    graph_plain(call, reply, 201,
                arena_printf(call->arena, "%s('%s')/appRoleAssignments/$entity",
                             graph_document(call, &graph_users, made.principal) != NULL
                                 ? "users"
                                 : "servicePrincipals",
                             made.principal),
                graph_key_document(call, &graph_assignments, id));
}

void graph_assignment_get(struct mock_call *call, struct mock_reply *reply)
{
    const char *owner = path_owner(call, reply);

    if (owner == NULL) {
        return;
    }
    graph_one(call, reply, 200, &graph_assignments,
              store_int(call->db,
                        "SELECT 1 FROM app_role_assignments WHERE id = ?1 AND ?2 IN"
                        " (principal_id, resource_id)",
                        DB_ARGS(db_text(call->vars[1]), db_text(owner)), 0) != 0
                  ? graph_key_document(call, &graph_assignments, call->vars[1])
                  : NULL,
              call->vars[1]);
}

void graph_assignment_delete(struct mock_call *call, struct mock_reply *reply)
{
    const char *owner = path_owner(call, reply);

    if (owner == NULL) {
        return;
    }
    if (store_run(call->db,
                  "DELETE FROM app_role_assignments WHERE id = ?1 AND ?2 IN"
                  " (principal_id, resource_id)",
                  DB_ARGS(db_text(call->vars[1]), db_text(owner))) == 0) {
        graph_refuse(call, reply, GRAPH_NOT_FOUND, call->vars[1], NULL);
        return;
    }
    graph_nothing(reply);
}
