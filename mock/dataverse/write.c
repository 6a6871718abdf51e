#include "dataverse/write.h"

#include <string.h>

#include "base/guid.h"
#include "base/iso8601.h"
#include "base/str.h"
#include "store/store.h"

static bool refuse(struct mock_call *call, struct mock_reply *reply, enum dv_error error,
                   const char *a, const char *b)
{
    dv_refuse(call, reply, error, a, b, NULL, NULL);
    return false;
}

/* After each change of a row: its version, and what is kept of such rows. */
static void note_change(struct mock_call *call, const struct dv_entity *entity)
{
    dv_version_keep(call);
    if ((entity->flags & DV_KEPT) != 0) {
        dv_metadata_changed(call->db, call->caller->org->ord);
    }
    if ((entity->flags & DV_SECURITY) != 0) {
        dv_security_changed(call->db, call->caller->org->ord);
    }
}

/* A row that is deleted stays known by its version, for reads of changes. */
static void bury(struct mock_call *call, const struct dv_entity *entity, const char *id)
{
    store_run(call->db,
              "INSERT INTO dv_deleted (ord, entity, version, id, at_ms) VALUES (?, ?, ?, ?, ?)",
              DB_ARGS(db_int(call->caller->org->ord), db_text(entity->name),
                      db_int(dv_version_take(call)), db_text(id), db_int(call->now_ms)));
}

/* One that is there again under its old id is no deleted one any more. */
static void dig_out(struct mock_call *call, const struct dv_entity *entity, const char *id)
{
    store_run(call->db, "DELETE FROM dv_deleted WHERE ord = ? AND entity = ? AND id = ?",
              DB_ARGS(db_int(call->caller->org->ord), db_text(entity->name), db_text(id)));
}

static bool check_required(struct mock_call *call, struct mock_reply *reply,
                           const struct dv_values *values, bool create)
{
    const struct dv_entity *entity = values->entity;

    for (size_t i = 0; i < entity->column_count; i++) {
        const struct dv_column *column = entity->columns[i];
        const struct dv_set *set;

        if ((column->flags & DV_SYSTEM_REQUIRED) == 0 || column->type == DV_ID ||
            column->type == DV_STATE) {
            continue;
        }
        set = dv_value_of(values, column->name);
        if (set != NULL ? set->value.type == DB_NULL_VALUE : create) {
            return refuse(call, reply, DV_REQUIRED_MISSING, column->name, entity->name);
        }
    }
    return true;
}

/* The rows and links of a body's collections. */
static bool make_later(struct mock_call *call, struct mock_reply *reply,
                       const struct dv_entity *entity, const char *id, const struct dv_later *list)
{
    const struct dv_schema *schema = call->caller->org->schema;

    for (; list != NULL; list = list->next) {
        const struct dv_entity *child = NULL, *found;
        const struct dv_column *column = dv_collection(schema, entity, list->name, &child);
        const char *child_id;
        const struct dv_many *many = NULL;
        struct dv_values values;
        bool left = false;

        if (column == NULL) {
            many = dv_many_of(schema, entity, list->name, &child, &left);
        }
        if (column == NULL && many == NULL) {
            return refuse(call, reply, DV_BAD_PATH, NULL, NULL);
        }
        if (cJSON_IsString(list->item)) {
            if (!dv_reference(call, reply, list->item->valuestring, &found, &child_id)) {
                return false;
            }
            if (found != child || !dv_exists(call, child, child_id)) {
                return refuse(call, reply, DV_ROW_MISSING, child->name, child_id);
            }
        } else if (!dv_create(call, reply, child, list->item, NULL, &child_id)) {
            return false;
        }
        if (many != NULL) {
            if (!dv_need(call, reply, entity, DV_APPEND) ||
                !dv_need(call, reply, child, DV_APPEND_TO)) {
                return false;
            }
            (void)dv_link(call, many, left ? id : child_id, left ? child_id : id, true);
            continue;
        }
        values = dv_values_new(call->arena, child);
        dv_put(&values, column, db_text(id), entity->name);
        if (!dv_change_values(call, reply, child, child_id, &values)) {
            return false;
        }
    }
    return true;
}

static const char *choose_id(struct mock_call *call, const struct dv_values *values, const char *id)
{
    const struct dv_set *given = dv_value_of(values, values->entity->key);

    if (id != NULL) {
        return id;
    }
    return given != NULL && given->value.type == DB_TEXT_VALUE ? given->value.bytes
                                                               : dv_next_id(call);
}

