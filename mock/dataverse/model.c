#include "dataverse/model.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "base/uri.h"
#include "dataverse/install.h"
#include "dataverse/org.h"
#include "store/store.h"

static int64_t ord_of(struct db *db, const char *org)
{
    return store_int(db, "SELECT ord FROM dv_orgs WHERE host = ?", DB_ARGS(db_text(org)), -1);
}

/* contoso.api.crm4.dynamics.com → contoso.crm4.dynamics.com */
static const char *web_host(struct arena *arena, const char *host)
{
    const char *dot = strchr(host, '.');

    return dot != NULL && str_starts(dot, ".api.")
               ? arena_printf(arena, "%.*s%s", (int)(dot - host), host, dot + 4)
               : host;
}

static bool is_service_path(const char *path)
{
    static const char *const paths[] = {"", "/", "/XRMServices/2011/Organization.svc",
                                        "/XRMServices/2011/Organization.svc/"};

    for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
        if (str_ieq(paths[i], path)) {
            return true;
        }
    }
    return false;
}

static bool is_discovery(const char *host)
{
    return str_starts(host, "globaldisco.") || str_starts(host, "disco.") ||
           str_starts(host, "dev.");
}

enum dataverse_url dataverse_find_url(struct arena *arena, struct db *db, const char *url,
                                      const char *origin, const char **ret_org)
{
    struct uri uri;
    const char *host;

    if (!uri_parse(arena, url, &uri)) {
        return DATAVERSE_URL_UNKNOWN;
    }
    if (origin != NULL && str_starts(url, origin) &&
        strchr("/?", url[strlen(origin)]) != NULL) { /* strchr finds the end of the text too */
        host = store_text(db, arena, "SELECT host FROM organizations ORDER BY ord LIMIT 1",
                          DB_NO_ARGS);
    } else if (is_discovery(uri.host)) {
        return DATAVERSE_URL_KIND;
    } else {
        host = store_text(db, arena, "SELECT host FROM organizations WHERE host = ?",
                          DB_ARGS(db_text(web_host(arena, uri.host))));
    }
    if (host == NULL) {
        return DATAVERSE_URL_UNKNOWN;
    }
    if (!is_service_path(uri.path) || uri.query != NULL) {
        return DATAVERSE_URL_KIND;
    }
    *ret_org = host;
    return DATAVERSE_URL_OK;
}

bool dataverse_org(struct arena *arena, struct db *db, const char *org, const char **ret_name,
                   const char **ret_id)
{
    AUTO(db_rows) rows = {0};

    store_query(&rows, db,
                "SELECT o.name, d.id FROM organizations o JOIN dv_orgs d ON d.host = o.host"
                " WHERE o.host = ?",
                DB_ARGS(db_text(org)));
    if (!store_next(&rows)) {
        return false;
    }
    *ret_name = arena_strdup(arena, db_column_text(&rows, 0));
    *ret_id = arena_strdup(arena, db_column_text(&rows, 1));
    return true;
}

/* The role by the id that the package gives it. */
static const char *sync_role_id(struct db *db, struct arena *arena, int64_t ord, const char *org)
{
    return store_text(db, arena,
                      arena_printf(arena,
                                   "SELECT r.roleid FROM o%lld_role r JOIN o%lld_solution s ON"
                                   " s.solutionid = r.solutionid WHERE s.uniquename = ?"
                                   " ORDER BY r.roleid LIMIT 1",
                                   (long long)ord, (long long)ord),
                      DB_ARGS(db_text(dv_marketo_names(db, arena, org).solution)));
}

static bool holds(struct db *db, struct arena *arena, int64_t ord, const char *user,
                  const char *condition, const char *value)
{
    return store_int(db,
                     arena_printf(
                         arena,
                         "SELECT count(*) FROM o%lld_role r WHERE r.%s = ?2 AND r.roleid IN"
                         " (SELECT roleid FROM o%lld_systemuserroles WHERE systemuserid = ?1"
                         " UNION SELECT t.roleid FROM o%lld_teamroles t JOIN"
                         " o%lld_teammembership m ON m.teamid = t.teamid"
                         " WHERE m.systemuserid = ?1)",
                         (long long)ord, condition, (long long)ord, (long long)ord, (long long)ord),
                     DB_ARGS(db_text(user), db_text(value)), 0) != 0;
}

