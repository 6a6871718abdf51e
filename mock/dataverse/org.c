#include "dataverse/org.h"

#include <stdio.h>
#include <string.h>

#include "base/guid.h"
#include "base/mem.h"
#include "base/random.h"
#include "base/str.h"
#include "dataverse/caller.h"
#include "dataverse/install.h"
#include "dataverse/plan.h"
#include "dataverse/write.h"
#include "server/services.h"
#include "server/world.h"
#include "store/directory.h"
#include "store/store.h"

/* A caller as found before, by what its token says. */
struct dv_kept_user {
    struct dv_kept_user *next;
    bool app;
    const char *key; /* of the directory; NULL: found by its own id */
    struct dv_user user;
};

const char dv_right_names[8][12] = {"Create", "Read",  "Write",  "Delete",
                                    "Assign", "Share", "Append", "AppendTo"};

static void forget_users(struct dv_org *org)
{
    arena_reset(&org->user_arena);
    org->users = NULL;
}

static void forget_all(struct dv_org *org)
{
    dv_plans_drop(org);
    forget_users(org);
    arena_reset(&org->arena);
    org->schema = NULL;
}

void dv_orgs_drop(void *kept)
{
    struct dv_org *org = kept;

    while (org != NULL) {
        struct dv_org *next = org->next;

        forget_all(org);
        arena_finish(&org->arena);
        arena_finish(&org->user_arena);
        mem_free(org);
        org = next;
    }
}

static struct dv_org *find(struct mock_world *world, const char *host)
{
    struct dv_org *org = world->kept[MOCK_DATAVERSE];

    while (org != NULL && (org->host == NULL || strcmp(org->host, host) != 0)) {
        org = org->next;
    }
    return org;
}

/* The web and the API address with and without a slash, the service itself, and for the first
 * organization loopback addresses, which stand for it. */
static void name_audiences(struct dv_org *org)
{
    static const char *const loopback[] = {"http://127.0.0.1*", "https://127.0.0.1*",
                                           "http://localhost*", "https://localhost*",
                                           "http://[::1]*",     "https://[::1]*"};
    const char *dot = strchr(org->host, '.');
    const char *api =
        arena_printf(&org->arena, "https://%.*s.api%s", (int)(dot - org->host), org->host, dot);
    const char *web = arena_join(&org->arena, "https://", org->host, NULL);

    org->audience_count = 0;
    org->audiences[org->audience_count++] = web;
    org->audiences[org->audience_count++] = arena_join(&org->arena, web, "/", NULL);
    org->audiences[org->audience_count++] = api;
    org->audiences[org->audience_count++] = arena_join(&org->arena, api, "/", NULL);
    org->audiences[org->audience_count++] = DIRECTORY_DATAVERSE_APP_ID;
    for (size_t i = 0; i < ARRAY_LEN(loopback) && org->ord == 0; i++) {
        org->audiences[org->audience_count++] = loopback[i];
    }
}

static void read_steps(struct db *db, struct dv_org *org)
{
    const char *from = arena_printf(&org->arena,
                                    "FROM dv_steps s JOIN o%lld_sdkmessageprocessingstep p ON"
                                    " p.sdkmessageprocessingstepid = s.id WHERE s.ord = ? AND"
                                    " p.statecode = 0",
                                    (long long)org->ord);
    int64_t most = store_int(db, arena_join(&org->arena, "SELECT count(*) ", from, NULL),
                             DB_ARGS(db_int(org->ord)), 0);
    struct dv_enabled_step *steps = arena_array(&org->arena, (size_t)most + 1, sizeof *steps);
    AUTO(db_rows) rows = {0};

    org->step_count = 0;
    store_query(&rows, db, arena_join(&org->arena, "SELECT s.entity, s.message ", from, NULL),
                DB_ARGS(db_int(org->ord)));
    while (store_next(&rows) && org->step_count < (size_t)most) {
        steps[org->step_count++] =
            (struct dv_enabled_step){arena_strdup(&org->arena, db_column_text(&rows, 0)),
                                     arena_strdup(&org->arena, db_column_text(&rows, 1))};
    }
    org->steps = steps;
}

