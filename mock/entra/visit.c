#include "entra/visit.h"

#include <string.h>

#include "base/auto.h"
#include "base/crypto.h"
#include "entra/consent.h"
#include "entra/page.h"
#include "store/directory.h"
#include "store/store.h"

/* The fields of the pages themselves: they are not carried along. */
static const char *const own_fields[] = {"login", "passwd", "action", "canary", "admin_consent"};

const char *entra_visit_param(const struct entra_visit *visit, const char *name)
{
    const char *value = uri_param(&visit->params, name);

    return value != NULL && *value != '\0' ? value : NULL;
}

/* What the form says and, where it says nothing, the query. */
static struct uri_params both(struct arena *arena, const struct uri_params *form,
                              const struct uri_params *query)
{
    struct uri_params all = {arena_array(arena, form->count + query->count + 1, sizeof *all.items),
                             form->count};

    for (size_t i = 0; i < form->count; i++) {
        all.items[i] = form->items[i];
    }
    for (size_t i = 0; i < query->count; i++) {
        if (uri_param_count(form, query->items[i].name) == 0) {
            all.items[all.count++] = query->items[i];
        }
    }
    return all;
}

/* A request may come as a query or as a form; a form of ours repeats all of it. */
bool entra_visit_begin(struct entra_visit *visit)
{
    struct mock_call *call = visit->call;
    struct uri_params form = {0};

    visit->params = call->params;
    if (call->method == HTTP_POST) {
        if (!uri_parse_params(call->arena, call->body, call->body_len, &form)) {
            entra_page_refuse(call, visit->reply, ENTRA_MALFORMED, &visit->grant.words);
            return false;
        }
        visit->params = both(call->arena, &form, &call->params);
    }
    for (size_t i = 0; i < visit->params.count; i++) {
        if (uri_param_count(&visit->params, visit->params.items[i].name) > 1) {
            visit->grant.words.parameter = visit->params.items[i].name;
            entra_page_refuse(call, visit->reply, ENTRA_DUPLICATE_PARAMETER, &visit->grant.words);
            return false;
        }
    }
    visit->grant.form = visit->params;
    entra_session_find(call, &visit->session);
    return true;
}

bool entra_visit_pressed(const struct entra_visit *visit, const char *button)
{
    return visit->call->method == HTTP_POST && str_eq(entra_visit_param(visit, "action"), button);
}

/* The form comes from a page that we showed to this very session. */
static bool canary_fits(const struct entra_visit *visit)
{
    const char *given = entra_visit_param(visit, "canary"), *canary = visit->session.canary;

    return given != NULL && canary != NULL && strlen(given) == strlen(canary) &&
           crypto_equal(given, canary, strlen(canary));
}

bool entra_visit_sure(const struct entra_visit *visit, const char *button)
{
    return entra_visit_pressed(visit, button) && canary_fits(visit);
}

static bool is_own(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(own_fields); i++) {
        if (str_eq(own_fields[i], name)) {
            return true;
        }
    }
    return false;
}

void entra_visit_form(const struct entra_visit *visit, struct strbuf *page)
{
    strbuf_add(page, "<form method=\"post\">");
    for (size_t i = 0; i < visit->params.count; i++) {
        if (!is_own(visit->params.items[i].name)) {
            entra_html_hidden(page, visit->params.items[i].name, visit->params.items[i].value);
        }
    }
    if (visit->session.canary != NULL) {
        entra_html_hidden(page, "canary", visit->session.canary);
    }
}

static enum entra_step show(struct entra_visit *visit, const struct strbuf *page)
{
    entra_page_reply(visit->call, visit->reply, 200, page);
    return ENTRA_STEP_SHOWN;
}

static enum entra_step refuse(struct entra_visit *visit, enum entra_code code)
{
    entra_page_refuse(visit->call, visit->reply, code, &visit->grant.words);
    return ENTRA_STEP_SHOWN;
}

static enum entra_step show_sign_in(struct entra_visit *visit, const char *name,
                                    const char *problem)
{
    AUTO(strbuf) page = STRBUF(0);

    entra_page_begin(&page, "Sign in to your account");
    if (problem != NULL) {
        strbuf_add(&page, "<p role=\"alert\">");
        strbuf_markup(&page, problem);
        strbuf_add(&page, "</p>");
    }
    entra_visit_form(visit, &page);
    strbuf_add(&page, "<label>Sign in <input name=\"login\" type=\"email\" value=\"");
    strbuf_markup(&page, name);
    strbuf_add(&page,
               "\"></label> <label>Password <input name=\"passwd\" type=\"password\"></label> "
               "<button name=\"action\" value=\"signin\">Sign in</button> "
               "<button name=\"action\" value=\"cancel\">Cancel</button></form>");
    return show(visit, &page);
}

