/* The token endpoint: one request through the checks, in the real service's order. */
#include <string.h>
#include <strings.h>

#include "base/auto.h"
#include "entra/grant.h"
#include "entra/loop.h"
#include "store/directory.h"
#include "store/store.h"

const char *entra_param(const struct entra_grant *grant, const char *name)
{
    const char *value = uri_param(&grant->form, name);

    return value != NULL && *value != '\0' ? value : NULL;
}

bool entra_grant_refuse(struct entra_grant *grant, enum entra_code code)
{
    if (grant->page) {
        grant->refused = code;
    } else {
        entra_refuse(grant->call, grant->reply, code, &grant->words);
    }
    return false;
}

static bool missing(struct entra_grant *grant, const char *parameter)
{
    grant->words.parameter = parameter;
    return entra_grant_refuse(grant, ENTRA_PARAMETER_MISSING);
}

/* Parameters in the query, JSON and multipart bodies are not read at all. */
bool entra_grant_body(struct entra_grant *grant)
{
    static const char form_type[] = "application/x-www-form-urlencoded";
    struct mock_call *call = grant->call;
    const char *type = mock_call_header(call, "Content-Type");

    if (call->method != HTTP_POST) {
        grant->words.parameter = call->method_text;
        return entra_grant_refuse(grant, ENTRA_POST_ONLY);
    }
    if (type == NULL || strncasecmp(type, form_type, sizeof form_type - 1) != 0 ||
        strchr("; \t", type[sizeof form_type - 1]) == NULL) {
        return missing(grant, "grant_type");
    }
    if (!uri_parse_params(call->arena, call->body, call->body_len, &grant->form)) {
        return entra_grant_refuse(grant, ENTRA_MALFORMED);
    }
    for (size_t i = 0; i < grant->form.count; i++) {
        if (uri_param_count(&grant->form, grant->form.items[i].name) > 1) {
            grant->words.parameter = grant->form.items[i].name;
            return entra_grant_refuse(grant, ENTRA_DUPLICATE_PARAMETER);
        }
    }
    return true;
}

static bool check_grant_type(struct entra_grant *grant)
{
    static const struct {
        const char *name;
        enum entra_grant_type type;
    } known[] = {
        {"client_credentials", ENTRA_GRANT_APP},
        {"password", ENTRA_GRANT_PASSWORD},
        {"refresh_token", ENTRA_GRANT_REFRESH},
        {"urn:ietf:params:oauth:grant-type:saml1_1-bearer", ENTRA_GRANT_SAML1},
        {"urn:ietf:params:oauth:grant-type:saml2-bearer", ENTRA_GRANT_SAML2},
        {"authorization_code", ENTRA_GRANT_CODE},
        {"urn:ietf:params:oauth:grant-type:device_code", ENTRA_GRANT_DEVICE},
        {"device_code", ENTRA_GRANT_DEVICE}, /* as msal-node has it */
    };
    const char *name = entra_param(grant, "grant_type");

    if (name == NULL) {
        return missing(grant, "grant_type");
    }
    for (size_t i = 0; i < ARRAY_LEN(known); i++) {
        if (strcmp(known[i].name, name) == 0) {
            grant->type = known[i].type;
            return true;
        }
    }
    grant->words.parameter = name;
    return entra_grant_refuse(grant, ENTRA_UNSUPPORTED_GRANT);
}

static enum entra_code no_tenant_code(struct mock_call *call)
{
    const char *code = store_setting_text(call->db, call->arena, "tenant", "noTenantError");

    return str_eq(code, "700016")    ? ENTRA_APP_UNKNOWN
           : str_eq(code, "7000229") ? ENTRA_NO_PRINCIPAL
                                     : ENTRA_NO_TENANT;
}

void entra_grant_enter(struct entra_grant *grant, const char *given)
{
    const struct entra_directory directory = entra_directory_find(grant->call, given);

    grant->tenant = directory.tenant;
    grant->tid = directory.id;
    grant->words.given = given;
    grant->words.tid = directory.id;
    grant->words.tenant = directory.name;
    grant->words.cloud = directory.cloud;
}

