/* Rules FIELD-01 to FIELD-10, SETUP3-09, SETUP3-10. */
#include "marketo/selection.h"

#include <string.h>

#include "base/auto.h"
#include "base/json_writer.h"
#include "base/str.h"
#include "dataverse/model.h"
#include "store/store.h"

bool marketo_selected(struct db *db, int64_t sub, const char *entity, const char *column)
{
    return store_int(db, "SELECT 1 FROM marketo_selected WHERE sub = ? AND entity = ? AND name = ?",
                     DB_ARGS(db_int(sub), db_text(entity), db_text(column)), 0) != 0;
}

/* Whether the field of that name is the one that a column with that label feeds (FIELD-10). */
static bool same_field(const struct marketo_field *field, const char *label, bool company)
{
    return str_eq(field->label, label) && ((field->flags & FIELD_COMPANY) != 0) == company;
}

/*
 * A column without a default pair feeds the field of its own name; when that name has another
 * label already, two fields appear, and the second one is named after its entity too.
 */
static const char *own_field(struct arena *arena, const struct marketo_set *set,
                             const struct marketo_entity *entity, const char *column,
                             const char *label)
{
    int slot = marketo_slot(set, column);

    return slot == MARKETO_NO_SLOT ||
                   same_field(set->fields[slot], label, entity->object == MARKETO_COMPANY)
               ? column
               : arena_printf(arena, "%s_%s", column, entity->name);
}

/* Company fields are fields of people too, so people's names decide for both. */
static struct marketo_set *names_of(struct arena *arena, struct db *db, int64_t sub,
                                    const struct marketo_entity *entity)
{
    return marketo_set_load(
        arena, db, sub, entity->object == MARKETO_OPPORTUNITY ? MARKETO_OPPORTUNITY : MARKETO_LEAD);
}

/* Whether the column can sync; what the worker handles by itself is no choice of the page. */
static bool describe(struct arena *arena, const struct marketo_set *set,
                     const struct marketo_entity *entity, struct marketo_column *column)
{
    const struct marketo_pair *pair = marketo_pair_find(entity->name, column->name);

    column->standard = pair != NULL && pair->name != NULL;
    if (pair != NULL) {
        column->field = pair->name;
        column->field_label = pair->label;
        column->field_type = pair->type;
        column->also = pair->also;
        return pair->name != NULL;
    }
    if (!marketo_type_of_column(column->type, &column->field_type)) {
        return false;
    }
    column->field = own_field(arena, set, entity, column->name, column->label);
    column->field_label = column->label;
    return true;
}

static size_t live_columns(struct arena *arena, struct db *db, const char *org,
                           const struct marketo_entity *entity, const struct marketo_set *set,
                           struct marketo_column **ret)
{
    struct dataverse_attribute *attributes;
    size_t have = dataverse_attributes(arena, db, org, entity->name, &attributes), count = 0;

    *ret = arena_array(arena, have + 1, sizeof **ret);
    for (size_t i = 0; i < have; i++) {
        const struct dataverse_attribute *from = &attributes[i];
        struct marketo_column *column = &(*ret)[count];

        *column = (struct marketo_column){.name = from->name,
                                          .label = from->label != NULL ? from->label : from->name,
                                          .type = from->type,
                                          .length = from->max_length,
                                          .custom = from->custom,
                                          .updatable = from->updatable};
        count += from->readable && describe(arena, set, entity, column);
    }
    return count;
}

/* The names of an entity's selected columns. */
static size_t selected_names(struct arena *arena, struct db *db, int64_t sub,
                             const struct marketo_entity *entity, const char ***ret)
{
    const struct db_value args[] = {db_int(sub), db_text(entity->name)};
    int64_t most =
        store_int(db, "SELECT count(*) FROM marketo_selected WHERE sub = ? AND entity = ?", args,
                  ARRAY_LEN(args), 0);
    const char **names = arena_array(arena, (size_t)most + 1, sizeof *names);
    AUTO(db_rows) rows = {0};
    size_t count = 0;

    store_query(&rows, db, "SELECT name FROM marketo_selected WHERE sub = ? AND entity = ?", args,
                ARRAY_LEN(args));
    while (store_next(&rows)) {
        names[count++] = arena_strdup(arena, db_column_text(&rows, 0));
    }
    *ret = names;
    return count;
}

