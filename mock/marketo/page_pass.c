/* What the worker reports, and the tabs Sync Status and Sync Errors. Rules STAT-01 to STAT-03. */
#include <string.h>

#include "base/iso8601.h"
#include "marketo/mail.h"
#include "marketo/marketo.h"
#include "marketo/page.h"
#include "marketo/records.h"
#include "store/store.h"

enum { MOST_ERRORS = 1000, MOST_DIGEST = 64 * 1024 };
static const int64_t hour_ms = 3600000, day_ms = 86400000;

struct pass_object {
    const char *name, *direction;
    int64_t inserts, updates, deletes, failed, backlog;
    const char *oldest;
};
static const struct json_field object_fields[] = {
    JSON_FIELD("name", struct pass_object, name, REQUIRED),
    JSON_FIELD("direction", struct pass_object, direction, REQUIRED),
    JSON_FIELD("inserts", struct pass_object, inserts, OPTIONAL),
    JSON_FIELD("updates", struct pass_object, updates, OPTIONAL),
    JSON_FIELD("deletes", struct pass_object, deletes, OPTIONAL),
    JSON_FIELD("failed", struct pass_object, failed, OPTIONAL),
    JSON_FIELD("backlog", struct pass_object, backlog, OPTIONAL),
    JSON_FIELD("oldest", struct pass_object, oldest, OPTIONAL),
};

struct pass_error {
    const char *name, *object, *key, *operation, *direction, *code, *message;
};
static const struct json_field error_fields[] = {
    JSON_FIELD("name", struct pass_error, name, OPTIONAL),
    JSON_FIELD("object", struct pass_error, object, OPTIONAL),
    JSON_FIELD("key", struct pass_error, key, OPTIONAL),
    JSON_FIELD("operation", struct pass_error, operation, OPTIONAL),
    JSON_FIELD("direction", struct pass_error, direction, OPTIONAL),
    JSON_FIELD("code", struct pass_error, code, OPTIONAL),
    JSON_FIELD("message", struct pass_error, message, OPTIONAL),
};

struct pass {
    const char *id; /* the worker's own; NULL: it gives none */
    const char *started, *ended, *stop, *reason;
    bool initial_complete;
    const cJSON *objects, *errors;
    int64_t ended_ms;
};
static const struct json_field pass_fields[] = {
    JSON_FIELD("id", struct pass, id, OPTIONAL),
    JSON_FIELD("started", struct pass, started, REQUIRED),
    JSON_FIELD("ended", struct pass, ended, REQUIRED),
    JSON_FIELD_ARRAY("objects", struct pass, objects, REQUIRED),
    JSON_FIELD_ARRAY("errors", struct pass, errors, OPTIONAL),
    JSON_FIELD("initialComplete", struct pass, initial_complete, OPTIONAL),
    JSON_FIELD("stop", struct pass, stop, OPTIONAL),
    JSON_FIELD("reason", struct pass, reason, OPTIONAL),
};

static bool good_direction(const char *direction)
{
    return str_eq(direction, "to_marketo") || str_eq(direction, "to_dynamics");
}

/* The whole report is looked at before any of it is kept. */
static bool read_pass(struct mock_call *call, const cJSON *body, struct pass *ret, struct err *err)
{
    const cJSON *item;
    size_t index = 0;
    int64_t started_ms;

    if (!json_read(body, "", pass_fields, ARRAY_LEN(pass_fields), ret, err)) {
        return false;
    }
    if (!iso8601_parse(ret->started, &started_ms) || !iso8601_parse(ret->ended, &ret->ended_ms) ||
        ret->ended_ms < started_ms) {
        return err_set(err, ERR_PROTOCOL, "started, ended: expected two dates in this order");
    }
    if (ret->stop != NULL && !str_eq(ret->stop, "schema") && !str_eq(ret->stop, "access")) {
        return err_set(err, ERR_PROTOCOL, "stop: expected null, \"schema\" or \"access\"");
    }
    cJSON_ArrayForEach(item, ret->objects)
    {
        const char *at = json_pointer_index(call->arena, "/objects", index++);
        struct pass_object object = {0};

        if (!json_read(item, at, object_fields, ARRAY_LEN(object_fields), &object, err)) {
            return err_wrap(err, "%s", at);
        }
        if (!good_direction(object.direction)) {
            return err_set(err, ERR_PROTOCOL,
                           "%s/direction: expected \"to_marketo\" or \"to_dynamics\"", at);
        }
        if (object.inserts < 0 || object.updates < 0 || object.deletes < 0 || object.failed < 0 ||
            object.backlog < 0) {
            return err_set(err, ERR_PROTOCOL, "%s: expected counts of 0 or more", at);
        }
    }
    index = 0;
    cJSON_ArrayForEach(item, ret->errors)
    {
        const char *at = json_pointer_index(call->arena, "/errors", index++);
        struct pass_error error = {0};

        if (!json_read(item, at, error_fields, ARRAY_LEN(error_fields), &error, err)) {
            return err_wrap(err, "%s", at);
        }
    }
    return true;
}

