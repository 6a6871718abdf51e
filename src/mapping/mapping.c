#include "mapping/mapping.h"

#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/str.h"
#include "mapping/pairs.h"

const struct sync_entity sync_entities[SYNC_ENTITIES] = {
    {"account", "accounts", "accountid", NULL, NULL, NULL, NULL, SYNC_DYNAMICS_WINS},
    {"lead", "leads", "leadid", "Lead", "msftLeadId", NULL, NULL, SYNC_MARKETO_WINS},
    {"contact", "contacts", "contactid", "Contact", "msftContactId", "parentcustomerid",
     SYNC_COMPANY_KEY, SYNC_DYNAMICS_WINS},
};

int sync_entity_find(const char *name)
{
    for (int i = 0; i < SYNC_ENTITIES; i++) {
        if (str_eq(sync_entities[i].name, name)) {
            return i;
        }
    }
    return -1;
}

/* How a type of AttributeType is held; false for what has no value of its own. */
static bool kind_of(const char *type, enum sync_kind *ret)
{
    static const struct {
        const char *type;
        enum sync_kind kind;
    } kinds[] = {
        {"BigInt", SYNC_INTEGER},        {"Boolean", SYNC_BOOLEAN},
        {"DateTime", SYNC_TIME},         {"Decimal", SYNC_NUMBER},
        {"Double", SYNC_NUMBER},         {"EntityName", SYNC_TEXT},
        {"Integer", SYNC_INTEGER},       {"Memo", SYNC_TEXT},
        {"Money", SYNC_NUMBER},          {"Picklist", SYNC_CHOICE},
        {"State", SYNC_CHOICE},          {"Status", SYNC_CHOICE},
        {"String", SYNC_TEXT},           {"Virtual", SYNC_CHOICE},
        {"Uniqueidentifier", SYNC_TEXT}, {"MultiSelectPicklist", SYNC_CHOICE},
    };

    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        if (str_eq(kinds[i].type, type)) {
            *ret = kinds[i].kind;
            return true;
        }
    }
    return false;
}

static bool is_text(const char *marketo_type)
{
    static const char *const texts[] = {"email", "phone", "string", "text", "textarea", "url"};

    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        if (str_eq(texts[i], marketo_type)) {
            return true;
        }
    }
    return false;
}

/* A field of fields.json. */
struct shown {
    const char *name, *label, *type;
    const cJSON *marketo;
    bool selected;
};
static const struct json_field shown_fields[] = {
    JSON_FIELD("name", struct shown, name, REQUIRED),
    JSON_FIELD("label", struct shown, label, OPTIONAL),
    JSON_FIELD("type", struct shown, type, OPTIONAL),
    JSON_FIELD("marketo", struct shown, marketo, OPTIONAL),
    JSON_FIELD("selected", struct shown, selected, REQUIRED),
};

static void add_field(struct arena *arena, struct sync_mapping *mapping, const struct shown *shown)
{
    const struct sync_pair *pair = sync_pair_find(mapping->entity->name, shown->name);
    const char *target = json_get_text(shown->marketo, "name");
    struct sync_field field = {.name = shown->name, .label = shown->label, .kind = SYNC_TEXT};

    field.is_filter = str_eq(shown->name, SYNC_FILTER);
    if (str_eq(shown->name, mapping->entity->key) || (pair != NULL && pair->way == SYNC_INTERNAL) ||
        (shown->type != NULL && !kind_of(shown->type, &field.kind) && !field.is_filter)) {
        return;
    }
    field.target = target != NULL ? target : pair != NULL ? pair->target : shown->name;
    field.to_dynamics =
        mapping->entity->type != NULL && (pair == NULL || pair->way == SYNC_BOTH_WAYS) &&
        !field.is_filter && !json_get_bool(shown->marketo, "readOnly", false) &&
        !str_eq(shown->type, "Virtual") && !str_eq(shown->type, "MultiSelectPicklist");
    field.as_text = is_text(json_get_text(shown->marketo, "type"));
    field.target_length = json_get_int(shown->marketo, "length", 0);
    (void)arena;
    mapping->fields[mapping->count++] = field;
}

static void add_parent(struct sync_mapping *mapping)
{
    if (mapping->entity->parent != NULL) {
        mapping->fields[mapping->count++] = (struct sync_field){
            .name = mapping->entity->parent,
            .target = mapping->entity->parent_field,
            .kind = SYNC_ACCOUNT,
        };
    }
}

