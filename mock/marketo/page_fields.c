/* Select Fields to Sync, entities, options and Quick Sync. Rules FIELD-01 to 10, QSYNC-01 to 07. */
#include <string.h>

#include "base/iso8601.h"
#include "marketo/marketo.h"
#include "marketo/page.h"
#include "marketo/selection.h"
#include "store/store.h"

/* The organization of the call's connection; NULL after a refusal, while there is none. */
static const char *organization_of(struct mock_call *call, struct mock_reply *reply)
{
    struct marketo_connection connection;

    marketo_connection_get(call->arena, call->db, marketo_sub(call), &connection);
    if (connection.organization == NULL) {
        mock_call_rule(call, "SETUP3-16");
        marketo_refuse_page(call, reply, "step_closed", marketo_refusal_text("step_closed"));
    }
    return connection.organization;
}

/* Says of each column whether it waits for Quick Sync. */
static void mark_queued(struct mock_call *call, const char *entity, struct marketo_column *columns,
                        size_t count)
{
    AUTO(db_rows) rows = {0};

    store_query(&rows, call->db, "SELECT name FROM marketo_quick_sync WHERE sub = ? AND entity = ?",
                DB_ARGS(db_int(marketo_sub(call)), db_text(entity)));
    while (store_next(&rows)) {
        for (size_t i = 0; i < count; i++) {
            columns[i].queued |= str_eq(columns[i].name, db_column_text(&rows, 0));
        }
    }
}

static void write_length(struct json_writer *writer, int64_t length)
{
    if (length > 0) {
        jw_member_int(writer, "length", length);
    } else {
        jw_member_null(writer, "length");
    }
}

static void write_column(struct json_writer *writer, const struct marketo_set *set,
                         const struct marketo_column *column)
{
    int slot = marketo_slot(set, column->field);
    const struct marketo_field *field = slot != MARKETO_NO_SLOT ? set->fields[slot] : NULL;
    int64_t length = field != NULL ? field->length : marketo_type_length(column->field_type);

    jw_object(writer);
    jw_member_text(writer, "name", column->name);
    jw_member_text(writer, "label", column->label);
    jw_member_text(writer, "type", column->type);
    write_length(writer, column->length);
    jw_key(writer, "marketo");
    jw_object(writer);
    jw_member_text(writer, "name", column->field);
    jw_member_text(writer, "label", field != NULL ? field->label : column->field_label);
    jw_member_text(writer, "type",
                   marketo_type_name(field != NULL ? field->type : column->field_type));
    write_length(writer, length);
    jw_member_bool(writer, "readOnly", field != NULL && (field->flags & FIELD_READ_ONLY) != 0);
    if (column->also != NULL) {
        jw_member_text(writer, "also", column->also); /* MAP-02 */
    }
    jw_object_end(writer);
    jw_member_bool(writer, "custom", column->custom);
    jw_member_bool(writer, "updatable", column->updatable);
    jw_member_bool(writer, "default", column->standard);
    jw_member_bool(writer, "selected", column->selected);
    jw_member_bool(writer, "queued", column->queued);
    jw_object_end(writer);
}

/* Everything is as the last Save found it: what was made or deleted since shows after the next.
 * `selected=true` leaves out what is not selected: a worker needs no more at each pass. */
void marketo_page_fields(struct mock_call *call, struct mock_reply *reply)
{
    const char *org = organization_of(call, reply);
    bool all = !str_eq(uri_param(&call->params, "selected"), "true");
    int64_t sub = marketo_sub(call);
    struct json_writer writer;

    if (org == NULL) {
        return;
    }
    writer = marketo_open(call, reply);
    for (size_t i = 0; i < marketo_entity_count; i++) {
        const struct marketo_entity *entity = &marketo_entities[i];
        const struct marketo_set *set =
            marketo_set_load(call->arena, call->db, sub, entity->object);
        struct marketo_column *columns;
        size_t count = marketo_columns(call->arena, call->db, sub, org, entity,
                                       all ? MARKETO_STORED : MARKETO_SELECTED, &columns);

        mark_queued(call, entity->name, columns, count);
        jw_object(&writer);
        jw_member_text(&writer, "name", entity->name);
        jw_member_text(&writer, "label", entity->label);
        jw_member_text(&writer, "direction", entity->direction);
        jw_key(&writer, "fields");
        jw_array(&writer);
        for (size_t j = 0; j < count; j++) {
            write_column(&writer, set, &columns[j]);
        }
        jw_array_end(&writer);
        jw_object_end(&writer);
    }
    marketo_close(&writer, NULL, MARKETO_NO_MORE_KEY);
}

