/* Writing people. Source: marketo-leads. */
#include <string.h>

#include "marketo/connection.h"
#include "marketo/leads.h"
#include "marketo/marketo.h"
#include "store/store.h"

enum { MOST_INPUT = 300, MOST_LOSERS = 25 };

enum action { CREATE_ONLY, UPDATE_ONLY, CREATE_OR_UPDATE, CREATE_DUPLICATE, ACTIONS };
static const char *const action_words[ACTIONS] = {"createOnly", "updateOnly", "createOrUpdate",
                                                  "createDuplicate"};

void marketo_write_skipped(struct mock_call *call, struct json_writer *writer,
                           const struct marketo_reason *reason)
{
    jw_member_text(writer, "status", "skipped");
    jw_key(writer, "reasons");
    jw_array(writer);
    jw_object(writer);
    jw_member_text(writer, "code", marketo_error_code(reason->error));
    jw_member_text(writer, "message",
                   marketo_error_text(call->arena, reason->error, reason->a, reason->b));
    jw_object_end(writer);
    jw_array_end(writer);
    jw_object_end(writer);
}

const cJSON *marketo_input_list(struct mock_call *call, struct mock_reply *reply, const cJSON *body)
{
    const cJSON *input = json_get(body, "input");
    int count = cJSON_GetArraySize(input);

    if (!cJSON_IsArray(input) || count == 0) {
        marketo_refuse(call, reply, MARKETO_NO_INPUT, NULL, NULL);
        return NULL;
    }
    if (count > MOST_INPUT) {
        marketo_refuse(call, reply, MARKETO_TOO_MUCH_INPUT, NULL, NULL);
        return NULL;
    }
    return input;
}

/* Whether a field is one that this caller may not write. */
static bool is_read_only(const struct marketo_input *input, const struct marketo_field *field)
{
    return !input->allow_read_only && ((field->flags & FIELD_READ_ONLY) != 0 ||
                                       ((field->flags & FIELD_CRM) != 0 && !input->connector));
}

/* The slot of the n-th member of a record. */
static int slot_of(const struct marketo_input *input, const char *name, size_t n)
{
    struct marketo_habit *habit = input->habit;
    int slot;

    if (habit == NULL || n >= MARKETO_MOST_HABITS) {
        return marketo_slot(input->set, name);
    }
    if (habit->names[n] != NULL && strcmp(habit->names[n], name) == 0) {
        return habit->slots[n];
    }
    slot = marketo_slot(input->set, name);
    habit->names[n] = name;
    habit->slots[n] = slot;
    return slot;
}

bool marketo_input_read(struct mock_call *call, const struct marketo_input *input,
                        const cJSON *item, struct marketo_change **ret, size_t *ret_count,
                        struct marketo_reason *ret_reason)
{
    const cJSON *member;
    size_t count = 0, n = 0;

    if (!cJSON_IsObject(item)) {
        *ret_reason = (struct marketo_reason){MARKETO_NO_RECORD_OBJECT, NULL, NULL};
        return false;
    }
    *ret = arena_array(call->arena, (size_t)cJSON_GetArraySize(item) + 1, sizeof **ret);
    cJSON_ArrayForEach(member, item)
    {
        int slot = slot_of(input, member->string, n++);
        const struct marketo_field *field;

        if (slot == MARKETO_NO_SLOT) {
            *ret_reason = (struct marketo_reason){MARKETO_FIELD_UNKNOWN, member->string, NULL};
            return false;
        }
        field = input->set->fields[slot];
        if (slot == input->set->known[KNOWN_ID]) {
            if (!input->id_allowed) {
                *ret_reason = (struct marketo_reason){MARKETO_ID_GIVEN, input->action, NULL};
                return false;
            }
            continue;
        }
        if (is_read_only(input, field)) {
            if (input->refuse_read_only) {
                *ret_reason = (struct marketo_reason){MARKETO_READ_ONLY, field->name, NULL};
                return false;
            }
            continue;
        }
        (*ret)[count].slot = slot;
        if (!marketo_value_take(call->arena, field, member, &(*ret)[count].value, ret_reason)) {
            return false;
        }
        count++;
    }
    *ret_count = count;
    return true;
}

