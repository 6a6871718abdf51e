#include "control/control.h"

#include <string.h>

#include "base/iso8601.h"
#include "server/hub.h"
#include "server/router.h"
#include "store/store.h"

static void health(struct mock_call *call, struct mock_reply *reply)
{
    struct mock_listener_counts counts = mock_hub_counts(call->world);
    cJSON *body = json_new_object(call->arena);
    bool limits;

    pthread_mutex_lock(&call->world->lock);
    limits = store_setting_bool(call->db, "tenant", "limits");
    pthread_mutex_unlock(&call->world->lock);
    cJSON_AddStringToObject(body, "status", "ok");
    cJSON_AddNumberToObject(body, "refused", (double)counts.refused);
    cJSON_AddNumberToObject(body, "connections", (double)counts.connections);
    cJSON_AddStringToObject(body, "version", PROJECT_VERSION);
    cJSON_AddStringToObject(body, "world", call->world->name);
    cJSON_AddStringToObject(body, "limits", limits ? "on" : "off");
    mock_reply_json(call, reply, 200, body);
}

static void ca_pem(struct mock_call *call, struct mock_reply *reply)
{
    const char *pem = mock_hub_ca_pem(call->world->hub);

    if (pem == NULL) {
        control_refuse(call, reply, 404, "not_found", "this world is served without TLS", NULL);
    } else {
        mock_reply_text(reply, 200, "application/x-pem-file", pem);
    }
}

/* clang-format off */
static const struct mock_route routes[] = {
    {HTTP_GET,    "/_mock",                            control_console,          "contract-4"},
    {HTTP_GET,    "/_mock/",                           control_console,          "contract-4"},
    {HTTP_GET,    "/_mock/actions",                    control_actions_get,      "contract-4"},
    {HTTP_POST,   "/_mock/actions/{actor}/{action}",   control_action_post,      "contract-4"},
    {HTTP_GET,    "/_mock/ca.pem",                     ca_pem,                   "contract-4"},
    {HTTP_GET,    "/_mock/clock",                      control_clock_get,        "contract-4"},
    {HTTP_PUT,    "/_mock/clock",                      control_clock_put,        "contract-4"},
    {HTTP_GET,    "/_mock/faults",                     control_faults_get,       "contract-4"},
    {HTTP_POST,   "/_mock/faults",                     control_faults_post,      "contract-4"},
    {HTTP_DELETE, "/_mock/faults",                     control_faults_delete,    "contract-4"},
    {HTTP_DELETE, "/_mock/faults/{id}",                control_fault_delete,     "contract-4"},
    {HTTP_GET,    "/_mock/health",                     health,                   "contract-4"},
    {HTTP_GET,    "/_mock/journal",                    control_journal_get,      "contract-4"},
    {HTTP_DELETE, "/_mock/journal",                    control_journal_delete,   "contract-4"},
    {HTTP_POST,   "/_mock/journal/verify",             control_journal_verify,   "contract-4"},
    {HTTP_POST,   "/_mock/reset",                      control_reset,            "contract-4"},
    {HTTP_GET,    "/_mock/snapshots",                  control_snapshots_get,    "contract-4"},
    {HTTP_POST,   "/_mock/snapshots",                  control_snapshots_post,   "contract-4"},
    {HTTP_DELETE, "/_mock/snapshots/{id}",             control_snapshot_delete,  "contract-4"},
    {HTTP_POST,   "/_mock/snapshots/{id}/restore",     control_snapshot_restore, "contract-4"},
    {HTTP_GET,    "/_mock/state",                      control_state_list,       "contract-4"},
    {HTTP_GET,    "/_mock/state/{service}/{table}",    control_state_get,        "contract-4"},
    {HTTP_GET,    "/_mock/worlds",                     control_worlds_get,       "contract-4"},
    {HTTP_POST,   "/_mock/worlds",                     control_worlds_post,      "contract-4"},
    {HTTP_DELETE, "/_mock/worlds/{id}",                control_world_delete,     "contract-4"},
};
/* clang-format on */

static const struct mock_service service = {
    .name = "control",
    .routes = routes,
    .route_count = ARRAY_LEN(routes),
};

void control_refuse(struct mock_call *call, struct mock_reply *reply, int status, const char *code,
                    const char *message, const char *pointer)
{
    cJSON *body = json_new_object(call->arena);
    cJSON *error = cJSON_AddObjectToObject(body, "error");

    cJSON_AddStringToObject(error, "code", code);
    cJSON_AddStringToObject(error, "message", message);
    if (pointer != NULL) {
        cJSON_AddStringToObject(error, "pointer", pointer);
    } else {
        cJSON_AddNullToObject(error, "pointer");
    }
    mock_reply_json(call, reply, status, body);
}

void control_bad(struct mock_call *call, struct mock_reply *reply, const struct err *err)
{
    control_refuse(call, reply, 400, "bad_request", err->text,
                   *err->pointer != '\0' ? err->pointer : NULL);
}

