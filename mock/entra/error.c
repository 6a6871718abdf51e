#include "entra/error.h"

#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/iso8601.h"
#include "store/store.h"

/* One way to say no. */
struct row {
    enum entra_code code;
    int status;           /* 0: a setting says it */
    const char *error;    /* of the v2 endpoint */
    const char *error_v1; /* where the v1 endpoint says something else */
    const char *suberror; /* of the v2 endpoint */
    const char *rule;     /* of the rule book */
    const char *text;
};

/* clang-format off */
static const struct row rows[] = {
    {ENTRA_WRONG_SECRET, 401, "invalid_client", NULL, NULL, "SETUP2-06",
     "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '{app}'."},
    {ENTRA_SECRET_EXPIRED, 401, "invalid_client", NULL, NULL, "SETUP2-26",
     "The provided client secret keys for app '{app}' are expired. Visit the Azure portal to create new keys for your app: https://aka.ms/NewClientSecret, or consider using certificate credentials for added security: https://aka.ms/certCreds."},
    {ENTRA_CREDENTIAL_MISSING, 401, "invalid_client", NULL, NULL, NULL,
     "The request body must contain the following parameter: 'client_assertion' or 'client_secret'."},
    {ENTRA_CREDENTIAL_MISSING_APP, 401, "invalid_client", NULL, NULL, NULL,
     "'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type."},
    {ENTRA_CLIENT_PUBLIC, 0, "invalid_client", NULL, NULL, NULL,
     "Client is public so neither 'client_assertion' nor 'client_secret' should be presented."},
    {ENTRA_APP_UNKNOWN, 400, "unauthorized_client", NULL, NULL, "SETUP2-02",
     "Application with identifier '{app}' was not found in the directory '{tenant}'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant."},
    {ENTRA_NO_PRINCIPAL, 0, "invalid_client", NULL, NULL, NULL,
     "The client application {app} is missing service principal in the tenant {tid}. See instructions here: https://go.microsoft.com/fwlink/?linkid=2225119"},
    {ENTRA_APP_DISABLED, 400, "unauthorized_client", NULL, NULL, NULL,
     "Application '{app}'({name}) is disabled."},
    {ENTRA_SINGLE_TENANT, 400, "invalid_request", NULL, NULL, "CONF-11",
     "Application '{app}'({name}) is not configured as a multi-tenant application. Usage of the /common endpoint is not supported for such applications created after '10/15/2018'. Use a tenant-specific endpoint or configure the application to be multi-tenant."},
    {ENTRA_KEY_UNKNOWN, 401, "invalid_client", NULL, NULL, NULL,
     "{why}, Please visit the Azure Portal, Graph Explorer or directly use MS Graph to see configured keys for app Id '{app}'. Review the documentation at https://docs.microsoft.com/en-us/graph/deployments to determine the corresponding service endpoint and https://docs.microsoft.com/en-us/graph/api/application-get?view=graph-rest-1.0&tabs=http to build a query request URL, such as 'https://graph.microsoft.com/beta/applications/{app}']."},
    {ENTRA_ASSERTION_TIME, 401, "invalid_client", NULL, NULL, NULL,
     "Client assertion is not within its valid time range. Current time: {now}, assertion valid from {t1}, expiry time of assertion {t2}. Review the documentation at https://learn.microsoft.com/entra/identity-platform/certificate-credentials ."},
    {ENTRA_ASSERTION_AUDIENCE, 401, "invalid_client", NULL, NULL, NULL,
     "Client assertion audience claim does not match Realm issuer. Review the documentation at https://learn.microsoft.com/entra/identity-platform/certificate-credentials ."},
    {ENTRA_ASSERTION_CLIENT, 401, "invalid_client", NULL, NULL, NULL,
     "Client assertion application identifier doesn't match 'client_id' parameter. Review the documentation at https://learn.microsoft.com/entra/identity-platform/certificate-credentials ."},
    {ENTRA_NO_FEDERATED_IDENTITY, 401, "invalid_client", NULL, NULL, NULL,
     "No matching federated identity record found for presented assertion."},
    {ENTRA_BAD_ASSERTION, 400, "invalid_request", NULL, NULL, NULL,
     "InvalidJwtToken: Invalid JWT token because of the following reasons: {why}."},
    {ENTRA_TENANT_UNKNOWN, 400, "invalid_request", NULL, NULL, "SETUP2-02",
     "Tenant '{t}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant."},
    {ENTRA_TENANT_MALFORMED, 400, "invalid_request", NULL, NULL, "SETUP2-02",
     "Specified tenant identifier '{t}' is neither a valid DNS name, nor a valid external domain."},
    {ENTRA_NATIONAL_CLOUD, 400, "invalid_request", NULL, NULL, NULL,
     "Tenant '{t}' request is being redirected to the National Cloud '{cloud}'."},
    {ENTRA_CROSS_CLOUD, 400, "invalid_request", NULL, NULL, NULL,
     "Confidential Client is not supported in Cross Cloud request."},
    {ENTRA_NO_TENANT, 400, "invalid_request", NULL, NULL, NULL,
     "No tenant-identifying information found in either the request or implied by any provided credentials."},
    {ENTRA_USER_NO_TENANT, 400, "invalid_request", NULL, NULL, NULL,
     "Invalid domain name - No tenant-identifying information found in either the request or implied by any provided credentials."},
    {ENTRA_UNKNOWN_INSTANCE, 400, "invalid_instance", NULL, NULL, NULL,
     "Unknown or invalid instance."},
    {ENTRA_MALFORMED_INSTANCE, 400, "invalid_instance", NULL, NULL, NULL,
     "The request is malformed."},
    {ENTRA_COMMON_UNSUPPORTED, 400, "invalid_request", NULL, NULL, NULL,
     "The grant type is not supported over the /common or /consumers endpoints. Please use the /organizations or tenant-specific endpoint."},
    {ENTRA_PARAMETER_MISSING, 400, "invalid_request", NULL, NULL, NULL,
     "The request body must contain the following parameter: '{p}'."},
    {ENTRA_FIELD_MISSING, 400, "invalid_request", NULL, NULL, NULL,
     "The required field '{p}' is missing from the credential. Ensure that you have all the necessary parameters for the login request."},
    {ENTRA_POST_ONLY, 400, "invalid_request", NULL, NULL, NULL,
     "The endpoint only accepts POST requests. Received a {p} request."},
    {ENTRA_MALFORMED, 400, "invalid_request", NULL, NULL, NULL,
     "Invalid request. Request is malformed or invalid."},
    {ENTRA_DUPLICATE_PARAMETER, 400, "invalid_request", NULL, NULL, NULL,
     "The request is not properly formatted. The parameter '{p}' is duplicated."},
    {ENTRA_UNSUPPORTED_GRANT, 400, "unsupported_grant_type", NULL, NULL, NULL,
     "The app requested an unsupported grant type '{p}'."},
    {ENTRA_RESOURCE_ON_V2, 400, "invalid_request", NULL, NULL, NULL,
     "The 'resource' request parameter is not supported."},
    {ENTRA_BAD_SCOPE, 400, "invalid_scope", NULL, NULL, NULL,
     "The provided request must include a 'scope' input parameter. The provided value for the input parameter 'scope' is not valid. The scope {s} is not valid. The scope format is invalid. Scope must be in a valid URI form <https://example/scope> or a valid Guid <guid/scope>."},
    {ENTRA_CODE_SCOPE_INVALID, 400, "invalid_request", NULL, NULL, NULL,
     "Provided value for the input parameter scope '{s}' isn't valid when requesting an access token. Specify a valid scope."},
    {ENTRA_CODE_SCOPE_EMPTY, 400, "invalid_request", NULL, NULL, NULL,
     "Provided value for the input parameter scope can't be empty when requesting an access token using the provided authorization code. Specify a valid scope."},
    {ENTRA_SEVERAL_RESOURCES, 400, "invalid_scope", NULL, NULL, NULL,
     "The provided value for the input parameter 'scope' isn't valid because it contains more than one resource."},
    {ENTRA_SCOPE_NOT_DEFAULT, 400, "invalid_scope", NULL, NULL, NULL,
     "The provided value for scope {s} is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI)."},
    {ENTRA_RESOURCE_UNKNOWN, 400, "invalid_resource", NULL, NULL, NULL,
     "The resource principal named {res} was not found in the tenant named {tenant}. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You might have sent your authentication request to the wrong tenant."},
    {ENTRA_RESOURCE_DISABLED, 400, "invalid_resource", NULL, NULL, NULL,
     "The service principal for resource '{res}' is disabled. This indicate that a subscription within the tenant has lapsed, or that the administrator for this tenant has disabled the application, preventing tokens from being issued for it."},
    {ENTRA_SCOPE_UNKNOWN, 0, "invalid_client", NULL, NULL, NULL,
     "The application '{name}' asked for scope '{s}' that doesn't exist on the resource '{res}'. Contact the app vendor."},
    {ENTRA_REPLY_UNKNOWN, 400, "invalid_request", NULL, NULL, "SETUP2-20",
     "The redirect URI '{p}' specified in the request does not match the redirect URIs configured for the application '{app}'. Make sure the redirect URI sent in the request matches one added to your application in the Azure portal. Navigate to https://aka.ms/redirectUriMismatchError to learn more about how to fix this."},
    {ENTRA_NO_REPLY, 400, "invalid_request", NULL, NULL, "SETUP2-20",
     "No reply address is registered for the application."},
    {ENTRA_WRONG_PASSWORD, 400, "invalid_grant", NULL, NULL, NULL,
     "Error validating credentials due to invalid username or password."},
    {ENTRA_USER_UNKNOWN, 400, "invalid_grant", NULL, NULL, NULL,
     "The user account {EmailHidden} does not exist in the {tenant} directory. To sign into this application, the account must be added to the directory."},
    {ENTRA_OTHER_HOME, 400, "invalid_grant", NULL, NULL, "SETUP2-24",
     "User account '{EmailHidden}' from identity provider '{idp}' does not exist in tenant '{tenant}' and cannot access the application '{app}'({name}) in that tenant. The account needs to be added as an external user in the tenant first. Sign out and sign in again with a different Azure Active Directory user account."},
    {ENTRA_LOCKED, 400, "invalid_grant", "unauthorized_client", NULL, NULL,
     "The account is locked, you've tried to sign in too many times with an incorrect user ID or password."},
    {ENTRA_PASSWORD_EXPIRED, 400, "invalid_grant", "user_password_expired", "user_password_expired", NULL,
     "The password is expired."},
    {ENTRA_NO_HASH, 400, "invalid_grant", NULL, NULL, NULL,
     "Invalid or null password: password does not exist in the directory for this user."},
    {ENTRA_USER_DISABLED, 400, "invalid_grant", NULL, NULL, NULL,
     "The user account is disabled."},
    {ENTRA_MFA_REQUIRED, 400, "invalid_grant", "interaction_required", "basic_action", "ROPC-08",
     "Due to a configuration change made by your administrator, or because you moved to a new location, you must use multi-factor authentication to access '{res}'."},
    {ENTRA_MFA_UNREGISTERED, 400, "invalid_grant", "interaction_required", "basic_action", "ROPC-08",
     "Due to a configuration change made by your administrator, or because you moved to a new location, you must enroll in multi-factor authentication to access '{res}'."},
    {ENTRA_ACCESS_BLOCKED, 400, "invalid_grant", "interaction_required", "message_only", NULL,
     "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance."},
    {ENTRA_DEVICE_STATE, 400, "invalid_grant", NULL, "message_only", NULL,
     "Device is not in required device state: unregistered. Conditional Access policy requires a compliant device, and the device is not compliant."},
    {ENTRA_POLICY_BLOCKED, 400, "invalid_grant", NULL, "message_only", NULL,
     "Blocked by security policy."},
    {ENTRA_LEGACY_BLOCKED, 400, "invalid_grant", NULL, "message_only", NULL,
     "Access has been blocked by security defaults."},
    {ENTRA_EXTERNAL_FACTOR, 400, "invalid_grant", "interaction_required", "basic_action", "ROPC-02",
     "External security challenge not satisfied."},
    {ENTRA_UNASSIGNED, 400, "invalid_grant", NULL, NULL, NULL,
     "Your administrator has configured the application {name} ('{app}') to block users unless they are specifically granted ('assigned') access to the application. The signed in user '{EmailHidden}' is blocked because they are not a direct member of a group with access, nor had access directly assigned by an administrator. Please contact your administrator to assign access to this application."},
    {ENTRA_CLIENT_UNASSIGNED, 400, "invalid_grant", NULL, NULL, NULL,
     "Application '{app}'({name}) is not assigned to a role for the application '{res}'."},
    {ENTRA_RESOURCE_UNLISTED, 400, "invalid_resource", NULL, NULL, "SETUP2-03",
     "Invalid resource. The client has requested access to a resource which is not listed in the requested permissions in the client's application registration. Client app ID: {app}({name}). Resource value from request: {res}."},
    {ENTRA_CONSUMERS_UNSUPPORTED, 400, "invalid_request", NULL, NULL, NULL,
     "Application '{app}'({name}) is configured for use by Azure Active Directory users only. Please do not use the /consumers endpoint to serve this request."},
    {ENTRA_REALM_UNKNOWN, 400, "invalid_request", NULL, NULL, NULL,
     "The requested federation realm object '{why}' does not exist."},
    {ENTRA_BAD_SAML, 400, "invalid_grant", NULL, NULL, NULL,
     "SAML token is invalid. {why}"},
    {ENTRA_BAD_SIGNATURE, 400, "invalid_grant", NULL, NULL, NULL,
     "Assertion failed signature validation. [Reason - The provided signature value did not match the expected signature value.]"},
    {ENTRA_USER_NOT_SYNCHRONIZED, 400, "invalid_grant", NULL, NULL, "SETUP2-18",
     "The user account {EmailHidden} does not exist in the {tenant} directory. To sign into this application, the account must be added to the directory."},
    {ENTRA_REALM_PASSWORD_EXPIRED, 400, "invalid_grant", NULL, "user_password_expired", NULL,
     "The user's Active Directory password has expired. Generate a new password for the user or have the user use the self-service reset tool to reset their password."},
    {ENTRA_AGENT_ABSENT, 400, "invalid_grant", NULL, NULL, NULL,
     "The on-premises store is not available."},
    {ENTRA_AGENT_LATE, 400, "invalid_grant", NULL, NULL, NULL,
     "On-premises password validation request timed out."},
    {ENTRA_AGENT_WEB, 400, "invalid_grant", NULL, NULL, NULL,
     "On-premises password validation request failed due to an unpredictable WebException."},
    {ENTRA_AGENT_FAILED, 400, "invalid_grant", NULL, NULL, NULL,
     "The on-premises store is unable to validate the user's password."},
    {ENTRA_AGENT_DECRYPT, 400, "invalid_grant", NULL, NULL, NULL,
     "The on-premises password validation agent is unable to decrypt the password."},
    {ENTRA_AGENT_HOURS, 400, "invalid_grant", NULL, NULL, NULL,
     "The user attempted to log on outside of the allowed hours (this is specified in AD)."},
    {ENTRA_AGENT_OVERDUE, 400, "invalid_grant", NULL, NULL, NULL,
     "Validation request responded after maximum elapsed time exceeded."},
    {ENTRA_REVOKED, 400, "invalid_grant", NULL, NULL, NULL,
     "The provided grant has expired due to it being revoked, a fresh auth token is needed. The user might have changed or reset their password. The grant was issued on '{t1}' and the TokensValidFrom date (before which tokens are not valid) for this user is '{t2}'."},
    {ENTRA_NO_CONSENT, 400, "invalid_grant", NULL, "consent_required", "SETUP2-03",
     "The user or administrator has not consented to use the application with ID '{app}' named '{name}'. Send an interactive authorization request for this user and resource."},
    {ENTRA_SIGN_IN_UNLISTED, 400, "invalid_request", NULL, NULL, NULL,
     "The user or administrator has not consented to use the application with ID '{app}'. This happened because application is misconfigured: it must require access to Windows Azure Active Directory by specifying at least 'Sign in and read user profile' permission."},
    {ENTRA_DECLINED, 400, "consent_required", NULL, NULL, NULL,
     "The resource owner or authorization server denied the request."},
    {ENTRA_NOT_ADMIN, 400, "invalid_request", NULL, NULL, "SETUP2-22",
     "Calling principal cannot consent due to lack of permissions."},
    {ENTRA_NOT_SUBSCRIBED, 0, "invalid_client", NULL, NULL, NULL,
     "The app needs access to a service ('{res}') that your organization '{tenant}' has not subscribed to or enabled. Contact your IT Admin to review the configuration of your service subscriptions."},
    {ENTRA_BAD_GRANT, 400, "invalid_grant", NULL, NULL, NULL,
     "The provided value for the input parameter '{p}' is not valid."},
    {ENTRA_REFRESH_EXPIRED, 400, "invalid_grant", NULL, "bad_token", NULL,
     "The refresh token has expired due to inactivity. The token was issued on {t1} and was inactive for 90.00:00:00."},
    {ENTRA_SIGN_IN_TOO_OLD, 400, "invalid_grant", NULL, "bad_token", NULL,
     "The refresh token has expired or is invalid due to sign-in frequency checks by conditional access. The token was issued on {t1} and the maximum allowed lifetime for this request is {why}."},
    {ENTRA_NOT_PREAUTHORIZED, 400, "invalid_request", NULL, NULL, NULL,
     "Consent between first party application '{app}' and first party resource '{res}' must be configured via preauthorization - applications owned and operated by Microsoft must get approval from the API owner before requesting tokens for that API."},
    {ENTRA_CODE_OF_OTHER_TENANT, 400, "invalid_grant", NULL, NULL, NULL,
     "Provided Authorization Code is intended to use against other tenant, thus rejected. OAuth2 Authorization Code must be redeemed against same tenant it was acquired for (/common or /{tenant-ID} as appropriate)."},
    {ENTRA_CODE_REDEEMED, 400, "invalid_grant", NULL, NULL, NULL,
     "OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh token."},
    {ENTRA_CODE_EXPIRED, 400, "invalid_grant", NULL, NULL, NULL,
     "The provided authorization code or refresh token has expired due to inactivity. Send a new interactive authorization request for this user and resource."},
    {ENTRA_WRONG_VERIFIER, 400, "invalid_grant", NULL, NULL, NULL,
     "The Code_Verifier does not match the code_challenge supplied in the authorization request."},
    {ENTRA_BAD_CHALLENGE, 400, "invalid_request", NULL, NULL, NULL,
     "Invalid size of Code_Challenge parameter."},
    {ENTRA_PKCE_REQUIRED, 400, "invalid_request", NULL, NULL, NULL,
     "Proof Key for Code Exchange is required for cross-origin authorization code redemption."},
    {ENTRA_CROSS_ORIGIN, 400, "invalid_request", NULL, NULL, NULL,
     "Cross-origin token redemption is permitted only for the 'Single-Page Application' client-type. Request origin: '{why}'."},
    {ENTRA_SPA_ONLY_CROSS_ORIGIN, 400, "invalid_request", NULL, NULL, NULL,
     "Tokens issued for the 'Single-Page Application' client-type may only be redeemed via cross-origin requests."},
    {ENTRA_NOT_SIGNED_IN, 400, "login_required", NULL, NULL, NULL,
     "A silent sign-in request was sent but no user is signed in."},
    {ENTRA_RESPONSE_TYPE_UNKNOWN, 400, "unsupported_response_type", NULL, NULL, NULL,
     "response_type '{p}' is not enabled for the application."},
    {ENTRA_BAD_REQUEST, 400, "invalid_request", NULL, NULL, NULL,
     "Unsupported '{p}' value."},
    {ENTRA_NEEDS_ADMIN, 400, "consent_required", NULL, NULL, NULL,
     "An administrator of {tenant} has set a policy that prevents you from granting {name} the permissions it is requesting. Contact an administrator of {tenant}, who can grant permissions to {name} on your behalf."},
    {ENTRA_NOTHING_LISTED, 0, "invalid_client", NULL, NULL, NULL,
     "Misconfigured application. This could be due to one of the following: the client has not listed any permissions for '{res}' in the requested permissions in the client's application registration. Or, the admin has not consented in the tenant. Or, check the application identifier in the request to ensure it matches the configured client application identifier. Please contact your admin to fix the configuration or consent on behalf of the tenant. Client app ID: {app}."},
    {ENTRA_DEVICE_PENDING, 400, "authorization_pending", NULL, NULL, NULL,
     "OAuth 2.0 device flow error. Authorization is pending. Continue polling."},
    {ENTRA_DEVICE_SLOW, 400, "slow_down", NULL, NULL, NULL,
     "OAuth 2.0 device flow error. Client is polling too frequently. Slow down the polling interval."},
    {ENTRA_DEVICE_UNKNOWN, 400, "bad_verification_code", NULL, NULL, NULL,
     "Invalid verification code due to user typing in wrong user code for device code flow."},
    {ENTRA_USER_CODE_EXPIRED, 400, "expired_token", NULL, NULL, NULL,
     "Verification code expired. Have the user retry the sign-in."},
    {ENTRA_DEVICE_EXPIRED, 400, "expired_token", NULL, NULL, NULL,
     "The provided value for the input parameter 'device_code' is not valid. This device code has expired."},
    {ENTRA_REQUEST_LOOP, 400, "invalid_grant", NULL, NULL, NULL,
     "The server terminated an operation because it encountered a client request loop. Please contact your app vendor."},
    {ENTRA_TOO_MANY_REQUESTS, 429, "temporarily_unavailable", NULL, NULL, NULL,
     "TenantThrottlingError - there are too many incoming requests."},
};
/* clang-format on */

