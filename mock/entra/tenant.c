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

enum entra_tenant entra_tenant_find(struct mock_call *call, const char *given)
{
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
    return guid_valid(given) || is_domain_name(given) ? ENTRA_TENANT_OTHER : ENTRA_TENANT_NONSENSE;
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
