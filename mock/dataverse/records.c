/* Rows one by one. Sources: dataverse-create, dataverse-retrieve, dataverse-update,
 * dataverse-conditional. */
#include "dataverse/records.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "dataverse/page.h"
#include "dataverse/plan.h"
#include "dataverse/wire.h"
#include "dataverse/write.h"
#include "store/store.h"

const struct dv_entity *dv_asked_entity(struct mock_call *call, struct mock_reply *reply)
{
    const char *set = call->vars[1];
    const struct dv_entity *entity = dv_entity_of_set(call->caller->org->schema, set, strlen(set));

    if (entity == NULL || entity->hidden) {
        if (entity != NULL) {
            mock_call_rule(call, "SETUP2-13");
        }
        dv_refuse(call, reply, DV_SEGMENT_UNKNOWN, set, NULL, NULL, NULL);
        return NULL;
    }
    return entity;
}

/* The table and the id of /{set}({key}). */
bool dv_asked_row(struct mock_call *call, struct mock_reply *reply,
                  const struct dv_entity **ret_entity, const char **ret_id)
{
    *ret_entity = dv_asked_entity(call, reply);
    if (*ret_entity == NULL) {
        return false;
    }
    *ret_id = dv_key(call, reply, *ret_entity, call->vars[2]);
    return *ret_id != NULL;
}

bool dv_missing(struct mock_call *call, struct mock_reply *reply, const struct dv_entity *entity,
                const char *id)
{
    dv_refuse(call, reply, DV_ROW_MISSING, entity->name, id, NULL, NULL);
    return false;
}

/* The number in W/"123"; -1 when the text is no ETag. */
static int64_t etag_version(const char *text)
{
    const char *quote = text != NULL ? strchr(text, '"') : NULL;

    return quote != NULL ? strtoll(quote + 1, NULL, 10) : -1;
}

static const char *condition(const struct mock_call *call, const char *name)
{
    const char *text = mock_call_header(call, name);

    return text == NULL || strcmp(text, "null") == 0 || *text == '\0' ? NULL : text;
}

static int64_t version_of(struct mock_call *call, const struct dv_entity *entity, const char *id)
{
    return store_int(call->db,
                     arena_join(call->arena, "SELECT versionnumber FROM ", entity->table, " WHERE ",
                                entity->key, " = ?", NULL),
                     DB_ARGS(db_text(id)), -1);
}

/* One row with $select and $expand; `context` NULL: the set's. False when there is none. */
static bool write_one(struct mock_call *call, struct mock_reply *reply, const struct dv_plan *plan,
                      const char *id, int status, const char *if_none_match)
{
    struct json_writer writer = JSON_WRITER(&reply->body);
    struct db_value args[2] = {db_text(id), db_text(plan->owner)};
    AUTO(db_rows) rows = {0};
    int64_t version;

    store_query(&rows, call->db, plan->by_id, args, plan->owner != NULL ? 2 : 1);
    if (!store_next(&rows)) {
        return false;
    }
    version = db_column_int(&rows, plan->root.version_at);
    mock_reply_header_set(reply, "ETag",
                          arena_printf(call->arena, "W/\"%lld\"", (long long)version));
    if (if_none_match != NULL && plan->annotations == 0 && plan->root.expand_count == 0 &&
        (plan->root.entity->flags & DV_OPTIMISTIC) != 0 && etag_version(if_none_match) == version) {
        reply->status = 304;
        return true;
    }
    dv_json(reply, status);
    strbuf_reserve(&reply->body, 256 + 48 * plan->root.count);
    dv_write_row(call, &writer, plan, &plan->root, &rows,
                 dv_context_url(call, arena_join(call->arena, plan->context, "/$entity", NULL)));
    return true;
}

void dv_show_row(struct mock_call *call, struct mock_reply *reply, const struct dv_entity *entity,
                 const char *id, int status)
{
    struct dv_read read = {.entity = entity, .single = true};
    const struct dv_plan *plan;

    if (!dv_need(call, reply, entity, DV_READ)) {
        return;
    }
    read.annotations = dv_annotations(call, reply);
    plan = dv_plan_of(call, reply, &read);
    if (plan != NULL &&
        !write_one(call, reply, plan, id, status,
                   status == 200 && call->method == HTTP_GET ? condition(call, "If-None-Match")
                                                             : NULL) &&
        (plan->owner == NULL || !dv_exists(call, entity, id) ||
         dv_may_row(call, reply, entity, id, DV_READ))) {
        dv_missing(call, reply, entity, id);
    }
}

void dv_get(struct mock_call *call, struct mock_reply *reply)
{
    const struct dv_entity *entity;
    const char *id;

    if (dv_asked_row(call, reply, &entity, &id)) {
        dv_show_row(call, reply, entity, id, 200);
    }
}

void dv_list_get(struct mock_call *call, struct mock_reply *reply)
{
    struct dv_read read = {.entity = dv_asked_entity(call, reply)};

    if (read.entity != NULL) {
        dv_list(call, reply, &read);
    }
}

