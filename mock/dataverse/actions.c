#include "dataverse/actions.h"

#include <string.h>

#include "base/iso8601.h"
#include "base/str.h"
#include "dataverse/fields.h"
#include "dataverse/install.h"
#include "dataverse/records.h"
#include "dataverse/setup.h"
#include "dataverse/write.h"
#include "store/store.h"

/* The organization that an action is about: `organization`, else the first. */
static struct dv_org *find_org(struct mock_call *call, const cJSON *with, struct mock_reply *reply)
{
    const char *asked = json_get_text(with, "organization");
    const char *host =
        asked != NULL ? store_text(call->db, call->arena, "SELECT host FROM dv_orgs WHERE host = ?",
                                   DB_ARGS(db_text(asked)))
                      : store_text(call->db, call->arena,
                                   "SELECT host FROM dv_orgs ORDER BY ord LIMIT 1", DB_NO_ARGS);

    if (host == NULL) {
        mock_action_refuse(call, reply, "organization_unknown",
                           "the world has no such organization", "/organization");
        return NULL;
    }
    call->org_host = host;
    call->vars[0] = "2";
    return dv_org_of_host(call, host);
}

/* What the Web API would have said, as the action's refusal. */
static void refuse_as_api(struct mock_call *call, struct mock_reply *reply, const char *pointer)
{
    cJSON *body = NULL;
    const cJSON *error = NULL;
    struct err err;
    const char *code, *message;

    if (json_parse(call->arena, strbuf_text(&reply->body), reply->body.len, JSON_PLAIN, &body,
                   &err)) {
        error = json_get(body, "error");
    }
    code = json_get_text(error, "code");
    message = json_get_text(error, "message");
    strbuf_clear(&reply->body);
    reply->header_count = 0;
    mock_action_refuse(call, reply, code != NULL ? code : "refused",
                       message != NULL ? arena_strdup(call->arena, message) : "it was refused",
                       pointer);
}

/* By id, address, sign-in name or full name. */
static const char *find_user(struct mock_call *call, const struct dv_org *org, const char *name)
{
    return store_text(call->db, call->arena,
                      arena_printf(call->arena,
                                   "SELECT systemuserid FROM o%lld_systemuser WHERE systemuserid ="
                                   " lower(?1) OR internalemailaddress = ?1 OR domainname = ?1 OR"
                                   " fullname = ?1 OR applicationid = lower(?1)"
                                   " ORDER BY systemuserid LIMIT 1",
                                   (long long)org->ord),
                      DB_ARGS(db_text(name)));
}

/*
 * The sales person who acts when nobody is named: made with the first action, so that no world has
 * a user that its file does not tell of.
 */
static const char *salesperson(struct mock_call *call, struct dv_org *org)
{
    const char *id = dv_metadata_id(call->arena, "systemuser", org->host, "Sales Person");
    const struct dv_entity *entity = dv_entity(org->schema, "systemuser");
    struct dv_values values;

    dv_become(call, org, NULL);
    if (dv_exists(call, entity, id)) {
        return id;
    }
    values = dv_values_new(call->arena, entity);
    dv_put_name(&values, "systemuserid", db_text(id));
    dv_put_name(&values, "firstname", db_text("Sales"));
    dv_put_name(&values, "lastname", db_text("Person"));
    dv_put_name(&values, "fullname", db_text("Sales Person"));
    dv_put_name(&values, "domainname", db_text("sales.person@contoso.com"));
    dv_put_name(&values, "internalemailaddress", db_text("sales.person@contoso.com"));
    dv_fill_new(call, &values);
    dv_put_name(&values, "versionnumber", db_int(dv_next_version(call->db, org->ord)));
    dv_insert(call->db, &values);
    (void)dv_link(call, &dv_many[0], id,
                  dv_setup_role(call->arena, org->host, "System Administrator"), true);
    return id;
}

/* Acts as `user`, or as the sales person; false when it has been refused. */
static bool become(struct mock_call *call, struct dv_org *org, const cJSON *with,
                   struct mock_reply *reply)
{
    const char *name = json_get_text(with, "as");
    const char *id = name != NULL ? find_user(call, org, name) : salesperson(call, org);

    if (id == NULL) {
        mock_action_refuse(
            call, reply, "user_unknown",
            arena_printf(call->arena, "the organization has no user \"%.100s\"", name), "/as");
        return false;
    }
    dv_become(call, dv_org_of_host(call, org->host), id);
    return true;
}

