#include "entra/authorize.h"

#include <string.h>

#include "base/auto.h"
#include "entra/page.h"
#include "entra/visit.h"
#include "store/directory.h"
#include "store/store.h"

struct authorize {
    struct entra_visit visit;
    const char *redirect_uri;
    enum entra_platform platform;
    enum entra_mode mode;
    bool wants_code, wants_id, wants_token;
};

/* For people: nothing is sent to the application while its address is not sure. */
static bool refuse(struct authorize *request, enum entra_code code)
{
    struct entra_visit *visit = &request->visit;

    entra_page_refuse(visit->call, visit->reply, code, &visit->grant.words);
    return false;
}

/* The words of an authorization endpoint for what the token endpoint calls otherwise. */
static const char *back_word(enum entra_code code)
{
    static const struct {
        enum entra_code code;
        const char *word;
    } words[] = {
        {ENTRA_DECLINED, "access_denied"},
        {ENTRA_NO_CONSENT, "consent_required"},
        {ENTRA_MFA_REQUIRED, "interaction_required"},
        {ENTRA_MFA_UNREGISTERED, "interaction_required"},
    };

    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (words[i].code == code) {
            return words[i].word;
        }
    }
    return entra_error_name(code);
}

static bool send_back(struct authorize *request, enum entra_code code)
{
    struct entra_visit *visit = &request->visit;
    struct mock_call *call = visit->call;
    const struct entra_pair pairs[] = {
        {"error", back_word(code)},
        {"error_subcode", code == ENTRA_DECLINED ? "cancel" : NULL},
        {"error_description", entra_error_description(call, code, &visit->grant.words, "\r\n")},
        {"error_uri", mock_call_url(call, MOCK_PLACE_LOGIN,
                                    arena_printf(call->arena, "/error?code=%d", (int)code))},
        {"state", uri_param(&visit->params, "state")},
    };

    entra_error_cite(call, code);
    entra_page_back(call, visit->reply, request->redirect_uri, request->mode, pairs,
                    ARRAY_LEN(pairs));
    return false;
}

static bool missing(struct authorize *request, const char *name)
{
    request->visit.grant.words.parameter = name;
    return send_back(request, ENTRA_PARAMETER_MISSING);
}

static bool unsupported(struct authorize *request, const char *name)
{
    request->visit.grant.words.parameter = name;
    return send_back(request, ENTRA_BAD_REQUEST);
}

static bool check_tenant(struct authorize *request)
{
    switch (request->visit.grant.tenant) {
    case ENTRA_TENANT_OWN:
    case ENTRA_TENANT_FOREIGN:
    case ENTRA_TENANT_ORGANIZATIONS:
    case ENTRA_TENANT_COMMON: /* the user's domain decides */
        return true;
    case ENTRA_TENANT_NATIONAL:
        return refuse(request, ENTRA_NATIONAL_CLOUD);
    case ENTRA_TENANT_NONSENSE:
        return refuse(request, ENTRA_TENANT_MALFORMED);
    case ENTRA_TENANT_CONSUMERS:
    case ENTRA_TENANT_OTHER:
        break;
    }
    return refuse(request, ENTRA_TENANT_UNKNOWN);
}

static bool check_client(struct authorize *request)
{
    struct entra_grant *grant = &request->visit.grant;
    const char *app_id = entra_visit_param(&request->visit, "client_id");

    if (app_id == NULL) {
        grant->words.parameter = "client_id";
        return refuse(request, ENTRA_PARAMETER_MISSING);
    }
    grant->words.app = app_id;
    if (!entra_client_load(grant, app_id)) {
        return refuse(request, ENTRA_APP_UNKNOWN);
    }
    grant->words.name = grant->client.name;
    if (grant->client.principal_id != NULL && !grant->client.enabled) {
        return refuse(request, ENTRA_APP_DISABLED);
    }
    if (entra_tenant_shared(grant->tenant) && grant->client.single_tenant) {
        return refuse(request, ENTRA_SINGLE_TENANT);
    }
    request->visit.application = entra_client_document(grant);
    return true;
}

static bool check_redirect(struct authorize *request)
{
    struct entra_visit *visit = &request->visit;
    const char *given = entra_visit_param(visit, "redirect_uri");

    visit->grant.words.parameter = given;
    switch (entra_redirect_find(visit->call->arena, visit->application, given,
                                &request->redirect_uri, &request->platform)) {
    case ENTRA_REDIRECT_GOOD:
        return true;
    case ENTRA_REDIRECT_EMPTY:
        return refuse(request, ENTRA_NO_REPLY);
    case ENTRA_REDIRECT_OTHER:
        break;
    }
    return refuse(request, ENTRA_REPLY_UNKNOWN);
}