/* Behind the end of a flat object as store_entity() writes it. */
static const char *object_end(const char *at)
{
    bool inside = false;

    for (; *at != '\0'; at++) {
        if (*at == '\\' && at[1] != '\0') {
            at++;
        } else if (*at == '"') {
            inside = !inside;
        } else if (*at == '}' && !inside) {
            return at + 1;
        }
    }
    return at;
}

/* The same array of objects with those only whose names, the first member, are in the list. */
static char *only_named(struct arena *arena, const char *text, const char *const *names,
                        size_t count)
{
    static const char start[] = "{\"name\":\"";
    AUTO(strbuf) out = STRBUF(0);

    strbuf_add_char(&out, '[');
    for (const char *at = strchr(text, '{'); at != NULL; at = strchr(at, '{')) {
        const char *end = object_end(at), *name = at + sizeof start - 1;
        size_t len = str_starts(at, start) ? strcspn(name, "\"") : 0;

        for (size_t i = 0; i < count && len > 0; i++) {
            if (strncmp(names[i], name, len) == 0 && names[i][len] == '\0') {
                strbuf_add(&out, out.len > 1 ? "," : "");
                strbuf_add_n(&out, at, (size_t)(end - at));
                break;
            }
        }
        at = end;
    }
    strbuf_add_char(&out, ']');
    return arena_dup(arena, out.data, out.len);
}

/* The stored schema: what live_columns() found then, as JSON; of `names` only, unless NULL. */
static size_t stored_columns(struct arena *arena, struct db *db, int64_t sub,
                             const struct marketo_entity *entity, const struct marketo_set *set,
                             const char *const *names, size_t name_count,
                             struct marketo_column **ret)
{
    const char *text =
        store_text(db, arena, "SELECT columns FROM marketo_schemas WHERE sub = ? AND entity = ?",
                   DB_ARGS(db_int(sub), db_text(entity->name)));
    cJSON *list = NULL;
    const cJSON *item;
    size_t count = 0;
    struct err err;

    if (text != NULL && names != NULL) {
        text = only_named(arena, text, names, name_count);
    }
    if (text == NULL || !json_parse(arena, text, strlen(text), JSON_OWN, &list, &err)) {
        return 0;
    }
    *ret = arena_array(arena, (size_t)cJSON_GetArraySize(list) + 1, sizeof **ret);
    cJSON_ArrayForEach(item, list)
    {
        struct marketo_column *column = &(*ret)[count];

        *column = (struct marketo_column){.name = json_get_text(item, "name"),
                                          .label = json_get_text(item, "label"),
                                          .type = json_get_text(item, "type"),
                                          .length = json_get_int(item, "length", 0),
                                          .custom = json_get_bool(item, "custom", false),
                                          .updatable = json_get_bool(item, "updatable", false)};
        count += describe(arena, set, entity, column);
    }
    return count;
}

size_t marketo_columns(struct arena *arena, struct db *db, int64_t sub, const char *org,
                       const struct marketo_entity *entity, enum marketo_schema_source source,
                       struct marketo_column **ret)
{
    const struct marketo_set *set = names_of(arena, db, sub, entity);
    const char **names;
    size_t name_count = selected_names(arena, db, sub, entity, &names);
    size_t count = source == MARKETO_LIVE
                       ? live_columns(arena, db, org, entity, set, ret)
                       : stored_columns(arena, db, sub, entity, set,
                                        source == MARKETO_SELECTED ? names : NULL, name_count, ret);

    for (size_t n = 0; n < name_count; n++) {
        for (size_t i = 0; i < count; i++) {
            (*ret)[i].selected |= str_eq((*ret)[i].name, names[n]);
        }
    }
    return count;
}

/* An arena of its own: metadata is large, and a world is loaded in one. */
static void store_entity(struct db *db, int64_t sub, const char *org,
                         const struct marketo_entity *entity)
{
    AUTO(arena) arena = {0};
    AUTO(strbuf) text = STRBUF(0);
    struct json_writer writer = JSON_WRITER(&text);
    struct marketo_column *columns;
    size_t count = marketo_columns(&arena, db, sub, org, entity, MARKETO_LIVE, &columns);

    jw_array(&writer);
    for (size_t i = 0; i < count; i++) {
        jw_object(&writer);
        jw_member_text(&writer, "name", columns[i].name);
        jw_member_text(&writer, "label", columns[i].label);
        jw_member_text(&writer, "type", columns[i].type);
        jw_member_int(&writer, "length", columns[i].length);
        jw_member_bool(&writer, "custom", columns[i].custom);
        jw_member_bool(&writer, "updatable", columns[i].updatable);
        jw_object_end(&writer);
    }
    jw_array_end(&writer);
    store_run(db, "INSERT OR REPLACE INTO marketo_schemas (sub, entity, columns) VALUES (?, ?, ?)",
              DB_ARGS(db_int(sub), db_text(entity->name), db_text(strbuf_text(&text))));
}