static bool read_again(struct mock_call *call, struct dv_org *org, const char *host)
{
    static const char sql[] = "SELECT ord, id, business_unit, currency, system_user, metadata,"
                              " security, version FROM dv_orgs WHERE host = ?";
    int64_t metadata, security;
    AUTO(db_rows) rows = {0};

    store_query(&rows, call->db, sql, DB_ARGS(db_text(host)));
    if (!store_next(&rows)) {
        return false;
    }
    metadata = db_column_int(&rows, 5);
    security = db_column_int(&rows, 6);
    org->version = db_column_int(&rows, 7);
    if (org->schema == NULL || metadata != org->metadata || org->epoch != call->world->epoch) {
        forget_all(org);
        org->host = arena_strdup(&org->arena, host);
        org->ord = db_column_int(&rows, 0);
        org->id = arena_strdup(&org->arena, db_column_text(&rows, 1));
        org->business_unit = arena_strdup(&org->arena, db_column_text(&rows, 2));
        org->currency = arena_strdup(&org->arena, db_column_text(&rows, 3));
        org->system_user = arena_strdup(&org->arena, db_column_text(&rows, 4));
        read_steps(call->db, org);
        org->limits = store_setting_bool(call->db, "tenant", "limits");
        name_audiences(org);
        org->schema = dv_schema_load(&org->arena, call->db, host);
        org->log_insert = dv_plugin_statement(
            &org->arena, dv_entity(org->schema, dv_marketo_names(call->db, &org->arena, host).log));
    } else if (security != org->security) {
        forget_users(org);
    }
    org->metadata = metadata;
    org->security = security;
    org->epoch = call->world->epoch;
    org->changes = db_total_changes(call->db);
    return true;
}

struct dv_org *dv_org_of_host(struct mock_call *call, const char *host)
{
    struct dv_org *org;

    if (host == NULL) {
        return NULL;
    }
    org = find(call->world, host);
    if (org != NULL && org->epoch == call->world->epoch &&
        org->changes == db_total_changes(call->db)) {
        return org;
    }
    if (org == NULL) {
        org = mem_alloc(sizeof *org);
        org->next = call->world->kept[MOCK_DATAVERSE];
        call->world->kept[MOCK_DATAVERSE] = org;
    }
    return read_again(call, org, host) ? org : NULL;
}

struct dv_org *dv_org_of(struct mock_call *call)
{
    return dv_org_of_host(call, call->org_host);
}

void dv_security_changed(struct db *db, int64_t ord)
{
    store_run(db, "UPDATE dv_orgs SET security = ? WHERE ord = ?",
              DB_ARGS(db_int(db_total_changes(db)), db_int(ord)));
}

int64_t dv_next_version(struct db *db, int64_t ord)
{
    return store_int(db, "UPDATE dv_orgs SET version = version + 1 WHERE ord = ? RETURNING version",
                     DB_ARGS(db_int(ord)), 0);
}

int64_t dv_version_take(struct mock_call *call)
{
    return ++call->caller->org->version;
}

void dv_version_keep(struct mock_call *call)
{
    const struct dv_org *org = call->caller->org;

    store_run(call->db, "UPDATE dv_orgs SET version = ? WHERE ord = ?",
              DB_ARGS(db_int(org->version), db_int(org->ord)));
}

void dv_row_id(struct random *random, int64_t version, char ret[GUID_SIZE])
{
    char first[9];

    guid_make(random, ret);
    snprintf(first, sizeof first, "%08x", (unsigned)version);
    memcpy(ret, first, 8);
}

const char *dv_next_id(struct mock_call *call)
{
    char *id = arena_alloc(call->arena, GUID_SIZE);

    dv_row_id(&call->world->random, call->caller->org->version + 1, id);
    return id;
}

int64_t dv_last_version(struct db *db, int64_t ord)
{
    return store_int(db, "SELECT version FROM dv_orgs WHERE ord = ?", DB_ARGS(db_int(ord)), 0);
}

