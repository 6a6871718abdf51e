#include "graph/directory.h"

#include <string.h>

#include "base/auto.h"
#include "base/iso8601.h"
#include "base/str.h"
#include "remote/odata.h"

#define TEXT(type, name, member, need) JSON_FIELD(name, struct type, member, need)

static const struct json_field application_fields[] = {
    TEXT(sync_application, "id", id, REQUIRED),
    TEXT(sync_application, "appId", app_id, REQUIRED),
    TEXT(sync_application, "displayName", display_name, REQUIRED),
    TEXT(sync_application, "signInAudience", sign_in_audience, OPTIONAL),
    TEXT(sync_application, "createdDateTime", created, OPTIONAL),
    JSON_FIELD_ARRAY("requiredResourceAccess", struct sync_application, required_access, OPTIONAL),
    JSON_FIELD_ARRAY("passwordCredentials", struct sync_application, passwords, OPTIONAL),
    JSON_FIELD_ARRAY("keyCredentials", struct sync_application, keys, OPTIONAL),
};

static const struct json_field principal_fields[] = {
    TEXT(sync_principal, "id", id, REQUIRED),
    TEXT(sync_principal, "appId", app_id, REQUIRED),
    TEXT(sync_principal, "appOwnerOrganizationId", owner_tenant, OPTIONAL),
};

static const struct json_field grant_fields[] = {
    TEXT(sync_grant, "id", id, REQUIRED),
    TEXT(sync_grant, "clientId", client_id, REQUIRED),
    TEXT(sync_grant, "resourceId", resource_id, REQUIRED),
    TEXT(sync_grant, "consentType", consent_type, REQUIRED),
    TEXT(sync_grant, "scope", scope, OPTIONAL),
};

static const struct json_field password_fields[] = {
    TEXT(sync_password, "keyId", key_id, REQUIRED),
    TEXT(sync_password, "displayName", display_name, OPTIONAL),
    TEXT(sync_password, "hint", hint, OPTIONAL),
    TEXT(sync_password, "startDateTime", start, OPTIONAL),
    TEXT(sync_password, "endDateTime", end, OPTIONAL),
    TEXT(sync_password, "secretText", secret_text, OPTIONAL),
};

static bool read_object(const cJSON *object, const char *what, const struct json_field *fields,
                        size_t count, void *ret, struct sync_problem *problem)
{
    struct err err;

    if (json_read(object, "", fields, count, ret, &err)) {
        return true;
    }
    (void)sync_fail(problem, CRMSYNC_FAILED, "protocol", "Graph's %s%s%s: %s", what,
                    err.pointer[0] != '\0' ? " at " : "", err.pointer, err.text);
    sync_problem_from(problem, "graph", 200);
    return false;
}

bool sync_application_read(const cJSON *object, struct sync_application *ret,
                           struct sync_problem *problem)
{
    *ret = (struct sync_application){0};
    return read_object(object, "application", application_fields, ARRAY_LEN(application_fields),
                       ret, problem);
}

bool sync_principal_read(const cJSON *object, struct sync_principal *ret,
                         struct sync_problem *problem)
{
    *ret = (struct sync_principal){0};
    return read_object(object, "service principal", principal_fields, ARRAY_LEN(principal_fields),
                       ret, problem);
}

bool sync_grant_read(const cJSON *object, struct sync_grant *ret, struct sync_problem *problem)
{
    *ret = (struct sync_grant){.scope = ""};
    return read_object(object, "permission grant", grant_fields, ARRAY_LEN(grant_fields), ret,
                       problem);
}

bool sync_password_read(const cJSON *object, struct sync_password *ret,
                        struct sync_problem *problem)
{
    *ret = (struct sync_password){.start_ms = INT64_MIN, .end_ms = INT64_MAX};
    if (!read_object(object, "password credential", password_fields, ARRAY_LEN(password_fields),
                     ret, problem)) {
        return false;
    }
    if ((ret->start != NULL && !iso8601_parse(ret->start, &ret->start_ms)) ||
        (ret->end != NULL && !iso8601_parse(ret->end, &ret->end_ms))) {
        (void)sync_fail(problem, CRMSYNC_FAILED, "protocol",
                        "Graph's password credential: its start or end is no date");
        sync_problem_from(problem, "graph", 200);
        return false;
    }
    return true;
}

bool sync_application_requires(const struct sync_application *application, const char *app_id,
                               const char *scope_id)
{
    const cJSON *resource, *access;

    cJSON_ArrayForEach(resource, application->required_access)
    {
        if (!str_ieq(json_get_text(resource, "resourceAppId"), app_id)) {
            continue;
        }
        cJSON_ArrayForEach(access, json_get(resource, "resourceAccess"))
        {
            if (str_ieq(json_get_text(access, "id"), scope_id) &&
                str_eq(json_get_text(access, "type"), "Scope")) {
                return true;
            }
        }
    }
    return false;
}

bool sync_scope_has(const char *list, const char *scope)
{
    size_t len = strlen(scope);

    for (const char *at = list; (at = strstr(at, scope)) != NULL; at += len) {
        if ((at == list || at[-1] == ' ') && (at[len] == '\0' || at[len] == ' ')) {
            return true;
        }
    }
    return false;
}

char *sync_graph_filter(struct arena *arena, const char *collection, const char *property,
                        const char *value, const char *rest)
{
    return sync_odata_filter(
        arena, arena_join(arena, "/", collection, NULL),
        arena_join(arena, property, " eq ", sync_odata_text(arena, value), rest, NULL));
}
