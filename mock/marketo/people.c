/* Source: marketo-leads. */
#include "marketo/people.h"

#include <string.h>

#include "base/iso8601.h"
#include "marketo/marketo.h"
#include "store/store.h"

/* ENT-ACC-04: an account with more people changes without an entry in their logs. */
enum { MOST_LOGGED = 5000 };

static const struct marketo_value *value_at(const struct marketo_set *set,
                                            const struct marketo_record *record, const char *name)
{
    static const struct marketo_value none;
    int slot = marketo_slot(set, name);

    return slot == MARKETO_NO_SLOT ? &none : &record->values[slot];
}

const char *marketo_person_name(struct arena *arena, const struct marketo_set *set,
                                const struct marketo_record *record)
{
    const char *name = NULL;

    for (int i = KNOWN_FIRST_NAME; i <= KNOWN_LAST_NAME; i++) {
        const char *part = marketo_value_plain(arena, &record->values[set->known[i]]);

        if (part != NULL) {
            name = name != NULL ? arena_join(arena, name, " ", part, NULL) : part;
        }
    }
    return name;
}

/* Of whom the person is: its own company fields go when it joins one. */
static void join_company(struct arena *arena, const struct marketo_set *set,
                         struct marketo_record *record)
{
    const char *id = marketo_value_plain(arena, &record->values[set->known[KNOWN_COMPANY]]);

    record->company = id != NULL ? marketo_value_key(arena, id) : NULL;
    for (size_t i = 0; record->company != NULL && i < set->count; i++) {
        if ((set->fields[i]->flags & FIELD_COMPANY) != 0) {
            record->values[i] = (struct marketo_value){0};
        }
    }
}

int64_t marketo_person_create(const struct marketo_author *author, const struct marketo_set *set,
                              const struct marketo_change *changes, size_t count)
{
    struct mock_call *call = author->call;
    struct arena *arena = call->arena;
    const struct marketo_value source = marketo_value_text(arena, author->source);
    struct marketo_record record;
    char created[ISO8601_SIZE];

    marketo_record_init(arena, set, &record);
    for (size_t i = 0; i < count; i++) {
        record.values[changes[i].slot] = changes[i].value;
    }
    record.values[set->known[KNOWN_SOURCE_TYPE]] = source;
    record.values[set->known[KNOWN_SOURCE_INFO]] = source;
    if (record.values[set->known[KNOWN_REGISTRATION_TYPE]].raw == NULL) {
        record.values[set->known[KNOWN_REGISTRATION_TYPE]] = source;
        record.values[set->known[KNOWN_REGISTRATION_INFO]] = source;
    }
    join_company(arena, set, &record);
    record.created_ms = call->now_ms;
    record.updated_ms = call->now_ms;
    record.settled_ms = author->settled_ms;
    marketo_record_insert(arena, call->db, set, &record);
    iso8601_format_s(call->now_ms, created);
    created[10] = '\0';
    {
        const struct marketo_activity_value values[] = {
            {"Created Date", created}, {"Source Type", author->source}, {0}};

        marketo_activity_add(author, record.id, ACTIVITY_NEW_LEAD, record.id,
                             marketo_person_name(arena, set, &record), values);
    }
    return record.id;
}

bool marketo_person_update(const struct marketo_author *author, const struct marketo_set *set,
                           const struct marketo_record *record,
                           const struct marketo_change *changes, size_t count)
{
    struct mock_call *call = author->call;
    struct marketo_record now = *record;
    bool changed = false;

    now.values = arena_array(call->arena, set->count, sizeof *now.values);
    memcpy(now.values, record->values, set->count * sizeof *now.values);
    for (size_t i = 0; i < count; i++) {
        const struct marketo_field *field = set->fields[changes[i].slot];
        struct marketo_value *value = &now.values[changes[i].slot];

        /* A standard boolean that was never written is false already. */
        if (marketo_value_equal(value, &changes[i].value) ||
            (value->raw == NULL && field->type == MARKETO_BOOLEAN &&
             strncmp(changes[i].value.raw, "false", changes[i].value.len) == 0 &&
             (field->flags & FIELD_CUSTOM) == 0)) {
            continue;
        }
        marketo_activity_change(author, record->id, field, value, &changes[i].value);
        *value = changes[i].value;
        changed = true;
    }
    if (!changed) {
        return false;
    }
    join_company(call->arena, set, &now);
    now.updated_ms = call->now_ms;
    marketo_record_update(call->arena, call->db, set, record, &now);
    return true;
}

void marketo_person_delete(const struct marketo_author *author, const struct marketo_set *set,
                           const struct marketo_record *record)
{
    static const struct marketo_activity_value none[1];
    struct mock_call *call = author->call;

    marketo_activity_add(author, record->id, ACTIVITY_DELETE_LEAD, record->id,
                         marketo_person_name(call->arena, set, record), none);
    marketo_record_delete(call->arena, call->db, set, record);
}

