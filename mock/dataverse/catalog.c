/* Standard entities put together once a process: logical names, columns that all have, DDL. */
#include "dataverse/catalog.h"

#include <assert.h>
#include <ctype.h>
#include <pthread.h>
#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "base/str.h"
#include "dataverse/tables.h"
#include "store/store.h"

/* In the order of `mocktenant`'s service document. */
static const struct dv_entity *const sources[] = {
    &dv_account,    &dv_contact,  &dv_lead,      &dv_opportunity,  &dv_campaign,
    &dv_systemuser, &dv_team,     &dv_role,      &dv_businessunit, &dv_organization,
    &dv_currency,   &dv_solution, &dv_publisher, &dv_step,         &dv_importjob,
};

enum { STANDARD = ARRAY_LEN(sources) };

const struct dv_many dv_many[] = {
    {"systemuserroles", "systemuser", "systemuserid", "systemuserroles_association", "role",
     "roleid", "systemuserroles_association"},
    {"teammembership", "team", "teamid", "teammembership_association", "systemuser", "systemuserid",
     "teammembership_association"},
    {"teamroles", "team", "teamid", "teamroles_association", "role", "roleid",
     "teamroles_association"},
};
const size_t dv_many_count = ARRAY_LEN(dv_many);

struct dv_names {
    size_t mask;
    const struct dv_column **slots;
};

static struct dv_entity standard[STANDARD];
static struct arena standard_arena; /* as long as the process */
static pthread_once_t standard_once = PTHREAD_ONCE_INIT;

static const struct dv_names *index_names(struct arena *arena,
                                          const struct dv_column *const *columns, size_t count)
{
    struct dv_names *names = arena_alloc(arena, sizeof *names);
    size_t size = 16;

    while (size < 2 * count) {
        size *= 2;
    }
    names->mask = size - 1;
    names->slots = arena_array(arena, size, sizeof *names->slots);
    for (size_t i = 0; i < count; i++) {
        size_t at = str_hash(columns[i]->name, strlen(columns[i]->name)) & names->mask;

        while (names->slots[at] != NULL) {
            at = (at + 1) & names->mask;
        }
        names->slots[at] = columns[i];
    }
    return names;
}

const struct dv_column *dv_column_n(const struct dv_entity *entity, const char *name, size_t len)
{
    const struct dv_names *names = entity->names;
    size_t at = str_hash(name, len) & names->mask;

    while (names->slots[at] != NULL) {
        const char *have = names->slots[at]->name;

        if (strncmp(have, name, len) == 0 && have[len] == '\0') {
            return names->slots[at];
        }
        at = (at + 1) & names->mask;
    }
    return NULL;
}

const struct dv_column *dv_column(const struct dv_entity *entity, const char *name)
{
    return dv_column_n(entity, name, strlen(name));
}

bool dv_is_lookup(const struct dv_column *column)
{
    return column->type == DV_LOOKUP || column->type == DV_CUSTOMER || column->type == DV_OWNER;
}

bool dv_is_polymorphic(const struct dv_column *column)
{
    return dv_is_lookup(column) && column->targets[1].entity != NULL;
}

const struct dv_column *dv_nav(const struct dv_entity *entity, const char *nav, size_t len,
                               const struct dv_target **ret)
{
    for (size_t i = 0; i < entity->column_count; i++) {
        const struct dv_column *column = entity->columns[i];

        if (!dv_is_lookup(column)) {
            continue;
        }
        for (const struct dv_target *target = column->targets; target->entity != NULL; target++) {
            if (strncmp(target->nav, nav, len) == 0 && target->nav[len] == '\0') {
                *ret = target;
                return column;
            }
        }
    }
    return NULL;
}

const struct dv_column *dv_lookup_value(const struct dv_entity *entity, const char *name,
                                        size_t len)
{
    static const char tail[] = "_value";
    const size_t tail_len = sizeof tail - 1;
    const struct dv_column *column;

    if (len <= tail_len + 1 || *name != '_' || memcmp(name + len - tail_len, tail, tail_len) != 0) {
        return NULL;
    }
    column = dv_column_n(entity, name + 1, len - tail_len - 1);
    return column != NULL && dv_is_lookup(column) ? column : NULL;
}