static bool find_user(struct arena *arena, struct db *db, const char *org, const char *condition,
                      const char *value, struct dataverse_user *ret)
{
    int64_t ord = ord_of(db, org);
    const char *role;

    if (ord < 0 || value == NULL) {
        return false;
    }
    {
        AUTO(db_rows) rows = {0};

        store_query(&rows, db,
                    arena_printf(arena,
                                 "SELECT systemuserid, fullname, internalemailaddress, domainname,"
                                 " applicationid, azureactivedirectoryobjectid, isdisabled"
                                 " FROM o%lld_systemuser WHERE %s ORDER BY systemuserid LIMIT 1",
                                 (long long)ord, condition),
                    DB_ARGS(db_text(value)));
        if (!store_next(&rows)) {
            return false;
        }
        *ret = (struct dataverse_user){
            .id = arena_strdup(arena, db_column_text(&rows, 0)),
            .fullname = arena_strdup(arena, db_column_text(&rows, 1)),
            .email = arena_strdup(arena, db_column_text(&rows, 2)),
            .domain_name = arena_strdup(arena, db_column_text(&rows, 3)),
            .application_id = arena_strdup(arena, db_column_text(&rows, 4)),
            .object_id = arena_strdup(arena, db_column_text(&rows, 5)),
            .disabled = db_column_int(&rows, 6) != 0,
        };
    }
    role = sync_role_id(db, arena, ord, org);
    ret->sync_role = role != NULL && holds(db, arena, ord, ret->id, "roleid", role);
    ret->administrator =
        holds(db, arena, ord, ret->id, "roletemplateid", DV_TEMPLATE_ADMINISTRATOR);
    return true;
}

bool dataverse_user_by_application(struct arena *arena, struct db *db, const char *org,
                                   const char *application_id, struct dataverse_user *ret)
{
    return find_user(arena, db, org, "applicationid = lower(?)", application_id, ret);
}

bool dataverse_user_by_name(struct arena *arena, struct db *db, const char *org, const char *name,
                            struct dataverse_user *ret)
{
    return find_user(arena, db, org, "domainname = ?", name, ret) ||
           find_user(arena, db, org, "internalemailaddress = ?", name, ret);
}

bool dataverse_user_by_id(struct arena *arena, struct db *db, const char *org, const char *id,
                          struct dataverse_user *ret)
{
    return find_user(arena, db, org, "systemuserid = lower(?)", id, ret);
}

const char *dataverse_solution(struct arena *arena, struct db *db, const char *org,
                               const char *unique_name)
{
    int64_t ord = ord_of(db, org);

    return ord < 0 ? NULL
                   : store_text(db, arena,
                                arena_printf(arena,
                                             "SELECT version FROM o%lld_solution"
                                             " WHERE uniquename = ?",
                                             (long long)ord),
                                DB_ARGS(db_text(unique_name)));
}

const char *dataverse_disabled_step(struct arena *arena, struct db *db, const char *org)
{
    int64_t ord = ord_of(db, org);

    return ord < 0 ? NULL
                   : store_text(db, arena,
                                arena_printf(arena,
                                             "SELECT p.name FROM o%lld_sdkmessageprocessingstep p"
                                             " JOIN o%lld_solution s ON s.solutionid ="
                                             " p.solutionid WHERE s.uniquename = ? AND"
                                             " p.statecode <> 0 ORDER BY p.name LIMIT 1",
                                             (long long)ord, (long long)ord),
                                DB_ARGS(db_text(dv_marketo_names(db, arena, org).solution)));
}

const char *dataverse_config_user(struct arena *arena, struct db *db, const char *org,
                                  bool published)
{
    int64_t ord = ord_of(db, org);

    if (ord < 0) {
        return NULL;
    }
    return published ? store_text(db, arena, "SELECT published_user FROM dv_orgs WHERE ord = ?",
                                  DB_ARGS(db_int(ord)))
                     : dv_config_user(db, arena, ord, org);
}

/* AttributeType, as EntityDefinitions shows it. */
static const char *type_word(const struct dv_column *column)
{
    static const char *const words[DV_TYPE_COUNT] = {
        "Uniqueidentifier", "Uniqueidentifier", "String",   "Memo",   "Integer",  "BigInt",
        "Boolean",          "Picklist",         "State",    "Status", "Money",    "Decimal",
        "Double",           "DateTime",         "DateTime", "Lookup", "Customer", "Owner"};

    return words[column->type];
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct dataverse_attribute *)a)->name,
                  ((const struct dataverse_attribute *)b)->name);
}

size_t dataverse_attributes(struct arena *arena, struct db *db, const char *org,
                            const char *logical_name, struct dataverse_attribute **ret)
{
    const struct dv_schema *schema = dv_schema_load(arena, db, org);
    const struct dv_entity *entity = schema != NULL ? dv_entity(schema, logical_name) : NULL;
    struct dataverse_attribute *list;

    if (entity == NULL || entity->hidden) {
        return 0;
    }
    list = arena_array(arena, entity->column_count, sizeof *list);
    for (size_t i = 0; i < entity->column_count; i++) {
        const struct dv_column *column = entity->columns[i];
        bool is_text = column->type == DV_STRING || column->type == DV_MEMO;

        list[i] = (struct dataverse_attribute){
            .name = column->name,
            .label = column->label,
            .type = type_word(column),
            .max_length = is_text ? column->size : 0,
            .custom = (column->flags & DV_CUSTOM) != 0,
            .readable = true,
            .creatable = (column->flags & DV_NO_CREATE) == 0,
            .updatable = (column->flags & DV_NO_UPDATE) == 0,
        };
    }
    qsort(list, entity->column_count, sizeof *list, by_name);
    *ret = list;
    return entity->column_count;
}
