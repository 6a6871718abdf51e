/*
 * Marketo's plug-in steps: while a step is enabled, what happens on its table writes a row of the
 * Marketo Log. Source: marketo-solution.
 */
#include <string.h>

#include "base/auto.h"
#include "base/iso8601.h"
#include "base/str.h"
#include "dataverse/write.h"
#include "store/store.h"

static bool step_enabled(const struct dv_org *org, const struct dv_entity *entity,
                         const char *message)
{
    for (size_t i = 0; i < org->step_count; i++) {
        if (strcmp(org->steps[i].entity, entity->name) == 0 &&
            strcmp(org->steps[i].message, message) == 0) {
            return true;
        }
    }
    return false;
}

/* What each column of the log gets; the numbers are the values that dv_plugin() binds. */
static const struct {
    const char *column, *value;
} cells[] = {
    {"mkt_operation", "?2"}, {"mkt_entityname", "?3"}, {"mkt_entityid", "?4"},  {"createdon", "?5"},
    {"modifiedon", "?5"},    {"createdby", "?6"},      {"modifiedby", "?6"},    {"ownerid", "?6"},
    {"statecode", "0"},      {"statuscode", "1"},      {"versionnumber", "?7"},
};

static void add_cell(struct strbuf *columns, struct strbuf *values, const struct dv_column *column,
                     const char *value)
{
    strbuf_addf(columns, ", %s", column->name);
    strbuf_addf(values, ", %s", value);
    if (dv_is_polymorphic(column)) {
        strbuf_addf(columns, ", %s_t", column->name);
        strbuf_addf(values, ", '%s'", column->targets[0].entity);
    }
}

const char *dv_plugin_statement(struct arena *arena, const struct dv_entity *log)
{
    AUTO(strbuf) columns = STRBUF(0);
    AUTO(strbuf) values = STRBUF(0);

    if (log == NULL) {
        return NULL;
    }
    add_cell(&columns, &values, dv_column(log, log->main_name), "?2");
    for (size_t i = 0; i < ARRAY_LEN(cells); i++) {
        const struct dv_column *column = dv_column(log, cells[i].column);

        if (column != NULL && !str_eq(column->name, log->main_name)) {
            add_cell(&columns, &values, column, cells[i].value);
        }
    }
    return arena_printf(arena, "INSERT INTO %s (%s%s) VALUES (?1%s)", log->table, log->key,
                        strbuf_text(&columns), strbuf_text(&values));
}

void dv_plugin(struct mock_call *call, const struct dv_entity *entity, const char *message,
               const char *id)
{
    const struct dv_org *org = call->caller->org;
    const char *row;
    char now[ISO8601_SIZE];

    if ((entity->flags & DV_TRACKED) == 0 || org->log_insert == NULL ||
        !step_enabled(org, entity, message)) {
        return;
    }
    iso8601_format_s(call->now_ms, now);
    row = dv_next_id(call);
    store_run(call->db, org->log_insert,
              DB_ARGS(db_text(row), db_text(message), db_text(entity->name), db_text(id),
                      db_text(now), db_text(call->caller->user->id),
                      db_int(dv_version_take(call))));
}
