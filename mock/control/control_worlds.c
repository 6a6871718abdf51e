/* Further worlds in the same process, through the control API. */
#include <string.h>

#include "control/control.h"
#include "server/hub.h"

void control_worlds_get(struct mock_call *call, struct mock_reply *reply)
{
    cJSON *body = json_new_object(call->arena);

    cJSON_AddItemToObject(body, "worlds",
                          cJSON_Duplicate(mock_hub_list(call->world->hub, call->arena), true));
    mock_reply_json(call, reply, 200, body);
}

struct world_body {
    const cJSON *world;
    const char *clock, *limits;
    int64_t seed;
    bool plain;
};

static const struct json_field world_fields[] = {
    JSON_FIELD("world", struct world_body, world, OPTIONAL),
    JSON_FIELD("seed", struct world_body, seed, OPTIONAL),
    JSON_FIELD("clock", struct world_body, clock, OPTIONAL),
    JSON_FIELD("plain", struct world_body, plain, OPTIONAL),
    JSON_FIELD("limits", struct world_body, limits, OPTIONAL),
};

static bool check(const struct world_body *body, struct err *err)
{
    if (body->world != NULL && !cJSON_IsString(body->world) && !cJSON_IsObject(body->world)) {
        err_fill(err, ERR_CONFIG, "\"world\": expected a name or an object, found %s",
                 json_kind(body->world));
        err_at(err, "/world");
        return false;
    }
    if (body->seed < 1) {
        err_fill(err, ERR_CONFIG, "\"seed\": expected an integer of at least 1");
        err_at(err, "/seed");
        return false;
    }
    if (body->limits != NULL && strcmp(body->limits, "on") != 0 &&
        strcmp(body->limits, "off") != 0) {
        err_fill(err, ERR_CONFIG, "\"limits\": expected \"on\" or \"off\"");
        err_at(err, "/limits");
        return false;
    }
    return true;
}

/* A name may not become a path: this call comes over the network. */
static bool bare_name(const cJSON *world)
{
    const char *name = cJSON_GetStringValue(world);

    return name == NULL ||
           (*name != '\0' && strpbrk(name, "{/\\") == NULL && !str_ends(name, ".json"));
}

void control_worlds_post(struct mock_call *call, struct mock_reply *reply)
{
    struct world_body body = {.seed = 1, .plain = mock_hub_plain(call->world->hub)};
    struct mock_world_options options = {.log = call->world->log};
    cJSON *json, *info = NULL;
    struct err err;

    if (!control_body(call, reply, &json)) {
        return;
    }
    if (!json_read_strict(json, "", world_fields, ARRAY_LEN(world_fields), &body, &err) ||
        !check(&body, &err)) {
        control_bad(call, reply, &err);
        return;
    }
    if (!bare_name(body.world)) {
        control_refuse(call, reply, 400, "bad_request",
                       "\"world\": expected the bare name of a world, or a whole one as an object",
                       "/world");
        return;
    }
    if (!bare_name(json_get(body.world, "extends"))) {
        control_refuse(call, reply, 400, "bad_request",
                       "\"extends\": a world that comes over the network extends one by its bare "
                       "name",
                       "/world/extends");
        return;
    }
    options.world = cJSON_GetStringValue(body.world);
    options.tree = cJSON_IsObject(body.world) ? body.world : NULL;
    options.clock = body.clock;
    options.limits = body.limits;
    options.seed = (uint64_t)body.seed;
    if (mock_hub_add(call->world->hub, &options, body.plain, call->arena, &info, &err)) {
        mock_reply_json(call, reply, 201, info);
    } else {
        control_refuse(call, reply, err.kind == ERR_CONFIG ? 400 : 409,
                       err.kind == ERR_CONFIG ? "bad_world" : "no_listener", err.text,
                       *err.pointer != '\0' ? err.pointer : NULL);
    }
}

void control_world_delete(struct mock_call *call, struct mock_reply *reply)
{
    switch (mock_hub_remove(call->world->hub, call->world, call->vars[0])) {
    case HUB_REMOVED:
        reply->status = 204;
        break;
    case HUB_NO_SUCH_WORLD:
        control_refuse(call, reply, 404, "not_found", "there is no world of that id", NULL);
        break;
    case HUB_FIRST_WORLD:
        control_refuse(call, reply, 409, "first_world", "the first world ends with the process",
                       NULL);
        break;
    case HUB_OWN_WORLD:
        control_refuse(call, reply, 409, "own_world", "a world cannot be removed over its own port",
                       NULL);
        break;
    }
}
