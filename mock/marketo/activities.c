#include "marketo/activities.h"

#include <stdlib.h>
#include <string.h>

#include "base/iso8601.h"
#include "marketo/leads.h"
#include "marketo/marketo.h"
#include "marketo/paging.h"
#include "server/vhost.h"
#include "server/world.h"
#include "store/store.h"

enum { SUB_BITS = 44, MOST_TYPES = 10, MOST_LEADS = 30, FIRST_ACTIVITY = 70001 };

static int64_t base_of(int64_t sub)
{
    return sub << SUB_BITS;
}

struct marketo_author marketo_author_of(struct mock_call *call, const char *source)
{
    bool connector = call->caller != NULL && call->caller->connector;

    return (struct marketo_author){
        .call = call,
        .sub = marketo_sub(call),
        .source = source != NULL ? source
                  : connector    ? "Microsoft Dynamics"
                                 : "Web service API",
        .connector = connector,
        .visible_ms =
            store_setting_after(call->db, marketo_scope(call), "activityLag", call->now_ms),
        .settled_ms = call->now_ms + call->world->latency_ms[MOCK_MARKETO],
    };
}

static void insert(const struct marketo_author *author, int64_t lead,
                   enum marketo_activity_type type, int64_t primary_id, const char *primary,
                   const struct marketo_activity_value *values, const char *const change[3])
{
    static const char sql[] =
        "INSERT INTO marketo_activities (key, lead, type, at_ms, visible_ms, primary_id,"
        " primary_value, attributes, field, before, now) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    struct mock_call *call = author->call;
    int64_t id = marketo_next_id(call->db, author->sub, "activities", FIRST_ACTIVITY);
    AUTO(strbuf) attributes = STRBUF(0);
    struct json_writer writer = JSON_WRITER(&attributes);

    jw_array(&writer);
    for (; values->name != NULL; values++) {
        if (values->text != NULL) {
            jw_object(&writer);
            jw_member_text(&writer, "name", values->name);
            jw_member_text(&writer, "value", values->text);
            jw_object_end(&writer);
        }
    }
    jw_array_end(&writer);
    store_run(call->db, sql,
              DB_ARGS(db_int(base_of(author->sub) + id), db_int(lead), db_int(type),
                      db_int(call->now_ms), db_int(author->visible_ms), db_int(primary_id),
                      db_text(primary), db_text_n(strbuf_text(&attributes), attributes.len),
                      db_text(change[0]), db_text(change[1]), db_text(change[2])));
}

void marketo_activity_add(const struct marketo_author *author, int64_t lead,
                          enum marketo_activity_type type, int64_t primary_id, const char *primary,
                          const struct marketo_activity_value *values)
{
    static const char *const none[3];

    insert(author, lead, type, primary_id, primary, values, none);
}

void marketo_activity_change(const struct marketo_author *author, int64_t lead,
                             const struct marketo_field *field, const struct marketo_value *before,
                             const struct marketo_value *now)
{
    struct arena *arena = author->call->arena;
    const char *old_text = marketo_value_shown(arena, field, before);
    const char *new_text = marketo_value_shown(arena, field, now);
    const char *const change[3] = {field->name, old_text, new_text};
    const struct marketo_activity_value values[] = {{"New Value", new_text},
                                                    {"Old Value", old_text},
                                                    {"Reason", author->source},
                                                    {"Source", author->source},
                                                    {0}};

    insert(author, lead, ACTIVITY_CHANGE_VALUE, field->id, field->label, values, change);
}

/* sinceDatetime: a date with or without time and zone; without one it is UTC. */
static bool read_since(struct mock_call *call, const char *text, int64_t *ret_ms)
{
    return iso8601_parse(text, ret_ms) ||
           iso8601_parse(arena_join(call->arena, text, "Z", NULL), ret_ms) ||
           iso8601_parse(arena_join(call->arena, text, "T00:00:00Z", NULL), ret_ms);
}

void marketo_activity_token(struct mock_call *call, struct mock_reply *reply)
{
    const char *text = uri_param(&call->params, "sinceDatetime");
    struct marketo_moment moment = {0};
    int64_t base = base_of(marketo_sub(call));

    if (text == NULL || *text == '\0') {
        marketo_refuse(call, reply, MARKETO_MISSING_PARAMETER, "sinceDatetime", NULL);
        return;
    }
    if (!read_since(call, text, &moment.since_ms)) {
        marketo_refuse(call, reply, MARKETO_DATE, NULL, NULL);
        return;
    }
    moment.last_id = store_int(call->db,
                               "SELECT key FROM marketo_activities WHERE at_ms < ? AND key > ?"
                               " AND key < ? ORDER BY at_ms DESC, key DESC LIMIT 1",
                               DB_ARGS(db_int(moment.since_ms), db_int(base),
                                       db_int(base_of(marketo_sub(call) + 1))),
                               base) -
                     base;
    marketo_done(call, reply, marketo_moment_make(call, moment), MARKETO_NO_MORE_KEY);
}

