/* Lists: pages, counts, and reads that track changes. Sources: dataverse-paging, dataverse-changes.
 */
#include "dataverse/page.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/crypto.h"
#include "base/iso8601.h"
#include "base/str.h"
#include "dataverse/caller.h"
#include "dataverse/cursor.h"
#include "dataverse/wire.h"
#include "store/store.h"

enum { MOST_ROWS = 5000 };

/* A column's value of the last page, as it is compared. */
static struct db_value bound(const struct dv_column *column, const char *text)
{
    int64_t value;

    if (text == NULL) {
        return db_null();
    }
    switch (column->type) {
    case DV_INT:
    case DV_BIGINT:
    case DV_BOOL:
    case DV_CHOICE:
    case DV_STATE:
    case DV_STATUS:
    case DV_MONEY:
    case DV_DECIMAL:
        return str_int(text, INT64_MIN, INT64_MAX, &value) ? db_int(value) : db_text(text);
    case DV_DOUBLE:
        return db_real(strtod(text, NULL));
    case DV_ID:
    case DV_GUID:
    case DV_STRING:
    case DV_MEMO:
    case DV_DATETIME:
    case DV_DATE:
    case DV_LOOKUP:
    case DV_CUSTOMER:
    case DV_OWNER:
    case DV_TYPE_COUNT:
        break;
    }
    return db_text(text);
}

/* The rows behind the last one of a page, in the plan's order; nulls come first. */
static size_t add_behind(const struct dv_plan *plan, const struct dv_cursor *cursor,
                         struct strbuf *sql, struct db_value *args)
{
    size_t count = 0;

    for (size_t i = 0; i < plan->order_count; i++) {
        const struct dv_order *order = &plan->orders[i];
        const struct db_value value = bound(order->column, cursor->values[i]);
        bool null = cursor->values[i] == NULL;

        strbuf_add_char(sql, '(');
        if (null && !order->descending) {
            strbuf_addf(sql, "%s IS NOT NULL OR ", order->sql);
        } else if (!null) {
            strbuf_addf(sql, "%s %s ? OR ", order->sql, order->descending ? "<" : ">");
            args[count++] = value;
            if (order->descending) {
                strbuf_addf(sql, "%s IS NULL OR ", order->sql);
            }
        }
        strbuf_addf(sql, "(%s IS ? AND ", order->sql);
        args[count++] = value;
    }
    strbuf_addf(sql, "t.%s > ?", plan->root.entity->key);
    args[count++] = db_text(cursor->values[cursor->value_count - 1]);
    for (size_t i = 0; i < plan->order_count; i++) {
        strbuf_add(sql, "))");
    }
    return count;
}

/* What a list is asked for beyond its plan. */
struct list {
    struct mock_call *call;
    struct mock_reply *reply;
    const struct dv_plan *plan;
    const struct dv_read *read;
    struct dv_cursor cursor;
    int64_t page_size; /* rows of this page */
    bool paged;        /* more rows have a link */
    bool more;
    struct dv_edge edge;
    struct json_writer writer;
    int64_t version_last;
};

static const char *list_url(struct list *list, const char *options, const char *extra)
{
    struct mock_call *call = list->call;
    const char *path = call->path.text + strlen("/api/data/v9.x/");

    return dv_root_url(call, arena_join(call->arena, path, "?", options,
                                        *options != '\0' ? "&" : "", extra, NULL));
}

static void remember(struct list *list, struct db_rows *rows)
{
    struct arena *arena = list->call->arena;
    const struct dv_plan *plan = list->plan;

    list->edge.last_id = arena_strdup(arena, db_column_text(rows, plan->root.key_at));
    for (size_t i = 0; i < plan->order_count; i++) {
        const struct dv_order *order = &plan->orders[i];

        list->edge.values[i] =
            order->column->type == DV_DOUBLE && !db_column_is_null(rows, order->at)
                ? arena_printf(arena, "%.17g", db_column_real(rows, order->at)) /* all of it */
                : arena_strdup(arena, db_column_text(rows, order->at));
    }
}

/* Writes the rows of a statement, one fewer than it was asked for. */
static int64_t write_rows(struct list *list, const char *sql, const struct db_value *args,
                          size_t count)
{
    const struct dv_node *root = &list->plan->root;
    int64_t written = 0;
    AUTO(db_rows) rows = {0};

    store_query(&rows, list->call->db, sql, args, count);
    while (store_next(&rows)) {
        if (written == list->page_size) {
            list->more = true;
            break;
        }
        if (written == 0 && list->edge.first_id == NULL) {
            list->edge.first_id =
                arena_strdup(list->call->arena, db_column_text(&rows, root->key_at));
        }
        dv_write_row(list->call, &list->writer, list->plan, root, &rows, NULL);
        list->version_last = db_column_int(&rows, root->version_at);
        written++;
        if (written == list->page_size) {
            remember(list, &rows);
        }
    }
    return written;
}

