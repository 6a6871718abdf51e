#include "setup/connect.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "dataverse/dataverse.h"
#include "page/note.h"
#include "validate/address.h"

static bool fail_address(struct sync_call *call, const char *what)
{
    (void)sync_fail(call->problem, CRMSYNC_REFUSED, "org_unknown", "the organization's URL: %s",
                    what);
    sync_problem_fix(call->problem,
                     "Copy the Organization Service URL from Settings > Customizations > Developer "
                     "Resources.");
    sync_problem_at(call->problem, "/organizationUrl");
    return false;
}

/* dataverse-current-organization. */
static bool read_name(struct sync_call *call, const struct sync_remote *remote, const char **ret)
{
    static const char path[] = "/RetrieveCurrentOrganization(AccessType=@p1)"
                               "?@p1=Microsoft.Dynamics.CRM.EndpointAccessType'Default'";
    const cJSON *answer;

    if (!sync_remote_get(call->engine, call->arena, remote, "reading the organization", path, NULL,
                         &answer, call->problem)) {
        return false;
    }
    *ret = json_get_text(json_get(answer, "Detail"), "FriendlyName");
    return true;
}

/* Opens it as the credentials would: what is confirmed afterwards is known to be there. */
static bool open_organization(struct sync_call *call, struct sync_candidate *candidate,
                              struct sync_connected *ret)
{
    struct sync_remote remote;
    struct sync_whoami who;

    switch (sync_address_read(call->arena, candidate->url, &ret->host)) {
    case SYNC_ADDRESS_KIND:
        return fail_address(call, "this is the address of something else than its service");
    case SYNC_ADDRESS_UNKNOWN:
        return fail_address(call, "this is no address of an organization");
    case SYNC_ADDRESS_OK:
        break;
    }
    ret->url = arena_join(call->arena, "https://", ret->host, NULL);
    if (!sync_dataverse_open(call->engine, call->arena, ret->host, false, &remote, call->problem)) {
        return false;
    }
    remote.credentials = &candidate->credentials;
    return sync_dataverse_whoami(call->engine, call->arena, &remote, &who, call->problem) &&
           read_name(call, &remote, &ret->name);
}

static void add_organization(struct sync_call *call, const struct sync_connected *connected)
{
    cJSON *organization = cJSON_CreateObject();

    cJSON_DeleteItemFromObjectCaseSensitive(call->result, "organization");
    cJSON_AddItemToObject(call->result, "organization", organization);
    cJSON_AddStringToObject(organization, "host", connected->host);
    cJSON_AddItemToObject(organization, "name",
                          connected->name != NULL ? cJSON_CreateString(connected->name)
                                                  : cJSON_CreateNull());
    cJSON_AddStringToObject(organization, "url", connected->url);
}

/* The irreversible step needs the organization named in so many words. */
static bool confirmed(struct sync_call *call, const struct sync_connected *to, const char *confirm)
{
    const char *name = to->name != NULL ? to->name : "without a name";

    if (confirm == NULL) {
        (void)sync_fail(call->problem, CRMSYNC_REFUSED, "confirm_missing",
                        "connecting binds the subscription to %s (%s) for ever: it was not "
                        "confirmed",
                        to->host, name);
        sync_problem_fix(call->problem,
                         "If this is the right organization, give its host as `confirm`: only a "
                         "new subscription could undo it.");
        sync_problem_at(call->problem, "/confirm");
        return false;
    }
    if (!str_ieq(confirm, to->host)) {
        (void)sync_fail(call->problem, CRMSYNC_REFUSED, "confirm_mismatch",
                        "the organization is %s (%s), %.100s was confirmed", to->host, name,
                        confirm);
        sync_problem_fix(call->problem, "Check which of the two is the right one; nothing was "
                                        "stored.");
        sync_problem_at(call->problem, "/confirm");
        return false;
    }
    return true;
}

static bool fail_locked(struct sync_call *call, const struct sync_page *page)
{
    (void)sync_fail(call->problem, CRMSYNC_REFUSED, "org_locked", "the subscription is bound to %s",
                    page->organization_url);
    sync_problem_fix(call->problem, "An organization URL cannot be changed: only a new Marketo "
                                    "subscription helps.");
    return false;
}

bool sync_page_connects(struct sync_call *call, const struct sync_page *page, const char *to,
                        const struct sync_connection *connection)
{
    const char *host = page->organization_url != NULL
                           ? sync_dataverse_host(call->arena, page->organization_url)
                           : NULL;

    return str_ieq(host, to) && str_eq(page->auth_method, connection->auth_method) &&
           str_ieq(page->username, connection->username) &&
           (str_eq(connection->auth_method, "basic") ||
            (str_ieq(page->client_id, connection->client_id) &&
             str_ieq(page->tenant_id, connection->tenant)));
}

static void add_text(cJSON *object, const char *name, const char *text)
{
    if (text != NULL) {
        cJSON_AddStringToObject(object, name, text);
    }
}

/* The body of credentials.json and its kin. The tree's own copies of the secrets end with the
 * call's arena, wiped. */
static void wipe(void *text)
{
    mem_wipe(text, strlen(text));
}

static void add_secret(struct sync_call *call, cJSON *object, const char *name, const char *text)
{
    cJSON *item;

    if (text == NULL) {
        return;
    }
    item = cJSON_AddStringToObject(object, name, text);
    arena_defer(call->arena, wipe, item->valuestring);
}

