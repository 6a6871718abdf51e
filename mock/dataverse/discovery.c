/* Global discovery: the organizations of a person. Source: dataverse-discovery. */
#include <string.h>

#include "base/iso8601.h"
#include "base/str.h"
#include "dataverse/caller.h"
#include "dataverse/records.h"
#include "dataverse/wire.h"
#include "entra/verify.h"
#include "server/world.h"
#include "store/store.h"

static const char *const members[] = {"Id",
                                      "UniqueName",
                                      "UrlName",
                                      "FriendlyName",
                                      "State",
                                      "Version",
                                      "Url",
                                      "ApiUrl",
                                      "LastUpdated",
                                      "Region",
                                      "OrganizationType",
                                      "TenantId",
                                      "EnvironmentId",
                                      "StatusMessage",
                                      "TrialExpirationDate",
                                      "Purpose",
                                      "SchemaType"};

static cJSON *instance(struct mock_call *call, const char *host, const char *name, const char *id,
                       const char *unique_name)
{
    cJSON *item = cJSON_CreateObject();
    const char *dot = strchr(host, '.');
    char updated[ISO8601_SIZE];

    iso8601_format_s(call->world->start_ms, updated);
    cJSON_AddStringToObject(item, "Id", id);
    cJSON_AddStringToObject(item, "UniqueName", unique_name);
    cJSON_AddStringToObject(item, "UrlName", arena_dup(call->arena, host, (size_t)(dot - host)));
    cJSON_AddStringToObject(item, "FriendlyName", name);
    cJSON_AddNumberToObject(item, "State", 0);
    cJSON_AddStringToObject(item, "Version", "9.2.24051.196");
    cJSON_AddStringToObject(item, "Url", arena_join(call->arena, "https://", host, NULL));
    cJSON_AddStringToObject(
        item, "ApiUrl",
        arena_printf(call->arena, "https://%.*s.api%s", (int)(dot - host), host, dot));
    cJSON_AddStringToObject(item, "LastUpdated", updated);
    cJSON_AddStringToObject(item, "Region", "NA");
    cJSON_AddNumberToObject(item, "OrganizationType", 0);
    cJSON_AddStringToObject(item, "TenantId", call->world->tenant_id);
    cJSON_AddStringToObject(item, "EnvironmentId",
                            dv_metadata_id(call->arena, "environment", host, NULL));
    cJSON_AddNumberToObject(item, "StatusMessage", 0);
    cJSON_AddStringToObject(item, "TrialExpirationDate", "0001-01-01T00:00:00Z");
    cJSON_AddStringToObject(item, "Purpose", "");
    cJSON_AddStringToObject(item, "SchemaType", "Standard");
    return item;
}

/* Only where the caller is an enabled person; an application belongs to none. */
static bool is_member(struct mock_call *call, const struct mock_claims *claims, const char *host)
{
    struct dv_org *org = dv_org_of_host(call, host);
    const char *id =
        claims->app_only || org == NULL ? NULL : dv_user_id(call, org, false, claims->oid);
    const struct dv_user *user = id != NULL ? dv_user_find(call, org, id) : NULL;

    return user != NULL && !user->disabled;
}

static cJSON *gather(struct mock_call *call, const struct mock_claims *claims)
{
    cJSON *list = json_new_array(call->arena);
    AUTO(db_rows) rows = {0};

    store_query(&rows, call->db,
                "SELECT o.host, o.name, d.id, d.unique_name FROM organizations o JOIN dv_orgs d"
                " ON d.host = o.host ORDER BY o.ord",
                DB_NO_ARGS);
    while (store_next(&rows)) {
        const char *host = arena_strdup(call->arena, db_column_text(&rows, 0));

        if (is_member(call, claims, host)) {
            cJSON_AddItemToArray(list,
                                 instance(call, host, db_column_text(&rows, 1),
                                          db_column_text(&rows, 2), db_column_text(&rows, 3)));
        }
    }
    return list;
}

static bool known_member(const char *name, size_t len)
{
    for (size_t i = 0; i < ARRAY_LEN(members); i++) {
        if (strncmp(members[i], name, len) == 0 && members[i][len] == '\0') {
            return true;
        }
    }
    return false;
}

