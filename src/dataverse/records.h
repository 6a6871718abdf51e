/* Changing records, and the labels of choices that this needs. */
#pragma once

#include "engine/engine.h"
#include "remote/remote.h"
#include "sync/side.h"

/* The options of an entity's choices, read when they are first needed. */
struct sync_options {
    struct sync_option {
        struct sync_option *next;
        const char *column, *label;
        int64_t value;
    } * first;
    bool read;
};

bool sync_columns_read(struct crmsync *engine, struct arena *arena,
                       const struct sync_remote *remote, const struct sync_entity *entity,
                       struct sync_columns *ret, struct sync_problem *problem);
bool sync_options_read(struct crmsync *engine, struct arena *arena,
                       const struct sync_remote *remote, const struct sync_entity *entity,
                       struct sync_options *ret, struct sync_problem *problem);
/* The body of a change; NULL with *problem when a label is not among the options. */
const char *sync_record_body(struct arena *arena, const struct sync_mapping *mapping,
                             const struct sync_values *values, const struct sync_options *options,
                             struct sync_problem *problem);
enum sync_changed sync_record_update(struct crmsync *engine, struct arena *arena,
                                     const struct sync_remote *remote,
                                     const struct sync_mapping *mapping, const struct sync_op *op,
                                     const struct sync_options *options, const char **ret_etag,
                                     struct sync_problem *problem);
