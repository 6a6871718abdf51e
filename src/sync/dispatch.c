/* Stage C: operations are SENT in a commit that is on the disk before their first byte leaves. */
#include "sync/pass.h"

#include <string.h>

#include "base/auto.h"
#include "base/str.h"
#include "state/outbox.h"

/* So many changes of records are marked as SENT at once; each is a request of its own. */
enum { RECORDS_MAX = 20 };

/* How often one operation is sent while its outcome stays unknown; then the pass ends. */
enum { TRIES_MAX = 3 };

static enum sync_lane lane_of(const struct sync_op *op)
{
    return op->side == SYNC_AT_DYNAMICS                                    ? SYNC_LANE_RECORD
           : sync_entities[sync_entity_find(op->link.entity)].type == NULL ? SYNC_LANE_COMPANY
           : op->verb == SYNC_DELETE                                       ? SYNC_LANE_FLAG
                                                                           : SYNC_LANE_PERSON;
}

/* How many of the first go into one call: order is kept, so it ends where another lane begins. */
static size_t run_of(const struct sync_op *ops, size_t count)
{
    size_t run = 1;

    while (run < count && lane_of(&ops[run]) == lane_of(&ops[0])) {
        run++;
    }
    return run;
}

static bool mark(struct sync_pass *pass, struct sync_op *ops, size_t count, bool sent)
{
    int64_t now_ms = sync_env_now(&pass->engine->env);
    AUTO(db_txn) txn = {0};
    struct err err;

    if (!sync_pass_txn(pass, &txn)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (sent ? !sync_outbox_mark_sent(pass->db, ops[i].id, now_ms, &err)
                 : !sync_outbox_mark_ready(pass->db, ops[i].id, &err)) {
            return sync_pass_err(pass, &err);
        }
        ops[i].tries += sent ? 1 : 0;
    }
    return sync_pass_commit(pass, &txn);
}

/* A whole call was refused for something in it (codes 1000 and up; 1018 is about who we are). */
static bool is_about_records(const struct sync_problem *problem)
{
    int64_t code;

    return str_eq(problem->error.service, "marketo") &&
           str_int(problem->remote_code, 1000, 1999, &code) && code != 1018;
}

/* What was not done is ready again; the problem stays the one that was met. */
static bool give_back(struct sync_pass *pass, struct sync_op *ops, size_t count)
{
    struct sync_problem met = *pass->problem;

    if (pass->engine->env.died || !mark(pass, ops, count, false)) {
        return false;
    }
    *pass->problem = met;
    return false;
}

static bool park_refused(struct sync_pass *pass, struct arena *arena, const struct sync_op *op)
{
    const struct sync_written refused = {.result = SYNC_WAS_SKIPPED,
                                         .code = arena_strdup(arena, pass->problem->remote_code),
                                         .message =
                                             arena_strdup(arena, pass->problem->error.message)};

    return sync_settle_marketo(pass, arena, op, 1, &refused);
}

/* Sends a run of one lane. A call that is refused as a whole is halved until the guilty record
 * stands alone: nine rounds for 300. */
static bool send_run(struct sync_pass *pass, struct sync_op *ops, size_t count)
{
    const struct sync_marketo *marketo = &pass->sides->marketo;
    AUTO(arena) arena = {0};
    const struct sync_batch batch = {
        .lane = lane_of(ops), .mappings = pass->mappings, .ops = ops, .count = count};
    struct sync_written *written = arena_array(&arena, count, sizeof *written);
    const char *body = marketo->compose(marketo->ctx, &arena, &batch, &count);

    if (!mark(pass, ops, count, true)) {
        return false;
    }
    switch (marketo->write(marketo->ctx, &arena, batch.lane, body, count, written, pass->problem)) {
    case SYNC_CHANGED:
        return sync_settle_marketo(pass, &arena, ops, count, written);
    case SYNC_UNKNOWN:
        return ops[0].tries < TRIES_MAX; /* stays SENT; what became of it is found out */
    case SYNC_NOT_CHANGED:
        break;
    }
    if (pass->engine->env.died || !is_about_records(pass->problem)) {
        return give_back(pass, ops, count);
    }
    if (count == 1) {
        return park_refused(pass, &arena, ops);
    }
    /* Nothing of it was done: it goes back before its halves go out. */
    return mark(pass, ops, count, false) && send_run(pass, ops, count / 2) &&
           send_run(pass, ops + count / 2, count - count / 2);
}

/* The record as it is now: whether what was to be written is there already, or must be compared
 * anew. */
