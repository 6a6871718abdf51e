/* Rows for `GET /_mock/state/dataverse/…`: every table of an organization by its set's name. */
#include <string.h>

#include "base/str.h"
#include "dataverse/caller.h"
#include "dataverse/expand.h"
#include "dataverse/plan.h"
#include "dataverse/state.h"
#include "store/store.h"

void dv_state_list(struct mock_call *call, cJSON *names)
{
    const char *host = store_text(call->db, call->arena,
                                  "SELECT host FROM dv_orgs ORDER BY ord LIMIT 1", DB_NO_ARGS);
    const struct dv_schema *schema =
        host != NULL ? dv_schema_load(call->arena, call->db, host) : NULL;

    for (size_t i = 0; schema != NULL && i < schema->count; i++) {
        cJSON_AddItemToArray(names, cJSON_CreateString(arena_join(call->arena, "dataverse/",
                                                                  schema->entities[i]->set, NULL)));
    }
    cJSON_AddItemToArray(names, cJSON_CreateString("dataverse/systemuserroles"));
}

static void write_rows(struct mock_call *call, const struct dv_schema *schema,
                       const struct dv_entity *entity, const char *after, int64_t limit,
                       struct json_writer *writer)
{
    AUTO(strbuf) columns = STRBUF(0);
    AUTO(strbuf) from = STRBUF(0);
    struct dv_plan plan = {.root = {.entity = entity}};
    struct dv_build build = {.arena = call->arena,
                             .filter = {.call = call, .schema = schema, .arena = call->arena},
                             .columns = &columns,
                             .from = &from};
    AUTO(db_rows) rows = {0};

    (void)dv_select_build(&build, &plan.root, "t", NULL);
    store_query(&rows, call->db,
                arena_join(call->arena, "SELECT ", strbuf_text(&columns), " FROM ", entity->table,
                           " t WHERE t.", entity->key, " > ? ORDER BY t.", entity->key, " LIMIT ?",
                           NULL),
                DB_ARGS(db_text(after), db_int(limit)));
    while (store_next(&rows)) {
        dv_write_row(call, writer, &plan, &plan.root, &rows, NULL);
    }
}

/* Who has which role: the intersect table, one row for each. */
static void write_links(struct mock_call *call, const struct dv_schema *schema, const char *after,
                        int64_t limit, struct json_writer *writer)
{
    AUTO(db_rows) rows = {0};

    store_query(&rows, call->db,
                arena_printf(call->arena,
                             "SELECT systemuserid, roleid FROM o%lld_systemuserroles WHERE"
                             " systemuserid || roleid > ? ORDER BY systemuserid, roleid LIMIT ?",
                             (long long)schema->ord),
                DB_ARGS(db_text(after), db_int(limit)));
    while (store_next(&rows)) {
        jw_object(writer);
        jw_member_text(writer, "systemuserid", db_column_text(&rows, 0));
        jw_member_text(writer, "roleid", db_column_text(&rows, 1));
        jw_object_end(writer);
    }
}

bool dv_state(struct mock_call *call, const char *host, const char *table, const char *after,
              int64_t limit, struct json_writer *writer)
{
    const char *found =
        host != NULL ? store_text(call->db, call->arena, "SELECT host FROM dv_orgs WHERE host = ?",
                                  DB_ARGS(db_text(host)))
                     : store_text(call->db, call->arena,
                                  "SELECT host FROM dv_orgs ORDER BY ord LIMIT 1", DB_NO_ARGS);
    const struct dv_schema *schema =
        found != NULL ? dv_schema_load(call->arena, call->db, found) : NULL;
    const struct dv_entity *entity =
        schema != NULL ? dv_entity_of_set(schema, table, strlen(table)) : NULL;

    if (schema != NULL && strcmp(table, "systemuserroles") == 0) {
        write_links(call, schema, after, limit, writer);
        return true;
    }
    if (entity == NULL) {
        return false;
    }
    write_rows(call, schema, entity, after, limit, writer);
    return true;
}
