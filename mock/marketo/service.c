/* Marketo's REST API: a table of routes and what all its answers share. */
#include "server/service.h"

#include <string.h>

#include "marketo/actions.h"
#include "marketo/activities.h"
#include "marketo/connection.h"
#include "marketo/identity.h"
#include "marketo/leads.h"
#include "marketo/limits.h"
#include "marketo/load.h"
#include "marketo/mail.h"
#include "marketo/marketo.h"
#include "marketo/objects.h"
#include "marketo/page.h"
#include "marketo/records.h"
#include "marketo/selection.h"
#include "marketo/tables.h"
#include "server/router.h"
#include "server/services.h"
#include "store/store.h"

/* clang-format off */
/* One row is a route and what it needs; both tables below are made from it. Sorted by path. */
#define ROUTES(X) \
    X(HTTP_GET | HTTP_POST, "/identity/oauth/token", marketo_token, "marketo-identity", MARKETO_ANYBODY) \
    X(HTTP_POST,   "/rest/crm/v1/microsoft/auth/switch.json", marketo_page_switch, "marketo-crm-page", MARKETO_PAGE) \
    X(HTTP_POST,   "/rest/crm/v1/microsoft/auth/validate.json", marketo_page_validate, "marketo-crm-page", MARKETO_PAGE) \
    X(HTTP_GET,    "/rest/crm/v1/microsoft/connection.json", marketo_page_connection, "marketo-crm-page", MARKETO_PAGE) \
    X(HTTP_POST,   "/rest/crm/v1/microsoft/credentials.json", marketo_page_credentials, "marketo-crm-page", MARKETO_PAGE) \
    X(HTTP_POST,   "/rest/crm/v1/microsoft/disable.json", marketo_page_disable, "marketo-crm-page", MARKETO_PAGE) \
    X(HTTP_POST,   "/rest/crm/v1/microsoft/enable.json", marketo_page_enable, "marketo-crm-page", MARKETO_PAGE) \
    X(HTTP_GET,    "/rest/crm/v1/microsoft/entities.json", marketo_page_entities, "marketo-crm-page", MARKETO_PAGE) \
    X(HTTP_POST,   "/rest/crm/v1/microsoft/entities.json", marketo_page_entities_save, "marketo-crm-page", MARKETO_PAGE) \
    X(HTTP_GET,    "/rest/crm/v1/microsoft/errors.json", marketo_page_errors, "marketo-crm-page", MARKETO_PAGE) \
    X(HTTP_GET,    "/rest/crm/v1/microsoft/fields.json", marketo_page_fields, "marketo-crm-page", MARKETO_PAGE) \
    X(HTTP_POST,   "/rest/crm/v1/microsoft/fields.json", marketo_page_fields_save, "marketo-crm-page", MARKETO_PAGE) \
    X(HTTP_GET,    "/rest/crm/v1/microsoft/options.json", marketo_page_options, "marketo-crm-page", MARKETO_PAGE) \
    X(HTTP_POST,   "/rest/crm/v1/microsoft/options.json", marketo_page_options_save, "marketo-crm-page", MARKETO_PAGE) \
    X(HTTP_POST,   "/rest/crm/v1/microsoft/pass.json", marketo_page_pass, "marketo-crm-page", MARKETO_PAGE) \
    X(HTTP_POST,   "/rest/crm/v1/microsoft/quicksync.json", marketo_page_quick_sync, "marketo-crm-page", MARKETO_PAGE) \
    X(HTTP_GET,    "/rest/crm/v1/microsoft/status.json", marketo_page_status, "marketo-crm-page", MARKETO_PAGE) \
    X(HTTP_POST,   "/rest/crm/v1/microsoft/validate.json", marketo_page_validate, "marketo-crm-page", MARKETO_PAGE) \
    X(HTTP_GET,    "/rest/v1/activities.json", marketo_activity_list, "marketo-activities", MARKETO_READ_ACTIVITY) \
    X(HTTP_GET,    "/rest/v1/activities/deletedleads.json", marketo_activity_deleted, "marketo-activities", MARKETO_READ_ACTIVITY) \
    X(HTTP_GET,    "/rest/v1/activities/leadchanges.json", marketo_activity_changes, "marketo-activities", MARKETO_READ_ACTIVITY) \
    X(HTTP_GET,    "/rest/v1/activities/pagingtoken.json", marketo_activity_token, "marketo-paging", MARKETO_READ_ACTIVITY) \
    X(HTTP_GET,    "/rest/v1/activities/types.json", marketo_activity_types, "marketo-activities", MARKETO_READ_ACTIVITY) \
    X(HTTP_GET,    "/rest/v1/companies.json", marketo_object_list, "marketo-companies", MARKETO_READ_COMPANY) \
    X(HTTP_POST,   "/rest/v1/companies.json", marketo_object_sync, "marketo-companies", MARKETO_WRITE_COMPANY) \
    X(HTTP_POST,   "/rest/v1/companies/delete.json", marketo_object_delete, "marketo-companies", MARKETO_WRITE_COMPANY) \
    X(HTTP_GET,    "/rest/v1/companies/describe.json", marketo_object_describe, "marketo-companies", MARKETO_READ_COMPANY) \
    X(HTTP_GET,    "/rest/v1/lead/{id}.json", marketo_lead_get, "marketo-leads", MARKETO_READ_LEAD) \
    X(HTTP_GET,    "/rest/v1/leads.json", marketo_lead_list, "marketo-leads", MARKETO_READ_LEAD) \
    X(HTTP_POST,   "/rest/v1/leads.json", marketo_lead_sync, "marketo-leads", MARKETO_WRITE_LEAD) \
    X(HTTP_DELETE, "/rest/v1/leads.json", marketo_lead_delete, "marketo-leads", MARKETO_WRITE_LEAD) \
    X(HTTP_POST,   "/rest/v1/leads/delete.json", marketo_lead_delete, "marketo-leads", MARKETO_WRITE_LEAD) \
    X(HTTP_GET,    "/rest/v1/leads/describe.json", marketo_lead_describe, "marketo-leads", MARKETO_READ_LEAD) \
    X(HTTP_GET,    "/rest/v1/leads/describe2.json", marketo_lead_describe2, "marketo-leads", MARKETO_READ_LEAD) \
    X(HTTP_GET,    "/rest/v1/leads/partitions.json", marketo_lead_partitions, "marketo-leads", MARKETO_READ_LEAD) \
    X(HTTP_GET,    "/rest/v1/leads/schema/fields.json", marketo_field_list, "marketo-schema", MARKETO_SCHEMA) \
    X(HTTP_POST,   "/rest/v1/leads/schema/fields.json", marketo_field_create, "marketo-schema", MARKETO_SCHEMA) \
    X(HTTP_GET,    "/rest/v1/leads/schema/fields/{name}.json", marketo_field_get, "marketo-schema", MARKETO_SCHEMA) \
    X(HTTP_POST,   "/rest/v1/leads/schema/fields/{name}.json", marketo_field_update, "marketo-schema", MARKETO_SCHEMA) \
    X(HTTP_POST,   "/rest/v1/leads/{id}/merge.json", marketo_lead_merge, "marketo-leads", MARKETO_WRITE_LEAD) \
    X(HTTP_GET,    "/rest/v1/opportunities.json", marketo_object_list, "marketo-opportunities", MARKETO_READ_OPPORTUNITY) \
    X(HTTP_POST,   "/rest/v1/opportunities.json", marketo_object_sync, "marketo-opportunities", MARKETO_WRITE_OPPORTUNITY) \
    X(HTTP_POST,   "/rest/v1/opportunities/delete.json", marketo_object_delete, "marketo-opportunities", MARKETO_WRITE_OPPORTUNITY) \
    X(HTTP_GET,    "/rest/v1/opportunities/describe.json", marketo_object_describe, "marketo-opportunities", MARKETO_READ_OPPORTUNITY) \
    X(HTTP_GET,    "/rest/v1/opportunities/roles.json", marketo_object_list, "marketo-opportunities", MARKETO_READ_OPPORTUNITY) \
    X(HTTP_POST,   "/rest/v1/opportunities/roles.json", marketo_object_sync, "marketo-opportunities", MARKETO_WRITE_OPPORTUNITY) \
    X(HTTP_POST,   "/rest/v1/opportunities/roles/delete.json", marketo_object_delete, "marketo-opportunities", MARKETO_WRITE_OPPORTUNITY) \
    X(HTTP_GET,    "/rest/v1/opportunities/roles/describe.json", marketo_object_describe, "marketo-opportunities", MARKETO_READ_OPPORTUNITY) \
    X(HTTP_GET,    "/rest/v1/salespersons.json", marketo_object_list, "marketo-salespersons", MARKETO_READ_SALES) \
    X(HTTP_POST,   "/rest/v1/salespersons.json", marketo_object_sync, "marketo-salespersons", MARKETO_WRITE_SALES) \
    X(HTTP_POST,   "/rest/v1/salespersons/delete.json", marketo_object_delete, "marketo-salespersons", MARKETO_WRITE_SALES) \
    X(HTTP_GET,    "/rest/v1/salespersons/describe.json", marketo_object_describe, "marketo-salespersons", MARKETO_READ_SALES) \
    X(HTTP_GET,    "/rest/v1/stats/errors.json", marketo_errors, "marketo-limits", MARKETO_ANYBODY) \
    X(HTTP_GET,    "/rest/v1/stats/errors/last7days.json", marketo_errors_week, "marketo-limits", MARKETO_ANYBODY) \
    X(HTTP_GET,    "/rest/v1/stats/usage.json", marketo_usage, "marketo-limits", MARKETO_ANYBODY) \
    X(HTTP_GET,    "/rest/v1/stats/usage/last7days.json", marketo_usage_week, "marketo-limits", MARKETO_ANYBODY)
