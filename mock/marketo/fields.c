#include "marketo/fields.h"

#include <ctype.h>
#include <string.h>

#include "base/auto.h"
#include "base/str.h"
#include "store/store.h"

enum { SPACE_BITS = 40, OBJECT_BITS = 4, FIRST_CUSTOM = 1001 };

static const char *const type_names[MARKETO_TYPES] = {
    [MARKETO_BOOLEAN] = "boolean", [MARKETO_CURRENCY] = "currency",
    [MARKETO_DATE_TYPE] = "date",  [MARKETO_DATETIME] = "datetime",
    [MARKETO_EMAIL] = "email",     [MARKETO_FLOAT] = "float",
    [MARKETO_INTEGER] = "integer", [MARKETO_PERCENT] = "percent",
    [MARKETO_PHONE] = "phone",     [MARKETO_REFERENCE] = "reference",
    [MARKETO_SCORE] = "score",     [MARKETO_STRING] = "string",
    [MARKETO_TEXT] = "text",       [MARKETO_URL] = "url",
};

const char *marketo_type_name(enum marketo_type type)
{
    return type_names[type];
}

bool marketo_type_find(const char *name, enum marketo_type *ret)
{
    for (size_t i = 0; i < MARKETO_TYPES; i++) {
        if (str_eq(name, type_names[i])) {
            *ret = (enum marketo_type)i;
            return true;
        }
    }
    return false;
}

unsigned marketo_type_flags(enum marketo_type type)
{
    return type == MARKETO_STRING || type == MARKETO_EMAIL || type == MARKETO_INTEGER
               ? (unsigned)FIELD_SEARCH
               : 0;
}

int64_t marketo_type_length(enum marketo_type type)
{
    return type == MARKETO_STRING || type == MARKETO_EMAIL || type == MARKETO_PHONE ||
                   type == MARKETO_URL
               ? 255
               : 0;
}

const char *marketo_object_word(enum marketo_object object)
{
    static const char *const words[MARKETO_OBJECTS] = {"leads", "companies", "opportunities",
                                                       "roles", "salespersons"};

    return words[object];
}

int64_t marketo_base(int64_t sub, enum marketo_object object)
{
    return (sub << OBJECT_BITS | (int64_t)object) << SPACE_BITS;
}

static int64_t space_of(int64_t sub, enum marketo_object object)
{
    return sub << OBJECT_BITS | (int64_t)object;
}

static uint32_t hash_of(const char *name)
{
    uint32_t hash = 2166136261U; /* FNV-1a */

    for (; *name != '\0'; name++) {
        hash = (hash ^ (uint32_t)tolower((unsigned char)*name)) * 16777619U;
    }
    return hash;
}

static void hash_fields(struct arena *arena, struct marketo_set *set)
{
    size_t size = 64;

    while (size < 2 * set->count) {
        size *= 2;
    }
    set->mask = size - 1;
    set->buckets = arena_array(arena, size, sizeof *set->buckets);
    for (size_t i = 0; i < set->count; i++) {
        size_t at = hash_of(set->fields[i]->name) & set->mask;

        while (set->buckets[at] != 0) {
            at = (at + 1) & set->mask;
        }
        set->buckets[at] = (uint16_t)(i + 1);
    }
}

int marketo_slot(const struct marketo_set *set, const char *name)
{
    size_t at = hash_of(name) & set->mask;

    for (; set->buckets[at] != 0; at = (at + 1) & set->mask) {
        const char *other = set->fields[set->buckets[at] - 1]->name;

        if (strcmp(other, name) == 0 || str_ieq(other, name)) {
            return set->buckets[at] - 1;
        }
    }
    return MARKETO_NO_SLOT;
}

static void read_custom(struct arena *arena, struct db *db, struct marketo_set *set)
{
    AUTO(db_rows) rows = {0};

    store_query(&rows, db,
                "SELECT id, name, label, type, length, flags, description FROM marketo_fields"
                " WHERE space = ? ORDER BY id",
                DB_ARGS(db_int(space_of(set->sub, set->object))));
    while (store_next(&rows)) {
        struct marketo_field *field = arena_alloc(arena, sizeof *field);

        field->id = db_column_int(&rows, 0);
        field->name = arena_strdup(arena, db_column_text(&rows, 1));
        field->label = arena_strdup(arena, db_column_text(&rows, 2));
        (void)marketo_type_find(db_column_text(&rows, 3), &field->type);
        field->length = db_column_int(&rows, 4);
        field->flags = (unsigned)db_column_int(&rows, 5);
        field->description = arena_strdup(arena, db_column_text(&rows, 6));
        set->fields[set->count++] = field;
    }
}

