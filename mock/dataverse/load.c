/* The member `organizations` of a world → rows. Contract section 3. */
#include "dataverse/load.h"

#include <string.h>

#include "base/guid.h"
#include "base/iso8601.h"
#include "base/str.h"
#include "dataverse/caller.h"
#include "dataverse/fields.h"
#include "dataverse/generate.h"
#include "dataverse/install.h"
#include "dataverse/setup.h"
#include "dataverse/write.h"
#include "server/services.h"
#include "server/world.h"
#include "store/store.h"

/* An organization while it is filled. */
struct filling {
    struct world_load *load;
    const cJSON *organization;
    const char *at; /* its pointer */
    struct dv_setup setup;
    char now[ISO8601_SIZE];
    struct mock_world world; /* just enough of one for the functions that handlers use */
    struct mock_call call;
    struct mock_reply reply;
};

static bool refuse(struct filling *filling, struct err *err, const char *const *path, size_t count)
{
    const char *at = filling->at;

    for (size_t i = 0; i < count; i++) {
        at = json_pointer_add(filling->load->arena, at, path[i]);
    }
    err->kind = ERR_CONFIG;
    err_at(err, at);
    return err_wrap(err, "%s", at);
}

#define AT(...)                                                                                    \
    (const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *)

static const char *index_text(struct filling *filling, size_t index)
{
    return arena_printf(filling->load->arena, "%zu", index);
}

static bool put_settings(struct world_load *load, const char *scope, const cJSON *settings)
{
    const cJSON *child;

    cJSON_ArrayForEach(child, settings)
    {
        store_setting_put(load->db, scope, child->string, child);
    }
    return true;
}

static void begin(struct filling *filling, int64_t ord)
{
    struct world_load *load = filling->load;
    const cJSON *organization = filling->organization;
    const char *host = str_lower(arena_strdup(load->arena, json_get_text(organization, "host")));
    const char *id = json_get_text(organization, "id");

    iso8601_format_s(load->start_ms, filling->now);
    filling->setup =
        (struct dv_setup){.db = load->db,
                          .arena = load->arena,
                          .ord = ord,
                          .host = host,
                          .name = json_get_text(organization, "name"),
                          .id = id != NULL ? str_lower(arena_strdup(load->arena, id)) : NULL,
                          .language = json_get_int(organization, "language", 1033),
                          .now = filling->now};
    dv_setup_organization(&filling->setup);
    put_settings(load, arena_join(load->arena, "organization/", host, NULL),
                 json_get(organization, "settings"));
    filling->world.db = load->db;
    filling->call = (struct mock_call){.arena = load->arena,
                                       .world = &filling->world,
                                       .db = load->db,
                                       .now_ms = load->start_ms,
                                       .method = HTTP_POST,
                                       .method_text = "POST",
                                       .scheme = "https",
                                       .host = host,
                                       .authority = host,
                                       .query = "",
                                       .body = "",
                                       .service = &mock_dataverse,
                                       .vars = {"2"},
                                       .org_host = host};
}

/* The functions that handlers use draw from the call's world. */
static void lend_random(struct filling *filling)
{
    filling->world.random = *filling->load->random;
}

static void take_random(struct filling *filling)
{
    *filling->load->random = filling->world.random;
}

static void become_system(struct filling *filling)
{
    dv_become(&filling->call, dv_org_of(&filling->call), NULL);
}

/* What a refused call says: the message of its body. */
static bool from_reply(struct filling *filling, struct err *err)
{
    cJSON *body = NULL;
    struct err ignored;
    const char *message = NULL;

    if (json_parse(filling->load->arena, strbuf_text(&filling->reply.body), filling->reply.body.len,
                   JSON_PLAIN, &body, &ignored)) {
        message = json_get_text(json_get(body, "error"), "message");
    }
    return err_set(err, ERR_CONFIG, "%.400s", message != NULL ? message : "it was refused");
}

static bool put_solution(struct filling *filling, const cJSON *solution, size_t index,
                         struct err *err)
{
    struct world_load *load = filling->load;
    struct dv_setup *setup = &filling->setup;
    struct dv_marketo_names names = dv_marketo_names(load->db, load->arena, setup->host);
    const char *version = json_get_text(solution, "version");
    struct package package;
    struct install install = {.db = load->db,
                              .arena = load->arena,
                              .ord = setup->ord,
                              .host = setup->host,
                              .user = setup->system_user,
                              .now = filling->now,
                              .version = version,
                              .managed = json_get_bool(solution, "managed", true),
                              .steps_enabled = true,
                              .unit = setup->unit};

