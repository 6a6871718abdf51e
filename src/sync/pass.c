#include "sync/pass.h"

#include <string.h>

#include "base/auto.h"
#include "base/str.h"
#include "page/note.h"
#include "state/inbox.h"
#include "sync/begin.h"

bool sync_pass_err(struct sync_pass *pass, const struct err *err)
{
    return sync_fail_err(pass->problem, err);
}

bool sync_pass_txn(struct sync_pass *pass, struct db_txn *ret)
{
    struct err err;

    return db_begin(pass->db, ret, &err) || sync_pass_err(pass, &err);
}

bool sync_pass_commit(struct sync_pass *pass, struct db_txn *txn)
{
    return sync_store_commit(&pass->engine->store, txn, pass->problem);
}

/* What is read before anything is compared. */
static bool observe(struct sync_pass *pass, int64_t waiting, bool *ret_did)
{
    if (!sync_observe_ahead(pass, waiting)) {
        *ret_did = false;
        return true;
    }
    return sync_observe(pass, ret_did) && (*ret_did || sync_observe_marketo(pass, ret_did));
}

/* One step: the last stage comes first, so that the pipe empties before it fills. *ret_did is false
 * when there is nothing left to do. */
static bool step(struct sync_pass *pass, bool *ret_did)
{
    int64_t waiting = 0;
    struct err err;
    bool ok = sync_resolve(pass, ret_did);

    if (ok && !*ret_did) {
        ok = sync_dispatch(pass, ret_did);
    }
    if (!ok || *ret_did) {
        return ok;
    }
    if (!sync_inbox_count(pass->db, &waiting, &err)) {
        return sync_pass_err(pass, &err);
    }
    ok = observe(pass, waiting, ret_did);
    if (!ok || *ret_did) {
        return ok;
    }
    return waiting > 0 ? sync_plan(pass, ret_did) : sync_plan_changes(pass, ret_did);
}

static bool work(struct sync_pass *pass)
{
    bool did = true;

    while (did) {
        if (!sync_env_may_go_on(&pass->engine->env, pass->problem) || !step(pass, &did)) {
            return false;
        }
    }
    return true;
}

static bool is_complete(const struct sync_pass *pass)
{
    for (int rank = 0; rank < SYNC_ENTITIES; rank++) {
        if (pass->streams[rank].phase != SYNC_PHASE_FOLLOW) {
            return false;
        }
    }
    return true;
}

/* Records that were refused in this pass, also before an interruption. */
static bool count_parked(struct sync_pass *pass, int64_t *ret)
{
    struct err err;

    *ret = 0;
    return db_query_int(pass->db, "SELECT sum(failed) FROM tally", DB_NO_ARGS, 0, ret, &err) ||
           sync_pass_err(pass, &err);
}

static bool fail_parked(struct sync_pass *pass, int64_t count)
{
    (void)sync_fail(pass->problem, CRMSYNC_FAILED, "record_failed",
                    "%lld record%s refused and parked; all others went through", (long long)count,
                    count == 1 ? " was" : "s were");
    sync_problem_fix(pass->problem,
                     "crmsync status lists them with the reason; each is tried again when it "
                     "changes.");
    return false;
}

/* A stop by the user or a kill leaves the pass open: the next one goes on with it. */
static bool is_interrupted(const struct sync_pass *pass)
{
    return pass->engine->env.died || str_eq(pass->problem->error.code, "stopped") ||
           str_eq(pass->problem->error.code, "store");
}

bool sync_pass_run(struct sync_call *call, const struct sync_sides *sides)
{
    struct sync_pass pass = {.engine = call->engine,
                             .db = call->engine->store.db,
                             .arena = call->arena,
                             .sides = sides,
                             .problem = call->problem};
    struct sync_page page;
    int64_t parked = 0;
    bool probed, ok;

    if (!sync_page_read(call->engine, call->arena, &page, call->problem) ||
        !sync_page_note(call->engine, &page, call->problem) ||
        !sync_begin_gate(&page, call->problem) || !sync_report_tell(call) ||
        !sync_begin_wait(&pass) || !sync_begin_row(&pass, &page)) {
        return false;
    }
    probed = sync_begin_probe(&pass);
    ok = probed && sync_begin_mapping(&pass) && work(&pass);
    if (!ok && is_interrupted(&pass)) {
        return false;
    }
    pass.silent = !probed && str_eq(page.state, "down"); /* the page knows that already */
    if (ok && !count_parked(&pass, &parked)) {
        return false;
    }
    return sync_report_end(&pass, call, ok && (parked == 0 || fail_parked(&pass, parked)),
                           ok && is_complete(&pass));
}