/* As the token endpoint would: lockout and state of the account count here too. */
static bool password_fits(struct entra_visit *visit, const char *name, const char *password)
{
    struct entra_grant *grant = &visit->grant;
    struct uri_param items[] = {{"username", name}, {"password", password}};
    const struct uri_params saved = grant->form;
    bool fits;

    grant->form = (struct uri_params){items, ARRAY_LEN(items)};
    fits = entra_user_sign_in(grant);
    grant->form = saved;
    return fits;
}

static enum entra_step take_password(struct entra_visit *visit)
{
    const char *name = entra_visit_param(visit, "login");
    const char *password = entra_visit_param(visit, "passwd");
    struct entra_grant *grant = &visit->grant;

    if (name == NULL || password == NULL) {
        return show_sign_in(visit, name, "Enter your user name and password.");
    }
    if (!password_fits(visit, name, password)) {
        const char *text;

        if (grant->refused == ENTRA_OTHER_HOME) { /* another name, not another password */
            return refuse(visit, grant->refused);
        }
        text = entra_error_text(visit->call->arena, grant->refused, &grant->words);

        entra_error_cite(visit->call, grant->refused);
        return show_sign_in(
            visit, name,
            arena_printf(visit->call->arena, "AADSTS%d: %s", (int)grant->refused, text));
    }
    entra_session_begin(visit->call, visit->reply, grant->user.id, &visit->session);
    return ENTRA_STEP_DONE;
}

/* The session that the request came with, if it counts. */
static bool take_session(struct entra_visit *visit)
{
    struct entra_user *user = &visit->grant.user;

    return visit->session.user_id != NULL && visit->grant.tenant != ENTRA_TENANT_FOREIGN &&
           (!visit->fresh || canary_fits(visit)) &&
           entra_user_load(visit->call, visit->session.user_id, user) &&
           (visit->hint == NULL || str_ieq(visit->hint, user->upn));
}

/* A second factor is a button here: whoever sees it has it. */
static enum entra_step ask_second_factor(struct entra_visit *visit)
{
    const char *mfa = visit->grant.user.mfa;
    bool registered = str_eq(mfa, "required");
    AUTO(strbuf) page = STRBUF(0);

    if (visit->session.mfa || str_eq(mfa, "off")) {
        return ENTRA_STEP_DONE;
    }
    if (visit->silent) {
        visit->grant.refused = registered ? ENTRA_MFA_REQUIRED : ENTRA_MFA_UNREGISTERED;
        return ENTRA_STEP_REFUSED;
    }
    if (entra_visit_sure(visit, "approve")) {
        entra_session_show_mfa(visit->call, &visit->session);
        return ENTRA_STEP_DONE;
    }
    entra_page_begin(&page, registered ? "Approve sign in request" : "More information required");
    strbuf_add(&page, registered ? "<p>Open your authenticator app and approve the request.</p>"
                                 : "<p>Your organization needs more information to keep your "
                                   "account secure: register a second factor.</p>");
    entra_visit_form(visit, &page);
    strbuf_add(&page, "<button name=\"action\" value=\"approve\">Approve</button> "
                      "<button name=\"action\" value=\"cancel\">Cancel</button></form>");
    return show(visit, &page);
}

enum entra_step entra_visit_sign_in(struct entra_visit *visit)
{
    enum entra_step step = ENTRA_STEP_DONE;

    if (entra_visit_pressed(visit, "cancel")) {
        visit->grant.refused = ENTRA_DECLINED;
        return ENTRA_STEP_CANCELLED;
    }
    if (entra_visit_pressed(visit, "signin")) {
        step = take_password(visit);
    } else if (!take_session(visit)) {
        if (visit->silent) {
            visit->grant.refused = ENTRA_NOT_SIGNED_IN;
            return ENTRA_STEP_REFUSED;
        }
        return show_sign_in(visit, visit->hint, NULL);
    }
    if (step == ENTRA_STEP_DONE) {
        step = ask_second_factor(visit);
    }
    visit->grant.mfa = visit->session.mfa;
    if (step == ENTRA_STEP_DONE && !entra_user_may(&visit->grant)) {
        return refuse(visit, visit->grant.refused);
    }
    return step;
}

/* The scopes to consent to of the resource that is asked for. */
static const char *wanted_scopes(struct entra_visit *visit)
{
    struct entra_grant *grant = &visit->grant;
    struct arena *arena = visit->call->arena;

    if (grant->oidc_only) {
        return arena_printf(arena, "openid%s%s", grant->profile ? " profile" : "",
                            grant->email ? " email" : "");
    }
    return grant->wants_default
               ? entra_consent_listed(visit->call, visit->application, grant->resource.app_id)
               : grant->scopes;
}