/* What a reader of activities asks for. */
struct asked {
    struct marketo_moment moment;
    int64_t batch;
    const char *types, *leads; /* lists of numbers, leads "" for all */
    const char **fields;       /* of lead changes */
    size_t field_count;
    int64_t asset; /* primary id; -1: any */
};

/* Numbers of a list parameter as "1,2"; NULL after a refusal. */
static const char *numbers(struct mock_call *call, struct mock_reply *reply, const char *name,
                           size_t most, const char *type)
{
    size_t count;
    const char **list = marketo_list(call, name, &count);
    AUTO(strbuf) text = STRBUF(0);

    for (size_t i = 0; i < count; i++) {
        int64_t number;

        if (!str_int(list[i], 0, INT64_MAX, &number)) {
            marketo_refuse(call, reply, MARKETO_WRONG_TYPE, list[i], type);
            return NULL;
        }
        strbuf_addf(&text, "%s%lld", i > 0 ? "," : "", (long long)number);
    }
    if (count > most) {
        marketo_refuse(call, reply, MARKETO_TOO_MANY, name, arena_printf(call->arena, "%zu", most));
        return NULL;
    }
    return arena_dup(call->arena, strbuf_text(&text), text.len);
}

static bool read_asked(struct mock_call *call, struct mock_reply *reply, struct asked *ret)
{
    const char *token = uri_param(&call->params, "nextPageToken");

    if (token == NULL || *token == '\0') {
        marketo_refuse(call, reply, MARKETO_MISSING_PARAMETER, "nextPageToken", NULL);
        return false;
    }
    if (!marketo_moment_read(call, token, &ret->moment)) {
        marketo_refuse(call, reply, MARKETO_BAD_TOKEN, NULL, NULL);
        return false;
    }
    ret->leads = numbers(call, reply, "leadIds", MOST_LEADS, "Long");
    return ret->leads != NULL && marketo_batch_size(call, reply, &ret->batch);
}

static bool wants_field(const struct asked *asked, const char *name)
{
    for (size_t i = 0; i < asked->field_count; i++) {
        if (str_ieq(asked->fields[i], name)) {
            return true;
        }
    }
    return false;
}

enum {
    COL_KEY,
    COL_LEAD,
    COL_TYPE,
    COL_AT,
    COL_PRIMARY_ID,
    COL_PRIMARY,
    COL_ATTRIBUTES,
    COL_FIELD,
    COL_BEFORE,
    COL_NOW
};

static void write_head(struct mock_call *call, struct json_writer *writer, struct db_rows *rows,
                       int64_t id)
{
    jw_object(writer);
    jw_member_int(writer, "id", id);
    jw_member_text(writer, "marketoGUID", arena_printf(call->arena, "%lld", (long long)id));
    jw_member_int(writer, "leadId", db_column_int(rows, COL_LEAD));
    jw_member_text(writer, "activityDate", marketo_date(call->arena, db_column_int(rows, COL_AT)));
    jw_member_int(writer, "activityTypeId", db_column_int(rows, COL_TYPE));
}

static void write_activity(struct mock_call *call, struct json_writer *writer, struct db_rows *rows,
                           int64_t id)
{
    write_head(call, writer, rows, id);
    if (!db_column_is_null(rows, COL_PRIMARY_ID)) {
        jw_member_int(writer, "primaryAttributeValueId", db_column_int(rows, COL_PRIMARY_ID));
    }
    if (!db_column_is_null(rows, COL_PRIMARY)) {
        jw_member_text(writer, "primaryAttributeValue", db_column_text(rows, COL_PRIMARY));
    }
    jw_member_raw(writer, "attributes", db_column_text(rows, COL_ATTRIBUTES));
    jw_object_end(writer);
}

static void write_change(struct mock_call *call, struct json_writer *writer, struct db_rows *rows,
                         int64_t id)
{
    const char *attributes = db_column_text(rows, COL_ATTRIBUTES);

    write_head(call, writer, rows, id);
    jw_key(writer, "fields");
    jw_array(writer);
    if (!db_column_is_null(rows, COL_FIELD)) {
        jw_object(writer);
        jw_member_int(writer, "id", db_column_int(rows, COL_PRIMARY_ID));
        jw_member_text(writer, "name", db_column_text(rows, COL_FIELD));
        jw_member_text(writer, "newValue", db_column_text(rows, COL_NOW));
        jw_member_text(writer, "oldValue", db_column_text(rows, COL_BEFORE));
        jw_object_end(writer);
    }
    jw_array_end(writer);
    /* Reason, Source and the person stand here, the values above. */
    if (!db_column_is_null(rows, COL_FIELD)) {
        const char *reason = strstr(attributes, "{\"name\":\"Reason\"");

        jw_member_raw(writer, "attributes",
                      arena_printf(call->arena, "[%.*s,{\"name\":\"Lead ID\",\"value\":%lld}]",
                                   (int)(strlen(reason) - 1), reason,
                                   (long long)db_column_int(rows, COL_LEAD)));
    } else {
        jw_member_raw(writer, "attributes", attributes);
    }
    jw_object_end(writer);
}

