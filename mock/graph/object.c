/* Objects of the directory: by key, by type, and those that were deleted. */
#include "graph/object.h"

#include <string.h>

#include "base/auto.h"
#include "base/iso8601.h"
#include "graph/error.h"
#include "graph/resources.h"
#include "graph/sets.h"
#include "server/service.h"
#include "store/directory.h"
#include "store/store.h"

const char *graph_key_document(struct mock_call *call, const struct graph_set *set, const char *key)
{
    return store_text(call->db, call->arena,
                      arena_printf(call->arena, "SELECT %s FROM %s AND %s = ?", set->document,
                                   set->from, set->id),
                      DB_ARGS(db_text(key)));
}

const char *graph_lower(struct mock_call *call, const char *id)
{
    return str_lower(arena_strdup(call->arena, id));
}

const char *graph_document(struct mock_call *call, const struct graph_set *set, const char *id)
{
    return graph_key_document(call, set, graph_lower(call, id));
}

/* "…(appId='{appId}')…": the property between bracket and equal sign; NULL: the path has the id. */
static const struct graph_property *alternate_key(struct mock_call *call,
                                                  const struct graph_set *set)
{
    const char *open = strchr(call->route->template_, '(');

    for (size_t i = 0; open != NULL && i < set->property_count; i++) {
        const char *name = set->properties[i].name;

        if (strncmp(open + 1, name, strlen(name)) == 0 && open[1 + strlen(name)] == '=') {
            return &set->properties[i];
        }
    }
    return NULL;
}

bool graph_application_seen(struct mock_call *call, const char *id)
{
    return store_int(call->db, "SELECT 1 FROM applications WHERE id = ? AND visible_ms > ?",
                     DB_ARGS(db_text(id), db_int(call->now_ms)), 0) == 0;
}

const char *graph_path_document(struct mock_call *call, const struct graph_set *set)
{
    const struct graph_property *key = alternate_key(call, set);
    const char *sql = set->by_id;
    AUTO(db_rows) rows = {0};

    if (key != NULL) {
        sql = arena_printf(call->arena, "SELECT %s, %s FROM %s AND %s = %s", set->document,
                           set->known != NULL ? set->known : "0", set->from, key->sql,
                           key->kind == GRAPH_KIND_GUID ? "lower(?)" : "?");
    }
    store_query(&rows, call->db, sql, DB_ARGS(db_text(call->vars[0])));
    return store_next(&rows) && db_column_int(&rows, 1) <= call->now_ms
               ? arena_strdup(call->arena, db_column_text(&rows, 0))
               : NULL;
}

cJSON *graph_path_object(struct mock_call *call, struct mock_reply *reply,
                         const struct graph_set *set)
{
    return graph_find(call, reply, graph_path_document(call, set), call->vars[0]);
}

const struct graph_set *graph_path_set(const struct mock_call *call)
{
    return strncmp(call->route->template_, "/v1.0/servicePrincipals", 23) == 0
               ? &graph_service_principals
               : &graph_applications;
}

bool graph_prefers_create(const struct mock_call *call)
{
    const char *prefer = mock_call_header(call, "Prefer");

    return prefer != NULL && strstr(prefer, "create-if-missing") != NULL;
}

const char *graph_reference(struct mock_call *call, const cJSON *body)
{
    const char *text = json_get_text(body, "@odata.id");
    size_t len = text != NULL ? strlen(text) : 0;
    char piece[GUID_SIZE] = {0};

    for (size_t end = len; end >= GUID_SIZE - 1; end--) {
        memcpy(piece, text + end - (GUID_SIZE - 1), GUID_SIZE - 1);
        if (guid_valid(piece)) {
            return str_lower(arena_strdup(call->arena, piece));
        }
    }
    return NULL;
}

cJSON *graph_find(struct mock_call *call, struct mock_reply *reply, const char *document,
                  const char *id)
{
    cJSON *tree = NULL;
    struct err err;

    if (document == NULL ||
        !json_parse(call->arena, document, strlen(document), JSON_PLAIN, &tree, &err)) {
        graph_refuse(call, reply, GRAPH_NOT_FOUND, id, NULL);
        return NULL;
    }
    return tree;
}

/* graph-directory-object: any object says of itself what it is. */
static const struct {
    const struct graph_set *set;
    const char *type; /* "#microsoft.graph.application" */
} kinds[] = {
    {&graph_applications, "#microsoft.graph.application"},
    {&graph_service_principals, "#microsoft.graph.servicePrincipal"},
    {&graph_users, "#microsoft.graph.user"},
    {&graph_policies, "#microsoft.graph.homeRealmDiscoveryPolicy"},
};

