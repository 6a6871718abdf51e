#include "dataverse/error.h"

#include <string.h>

#include "base/auto.h"
#include "server/world.h"
#include "store/store.h"

struct row {
    int status;
    const char *code, *text;
};

/* Long texts that the service puts before what its OData library says. */
#define PAYLOAD                                                                                    \
    "Error identified in Payload provided by the user for Entity :'{a}', For more information on " \
    "this error please follow this help link https://go.microsoft.com/fwlink/?linkid=2195293  "    \
    "---->  InnerException : Microsoft.OData.ODataException: "

/* clang-format off */
static const struct row rows[DV_ERROR_COUNT] = {
    [DV_SEGMENT_UNKNOWN] = {404, "0x80060888", "Resource not found for the segment '{a}'."},
    [DV_PROPERTY_UNKNOWN] = {400, "0x80060888", "Could not find a property named '{a}' on type 'Microsoft.Dynamics.CRM.{b}'."},
    [DV_BAD_PATH] = {400, "0x80060888", "URL was not parsed due to an ODataUnrecognizedPathException. Resource not found for the segment provided in the URL."},
    [DV_OPTION_UNSUPPORTED] = {400, "0x80060888", "The query parameter {a} is not supported"},
    [DV_OPTION_VALUE] = {400, "0x80060888", "Invalid value '{b}' for {a} query option found. The {a} query option requires a non-negative integer value."},
    [DV_COUNT_VALUE] = {400, "0x80060888", "Invalid value '{a}' for $count query option found. Valid values are 'true' and 'false'."},
    [DV_SYNTAX] = {400, "0x80060888", "{a}"},
    [DV_QUERY_SYNTAX] = {400, "0x80060888", "Bad Request - Error in query syntax."},
    [DV_ROW_MISSING] = {404, "0x80040217", "{a} With Id = {b} Does Not Exist"},
    [DV_KEY_UNKNOWN] = {400, "0x80060890", "The specified key attributes are not a defined key for the {a} entity"},
    [DV_KEY_ROW_MISSING] = {404, "0x80060891", "A record with the specified key values does not exist in {a} entity"},
    [DV_BAD_JSON] = {400, "0x80048d19", PAYLOAD "{b}"},
    [DV_UNDECLARED_BIND] = {400, "0x80048d19", PAYLOAD "An undeclared property '{b}' which only has property annotations in the payload but no property value was found in the payload. In OData, only declared navigation properties and declared named streams can be represented as properties without values."},
    [DV_UNDECLARED_PROPERTY] = {400, "0x80048d19", PAYLOAD "The property '{b}' does not exist on type 'Microsoft.Dynamics.CRM.{c}'. Make sure to only use property names that are defined by the type."},
    [DV_DIRECT_LOOKUP] = {400, "0x80048d19", "CRM do not support direct update of Entity Reference properties, Use Navigation properties instead."},
    [DV_BAD_VALUE] = {400, "0x80048d19", PAYLOAD "Cannot convert a value to target type '{b}' because of conflict between input format string/number and parameter 'IEEE754Compatible' false/true."},
    [DV_WRONG_TARGET] = {400, "0x80048d19", PAYLOAD "A node of this type cannot be converted: an entry of type 'Microsoft.Dynamics.CRM.{b}' was found, but 'Microsoft.Dynamics.CRM.{c}' was expected."},
    [DV_TEXT_TOO_LONG] = {400, "0x80044331", "A validation error occurred.  The length of the '{a}' attribute of the '{b}' entity exceeded the maximum allowed length of '{c}'."},
    [DV_CHOICE_RANGE] = {400, "0x8004431a", "A validation error occurred. The value {a} of '{b}' on record of type '{c}' is outside the valid range. Accepted Values: {d}"},
    [DV_INT_RANGE] = {400, "0x8004432f", "A validation error occurred. The value of '{a}' on record of type '{b}' is outside the valid range."},
    [DV_DECIMAL_RANGE] = {400, "0x80044330", "A validation error occurred. The value of '{a}' on record of type '{b}' is outside the valid range."},
    [DV_BAD_DATE] = {400, "0x80040239", "The date-time format is invalid, or value is outside the supported range."},
    [DV_BAD_STATUS] = {400, "0x80048408", "{a} is not a valid status code for state code {b}.{c} on {d}."},
    [DV_CURRENCY_MISSING] = {400, "0x80048cfb", "The currency cannot be null."},
    [DV_REQUIRED_MISSING] = {400, "0x80040200", "Required field '{a}' is missing on table '{b}'."},
    [DV_DUPLICATE_ID] = {412, "0x80040237", "A record with matching key values already exists."},
    [DV_DUPLICATE_LINK] = {412, "0x80040237", "Cannot insert duplicate key."},
    [DV_EXISTS] = {412, "0x80040237", "A record with matching key values already exists."},
    [DV_VERSION_MISMATCH] = {412, "0x80060882", "The version of the existing record doesn't match the RowVersion property provided."},
    [DV_NOT_OPTIMISTIC] = {400, "0x8006088d", "Optimistic concurrency isn't enabled for entity type {a}. The IfVersionMatches value of ConcurrencyBehavior can only be used if optimistic concurrency is enabled."},
    [DV_NOT_TRACKED] = {400, "0x80072491", "Entity: {a} isn't enabled for change tracking."},
    [DV_TRACK_OPTION] = {400, "0x80060888", "The \"{a}\" query parameter isn't supported when Change Tracking is enabled."},
    [DV_BAD_TOKEN] = {400, "0x80060888", "The delta token or skip token in the URL is not valid."},
    [DV_BAD_COOKIE] = {400, "0x8004112a", "Invalid page number in paging cookie."},
    [DV_TOKEN_EXPIRED] = {400, "0x80044352", "Version stamp associated with the client has expired. Please perform a full sync."},
    [DV_EXPAND_REF] = {400, "0x80060888", "Expand with $ref is only supported on lookup type navigation property."},
    [DV_TERM] = {400, "0x80060888", "Term '{a}' is not valid in a $select or $expand expression."},
    [DV_EXPAND_OPTION] = {400, "0x80060888", "Only $select and $filter clause can be provided while doing $expand on many-to-one relationship or nested one-to-many relationship."},
    [DV_UNTERMINATED] = {400, "0x80060888", "There is an unterminated literal at position {a} in '{b}'."},
    [DV_SYNTAX_AT] = {400, "0x80060888", "Syntax error at position {a} in '{b}'."},
    [DV_BAD_FUNCTION] = {400, "0x80060888", "An unknown function with name '{a}' was found. This may also be a function import or a key lookup on a navigation property, which is not allowed."},
    [DV_NOT_BEFORE_FUNCTION] = {400, "0x80060888", "Not operator along with the Custom Named Condition operators is not allowed"},
    [DV_TOO_MANY_CONDITIONS] = {400, "0x8004430c", "Number of conditions in query exceeded maximum limit."},
    [DV_TYPES_DIFFER] = {400, "0x80060888", "A binary operator with incompatible types was detected. Found operand types '{a}' and '{b}' for operator kind '{c}'."},
    [DV_METHOD] = {405, "0x80060888", "The requested resource does not support http method '{a}'."},
    [DV_UNSUPPORTED_MESSAGE] = {400, "0x80040800", "The '{b}' method does not support entities of type '{a}'."},
    [DV_NOT_IMPLEMENTED] = {501, "0x80060888", "{a} is not implemented."},
    [DV_DELETE_RESTRICTED] = {405, "0x80040227", "The object you tried to delete is associated with another object and cannot be deleted."},
    [DV_NOT_MEMBER] = {403, "0x80072560", "The user is not a member of the organization."},
    [DV_USER_DISABLED] = {403, "0x80040225", "The specified user(Id = {a}, IsDisabled=True) is disabled. Consider enabling this user."},
    [DV_NO_ROLE] = {403, "0x80042f09", "RetrievePrivilegeForUser: The user with id {a} has not been assigned any roles. They need a role with the {b} privilege."},
    [DV_PRIVILEGE] = {403, "0x80040220", "{a}"},
    [DV_ACT_ON_BEHALF] = {403, "0x8004a110", "User does not have the privilege to act on behalf another user."},
    [DV_APP_BLOCKED] = {403, "0x80095ffc", "Access to Dataverse API is restricted for this application Id : '{a}'. Please contact your administrator for more information."},
    [DV_APP_UNKNOWN] = {400, "0x8004f510", "The application id {a} was not found in the directory of this tenant (CorrelationID {b}). Register the application in Azure Active Directory first."},
    [DV_TOO_MANY_REQUESTS] = {429, "0x80072322", "Number of requests exceeded the limit of 6000 over time window of 300 seconds."},
    [DV_TOO_CONCURRENT] = {429, "0x80072326", "Number of concurrent requests exceeded the limit of 52."},
    [DV_BAD_TARGET] = {400, "0x80060888", "Bad Request - Error in query syntax."},
    [DV_IMPORT_FILE] = {400, "0x80048000", "Invalid Import File: {a}"},
    [DV_IMPORT_OLDER] = {400, "0x80048038", "Solution '{a}' already exists in this system as managed and cannot be upgraded."},
    [DV_ATTRIBUTE_EXISTS] = {400, "0x80047013", "Attribute {a} already exists for entity {b}."},
    [DV_ENTITY_MISSING] = {404, "0x80040217", "Could not find an entity with name {a} and id 00000000-0000-0000-0000-000000000000."},
    [DV_ATTRIBUTE_MISSING] = {404, "0x80040217", "Could not find an attribute with name {a} on entity {b}."},
    [DV_BAD_PREFIX] = {400, "0x8004701e", "The schema name '{a}' is not valid: it must begin with the prefix of a publisher and an underscore, and have letters, digits and underscores only."},
    [DV_MANAGED_COMPONENT] = {400, "0x8004f032", "The 'Delete' operation on the current component(name='{a}', id='{b}') failed during managed property evaluation of condition: 'The component is managed.'"},
    [DV_ARGUMENT] = {400, "0x80040203", "{a}"},
    [DV_TOO_LARGE] = {413, "0x80060888", "The request is too large."},
};
/* clang-format on */

