/* Rows of the state, and what people do in portals, through the control API. */
#include <stdio.h>
#include <string.h>

#include "base/json_writer.h"
#include "control/control.h"
#include "control/fault.h"
#include "control/names.h"
#include "store/store.h"

void control_state_list(struct mock_call *call, struct mock_reply *reply)
{
    cJSON *body = json_new_object(call->arena);
    cJSON *tables = cJSON_AddArrayToObject(body, "tables");

    for (size_t i = 0; i < mock_service_count; i++) {
        for (size_t j = 0; j < mock_services[i]->table_count; j++) {
            cJSON_AddItemToArray(tables, cJSON_CreateString(arena_printf(
                                             call->arena, "%s/%s", mock_services[i]->name,
                                             mock_services[i]->tables[j].name)));
        }
        if (mock_services[i]->state_list != NULL) {
            pthread_mutex_lock(&call->world->lock);
            mock_services[i]->state_list(call, tables);
            pthread_mutex_unlock(&call->world->lock);
        }
    }
    mock_reply_json(call, reply, 200, body);
}

static const struct mock_state_table *find_table(const char *service, const char *table)
{
    for (size_t i = 0; i < mock_service_count; i++) {
        for (size_t j = 0; j < mock_services[i]->table_count; j++) {
            if (str_eq(mock_services[i]->name, service) &&
                strcmp(mock_services[i]->tables[j].name, table) == 0) {
                return &mock_services[i]->tables[j];
            }
        }
    }
    return NULL;
}

/* "dataverse@fabrikam.crm.dynamics.com": the service, and which organization of it. */
static const char *split_host(struct mock_call *call, const char **ret_host)
{
    const char *at = strchr(call->vars[0], '@');

    *ret_host = at != NULL ? at + 1 : NULL;
    return mock_service_canonical(
        at != NULL ? arena_dup(call->arena, call->vars[0], (size_t)(at - call->vars[0]))
                   : call->vars[0]);
}

static void write_rows(struct mock_call *call, const struct mock_state_table *table,
                       const char *after, int64_t limit, struct json_writer *writer)
{
    AUTO(db_rows) rows = {0};

    store_query(&rows, call->db, table->sql, DB_ARGS(db_text(after), db_int(limit)));
    while (store_next(&rows)) {
        jw_raw(writer, db_column_text(&rows, 1));
    }
}

/* By the service's own function, where one SELECT is not enough. */
static bool write_own(struct mock_call *call, const char *service, const char *host,
                      const char *after, int64_t limit, struct json_writer *writer)
{
    for (size_t i = 0; i < mock_service_count; i++) {
        if (str_eq(mock_services[i]->name, service) && mock_services[i]->state != NULL) {
            return mock_services[i]->state(call, host, call->vars[1], after, limit, writer);
        }
    }
    return false;
}

void control_state_get(struct mock_call *call, struct mock_reply *reply)
{
    static const char *const names[] = {"limit", "after"};
    const char *host, *service = split_host(call, &host);
    const struct mock_state_table *table = host == NULL ? find_table(service, call->vars[1]) : NULL;
    const char *after = uri_param(&call->params, "after");
    struct json_writer writer = JSON_WRITER(&reply->body);
    bool found = table != NULL;
    int64_t limit;

    if (!control_params(call, reply, names, ARRAY_LEN(names)) ||
        !control_param_int(call, reply, "limit", 1, INT64_MAX, INT64_MAX, &limit)) {
        return;
    }
    after = after != NULL ? after : "";
    jw_object(&writer);
    jw_key(&writer, "rows");
    jw_array(&writer);
    pthread_mutex_lock(&call->world->lock);
    if (table != NULL) {
        write_rows(call, table, after, limit, &writer);
    } else {
        found = write_own(call, service, host, after, limit, &writer);
    }
    pthread_mutex_unlock(&call->world->lock);
    jw_array_end(&writer);
    jw_object_end(&writer);
    reply->status = 200;
    if (!found) {
        control_refuse(call, reply, 404, "not_found",
                       arena_printf(call->arena,
                                    "there is no table %s/%s; GET /_mock/state lists them",
                                    call->vars[0], call->vars[1]),
                       NULL);
    }
}

static void describe(cJSON *list, const struct mock_action *action)
{
    cJSON *item = cJSON_CreateObject();
    cJSON *params = cJSON_CreateArray();

    cJSON_AddStringToObject(item, "actor", action->actor);
    cJSON_AddStringToObject(item, "action", action->name);
    cJSON_AddStringToObject(item, "about", action->about);
    for (size_t i = 0; i < MOCK_MAX_PARAMS && action->params[i].name != NULL; i++) {
        cJSON *param = cJSON_CreateObject();

        cJSON_AddStringToObject(param, "name", action->params[i].name);
        cJSON_AddStringToObject(param, "type", action->params[i].kind);
        cJSON_AddBoolToObject(param, "required", action->params[i].required);
        cJSON_AddStringToObject(param, "about", action->params[i].about);
        cJSON_AddItemToArray(params, param);
    }
    cJSON_AddItemToObject(item, "parameters", params);
    cJSON_AddStringToObject(item, "result", action->result);
    cJSON_AddItemToArray(list, item);
}

void control_actions_get(struct mock_call *call, struct mock_reply *reply)
{
    cJSON *body = json_new_object(call->arena);
    cJSON *list = cJSON_AddArrayToObject(body, "actions");

    for (size_t i = 0; i < mock_service_count; i++) {
        for (size_t j = 0; j < mock_services[i]->action_count; j++) {
            describe(list, &mock_services[i]->actions[j]);
        }
    }
    mock_reply_json(call, reply, 200, body);
}

