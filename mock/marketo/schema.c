/* The tables of Marketo. `sub` is the number of the subscription. */
#include "marketo/tables.h"

const char marketo_schema[] =
    /* When each client's present token was made, and of which expired ones it was told (602). */
    "CREATE TABLE marketo_tokens (client_id TEXT PRIMARY KEY, issued_s INTEGER NOT NULL)"
    " WITHOUT ROWID;"
    "CREATE TABLE marketo_expired (client_id TEXT NOT NULL, issued_s INTEGER NOT NULL,"
    " PRIMARY KEY (client_id, issued_s)) WITHOUT ROWID;"

    /* The times of the last hundred calls of a subscription, a ring; calls and errors by the day.
     */
    "CREATE TABLE marketo_window (sub INTEGER PRIMARY KEY, calls INTEGER NOT NULL,"
    " times BLOB NOT NULL);"
    "CREATE TABLE marketo_usage (sub INTEGER NOT NULL, day TEXT NOT NULL, user TEXT NOT NULL,"
    " count INTEGER NOT NULL, PRIMARY KEY (sub, day, user)) WITHOUT ROWID;"
    "CREATE TABLE marketo_error_days (sub INTEGER NOT NULL, day TEXT NOT NULL,"
    " code TEXT NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (sub, day, code)) WITHOUT ROWID;"

    "CREATE TABLE marketo_fields (space INTEGER NOT NULL, name TEXT NOT NULL COLLATE NOCASE,"
    " id INTEGER NOT NULL, label TEXT NOT NULL, type TEXT NOT NULL, length INTEGER NOT NULL,"
    " flags INTEGER NOT NULL, description TEXT, PRIMARY KEY (space, name)) WITHOUT ROWID;"
    "CREATE TABLE marketo_indexed (space INTEGER NOT NULL, field INTEGER NOT NULL,"
    " PRIMARY KEY (space, field)) WITHOUT ROWID;"

    "CREATE TABLE marketo_records (key INTEGER PRIMARY KEY, created_ms INTEGER NOT NULL,"
    " updated_ms INTEGER NOT NULL, settled_ms INTEGER NOT NULL, company TEXT,"
    " document TEXT NOT NULL);"
    "CREATE INDEX marketo_records_by_company ON marketo_records (company, key)"
    " WHERE company IS NOT NULL;"
    "CREATE TABLE marketo_values (space INTEGER NOT NULL, field INTEGER NOT NULL,"
    " value TEXT NOT NULL, id INTEGER NOT NULL, PRIMARY KEY (space, field, value, id))"
    " WITHOUT ROWID;"
    "CREATE TABLE marketo_counters (sub INTEGER NOT NULL, kind TEXT NOT NULL,"
    " next INTEGER NOT NULL, PRIMARY KEY (sub, kind)) WITHOUT ROWID;"

    /* `field`, `before` and `now` are of Change Data Value, for those who read lead changes. */
    "CREATE TABLE marketo_activities (key INTEGER PRIMARY KEY, lead INTEGER NOT NULL,"
    " type INTEGER NOT NULL, at_ms INTEGER NOT NULL, visible_ms INTEGER NOT NULL,"
    " primary_id INTEGER, primary_value TEXT, attributes TEXT NOT NULL, field TEXT, before TEXT,"
    " now TEXT);"
    "CREATE INDEX marketo_activities_by_time ON marketo_activities (at_ms, key);"

    /* Credentials are not kept: the worker has them. */
    "CREATE TABLE marketo_connections (sub INTEGER PRIMARY KEY, state TEXT NOT NULL,"
    " initial_complete INTEGER NOT NULL, organization TEXT, method TEXT, username TEXT,"
    " client_id TEXT, tenant_id TEXT, email TEXT, settles_ms INTEGER NOT NULL,"
    " subscription_id TEXT NOT NULL, flag INTEGER NOT NULL, flag_state TEXT NOT NULL,"
    " flag_username TEXT, digest_ms INTEGER NOT NULL);"

    /* `columns`: what the last Save found, as JSON. */
    "CREATE TABLE marketo_selected (sub INTEGER NOT NULL, entity TEXT NOT NULL,"
    " name TEXT NOT NULL, PRIMARY KEY (sub, entity, name)) WITHOUT ROWID;"
    "CREATE TABLE marketo_schemas (sub INTEGER NOT NULL, entity TEXT NOT NULL,"
    " columns TEXT NOT NULL, PRIMARY KEY (sub, entity)) WITHOUT ROWID;"

    "CREATE TABLE marketo_mail (sub INTEGER NOT NULL, id INTEGER NOT NULL, at_ms INTEGER NOT NULL,"
    " recipient TEXT NOT NULL, subject TEXT NOT NULL, body TEXT NOT NULL, kind TEXT NOT NULL,"
    " PRIMARY KEY (sub, id)) WITHOUT ROWID;"

    /*
     * A row per object and direction: of its last pass, and of every pass that moved something, for
     * the last full hour. The columns of `marketo_pass_errors` are what the tab shows.
     */
    "CREATE TABLE marketo_pass_last (sub INTEGER NOT NULL, name TEXT NOT NULL,"
    " direction TEXT NOT NULL, inserts INTEGER NOT NULL, updates INTEGER NOT NULL,"
    " deletes INTEGER NOT NULL, failed INTEGER NOT NULL, backlog INTEGER NOT NULL, oldest TEXT,"
    " ended_ms INTEGER NOT NULL, PRIMARY KEY (sub, name, direction)) WITHOUT ROWID;"
    "CREATE TABLE marketo_pass_hours (sub INTEGER NOT NULL, name TEXT NOT NULL,"
    " direction TEXT NOT NULL, hour INTEGER NOT NULL, count INTEGER NOT NULL,"
    " PRIMARY KEY (sub, name, direction, hour)) WITHOUT ROWID;"
    "CREATE TABLE marketo_pass_ids (sub INTEGER NOT NULL, id TEXT NOT NULL,"
    " PRIMARY KEY (sub, id)) WITHOUT ROWID;"
    "CREATE TABLE marketo_pass_errors (sub INTEGER NOT NULL, id INTEGER NOT NULL,"
    " at_ms INTEGER NOT NULL, object TEXT, record TEXT, operation TEXT, direction TEXT, code TEXT,"
    " message TEXT, mailed INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (sub, id)) WITHOUT ROWID;"
    "CREATE TABLE marketo_quick_sync (sub INTEGER NOT NULL, entity TEXT NOT NULL,"
    " name TEXT NOT NULL, at_ms INTEGER NOT NULL, PRIMARY KEY (sub, entity, name)) WITHOUT ROWID;"
    "CREATE TABLE marketo_options (sub INTEGER NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL,"
    " PRIMARY KEY (sub, name)) WITHOUT ROWID;"

    /* Hosts of subscriptions that were replaced. */
    "CREATE TABLE marketo_retired (munchkin TEXT PRIMARY KEY COLLATE NOCASE);";
