/* What stands below a row: a property, a related row, references. Sources: dataverse-retrieve,
 * dataverse-associate. */
#include <string.h>

#include "base/str.h"
#include "dataverse/page.h"
#include "dataverse/records.h"
#include "dataverse/wire.h"
#include "dataverse/write.h"
#include "store/store.h"

/* What the last part of a path below a row names. */
struct part {
    const struct dv_entity *entity; /* of the row */
    const char *id;
    const struct dv_column *column;  /* a property, or the lookup of a navigation property */
    const struct dv_target *target;  /* of a single-valued navigation property */
    const struct dv_entity *related; /* what a navigation property leads to */
    const struct dv_many *many;      /* of many to many */
    bool left;                       /* the row is the left side of it */
    bool collection;
};

static bool find_many(struct mock_call *call, const char *name, struct part *ret)
{
    for (size_t i = 0; i < dv_many_count; i++) {
        const struct dv_many *many = &dv_many[i];
        bool left = str_eq(many->left, ret->entity->name) && str_eq(many->left_nav, name);

        if (left || (str_eq(many->right, ret->entity->name) && str_eq(many->right_nav, name))) {
            ret->many = many;
            ret->left = left;
            ret->collection = true;
            ret->related = dv_entity(call->caller->org->schema, left ? many->right : many->left);
            return true;
        }
    }
    return false;
}

/* False when it has been refused. The row itself must be there. */
static bool find_part(struct mock_call *call, struct mock_reply *reply, const char *name,
                      struct part *ret)
{
    const struct dv_schema *schema = call->caller->org->schema;

    *ret = (struct part){0};
    if (!dv_asked_row(call, reply, &ret->entity, &ret->id)) {
        return false;
    }
    if (!dv_exists(call, ret->entity, ret->id)) {
        return dv_missing(call, reply, ret->entity, ret->id);
    }
    ret->column = dv_nav(ret->entity, name, strlen(name), &ret->target);
    if (ret->column != NULL) {
        ret->related = dv_entity(schema, ret->target->entity);
    } else if (!find_many(call, name, ret)) {
        ret->column = dv_collection(schema, ret->entity, name, &ret->related);
        ret->collection = ret->column != NULL;
    }
    if (ret->column == NULL && ret->many == NULL) {
        ret->column = dv_column(ret->entity, name);
        if (ret->column == NULL || dv_is_lookup(ret->column)) {
            ret->column = dv_lookup_value(ret->entity, name, strlen(name));
        }
    }
    if (ret->column == NULL && ret->many == NULL) {
        dv_refuse(call, reply, DV_SEGMENT_UNKNOWN, name, NULL, NULL, NULL);
        return false;
    }
    return true;
}

/* The same for what is shown only to those who may see the row. */
static bool find_shown(struct mock_call *call, struct mock_reply *reply, const char *name,
                       struct part *ret)
{
    return find_part(call, reply, name, ret) &&
           dv_may_row(call, reply, ret->entity, ret->id, DV_READ);
}

/* A condition of the related rows with the row's id as its one value. */
static const char *related_where(struct mock_call *call, const struct part *part)
{
    if (part->many != NULL) {
        const struct dv_many *many = part->many;
        const char *own = part->left ? many->left_key : many->right_key;
        const char *other = part->left ? many->right_key : many->left_key;

        return arena_printf(call->arena, "t.%s IN (SELECT %s FROM o%lld_%s WHERE %s = ?)",
                            part->related->key, other, (long long)call->caller->org->ord,
                            many->name, own);
    }
    return arena_join(call->arena, "t.", part->column->name, " = ?", NULL);
}

/* The id that a lookup holds, and its table; NULL when it is empty. */
static const char *looked_up(struct mock_call *call, const struct part *part,
                             const struct dv_entity **ret)
{
    const char *name = part->column->name;
    const char *type_sql =
        dv_is_polymorphic(part->column)
            ? arena_join(call->arena, "SELECT ", name, "_t FROM ", part->entity->table, " WHERE ",
                         part->entity->key, " = ?", NULL)
            : NULL;
    const char *id =
        store_text(call->db, call->arena,
                   arena_join(call->arena, "SELECT ", name, " FROM ", part->entity->table,
                              " WHERE ", part->entity->key, " = ?", NULL),
                   DB_ARGS(db_text(part->id)));

    *ret = part->related;
    if (id != NULL && type_sql != NULL) {
        const char *type = store_text(call->db, call->arena, type_sql, DB_ARGS(db_text(part->id)));

        if (part->column->type == DV_OWNER) {
            *ret = dv_entity(call->caller->org->schema, type);
        } else if (!str_eq(type, part->target->entity)) {
            return NULL;
        }
    }
    return id;
}