/* One call of sync leads. */
struct sync {
    struct marketo_author author;
    struct marketo_set *set;
    enum action action;
    int lookup; /* slot */
    struct marketo_input input;
    struct marketo_view view;
    bool overlap, linked, company_fields;
};

static bool read_action(struct mock_call *call, struct mock_reply *reply, const cJSON *body,
                        enum action *ret)
{
    const char *word = json_get_text(body, "action");

    *ret = CREATE_OR_UPDATE;
    if (json_get(body, "action") == NULL || cJSON_IsNull(json_get(body, "action"))) {
        return true;
    }
    for (size_t i = 0; i < ACTIONS; i++) {
        if (str_eq(word, action_words[i])) {
            *ret = (enum action)i;
            return true;
        }
    }
    marketo_refuse(call, reply, MARKETO_BAD_ACTION, word, NULL);
    return false;
}

static bool read_lookup(struct mock_call *call, struct mock_reply *reply, const cJSON *body,
                        struct sync *sync)
{
    const cJSON *given = json_get(body, "lookupField");
    const char *name = given == NULL || cJSON_IsNull(given) ? "email" : cJSON_GetStringValue(given);

    if (name == NULL) {
        marketo_refuse(call, reply, MARKETO_WRONG_TYPE, json_text(call->arena, given), "String");
        return false;
    }
    sync->lookup = marketo_slot(sync->set, name);
    if (sync->lookup == MARKETO_NO_SLOT) {
        marketo_refuse(call, reply, MARKETO_FIELD_UNKNOWN, name, NULL);
        return false;
    }
    if ((sync->set->fields[sync->lookup]->flags & FIELD_SEARCH) == 0 ||
        (str_eq(sync->set->fields[sync->lookup]->name, "id") && sync->action != UPDATE_ONLY)) {
        marketo_refuse(call, reply, MARKETO_FIELD_UNSUPPORTED, name, NULL);
        return false;
    }
    marketo_records_index(call->arena, call->db, sync->set, sync->lookup);
    return true;
}

/* With native sync company and owner come from the CRM: others' links are taken and ignored. */
static void drop_links(const struct sync *sync, struct marketo_change *changes, size_t *count)
{
    size_t kept = 0;

    for (size_t i = 0; i < *count; i++) {
        const char *name = sync->set->fields[changes[i].slot]->name;

        if (!sync->linked || sync->author.connector ||
            (!str_eq(name, "externalCompanyId") && !str_eq(name, "externalSalesPersonId"))) {
            changes[kept++] = changes[i];
        }
    }
    *count = kept;
}

/* Company fields belong to the company of a person that has one. */
static bool company_refused(const struct sync *sync, const struct marketo_record *record,
                            const struct marketo_change *changes, size_t count)
{
    bool joined = record != NULL && record->company != NULL, touches = false;

    for (size_t i = 0; i < count; i++) {
        const struct marketo_field *field = sync->set->fields[changes[i].slot];

        joined |= str_eq(field->name, "externalCompanyId") && changes[i].value.raw != NULL;
        touches |= (field->flags & FIELD_COMPANY) != 0;
    }
    return touches && (joined || !sync->company_fields);
}

/* The text of the look-up field in a record; NULL when it is missing or empty. */
static const char *lookup_text(struct mock_call *call, const struct sync *sync, const cJSON *item,
                               const struct marketo_change *changes, size_t count)
{
    const cJSON *member;
    int64_t id;

    for (size_t i = count; i > 0; i--) { /* of two spellings of a name the last one is written */
        if (changes[i - 1].slot == sync->lookup) {
            return marketo_value_plain(call->arena, &changes[i - 1].value);
        }
    }
    /* What is no change may be looked for all the same: the id, and read-only fields. */
    cJSON_ArrayForEach(member, item)
    {
        if (marketo_slot(sync->set, member->string) == sync->lookup) {
            return json_int(member, &id) ? arena_printf(call->arena, "%lld", (long long)id)
                                         : cJSON_GetStringValue(member);
        }
    }
    return NULL;
}

