#include "state/schema.h"

#include <stdio.h>

#include "base/auto.h"

/* "crms": tells our files from other programs' databases (PRAGMA application_id). */
enum { APPLICATION_ID = 0x63726d73 };

/*
 * Append only: what stands here has run on somebody's database. Step n takes a database from
 * version n to n + 1.
 *
 * intent: an effect on a remote that must not happen twice. It is SENT before the first byte leaves
 * and DONE when its outcome is known; `known` is what existed before, so that what came after can
 * be told from it; `object` is the id of what was made, `detail` what may be said about it. Secrets
 * are never among these.
 */
static const char *const steps[] = {
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT) STRICT;"
    "CREATE TABLE intent ("
    "  id INTEGER PRIMARY KEY,"
    "  operation TEXT NOT NULL,"
    "  key TEXT NOT NULL,"
    "  state TEXT NOT NULL CHECK (state IN ('SENT', 'DONE')),"
    "  outcome TEXT CHECK (outcome IN ('made', 'found', 'refused', 'undone')),"
    "  known TEXT NOT NULL,"
    "  object TEXT,"
    "  detail TEXT,"
    "  sent_ms INTEGER NOT NULL,"
    "  ended_ms INTEGER,"
    "  CHECK ((state = 'DONE') = (outcome IS NOT NULL)),"
    "  CHECK ((state = 'DONE') = (ended_ms IS NOT NULL))"
    ") STRICT;"
    "CREATE UNIQUE INDEX intent_open ON intent (operation, key) WHERE state = 'SENT';"
    "CREATE INDEX intent_object ON intent (object) WHERE object IS NOT NULL;",
    /* The one connection that setup.connect or reauth were given and Marketo accepted. */
    "CREATE TABLE connection ("
    "  id INTEGER PRIMARY KEY CHECK (id = 1),"
    "  organization TEXT NOT NULL,"
    "  auth_method TEXT NOT NULL CHECK (auth_method IN ('s2s', 'ropc', 'basic')),"
    "  username TEXT,"
    "  client_id TEXT,"
    "  tenant TEXT"
    ") STRICT;",
};

static bool read_versions(struct sync_store *store, int64_t *ret_id, int64_t *ret_version,
                          int64_t *ret_tables, struct sync_problem *problem)
{
    struct err err;

    return (db_query_int(store->db, "PRAGMA application_id", DB_NO_ARGS, 0, ret_id, &err) &&
            db_query_int(store->db, "PRAGMA user_version", DB_NO_ARGS, 0, ret_version, &err) &&
            db_query_int(store->db, "SELECT count(*) FROM sqlite_schema", DB_NO_ARGS, 0, ret_tables,
                         &err)) ||
           sync_fail_err(problem, &err);
}

static bool take_step(struct sync_store *store, int64_t version, struct sync_problem *problem)
{
    AUTO(db_txn) txn = {0};
    char pragmas[100];
    struct err err;

    snprintf(pragmas, sizeof pragmas, "PRAGMA application_id = %d; PRAGMA user_version = %d",
             APPLICATION_ID, (int)version + 1);
    if (!db_begin(store->db, &txn, &err) || !db_script(store->db, steps[version], &err) ||
        !db_script(store->db, pragmas, &err)) {
        return sync_fail_err(problem, &err);
    }
    return sync_store_commit(store, &txn, problem);
}

bool sync_schema_update(struct sync_store *store, struct sync_problem *problem)
{
    int64_t id = 0, version = 0, tables = 0;

    if (!read_versions(store, &id, &version, &tables, problem)) {
        return false;
    }
    if (tables > 0 && id != APPLICATION_ID) {
        (void)sync_fail(problem, CRMSYNC_USAGE, "usage",
                        "the file of `state` is the database of another program");
        sync_problem_fix(problem, "Name another file; crmsync makes it when it is not there.");
        return false;
    }
    if (version > (int64_t)ARRAY_LEN(steps)) {
        (void)sync_fail(problem, CRMSYNC_USAGE, "usage",
                        "the database has version %lld, this program knows %zu", (long long)version,
                        ARRAY_LEN(steps));
        sync_problem_fix(problem, "Use the crmsync that made it, or a newer one.");
        return false;
    }
    for (; version < (int64_t)ARRAY_LEN(steps); version++) {
        if (!take_step(store, version, problem)) {
            return false;
        }
    }
    return true;
}