static const char empty_guid[] = "00000000-0000-0000-0000-000000000000";

static const struct row *find(enum entra_code code)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (rows[i].code == code) {
            return &rows[i];
        }
    }
    abort(); /* every code of the enum has a row */
}

int entra_error_code(size_t index)
{
    return index < ARRAY_LEN(rows) ? (int)rows[index].code : 0;
}

bool entra_error_known(int code)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if ((int)rows[i].code == code) {
            return true;
        }
    }
    return false;
}

static const char *word(const struct entra_words *words, const char *name, size_t len)
{
    const struct {
        const char *name, *value;
    } known[] = {
        {"app", words->app},  {"name", words->name},    {"tenant", words->tenant},
        {"tid", words->tid},  {"t", words->given},      {"p", words->parameter},
        {"s", words->scope},  {"res", words->resource}, {"t1", words->from},
        {"t2", words->until}, {"now", words->now},      {"why", words->reason},
        {"idp", words->home}, {"cloud", words->cloud},
    };

    for (size_t i = 0; i < ARRAY_LEN(known); i++) {
        if (strlen(known[i].name) == len && strncmp(known[i].name, name, len) == 0) {
            return known[i].value != NULL ? known[i].value : "";
        }
    }
    return NULL; /* such as {EmailHidden}: it stands for itself */
}