    if (!package_shipped(load->arena, &package, err)) {
        return refuse(filling, err, AT("solutions", index_text(filling, index)));
    }
    dv_marketo_rename(load->arena, &package, &names);
    if (!str_eq(package.name, json_get_text(solution, "name"))) {
        (void)err_set(err, ERR_CONFIG, "expected \"%s\", the only solution that is known here",
                      package.name);
        return refuse(filling, err, AT("solutions", index_text(filling, index), "name"));
    }
    if (version != NULL && strspn(version, "0123456789.") != strlen(version)) {
        (void)err_set(err, ERR_CONFIG, "expected a version such as \"5.0.2.1\"");
        return refuse(filling, err, AT("solutions", index_text(filling, index), "version"));
    }
    (void)dv_install(&install, &package);
    if (json_get_bool(solution, "published", true)) {
        dv_publish_now(load->db, load->arena, setup->ord, setup->host);
    }
    return true;
}

static bool put_solutions(struct filling *filling, struct err *err)
{
    const cJSON *solution;
    size_t index = 0;

    cJSON_ArrayForEach(solution, json_get(filling->organization, "solutions"))
    {
        if (!put_solution(filling, solution, index++, err)) {
            return false;
        }
    }
    return true;
}

static bool put_fields(struct filling *filling, struct err *err)
{
    struct dv_setup *setup = &filling->setup;
    const cJSON *field;
    size_t index = 0;

    cJSON_ArrayForEach(field, json_get(filling->organization, "fields"))
    {
        const struct dv_schema *schema =
            dv_schema_load(filling->load->arena, filling->load->db, setup->host);

        if (!dv_field_add(filling->load->db, filling->load->arena, schema, field, err)) {
            return refuse(filling, err, AT("fields", index_text(filling, index)));
        }
        index++;
    }
    return true;
}

static const char *role_id(struct filling *filling, const char *name)
{
    return store_text(filling->load->db, filling->load->arena,
                      arena_printf(filling->load->arena,
                                   "SELECT roleid FROM o%lld_role WHERE name = ?1 OR roleid ="
                                   " lower(?1) ORDER BY roleid LIMIT 1",
                                   (long long)filling->setup.ord),
                      DB_ARGS(db_text(name)));
}

static bool put_role(struct filling *filling, const cJSON *role, size_t index, struct err *err)
{
    struct world_load *load = filling->load;
    const struct dv_schema *schema = dv_schema_load(load->arena, load->db, filling->setup.host);
    const char *name = json_get_text(role, "name"), *given = json_get_text(role, "id");
    const char *id = given != NULL ? str_lower(arena_strdup(load->arena, given))
                                   : dv_metadata_id(load->arena, "role", filling->setup.host, name);
    struct dv_values values = dv_values_new(load->arena, dv_entity(schema, "role"));
    const cJSON *privilege;
    size_t n = 0;

    if (role_id(filling, name) != NULL) {
        (void)err_set(err, ERR_CONFIG, "the role \"%.60s\" stands twice", name);
        return refuse(filling, err, AT("roles", index_text(filling, index), "name"));
    }
    dv_put_name(&values, "roleid", db_text(id));
    become_system(filling);
    dv_fill_new(&filling->call, &values);
    dv_put_name(&values, "name", db_text(name));
    dv_put_name(&values, "parentrootroleid", db_text(id));
    dv_put_name(&values, "versionnumber", db_int(dv_next_version(load->db, filling->setup.ord)));
    dv_insert(load->db, &values);
    cJSON_ArrayForEach(privilege, json_get(role, "privileges"))
    {
        if (!dv_privilege_put(load->db, load->arena, schema, id, privilege->valuestring, 8)) {
            (void)err_set(err, ERR_CONFIG,
                          "expected a privilege such as \"prvReadLead\", found \"%.60s\"",
                          privilege->valuestring);
            return refuse(
                filling, err,
                AT("roles", index_text(filling, index), "privileges", index_text(filling, n)));
        }
        n++;
    }
    return true;
}

static bool put_roles(struct filling *filling, struct err *err)
{
    const cJSON *role;
    size_t index = 0;

    cJSON_ArrayForEach(role, json_get(filling->organization, "roles"))
    {
        if (!put_role(filling, role, index++, err)) {
            return false;
        }
    }
    return true;
}

