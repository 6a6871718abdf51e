/*
 * Four objects with one pattern: a row says what each has of its own. Sources: marketo-companies,
 * marketo-opportunities, marketo-salespersons, marketo-lead-database.
 */
#include "marketo/objects.h"

#include <string.h>

#include "marketo/connection.h"
#include "marketo/kinds.h"
#include "marketo/leads.h"
#include "marketo/marketo.h"
#include "marketo/paging.h"
#include "server/world.h"
#include "store/store.h"

enum { MOST_VALUES = 300, MOST_BATCH = 300, PLACE_BITS = 40 };

const struct marketo_kind marketo_kinds[MARKETO_OBJECTS] = {
    [MARKETO_COMPANY] =
        {"Company", "Company", "Company object", "id", {"externalCompanyId"}, NULL, false},
    [MARKETO_OPPORTUNITY] = {"opportunity",
                             "Opportunity",
                             "Opportunity object",
                             "marketoGUID",
                             {"externalOpportunityId"},
                             "name",
                             false},
    [MARKETO_ROLE] = {"opportunityRole",
                      "Opportunity Role",
                      "Opportunity role object",
                      "marketoGUID",
                      {"externalOpportunityId", "leadId", "role"},
                      NULL,
                      true},
    [MARKETO_SALESPERSON] = {"SalesPerson",
                             "Sales Person",
                             "Sales person object",
                             "id",
                             {"externalSalesPersonId"},
                             NULL,
                             false},
};

/* Which object a path is about: "companies.json", "companies/…", "opportunities/roles…". */
enum marketo_object marketo_object_of(const struct mock_call *call)
{
    const char *word = call->path.segments[2];

    if (str_starts(word, "companies")) {
        return MARKETO_COMPANY;
    }
    if (str_starts(word, "salespersons")) {
        return MARKETO_SALESPERSON;
    }
    return call->path.count > 3 && str_starts(call->path.segments[3], "roles")
               ? MARKETO_ROLE
               : MARKETO_OPPORTUNITY;
}

/* CONF-07: with a connection these belong to the CRM, and only its connector writes them. */
bool marketo_crm_refuses(struct mock_call *call, struct mock_reply *reply,
                         const struct marketo_kind *kind, bool writes)
{
    if (call->caller->connector || !marketo_connected(call->db, marketo_sub(call))) {
        return false;
    }
    if (!writes &&
        (!kind->reads_refused ||
         !str_eq(store_setting_text(call->db, call->arena, marketo_scope(call), "roleReads"),
                 "refused"))) {
        return false;
    }
    mock_call_rule(call, "API-07");
    mock_call_rule(call, "CONF-07");
    marketo_refuse(call, reply, MARKETO_CRM_ENABLED, NULL, NULL);
    return true;
}

static size_t key_count(const struct marketo_kind *kind)
{
    size_t count = 0;

    while (kind->keys[count] != NULL) {
        count++;
    }
    return count;
}

static void write_names(struct json_writer *writer, const char *const *names)
{
    jw_array(writer);
    for (; *names != NULL; names++) {
        jw_text(writer, *names);
    }
    jw_array_end(writer);
}

static void write_searchable(struct json_writer *writer, const struct marketo_kind *kind,
                             const struct marketo_set *set)
{
    jw_key(writer, "searchableFields");
    jw_array(writer);
    if (key_count(kind) > 1) {
        write_names(writer, kind->keys);
    }
    for (size_t i = 0; i < set->count; i++) {
        if ((set->fields[i]->flags & FIELD_SEARCH) != 0) {
            jw_array(writer);
            jw_text(writer, set->fields[i]->name);
            jw_array_end(writer);
        }
    }
    jw_array_end(writer);
}

void marketo_object_describe(struct mock_call *call, struct mock_reply *reply)
{
    enum marketo_object object = marketo_object_of(call);
    const struct marketo_kind *kind = &marketo_kinds[object];
    const struct marketo_set *set =
        marketo_set_load(call->arena, call->db, marketo_sub(call), object);
    struct json_writer writer;

    if (marketo_crm_refuses(call, reply, kind, false)) {
        return;
    }
    writer = marketo_open(call, reply);
    jw_object(&writer);
    jw_member_text(&writer, "name", kind->name);
    jw_member_text(&writer, "displayName", kind->label);
    jw_member_text(&writer, "description", kind->about);
    jw_member_text(&writer, "createdAt", marketo_date(call->arena, call->world->start_ms));
    jw_member_text(&writer, "updatedAt", marketo_date(call->arena, call->world->start_ms));
    jw_member_text(&writer, "idField", kind->id_field);
    jw_key(&writer, "dedupeFields");
    write_names(&writer, kind->keys);
    write_searchable(&writer, kind, set);
    jw_key(&writer, "fields");
    jw_array(&writer);
    for (size_t i = 0; i < set->count; i++) {
        const struct marketo_field *field = set->fields[i];

        jw_object(&writer);
        jw_member_text(&writer, "name", field->name);
        jw_member_text(&writer, "displayName", field->label);
        jw_member_text(&writer, "dataType", marketo_type_name(field->type));
        if (field->length > 0) {
            jw_member_int(&writer, "length", field->length);
        }
        jw_member_bool(&writer, "updateable", (field->flags & FIELD_READ_ONLY) == 0);
        jw_object_end(&writer);
    }
    jw_array_end(&writer);
    jw_object_end(&writer);
    marketo_close(&writer, NULL, MARKETO_NO_MORE_KEY);
}