/* The values before the plan's own: the parent's id, the owner. */
static size_t lead_args(const struct list *list, struct db_value *args)
{
    size_t count = 0;

    if (list->read->where != NULL) {
        args[count++] = db_text(list->read->bound);
    }
    if (list->plan->owner != NULL) {
        args[count++] = db_text(list->plan->owner);
    }
    if (list->plan->arg_count > 0) {
        memcpy(args + count, list->plan->args, list->plan->arg_count * sizeof *args);
    }
    return count + list->plan->arg_count;
}

static struct db_value *new_args(const struct list *list)
{
    return arena_array(list->call->arena, list->plan->arg_count + 4 + (size_t)2 * DV_MAX_ORDERS + 6,
                       sizeof(struct db_value));
}

static void plain_rows(struct list *list)
{
    const struct dv_plan *plan = list->plan;
    struct db_value *args = new_args(list);
    size_t count = lead_args(list, args);
    AUTO(strbuf) behind = STRBUF(0);
    const char *sql = plan->first;

    if (list->cursor.value_count > 0) {
        count += add_behind(plan, &list->cursor, &behind, args + count);
        sql = arena_join(list->call->arena, plan->select, " WHERE ", plan->where,
                         *plan->where != '\0' ? " AND " : "", strbuf_text(&behind), plan->order_sql,
                         " LIMIT ?", NULL);
    }
    args[count++] = db_int(list->page_size + 1);
    (void)write_rows(list, sql, args, count);
}

/* Changed rows by version, then the deleted ones; both count for the page. */
static void delta_rows(struct list *list)
{
    const struct dv_plan *plan = list->plan;
    struct mock_call *call = list->call;
    struct dv_cursor *cursor = &list->cursor;
    struct db_value *args = new_args(list);
    size_t count = lead_args(list, args);
    int64_t written = 0;

    if (!cursor->deleted) {
        const char *sql = arena_join(call->arena, plan->select, " WHERE ", plan->where,
                                     *plan->where != '\0' ? " AND " : "",
                                     "t.versionnumber > ? AND t.versionnumber <= ? ORDER BY "
                                     "t.versionnumber LIMIT ?",
                                     NULL);

        args[count++] = db_int(cursor->last_version);
        args[count++] = db_int(cursor->version);
        args[count++] = db_int(list->page_size + 1);
        written = write_rows(list, sql, args, count);
        if (list->more) {
            cursor->last_version = list->version_last;
            return;
        }
        cursor->deleted = true;
        cursor->last_version = cursor->since;
    }
    {
        static const char sql[] =
            "SELECT id, version FROM dv_deleted WHERE ord = ? AND entity = ? AND version > ?"
            " AND version <= ? ORDER BY version LIMIT ?";
        const struct dv_entity *entity = plan->root.entity;
        const char *context = dv_context_url(
            call, arena_join(call->arena, "#", entity->set, "/$deletedEntity", NULL));
        AUTO(db_rows) rows = {0};

        store_query(&rows, call->db, sql,
                    DB_ARGS(db_int(call->caller->org->ord), db_text(entity->name),
                            db_int(cursor->last_version), db_int(cursor->version),
                            db_int(list->page_size - written + 1)));
        while (store_next(&rows)) {
            if (written == list->page_size) {
                list->more = true;
                return;
            }
            jw_object(&list->writer);
            jw_member_text(&list->writer, "@odata.context", context);
            jw_member_text(&list->writer, "id", db_column_text(&rows, 0));
            jw_member_text(&list->writer, "reason", "deleted");
            jw_object_end(&list->writer);
            cursor->last_version = db_column_int(&rows, 1);
            list->edge.last_id = arena_strdup(call->arena, db_column_text(&rows, 0));
            list->edge.first_id =
                list->edge.first_id != NULL ? list->edge.first_id : list->edge.last_id;
            written++;
        }
    }
}

/* 919042%2108%2f22%2f2017%2008%3a10%3a44 */
static const char *delta_link(struct list *list)
{
    struct mock_call *call = list->call;
    AUTO(strbuf) token = STRBUF(0);
    char date[ISO8601_SIZE];

    iso8601_format_s(call->now_ms, date);
    dv_encode(&token,
              arena_printf(call->arena, "%lld!%.2s/%.2s/%.4s %.8s", (long long)list->cursor.version,
                           date + 5, date + 8, date, date + 11),
              true, "-_.");
    return list_url(list, list->plan->options,
                    arena_join(call->arena, "$deltatoken=", strbuf_text(&token), NULL));
}