/* Whether all that the manifest lists of every API is granted to the user. */
static bool everything_stands(struct entra_visit *visit)
{
    static const char sql[] =
        "SELECT group_concat(g.scope, ' ') FROM oauth2_permission_grants g"
        " JOIN service_principals p ON p.id = g.resource_id WHERE g.client_id = ?"
        " AND p.app_id = lower(?) AND (g.principal_id IS NULL OR g.principal_id = ?)";
    struct mock_call *call = visit->call;
    const cJSON *listed;

    cJSON_ArrayForEach(listed, json_get(visit->application, "requiredResourceAccess"))
    {
        const char *app_id = json_get_text(listed, "resourceAppId");
        const char *scopes = entra_consent_listed(call, visit->application, app_id);
        const char *held = store_text(call->db, call->arena, sql,
                                      DB_ARGS(db_text(visit->grant.client.principal_id),
                                              db_text(app_id), db_text(visit->grant.user.id)));

        for (const char *at = scopes; *at != '\0'; at += strspn(at, " ")) {
            size_t len = strcspn(at, " ");

            if (held == NULL || !directory_words_have(held, arena_dup(call->arena, at, len))) {
                return false;
            }
            at += len;
        }
    }
    return true;
}

static bool consent_stands(struct entra_visit *visit)
{
    if (visit->ask_consent || visit->for_everyone) {
        return false;
    }
    return visit->everything ? everything_stands(visit) : entra_scope_consented(&visit->grant);
}

static bool is_administrator(const struct entra_visit *visit)
{
    return store_int(visit->call->db, "SELECT administrator FROM users WHERE id = ?",
                     DB_ARGS(db_text(visit->grant.user.id)), 0) != 0;
}

static enum entra_step show_consent(struct entra_visit *visit, const char *scopes, bool admin)
{
    AUTO(strbuf) page = STRBUF(0);

    entra_page_begin(&page, "Permissions requested");
    strbuf_add(&page, "<h2>");
    strbuf_markup(&page, visit->grant.client.name);
    strbuf_add(&page, "</h2><p>This application would like to: ");
    strbuf_markup(&page, visit->everything ? "use all permissions that it lists" : scopes);
    strbuf_add(&page, "</p>");
    entra_visit_form(visit, &page);
    if (admin && !visit->for_everyone) {
        strbuf_add(&page, "<label><input type=\"checkbox\" name=\"admin_consent\" value=\"on\"> "
                          "Consent on behalf of your organization</label> ");
    }
    strbuf_add(&page, "<button name=\"action\" value=\"accept\">Accept</button> "
                      "<button name=\"action\" value=\"cancel\">Cancel</button></form>");
    return show(visit, &page);
}

/* Only for this user, unless an administrator says more. */
static enum entra_step record(struct entra_visit *visit, const char *scopes, bool admin)
{
    struct mock_call *call = visit->call;
    struct entra_grant *grant = &visit->grant;
    bool for_all =
        visit->for_everyone || (admin && entra_visit_param(visit, "admin_consent") != NULL);
    const char *user = for_all ? NULL : grant->user.id;
    struct entra_consent all = {0};

    if (visit->everything) {
        grant->words.resource = "the one that the application lists";
        grant->words.scope = "that it lists";
        entra_consent_all(call, visit->application, NULL, user, &all);
        if (all.unknown_resource || all.unknown_permission) {
            return refuse(visit, all.unknown_resource ? ENTRA_NOT_SUBSCRIBED : ENTRA_SCOPE_UNKNOWN);
        }
    } else {
        entra_consent_some(call, visit->application, grant->resource.principal_id, user, scopes);
    }
    grant->client.principal_id =
        store_text(call->db, call->arena, "SELECT id FROM service_principals WHERE app_id = ?",
                   DB_ARGS(db_text(grant->client.app_id)));
    return ENTRA_STEP_DONE;
}

enum entra_step entra_visit_consent(struct entra_visit *visit)
{
    struct mock_call *call = visit->call;
    struct entra_grant *grant = &visit->grant;
    bool admin = is_administrator(visit);
    const char *scopes, *policy;

    grant->refused = ENTRA_REFUSED_NOTHING;
    if (!entra_sign_in_listed(grant)) {
        return refuse(visit, ENTRA_SIGN_IN_UNLISTED);
    }
    if (consent_stands(visit)) {
        return ENTRA_STEP_DONE;
    }
    grant->refused = ENTRA_NO_CONSENT;
    if (visit->silent) {
        return ENTRA_STEP_REFUSED;
    }
    scopes = visit->everything ? "" : wanted_scopes(visit);
    if (!visit->everything && *scopes == '\0') {
        grant->refused = ENTRA_NOTHING_LISTED;
        return ENTRA_STEP_REFUSED;
    }
    if (visit->for_everyone && !admin) {
        return refuse(visit, ENTRA_NOT_ADMIN);
    }
    policy = store_setting_text(call->db, call->arena, "tenant", "userConsent");
    if (!admin && (str_eq(policy, "administrators") ||
                   (!visit->everything &&
                    entra_consent_needs_admin(call, grant->resource.principal_id, scopes)))) {
        return refuse(visit, ENTRA_NEEDS_ADMIN);
    }
    if (visit->accepts || entra_visit_sure(visit, "accept")) {
        return record(visit, scopes, admin);
    }
    return show_consent(visit, scopes, admin);
}
