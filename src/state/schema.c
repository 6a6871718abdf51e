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
    /*
     * The sync. stream: how far one entity, or Marketo's changes, are read. link: a record and its
     * counterpart, with the digests that both agreed on. inbox: what was seen and not yet compared.
     * outbox: what is to be written; SENT from before its first byte until its outcome is known.
     * change: fields of linked people that Marketo says were edited. dirty: keys whose rows are to
     * be read again. A row leaves these four when it is dealt with.
     */
    "CREATE TABLE stream ("
    "  name TEXT PRIMARY KEY,"
    "  lineage INTEGER NOT NULL,"
    "  phase TEXT NOT NULL CHECK (phase IN ('mark', 'load', 'replay', 'follow')),"
    "  config TEXT NOT NULL,"
    "  cursor TEXT,"
    "  mark TEXT,"
    "  link TEXT,"
    "  covered_ms INTEGER NOT NULL DEFAULT 0"
    ") STRICT;"
    "CREATE TABLE field ("
    "  id INTEGER PRIMARY KEY,"
    "  entity TEXT NOT NULL,"
    "  name TEXT NOT NULL,"
    "  target TEXT NOT NULL,"
    "  UNIQUE (entity, name, target)"
    ") STRICT;"
    "CREATE TABLE link ("
    "  id INTEGER PRIMARY KEY,"
    "  entity TEXT NOT NULL,"
    "  key TEXT NOT NULL,"
    "  other INTEGER,"
    "  state TEXT NOT NULL CHECK (state IN ('half', 'live', 'gone', 'absent')),"
    "  etag TEXT,"
    "  lineage INTEGER NOT NULL DEFAULT 0,"
    "  left_out INTEGER NOT NULL DEFAULT 0,"
    "  waits TEXT,"
    "  base BLOB,"
    "  UNIQUE (entity, key)"
    ") STRICT;"
    "CREATE UNIQUE INDEX link_person ON link (other)"
    "  WHERE entity <> 'account' AND other IS NOT NULL;"
    "CREATE INDEX link_waits ON link (waits) WHERE waits IS NOT NULL;"
    "CREATE TABLE inbox ("
    "  seq INTEGER PRIMARY KEY,"
    "  entity TEXT NOT NULL,"
    "  key TEXT NOT NULL,"
    "  modified_ms INTEGER NOT NULL,"
    "  rank INTEGER NOT NULL,"
    "  etag TEXT,"
    "  gone INTEGER NOT NULL,"
    "  left_out INTEGER NOT NULL,"
    "  body BLOB,"
    "  UNIQUE (entity, key)"
    ") STRICT;"
    "CREATE INDEX inbox_order ON inbox (modified_ms, rank, seq);"
    "CREATE TABLE outbox ("
    "  op INTEGER PRIMARY KEY,"
    "  link INTEGER NOT NULL REFERENCES link,"
    "  side TEXT NOT NULL CHECK (side IN ('marketo', 'dynamics')),"
    "  verb TEXT NOT NULL CHECK (verb IN ('insert', 'update', 'delete')),"
    "  state TEXT NOT NULL CHECK (state IN ('READY', 'SENT')),"
    "  order_ms INTEGER NOT NULL,"
    "  etag TEXT,"
    "  body BLOB NOT NULL,"
    "  sent_ms INTEGER,"
    "  tries INTEGER NOT NULL DEFAULT 0,"
    "  UNIQUE (link, side)"
    ") STRICT;"
    "CREATE INDEX outbox_sent ON outbox (op) WHERE state = 'SENT';"
    "CREATE TABLE change ("
    "  link INTEGER NOT NULL REFERENCES link,"
    "  field INTEGER NOT NULL,"
    "  value TEXT,"
    "  at_ms INTEGER NOT NULL,"
    "  checked INTEGER NOT NULL,"
    "  PRIMARY KEY (link, field)"
    ") STRICT;"
    "CREATE TABLE seen (guid TEXT PRIMARY KEY, at_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE dirty ("
    "  entity TEXT NOT NULL, key TEXT NOT NULL, PRIMARY KEY (entity, key)"
    ") STRICT, WITHOUT ROWID;"
    /*
     * parked: a record that was refused, until it changes. collision: both sides had edited a
     * field. suspended: a selected column that is gone. pause: a side's data API is not to be
     * called. tally: what was written since the last report; hour: the same by hour. pass: the
     * passes, with the report of one that the page has not got yet.
     */
    "CREATE TABLE parked ("
    "  id INTEGER PRIMARY KEY,"
    "  entity TEXT NOT NULL,"
    "  key TEXT NOT NULL,"
    "  direction TEXT NOT NULL CHECK (direction IN ('to_marketo', 'to_dynamics')),"
    "  operation TEXT NOT NULL,"
    "  code TEXT NOT NULL,"
    "  message TEXT NOT NULL,"
    "  body BLOB,"
    "  at_ms INTEGER NOT NULL,"
    "  told INTEGER NOT NULL DEFAULT 0,"
    "  UNIQUE (entity, key, direction)"
    ") STRICT;"
    "CREATE TABLE collision ("
    "  id INTEGER PRIMARY KEY,"
    "  link INTEGER NOT NULL,"
    "  field INTEGER NOT NULL,"
    "  winner TEXT NOT NULL CHECK (winner IN ('marketo', 'dynamics')),"
    "  dynamics INTEGER NOT NULL,"
    "  marketo INTEGER NOT NULL,"
    "  at_ms INTEGER NOT NULL"
    ") STRICT;"
    "CREATE TABLE suspended ("
    "  entity TEXT NOT NULL,"
    "  name TEXT NOT NULL,"
    "  since_ms INTEGER NOT NULL,"
    "  PRIMARY KEY (entity, name)"
    ") STRICT;"
    "CREATE TABLE pause ("
    "  side TEXT PRIMARY KEY CHECK (side IN ('marketo', 'dataverse')),"
    "  until_ms INTEGER NOT NULL,"
    "  code TEXT NOT NULL,"
    "  message TEXT NOT NULL"
    ") STRICT;"
    "CREATE TABLE quota ("
    "  side TEXT PRIMARY KEY, used INTEGER NOT NULL, resets_ms INTEGER NOT NULL"
    ") STRICT;"
    "CREATE TABLE tally ("
    "  entity TEXT NOT NULL,"
    "  direction TEXT NOT NULL,"
    "  inserts INTEGER NOT NULL DEFAULT 0,"
    "  updates INTEGER NOT NULL DEFAULT 0,"
    "  deletes INTEGER NOT NULL DEFAULT 0,"
    "  failed INTEGER NOT NULL DEFAULT 0,"
    "  PRIMARY KEY (entity, direction)"
    ") STRICT;"
    "CREATE TABLE hour ("
    "  at INTEGER NOT NULL,"
    "  entity TEXT NOT NULL,"
    "  direction TEXT NOT NULL,"
    "  records INTEGER NOT NULL,"
    "  PRIMARY KEY (at, entity, direction)"
    ") STRICT;"
    "CREATE TABLE pass ("
    "  id INTEGER PRIMARY KEY,"
    "  started_ms INTEGER NOT NULL,"
    "  ended_ms INTEGER,"
    "  outcome TEXT,"
    "  code TEXT,"
    "  initial_complete INTEGER NOT NULL DEFAULT 0,"
    "  report TEXT,"
    "  CHECK ((ended_ms IS NULL) = (outcome IS NULL))"
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
