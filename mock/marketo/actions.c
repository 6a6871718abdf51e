#include "marketo/actions.h"

#include <string.h>

#include "base/guid.h"
#include "base/iso8601.h"
#include "marketo/connection.h"
#include "marketo/leads.h"
#include "marketo/load.h"
#include "marketo/marketo.h"
#include "marketo/page.h"
#include "marketo/selection.h"
#include "server/world.h"
#include "store/directory.h"
#include "store/store.h"

enum { SECRET_LEN = 32 };

/* AUTH-08, CONF-04: April is included. */
static const char revert_ends[] = "2022-04-30T23:59:59.999Z";

/* Actions are about the first subscription. */
static void choose_subscription(struct mock_call *call)
{
    call->munchkin =
        store_text(call->db, call->arena, "SELECT munchkin FROM subscriptions ORDER BY ord LIMIT 1",
                   DB_NO_ARGS);
}

static bool no_subscription(struct mock_call *call, struct mock_reply *reply)
{
    choose_subscription(call);
    if (call->munchkin == NULL) {
        mock_action_refuse(call, reply, "no_subscription", "the world has no subscription", NULL);
    }
    return call->munchkin == NULL;
}

static void answer_state(struct mock_call *call, struct mock_reply *reply,
                         const struct marketo_connection *connection)
{
    cJSON *body = json_new_object(call->arena);

    cJSON_AddStringToObject(body, "state", marketo_state_name(connection->state));
    cJSON_AddItemToObject(body, "authMethod",
                          connection->method != NULL ? cJSON_CreateString(connection->method)
                                                     : cJSON_CreateNull());
    mock_reply_json(call, reply, 200, body);
}

/* Support pauses a Basic connection until new credentials are entered and it is enabled again. */
static void enable_oauth_migration(struct mock_call *call, const cJSON *with,
                                   struct mock_reply *reply)
{
    struct marketo_connection connection;
    enum marketo_state next;
    const char *code;

    (void)with;
    if (no_subscription(call, reply)) {
        return;
    }
    marketo_connection_get(call->arena, call->db, marketo_sub(call), &connection);
    if (connection.state != MARKETO_NEW && !str_eq(connection.method, "basic")) {
        mock_action_refuse(call, reply, "not_basic",
                           "the connection does not use Basic authentication", NULL);
        return;
    }
    if (!marketo_connection_step(&connection, EVENT_FLAG, call->now_ms, &next, &code)) {
        mock_action_refuse(call, reply, code, marketo_refusal_text(code), NULL);
        return;
    }
    connection.flag = true;
    connection.flag_state = connection.state;
    connection.flag_username = connection.username;
    connection.state = next;
    marketo_connection_put(call->db, &connection);
    marketo_page_basic(call->db, call->arena, connection.organization, false);
    answer_state(call, reply, &connection);
}

/* Back to the very state and to Basic; what has been enabled since goes on as it is. */
static void revert_oauth_migration(struct mock_call *call, const cJSON *with,
                                   struct mock_reply *reply)
{
    struct marketo_connection connection;
    int64_t ends_ms = 0;

    (void)with;
    if (no_subscription(call, reply)) {
        return;
    }
    marketo_connection_get(call->arena, call->db, marketo_sub(call), &connection);
    (void)iso8601_parse(revert_ends, &ends_ms);
    if (!connection.flag) {
        mock_action_refuse(call, reply, "not_migrated",
                           "OAuth migration was not enabled for this subscription", NULL);
        return;
    }
    if (call->now_ms > ends_ms) {
        mock_action_refuse(call, reply, "too_late",
                           "the switch back to Basic authentication was possible until April 2022",
                           NULL);
        return;
    }
    if (connection.state == MARKETO_OAUTH_PAUSE || connection.state == MARKETO_SETTLING) {
        connection.state = connection.flag_state;
    }
    connection.flag = false;
    connection.method = "basic";
    connection.username = connection.flag_username;
    connection.client_id = NULL;
    connection.tenant_id = NULL;
    marketo_connection_put(call->db, &connection);
    marketo_page_basic(call->db, call->arena, connection.organization, true);
    answer_state(call, reply, &connection);
}