static void write_result(struct json_writer *writer, int64_t id, const char *status)
{
    jw_object(writer);
    jw_member_int(writer, "id", id);
    jw_member_text(writer, "status", status);
    jw_object_end(writer);
}

/* What the action makes of that many matches; false: the reason why not. */
static bool judge(const struct sync *sync, size_t found, struct marketo_reason *ret)
{
    ret->error = found > 1                                  ? MARKETO_SEVERAL_LEADS
                 : sync->action == CREATE_ONLY && found > 0 ? MARKETO_LEAD_EXISTS
                                                            : MARKETO_LEAD_UNKNOWN;
    ret->a = NULL;
    return found <= 1 && !(sync->action == CREATE_ONLY && found > 0) &&
           !(sync->action == UPDATE_ONLY && found == 0);
}

/* Writes one record and its result; false with the reason when it is skipped. */
static bool sync_one(struct mock_call *call, const struct sync *sync, const cJSON *item,
                     struct json_writer *writer, struct marketo_reason *reason)
{
    struct marketo_change *changes;
    struct marketo_record record;
    size_t count, found = 0;
    int64_t ids[2];

    if (!marketo_input_read(call, &sync->input, item, &changes, &count, reason)) {
        return false;
    }
    drop_links(sync, changes, &count);
    if (sync->action != CREATE_DUPLICATE) {
        const char *text = lookup_text(call, sync, item, changes, count);

        if (text == NULL || *text == '\0') {
            *reason = (struct marketo_reason){MARKETO_NO_LOOKUP_VALUE,
                                              sync->set->fields[sync->lookup]->name, NULL};
            return false;
        }
        found = marketo_records_find(call->arena, call->db, sync->set, sync->lookup, text,
                                     sync->overlap ? &sync->view : NULL, ids);
        if (!judge(sync, found, reason)) {
            if (found > 1) {
                mock_call_rule(call, "DUP-01");
            }
            return false;
        }
    }
    if (found > 0) {
        (void)marketo_record_get(call->arena, call->db, sync->set, ids[0], &record);
    }
    if (company_refused(sync, found > 0 ? &record : NULL, changes, count)) {
        reason->error = MARKETO_COMPANY_UPDATE;
        return false;
    }
    if (found > 0) {
        (void)marketo_person_update(&sync->author, sync->set, &record, changes, count);
        write_result(writer, ids[0], "updated");
    } else {
        write_result(writer, marketo_person_create(&sync->author, sync->set, changes, count),
                     "created");
    }
    return true;
}

static void sync_all(struct mock_call *call, struct mock_reply *reply, const struct sync *sync,
                     const cJSON *list, const char *partition)
{
    struct json_writer writer = marketo_open(call, reply);
    const cJSON *item;

    cJSON_ArrayForEach(item, list)
    {
        struct marketo_reason reason = {MARKETO_PARTITION, partition, NULL};

        if ((partition != NULL && !str_eq(partition, "Default")) ||
            !sync_one(call, sync, item, &writer, &reason)) {
            jw_object(&writer);
            marketo_write_skipped(call, &writer, &reason);
        }
    }
    marketo_close(&writer, NULL, MARKETO_NO_MORE_KEY);
}

