#include "dataverse/fields.h"

#include <string.h>

#include "base/str.h"
#include "dataverse/org.h"
#include "store/store.h"

static const struct {
    const char *word;
    struct dv_column column;
} types[] = {
    {"string", {.type = DV_STRING, .size = 100}},
    {"memo", {.type = DV_MEMO, .size = 2000}},
    {"integer", {.type = DV_INT, .least = -2147483648.0, .most = 2147483647}},
    {"decimal", {.type = DV_DECIMAL, .size = 2, .least = -100000000000.0, .most = 100000000000}},
    {"money", {.type = DV_MONEY, .least = -1e14, .most = 1e14}},
    {"boolean", {.type = DV_BOOL}},
    {"datetime", {.type = DV_DATETIME}},
    {"picklist", {.type = DV_CHOICE, .initial = -1}},
};

static const struct dv_option yes_no[] = {{0, "No", 0}, {1, "Yes", 0}, {0}};

static bool wrong(struct err *err, const char *pointer)
{
    err_at(err, pointer);
    return false;
}

/* new_region: a publisher's prefix, an underscore, letters and digits. */
static bool check_name(struct db *db, const struct dv_schema *schema, const char *name,
                       struct err *err)
{
    const char *underscore = strchr(name, '_');
    size_t len = strlen(name);

    if (underscore == NULL || len > 100 || (*name >= '0' && *name <= '9') ||
        strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") != len ||
        underscore[1] == '\0') {
        (void)err_set(err, ERR_CONFIG,
                      "expected a name such as \"new_region\": a publisher's prefix, an "
                      "underscore, letters and digits; found \"%.60s\"",
                      name);
        return wrong(err, "/field");
    }
    (void)db;
    (void)schema;
    return true;
}

static const struct dv_entity *find_table(const struct dv_schema *schema, const char *name)
{
    const struct dv_entity *entity = name != NULL ? dv_entity(schema, name) : NULL;

    return entity != NULL || name == NULL ? entity : dv_entity_of_set(schema, name, strlen(name));
}

/* {"label": …} or a text for each; values from the publisher's prefix on. */
static const struct dv_option *read_options(struct arena *arena, const cJSON *list)
{
    size_t count = (size_t)cJSON_GetArraySize(list), n = 0;
    struct dv_option *options = arena_array(arena, count + 2, sizeof *options);
    const cJSON *item;

    cJSON_ArrayForEach(item, list)
    {
        const char *label = cJSON_IsString(item) ? item->valuestring : json_get_text(item, "label");

        options[n].value = json_get_int(item, "value", 100000000 + (int64_t)n);
        options[n++].label = label != NULL ? label : "Option";
    }
    if (n == 0) {
        options[0] = (struct dv_option){100000000, "Item", 0};
    }
    return options;
}

bool dv_field_add(struct db *db, struct arena *arena, const struct dv_schema *schema,
                  const cJSON *field, struct err *err)
{
    const char *table = json_get_text(field, "table"), *name = json_get_text(field, "field");
    const char *type = json_get_text(field, "type"), *label = json_get_text(field, "label");
    const struct dv_entity *entity = find_table(schema, table);
    struct dv_column column;
    size_t i = 0;

    if (entity == NULL) {
        (void)err_set(err, ERR_CONFIG, "the organization has no table \"%.60s\"",
                      table != NULL ? table : "");
        return wrong(err, "/table");
    }
    if (name == NULL || !check_name(db, schema, name, err)) {
        return false;
    }
    if (dv_column(entity, str_lower(arena_strdup(arena, name))) != NULL) {
        (void)err_set(err, ERR_CONFIG, "%s has a field %.60s already", entity->name, name);
        return wrong(err, "/field");
    }
    while (i < ARRAY_LEN(types) && !str_eq(types[i].word, type)) {
        i++;
    }
    if (i == ARRAY_LEN(types)) {
        (void)err_set(err, ERR_CONFIG,
                      "expected string, memo, integer, decimal, money, boolean, datetime or "
                      "picklist, found \"%.40s\"",
                      type != NULL ? type : "");
        return wrong(err, "/type");
    }
    column = types[i].column;
    column.schema = name;
    column.label = label != NULL ? label : name;
    column.options = column.type == DV_BOOL     ? yes_no
                     : column.type == DV_CHOICE ? read_options(arena, json_get(field, "options"))
                                                : NULL;
    column.flags = DV_CUSTOM;
    dv_custom_column_add(db, arena, schema->ord, entity->name, &column, NULL);
    return true;
}

bool dv_privilege_put(struct db *db, struct arena *arena, const struct dv_schema *schema,
                      const char *role, const char *name, int depth)
{
    static const char sql[] =
        "INSERT INTO dv_role_privileges (ord, role, entity, depth, rights) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (ord, role, entity, depth) DO UPDATE SET rights = rights | excluded.rights";
    static const struct {
        const char *name;
        enum dv_misc_right right;
    } others[] = {{"prvActOnBehalfOfAnotherUser", DV_ACT_FOR_OTHERS},
                  {"prvImportCustomization", DV_CUSTOMIZE},
                  {"prvPublishCustomization", DV_CUSTOMIZE},
                  {"prvCreateAttribute", DV_CUSTOMIZE},
                  {"prvOverrideCreatedOnCreatedBy", DV_OVERRIDE_CREATED}};

    for (size_t i = 0; i < ARRAY_LEN(others); i++) {
        if (strcmp(others[i].name, name) == 0) {
            store_run(db, sql,
                      DB_ARGS(db_int(schema->ord), db_text(role), db_text("*"), db_int(depth),
                              db_int(others[i].right)));
            return true;
        }
    }
    for (size_t i = 0; i < schema->count; i++) {
        const struct dv_entity *entity = schema->entities[i];
        const char *schema_name = strcmp(entity->name, "systemuser") == 0 ? "User" : entity->schema;

        if (!str_ends(name, schema_name)) {
            continue;
        }
        for (unsigned bit = 0; bit < 8; bit++) {
            if (strcmp(dv_privilege_name(arena, entity, (enum dv_right)(1U << bit)), name) == 0) {
                store_run(db, sql,
                          DB_ARGS(db_int(schema->ord), db_text(role), db_text(entity->name),
                                  db_int(depth), db_int(1U << bit)));
                return true;
            }
        }
    }
    return false;
}
