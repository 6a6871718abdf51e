/* Tables and columns that are rows of the world: what solutions and customizers add. */
#include <string.h>

#include "base/crypto.h"
#include "base/guid.h"
#include "base/json.h"
#include "base/str.h"
#include "dataverse/catalog.h"
#include "dataverse/schema.h"
#include "store/store.h"

const char *dv_metadata_id(struct arena *arena, const char *kind, const char *a, const char *b)
{
    AUTO(strbuf) text = STRBUF(0);
    uint8_t digest[SHA256_LEN];
    char *id = arena_alloc(arena, GUID_SIZE);

    strbuf_addf(&text, "%s/%s/%s", kind, a, b != NULL ? b : "");
    crypto_sha256(strbuf_text(&text), text.len, digest);
    guid_format(digest, id);
    return id;
}

/* The entities of an organization while they are gathered. */
struct loading {
    struct arena *arena;
    struct db *db;
    int64_t ord;
    const struct dv_entity **entities;
    size_t count, size;
};

static void add_entity(struct loading *load, const struct dv_entity *entity)
{
    if (load->count == load->size) {
        const struct dv_entity **bigger;

        load->size = load->size == 0 ? 32 : 2 * load->size;
        bigger = arena_array(load->arena, load->size, sizeof *bigger);
        if (load->count > 0) {
            memcpy(bigger, load->entities, load->count * sizeof *bigger);
        }
        load->entities = bigger;
    }
    load->entities[load->count++] = entity;
}

static cJSON *parse(struct arena *arena, const char *text)
{
    cJSON *tree = NULL;
    struct err err;

    return text != NULL && json_parse(arena, text, strlen(text), JSON_PLAIN, &tree, &err) ? tree
                                                                                          : NULL;
}

static const struct dv_option *read_options(struct arena *arena, const char *text)
{
    const cJSON *list = parse(arena, text), *item;
    struct dv_option *options;
    size_t count = 0;

    if (list == NULL) {
        return NULL;
    }
    options = arena_array(arena, (size_t)cJSON_GetArraySize(list) + 1, sizeof *options);
    cJSON_ArrayForEach(item, list)
    {
        options[count++] = (struct dv_option){.value = json_get_int(item, "value", 0),
                                              .label = json_get_text(item, "label"),
                                              .state = json_get_int(item, "state", 0)};
    }
    return options;
}

static const struct dv_target *read_targets(struct arena *arena, const char *text)
{
    const cJSON *list = parse(arena, text), *item;
    struct dv_target *targets;
    size_t count = 0;

    if (list == NULL) {
        return NULL;
    }
    targets = arena_array(arena, (size_t)cJSON_GetArraySize(list) + 1, sizeof *targets);
    cJSON_ArrayForEach(item, list)
    {
        targets[count++] = (struct dv_target){.entity = json_get_text(item, "entity"),
                                              .nav = json_get_text(item, "nav"),
                                              .collection = json_get_text(item, "collection")};
    }
    return targets;
}

enum { MOST_CUSTOM = 400 };

/* The custom columns of one table, in the order in which they were made. */
static struct dv_column *read_columns(struct loading *load, const char *entity, size_t *ret_count)
{
    static const char sql[] =
        "SELECT name, schema_name, label, type, flags, size, least, most, initial, options,"
        " targets, id FROM dv_columns WHERE ord = ? AND entity = ? ORDER BY seq LIMIT ?";
    struct dv_column *columns = NULL;
    AUTO(db_rows) rows = {0};

    *ret_count = 0;
    store_query(&rows, load->db, sql,
                DB_ARGS(db_int(load->ord), db_text(entity), db_int(MOST_CUSTOM)));
    while (store_next(&rows)) {
        if (columns == NULL) {
            columns = arena_array(load->arena, MOST_CUSTOM, sizeof *columns);
        }
        columns[(*ret_count)++] = (struct dv_column){
            .name = arena_strdup(load->arena, db_column_text(&rows, 0)),
            .schema = arena_strdup(load->arena, db_column_text(&rows, 1)),
            .label = arena_strdup(load->arena, db_column_text(&rows, 2)),
            .type = (enum dv_type)db_column_int(&rows, 3),
            .flags = (unsigned)db_column_int(&rows, 4) | DV_CUSTOM,
            .size = db_column_int(&rows, 5),
            .least = db_column_real(&rows, 6),
            .most = db_column_real(&rows, 7),
            .initial = db_column_int(&rows, 8),
            .options = read_options(load->arena, db_column_text(&rows, 9)),
            .targets = read_targets(load->arena, db_column_text(&rows, 10)),
            .id = arena_strdup(load->arena, db_column_text(&rows, 11)),
        };
    }
    return columns;
}