/* Before anything can be sent back: how. */
static bool check_mode(struct authorize *request)
{
    static const struct {
        const char *name;
        enum entra_mode mode;
    } modes[] = {
        {"query", ENTRA_MODE_QUERY},
        {"fragment", ENTRA_MODE_FRAGMENT},
        {"form_post", ENTRA_MODE_FORM},
    };
    const char *given = entra_visit_param(&request->visit, "response_mode");

    for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
        if (str_eq(modes[i].name, given)) {
            request->mode = modes[i].mode;
            return true;
        }
    }
    return given == NULL || unsupported(request, "response_mode");
}

/* One word of the response type; tokens at once are switches of the application. */
static bool take_type(struct authorize *request, const char *word, size_t len)
{
    const cJSON *settings =
        json_pointer_get(request->visit.application, "/web/implicitGrantSettings");
    const struct {
        const char *name, *setting;
        bool *flag;
    } known[] = {
        {"code", NULL, &request->wants_code},
        {"id_token", "enableIdTokenIssuance", &request->wants_id},
        {"token", "enableAccessTokenIssuance", &request->wants_token},
    };

    for (size_t i = 0; i < ARRAY_LEN(known); i++) {
        if (strlen(known[i].name) == len && strncmp(known[i].name, word, len) == 0) {
            *known[i].flag = true;
            return known[i].setting == NULL || json_get_bool(settings, known[i].setting, false);
        }
    }
    return false;
}

static bool check_type(struct authorize *request)
{
    const char *type = entra_visit_param(&request->visit, "response_type"), *at = type;

    if (type == NULL) {
        return missing(request, "response_type");
    }
    request->visit.grant.words.parameter = type;
    while (*at != '\0') {
        size_t len = strcspn(at, " ");

        if (!take_type(request, at, len)) {
            return send_back(request, ENTRA_RESPONSE_TYPE_UNKNOWN);
        }
        at += len + strspn(at + len, " ");
    }
    if (!request->wants_id && !request->wants_token) {
        return true;
    }
    if (entra_visit_param(&request->visit, "response_mode") == NULL) {
        request->mode = ENTRA_MODE_FRAGMENT;
    }
    if (request->mode == ENTRA_MODE_QUERY) {
        return unsupported(request, "response_mode");
    }
    return !request->wants_id || entra_visit_param(&request->visit, "nonce") != NULL ||
           missing(request, "nonce");
}

/* RFC 7636: 43 to 128 characters. */
static bool check_challenge(struct authorize *request)
{
    const char *challenge = entra_visit_param(&request->visit, "code_challenge");
    const char *method = entra_visit_param(&request->visit, "code_challenge_method");
    size_t len = challenge != NULL ? strlen(challenge) : 0;

    if (challenge == NULL) {
        return request->platform != ENTRA_PLATFORM_SPA || !request->wants_code ||
               send_back(request, ENTRA_PKCE_REQUIRED);
    }
    if (method != NULL && !str_eq(method, "S256") && !str_eq(method, "plain")) {
        return unsupported(request, "code_challenge_method");
    }
    return (len >= 43 && len <= (str_eq(method, "S256") ? 43 : 128)) ||
           send_back(request, ENTRA_BAD_CHALLENGE);
}

static bool check_prompt(struct authorize *request)
{
    struct entra_visit *visit = &request->visit;
    const char *prompt = entra_visit_param(visit, "prompt");
    const struct {
        const char *name;
        bool *flag;
    } known[] = {
        {"none", &visit->silent},
        {"login", &visit->fresh},
        {"select_account", &visit->fresh},
        {"consent", &visit->ask_consent},
        {"admin_consent", &visit->for_everyone},
    };

    visit->hint = entra_visit_param(visit, "login_hint");
    for (size_t i = 0; i < ARRAY_LEN(known); i++) {
        if (str_eq(known[i].name, prompt)) {
            *known[i].flag = true;
            return true;
        }
    }
    return prompt == NULL || unsupported(request, "prompt");
}