static void show_related(struct mock_call *call, struct mock_reply *reply, const struct part *part)
{
    const struct dv_entity *entity;
    const char *id = looked_up(call, part, &entity);

    if (id == NULL || entity == NULL) {
        dv_nothing(reply);
    } else {
        dv_show_row(call, reply, entity, id, 200);
    }
}

static void show_property(struct mock_call *call, struct mock_reply *reply, const struct part *part,
                          const char *name, bool raw)
{
    struct json_writer writer = JSON_WRITER(&reply->body);
    AUTO(db_rows) rows = {0};

    store_query(&rows, call->db,
                arena_join(call->arena, "SELECT ", dv_column_sql(call->arena, "t", part->column),
                           " FROM ", part->entity->table, " t WHERE t.", part->entity->key, " = ?",
                           NULL),
                DB_ARGS(db_text(part->id)));
    if (!store_next(&rows) || db_column_is_null(&rows, 0)) {
        dv_nothing(reply);
        return;
    }
    if (raw) {
        AUTO(strbuf) text = STRBUF(0);
        struct json_writer value = JSON_WRITER(&text);

        if (db_column_type(&rows, 0) != DB_TEXT_VALUE) {
            dv_write_value(&value, part->column, &rows, 0);
        }
        mock_reply_text(reply, 200, "text/plain",
                        text.len > 0 ? strbuf_text(&text) : db_column_text(&rows, 0));
        return;
    }
    dv_json(reply, 200);
    jw_object(&writer);
    jw_member_text(&writer, "@odata.context",
                   dv_context_url(call, arena_join(call->arena, "#", part->entity->set, "(",
                                                   part->id, ")/", name, NULL)));
    jw_key(&writer, "value");
    dv_write_value(&writer, part->column, &rows, 0);
    jw_object_end(&writer);
}

void dv_property_get(struct mock_call *call, struct mock_reply *reply)
{
    const char *name = call->vars[3], *id;
    const struct dv_entity *entity;
    struct part part;

    if (strchr(name, '(') != NULL || str_starts(name, "Microsoft.")) {
        if (dv_asked_row(call, reply, &entity, &id) &&
            !dv_bound_function(call, reply, entity, id, name)) {
            dv_refuse(call, reply, DV_SEGMENT_UNKNOWN, name, NULL, NULL, NULL);
        }
        return;
    }
    if (!find_shown(call, reply, name, &part)) {
        return;
    }
    if (part.collection) {
        struct dv_read read = {
            .entity = part.related, .where = related_where(call, &part), .bound = part.id};

        dv_list(call, reply, &read);
    } else if (part.target != NULL) {
        show_related(call, reply, &part);
    } else {
        show_property(call, reply, &part, name, false);
    }
}

void dv_property_value(struct mock_call *call, struct mock_reply *reply)
{
    struct part part;

    if (find_shown(call, reply, call->vars[3], &part)) {
        if (part.collection || part.target != NULL) {
            dv_refuse(call, reply, DV_SEGMENT_UNKNOWN, "$value", NULL, NULL, NULL);
        } else {
            show_property(call, reply, &part, call->vars[3], true);
        }
    }
}

void dv_property_count(struct mock_call *call, struct mock_reply *reply)
{
    struct part part;

    if (find_shown(call, reply, call->vars[3], &part)) {
        struct dv_read read = {.entity = part.related,
                               .where = part.collection ? related_where(call, &part) : NULL,
                               .bound = part.id};

        if (part.collection) {
            dv_count(call, reply, &read);
        } else {
            dv_refuse(call, reply, DV_SEGMENT_UNKNOWN, "$count", NULL, NULL, NULL);
        }
    }
}

/* Writes one column by its own rules. */
static bool set_column(struct mock_call *call, struct mock_reply *reply, const struct part *part,
                       struct db_value value, const char *type)
{
    struct dv_values values = dv_values_new(call->arena, part->entity);

