/* Dataverse's Web API and global discovery. */
#include "server/service.h"

#include <string.h>

#include "dataverse/actions.h"
#include "dataverse/caller.h"
#include "dataverse/load.h"
#include "dataverse/ready.h"
#include "dataverse/records.h"
#include "dataverse/state.h"
#include "server/services.h"

#define API "/api/data/v9.{minor}"

/* clang-format off */
/* Sorted by path. */
static const struct mock_route routes[] = {
    {HTTP_GET,    API, dv_service_document, "dataverse-root"},
    {HTTP_GET,    API "/", dv_service_document, "dataverse-root"},
    {HTTP_GET,    API "/$metadata", dv_later_storey, "dataverse-metadata"},
    {HTTP_POST,   API "/$batch", dv_later_storey, "dataverse-batch"},
    {HTTP_GET,    API "/EntityDefinitions", dv_definitions, "dataverse-metadata"},
    {HTTP_POST,   API "/EntityDefinitions", dv_later_storey, "dataverse-metadata"},
    {HTTP_GET,    API "/EntityDefinitions({key})", dv_definition, "dataverse-metadata"},
    {HTTP_PUT,    API "/EntityDefinitions({key})", dv_later_storey, "dataverse-metadata"},
    {HTTP_GET,    API "/EntityDefinitions({key})/Attributes", dv_attributes, "dataverse-metadata"},
    {HTTP_POST,   API "/EntityDefinitions({key})/Attributes", dv_later_storey, "dataverse-metadata"},
    {HTTP_GET,    API "/EntityDefinitions({key})/Attributes({attribute})", dv_attribute, "dataverse-metadata"},
    {HTTP_PUT | HTTP_DELETE, API "/EntityDefinitions({key})/Attributes({attribute})", dv_later_storey, "dataverse-metadata"},
    {HTTP_GET,    API "/EntityDefinitions({key})/Attributes({attribute})/{cast}", dv_attribute_cast, "dataverse-metadata"},
    {HTTP_GET,    API "/EntityDefinitions({key})/Attributes/{cast}", dv_attributes_cast, "dataverse-metadata"},
    {HTTP_GET,    API "/EntityDefinitions({key})/{relationships}", dv_relationships, "dataverse-metadata"},
    {HTTP_POST,   API "/ImportSolution", dv_import, "dataverse-solution"},
    {HTTP_POST,   API "/PublishAllXml", dv_publish_all, "dataverse-solution"},
    {HTTP_POST,   API "/PublishXml", dv_publish, "dataverse-solution"},
    {HTTP_GET,    API "/RetrieveCurrentOrganization({parameters})", dv_current_organization, "dataverse-functions"},
    {HTTP_GET,    API "/RetrieveTotalRecordCount({parameters})", dv_total_count, "dataverse-functions"},
    {HTTP_GET,    API "/RetrieveVersion", dv_version, "dataverse-functions"},
    {HTTP_GET,    API "/RetrieveVersion()", dv_version, "dataverse-functions"},
    {HTTP_GET,    API "/WhoAmI", dv_who_am_i, "dataverse-functions"},
    {HTTP_GET,    API "/WhoAmI()", dv_who_am_i, "dataverse-functions"},
    {HTTP_GET,    API "/{set}", dv_list_get, "dataverse-query"},
    {HTTP_POST,   API "/{set}", dv_post, "dataverse-create"},
    {HTTP_GET,    API "/{set}({key})", dv_get, "dataverse-retrieve"},
    {HTTP_PATCH,  API "/{set}({key})", dv_patch, "dataverse-update"},
    {HTTP_DELETE, API "/{set}({key})", dv_remove, "dataverse-delete"},
    {HTTP_GET,    API "/{set}({key})/{property}", dv_property_get, "dataverse-retrieve"},
    {HTTP_PUT,    API "/{set}({key})/{property}", dv_property_put, "dataverse-update"},
    {HTTP_DELETE, API "/{set}({key})/{property}", dv_property_delete, "dataverse-update"},
    {HTTP_GET,    API "/{set}({key})/{property}/$count", dv_property_count, "dataverse-query"},
    {HTTP_GET,    API "/{set}({key})/{property}/$ref", dv_ref_get, "dataverse-associate"},
    {HTTP_POST | HTTP_PUT, API "/{set}({key})/{property}/$ref", dv_ref_add, "dataverse-associate"},
    {HTTP_DELETE, API "/{set}({key})/{property}/$ref", dv_ref_remove, "dataverse-associate"},
    {HTTP_GET,    API "/{set}({key})/{property}/$value", dv_property_value, "dataverse-retrieve"},
    {HTTP_DELETE, API "/{set}({key})/{property}({related})/$ref", dv_ref_remove, "dataverse-associate"},
    {HTTP_GET,    API "/{set}/$count", dv_count_get, "dataverse-query"},
    {HTTP_GET,    "/api/discovery/v2.0/Instances", dv_instances, "dataverse-discovery"},
    {HTTP_GET,    "/api/discovery/v2.0/Instances({key})", dv_instance, "dataverse-discovery"},
    {HTTP_GET | HTTP_POST, "/XRMServices/2011/Organization.svc", dv_soap_probe, "dataverse-soap"},
    {HTTP_GET | HTTP_POST, "/XRMServices/2011/Organization.svc/web", dv_soap_probe, "dataverse-soap"},
};
/* clang-format on */