static void write_value(struct json_writer *writer, const struct marketo_set *set,
                        const struct marketo_record *record, int slot)
{
    jw_key(writer, set->fields[slot]->name);
    if (record->values[slot].raw != NULL) {
        jw_raw_n(writer, record->values[slot].raw, record->values[slot].len);
    } else {
        jw_null(writer);
    }
}

/* What a query looks for: values of one field, or whole keys. */
struct query {
    const struct marketo_kind *kind;
    struct marketo_set *set;
    int slot; /* MARKETO_NO_SLOT: whole keys */
    const char **values;
    size_t value_count;
    const cJSON *keys;
    int *slots; /* that are shown */
    size_t slot_count;
    int64_t batch, after;
    const char *read;
};

/*
 * The records that have the first two keys, of which both are looked up: an opportunity may have
 * thousands of roles, and a person has few.
 */
static void query_keys(struct mock_call *call, const struct marketo_set *set, const int *slots,
                       const char *const *plain, size_t keys, struct db_rows *rows)
{
    static const char one[] = "SELECT id FROM marketo_values WHERE space = ? AND field = ?"
                              " AND value = ? ORDER BY id";
    static const char two[] =
        "SELECT v.id FROM marketo_values v WHERE v.space = ?1 AND v.field = ?4 AND v.value = ?5"
        " AND EXISTS (SELECT 1 FROM marketo_values w WHERE w.space = ?1 AND w.field = ?2"
        " AND w.value = ?3 AND w.id = v.id) ORDER BY v.id";
    struct db_value args[5] = {db_int(marketo_base(set->sub, set->object))};
    size_t used = keys > 1 ? 2 : 1;

    for (size_t i = 0; i < used; i++) {
        args[1 + 2 * i] = db_int(set->fields[slots[i]]->id);
        args[2 + 2 * i] = db_text(marketo_value_key(call->arena, plain[i]));
    }
    store_query(rows, call->db, used > 1 ? two : one, args, 1 + 2 * used);
}

/* The record that has all key fields of an object, 0 when none has; false: a key is missing. */
bool marketo_find_by_keys(struct mock_call *call, const struct marketo_kind *kind,
                          const struct marketo_set *set, const cJSON *item, int64_t *ret_id,
                          const char **ret_missing)
{
    const char *plain[MARKETO_MOST_KEYS] = {0};
    int slots[MARKETO_MOST_KEYS] = {0};
    size_t keys = key_count(kind);
    AUTO(db_rows) rows = {0};

    for (size_t i = 0; i < keys; i++) {
        struct marketo_value value = {0};
        struct marketo_reason reason;
        const cJSON *member;

        slots[i] = marketo_slot(set, kind->keys[i]);
        cJSON_ArrayForEach(member, item)
        {
            if (str_ieq(member->string, kind->keys[i]) &&
                marketo_value_take(call->arena, set->fields[slots[i]], member, &value, &reason)) {
                plain[i] = marketo_value_plain(call->arena, &value);
            }
        }
        if (plain[i] == NULL) {
            *ret_missing = kind->keys[i];
            return false;
        }
    }
    *ret_id = 0;
    query_keys(call, set, slots, plain, keys, &rows);
    while (*ret_id == 0 && store_next(&rows)) {
        struct marketo_record record;
        bool all = true;

        (void)marketo_record_get(call->arena, call->db, set, db_column_int(&rows, 0), &record);
        for (size_t i = 1; i < keys; i++) {
            const char *have = marketo_value_plain(call->arena, &record.values[slots[i]]);

            all = all && have != NULL && str_ieq(have, plain[i]);
        }
        *ret_id = all ? record.id : 0;
    }
    return true;
}

