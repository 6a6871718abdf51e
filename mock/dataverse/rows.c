/* Rows as JSON, straight from column values. Source: dataverse-json. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/str.h"
#include "dataverse/plan.h"
#include "dataverse/wire.h"
#include "store/store.h"

/* An integer of 10^-scale as a decimal with as many places. */
static void write_scaled(struct strbuf *out, int64_t value, int64_t scale)
{
    uint64_t size = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    char text[32];
    int at = (int)sizeof text;

    for (int64_t place = 0; place < scale || size > 0 || place == scale; place++) {
        if (place == scale && scale > 0) {
            text[--at] = '.';
        }
        text[--at] = (char)('0' + size % 10);
        size /= 10;
    }
    if (value < 0) {
        text[--at] = '-';
    }
    strbuf_add_n(out, text + at, sizeof text - (size_t)at);
}

/* By its length: SQLite would copy each text to put a zero byte behind it. */
static void write_text(struct json_writer *writer, struct db_rows *rows, int at)
{
    size_t len;
    const char *text = db_column_blob(rows, at, &len);

    jw_text_n(writer, text != NULL ? text : "", len);
}

void dv_write_value(struct json_writer *writer, const struct dv_column *column,
                    struct db_rows *rows, int at)
{
    if (db_column_is_null(rows, at)) {
        jw_null(writer);
        return;
    }
    switch (column->type) {
    case DV_BOOL:
        jw_bool(writer, db_column_int(rows, at) != 0);
        return;
    case DV_INT:
    case DV_BIGINT:
    case DV_CHOICE:
    case DV_STATE:
    case DV_STATUS:
        jw_int(writer, db_column_int(rows, at));
        return;
    case DV_MONEY:
    case DV_DECIMAL: {
        AUTO(strbuf) text = STRBUF(0);

        write_scaled(&text, db_column_int(rows, at), column->type == DV_MONEY ? 4 : column->size);
        jw_raw_n(writer, text.data, text.len);
        return;
    }
    case DV_DOUBLE:
        jw_real(writer, db_column_real(rows, at));
        return;
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
    write_text(writer, rows, at);
}

static const char *option_label(const struct dv_column *column, int64_t value)
{
    for (const struct dv_option *at = column->options; at != NULL && at->label != NULL; at++) {
        if (at->value == value) {
            return at->label;
        }
    }
    return NULL;
}

enum { FORMATTED_SIZE = 96 };

/* 20000.00 → 20,000.00, behind what stands in `out` already. */
static void add_commas(struct strbuf *out, const char *digits)
{
    size_t whole = strcspn(digits, ".");

    for (size_t i = 0; i < whole; i++) {
        if (i > 0 && (whole - i) % 3 == 0 && digits[i - 1] != '-') {
            strbuf_add_char(out, ',');
        }
        strbuf_add_char(out, digits[i]);
    }
    strbuf_add(out, digits + whole);
}

/* 4/7/2023 2:59 PM, as an English user in UTC sees it. */
static void format_date(const char *text, bool time, char ret[FORMATTED_SIZE])
{
    int hour = (int)strtol(text + (time ? 11 : 0), NULL, 10);
    long month = strtol(text + 5, NULL, 10), day = strtol(text + 8, NULL, 10);

    if (!time) {
        (void)snprintf(ret, FORMATTED_SIZE, "%ld/%ld/%.4s", month, day, text);
        return;
    }
    (void)snprintf(ret, FORMATTED_SIZE, "%ld/%ld/%.4s %d:%.2s %s", month, day, text,
                   hour % 12 == 0 ? 12 : hour % 12, text + 14, hour < 12 ? "AM" : "PM");
}

static void format_number(const struct dv_column *column, struct db_rows *rows, int at,
                          char ret[FORMATTED_SIZE])
{
    int64_t value = db_column_int(rows, at);
    AUTO(strbuf) digits = STRBUF(60);
    AUTO(strbuf) text = STRBUF(FORMATTED_SIZE - 1);

    if (column->type == DV_DOUBLE) {
        strbuf_addf(&digits, "%.2f", db_column_real(rows, at));
    } else if (column->type == DV_MONEY) {
        strbuf_add(&text, value < 0 ? "-$" : "$");
        write_scaled(&digits, (value < 0 ? -value : value) / 100, 2);
    } else {
        write_scaled(&digits, value, column->type == DV_DECIMAL ? column->size : 0);
    }
    add_commas(&text, strbuf_text(&digits));
    (void)snprintf(ret, FORMATTED_SIZE, "%s", strbuf_text(&text));
}

/* What a person sees, in `buffer` or elsewhere; NULL where there is nothing. */
static const char *formatted(const struct dv_out *out, struct db_rows *rows,
                             char buffer[FORMATTED_SIZE])
{
    const struct dv_column *column = out->column;

    switch (column->type) {
    case DV_BOOL:
    case DV_CHOICE:
    case DV_STATE:
    case DV_STATUS:
        return option_label(column, db_column_int(rows, out->at));
    case DV_INT:
    case DV_BIGINT:
    case DV_MONEY:
    case DV_DECIMAL:
    case DV_DOUBLE:
        format_number(column, rows, out->at, buffer);
        return buffer;
    case DV_DATETIME:
    case DV_DATE:
        format_date(db_column_text(rows, out->at), column->type == DV_DATETIME, buffer);
        return buffer;
    case DV_LOOKUP:
    case DV_CUSTOMER:
    case DV_OWNER:
        return out->label_at >= 0 ? db_column_text(rows, out->label_at) : NULL;
    case DV_ID:
    case DV_GUID:
    case DV_STRING:
    case DV_MEMO:
    case DV_TYPE_COUNT:
        break;
    }
    return NULL;
}

static void annotation(struct json_writer *writer, const char *head, const char *value)
{
    if (head != NULL && value != NULL) {
        strbuf_add(writer->out, head);
        writer->after_key = true;
        jw_text(writer, value);
    }
}

/* Which of its tables a lookup names here; NULL when it is one that the metadata does not tell. */
static const struct dv_target *target_of(const struct dv_out *out, struct db_rows *rows)
{
    const struct dv_target *target = out->column->targets;
    const char *type = out->type_at >= 0 ? db_column_text(rows, out->type_at) : target->entity;

    while (target->entity != NULL && !str_eq(target->entity, type)) {
        target++;
    }
    return target->entity != NULL ? target : NULL;
}

static void annotate(struct json_writer *writer, const struct dv_out *out, struct db_rows *rows)
{
    char buffer[FORMATTED_SIZE];

    if (db_column_is_null(rows, out->at)) {
        return;
    }
    if (out->formatted_head != NULL) {
        annotation(writer, out->formatted_head, formatted(out, rows, buffer));
    }
    if (out->navigation_head != NULL || out->table_head != NULL) {
        const struct dv_target *target = target_of(out, rows);

        if (target != NULL) {
            annotation(writer, out->navigation_head, target->nav);
            annotation(writer, out->table_head, target->entity);
        }
    }
}

static void write_etag(struct json_writer *writer, int64_t version)
{
    static const char head[] = "\"@odata.etag\":\"W/\\\"", tail[] = "\\\"\"";

    jw_raw_n(writer, head, sizeof head - 1);
    strbuf_add_int(writer->out, version);
    strbuf_add_n(writer->out, tail, sizeof tail - 1);
}

/* The rows of a collection, by a statement of their own. */
static void write_children(struct mock_call *call, struct json_writer *writer,
                           const struct dv_plan *plan, const struct dv_node *parent,
                           const struct dv_node *node, struct db_rows *rows)
{
    const char *id = arena_strdup(call->arena, db_column_text(rows, parent->key_at));
    struct db_value *args = arena_array(call->arena, node->arg_count + 1, sizeof *args);
    AUTO(db_rows) children = {0};

    args[0] = db_text(id);
    if (node->arg_count > 0) {
        memcpy(args + 1, node->args, node->arg_count * sizeof *args);
    }
    jw_key(writer, node->nav);
    jw_array(writer);
    store_query(&children, call->db, node->sql, args, node->arg_count + 1);
    while (store_next(&children)) {
        dv_write_row(call, writer, plan, node, &children, NULL);
    }
    jw_array_end(writer);
    jw_key(writer, arena_join(call->arena, node->nav, "@odata.nextLink", NULL));
    {
        AUTO(strbuf) link = STRBUF(0);

        strbuf_addf(&link, "%s(%s)/%s%s", parent->entity->set, id, node->nav, node->link);
        jw_text(writer, dv_root_url(call, strbuf_text(&link)));
    }
}

static void write_expanded(struct mock_call *call, struct json_writer *writer,
                           const struct dv_plan *plan, const struct dv_node *node,
                           struct db_rows *rows)
{
    for (size_t i = 0; i < node->expand_count; i++) {
        const struct dv_node *inner = &node->expands[i];

        if (inner->sql != NULL) {
            write_children(call, writer, plan, node, inner, rows);
            continue;
        }
        jw_key(writer, inner->nav);
        if (db_column_is_null(rows, inner->key_at)) {
            jw_null(writer);
        } else if (inner->reference) {
            jw_object(writer);
            jw_member_text(writer, "@odata.id",
                           dv_row_url(call, inner->entity, db_column_text(rows, inner->key_at)));
            jw_object_end(writer);
        } else {
            dv_write_row(call, writer, plan, inner, rows, NULL);
        }
    }
}

void dv_write_row(struct mock_call *call, struct json_writer *writer, const struct dv_plan *plan,
                  const struct dv_node *node, struct db_rows *rows, const char *context)
{
    jw_object(writer);
    if (context != NULL) {
        jw_member_text(writer, "@odata.context", context);
    }
    write_etag(writer, db_column_int(rows, node->version_at));
    for (size_t i = 0; i < node->count; i++) {
        const struct dv_out *out = &node->outs[i];

        if (plan->annotations != 0) {
            annotate(writer, out, rows);
        }
        /* The key is ready, with its comma: an ETag stands before it. */
        strbuf_add_n(writer->out, out->head, out->head_len);
        writer->after_key = true;
        dv_write_value(writer, out->column, rows, out->at);
    }
    write_expanded(call, writer, plan, node, rows);
    jw_object_end(writer);
}

/* One preference of all `Prefer` headers: its value, "" when it has none, NULL when it is not
 * there.
 */
const char *dv_preference(const struct mock_call *call, const char *name)
{
    size_t len = strlen(name);

    for (size_t i = 0; i < call->header_count; i++) {
        const char *at = call->headers[i].value;

        if (!str_ieq(call->headers[i].name, "Prefer")) {
            continue;
        }
        while (*at != '\0') {
            bool quoted = false;
            const char *from, *end;

            at += strspn(at, " ,;");
            from = at;
            for (end = at; *end != '\0' && (quoted || *end != ','); end++) {
                quoted ^= *end == '"';
            }
            if (strncasecmp(from, name, len) == 0 && (from[len] == '=' || from + len == end)) {
                const char *value = from + len + (from[len] == '=');
                size_t value_len = (size_t)(end - value);

                if (value_len >= 2 && *value == '"' && value[value_len - 1] == '"') {
                    value++;
                    value_len -= 2;
                }
                return arena_dup(call->arena, value, value_len);
            }
            at = end;
        }
    }
    return NULL;
}

unsigned dv_annotations(struct mock_call *call, struct mock_reply *reply)
{
    static const struct {
        const char *name;
        unsigned bit;
    } names[] = {
        {"OData.Community.Display.V1.FormattedValue", DV_FORMATTED},
        {"Microsoft.Dynamics.CRM.lookuplogicalname", DV_LOOKUP_NAME},
        {"Microsoft.Dynamics.CRM.associatednavigationproperty", DV_NAVIGATION},
        {"Microsoft.Dynamics.CRM.totalrecordcount", DV_TOTAL_COUNT},
        {"Microsoft.Dynamics.CRM.totalrecordcountlimitexceeded", DV_COUNT_LIMIT},
    };
    const char *wanted = dv_preference(call, "odata.include-annotations"), *at = wanted;
    unsigned found = 0;

    if (wanted == NULL) {
        return 0;
    }
    while (*at != '\0') {
        size_t len = strcspn(at, ",");
        const char *pattern = arena_dup(call->arena, at, len);

        for (size_t i = 0; i < ARRAY_LEN(names); i++) {
            found |= str_match(pattern, names[i].name, '\0') ? names[i].bit : 0;
        }
        at += len;
        at += *at == ',';
        at += strspn(at, " ");
    }
    mock_reply_header(reply, "Preference-Applied",
                      arena_join(call->arena, "odata.include-annotations=\"", wanted, "\"", NULL));
    return found;
}