/* Everything of the subscription as new: a simplification, real ones are other hosts. */
static void forget(struct mock_call *call, int64_t sub)
{
    static const char *const tables[] = {"marketo_pass_last",   "marketo_pass_hours",
                                         "marketo_pass_errors", "marketo_pass_ids",
                                         "marketo_quick_sync",  "marketo_options"};
    bool had_crm_fields = store_int(call->db,
                                    "SELECT 1 FROM marketo_fields WHERE space = ? << 4"
                                    " AND name = 'msftType'",
                                    DB_ARGS(db_int(sub)), 0) != 0;
    bool had_key = store_int(call->db,
                             "SELECT 1 FROM marketo_fields WHERE space = ? << 4"
                             " AND name = 'dynamicsId'",
                             DB_ARGS(db_int(sub)), 0) != 0;

    marketo_records_clear(call->db, sub);
    store_run(call->db, "DELETE FROM marketo_activities WHERE key >= ? << 44 AND key < ? << 44",
              DB_ARGS(db_int(sub), db_int(sub + 1)));
    marketo_selection_clear(call->db, sub);
    for (size_t i = 0; i < ARRAY_LEN(tables); i++) {
        store_run(call->db, arena_printf(call->arena, "DELETE FROM %s WHERE sub = ?", tables[i]),
                  DB_ARGS(db_int(sub)));
    }
    if (had_crm_fields) {
        marketo_crm_fields(call->db, sub, had_key);
    }
    marketo_connection_put(call->db, &(struct marketo_connection){
                                         .sub = sub, .subscription_id = mock_call_guid(call)});
}

/* A name of the form 123-ABC-456 that no subscription has or had. */
static bool free_munchkin(struct mock_call *call, struct mock_reply *reply, const char *munchkin)
{
    static const char form[] = "999-AAA-999";
    bool good = strlen(munchkin) == sizeof form - 1;

    for (size_t i = 0; good && form[i] != '\0'; i++) {
        good = form[i] == '9'   ? munchkin[i] >= '0' && munchkin[i] <= '9'
               : form[i] == 'A' ? munchkin[i] >= 'A' && munchkin[i] <= 'Z'
                                : munchkin[i] == '-';
    }
    if (!good) {
        mock_action_refuse(call, reply, "bad_munchkin",
                           "expected a Munchkin id such as 123-ABC-456", "/munchkin");
        return false;
    }
    if (store_int(call->db,
                  "SELECT 1 FROM subscriptions WHERE munchkin = ?1 UNION"
                  " SELECT 1 FROM marketo_retired WHERE munchkin = ?1",
                  DB_ARGS(db_text(munchkin)), 0) != 0) {
        mock_action_refuse(call, reply, "munchkin_taken",
                           "another subscription has or had this Munchkin id", "/munchkin");
        return false;
    }
    return true;
}

/* A new client id and secret for an API user; the secret stands in this answer only. */
static void renew_user(struct mock_call *call, const char *client, const char *munchkin,
                       const char *prefix, cJSON *body)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    const char *id = mock_call_guid(call);
    char secret[SECRET_LEN + 1];
    struct directory_hash hash;

    random_text(&call->world->random, alphabet, secret, SECRET_LEN);
    directory_hash_make(&call->world->random, secret, &hash);
    store_run(call->db,
              "UPDATE api_users SET client_id = ?, munchkin = ?, salt = ?, hash = ?"
              " WHERE client_id = ?",
              DB_ARGS(db_text(id), db_text(munchkin), db_blob(hash.salt, sizeof hash.salt),
                      db_blob(hash.hash, sizeof hash.hash), db_text(client)));
    if (prefix != NULL) {
        cJSON_AddStringToObject(body, arena_join(call->arena, prefix, "_client_id", NULL), id);
        cJSON_AddStringToObject(body, arena_join(call->arena, prefix, "_client_secret", NULL),
                                secret);
    }
}

