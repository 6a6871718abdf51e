/*
 * The two systems as the stages see them: what one can read there and write there, in the words of
 * the sync. The rooms of the vendors fill these.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/json.h"
#include "core/problem.h"
#include "mapping/mapping.h"
#include "mapping/record.h"
#include "remote/remote.h"
#include "state/outbox.h"

/* Reading Dynamics. */
struct sync_read {
    const struct sync_mapping *mapping;
    const char *link;        /* a next or delta link; NULL: from the beginning */
    const char *const *keys; /* only these rows, at most SYNC_KEYS_MAX; NULL: all, tracked */
    size_t key_count;
    bool keys_only; /* no values */
};

enum { SYNC_KEYS_MAX = 40 };

struct sync_rows {
    const char *next, *delta; /* links; NULL: the page has none */
    void *state;              /* the reader's own */
};

enum sync_row { SYNC_ROW, SYNC_ROW_END, SYNC_ROW_BROKEN };

struct sync_dynamics {
    void *ctx;
    int64_t *calls; /* that were made so far */
    /* Signs in and asks which organization this is. */
    bool (*probe)(void *ctx, struct arena *arena, const char **ret_organization,
                  struct sync_problem *problem);
    bool (*columns)(void *ctx, struct arena *arena, const struct sync_entity *entity,
                    struct sync_columns *ret, struct sync_problem *problem);
    /* One page, whole and well-formed. A delta link that is too old: `token_expired`. */
    bool (*open)(void *ctx, struct arena *arena, const struct sync_read *read,
                 struct sync_rows *ret, struct sync_problem *problem);
    enum sync_row (*next)(void *ctx, struct arena *arena, const struct sync_read *read,
                          struct sync_rows *rows, struct sync_record *ret,
                          struct sync_problem *problem);
    /* Changes a record whose version is still op->etag; otherwise NOT_CHANGED and `conflict`. */
    enum sync_changed (*update)(void *ctx, struct arena *arena, const struct sync_mapping *mapping,
                                const struct sync_op *op, const char **ret_etag,
                                struct sync_problem *problem);
};

/* Writing to Marketo: what may go in one call. */
enum sync_lane {
    SYNC_LANE_COMPANY,
    SYNC_LANE_PERSON,
    SYNC_LANE_FLAG,   /* people that are deleted in Dynamics */
    SYNC_LANE_RECORD, /* no call of Marketo's: a record of Dynamics */
};

enum { SYNC_BATCH_MAX = 300 };

struct sync_batch {
    enum sync_lane lane;
    const struct sync_mapping *mappings; /* by rank */
    const struct sync_op *ops;
    size_t count;
};

enum sync_result_of { SYNC_WAS_CREATED, SYNC_WAS_UPDATED, SYNC_WAS_SKIPPED };

struct sync_written {
    enum sync_result_of result;
    int64_t id;
    const char *code, *message; /* why it was skipped */
};

/* A person of Marketo. */
struct sync_found {
    int64_t id;
    const char *key;     /* of the record in Dynamics, lower case; NULL: none */
    int64_t created_ms;  /* 0: not known */
    const cJSON *fields; /* an object, by the names that were asked for */
};

/* An activity: which fields of a person were edited. */
struct sync_edit {
    const char *field, *value; /* Marketo's name and text; NULL: emptied */
};
struct sync_activity {
    const char *guid;
    int64_t person, at_ms;
    const struct sync_edit *edits;
    size_t count;
};
struct sync_activities {
    struct sync_activity *items;
    size_t count;
    const char *next; /* the token to go on with */
    bool more;
};

struct sync_marketo {
    void *ctx;
    int64_t *calls; /* that were made so far */
    /* The body of a call for the first *ret_count operations: as many as fit. */
    const char *(*compose)(void *ctx, struct arena *arena, const struct sync_batch *batch,
                           size_t *ret_count);
    /* Sends it; `ret` has room for `count` outcomes. */
    enum sync_changed (*write)(void *ctx, struct arena *arena, enum sync_lane lane,
                               const char *body, size_t count, struct sync_written *ret,
                               struct sync_problem *problem);
    /* People by the keys of their records, or by their ids (then `keys` is NULL); at most 300. */
    bool (*look)(void *ctx, struct arena *arena, const char *const *keys, const int64_t *ids,
                 size_t count, const char *fields, struct sync_found **ret, size_t *ret_count,
                 struct sync_problem *problem);
    /* A token for the activities from that moment on. */
    bool (*since)(void *ctx, struct arena *arena, int64_t at_ms, const char **ret,
                  struct sync_problem *problem);
    bool (*changes)(void *ctx, struct arena *arena, const char *token, const char *fields,
                    struct sync_activities *ret, struct sync_problem *problem);
};
