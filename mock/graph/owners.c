/* Owners of applications and service principals. Source: graph-owner. */
#include "base/auto.h"
#include "graph/object.h"
#include "graph/resources.h"
#include "graph/sets.h"
#include "server/service.h"
#include "store/store.h"

void graph_owner_put(struct mock_call *call, const char *object, const char *owner)
{
    store_run(call->db, "INSERT INTO owners (object, owner) VALUES (?, ?) ON CONFLICT DO NOTHING",
              DB_ARGS(db_text(object), db_text(owner)));
}

static const char *owned_object(struct mock_call *call, struct mock_reply *reply)
{
    return json_get_text(graph_path_object(call, reply, graph_path_set(call)), "id");
}

void graph_owner_list(struct mock_call *call, struct mock_reply *reply)
{
    const char *object = owned_object(call, reply);

    if (object != NULL) {
        graph_list(call, reply, &graph_owners, "o.object = ?", object);
    }
}

void graph_owner_add(struct mock_call *call, struct mock_reply *reply)
{
    static const char known[] = "SELECT 1 FROM owners WHERE object = ? AND owner = ?";
    const char *object = owned_object(call, reply), *owner;
    const cJSON *body = object != NULL ? graph_body(call, reply) : NULL;

    if (body == NULL) {
        return;
    }
    owner = graph_reference(call, body);
    if (owner == NULL) {
        graph_refuse(call, reply, GRAPH_VALUE_MISSING, "@odata.id", graph_path_set(call)->class_);
    } else if (graph_document(call, &graph_users, owner) == NULL &&
               graph_document(call, &graph_service_principals, owner) == NULL) {
        graph_refuse(call, reply, GRAPH_NOT_FOUND, owner, NULL);
    } else if (store_int(call->db, known, DB_ARGS(db_text(object), db_text(owner)), 0) != 0) {
        graph_refuse(call, reply, GRAPH_REFERENCE_TAKEN, "owners", NULL);
    } else {
        graph_owner_put(call, object, owner);
        graph_nothing(reply);
    }
}

void graph_owner_remove(struct mock_call *call, struct mock_reply *reply)
{
    const char *object = owned_object(call, reply);

    if (object == NULL) {
        return;
    }
    if (store_run(call->db, "DELETE FROM owners WHERE object = ? AND owner = ?",
                  DB_ARGS(db_text(object), db_text(graph_lower(call, call->vars[1])))) == 0) {
        graph_refuse(call, reply, GRAPH_NOT_FOUND, call->vars[1], NULL);
        return;
    }
    graph_nothing(reply);
}