/* The entity's member of the page's list. */
static const cJSON *find_entity(const cJSON *page, const char *name)
{
    const cJSON *entities = cJSON_IsArray(page) ? page : json_get(page, "entities"), *item;

    cJSON_ArrayForEach(item, entities)
    {
        if (str_eq(json_get_text(item, "name"), name)) {
            return item;
        }
    }
    return NULL;
}

bool sync_mapping_read(struct arena *arena, const cJSON *page, const struct sync_entity *entity,
                       struct sync_mapping *ret, struct err *err)
{
    const cJSON *list = json_get(find_entity(page, entity->name), "fields"), *item;

    *ret = (struct sync_mapping){.entity = entity};
    if (list != NULL && !cJSON_IsArray(list)) {
        return err_set(err, ERR_PROTOCOL,
                       "fields.json: expected an array of fields of %s, found %s", entity->name,
                       json_kind(list));
    }
    ret->fields = arena_array(arena, (size_t)cJSON_GetArraySize(list) + 1, sizeof *ret->fields);
    cJSON_ArrayForEach(item, list)
    {
        struct shown shown = {0};

        if (!json_read(item, "", shown_fields, ARRAY_LEN(shown_fields), &shown, err)) {
            return err_wrap(err, "fields.json, a field of %s", entity->name);
        }
        if (shown.selected) {
            ret->queued = ret->queued || json_get_bool(item, "queued", false);
            add_field(arena, ret, &shown);
        }
    }
    add_parent(ret);
    return true;
}

static int compare_columns(const void *key, const void *item)
{
    return strcmp(key, ((const struct sync_column *)item)->name);
}

const char *sync_mapping_check(struct sync_mapping *mapping, const struct sync_columns *columns)
{
    for (size_t i = 0; i < mapping->count; i++) {
        struct sync_field *field = &mapping->fields[i];
        const struct sync_column *column = bsearch(field->name, columns->items, columns->count,
                                                   sizeof *columns->items, compare_columns);

        if (column == NULL) {
            return field->name;
        }
        if (field->kind != SYNC_ACCOUNT) {
            (void)kind_of(column->type, &field->kind);
            field->to_dynamics = field->to_dynamics && column->updatable;
        }
    }
    return NULL;
}

void sync_mapping_drop(struct sync_mapping *mapping, const char *name)
{
    size_t count = 0;

    for (size_t i = 0; i < mapping->count; i++) {
        if (!str_eq(mapping->fields[i].name, name)) {
            mapping->fields[count++] = mapping->fields[i];
        }
    }
    mapping->count = count;
}

static int compare_fields(const void *a, const void *b)
{
    return strcmp((*(const struct sync_field *const *)a)->name,
                  (*(const struct sync_field *const *)b)->name);
}

void sync_mapping_index(struct arena *arena, struct sync_mapping *mapping)
{
    mapping->by_name = arena_array(arena, mapping->count + 1, sizeof *mapping->by_name);
    for (size_t i = 0; i < mapping->count; i++) {
        mapping->by_name[i] = &mapping->fields[i];
    }
    qsort(mapping->by_name, mapping->count, sizeof *mapping->by_name, compare_fields);
}

const struct sync_field *sync_mapping_find(const struct sync_mapping *mapping, const char *name,
                                           size_t len)
{
    size_t low = 0, high = mapping->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const char *other = mapping->by_name[middle]->name;
        int order = strncmp(name, other, len);

        if (order == 0 && other[len] == '\0') {
            return mapping->by_name[middle];
        }
        if (order > 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NULL;
}

const struct sync_field *sync_mapping_by_id(const struct sync_mapping *mapping, uint32_t id)
{
    for (size_t i = 0; i < mapping->count; i++) {
        if (mapping->fields[i].id == id) {
            return &mapping->fields[i];
        }
    }
    return NULL;
}

const struct sync_field *sync_mapping_by_target(const struct sync_mapping *mapping,
                                                const char *target)
{
    for (size_t i = 0; i < mapping->count; i++) {
        if (str_ieq(mapping->fields[i].target, target)) {
            return &mapping->fields[i];
        }
    }
    return NULL;
}

const char *sync_mapping_text(struct arena *arena, const struct sync_mapping *mapping)
{
    AUTO(strbuf) text = STRBUF(0);

    for (size_t i = 0; i < mapping->count; i++) {
        const struct sync_field *field = mapping->by_name[i];

        strbuf_addf(&text, "%s:%s:%d:%d,", field->name, field->target, (int)field->kind,
                    (int)field->to_dynamics);
    }
    return arena_strdup(arena, strbuf_text(&text));
}