static bool read_filter(struct mock_call *call, struct mock_reply *reply, struct query *query)
{
    const char *type = uri_param(&call->params, "filterType");

    if (type == NULL || *type == '\0') {
        marketo_refuse(call, reply, MARKETO_NO_FILTER_TYPE, NULL, NULL);
        return false;
    }
    type = str_eq(type, "idField")                                        ? query->kind->id_field
           : str_eq(type, "dedupeFields") && query->kind->keys[1] == NULL ? query->kind->keys[0]
                                                                          : type;
    query->slot = marketo_slot(query->set, type);
    if (query->slot == MARKETO_NO_SLOT ||
        (query->set->fields[query->slot]->flags & FIELD_SEARCH) == 0) {
        marketo_refuse(call, reply, MARKETO_BAD_FILTER_TYPE, type, NULL);
        return false;
    }
    query->values = marketo_list(call, "filterValues", &query->value_count);
    if (query->value_count == 0 || query->value_count > MOST_VALUES) {
        marketo_refuse(call, reply,
                       query->value_count == 0 ? MARKETO_NO_FILTER_VALUES : MARKETO_TOO_MANY_VALUES,
                       "filterValues", "300");
        return false;
    }
    marketo_records_index(call->arena, call->db, query->set, query->slot);
    return true;
}

/* A member of the body that may be a parameter too; where both are given the parameter counts. */
static void adopt(struct mock_call *call, const cJSON *body, const char *name)
{
    const cJSON *member = json_get(body, name);
    struct uri_params all = {0};

    if ((!cJSON_IsString(member) && !cJSON_IsNumber(member)) ||
        uri_param(&call->params, name) != NULL) {
        return;
    }
    all.items = arena_array(call->arena, call->params.count + 1, sizeof *all.items);
    for (; all.count < call->params.count; all.count++) {
        all.items[all.count] = call->params.items[all.count];
    }
    all.items[all.count].name = name;
    all.items[all.count++].value =
        cJSON_IsString(member) ? member->valuestring : json_text(call->arena, member);
    call->params = all;
}

/*
 * Whole keys come as JSON: {"filterType":"dedupeFields","fields":[…],"input":[{…}]}, and batchSize
 * and nextPageToken may stand there.
 */
static bool read_keys(struct mock_call *call, struct mock_reply *reply, struct query *query,
                      const char ***ret_names, size_t *ret_count)
{
    const cJSON *body, *field;
    const char *type;

    if (!marketo_body(call, reply, &body)) {
        return false;
    }
    type = json_get_text(body, "filterType");
    if (!str_eq(type, "dedupeFields")) {
        marketo_refuse(call, reply, type == NULL ? MARKETO_NO_FILTER_TYPE : MARKETO_BAD_FILTER_TYPE,
                       type, NULL);
        return false;
    }
    *ret_names = arena_array(call->arena, (size_t)cJSON_GetArraySize(json_get(body, "fields")) + 1,
                             sizeof **ret_names);
    cJSON_ArrayForEach(field, json_get(body, "fields"))
    {
        if (cJSON_IsString(field)) {
            (*ret_names)[(*ret_count)++] = field->valuestring;
        }
    }
    adopt(call, body, "batchSize");
    adopt(call, body, "nextPageToken");
    query->slot = MARKETO_NO_SLOT;
    query->keys = marketo_input_list(call, reply, body);
    return query->keys != NULL;
}

/* What a page's token is good for: this filter and no other. */
static const char *read_name(struct mock_call *call, const struct query *query)
{
    AUTO(strbuf) name = STRBUF(0);

    strbuf_addf(&name, "%s|%d", query->kind->name, query->slot);
    for (size_t i = 0; i < query->value_count; i++) {
        strbuf_addf(&name, "|%s", query->values[i]);
    }
    if (query->keys != NULL) {
        strbuf_addf(&name, "|%s", json_text(call->arena, query->keys));
    }
    return arena_dup(call->arena, strbuf_text(&name), name.len);
}

static bool read_query(struct mock_call *call, struct mock_reply *reply, struct query *query)
{
    const char *otherwise[MARKETO_MOST_KEYS + 4] = {query->kind->id_field};
    const char **names = NULL, *token;
    size_t count = 0, n = 1;

    if (marketo_content_is(call, "application/json") && call->body_len > 0
            ? !read_keys(call, reply, query, &names, &count)
            : !read_filter(call, reply, query)) {
        return false;
    }
    if (query->keys == NULL) {
        names = marketo_list(call, "fields", &count);
    }
    for (size_t i = 0; query->kind->keys[i] != NULL; i++) {
        otherwise[n++] = query->kind->keys[i];
    }
    otherwise[n++] = "updatedAt";
    otherwise[n] = "createdAt";
    query->slots =
        marketo_slots_asked(call, reply, query->set, names, count, otherwise, &query->slot_count);
    if (query->slots == NULL || !marketo_batch_size(call, reply, &query->batch)) {
        return false;
    }
    query->read = read_name(call, query);
    token = uri_param(&call->params, "nextPageToken");
    if (token != NULL && *token != '\0' &&
        !marketo_position_read(call, query->read, token, &query->after)) {
        marketo_refuse(call, reply, MARKETO_BAD_TOKEN, NULL, NULL);
        return false;
    }
    return true;
}