/* Another cloud sends people on, and has nothing for clients that prove themselves. */
static enum entra_code national_code(const struct entra_grant *grant)
{
    bool proves = grant->type == ENTRA_GRANT_APP || entra_param(grant, "client_secret") != NULL ||
                  entra_param(grant, "client_assertion") != NULL ||
                  mock_call_header(grant->call, "Authorization") != NULL;

    return proves ? ENTRA_CROSS_CLOUD : ENTRA_NATIONAL_CLOUD;
}

bool entra_grant_tenant(struct entra_grant *grant)
{
    grant->words.app = entra_param(grant, "client_id");
    switch (grant->tenant) {
    case ENTRA_TENANT_OWN:
    case ENTRA_TENANT_FOREIGN:
        return true;
    case ENTRA_TENANT_NATIONAL:
        return entra_grant_refuse(grant, national_code(grant));
    case ENTRA_TENANT_OTHER:
        return entra_grant_refuse(grant, ENTRA_TENANT_UNKNOWN);
    case ENTRA_TENANT_NONSENSE:
        return entra_grant_refuse(grant, ENTRA_TENANT_MALFORMED);
    case ENTRA_TENANT_COMMON:
    case ENTRA_TENANT_CONSUMERS:
        if (grant->type == ENTRA_GRANT_PASSWORD) {
            return entra_grant_refuse(grant, ENTRA_COMMON_UNSUPPORTED);
        }
        break;
    case ENTRA_TENANT_ORGANIZATIONS:
        break;
    }
    return grant->type != ENTRA_GRANT_APP || entra_grant_refuse(grant, no_tenant_code(grant->call));
}

/* What the grant cannot do without. */
static bool check_parameters(struct entra_grant *grant)
{
    grant->scope_text = entra_param(grant, "scope");
    if (grant->v1) {
        grant->resource_text = entra_param(grant, "resource");
        grant->scope_text = grant->scope_text != NULL ? grant->scope_text : "";
    } else if (entra_param(grant, "resource") != NULL) {
        return entra_grant_refuse(grant, ENTRA_RESOURCE_ON_V2);
    }
    if (grant->type == ENTRA_GRANT_PASSWORD) {
        if (entra_param(grant, "username") == NULL) {
            return missing(grant, "username");
        }
        if (entra_param(grant, "password") == NULL) {
            return missing(grant, "password");
        }
        if (grant->v1 && grant->resource_text == NULL) {
            return missing(grant, "resource");
        }
    }
    switch (grant->type) {
    case ENTRA_GRANT_REFRESH:
        return entra_param(grant, "refresh_token") != NULL || missing(grant, "refresh_token");
    case ENTRA_GRANT_CODE:
        return entra_param(grant, "code") != NULL || missing(grant, "code");
    case ENTRA_GRANT_DEVICE:
        return entra_param(grant, "device_code") != NULL || missing(grant, "device_code");
    case ENTRA_GRANT_SAML1:
    case ENTRA_GRANT_SAML2:
        if (entra_param(grant, "assertion") == NULL) {
            return missing(grant, "assertion");
        }
        break;
    case ENTRA_GRANT_APP:
    case ENTRA_GRANT_PASSWORD:
        break;
    }
    return grant->scope_text != NULL || missing(grant, "scope");
}

/* What was allowed before tells what the client must prove. */
static bool look(struct entra_grant *grant)
{
    if (grant->type == ENTRA_GRANT_CODE) {
        entra_code_look(grant);
    } else if (grant->type == ENTRA_GRANT_DEVICE) {
        entra_device_look(grant);
    } else if (grant->type == ENTRA_GRANT_REFRESH) {
        grant->refresh_known =
            entra_refresh_read(grant->call, entra_param(grant, "refresh_token"), &grant->refresh);
        grant->platform = (enum entra_platform)grant->refresh.platform;
    }
    return true;
}

