/* Writing the four objects. Sources: as objects.c. */
#include <string.h>

#include "marketo/kinds.h"
#include "marketo/marketo.h"
#include "marketo/objects.h"
#include "store/store.h"

enum { MOST_INPUT = 300 };

/* One call of sync or delete. */
struct change_call {
    const struct marketo_kind *kind;
    struct marketo_set *set;
    struct marketo_author author;
    struct marketo_input input;
    bool by_id, create, update; /* what the action allows */
    bool remove;
    int64_t seen[MOST_INPUT]; /* records that this call has touched */
    size_t seen_count;
};

/* dedupeBy or deleteBy; false after a refusal. */
static bool read_by(struct mock_call *call, struct mock_reply *reply, const cJSON *body,
                    const char *name, struct change_call *ret)
{
    const cJSON *given = json_get(body, name);
    const char *by = cJSON_GetStringValue(given);

    if (given == NULL || cJSON_IsNull(given) || str_eq(by, "dedupeFields")) {
        return true;
    }
    /* By a GUID, which is the service's own, only what is there can be written. */
    if (!str_eq(by, "idField") ||
        (!ret->remove && ret->create && (!ret->update || !str_eq(ret->kind->id_field, "id")))) {
        marketo_refuse(call, reply, MARKETO_BAD_DEDUPE, by, name);
        return false;
    }
    ret->by_id = true;
    return true;
}

static bool read_object_action(struct mock_call *call, struct mock_reply *reply, const cJSON *body,
                               struct change_call *ret)
{
    const cJSON *given = json_get(body, "action");
    const char *action =
        given == NULL || cJSON_IsNull(given) ? "createOrUpdate" : cJSON_GetStringValue(given);

    ret->create = str_eq(action, "createOrUpdate") || str_eq(action, "createOnly");
    ret->update = str_eq(action, "createOrUpdate") || str_eq(action, "updateOnly");
    if (!ret->create && !ret->update) {
        marketo_refuse(call, reply, MARKETO_BAD_ACTION, action, NULL);
        return false;
    }
    return true;
}

/* The record that an element of the input is about; 0: none. False: its key is missing. */
static bool find_target(struct mock_call *call, struct change_call *change, const cJSON *item,
                        int64_t *ret_id, struct marketo_reason *reason)
{
    int slot = marketo_slot(change->set, change->kind->id_field);
    const cJSON *member;
    const char *text = NULL;
    int64_t ids[2];

    if (!change->by_id) {
        *reason = (struct marketo_reason){MARKETO_MISSING_PARAMETER, NULL, NULL};
        return marketo_find_by_keys(call, change->kind, change->set, item, ret_id, &reason->a);
    }
    cJSON_ArrayForEach(member, item)
    {
        int64_t number;

        if (str_ieq(member->string, change->kind->id_field)) {
            text = json_int(member, &number) ? arena_printf(call->arena, "%lld", (long long)number)
                                             : cJSON_GetStringValue(member);
        }
    }
    *reason = (struct marketo_reason){MARKETO_MISSING_PARAMETER, change->kind->id_field, NULL};
    *ret_id = text != NULL && marketo_records_find(call->arena, call->db, change->set, slot, text,
                                                   NULL, ids) > 0
                  ? ids[0]
                  : 0;
    return text != NULL;
}

/* Whether a person, a company or an opportunity is the sales person's. */
static bool sells(struct mock_call *call, struct change_call *change,
                  const struct marketo_record *record)
{
    static const enum marketo_object objects[] = {MARKETO_LEAD, MARKETO_COMPANY,
                                                  MARKETO_OPPORTUNITY};
    static const char name[] = "externalSalesPersonId";
    const char *key =
        marketo_value_plain(call->arena, &record->values[marketo_slot(change->set, name)]);

    for (size_t i = 0; key != NULL && i < ARRAY_LEN(objects); i++) {
        struct marketo_set *set =
            marketo_set_load(call->arena, call->db, change->author.sub, objects[i]);
        int slot = marketo_slot(set, name);
        int64_t ids[2];

        if (slot == MARKETO_NO_SLOT) {
            continue;
        }
        marketo_records_index(call->arena, call->db, set, slot);
        if (marketo_records_find(call->arena, call->db, set, slot, key, NULL, ids) > 0) {
            return true;
        }
    }
    return false;
}

/* Whether others still point to it. */
static bool in_use(struct mock_call *call, struct change_call *change,
                   const struct marketo_record *record)
{
    const char *key;
    int slot = marketo_slot(change->set, "externalCompanyId");

    if (change->set->object == MARKETO_SALESPERSON) {
        return sells(call, change, record);
    }
    if (change->set->object != MARKETO_COMPANY) {
        return false;
    }
    key = marketo_value_plain(call->arena, &record->values[slot]);
    return key != NULL &&
           store_int(call->db,
                     "SELECT 1 FROM marketo_records WHERE company = ? AND key > ? AND key < ?",
                     DB_ARGS(db_text(marketo_value_key(call->arena, key)),
                             db_int(marketo_base(change->author.sub, MARKETO_LEAD)),
                             db_int(marketo_base(change->author.sub, MARKETO_COMPANY))),
                     0) != 0;
}