static void keep_object(struct mock_call *call, int64_t sub, const struct pass *pass,
                        const cJSON *item)
{
    struct pass_object o = {0};
    int64_t moved;
    struct err err;

    (void)json_read(item, "", object_fields, ARRAY_LEN(object_fields), &o, &err);
    moved = o.inserts + o.updates + o.deletes;
    store_run(call->db,
              "INSERT OR REPLACE INTO marketo_pass_last (sub, name, direction, inserts, updates,"
              " deletes, failed, backlog, oldest, ended_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
              DB_ARGS(db_int(sub), db_text(o.name), db_text(o.direction), db_int(o.inserts),
                      db_int(o.updates), db_int(o.deletes), db_int(o.failed), db_int(o.backlog),
                      db_text(o.oldest), db_int(pass->ended_ms)));
    if (moved > 0) {
        store_run(call->db,
                  "INSERT INTO marketo_pass_hours (sub, name, direction, hour, count)"
                  " VALUES (?, ?, ?, ?, ?) ON CONFLICT (sub, name, direction, hour)"
                  " DO UPDATE SET count = count + excluded.count",
                  DB_ARGS(db_int(sub), db_text(o.name), db_text(o.direction),
                          db_int(pass->ended_ms / hour_ms), db_int(moved)));
    }
}

static void keep_error(struct mock_call *call, int64_t sub, const struct pass *pass,
                       const cJSON *item)
{
    struct pass_error e = {0};
    struct err err;

    (void)json_read(item, "", error_fields, ARRAY_LEN(error_fields), &e, &err);
    store_run(call->db,
              "INSERT INTO marketo_pass_errors (sub, id, at_ms, object, record, operation,"
              " direction, code, message) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
              DB_ARGS(db_int(sub), db_int(marketo_next_id(call->db, sub, "errors", 1)),
                      db_int(pass->ended_ms), db_text(e.name != NULL ? e.name : e.object),
                      db_text(e.key), db_text(e.operation), db_text(e.direction), db_text(e.code),
                      db_text(e.message)));
}

/* A line for each error that waits for a message, as many as fit; returns how many wait. */
static int64_t list_errors(struct mock_call *call, int64_t sub, struct strbuf *ret)
{
    AUTO(strbuf) line = STRBUF(0);
    AUTO(db_rows) rows = {0};
    int64_t count = 0, left = 0;

    store_query(&rows, call->db,
                "SELECT object, record, operation, direction, code, message"
                " FROM marketo_pass_errors WHERE sub = ? AND mailed = 0 ORDER BY id",
                DB_ARGS(db_int(sub)));
    for (; store_next(&rows); count++) {
        strbuf_clear(&line);
        for (int i = 0; i < 6; i++) {
            const char *text = db_column_text(&rows, i);

            strbuf_addf(&line, "%s%s", text != NULL ? text : "-", i < 5 ? " " : "\n");
        }
        if (left > 0 || ret->len + line.len > MOST_DIGEST) {
            left++;
        } else {
            strbuf_add_n(ret, strbuf_text(&line), line.len);
        }
    }
    if (left > 0) {
        strbuf_addf(ret, "%lld more: see Sync Errors.\n", (long long)left);
    }
    return count;
}

/* NOTE-02: one message in 24 hours lists what has failed since the one before. */
static void send_digest(struct mock_call *call, struct marketo_connection *connection)
{
    AUTO(strbuf) body = STRBUF(0);
    int64_t count;

    if (connection->digest_ms != 0 && connection->digest_ms + day_ms > call->now_ms) {
        return;
    }
    count = list_errors(call, connection->sub, &body);
    if (count == 0) {
        return;
    }
    store_run(call->db, "UPDATE marketo_pass_errors SET mailed = 1 WHERE sub = ? AND mailed = 0",
              DB_ARGS(db_int(connection->sub)));
    mock_call_rule(call, "NOTE-02");
    connection->digest_ms = call->now_ms;
    marketo_mail_send(
        call, connection, "error_digest",
        arena_printf(call->arena, "Microsoft Dynamics sync: %lld records failed", (long long)count),
        strbuf_text(&body));
}