static bool is_discovery(const struct mock_call *call)
{
    return str_starts(call->path.text, "/api/discovery");
}

/* v9.0, v9.1 and v9.2 answer alike. */
static bool known_version(struct mock_call *call, struct mock_reply *reply)
{
    if (!str_starts(call->path.text, "/api/data/") ||
        (call->vars[0] != NULL && strlen(call->vars[0]) == 1 && *call->vars[0] >= '0' &&
         *call->vars[0] <= '2')) {
        return true;
    }
    dv_refuse(call, reply, DV_SEGMENT_UNKNOWN, call->path.segments[2], NULL, NULL, NULL);
    return false;
}

enum { MOST_TARGET = 32768 };

static bool admit(struct mock_call *call, struct mock_reply *reply)
{
    if (strlen(call->target) > MOST_TARGET) {
        mock_reply_text(reply, 414, "text/html; charset=us-ascii", "<h2>URI Too Long</h2>");
        return false;
    }
    if (is_discovery(call)) {
        return dv_admit_discovery(call, reply);
    }
    return known_version(call, reply) && dv_admit(call, reply);
}

/* What a path lacks is told to those who are let in alone. */
static void miss(struct mock_call *call, struct mock_reply *reply)
{
    const char *segment = call->path.count > 0 ? call->path.segments[call->path.count - 1] : "";

    if (call->path.count < 3 || !str_starts(call->path.text, "/api/")) {
        dv_refuse(call, reply, DV_SEGMENT_UNKNOWN, segment, NULL, NULL, NULL);
    } else if (is_discovery(call) ? dv_admit_discovery(call, reply) : dv_admit(call, reply)) {
        dv_refuse(call, reply, call->allowed != 0 ? DV_METHOD : DV_SEGMENT_UNKNOWN,
                  call->allowed != 0 ? call->method_text : segment, NULL, NULL, NULL);
    }
}

static void bad_target(struct mock_call *call, struct mock_reply *reply)
{
    dv_refuse(call, reply, DV_BAD_TARGET, NULL, NULL, NULL, NULL);
}

static void throttle(struct mock_call *call, struct mock_reply *reply, int64_t retry_after_s)
{
    dv_refuse(call, reply, DV_TOO_MANY_REQUESTS, NULL, NULL, NULL, NULL);
    mock_reply_header_set(reply, "Retry-After",
                          arena_printf(call->arena, "%lld", (long long)retry_after_s));
}

/* Source: dataverse-headers. */
static void decorate(struct mock_call *call, struct mock_reply *reply)
{
    mock_reply_header_set(reply, "Cache-Control", "no-cache");
    mock_reply_header(reply, "Expires", "-1");
    mock_reply_header(reply, "x-ms-service-request-id", call->request_id);
    mock_reply_header(reply, "REQ_ID", call->request_id);
    mock_reply_header(reply, "CRM.ServiceId", "CRMAppPool");
    mock_reply_header(reply, "AuthActivityId", call->request_id);
    mock_reply_header(reply, "x-ms-dop-hint", "4");
    mock_reply_header(reply, "Strict-Transport-Security", "max-age=31536000; includeSubDomains");
    mock_reply_header(reply, "Access-Control-Expose-Headers",
                      "Preference-Applied,OData-EntityId,Location,ETag,OData-Version,"
                      "Content-Encoding,Transfer-Encoding,Content-Length,Retry-After");
    mock_reply_header_set(reply, "OData-Version", "4.0");
}

