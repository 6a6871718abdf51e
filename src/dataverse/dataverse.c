#include "dataverse/dataverse.h"

#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "base/str.h"
#include "base/uri.h"
#include "remote/signin.h"

const char *sync_dataverse_host(struct arena *arena, const char *url)
{
    const char *text = strstr(url, "://") != NULL ? url : arena_join(arena, "https://", url, NULL);
    const char *dot;
    struct uri uri;

    if (!uri_parse(arena, text, &uri) || !str_eq(uri.scheme, "https") ||
        (uri.port != 0 && uri.port != 443)) {
        return NULL;
    }
    dot = strchr(uri.host, '.');
    if (dot == NULL || dot == uri.host) {
        return NULL;
    }
    /* contoso.api.crm.dynamics.com is the same organization. */
    return str_starts(dot, ".api.crm") ? arena_printf(arena, "%.*s%s", (int)(dot - uri.host),
                                                      uri.host, dot + strlen(".api"))
                                       : uri.host;
}

/* Whether a 401 says that passwords are no longer taken: a challenge for tokens alone. */
static bool wants_tokens(const struct sync_reply *reply)
{
    return reply->by_password && reply->status == 401 && reply->challenge != NULL &&
           strstr(reply->challenge, "Basic") == NULL;
}

/* The user of the connection that holds now, with the configuration's secrets. */
static bool sign_in(struct crmsync *engine, const struct sync_remote *remote,
                    struct sync_request *request, struct sync_problem *problem)
{
    AUTO(arena) arena = {0};
    const char *scope = arena_printf(&arena, "https://%s/.default", remote->org);
    struct sync_credentials credentials = {0};

    if (remote->as_admin) {
        request->basic = NULL;
        return sync_sign_in_admin(engine, scope, &request->bearer, problem);
    }
    if (remote->credentials != NULL) {
        return sync_sign_in_user(engine, remote->arena, remote->credentials, scope, request,
                                 problem);
    }
    return sync_connection_load(engine, &arena, &credentials.connection, problem) &&
           sync_sign_in_user(engine, remote->arena, &credentials, scope, request, problem);
}

/* Whether a refusal says why. A proxy's page or half an answer says nothing of the record. */
static bool has_reason(const struct sync_reply *reply)
{
    AUTO(arena) arena = {0};
    cJSON *root = NULL;
    struct err ignored;

    return json_parse(&arena, reply->body, reply->len, JSON_PLAIN, &root, &ignored) &&
           cJSON_IsObject(root);
}

/* dataverse-errors. A 5xx that comes here was no answer to a request that may be repeated. */
static enum sync_meaning meaning(struct crmsync *engine, const struct sync_reply *reply,
                                 int64_t *ret_wait_ms)
{
    (void)engine;
    (void)ret_wait_ms;
    return reply->status == 401                           ? SYNC_MEANS_TOKEN
           : reply->status >= 200 && reply->status <= 399 ? SYNC_MEANS_OK
           : reply->status >= 500 || reply->status == 408 ? SYNC_MEANS_NOTHING
           : reply->status == 400 && !has_reason(reply)   ? SYNC_MEANS_LATER
                                                          : SYNC_MEANS_REFUSED;
}

/* The code decides, else the status. Source: the service's published table of error codes. */
static const struct {
    const char *code; /* NULL: any */
    int status;       /* 0: any */
    enum crmsync_outcome outcome;
    const char *contract, *fix;
} rules[] = {
    {"0x80072560", 0, CRMSYNC_REFUSED, "no_user",
     "Create the application user in the organization (setup.create-application-user), or name "
     "the user that is there."},
    {"0x80040225", 0, CRMSYNC_REFUSED, "no_user", "Enable the user in the organization."},
    {"0x80042f09", 0, CRMSYNC_REFUSED, "no_role",
     "Give the user the security role \"Marketo Sync User\"."},
    {"0x80040220", 0, CRMSYNC_REFUSED, "no_role",
     "Give the user the security role \"Marketo Sync User\"; it holds the missing privilege."},
    {"0x80048306", 0, CRMSYNC_REFUSED, "no_role", "Give the user access to the record."},
    {"0x80044352", 0, CRMSYNC_FAILED, "token_expired", ""},
    {"0x80060882", 0, CRMSYNC_FAILED, "conflict", ""},
    {"0x80040237", 0, CRMSYNC_FAILED, "conflict", ""},
    {NULL, 401, CRMSYNC_REFUSED, "bad_credentials",
     "Check the tenant, the client ID and that the token is for this organization; an organization "
     "that was migrated to OAuth takes no password any more: crmsync reauth."},
    {NULL, 403, CRMSYNC_REFUSED, "no_permission", "Look at the user's roles."},
    {NULL, 404, CRMSYNC_FAILED, "not_found", ""},
    {NULL, 412, CRMSYNC_FAILED, "conflict", ""},
    {NULL, 0, CRMSYNC_FAILED, "rejected", ""},
};

