#include "marketo/records.h"

#include <stdlib.h>
#include <string.h>

#include "base/iso8601.h"
#include "base/json_writer.h"
#include "store/store.h"

enum { FIRST_ID = 1001 };

static int64_t base_of(const struct marketo_set *set)
{
    return marketo_base(set->sub, set->object);
}

int64_t marketo_peek_id(struct db *db, int64_t sub, const char *kind)
{
    return store_int(db, "SELECT next FROM marketo_counters WHERE sub = ? AND kind = ?",
                     DB_ARGS(db_int(sub), db_text(kind)), 0);
}

/* Two plain statements: one with RETURNING costs three times as much, and this runs twice a record.
 */
int64_t marketo_next_id(struct db *db, int64_t sub, const char *kind, int64_t first)
{
    int64_t id = marketo_peek_id(db, sub, kind);

    if (id == 0) {
        store_run(db, "INSERT INTO marketo_counters (sub, kind, next) VALUES (?, ?, ?)",
                  DB_ARGS(db_int(sub), db_text(kind), db_int(first + 1)));
        return first;
    }
    store_run(db, "UPDATE marketo_counters SET next = ? WHERE sub = ? AND kind = ?",
              DB_ARGS(db_int(id + 1), db_int(sub), db_text(kind)));
    return id;
}

void marketo_record_init(struct arena *arena, const struct marketo_set *set,
                         struct marketo_record *ret)
{
    *ret = (struct marketo_record){0};
    ret->values = arena_array(arena, set->count, sizeof *ret->values);
}

/* The end of a value of ours that begins at `at`: they are strings, numbers and words. */
static const char *end_of_value(const char *at)
{
    if (*at != '"') {
        return at + strcspn(at, ",}");
    }
    for (at++; *at != '"'; at++) {
        at += *at == '\\';
    }
    return at + 1;
}

/* Documents are flat and written by us, names without escapes. */
void marketo_record_read(struct arena *arena, const struct marketo_set *set, const char *document,
                         struct marketo_record *ret)
{
    const char *at = document + 1;

    while (*at == '"') {
        const char *name = at + 1, *end = strchr(name, '"'), *value = end + 2;
        char text[128];
        int slot;

        if ((size_t)(end - name) >= sizeof text) {
            abort(); /* names are shorter */
        }
        memcpy(text, name, (size_t)(end - name));
        text[end - name] = '\0';
        at = end_of_value(value);
        slot = marketo_slot(set, text);
        if (slot != MARKETO_NO_SLOT) {
            ret->values[slot] = (struct marketo_value){value, (size_t)(at - value), NULL};
        }
        at += *at == ',';
    }
    (void)arena;
}

bool marketo_record_get(struct arena *arena, struct db *db, const struct marketo_set *set,
                        int64_t id, struct marketo_record *ret)
{
    AUTO(db_rows) rows = {0};

    store_query(&rows, db,
                "SELECT created_ms, updated_ms, settled_ms, company, document FROM marketo_records"
                " WHERE key = ?",
                DB_ARGS(db_int(base_of(set) + id)));
    if (!store_next(&rows)) {
        return false;
    }
    marketo_record_init(arena, set, ret);
    ret->id = id;
    ret->created_ms = db_column_int(&rows, 0);
    ret->updated_ms = db_column_int(&rows, 1);
    ret->settled_ms = db_column_int(&rows, 2);
    ret->company = arena_strdup(arena, db_column_text(&rows, 3));
    marketo_record_read(arena, set, arena_strdup(arena, db_column_text(&rows, 4)), ret);
    return true;
}

static void put_time(struct arena *arena, const struct marketo_set *set,
                     struct marketo_record *record, enum marketo_known known, int64_t at_ms)
{
    int slot = set->known[known];
    char *text;

    if (slot != MARKETO_NO_SLOT) {
        text = arena_alloc(arena, ISO8601_SIZE);
        iso8601_format_s(at_ms, text);
        record->values[slot] = marketo_value_text(arena, text);
    }
}

