/* The end of a pass: what it did goes into one row with the counters' reset, then to the page. A
 * kill between the two leaves a row that the next pass delivers first. */
#include "sync/pass.h"

#include <string.h>

#include "base/auto.h"
#include "base/iso8601.h"
#include "base/str.h"
#include "engine/quota.h"
#include "page/note.h"
#include "page/page.h"
#include "state/parked.h"
#include "state/tally.h"

static const char *const outcomes[] = {"done", "failed", "usage", "refused", "unreachable"};

static void add_time(cJSON *object, const char *name, int64_t at_ms)
{
    char at[ISO8601_SIZE];

    if (at_ms == 0) {
        cJSON_AddNullToObject(object, name);
        return;
    }
    iso8601_format(at_ms, at);
    cJSON_AddStringToObject(object, name, at);
}

cJSON *sync_report_count(cJSON *list, const struct sync_count *count)
{
    cJSON *item = cJSON_CreateObject();

    cJSON_AddItemToArray(list, item);
    cJSON_AddStringToObject(item, "name", count->entity);
    cJSON_AddStringToObject(item, "direction", count->direction);
    cJSON_AddNumberToObject(item, "inserts", (double)count->inserts);
    cJSON_AddNumberToObject(item, "updates", (double)count->updates);
    cJSON_AddNumberToObject(item, "deletes", (double)count->deletes);
    cJSON_AddNumberToObject(item, "failed", (double)count->failed);
    cJSON_AddNumberToObject(item, "backlog", (double)count->backlog);
    return item;
}

static void add_error(void *ctx, const struct sync_parked *parked)
{
    cJSON *item = cJSON_CreateObject();

    cJSON_AddItemToArray(ctx, item);
    cJSON_AddStringToObject(item, "name", parked->entity);
    cJSON_AddStringToObject(item, "key", parked->key);
    cJSON_AddStringToObject(item, "direction", parked->direction);
    cJSON_AddStringToObject(item, "operation", parked->operation);
    cJSON_AddStringToObject(item, "code", parked->code);
    cJSON_AddStringToObject(item, "message", parked->message);
}

/* What takes the page to another state: a column that is gone, or somebody who said no. */
static const char *stop_of(const struct sync_problem *problem)
{
    return str_eq(problem->error.code, "schema_changed") ? "schema"
           : problem->outcome == CRMSYNC_REFUSED         ? "access"
                                                         : NULL;
}

static bool write_report(struct sync_pass *pass, struct arena *arena,
                         const struct sync_count *counts, const struct sync_pass_row *row, bool ok,
                         const char **ret, struct err *err)
{
    const char *stop = ok ? NULL : stop_of(pass->problem);
    cJSON *report = json_new_object(arena), *objects, *errors;

    /* A report that got no answer is sent once more: by this the page knows it. */
    cJSON_AddStringToObject(
        report, "id",
        arena_printf(arena, "%016llx-%lld",
                     (unsigned long long)sync_digest_text(&pass->digest_key, "pass"),
                     (long long)row->id));
    add_time(report, "started", row->started_ms);
    add_time(report, "ended", row->ended_ms);
    objects = cJSON_AddArrayToObject(report, "objects");
    for (size_t i = 0; i < SYNC_COUNTS; i++) {
        cJSON *item = sync_report_count(objects, &counts[i]);

        cJSON_DeleteItemFromObject(item, "failed");
        add_time(item, "oldest", counts[i].oldest_ms);
    }
    errors = cJSON_AddArrayToObject(report, "errors");
    if (!sync_parked_each(pass->db, true, add_error, errors, err)) {
        return false;
    }
    cJSON_AddBoolToObject(report, "initialComplete", row->initial_complete);
    if (stop != NULL) {
        cJSON_AddStringToObject(report, "stop", stop);
        cJSON_AddStringToObject(report, "reason", pass->problem->error.message);
    } else {
        cJSON_AddNullToObject(report, "stop");
        cJSON_AddNullToObject(report, "reason");
    }
    *ret = json_text(arena, report);
    return true;
}

