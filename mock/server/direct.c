/* Requests without a socket: the caller's thread goes the same way as a listener's. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "mocktenant.h"
#include "server/held.h"
#include "server/hub_state.h"
#include "server/router.h"
#include "server/serve.h"
#include "server/service.h"
#include "store/load.h"

struct direct {
    struct mock_exchange exchange;
    struct mock_world *world;
    mocktenant_done *done;
    void *arg;
    uint64_t id;
};

static void tell(struct direct *direct)
{
    const struct mock_exchange *exchange = &direct->exchange;
    const struct mock_reply *reply = &exchange->reply;
    struct mocktenant_response response = {0};
    struct mocktenant_header headers[MOCK_MAX_HEADERS];

    if (exchange->sending.drop) {
        response.dropped = true;
        direct->done(direct->arg, &response);
        return;
    }
    for (size_t i = 0; i < reply->header_count; i++) {
        headers[i].name = reply->headers[i].name;
        headers[i].value = reply->headers[i].value;
    }
    response.status = reply->status;
    response.headers = headers;
    response.header_count = reply->header_count;
    response.body = strbuf_text(&reply->body);
    response.body_len = reply->body.len;
    if (strcmp(exchange->call.method_text, "HEAD") == 0) {
        response.body = "";
        response.body_len = 0;
    }
    if (exchange->sending.cut_at >= 0 && (size_t)exchange->sending.cut_at < response.body_len) {
        response.cut = true;
        response.body_len = (size_t)exchange->sending.cut_at;
    }
    direct->done(direct->arg, &response);
}

static void send_direct(struct mock_exchange *exchange)
{
    struct direct *direct = exchange->transport;

    mock_served(direct->world, exchange);
    if (!exchange->cancelled) {
        tell(direct);
    }
    mock_exchange_finish(exchange);
    mem_free(direct);
}

static void copy_request(struct mock_call *call, struct arena *arena,
                         const struct mocktenant_request *request)
{
    struct mock_header *headers = arena_array(arena, request->header_count + 1, sizeof *headers);

    call->method_text = arena_strdup(arena, request->method);
    call->scheme = "https";
    call->authority = arena_strdup(arena, request->host != NULL ? request->host : "127.0.0.1");
    call->target = arena_strdup(arena, request->target);
    for (size_t i = 0; i < request->header_count; i++) {
        headers[i].name = arena_strdup(arena, request->headers[i].name);
        headers[i].value = arena_strdup(arena, request->headers[i].value);
    }
    call->headers = headers;
    call->header_count = request->header_count;
    call->body_len = request->body != NULL ? request->body_len : 0;
    call->body = arena_dup(arena, request->body, call->body_len);
}

uint64_t mocktenant_submit(struct mocktenant *mock, const struct mocktenant_request *request,
                           mocktenant_done *done, void *arg)
{
    struct direct *direct = mem_alloc(sizeof *direct);
    struct mock_exchange *exchange = &direct->exchange;
    uint64_t id = atomic_fetch_add(&mock->request_count, 1) + 1;

    direct->world = mock_hub_first(mock);
    direct->done = done;
    direct->arg = arg;
    exchange->id = id;
    exchange->send = send_direct;
    exchange->transport = direct;
    copy_request(&exchange->call, &exchange->arena, request);
    if (mock_serve(direct->world, exchange)) {
        send_direct(exchange);
    }
    return id;
}

void mocktenant_cancel(struct mocktenant *mock, uint64_t id)
{
    (void)mock_held_cancel(mock_hub_first(mock)->held, id);
}

bool mocktenant_next_due(struct mocktenant *mock, int64_t *ret_due_ms, size_t *ret_held)
{
    return mock_held_next_due(mock_hub_first(mock)->held, ret_due_ms, ret_held);
}

struct control_answer {
    int status;
    char *body;
};

static void take_answer(void *arg, const struct mocktenant_response *response)
{
    struct control_answer *answer = arg;

    answer->status = response->status;
    answer->body = mem_dup(response->body, response->body_len);
}

int mocktenant_control(struct mocktenant *mock, const char *method, const char *path,
                       const char *json, char **ret_body)
{
    const struct mocktenant_request request = {.method = method,
                                               .target = path,
                                               .body = json,
                                               .body_len = json != NULL ? strlen(json) : 0};
    struct control_answer answer = {0};

    if (!str_starts(path, "/_mock")) {
        if (ret_body != NULL) {
            *ret_body = mem_strdup("");
        }
        return 404;
    }
    (void)mocktenant_submit(mock, &request, take_answer, &answer);
    if (ret_body != NULL) {
        *ret_body = answer.body;
    } else {
        mem_free(answer.body);
    }
    return answer.status;
}

char *mocktenant_routes(void)
{
    AUTO(arena) arena = {0};
    cJSON *list = json_new_array(&arena);

    for (size_t i = 0; i < mock_service_count; i++) {
        for (size_t j = 0; j < mock_services[i]->route_count; j++) {
            const struct mock_route *route = &mock_services[i]->routes[j];
            cJSON *item = cJSON_CreateObject();

            cJSON_AddStringToObject(item, "service", mock_services[i]->name);
            cJSON_AddStringToObject(item, "method", mock_method_names(&arena, route->methods));
            cJSON_AddStringToObject(item, "template", route->template_);
            cJSON_AddStringToObject(item, "source", route->source);
            cJSON_AddItemToArray(list, item);
        }
    }
    return mem_strdup(json_text(&arena, list));
}

char *mocktenant_world_schema(void)
{
    AUTO(arena) arena = {0};

    return mem_strdup(json_text_pretty(&arena, world_schema(&arena)));
}
