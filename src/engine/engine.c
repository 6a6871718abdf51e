#include "engine/engine.h"

#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/iso8601.h"
#include "base/mem.h"
#include "base/str.h"
#include "state/intent.h"

static const char *const outcome_words[] = {"done", "failed", "usage", "refused", "unreachable"};

static void copy_error(const struct sync_problem *problem, struct crmsync_error *err)
{
    if (err != NULL) {
        *err = problem->error;
    }
}

/* Gives back everything but the transport's connections and the database. */
static void free_rest(struct crmsync *engine)
{
    sync_tokens_finish(&engine->tokens);
    mem_free(engine->handed_out.object);
    mem_free(engine->handed_out.detail);
    if (engine->env.transport.destroy != NULL) {
        engine->env.transport.destroy(engine->env.transport.ctx);
    }
    arena_finish(&engine->arena);
    mem_free(engine);
}

static bool open_parts(struct crmsync *engine, const char *config, struct sync_problem *problem)
{
    const struct crmsync_env *given = &engine->env.given;

    if (given->transport != NULL) {
        engine->env.transport = *given->transport;
    } else if (!crmsync_transport_curl(NULL, &engine->env.transport, &problem->error)) {
        return false;
    }
    return sync_config_read(&engine->arena, config, given->config_dir, &engine->config, problem) &&
           sync_store_open(&engine->store, &engine->env, engine->config.state, problem);
}

struct crmsync *crmsync_open(const char *config, const struct crmsync_env *env,
                             struct crmsync_error *err)
{
    struct crmsync *engine = mem_alloc(sizeof *engine);
    struct sync_problem problem = {0};

    engine->store.lock = -1;
    sync_env_init(&engine->env, env);
    if (!open_parts(engine, config, &problem)) {
        sync_store_abandon(&engine->store);
        free_rest(engine);
        copy_error(&problem, err);
        return NULL;
    }
    return engine;
}

void sync_engine_hand_out(struct crmsync *engine, int64_t intent, const char *object,
                          const char *detail)
{
    engine->handed_out.intent = intent;
    engine->handed_out.object = mem_strdup(object);
    engine->handed_out.detail = mem_strdup(detail);
}

/* The caller is back, so he has got what the last call returned. */
static bool note_receipt(struct crmsync *engine, struct sync_problem *problem)
{
    int64_t intent = engine->handed_out.intent;
    char *object = engine->handed_out.object, *detail = engine->handed_out.detail;
    bool ok;

    if (intent == 0) {
        return true;
    }
    ok = sync_intent_end(&engine->store, intent, SYNC_INTENT_MADE, object, detail, problem);
    if (ok) {
        mem_free(object);
        mem_free(detail);
        memset(&engine->handed_out, 0, sizeof engine->handed_out);
    }
    return ok;
}

void crmsync_close(struct crmsync *engine)
{
    struct sync_problem ignored;

    if (engine == NULL) {
        return;
    }
    if (engine->env.died || !note_receipt(engine, &ignored)) {
        crmsync_abandon(engine);
        return;
    }
    sync_store_close(&engine->store);
    free_rest(engine);
}

void crmsync_abandon(struct crmsync *engine)
{
    if (engine != NULL) {
        sync_store_abandon(&engine->store);
        free_rest(engine);
    }
}

void crmsync_stop(struct crmsync *engine)
{
    atomic_store(&engine->env.stop, true);
}

int64_t crmsync_next_due(const struct crmsync *engine)
{
    return engine->env.due_ms;
}

void crmsync_free(char *text)
{
    if (text != NULL) {
        mem_wipe(text, strlen(text)); /* a result may hold a new secret */
        free(text);
    }
}

bool sync_engine_secret(struct crmsync *engine, enum sync_secret_id id, char **ret,
                        struct sync_problem *problem)
{
    const struct crmsync_env *given = &engine->env.given;

    if (given->secret == NULL) {
        return sync_secret_find(&engine->config, id, ret, problem);
    }
    *ret = given->secret(given->ctx, sync_secret_names[id]);
    /* A person who was asked for it may have stopped everything instead. */
    return *ret != NULL || sync_env_may_go_on(&engine->env, problem);
}

bool sync_call_refuse(struct sync_call *call, const char *name, const char *expected)
{
    const cJSON *item = json_get(call->with, name);
    const char *at = json_pointer_add(call->arena, "", name);

    (void)sync_fail(call->problem, CRMSYNC_USAGE, "usage", "parameter at %s: expected %s, found %s",
                    at, expected, cJSON_IsString(item) ? "another text" : json_kind(item));
    sync_problem_at(call->problem, at);
    return false;
}

/* What a table's type is in words. */
static const char *expected_of(const struct json_field *field)
{
    return field->type == JSON_BOOL ? "true or false" : "a string";
}

/* Fails on a member that no row knows, then on one that lacks: a misspelt one is both. */
static bool check_members(struct sync_call *call, const struct json_field *fields, size_t count,
                          struct err *err)
{
    const char **names = arena_array(call->arena, count, sizeof *names);