static void load_standard(struct loading *load)
{
    size_t count, more_count;
    const struct dv_entity *entities = dv_standard(&count);
    AUTO(strbuf) changed = STRBUF(0);

    {
        AUTO(db_rows) rows = {0};

        store_query(&rows, load->db, "SELECT DISTINCT entity FROM dv_columns WHERE ord = ?",
                    DB_ARGS(db_int(load->ord)));
        while (store_next(&rows)) {
            strbuf_addf(&changed, " %s ", db_column_text(&rows, 0));
        }
    }
    for (size_t i = 0; i < count; i++) {
        const char *word = arena_join(load->arena, " ", entities[i].name, " ", NULL);
        bool custom = strstr(strbuf_text(&changed), word) != NULL;
        struct dv_entity *copy;

        if (!custom && load->ord == 0) {
            add_entity(load, &entities[i]);
            continue;
        }
        copy = (void *)arena_dup(load->arena, &entities[i], sizeof entities[i]);
        copy->table = arena_printf(load->arena, "o%lld_%s", (long long)load->ord, entities[i].name);
        if (custom) {
            const struct dv_column *more = read_columns(load, copy->name, &more_count);

            dv_assemble(load->arena, copy, more, more_count);
        }
        add_entity(load, copy);
    }
}

/* The key and the name of a custom table stand before its columns. */
static void begin_custom(struct arena *arena, struct dv_entity *entity, const char *main_schema,
                         const char *main_label, int64_t main_size)
{
    struct dv_column *rows = arena_array(arena, 2, sizeof *rows);

    rows[0] = (struct dv_column){.schema = arena_join(arena, entity->schema, "Id", NULL),
                                 .label = entity->label,
                                 .type = DV_ID,
                                 .flags = DV_NO_UPDATE | DV_SYSTEM_REQUIRED | DV_CUSTOM};
    rows[1] = (struct dv_column){.schema = main_schema,
                                 .label = main_label,
                                 .type = DV_STRING,
                                 .flags = DV_CUSTOM | DV_APP_REQUIRED,
                                 .size = main_size};
    entity->rows = rows;
    entity->row_count = 2;
    entity->key = str_lower(arena_strdup(arena, rows[0].schema));
    entity->main_name = str_lower(arena_strdup(arena, main_schema));
}

static void load_custom(struct loading *load)
{
    static const char sql[] =
        "SELECT name, schema_name, set_name, label, plural, otc, flags, hidden, main_schema,"
        " main_label, main_size, id FROM dv_entities WHERE ord = ? ORDER BY otc";
    AUTO(db_rows) rows = {0};

    store_query(&rows, load->db, sql, DB_ARGS(db_int(load->ord)));
    while (store_next(&rows)) {
        struct arena *arena = load->arena;
        struct dv_entity *entity = arena_alloc(arena, sizeof *entity);
        const struct dv_column *more;
        size_t more_count;

        *entity = (struct dv_entity){
            .name = arena_strdup(arena, db_column_text(&rows, 0)),
            .schema = arena_strdup(arena, db_column_text(&rows, 1)),
            .set = arena_strdup(arena, db_column_text(&rows, 2)),
            .label = arena_strdup(arena, db_column_text(&rows, 3)),
            .plural = arena_strdup(arena, db_column_text(&rows, 4)),
            .otc = (int)db_column_int(&rows, 5),
            .flags = (unsigned)db_column_int(&rows, 6) | DV_CUSTOM_ENTITY,
            .hidden = db_column_int(&rows, 7) != 0,
            .index = (int)load->count,
            .id = arena_strdup(arena, db_column_text(&rows, 11)),
        };
        entity->table = arena_printf(arena, "o%lld_%s", (long long)load->ord, entity->name);
        begin_custom(arena, entity, arena_strdup(arena, db_column_text(&rows, 8)),
                     arena_strdup(arena, db_column_text(&rows, 9)), db_column_int(&rows, 10));
        more = read_columns(load, entity->name, &more_count);
        dv_assemble(arena, entity, more, more_count);
        add_entity(load, entity);
    }
}