static const char schema[] =
    "CREATE TABLE dv_orgs (ord INTEGER PRIMARY KEY, host TEXT NOT NULL UNIQUE COLLATE NOCASE,"
    " id TEXT NOT NULL, unique_name TEXT NOT NULL, version INTEGER NOT NULL,"
    " metadata INTEGER NOT NULL, security INTEGER NOT NULL, next_otc INTEGER NOT NULL,"
    " business_unit TEXT NOT NULL, currency TEXT NOT NULL, system_user TEXT NOT NULL,"
    " published_user TEXT);"

    /* Tables and columns beyond the standard ones. */
    "CREATE TABLE dv_entities (ord INTEGER NOT NULL, name TEXT NOT NULL, schema_name TEXT NOT NULL,"
    " set_name TEXT NOT NULL, label TEXT NOT NULL, plural TEXT NOT NULL, otc INTEGER NOT NULL,"
    " flags INTEGER NOT NULL, hidden INTEGER NOT NULL, main_schema TEXT NOT NULL,"
    " main_label TEXT NOT NULL, main_size INTEGER NOT NULL, solution TEXT, id TEXT NOT NULL,"
    " PRIMARY KEY (ord, name)) WITHOUT ROWID;"
    "CREATE TABLE dv_columns (ord INTEGER NOT NULL, entity TEXT NOT NULL, name TEXT NOT NULL,"
    " schema_name TEXT NOT NULL, label TEXT NOT NULL, type INTEGER NOT NULL,"
    " flags INTEGER NOT NULL, size INTEGER NOT NULL, least REAL NOT NULL, most REAL NOT NULL,"
    " initial INTEGER NOT NULL, options TEXT, targets TEXT, solution TEXT, id TEXT NOT NULL,"
    " seq INTEGER NOT NULL, PRIMARY KEY (ord, entity, name)) WITHOUT ROWID;"

    /* What was deleted, by its version: for reads of changes. */
    "CREATE TABLE dv_deleted (ord INTEGER NOT NULL, entity TEXT NOT NULL,"
    " version INTEGER NOT NULL, id TEXT NOT NULL, at_ms INTEGER NOT NULL,"
    " PRIMARY KEY (ord, entity, version)) WITHOUT ROWID;"
    "CREATE INDEX dv_deleted_by_id ON dv_deleted (ord, entity, id);"

    /* Rights of roles that are no standard ones; entity `*`: rights about no table. */
    "CREATE TABLE dv_role_privileges (ord INTEGER NOT NULL, role TEXT NOT NULL,"
    " entity TEXT NOT NULL, depth INTEGER NOT NULL, rights INTEGER NOT NULL,"
    " PRIMARY KEY (ord, role, entity, depth)) WITHOUT ROWID;"

    /* What a plug-in step stands on. */
    "CREATE TABLE dv_steps (ord INTEGER NOT NULL, entity TEXT NOT NULL, message TEXT NOT NULL,"
    " id TEXT NOT NULL, solution TEXT, PRIMARY KEY (ord, entity, message, id)) WITHOUT ROWID;"

    /* Requests of a user by second, and those whose answer is not due yet. */
    "CREATE TABLE dv_usage (ord INTEGER NOT NULL, user TEXT NOT NULL, second INTEGER NOT NULL,"
    " calls INTEGER NOT NULL, PRIMARY KEY (ord, user, second)) WITHOUT ROWID;"
    "CREATE TABLE dv_running (ord INTEGER NOT NULL, user TEXT NOT NULL, due_ms INTEGER NOT NULL,"
    " calls INTEGER NOT NULL, PRIMARY KEY (ord, user, due_ms)) WITHOUT ROWID;";

const struct mock_service mock_dataverse = {
    .name = "dataverse",
    .routes = routes,
    .route_count = ARRAY_LEN(routes),
    .actions = dv_actions,
    .action_count = DV_ACTION_COUNT,
    .state = dv_state,
    .state_list = dv_state_list,
    .schema = schema,
    .make_tables = dv_make_ready_tables,
    .load = dv_load,
    .drop = dv_orgs_drop,
    .admit = admit,
    .miss = miss,
    .bad_target = bad_target,
    .throttle = throttle,
    .decorate = decorate,
};