bool dv_create(struct mock_call *call, struct mock_reply *reply, const struct dv_entity *entity,
               const cJSON *body, const char *id, const char **ret_id)
{
    struct dv_values values = dv_values_new(call->arena, entity);
    struct dv_later *later = NULL;

    if ((entity->flags & DV_NO_WRITE) != 0) {
        return refuse(call, reply, DV_UNSUPPORTED_MESSAGE, entity->name, "Create");
    }
    if (!dv_need(call, reply, entity, DV_CREATE) ||
        !dv_body_read(call, reply, body, true, &values, &later)) {
        return false;
    }
    if (id == NULL && dv_value_of(&values, entity->key) == NULL) {
        id = dv_next_id(call); /* nobody has it */
    } else {
        id = choose_id(call, &values, id);
        if (dv_exists(call, entity, id)) {
            return refuse(call, reply, DV_DUPLICATE_ID, NULL, NULL);
        }
        dig_out(call, entity, id);
    }
    dv_put(&values, dv_column(entity, entity->key), db_text(id), NULL);
    dv_fill_new(call, &values);
    if (strcmp(entity->name, "systemuser") == 0 && !dv_fill_user(call, reply, &values)) {
        return false;
    }
    if (!dv_fill_rules(call, reply, &values, NULL) || !check_required(call, reply, &values, true)) {
        return false;
    }
    dv_put_name(&values, "versionnumber", db_int(dv_version_take(call)));
    dv_insert(call->db, &values);
    dv_plugin(call, entity, "Create", id);
    note_change(call, entity);
    *ret_id = id;
    return make_later(call, reply, entity, id, later);
}

bool dv_may_row(struct mock_call *call, struct mock_reply *reply, const struct dv_entity *entity,
                const char *id, enum dv_right right)
{
    const struct dv_user *user = call->caller->user;
    const char *owner;

    if (!dv_need(call, reply, entity, right)) {
        return false;
    }
    if ((entity->flags & DV_USER_OWNED) == 0 || (user->global[entity->index] & right) != 0) {
        return true;
    }
    owner = store_text(call->db, call->arena,
                       arena_join(call->arena, "SELECT ownerid FROM ", entity->table, " WHERE ",
                                  entity->key, " = ?", NULL),
                       DB_ARGS(db_text(id)));
    if (str_eq(owner, user->id)) {
        return true;
    }
    return refuse(call, reply, DV_PRIVILEGE,
                  arena_printf(call->arena,
                               "SecLib::AccessCheckEx failed. Returned hr = -2147187962, ObjectID: "
                               "%s, OwnerId: %s,  OwnerIdType: 8 and CallingUser: %s. "
                               "ObjectTypeCode: %d, objectBusinessUnitId: %s, AccessRights: %s",
                               id, owner, user->id, entity->otc, user->business_unit,
                               right == DV_DELETE ? "DeleteAccess"
                               : right == DV_READ ? "ReadAccess"
                                                  : "WriteAccess"),
                  NULL);
}

bool dv_change_values(struct mock_call *call, struct mock_reply *reply,
                      const struct dv_entity *entity, const char *id, struct dv_values *values)
{
    const struct mock_caller *caller = call->caller;
    bool assigns = dv_value_of(values, "ownerid") != NULL;
    char now[ISO8601_SIZE];

    if ((entity->flags & DV_NO_WRITE) != 0) {
        return refuse(call, reply, DV_UNSUPPORTED_MESSAGE, entity->name, "Update");
    }
    if (!dv_may_row(call, reply, entity, id, DV_WRITE) ||
        (assigns && !dv_need(call, reply, entity, DV_ASSIGN)) ||
        !dv_fill_rules(call, reply, values, id) || !check_required(call, reply, values, false)) {
        return false;
    }
    iso8601_format_s(call->now_ms, now);
    dv_put_name(values, "modifiedon", db_text(now));
    dv_put_name(values, "modifiedby", db_text(caller->user->id));
    dv_put_name(values, "modifiedonbehalfby", db_text(caller->real_id));
    dv_put_name(values, "versionnumber", db_int(dv_version_take(call)));
    dv_update(call->db, values, id);
    dv_plugin(call, entity, "Update", id);
    if (assigns) {
        dv_plugin(call, entity, "Assign", id);
    }
    note_change(call, entity);
    return true;
}

bool dv_change(struct mock_call *call, struct mock_reply *reply, const struct dv_entity *entity,
               const char *id, const cJSON *body)
{
    struct dv_values values = dv_values_new(call->arena, entity);
    struct dv_later *later = NULL;

    return dv_need(call, reply, entity, DV_WRITE) &&
           dv_body_read(call, reply, body, false, &values, &later) &&
           dv_change_values(call, reply, entity, id, &values);
}

enum { MOST_CASCADE = 8 };

static bool delete_row(struct mock_call *call, struct mock_reply *reply,
                       const struct dv_entity *entity, const char *id, int depth);