const struct dv_schema *dv_schema_load(struct arena *arena, struct db *db, const char *host)
{
    struct loading load = {.arena = arena, .db = db};
    struct dv_schema *schema;

    load.ord = store_int(db, "SELECT ord FROM dv_orgs WHERE host = ?", DB_ARGS(db_text(host)), -1);
    if (load.ord < 0) {
        return NULL;
    }
    load_standard(&load);
    load_custom(&load);
    schema = arena_alloc(arena, sizeof *schema);
    *schema = (struct dv_schema){.ord = load.ord,
                                 .host = arena_strdup(arena, host),
                                 .entities = load.entities,
                                 .count = load.count};
    return schema;
}

const struct dv_entity *dv_entity(const struct dv_schema *schema, const char *name)
{
    for (size_t i = 0; i < schema->count; i++) {
        if (strcmp(schema->entities[i]->name, name) == 0) {
            return schema->entities[i];
        }
    }
    return NULL;
}

const struct dv_entity *dv_entity_of_set(const struct dv_schema *schema, const char *set,
                                         size_t len)
{
    for (size_t i = 0; i < schema->count; i++) {
        const char *have = schema->entities[i]->set;

        if (strncmp(have, set, len) == 0 && have[len] == '\0') {
            return schema->entities[i];
        }
    }
    return NULL;
}

const struct dv_column *dv_collection(const struct dv_schema *schema,
                                      const struct dv_entity *parent, const char *collection,
                                      const struct dv_entity **ret_child)
{
    for (size_t i = 0; i < schema->count; i++) {
        const struct dv_entity *child = schema->entities[i];

        for (size_t j = 0; j < child->column_count; j++) {
            const struct dv_column *column = child->columns[j];

            if (!dv_is_lookup(column)) {
                continue;
            }
            for (const struct dv_target *at = column->targets; at->entity != NULL; at++) {
                if (str_eq(at->entity, parent->name) && str_eq(at->collection, collection)) {
                    *ret_child = child;
                    return column;
                }
            }
        }
    }
    return NULL;
}

const struct dv_many *dv_many_of(const struct dv_schema *schema, const struct dv_entity *entity,
                                 const char *collection, const struct dv_entity **ret_other,
                                 bool *ret_left)
{
    for (size_t i = 0; i < dv_many_count; i++) {
        const struct dv_many *many = &dv_many[i];
        bool left = str_eq(many->left, entity->name) && str_eq(many->left_nav, collection);

        if (left || (str_eq(many->right, entity->name) && str_eq(many->right_nav, collection))) {
            *ret_other = dv_entity(schema, left ? many->right : many->left);
            *ret_left = left;
            return *ret_other != NULL ? many : NULL;
        }
    }
    return NULL;
}

void dv_metadata_changed(struct db *db, int64_t ord)
{
    store_run(db, "UPDATE dv_orgs SET metadata = ? WHERE ord = ?",
              DB_ARGS(db_int(db_total_changes(db)), db_int(ord)));
}

/* Whether the table has the column already: an empty world has those of the shipped package. */
static bool stands_ready(struct db *db, struct arena *arena, int64_t ord, const char *entity,
                         const char *column)
{
    const char *sql =
        arena_printf(arena, "SELECT %s FROM o%lld_%s LIMIT 0", column, (long long)ord, entity);
    AUTO(db_rows) rows = {0};
    struct err ignored;

    return db_query(db, sql, DB_NO_ARGS, &rows, &ignored);
}

void dv_custom_entity_begin(struct arena *arena, const struct dv_custom_entity *custom, int64_t ord,
                            struct dv_entity *ret)
{
    *ret = (struct dv_entity){.name = str_lower(arena_strdup(arena, custom->schema)),
                              .schema = custom->schema,
                              .label = custom->label,
                              .flags = custom->flags | DV_CUSTOM_ENTITY};
    ret->table = arena_printf(arena, "o%lld_%s", (long long)ord, ret->name);
    begin_custom(arena, ret, custom->main_schema, custom->main_label, custom->main_size);
}