/* clang-format on */

#define AS_ROUTE(method, path, handle, source, permission)      {method, path, handle, source},
#define AS_PERMISSION(method, path, handle, source, permission) permission,

static const struct mock_route routes[] = {ROUTES(AS_ROUTE)};
static const enum marketo_permission needed[] = {ROUTES(AS_PERMISSION)};

/* What every API user but the connector may do: contract section 3. */
enum {
    OTHERS_MAY = MARKETO_READ_LEAD | MARKETO_WRITE_LEAD | MARKETO_READ_COMPANY |
                 MARKETO_WRITE_COMPANY | MARKETO_READ_ACTIVITY,
};

/* A read may be a POST that says so, in the query or in a form. Sources: marketo-rest, traces. */
static void prepare(struct mock_call *call)
{
    struct uri_params form = {0}, all = {0};
    const char *method;

    if (marketo_content_is(call, "application/x-www-form-urlencoded") &&
        uri_parse_params(call->arena, call->body, call->body_len, &form) && form.count > 0) {
        all.items = arena_array(call->arena, call->params.count + form.count, sizeof *all.items);
        for (size_t i = 0; i < call->params.count; i++) {
            all.items[all.count++] = call->params.items[i];
        }
        for (size_t i = 0; i < form.count; i++) {
            all.items[all.count++] = form.items[i];
        }
        call->params = all;
    }
    method = uri_param(&call->params, "_method");
    if (call->method == HTTP_POST && method != NULL) {
        enum mock_method wanted = mock_method_of(method);

        if (wanted == HTTP_GET || wanted == HTTP_DELETE) {
            call->method = wanted;
        }
    }
}

