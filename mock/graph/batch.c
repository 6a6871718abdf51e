/*
 * Up to twenty requests in one body of JSON, each answered for itself. Source: graph-batch. Order
 * is that of the array, except that one waits for those that it depends on; a part is neither
 * matched by fault rules nor journalled by itself.
 */
#include <string.h>

#include "base/auto.h"
#include "base/str.h"
#include "graph/error.h"
#include "graph/query.h"
#include "graph/resources.h"
#include "server/router.h"
#include "server/service.h"

enum { PARTS_MAX = 20 };

struct part {
    const char *id, *method, *url;
    const cJSON *request;
    int status; /* 0: not done yet */
};

static bool fail(struct mock_call *call, struct mock_reply *reply, const char *text)
{
    graph_refuse(call, reply, GRAPH_BAD_BATCH, text, NULL);
    return false;
}

static bool read_part(struct mock_call *call, struct mock_reply *reply, const cJSON *item,
                      const struct part *parts, size_t count, struct part *ret)
{
    *ret = (struct part){json_get_text(item, "id"), json_get_text(item, "method"),
                         json_get_text(item, "url"), item, 0};
    if (ret->id == NULL || ret->method == NULL || ret->url == NULL) {
        return fail(call, reply, "Each request has an id, a method and a url.");
    }
    for (size_t i = 0; i < count; i++) {
        if (str_ieq(parts[i].id, ret->id)) {
            return fail(call, reply,
                        arena_printf(call->arena, "The request id '%s' is not unique.", ret->id));
        }
    }
    return true;
}

/* The headers of the batch itself without those about its body, then the part's own. */
static void fill_headers(struct mock_call *call, const cJSON *own, struct mock_call *part)
{
    static const char *const left_out[] = {"Content-Type", "Content-Length", "Transfer-Encoding"};
    size_t most = call->header_count + (size_t)cJSON_GetArraySize(own) + 1;
    struct mock_header *headers = arena_array(call->arena, most, sizeof *headers);
    const cJSON *item;
    size_t count = 0;

    cJSON_ArrayForEach(item, own)
    {
        if (cJSON_IsString(item)) {
            headers[count++] = (struct mock_header){item->string, item->valuestring};
        }
    }
    for (size_t i = 0; i < call->header_count; i++) {
        bool keep = true;

        for (size_t j = 0; j < ARRAY_LEN(left_out); j++) {
            keep = keep && !str_ieq(call->headers[i].name, left_out[j]);
        }
        if (keep) {
            headers[count++] = call->headers[i];
        }
    }
    part->headers = headers;
    part->header_count = count;
}

/* A call of its own below the version of the batch; false when the url is none. */
static bool make_call(struct mock_call *call, const struct part *of, struct mock_call *part)
{
    const cJSON *body = json_get(of->request, "body");
    const char *query = strchr(of->url, '?');
    const char *path;

    *part = *call;
    path = arena_join(call->arena, "/", call->path.segments[0], *of->url == '/' ? "" : "/",
                      arena_dup(call->arena, of->url,
                                query != NULL ? (size_t)(query - of->url) : strlen(of->url)),
                      NULL);
    part->query = query != NULL ? query + 1 : "";
    part->target = path;
    part->method_text = of->method;
    part->method = mock_method_of(of->method);
    part->body = body == NULL || cJSON_IsNull(body) ? "" : json_text(call->arena, body);
    part->body_len = strlen(part->body);
    part->route = NULL;
    part->allowed = 0;
    part->request_id[0] = '\0';
    memcpy(part->request_id, call->request_id, sizeof part->request_id);
    fill_headers(call, json_get(of->request, "headers"), part);
    return uri_parse_path(call->arena, path, strlen(path), &part->path) &&
           uri_parse_params(call->arena, part->query, strlen(part->query), &part->params);
}

