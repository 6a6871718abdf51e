#include "dataverse/side.h"

#include "base/str.h"
#include "dataverse/changes.h"
#include "dataverse/dataverse.h"
#include "dataverse/records.h"

struct side {
    struct crmsync *engine;
    int64_t calls;
    struct arena *arena; /* of the pass */
    struct sync_remote remote;
    struct sync_options options[SYNC_ENTITIES];
};

static bool probe(void *ctx, struct arena *arena, const char **ret_organization,
                  struct sync_problem *problem)
{
    struct side *side = ctx;
    struct sync_whoami whoami;

    side->calls++;
    if (!sync_dataverse_whoami(side->engine, arena, &side->remote, &whoami, problem)) {
        return false;
    }
    *ret_organization = whoami.organization_id;
    return true;
}

static bool columns(void *ctx, struct arena *arena, const struct sync_entity *entity,
                    struct sync_columns *ret, struct sync_problem *problem)
{
    struct side *side = ctx;

    side->calls++;
    return sync_columns_read(side->engine, arena, &side->remote, entity, ret, problem);
}

static bool open(void *ctx, struct arena *arena, const struct sync_read *read,
                 struct sync_rows *ret, struct sync_problem *problem)
{
    struct side *side = ctx;

    side->calls++;
    return sync_changes_open(side->engine, arena, &side->remote, read, ret, problem);
}

static enum sync_row next(void *ctx, struct arena *arena, const struct sync_read *read,
                          struct sync_rows *rows, struct sync_record *ret,
                          struct sync_problem *problem)
{
    (void)ctx;
    return sync_changes_next(arena, read, rows, ret, problem);
}

static bool has_choice(const struct sync_mapping *mapping, const struct sync_values *values)
{
    for (size_t i = 0; i < values->count; i++) {
        const struct sync_field *field = sync_mapping_by_id(mapping, values->items[i].field);

        if (field != NULL && field->kind == SYNC_CHOICE) {
            return true;
        }
    }
    return false;
}

static enum sync_changed update(void *ctx, struct arena *arena, const struct sync_mapping *mapping,
                                const struct sync_op *op, const char **ret_etag,
                                struct sync_problem *problem)
{
    struct side *side = ctx;
    struct sync_options *options = &side->options[mapping->entity - sync_entities];

    side->calls++;
    if (has_choice(mapping, &op->values) && !options->read &&
        !sync_options_read(side->engine, side->arena, &side->remote, mapping->entity, options,
                           problem)) {
        return SYNC_NOT_CHANGED;
    }
    return sync_record_update(side->engine, arena, &side->remote, mapping, op, options, ret_etag,
                              problem);
}

bool sync_dataverse_side(struct crmsync *engine, struct arena *arena, struct sync_dynamics *ret,
                         struct sync_problem *problem)
{
    struct side *side = arena_alloc(arena, sizeof *side);

    side->engine = engine;
    side->arena = arena;
    *ret = (struct sync_dynamics){.ctx = side,
                                  .calls = &side->calls,
                                  .probe = probe,
                                  .columns = columns,
                                  .open = open,
                                  .next = next,
                                  .update = update};
    return sync_dataverse_open(engine, arena, NULL, false, &side->remote, problem);
}