/* The first connector and the first other one are those of the line of `serve`. */
static void renew_users(struct mock_call *call, const char *munchkin, cJSON *body)
{
    const char *clients[64];
    bool connectors[64], named[2] = {false, false};
    size_t count = 0;

    {
        AUTO(db_rows) rows = {0};

        store_query(&rows, call->db,
                    "SELECT client_id, connector FROM api_users WHERE munchkin = ?"
                    " ORDER BY client_id LIMIT 64",
                    DB_ARGS(db_text(call->munchkin)));
        while (store_next(&rows)) {
            clients[count] = arena_strdup(call->arena, db_column_text(&rows, 0));
            connectors[count++] = db_column_int(&rows, 1) != 0;
        }
    }
    for (size_t i = 0; i < count; i++) {
        renew_user(call, clients[i], munchkin,
                   named[connectors[i]] ? NULL
                   : connectors[i]      ? "marketo"
                                        : "marketo_other",
                   body);
        named[connectors[i]] = true;
    }
}

static void replace_subscription(struct mock_call *call, const cJSON *with,
                                 struct mock_reply *reply)
{
    const char *munchkin = json_get_text(with, "munchkin");
    cJSON *body = json_new_object(call->arena);
    int64_t sub;

    if (no_subscription(call, reply) ||
        (munchkin != NULL && !free_munchkin(call, reply, munchkin))) {
        return;
    }
    sub = marketo_sub(call);
    forget(call, sub);
    cJSON_AddStringToObject(body, "munchkin", munchkin != NULL ? munchkin : call->munchkin);
    if (munchkin != NULL) {
        renew_users(call, munchkin, body);
        store_run(call->db, "INSERT INTO marketo_retired (munchkin) VALUES (?)",
                  DB_ARGS(db_text(call->munchkin)));
        store_run(call->db, "UPDATE subscriptions SET munchkin = ? WHERE munchkin = ?",
                  DB_ARGS(db_text(munchkin), db_text(call->munchkin)));
        store_run(call->db, "UPDATE settings SET scope = ? WHERE scope = ?",
                  DB_ARGS(db_text(arena_join(call->arena, "subscription/", munchkin, NULL)),
                          db_text(marketo_scope(call))));
    }
    mock_reply_json(call, reply, 200, body);
}

/* What a user does in Marketo's own pages: `set` in REST API names. */
static bool read_set(struct mock_call *call, struct mock_reply *reply,
                     const struct marketo_set *set, const cJSON *with, struct marketo_change **ret,
                     size_t *ret_count)
{
    const struct marketo_input input = {
        .set = set, .refuse_read_only = true, .action = "createOrUpdate"};
    struct marketo_reason reason;

    if (marketo_input_read(call, &input, json_get(with, "set"), ret, ret_count, &reason)) {
        return true;
    }
    mock_action_refuse(call, reply, "bad_set",
                       marketo_error_text(call->arena, reason.error, reason.a, reason.b), "/set");
    return false;
}

static bool find_person(struct mock_call *call, struct mock_reply *reply,
                        const struct marketo_set *set, const cJSON *with,
                        struct marketo_record *ret)
{
    int64_t id = json_get_int(with, "id", 0);

    if (id <= 0 || id > INT32_MAX || !marketo_record_get(call->arena, call->db, set, id, ret)) {
        mock_action_refuse(call, reply, "lead_unknown",
                           arena_printf(call->arena, "no person has the id %lld", (long long)id),
                           "/id");
        return false;
    }
    return true;
}

static void answer_id(struct mock_call *call, struct mock_reply *reply, int64_t id, bool changed)
{
    cJSON *body = json_new_object(call->arena);

    cJSON_AddNumberToObject(body, "id", (double)id);
    cJSON_AddBoolToObject(body, "changed", changed);
    mock_reply_json(call, reply, 200, body);
}

static void create_lead(struct mock_call *call, const cJSON *with, struct mock_reply *reply)
{
    const struct marketo_set *set;
    struct marketo_author author;
    struct marketo_change *changes;
    size_t count;

    if (no_subscription(call, reply)) {
        return;
    }
    author = marketo_author_of(call, "New person");
    set = marketo_set_load(call->arena, call->db, author.sub, MARKETO_LEAD);
    if (read_set(call, reply, set, with, &changes, &count)) {
        answer_id(call, reply, marketo_person_create(&author, set, changes, count), true);
    }
}

