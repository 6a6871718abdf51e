#include "entra/error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/json.h"
#include "base/str.h"

/* An error number: what it is for the caller and what a person does about it. */
struct entra_rule {
    int64_t code;
    enum crmsync_outcome outcome;
    const char *contract;
    const char *fix;
    bool may_be_new; /* seen for a while after a write of our own */
};

/* Sorted by number. Source: the published list of AADSTS codes and the threads of their victims. */
static const struct entra_rule rules[] = {
    {50053, CRMSYNC_REFUSED, "bad_credentials",
     "Wait until the lock ends or unlock the account, and correct the password.", false},
    {50055, CRMSYNC_REFUSED, "bad_credentials", "Set a new password for the user.", false},
    {50057, CRMSYNC_REFUSED, "bad_credentials", "Enable the user's account.", false},
    {50059, CRMSYNC_REFUSED, "tenant_unknown",
     "Use the tenant's id or domain, not `common` or `organizations`.", false},
    {50076, CRMSYNC_REFUSED, "bad_credentials",
     "Exempt the sync user from multi-factor authentication, or use s2s: a program cannot answer "
     "it.",
     false},
    {50079, CRMSYNC_REFUSED, "bad_credentials",
     "Exempt the sync user from multi-factor authentication, or use s2s: a program cannot answer "
     "it.",
     false},
    {50105, CRMSYNC_REFUSED, "bad_credentials", "Assign the user to the application.", false},
    {50126, CRMSYNC_REFUSED, "bad_credentials",
     "Correct the user name or the password. When the domain signs in at AD FS, the application "
     "also needs a Home Realm Discovery policy, and hashes of the passwords must be synchronized.",
     false},
    {50158, CRMSYNC_REFUSED, "bad_credentials",
     "Exempt the sync user from multi-factor authentication, or use s2s: a program cannot answer "
     "it.",
     false},
    {50194, CRMSYNC_REFUSED, "tenant_unknown",
     "Use the tenant's id: a single-tenant application cannot sign in elsewhere.", false},
    {50196, CRMSYNC_FAILED, "waiting",
     "Wait five minutes: the service saw too many equal requests.", false},
    {53000, CRMSYNC_REFUSED, "bad_credentials",
     "Exempt the sync user from the Conditional Access policy that asks for a device.", false},
    {53003, CRMSYNC_REFUSED, "bad_credentials",
     "Exempt the application from the Conditional Access policy that blocks it.", false},
    {65001, CRMSYNC_REFUSED, "consent_missing", "Grant admin consent to the application.", true},
    {70011, CRMSYNC_REFUSED, "org_unknown",
     "Give the organization's address with https:// and without a path.", false},
    {90002, CRMSYNC_REFUSED, "tenant_unknown",
     "Copy the Directory (tenant) ID from the overview page of the app registration; the client "
     "ID is another one.",
     false},
    {90038, CRMSYNC_REFUSED, "tenant_unknown",
     "The tenant is in a national cloud: use the tenant of the organization.", false},
    {500011, CRMSYNC_REFUSED, "org_unknown",
     "Check the organization's address (https, region, spelling) and that it belongs to this "
     "tenant.",
     false},
    {500014, CRMSYNC_REFUSED, "org_unknown",
     "Enable Dataverse's service principal in the tenant, or renew its subscription.", false},
    {530032, CRMSYNC_REFUSED, "bad_credentials",
     "Exempt the sync user from the tenant's security policy.", false},
    {530035, CRMSYNC_REFUSED, "bad_credentials",
     "Switch the security defaults off, or use s2s: they refuse a password alone.", false},
    {700016, CRMSYNC_REFUSED, "bad_credentials",
     "Copy the Application (client) ID, not the object ID, and check that the application is "
     "registered in this tenant.",
     true},
    {900023, CRMSYNC_REFUSED, "tenant_unknown",
     "Give the tenant's id (a GUID) or a domain, not an address of a page.", false},
    {900382, CRMSYNC_REFUSED, "tenant_unknown",
     "The tenant is in a national cloud: use the tenant of the organization.", false},
    {7000112, CRMSYNC_REFUSED, "bad_credentials",
     "Enable the application: Enterprise applications, Properties, Enabled for users to sign in.",
     false},
    {7000215, CRMSYNC_REFUSED, "bad_credentials",
     "Give the secret's Value, not its Secret ID. The value is shown once; when it is lost, add a "
     "new secret.",
     true},
    {7000216, CRMSYNC_REFUSED, "bad_credentials", "Give the application's client secret.", false},
    {7000218, CRMSYNC_REFUSED, "bad_credentials", "Give the application's client secret.", false},
    {7000222, CRMSYNC_REFUSED, "secret_expired",
     "Add a new secret to the application and give its Value.", false},
    {7000229, CRMSYNC_REFUSED, "bad_credentials",
     "Create the application's service principal: run crmsync setup, or open the application under "
     "Enterprise applications.",
     true},
    {9001023, CRMSYNC_REFUSED, "tenant_unknown",
     "Use the tenant's id or domain, not `common` or `consumers`.", false},
};