bool control_body(struct mock_call *call, struct mock_reply *reply, cJSON **ret)
{
    struct err err;

    if (call->body_len == 0) {
        *ret = json_new_object(call->arena);
        return true;
    }
    if (!json_parse(call->arena, call->body, call->body_len, JSON_PLAIN, ret, &err)) {
        control_bad(call, reply, &err);
        return false;
    }
    if (!cJSON_IsObject(*ret)) {
        control_refuse(call, reply, 400, "bad_request", "the body must be a JSON object", "");
        return false;
    }
    return true;
}

bool control_no_body(struct mock_call *call, struct mock_reply *reply)
{
    cJSON *body;
    struct err err;

    if (!control_body(call, reply, &body)) {
        return false;
    }
    if (!json_only(body, "", NULL, 0, &err)) {
        control_bad(call, reply, &err);
        return false;
    }
    return true;
}

bool control_params(struct mock_call *call, struct mock_reply *reply, const char *const *names,
                    size_t count)
{
    for (size_t i = 0; i < call->params.count; i++) {
        const char *name = call->params.items[i].name;
        const char *near;
        bool known = false;

        for (size_t j = 0; j < count && !known; j++) {
            known = strcmp(names[j], name) == 0;
        }
        if (known && uri_param_count(&call->params, name) == 1) {
            continue;
        }
        near = str_nearest(name, names, count);
        control_refuse(call, reply, 400, "bad_request",
                       arena_printf(call->arena,
                                    known ? "the parameter \"%s\" stands twice%s%s%s"
                                          : "unknown parameter \"%s\"%s%s%s",
                                    name, !known && near != NULL ? ", did you mean \"" : "",
                                    !known && near != NULL ? near : "",
                                    !known && near != NULL ? "\"?" : ""),
                       NULL);
        return false;
    }
    return true;
}

bool control_param_int(struct mock_call *call, struct mock_reply *reply, const char *name,
                       int64_t least, int64_t most, int64_t otherwise, int64_t *ret)
{
    const char *text = uri_param(&call->params, name);

    *ret = otherwise;
    if (text != NULL && !str_int(text, least, most, ret)) {
        control_refuse(call, reply, 400, "bad_request",
                       arena_printf(call->arena, "\"%s\": expected an integer from %lld to %lld",
                                    name, (long long)least, (long long)most),
                       NULL);
        return false;
    }
    return true;
}

/*
 * A web page whose host name was rebound to loopback must stay out, and so must one of another
 * origin: both would reach this port with a browser's help.
 */
static bool allowed(struct mock_call *call, struct mock_reply *reply)
{
    const char *origin = mock_call_header(call, "Origin");

    if (!mock_hub_allows(call->world->hub, call->host)) {
        control_refuse(
            call, reply, 403, "host_refused",
            "the control API answers under IP addresses, localhost, the name of --listen "
            "and those of --allow-host",
            NULL);
        return false;
    }
    if (origin != NULL && !str_ieq(origin, mock_call_origin(call))) {
        control_refuse(call, reply, 403, "origin_refused",
                       "the Origin header names another origin than this one", NULL);
        return false;
    }
    return true;
}

/* These read their own parameters; all other calls take none. */
static bool takes_params(const struct mock_route *route)
{
    return route->handle == control_journal_get || route->handle == control_state_get ||
           route->handle == control_console;
}

static void answer(struct mock_call *call, struct mock_reply *reply, bool good_target)
{
    if (!allowed(call, reply)) {
        return;
    }
    if (!good_target) {
        control_refuse(call, reply, 400, "bad_request",
                       "the path or the query has a broken percent escape or %00", NULL);
        return;
    }
    mock_route_find(call);
    if (call->route != NULL) {
        if (takes_params(call->route) || control_params(call, reply, NULL, 0)) {
            call->route->handle(call, reply);
        }
    } else if (call->allowed != 0) {
        const char *methods = mock_method_names(call->arena, call->allowed);

        mock_reply_header(reply, "Allow", methods);
        control_refuse(call, reply, 405, "method_not_allowed",
                       arena_printf(call->arena, "expected %s", methods), NULL);
    } else {
        control_refuse(call, reply, 404, "not_found",
                       arena_printf(call->arena, "there is no %s", call->path.text), NULL);
    }
}

void mock_control(struct mock_world *world, struct mock_exchange *exchange, bool good_target)
{
    struct mock_call *call = &exchange->call;
    struct mock_reply *reply = &exchange->reply;

    char *date = arena_alloc(call->arena, ISO8601_SIZE);

    call->service = &service;
    call->method = mock_method_of(call->method_text);
    call->now_ms = clock_now_ms(&world->clock);
    answer(call, reply, good_target);
    iso8601_format_http(clock_now_ms(&world->clock), date);
    mock_reply_header(reply, "Date", date);
    if (reply->body.len > 0) {
        for (size_t i = 0; i < reply->header_count; i++) {
            if (strcmp(reply->headers[i].name, "Content-Type") == 0) {
                return;
            }
        }
        mock_reply_header(reply, "Content-Type", "application/json; charset=utf-8");
    }
    mock_reply_header(reply, "Cache-Control", "no-store");
}
