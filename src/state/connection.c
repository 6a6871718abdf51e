#include "state/connection.h"

#include "dataverse/dataverse.h"

bool sync_connection_load(struct crmsync *engine, struct arena *arena, struct sync_connection *ret,
                          struct sync_problem *problem)
{
    static const char sql[] =
        "SELECT organization, auth_method, username, client_id, tenant FROM connection";
    const struct sync_config *config = &engine->config;
    AUTO(db_rows) rows = {0};
    struct err err;

    if (!db_query(engine->store.db, sql, DB_NO_ARGS, &rows, &err)) {
        return sync_fail_err(problem, &err);
    }
    switch (db_next(&rows, &err)) {
    case DB_FAILED:
        return sync_fail_err(problem, &err);
    case DB_ROW:
        *ret =
            (struct sync_connection){.organization = arena_strdup(arena, db_column_text(&rows, 0)),
                                     .auth_method = arena_strdup(arena, db_column_text(&rows, 1)),
                                     .username = arena_strdup(arena, db_column_text(&rows, 2)),
                                     .client_id = arena_strdup(arena, db_column_text(&rows, 3)),
                                     .tenant = arena_strdup(arena, db_column_text(&rows, 4)),
                                     .kept = true};
        return true;
    case DB_DONE:
        break;
    }
    *ret = (struct sync_connection){
        .organization = config->dynamics.organization != NULL
                            ? sync_dataverse_host(arena, config->dynamics.organization)
                            : NULL,
        .auth_method = config->dynamics.auth_method != NULL ? config->dynamics.auth_method : "s2s",
        .username = config->dynamics.username,
        .client_id = config->dynamics.client_id,
        .tenant = config->dynamics.tenant};
    return true;
}

bool sync_connection_save(struct crmsync *engine, const struct sync_connection *connection,
                          struct sync_problem *problem)
{
    static const char sql[] =
        "INSERT OR REPLACE INTO connection (id, organization, auth_method, username, client_id,"
        " tenant) VALUES (1, ?, ?, ?, ?, ?)";
    AUTO(db_txn) txn = {0};
    struct err err;

    if (!db_begin(engine->store.db, &txn, &err) ||
        !db_run(engine->store.db, sql,
                DB_ARGS(db_text(connection->organization), db_text(connection->auth_method),
                        db_text(connection->username), db_text(connection->client_id),
                        db_text(connection->tenant)),
                &err)) {
        return sync_fail_err(problem, &err);
    }
    return sync_store_commit(&engine->store, &txn, problem);
}
