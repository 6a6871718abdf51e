/* Home Realm Discovery policies, and which service principal has one. Source: graph-hrd-policy. */
#include <string.h>

#include "base/auto.h"
#include "base/str.h"
#include "graph/error.h"
#include "graph/object.h"
#include "graph/resources.h"
#include "graph/sets.h"
#include "server/service.h"
#include "store/store.h"

static const char class_name[] = "HomeRealmDiscoveryPolicy";

static bool invalid(struct mock_call *call, struct mock_reply *reply, const char *name)
{
    graph_refuse(call, reply, GRAPH_INVALID_VALUE, name, class_name);
    return false;
}

/* The definition is an array of texts that are JSON; what they say is hardly looked at. */
static bool definition_valid(struct mock_call *call, const cJSON *definition)
{
    const cJSON *item;

    if (!cJSON_IsArray(definition) || cJSON_GetArraySize(definition) == 0) {
        return false;
    }
    cJSON_ArrayForEach(item, definition)
    {
        const char *text = cJSON_GetStringValue(item);
        cJSON *ignored;
        struct err err;

        if (text == NULL ||
            !json_parse(call->arena, text, strlen(text), JSON_PLAIN, &ignored, &err)) {
            return false;
        }
    }
    return true;
}

/* Checks what is given and puts it into the document; `whole`: nothing required may lack. */
static bool apply(struct mock_call *call, struct mock_reply *reply, const cJSON *body,
                  cJSON *document, bool whole)
{
    static const char *const required[] = {"definition", "displayName"};
    const cJSON *item;

    for (size_t i = 0; i < ARRAY_LEN(required) && whole; i++) {
        if (json_get(body, required[i]) == NULL) {
            graph_refuse(call, reply, GRAPH_VALUE_MISSING, required[i], class_name);
            return false;
        }
    }
    cJSON_ArrayForEach(item, body)
    {
        if (str_starts(item->string, "@odata.")) {
            continue;
        }
        if (str_eq(item->string, "definition") ? !definition_valid(call, item)
            : str_eq(item->string, "displayName")
                ? !cJSON_IsString(item) || *item->valuestring == '\0'
            : str_eq(item->string, "isOrganizationDefault") ? !cJSON_IsBool(item)
                                                            : false) {
            return invalid(call, reply, item->string);
        }
        if (json_get(document, item->string) == NULL || str_eq(item->string, "id") ||
            str_eq(item->string, "deletedDateTime")) {
            graph_refuse(call, reply,
                         json_get(document, item->string) == NULL ? GRAPH_UNKNOWN_PROPERTY
                                                                  : GRAPH_READ_ONLY,
                         item->string, class_name);
            return false;
        }
        cJSON_ReplaceItemInObjectCaseSensitive(document, item->string, cJSON_Duplicate(item, true));
    }
    return true;
}

static void put(struct mock_call *call, const cJSON *document)
{
    store_run(call->db,
              "INSERT OR REPLACE INTO home_realm_discovery_policies (id, is_default, document)"
              " VALUES (?, ?, ?)",
              DB_ARGS(db_text(json_get_text(document, "id")),
                      db_int(json_get_bool(document, "isOrganizationDefault", false)),
                      db_text(json_text(call->arena, document))));
}

void graph_policy_list(struct mock_call *call, struct mock_reply *reply)
{
    graph_list(call, reply, &graph_policies, NULL, NULL);
}

void graph_policy_create(struct mock_call *call, struct mock_reply *reply)
{
    const cJSON *body = graph_body(call, reply);
    cJSON *document;
    const char *id;

    if (body == NULL) {
        return;
    }
    id = mock_call_guid(call);
    document = json_new_object(call->arena);
    cJSON_AddStringToObject(document, "id", id);
    cJSON_AddNullToObject(document, "deletedDateTime");
    cJSON_AddArrayToObject(document, "definition");
    cJSON_AddStringToObject(document, "displayName", "");
    cJSON_AddBoolToObject(document, "isOrganizationDefault", false);
    if (!apply(call, reply, body, document, true) ||
        !graph_select_check(call, reply, &graph_policies, json_text(call->arena, document))) {
        return;
    }
    put(call, document);
    graph_one(call, reply, 201, &graph_policies, json_text(call->arena, document), id);
}