static const bool *read_indexed(struct arena *arena, struct db *db, const struct marketo_set *set)
{
    bool *indexed = arena_array(arena, set->count, sizeof *indexed);
    AUTO(db_rows) rows = {0};

    for (size_t i = 0; i < set->count; i++) {
        indexed[i] = (set->fields[i]->flags & FIELD_INDEX) != 0;
    }
    store_query(&rows, db, "SELECT field FROM marketo_indexed WHERE space = ?",
                DB_ARGS(db_int(space_of(set->sub, set->object))));
    while (store_next(&rows)) {
        for (size_t i = 0; i < set->count; i++) {
            indexed[i] |= set->fields[i]->id == db_column_int(&rows, 0);
        }
    }
    return indexed;
}

static void learn_known(struct marketo_set *set)
{
    static const char *const names[MARKETO_KNOWN] = {
        [KNOWN_ID] = "id",
        [KNOWN_CREATED] = "createdAt",
        [KNOWN_UPDATED] = "updatedAt",
        [KNOWN_SOURCE_TYPE] = "originalSourceType",
        [KNOWN_SOURCE_INFO] = "originalSourceInfo",
        [KNOWN_REGISTRATION_TYPE] = "registrationSourceType",
        [KNOWN_REGISTRATION_INFO] = "registrationSourceInfo",
        [KNOWN_COMPANY] = "externalCompanyId",
        [KNOWN_FIRST_NAME] = "firstName",
        [KNOWN_MIDDLE_NAME] = "middleName",
        [KNOWN_LAST_NAME] = "lastName",
    };

    for (size_t i = 0; i < MARKETO_KNOWN; i++) {
        set->known[i] = marketo_slot(set, names[i]);
    }
}

struct marketo_set *marketo_set_load(struct arena *arena, struct db *db, int64_t sub,
                                     enum marketo_object object)
{
    const struct marketo_standard *standard = &marketo_standard[object];
    struct marketo_set *set = arena_alloc(arena, sizeof *set);
    int64_t custom = store_int(db, "SELECT count(*) FROM marketo_fields WHERE space = ?",
                               DB_ARGS(db_int(space_of(sub, object))), 0);

    set->sub = sub;
    set->object = object;
    set->fields = arena_array(arena, standard->count + (size_t)custom, sizeof *set->fields);
    for (size_t i = 0; i < standard->count; i++) {
        set->fields[set->count++] = &standard->fields[i];
    }
    if (custom > 0) {
        read_custom(arena, db, set);
    }
    set->indexed = read_indexed(arena, db, set);
    hash_fields(arena, set);
    learn_known(set);
    return set;
}

bool marketo_field_add(struct db *db, int64_t sub, enum marketo_object object,
                       const struct marketo_field *field)
{
    static const char sql[] =
        "INSERT INTO marketo_fields (space, name, id, label, type, length, flags, description)"
        " SELECT ?1, ?2, max(?8, coalesce((SELECT max(id) + 1 FROM marketo_fields"
        " WHERE space >> 4 = ?1 >> 4), 0)), ?3, ?4, ?5, ?6, ?7 WHERE true ON CONFLICT DO NOTHING";
    const struct marketo_standard *standard = &marketo_standard[object];

    for (size_t i = 0; i < standard->count; i++) {
        if (str_ieq(standard->fields[i].name, field->name)) {
            return false;
        }
    }
    return store_run(db, sql,
                     DB_ARGS(db_int(space_of(sub, object)), db_text(field->name),
                             db_text(field->label), db_text(marketo_type_name(field->type)),
                             db_int(field->length), db_int((int64_t)field->flags),
                             db_text(field->description), db_int(FIRST_CUSTOM))) > 0;
}

void marketo_field_change(struct db *db, int64_t sub, enum marketo_object object,
                          const struct marketo_field *field)
{
    static const char sql[] = "UPDATE marketo_fields SET label = ?, flags = ?, description = ?"
                              " WHERE space = ? AND name = ?";

    store_run(db, sql,
              DB_ARGS(db_text(field->label), db_int((int64_t)field->flags),
                      db_text(field->description), db_int(space_of(sub, object)),
                      db_text(field->name)));
}

void marketo_field_index(struct db *db, int64_t sub, enum marketo_object object, int64_t id)
{
    store_run(db, "INSERT INTO marketo_indexed (space, field) VALUES (?, ?) ON CONFLICT DO NOTHING",
              DB_ARGS(db_int(space_of(sub, object)), db_int(id)));
}