const char *entra_error_text(struct arena *arena, enum entra_code code,
                             const struct entra_words *words)
{
    AUTO(strbuf) text = STRBUF(0);
    const char *at = find(code)->text;

    if (code == ENTRA_TENANT_UNKNOWN && str_eq(words->given, empty_guid)) {
        at =
            "Requested tenant identifier '{t}' is not valid. Tenant identifiers may not be an empty"
            " GUID.";
    }

    while (*at != '\0') {
        size_t len = strcspn(at, "{");
        const char *close = at[len] == '{' ? strchr(at + len, '}') : NULL;
        const char *value;

        strbuf_add_n(&text, at, len);
        at += len;
        if (close == NULL) {
            break;
        }
        value = word(words, at + 1, (size_t)(close - at - 1));
        if (value != NULL) {
            strbuf_add(&text, value);
        } else {
            strbuf_add_n(&text, at, (size_t)(close - at + 1));
        }
        at = close + 1;
    }
    return arena_dup(arena, strbuf_text(&text), text.len);
}

void entra_error_cite(struct mock_call *call, enum entra_code code)
{
    const struct row *row = find(code);

    if (row->rule != NULL) {
        mock_call_rule(call, row->rule);
    }
}

const char *entra_trace_id(struct mock_call *call)
{
    return arena_printf(call->arena, "%.34s00", call->request_id);
}

