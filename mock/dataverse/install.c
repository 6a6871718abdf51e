#include "dataverse/install.h"

#include <string.h>

#include "base/guid.h"
#include "base/str.h"
#include "dataverse/fields.h"
#include "store/store.h"

/* A standard table of the organization: what solutions are made of has no columns of its own. */
static const struct dv_entity *entity_of(const struct install *install, const char *name)
{
    size_t count;
    struct dv_entity *entity = arena_alloc(install->arena, sizeof *entity);

    *entity = dv_standard(&count)[dv_standard_index(name)];
    entity->table = arena_printf(install->arena, "o%lld_%s", (long long)install->ord, name);
    return entity;
}

static const char *row_id(const struct install *install, const char *kind, const char *name)
{
    return dv_metadata_id(install->arena, kind, install->host, name);
}

static bool there(const struct install *install, const struct dv_entity *entity, const char *id)
{
    return store_int(install->db,
                     arena_join(install->arena, "SELECT 1 FROM ", entity->table, " WHERE ",
                                entity->key, " = ?", NULL),
                     DB_ARGS(db_text(id)), 0) != 0;
}

/* What every row has, without rules and rights. */
static struct dv_values new_row(const struct install *install, const struct dv_entity *entity,
                                const char *id)
{
    struct dv_values values = dv_values_new(install->arena, entity);

    dv_put_name(&values, entity->key, db_text(id));
    dv_put_name(&values, "createdon", db_text(install->now));
    dv_put_name(&values, "modifiedon", db_text(install->now));
    dv_put_name(&values, "createdby", db_text(install->user));
    dv_put_name(&values, "modifiedby", db_text(install->user));
    dv_put_name(&values, "versionnumber", db_int(dv_next_version(install->db, install->ord)));
    if ((entity->flags & DV_USER_OWNED) != 0) {
        dv_put_name(&values, "ownerid", db_text(install->user));
        dv_put_name(&values, "owninguser", db_text(install->user));
        dv_put_name(&values, "owningbusinessunit", db_text(install->unit));
        dv_put_name(&values, "statecode", db_int(0));
        dv_put_name(&values, "statuscode", db_int(1));
    }
    return values;
}

static void put_publisher(const struct install *install, const struct package *package)
{
    const struct dv_entity *entity = entity_of(install, "publisher");
    const char *id = row_id(install, "publisher", package->publisher);
    struct dv_values values;

    if (there(install, entity, id)) {
        return;
    }
    values = new_row(install, entity, id);
    dv_put_name(&values, "uniquename", db_text(package->publisher));
    dv_put_name(&values, "friendlyname", db_text(package->publisher_name));
    dv_put_name(&values, "customizationprefix", db_text(package->prefix));
    dv_put_name(&values, "customizationoptionvalueprefix", db_int(package->option_prefix));
    dv_put_name(&values, "isreadonly", db_int(0));
    dv_insert(install->db, &values);
}

static void put_solution(const struct install *install, const struct package *package,
                         const char *id)
{
    const struct dv_entity *entity = entity_of(install, "solution");
    bool known = there(install, entity, id);
    struct dv_values values =
        known ? dv_values_new(install->arena, entity) : new_row(install, entity, id);

    dv_put_name(&values, "uniquename", db_text(package->name));
    dv_put_name(&values, "friendlyname", db_text(package->friendly_name));
    dv_put_name(&values, "version",
                db_text(install->version != NULL ? install->version : package->version));
    dv_put_name(&values, "ismanaged", db_int(install->managed));
    dv_put_name(&values, "isvisible", db_int(1));
    dv_put_name(&values, "publisherid", db_text(row_id(install, "publisher", package->publisher)));
    if (known) {
        dv_put_name(&values, "updatedon", db_text(install->now));
        dv_put_name(&values, "modifiedon", db_text(install->now));
        dv_put_name(&values, "modifiedby", db_text(install->user));
        dv_put_name(&values, "versionnumber", db_int(dv_next_version(install->db, install->ord)));
        dv_update(install->db, &values, id);
    } else {
        dv_put_name(&values, "installedon", db_text(install->now));
        dv_insert(install->db, &values);
    }
}

