/*
 * Marketo's plug-in steps: while a step is enabled, what happens on its table writes a row of the
 * Marketo Log. Source: marketo-solution.
 */
#include <string.h>

#include "base/iso8601.h"
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

static void put_column(struct mock_call *call, struct dv_values *log, const char *prefix,
                       const char *name, const char *text)
{
    dv_put_name(log, arena_join(call->arena, prefix, name, NULL), db_text(text));
}

void dv_plugin(struct mock_call *call, const struct dv_entity *entity, const char *message,
               const char *id)
{
    const struct dv_org *org = call->caller->org;
    const struct dv_entity *table;
    struct dv_values log;
    const char *name;
    char now[ISO8601_SIZE];

    if ((entity->flags & DV_TRACKED) == 0 || org->log_table == NULL) {
        return;
    }
    table = dv_entity(org->schema, org->log_table);
    if (table == NULL || !step_enabled(org, entity, message)) {
        return;
    }
    name = mock_call_guid(call);
    log = dv_values_new(call->arena, table);
    dv_put_name(&log, table->key, db_text(name));
    dv_put_name(&log, table->main_name, db_text(message));
    put_column(call, &log, "mkt_", "operation", message);
    put_column(call, &log, "mkt_", "entityname", entity->name);
    put_column(call, &log, "mkt_", "entityid", id);
    iso8601_format_s(call->now_ms, now);
    dv_put_name(&log, "createdon", db_text(now));
    dv_put_name(&log, "modifiedon", db_text(now));
    dv_put_name(&log, "createdby", db_text(call->caller->user->id));
    dv_put_name(&log, "modifiedby", db_text(call->caller->user->id));
    dv_put_name(&log, "ownerid", db_text(call->caller->user->id));
    dv_put_name(&log, "statecode", db_int(0));
    dv_put_name(&log, "statuscode", db_int(1));
    dv_put_name(&log, "versionnumber", db_int(dv_version_take(call)));
    dv_insert(call->db, &log);
}