static const struct dv_entity *find_table(struct mock_call *call, const struct dv_org *org,
                                          const cJSON *with, struct mock_reply *reply)
{
    const char *name = json_get_text(with, "table");
    const struct dv_entity *entity = dv_entity_of_set(org->schema, name, strlen(name));

    if (entity == NULL) {
        mock_action_refuse(
            call, reply, "table_unknown",
            arena_printf(call->arena, "the organization has no table with the set \"%.60s\"", name),
            "/table");
    }
    return entity;
}

/* The table and the row of an action on a record; false when it has been refused. */
static bool find_record(struct mock_call *call, const cJSON *with, struct mock_reply *reply,
                        const struct dv_entity **ret_entity, const char **ret_id)
{
    struct dv_org *org = find_org(call, with, reply);

    if (org == NULL || !become(call, org, with, reply)) {
        return false;
    }
    *ret_entity = find_table(call, call->caller->org, with, reply);
    if (*ret_entity == NULL) {
        return false;
    }
    *ret_id = str_lower(arena_strdup(call->arena, json_get_text(with, "id")));
    if (!dv_exists(call, *ret_entity, *ret_id)) {
        mock_action_refuse(call, reply, "record_unknown",
                           arena_printf(call->arena, "%s has no row with the id \"%.60s\"",
                                        (*ret_entity)->set, *ret_id),
                           "/id");
        return false;
    }
    return true;
}

static void answer(struct mock_call *call, struct mock_reply *reply, const char *name,
                   const char *text, bool truth)
{
    cJSON *body = json_new_object(call->arena);

    if (text != NULL) {
        cJSON_AddStringToObject(body, name, text);
    } else {
        cJSON_AddBoolToObject(body, name, truth);
    }
    strbuf_clear(&reply->body);
    mock_reply_json(call, reply, 200, body);
}

static void create_record(struct mock_call *call, const cJSON *with, struct mock_reply *reply)
{
    struct dv_org *org = find_org(call, with, reply);
    const struct dv_entity *entity;
    const char *id;

    if (org == NULL || !become(call, org, with, reply)) {
        return;
    }
    entity = find_table(call, call->caller->org, with, reply);
    if (entity == NULL) {
        return;
    }
    if (dv_create(call, reply, entity, json_get(with, "set"), NULL, &id)) {
        answer(call, reply, "id", id, false);
    } else {
        refuse_as_api(call, reply, "/set");
    }
}

static void edit_record(struct mock_call *call, const cJSON *with, struct mock_reply *reply)
{
    const struct dv_entity *entity;
    const char *id;

    if (!find_record(call, with, reply, &entity, &id)) {
        return;
    }
    if (dv_change(call, reply, entity, id, json_get(with, "set"))) {
        answer(call, reply, "changed", NULL, true);
    } else {
        refuse_as_api(call, reply, "/set");
    }
}

static void delete_record(struct mock_call *call, const cJSON *with, struct mock_reply *reply)
{
    const struct dv_entity *entity;
    const char *id;

    if (!find_record(call, with, reply, &entity, &id)) {
        return;
    }
    if (dv_delete(call, reply, entity, id)) {
        answer(call, reply, "changed", NULL, true);
    } else {
        refuse_as_api(call, reply, "/id");
    }
}

/* ORD-04: the row changes, but neither its version nor its dates, and no step runs. */
static void edit_behind(struct mock_call *call, const cJSON *with, struct mock_reply *reply)
{
    const struct dv_entity *entity;
    struct dv_later *later = NULL;
    struct dv_values values;
    const char *id;

    if (!find_record(call, with, reply, &entity, &id)) {
        return;
    }
    values = dv_values_new(call->arena, entity);
    if (dv_body_read(call, reply, json_get(with, "set"), false, &values, &later)) {
        dv_update(call->db, &values, id);
        answer(call, reply, "changed", NULL, values.count > 0);
    } else {
        refuse_as_api(call, reply, "/set");
    }
}

static void add_field(struct mock_call *call, const cJSON *with, struct mock_reply *reply)
{
    struct dv_org *org = find_org(call, with, reply);
    struct err err = {0};

    if (org == NULL) {
        return;
    }
    if (dv_field_add(call->db, call->arena, org->schema, with, &err)) {
        answer(call, reply, "changed", NULL, true);
    } else {
        mock_action_refuse(call, reply, "field_refused", arena_strdup(call->arena, err.text),
                           arena_strdup(call->arena, err.pointer));
    }
}