/* Keeps the selected members; false when it has been refused. */
static bool select_members(struct mock_call *call, struct mock_reply *reply, cJSON *item)
{
    const char *select = uri_param(&call->params, "$select"), *at = select;
    cJSON *member = item->child;

    while (at != NULL && *at != '\0') {
        size_t len = strcspn(at, ",");

        if (!known_member(at, len)) {
            dv_refuse(call, reply, DV_PROPERTY_UNKNOWN, arena_dup(call->arena, at, len), "Instance",
                      NULL, NULL);
            return false;
        }
        at += len;
        at += *at == ',';
    }
    while (select != NULL && member != NULL) {
        cJSON *next = member->next;
        const char *found = strstr(select, member->string);
        size_t len = strlen(member->string);

        while (found != NULL && ((found > select && found[-1] != ',') ||
                                 (found[len] != ',' && found[len] != '\0'))) {
            found = strstr(found + 1, member->string);
        }
        if (found == NULL) {
            cJSON_Delete(cJSON_DetachItemViaPointer(item, member));
        }
        member = next;
    }
    return true;
}

/* The one comparison that clients send: a member eq a text or a number. */
static bool passes(struct mock_call *call, struct mock_reply *reply, const cJSON *item, bool *ret)
{
    const char *filter = uri_param(&call->params, "$filter"), *value;
    const cJSON *member;
    size_t len;
    AUTO(strbuf) text = STRBUF(0);

    *ret = true;
    if (filter == NULL) {
        return true;
    }
    len = strcspn(filter, " ");
    if (!known_member(filter, len) || strncmp(filter + len, " eq ", 4) != 0) {
        dv_refuse(call, reply, DV_SYNTAX_AT, arena_printf(call->arena, "%zu", len), filter, NULL,
                  NULL);
        return false;
    }
    member = json_get(item, arena_dup(call->arena, filter, len));
    value = filter + len + 4;
    if (cJSON_IsNumber(member)) {
        strbuf_addf(&text, "%d", member->valueint);
    } else if (*value == '\'') {
        strbuf_addf(&text, "'%s'", cJSON_GetStringValue(member));
    } else {
        strbuf_add(&text, cJSON_GetStringValue(member));
    }
    *ret = str_ieq(strbuf_text(&text), value);
    return true;
}

static const struct mock_claims *claims_of(struct mock_call *call)
{
    static const char *const any[] = {"*"};
    const struct mock_claims *claims = NULL;

    return mock_token_verify(call, any, 1, &claims) == MOCK_TOKEN_GOOD ? claims : NULL;
}

static const char *context(struct mock_call *call, const char *tail)
{
    return arena_join(
        call->arena,
        mock_call_url(call, MOCK_PLACE_DISCOVERY, "/api/discovery/v2.0/$metadata#Instances"), tail,
        NULL);
}

void dv_instances(struct mock_call *call, struct mock_reply *reply)
{
    cJSON *list = gather(call, claims_of(call)), *item = list->child;
    cJSON *body = json_new_object(call->arena), *value;

    cJSON_AddStringToObject(body, "@odata.context", context(call, ""));
    value = cJSON_AddArrayToObject(body, "value");
    while (item != NULL) {
        cJSON *next = item->next;
        bool keep;

        if (!passes(call, reply, item, &keep)) {
            return;
        }
        if (keep) {
            if (!select_members(call, reply, item)) {
                return;
            }
            cJSON_AddItemToArray(value, cJSON_DetachItemViaPointer(list, item));
        }
        item = next;
    }
    mock_reply_json(call, reply, 200, body);
    dv_json(reply, 200);
}

void dv_instance(struct mock_call *call, struct mock_reply *reply)
{
    cJSON *list = gather(call, claims_of(call)), *item;
    const char *key = call->vars[0];
    static const char unique[] = "UniqueName='";

    cJSON_ArrayForEach(item, list)
    {
        const char *name = json_get_text(item, "UniqueName");

        if (str_ieq(json_get_text(item, "Id"), key) ||
            (str_starts(key, unique) &&
             str_ieq(arena_join(call->arena, name, "'", NULL), key + sizeof unique - 1))) {
            cJSON *body = json_new_object(call->arena);

            if (!select_members(call, reply, item)) {
                return;
            }
            cJSON_AddStringToObject(body, "@odata.context", context(call, "/$entity"));
            while (item->child != NULL) {
                cJSON *member = cJSON_DetachItemViaPointer(item, item->child);
                char *label = arena_strdup(call->arena, member->string);

                cJSON_AddItemToObject(body, label, member);
            }
            mock_reply_json(call, reply, 200, body);
            dv_json(reply, 200);
            return;
        }
    }
    dv_refuse(call, reply, DV_ROW_MISSING, "Instance", key, NULL, NULL);
}