/* The document: id and times are among its members, so that a row of the state is complete. */
static void write_document(struct arena *arena, const struct marketo_set *set,
                           struct marketo_record *record, struct strbuf *ret)
{
    struct json_writer writer = JSON_WRITER(ret);
    int id = set->known[KNOWN_ID], created = set->known[KNOWN_CREATED];

    if (id != MARKETO_NO_SLOT) {
        record->values[id] = marketo_value_int(arena, record->id);
    }
    if (created == MARKETO_NO_SLOT || record->values[created].raw == NULL) {
        put_time(arena, set, record, KNOWN_CREATED, record->created_ms);
    }
    if (created != MARKETO_NO_SLOT && record->updated_ms == record->created_ms) {
        record->values[set->known[KNOWN_UPDATED]] = record->values[created];
    } else {
        put_time(arena, set, record, KNOWN_UPDATED, record->updated_ms);
    }
    strbuf_reserve(ret, 1024);
    jw_object(&writer);
    for (size_t i = 0; i < set->count; i++) {
        if (record->values[i].raw != NULL) {
            jw_key(&writer, set->fields[i]->name);
            jw_raw_n(&writer, record->values[i].raw, record->values[i].len);
        }
    }
    jw_object_end(&writer);
}

static void put_value(struct arena *arena, struct db *db, const struct marketo_set *set, int slot,
                      const struct marketo_value *value, int64_t id, bool add)
{
    const char *plain = marketo_value_plain(arena, value);
    const struct db_value args[] = {db_int(base_of(set)), db_int(set->fields[slot]->id),
                                    db_text(plain != NULL ? marketo_value_key(arena, plain) : NULL),
                                    db_int(id)};

    if (plain == NULL) {
        return;
    }
    store_run(db,
              add ? "INSERT INTO marketo_values (space, field, value, id) VALUES (?, ?, ?, ?)"
                    " ON CONFLICT DO NOTHING"
                  : "DELETE FROM marketo_values WHERE space = ? AND field = ? AND value = ?"
                    " AND id = ?",
              args, ARRAY_LEN(args));
}

void marketo_record_insert(struct arena *arena, struct db *db, const struct marketo_set *set,
                           struct marketo_record *record)
{
    AUTO(strbuf) document = STRBUF(0);

    record->id = marketo_next_id(db, set->sub, marketo_object_word(set->object), FIRST_ID);
    write_document(arena, set, record, &document);
    store_run(db,
              "INSERT INTO marketo_records (key, created_ms, updated_ms, settled_ms, company,"
              " document) VALUES (?, ?, ?, ?, ?, ?)",
              DB_ARGS(db_int(base_of(set) + record->id), db_int(record->created_ms),
                      db_int(record->updated_ms), db_int(record->settled_ms),
                      db_text(record->company), db_text_n(strbuf_text(&document), document.len)));
    for (size_t i = 0; i < set->count; i++) {
        if (set->indexed[i] && record->values[i].raw != NULL) {
            put_value(arena, db, set, (int)i, &record->values[i], record->id, true);
        }
    }
}

void marketo_record_update(struct arena *arena, struct db *db, const struct marketo_set *set,
                           const struct marketo_record *before, const struct marketo_record *record)
{
    AUTO(strbuf) document = STRBUF(0);
    struct marketo_record written = *record;

    write_document(arena, set, &written, &document);
    store_run(db,
              "UPDATE marketo_records SET updated_ms = ?, company = ?, document = ? WHERE key = ?",
              DB_ARGS(db_int(record->updated_ms), db_text(record->company),
                      db_text_n(strbuf_text(&document), document.len),
                      db_int(base_of(set) + record->id)));
    for (size_t i = 0; i < set->count; i++) {
        if (set->indexed[i] && !marketo_value_equal(&before->values[i], &record->values[i])) {
            put_value(arena, db, set, (int)i, &before->values[i], record->id, false);
            put_value(arena, db, set, (int)i, &record->values[i], record->id, true);
        }
    }
}