static void delete_field(struct mock_call *call, const cJSON *with, struct mock_reply *reply)
{
    struct dv_org *org = find_org(call, with, reply);
    const struct dv_entity *entity = org != NULL ? find_table(call, org, with, reply) : NULL;
    const char *name = json_get_text(with, "field");
    const struct dv_column *column;

    if (entity == NULL) {
        return;
    }
    column = dv_column(entity, str_lower(arena_strdup(call->arena, name)));
    if (column == NULL || (column->flags & DV_CUSTOM) == 0) {
        mock_action_refuse(call, reply, column == NULL ? "field_unknown" : "field_standard",
                           arena_printf(call->arena,
                                        column == NULL ? "%s has no field \"%.60s\""
                                                       : "%s: the field \"%.60s\" is a standard "
                                                         "one and stays",
                                        entity->set, name),
                           "/field");
        return;
    }
    dv_custom_column_drop(call->db, call->arena, org->ord, entity->name, column->name);
    answer(call, reply, "changed", NULL, true);
}

static void set_role(struct mock_call *call, const cJSON *with, struct mock_reply *reply)
{
    struct dv_org *org = find_org(call, with, reply);
    const char *user, *role;

    if (org == NULL) {
        return;
    }
    user = find_user(call, org, json_get_text(with, "user"));
    role = store_text(call->db, call->arena,
                      arena_printf(call->arena,
                                   "SELECT roleid FROM o%lld_role WHERE roleid = lower(?1) OR"
                                   " name = ?1 ORDER BY roleid LIMIT 1",
                                   (long long)org->ord),
                      DB_ARGS(db_text(json_get_text(with, "role"))));
    if (user == NULL || role == NULL) {
        mock_action_refuse(call, reply, user == NULL ? "user_unknown" : "role_unknown",
                           user == NULL ? "the organization has no such user"
                                        : "the organization has no such role",
                           user == NULL ? "/user" : "/role");
        return;
    }
    dv_become(call, org, NULL);
    answer(call, reply, "changed", NULL,
           dv_link(call, &dv_many[0], user, role, json_get_bool(with, "on", true)));
}

static void set_step(struct mock_call *call, const cJSON *with, struct mock_reply *reply)
{
    struct dv_org *org = find_org(call, with, reply);
    const char *step = json_get_text(with, "step");
    bool on = json_get_bool(with, "on", false);
    int64_t changed;

    if (org == NULL) {
        return;
    }
    changed = store_run(call->db,
                        arena_printf(call->arena,
                                     "UPDATE o%lld_sdkmessageprocessingstep SET statecode = ?2,"
                                     " statuscode = ?2 + 1 WHERE"
                                     " sdkmessageprocessingstepid = lower(?1) OR name = ?1",
                                     (long long)org->ord),
                        DB_ARGS(db_text(step), db_int(!on)));
    if (changed == 0) {
        mock_action_refuse(call, reply, "step_unknown",
                           arena_printf(call->arena,
                                        "the organization has no step with the id or name "
                                        "\"%.100s\"",
                                        step),
                           "/step");
        return;
    }
    dv_metadata_changed(call->db, org->ord);
    mock_call_rule(call, "SETUP1-09");
    answer(call, reply, "changed", NULL, true);
}

static void disable_user(struct mock_call *call, const cJSON *with, struct mock_reply *reply)
{
    struct dv_org *org = find_org(call, with, reply);
    const char *user = org != NULL ? find_user(call, org, json_get_text(with, "user")) : NULL;

    if (org == NULL) {
        return;
    }
    if (user == NULL) {
        mock_action_refuse(call, reply, "user_unknown", "the organization has no such user",
                           "/user");
        return;
    }
    store_run(call->db,
              arena_printf(call->arena,
                           "UPDATE o%lld_systemuser SET isdisabled = ? WHERE systemuserid = ?",
                           (long long)org->ord),
              DB_ARGS(db_int(json_get_bool(with, "disabled", true)), db_text(user)));
    dv_security_changed(call->db, org->ord);
    answer(call, reply, "changed", NULL, true);
}

static void publish(struct mock_call *call, const cJSON *with, struct mock_reply *reply)
{
    struct dv_org *org = find_org(call, with, reply);

    if (org != NULL) {
        dv_publish_now(call->db, call->arena, org->ord, org->host);
        answer(call, reply, "changed", NULL, true);
    }
}