void marketo_schema_store(struct db *db, int64_t sub, const char *org)
{
    for (size_t i = 0; i < marketo_entity_count; i++) {
        store_entity(db, sub, org, &marketo_entities[i]);
    }
}

static void add_field(struct db *db, int64_t sub, enum marketo_object object, const char *name,
                      const char *label, enum marketo_type type, int64_t length, unsigned flags)
{
    const struct marketo_field field = {
        .name = name,
        .label = label,
        .type = type,
        .length = length > 0 && length < 255 ? length : marketo_type_length(type),
        .flags = FIELD_CUSTOM | marketo_type_flags(type) | flags};

    (void)marketo_field_add(db, sub, object, &field);
}

static void make_fields(struct db *db, int64_t sub, const struct marketo_entity *entity,
                        const struct marketo_column *column)
{
    const struct marketo_pair *pair = marketo_pair_find(entity->name, column->name);
    bool company = entity->object == MARKETO_COMPANY;

    add_field(db, sub, entity->object, column->field, column->field_label, column->field_type,
              column->length, 0);
    if (company && !str_eq(column->field, "externalCompanyId")) {
        add_field(db, sub, MARKETO_LEAD, column->field, column->field_label, column->field_type,
                  column->length, FIELD_COMPANY);
    }
    if (pair != NULL && pair->also != NULL) {
        add_field(db, sub, entity->object, pair->also, pair->also_label, pair->type, column->length,
                  0);
    }
}

static bool wanted(const struct marketo_column *column, const struct marketo_choice *choice)
{
    if (choice->standard) {
        return column->standard;
    }
    if (choice->names == NULL) {
        return column->selected;
    }
    for (size_t i = 0; i < choice->count; i++) {
        if (str_eq(choice->names[i], column->name)) {
            return true;
        }
    }
    return false;
}

void marketo_select(struct db *db, int64_t sub, const char *org,
                    const struct marketo_entity *entity, const struct marketo_choice *choice)
{
    AUTO(arena) arena = {0};
    struct marketo_column *columns;
    size_t count = marketo_columns(&arena, db, sub, org, entity, MARKETO_LIVE, &columns);

    store_run(db, "DELETE FROM marketo_selected WHERE sub = ? AND entity = ?",
              DB_ARGS(db_int(sub), db_text(entity->name)));
    for (size_t i = 0; i < count; i++) {
        if (wanted(&columns[i], choice)) {
            make_fields(db, sub, entity, &columns[i]);
            store_run(db, "INSERT INTO marketo_selected (sub, entity, name) VALUES (?, ?, ?)",
                      DB_ARGS(db_int(sub), db_text(entity->name), db_text(columns[i].name)));
        }
    }
}

void marketo_crm_fields(struct db *db, int64_t sub, bool key)
{
    static const struct {
        const char *name, *label;
        enum marketo_type type;
    } fields[] = {
        {"msftType", "Microsoft Type", MARKETO_STRING},
        {"msftLeadId", "Microsoft Lead Id", MARKETO_STRING},
        {"msftContactId", "Microsoft Contact Id", MARKETO_STRING},
        {"msftIsDeleted", "Microsoft Is Deleted", MARKETO_BOOLEAN},
    };

    for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
        add_field(db, sub, MARKETO_LEAD, fields[i].name, fields[i].label, fields[i].type, 0,
                  FIELD_CRM);
    }
    if (key) {
        add_field(db, sub, MARKETO_LEAD, "dynamicsId", "Dynamics Id", MARKETO_STRING, 0, 0);
    }
}

void marketo_selection_clear(struct db *db, int64_t sub)
{
    store_run(db, "DELETE FROM marketo_selected WHERE sub = ?", DB_ARGS(db_int(sub)));
    store_run(db, "DELETE FROM marketo_schemas WHERE sub = ?", DB_ARGS(db_int(sub)));
    store_run(db, "DELETE FROM marketo_fields WHERE space >> 4 = ?", DB_ARGS(db_int(sub)));
    store_run(db, "DELETE FROM marketo_indexed WHERE space >> 4 = ?", DB_ARGS(db_int(sub)));
}