/* ENT-ACC-02: a company field of one person is that of all people of the company. */
static bool edit_company(const struct marketo_author *author, const struct marketo_set *people,
                         const struct marketo_record *person, const struct marketo_change *changes,
                         size_t count)
{
    struct mock_call *call = author->call;
    struct marketo_set *companies =
        marketo_set_load(call->arena, call->db, author->sub, MARKETO_COMPANY);
    struct marketo_record before, now;
    bool changed = false;
    int64_t ids[2];

    if (person->company == NULL ||
        marketo_records_find(call->arena, call->db, companies,
                             marketo_slot(companies, "externalCompanyId"), person->company, NULL,
                             ids) == 0) {
        return false;
    }
    (void)marketo_record_get(call->arena, call->db, companies, ids[0], &before);
    now = before;
    now.values = arena_array(call->arena, companies->count, sizeof *now.values);
    memcpy(now.values, before.values, companies->count * sizeof *now.values);
    for (size_t i = 0; i < count; i++) {
        const struct marketo_field *field = people->fields[changes[i].slot];
        int slot = (field->flags & FIELD_COMPANY) != 0 ? marketo_slot(companies, field->name)
                                                       : MARKETO_NO_SLOT;

        if (slot != MARKETO_NO_SLOT && !marketo_value_equal(&now.values[slot], &changes[i].value)) {
            now.values[slot] = changes[i].value;
            changed = true;
        }
    }
    if (changed) {
        mock_call_rule(call, "ENT-ACC-02");
        now.updated_ms = call->now_ms;
        marketo_record_update(call->arena, call->db, companies, &before, &now);
        marketo_people_follow(author, companies, &before, &now);
    }
    return changed;
}

static void edit_lead(struct mock_call *call, const cJSON *with, struct mock_reply *reply)
{
    const struct marketo_set *set;
    struct marketo_author author;
    struct marketo_change *changes;
    struct marketo_record record;
    size_t count, own = 0;
    bool changed = false;

    if (no_subscription(call, reply)) {
        return;
    }
    author = marketo_author_of(call, "Manual person edit");
    set = marketo_set_load(call->arena, call->db, author.sub, MARKETO_LEAD);
    if (!find_person(call, reply, set, with, &record) ||
        !read_set(call, reply, set, with, &changes, &count)) {
        return;
    }
    if (record.company != NULL) {
        changed = edit_company(&author, set, &record, changes, count);
        for (size_t i = 0; i < count; i++) { /* what is left is the person's own */
            if ((set->fields[changes[i].slot]->flags & FIELD_COMPANY) == 0) {
                changes[own++] = changes[i];
            }
        }
        count = own;
    }
    changed |= marketo_person_update(&author, set, &record, changes, count);
    answer_id(call, reply, record.id, changed);
}

static void delete_lead(struct mock_call *call, const cJSON *with, struct mock_reply *reply)
{
    const struct marketo_set *set;
    struct marketo_author author;
    struct marketo_record record;

    if (no_subscription(call, reply)) {
        return;
    }
    author = marketo_author_of(call, "Manual person delete");
    set = marketo_set_load(call->arena, call->db, author.sub, MARKETO_LEAD);
    if (find_person(call, reply, set, with, &record)) {
        mock_call_rule(call, "DEL-02");
        marketo_person_delete(&author, set, &record);
        answer_id(call, reply, record.id, true);
    }
}

/* Whether an earlier run waits for a pass: a person that is linked waits no more (ACT-02). */
static bool waits(struct mock_call *call, int64_t sub, int64_t lead)
{
    return store_int(call->db,
                     "SELECT 1 FROM marketo_activities WHERE key > ?1 << 44"
                     " AND key < (?1 + 1) << 44 AND lead = ?2 AND type = ?3 LIMIT 1",
                     DB_ARGS(db_int(sub), db_int(lead), db_int(ACTIVITY_SYNC_LEAD_TO_MICROSOFT)),
                     0) != 0;
}

/* Whether it was ever in Dynamics. */
static bool was_linked(const struct marketo_set *set, const struct marketo_record *record)
{
    static const char *const ids[] = {"msftLeadId", "msftContactId"};

    for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
        int slot = marketo_slot(set, ids[i]);

        if (slot != MARKETO_NO_SLOT && record->values[slot].raw != NULL) {
            return true;
        }
    }
    return false;
}

