/* Reading people. Source: marketo-leads. */
#include "marketo/leads.h"

#include <stdlib.h>
#include <string.h>

#include "marketo/marketo.h"
#include "marketo/paging.h"
#include "store/store.h"

enum { MOST_VALUES = 300, MOST_MATCHES = 1000 };

static const char *const default_fields[] = {"id",        "updatedAt", "lastName", "email",
                                             "createdAt", "firstName", NULL};

int *marketo_slots_asked(struct mock_call *call, struct mock_reply *reply,
                         const struct marketo_set *set, const char *const *names, size_t count,
                         const char *const *otherwise, size_t *ret_count)
{
    int *slots;

    if (count == 0) {
        names = otherwise;
        while (names[count] != NULL) {
            count++;
        }
    }
    slots = arena_array(call->arena, count + 1, sizeof *slots);
    *ret_count = 0;
    for (size_t i = 0; i < count; i++) {
        int slot = marketo_slot(set, names[i]);
        bool twice = false;

        if (slot == MARKETO_NO_SLOT) {
            marketo_refuse(call, reply, MARKETO_FIELD_UNKNOWN, names[i], NULL);
            return NULL;
        }
        for (size_t j = 0; j < *ret_count; j++) {
            twice |= slots[j] == slot;
        }
        if (!twice) {
            slots[(*ret_count)++] = slot;
        }
    }
    return slots;
}

/* `id` comes first and always, then what was asked for. */
static void write_person(struct marketo_reader *reader, struct json_writer *writer,
                         const struct marketo_record *record, const int *slots, size_t count)
{
    int id = marketo_slot(reader->set, "id");

    jw_object(writer);
    jw_member_int(writer, "id", record->id);
    for (size_t i = 0; i < count; i++) {
        if (slots[i] != id) {
            struct marketo_value value = marketo_reader_value(reader, record, slots[i]);

            jw_key(writer, reader->set->fields[slots[i]]->name);
            if (value.raw != NULL) {
                jw_raw_n(writer, value.raw, value.len);
            } else {
                jw_null(writer);
            }
        }
    }
    jw_object_end(writer);
}

static int *asked_slots(struct mock_call *call, struct mock_reply *reply,
                        const struct marketo_set *set, size_t *ret_count)
{
    size_t count;
    const char **names = marketo_list(call, "fields", &count);

    return marketo_slots_asked(call, reply, set, names, count, default_fields, ret_count);
}

void marketo_lead_get(struct mock_call *call, struct mock_reply *reply)
{
    const struct marketo_set *set =
        marketo_set_load(call->arena, call->db, marketo_sub(call), MARKETO_LEAD);
    struct marketo_reader reader;
    struct marketo_record record;
    struct json_writer writer;
    size_t count;
    int64_t id;
    int *slots;
    bool found;

    if (!str_int(call->vars[0], 0, INT64_MAX, &id)) {
        marketo_refuse(call, reply, MARKETO_WRONG_TYPE, call->vars[0], "Integer");
        return;
    }
    slots = asked_slots(call, reply, set, &count);
    if (slots == NULL) {
        return;
    }
    marketo_reader_init(call->arena, call->db, set, &reader);
    found = id <= INT32_MAX && marketo_reader_get(&reader, id, &record);
    if (!found &&
        str_eq(store_setting_text(call->db, call->arena, marketo_scope(call), "unknownLead"),
               "1004")) {
        marketo_refuse(call, reply, MARKETO_LEAD_UNKNOWN, NULL, NULL);
        return;
    }
    writer = marketo_open(call, reply);
    if (found) {
        write_person(&reader, &writer, &record, slots, count);
    }
    marketo_close(&writer, NULL, MARKETO_NO_MORE_KEY);
}

/* A field by which people may be looked for; MARKETO_NO_SLOT after a refusal. */
static int filter_slot(struct mock_call *call, struct mock_reply *reply,
                       const struct marketo_set *set, const char *name)
{
    int slot;

    if (name == NULL || *name == '\0') {
        marketo_refuse(call, reply, MARKETO_NO_FILTER_TYPE, NULL, NULL);
        return MARKETO_NO_SLOT;
    }
    slot = marketo_slot(set, name);
    if (slot == MARKETO_NO_SLOT) {
        marketo_refuse(call, reply, MARKETO_BAD_FILTER_TYPE, name, NULL);
    } else if ((set->fields[slot]->flags & FIELD_SEARCH) == 0) {
        marketo_refuse(call, reply, MARKETO_FIELD_UNSUPPORTED, set->fields[slot]->name, NULL);
        slot = MARKETO_NO_SLOT;
    }
    return slot;
}

static int by_number(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

bool marketo_said_before(const char *const *keys, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (str_eq(keys[i], keys[n])) {
            return true;
        }
    }
    return false;
}