/* Ready for all: rows of the caller's own on what sales people use, reading of what all may see. */
static void basic_rights(const struct dv_schema *schema, uint8_t *any, uint8_t *global)
{
    for (size_t i = 0; i < schema->count; i++) {
        const struct dv_entity *entity = schema->entities[i];

        if ((entity->flags & DV_USER_OWNED) != 0 && (entity->flags & DV_CUSTOM_ENTITY) == 0) {
            any[i] |= DV_ALL_RIGHTS;
        } else if ((entity->flags & DV_CUSTOM_ENTITY) == 0) {
            any[i] |= DV_READ;
            global[i] |= DV_READ;
        }
    }
}

static void customizer_rights(const struct dv_schema *schema, uint8_t *any, uint8_t *global)
{
    static const char *const all[] = {"solution", "publisher", "sdkmessageprocessingstep",
                                      "importjob", "role"};

    basic_rights(schema, any, global);
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        int index = dv_standard_index(all[i]);

        any[index] = global[index] = DV_ALL_RIGHTS;
    }
}

bool dv_template_rights(const char *role_template, const struct dv_schema *schema, uint8_t *any,
                        uint8_t *global, unsigned *misc)
{
    if (str_eq(role_template, DV_TEMPLATE_ADMINISTRATOR)) {
        memset(any, DV_ALL_RIGHTS, schema->count);
        memset(global, DV_ALL_RIGHTS, schema->count);
        *misc |= DV_ACT_FOR_OTHERS | DV_CUSTOMIZE | DV_OVERRIDE_CREATED;
        return true;
    }
    if (str_eq(role_template, DV_TEMPLATE_CUSTOMIZER)) {
        customizer_rights(schema, any, global);
        *misc |= DV_CUSTOMIZE;
        return true;
    }
    if (str_eq(role_template, DV_TEMPLATE_BASIC)) {
        basic_rights(schema, any, global);
        return true;
    }
    return false;
}

/* What a role's own rows allow. */
static void add_rows(struct db *db, const struct dv_schema *schema, const char *role, uint8_t *any,
                     uint8_t *global, unsigned *misc)
{
    AUTO(db_rows) rows = {0};

    store_query(&rows, db,
                "SELECT entity, rights, depth FROM dv_role_privileges WHERE ord = ? AND role = ?",
                DB_ARGS(db_int(schema->ord), db_text(role)));
    while (store_next(&rows)) {
        const char *name = db_column_text(&rows, 0);
        uint8_t rights = (uint8_t)db_column_int(&rows, 1);
        const struct dv_entity *entity;

        if (*name == '*') {
            *misc |= rights;
            continue;
        }
        entity = dv_entity(schema, name);
        if (entity != NULL) {
            any[entity->index] |= rights;
            global[entity->index] |= db_column_int(&rows, 2) >= 8 ? rights : 0;
        }
    }
}

static void read_roles(struct mock_call *call, struct dv_org *org, struct dv_user *user)
{
    static const char sql[] =
        "SELECT roleid, roletemplateid FROM o%lld_role WHERE roleid IN (SELECT roleid FROM"
        " o%lld_systemuserroles WHERE systemuserid = ?1 UNION SELECT r.roleid FROM o%lld_teamroles"
        " r JOIN o%lld_teammembership m ON m.teamid = r.teamid WHERE m.systemuserid = ?1)";
    uint8_t *any = arena_alloc(&org->user_arena, org->schema->count + 1);
    uint8_t *global = arena_alloc(&org->user_arena, org->schema->count + 1);
    long long ord = (long long)org->ord;
    AUTO(db_rows) rows = {0};

    store_query(&rows, call->db, arena_printf(call->arena, sql, ord, ord, ord, ord),
                DB_ARGS(db_text(user->id)));
    while (store_next(&rows)) {
        user->roles++;
        if (!dv_template_rights(db_column_text(&rows, 1), org->schema, any, global, &user->misc)) {
            add_rows(call->db, org->schema, db_column_text(&rows, 0), any, global, &user->misc);
        }
    }
    for (size_t i = 0; i < org->schema->count; i++) {
        user->right_count += __builtin_popcount(any[i]);
    }
    user->any = any;
    user->global = global;
}

static struct dv_kept_user *keep(struct dv_org *org, bool app, const char *key)
{
    struct dv_kept_user *kept = arena_alloc(&org->user_arena, sizeof *kept);

    kept->app = app;
    kept->key = arena_strdup(&org->user_arena, key);
    kept->next = org->users;
    org->users = kept;
    return kept;
}