const char *dv_wire_name(struct arena *arena, const struct dv_column *column)
{
    return dv_is_lookup(column) ? arena_join(arena, "_", column->name, "_value", NULL)
                                : column->name;
}

/* The columns of an entity while they are gathered. */
struct gathering {
    struct arena *arena;
    const struct dv_column **columns;
    struct dv_column **mine; /* the same, to be written to */
    size_t count, size;
};

static struct dv_column *gather(struct gathering *to, const struct dv_column *row)
{
    struct dv_column *column = (void *)arena_dup(to->arena, row, sizeof *row);

    if (to->count == to->size) {
        const struct dv_column **bigger;
        struct dv_column **mine;

        to->size = to->size == 0 ? 64 : 2 * to->size;
        bigger = arena_array(to->arena, to->size, sizeof *bigger);
        mine = arena_array(to->arena, to->size, sizeof *mine);
        if (to->count > 0) {
            memcpy(bigger, to->columns, to->count * sizeof *bigger);
            memcpy(mine, to->mine, to->count * sizeof *mine);
        }
        to->columns = bigger;
        to->mine = mine;
    }
    if (column->name == NULL) {
        column->name = str_lower(arena_strdup(to->arena, row->schema));
    }
    to->mine[to->count] = column;
    to->columns[to->count++] = column;
    return column;
}

static void gather_all(struct gathering *to, const struct dv_column *rows, size_t count,
                       bool with_money)
{
    for (size_t i = 0; i < count; i++) {
        struct dv_column *column = gather(to, &rows[i]), *base;

        if (column->type == DV_MONEY && with_money && (column->flags & DV_BASE_MONEY) == 0) {
            base = gather(to, column);
            base->schema = arena_join(to->arena, column->schema, "_Base", NULL);
            base->label = arena_join(to->arena, column->label, " (Base)", NULL);
            base->name = arena_join(to->arena, column->name, "_base", NULL);
            base->flags = DV_READ_ONLY | DV_BASE_MONEY | (column->flags & DV_CUSTOM);
        }
    }
}

static bool has_state(const struct gathering *columns)
{
    for (size_t i = 0; i < columns->count; i++) {
        if (columns->columns[i]->type == DV_STATE) {
            return true;
        }
    }
    return false;
}

void dv_assemble(struct arena *arena, struct dv_entity *entity, const struct dv_column *more,
                 size_t more_count)
{
    struct gathering to = {.arena = arena};
    bool money = (entity->flags & DV_WITH_MONEY) != 0;

    gather_all(&to, entity->rows, entity->row_count, money);
    if ((entity->flags & DV_USER_OWNED) != 0) {
        if (!has_state(&to)) {
            gather_all(&to, dv_plain_state_columns, dv_plain_state_count, false);
        }
        gather_all(&to, dv_owner_columns, dv_owner_count, false);
    }
    if (money) {
        gather_all(&to, dv_money_columns, dv_money_count, false);
    }
    gather_all(&to, dv_common_columns, dv_common_count, false);
    gather_all(&to, more, more_count, money);
    if (has_state(&to)) {
        entity->flags |= DV_STATEFUL;
    }
    for (size_t i = 0; i < to.count; i++) {
        to.mine[i]->index = (int)i;
    }
    entity->columns = to.columns;
    entity->column_count = to.count;
    entity->names = index_names(arena, to.columns, to.count);
}

static void make_standard(void)
{
    for (size_t i = 0; i < STANDARD; i++) {
        standard[i] = *sources[i];
        standard[i].index = (int)i;
        standard[i].table = arena_join(&standard_arena, "o0_", sources[i]->name, NULL);
        dv_assemble(&standard_arena, &standard[i], NULL, 0);
    }
}

const struct dv_entity *dv_standard(size_t *ret_count)
{
    pthread_once(&standard_once, make_standard);
    *ret_count = STANDARD;
    return standard;
}

int dv_standard_index(const char *name)
{
    for (size_t i = 0; i < STANDARD; i++) {
        if (strcmp(sources[i]->name, name) == 0) {
            return (int)i;
        }
    }
    return -1;
}

