/*
 * Rows of the first subscription (number 0), whose records' keys are the number of the object,
 * shifted by 40 bits, and the id: see marketo_base().
 */
#include "marketo/tables.h"

/* A person shows its company's fields instead of its own. 903: externalCompanyId of companies. */
static const char people[] =
    "SELECT r.key, json_patch(json_patch('{\"isLead\":true,\"isAnonymous\":false,"
    "\"mktoIsCustomer\":false,\"mktoIsPartner\":false,\"emailInvalid\":false,"
    "\"unsubscribed\":false,\"doNotCall\":false,\"marketingSuspended\":false,"
    "\"blackListed\":false,\"emailSuspended\":false}', r.document),"
    " coalesce(json_remove(c.document, '$.id', '$.externalCompanyId', '$.externalSalesPersonId',"
    " '$.createdAt', '$.updatedAt'), '{}'))"
    " FROM marketo_records r"
    " LEFT JOIN marketo_values v ON v.space = 1 << 40 AND v.field = 903 AND v.value = r.company"
    " LEFT JOIN marketo_records c ON c.key = v.space + v.id"
    " WHERE r.key > CAST(?1 AS INTEGER) AND r.key < 1 << 40 ORDER BY r.key LIMIT ?2";

#define OBJECT(number)                                                                             \
    "SELECT key - (" #number " << 40), document FROM marketo_records"                              \
    " WHERE key > (" #number " << 40) + CAST(?1 AS INTEGER)"                                       \
    " AND key < (" #number " + 1) << 40 ORDER BY key LIMIT ?2"

static const char activities[] =
    "SELECT key, json_object('id', key, 'marketoGUID', CAST(key AS TEXT), 'leadId', lead,"
    " 'activityDate', strftime('%Y-%m-%dT%H:%M:%SZ', at_ms / 1000, 'unixepoch'),"
    " 'activityTypeId', type, 'primaryAttributeValueId', primary_id,"
    " 'primaryAttributeValue', primary_value, 'attributes', json(attributes))"
    " FROM marketo_activities WHERE key > CAST(?1 AS INTEGER) AND key < 1 << 44"
    " ORDER BY key LIMIT ?2";

static const char mail[] =
    "SELECT id, json_object('id', id, 'at', strftime('%Y-%m-%dT%H:%M:%SZ', at_ms / 1000,"
    " 'unixepoch'), 'to', recipient, 'subject', subject, 'body', body, 'kind', kind)"
    " FROM marketo_mail WHERE sub = 0 AND id > CAST(?1 AS INTEGER) ORDER BY id LIMIT ?2";

static const char connection[] =
    "SELECT 1, json_object('state', state, 'organizationUrl', 'https://' || organization,"
    " 'organizationLocked', json(iif(organization IS NULL, 'false', 'true')),"
    " 'authMethod', method, 'username', username, 'clientId', client_id, 'tenantId', tenant_id,"
    " 'syncEnabled', json(iif(state IN ('initial_sync', 'running', 'down'), 'true', 'false')),"
    " 'notificationEmail', email, 'settlesAt', iif(state = 'settling',"
    " strftime('%Y-%m-%dT%H:%M:%SZ', settles_ms / 1000, 'unixepoch'), NULL),"
    " 'subscriptionId', subscription_id)"
    " FROM marketo_connections WHERE sub = 0 AND CAST(?1 AS INTEGER) < 1 LIMIT ?2";

const struct mock_state_table marketo_tables[MARKETO_TABLE_COUNT] = {
    {"activities", activities},
    {"companies", OBJECT(1)},
    {"connection", connection},
    {"leads", people},
    {"mail", mail},
    {"opportunities", OBJECT(2)},
    {"roles", OBJECT(3)},
    {"salespersons", OBJECT(4)},
};
