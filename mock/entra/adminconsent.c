#include "entra/adminconsent.h"

#include <string.h>

#include "base/auto.h"
#include "entra/consent.h"
#include "entra/grant.h"
#include "entra/page.h"
#include "store/directory.h"
#include "store/store.h"

/* One visit of the page. */
struct visit {
    struct mock_call *call;
    struct mock_reply *reply;
    bool v2;
    struct entra_grant grant; /* for its tenant and application */
    struct entra_words words;
    const cJSON *application;
    const char *redirect_uri, *state, *scope;
    struct uri_params form; /* of a POST */
};

static bool refuse(struct visit *visit, enum entra_code code)
{
    entra_page_refuse(visit->call, visit->reply, code, &visit->words);
    return false;
}

static const char *need(struct visit *visit, const char *name)
{
    const char *value = uri_param(&visit->call->params, name);

    if (value == NULL || *value == '\0') {
        visit->words.parameter = name;
        (void)refuse(visit, ENTRA_FIELD_MISSING);
        return NULL;
    }
    return value;
}

static bool check_tenant(struct visit *visit)
{
    entra_grant_enter(&visit->grant, visit->call->vars[0]);
    visit->words = visit->grant.words;
    switch (visit->grant.tenant) {
    case ENTRA_TENANT_OWN:
    case ENTRA_TENANT_FOREIGN:
    case ENTRA_TENANT_ORGANIZATIONS:
    case ENTRA_TENANT_COMMON: /* the user's domain decides */
        return true;
    case ENTRA_TENANT_NATIONAL:
        return refuse(visit, ENTRA_NATIONAL_CLOUD);
    case ENTRA_TENANT_NONSENSE:
        return refuse(visit, ENTRA_TENANT_MALFORMED);
    case ENTRA_TENANT_CONSUMERS:
    case ENTRA_TENANT_OTHER:
        break;
    }
    return refuse(visit, ENTRA_TENANT_UNKNOWN);
}

static bool check_application(struct visit *visit)
{
    struct mock_call *call = visit->call;
    const char *client_id = need(visit, "client_id");

    if (client_id == NULL) {
        return false;
    }
    visit->words.app = client_id;
    visit->application = directory_application_by_app_id(
        call->db, call->arena, str_lower(arena_strdup(call->arena, client_id)));
    visit->words.name = json_get_text(visit->application, "displayName");
    return (visit->application != NULL && (visit->grant.tenant != ENTRA_TENANT_FOREIGN ||
                                           entra_client_load(&visit->grant, client_id))) ||
           refuse(visit, ENTRA_APP_UNKNOWN);
}

static bool check_redirect(struct visit *visit)
{
    enum entra_platform platform;

    visit->redirect_uri = need(visit, "redirect_uri");
    if (visit->redirect_uri == NULL) {
        return false;
    }
    visit->words.parameter = visit->redirect_uri;
    switch (entra_redirect_find(visit->call->arena, visit->application, visit->redirect_uri,
                                &visit->redirect_uri, &platform)) {
    case ENTRA_REDIRECT_GOOD:
        return true;
    case ENTRA_REDIRECT_EMPTY:
        return refuse(visit, ENTRA_NO_REPLY);
    case ENTRA_REDIRECT_OTHER:
        break;
    }
    return refuse(visit, ENTRA_REPLY_UNKNOWN);
}

/* The form itself, with what went wrong before, if anything did. */
static void show_form(struct visit *visit, const char *problem)
{
    AUTO(strbuf) page = STRBUF(0);

    entra_page_begin(&page, "Permissions requested");
    strbuf_add(&page, "<p>Review for your organization: ");
    strbuf_markup(&page, visit->words.tenant);
    strbuf_add(&page, "</p><h2>");
    strbuf_markup(&page, visit->words.name);
    strbuf_add(&page, "</h2><p>If you accept, this app will get access to the specified resources "
                      "for all users in your organization.</p>");
    if (problem != NULL) {
        strbuf_add(&page, "<p role=\"alert\">");
        strbuf_markup(&page, problem);
        strbuf_add(&page, "</p>");
    }
    strbuf_add(&page, "<form method=\"post\"><label>User name <input name=\"username\"></label> "
                      "<label>Password <input name=\"password\" type=\"password\"></label> "
                      "<button name=\"action\" value=\"accept\">Accept</button> "
                      "<button name=\"action\" value=\"cancel\">Cancel</button></form>");
    entra_page_reply(visit->call, visit->reply, 200, &page);
}

/* Back to the application, with these parameters and its own `state`. */
static void redirect(struct visit *visit, const struct entra_pair *pairs, size_t count)
{
    entra_page_back(visit->call, visit->reply, visit->redirect_uri, ENTRA_MODE_QUERY, pairs, count);
}

static void cancelled(struct visit *visit)
{
    struct mock_call *call = visit->call;
    const char *text = arena_printf(call->arena, "AADSTS65004: %s\r\nTrace ID: %s",
                                    entra_error_text(call->arena, ENTRA_DECLINED, &visit->words),
                                    entra_trace_id(call));
    const struct entra_pair v2[] = {{"admin_consent", "True"},
                                    {"error", "consent_required"},
                                    {"error_description", text},
                                    {"state", visit->state}};
    const struct entra_pair v1[] = {{"error", "permission_denied"},
                                    {"error_description", "The admin canceled the request"},
                                    {"admin_consent", "True"},
                                    {"state", visit->state}};

    redirect(visit, visit->v2 ? v2 : v1, 4);
}

static void accepted(struct visit *visit)
{
    const struct entra_pair v2[] = {{"admin_consent", "True"},
                                    {"tenant", visit->words.tid},
                                    {"scope", visit->scope},
                                    {"state", visit->state}};
    const struct entra_pair v1[] = {
        {"tenant", visit->words.tid}, {"state", visit->state}, {"admin_consent", "True"}};

    redirect(visit, visit->v2 ? v2 : v1, visit->v2 ? 4 : 3);
}