bool sync_dataverse_fail(const struct sync_remote *remote, const struct sync_reply *reply,
                         const char *what, struct sync_problem *problem)
{
    AUTO(arena) arena = {0};
    cJSON *root = NULL;
    struct err ignored;
    const cJSON *error = json_parse(&arena, reply->body, reply->len, JSON_PLAIN, &root, &ignored)
                             ? json_get(root, "error")
                             : NULL;
    const char *code = json_get_text(error, "code"), *message = json_get_text(error, "message");

    if (wants_tokens(reply)) {
        (void)sync_fail(problem, CRMSYNC_REFUSED, "basic_off",
                        "%s: the organization takes no password any more", what);
        sync_problem_fix(problem, "It was moved to OAuth: set up the application, then crmsync "
                                  "reauth --to s2s.");
    } else if (reply->status >= 500) {
        (void)sync_fail(problem, CRMSYNC_UNREACHABLE, "network",
                        "%s: %s is not working (HTTP %d%s%s)", what, remote->org, reply->status,
                        code != NULL ? " " : "", code != NULL ? code : "");
    } else {
        size_t i = 0;

        while ((rules[i].code != NULL && !str_ieq(rules[i].code, code)) ||
               (rules[i].status != 0 && rules[i].status != reply->status)) {
            i++; /* the last rule fits everything */
        }
        (void)sync_fail(problem, rules[i].outcome, rules[i].contract, "%s: HTTP %d %s: %.300s",
                        what, reply->status, code != NULL ? code : "without a code",
                        message != NULL ? message : "no reason given");
        sync_problem_fix(problem, "%s", rules[i].fix);
    }
    snprintf(problem->remote_code, sizeof problem->remote_code, "%s", code != NULL ? code : "");
    sync_problem_from(problem, "dataverse", reply->status);
    return false;
}

bool sync_dataverse_open(struct crmsync *engine, struct arena *arena, const char *org,
                         bool as_admin, struct sync_remote *ret, struct sync_problem *problem)
{
    struct sync_connection connection = {0};

    if (org == NULL) {
        if (!sync_connection_load(engine, arena, &connection, problem)) {
            return false;
        }
        org = connection.organization;
    }
    if (org == NULL) {
        (void)sync_fail(problem, CRMSYNC_USAGE, "usage",
                        "configuration at /dynamics/organization: the organization is not named");
        sync_problem_fix(problem,
                         "Set it to its address, such as https://contoso.crm.dynamics.com.");
        sync_problem_at(problem, "/dynamics/organization");
        return false;
    }
    *ret = (struct sync_remote){.service = "dataverse",
                                .base = arena_printf(arena, "https://%s/api/data/v9.2", org),
                                .org = org,
                                .as_admin = as_admin,
                                .arena = arena,
                                .sign_in = sign_in,
                                .meaning = meaning,
                                .fail = sync_dataverse_fail};
    return true;
}

bool sync_dataverse_whoami(struct crmsync *engine, struct arena *arena,
                           const struct sync_remote *remote, struct sync_whoami *ret,
                           struct sync_problem *problem)
{
    static const struct json_field fields[] = {
        JSON_FIELD("UserId", struct sync_whoami, user_id, REQUIRED),
        JSON_FIELD("OrganizationId", struct sync_whoami, organization_id, REQUIRED),
    };
    const cJSON *answer;
    struct err err;

    if (!sync_remote_get(engine, arena, remote, "asking who we are", "/WhoAmI", NULL, &answer,
                         problem)) {
        return false;
    }
    if (!json_read(answer, "", fields, ARRAY_LEN(fields), ret, &err)) {
        (void)sync_fail_err(problem, &err);
        sync_problem_prefix(problem, "asking who we are");
        sync_problem_from(problem, "dataverse", 200);
        return false;
    }
    return true;
}

enum sync_changed sync_dataverse_send(struct crmsync *engine, struct arena *arena,
                                      const struct sync_remote *remote,
                                      const struct sync_dataverse_write *write,
                                      struct sync_reply *ret, struct sync_problem *problem)
{
    const struct {
        const char *name, *value;
    } all[] = {{"If-Match", write->if_match},
               {"If-None-Match", write->if_none_match},
               {"Prefer", write->prefer}};
    struct crmsync_header headers[ARRAY_LEN(all)];
    struct sync_request request = {.what = write->what,
                                   .method = write->method,
                                   .url = arena_join(arena, remote->base, write->path, NULL),
                                   .headers = headers,
                                   .content_type = "application/json",
                                   .body = write->body,
                                   .body_len = write->body != NULL ? strlen(write->body) : 0,
                                   .committed = true};
    enum sync_meaning meaning;

    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        if (all[i].value != NULL) {
            headers[request.header_count++] = (struct crmsync_header){all[i].name, all[i].value};
        }
    }
    if (!sync_remote_send(engine, arena, remote, &request, ret, &meaning, problem)) {
        bool undone = engine->env.died || ret->status != 0 || ret->never_connected;

        return undone && ret->status < 500 ? SYNC_NOT_CHANGED : SYNC_UNKNOWN;
    }
    if (meaning == SYNC_MEANS_OK) {
        return SYNC_CHANGED;
    }
    (void)sync_dataverse_fail(remote, ret, write->what, problem);
    return meaning == SYNC_MEANS_NOTHING ? SYNC_UNKNOWN : SYNC_NOT_CHANGED;
}