/* The body that a client would send to make such a user. */
static const cJSON *user_body(struct filling *filling, const cJSON *user, struct err *err)
{
    cJSON *body = json_new_object(filling->load->arena);
    const char *app = json_get_text(user, "applicationId");
    const char *upn = json_get_text(user, "userPrincipalName");
    const char *email = json_get_text(user, "email"), *id = json_get_text(user, "id");

    if ((app == NULL) == (upn == NULL)) {
        (void)err_set(err, ERR_CONFIG,
                      "expected one of \"applicationId\" and \"userPrincipalName\"");
        return NULL;
    }
    if (upn != NULL && store_int(filling->load->db, "SELECT 1 FROM users WHERE upn = ?",
                                 DB_ARGS(db_text(upn)), 0) == 0) {
        (void)err_set(err, ERR_CONFIG, "no user of the tenant is named %.100s", upn);
        return NULL;
    }
    if (id != NULL) {
        cJSON_AddStringToObject(body, "systemuserid", id);
    }
    if (app != NULL) {
        cJSON_AddStringToObject(body, "applicationid", app);
    } else {
        const char *sql = "SELECT ifnull(document ->> '$.givenName', ''),"
                          " ifnull(document ->> '$.surname', display_name),"
                          " ifnull(document ->> '$.mail', upn) FROM users WHERE upn = ?";
        AUTO(db_rows) rows = {0};

        store_query(&rows, filling->load->db, sql, DB_ARGS(db_text(upn)));
        (void)store_next(&rows);
        cJSON_AddStringToObject(body, "domainname", upn);
        cJSON_AddStringToObject(body, "firstname", db_column_text(&rows, 0));
        cJSON_AddStringToObject(body, "lastname", db_column_text(&rows, 1));
        if (email == NULL) {
            cJSON_AddStringToObject(body, "internalemailaddress", db_column_text(&rows, 2));
        }
    }
    if (email != NULL) {
        cJSON_AddStringToObject(body, "internalemailaddress", email);
    }
    if (json_get_bool(user, "disabled", false)) {
        cJSON_AddTrueToObject(body, "isdisabled");
    }
    return body;
}

static bool put_user(struct filling *filling, const cJSON *user, size_t index, struct err *err)
{
    struct mock_call *call = &filling->call;
    const struct dv_entity *entity;
    const cJSON *body = user_body(filling, user, err), *role;
    const char *id;
    size_t n = 0;

    if (body == NULL) {
        return refuse(filling, err, AT("users", index_text(filling, index)));
    }
    become_system(filling);
    entity = dv_entity(call->caller->org->schema, "systemuser");
    if (!dv_create(call, &filling->reply, entity, body, NULL, &id)) {
        (void)from_reply(filling, err);
        return refuse(filling, err, AT("users", index_text(filling, index)));
    }
    cJSON_ArrayForEach(role, json_get(user, "roles"))
    {
        const char *found = role_id(filling, role->valuestring);

        if (found == NULL) {
            (void)err_set(err, ERR_CONFIG, "the organization has no role \"%.60s\"",
                          role->valuestring);
            return refuse(filling, err,
                          AT("users", index_text(filling, index), "roles", index_text(filling, n)));
        }
        (void)dv_link(call, &dv_many[0], id, found, true);
        n++;
    }
    return true;
}

/* The application that administers the directory is System Administrator, unless the file says. */
static bool put_administrator(struct filling *filling, struct err *err)
{
    const char *admin = store_text(filling->load->db, filling->load->arena,
                                   "SELECT t.admin_app_id FROM tenant t JOIN service_principals s"
                                   " ON s.app_id = t.admin_app_id",
                                   DB_NO_ARGS);
    const cJSON *user;
    cJSON *made;

    cJSON_ArrayForEach(user, json_get(filling->organization, "users"))
    {
        if (str_ieq(json_get_text(user, "applicationId"), admin)) {
            return true;
        }
    }
    if (admin == NULL) {
        return true;
    }
    made = json_new_object(filling->load->arena);
    cJSON_AddStringToObject(
        made, "id", dv_metadata_id(filling->load->arena, "systemuser", filling->setup.host, admin));
    cJSON_AddStringToObject(made, "applicationId", admin);
    cJSON_AddItemToArray(cJSON_AddArrayToObject(made, "roles"),
                         cJSON_CreateString("System Administrator"));
    return put_user(filling, made, 0, err);
}

static bool put_users(struct filling *filling, struct err *err)
{
    const cJSON *user;
    size_t index = 0;

    if (!put_administrator(filling, err)) {
        return false;
    }
    cJSON_ArrayForEach(user, json_get(filling->organization, "users"))
    {
        if (!put_user(filling, user, index++, err)) {
            return false;
        }
    }
    return true;
}

