#include "entra/policy.h"

#include <string.h>

#include "store/store.h"

/* One text of a definition. Without the outer object it means nothing, though Graph takes it. */
static bool text_allows(struct mock_call *call, const char *text)
{
    cJSON *tree = NULL;
    struct err err;

    return text != NULL && json_parse(call->arena, text, strlen(text), JSON_PLAIN, &tree, &err) &&
           json_get_bool(json_get(tree, "HomeRealmDiscoveryPolicy"), "AllowCloudPasswordValidation",
                         false);
}

bool entra_policy_allows_password(struct mock_call *call, const char *principal_id)
{
    static const char sql[] =
        "SELECT p.document FROM home_realm_discovery_policies p LEFT JOIN policy_assignments a"
        " ON a.policy = p.id AND a.principal = ? AND a.visible_ms <= ?"
        " WHERE a.principal IS NOT NULL OR p.is_default"
        " ORDER BY a.principal IS NULL, p.id LIMIT 1";
    const char *document = store_text(call->db, call->arena, sql,
                                      DB_ARGS(db_text(principal_id), db_int(call->now_ms)));
    cJSON *tree = NULL;
    const cJSON *text;
    struct err err;

    if (document == NULL ||
        !json_parse(call->arena, document, strlen(document), JSON_PLAIN, &tree, &err)) {
        return false;
    }
    cJSON_ArrayForEach(text, json_get(tree, "definition"))
    {
        if (text_allows(call, cJSON_GetStringValue(text))) {
            return true;
        }
    }
    return false;
}