void dv_count_get(struct mock_call *call, struct mock_reply *reply)
{
    struct dv_read read = {.entity = dv_asked_entity(call, reply)};

    if (read.entity != NULL) {
        dv_count(call, reply, &read);
    }
}

static bool wants_row(struct mock_call *call, struct mock_reply *reply)
{
    if (!str_eq(dv_preference(call, "return"), "representation")) {
        return false;
    }
    mock_reply_header(reply, "Preference-Applied", "return=representation");
    return true;
}

/* What the answer is to show must be known before anything is written. */
static bool can_show(struct mock_call *call, struct mock_reply *reply,
                     const struct dv_entity *entity)
{
    struct dv_read read = {.entity = entity, .single = true};

    return !str_eq(dv_preference(call, "return"), "representation") ||
           (dv_need(call, reply, entity, DV_READ) && dv_plan_of(call, reply, &read) != NULL);
}

/* A body that makes several rows makes all of them or none. */
static bool is_deep(const cJSON *body)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, body)
    {
        if (cJSON_IsArray(item) || cJSON_IsObject(item)) {
            return true;
        }
    }
    return false;
}

bool dv_create_whole(struct mock_call *call, struct mock_reply *reply,
                     const struct dv_entity *entity, const cJSON *body, const char *id,
                     const char **ret_id)
{
    bool deep = is_deep(body), good;

    if (deep) {
        store_run(call->db, "SAVEPOINT deep", DB_NO_ARGS);
    }
    good = dv_create(call, reply, entity, body, id, ret_id);
    if (deep) {
        if (!good) {
            store_run(call->db, "ROLLBACK TO deep", DB_NO_ARGS);
        }
        store_run(call->db, "RELEASE deep", DB_NO_ARGS);
    }
    return good;
}

void dv_post(struct mock_call *call, struct mock_reply *reply)
{
    const struct dv_entity *entity = dv_asked_entity(call, reply);
    const cJSON *body = entity != NULL ? dv_body(call, reply, entity->set) : NULL;
    const char *id;

    if (body == NULL || !can_show(call, reply, entity) ||
        !dv_create_whole(call, reply, entity, body, NULL, &id)) {
        return;
    }
    if (wants_row(call, reply)) {
        dv_show_row(call, reply, entity, id, 201);
    } else {
        dv_written(call, reply, dv_row_url(call, entity, id), true);
    }
}

/* If-Match on a row: false when it has been refused. */
static bool check_match(struct mock_call *call, struct mock_reply *reply,
                        const struct dv_entity *entity, const char *id, int64_t version)
{
    const char *match = condition(call, "If-Match");

    if (match == NULL || (strcmp(match, "*") == 0 && version >= 0)) {
        return true;
    }
    if (version < 0) {
        return dv_missing(call, reply, entity, id);
    }
    if ((entity->flags & DV_OPTIMISTIC) == 0) {
        dv_refuse(call, reply, DV_NOT_OPTIMISTIC, entity->name, NULL, NULL, NULL);
        return false;
    }
    if (etag_version(match) != version) {
        dv_refuse(call, reply, DV_VERSION_MISMATCH, NULL, NULL, NULL, NULL);
        return false;
    }
    return true;
}

void dv_patch(struct mock_call *call, struct mock_reply *reply)
{
    const struct dv_entity *entity;
    const char *id, *made;
    const cJSON *body;
    int64_t version;
    bool created;

    if (!dv_asked_row(call, reply, &entity, &id)) {
        return;
    }
    body = dv_body(call, reply, entity->set);
    if (body == NULL || !can_show(call, reply, entity)) {
        return;
    }
    version = version_of(call, entity, id);
    created = version < 0;
    if (!check_match(call, reply, entity, id, version)) {
        return;
    }
    if (!created && str_eq(condition(call, "If-None-Match"), "*")) {
        dv_refuse(call, reply, DV_EXISTS, NULL, NULL, NULL, NULL);
        return;
    }
    if (created ? !dv_create_whole(call, reply, entity, body, id, &made)
                : !dv_change(call, reply, entity, id, body)) {
        return;
    }
    if (wants_row(call, reply)) {
        dv_show_row(call, reply, entity, id, created ? 201 : 200);
    } else {
        dv_written(call, reply, dv_row_url(call, entity, id), false);
    }
}

void dv_remove(struct mock_call *call, struct mock_reply *reply)
{
    const struct dv_entity *entity;
    const char *id;
    int64_t version;

    if (!dv_asked_row(call, reply, &entity, &id)) {
        return;
    }
    version = version_of(call, entity, id);
    if (version < 0) {
        dv_missing(call, reply, entity, id);
        return;
    }
    if (check_match(call, reply, entity, id, version) && dv_delete(call, reply, entity, id)) {
        dv_nothing(reply);
    }
}