void dv_custom_entity_add(struct db *db, struct arena *arena, int64_t ord,
                          const struct dv_custom_entity *custom)
{
    static const char sql[] =
        "INSERT INTO dv_entities (ord, name, schema_name, set_name, label, plural, otc, flags,"
        " hidden, main_schema, main_label, main_size, solution, id)"
        " SELECT ?1, ?2, ?3, ?4, ?5, ?6, next_otc, ?7, ?8, ?9, ?10, ?11, ?12, ?13"
        " FROM dv_orgs WHERE ord = ?1";
    struct dv_entity entity;
    const char *name;

    dv_custom_entity_begin(arena, custom, ord, &entity);
    name = entity.name;

    store_run(db, sql,
              DB_ARGS(db_int(ord), db_text(name), db_text(custom->schema), db_text(custom->set),
                      db_text(custom->label), db_text(custom->plural), db_int(custom->flags),
                      db_int(custom->hidden), db_text(custom->main_schema),
                      db_text(custom->main_label), db_int(custom->main_size),
                      db_text(custom->solution),
                      db_text(dv_metadata_id(arena, "entity", name, NULL))));
    store_run(db, "UPDATE dv_orgs SET next_otc = next_otc + 1 WHERE ord = ?", DB_ARGS(db_int(ord)));
    dv_assemble(arena, &entity, NULL, 0);
    if (!stands_ready(db, arena, ord, name, entity.key)) {
        dv_make_table(db, &entity);
    }
    dv_metadata_changed(db, ord);
}

static const char *options_text(struct arena *arena, const struct dv_option *options)
{
    cJSON *list = json_new_array(arena);

    for (; options != NULL && options->label != NULL; options++) {
        cJSON *item = cJSON_CreateObject();

        cJSON_AddNumberToObject(item, "value", (double)options->value);
        cJSON_AddStringToObject(item, "label", options->label);
        cJSON_AddNumberToObject(item, "state", (double)options->state);
        cJSON_AddItemToArray(list, item);
    }
    return json_text(arena, list);
}

static const char *targets_text(struct arena *arena, const struct dv_target *targets)
{
    cJSON *list = json_new_array(arena);

    for (; targets->entity != NULL; targets++) {
        cJSON *item = cJSON_CreateObject();

        cJSON_AddStringToObject(item, "entity", targets->entity);
        cJSON_AddStringToObject(item, "nav", targets->nav);
        if (targets->collection != NULL) {
            cJSON_AddStringToObject(item, "collection", targets->collection);
        }
        cJSON_AddItemToArray(list, item);
    }
    return json_text(arena, list);
}

void dv_custom_column_add(struct db *db, struct arena *arena, int64_t ord, const char *entity,
                          const struct dv_column *column, const char *solution)
{
    static const char sql[] =
        "INSERT INTO dv_columns (ord, entity, name, schema_name, label, type, flags, size, least,"
        " most, initial, options, targets, solution, id, seq) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7,"
        " ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, (SELECT ifnull(max(seq), 0) + 1 FROM"
        " dv_columns WHERE ord = ?1))";
    char *name = str_lower(arena_strdup(arena, column->schema));

    store_run(
        db, sql,
        DB_ARGS(db_int(ord), db_text(entity), db_text(name), db_text(column->schema),
                db_text(column->label), db_int(column->type), db_int(column->flags),
                db_int(column->size), db_real(column->least), db_real(column->most),
                db_int(column->initial),
                db_text(column->options != NULL ? options_text(arena, column->options) : NULL),
                db_text(dv_is_lookup(column) ? targets_text(arena, column->targets) : NULL),
                db_text(solution), db_text(dv_metadata_id(arena, "attribute", entity, name))));
    if (!stands_ready(db, arena, ord, entity, name)) {
        store_script(db, arena_printf(arena, "ALTER TABLE o%lld_%s ADD COLUMN %s %s",
                                      (long long)ord, entity, name, dv_sql_type(column)));
    }
    if (dv_is_polymorphic(column)) {
        store_script(db, arena_printf(arena, "ALTER TABLE o%lld_%s ADD COLUMN %s_t TEXT",
                                      (long long)ord, entity, name));
    }
    dv_metadata_changed(db, ord);
}

void dv_custom_column_drop(struct db *db, struct arena *arena, int64_t ord, const char *entity,
                           const char *column)
{
    store_run(db, "DELETE FROM dv_columns WHERE ord = ? AND entity = ? AND name = ?",
              DB_ARGS(db_int(ord), db_text(entity), db_text(column)));
    store_script(db, arena_printf(arena, "ALTER TABLE o%lld_%s DROP COLUMN %s", (long long)ord,
                                  entity, column));
    dv_metadata_changed(db, ord);
}
