#include "marketo/checks.h"

#include <string.h>

#include "base/crypto.h"
#include "base/mem.h"
#include "dataverse/model.h"
#include "entra/error.h"
#include "entra/probe.h"
#include "marketo/marketo.h"
#include "store/directory.h"
#include "store/store.h"

/* The page's words. Source: VALID-01 to VALID-07. */
static const struct {
    const char *rule, *name;
} checks[MARKETO_CHECKS] = {
    {"VALID-01", "URL is valid"},
    {"VALID-02", "Username and password are valid"},
    {"VALID-03", "Sync user is assigned to the Marketo Sync User role"},
    {"VALID-04", "Marketo solution is properly installed"},
    {"VALID-05", "All steps in the solution are enabled"},
    {"VALID-06", "Sync user is assigned to the Marketo solution"},
    {"VALID-07", "Sync user matches username and password"},
};

struct examination {
    struct mock_call *call;
    const struct marketo_credentials *credentials;
    struct marketo_mark *marks;
    const char *org;
    struct dataverse_user user; /* whose credentials these are */
    bool user_known;
    bool consent_missing; /* seen when a token was asked for */
};

static void pass(struct examination *e, int check)
{
    e->marks[check - 1] = (struct marketo_mark){CHECK_PASSED, NULL, NULL};
}

static bool fail(struct examination *e, int check, const char *cause, const char *fix)
{
    e->marks[check - 1] = (struct marketo_mark){CHECK_FAILED, cause, fix};
    mock_call_rule(e->call, checks[check - 1].rule);
    return false;
}

static bool check_url(struct examination *e)
{
    enum dataverse_url found =
        dataverse_find_url(e->call->arena, e->call->db, e->credentials->url,
                           e->call->cloud ? NULL : mock_call_origin(e->call), &e->org);

    switch (found) {
    case DATAVERSE_URL_OK:
        pass(e, 1);
        return true;
    case DATAVERSE_URL_KIND:
        e->org = NULL;
        return fail(e, 1, "url_kind",
                    "This address is not the Organization Service: copy it from Settings > "
                    "Customizations > Developer Resources > Service Endpoints.");
    case DATAVERSE_URL_UNKNOWN:
        break;
    }
    e->org = NULL;
    return fail(e, 1, "url_unknown",
                "No organization has this address: copy the Organization Service URL from "
                "Settings > Customizations > Developer Resources.");
}

/* clang-format off */
/* What Azure AD's answer means to the second check. Source: entra-errors. */
static const struct {
    int code;
    const char *cause, *fix;
} token_errors[] = {
    {ENTRA_WRONG_SECRET, "bad_secret", "The client secret is wrong: enter the secret's value, or create another secret and enter that one."},
    {ENTRA_SECRET_EXPIRED, "secret_expired", "The client secret has expired: create another one in Azure AD and enter its value."},
    {ENTRA_TENANT_UNKNOWN, "tenant_unknown", "No tenant has this id: enter the Directory (tenant) ID of the app registration."},
    {ENTRA_TENANT_MALFORMED, "tenant_unknown", "This is no tenant id: enter the Directory (tenant) ID of the app registration."},
    {ENTRA_NO_TENANT, "tenant_unknown", "This names no single tenant: enter the Directory (tenant) ID of the app registration."},
    {ENTRA_SINGLE_TENANT, "tenant_unknown", "The app is of one tenant only: enter the Directory (tenant) ID of its registration."},
    {ENTRA_COMMON_UNSUPPORTED, "tenant_unknown", "A password is not taken at common: enter the Directory (tenant) ID of the app registration."},
    {ENTRA_NATIONAL_CLOUD, "tenant_unknown", "This tenant is in a national cloud: enter the Directory (tenant) ID of the app registration."},
    {ENTRA_CROSS_CLOUD, "tenant_unknown", "This tenant is in a national cloud: enter the Directory (tenant) ID of the app registration."},
    {ENTRA_RESOURCE_UNKNOWN, "tenant_unknown", "The organization is another tenant's: enter the Directory (tenant) ID of its own, and an application that is registered there."},
    {ENTRA_APP_UNKNOWN, "client_unknown", "No application of the tenant has this client id: enter the Application (client) ID."},
    {ENTRA_NO_PRINCIPAL, "client_unknown", "The application has no service principal in the tenant: grant admin consent or register it again."},
    {ENTRA_APP_DISABLED, "client_disabled", "The application is disabled in Azure AD: enable it for users to sign in."},
    {ENTRA_WRONG_PASSWORD, "bad_password", "User name or password is wrong: enter those of the sync user."},
    {ENTRA_USER_UNKNOWN, "bad_password", "The tenant has no user of this name: enter the sync user's sign-in name."},
    {ENTRA_USER_NO_TENANT, "bad_password", "The tenant has no user of this name: enter the sync user's sign-in name."},
    {ENTRA_NO_HASH, "bad_password", "The user's password is not known in the cloud: switch password hash synchronization on, or use another user."},
    {ENTRA_PASSWORD_EXPIRED, "password_expired", "The sync user's password has expired: set another one that does not expire."},
    {ENTRA_USER_DISABLED, "user_disabled", "The sync user's account is disabled: enable it."},
    {ENTRA_LOCKED, "user_locked", "The sync user's account is locked after too many wrong passwords: wait, then enter the right one."},
    {ENTRA_MFA_REQUIRED, "mfa_required", "Multi-factor authentication must be off for the sync user."},
    {ENTRA_MFA_UNREGISTERED, "mfa_required", "Multi-factor authentication must be off for the sync user."},
    {ENTRA_EXTERNAL_FACTOR, "mfa_required", "Multi-factor authentication must be off for the sync user."},
    {ENTRA_DEVICE_STATE, "access_blocked", "A Conditional Access policy asks the sync user for a device: exempt the user."},
    {ENTRA_ACCESS_BLOCKED, "access_blocked", "A Conditional Access policy blocks the sync user: exempt the user."},
    {ENTRA_POLICY_BLOCKED, "access_blocked", "A security policy of the tenant blocks the sync user: exempt the user."},
    {ENTRA_LEGACY_BLOCKED, "access_blocked", "The security defaults block the sync user: switch them off or exempt the user."},
    {ENTRA_UNASSIGNED, "access_blocked", "The application is for assigned users only: assign the sync user."},
};
/* clang-format on */

