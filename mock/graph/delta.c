/* What has changed among the delegated consents since a link was given. Source: graph-grant-delta.
 */
#include <string.h>

#include "base/auto.h"
#include "base/crypto.h"
#include "base/json_writer.h"
#include "graph/object.h"
#include "graph/resources.h"
#include "graph/sets.h"
#include "store/store.h"

/* A link's token: how many changes there were when it was given. */
static bool read_token(struct mock_call *call, struct mock_reply *reply, int64_t *ret)
{
    const char *text = uri_param(&call->params, "$deltatoken");
    size_t len = 0;
    char *token;

    *ret = 0;
    if (text == NULL) {
        return true;
    }
    token = (char *)crypto_base64_decode(call->arena, text, strlen(text), &len);
    if (token != NULL && strlen(token) == len && str_int(token, 0, INT64_MAX, ret)) {
        return true;
    }
    graph_refuse(call, reply, GRAPH_BAD_OPTION, "$deltatoken", text);
    return false;
}

static const char *link_from(struct mock_call *call, int64_t seq)
{
    const char *text = arena_printf(call->arena, "%lld", (long long)seq);
    AUTO(strbuf) token = STRBUF(0);

    strbuf_base64url(&token, text, strlen(text));
    return mock_call_url(
        call, MOCK_PLACE_GRAPH,
        arena_printf(call->arena, "%s?$deltatoken=%s", call->path.text, strbuf_text(&token)));
}

/* The grant as it is, or that it is no more. */
static const char *change_of(struct mock_call *call, const char *id)
{
    const char *document = graph_key_document(call, &graph_grants, id);
    cJSON *gone;

    if (document != NULL) {
        return document;
    }
    gone = json_new_object(call->arena);
    cJSON_AddStringToObject(gone, "id", id);
    cJSON_AddStringToObject(cJSON_AddObjectToObject(gone, "@removed"), "reason", "deleted");
    return json_text(call->arena, gone);
}

/* Everything at first: a grant that came and went before is none of the caller's business. */
static void write_changes(struct mock_call *call, int64_t since, struct json_writer *writer)
{
    static const char first[] = "SELECT id FROM oauth2_permission_grants ORDER BY id";
    static const char later[] =
        "SELECT id FROM grant_changes WHERE seq > ? GROUP BY id ORDER BY max(seq)";
    bool whole = uri_param(&call->params, "$deltatoken") == NULL;
    AUTO(db_rows) rows = {0};

    if (whole) {
        store_query(&rows, call->db, first, DB_NO_ARGS);
    } else {
        store_query(&rows, call->db, later, DB_ARGS(db_int(since)));
    }
    jw_array(writer);
    while (store_next(&rows)) {
        jw_raw(writer, change_of(call, arena_strdup(call->arena, db_column_text(&rows, 0))));
    }
    jw_array_end(writer);
}

void graph_grant_delta(struct mock_call *call, struct mock_reply *reply)
{
    AUTO(strbuf) text = STRBUF(0), values = STRBUF(0);
    struct json_writer writer = JSON_WRITER(&text), list = JSON_WRITER(&values);
    int64_t since, now;

    if (!read_token(call, reply, &since)) {
        return;
    }
    now = store_int(call->db, "SELECT coalesce(max(seq), 0) FROM grant_changes", DB_NO_ARGS, 0);
    write_changes(call, since, &list);
    jw_object(&writer);
    jw_member_text(&writer, "@odata.deltaLink", link_from(call, now));
    jw_member_raw(&writer, "value", strbuf_text(&values));
    jw_object_end(&writer);
    graph_plain(call, reply, 200, "oauth2PermissionGrants", strbuf_text(&text));
}