/* Whether the person stands for a record of Dynamics that is still there (DEL-04). */
static bool linked(struct mock_call *call, const struct marketo_set *set,
                   const struct marketo_record *record)
{
    int deleted = marketo_slot(set, "msftIsDeleted");

    return was_linked(set, record) &&
           (deleted == MARKETO_NO_SLOT ||
            !str_eq(marketo_value_plain(call->arena, &record->values[deleted]), "true"));
}

/* Sync Person to Microsoft queues; the next pass carries it out. CONF-06 for a linked person. */
static void sync_person(struct mock_call *call, const cJSON *with, struct mock_reply *reply)
{
    const char *as = json_get_text(with, "as"), *owner = json_get_text(with, "owner");
    const struct marketo_set *set;
    struct marketo_author author;
    struct marketo_record record;
    bool again;

    if (no_subscription(call, reply)) {
        return;
    }
    if (!str_ieq(as, "lead") && !str_ieq(as, "contact")) {
        mock_action_refuse(call, reply, "bad_as", "expected \"lead\" or \"contact\"", "/as");
        return;
    }
    author = marketo_author_of(call, "Marketo Flow Action");
    set = marketo_set_load(call->arena, call->db, author.sub, MARKETO_LEAD);
    if (!find_person(call, reply, set, with, &record)) {
        return;
    }
    again = linked(call, set, &record) ||
            (!was_linked(set, &record) && waits(call, author.sub, record.id));
    {
        const char *failed =
            arena_printf(call->arena, "Failed: error lead ID %lld is already in the sync process",
                         (long long)record.id);
        const struct marketo_activity_value values[] = {
            {"Sync As", str_ieq(as, "lead") ? "Lead" : "Contact"},
            {"Assign To", owner},
            {"Result", again ? failed : NULL},
            {0}};

        mock_call_rule(call, again ? "CONF-06" : "ACT-01");
        marketo_activity_add(&author, record.id, ACTIVITY_SYNC_LEAD_TO_MICROSOFT, record.id,
                             marketo_person_name(call->arena, set, &record), values);
    }
    answer_id(call, reply, record.id, !again);
}

#define ID_PARAM                                                                                   \
    {                                                                                              \
        "id", "integer", true, "the person's id in Marketo"                                        \
    }
#define SET_PARAM                                                                                  \
    {                                                                                              \
        "set", "object", true, "REST API name → value"                                           \
    }

const struct mock_action marketo_actions[MARKETO_ACTION_COUNT] = {
    {.actor = "marketo-sales",
     .name = "replace-subscription",
     .about = "Gives the customer a new subscription: database, connection and lock as new.",
     .result = "{\"munchkin\"}; with another munchkin also the new API users' ids and secrets",
     .params = {{"munchkin", "string", false, "of the new one; without it id and users stay"}},
     .run = replace_subscription},
    {.actor = "marketo-support",
     .name = "enable-oauth-migration",
     .about = "Turns OAuth on for a Basic connection: the sync pauses until new credentials are "
              "entered and it is enabled again.",
     .result = "{\"state\", \"authMethod\"}",
     .run = enable_oauth_migration},
    {.actor = "marketo-support",
     .name = "revert-oauth-migration",
     .about = "Switches back to Basic, through April 2022.",
     .result = "{\"state\", \"authMethod\"}",
     .run = revert_oauth_migration},
    {.actor = "marketo-user",
     .name = "create-lead",
     .about = "Enters a person by hand.",
     .result = "{\"id\", \"changed\"}",
     .params = {SET_PARAM},
     .run = create_lead},
    {.actor = "marketo-user",
     .name = "delete-lead",
     .about = "Deletes a person in Marketo only.",
     .result = "{\"id\", \"changed\"}",
     .params = {ID_PARAM},
     .run = delete_lead},
    {.actor = "marketo-user",
     .name = "edit-lead",
     .about = "Edits a person; a company's field changes for all its people.",
     .result = "{\"id\", \"changed\"}",
     .params = {ID_PARAM, SET_PARAM},
     .run = edit_lead},
    {.actor = "marketo-user",
     .name = "sync-person",
     .about = "The flow step Sync Person to Microsoft: an activity that the next pass carries out.",
     .result = "{\"id\", \"changed\": false for a person who is linked already}",
     .params = {ID_PARAM,
                {"as", "string", true, "lead or contact"},
                {"owner", "string", false, "the user that it is assigned to"}},
     .run = sync_person},
};