    if ((part->column->flags & DV_NO_UPDATE) == 0) {
        dv_put(&values, part->column, value, type);
    }
    return dv_change_values(call, reply, part->entity, part->id, &values);
}

void dv_property_put(struct mock_call *call, struct mock_reply *reply)
{
    struct db_value value;
    struct part part;
    const cJSON *body, *item;

    if (!find_part(call, reply, call->vars[3], &part)) {
        return;
    }
    body = dv_body(call, reply, part.entity->set);
    if (body == NULL) {
        return;
    }
    item = json_get(body, "value");
    if (part.collection || part.target != NULL || item == NULL) {
        dv_refuse(call, reply, DV_ARGUMENT, "Expected a property and a body {\"value\": …}.", NULL,
                  NULL, NULL);
        return;
    }
    if (dv_convert(call, reply, part.entity, part.column, item, &value) &&
        set_column(call, reply, &part, value, NULL)) {
        dv_nothing(reply);
    }
}

void dv_property_delete(struct mock_call *call, struct mock_reply *reply)
{
    struct part part;

    if (!find_part(call, reply, call->vars[3], &part)) {
        return;
    }
    if (part.collection || part.target != NULL) {
        dv_refuse(call, reply, DV_METHOD, "DELETE", NULL, NULL, NULL);
    } else if (set_column(call, reply, &part, db_null(), NULL)) {
        dv_nothing(reply);
    }
}

static void list_refs(struct mock_call *call, struct mock_reply *reply, const struct part *part)
{
    struct json_writer writer = JSON_WRITER(&reply->body);
    const char *owner = dv_sees_only(call, part->related);
    const struct db_value args[] = {db_text(part->id), db_text(owner)};
    AUTO(db_rows) rows = {0};

    if (!dv_need(call, reply, part->related, DV_READ)) {
        return;
    }
    dv_json(reply, 200);
    jw_object(&writer);
    jw_member_text(&writer, "@odata.context", dv_context_url(call, "#Collection($ref)"));
    jw_key(&writer, "value");
    jw_array(&writer);
    store_query(&rows, call->db,
                arena_join(call->arena, "SELECT t.", part->related->key, " FROM ",
                           part->related->table, " t WHERE ", related_where(call, part),
                           owner != NULL ? " AND t.ownerid = ?" : "", " ORDER BY t.",
                           part->related->key, " LIMIT 5000", NULL),
                args, owner != NULL ? 2 : 1);
    while (store_next(&rows)) {
        jw_object(&writer);
        jw_member_text(&writer, "@odata.id",
                       dv_row_url(call, part->related, db_column_text(&rows, 0)));
        jw_object_end(&writer);
    }
    jw_array_end(&writer);
    jw_object_end(&writer);
}

void dv_ref_get(struct mock_call *call, struct mock_reply *reply)
{
    const struct dv_entity *entity;
    struct part part;
    cJSON *body;
    const char *id;

    if (!find_shown(call, reply, call->vars[3], &part)) {
        return;
    }
    if (part.collection) {
        list_refs(call, reply, &part);
        return;
    }
    if (part.target == NULL) {
        dv_refuse(call, reply, DV_SEGMENT_UNKNOWN, "$ref", NULL, NULL, NULL);
        return;
    }
    id = looked_up(call, &part, &entity);
    if (id == NULL || entity == NULL) {
        dv_nothing(reply);
        return;
    }
    body = json_new_object(call->arena);
    cJSON_AddStringToObject(body, "@odata.context", dv_context_url(call, "#$ref"));
    cJSON_AddStringToObject(body, "@odata.id", dv_row_url(call, entity, id));
    mock_reply_json(call, reply, 200, body);
    dv_json(reply, 200);
}

/* Whether a row of a collection is one of this row's. */
static bool belongs(struct mock_call *call, const struct part *part, const char *id)
{
    return store_int(call->db,
                     arena_join(call->arena, "SELECT 1 FROM ", part->related->table, " t WHERE ",
                                related_where(call, part), " AND t.", part->related->key, " = ?",
                                NULL),
                     DB_ARGS(db_text(part->id), db_text(id)), 0) != 0;
}

