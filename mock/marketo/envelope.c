/* How answers begin and end, and what handlers ask of a call. Source: marketo-rest. */
#include <string.h>
#include <strings.h>

#include "base/iso8601.h"
#include "marketo/marketo.h"
#include "store/store.h"

int64_t marketo_sub(struct mock_call *call)
{
    return store_int(call->db, "SELECT ord FROM subscriptions WHERE munchkin = ?",
                     DB_ARGS(db_text(call->munchkin)), 0);
}

const char *marketo_scope(struct mock_call *call)
{
    return arena_join(call->arena, "subscription/", call->munchkin != NULL ? call->munchkin : "",
                      NULL);
}

const char *marketo_date(struct arena *arena, int64_t at_ms)
{
    char *text = arena_alloc(arena, ISO8601_SIZE);

    iso8601_format_s(at_ms, text);
    return text;
}

/* <hex digits>#<milliseconds in hex> */
const char *marketo_request_id(struct mock_call *call)
{
    return arena_printf(call->arena, "%.4s#%llx", call->request_id,
                        (unsigned long long)call->now_ms);
}

struct json_writer marketo_start(struct mock_call *call, struct mock_reply *reply)
{
    struct json_writer writer = JSON_WRITER(&reply->body);

    reply->status = 200;
    mock_reply_header_set(reply, "Content-Type", "application/json;charset=UTF-8");
    jw_object(&writer);
    jw_member_text(&writer, "requestId", marketo_request_id(call));
    return writer;
}

void marketo_finish(struct json_writer *writer, const char *next, enum marketo_more more)
{
    jw_member_bool(writer, "success", true);
    if (next != NULL) {
        jw_member_text(writer, "nextPageToken", next);
    }
    if (more != MARKETO_NO_MORE_KEY) {
        jw_member_bool(writer, "moreResult", more == MARKETO_MORE);
    }
    jw_object_end(writer);
}

struct json_writer marketo_open(struct mock_call *call, struct mock_reply *reply)
{
    struct json_writer writer = marketo_start(call, reply);

    jw_key(&writer, "result");
    jw_array(&writer);
    return writer;
}

void marketo_close(struct json_writer *writer, const char *next, enum marketo_more more)
{
    jw_array_end(writer);
    marketo_finish(writer, next, more);
}

void marketo_done(struct mock_call *call, struct mock_reply *reply, const char *next,
                  enum marketo_more more)
{
    struct json_writer writer = marketo_start(call, reply);

    marketo_finish(&writer, next, more);
}

bool marketo_content_is(const struct mock_call *call, const char *media)
{
    const char *type = mock_call_header(call, "Content-Type");
    size_t len = strlen(media);

    return type != NULL && strncasecmp(type, media, len) == 0 &&
           (type[len] == '\0' || type[len] == ';' || type[len] == ' ');
}

bool marketo_body(struct mock_call *call, struct mock_reply *reply, const cJSON **ret)
{
    cJSON *tree = NULL;
    struct err err;

    if (!marketo_content_is(call, "application/json")) {
        marketo_refuse(call, reply, MARKETO_CONTENT_TYPE, NULL, NULL);
        return false;
    }
    if (!json_parse(call->arena, call->body, call->body_len, JSON_PLAIN, &tree, &err) ||
        !cJSON_IsObject(tree)) {
        marketo_refuse(call, reply, MARKETO_BAD_JSON, NULL, NULL);
        return false;
    }
    *ret = tree;
    return true;
}

const char **marketo_list(struct mock_call *call, const char *name, size_t *ret_count)
{
    size_t most = 1, count = 0;
    const char **list;

    for (size_t i = 0; i < call->params.count; i++) {
        if (str_eq(call->params.items[i].name, name)) {
            most++;
            for (const char *at = call->params.items[i].value; *at != '\0'; at++) {
                most += *at == ',';
            }
        }
    }
    list = arena_array(call->arena, most, sizeof *list);
    for (size_t i = 0; i < call->params.count; i++) {
        const char *at = call->params.items[i].value;

        if (!str_eq(call->params.items[i].name, name)) {
            continue;
        }
        while (*at != '\0') {
            size_t blanks = strspn(at, " "), len = strcspn(at + blanks, ",");
            size_t used = len;

            at += blanks;
            while (used > 0 && at[used - 1] == ' ') {
                used--;
            }
            if (used > 0) {
                list[count++] = arena_dup(call->arena, at, used);
            }
            at += len + (at[len] == ',');
        }
    }
    *ret_count = count;
    return list;
}

bool marketo_number_in(const char *list, int64_t number)
{
    while (*list != '\0') {
        size_t len = strcspn(list, ",");
        int64_t at = 0;

        for (size_t i = 0; i < len; i++) {
            at = at * 10 + (list[i] - '0');
        }
        if (at == number) {
            return true;
        }
        list += len + (list[len] == ',');
    }
    return false;
}

bool marketo_batch_size(struct mock_call *call, struct mock_reply *reply, int64_t *ret)
{
    const char *text = uri_param(&call->params, "batchSize");

    *ret = 300;
    if (text == NULL || *text == '\0') {
        return true;
    }
    if (!str_int(text, 1, INT32_MAX, ret)) {
        marketo_refuse(call, reply, MARKETO_WRONG_TYPE, text, "Integer");
        return false;
    }
    *ret = *ret > 300 ? 300 : *ret;
    return true;
}