/* For numbers that no row names: the OAuth error decides. */
static const struct {
    const char *error, *contract, *fix;
    enum crmsync_outcome outcome;
} classes[] = {
    {"invalid_client", "bad_credentials", "Check client ID and secret.", CRMSYNC_REFUSED},
    {"unauthorized_client", "bad_credentials", "Check client ID and tenant.", CRMSYNC_REFUSED},
    {"invalid_grant", "bad_credentials", "Check user name, password and consent.", CRMSYNC_REFUSED},
    {"invalid_resource", "org_unknown", "Check the organization's address.", CRMSYNC_REFUSED},
    {"invalid_tenant", "tenant_unknown", "Check the tenant's id.", CRMSYNC_REFUSED},
    {"authorization_declined", "bad_credentials",
     "Run it again, and allow the application when you have entered the code.", CRMSYNC_REFUSED},
    {"expired_token", "bad_credentials", "Run it again and enter the code within fifteen minutes.",
     CRMSYNC_REFUSED},
    {"temporarily_unavailable", "network", "Run it again later.", CRMSYNC_UNREACHABLE},
    {"server_error", "network", "Run it again later.", CRMSYNC_UNREACHABLE},
};

static const struct entra_rule *find_rule(int64_t code)
{
    for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
        if (rules[i].code == code) {
            return &rules[i];
        }
    }
    return NULL;
}

bool sync_entra_may_be_new(int64_t code)
{
    const struct entra_rule *rule = find_rule(code);

    return rule != NULL && rule->may_be_new;
}

static int64_t code_of(const cJSON *root)
{
    const cJSON *codes = json_get(root, "error_codes");
    const char *text = json_get_text(root, "error_description");
    int64_t first = 0, second = 0;

    if (json_int(cJSON_GetArrayItem(codes, 0), &first)) {
        /* Servers of 2018 put a general number before the cause. */
        return first == 70002 && json_int(cJSON_GetArrayItem(codes, 1), &second) ? second : first;
    }
    if (text != NULL && str_starts(text, "AADSTS")) {
        first = strtoll(text + strlen("AADSTS"), NULL, 10);
    }
    return first;
}

int64_t sync_entra_code(const char *body, size_t len)
{
    AUTO(arena) arena = {0};
    cJSON *root;
    struct err ignored;

    return json_parse(&arena, body, len, JSON_PLAIN, &root, &ignored) ? code_of(root)
                                                                      : SYNC_ENTRA_UNREADABLE;
}

/* The sentence of a description, without the number before it and the ids behind it. */
static int sentence_of(const char *text, const char **ret)
{
    const char *from = strstr(text, ": "), *end = strstr(text, "Trace ID:");
    size_t len;

    from = str_starts(text, "AADSTS") && from != NULL ? from + 2 : text;
    end = end != NULL && end > from ? end : from + strlen(from);
    len = (size_t)(end - from);
    while (len > 0 && strchr("\r\n ", from[len - 1]) != NULL) {
        len--;
    }
    *ret = from;
    return len < 300 ? (int)len : 300;
}

static void name_class(const char *error, int status, struct sync_problem *problem)
{
    for (size_t i = 0; i < ARRAY_LEN(classes); i++) {
        if (str_eq(classes[i].error, error)) {
            (void)sync_fail(problem, classes[i].outcome, classes[i].contract, "%s", "");
            sync_problem_fix(problem, "%s", classes[i].fix);
            return;
        }
    }
    if (status >= 500) {
        (void)sync_fail(problem, CRMSYNC_UNREACHABLE, "network", "%s", "");
    } else {
        (void)sync_fail(problem, CRMSYNC_REFUSED, "rejected", "%s", "");
    }
}

bool sync_entra_fail(int status, const char *body, size_t len, const char *client_id,
                     const char *tenant, struct sync_problem *problem)
{
    AUTO(arena) arena = {0};
    cJSON *root = NULL;
    struct err ignored;
    bool readable = json_parse(&arena, body, len, JSON_PLAIN, &root, &ignored);
    const char *text = readable ? json_get_text(root, "error_description") : NULL;
    int64_t code = readable ? code_of(root) : 0;
    const struct entra_rule *rule = find_rule(code);
    const char *sentence = "";
    int sentence_len = sentence_of(text != NULL ? text : "no reason given", &sentence);

    if (rule != NULL) {
        (void)sync_fail(problem, rule->outcome, rule->contract, "%s", "");
        sync_problem_fix(problem, "%s", rule->fix);
    } else {
        name_class(readable ? json_get_text(root, "error") : NULL, status, problem);
    }
    if (code != 0) {
        snprintf(problem->remote_code, sizeof problem->remote_code, "%lld", (long long)code);
    }
    snprintf(problem->error.message, sizeof problem->error.message,
             "signing in client %s at tenant %s was refused%s%s: %.*s", client_id, tenant,
             code != 0 ? " with AADSTS" : "", problem->remote_code, sentence_len, sentence);
    sync_problem_from(problem, "entra", status);
    return false;
}