static bool bad_token(struct list *list)
{
    dv_refuse(list->call, list->reply, DV_BAD_TOKEN, NULL, NULL, NULL, NULL);
    return false;
}

/* What becomes of a token that is older than the organization keeps changes. */
static bool check_age(struct list *list, const char *token)
{
    struct mock_call *call = list->call;
    const char *scope = arena_join(call->arena, "organization/", call->caller->org->host, NULL);
    const char *date = strchr(token, '!');
    int64_t made_ms = 0;

    if (date == NULL || strlen(date) != 20 ||
        !iso8601_parse(arena_printf(call->arena, "%.4s-%.2s-%.2sT%.8sZ", date + 7, date + 1,
                                    date + 4, date + 12),
                       &made_ms)) {
        return bad_token(list);
    }
    if (store_setting_after(call->db, scope, "changeTrackingRetention", made_ms) > call->now_ms) {
        return true;
    }
    if (str_eq(store_setting_text(call->db, call->arena, scope, "expiredDeltaToken"), "all")) {
        list->cursor.since = -1; /* as if it were the first read */
        list->cursor.last_version = -1;
        return true;
    }
    dv_refuse(call, list->reply, DV_TOKEN_EXPIRED, NULL, NULL, NULL, NULL);
    return false;
}

static bool read_delta(struct list *list, const char *token)
{
    const char *end = strchr(token, '!');
    int64_t last = dv_last_version(list->call->db, list->call->caller->org->ord);

    list->cursor.tracking = true;
    list->cursor.version = last;
    if (end == NULL || !str_int(arena_dup(list->call->arena, token, (size_t)(end - token)), 0, last,
                                &list->cursor.since)) {
        return bad_token(list);
    }
    list->cursor.last_version = list->cursor.since;
    return check_age(list, token);
}

/* Tracking needs a table that has it, no option that it does not go with, and sight of all rows. */
static bool check_tracking(struct list *list)
{
    const struct dv_entity *entity = list->plan->root.entity;
    struct mock_call *call = list->call;

    if ((entity->flags & DV_TRACKED) == 0) {
        dv_refuse(call, list->reply, DV_NOT_TRACKED, entity->name, NULL, NULL, NULL);
        return false;
    }
    if (list->plan->forbidden != NULL) {
        dv_refuse(call, list->reply, DV_TRACK_OPTION, list->plan->forbidden, NULL, NULL, NULL);
        return false;
    }
    if (list->plan->owner != NULL) {
        dv_refuse(call, list->reply, DV_PRIVILEGE,
                  arena_printf(call->arena,
                               "Change tracking of '%s' needs the privilege %s at organization "
                               "depth.",
                               entity->name, dv_privilege_name(call->arena, entity, DV_READ)),
                  NULL, NULL, NULL);
        return false;
    }
    return true;
}

static bool read_cursor(struct list *list)
{
    struct mock_call *call = list->call;
    const char *skip = uri_param(&call->params, "$skiptoken");
    const char *delta = uri_param(&call->params, "$deltatoken");
    bool track = dv_preference(call, "odata.track-changes") != NULL;

    list->cursor = (struct dv_cursor){.page = 1, .since = -1, .last_version = -1};
    if (skip != NULL) {
        if (!dv_skip_read(call, list->plan, skip, &list->cursor)) {
            dv_refuse(call, list->reply, DV_BAD_COOKIE, NULL, NULL, NULL, NULL);
            return false;
        }
        return !list->cursor.tracking || check_tracking(list);
    }
    if (delta != NULL) {
        return check_tracking(list) && read_delta(list, delta);
    }
    if (track) {
        list->cursor.tracking = true;
        list->cursor.version = dv_last_version(call->db, call->caller->org->ord);
        mock_reply_header(list->reply, "Preference-Applied", "odata.track-changes");
        return check_tracking(list);
    }
    return true;
}

static void read_page_size(struct list *list)
{
    const char *text = dv_preference(list->call, "odata.maxpagesize");
    int64_t size = 0;

    list->page_size = MOST_ROWS;
    list->paged = true;
    if (text != NULL && str_int(text, 1, INT32_MAX, &size)) {
        list->page_size = size < MOST_ROWS ? size : MOST_ROWS;
        mock_reply_header(list->reply, "Preference-Applied",
                          arena_join(list->call->arena, "odata.maxpagesize=", text, NULL));
    } else if (list->plan->top >= 0) {
        list->page_size = list->plan->top < MOST_ROWS ? list->plan->top : MOST_ROWS;
        list->paged = false;
    }
}