void marketo_record_delete(struct arena *arena, struct db *db, const struct marketo_set *set,
                           const struct marketo_record *record)
{
    store_run(db, "DELETE FROM marketo_records WHERE key = ?",
              DB_ARGS(db_int(base_of(set) + record->id)));
    for (size_t i = 0; i < set->count; i++) {
        if (set->indexed[i]) {
            put_value(arena, db, set, (int)i, &record->values[i], record->id, false);
        }
    }
}

/* Fills the look-up of a field from the records that are there. */
static void fill_index(struct arena *arena, struct db *db, const struct marketo_set *set, int slot)
{
    AUTO(db_rows) rows = {0};

    store_query(&rows, db, "SELECT key, document FROM marketo_records WHERE key > ? AND key < ?",
                DB_ARGS(db_int(base_of(set)), db_int(marketo_base(set->sub, set->object + 1))));
    while (store_next(&rows)) {
        AUTO(arena) row = {0};
        struct marketo_record record;

        marketo_record_init(&row, set, &record);
        marketo_record_read(&row, set, db_column_text(&rows, 1), &record);
        put_value(&row, db, set, slot, &record.values[slot], db_column_int(&rows, 0) - base_of(set),
                  true);
    }
    (void)arena;
}

void marketo_records_index(struct arena *arena, struct db *db, struct marketo_set *set, int slot)
{
    bool *indexed;

    if (set->indexed[slot] || slot == set->known[KNOWN_ID]) {
        return;
    }
    marketo_field_index(db, set->sub, set->object, set->fields[slot]->id);
    indexed = arena_array(arena, set->count, sizeof *indexed);
    memcpy(indexed, set->indexed, set->count * sizeof *indexed);
    indexed[slot] = true;
    set->indexed = indexed;
    fill_index(arena, db, set, slot);
}

size_t marketo_records_find(struct arena *arena, struct db *db, const struct marketo_set *set,
                            int slot, const char *plain, const struct marketo_view *view,
                            int64_t ret[2])
{
    static const char settled[] =
        "SELECT v.id FROM marketo_values v JOIN marketo_records r ON r.key = v.space + v.id"
        " WHERE v.space = ? AND v.field = ? AND v.value = ? AND (r.settled_ms <= ? OR v.id >= ?)"
        " ORDER BY v.id LIMIT 2";
    static const char all[] = "SELECT id FROM marketo_values WHERE space = ? AND field = ?"
                              " AND value = ? ORDER BY id LIMIT 2";
    size_t count = 0;
    AUTO(db_rows) rows = {0};

    if (slot == set->known[KNOWN_ID]) {
        if (!str_int(plain, 1, INT32_MAX, &ret[0])) {
            return 0;
        }
        return store_int(db, "SELECT 1 FROM marketo_records WHERE key = ?",
                         DB_ARGS(db_int(base_of(set) + ret[0])), 0) != 0;
    }
    {
        const struct db_value args[] = {db_int(base_of(set)), db_int(set->fields[slot]->id),
                                        db_text(marketo_value_key(arena, plain)),
                                        db_int(view != NULL ? view->settled_by_ms : 0),
                                        db_int(view != NULL ? view->own_from : 0)};

        store_query(&rows, db, view != NULL ? settled : all, args, view != NULL ? 5 : 3);
    }
    while (count < 2 && store_next(&rows)) {
        ret[count++] = db_column_int(&rows, 0);
    }
    return count;
}

void marketo_records_clear(struct db *db, int64_t sub)
{
    const struct db_value args[] = {db_int(marketo_base(sub, MARKETO_LEAD)),
                                    db_int(marketo_base(sub + 1, MARKETO_LEAD))};

    store_run(db, "DELETE FROM marketo_records WHERE key >= ? AND key < ?", args, 2);
    store_run(db, "DELETE FROM marketo_values WHERE space >= ? AND space < ?", args, 2);
    store_run(db, "DELETE FROM marketo_counters WHERE sub = ?", DB_ARGS(db_int(sub)));
}