/* v1 may name no resource: then it is about all that the application lists. */
static bool check_scope(struct authorize *request)
{
    struct entra_visit *visit = &request->visit;
    struct entra_grant *grant = &visit->grant;

    grant->scope_text = entra_visit_param(visit, "scope");
    if (grant->v1) {
        grant->scope_text = grant->scope_text != NULL ? grant->scope_text : "";
        grant->resource_text = entra_visit_param(visit, "resource");
        visit->everything = grant->resource_text == NULL;
        if (visit->everything) {
            return !request->wants_token || missing(request, "resource");
        }
    } else if (grant->scope_text == NULL) {
        return missing(request, "scope");
    }
    return entra_scope_read(grant) || send_back(request, grant->refused);
}

static bool go_on(struct authorize *request, enum entra_step step)
{
    switch (step) {
    case ENTRA_STEP_DONE:
        return true;
    case ENTRA_STEP_REFUSED:
    case ENTRA_STEP_CANCELLED:
        return send_back(request, request->visit.grant.refused);
    case ENTRA_STEP_SHOWN:
        break;
    }
    return false;
}

static bool sign_in(struct authorize *request)
{
    return go_on(request, entra_visit_sign_in(&request->visit));
}

static bool consent(struct authorize *request)
{
    return go_on(request, entra_visit_consent(&request->visit));
}

/* What comes at once, without a code. */
struct at_once {
    const char *access, *expires, *scope;
};

static struct at_once issue_token(struct authorize *request)
{
    struct entra_grant *grant = &request->visit.grant;
    struct at_once ret = {0};
    int64_t expires_s;

    if (request->wants_token) {
        (void)entra_scope_consented(grant); /* fills what was granted just now */
        ret.access = entra_issue_access(grant, &expires_s, &ret.scope);
        ret.expires = arena_printf(grant->call->arena, "%lld", (long long)expires_s);
    }
    return ret;
}

static void answer(struct authorize *request)
{
    struct entra_visit *visit = &request->visit;
    struct entra_grant *grant = &visit->grant;
    struct mock_call *call = visit->call;
    const struct entra_allowed allowed = {
        .app_id = grant->client.app_id,
        .user_id = grant->user.id,
        .scope = grant->scope_text,
        .resource = grant->v1 ? grant->resource_text : NULL,
        .redirect_uri = request->redirect_uri,
        .challenge = entra_visit_param(visit, "code_challenge"),
        .method = entra_visit_param(visit, "code_challenge_method"),
        .nonce = entra_visit_param(visit, "nonce"),
        .platform = request->platform,
        .mfa = grant->mfa,
    };
    bool info = str_eq(entra_visit_param(visit, "client_info"), "1");
    const char *code = request->wants_code ? entra_code_make(call, &allowed) : NULL;
    const struct at_once now = issue_token(request);
    const struct entra_pair pairs[] = {
        {"code", code},
        {"access_token", now.access},
        {"token_type", now.access != NULL ? "Bearer" : NULL},
        {"expires_in", now.expires},
        {"scope", now.scope},
        {"id_token", request->wants_id ? entra_issue_id(grant, code, now.access) : NULL},
        {"admin_consent", visit->for_everyone ? "True" : NULL},
        {"client_info", info ? entra_client_info(grant) : NULL},
        {"state", uri_param(&visit->params, "state")},
        {"session_state", mock_call_guid(call)},
    };

    entra_page_back(call, visit->reply, request->redirect_uri, request->mode, pairs,
                    ARRAY_LEN(pairs));
}

/* The first that fails has answered. */
static bool (*const checks[])(struct authorize *request) = {
    check_tenant, check_client,    check_redirect, check_mode, check_type,
    check_scope,  check_challenge, check_prompt,   sign_in,    consent,
};

void entra_authorize(struct mock_call *call, struct mock_reply *reply)
{
    struct authorize request = {
        .visit = {.call = call,
                  .reply = reply,
                  .grant = {.call = call,
                            .v1 = call->path.count == 3,
                            .type = ENTRA_GRANT_CODE,
                            .page = true}},
    };
    struct entra_grant *grant = &request.visit.grant;

    entra_grant_enter(grant, call->vars[0]);
    grant->words.v1 = grant->v1;
    if (!entra_visit_begin(&request.visit)) {
        return;
    }
    grant->nonce = entra_visit_param(&request.visit, "nonce");
    for (size_t i = 0; i < ARRAY_LEN(checks); i++) {
        if (!checks[i](&request)) {
            return;
        }
    }
    answer(&request);
}