static void write_head(struct list *list, struct json_writer *writer)
{
    struct mock_call *call = list->call;
    const struct dv_plan *plan = list->plan;
    bool delta = list->cursor.tracking && list->cursor.since >= 0;
    int64_t total = -1;

    jw_object(writer);
    jw_member_text(
        writer, "@odata.context",
        dv_context_url(call, delta ? arena_join(call->arena, plan->context, "/$delta", NULL)
                                   : plan->context));
    if (plan->count || (plan->annotations & (DV_TOTAL_COUNT | DV_COUNT_LIMIT)) != 0) {
        struct db_value *args = new_args(list);

        total =
            plan->count ? store_int(call->db, plan->counting, args, lead_args(list, args), 0) : -1;
    }
    if (plan->count) {
        jw_member_int(writer, "@odata.count", total);
    }
    if ((plan->annotations & DV_TOTAL_COUNT) != 0) {
        jw_member_int(writer, "@Microsoft.Dynamics.CRM.totalrecordcount", total);
    }
    if ((plan->annotations & DV_COUNT_LIMIT) != 0) {
        jw_member_bool(writer, "@Microsoft.Dynamics.CRM.totalrecordcountlimitexceeded",
                       total >= MOST_ROWS);
    }
}

static void write_links(struct list *list, struct json_writer *writer)
{
    struct dv_cursor next = list->cursor;

    if (!list->more || !list->paged) {
        return;
    }
    next.page++;
    jw_member_text(
        writer, "@odata.nextLink",
        list_url(list, list->plan->options,
                 arena_join(list->call->arena, "$skiptoken=",
                            dv_skip_token(list->call, list->plan, &next, &list->edge), NULL)));
}

/* The link to the changes stands before the rows, and only the last page has it. */
static void write_tracked(struct list *list, struct json_writer *writer)
{
    AUTO(strbuf) rows = STRBUF(0);

    list->writer = (struct json_writer)JSON_WRITER(&rows);
    jw_array(&list->writer);
    if (list->cursor.since >= 0) {
        delta_rows(list);
    } else {
        plain_rows(list);
    }
    jw_array_end(&list->writer);
    if (!list->more) {
        jw_member_text(writer, "@odata.deltaLink", delta_link(list));
    }
    jw_key(writer, "value");
    jw_raw_n(writer, rows.data, rows.len);
}

void dv_list(struct mock_call *call, struct mock_reply *reply, struct dv_read *read)
{
    struct list list = {.call = call, .reply = reply, .read = read};
    struct json_writer writer = JSON_WRITER(&reply->body);

    if (!dv_need(call, reply, read->entity, DV_READ)) {
        return;
    }
    read->annotations = dv_annotations(call, reply);
    list.plan = dv_plan_of(call, reply, read);
    if (list.plan == NULL || !read_cursor(&list)) {
        return;
    }
    read_page_size(&list);
    dv_json(reply, 200);
    strbuf_reserve(&reply->body, 8192);
    write_head(&list, &writer);
    if (list.cursor.tracking) {
        write_tracked(&list, &writer);
        write_links(&list, &writer);
    } else {
        jw_key(&writer, "value");
        jw_array(&writer);
        list.writer = writer;
        plain_rows(&list);
        writer = list.writer;
        jw_array_end(&writer);
        write_links(&list, &writer);
    }
    jw_object_end(&writer);
}

/* Digits behind a byte order mark, at most 5000. With a delta token: how many changes there are. */
void dv_count(struct mock_call *call, struct mock_reply *reply, struct dv_read *read)
{
    struct list list = {.call = call, .reply = reply, .read = read};
    struct db_value *args;
    int64_t total;

    if (!dv_need(call, reply, read->entity, DV_READ)) {
        return;
    }
    list.plan = dv_plan_of(call, reply, read);
    if (list.plan == NULL || !read_cursor(&list)) {
        return;
    }
    if (list.cursor.tracking && list.cursor.since >= 0) {
        total = store_int(
            call->db,
            arena_printf(call->arena,
                         "SELECT (SELECT count(*) FROM %s WHERE versionnumber > ?3) + (SELECT"
                         " count(*) FROM dv_deleted WHERE ord = ?1 AND entity = ?2 AND version >"
                         " ?3)",
                         read->entity->table),
            DB_ARGS(db_int(call->caller->org->ord), db_text(read->entity->name),
                    db_int(list.cursor.since)),
            0);
    } else {
        args = new_args(&list);
        total = store_int(call->db, list.plan->counting, args, lead_args(&list, args), 0);
    }
    mock_reply_text(reply, 200, "text/plain",
                    arena_printf(call->arena, "\xef\xbb\xbf%lld", (long long)total));
}
