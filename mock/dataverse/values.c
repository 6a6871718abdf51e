/* Values of columns and the statements that write them. */
#include <string.h>

#include "base/str.h"
#include "dataverse/write.h"
#include "store/store.h"

struct dv_values dv_values_new(struct arena *arena, const struct dv_entity *entity)
{
    return (struct dv_values){.entity = entity,
                              .arena = arena,
                              .at = arena_array(arena, entity->column_count + 1, sizeof(uint16_t))};
}

static struct dv_set *find(const struct dv_values *values, const struct dv_column *column)
{
    size_t place = values->at[column->index];

    return place > 0 && values->items != NULL ? &values->items[place - 1] : NULL;
}

void dv_put(struct dv_values *values, const struct dv_column *column, struct db_value value,
            const char *type)
{
    struct dv_set *set = find(values, column);

    if (set == NULL) {
        if (values->count == values->size) {
            struct dv_set *bigger;

            values->size = values->size == 0 ? 64 : 2 * values->size;
            bigger = arena_array(values->arena, values->size, sizeof *bigger);
            if (values->items != NULL) {
                memcpy(bigger, values->items, values->count * sizeof *bigger);
            }
            values->items = bigger;
        }
        set = &values->items[values->count++];
        values->at[column->index] = (uint16_t)values->count;
    }
    *set = (struct dv_set){.column = column, .value = value, .type = type};
}

void dv_put_name(struct dv_values *values, const char *name, struct db_value value)
{
    const struct dv_column *column = dv_column(values->entity, name);

    if (column != NULL) {
        dv_put(values, column, value, dv_is_polymorphic(column) ? column->targets[0].entity : NULL);
    }
}

void dv_put_new(struct dv_values *values, const char *name, struct db_value value)
{
    const struct dv_column *column = dv_column(values->entity, name);

    if (column != NULL && find(values, column) == NULL) {
        dv_put_name(values, name, value);
    }
}

const struct dv_set *dv_value_of(const struct dv_values *values, const char *name)
{
    const struct dv_column *column = dv_column(values->entity, name);

    return column != NULL ? find(values, column) : NULL;
}

static size_t gather(const struct dv_values *values, struct db_value *args)
{
    size_t count = 0;

    for (size_t i = 0; i < values->count; i++) {
        const struct dv_set *set = &values->items[i];

        args[count++] = set->value;
        if (dv_is_polymorphic(set->column)) {
            args[count++] = set->value.type == DB_NULL_VALUE ? db_null() : db_text(set->type);
        }
    }
    return count;
}

/* Appends to a text that has room for it and an end. */
static char *append(char *to, const char *text)
{
    size_t len = strlen(text);

    memcpy(to, text, len + 1);
    return to + len;
}

/* "INSERT INTO table(a,b,b_t) VALUES (?,?,?)": of a thousand characters, at every create. */
static const char *insert_text(const struct dv_values *values, size_t args)
{
    static const char words[] = "INSERT INTO ) VALUES (?)";
    size_t room = sizeof words + strlen(values->entity->table) + 2 * args;
    char *text, *at;

    for (size_t i = 0; i < values->count; i++) {
        room += 2 * (strlen(values->items[i].column->name) + sizeof ",_t");
    }
    text = arena_alloc(values->arena, room);
    at = append(append(text, "INSERT INTO "), values->entity->table);
    for (size_t i = 0; i < values->count; i++) {
        const struct dv_column *column = values->items[i].column;

        *at++ = i == 0 ? '(' : ',';
        at = append(at, column->name);
        if (dv_is_polymorphic(column)) {
            *at++ = ',';
            at = append(append(at, column->name), "_t");
        }
    }
    at = append(at, ") VALUES (?");
    for (size_t i = 1; i < args; i++) {
        *at++ = ',';
        *at++ = '?';
    }
    (void)append(at, ")");
    return text;
}

void dv_insert(struct db *db, const struct dv_values *values)
{
    struct db_value *args = arena_array(values->arena, 2 * values->count + 1, sizeof *args);
    size_t count = gather(values, args);

    store_run(db, insert_text(values, count), args, count);
}

void dv_update(struct db *db, const struct dv_values *values, const char *id)
{
    struct db_value *args = arena_array(values->arena, 2 * values->count + 1, sizeof *args);
    AUTO(strbuf) sql = STRBUF(0);
    size_t count = gather(values, args);

    if (values->count == 0) {
        return;
    }
    strbuf_addf(&sql, "UPDATE %s SET ", values->entity->table);
    for (size_t i = 0; i < values->count; i++) {
        const char *name = values->items[i].column->name;

        strbuf_addf(&sql, "%s%s = ?", i > 0 ? ", " : "", name);
        if (dv_is_polymorphic(values->items[i].column)) {
            strbuf_addf(&sql, ", %s_t = ?", name);
        }
    }
    strbuf_addf(&sql, " WHERE %s = ?", values->entity->key);
    args[count++] = db_text(id);
    store_run(db, strbuf_text(&sql), args, count);
}

bool dv_exists(struct mock_call *call, const struct dv_entity *entity, const char *id)
{
    return store_int(call->db,
                     arena_join(call->arena, "SELECT 1 FROM ", entity->table, " WHERE ",
                                entity->key, " = ?", NULL),
                     DB_ARGS(db_text(id)), 0) != 0;
}