/* A request that says nothing more is for what was allowed. */
static void fill_scope(struct entra_grant *grant, const char *scope, const char *resource)
{
    if (grant->v1 && grant->resource_text == NULL) {
        grant->resource_text = resource;
    }
    if (!grant->v1 && grant->scope_text == NULL) {
        grant->scope_text = scope;
    }
}

/* It is there and says nothing; leaving it out is another thing. */
static bool scope_is_blank(const struct entra_grant *grant)
{
    const char *scope = uri_param(&grant->form, "scope");

    return scope != NULL && scope[strspn(scope, " ")] == '\0';
}

static bool check_allowed(struct entra_grant *grant)
{
    switch (grant->type) {
    case ENTRA_GRANT_REFRESH:
        if (!grant->refresh_known) {
            return entra_grant_refuse(grant, ENTRA_MALFORMED);
        }
        fill_scope(grant, grant->refresh.scope, grant->refresh.resource);
        return true;
    case ENTRA_GRANT_CODE:
    case ENTRA_GRANT_DEVICE:
        if (!(grant->type == ENTRA_GRANT_CODE ? entra_code_check : entra_device_check)(grant)) {
            return false;
        }
        if (grant->type == ENTRA_GRANT_CODE && !grant->v1 && scope_is_blank(grant)) {
            return entra_grant_refuse(grant, ENTRA_CODE_SCOPE_EMPTY);
        }
        fill_scope(grant, grant->allowed.scope, grant->allowed.resource);
        grant->openid = directory_words_have(grant->allowed.scope, "openid");
        grant->profile = directory_words_have(grant->allowed.scope, "profile");
        grant->email = directory_words_have(grant->allowed.scope, "email");
        grant->offline = directory_words_have(grant->allowed.scope, "offline_access");
        return true;
    case ENTRA_GRANT_APP:
    case ENTRA_GRANT_PASSWORD:
    case ENTRA_GRANT_SAML1:
    case ENTRA_GRANT_SAML2:
        break;
    }
    return true;
}

static bool check_user(struct entra_grant *grant)
{
    switch (grant->type) {
    case ENTRA_GRANT_APP:
        return true;
    case ENTRA_GRANT_PASSWORD:
        return entra_user_sign_in(grant);
    case ENTRA_GRANT_REFRESH:
        return entra_user_return(grant);
    case ENTRA_GRANT_SAML1:
    case ENTRA_GRANT_SAML2:
        return entra_saml_sign_in(grant);
    case ENTRA_GRANT_CODE:
    case ENTRA_GRANT_DEVICE:
        return entra_user_allowed(grant);
    }
    return false;
}

/* The first that fails has answered. */
static bool (*const checks[])(struct entra_grant *grant) = {
    entra_grant_body,
    check_grant_type,
    entra_grant_tenant,
    check_parameters,
    entra_loop_check,
    entra_client_find,
    look,
    entra_client_authenticate,
    check_allowed,
    entra_scope_read,
    check_user,
    entra_scope_consented,
};

/* What a browser asks before it lets a page of another origin post. */
static void answer_preflight(struct mock_call *call, struct mock_reply *reply)
{
    const char *headers = mock_call_header(call, "Access-Control-Request-Headers");

    mock_reply_text(reply, 200, "text/html; charset=utf-8", "");
    mock_reply_header(reply, "Access-Control-Allow-Methods", "POST, OPTIONS");
    if (headers != NULL) {
        mock_reply_header(reply, "Access-Control-Allow-Headers", headers);
    }
}

void entra_token(struct mock_call *call, struct mock_reply *reply)
{
    struct entra_grant grant = {.call = call, .reply = reply, .v1 = call->path.count == 3};

    if (mock_call_header(call, "Origin") != NULL) { /* pages of single-page applications */
        mock_reply_header(reply, "Access-Control-Allow-Origin", "*");
    }
    if (call->method == HTTP_OPTIONS) {
        answer_preflight(call, reply);
        return;
    }
    entra_grant_enter(&grant, call->vars[0]);
    grant.words.v1 = grant.v1;
    for (size_t i = 0; i < ARRAY_LEN(checks); i++) {
        if (!checks[i](&grant)) {
            return;
        }
    }
    entra_issue(&grant);
}