static bool bad_request(struct mock_call *call, struct mock_reply *reply, const char *text)
{
    marketo_refuse_page(call, reply, "bad_request", text);
    return false;
}

static const struct marketo_column *find_column(const struct marketo_column *columns, size_t count,
                                                const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (str_eq(columns[i].name, name)) {
            return &columns[i];
        }
    }
    return NULL;
}

static bool has_name(const cJSON *names, const char *name)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, names)
    {
        if (str_eq(cJSON_GetStringValue(item), name)) {
            return true;
        }
    }
    return false;
}

/* One entity of a Save: all names are columns that are there, and none that waits is dropped. */
static bool check_entity(struct mock_call *call, struct mock_reply *reply, const char *org,
                         const cJSON *names)
{
    const struct marketo_entity *entity = marketo_entity_find(names->string);
    struct marketo_column *columns;
    const cJSON *item;
    size_t count;

    if (entity == NULL || !cJSON_IsArray(names)) {
        return bad_request(call, reply,
                           arena_printf(call->arena,
                                        "fields: expected the names of lead, contact, account or "
                                        "opportunity as arrays, found \"%.60s\".",
                                        names->string));
    }
    count = marketo_columns(call->arena, call->db, marketo_sub(call), org, entity, MARKETO_LIVE,
                            &columns);
    mark_queued(call, entity->name, columns, count);
    cJSON_ArrayForEach(item, names)
    {
        const struct marketo_column *column =
            find_column(columns, count, cJSON_GetStringValue(item));

        if (column == NULL) {
            marketo_refuse_page(
                call, reply, "field_unknown",
                arena_printf(call->arena, "The table %s has no column %.100s that can sync.",
                             entity->name, cJSON_IsString(item) ? item->valuestring : "?"));
            return false;
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (columns[i].selected && !has_name(names, columns[i].name) && columns[i].queued) {
            mock_call_rule(call, "QSYNC-05");
            marketo_refuse_page(call, reply, "field_queued",
                                arena_printf(call->arena,
                                             "%s of %s waits for Quick Sync: it can be deselected "
                                             "when that is done.",
                                             columns[i].name, entity->name));
            return false;
        }
    }
    return true;
}

static void write_selected(struct mock_call *call, struct json_writer *writer,
                           const struct marketo_entity *entity)
{
    AUTO(db_rows) rows = {0};

    jw_object(writer);
    jw_member_text(writer, "name", entity->name);
    jw_key(writer, "selected");
    jw_array(writer);
    store_query(&rows, call->db,
                "SELECT name FROM marketo_selected WHERE sub = ? AND entity = ? ORDER BY name",
                DB_ARGS(db_int(marketo_sub(call)), db_text(entity->name)));
    while (store_next(&rows)) {
        jw_text(writer, db_column_text(&rows, 0));
    }
    jw_array_end(writer);
    jw_object_end(writer);
}

/* Every entity's schema is stored; the selection of those that are not named stays. */
static void save_all(struct mock_call *call, struct mock_reply *reply, const char *org,
                     const cJSON *fields)
{
    struct json_writer writer = marketo_open(call, reply);

    for (size_t i = 0; i < marketo_entity_count; i++) {
        const struct marketo_entity *entity = &marketo_entities[i];
        const cJSON *list = json_get(fields, entity->name), *item;
        struct marketo_choice choice = {0};
        const char **names;

        if (list != NULL) {
            names = arena_array(call->arena, (size_t)cJSON_GetArraySize(list) + 1, sizeof *names);
            choice.names = names;
            cJSON_ArrayForEach(item, list)
            {
                names[choice.count++] = item->valuestring;
            }
        }
        marketo_select(call->db, marketo_sub(call), org, entity, &choice);
        write_selected(call, &writer, entity);
    }
    marketo_schema_store(call->db, marketo_sub(call), org);
    marketo_close(&writer, NULL, MARKETO_NO_MORE_KEY);
}

void marketo_page_fields_save(struct mock_call *call, struct mock_reply *reply)
{
    struct marketo_connection connection;
    const cJSON *body, *fields, *names;

    if (!marketo_body(call, reply, &body)) {
        return;
    }
    marketo_connection_get(call->arena, call->db, marketo_sub(call), &connection);
    if (!marketo_page_take(call, reply, &connection, EVENT_FIELDS)) {
        return;
    }
    fields = json_get(body, "fields");
    if (!cJSON_IsObject(fields)) {
        (void)bad_request(call, reply,
                          "fields: expected an object, entity → names of its columns.");
        return;
    }
    cJSON_ArrayForEach(names, fields)
    {
        if (!check_entity(call, reply, connection.organization, names)) {
            return;
        }
    }
    save_all(call, reply, connection.organization, fields);
    marketo_connection_put(call->db, &connection);
}

/* A name is "entity.column", or a column of any entity in which it is selected. */
static bool is_meant(struct mock_call *call, const struct marketo_entity *entity, const char *name,
                     const char **ret_column)
{
    const char *dot = strchr(name, '.');

    *ret_column = dot != NULL ? dot + 1 : name;
    return (dot == NULL || (strncmp(entity->name, name, (size_t)(dot - name)) == 0 &&
                            entity->name[dot - name] == '\0')) &&
           marketo_selected(call->db, marketo_sub(call), entity->name, *ret_column);
}

/* How many columns the name means; with `queue` they wait from now on. */
static int64_t queue_field(struct mock_call *call, const char *name, bool queue)
{
    int64_t count = 0;

    for (size_t i = 0; i < marketo_entity_count; i++) {
        const char *column;

        if (!is_meant(call, &marketo_entities[i], name, &column)) {
            continue;
        }
        count++;
        if (queue) {
            store_run(call->db,
                      "INSERT OR REPLACE INTO marketo_quick_sync (sub, entity, name, at_ms)"
                      " VALUES (?, ?, ?, ?)",
                      DB_ARGS(db_int(marketo_sub(call)), db_text(marketo_entities[i].name),
                              db_text(column), db_int(call->now_ms)));
        }
    }
    return count;
}

/* {"by": "created" or "updated", "from", "to"}: only records dated in it. */
static bool good_range(const cJSON *range)
{
    const char *by = json_get_text(range, "by");
    const char *from = json_get_text(range, "from"), *to = json_get_text(range, "to");
    int64_t from_ms, to_ms;

    return range == NULL || cJSON_IsNull(range) ||
           ((by == NULL || str_ieq(by, "created") || str_ieq(by, "updated")) && from != NULL &&
            to != NULL && iso8601_parse(from, &from_ms) && iso8601_parse(to, &to_ms) &&
            from_ms <= to_ms);
}

void marketo_page_quick_sync(struct mock_call *call, struct mock_reply *reply)
{
    struct marketo_connection connection;
    const cJSON *body, *fields, *item;
    struct json_writer writer;
    int64_t count = 0;

    if (!marketo_body(call, reply, &body)) {
        return;
    }
    marketo_connection_get(call->arena, call->db, marketo_sub(call), &connection);
    if (!marketo_page_take(call, reply, &connection, EVENT_QUICK_SYNC)) {
        return;
    }
    fields = json_get(body, "fields");
    if (!cJSON_IsArray(fields) || cJSON_GetArraySize(fields) == 0 ||
        !good_range(json_get(body, "range"))) {
        (void)bad_request(call, reply,
                          "fields: expected names of selected columns; range: expected "
                          "{\"by\": \"created\" or \"updated\", \"from\", \"to\"} with dates.");
        return;
    }
    cJSON_ArrayForEach(item, fields)
    {
        const char *name = cJSON_GetStringValue(item);

        if (name == NULL || queue_field(call, name, false) == 0) {
            marketo_refuse_page(call, reply, "field_unknown",
                                arena_printf(call->arena,
                                             "%.100s is not selected: select it and save first.",
                                             name != NULL ? name : "?"));
            return;
        }
    }
    cJSON_ArrayForEach(item, fields)
    {
        count += queue_field(call, item->valuestring, true);
    }
    writer = marketo_open(call, reply);
    jw_object(&writer);
    jw_member_int(&writer, "queued", count);
    jw_object_end(&writer);
    marketo_close(&writer, NULL, MARKETO_NO_MORE_KEY);
}

/* Custom entities, and the options of the page: both are lists of switches that the page keeps. */
static void answer_option(struct mock_call *call, struct mock_reply *reply, const char *name,
                          const char *otherwise)
{
    const char *value = store_text(call->db, call->arena,
                                   "SELECT value FROM marketo_options WHERE sub = ? AND name = ?",
                                   DB_ARGS(db_int(marketo_sub(call)), db_text(name)));
    struct json_writer writer = marketo_open(call, reply);

    jw_raw(&writer, value != NULL ? value : otherwise);
    marketo_close(&writer, NULL, MARKETO_NO_MORE_KEY);
}

static void put_option(struct mock_call *call, const char *name, const cJSON *value)
{
    store_run(
        call->db, "INSERT OR REPLACE INTO marketo_options (sub, name, value) VALUES (?, ?, ?)",
        DB_ARGS(db_int(marketo_sub(call)), db_text(name), db_text(json_text(call->arena, value))));
}

static const char no_entities[] = "{\"entities\":[]}";
static const char no_options[] = "{\"campaignSync\":false}";

void marketo_page_entities(struct mock_call *call, struct mock_reply *reply)
{
    if (organization_of(call, reply) != NULL) {
        answer_option(call, reply, "entities", no_entities);
    }
}

void marketo_page_options(struct mock_call *call, struct mock_reply *reply)
{
    if (organization_of(call, reply) != NULL) {
        answer_option(call, reply, "options", no_options);
    }
}

void marketo_page_entities_save(struct mock_call *call, struct mock_reply *reply)
{
    cJSON *kept = json_new_object(call->arena);
    struct marketo_connection connection;
    const cJSON *body, *list, *item;

    if (organization_of(call, reply) == NULL || !marketo_body(call, reply, &body)) {
        return;
    }
    list = json_get(body, "entities");
    cJSON_ArrayForEach(item, list)
    {
        if (!cJSON_IsString(item)) {
            list = NULL;
            break;
        }
    }
    if (!cJSON_IsArray(list)) {
        (void)bad_request(call, reply, "entities: expected the logical names of custom tables.");
        return;
    }
    marketo_connection_get(call->arena, call->db, marketo_sub(call), &connection);
    if (!connection.initial_complete && cJSON_GetArraySize(list) > 0) {
        mock_call_rule(call, "SETUP1-08");
        marketo_refuse_page(call, reply, "step_closed",
                            "Custom entities can be synced when the initial sync has finished.");
        return;
    }
    cJSON_AddItemToObject(kept, "entities", cJSON_Duplicate(list, true));
    put_option(call, "entities", kept);
    answer_option(call, reply, "entities", no_entities);
}

void marketo_page_options_save(struct mock_call *call, struct mock_reply *reply)
{
    cJSON *kept = json_new_object(call->arena);
    const cJSON *body, *campaigns;

    if (organization_of(call, reply) == NULL || !marketo_body(call, reply, &body)) {
        return;
    }
    campaigns = json_get(body, "campaignSync");
    if (!cJSON_IsBool(campaigns)) {
        (void)bad_request(call, reply, "campaignSync: expected true or false.");
        return;
    }
    cJSON_AddBoolToObject(kept, "campaignSync", cJSON_IsTrue(campaigns));
    put_option(call, "options", kept);
    answer_option(call, reply, "options", no_options);
}