static bool judge_token(struct examination *e, struct entra_probe probe)
{
    /* Whoever enters a GUID took the Secret ID, his own or another one's. */
    if (probe.secret_id_sent ||
        (probe.code == ENTRA_WRONG_SECRET && guid_valid(e->credentials->client_secret))) {
        mock_call_rule(e->call, "SETUP2-07");
        return fail(e, 2, "secret_id",
                    "The Secret ID was entered: the Value is needed, which is shown only when the "
                    "secret is created. Create another secret if it is lost.");
    }
    /* VALID-08: missing consent shows at the third check. */
    e->consent_missing = probe.code == ENTRA_NO_CONSENT;
    if (probe.code == 0 || e->consent_missing) {
        return true;
    }
    for (size_t i = 0; i < ARRAY_LEN(token_errors); i++) {
        if (token_errors[i].code == probe.code) {
            return fail(e, 2, token_errors[i].cause, token_errors[i].fix);
        }
    }
    return fail(e, 2, str_eq(e->credentials->method, "s2s") ? "bad_secret" : "bad_password",
                arena_printf(e->call->arena,
                             "Azure AD refuses a token with AADSTS%d: correct the credentials.",
                             probe.code));
}

/* The token request that the method makes (ROPC-08, entra-token). */
static struct entra_probe ask_token(struct examination *e)
{
    const struct marketo_credentials *c = e->credentials;
    bool password = str_eq(c->method, "ropc");
    AUTO(strbuf) form = STRBUF(0);
    AUTO(strbuf) scope = STRBUF(0);
    struct entra_probe probe;

    strbuf_addf(&scope, "https://%s/.default", e->org);
    strbuf_form_param(&form, "grant_type", password ? "password" : "client_credentials");
    strbuf_form_param(&form, "client_id", c->client_id);
    strbuf_form_param(&form, "client_secret", c->client_secret);
    strbuf_form_param(&form, "scope", strbuf_text(&scope));
    if (password) {
        strbuf_form_param(&form, "username", c->username);
        strbuf_form_param(&form, "password", c->password);
    }
    probe = entra_probe(e->call, c->tenant_id, strbuf_text(&form));
    mem_wipe(form.data, form.len);
    return probe;
}