/* A side that asked for patience is left alone until then, also after a restart. */
static bool note_pause(struct sync_pass *pass, const struct sync_problem *problem, struct err *err)
{
    const char *service = problem->error.service;

    return problem->resume_ms == 0 ||
           (!str_eq(service, "marketo") && !str_eq(service, "dataverse")) ||
           sync_pause_set(pass->db, service, problem->resume_ms, problem->error.code,
                          problem->error.message, err);
}

static bool end_row(struct sync_pass *pass, struct arena *arena, struct sync_call *call, bool ok,
                    struct sync_pass_row *row, struct err *err)
{
    struct sync_count counts[SYNC_COUNTS];
    cJSON *objects;

    if (!sync_tally_read(pass->db, row->ended_ms, counts, err) ||
        (!pass->silent && !write_report(pass, arena, counts, row, ok, &row->report, err)) ||
        (!ok && !note_pause(pass, pass->problem, err)) || !sync_pass_end(pass->db, row, err) ||
        !sync_tally_reset(pass->db, err) || (!pass->silent && !sync_parked_told(pass->db, err)) ||
        !sync_quota_add(pass->db, SYNC_QUOTA_MARKETO, *pass->sides->marketo.calls, row->ended_ms,
                        err) ||
        !sync_quota_add(pass->db, SYNC_QUOTA_DATAVERSE, *pass->sides->dynamics.calls, row->ended_ms,
                        err)) {
        return false;
    }
    objects = cJSON_AddArrayToObject(call->result, "objects");
    for (size_t i = 0; i < SYNC_COUNTS; i++) {
        (void)sync_report_count(objects, &counts[i]);
    }
    cJSON_AddBoolToObject(call->result, "initialComplete", row->initial_complete);
    return true;
}

bool sync_report_end(struct sync_pass *pass, struct sync_call *call, bool ok, bool initial_complete)
{
    struct sync_problem met = *pass->problem;
    struct sync_pass_row row = {.id = pass->id,
                                .started_ms = pass->started_ms,
                                .ended_ms = sync_env_now(&pass->engine->env),
                                .outcome = ok ? "done" : outcomes[met.outcome],
                                .code = ok ? NULL : met.error.code,
                                .initial_complete = initial_complete};
    AUTO(arena) arena = {0};
    AUTO(db_txn) txn = {0};
    struct err err;

    if (!sync_pass_txn(pass, &txn)) {
        return false;
    }
    if (!end_row(pass, &arena, call, ok, &row, &err)) {
        return sync_pass_err(pass, &err);
    }
    if (!sync_pass_commit(pass, &txn)) {
        return false;
    }
    if (sync_report_tell(call)) {
        return ok || (*pass->problem = met, false);
    }
    if (!ok && !pass->engine->env.died) {
        *pass->problem = met; /* what was met first says more */
    }
    return false;
}

/* Tells it, and takes the page as it is then: what was told may have changed its state. */
static bool tell(struct sync_call *call, const struct sync_pass_row *row, struct sync_page *ret)
{
    static const char what[] = "telling Marketo of the pass";
    const cJSON *answer;
    cJSON *body;
    struct err err;

    if (!json_parse(call->arena, row->report, strlen(row->report), JSON_PLAIN, &body, &err)) {
        return sync_fail_err(call->problem, &err);
    }
    if (!sync_page_post(call->engine, call->arena, what, "pass.json", body, &answer,
                        call->problem)) {
        return false;
    }
    return json_get(answer, "state") != NULL
               ? sync_page_of(answer, what, ret, call->problem)
               : sync_page_read(call->engine, call->arena, ret, call->problem);
}

bool sync_report_tell(struct sync_call *call)
{
    struct sync_store *store = &call->engine->store;
    struct sync_pass_row row;
    struct sync_page page;
    AUTO(db_txn) txn = {0};
    struct err err;

    if (!sync_pass_last(store->db, call->arena, &row, &err)) {
        return sync_fail_err(call->problem, &err);
    }
    if (row.report == NULL) {
        return true;
    }
    if (!tell(call, &row, &page)) {
        return false;
    }
    if (!db_begin(store->db, &txn, &err) || !sync_pass_told(store->db, row.id, &err) ||
        !sync_page_keep(store->db, &page, &err)) {
        return sync_fail_err(call->problem, &err);
    }
    return sync_store_commit(store, &txn, call->problem);
}