static const char *fill(struct arena *arena, const char *text, const char *const *values)
{
    AUTO(strbuf) out = STRBUF(0);

    for (; *text != '\0'; text++) {
        if (text[0] == '{' && text[1] >= 'a' && text[1] <= 'd' && text[2] == '}') {
            const char *value = values[text[1] - 'a'];

            strbuf_add(&out, value != NULL ? value : "");
            text += 2;
        } else {
            strbuf_add_char(&out, *text);
        }
    }
    return arena_dup(arena, strbuf_text(&out), out.len);
}

/* Clients that ask for all annotations get these with an error too. */
static void annotate(struct mock_call *call, cJSON *error, const char *code, const char *message)
{
    const char *prefer = mock_call_header(call, "Prefer");

    if (prefer == NULL || strstr(prefer, "odata.include-annotations=\"*\"") == NULL) {
        return;
    }
    cJSON_AddStringToObject(error, "@Microsoft.PowerApps.CDS.ErrorDetails.OperationStatus", "0");
    cJSON_AddStringToObject(
        error, "@Microsoft.PowerApps.CDS.HelpLink",
        arena_printf(call->arena,
                     "http://go.microsoft.com/fwlink/?LinkID=398563&error=Microsoft.Crm."
                     "CrmException%%3a%s&client=platform",
                     str_starts(code, "0x") ? code + 2 : code));
    cJSON_AddStringToObject(error, "@Microsoft.PowerApps.CDS.InnerError.Message", message);
}

