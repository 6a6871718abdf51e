#include "server/call.h"

#include <assert.h>
#include <string.h>

#include "server/service.h"
#include "server/world.h"
#include "store/store.h"

const char *mock_call_header(const struct mock_call *call, const char *name)
{
    for (size_t i = 0; i < call->header_count; i++) {
        if (str_ieq(call->headers[i].name, name)) {
            return call->headers[i].value;
        }
    }
    return NULL;
}

void mock_call_rule(struct mock_call *call, const char *id)
{
    for (size_t i = 0; i < call->rule_count; i++) {
        if (strcmp(call->rules[i], id) == 0) {
            return;
        }
    }
    if (call->rule_count < MOCK_MAX_RULES) {
        call->rules[call->rule_count++] = id;
    }
}

const char *mock_call_guid(struct mock_call *call)
{
    char *guid = arena_alloc(call->arena, GUID_SIZE);

    guid_make(&call->world->random, guid);
    return guid;
}

const char *mock_call_origin(struct mock_call *call)
{
    return arena_join(call->arena, call->scheme, "://", call->authority, NULL);
}

/* The first organization or subscription answers where the call names none. */
static const char *place_host(struct mock_call *call, enum mock_place place)
{
    const char *host = NULL;

    switch (place) {
    case MOCK_PLACE_LOGIN:
        host = str_eq(call->service->name, "entra") && call->cloud ? call->host
                                                                   : "login.microsoftonline.com";
        break;
    case MOCK_PLACE_GRAPH:
        host = "graph.microsoft.com";
        break;
    case MOCK_PLACE_DISCOVERY:
        host = "globaldisco.crm.dynamics.com";
        break;
    case MOCK_PLACE_DATAVERSE:
        host = str_eq(call->service->name, "dataverse") && call->cloud ? call->host
               : call->org_host != NULL
                   ? call->org_host
                   : store_text(call->db, call->arena,
                                "SELECT host FROM organizations ORDER BY ord LIMIT 1", DB_NO_ARGS);
        break;
    case MOCK_PLACE_MARKETO:
        host = call->munchkin != NULL
                   ? arena_printf(call->arena, "%s.mktorest.com", call->munchkin)
                   : store_text(call->db, call->arena,
                                "SELECT lower(munchkin) || '.mktorest.com' FROM subscriptions "
                                "ORDER BY ord LIMIT 1",
                                DB_NO_ARGS);
        break;
    case MOCK_PLACE_ADFS:
        host = store_text(call->db, call->arena, "SELECT adfs_host FROM tenant", DB_NO_ARGS);
        break;
    }
    return host != NULL ? host : call->host;
}

const char *mock_call_url(struct mock_call *call, enum mock_place place, const char *path)
{
    if (!call->cloud) {
        return arena_join(call->arena, call->scheme, "://", call->authority, path, NULL);
    }
    if (call->port != 0) {
        return arena_printf(call->arena, "%s://%s:%d%s", call->scheme, place_host(call, place),
                            call->port, path);
    }
    return arena_join(call->arena, call->scheme, "://", place_host(call, place), path, NULL);
}

void mock_reply_header(struct mock_reply *reply, const char *name, const char *value)
{
    assert(reply->header_count < MOCK_MAX_HEADERS);
    reply->headers[reply->header_count++] = (struct mock_header){name, value};
}

void mock_reply_header_set(struct mock_reply *reply, const char *name, const char *value)
{
    for (size_t i = 0; i < reply->header_count; i++) {
        if (str_ieq(reply->headers[i].name, name)) {
            reply->headers[i].value = value;
            return;
        }
    }
    mock_reply_header(reply, name, value);
}

void mock_reply_json(struct mock_call *call, struct mock_reply *reply, int status,
                     const cJSON *body)
{
    const char *text = json_text(call->arena, body);

    reply->status = status;
    strbuf_clear(&reply->body);
    /* A tree may hold what a client sent, and that may be no UTF-8. */
    strbuf_add_utf8(&reply->body, text, strlen(text));
}

void mock_reply_text(struct mock_reply *reply, int status, const char *content_type,
                     const char *body)
{
    reply->status = status;
    strbuf_clear(&reply->body);
    strbuf_add(&reply->body, body);
    mock_reply_header_set(reply, "Content-Type", content_type);
}