static const struct dv_schema *put_tables(const struct install *install,
                                          const struct package *package, const char *solution)
{
    const struct dv_schema *schema = dv_schema_load(install->arena, install->db, install->host);

    for (size_t i = 0; i < package->table_count; i++) {
        struct dv_custom_entity table = package->tables[i].entity;
        char *name = str_lower(arena_strdup(install->arena, table.schema));

        table.solution = solution;
        if (dv_entity(schema, name) == NULL) {
            dv_custom_entity_add(install->db, install->arena, install->ord, &table);
        }
    }
    schema = dv_schema_load(install->arena, install->db, install->host);
    for (size_t i = 0; i < package->column_count; i++) {
        const struct package_column *column = &package->columns[i];
        const struct dv_entity *entity = dv_entity(schema, column->entity);
        char *name = str_lower(arena_strdup(install->arena, column->column.schema));

        if (entity != NULL && dv_column(entity, name) == NULL) {
            dv_custom_column_add(install->db, install->arena, install->ord, entity->name,
                                 &column->column, solution);
        }
    }
    return package->column_count > 0 ? dv_schema_load(install->arena, install->db, install->host)
                                     : schema;
}

static void put_privileges(const struct install *install, const struct package_role *role,
                           const struct dv_schema *schema)
{
    AUTO(arena) scratch = {0};

    for (size_t i = 0; i < role->count; i++) {
        (void)dv_privilege_put(install->db, &scratch, schema, role->id, role->privileges[i].name,
                               role->privileges[i].depth);
        arena_reset(&scratch);
    }
}

static void put_roles(const struct install *install, const struct package *package,
                      const struct dv_schema *schema, const char *solution)
{
    const struct dv_entity *entity = entity_of(install, "role");

    for (size_t i = 0; i < package->role_count; i++) {
        const struct package_role *role = &package->roles[i];

        if (!there(install, entity, role->id)) {
            struct dv_values values = new_row(install, entity, role->id);

            dv_put_name(&values, "name", db_text(role->name));
            dv_put_name(&values, "ismanaged", db_int(install->managed));
            dv_put_name(&values, "isinherited", db_int(1));
            dv_put_name(&values, "componentstate", db_int(0));
            dv_put_name(&values, "solutionid", db_text(solution));
            dv_put_name(&values, "businessunitid", db_text(install->unit));
            dv_put_name(&values, "parentrootroleid", db_text(role->id));
            dv_insert(install->db, &values);
        }
        put_privileges(install, role, schema);
    }
    dv_security_changed(install->db, install->ord);
}

static void put_steps(const struct install *install, const struct package *package,
                      const char *solution)
{
    const struct dv_entity *entity = entity_of(install, "sdkmessageprocessingstep");

    for (size_t i = 0; i < package->step_count; i++) {
        const struct package_step *step = &package->steps[i];
        struct dv_values values;

        if (there(install, entity, step->id)) {
            continue;
        }
        values = new_row(install, entity, step->id);
        dv_put_name(&values, "name", db_text(step->name));
        dv_put_name(&values, "stage", db_int(step->stage));
        dv_put_name(&values, "mode", db_int(step->mode));
        dv_put_name(&values, "rank", db_int(step->rank));
        dv_put_name(&values, "ishidden", db_int(0));
        dv_put_name(&values, "ismanaged", db_int(install->managed));
        dv_put_name(&values, "solutionid", db_text(solution));
        dv_put_name(&values, "statecode", db_int(!install->steps_enabled));
        dv_put_name(&values, "statuscode", db_int(install->steps_enabled ? 1 : 2));
        dv_insert(install->db, &values);
        store_run(install->db,
                  "INSERT INTO dv_steps (ord, id, entity, message, solution)"
                  " VALUES (?, ?, ?, ?, ?)",
                  DB_ARGS(db_int(install->ord), db_text(step->id), db_text(step->entity),
                          db_text(step->message), db_text(solution)));
    }
}

