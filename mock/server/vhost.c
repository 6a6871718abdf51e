#include "server/vhost.h"

#include <string.h>

#include "server/world.h"
#include "store/store.h"

struct fixed_host {
    const char *host;
    enum mock_service_id service;
};

/* One service under several names, the others under one each (SOURCES.md: entra-endpoints). */
static const struct fixed_host fixed_hosts[] = {
    {"login.microsoftonline.com", MOCK_ENTRA},
    {"login.windows.net", MOCK_ENTRA},
    {"login.microsoft.com", MOCK_ENTRA},
    {"sts.windows.net", MOCK_ENTRA},
    {"microsoft.com", MOCK_ENTRA}, /* where a device code is entered */
    {"www.microsoft.com", MOCK_ENTRA},
    {"graph.microsoft.com", MOCK_GRAPH},
    {"globaldisco.crm.dynamics.com", MOCK_DATAVERSE},
};

static const struct {
    const char *segment;
    enum mock_service_id service;
} first_segments[] = {
    {"v1.0", MOCK_GRAPH},
    {"beta", MOCK_GRAPH},
    {"oidc", MOCK_GRAPH},
    {"api", MOCK_DATAVERSE},
    {"XRMServices", MOCK_DATAVERSE},
    {"identity", MOCK_MARKETO},
    {"rest", MOCK_MARKETO},
    {"bulk", MOCK_MARKETO},
    {"userservice", MOCK_MARKETO},
    {"adfs", MOCK_ADFS},
    {"_mock", MOCK_CONTROL},
};

/* contoso.api.crm4.dynamics.com → contoso.crm4.dynamics.com; NULL when the name is no
 * organization's. */
static const char *organization_host(struct arena *arena, const char *host)
{
    const char *dot = strchr(host, '.');

    if (dot == NULL || !str_ends(host, ".dynamics.com")) {
        return NULL;
    }
    if (str_starts(dot, ".api.")) {
        return arena_printf(arena, "%.*s%s", (int)(dot - host), host, dot + strlen(".api"));
    }
    return host;
}

static bool organization(struct mock_call *call)
{
    const char *host = organization_host(call->arena, call->host);

    for (char **known = call->world->org_hosts; host != NULL && *known != NULL; known++) {
        if (strcmp(*known, host) == 0) {
            call->org_host = *known;
            return true;
        }
    }
    return false;
}

static bool subscription(struct mock_call *call)
{
    static const char suffix[] = ".mktorest.com";

    if (!str_ends(call->host, suffix)) {
        return false;
    }
    call->munchkin = store_text(
        call->db, call->arena, "SELECT munchkin FROM subscriptions WHERE lower(munchkin) = ?",
        DB_ARGS(db_text_n(call->host, strlen(call->host) - strlen(suffix))));
    return call->munchkin != NULL;
}

static bool by_host(struct mock_call *call, enum mock_service_id *ret)
{
    for (size_t i = 0; i < ARRAY_LEN(fixed_hosts); i++) {
        if (strcmp(call->host, fixed_hosts[i].host) == 0) {
            *ret = fixed_hosts[i].service;
            return true;
        }
    }
    if (organization(call)) {
        *ret = MOCK_DATAVERSE;
        return true;
    }
    if (subscription(call)) {
        *ret = MOCK_MARKETO;
        return true;
    }
    *ret = MOCK_ADFS;
    return *call->host != '\0' && strcmp(call->world->adfs_host, call->host) == 0;
}

static enum mock_service_id by_path(const struct mock_call *call)
{
    const char *first = call->path.count > 0 ? call->path.segments[0] : "";

    for (size_t i = 0; i < ARRAY_LEN(first_segments); i++) {
        if (strcmp(first, first_segments[i].segment) == 0) {
            return first_segments[i].service;
        }
    }
    return MOCK_ENTRA;
}

enum mock_service_id mock_vhost(struct mock_call *call)
{
    enum mock_service_id service;

    call->cloud = by_host(call, &service);
    if (!call->cloud) {
        service = by_path(call);
    }
    if (service == MOCK_DATAVERSE && call->org_host == NULL) {
        call->org_host = call->world->org_hosts[0];
    } else if (service == MOCK_MARKETO && call->munchkin == NULL) {
        call->munchkin =
            store_text(call->db, call->arena,
                       "SELECT munchkin FROM subscriptions ORDER BY ord LIMIT 1", DB_NO_ARGS);
    }
    return service;
}

const char **mock_vhost_names(struct arena *arena, struct db *db)
{
    AUTO(db_rows) rows = {0};
    size_t count = 0, most = ARRAY_LEN(fixed_hosts) + 1;
    const char **names;

    most += (size_t)store_int(db,
                              "SELECT (SELECT count(*) FROM organizations) * 2 + count(*) + 1 "
                              "FROM subscriptions",
                              DB_NO_ARGS, 0);
    names = arena_array(arena, most, sizeof *names);
    for (size_t i = 0; i < ARRAY_LEN(fixed_hosts); i++) {
        names[count++] = fixed_hosts[i].host;
    }
    store_query(
        &rows, db,
        "SELECT host FROM organizations UNION ALL "
        "SELECT substr(host, 1, instr(host, '.')) || 'api' || substr(host, instr(host, '.')) "
        "FROM organizations UNION ALL "
        "SELECT lower(munchkin) || '.mktorest.com' FROM subscriptions UNION ALL "
        "SELECT adfs_host FROM tenant WHERE adfs_host IS NOT NULL",
        DB_NO_ARGS);
    while (store_next(&rows) && count + 1 < most) {
        names[count++] = arena_strdup(arena, db_column_text(&rows, 0));
    }
    return names;
}
