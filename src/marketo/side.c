#include "marketo/side.h"

#include "marketo/activities.h"
#include "marketo/people.h"

struct side {
    struct crmsync *engine;
    int64_t calls;
    struct sync_remote remote;
    const char *person_key;
};

static const char *compose(void *ctx, struct arena *arena, const struct sync_batch *batch,
                           size_t *ret_count)
{
    const struct side *side = ctx;

    return sync_people_compose(arena, side->person_key, batch, ret_count);
}

static enum sync_changed write(void *ctx, struct arena *arena, enum sync_lane lane,
                               const char *body, size_t count, struct sync_written *ret,
                               struct sync_problem *problem)
{
    struct side *side = ctx;

    side->calls++;
    return sync_people_write(side->engine, arena, &side->remote, lane, body, count, ret, problem);
}

static bool look(void *ctx, struct arena *arena, const char *const *keys, const int64_t *ids,
                 size_t count, const char *fields, struct sync_found **ret, size_t *ret_count,
                 struct sync_problem *problem)
{
    struct side *side = ctx;

    side->calls++;
    return sync_people_look(side->engine, arena, &side->remote, side->person_key, keys, ids, count,
                            arena_join(arena, side->person_key, ",createdAt,", fields, NULL), ret,
                            ret_count, problem);
}

static bool since(void *ctx, struct arena *arena, int64_t at_ms, const char **ret,
                  struct sync_problem *problem)
{
    struct side *side = ctx;

    side->calls++;
    return sync_activities_since(side->engine, arena, &side->remote, at_ms, ret, problem);
}

static bool changes(void *ctx, struct arena *arena, const char *token, const char *fields,
                    struct sync_activities *ret, struct sync_problem *problem)
{
    struct side *side = ctx;

    side->calls++;
    return sync_activities_changes(side->engine, arena, &side->remote, token, fields, ret, problem);
}

bool sync_marketo_side(struct crmsync *engine, struct arena *arena, struct sync_marketo *ret,
                       struct sync_problem *problem)
{
    struct side *side = arena_alloc(arena, sizeof *side);

    side->engine = engine;
    side->person_key = engine->config.marketo.person_key;
    *ret = (struct sync_marketo){.ctx = side,
                                 .calls = &side->calls,
                                 .compose = compose,
                                 .write = write,
                                 .look = look,
                                 .since = since,
                                 .changes = changes};
    return sync_marketo_open(engine, arena, &side->remote, problem);
}