void marketo_lead_sync(struct mock_call *call, struct mock_reply *reply)
{
    const char *scope = marketo_scope(call);
    struct sync sync = {.author = marketo_author_of(call, NULL)};
    struct marketo_habit habit = {0};
    const cJSON *body, *list;

    if (!marketo_body(call, reply, &body) || !read_action(call, reply, body, &sync.action)) {
        return;
    }
    sync.set = marketo_set_load(call->arena, call->db, sync.author.sub, MARKETO_LEAD);
    list = marketo_input_list(call, reply, body);
    if (list == NULL || !read_lookup(call, reply, body, &sync)) {
        return;
    }
    sync.input = (struct marketo_input){
        .set = sync.set,
        .connector = sync.author.connector,
        .refuse_read_only =
            str_eq(store_setting_text(call->db, call->arena, scope, "readOnlyFields"), "refuse"),
        .id_allowed = sync.action == UPDATE_ONLY,
        .action = action_words[sync.action],
        .habit = &habit,
    };
    sync.view = (struct marketo_view){
        .settled_by_ms = call->now_ms,
        .own_from = marketo_peek_id(call->db, sync.author.sub, "leads"),
    };
    sync.overlap = store_setting_bool(call->db, scope, "overlappingUpserts");
    sync.linked = marketo_connected(call->db, sync.author.sub);
    sync.company_fields =
        str_eq(store_setting_text(call->db, call->arena, scope, "companyFields"), "unlinked");
    sync_all(call, reply, &sync, list, json_get_text(body, "partitionName"));
}

/* The ids of a delete: {"input":[{"id":1}]}, or `id` in the query. False after a refusal. */
static bool read_ids(struct mock_call *call, struct mock_reply *reply, const char ***ret,
                     size_t *ret_count)
{
    const cJSON *body, *list, *item;
    int64_t id;

    *ret = marketo_list(call, "id", ret_count);
    if (*ret_count > 0 || call->body_len == 0) {
        if (*ret_count == 0) {
            marketo_refuse(call, reply, MARKETO_NO_LEAD_IDS, NULL, NULL);
        } else if (*ret_count > MOST_INPUT) {
            marketo_refuse(call, reply, MARKETO_TOO_MUCH_INPUT, NULL, NULL);
        }
        return *ret_count > 0 && *ret_count <= MOST_INPUT;
    }
    if (!marketo_body(call, reply, &body) ||
        (list = marketo_input_list(call, reply, body)) == NULL) {
        return false;
    }
    *ret = arena_array(call->arena, (size_t)cJSON_GetArraySize(list), sizeof **ret);
    cJSON_ArrayForEach(item, list)
    {
        const cJSON *given = json_get(item, "id");

        (*ret)[(*ret_count)++] = json_int(given, &id)
                                     ? arena_printf(call->arena, "%lld", (long long)id)
                                 : cJSON_IsString(given) ? given->valuestring
                                                         : "null";
    }
    return true;
}

void marketo_lead_delete(struct mock_call *call, struct mock_reply *reply)
{
    struct marketo_author author = marketo_author_of(call, NULL);
    const struct marketo_set *set =
        marketo_set_load(call->arena, call->db, author.sub, MARKETO_LEAD);
    struct json_writer writer;
    const char **ids;
    size_t count;

    if (!read_ids(call, reply, &ids, &count)) {
        return;
    }
    for (size_t i = 0; i < count; i++) {
        int64_t id;

        if (!str_int(ids[i], INT64_MIN, INT64_MAX, &id)) {
            marketo_refuse(call, reply, MARKETO_WRONG_TYPE, ids[i], "Integer");
            return;
        }
    }
    writer = marketo_open(call, reply);
    for (size_t i = 0; i < count; i++) {
        struct marketo_reason reason = {MARKETO_LEAD_UNKNOWN, NULL, NULL};
        struct marketo_record record;
        int64_t id = 0;

        (void)str_int(ids[i], INT64_MIN, INT64_MAX, &id);
        if (id > 0 && id <= INT32_MAX &&
            marketo_record_get(call->arena, call->db, set, id, &record)) {
            marketo_person_delete(&author, set, &record);
            write_result(&writer, id, "deleted");
        } else {
            jw_object(&writer);
            jw_member_int(&writer, "id", id);
            marketo_write_skipped(call, &writer, &reason);
        }
    }
    marketo_close(&writer, NULL, MARKETO_NO_MORE_KEY);
    mock_call_rule(call, "DEL-02");
}

