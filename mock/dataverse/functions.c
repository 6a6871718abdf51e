/* Functions and actions that are about no single row. Source: dataverse-functions. */
#include <stdlib.h>
#include <string.h>

#include "base/guid.h"
#include "base/json_writer.h"
#include "base/str.h"
#include "dataverse/caller.h"
#include "dataverse/install.h"
#include "dataverse/records.h"
#include "dataverse/wire.h"
#include "server/world.h"
#include "store/store.h"

static const char build[] = "9.2.24051.196";

void dv_who_am_i(struct mock_call *call, struct mock_reply *reply)
{
    const struct mock_caller *caller = call->caller;
    cJSON *answer = dv_answer(call, "WhoAmIResponse");

    cJSON_AddStringToObject(answer, "BusinessUnitId", caller->user->business_unit);
    cJSON_AddStringToObject(answer, "UserId", caller->user->id);
    cJSON_AddStringToObject(answer, "OrganizationId", caller->org->id);
    dv_answer_send(call, reply, answer);
}

void dv_version(struct mock_call *call, struct mock_reply *reply)
{
    cJSON *answer = dv_answer(call, "RetrieveVersionResponse");

    cJSON_AddStringToObject(answer, "Version", "9.2.24051.00196");
    dv_answer_send(call, reply, answer);
}

/* "contoso" of contoso.crm.dynamics.com, and its API host. */
static const char *url_name(struct mock_call *call, const char *host)
{
    return arena_dup(call->arena, host, strcspn(host, "."));
}

void dv_current_organization(struct mock_call *call, struct mock_reply *reply)
{
    static const char *const keys[] = {"WebApplication", "OrganizationService",
                                       "OrganizationDataService"};
    const struct dv_org *org = call->caller->org;
    cJSON *answer = dv_answer(call, "RetrieveCurrentOrganizationResponse");
    cJSON *detail = cJSON_AddObjectToObject(answer, "Detail"), *endpoints, *list;
    const char *dot = strchr(org->host, '.');
    const char *api =
        arena_printf(call->arena, "https://%.*s.api%s", (int)(dot - org->host), org->host, dot);
    const char *urls[] = {
        arena_printf(call->arena, "https://%s/", org->host),
        arena_join(call->arena, api, "/XRMServices/2011/Organization.svc", NULL),
        arena_join(call->arena, api, "/XRMServices/2011/OrganizationData.svc", NULL)};

    cJSON_AddStringToObject(detail, "OrganizationId", org->id);
    cJSON_AddStringToObject(detail, "FriendlyName",
                            store_text(call->db, call->arena,
                                       "SELECT name FROM organizations WHERE host = ?",
                                       DB_ARGS(db_text(org->host))));
    cJSON_AddStringToObject(detail, "OrganizationVersion", build);
    cJSON_AddStringToObject(detail, "EnvironmentId",
                            dv_metadata_id(call->arena, "environment", org->host, NULL));
    cJSON_AddStringToObject(detail, "DatacenterId",
                            dv_metadata_id(call->arena, "datacenter", "NA", NULL));
    cJSON_AddStringToObject(detail, "Geo", "NA");
    cJSON_AddStringToObject(detail, "TenantId", call->world->tenant_id);
    cJSON_AddStringToObject(detail, "UrlName", url_name(call, org->host));
    cJSON_AddStringToObject(detail, "UniqueName",
                            store_text(call->db, call->arena,
                                       "SELECT unique_name FROM dv_orgs WHERE ord = ?",
                                       DB_ARGS(db_int(org->ord))));
    cJSON_AddStringToObject(detail, "State", "Enabled");
    cJSON_AddStringToObject(detail, "OrganizationType", "Customer");
    cJSON_AddStringToObject(detail, "SchemaType", "Standard");
    endpoints = cJSON_AddObjectToObject(detail, "Endpoints");
    cJSON_AddNumberToObject(endpoints, "Count", 3);
    cJSON_AddFalseToObject(endpoints, "IsReadOnly");
    list = cJSON_AddArrayToObject(endpoints, "Keys");
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        cJSON_AddItemToArray(list, cJSON_CreateString(keys[i]));
    }
    list = cJSON_AddArrayToObject(endpoints, "Values");
    for (size_t i = 0; i < ARRAY_LEN(urls); i++) {
        cJSON_AddItemToArray(list, cJSON_CreateString(urls[i]));
    }
    dv_answer_send(call, reply, answer);
}

/* The value of a function's parameter: in the parentheses, or by an alias of the query. */
static const char *parameter(struct mock_call *call, const char *text, const char *name)
{
    size_t len = strlen(name);
    const char *at = strstr(text, name);

    if (at == NULL || at[len] != '=') {
        return NULL;
    }
    at += len + 1;
    if (*at == '@') {
        return uri_param(&call->params, arena_dup(call->arena, at, strcspn(at, ",)")));
    }
    return at;
}