cJSON *sync_credentials_json(struct sync_call *call, const struct sync_candidate *candidate)
{
    const struct sync_credentials *credentials = &candidate->credentials;
    const struct sync_connection *connection = &credentials->connection;
    cJSON *body = json_new_object(call->arena);
    bool app = !str_eq(connection->auth_method, "basic");

    cJSON_AddStringToObject(body, "authMethod", connection->auth_method);
    cJSON_AddStringToObject(body, "organizationUrl", candidate->url);
    add_text(body, "username", connection->username);
    if (app) {
        add_text(body, "clientId", connection->client_id);
        add_text(body, "tenantId", connection->tenant);
        add_secret(call, body, "clientSecret", credentials->client_secret);
    }
    if (!str_eq(connection->auth_method, "s2s")) {
        add_secret(call, body, "password", credentials->password);
    }
    return body;
}

/* Keeps what was accepted, when it is new. */
static bool keep(struct sync_call *call, struct sync_candidate *candidate, const char *host)
{
    struct sync_connection *connection = &candidate->credentials.connection;
    struct sync_connection kept;

    if (!sync_connection_load(call->engine, call->arena, &kept, call->problem)) {
        return false;
    }
    if (kept.kept && str_ieq(kept.organization, host) &&
        str_eq(kept.auth_method, connection->auth_method) &&
        str_eq(kept.username, connection->username) &&
        str_ieq(kept.client_id, connection->client_id) &&
        str_ieq(kept.tenant, connection->tenant)) {
        return true;
    }
    connection->organization = host;
    return sync_connection_save(call->engine, connection, call->problem);
}

bool sync_setup_connect(struct sync_call *call, struct sync_candidate *candidate,
                        const char *confirm, struct sync_connected *ret, bool *ret_changed)
{
    struct sync_connection *connection = &candidate->credentials.connection;
    struct sync_page before, after;
    const cJSON *ignored;
    bool same;

    if (!open_organization(call, candidate, ret)) {
        return false;
    }
    add_organization(call, ret);
    if (!sync_page_read(call->engine, call->arena, &before, call->problem)) {
        return false;
    }
    same = sync_page_connects(call, &before, ret->host, connection);
    ret->locked = before.organization_locked;
    ret->state = before.state;
    if (call->dry) {
        const char *bound = before.organization_locked && before.organization_url != NULL
                                ? sync_dataverse_host(call->arena, before.organization_url)
                                : NULL;

        *ret_changed = *ret_changed || !same;
        return bound == NULL || str_ieq(bound, ret->host) || fail_locked(call, &before);
    }
    if (!confirmed(call, ret, confirm) ||
        !sync_page_post(call->engine, call->arena, "entering the credentials in Marketo",
                        "credentials.json", sync_credentials_json(call, candidate), &ignored,
                        call->problem) ||
        !keep(call, candidate, ret->host) || !sync_setup_person_key(call, ret_changed) ||
        !sync_page_read(call->engine, call->arena, &after, call->problem) ||
        !sync_page_note(call->engine, &after, call->problem)) {
        return false;
    }
    ret->locked = after.organization_locked;
    ret->state = after.state;
    *ret_changed = *ret_changed || !same || !str_eq(before.state, after.state);
    return true;
}

bool sync_setup_is_connected(struct sync_call *call, const struct sync_candidate *candidate,
                             bool *ret)
{
    static const char *const open[] = {"new", "oauth_pause", "down"};
    struct sync_page page;
    const char *to;

    if (!sync_page_read(call->engine, call->arena, &page, call->problem)) {
        return false;
    }
    *ret = sync_address_read(call->arena, candidate->url, &to) == SYNC_ADDRESS_OK &&
           sync_page_connects(call, &page, to, &candidate->credentials.connection);
    for (size_t i = 0; i < ARRAY_LEN(open); i++) {
        *ret = *ret && !str_eq(page.state, open[i]);
    }
    return true;
}

bool sync_op_connect(struct sync_call *call)
{
    struct parameters {
        struct sync_credential_parameters of;
        const char *confirm;
        bool dry;
    } with = {0};
    static const struct json_field fields[] = {
        JSON_FIELD("organizationUrl", struct parameters, of.url, REQUIRED),
        JSON_FIELD("authMethod", struct parameters, of.auth_method, OPTIONAL),
        JSON_FIELD("username", struct parameters, of.username, OPTIONAL),
        JSON_FIELD("clientId", struct parameters, of.client_id, OPTIONAL),
        JSON_FIELD("tenantId", struct parameters, of.tenant, OPTIONAL),
        JSON_FIELD("clientSecret", struct parameters, of.client_secret, OPTIONAL),
        JSON_FIELD("password", struct parameters, of.password, OPTIONAL),
        JSON_FIELD("confirm", struct parameters, confirm, OPTIONAL),
        JSON_FIELD("dryRun", struct parameters, dry, OPTIONAL),
    };
    struct sync_candidate candidate;
    struct sync_connected connected;
    bool changed = false;

    if (!sync_call_read(call, fields, ARRAY_LEN(fields), &with) ||
        !sync_candidate_make(call, &with.of, &candidate)) {
        return false;
    }
    call->dry = with.dry;
    if (!sync_setup_connect(call, &candidate, with.confirm, &connected, &changed)) {
        return false;
    }
    cJSON_AddBoolToObject(call->result, "locked", connected.locked);
    cJSON_AddStringToObject(call->result, "state", connected.state);
    cJSON_AddBoolToObject(call->result, "changed", changed);
    return true;
}