static bool of_kind(const cJSON *value, const char *kind)
{
    int64_t number;

    return strcmp(kind, "string") == 0    ? cJSON_IsString(value)
           : strcmp(kind, "boolean") == 0 ? cJSON_IsBool(value)
           : strcmp(kind, "integer") == 0 ? json_int(value, &number)
                                          : cJSON_IsObject(value);
}

static bool check_params(const struct mock_action *action, const cJSON *with, struct err *err)
{
    const char *names[MOCK_MAX_PARAMS];
    size_t count = 0;

    while (count < MOCK_MAX_PARAMS && action->params[count].name != NULL) {
        names[count] = action->params[count].name;
        count++;
    }
    if (!json_only(with, "", names, count, err)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        const struct mock_param *param = &action->params[i];
        const cJSON *value = json_get(with, param->name);

        if (value == NULL ? param->required : !of_kind(value, param->kind)) {
            (void)err_set(err, ERR_CONFIG, "\"%s\": expected %s %s, found %s", param->name,
                          strchr("aeio", *param->kind) != NULL ? "an" : "a", param->kind,
                          json_kind(value));
            (void)snprintf(err->pointer, sizeof err->pointer, "/%s", param->name);
            return false;
        }
    }
    return true;
}

void mock_action_refuse(struct mock_call *call, struct mock_reply *reply, const char *code,
                        const char *message, const char *pointer)
{
    control_refuse(call, reply, 409, code, message, pointer);
}

static const struct mock_action *find_action(const char *actor, const char *name,
                                             const struct mock_service **ret_service)
{
    for (size_t i = 0; i < mock_service_count; i++) {
        for (size_t j = 0; j < mock_services[i]->action_count; j++) {
            const struct mock_action *action = &mock_services[i]->actions[j];

            if (strcmp(action->actor, actor) == 0 && strcmp(action->name, name) == 0) {
                *ret_service = mock_services[i];
                return action;
            }
        }
    }
    return NULL;
}

/* With the world's lock held; what was refused leaves nothing behind. */
static void run_action(struct mock_call *call, const struct mock_service *service,
                       const struct mock_action *action, const cJSON *with,
                       struct mock_reply *reply)
{
    call->service = service;
    call->now_ms = clock_now_ms(&call->world->clock);
    store_run(call->db, "BEGIN", DB_NO_ARGS);
    action->run(call, with, reply);
    store_run(call->db, reply->status < 300 ? "COMMIT" : "ROLLBACK", DB_NO_ARGS);
}

/* "actor/action" */
static const struct mock_action *find_path(struct arena *arena, const char *path,
                                           const struct mock_service **ret_service)
{
    const char *slash = strchr(path, '/');

    return slash == NULL ? NULL
                         : find_action(arena_dup(arena, path, (size_t)(slash - path)), slash + 1,
                                       ret_service);
}

bool control_act_check(const char *path, const cJSON *with, struct err *err)
{
    AUTO(arena) arena = {0};
    const struct mock_service *service;
    const struct mock_action *action = path != NULL ? find_path(&arena, path, &service) : NULL;
    const cJSON *params = with != NULL ? with : json_new_object(&arena);

    if (action == NULL) {
        (void)err_set(err, ERR_CONFIG,
                      "expected an action such as \"azure-ad/roll-signing-key\"; GET "
                      "/_mock/actions lists them");
        err_at(err, "/action/action");
        return false;
    }
    if (json_get(params, "password") != NULL) { /* a rule is kept as it is, and shown */
        (void)err_set(err, ERR_CONFIG, "a rule keeps no password");
        err_at(err, "/action/with/password");
        return false;
    }
    if (!cJSON_IsObject(params) || !check_params(action, params, err)) {
        const char *member = arena_strdup(&arena, err->pointer);

        if (!cJSON_IsObject(params)) {
            (void)err_set(err, ERR_CONFIG, "expected an object, found %s", json_kind(params));
            member = "";
        }
        err_at(err, arena_printf(&arena, "/action/with%s", member));
        return false;
    }
    return true;
}

void control_act(const struct mock_call *call, const struct mock_fault *fault)
{
    const struct mock_service *service = NULL;
    const struct mock_action *action = find_path(call->arena, fault->person, &service);
    const cJSON *with = fault->with != NULL ? fault->with : json_new_object(call->arena);
    struct mock_call inner = *call; /* the request knows nothing of it */
    struct mock_reply reply = {0};

    if (action == NULL) {
        return; /* the rule comes from a file of a program that had it */
    }
    inner.rule_count = 0;
    run_action(&inner, service, action, with, &reply);
    mock_fault_said(call->world, fault, strbuf_text(&reply.body));
    log_event(&call->world->log, "fault.person", "rule=%lld action=%s status=%d",
              (long long)fault->id, fault->person, reply.status);
    strbuf_finish(&reply.body);
}

void control_action_post(struct mock_call *call, struct mock_reply *reply)
{
    const struct mock_service *service = NULL;
    const struct mock_action *action = find_action(call->vars[0], call->vars[1], &service);
    cJSON *with;
    struct err err;

    if (action == NULL) {
        control_refuse(call, reply, 404, "not_found",
                       arena_printf(call->arena,
                                    "there is no action %s/%s; GET /_mock/actions lists "
                                    "them",
                                    call->vars[0], call->vars[1]),
                       NULL);
        return;
    }
    if (!control_body(call, reply, &with)) {
        return;
    }
    if (!check_params(action, with, &err)) {
        control_bad(call, reply, &err);
        return;
    }
    pthread_mutex_lock(&call->world->lock);
    run_action(call, service, action, with, reply);
    pthread_mutex_unlock(&call->world->lock);
}