/* Links the row and another one, or takes the link away. */
static bool set_link(struct mock_call *call, struct mock_reply *reply, const struct part *part,
                     const struct dv_entity *entity, const char *id, bool on)
{
    struct dv_values values;

    if (part->many != NULL) {
        const char *left = part->left ? part->id : id, *right = part->left ? id : part->id;

        if (!dv_need(call, reply, part->entity, DV_APPEND) ||
            !dv_need(call, reply, entity, DV_APPEND_TO)) {
            return false;
        }
        if (!dv_link(call, part->many, left, right, on) && on) {
            dv_refuse(call, reply, DV_DUPLICATE_LINK, NULL, NULL, NULL, NULL);
            return false;
        }
        return true;
    }
    if (part->collection) { /* the other row is the one that changes */
        if (!on && !belongs(call, part, id)) {
            return dv_missing(call, reply, entity, id);
        }
        values = dv_values_new(call->arena, entity);
        dv_put(&values, part->column, on ? db_text(part->id) : db_null(), part->entity->name);
        return dv_change_values(call, reply, entity, id, &values);
    }
    return set_column(call, reply, part, on ? db_text(id) : db_null(), entity->name);
}

/* The table that a reference must be of. */
static bool fits(const struct part *part, const struct dv_entity *entity)
{
    if (part->column != NULL && !part->collection && part->column->type == DV_OWNER) {
        return str_eq(entity->name, "systemuser") || str_eq(entity->name, "team");
    }
    return entity == part->related;
}

static bool read_reference(struct mock_call *call, struct mock_reply *reply,
                           const struct part *part, const char *text,
                           const struct dv_entity **ret_entity, const char **ret_id)
{
    if (text == NULL) {
        dv_refuse(call, reply, DV_ARGUMENT, "Expected a body {\"@odata.id\": \"…\"}.", NULL, NULL,
                  NULL);
        return false;
    }
    if (!dv_reference(call, reply, text, ret_entity, ret_id)) {
        return false;
    }
    if (!fits(part, *ret_entity)) {
        dv_refuse(call, reply, DV_WRONG_TARGET, part->entity->set, (*ret_entity)->name,
                  part->related->name, NULL);
        return false;
    }
    return dv_exists(call, *ret_entity, *ret_id) || dv_missing(call, reply, *ret_entity, *ret_id);
}

void dv_ref_add(struct mock_call *call, struct mock_reply *reply)
{
    const struct dv_entity *entity;
    struct part part;
    const char *id;
    const cJSON *body;

    if (!find_part(call, reply, call->vars[3], &part)) {
        return;
    }
    if ((!part.collection && part.target == NULL) ||
        (part.collection && call->method == HTTP_PUT)) {
        dv_refuse(call, reply, DV_METHOD, call->method_text, NULL, NULL, NULL);
        return;
    }
    body = dv_body(call, reply, part.entity->set);
    if (body != NULL &&
        read_reference(call, reply, &part, json_get_text(body, "@odata.id"), &entity, &id) &&
        set_link(call, reply, &part, entity, id, true)) {
        dv_nothing(reply);
    }
}

void dv_ref_remove(struct mock_call *call, struct mock_reply *reply)
{
    const char *by_query = uri_param(&call->params, "$id"), *id = NULL;
    const struct dv_entity *entity = NULL;
    struct part part;

    if (!find_part(call, reply, call->vars[3], &part)) {
        return;
    }
    if (part.target != NULL) { /* the other table of a customer stays */
        if (looked_up(call, &part, &entity) == NULL ||
            set_column(call, reply, &part, db_null(), NULL)) {
            dv_nothing(reply);
        }
        return;
    }
    if (!part.collection) {
        dv_refuse(call, reply, DV_METHOD, "DELETE", NULL, NULL, NULL);
        return;
    }
    if (call->vars[4] != NULL) {
        entity = part.related;
        id = dv_key(call, reply, entity, call->vars[4]);
        if (id == NULL) {
            return;
        }
    } else if (by_query == NULL) {
        dv_refuse(call, reply, DV_ARGUMENT, "Expected the related row's key or ?$id=…", NULL, NULL,
                  NULL);
        return;
    } else if (!read_reference(call, reply, &part, by_query, &entity, &id)) {
        return;
    }
    if (set_link(call, reply, &part, entity, id, false)) {
        dv_nothing(reply);
    }
}
