#include "server/info.h"

#include <unistd.h>

#include "store/store.h"

static void put(cJSON *info, const char *key, const char *value)
{
    if (value != NULL) {
        cJSON_AddStringToObject(info, key, value);
    } else {
        cJSON_AddNullToObject(info, key);
    }
}

static const char *secret(const struct mock_world *world, const char *kind, const char *owner)
{
    return owner != NULL ? json_get_text(json_get(world->secrets, kind), owner) : NULL;
}

static void put_directory(struct arena *arena, struct mock_world *world, cJSON *info)
{
    struct db *db = world->db;
    const char *client =
        store_text(db, arena,
                   "SELECT app_id FROM applications WHERE display_name = 'Marketo Integration' "
                   "AND deleted_ms IS NULL ORDER BY id LIMIT 1",
                   DB_NO_ARGS);
    const char *admin = store_text(db, arena, "SELECT admin_app_id FROM tenant", DB_NO_ARGS);
    const char *user = store_text(db, arena, "SELECT sync_user FROM tenant", DB_NO_ARGS);

    put(info, "client_id", client);
    put(info, "client_secret", secret(world, "applications", client));
    put(info, "admin_client_id", admin);
    put(info, "admin_client_secret", secret(world, "applications", admin));
    put(info, "username", user);
    put(info, "password", secret(world, "users", user));
    put(info, "app_user",
        store_text(db, arena, "SELECT app_user FROM organizations ORDER BY ord LIMIT 1",
                   DB_NO_ARGS));
}

static void put_marketo(struct arena *arena, struct mock_world *world, cJSON *info)
{
    static const char users[] =
        "SELECT client_id FROM api_users WHERE munchkin = (SELECT munchkin FROM subscriptions "
        "ORDER BY ord LIMIT 1) AND connector = ? ORDER BY client_id LIMIT 1";
    struct db *db = world->db;
    const char *connector = store_text(db, arena, users, DB_ARGS(db_int(1)));
    const char *other = store_text(db, arena, users, DB_ARGS(db_int(0)));

    put(info, "munchkin",
        store_text(db, arena, "SELECT munchkin FROM subscriptions ORDER BY ord LIMIT 1",
                   DB_NO_ARGS));
    put(info, "marketo_client_id", connector);
    put(info, "marketo_client_secret", secret(world, "apiUsers", connector));
    put(info, "marketo_other_client_id", other);
    put(info, "marketo_other_client_secret", secret(world, "apiUsers", other));
}

cJSON *mock_info(struct arena *arena, struct mock_world *world, const char *base,
                 const char *ca_file)
{
    cJSON *info = json_new_object(arena);
    struct db *db = world->db;
    const char *tenant = store_text(db, arena, "SELECT id FROM tenant", DB_NO_ARGS);
    const char *org =
        store_text(db, arena, "SELECT host FROM organizations ORDER BY ord LIMIT 1", DB_NO_ARGS);

    put(info, "base", base);
    if (ca_file != NULL) {
        put(info, "ca_file", ca_file);
    }
    put(info, "tenant_id", tenant);
    put(info, "tenant_domain",
        store_text(db, arena, "SELECT default_domain FROM tenant", DB_NO_ARGS));
    put(info, "authority", arena_printf(arena, "%s/%s", base, tenant));
    put_directory(arena, world, info);
    put(info, "graph_url", arena_printf(arena, "%s/v1.0", base));
    put(info, "org_url", org != NULL ? base : NULL);
    put(info, "org_host", org);
    put(info, "dataverse_api", org != NULL ? arena_printf(arena, "%s/api/data/v9.2", base) : NULL);
    put(info, "marketo_rest", arena_printf(arena, "%s/rest", base));
    put(info, "marketo_identity", arena_printf(arena, "%s/identity", base));
    put_marketo(arena, world, info);
    put(info, "control", arena_printf(arena, "%s/_mock", base));
    cJSON_AddNumberToObject(info, "pid", getpid());
    cJSON_AddNumberToObject(info, "seed", (double)world->seed);
    put(info, "world", world->name);
    return info;
}