/* Basic: the password of a directory's user, and an organization that still takes it. */
static bool check_basic(struct examination *e)
{
    static const char sql[] = "SELECT salt, hash, account_enabled FROM users WHERE upn = ?";
    uint8_t hash[SHA256_LEN];
    size_t salt_len, hash_len;
    const void *salt, *stored;
    AUTO(db_rows) rows = {0};

    if (!store_setting_bool(e->call->db, arena_printf(e->call->arena, "organization/%s", e->org),
                            "basicAuthentication")) {
        return fail(e, 2, "basic_off",
                    "The organization does not take Basic authentication any more: connect with "
                    "OAuth.");
    }
    store_query(&rows, e->call->db, sql, DB_ARGS(db_text(e->credentials->username)));
    if (!store_next(&rows)) {
        return fail(e, 2, "bad_password",
                    "The tenant has no user of this name: enter the sync user's sign-in name.");
    }
    salt = db_column_blob(&rows, 0, &salt_len);
    stored = db_column_blob(&rows, 1, &hash_len);
    crypto_sha256_salted(salt, salt_len, e->credentials->password, hash);
    if (hash_len != sizeof hash || !crypto_equal(stored, hash, sizeof hash)) {
        return fail(e, 2, "bad_password",
                    "User name or password is wrong: enter those of the sync user.");
    }
    return db_column_int(&rows, 2) != 0 ||
           fail(e, 2, "user_disabled", "The sync user's account is disabled: enable it.");
}

/* S2S: the user name is the application user's e-mail address; otherwise the user's own name. */
static bool check_user(struct examination *e)
{
    const struct marketo_credentials *c = e->credentials;
    struct mock_call *call = e->call;
    bool app = str_eq(c->method, "s2s");

    e->user_known =
        app ? dataverse_user_by_application(call->arena, call->db, e->org, c->client_id, &e->user)
            : dataverse_user_by_name(call->arena, call->db, e->org, c->username, &e->user);
    if (!e->user_known) {
        return fail(e, 2, "user_mismatch",
                    app ? "The organization has no application user for this client id: create it "
                          "in the Power Platform admin center."
                        : "The organization has no user of this name: create the sync user.");
    }
    if (!str_ieq(app ? e->user.email : e->user.domain_name, c->username)) {
        return fail(e, 2, "user_mismatch",
                    app ? "The user name is not the application user's e-mail address: enter "
                          "that one."
                        : "The user name is not the sync user's User Name in Dynamics: enter "
                          "that one.");
    }
    return !e->user.disabled ||
           fail(e, 2, "user_disabled", "The user is disabled in Dynamics: enable it.");
}

static bool check_credentials(struct examination *e)
{
    bool good =
        str_eq(e->credentials->method, "basic") ? check_basic(e) : judge_token(e, ask_token(e));

    if (!good || !check_user(e)) {
        return false;
    }
    pass(e, 2);
    return true;
}

/* Consent for everybody, or with a password the sync user's own. */
static bool has_consent(struct examination *e)
{
    static const char sql[] = "SELECT g.scope FROM grants_seen g"
                              " JOIN service_principals c ON c.id = g.client_id"
                              " JOIN service_principals r ON r.id = g.resource_id"
                              " WHERE c.app_id = lower(?1) AND r.app_id = ?2 AND g.visible_ms <= ?3"
                              " AND (g.principal_id IS NULL OR (?4 AND g.principal_id = ?5))";
    bool ropc = str_eq(e->credentials->method, "ropc");
    AUTO(db_rows) rows = {0};

    store_query(&rows, e->call->db, sql,
                DB_ARGS(db_text(e->credentials->client_id), db_text(DIRECTORY_DATAVERSE_APP_ID),
                        db_int(e->call->now_ms), db_int(ropc), db_text(e->user.object_id)));
    while (store_next(&rows)) {
        if (directory_words_have(db_column_text(&rows, 0), "user_impersonation")) {
            return true;
        }
    }
    return false;
}

static void check_role(struct examination *e)
{
    if (!e->user.sync_role) {
        (void)fail(e, 3, "role_missing",
                   "Give the sync user the role Marketo Sync User: Settings > Security > Users > "
                   "Manage Roles. Without the solution there is no such role.");
    } else if (!str_eq(e->credentials->method, "basic") &&
               (e->consent_missing || !has_consent(e))) {
        mock_call_rule(e->call, "VALID-08");
        (void)fail(e, 3, "consent_missing",
                   "An administrator has to consent to the app: App registrations > API "
                   "permissions > Grant admin consent.");
    } else {
        pass(e, 3);
    }
}

static void check_step(struct examination *e)
{
    const char *step = dataverse_disabled_step(e->call->arena, e->call->db, e->org);

    if (step == NULL) {
        pass(e, 5);
        return;
    }
    (void)fail(e, 5, "step_disabled",
               arena_printf(e->call->arena,
                            "The step \"%.200s\" is disabled: enable every SDK message processing "
                            "step of the solution.",
                            step));
}