const char *entra_correlation_id(struct mock_call *call)
{
    const char *id = mock_call_header(call, "client-request-id");
    struct uri_params form;

    if (!guid_valid(id)) {
        id = uri_param(&call->params, "client-request-id");
    }
    if (!guid_valid(id) && uri_parse_params(call->arena, call->body, call->body_len, &form)) {
        id = uri_param(&form, "client-request-id");
    }
    return guid_valid(id) ? id : mock_call_guid(call);
}

static const char *error_word(const struct row *row, const struct entra_words *words)
{
    if (words->error != NULL) {
        return words->error;
    }
    if (words->discovery && row->code == ENTRA_TENANT_UNKNOWN) {
        return "invalid_tenant";
    }
    return words->v1 && row->error_v1 != NULL ? row->error_v1 : row->error;
}

/* What no recorded answer shows is a setting. */
static int status_of(struct mock_call *call, const struct row *row)
{
    const char *text;

    if (row->status != 0) {
        return row->status;
    }
    text = store_setting_text(call->db, call->arena, "tenant", "inferredClientErrorStatus");
    return str_eq(text, "400") ? 400 : 401;
}

/* 2026-01-15 09:00:00Z */
static const char *timestamp(struct mock_call *call)
{
    char text[ISO8601_SIZE];

    iso8601_format_s(call->now_ms, text);
    text[10] = ' ';
    return arena_strdup(call->arena, text);
}