/* The record that the settings page shows is there from the start. */
static void put_config(const struct install *install, const struct dv_schema *schema)
{
    struct dv_marketo_names names = dv_marketo_names(install->db, install->arena, install->host);
    const struct dv_entity *entity = dv_entity(schema, names.config);
    struct dv_values values;

    if (entity == NULL ||
        store_int(install->db,
                  arena_join(install->arena, "SELECT count(*) FROM ", entity->table, NULL),
                  DB_NO_ARGS, 0) != 0) {
        return;
    }
    values = new_row(install, entity, row_id(install, "config", "Default"));
    dv_put_name(&values, entity->main_name, db_text("Default"));
    dv_insert(install->db, &values);
}

const char *dv_install(const struct install *install, const struct package *package)
{
    const char *id = row_id(install, "solution", package->name);

    const struct dv_schema *schema;

    put_publisher(install, package);
    schema = put_tables(install, package, id);
    put_solution(install, package, id);
    put_roles(install, package, schema, id);
    put_steps(install, package, id);
    put_config(install, schema);
    dv_metadata_changed(install->db, install->ord);
    return id;
}

struct dv_marketo_names dv_marketo_names(struct db *db, struct arena *arena, const char *host)
{
    const char *scope = arena_join(arena, "organization/", host, NULL);

    return (struct dv_marketo_names){
        .solution = store_setting_text(db, arena, scope, "marketoSolution"),
        .config = store_setting_text(db, arena, scope, "marketoConfigTable"),
        .log = store_setting_text(db, arena, scope, "marketoLogTable"),
        .lookup = store_setting_text(db, arena, scope, "marketoUserLookup"),
    };
}

static const char *renamed(const char *name, const char *from, const char *to)
{
    return str_ieq(name, from) && !str_ieq(to, from) ? to : name;
}

void dv_marketo_rename(struct arena *arena, struct package *package,
                       const struct dv_marketo_names *names)
{
    static const char config[] = "mkt_marketoconfig", log[] = "mkt_marketolog";

    if (!str_eq(package->name, "MarketoLeadManagement")) {
        return;
    }
    package->name = names->solution;
    for (size_t i = 0; i < package->table_count; i++) {
        struct dv_custom_entity *table = &package->tables[i].entity;
        const char *schema =
            renamed(renamed(table->schema, config, names->config), log, names->log);

        if (schema != table->schema) {
            table->schema = schema;
            table->set = arena_join(arena, schema, "s", NULL);
        }
    }
    for (size_t i = 0; i < package->column_count; i++) {
        struct package_column *column = &package->columns[i];

        column->entity = renamed(renamed(column->entity, config, names->config), log, names->log);
        column->column.schema = renamed(column->column.schema, "mkt_marketouser", names->lookup);
        if (column->column.targets != NULL) {
            struct dv_target *target = arena_array(arena, 2, sizeof *target);

            target[0] = column->column.targets[0];
            target[0].nav = column->column.schema;
            column->column.targets = target;
        }
    }
}

const char *dv_config_user(struct db *db, struct arena *arena, int64_t ord, const char *host)
{
    struct dv_marketo_names names = dv_marketo_names(db, arena, host);
    const struct dv_schema *schema = dv_schema_load(arena, db, host);
    const struct dv_entity *entity = dv_entity(schema, names.config);

    (void)ord;
    if (entity == NULL || dv_column(entity, names.lookup) == NULL) {
        return NULL;
    }
    return store_text(db, arena,
                      arena_join(arena, "SELECT ", names.lookup, " FROM ", entity->table, " WHERE ",
                                 entity->main_name, " = 'Default' ORDER BY ", entity->key,
                                 " LIMIT 1", NULL),
                      DB_NO_ARGS);
}

void dv_publish_now(struct db *db, struct arena *arena, int64_t ord, const char *host)
{
    if (store_run(db, "UPDATE dv_entities SET hidden = 0 WHERE ord = ? AND hidden",
                  DB_ARGS(db_int(ord))) > 0) {
        dv_metadata_changed(db, ord);
    }
    store_run(db, "UPDATE dv_orgs SET published_user = ? WHERE ord = ?",
              DB_ARGS(db_text(dv_config_user(db, arena, ord, host)), db_int(ord)));
}