/* Signs the visitor in as the token endpoint would; false: the form was shown again. */
static bool sign_in(struct visit *visit, struct entra_user *ret)
{
    struct mock_reply answer = {0};
    struct entra_grant grant = {.call = visit->call,
                                .reply = &answer,
                                .words = visit->words,
                                .form = visit->form,
                                .type = ENTRA_GRANT_CODE,
                                .tenant = visit->grant.tenant == ENTRA_TENANT_FOREIGN
                                              ? ENTRA_TENANT_FOREIGN
                                              : ENTRA_TENANT_OWN,
                                .tid = visit->grant.tid,
                                .resource = {.app_id = DIRECTORY_GRAPH_APP_ID}};
    bool done;

    if (entra_param(&grant, "username") == NULL || entra_param(&grant, "password") == NULL) {
        show_form(visit, "Enter your user name and password.");
        return false;
    }
    done = entra_user_sign_in(&grant);
    if (!done) {
        cJSON *body = NULL;
        struct err err;

        (void)json_parse(visit->call->arena, strbuf_text(&answer.body), answer.body.len, JSON_PLAIN,
                         &body, &err);
        show_form(visit, json_get_text(body, "error_description"));
    }
    strbuf_finish(&answer.body);
    *ret = grant.user;
    return done;
}

/*
 * One scope of the v2.0 page: all that the manifest lists of an API, or one permission of it.
 * `writes` false: only looks whether it can be granted.
 */
static bool consent_to_scope(struct visit *visit, const char *scope, bool writes)
{
    struct mock_call *call = visit->call;
    const char *slash = strrchr(scope, '/'), *resource, *id, *app_id;
    const char *name = slash != NULL ? slash + 1 : scope;
    struct entra_consent all = {0};

    resource = slash == NULL ? DIRECTORY_GRAPH_APP_ID
                             : arena_dup(call->arena, scope, (size_t)(slash - scope));
    visit->words.scope = scope;
    visit->words.resource = resource;
    id = store_text(call->db, call->arena,
                    "SELECT service_principal FROM service_principal_names WHERE name = ?",
                    DB_ARGS(db_text(resource)));
    if (id == NULL) {
        return refuse(visit, ENTRA_RESOURCE_UNKNOWN);
    }
    if (str_eq(name, ".default")) {
        app_id =
            store_text(call->db, call->arena, "SELECT app_id FROM service_principals WHERE id = ?",
                       DB_ARGS(db_text(id)));
        if (writes) {
            entra_consent_all(call, visit->application, app_id, NULL, &all);
            return true;
        }
        return entra_consent_check(call, visit->application, app_id, &all) ||
               refuse(visit, ENTRA_SCOPE_UNKNOWN);
    }
    if (store_int(call->db,
                  "SELECT 1 FROM permission_scopes WHERE service_principal = ? AND value = ?",
                  DB_ARGS(db_text(id), db_text(name)), 0) == 0) {
        return refuse(visit, ENTRA_SCOPE_UNKNOWN);
    }
    if (writes) {
        entra_consent_some(call, visit->application, id, NULL, name);
    }
    return true;
}

static bool consent_to_scopes(struct visit *visit, bool writes)
{
    const char *at = visit->scope;

    while (*at != '\0') {
        size_t len = strcspn(at, " ");

        if (len > 0 && !consent_to_scope(visit, arena_dup(visit->call->arena, at, len), writes)) {
            return false;
        }
        at += len + (at[len] == ' ');
    }
    return true;
}

/* Either all of it, or nothing. */
static bool consent(struct visit *visit)
{
    struct entra_consent all;

    if (!visit->v2) {
        entra_consent_all(visit->call, visit->application, NULL, NULL, &all);
        visit->words.resource = "the one that the application lists";
        visit->words.scope = "that it lists";
        return all.unknown_resource     ? refuse(visit, ENTRA_NOT_SUBSCRIBED)
               : all.unknown_permission ? refuse(visit, ENTRA_SCOPE_UNKNOWN)
                                        : true;
    }
    return consent_to_scopes(visit, false) && consent_to_scopes(visit, true);
}

static void decide(struct visit *visit)
{
    struct mock_call *call = visit->call;
    struct entra_user user;

    if (!uri_parse_params(call->arena, call->body, call->body_len, &visit->form)) {
        (void)refuse(visit, ENTRA_MALFORMED);
        return;
    }
    if (str_eq(uri_param(&visit->form, "action"), "cancel")) {
        cancelled(visit);
        return;
    }
    if (!sign_in(visit, &user)) {
        return;
    }
    if (store_int(call->db, "SELECT administrator FROM users WHERE id = ?",
                  DB_ARGS(db_text(user.id)), 0) == 0) {
        (void)refuse(visit, ENTRA_NOT_ADMIN);
        return;
    }
    if (consent(visit)) {
        mock_call_rule(call, "SETUP2-22");
        accepted(visit);
    }
}

void entra_admin_consent(struct mock_call *call, struct mock_reply *reply)
{
    struct visit visit = {
        .call = call,
        .reply = reply,
        .v2 = call->path.count == 3,
        .grant = {.call = call},
        .state = uri_param(&call->params, "state"),
    };

    if (!check_tenant(&visit) || !check_application(&visit) || !check_redirect(&visit)) {
        return;
    }
    if (visit.v2) {
        visit.scope = need(&visit, "scope");
        if (visit.scope == NULL) {
            return;
        }
    }
    if (call->method == HTTP_POST) {
        decide(&visit);
    } else {
        show_form(&visit, NULL);
    }
}