static void answer_part(struct mock_call *call, const struct part *part,
                        const struct mock_reply *of, cJSON *responses)
{
    cJSON *response = cJSON_CreateObject(), *headers, *body = NULL;
    struct err err;

    cJSON_AddStringToObject(response, "id", part->id);
    cJSON_AddNumberToObject(response, "status", of->status);
    headers = cJSON_AddObjectToObject(response, "headers");
    for (size_t i = 0; i < of->header_count; i++) {
        cJSON_AddStringToObject(headers, of->headers[i].name, of->headers[i].value);
    }
    if (of->body.len > 0) {
        const char *text = arena_dup(call->arena, of->body.data, of->body.len);

        cJSON_AddItemToObject(response, "body",
                              json_parse(call->arena, text, of->body.len, JSON_PLAIN, &body, &err)
                                  ? cJSON_Duplicate(body, true)
                                  : cJSON_CreateString(text));
    }
    cJSON_AddItemToArray(responses, response);
}

/* Whether all that it waits for are done; *ret_failed: one of them failed. */
static bool is_ready(const struct part *parts, size_t count, const struct part *part,
                     bool *ret_failed)
{
    const cJSON *name;

    *ret_failed = false;
    cJSON_ArrayForEach(name, json_get(part->request, "dependsOn"))
    {
        const struct part *other = NULL;

        for (size_t i = 0; i < count; i++) {
            if (str_ieq(parts[i].id, cJSON_GetStringValue(name))) {
                other = &parts[i];
            }
        }
        if (other == NULL || other->status >= 400) {
            *ret_failed = true;
        } else if (other->status == 0) {
            return false;
        }
    }
    return true;
}

static void run_part(struct mock_call *call, struct part *part, bool failed, cJSON *responses)
{
    struct mock_reply reply = {.body = STRBUF(0)};
    struct mock_call inner;

    if (failed) {
        graph_refuse(call, &reply, GRAPH_FAILED_DEPENDENCY, NULL, NULL);
    } else if (!make_call(call, part, &inner)) {
        graph_refuse(call, &reply, GRAPH_BAD_TARGET, NULL, NULL);
    } else {
        mock_route_find(&inner);
        if (inner.route == NULL) {
            inner.service->miss(&inner, &reply);
        } else if (inner.route->handle == graph_batch) {
            graph_refuse(call, &reply, GRAPH_BAD_BATCH, "A batch cannot hold another one.", NULL);
        } else if (inner.service->admit(&inner, &reply)) {
            inner.route->handle(&inner, &reply);
        }
    }
    part->status = reply.status;
    answer_part(call, part, &reply, responses);
    strbuf_finish(&reply.body);
}

void graph_batch(struct mock_call *call, struct mock_reply *reply)
{
    const cJSON *body = graph_body(call, reply), *requests = json_get(body, "requests"), *item;
    struct part parts[PARTS_MAX];
    size_t count = 0, done = 0;
    cJSON *answer, *responses;
    bool moved = true;

    if (body == NULL) {
        return;
    }
    if (!cJSON_IsArray(requests) || cJSON_GetArraySize(requests) == 0 ||
        cJSON_GetArraySize(requests) > PARTS_MAX) {
        (void)fail(call, reply,
                   cJSON_GetArraySize(requests) > PARTS_MAX
                       ? "Number of batch request steps exceeds the maximum value of 20."
                       : "The batch has no requests.");
        return;
    }
    cJSON_ArrayForEach(item, requests)
    {
        if (!read_part(call, reply, item, parts, count, &parts[count])) {
            return;
        }
        count++;
    }
    answer = json_new_object(call->arena);
    responses = cJSON_AddArrayToObject(answer, "responses");
    /* Those that wait for each other in a circle never become ready: they fail. */
    while (done < count) {
        bool force = !moved;

        moved = false;
        for (size_t i = 0; i < count; i++) {
            bool failed = false;

            if (parts[i].status == 0 &&
                (is_ready(parts, count, &parts[i], &failed) || (force && !moved))) {
                run_part(call, &parts[i], failed || force, responses);
                moved = true;
                done++;
            }
        }
    }
    mock_reply_json(call, reply, 200, answer);
}
