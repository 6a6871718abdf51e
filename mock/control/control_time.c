/* Clock, fault rules, reset and snapshots through the control API. */
#include <stdio.h>
#include <string.h>

#include "base/iso8601.h"
#include "control/control.h"
#include "control/fault.h"
#include "control/journal.h"
#include "server/held.h"

static void reply_clock(struct mock_call *call, struct mock_reply *reply)
{
    cJSON *body = json_new_object(call->arena);
    char now[ISO8601_SIZE];

    iso8601_format(clock_now_ms(&call->world->clock), now);
    cJSON_AddStringToObject(body, "now", now);
    cJSON_AddStringToObject(body, "mode", call->world->clock.is_virtual ? "virtual" : "real");
    mock_reply_json(call, reply, 200, body);
}

void control_clock_get(struct mock_call *call, struct mock_reply *reply)
{
    reply_clock(call, reply);
}

struct clock_body {
    const char *advance, *now;
};

static const struct json_field clock_fields[] = {
    JSON_FIELD("advance", struct clock_body, advance, OPTIONAL),
    JSON_FIELD("now", struct clock_body, now, OPTIONAL),
};

static bool target_time(struct mock_call *call, struct mock_reply *reply,
                        const struct clock_body *body, int64_t *ret)
{
    int64_t now = clock_now_ms(&call->world->clock);
    struct duration duration;

    if ((body->advance == NULL) == (body->now == NULL)) {
        control_refuse(call, reply, 400, "bad_request",
                       "expected either \"advance\" (a duration) or \"now\" (a date)", "");
        return false;
    }
    if (body->advance != NULL) {
        if (!duration_parse(body->advance, &duration)) {
            control_refuse(call, reply, 400, "bad_request",
                           "expected an ISO 8601 duration such as PT15M or P1D", "/advance");
            return false;
        }
        *ret = duration_add(now, duration, 1);
        return true;
    }
    if (!iso8601_parse(body->now, ret)) {
        control_refuse(call, reply, 400, "bad_request",
                       "expected a date such as 2026-01-15T09:00:00Z", "/now");
        return false;
    }
    if (*ret < now) {
        control_refuse(call, reply, 400, "bad_request", "the clock does not go backwards", "/now");
        return false;
    }
    return true;
}

/* The last moment that dates with four digits of a year can name. */
static const int64_t last_ms = INT64_C(253402300799999);

void control_clock_put(struct mock_call *call, struct mock_reply *reply)
{
    struct clock_body body = {0};
    cJSON *json;
    struct err err;
    int64_t to_ms;

    if (!control_body(call, reply, &json)) {
        return;
    }
    if (!json_read_strict(json, "", clock_fields, ARRAY_LEN(clock_fields), &body, &err)) {
        control_bad(call, reply, &err);
        return;
    }
    if (!call->world->clock.is_virtual) {
        control_refuse(call, reply, 409, "real_clock",
                       "the clock of this world is real; start it with --clock virtual", NULL);
        return;
    }
    if (!target_time(call, reply, &body, &to_ms)) {
        return;
    }
    if (to_ms > last_ms) {
        control_refuse(call, reply, 400, "bad_request", "the clock ends with the year 9999",
                       body.now != NULL ? "/now" : "/advance");
    } else {
        mock_held_advance(call->world->held, to_ms);
        reply_clock(call, reply);
    }
}

void control_faults_get(struct mock_call *call, struct mock_reply *reply)
{
    cJSON *body = json_new_object(call->arena);

    pthread_mutex_lock(&call->world->lock);
    cJSON_AddItemToObject(body, "faults",
                          cJSON_Duplicate(mock_fault_list(call->world, call->arena), true));
    pthread_mutex_unlock(&call->world->lock);
    mock_reply_json(call, reply, 200, body);
}

void control_faults_post(struct mock_call *call, struct mock_reply *reply)
{
    cJSON *rule, *body;
    struct err err;
    int64_t id;

    if (!control_body(call, reply, &rule)) {
        return;
    }
    if (!mock_fault_check(rule, &err)) {
        control_bad(call, reply, &err);
        return;
    }
    pthread_mutex_lock(&call->world->lock);
    id = mock_fault_add(call->world, rule);
    pthread_mutex_unlock(&call->world->lock);
    body = json_clone(call->arena, rule);
    cJSON_AddNumberToObject(body, "id", (double)id);
    cJSON_AddNumberToObject(body, "hits", 0);
    if (json_get(rule, "times") != NULL) {
        cJSON_AddNumberToObject(body, "left", (double)json_get_int(rule, "times", 0));
    } else {
        cJSON_AddNullToObject(body, "left");
    }
    mock_reply_json(call, reply, 201, body);
}

