#include "entra/service.h"

#include "base/auto.h"
#include "entra/actions.h"
#include "entra/adminconsent.h"
#include "entra/authorize.h"
#include "entra/devicecode.h"
#include "entra/discovery.h"
#include "entra/error.h"
#include "entra/grant.h"
#include "entra/loop.h"
#include "entra/page.h"
#include "entra/realm.h"
#include "entra/session.h"
#include "entra/signing.h"
#include "store/store.h"

/* clang-format off */
static const struct mock_route routes[] = {
    {HTTP_GET | HTTP_POST, "/GetUserRealm.srf", entra_user_realm_srf, "entra-realm"},
    {HTTP_GET | HTTP_POST, "/common/GetUserRealm.srf", entra_user_realm_srf, "entra-realm"},
    {HTTP_GET,             "/common/discovery/instance", entra_instance, "entra-instance"},
    {HTTP_GET | HTTP_POST, "/common/oauth2/deviceauth", entra_device_page, "entra-device"},
    {HTTP_GET,             "/common/userrealm/{user}", entra_user_realm, "entra-realm"},
    {HTTP_GET | HTTP_POST, "/devicelogin", entra_device_page, "entra-device"},
    {HTTP_GET,             "/error", entra_error_page, "entra-errors"},
    {HTTP_GET,             "/{tenant}/.well-known/openid-configuration", entra_configuration, "entra-discovery"},
    {HTTP_POST,            "/{tenant}/GetCredentialType", entra_credential_type, "entra-realm"},
    {HTTP_GET | HTTP_POST, "/{tenant}/adminconsent", entra_admin_consent, "entra-consent"},
    {HTTP_GET,             "/{tenant}/discovery/keys", entra_key_set, "entra-keys"},
    {HTTP_GET,             "/{tenant}/discovery/v2.0/keys", entra_key_set, "entra-keys"},
    {HTTP_GET | HTTP_POST, "/{tenant}/oauth2/authorize", entra_authorize, "entra-authorize"},
    {HTTP_GET | HTTP_POST, "/{tenant}/oauth2/devicecode", entra_device_code, "entra-device"},
    {HTTP_GET,             "/{tenant}/oauth2/logout", entra_logout, "entra-authorize"},
    {HTTP_GET | HTTP_POST | HTTP_OPTIONS, "/{tenant}/oauth2/token", entra_token, "entra-token-v1"},
    {HTTP_GET | HTTP_POST, "/{tenant}/oauth2/v2.0/authorize", entra_authorize, "entra-authorize"},
    {HTTP_GET | HTTP_POST, "/{tenant}/oauth2/v2.0/devicecode", entra_device_code, "entra-device"},
    {HTTP_GET,             "/{tenant}/oauth2/v2.0/logout", entra_logout, "entra-authorize"},
    {HTTP_GET | HTTP_POST | HTTP_OPTIONS, "/{tenant}/oauth2/v2.0/token", entra_token, "entra-token"},
    {HTTP_GET,             "/{tenant}/v2.0/.well-known/openid-configuration", entra_configuration, "entra-discovery"},
    {HTTP_GET | HTTP_POST, "/{tenant}/v2.0/adminconsent", entra_admin_consent, "entra-consent"},
};
/* clang-format on */

static bool has_header(const struct mock_reply *reply, const char *name)
{
    for (size_t i = 0; i < reply->header_count; i++) {
        if (str_ieq(reply->headers[i].name, name)) {
            return true;
        }
    }
    return false;
}

/* Sources: entra-token, and recorded answers (entra-headers). */
static void decorate(struct mock_call *call, struct mock_reply *reply)
{
    const char *echo = mock_call_header(call, "return-client-request-id");

    if (!has_header(reply, "Cache-Control")) {
        mock_reply_header(reply, "Cache-Control", "no-store, no-cache");
        mock_reply_header(reply, "Pragma", "no-cache");
        mock_reply_header(reply, "Expires", "-1");
    }
    mock_reply_header(reply, "Strict-Transport-Security", "max-age=31536000; includeSubDomains");
    mock_reply_header(reply, "X-Content-Type-Options", "nosniff");
    mock_reply_header(reply, "P3P", "CP=\"DSP CUR OTPi IND OTRi ONL FIN\"");
    mock_reply_header(reply, "x-ms-request-id", entra_trace_id(call));
    if (str_ieq(echo, "true") && guid_valid(mock_call_header(call, "client-request-id"))) {
        mock_reply_header(reply, "client-request-id", mock_call_header(call, "client-request-id"));
    }
    mock_reply_header(reply, "x-ms-ests-server", "2.1.13315.8 - NEULR1 ProdSlices");
    mock_reply_header(reply, "x-ms-clitelem", "1,0,0,,");
    mock_reply_header(reply, "X-XSS-Protection", "0");
    mock_reply_header(reply, "Set-Cookie",
                      "x-ms-gateway-slice=estsfd; path=/; secure; samesite=none; httponly");
    mock_reply_header(reply, "Set-Cookie",
                      "stsservicecookie=estsfd; path=/; secure; samesite=none; httponly");
}

static void miss(struct mock_call *call, struct mock_reply *reply)
{
    AUTO(strbuf) page = STRBUF(0);

    entra_page_begin(&page, "Sign in to your account");
    strbuf_add(&page, "<p>The page that you asked for does not exist.</p>");
    entra_page_reply(call, reply, call->allowed != 0 ? 405 : 404, &page);
}

/* Recorded: plain text, not JSON; a setting has it otherwise. */
static void throttle(struct mock_call *call, struct mock_reply *reply, int64_t retry_after_s)
{
    const char *form = store_setting_text(call->db, call->arena, "tenant", "throttledAnswer");

    if (str_eq(form, "json")) {
        entra_refuse(call, reply, ENTRA_TOO_MANY_REQUESTS, &(struct entra_words){0});
    } else {
        mock_reply_text(reply, 429, "text/plain", "Too Many Requests");
    }
    mock_reply_header_set(reply, "Retry-After",
                          arena_printf(call->arena, "%lld", (long long)retry_after_s));
}

static void bad_target(struct mock_call *call, struct mock_reply *reply)
{
    entra_refuse(call, reply, ENTRA_MALFORMED, &(struct entra_words){0});
}

const struct mock_service mock_entra = {
    .name = "entra",
    .routes = routes,
    .route_count = ARRAY_LEN(routes),
    .fold_case = true,
    .actions = entra_actions,
    .action_count = ENTRA_ACTION_COUNT,
    .schema = ENTRA_CODE_SCHEMA ENTRA_DEVICE_SCHEMA ENTRA_LOOP_SCHEMA ENTRA_SESSION_SCHEMA
        ENTRA_SIGNING_SCHEMA,
    .drop = entra_signing_drop,
    .miss = miss,
    .bad_target = bad_target,
    .throttle = throttle,
    .decorate = decorate,
};
