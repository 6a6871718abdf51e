#include "entra/tenant.h"

#include <string.h>

#include "base/auto.h"
#include "store/store.h"

static const char consumers_id[] = "9188040d-6c67-4c5b-b112-36a304b66dad";

static bool is_domain_name(const char *text)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.";

    return strchr(text, '.') != NULL && *text != '.' && text[strspn(text, letters)] == '\0';
}

/* A tenant of the member `otherTenants`, by id or domain. */
static bool find_other(struct mock_call *call, const char *given, struct entra_directory *ret)
{
    /* As AADSTS90038 names the clouds. */
    static const struct {
        const char *word, *name;
    } national[] = {{"us-government", "MicrosoftOnline.US"}, {"china", "MicrosoftOnline.CN"}};
    static const char sql[] = "SELECT id, display_name, cloud FROM other_tenants"
                              " WHERE id = lower(?1) OR id = (SELECT tenant FROM other_domains"
                              " WHERE name = ?1)";
    AUTO(db_rows) rows = {0};

    store_query(&rows, call->db, sql, DB_ARGS(db_text(given)));
    if (!store_next(&rows)) {
        return false;
    }
    *ret = (struct entra_directory){
        .tenant = ENTRA_TENANT_FOREIGN,
        .id = arena_strdup(call->arena, db_column_text(&rows, 0)),
        .name = arena_strdup(call->arena, db_column_text(&rows, 1)),
    };
    for (size_t i = 0; i < ARRAY_LEN(national); i++) {
        if (str_eq(national[i].word, db_column_text(&rows, 2))) {
            ret->tenant = ENTRA_TENANT_NATIONAL;
            ret->cloud = national[i].name;
        }
    }
    return true;
}

enum entra_tenant entra_tenant_find(struct mock_call *call, const char *given)
{
    struct entra_directory directory;
    static const struct {
        const char *name;
        enum entra_tenant tenant;
    } shared[] = {
        {"common", ENTRA_TENANT_COMMON},
        {"organizations", ENTRA_TENANT_ORGANIZATIONS},
        {"consumers", ENTRA_TENANT_CONSUMERS},
        {consumers_id, ENTRA_TENANT_CONSUMERS},
    };
    static const char own[] = "SELECT 1 FROM tenant WHERE id = lower(?1)"
                              " UNION ALL SELECT 1 FROM domains WHERE name = ?1";

    for (size_t i = 0; i < ARRAY_LEN(shared); i++) {
        if (str_ieq(shared[i].name, given)) {
            return shared[i].tenant;
        }
    }
    if (store_int(call->db, own, DB_ARGS(db_text(given)), 0) != 0) {
        return ENTRA_TENANT_OWN;
    }
    if (find_other(call, given, &directory)) {
        return directory.tenant;
    }
    return guid_valid(given) || is_domain_name(given) ? ENTRA_TENANT_OTHER : ENTRA_TENANT_NONSENSE;
}

/* This world's tenant, under a name that means it or all of them. */
static struct entra_directory own_directory(struct mock_call *call, enum entra_tenant tenant)
{
    return (struct entra_directory){
        .tenant = tenant, .id = entra_tenant_id(call), .name = entra_tenant_name(call)};
}

struct entra_directory entra_directory_find(struct mock_call *call, const char *given)
{
    enum entra_tenant tenant = entra_tenant_find(call, given);
    struct entra_directory directory = own_directory(call, tenant);

    if (tenant == ENTRA_TENANT_FOREIGN || tenant == ENTRA_TENANT_NATIONAL) {
        (void)find_other(call, given, &directory);
    }
    return directory;
}

struct entra_directory entra_directory_of_user(struct mock_call *call, const char *upn)
{
    const char *sign = strrchr(upn, '@');
    struct entra_directory directory = own_directory(call, ENTRA_TENANT_OWN);

    if (sign == NULL || store_int(call->db, "SELECT 1 FROM domains WHERE name = ?",
                                  DB_ARGS(db_text(sign + 1)), 0) != 0) {
        directory.tenant = sign == NULL ? ENTRA_TENANT_OTHER : ENTRA_TENANT_OWN;
    } else if (!find_other(call, sign + 1, &directory)) {
        directory.tenant = ENTRA_TENANT_OTHER;
    }
    return directory;
}

bool entra_tenant_shared(enum entra_tenant tenant)
{
    return tenant == ENTRA_TENANT_ORGANIZATIONS || tenant == ENTRA_TENANT_COMMON ||
           tenant == ENTRA_TENANT_CONSUMERS;
}

const char *entra_tenant_id(struct mock_call *call)
{
    return store_text(call->db, call->arena, "SELECT id FROM tenant", DB_NO_ARGS);
}

const char *entra_tenant_name(struct mock_call *call)
{
    return store_text(call->db, call->arena, "SELECT display_name FROM tenant", DB_NO_ARGS);
}

const char *entra_issuer_v2(struct mock_call *call, const char *tid)
{
    return arena_printf(call->arena, "%s/%s/v2.0",
                        call->cloud ? "https://login.microsoftonline.com" : mock_call_origin(call),
                        tid);
}

const char *entra_issuer_v1(struct mock_call *call, const char *tid)
{
    return arena_printf(call->arena, "https://sts.windows.net/%s/", tid);
}