/* Quick Sync runs beside the passes: one that got through has done what waited before it began. */
static void end_quick_sync(struct mock_call *call, const struct marketo_connection *connection,
                           int64_t started_ms)
{
    if (store_run(call->db, "DELETE FROM marketo_quick_sync WHERE sub = ? AND at_ms <= ?",
                  DB_ARGS(db_int(connection->sub), db_int(started_ms))) > 0) {
        mock_call_rule(call, "QSYNC-04");
        marketo_mail_send(call, connection, "quick_sync_done",
                          "Microsoft Dynamics Quick Sync has finished",
                          "The fields that waited for Quick Sync are filled.");
    }
}

/* An outage begins: one message for it, until the sync gets through again. */
static void begin_outage(struct mock_call *call, const struct marketo_connection *connection,
                         const struct pass *pass)
{
    mock_call_rule(call, "NOTE-01");
    marketo_mail_send(call, connection, "sync_down", "Microsoft Dynamics sync is down",
                      pass->reason != NULL ? pass->reason : "The sync has stopped.");
}

static void take_pass(struct mock_call *call, struct marketo_connection *connection,
                      const struct pass *pass)
{
    enum marketo_event event = str_eq(pass->stop, "schema")   ? EVENT_STOP_SCHEMA
                               : str_eq(pass->stop, "access") ? EVENT_STOP_ACCESS
                               : pass->initial_complete       ? EVENT_COMPLETE
                                                              : EVENT_PASS;
    enum marketo_state before = connection->state, next;
    int64_t started_ms;
    const char *code;

    if (!marketo_state_syncs(before)) {
        return; /* recorded, and no more */
    }
    (void)marketo_connection_step(connection, event, call->now_ms, &next, &code);
    connection->state = next;
    if (event == EVENT_COMPLETE && !connection->initial_complete) {
        connection->initial_complete = true;
        mock_call_rule(call, "SETUP3-13");
        marketo_mail_send(call, connection, "initial_sync_done",
                          "Microsoft Dynamics initial sync has finished",
                          "Every record of Dynamics is in Marketo now.");
    }
    if (event == EVENT_STOP_SCHEMA) {
        mock_call_rule(call, "FIELD-08");
    }
    if ((next == MARKETO_HALTED || next == MARKETO_DOWN) && before != MARKETO_DOWN) {
        begin_outage(call, connection, pass);
    }
    if (pass->stop == NULL && iso8601_parse(pass->started, &started_ms)) {
        end_quick_sync(call, connection, started_ms);
    }
}

/* A worker that got no answer reports the same pass once more: it counts once. */
static bool is_known(struct mock_call *call, const struct marketo_connection *connection,
                     const struct pass *pass)
{
    return pass->id != NULL &&
           store_run(call->db, "INSERT OR IGNORE INTO marketo_pass_ids (sub, id) VALUES (?, ?)",
                     DB_ARGS(db_int(connection->sub), db_text(pass->id))) == 0;
}

void marketo_page_pass(struct mock_call *call, struct mock_reply *reply)
{
    struct marketo_connection connection;
    struct pass pass = {0};
    const cJSON *body, *item;
    struct err err;

    if (!marketo_body(call, reply, &body)) {
        return;
    }
    if (!read_pass(call, body, &pass, &err)) {
        marketo_refuse_page(call, reply, "bad_request", arena_strdup(call->arena, err.text));
        return;
    }
    marketo_connection_get(call->arena, call->db, marketo_sub(call), &connection);
    if (is_known(call, &connection, &pass)) {
        marketo_page_answer(call, reply, &connection);
        return;
    }
    cJSON_ArrayForEach(item, pass.objects)
    {
        keep_object(call, connection.sub, &pass, item);
    }
    cJSON_ArrayForEach(item, pass.errors)
    {
        keep_error(call, connection.sub, &pass, item);
    }
    take_pass(call, &connection, &pass);
    send_digest(call, &connection);
    marketo_connection_put(call->db, &connection);
    marketo_page_answer(call, reply, &connection);
}

static int64_t last_hour(struct mock_call *call, const char *name, const char *direction)
{
    return store_int(call->db,
                     "SELECT count FROM marketo_pass_hours WHERE sub = ? AND name = ?"
                     " AND direction = ? AND hour = ?",
                     DB_ARGS(db_int(marketo_sub(call)), db_text(name), db_text(direction),
                             db_int(call->now_ms / hour_ms - 1)),
                     0);
}