void dv_total_count(struct mock_call *call, struct mock_reply *reply)
{
    const struct dv_schema *schema = call->caller->org->schema;
    const char *text = parameter(call, call->vars[1], "EntityNames");
    cJSON *answer = dv_answer(call, "RetrieveTotalRecordCountResponse");
    cJSON *collection = cJSON_AddObjectToObject(answer, "EntityRecordCountCollection");
    cJSON *keys, *values, *names = NULL;
    const cJSON *name;
    struct err err;

    if (text == NULL || !json_parse(call->arena, text, strlen(text), JSON_PLAIN, &names, &err) ||
        !cJSON_IsArray(names)) {
        dv_refuse(call, reply, DV_ARGUMENT,
                  "EntityNames: expected an array of logical names, such as [\"account\"].", NULL,
                  NULL, NULL);
        return;
    }
    cJSON_AddNumberToObject(collection, "Count", cJSON_GetArraySize(names));
    cJSON_AddFalseToObject(collection, "IsReadOnly");
    keys = cJSON_AddArrayToObject(collection, "Keys");
    values = cJSON_AddArrayToObject(collection, "Values");
    cJSON_ArrayForEach(name, names)
    {
        const struct dv_entity *entity =
            cJSON_IsString(name) ? dv_entity(schema, name->valuestring) : NULL;

        if (entity == NULL) {
            dv_refuse(call, reply, DV_ENTITY_MISSING, cJSON_IsString(name) ? name->valuestring : "",
                      NULL, NULL, NULL);
            return;
        }
        cJSON_AddItemToArray(keys, cJSON_CreateString(entity->name));
        cJSON_AddItemToArray(
            values,
            cJSON_CreateNumber((double)store_int(
                call->db, arena_join(call->arena, "SELECT count(*) FROM ", entity->table, NULL),
                DB_NO_ARGS, 0)));
    }
    dv_answer_send(call, reply, answer);
}

void dv_service_document(struct mock_call *call, struct mock_reply *reply)
{
    const struct dv_schema *schema = call->caller->org->schema;
    struct json_writer writer = JSON_WRITER(&reply->body);

    dv_json(reply, 200);
    jw_object(&writer);
    jw_member_text(&writer, "@odata.context", dv_context_url(call, ""));
    jw_key(&writer, "value");
    jw_array(&writer);
    for (size_t i = 0; i < schema->count; i++) {
        if (!schema->entities[i]->hidden) {
            jw_object(&writer);
            jw_member_text(&writer, "name", schema->entities[i]->set);
            jw_member_text(&writer, "kind", "EntitySet");
            jw_member_text(&writer, "url", schema->entities[i]->set);
            jw_object_end(&writer);
        }
    }
    jw_array_end(&writer);
    jw_object_end(&writer);
}

void dv_publish_all(struct mock_call *call, struct mock_reply *reply)
{
    const struct dv_org *org = call->caller->org;

    if (dv_need_misc(call, reply, DV_CUSTOMIZE, "prvPublishCustomization")) {
        mock_call_rule(call, "SETUP1-07");
        dv_publish_now(call->db, call->arena, org->ord, org->host);
        dv_nothing(reply);
    }
}

void dv_publish(struct mock_call *call, struct mock_reply *reply)
{
    const cJSON *body = dv_body(call, reply, "PublishXml");

    if (body == NULL) {
        return;
    }
    if (json_get_text(body, "ParameterXml") == NULL) {
        dv_refuse(call, reply, DV_ARGUMENT,
                  "ParameterXml is missing: expected <importexportxml>…</importexportxml>.", NULL,
                  NULL, NULL);
        return;
    }
    dv_publish_all(call, reply);
}

void dv_later_storey(struct mock_call *call, struct mock_reply *reply)
{
    const char *what = call->path.count > 3 ? call->path.segments[3] : "The request";

    dv_refuse(call, reply, DV_NOT_IMPLEMENTED, what, NULL, NULL, NULL);
}

/* The SOAP address is only looked at: its URL is what a person pastes into Marketo. */
void dv_soap_probe(struct mock_call *call, struct mock_reply *reply)
{
    dv_refuse(call, reply, DV_METHOD, call->method_text, NULL, NULL, NULL);
}

static void add_privileges(struct mock_call *call, cJSON *list, const struct dv_user *user)
{
    const struct dv_org *org = call->caller->org;

    for (size_t i = 0; i < org->schema->count; i++) {
        const struct dv_entity *entity = org->schema->entities[i];

        for (unsigned bit = 0; bit < 8; bit++) {
            const char *name;
            cJSON *item;

            if ((user->any[i] & 1U << bit) == 0) {
                continue;
            }
            name = dv_privilege_name(call->arena, entity, (enum dv_right)(1U << bit));
            item = cJSON_CreateObject();
            cJSON_AddStringToObject(item, "Depth",
                                    (user->global[i] & 1U << bit) != 0 ? "Global" : "Basic");
            cJSON_AddStringToObject(item, "PrivilegeId", dv_privilege_id(call->arena, name));
            cJSON_AddStringToObject(item, "BusinessUnitId", user->business_unit);
            cJSON_AddStringToObject(item, "PrivilegeName", name);
            cJSON_AddStringToObject(item, "RecordFilterId", "00000000-0000-0000-0000-000000000000");
            cJSON_AddNullToObject(item, "RecordFilterUniqueName");
            cJSON_AddItemToArray(list, item);
        }
    }
}

bool dv_bound_function(struct mock_call *call, struct mock_reply *reply,
                       const struct dv_entity *entity, const char *id, const char *name)
{
    static const char space[] = "Microsoft.Dynamics.CRM.";
    const struct dv_user *user;
    cJSON *answer;

    if (str_starts(name, space)) {
        name += sizeof space - 1;
    }
    if (strcmp(entity->name, "systemuser") != 0 || (strcmp(name, "RetrieveUserPrivileges()") != 0 &&
                                                    strcmp(name, "RetrieveUserPrivileges") != 0)) {
        return false;
    }
    user = dv_user_find(call, call->caller->org, id);
    if (user == NULL) {
        dv_missing(call, reply, entity, id);
        return true;
    }
    answer = dv_answer(call, "RetrieveUserPrivilegesResponse");
    add_privileges(call, cJSON_AddArrayToObject(answer, "RolePrivileges"), user);
    dv_answer_send(call, reply, answer);
    return true;
}
