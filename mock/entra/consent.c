#include "entra/consent.h"

#include "base/auto.h"
#include "entra/first_party.h"
#include "entra/tenant.h"
#include "store/directory.h"
#include "store/store.h"

int64_t entra_consent_visible(struct mock_call *call)
{
    return store_setting_after(call->db, "tenant", "consentDelay", call->now_ms);
}

/* The value of a permission of the API, NULL when it has none of that id. */
static const char *permission_value(const cJSON *principal, const char *id, bool role)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, json_get(principal, role ? "appRoles" : "oauth2PermissionScopes"))
    {
        if (str_ieq(json_get_text(item, "id"), id)) {
            return json_get_text(item, "value");
        }
    }
    return NULL;
}

/* The service principal of the client, made when it is missing, as signing in would. */
static const char *client_of(struct mock_call *call, const cJSON *application,
                             struct entra_consent *ret)
{
    const char *app_id = json_get_text(application, "appId");
    cJSON *principal = directory_principal_by_app_id(call->db, call->arena, app_id);

    if (principal == NULL) {
        principal = directory_principal_of_application(
            call->arena, mock_call_guid(call),
            entra_first_party_find(app_id) != NULL ? ENTRA_MICROSOFT_TENANT : entra_tenant_id(call),
            application, call->now_ms);
        directory_principal_put(call->db, call->arena, principal);
        ret->changed = true;
    }
    return json_get_text(principal, "id");
}

/* One API of the manifest: checks its permissions, or grants them to `client`. */
static void consent_to(struct mock_call *call, const cJSON *listed, const char *client,
                       const char *user, struct entra_consent *ret)
{
    const cJSON *principal = directory_principal_by_app_id(
        call->db, call->arena,
        str_lower(arena_strdup(call->arena, json_get_text(listed, "resourceAppId"))));
    const char *resource = json_get_text(principal, "id"), *scopes = "";
    int64_t visible_ms = entra_consent_visible(call);
    const cJSON *access;

    if (principal == NULL) {
        ret->unknown_resource = true;
        return;
    }
    cJSON_ArrayForEach(access, json_get(listed, "resourceAccess"))
    {
        bool role = str_eq(json_get_text(access, "type"), "Role");
        const char *id = json_get_text(access, "id");
        const char *value = permission_value(principal, id, role);

        if (value == NULL) {
            ret->unknown_permission = true;
        } else if (role && user != NULL) {
            continue; /* that is for an administrator, and for everybody */
        } else if (client != NULL && role) {
            ret->changed |= directory_role_assign(call->db, call->arena, client, resource,
                                                  str_lower(arena_strdup(call->arena, id)),
                                                  call->now_ms, visible_ms);
            ret->grants++;
        } else if (!role) {
            scopes = arena_printf(call->arena, "%s%s%s", scopes, *scopes != '\0' ? " " : "", value);
        }
    }
    if (client != NULL && *scopes != '\0') {
        ret->changed |=
            directory_grant_add(call->db, call->arena, client, resource, user, scopes, visible_ms);
        ret->grants++;
    }
}

/* `client` NULL: only looks. */
static void go_through(struct mock_call *call, const cJSON *application, const char *only,
                       const char *client, const char *user, struct entra_consent *ret)
{
    const cJSON *manifest = directory_access_seen(call->db, call->arena, application, call->now_ms);
    const cJSON *listed;

    cJSON_ArrayForEach(listed, manifest)
    {
        if (only == NULL || str_ieq(json_get_text(listed, "resourceAppId"), only)) {
            consent_to(call, listed, client, user, ret);
        }
    }
    if (client == NULL && manifest != json_get(application, "requiredResourceAccess")) {
        mock_call_rule(call, "SETUP2-23");
    }
}

bool entra_consent_check(struct mock_call *call, const cJSON *application, const char *only,
                         struct entra_consent *ret)
{
    *ret = (struct entra_consent){0};
    go_through(call, application, only, NULL, NULL, ret);
    return !ret->unknown_resource && !ret->unknown_permission;
}

void entra_consent_all(struct mock_call *call, const cJSON *application, const char *only,
                       const char *user, struct entra_consent *ret)
{
    if (entra_consent_check(call, application, only, ret)) {
        go_through(call, application, only, client_of(call, application, ret), user, ret);
    }
}

void entra_consent_some(struct mock_call *call, const cJSON *application, const char *resource,
                        const char *user, const char *scopes)
{
    struct entra_consent made = {0};

    directory_grant_add(call->db, call->arena, client_of(call, application, &made), resource, user,
                        scopes, entra_consent_visible(call));
}

const char *entra_consent_listed(struct mock_call *call, const cJSON *application,
                                 const char *app_id)
{
    const cJSON *principal = directory_principal_by_app_id(call->db, call->arena, app_id), *listed;
    const char *scopes = "";

    cJSON_ArrayForEach(listed, json_get(application, "requiredResourceAccess"))
    {
        const cJSON *access;

        if (!str_ieq(json_get_text(listed, "resourceAppId"), app_id)) {
            continue;
        }
        cJSON_ArrayForEach(access, json_get(listed, "resourceAccess"))
        {
            const char *value =
                str_eq(json_get_text(access, "type"), "Scope")
                    ? permission_value(principal, json_get_text(access, "id"), false)
                    : NULL;

            if (value != NULL) {
                scopes =
                    arena_printf(call->arena, "%s%s%s", scopes, *scopes != '\0' ? " " : "", value);
            }
        }
    }
    return scopes;
}

bool entra_consent_needs_admin(struct mock_call *call, const char *resource, const char *scopes)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, json_get(directory_principal_get(call->db, call->arena, resource),
                                      "oauth2PermissionScopes"))
    {
        const char *value = json_get_text(item, "value");

        if (value != NULL && str_eq(json_get_text(item, "type"), "Admin") &&
            directory_words_have(scopes, value)) {
            return true;
        }
    }
    return false;
}
