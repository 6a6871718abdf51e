/*
 * One pass: what changed in Dynamics goes to Marketo, what was edited in Marketo goes back. Each
 * stage does what is due and ends in one commit; a kill between two stages leaves rows that the
 * next pass finds by their state (sync-engine-design B4).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/engine.h"
#include "mapping/digest.h"
#include "mapping/mapping.h"
#include "state/stream.h"
#include "sync/side.h"

/* The clocks of two servers differ by less than this. */
enum { SYNC_SKEW_MS = 60 * 60 * 1000 };

struct sync_sides {
    struct sync_dynamics dynamics;
    struct sync_marketo marketo;
};

struct sync_pass {
    struct crmsync *engine;
    struct db *db;
    struct arena *arena; /* lives as long as the pass */
    const struct sync_sides *sides;
    struct sync_problem *problem;
    int64_t id, started_ms;
    struct sync_digest_key digest_key;
    struct sync_mapping mappings[SYNC_ENTITIES]; /* by rank */
    struct sync_stream streams[SYNC_ENTITIES];
    struct sync_stream changes;     /* of Marketo */
    bool read_out[SYNC_ENTITIES];   /* to the last page, in this pass */
    bool begun_anew[SYNC_ENTITIES]; /* after an expired link, in this pass */
    bool changes_out;
    bool changes_anew; /* begun again after a bad token, in this pass */
    bool silent;       /* the page is not told of its end */
    bool changes_wait; /* edits of Marketo wait to be compared */
    bool any_parked;   /* in this pass or an earlier one */
};

/* Runs one pass and fills the call's result. */
bool sync_pass_run(struct sync_call *call, const struct sync_sides *sides);
/* Passes with a pause between them, until `until_ms` or until they are stopped; the outcome is the
 * last one's. `next` runs one. */
bool sync_pass_follow(struct sync_call *call, int64_t interval_ms, int64_t until_ms,
                      bool (*next)(struct sync_call *call));

/* The stages. False: *pass->problem says why the pass ends. */

/* Reads one page of something; *ret_did is false when there is nothing more to read now. */
bool sync_observe(struct sync_pass *pass, bool *ret_did);
/* Whether observing may go on before what was read is dealt with. */
bool sync_observe_ahead(const struct sync_pass *pass, int64_t waiting);
/* Edits of Marketo: reads a page of them, or what they are now. */
bool sync_observe_marketo(struct sync_pass *pass, bool *ret_did);
/* What Dynamics refused of a record is an edit of Marketo once more, and is looked at there before
 * it is compared: it may have been corrected, or its person deleted. *ret_renewed: there was one.
 */
bool sync_renew_refused(struct sync_pass *pass, struct arena *arena, const struct sync_link *link,
                        bool *ret_renewed, struct err *err);
/* Compares the first rows of the inbox. */
bool sync_plan(struct sync_pass *pass, bool *ret_did);
/* Compares the edits of Marketo that no row of the inbox has taken along. */
bool sync_plan_changes(struct sync_pass *pass, bool *ret_did);
/* Sends the first operations that are ready. */
bool sync_dispatch(struct sync_pass *pass, bool *ret_did);
/* Finds out what became of operations whose outcome is not known. */
bool sync_resolve(struct sync_pass *pass, bool *ret_did);

/* Reads these rows of an entity into the inbox, in one commit; *ret_seen counts those that are
 * there. `sort_ms`: they come before rows of that time; 0: where they belong. */
bool sync_fetch(struct sync_pass *pass, int rank, const char *const *keys, size_t count,
                int64_t sort_ms, size_t *ret_seen);

/* Outcomes of one call: counted, linked and agreed in one commit. */
bool sync_settle_marketo(struct sync_pass *pass, struct arena *arena, const struct sync_op *ops,
                         size_t count, const struct sync_written *written);

/* What became of a change of a record. */
enum sync_fate {
    SYNC_FATE_WAITS,   /* not sent, or certainly not done: it stays */
    SYNC_FATE_UNKNOWN, /* perhaps done */
    SYNC_FATE_DONE,
    SYNC_FATE_STALE, /* the record has another version: compared anew */
    SYNC_FATE_GONE,  /* the record is not there any more */
    SYNC_FATE_PARKED,
};
struct sync_fated {
    enum sync_fate fate;
    const char *etag;           /* DONE */
    struct sync_record record;  /* STALE */
    const char *code, *message; /* PARKED */
};
bool sync_settle_dynamics(struct sync_pass *pass, struct arena *arena, const struct sync_op *ops,
                          size_t count, const struct sync_fated *fates);

/* Notes in the base of `link` what both sides now hold. */
void sync_agree(struct sync_pass *pass, struct arena *arena, struct sync_link *link,
                const struct sync_values *values);

/* Ends the pass in one commit, fills the result and tells the page. `ok`: it got through; else
 * pass->problem says why not, and goes on saying it. */
bool sync_report_end(struct sync_pass *pass, struct sync_call *call, bool ok,
                     bool initial_complete);
struct sync_count;
/* A count as a member of a list of objects. */
cJSON *sync_report_count(cJSON *list, const struct sync_count *count);
/* Tells the page of a pass of which it does not know yet. */
bool sync_report_tell(struct sync_call *call);

/* Starts a transaction, ends one. */
bool sync_pass_txn(struct sync_pass *pass, struct db_txn *ret);
bool sync_pass_commit(struct sync_pass *pass, struct db_txn *txn);
/* Takes an error of the database over; is `false`. */
bool sync_pass_err(struct sync_pass *pass, const struct err *err);