/* What the loser did becomes the winner's. Source: marketo-leads. */
static void unite_activities(const struct marketo_author *author, int64_t winner_id,
                             int64_t loser_id)
{
    store_run(author->call->db,
              "UPDATE marketo_activities SET lead = ?1 WHERE lead = ?2 AND key >= ?3 << 44"
              " AND key < (?3 + 1) << 44",
              DB_ARGS(db_int(winner_id), db_int(loser_id), db_int(author->sub)));
}

/* The winner's empty fields are filled from the loser, who goes without a Delete activity. */
static void merge_one(const struct marketo_author *author, const struct marketo_set *set,
                      int64_t winner_id, int64_t loser_id)
{
    struct mock_call *call = author->call;
    struct marketo_change *changes = arena_array(call->arena, set->count, sizeof *changes);
    struct marketo_record winner, loser;
    size_t count = 0;

    (void)marketo_record_get(call->arena, call->db, set, winner_id, &winner);
    (void)marketo_record_get(call->arena, call->db, set, loser_id, &loser);
    for (size_t i = 0; i < set->count; i++) {
        if (winner.values[i].raw == NULL && loser.values[i].raw != NULL &&
            (set->fields[i]->flags & (FIELD_READ_ONLY | FIELD_CRM)) == 0) {
            changes[count++] = (struct marketo_change){(int)i, loser.values[i]};
        }
    }
    marketo_record_delete(call->arena, call->db, set, &loser);
    unite_activities(author, winner_id, loser_id);
    (void)marketo_person_update(author, set, &winner, changes, count);
    {
        const struct marketo_activity_value values[] = {
            {"Merge IDs", arena_printf(call->arena, "%lld", (long long)loser_id)},
            {"Master Updated", count > 0 ? "True" : "False"},
            {"Merged in Sales", "False"},
            {"Merge Source", author->source},
            {0}};

        marketo_activity_add(author, winner_id, ACTIVITY_MERGE_LEADS, winner_id,
                             marketo_person_name(call->arena, set, &winner), values);
    }
}

void marketo_lead_merge(struct mock_call *call, struct mock_reply *reply)
{
    struct marketo_author author = marketo_author_of(call, NULL);
    const struct marketo_set *set =
        marketo_set_load(call->arena, call->db, author.sub, MARKETO_LEAD);
    size_t count;
    const char **losers = marketo_list(call, "leadIds", &count);
    int64_t ids[MOST_LOSERS + 1];

    if (count == 0) {
        losers = marketo_list(call, "leadId", &count);
    }
    if (count == 0 || count > MOST_LOSERS) {
        marketo_refuse(call, reply, count == 0 ? MARKETO_NO_LEAD_IDS : MARKETO_TOO_MANY_LOSERS,
                       NULL, NULL);
        return;
    }
    if (str_ieq(uri_param(&call->params, "mergeInCRM"), "true") &&
        marketo_connected(call->db, author.sub)) {
        marketo_refuse(call, reply, MARKETO_NOT_DYNAMICS_MERGE, NULL, NULL);
        return;
    }
    for (size_t i = 0; i <= count; i++) { /* the winner first: it is none of the losers */
        const char *text = i > 0 ? losers[i - 1] : call->vars[0];
        struct marketo_record record;

        if (!str_int(text, 1, INT32_MAX, &ids[i]) || (i > 0 && ids[i] == ids[0]) ||
            !marketo_record_get(call->arena, call->db, set, ids[i], &record)) {
            marketo_refuse(call, reply, MARKETO_LEAD_UNKNOWN, NULL, NULL);
            return;
        }
    }
    for (size_t i = 1; i <= count; i++) {
        struct marketo_record record; /* one id may stand twice */

        if (marketo_record_get(call->arena, call->db, set, ids[i], &record)) {
            merge_one(&author, set, ids[0], ids[i]);
        }
    }
    marketo_done(call, reply, NULL, MARKETO_NO_MORE_KEY);
}
