#include "store/other_tenants.h"

#include "base/auto.h"
#include "base/guid.h"
#include "base/str.h"
#include "store/store.h"

/* Where the refusals of one tenant point. */
struct place {
    struct world_load *load;
    const char *at;
};

static bool refuse(const struct place *place, const char *member, struct err *err)
{
    err_at(err, json_pointer_add(place->load->arena, place->at, member));
    return false;
}

static bool taken(const struct place *place, const char *sql, const char *value)
{
    return store_int(place->load->db, sql, DB_ARGS(db_text(value)), 0) != 0;
}

static bool put_domains(const struct place *place, const char *id, const cJSON *domains,
                        struct err *err)
{
    static const char sql[] = "SELECT 1 FROM domains WHERE name = ?1"
                              " UNION ALL SELECT 1 FROM other_domains WHERE name = ?1";
    const cJSON *domain;

    cJSON_ArrayForEach(domain, domains)
    {
        if (taken(place, sql, domain->valuestring)) {
            (void)err_set(err, ERR_CONFIG, "the domain %.100s is another tenant's already",
                          domain->valuestring);
            return refuse(place, "domains", err);
        }
        store_run(place->load->db, "INSERT INTO other_domains (name, tenant) VALUES (?, ?)",
                  DB_ARGS(db_text(domain->valuestring), db_text(id)));
    }
    return true;
}

/* Its service principal there; one that is registered here too has its credentials here. */
static bool put_application(const struct place *place, const char *id, const cJSON *application,
                            struct err *err)
{
    struct world_load *load = place->load;
    const char *name = json_get_text(application, "displayName");
    const char *app_id = str_lower(arena_strdup(load->arena, json_get_text(application, "appId")));
    char *principal = arena_alloc(load->arena, GUID_SIZE);
    const cJSON *secret;

    if (store_int(load->db, "SELECT 1 FROM other_principals WHERE tenant = ? AND app_id = ?",
                  DB_ARGS(db_text(id), db_text(app_id)), 0) != 0) {
        (void)err_set(err, ERR_CONFIG, "the application %s stands twice", app_id);
        return refuse(place, "applications", err);
    }
    if (json_get(application, "secrets") != NULL &&
        taken(place, "SELECT 1 FROM applications WHERE app_id = ?", app_id)) {
        (void)err_set(err, ERR_CONFIG,
                      "the application %s is registered in this world's tenant: its secrets stand "
                      "there",
                      app_id);
        return refuse(place, "applications", err);
    }
    guid_make(load->random, principal);
    store_run(load->db,
              "INSERT INTO other_principals (tenant, app_id, id, display_name)"
              " VALUES (?, ?, ?, ?)",
              DB_ARGS(db_text(id), db_text(app_id), db_text(principal),
                      db_text(name != NULL ? name : app_id)));
    cJSON_ArrayForEach(secret, json_get(application, "secrets"))
    {
        const char *key = json_get_text(secret, "keyId");

        if (key != NULL && taken(place, "SELECT 1 FROM passwords WHERE key_id = lower(?)", key)) {
            (void)err_set(err, ERR_CONFIG, "the keyId %s stands twice", key);
            return refuse(place, "applications", err);
        }
        world_fill_secret(load, principal, app_id, secret);
    }
    return true;
}

static bool put_tenant(const struct place *place, const cJSON *tenant, struct err *err)
{
    static const char known[] = "SELECT 1 FROM tenant WHERE id = ?1"
                                " UNION ALL SELECT 1 FROM other_tenants WHERE id = ?1";
    struct world_load *load = place->load;
    const char *id = str_lower(arena_strdup(load->arena, json_get_text(tenant, "id")));
    const char *name = json_get_text(tenant, "displayName");
    const char *cloud = json_get_text(tenant, "cloud");
    const cJSON *domains = json_get(tenant, "domains"), *application;

    if (taken(place, known, id)) {
        (void)err_set(err, ERR_CONFIG, "the tenant %s stands twice", id);
        return refuse(place, "id", err);
    }
    name = name != NULL ? name : cJSON_GetStringValue(cJSON_GetArrayItem(domains, 0));
    store_run(load->db, "INSERT INTO other_tenants (id, display_name, cloud) VALUES (?, ?, ?)",
              DB_ARGS(db_text(id), db_text(name != NULL ? name : id),
                      db_text(cloud != NULL ? cloud : "public")));
    if (!put_domains(place, id, domains, err)) {
        return false;
    }
    cJSON_ArrayForEach(application, json_get(tenant, "applications"))
    {
        if (!put_application(place, id, application, err)) {
            return false;
        }
    }
    return true;
}

bool other_tenants_put(struct world_load *load, const cJSON *tenants, struct err *err)
{
    const cJSON *tenant;
    size_t index = 0;

    cJSON_ArrayForEach(tenant, tenants)
    {
        const struct place place = {
            load, json_pointer_index(load->arena, "/tenant/otherTenants", index++)};

        if (!put_tenant(&place, tenant, err)) {
            return false;
        }
    }
    return true;
}