/* A role names an opportunity and a person that are there. */
static bool check_role(struct mock_call *call, struct change_call *change, const cJSON *item,
                       struct marketo_reason *reason)
{
    struct marketo_set *opportunities, *people;
    const cJSON *member;
    int64_t ids[2];

    if (change->set->object != MARKETO_ROLE) {
        return true;
    }
    opportunities =
        marketo_set_load(call->arena, call->db, change->author.sub, MARKETO_OPPORTUNITY);
    people = marketo_set_load(call->arena, call->db, change->author.sub, MARKETO_LEAD);
    cJSON_ArrayForEach(member, item)
    {
        int64_t number = 0;
        const char *text = cJSON_GetStringValue(member);

        text =
            json_int(member, &number) ? arena_printf(call->arena, "%lld", (long long)number) : text;
        if (str_ieq(member->string, "externalOpportunityId") && text != NULL &&
            marketo_records_find(call->arena, call->db, opportunities,
                                 marketo_slot(opportunities, "externalOpportunityId"), text, NULL,
                                 ids) == 0) {
            *reason = (struct marketo_reason){MARKETO_RECORD_UNKNOWN, NULL, NULL};
            return false;
        }
        if (str_ieq(member->string, "leadId") && text != NULL &&
            marketo_records_find(call->arena, call->db, people, marketo_slot(people, "id"), text,
                                 NULL, ids) == 0) {
            *reason = (struct marketo_reason){MARKETO_LEAD_UNKNOWN, NULL, NULL};
            return false;
        }
    }
    return true;
}

/* Whether a record that was found by its id would get the key of another one. */
static bool key_taken(struct mock_call *call, const struct change_call *change,
                      const struct marketo_record *record, const struct marketo_change *changes,
                      size_t count)
{
    cJSON *keys = json_new_object(call->arena);
    const char *missing;
    int64_t id = 0;

    for (size_t i = 0; change->kind->keys[i] != NULL; i++) {
        int slot = marketo_slot(change->set, change->kind->keys[i]);
        struct marketo_value value = record->values[slot];

        for (size_t j = 0; j < count; j++) {
            value = changes[j].slot == slot ? changes[j].value : value;
        }
        cJSON_AddItemToObject(keys, change->kind->keys[i],
                              value.raw != NULL
                                  ? cJSON_CreateString(marketo_value_plain(call->arena, &value))
                                  : cJSON_CreateNull());
    }
    return marketo_find_by_keys(call, change->kind, change->set, keys, &id, &missing) && id != 0 &&
           id != record->id;
}

/* A field that may not be empty is given empty, or, in a new record, not at all. */
static bool name_missing(const struct change_call *change, const struct marketo_change *changes,
                         size_t count, bool created)
{
    int slot = change->kind->not_null != NULL ? marketo_slot(change->set, change->kind->not_null)
                                              : MARKETO_NO_SLOT;
    bool missing = slot != MARKETO_NO_SLOT && created;

    for (size_t i = 0; i < count; i++) {
        if (changes[i].slot == slot) {
            missing = changes[i].value.raw == NULL;
        }
    }
    return missing;
}

static void create_record(struct mock_call *call, struct change_call *change,
                          const struct marketo_change *changes, size_t count, int64_t *ret_id)
{
    struct marketo_record record;
    int guid = marketo_slot(change->set, "marketoGUID");

    marketo_record_init(call->arena, change->set, &record);
    for (size_t i = 0; i < count; i++) {
        record.values[changes[i].slot] = changes[i].value;
    }
    if (guid != MARKETO_NO_SLOT) {
        record.values[guid] = marketo_value_text(call->arena, mock_call_guid(call));
    }
    record.created_ms = call->now_ms;
    record.updated_ms = call->now_ms;
    record.settled_ms = call->now_ms;
    marketo_record_insert(call->arena, call->db, change->set, &record);
    *ret_id = record.id;
}

static void update_record(struct mock_call *call, struct change_call *change,
                          const struct marketo_record *before, const struct marketo_change *changes,
                          size_t count)
{
    struct marketo_record now = *before;
    bool changed = false;

    now.values = arena_array(call->arena, change->set->count, sizeof *now.values);
    memcpy(now.values, before->values, change->set->count * sizeof *now.values);
    for (size_t i = 0; i < count; i++) {
        changed |= !marketo_value_equal(&now.values[changes[i].slot], &changes[i].value);
        now.values[changes[i].slot] = changes[i].value;
    }
    if (!changed) {
        return;
    }
    now.updated_ms = call->now_ms;
    marketo_record_update(call->arena, call->db, change->set, before, &now);
    if (change->set->object == MARKETO_COMPANY) {
        marketo_people_follow(&change->author, change->set, before, &now);
    }
}