void control_faults_delete(struct mock_call *call, struct mock_reply *reply)
{
    pthread_mutex_lock(&call->world->lock);
    mock_fault_clear(call->world);
    pthread_mutex_unlock(&call->world->lock);
    reply->status = 204;
}

void control_fault_delete(struct mock_call *call, struct mock_reply *reply)
{
    int64_t id = 0;
    bool found = str_int(call->vars[0], 1, INT64_MAX, &id);

    pthread_mutex_lock(&call->world->lock);
    found = found && mock_fault_remove(call->world, id);
    pthread_mutex_unlock(&call->world->lock);
    if (found) {
        reply->status = 204;
    } else {
        control_refuse(call, reply, 404, "not_found", "there is no fault rule of that id", NULL);
    }
}

/* Puts the world back; answers that wait go out first, requests that wait are dropped. */
static bool restore(struct mock_world *world, int64_t id)
{
    bool found;

    pthread_mutex_lock(&world->lock);
    found = mock_world_has_snapshot(world, id);
    pthread_mutex_unlock(&world->lock);
    if (!found) {
        return false;
    }
    mock_held_flush(world->held);
    pthread_mutex_lock(&world->lock);
    found = mock_world_restore(world, id);
    pthread_mutex_unlock(&world->lock);
    return found;
}

void control_reset(struct mock_call *call, struct mock_reply *reply)
{
    if (!control_no_body(call, reply)) {
        return;
    }
    if (restore(call->world, 0)) {
        reply_clock(call, reply);
    } else {
        control_refuse(call, reply, 409, "not_restored", "the start could not be restored", NULL);
    }
}

void control_snapshots_get(struct mock_call *call, struct mock_reply *reply)
{
    cJSON *body = json_new_object(call->arena);

    pthread_mutex_lock(&call->world->lock);
    cJSON_AddItemToObject(body, "snapshots",
                          cJSON_Duplicate(mock_world_snapshots(call->world, call->arena), true));
    pthread_mutex_unlock(&call->world->lock);
    mock_reply_json(call, reply, 200, body);
}

void control_snapshots_post(struct mock_call *call, struct mock_reply *reply)
{
    cJSON *body;
    struct err err = {0};
    char id[24];
    int64_t made;
    bool saved;

    if (!control_no_body(call, reply)) {
        return;
    }
    pthread_mutex_lock(&call->world->lock);
    made = mock_world_snapshot(call->world);
    saved = mock_world_save(call->world, &err);
    if (!saved) {
        (void)mock_world_forget(call->world, made);
    }
    pthread_mutex_unlock(&call->world->lock);
    if (!saved) {
        control_refuse(call, reply, 409, "store_failed", err.text, NULL);
        return;
    }
    snprintf(id, sizeof id, "%lld", (long long)made);
    body = json_new_object(call->arena);
    cJSON_AddStringToObject(body, "id", id);
    mock_reply_json(call, reply, 201, body);
}

static bool snapshot_id(const struct mock_call *call, int64_t *ret)
{
    return str_int(call->vars[0], 1, INT64_MAX, ret);
}

void control_snapshot_restore(struct mock_call *call, struct mock_reply *reply)
{
    int64_t id = 0;

    if (!control_no_body(call, reply)) {
        return;
    }
    if (snapshot_id(call, &id) && restore(call->world, id)) {
        reply_clock(call, reply);
    } else {
        control_refuse(call, reply, 404, "not_found", "there is no snapshot of that id", NULL);
    }
}

void control_snapshot_delete(struct mock_call *call, struct mock_reply *reply)
{
    int64_t id = 0;
    bool found = snapshot_id(call, &id);

    pthread_mutex_lock(&call->world->lock);
    found = found && mock_world_forget(call->world, id);
    pthread_mutex_unlock(&call->world->lock);
    if (found) {
        reply->status = 204;
    } else {
        control_refuse(call, reply, 404, "not_found", "there is no snapshot of that id", NULL);
    }
}