const char *dv_sql_type(const struct dv_column *column)
{
    switch (column->type) {
    case DV_ID:
        return "TEXT PRIMARY KEY";
    case DV_STRING:
    case DV_MEMO:
        return "TEXT COLLATE NOCASE";
    case DV_GUID:
    case DV_DATETIME:
    case DV_DATE:
    case DV_LOOKUP:
    case DV_CUSTOMER:
    case DV_OWNER:
        return "TEXT";
    case DV_DOUBLE:
        return "REAL";
    case DV_INT:
    case DV_BIGINT:
    case DV_BOOL:
    case DV_CHOICE:
    case DV_STATE:
    case DV_STATUS:
    case DV_MONEY:
    case DV_DECIMAL:
    case DV_TYPE_COUNT:
        break;
    }
    return "INTEGER";
}

bool dv_has_default(const struct dv_column *column)
{
    return (column->type == DV_BOOL || column->type == DV_CHOICE) && column->initial >= 0 &&
           (column->flags & DV_CUSTOM) == 0;
}

/* What filters go to has an index; small tables need none. */
static bool wants_index(const struct dv_entity *entity, const struct dv_column *column)
{
    if ((column->flags & DV_INDEXED) == 0 || (entity->flags & DV_CUSTOM_ENTITY) != 0) {
        return false;
    }
    if (column->type == DV_BIGINT) {
        return (entity->flags & DV_TRACKED) != 0;
    }
    return (entity->flags & (DV_USER_OWNED | DV_SECURITY)) != 0 &&
           (column->type != DV_DATETIME || (entity->flags & DV_USER_OWNED) != 0);
}

void dv_make_table(struct db *db, const struct dv_entity *entity)
{
    AUTO(strbuf) sql = STRBUF(0);

    strbuf_addf(&sql, "CREATE TABLE %s (", entity->table);
    for (size_t i = 0; i < entity->column_count; i++) {
        const struct dv_column *column = entity->columns[i];

        if ((column->flags & DV_BASE_MONEY) != 0) {
            continue;
        }
        strbuf_addf(&sql, "%s%s %s", i > 0 ? "," : "", column->name, dv_sql_type(column));
        if (dv_has_default(column)) {
            strbuf_addf(&sql, " DEFAULT %lld", (long long)column->initial);
        }
        if (dv_is_polymorphic(column)) {
            strbuf_addf(&sql, ",%s_t TEXT", column->name);
        }
    }
    /* Few columns and no index beside the key's, as the log of Marketo's plug-in: it is the table.
     */
    strbuf_add(&sql, (entity->flags & DV_CUSTOM_ENTITY) != 0 ? ") WITHOUT ROWID;" : ");");
    for (size_t i = 0; i < entity->column_count; i++) {
        const struct dv_column *column = entity->columns[i];

        if (wants_index(entity, column)) {
            strbuf_addf(&sql, "CREATE INDEX %s_%s ON %s(%s);", entity->table, column->name,
                        entity->table, column->name);
        }
    }
    store_script(db, strbuf_text(&sql));
}

void dv_make_links(struct db *db, int64_t ord)
{
    AUTO(arena) arena = {0};

    for (size_t i = 0; i < dv_many_count; i++) {
        const struct dv_many *many = &dv_many[i];

        store_script(db, arena_printf(&arena,
                                      "CREATE TABLE o%lld_%s (%s TEXT NOT NULL, %s TEXT NOT NULL,"
                                      " PRIMARY KEY (%s, %s)) WITHOUT ROWID;",
                                      (long long)ord, many->name, many->left_key, many->right_key,
                                      many->left_key, many->right_key));
    }
}

void dv_make_tables(struct db *db, int64_t ord)
{
    AUTO(arena) arena = {0};
    size_t count;
    const struct dv_entity *entities = dv_standard(&count);

    for (size_t i = 0; i < count; i++) {
        struct dv_entity entity = entities[i];

        entity.table = arena_printf(&arena, "o%lld_%s", (long long)ord, entity.name);
        dv_make_table(db, &entity);
    }
    dv_make_links(db, ord);
}