static void write_status(struct mock_call *call, struct json_writer *writer, const char *name,
                         const char *direction, struct db_rows *rows)
{
    static const char *const counts[] = {"inserts", "updates", "deletes", "failed", "backlog"};

    jw_object(writer);
    jw_member_text(writer, "name", name);
    jw_member_text(writer, "direction", direction);
    for (int i = 0; i < (int)ARRAY_LEN(counts); i++) {
        jw_member_int(writer, counts[i], rows != NULL ? db_column_int(rows, i + 2) : 0);
    }
    jw_member_text(writer, "oldest", rows != NULL ? db_column_text(rows, 7) : NULL);
    jw_member_int(writer, "lastHour", last_hour(call, name, direction));
    jw_object_end(writer);
}

void marketo_page_status(struct mock_call *call, struct mock_reply *reply)
{
    /* What is there before the first pass. */
    static const struct {
        const char *name, *direction;
    } always[] = {{"account", "to_marketo"},
                  {"contact", "to_dynamics"},
                  {"contact", "to_marketo"},
                  {"lead", "to_dynamics"},
                  {"lead", "to_marketo"}};
    struct json_writer writer = marketo_open(call, reply);
    int64_t given = 0;
    AUTO(db_rows) rows = {0};

    store_query(&rows, call->db,
                "SELECT name, direction, inserts, updates, deletes, failed, backlog, oldest"
                " FROM marketo_pass_last WHERE sub = ? ORDER BY name, direction",
                DB_ARGS(db_int(marketo_sub(call))));
    for (; store_next(&rows); given++) {
        write_status(call, &writer, db_column_text(&rows, 0), db_column_text(&rows, 1), &rows);
    }
    for (size_t i = 0; given == 0 && i < ARRAY_LEN(always); i++) {
        write_status(call, &writer, always[i].name, always[i].direction, NULL);
    }
    mock_call_rule(call, "STAT-01");
    mock_call_rule(call, "STAT-02");
    marketo_close(&writer, NULL, MARKETO_NO_MORE_KEY);
}

static const char *const error_columns[] = {"at",        "object", "key",    "operation",
                                            "direction", "code",   "message"};

static void query_errors(struct mock_call *call, struct db_rows *rows)
{
    store_query(rows, call->db,
                "SELECT at_ms, object, record, operation, direction, code, message"
                " FROM marketo_pass_errors WHERE sub = ? ORDER BY id DESC LIMIT ?",
                DB_ARGS(db_int(marketo_sub(call)), db_int(MOST_ERRORS)));
}

/* RFC 4180: every cell in quotes. */
static void write_csv(struct mock_call *call, struct mock_reply *reply)
{
    AUTO(db_rows) rows = {0};

    mock_reply_text(reply, 200, "text/csv;charset=UTF-8",
                    "at,object,key,operation,direction,code,message\r\n");
    query_errors(call, &rows);
    while (store_next(&rows)) {
        for (int i = 0; i < (int)ARRAY_LEN(error_columns); i++) {
            const char *text = i == 0 ? marketo_date(call->arena, db_column_int(&rows, 0))
                                      : db_column_text(&rows, i);

            strbuf_add(&reply->body, i > 0 ? ",\"" : "\"");
            for (; text != NULL && *text != '\0'; text++) {
                strbuf_add(&reply->body, *text == '"' ? "\"" : "");
                strbuf_add_char(&reply->body, *text);
            }
            strbuf_add_char(&reply->body, '"');
        }
        strbuf_add(&reply->body, "\r\n");
    }
}

void marketo_page_errors(struct mock_call *call, struct mock_reply *reply)
{
    const char *format = uri_param(&call->params, "format");
    struct json_writer writer;
    AUTO(db_rows) rows = {0};

    mock_call_rule(call, "STAT-03");
    if (str_eq(format, "csv")) {
        write_csv(call, reply);
        return;
    }
    writer = marketo_open(call, reply);
    query_errors(call, &rows);
    while (store_next(&rows)) {
        jw_object(&writer);
        jw_member_text(&writer, "at", marketo_date(call->arena, db_column_int(&rows, 0)));
        for (int i = 1; i < (int)ARRAY_LEN(error_columns); i++) {
            jw_member_text(&writer, error_columns[i], db_column_text(&rows, i));
        }
        jw_object_end(&writer);
    }
    marketo_close(&writer, NULL, MARKETO_NO_MORE_KEY);
}