/* A customer takes what is filed under it along; other lookups are emptied. */
static bool cascade(struct mock_call *call, struct mock_reply *reply,
                    const struct dv_entity *entity, const char *id, const struct dv_entity *child,
                    const struct dv_column *column, int depth)
{
    const char *kind = dv_is_polymorphic(column) ? arena_join(call->arena, " AND ", column->name,
                                                              "_t = '", entity->name, "'", NULL)
                                                 : "";
    const char *sql = arena_join(call->arena, "SELECT ", child->key, " FROM ", child->table,
                                 " WHERE ", column->name, " = ?", kind, " LIMIT 1", NULL);
    const char *child_id;

    while ((child_id = store_text(call->db, call->arena, sql, DB_ARGS(db_text(id)))) != NULL) {
        if (column->type == DV_CUSTOMER && depth < MOST_CASCADE) {
            if (!delete_row(call, reply, child, child_id, depth + 1)) {
                return false;
            }
        } else {
            struct dv_values values = dv_values_new(call->arena, child);

            dv_put(&values, column, db_null(), NULL);
            dv_put_name(&values, "versionnumber", db_int(dv_version_take(call)));
            dv_update(call->db, &values, child_id);
        }
    }
    return true;
}

static bool cascade_all(struct mock_call *call, struct mock_reply *reply,
                        const struct dv_entity *entity, const char *id, int depth)
{
    const struct dv_schema *schema = call->caller->org->schema;

    for (size_t i = 0; i < schema->count; i++) {
        const struct dv_entity *child = schema->entities[i];

        for (size_t j = 0; j < child->column_count; j++) {
            const struct dv_column *column = child->columns[j];

            if (!dv_is_lookup(column) || column->type == DV_OWNER ||
                (column->flags & DV_READ_ONLY) == DV_READ_ONLY) {
                continue;
            }
            for (const struct dv_target *at = column->targets; at->entity != NULL; at++) {
                if (strcmp(at->entity, entity->name) == 0 &&
                    !cascade(call, reply, entity, id, child, column, depth)) {
                    return false;
                }
            }
        }
    }
    return true;
}

static bool delete_row(struct mock_call *call, struct mock_reply *reply,
                       const struct dv_entity *entity, const char *id, int depth)
{
    if (!dv_may_row(call, reply, entity, id, DV_DELETE) ||
        !cascade_all(call, reply, entity, id, depth)) {
        return false;
    }
    for (size_t i = 0; i < dv_many_count; i++) {
        const struct dv_many *many = &dv_many[i];
        bool left = strcmp(many->left, entity->name) == 0;

        if (left || strcmp(many->right, entity->name) == 0) {
            store_run(call->db,
                      arena_printf(call->arena, "DELETE FROM o%lld_%s WHERE %s = ?",
                                   (long long)call->caller->org->ord, many->name,
                                   left ? many->left_key : many->right_key),
                      DB_ARGS(db_text(id)));
        }
    }
    dv_plugin(call, entity, "Delete", id);
    store_run(call->db,
              arena_join(call->arena, "DELETE FROM ", entity->table, " WHERE ", entity->key, " = ?",
                         NULL),
              DB_ARGS(db_text(id)));
    bury(call, entity, id);
    note_change(call, entity);
    return true;
}

bool dv_delete(struct mock_call *call, struct mock_reply *reply, const struct dv_entity *entity,
               const char *id)
{
    bool good;

    if ((entity->flags & DV_NO_WRITE) != 0) {
        return refuse(call, reply, DV_UNSUPPORTED_MESSAGE, entity->name, "Delete");
    }
    if (strcmp(entity->name, "systemuser") == 0) {
        return refuse(call, reply, DV_UNSUPPORTED_MESSAGE, entity->name, "Delete");
    }
    /* All that goes with it, or nothing. */
    store_run(call->db, "SAVEPOINT whole", DB_NO_ARGS);
    good = delete_row(call, reply, entity, id, 0);
    if (!good) {
        store_run(call->db, "ROLLBACK TO whole", DB_NO_ARGS);
    }
    store_run(call->db, "RELEASE whole", DB_NO_ARGS);
    return good;
}

bool dv_link(struct mock_call *call, const struct dv_many *many, const char *left,
             const char *right, bool on)
{
    const char *table =
        arena_printf(call->arena, "o%lld_%s", (long long)call->caller->org->ord, many->name);
    int64_t changed;

    if (on) {
        changed =
            store_run(call->db,
                      arena_join(call->arena, "INSERT OR IGNORE INTO ", table, " (", many->left_key,
                                 ", ", many->right_key, ") VALUES (?, ?)", NULL),
                      DB_ARGS(db_text(left), db_text(right)));
    } else {
        changed = store_run(call->db,
                            arena_join(call->arena, "DELETE FROM ", table, " WHERE ",
                                       many->left_key, " = ? AND ", many->right_key, " = ?", NULL),
                            DB_ARGS(db_text(left), db_text(right)));
    }
    dv_security_changed(call->db, call->caller->org->ord);
    return changed > 0;
}