void dv_refuse(struct mock_call *call, struct mock_reply *reply, enum dv_error error, const char *a,
               const char *b, const char *c, const char *d)
{
    const char *const values[] = {a, b, c, d};
    const struct row *row = &rows[error];
    cJSON *body = json_new_object(call->arena);
    cJSON *inner = cJSON_AddObjectToObject(body, "error");
    const char *message = fill(call->arena, row->text, values);

    cJSON_AddStringToObject(inner, "code", row->code);
    cJSON_AddStringToObject(inner, "message", message);
    annotate(call, inner, row->code, message);
    mock_reply_json(call, reply, row->status, body);
    mock_reply_header_set(reply, "Content-Type", "application/json; odata.metadata=minimal");
}

const char *dv_error_code(enum dv_error error)
{
    return rows[error].code;
}

/* What a token must be made for: the API host of the organization, or the loopback origin. */
static const char *resource_of(struct mock_call *call)
{
    const char *host = call->org_host, *dot = host != NULL ? strchr(host, '.') : NULL;

    if (!call->cloud || dot == NULL) {
        return arena_join(call->arena, mock_call_origin(call), "/", NULL);
    }
    return arena_printf(call->arena, "https://%.*s.api%s/", (int)(dot - host), host, dot);
}

void dv_challenge(struct mock_call *call, struct mock_reply *reply, bool invalid)
{
    const char *path = arena_printf(call->arena, "/%s/oauth2/authorize", call->world->tenant_id);

    reply->status = 401;
    strbuf_clear(&reply->body);
    mock_reply_header_set(
        reply, "WWW-Authenticate",
        arena_printf(call->arena, "Bearer %sauthorization_uri=%s, resource_id=%s",
                     invalid ? "error=invalid_token, error_description=Error during token "
                               "validation!, "
                             : "",
                     mock_call_url(call, MOCK_PLACE_LOGIN, path), resource_of(call)));
}