/* All ids that have one of the values, ascending; more than the most when they are too many. */
static int64_t *matches(struct mock_call *call, const struct marketo_set *set, int slot,
                        const char *const *values, size_t count, size_t *ret_count)
{
    int64_t *ids = arena_array(call->arena, MOST_MATCHES + 2, sizeof *ids);
    const char **keys = arena_array(call->arena, count + 1, sizeof *keys);
    size_t have = 0, kept = 0;

    for (size_t i = 0; i < count && have <= MOST_MATCHES; i++) {
        AUTO(db_rows) rows = {0};
        int64_t two[2];

        if (str_eq(set->fields[slot]->name, "id")) {
            if (marketo_records_find(call->arena, call->db, set, slot, values[i], NULL, two) > 0) {
                ids[have++] = two[0];
            }
            continue;
        }
        keys[i] = marketo_value_key(call->arena, values[i]);
        if (marketo_said_before(keys, i)) {
            continue;
        }
        store_query(&rows, call->db,
                    "SELECT id FROM marketo_values WHERE space = ? AND field = ? AND value = ?"
                    " ORDER BY id",
                    DB_ARGS(db_int(marketo_base(set->sub, set->object)),
                            db_int(set->fields[slot]->id), db_text(keys[i])));
        while (have <= MOST_MATCHES && store_next(&rows)) {
            ids[have++] = db_column_int(&rows, 0);
        }
    }
    qsort(ids, have, sizeof *ids, by_number);
    for (size_t i = 0; i < have; i++) { /* an id may stand twice */
        if (kept == 0 || ids[kept - 1] != ids[i]) {
            ids[kept++] = ids[i];
        }
    }
    *ret_count = kept;
    return ids;
}

/* What a page's token is good for: this filter and no other. */
static const char *read_name(struct mock_call *call, const char *field, const char *const *values,
                             size_t count)
{
    AUTO(strbuf) name = STRBUF(0);

    strbuf_addf(&name, "leads|%s", field);
    for (size_t i = 0; i < count; i++) {
        strbuf_addf(&name, "|%s", values[i]);
    }
    return arena_dup(call->arena, strbuf_text(&name), name.len);
}

struct page {
    int64_t batch, after;
    const char *read;
};

static void write_page(struct mock_call *call, struct mock_reply *reply,
                       struct marketo_reader *reader, const struct page *page, const int64_t *ids,
                       size_t id_count, const int *slots, size_t slot_count)
{
    struct json_writer writer = marketo_open(call, reply);
    int64_t given = 0, last = 0;
    const char *next = NULL;

    for (size_t i = 0; i < id_count && next == NULL; i++) {
        struct marketo_record record;

        if (ids[i] <= page->after) {
            continue;
        }
        if (given == page->batch) {
            next = marketo_position_make(call, page->read, last);
        } else if (marketo_reader_get(reader, ids[i], &record)) {
            write_person(reader, &writer, &record, slots, slot_count);
            last = ids[i];
            given++;
        }
    }
    marketo_close(&writer, next, next != NULL ? MARKETO_MORE : MARKETO_NO_MORE_KEY);
}

void marketo_lead_list(struct mock_call *call, struct mock_reply *reply)
{
    struct marketo_set *set =
        marketo_set_load(call->arena, call->db, marketo_sub(call), MARKETO_LEAD);
    int slot = filter_slot(call, reply, set, uri_param(&call->params, "filterType"));
    const char *token = uri_param(&call->params, "nextPageToken");
    size_t value_count, slot_count, id_count;
    const char **values = marketo_list(call, "filterValues", &value_count);
    struct page page = {0};
    struct marketo_reader reader;
    int64_t *ids;
    int *slots;

    if (slot == MARKETO_NO_SLOT) {
        return;
    }
    if (value_count == 0 || value_count > MOST_VALUES) {
        marketo_refuse(call, reply,
                       value_count == 0 ? MARKETO_NO_FILTER_VALUES : MARKETO_TOO_MANY_VALUES,
                       "filterValues", "300");
        return;
    }
    slots = asked_slots(call, reply, set, &slot_count);
    if (slots == NULL || !marketo_batch_size(call, reply, &page.batch)) {
        return;
    }
    page.read = read_name(call, set->fields[slot]->name, values, value_count);
    if (token != NULL && *token != '\0' &&
        !marketo_position_read(call, page.read, token, &page.after)) {
        marketo_refuse(call, reply, MARKETO_BAD_TOKEN, NULL, NULL);
        return;
    }
    marketo_records_index(call->arena, call->db, set, slot);
    ids = matches(call, set, slot, values, value_count, &id_count);
    if (id_count > MOST_MATCHES) {
        marketo_refuse(call, reply, MARKETO_TOO_MANY_MATCHES, NULL, NULL);
        return;
    }
    marketo_reader_init(call->arena, call->db, set, &reader);
    write_page(call, reply, &reader, &page, ids, id_count, slots, slot_count);
}

void marketo_lead_partitions(struct mock_call *call, struct mock_reply *reply)
{
    struct json_writer writer = marketo_open(call, reply);

    jw_object(&writer);
    jw_member_int(&writer, "id", 1);
    jw_member_text(&writer, "name", "Default");
    jw_member_text(&writer, "description", "Initial system lead partition");
    jw_object_end(&writer);
    marketo_close(&writer, NULL, MARKETO_NO_MORE_KEY);
}