/* The object of that id with its type first; NULL: none, or not of the types that are asked for. */
static cJSON *typed_object(struct mock_call *call, const char *id, const cJSON *types)
{
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        const char *text = graph_hide_keys(call, graph_document(call, kinds[i].set, id));
        cJSON *tree = NULL, *object;
        const cJSON *type;
        bool wanted = types == NULL;
        struct err err;

        cJSON_ArrayForEach(type, types)
        {
            wanted = wanted || str_ieq(cJSON_GetStringValue(type), kinds[i].set->type) ||
                     str_ieq(cJSON_GetStringValue(type), "directoryObject");
        }
        if (!wanted || text == NULL ||
            !json_parse(call->arena, text, strlen(text), JSON_PLAIN, &tree, &err)) {
            continue;
        }
        object = json_new_object(call->arena);
        cJSON_AddStringToObject(object, "@odata.type", kinds[i].type);
        while (tree->child != NULL) {
            cJSON *item = cJSON_DetachItemViaPointer(tree, tree->child);

            cJSON_AddItemToObject(object, item->string, item);
        }
        return object;
    }
    return NULL;
}

void graph_directory_object(struct mock_call *call, struct mock_reply *reply)
{
    const cJSON *object = typed_object(call, call->vars[0], NULL);

    if (object == NULL) {
        graph_refuse(call, reply, GRAPH_NOT_FOUND, call->vars[0], NULL);
        return;
    }
    graph_plain(call, reply, 200, "directoryObjects/$entity", json_text(call->arena, object));
}

void graph_get_by_ids(struct mock_call *call, struct mock_reply *reply)
{
    const cJSON *body = graph_body(call, reply), *ids = json_get(body, "ids"), *item;
    cJSON *answer, *value;

    if (body == NULL) {
        return;
    }
    if (!cJSON_IsArray(ids) || cJSON_GetArraySize(ids) > 1000) {
        graph_refuse(call, reply, ids == NULL ? GRAPH_VALUE_MISSING : GRAPH_INVALID_VALUE, "ids",
                     "DirectoryObject");
        return;
    }
    answer = json_new_object(call->arena);
    cJSON_AddStringToObject(answer, "@odata.context", graph_context(call, "directoryObjects"));
    value = cJSON_AddArrayToObject(answer, "value");
    cJSON_ArrayForEach(item, ids)
    {
        const char *id = cJSON_GetStringValue(item);
        const cJSON *object = id != NULL ? typed_object(call, id, json_get(body, "types")) : NULL;

        if (object != NULL) {
            cJSON_AddItemToArray(value, cJSON_Duplicate(object, true));
        }
    }
    mock_reply_json(call, reply, 200, answer);
}

/* Whatever it is, by the handler of its kind. */
void graph_directory_delete(struct mock_call *call, struct mock_reply *reply)
{
    if (graph_document(call, &graph_applications, call->vars[0]) != NULL) {
        graph_application_delete(call, reply);
    } else if (graph_document(call, &graph_service_principals, call->vars[0]) != NULL) {
        graph_principal_delete(call, reply);
    } else if (graph_document(call, &graph_users, call->vars[0]) != NULL) {
        graph_user_delete(call, reply);
    } else {
        graph_refuse(call, reply, GRAPH_NOT_FOUND, call->vars[0], NULL);
    }
}

/* graph-deleted-items: an application stays for 30 days. */
void graph_deleted_list(struct mock_call *call, struct mock_reply *reply)
{
    graph_list(call, reply, &graph_deleted_applications, NULL, NULL);
}

void graph_deleted_get(struct mock_call *call, struct mock_reply *reply)
{
    graph_one(call, reply, 200, &graph_deleted_applications,
              graph_document(call, &graph_deleted_applications, call->vars[0]), call->vars[0]);
}

/* Its service principal and its consents do not come back with it. */
void graph_deleted_restore(struct mock_call *call, struct mock_reply *reply)
{
    const char *id = call->vars[0];
    cJSON *document =
        graph_find(call, reply, graph_document(call, &graph_deleted_applications, id), id);

    if (document == NULL) {
        return;
    }
    cJSON_ReplaceItemInObjectCaseSensitive(document, "deletedDateTime", cJSON_CreateNull());
    if (!directory_uris_free(call->db, document)) {
        graph_refuse(call, reply, GRAPH_URI_TAKEN, NULL, NULL);
        return;
    }
    if (!graph_select_check(call, reply, &graph_applications, json_text(call->arena, document))) {
        return;
    }
    store_run(call->db, "UPDATE applications SET deleted_ms = NULL WHERE id = ?",
              DB_ARGS(db_text(json_get_text(document, "id"))));
    directory_application_put(call->db, call->arena, document);
    graph_one(call, reply, 200, &graph_applications, json_text(call->arena, document), id);
}

void graph_deleted_purge(struct mock_call *call, struct mock_reply *reply)
{
    const char *id = graph_lower(call, call->vars[0]);

    if (store_run(call->db, "DELETE FROM applications WHERE id = ? AND deleted_ms IS NOT NULL",
                  DB_ARGS(db_text(id))) == 0) {
        graph_refuse(call, reply, GRAPH_NOT_FOUND, call->vars[0], NULL);
        return;
    }
    store_run(call->db, "DELETE FROM passwords WHERE owner = ?", DB_ARGS(db_text(id)));
    store_run(call->db, "DELETE FROM owners WHERE object = ?", DB_ARGS(db_text(id)));
    graph_nothing(reply);
}