/* Marketo Config names its user by id, address or sign-in name. */
static bool put_config(struct filling *filling, struct err *err)
{
    struct world_load *load = filling->load;
    struct dv_setup *setup = &filling->setup;
    struct dv_marketo_names names = dv_marketo_names(load->db, load->arena, setup->host);
    const cJSON *solution;
    size_t index = 0;

    cJSON_ArrayForEach(solution, json_get(filling->organization, "solutions"))
    {
        const char *user = json_get_text(json_get(solution, "config"), "user"), *id;

        if (user != NULL) {
            id = store_text(load->db, load->arena,
                            arena_printf(load->arena,
                                         "SELECT systemuserid FROM o%lld_systemuser WHERE"
                                         " systemuserid = lower(?1) OR internalemailaddress = ?1 OR"
                                         " domainname = ?1 ORDER BY systemuserid LIMIT 1",
                                         (long long)setup->ord),
                            DB_ARGS(db_text(user)));
            if (id == NULL) {
                (void)err_set(err, ERR_CONFIG,
                              "no user of the organization has the id, address or name \"%.100s\"",
                              user);
                return refuse(filling, err,
                              AT("solutions", index_text(filling, index), "config", "user"));
            }
            store_run(load->db,
                      arena_printf(load->arena, "UPDATE o%lld_%s SET %s = ?", (long long)setup->ord,
                                   names.config, names.lookup),
                      DB_ARGS(db_text(id)));
            if (json_get_bool(solution, "published", true)) {
                dv_publish_now(load->db, load->arena, setup->ord, setup->host);
            }
        }
        index++;
    }
    return true;
}

static bool put_records(struct filling *filling, struct err *err)
{
    struct mock_call *call = &filling->call;
    const cJSON *list, *record;

    become_system(filling);
    cJSON_ArrayForEach(list, json_get(filling->organization, "records"))
    {
        const struct dv_entity *entity =
            dv_entity_of_set(call->caller->org->schema, list->string, strlen(list->string));
        size_t index = 0;

        if (entity == NULL || !cJSON_IsArray(list)) {
            (void)err_set(err, ERR_CONFIG,
                          entity == NULL ? "no table has this set" : "expected an array");
            return refuse(filling, err, AT("records", list->string));
        }
        cJSON_ArrayForEach(record, list)
        {
            const char *id;

            if (!cJSON_IsObject(record)) {
                (void)err_set(err, ERR_CONFIG, "expected an object");
                return refuse(filling, err,
                              AT("records", list->string, index_text(filling, index)));
            }
            if (!dv_create(call, &filling->reply, entity, record, NULL, &id)) {
                (void)from_reply(filling, err);
                return refuse(filling, err,
                              AT("records", list->string, index_text(filling, index)));
            }
            index++;
        }
    }
    return true;
}

static bool put_generated(struct filling *filling, struct err *err)
{
    const cJSON *counts = json_get(filling->organization, "generate"), *count;

    cJSON_ArrayForEach(count, counts)
    {
        int64_t number;

        if (!json_int(count, &number) || number < 0 || number > 1000000) {
            (void)err_set(err, ERR_CONFIG, "expected how many, from 0 to 1000000");
            return refuse(filling, err, AT("generate", count->string));
        }
    }
    become_system(filling);
    dv_generate(&filling->call, counts);
    return true;
}

static bool fill(struct filling *filling, int64_t ord, struct err *err)
{
    bool good;

    begin(filling, ord);
    lend_random(filling);
    good = put_solutions(filling, err) && put_fields(filling, err) && put_roles(filling, err) &&
           put_users(filling, err) && put_config(filling, err) && put_records(filling, err) &&
           put_generated(filling, err);
    take_random(filling);
    dv_orgs_drop(filling->world.kept[MOCK_DATAVERSE]);
    strbuf_finish(&filling->reply.body);
    return good;
}

/* One transaction, as for the directory. */
bool dv_load(struct world_load *load, struct err *err)
{
    const char *name = json_get_text(load->world, "name");
    const cJSON *organization;
    AUTO(db_txn) txn = {0};
    int64_t ord = 0;

    if (!db_begin(load->db, &txn, err)) {
        return false;
    }
    cJSON_ArrayForEach(organization, json_get(load->world, "organizations"))
    {
        struct filling *filling = arena_alloc(load->arena, sizeof *filling);

        filling->load = load;
        filling->organization = organization;
        filling->at = json_pointer_index(load->arena, "/organizations", (size_t)ord);
        if (!fill(filling, ord, err)) {
            return err_wrap(err, "world %.80s", name != NULL ? name : "without a name");
        }
        ord++;
    }
    return db_commit(&txn, err);
}