/* The challenge that a client is to send back with the next sign-in; it is JSON inside a string. */
static void add_claims(cJSON *body, enum entra_code code)
{
    if (code == ENTRA_MFA_REQUIRED || code == ENTRA_MFA_UNREGISTERED ||
        code == ENTRA_ACCESS_BLOCKED) {
        cJSON_AddStringToObject(body, "claims",
                                "{\"access_token\":{\"capolids\":{\"essential\":true,\"values\":"
                                "[\"7d7c6f0a-2f51-4a4e-9a3b-6f0c5b1d2e00\"]}}}");
    }
}

const char *entra_error_description(struct mock_call *call, enum entra_code code,
                                    const struct entra_words *words, const char *gap)
{
    return arena_printf(call->arena,
                        "AADSTS%d: %s%sTrace ID: %s%sCorrelation ID: %s%sTimestamp: %s", (int)code,
                        entra_error_text(call->arena, code, words), gap, entra_trace_id(call), gap,
                        entra_correlation_id(call), gap, timestamp(call));
}

const char *entra_error_name(enum entra_code code)
{
    return find(code)->error;
}

void entra_refuse(struct mock_call *call, struct mock_reply *reply, enum entra_code code,
                  const struct entra_words *words)
{
    const struct row *row = find(code);
    const char *tail = store_setting_text(call->db, call->arena, "tenant", "errorTail");
    const char *gap = str_eq(tail, "crlf") ? "\r\n" : " ";
    const char *trace = entra_trace_id(call), *correlation = entra_correlation_id(call);
    const char *time = timestamp(call), *text = entra_error_text(call->arena, code, words);
    cJSON *body = json_new_object(call->arena);

    if (!words->suppress_rule) {
        entra_error_cite(call, code);
    }
    cJSON_AddStringToObject(body, "error", error_word(row, words));
    cJSON_AddStringToObject(body, "error_description",
                            arena_printf(call->arena,
                                         "AADSTS%d: %s%sTrace ID: %s%sCorrelation ID: %s%s"
                                         "Timestamp: %s",
                                         (int)code, text, gap, trace, gap, correlation, gap, time));
    cJSON_AddItemToArray(cJSON_AddArrayToObject(body, "error_codes"), cJSON_CreateNumber(code));
    cJSON_AddStringToObject(body, "timestamp", time);
    cJSON_AddStringToObject(body, "trace_id", trace);
    cJSON_AddStringToObject(body, "correlation_id", correlation);
    cJSON_AddStringToObject(body, "error_uri",
                            mock_call_url(call, MOCK_PLACE_LOGIN,
                                          arena_printf(call->arena, "/error?code=%d", (int)code)));
    if (row->suberror != NULL && !words->v1) {
        cJSON_AddStringToObject(body, "suberror", row->suberror);
    }
    add_claims(body, code);
    if (words->v1 && code == ENTRA_PASSWORD_EXPIRED) {
        cJSON_AddStringToObject(body, "password_change_url",
                                "https://portal.microsoftonline.com/ChangePassword.aspx");
    }
    mock_reply_json(call, reply, row->status, body);
    reply->status = status_of(call, row);
    mock_reply_header(reply, "Content-Type", "application/json; charset=utf-8");
}
