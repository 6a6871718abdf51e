#include "graph/error.h"

#include <string.h>

#include "base/auto.h"
#include "base/iso8601.h"

struct row {
    int status;
    const char *code, *text; /* {a} and {b} are put in */
};

/* clang-format off */
static const struct row rows[] = {
    [GRAPH_TOKEN_MISSING] = {401, "InvalidAuthenticationToken", "Access token is empty."},
    [GRAPH_TOKEN_AUDIENCE] = {401, "InvalidAuthenticationToken", "Access token validation failure. Invalid audience."},
    [GRAPH_TOKEN_EXPIRED] = {401, "InvalidAuthenticationToken", "Lifetime validation failed, the token is expired."},
    [GRAPH_TOKEN_MALFORMED] = {401, "InvalidAuthenticationToken", "IDX14100: JWT is not well formed, there are no dots (.).\nThe token needs to be in JWS or JWE Compact Serialization Format."},
    [GRAPH_TOKEN_REFUSED] = {401, "InvalidAuthenticationToken", "Access token validation failure."},
    [GRAPH_DENIED] = {403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation."},
    [GRAPH_NOT_FOUND] = {404, "Request_ResourceNotFound", "Resource '{a}' does not exist or one of its queried reference-property objects are not present."},
    [GRAPH_INVALID_VALUE] = {400, "Request_BadRequest", "Invalid value specified for property '{a}' of resource '{b}'."},
    [GRAPH_VALUE_MISSING] = {400, "Request_BadRequest", "A value is required for property '{a}' of resource '{b}'."},
    [GRAPH_UNKNOWN_PROPERTY] = {400, "Request_BadRequest", "Invalid property '{a}'."},
    [GRAPH_READ_ONLY] = {400, "Request_BadRequest", "Property '{a}' is read-only and cannot be set."},
    [GRAPH_BAD_JSON] = {400, "BadRequest", "Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format."},
    [GRAPH_UNKNOWN_SEGMENT] = {400, "BadRequest", "Resource not found for the segment '{a}'."},
    [GRAPH_BAD_METHOD] = {405, "Request_BadRequest", "Specified HTTP method is not allowed for the request target."},
    [GRAPH_BAD_SELECT] = {400, "BadRequest", "Parsing OData Select and Expand failed: Could not find a property named '{a}' on type 'microsoft.graph.{b}'."},
    [GRAPH_BAD_OPTION] = {400, "BadRequest", "Invalid value '{b}' for the query option '{a}'."},
    [GRAPH_BAD_FILTER] = {400, "BadRequest", "Invalid filter clause: {a}"},
    [GRAPH_FILTER_PROPERTY] = {400, "Request_UnsupportedQuery", "Unsupported or invalid query filter clause specified for property '{a}' of resource '{b}'."},
    [GRAPH_FILTER_OPERATOR] = {400, "Request_UnsupportedQuery", "Unsupported property filter clause operator '{a}'."},
    [GRAPH_FILTER_COMPLEX] = {400, "Request_UnsupportedQuery", "Complex query on property {a} is not supported."},
    [GRAPH_FILTER_ADVANCED] = {400, "Request_UnsupportedQuery", "Unsupported Query."},
    [GRAPH_SORT_AND_FILTER] = {400, "Request_UnsupportedQuery", "Sorting not supported for current query."},
    [GRAPH_BAD_PAGE_SIZE] = {400, "Request_UnsupportedQuery", "Invalid page size specified: '{a}'. Must be between 1 and 999 inclusive."},
    [GRAPH_COUNT_ADVANCED] = {400, "Request_BadRequest", "$count is not currently supported."},
    [GRAPH_SEARCH_ADVANCED] = {400, "Request_UnsupportedQuery", "Request with $search query parameter only works through MSGraph with a special request header: 'ConsistencyLevel: eventual'"},
    [GRAPH_BAD_SEARCH] = {400, "Request_UnsupportedQuery", "Unrecognized query argument specified: '{a}'."},
    [GRAPH_NAME_TAKEN] = {409, "Request_MultipleObjectsWithSameKeyValue", "The service principal cannot be created, updated, or restored because the service principal name {a} is already in use."},
    [GRAPH_GRANT_TAKEN] = {409, "Request_MultipleObjectsWithSameKeyValue", "Permission entry already exists."},
    [GRAPH_ROLE_TAKEN] = {400, "Request_BadRequest", "Permission being assigned already exists on the object"},
    [GRAPH_URI_TAKEN] = {400, "Request_BadRequest", "Another object with the same value for property identifierUris already exists."},
    [GRAPH_NO_APPLICATION] = {400, "Request_BadRequest", "The appId '{a}' of the service principal does not reference a valid application object."},
    [GRAPH_NOT_BACKED] = {403, "Authorization_RequestDenied", "When using this permission, the backing application of the service principal being created must in the local tenant"},
    [GRAPH_NO_KEY] = {400, "Request_BadRequest", "No password credential found with keyId."},
    [GRAPH_NO_CERTIFICATE] = {400, "Request_BadRequest", "No key credential found with keyId."},
    [GRAPH_KEY_DATE] = {400, "Request_BadRequest", "Key credential {a} date is invalid."},
    [GRAPH_KEY_KNOWN] = {400, "Request_BadRequest", "Update to existing credential with KeyId '{a}' is not allowed."},
    [GRAPH_BAD_PROOF] = {401, "Authentication_MissingOrMalformed", "Access Token missing or malformed."},
    [GRAPH_TOO_MANY_PASSWORDS] = {400, "TooManyAppPasswords", "Not allowed to add {a} passwords. You can only add a maximum of 2 passwords."},
    [GRAPH_NOT_DELEGATED] = {400, "BadRequest", "/me request is only valid with delegated authentication flow."},
    [GRAPH_THROTTLED] = {429, "TooManyRequests", "Too many requests."},
    [GRAPH_REFERENCE_TAKEN] = {400, "Request_BadRequest", "One or more added object references already exist for the following modified properties: '{a}'."},
    [GRAPH_BAD_BATCH] = {400, "BadRequest", "Invalid batch payload format. {a}"},
    [GRAPH_FAILED_DEPENDENCY] = {424, "FailedDependency", "A request that this one depends on has failed."},
    [GRAPH_DOMAIN_INVALID] = {400, "Request_BadRequest", "The domain portion of the userPrincipalName property is invalid. You must use one of the verified domain names in your organization."},
    [GRAPH_USER_TAKEN] = {400, "Request_BadRequest", "Another object with the same value for property {a} already exists."},
    [GRAPH_USER_SYNCED] = {400, "Request_BadRequest", "Unable to update the specified properties for on-premises mastered Directory Sync objects or objects currently undergoing migration."},
    [GRAPH_WEAK_PASSWORD] = {400, "Request_BadRequest", "The specified password does not comply with password complexity requirements. Please provide a different password."},
    [GRAPH_BAD_TARGET] = {400, "BadRequest", "The request URI is not valid."},
};
/* clang-format on */

static const char *fill(struct arena *arena, const char *text, const char *a, const char *b)
{
    AUTO(strbuf) out = STRBUF(0);

    for (; *text != '\0'; text++) {
        if (strncmp(text, "{a}", 3) == 0 || strncmp(text, "{b}", 3) == 0) {
            const char *value = text[1] == 'a' ? a : b;

            strbuf_add(&out, value != NULL ? value : "");
            text += 2;
        } else {
            strbuf_add_char(&out, *text);
        }
    }
    return arena_dup(arena, strbuf_text(&out), out.len);
}

/* Where a client that has no token is sent to get one. */
static void challenge(struct mock_call *call, struct mock_reply *reply)
{
    mock_reply_header(
        reply, "WWW-Authenticate",
        arena_printf(call->arena,
                     "Bearer realm=\"\", authorization_uri=\"%s\", "
                     "client_id=\"00000003-0000-0000-c000-000000000000\"",
                     mock_call_url(call, MOCK_PLACE_LOGIN, "/common/oauth2/authorize")));
}

void graph_refuse(struct mock_call *call, struct mock_reply *reply, enum graph_error error,
                  const char *a, const char *b)
{
    const struct row *row = &rows[error];
    const char *client_id = mock_call_header(call, "client-request-id");
    cJSON *body = json_new_object(call->arena);
    cJSON *inner, *top = cJSON_AddObjectToObject(body, "error");
    char date[ISO8601_SIZE];

    iso8601_format_s(call->now_ms, date);
    date[19] = '\0'; /* without Z */
    cJSON_AddStringToObject(top, "code", row->code);
    cJSON_AddStringToObject(top, "message", fill(call->arena, row->text, a, b));
    inner = cJSON_AddObjectToObject(top, "innerError");
    cJSON_AddStringToObject(inner, "date", date);
    cJSON_AddStringToObject(inner, "request-id", call->request_id);
    cJSON_AddStringToObject(inner, "client-request-id",
                            client_id != NULL ? client_id : call->request_id);
    mock_reply_json(call, reply, row->status, body);
    mock_reply_header_set(reply, "Content-Type", "application/json");
    if (row->status == 401) {
        challenge(call, reply);
    }
}