typedef void write_row(struct mock_call *call, struct json_writer *writer, struct db_rows *rows,
                       int64_t id);

static bool fits(const struct asked *asked, struct db_rows *rows)
{
    return (asked->asset < 0 || db_column_int(rows, COL_PRIMARY_ID) == asked->asset) &&
           (asked->fields == NULL || db_column_is_null(rows, COL_FIELD) ||
            wants_field(asked, db_column_text(rows, COL_FIELD)));
}

/* Numbers that were checked. */
static const char *filter_of(struct mock_call *call, const struct asked *asked)
{
    const char *leads =
        *asked->leads == '\0' ? "" : arena_printf(call->arena, " AND lead IN (%s)", asked->leads);

    return arena_printf(call->arena, " AND type IN (%s)%s", asked->types, leads);
}

/* With a scan all rows come, and are judged here. */
static bool judged(const struct asked *asked, struct db_rows *rows)
{
    return marketo_number_in(asked->types, db_column_int(rows, COL_TYPE)) &&
           (*asked->leads == '\0' ||
            marketo_number_in(asked->leads, db_column_int(rows, COL_LEAD)));
}

/*
 * A page: rows in order of time up to the batch. With the setting `activityScan` it looks at so
 * many activities at most, so that a page may be short or empty although more follows.
 */
static void answer(struct mock_call *call, struct mock_reply *reply, const struct asked *asked,
                   write_row *write)
{
    int64_t sub = marketo_sub(call), base = base_of(sub), seen = 0, given = 0;
    int64_t scan = store_setting_int(call->db, marketo_scope(call), "activityScan");
    struct marketo_moment next = asked->moment;
    AUTO(strbuf) list = STRBUF(0);
    struct json_writer items = JSON_WRITER(&list), writer;
    bool more = false;
    AUTO(db_rows) rows = {0};

    store_query(&rows, call->db,
                arena_printf(call->arena,
                             "SELECT key, lead, type, at_ms, primary_id, primary_value,"
                             " attributes, field, before, now FROM marketo_activities"
                             " WHERE key > ? AND key < ? AND at_ms >= ? AND visible_ms <= ?%s"
                             " ORDER BY key",
                             scan > 0 ? "" : filter_of(call, asked)),
                DB_ARGS(db_int(base + asked->moment.last_id), db_int(base_of(sub + 1)),
                        db_int(asked->moment.since_ms), db_int(call->now_ms)));
    jw_array(&items);
    while (!more && store_next(&rows)) {
        int64_t id = db_column_int(&rows, COL_KEY) - base;

        if (given == asked->batch || (scan > 0 && seen++ == scan)) {
            more = true;
            continue;
        }
        next.last_id = id;
        if ((scan == 0 || judged(asked, &rows)) && fits(asked, &rows)) {
            write(call, &items, &rows, id);
            given++;
        }
    }
    jw_array_end(&items);
    writer = marketo_start(call, reply);
    if (given > 0) { /* an empty page has no result at all */
        jw_member_raw(&writer, "result", strbuf_text(&list));
    }
    marketo_finish(&writer, marketo_moment_make(call, next), more ? MARKETO_MORE : MARKETO_LAST);
}

void marketo_activity_list(struct mock_call *call, struct mock_reply *reply)
{
    struct asked asked = {.asset = -1};
    const char *assets;

    if (!read_asked(call, reply, &asked) ||
        (asked.types = numbers(call, reply, "activityTypeIds", MOST_TYPES, "Integer")) == NULL ||
        (assets = numbers(call, reply, "assetIds", MOST_LEADS, "Long")) == NULL) {
        return;
    }
    if (*asked.types == '\0') {
        marketo_refuse(call, reply, MARKETO_MISSING_PARAMETER, "activityTypeIds", NULL);
        return;
    }
    if (*assets != '\0') {
        if (strchr(asked.types, ',') != NULL || !str_int(assets, 0, INT64_MAX, &asked.asset)) {
            marketo_refuse(call, reply, MARKETO_TOO_MANY, "assetIds", "1 with one activity type");
            return;
        }
    }
    answer(call, reply, &asked, write_activity);
}

void marketo_activity_changes(struct mock_call *call, struct mock_reply *reply)
{
    const struct marketo_set *set =
        marketo_set_load(call->arena, call->db, marketo_sub(call), MARKETO_LEAD);
    struct asked asked = {.asset = -1, .types = "12,13"};
    size_t count;

    asked.fields = marketo_list(call, "fields", &asked.field_count);
    if (asked.field_count == 0) {
        marketo_refuse(call, reply, MARKETO_MISSING_PARAMETER, "fields", NULL);
        return;
    }
    if (marketo_slots_asked(call, reply, set, asked.fields, asked.field_count, NULL, &count) !=
            NULL &&
        read_asked(call, reply, &asked)) {
        answer(call, reply, &asked, write_change);
    }
}

void marketo_activity_deleted(struct mock_call *call, struct mock_reply *reply)
{
    struct asked asked = {.asset = -1, .types = "37"};

    if (read_asked(call, reply, &asked)) {
        answer(call, reply, &asked, write_activity);
    }
}