    for (size_t i = 0; i < count; i++) {
        names[i] = fields[i].name;
    }
    return json_only(call->with, "", names, count, err);
}

bool sync_call_read(struct sync_call *call, const struct json_field *fields, size_t count,
                    void *ret)
{
    struct err err;

    if (!check_members(call, fields, count, &err)) {
        (void)sync_fail(call->problem, CRMSYNC_USAGE, "usage", "parameter at %s: %s", err.pointer,
                        err.text);
        sync_problem_at(call->problem, err.pointer);
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        const cJSON *item = json_get(call->with, fields[i].name);
        bool missing = item == NULL || cJSON_IsNull(item);

        if (missing ? fields[i].need == REQUIRED
                    : !json_read(call->with, "", &fields[i], 1, ret, &err)) {
            return sync_call_refuse(call, fields[i].name, expected_of(&fields[i]));
        }
    }
    return true;
}

static bool run_operation(struct sync_call *call, const char *name, const char *json_in)
{
    const struct sync_operation *operation = NULL;
    cJSON *with;
    struct err err;

    for (size_t i = 0; i < sync_operation_count; i++) {
        if (str_eq(sync_operations[i].name, name)) {
            operation = &sync_operations[i];
        }
    }
    if (operation == NULL) {
        return sync_operation_unknown(name, call->problem);
    }
    json_in = json_in != NULL ? json_in : "{}";
    if (!json_parse(call->arena, json_in, strlen(json_in), JSON_PLAIN, &with, &err)) {
        (void)sync_fail(call->problem, CRMSYNC_USAGE, "usage", "the parameters: %s", err.text);
        sync_problem_at(call->problem, err.pointer);
        return false;
    }
    if (!cJSON_IsObject(with)) {
        return sync_fail(call->problem, CRMSYNC_USAGE, "usage",
                         "the parameters: expected an object, found %s", json_kind(with));
    }
    call->with = with;
    return sync_env_may_go_on(&call->engine->env, call->problem) &&
           (operation->looks_only || note_receipt(call->engine, call->problem)) &&
           operation->run(call);
}

static void add_text(cJSON *object, const char *name, const char *text)
{
    if (text != NULL && *text != '\0') {
        cJSON_AddStringToObject(object, name, text);
    } else {
        cJSON_AddNullToObject(object, name);
    }
}

static void add_error(cJSON *result, const struct sync_problem *problem)
{
    cJSON *error = cJSON_AddObjectToObject(result, "error");

    add_text(error, "code", problem->error.code);
    add_text(error, "message", problem->error.message);
    add_text(error, "fix", problem->error.fix);
    add_text(error, "service", problem->error.service);
    if (problem->error.status != 0) {
        cJSON_AddNumberToObject(error, "status", problem->error.status);
    } else {
        cJSON_AddNullToObject(error, "status");
    }
    add_text(error, "pointer", problem->pointer);
    if (problem->remote_code[0] != '\0') {
        cJSON_AddStringToObject(error, "remoteCode", problem->remote_code);
    }
    if (problem->resume_ms != 0) {
        char at[ISO8601_SIZE];

        iso8601_format(problem->resume_ms, at);
        cJSON_AddStringToObject(result, "resumeAt", at);
    }
}

/* The result as text of malloc(); the tree's own copy of a secret is wiped. */
static char *finish_result(struct sync_call *call, enum crmsync_outcome outcome)
{
    cJSON *secret = json_get(call->result, "secret");
    cJSON *text = json_get(secret != NULL ? secret : call->result, "secretText");
    char *json;

    cJSON_DeleteItemFromObjectCaseSensitive(call->result, "outcome");
    cJSON_AddStringToObject(call->result, "outcome", outcome_words[outcome]);
    if (outcome != CRMSYNC_DONE) {
        add_error(call->result, call->problem);
    }
    json = cJSON_PrintUnformatted(call->result);
    if (cJSON_IsString(text)) {
        mem_wipe(text->valuestring, strlen(text->valuestring));
    }
    return json;
}

enum crmsync_outcome crmsync_call(struct crmsync *engine, const char *operation,
                                  const char *json_in, char **json_out, struct crmsync_error *err)
{
    AUTO(arena) arena = {0};
    struct sync_problem problem = {0};
    struct sync_call call = {.engine = engine, .arena = &arena, .problem = &problem};
    enum crmsync_outcome outcome;

    call.result = json_new_object(&arena);
    outcome = run_operation(&call, operation, json_in) ? CRMSYNC_DONE : problem.outcome;
    atomic_store(&engine->env.stop, false);
    if (err != NULL && outcome != CRMSYNC_DONE) {
        *err = problem.error;
    }
    if (outcome == CRMSYNC_DIED) {
        *json_out = NULL;
        return outcome;
    }
    log_event(&engine->env.log, "operation.end", "name=%s outcome=%s%s%s", operation,
              outcome_words[outcome], outcome != CRMSYNC_DONE ? " code=" : "", problem.error.code);
    *json_out = finish_result(&call, outcome);
    return outcome;
}