static void log_change(const struct marketo_author *author, const struct marketo_set *people,
                       const struct marketo_set *companies, const struct marketo_record *before,
                       const struct marketo_record *now, int64_t lead)
{
    for (size_t i = 0; i < companies->count; i++) {
        int slot = marketo_slot(people, companies->fields[i]->name);

        if (slot != MARKETO_NO_SLOT && (people->fields[slot]->flags & FIELD_COMPANY) != 0 &&
            !marketo_value_equal(&before->values[i], &now->values[i])) {
            marketo_activity_change(author, lead, people->fields[slot], &before->values[i],
                                    &now->values[i]);
        }
    }
}

void marketo_people_follow(const struct marketo_author *author, const struct marketo_set *companies,
                           const struct marketo_record *before, const struct marketo_record *now)
{
    struct mock_call *call = author->call;
    int64_t base = marketo_base(author->sub, MARKETO_LEAD);
    const char *id =
        marketo_value_plain(call->arena, value_at(companies, now, "externalCompanyId"));
    const struct db_value args[] = {db_text(id != NULL ? marketo_value_key(call->arena, id) : NULL),
                                    db_int(base),
                                    db_int(marketo_base(author->sub, MARKETO_COMPANY))};
    const struct marketo_set *people;
    AUTO(db_rows) rows = {0};

    if (id == NULL) {
        return;
    }
    if (store_int(call->db,
                  "SELECT count(*) FROM marketo_records WHERE company = ? AND key > ? AND key < ?",
                  args, ARRAY_LEN(args), 0) > MOST_LOGGED) {
        mock_call_rule(call, "ENT-ACC-04");
        return;
    }
    people = marketo_set_load(call->arena, call->db, author->sub, MARKETO_LEAD);
    store_query(&rows, call->db,
                "SELECT key FROM marketo_records WHERE company = ? AND key > ? AND key < ?"
                " ORDER BY key",
                args, ARRAY_LEN(args));
    while (store_next(&rows)) {
        log_change(author, people, companies, before, now, db_column_int(&rows, 0) - base);
    }
}

void marketo_reader_init(struct arena *arena, struct db *db, const struct marketo_set *set,
                         struct marketo_reader *ret)
{
    *ret = (struct marketo_reader){.arena = arena, .db = db, .set = set};
}

static void load_companies(struct marketo_reader *reader)
{
    const struct marketo_set *set = reader->set;

    reader->companies = marketo_set_load(reader->arena, reader->db, set->sub, MARKETO_COMPANY);
    reader->company_slots = arena_array(reader->arena, set->count, sizeof *reader->company_slots);
    for (size_t i = 0; i < set->count; i++) {
        reader->company_slots[i] = (set->fields[i]->flags & FIELD_COMPANY) != 0
                                       ? marketo_slot(reader->companies, set->fields[i]->name)
                                       : MARKETO_NO_SLOT;
    }
}

/* A person of a company shows the company's fields; one whose company is not there yet none. */
static void add_company(struct marketo_reader *reader, struct marketo_record *record)
{
    struct marketo_record company;
    int64_t ids[2];
    int contact = marketo_slot(reader->set, "contactCompany");

    if (reader->companies == NULL) {
        load_companies(reader);
    }
    if (marketo_records_find(reader->arena, reader->db, reader->companies,
                             marketo_slot(reader->companies, "externalCompanyId"), record->company,
                             NULL, ids) == 0 ||
        !marketo_record_get(reader->arena, reader->db, reader->companies, ids[0], &company)) {
        return;
    }
    for (size_t i = 0; i < reader->set->count; i++) {
        if (reader->company_slots[i] != MARKETO_NO_SLOT) {
            record->values[i] = company.values[reader->company_slots[i]];
        }
    }
    record->values[contact] = marketo_value_int(reader->arena, company.id);
}

bool marketo_reader_get(struct marketo_reader *reader, int64_t id, struct marketo_record *ret)
{
    if (!marketo_record_get(reader->arena, reader->db, reader->set, id, ret)) {
        return false;
    }
    if (ret->company != NULL) {
        add_company(reader, ret);
    }
    return true;
}

struct marketo_value marketo_reader_value(struct marketo_reader *reader,
                                          const struct marketo_record *record, int slot)
{
    static const char *const own_id[] = {"leadPerson", "personPrimaryLeadInterest",
                                         "contactCompany"};
    const struct marketo_field *field = reader->set->fields[slot];

    if (record->values[slot].raw != NULL || (field->flags & FIELD_CUSTOM) != 0) {
        return record->values[slot];
    }
    if (field->type == MARKETO_BOOLEAN) {
        return marketo_value_bool(str_eq(field->name, "isLead"));
    }
    if (str_eq(field->name, "mktoName")) {
        return marketo_value_text(reader->arena,
                                  marketo_person_name(reader->arena, reader->set, record));
    }
    if (str_eq(field->name, "personType")) {
        return marketo_value_text(reader->arena, "contact");
    }
    if (str_eq(field->name, "leadPartitionId")) {
        return marketo_value_int(reader->arena, 1);
    }
    for (size_t i = 0; i < ARRAY_LEN(own_id); i++) {
        if (str_eq(field->name, own_id[i])) {
            return marketo_value_int(reader->arena, record->id);
        }
    }
    return record->values[slot];
}