static void set_config_user(struct mock_call *call, const cJSON *with, struct mock_reply *reply)
{
    struct dv_org *org = find_org(call, with, reply);
    const char *name = json_get_text(with, "user"), *user = NULL;
    struct dv_marketo_names names;

    if (org == NULL) {
        return;
    }
    names = dv_marketo_names(call->db, call->arena, org->host);
    user = name != NULL ? find_user(call, org, name) : NULL;
    if ((name != NULL && user == NULL) || dv_entity(org->schema, names.config) == NULL) {
        mock_action_refuse(call, reply,
                           dv_entity(org->schema, names.config) == NULL ? "solution_missing"
                                                                        : "user_unknown",
                           "the organization has no such user, or no Marketo Config", "/user");
        return;
    }
    store_run(call->db,
              arena_printf(call->arena, "UPDATE o%lld_%s SET %s = ?, versionnumber = ?",
                           (long long)org->ord, names.config, names.lookup),
              DB_ARGS(db_text(user), db_int(dv_next_version(call->db, org->ord))));
    answer(call, reply, "changed", NULL, true);
}

#define TABLE                                                                                      \
    {                                                                                              \
        "table", "string", true, "the entity set's name, such as leads"                            \
    }
#define ORGANIZATION                                                                               \
    {                                                                                              \
        "organization", "string", false, "its host; default: the first one"                        \
    }
#define ID                                                                                         \
    {                                                                                              \
        "id", "string", true, "the record's id"                                                    \
    }
#define AS                                                                                         \
    {                                                                                              \
        "as", "string", false, "a user by id, address or name; default: a sales person"            \
    }
#define SET                                                                                        \
    {                                                                                              \
        "set", "object", true, "field → value, as in a body of the Web API"                      \
    }
#define USER                                                                                       \
    {                                                                                              \
        "user", "string", true, "id, address or name"                                              \
    }
#define CHANGED .result = "{\"changed\": bool}"

/* clang-format off */
const struct mock_action dv_actions[DV_ACTION_COUNT] = {
    {.actor = "dynamics-admin", .name = "add-field", .about = "Adds a column to a table, as the field editor does.", CHANGED,
     .params = {TABLE, {"field", "string", true, "its name, such as new_region"},
                {"type", "string", true, "string, memo, integer, decimal, money, boolean, datetime or picklist"},
                {"label", "string", false, "display name; default: the name"}, ORGANIZATION}, .run = add_field},
    {.actor = "dynamics-admin", .name = "delete-field", .about = "Deletes a column that somebody added, with its values.", CHANGED,
     .params = {TABLE, {"field", "string", true, "its name"}, ORGANIZATION}, .run = delete_field},
    {.actor = "dynamics-admin", .name = "disable-user", .about = "Disables a user, or enables one again.", CHANGED,
     .params = {USER, {"disabled", "boolean", false, "false: enables the user; default true"}, ORGANIZATION}, .run = disable_user},
    {.actor = "dynamics-admin", .name = "edit-behind-application", .about = "Writes into the database past the application: neither version nor dates move, no step runs (ORD-04).", CHANGED,
     .params = {TABLE, ID, SET, AS, ORGANIZATION}, .run = edit_behind},
    {.actor = "dynamics-admin", .name = "publish", .about = "Publishes all customizations.", CHANGED,
     .params = {ORGANIZATION}, .run = publish},
    {.actor = "dynamics-admin", .name = "set-marketo-user", .about = "Fills the field Marketo User of Marketo Config; nobody is named: empties it.", CHANGED,
     .params = {{"user", "string", false, "id, address or name"}, ORGANIZATION}, .run = set_config_user},
    {.actor = "dynamics-admin", .name = "set-role", .about = "Gives a user a role, or takes it away.", CHANGED,
     .params = {USER, {"role", "string", true, "name or id"}, {"on", "boolean", false, "false: takes it away; default true"}, ORGANIZATION}, .run = set_role},
    {.actor = "dynamics-admin", .name = "set-step", .about = "Enables or disables a plug-in step.", CHANGED,
     .params = {{"step", "string", true, "name or id"}, {"on", "boolean", true, "true: enabled"}, ORGANIZATION}, .run = set_step},
    {.actor = "salesperson", .name = "create-record", .about = "Creates a record in the Dynamics app.", .result = "{\"id\": string}",
     .params = {TABLE, SET, AS, ORGANIZATION}, .run = create_record},
    {.actor = "salesperson", .name = "delete-record", .about = "Deletes a record.", CHANGED,
     .params = {TABLE, ID, AS, ORGANIZATION}, .run = delete_record},
    {.actor = "salesperson", .name = "edit-record", .about = "Changes fields of a record.", CHANGED,
     .params = {TABLE, ID, SET, AS, ORGANIZATION}, .run = edit_record},
};
/* clang-format on */
