/*
 * Client secrets: the value is in one answer only, the rest of the world has a salted hash and
 * three characters of it. Source: graph-add-password.
 */
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/iso8601.h"
#include "base/mem.h"
#include "graph/object.h"
#include "graph/query.h"
#include "graph/resources.h"
#include "server/service.h"
#include "server/world.h"
#include "store/directory.h"
#include "store/store.h"

/* The object of the path: an application or a service principal, by either id. */
static const char *find_owner(struct mock_call *call, struct mock_reply *reply, const char **class_)
{
    const struct graph_set *set = graph_path_set(call);

    *class_ = set->class_;
    return json_get_text(graph_path_object(call, reply, set), "id");
}

/* A date of the credential, or `otherwise`; false when it has been refused. */
static bool read_date(struct mock_call *call, struct mock_reply *reply, const char *class_,
                      const cJSON *credential, const char *name, int64_t otherwise, int64_t *ret)
{
    const cJSON *item = json_get(credential, name);

    *ret = otherwise;
    if (item == NULL || cJSON_IsNull(item) ||
        (cJSON_IsString(item) && iso8601_parse(item->valuestring, ret))) {
        return true;
    }
    graph_refuse(call, reply, GRAPH_INVALID_VALUE, name, class_);
    return false;
}

static bool read_credential(struct mock_call *call, struct mock_reply *reply, const char *class_,
                            struct directory_password *ret)
{
    static const int64_t last_ms = INT64_C(253402300799999); /* of the year 9999 */
    const struct duration two_years = {.months = 24};
    const cJSON *body = graph_body(call, reply), *credential, *name;

    if (body == NULL) {
        return false;
    }
    credential = json_get(body, "passwordCredential");
    name = json_get(credential, "displayName");
    if ((credential != NULL && !cJSON_IsObject(credential) && !cJSON_IsNull(credential)) ||
        (name != NULL && !cJSON_IsString(name) && !cJSON_IsNull(name))) {
        graph_refuse(call, reply, GRAPH_INVALID_VALUE,
                     name != NULL ? "displayName" : "passwordCredential", class_);
        return false;
    }
    ret->display_name = cJSON_GetStringValue(name);
    if (!read_date(call, reply, class_, credential, "startDateTime", call->now_ms,
                   &ret->start_ms) ||
        !read_date(call, reply, class_, credential, "endDateTime",
                   duration_add(ret->start_ms, two_years, 1), &ret->end_ms)) {
        return false;
    }
    if (ret->end_ms <= ret->start_ms || ret->end_ms > last_ms) {
        graph_refuse(call, reply, GRAPH_INVALID_VALUE, "endDateTime", class_);
        return false;
    }
    return true;
}

/* Applications for personal accounts too may have two secrets, others have no limit here. */
static bool below_limit(struct mock_call *call, struct mock_reply *reply, const char *owner)
{
    static const char sql[] = "SELECT document ->> '$.signInAudience' FROM applications"
                              " WHERE id = ?";
    const char *audience = store_text(call->db, call->arena, sql, DB_ARGS(db_text(owner)));
    int64_t have = store_int(call->db, "SELECT count(*) FROM passwords WHERE owner = ?",
                             DB_ARGS(db_text(owner)), 0);

    if (audience == NULL || strstr(audience, "Personal") == NULL || have < 2) {
        return true;
    }
    graph_refuse(call, reply, GRAPH_TOO_MANY_PASSWORDS,
                 arena_printf(call->arena, "%lld", (long long)have + 1), NULL);
    return false;
}

static cJSON *owner_document(struct mock_call *call, const char *owner)
{
    cJSON *document = directory_application_get(call->db, call->arena, owner);

    return document != NULL ? document : directory_principal_get(call->db, call->arena, owner);
}

/* The credential as reads show it, with the value in its place this one time. */
static const char *with_secret(struct mock_call *call, const char *owner, const char *key_id,
                               const char *secret)
{
    cJSON *credential;

    cJSON_ArrayForEach(credential, json_get(owner_document(call, owner), "passwordCredentials"))
    {
        if (str_eq(json_get_text(credential, "keyId"), key_id)) {
            cJSON_ReplaceItemInObjectCaseSensitive(credential, "secretText",
                                                   cJSON_CreateString(secret));
            return json_text(call->arena, credential);
        }
    }
    abort(); /* it was added just now */
}

void graph_password_add(struct mock_call *call, struct mock_reply *reply)
{
    struct directory_password password = {0};
    char secret[DIRECTORY_SECRET_SIZE];
    const char *class_, *document;

    password.owner = find_owner(call, reply, &class_);
    if (password.owner == NULL || !read_credential(call, reply, class_, &password) ||
        !below_limit(call, reply, password.owner)) {
        return;
    }
    password.key_id = mock_call_guid(call);
    password.visible_ms = store_setting_after(call->db, "tenant", "secretDelay", call->now_ms);
    directory_secret_make(&call->world->random, secret);
    directory_password_add(call->db, call->arena, &call->world->random, &password, secret);
    document = with_secret(call, password.owner, password.key_id, secret);
    graph_plain(call, reply, 200, "microsoft.graph.passwordCredential", document);
    mock_call_rule(call, "SETUP2-05");
    mem_wipe(secret, sizeof secret);
}

void graph_password_remove(struct mock_call *call, struct mock_reply *reply)
{
    const char *class_, *owner = find_owner(call, reply, &class_), *key_id;
    const cJSON *body = owner != NULL ? graph_body(call, reply) : NULL;

    if (body == NULL) {
        return;
    }
    key_id = json_get_text(body, "keyId");
    if (!guid_valid(key_id)) {
        graph_refuse(call, reply,
                     json_get(body, "keyId") == NULL ? GRAPH_VALUE_MISSING : GRAPH_INVALID_VALUE,
                     "keyId", class_);
        return;
    }
    if (!directory_password_remove(call->db, call->arena, owner, graph_lower(call, key_id))) {
        graph_refuse(call, reply, GRAPH_NO_KEY, NULL, NULL);
        return;
    }
    graph_nothing(reply);
}