static bool look_again(struct sync_pass *pass, struct arena *arena, const struct sync_op *op,
                       struct sync_fated *ret)
{
    const struct sync_dynamics *dynamics = &pass->sides->dynamics;
    const struct sync_mapping *mapping = &pass->mappings[sync_entity_find(op->link.entity)];
    const char *keys[] = {op->link.key};
    const struct sync_read read = {.mapping = mapping, .keys = keys, .key_count = 1};
    struct sync_rows rows;
    enum sync_row row;

    *ret = (struct sync_fated){.fate = SYNC_FATE_GONE};
    if (!dynamics->open(dynamics->ctx, arena, &read, &rows, pass->problem)) {
        return false;
    }
    row = dynamics->next(dynamics->ctx, arena, &read, &rows, &ret->record, pass->problem);
    if (row != SYNC_ROW) {
        return row == SYNC_ROW_END;
    }
    *ret = (struct sync_fated){
        .fate = SYNC_FATE_DONE, .etag = ret->record.etag, .record = ret->record};
    for (size_t i = 0; i < op->values.count; i++) {
        const struct sync_value *now =
            sync_values_find(&ret->record.values, op->values.items[i].field);

        if (now != NULL && !str_eq(now->text, op->values.items[i].text)) {
            ret->fate = SYNC_FATE_STALE;
        }
    }
    return true;
}

/* What a refusal means for one record; false when it is no record's fault. */
static bool judge(struct sync_pass *pass, struct arena *arena, const struct sync_op *op,
                  struct sync_fated *ret)
{
    const struct sync_problem *problem = pass->problem;

    *ret = (struct sync_fated){.fate = SYNC_FATE_WAITS};
    if (pass->engine->env.died) {
        return false;
    }
    if (str_eq(problem->error.code, "conflict")) {
        return look_again(pass, arena, op, ret);
    }
    if (str_eq(problem->error.code, "not_found")) {
        ret->fate = SYNC_FATE_GONE;
        return true;
    }
    if (str_eq(problem->error.code, "rejected") || str_eq(problem->error.code, "record_failed")) {
        const char *code =
            *problem->remote_code != '\0' ? problem->remote_code : problem->error.code;

        *ret = (struct sync_fated){.fate = SYNC_FATE_PARKED,
                                   .code = arena_strdup(arena, code),
                                   .message = arena_strdup(arena, problem->error.message)};
        return true;
    }
    return false;
}

/* Changes records one by one; *ret_ok is false when something else than a record stood against
 * it. */
static void send_each(struct sync_pass *pass, struct arena *arena, const struct sync_op *ops,
                      size_t count, struct sync_fated *ret, bool *ret_ok)
{
    const struct sync_dynamics *dynamics = &pass->sides->dynamics;

    *ret_ok = true;
    for (size_t i = 0; i < count && *ret_ok; i++) {
        const struct sync_mapping *mapping = &pass->mappings[sync_entity_find(ops[i].link.entity)];

        switch (
            dynamics->update(dynamics->ctx, arena, mapping, &ops[i], &ret[i].etag, pass->problem)) {
        case SYNC_CHANGED:
            ret[i].fate = SYNC_FATE_DONE;
            break;
        case SYNC_UNKNOWN:
            /* The version stands in the request: sending it once more cannot do it twice. */
            ret[i].fate = SYNC_FATE_UNKNOWN;
            *ret_ok = ops[i].tries < TRIES_MAX;
            break;
        case SYNC_NOT_CHANGED:
            *ret_ok = judge(pass, arena, &ops[i], &ret[i]);
            break;
        }
    }
}

static bool send_records(struct sync_pass *pass, struct sync_op *ops, size_t count)
{
    AUTO(arena) arena = {0};
    struct sync_fated fates[RECORDS_MAX] = {0};
    struct sync_problem met;
    bool ok;

    count = count < RECORDS_MAX ? count : RECORDS_MAX;
    if (!mark(pass, ops, count, true)) {
        return false;
    }
    send_each(pass, &arena, ops, count, fates, &ok);
    if (pass->engine->env.died) {
        return false;
    }
    met = *pass->problem;
    if (!sync_settle_dynamics(pass, &arena, ops, count, fates)) {
        return false;
    }
    *pass->problem = met;
    return ok;
}

bool sync_dispatch(struct sync_pass *pass, bool *ret_did)
{
    AUTO(arena) arena = {0};
    struct sync_op *ops = arena_array(&arena, SYNC_BATCH_MAX, sizeof *ops);
    size_t count, run;
    struct err err;

    if (!sync_outbox_first(pass->db, &arena, false, SYNC_BATCH_MAX, ops, &count, &err)) {
        return sync_pass_err(pass, &err);
    }
    *ret_did = count > 0;
    if (count == 0) {
        return true;
    }
    run = run_of(ops, count);
    return lane_of(ops) == SYNC_LANE_RECORD ? send_records(pass, ops, run)
                                            : send_run(pass, ops, run);
}