static bool has_id(const int64_t *ids, size_t count, int64_t id)
{
    while (count > 0 && ids[count - 1] != id) {
        count--;
    }
    return count > 0;
}

/*
 * Where a record stands in a read: first the value that it fits, then its id. What is made or
 * deleted meanwhile moves no other record.
 */
static int64_t place_of(size_t value, int64_t id)
{
    return (int64_t)value << PLACE_BITS | id;
}

/* The records behind the place where the page begins; one more than the page takes. */
struct hits {
    int64_t places[MOST_BATCH + 1], ids[MOST_BATCH + 1];
    size_t count;
};

static void take_hit(const struct query *query, struct hits *hits, size_t value, int64_t id)
{
    int64_t place = place_of(value, id);

    if (place > query->after && hits->count <= (size_t)query->batch) {
        hits->places[hits->count] = place;
        hits->ids[hits->count++] = id;
    }
}

/* Values or keys that mean one record at most: each record counts for the first that means it. */
static void find_single(struct mock_call *call, const struct query *query, struct hits *hits)
{
    size_t most =
        query->keys != NULL ? (size_t)cJSON_GetArraySize(query->keys) : query->value_count;
    int64_t *seen = arena_array(call->arena, most + 1, sizeof *seen);
    const cJSON *item = query->keys != NULL ? query->keys->child : NULL;
    size_t count = 0;

    for (size_t i = 0; i < most; i++) {
        const char *missing;
        int64_t two[2] = {0};
        bool found =
            item != NULL
                ? marketo_find_by_keys(call, query->kind, query->set, item, two, &missing) &&
                      two[0] != 0
                : marketo_records_find(call->arena, call->db, query->set, query->slot,
                                       query->values[i], NULL, two) > 0;

        item = item != NULL ? item->next : NULL;
        if (found && !has_id(seen, count, two[0])) {
            seen[count++] = two[0];
            take_hit(query, hits, i, two[0]);
        }
    }
}

/* The records that fit, each once, in the order of the values. */
static void find_hits(struct mock_call *call, const struct query *query, struct hits *hits)
{
    const char **keys = arena_array(call->arena, query->value_count + 1, sizeof *keys);

    if (query->keys != NULL || query->slot == query->set->known[KNOWN_ID]) {
        find_single(call, query, hits);
        return;
    }
    for (size_t i = 0; i < query->value_count; i++) {
        AUTO(db_rows) rows = {0};
        int64_t after = query->after - place_of(i, 0);

        keys[i] = marketo_value_key(call->arena, query->values[i]);
        if (marketo_said_before(keys, i)) {
            continue;
        }
        store_query(&rows, call->db,
                    "SELECT id FROM marketo_values WHERE space = ? AND field = ? AND value = ?"
                    " AND id > ? ORDER BY id",
                    DB_ARGS(db_int(marketo_base(query->set->sub, query->set->object)),
                            db_int(query->set->fields[query->slot]->id), db_text(keys[i]),
                            db_int(after)));
        while (hits->count <= (size_t)query->batch && store_next(&rows)) {
            take_hit(query, hits, i, db_column_int(&rows, 0));
        }
    }
}

void marketo_object_list(struct mock_call *call, struct mock_reply *reply)
{
    enum marketo_object object = marketo_object_of(call);
    struct query query = {.kind = &marketo_kinds[object]};
    struct json_writer writer;
    struct hits hits = {0};
    const char *next = NULL;

    query.set = marketo_set_load(call->arena, call->db, marketo_sub(call), object);
    if (marketo_crm_refuses(call, reply, query.kind, false) || !read_query(call, reply, &query)) {
        return;
    }
    find_hits(call, &query, &hits);
    if (hits.count > (size_t)query.batch) {
        hits.count--;
        next = marketo_position_make(call, query.read, hits.places[hits.count - 1]);
    }
    writer = marketo_open(call, reply);
    for (size_t i = 0; i < hits.count; i++) {
        struct marketo_record record;

        (void)marketo_record_get(call->arena, call->db, query.set, hits.ids[i], &record);
        jw_object(&writer);
        jw_member_int(&writer, "seq", (int64_t)i);
        for (size_t j = 0; j < query.slot_count; j++) {
            write_value(&writer, query.set, &record, query.slots[j]);
        }
        jw_object_end(&writer);
    }
    marketo_close(&writer, next, next != NULL ? MARKETO_MORE : MARKETO_NO_MORE_KEY);
}