const struct dv_user *dv_user_find(struct mock_call *call, struct dv_org *org, const char *id)
{
    struct dv_kept_user *kept;

    for (kept = org->users; kept != NULL; kept = kept->next) {
        if (kept->key == NULL && strcmp(kept->user.id, id) == 0) {
            return &kept->user;
        }
    }
    {
        AUTO(db_rows) rows = {0};

        store_query(&rows, call->db,
                    arena_printf(call->arena,
                                 "SELECT systemuserid, fullname, businessunitid, isdisabled,"
                                 " transactioncurrencyid FROM o%lld_systemuser"
                                 " WHERE systemuserid = lower(?)",
                                 (long long)org->ord),
                    DB_ARGS(db_text(id)));
        if (!store_next(&rows)) {
            return NULL;
        }
        kept = keep(org, false, NULL);
        kept->user.id = arena_strdup(&org->user_arena, db_column_text(&rows, 0));
        kept->user.fullname = arena_strdup(&org->user_arena, db_column_text(&rows, 1));
        kept->user.business_unit = arena_strdup(&org->user_arena, db_column_text(&rows, 2));
        kept->user.disabled = db_column_int(&rows, 3) != 0;
        kept->user.currency = arena_strdup(&org->user_arena, db_column_text(&rows, 4));
    }
    read_roles(call, org, &kept->user);
    return &kept->user;
}

const char *dv_user_id(struct mock_call *call, struct dv_org *org, bool app, const char *id)
{
    struct dv_kept_user *kept;
    const char *found;

    for (kept = org->users; kept != NULL; kept = kept->next) {
        if (kept->key != NULL && kept->app == app && strcmp(kept->key, id) == 0) {
            return kept->user.id;
        }
    }
    found = store_text(call->db, call->arena,
                       arena_printf(call->arena,
                                    "SELECT systemuserid FROM o%lld_systemuser WHERE %s = lower(?)"
                                    "%s ORDER BY systemuserid LIMIT 1",
                                    (long long)org->ord,
                                    app ? "applicationid" : "azureactivedirectoryobjectid",
                                    app ? "" : " AND applicationid IS NULL"),
                       DB_ARGS(db_text(id)));
    if (found == NULL) {
        return NULL;
    }
    kept = keep(org, app, id);
    kept->user.id = arena_strdup(&org->user_arena, found);
    return kept->user.id;
}

bool dv_may(const struct dv_user *user, const struct dv_entity *entity, unsigned rights)
{
    return (user->any[entity->index] & rights) == rights;
}

const char *dv_privilege_name(struct arena *arena, const struct dv_entity *entity,
                              enum dv_right right)
{
    size_t bit = 0;

    while ((1U << bit) != (unsigned)right) {
        bit++;
    }
    /* Users, teams and the like have privileges under names of their own. */
    return arena_join(arena, "prv", dv_right_names[bit],
                      strcmp(entity->name, "systemuser") == 0 ? "User" : entity->schema, NULL);
}

const char *dv_privilege_id(struct arena *arena, const char *name)
{
    /* Those of leads are published; they are the same in every organization. */
    static const char *const known[][2] = {
        {"prvReadLead", "a8ecac53-09e8-4a13-b598-8d8c87bc3d33"},
        {"prvCreateLead", "a41f965b-2619-4c73-8625-da31945cccc7"},
        {"prvWriteLead", "cb4b339f-2b45-447e-bdd3-0bf4bbebc294"},
        {"prvDeleteLead", "b42d2f65-8929-455d-abe7-b4ec8367a8e1"},
        {"prvAssignLead", "7755e1bc-6f11-465e-8ed0-a1616c5d32c4"},
        {"prvShareLead", "9805ebd7-4a57-4558-a7ef-c0ba93d28c68"},
        {"prvAppendLead", "387d6489-cfcc-47d7-98af-5b7946d7691d"},
        {"prvAppendToLead", "5e8d193d-184d-44be-92d8-0f3845d7a9eb"},
    };

    for (size_t i = 0; i < ARRAY_LEN(known); i++) {
        if (strcmp(known[i][0], name) == 0) {
            return known[i][1];
        }
    }
    return dv_metadata_id(arena, "privilege", name, NULL);
}