/* The host of a subscription that was replaced: nobody answers there any more. */
static bool gone(struct mock_call *call)
{
    static const char suffix[] = ".mktorest.com";
    size_t len = strlen(call->host);

    return !call->cloud && str_ends(call->host, suffix) &&
           store_int(call->db, "SELECT 1 FROM marketo_retired WHERE munchkin = ?",
                     DB_ARGS(db_text_n(call->host, len - strlen(suffix))), 0) != 0;
}

static bool gate(struct mock_call *call, struct mock_reply *reply)
{
    if (gone(call) || call->munchkin == NULL) {
        marketo_refuse(call, reply, MARKETO_NOT_FOUND, NULL, NULL);
        return false;
    }
    return marketo_sizes(call, reply);
}

static bool admit(struct mock_call *call, struct mock_reply *reply)
{
    enum marketo_permission need = needed[call->route - routes];

    if (!gate(call, reply)) {
        return false;
    }
    if (call->route->handle == marketo_token) {
        return true;
    }
    /* The page is a model of what a person does in a browser: no call of it counts. */
    if (!marketo_caller_find(call, reply) ||
        (need != MARKETO_PAGE && !marketo_limits(call, reply))) {
        return false;
    }
    if (!call->caller->connector && ((unsigned)need & ~(unsigned)OTHERS_MAY) != 0) {
        marketo_refuse(call, reply, MARKETO_DENIED, NULL, NULL);
        return false;
    }
    return true;
}

static void miss(struct mock_call *call, struct mock_reply *reply)
{
    if (!gate(call, reply)) {
        return;
    }
    if (call->allowed != 0) {
        marketo_refuse(call, reply, MARKETO_METHOD, call->method_text, NULL);
    } else {
        marketo_refuse(call, reply, MARKETO_NOT_FOUND, NULL, NULL);
    }
}

/* No status and no Retry-After: all throttling of Marketo stands in the body. */
static void throttle(struct mock_call *call, struct mock_reply *reply, int64_t retry_after_s)
{
    (void)retry_after_s;
    marketo_refuse(call, reply, MARKETO_RATE, NULL, NULL);
}

/* Source: marketo-rest, recorded. */
static void decorate(struct mock_call *call, struct mock_reply *reply)
{
    (void)call;
    mock_reply_header_set(reply, "Server", "nginx");
    mock_reply_header_set(reply, "Vary", "Accept-Encoding");
}

const struct mock_service mock_marketo = {
    .name = "marketo",
    .routes = routes,
    .route_count = ARRAY_LEN(routes),
    .tables = marketo_tables,
    .table_count = MARKETO_TABLE_COUNT,
    .actions = marketo_actions,
    .action_count = MARKETO_ACTION_COUNT,
    .schema = marketo_schema,
    .load = marketo_load,
    .prepare = prepare,
    .admit = admit,
    .miss = miss,
    .throttle = throttle,
    .decorate = decorate,
};