/* Does one element; returns its status, or NULL and the reason. */
static const char *change_one(struct mock_call *call, struct change_call *change, const cJSON *item,
                              int64_t *ret_id, struct marketo_reason *reason)
{
    struct marketo_change *changes;
    struct marketo_record record;
    size_t count;

    if (!marketo_input_read(call, &change->input, item, &changes, &count, reason) ||
        !find_target(call, change, item, ret_id, reason)) {
        return NULL;
    }
    if (*ret_id == 0 && (change->remove || !change->create || change->by_id)) {
        *reason = (struct marketo_reason){MARKETO_RECORD_UNKNOWN, NULL, NULL};
        return NULL;
    }
    if (*ret_id != 0 && !change->remove && !change->update) {
        *reason = (struct marketo_reason){MARKETO_OBJECT_EXISTS, NULL, NULL};
        return NULL;
    }
    for (size_t i = 0; *ret_id != 0 && i < change->seen_count; i++) {
        if (change->seen[i] == *ret_id) {
            *reason = (struct marketo_reason){MARKETO_TWICE, NULL, NULL};
            return NULL;
        }
    }
    if (*ret_id != 0) {
        (void)marketo_record_get(call->arena, call->db, change->set, *ret_id, &record);
    }
    if (change->remove) {
        if (in_use(call, change, &record)) {
            *reason = (struct marketo_reason){MARKETO_IN_USE, NULL, NULL};
            return NULL;
        }
        marketo_record_delete(call->arena, call->db, change->set, &record);
    } else if (!check_role(call, change, item, reason)) {
        return NULL;
    } else if (name_missing(change, changes, count, *ret_id == 0)) {
        *reason = (struct marketo_reason){MARKETO_NULL_NAME, change->kind->not_null, NULL};
        return NULL;
    } else if (change->by_id && key_taken(call, change, &record, changes, count)) {
        *reason = (struct marketo_reason){MARKETO_OBJECT_EXISTS, NULL, NULL};
        return NULL;
    } else if (*ret_id != 0) {
        update_record(call, change, &record, changes, count);
    } else {
        create_record(call, change, changes, count, ret_id);
        change->seen[change->seen_count++] = *ret_id;
        return "created";
    }
    change->seen[change->seen_count++] = *ret_id;
    return change->remove ? "deleted" : "updated";
}

/* The id by which the object's answers name a record. */
static void write_id(struct mock_call *call, struct json_writer *writer,
                     const struct change_call *change, int64_t id, const char *guid)
{
    if (str_eq(change->kind->id_field, "id")) {
        jw_member_int(writer, "id", id);
    } else {
        jw_member_text(writer, "marketoGUID", guid);
    }
    (void)call;
}

static const char *guid_of(struct mock_call *call, const struct change_call *change, int64_t id)
{
    int slot = marketo_slot(change->set, "marketoGUID");
    struct marketo_record record;

    return slot != MARKETO_NO_SLOT && id != 0 &&
                   marketo_record_get(call->arena, call->db, change->set, id, &record)
               ? marketo_value_plain(call->arena, &record.values[slot])
               : NULL;
}

static void change_all(struct mock_call *call, struct mock_reply *reply, struct change_call *change,
                       const cJSON *list)
{
    struct json_writer writer = marketo_open(call, reply);
    const cJSON *item;
    int64_t seq = 0;

    cJSON_ArrayForEach(item, list)
    {
        struct marketo_reason reason = {MARKETO_NO_RECORD_OBJECT, NULL, NULL};
        const char *status, *guid = NULL;
        int64_t id = 0, target = 0;
        struct marketo_reason ignored;

        if (change->remove && find_target(call, change, item, &target, &ignored)) {
            guid = guid_of(call, change, target); /* asked before it is gone */
        }
        status = change_one(call, change, item, &id, &reason);
        jw_object(&writer);
        jw_member_int(&writer, "seq", seq++);
        if (status == NULL) {
            marketo_write_skipped(call, &writer, &reason);
            continue;
        }
        jw_member_text(&writer, "status", status);
        write_id(call, &writer, change, id, guid != NULL ? guid : guid_of(call, change, id));
        jw_object_end(&writer);
    }
    marketo_close(&writer, NULL, MARKETO_NO_MORE_KEY);
}

static void change_records(struct mock_call *call, struct mock_reply *reply, bool remove)
{
    enum marketo_object object = marketo_object_of(call);
    struct change_call change = {
        .kind = &marketo_kinds[object], .author = marketo_author_of(call, NULL), .remove = remove};
    const cJSON *body, *list;

    if (marketo_crm_refuses(call, reply, change.kind, true) || !marketo_body(call, reply, &body) ||
        (!remove && !read_object_action(call, reply, body, &change)) ||
        !read_by(call, reply, body, remove ? "deleteBy" : "dedupeBy", &change) ||
        (list = marketo_input_list(call, reply, body)) == NULL) {
        return;
    }
    change.set = marketo_set_load(call->arena, call->db, change.author.sub, object);
    change.input = (struct marketo_input){
        .set = change.set, .connector = change.author.connector, .id_allowed = true};
    change_all(call, reply, &change, list);
}

void marketo_object_sync(struct mock_call *call, struct mock_reply *reply)
{
    change_records(call, reply, false);
}

void marketo_object_delete(struct mock_call *call, struct mock_reply *reply)
{
    change_records(call, reply, true);
}
