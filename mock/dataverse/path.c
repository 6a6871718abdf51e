/* Property paths of $filter and $orderby as SQL, and the forms in which values are stored. */
#include <stdio.h>
#include <string.h>

#include "base/iso8601.h"
#include "base/str.h"
#include "dataverse/plan.h"

const char *dv_column_sql(struct arena *arena, const char *alias, const struct dv_column *column)
{
    if ((column->flags & DV_BASE_MONEY) != 0) {
        const char *money = arena_dup(arena, column->name, strlen(column->name) - 5);

        return arena_printf(arena,
                            "CAST(round(%s.%s * 1000000000000.0 / %s.exchangerate) AS INTEGER)",
                            alias, money, alias);
    }
    return arena_join(arena, alias, ".", column->name, NULL);
}

void dv_reads(struct dv_filter *filter, const struct dv_entity *entity)
{
    if (filter->reads != NULL && entity->index < 64 * DV_READ_WORDS) {
        filter->reads[entity->index / 64] |= (uint64_t)1 << (entity->index % 64);
    }
}

static const char *unknown(struct dv_filter *filter, const struct dv_entity *entity,
                           const char *name, size_t len)
{
    dv_refuse(filter->call, filter->reply, DV_PROPERTY_UNKNOWN,
              arena_dup(filter->call->arena, name, len), entity->name, NULL, NULL);
    return NULL;
}

/* The id behind a single-valued navigation property; NULL where it names another table. */
static const char *target_sql(struct dv_filter *filter, const char *id, const char *type,
                              const struct dv_column *column, const struct dv_target *target)
{
    if (!dv_is_polymorphic(column) || column->type == DV_OWNER) {
        return id;
    }
    return arena_printf(filter->arena, "CASE WHEN %s = '%s' THEN %s END", type, target->entity, id);
}

/*
 * One step of a path: from `entity`, whose row is `row` (an alias, or with `id` the SQL of its
 * key), through the navigation property to the next.
 */
struct step {
    const struct dv_entity *entity;
    const char *alias; /* of the row itself; NULL: only its key is known */
    const char *id;    /* SQL of the key */
};

static const char *value_of(struct dv_filter *filter, const struct step *at, const char *column)
{
    if (at->alias != NULL) {
        return arena_join(filter->arena, at->alias, ".", column, NULL);
    }
    return arena_printf(filter->arena, "(SELECT x.%s FROM %s x WHERE x.%s = %s)", column,
                        at->entity->table, at->entity->key, at->id);
}

static bool walk(struct dv_filter *filter, struct step *at, const char *nav, size_t len)
{
    const struct dv_target *target;
    const struct dv_column *column = dv_nav(at->entity, nav, len, &target);
    const struct dv_entity *next;
    const char *id, *type;

    if (column == NULL) {
        return unknown(filter, at->entity, nav, len) != NULL;
    }
    next = dv_entity(filter->schema, target->entity);
    if (next == NULL) {
        return unknown(filter, at->entity, nav, len) != NULL;
    }
    dv_reads(filter, next);
    id = value_of(filter, at, column->name);
    type = dv_is_polymorphic(column)
               ? value_of(filter, at, arena_join(filter->arena, column->name, "_t", NULL))
               : NULL;
    at->id = target_sql(filter, id, type, column, target);
    at->alias = NULL;
    at->entity = next;
    return true;
}

/* The last part of a path; without a row of its own only the key comes free. */
static const char *finish(struct dv_filter *filter, const struct step *at, const char *name,
                          const struct dv_column **ret)
{
    size_t len = strlen(name);
    const struct dv_target *target;
    const struct dv_column *column = dv_column_n(at->entity, name, len);

    if (column != NULL && dv_is_lookup(column) && dv_nav(at->entity, name, len, &target) == NULL) {
        column = NULL; /* the logical name of a lookup is no property */
    }
    column = column != NULL ? column : dv_lookup_value(at->entity, name, len);
    if (column == NULL) {
        return unknown(filter, at->entity, name, len);
    }
    *ret = column;
    if (at->alias != NULL) {
        return dv_column_sql(filter->arena, at->alias, column);
    }
    if (column->type == DV_ID) {
        return at->id;
    }
    /* What comes out of a subselect has lost its column's collation. */
    return arena_printf(
        filter->arena, "(SELECT %s FROM %s x WHERE x.%s = %s)%s",
        dv_column_sql(filter->arena, "x", column), at->entity->table, at->entity->key, at->id,
        column->type == DV_STRING || column->type == DV_MEMO ? " COLLATE NOCASE" : "");
}

enum { MOST_STEPS = 10 };

const char *dv_path_sql(struct dv_filter *filter, const struct dv_scope *scope, const char *path,
                        const struct dv_column **ret)
{
    const char *slash = strchr(path, '/');
    struct step at = {.entity = scope->entity, .alias = scope->alias};

    /* `c/lastname` inside any(c:…): the variable names the scope. */
    if (slash != NULL) {
        const struct dv_scope *owner = scope;
        size_t len = (size_t)(slash - path);

        while (owner != NULL && (owner->var == NULL || strncmp(owner->var, path, len) != 0 ||
                                 owner->var[len] != '\0')) {
            owner = owner->up;
        }
        if (owner != NULL) {
            at = (struct step){.entity = owner->entity, .alias = owner->alias};
            path = slash + 1;
            slash = strchr(path, '/');
        }
    }
    for (int steps = 0; slash != NULL; steps++) {
        if (steps == MOST_STEPS || !walk(filter, &at, path, (size_t)(slash - path))) {
            if (steps == MOST_STEPS) {
                dv_refuse(filter->call, filter->reply, DV_SYNTAX_AT, "0", path, NULL, NULL);
            }
            return NULL;
        }
        path = slash + 1;
        slash = strchr(path, '/');
    }
    return finish(filter, &at, path, ret);
}

char *dv_order_part(struct dv_filter *filter, char *part, bool *ret_descending)
{
    char *direction;
    size_t path_len, word_len;

    part += strspn(part, " ");
    path_len = strcspn(part, " ");
    direction = part + path_len + strspn(part + path_len, " ");
    word_len = strcspn(direction, " ");
    *ret_descending = word_len == 4 && str_starts(direction, "desc");
    if ((word_len > 0 && !*ret_descending && !(word_len == 3 && str_starts(direction, "asc"))) ||
        direction[word_len + strspn(direction + word_len, " ")] != '\0') {
        dv_refuse(filter->call, filter->reply, DV_SYNTAX_AT,
                  arena_printf(filter->arena, "%zu", path_len), part, NULL, NULL);
        return NULL;
    }
    part[path_len] = '\0';
    return part;
}

const char *dv_date_text(struct arena *arena, const char *text, bool date_only, bool *ret_fraction)
{
    char *out = arena_alloc(arena, ISO8601_SIZE);
    int64_t at_ms;

    *ret_fraction = false;
    if (strlen(text) == 10) {
        text = arena_join(arena, text, "T00:00:00Z", NULL);
    } else if (strlen(text) == 17 && text[16] == 'Z') { /* without seconds */
        text = arena_printf(arena, "%.16s:00Z", text);
    }
    if (!iso8601_parse(text, &at_ms)) {
        return NULL;
    }
    *ret_fraction = at_ms % 1000 != 0;
    at_ms -= ((at_ms % 1000) + 1000) % 1000;
    iso8601_format_s(at_ms, out);
    if (date_only) {
        out[10] = '\0';
    }
    return out;
}