static const char *get_document(struct mock_call *call)
{
    return graph_document(call, &graph_policies, call->vars[0]);
}

void graph_policy_get(struct mock_call *call, struct mock_reply *reply)
{
    graph_one(call, reply, 200, &graph_policies, get_document(call), call->vars[0]);
}

void graph_policy_update(struct mock_call *call, struct mock_reply *reply)
{
    cJSON *document = graph_find(call, reply, get_document(call), call->vars[0]);
    const cJSON *body = document != NULL ? graph_body(call, reply) : NULL;

    if (body != NULL && apply(call, reply, body, document, false)) {
        put(call, document);
        graph_nothing(reply);
    }
}

void graph_policy_delete(struct mock_call *call, struct mock_reply *reply)
{
    const cJSON *document = graph_find(call, reply, get_document(call), call->vars[0]);

    if (document != NULL) {
        const char *id = json_get_text(document, "id");

        store_run(call->db, "DELETE FROM policy_assignments WHERE policy = ?",
                  DB_ARGS(db_text(id)));
        store_run(call->db, "DELETE FROM home_realm_discovery_policies WHERE id = ?",
                  DB_ARGS(db_text(id)));
        graph_nothing(reply);
    }
}

/* The service principals that have it, as directory objects. */
void graph_policy_applies_to(struct mock_call *call, struct mock_reply *reply)
{
    const cJSON *document = graph_find(call, reply, get_document(call), call->vars[0]);

    if (document != NULL) {
        graph_list(call, reply, &graph_policy_objects, "a.policy = ?",
                   json_get_text(document, "id"));
    }
}

/* The service principal that the path names; NULL when it has been refused. */
static const char *principal_of(struct mock_call *call, struct mock_reply *reply)
{
    const cJSON *document = graph_path_object(call, reply, &graph_service_principals);

    return json_get_text(document, "id");
}

void graph_principal_policies(struct mock_call *call, struct mock_reply *reply)
{
    const char *principal = principal_of(call, reply);

    if (principal != NULL) {
        graph_list(call, reply, &graph_policies,
                   "id IN (SELECT policy FROM policy_assignments WHERE principal = ?)", principal);
    }
}

void graph_policy_assign(struct mock_call *call, struct mock_reply *reply)
{
    const char *principal = principal_of(call, reply), *policy;
    const cJSON *body = principal != NULL ? graph_body(call, reply) : NULL;

    if (body == NULL) {
        return;
    }
    policy = graph_reference(call, body);
    if (policy == NULL) {
        graph_refuse(call, reply, GRAPH_VALUE_MISSING, "@odata.id", class_name);
    } else if (graph_document(call, &graph_policies, policy) == NULL) {
        graph_refuse(call, reply, GRAPH_NOT_FOUND, policy, NULL);
    } else if (store_int(call->db, "SELECT 1 FROM policy_assignments WHERE principal = ?",
                         DB_ARGS(db_text(principal)), 0) != 0) {
        graph_refuse(call, reply, GRAPH_REFERENCE_TAKEN, "homeRealmDiscoveryPolicies", NULL);
    } else {
        store_run(
            call->db,
            "INSERT INTO policy_assignments (principal, policy, visible_ms) VALUES (?, ?, ?)",
            DB_ARGS(db_text(principal), db_text(policy),
                    db_int(store_setting_after(call->db, "tenant", "policyDelay", call->now_ms))));
        graph_nothing(reply);
    }
}

void graph_policy_unassign(struct mock_call *call, struct mock_reply *reply)
{
    const char *principal = principal_of(call, reply);

    if (principal == NULL) {
        return;
    }
    if (store_run(call->db, "DELETE FROM policy_assignments WHERE principal = ? AND policy = ?",
                  DB_ARGS(db_text(principal), db_text(graph_lower(call, call->vars[1])))) == 0) {
        graph_refuse(call, reply, GRAPH_NOT_FOUND, call->vars[1], NULL);
        return;
    }
    graph_nothing(reply);
}