static void check_config(struct examination *e)
{
    bool published = store_setting_bool(e->call->db, marketo_scope(e->call), "configNeedsPublish");
    const char *user = dataverse_config_user(e->call->arena, e->call->db, e->org, published);

    if (user == NULL) {
        (void)fail(e, 6, "config_empty",
                   "Enter the sync user as Marketo User: Settings > Marketo Config > Default, then "
                   "publish all customizations.");
        return;
    }
    pass(e, 6);
    if (str_ieq(user, e->user.id)) {
        pass(e, 7);
        return;
    }
    (void)fail(e, 7, "config_other_user",
               "Marketo Config names another user than the credentials: enter the right one in "
               "its field Marketo User.");
}

const char *marketo_solution_version(struct arena *arena, struct db *db, const char *org)
{
    const char *scope = arena_join(arena, "organization/", org, NULL);

    return dataverse_solution(arena, db, org,
                              store_setting_text(db, arena, scope, "marketoSolution"));
}

void marketo_checks_run(struct mock_call *call, const struct marketo_credentials *credentials,
                        struct marketo_mark ret[MARKETO_CHECKS], const char **ret_org)
{
    struct examination e = {.call = call, .credentials = credentials, .marks = ret};

    memset(ret, 0, sizeof(struct marketo_mark) * MARKETO_CHECKS);
    mock_call_rule(call, "VALID-13");
    if (check_url(&e) && check_credentials(&e)) {
        check_role(&e);
        if (marketo_solution_version(call->arena, call->db, e.org) == NULL) {
            (void)fail(&e, 4, "solution_missing",
                       "Import the Marketo Lead Management solution and publish all "
                       "customizations.");
        } else {
            pass(&e, 4);
            check_step(&e);
            check_config(&e);
        }
    }
    *ret_org = e.org;
}

void marketo_checks_write(struct json_writer *writer,
                          const struct marketo_mark marks[MARKETO_CHECKS])
{
    static const char *const outcomes[] = {"not_reached", "passed", "failed"};

    for (int i = 0; i < MARKETO_CHECKS; i++) {
        jw_object(writer);
        jw_member_int(writer, "check", i + 1);
        jw_member_text(writer, "rule", checks[i].rule);
        jw_member_text(writer, "name", checks[i].name);
        jw_member_text(writer, "outcome", outcomes[marks[i].outcome]);
        jw_member_text(writer, "cause", marks[i].cause);
        jw_member_text(writer, "fix", marks[i].fix);
        jw_object_end(writer);
    }
}

const struct marketo_mark *marketo_checks_red(const struct marketo_mark marks[MARKETO_CHECKS])
{
    for (int i = 0; i < MARKETO_CHECKS; i++) {
        if (marks[i].outcome == CHECK_FAILED) {
            return &marks[i];
        }
    }
    return NULL;
}

/* What each method asks for. */
static const struct {
    const char *method;
    bool password, client, tenant;
} methods[] = {{"s2s", false, true, true},
               {"ropc", true, true, false}, /* ROPC-06: its form has no tenant */
               {"basic", true, false, false}};

bool marketo_credentials_read(struct mock_call *call, struct mock_reply *reply, const cJSON *body,
                              struct marketo_credentials *ret)
{
    const char *missing = NULL;
    size_t at = 0;

    *ret = (struct marketo_credentials){
        .method = json_get_text(body, "authMethod"),
        .url = json_get_text(body, "organizationUrl"),
        .username = json_get_text(body, "username"),
        .password = json_get_text(body, "password"),
        .client_id = json_get_text(body, "clientId"),
        .tenant_id = json_get_text(body, "tenantId"),
        .client_secret = json_get_text(body, "clientSecret"),
    };
    while (at < ARRAY_LEN(methods) && !str_eq(methods[at].method, ret->method)) {
        at++;
    }
    if (at == ARRAY_LEN(methods)) {
        marketo_refuse_page(call, reply, "bad_request",
                            "authMethod: expected \"s2s\", \"ropc\" or \"basic\".");
        return false;
    }
    missing = ret->url == NULL                                   ? "organizationUrl"
              : ret->username == NULL                            ? "username"
              : methods[at].password && ret->password == NULL    ? "password"
              : methods[at].client && ret->client_id == NULL     ? "clientId"
              : methods[at].tenant && ret->tenant_id == NULL     ? "tenantId"
              : methods[at].client && ret->client_secret == NULL ? "clientSecret"
                                                                 : NULL;
    if (missing != NULL) {
        marketo_refuse_page(call, reply, "bad_request",
                            arena_printf(call->arena,
                                         "%s is missing: the method %s needs it as a string.",
                                         missing, ret->method));
        return false;
    }
    if (ret->tenant_id == NULL) {
        const char *sign = strrchr(ret->username, '@');

        ret->tenant_id = sign != NULL ? sign + 1 : "organizations";
    }
    return true;
}
