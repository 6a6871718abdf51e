#include "remote/signin.h"

#include <string.h>

#include "base/auto.h"
#include "base/crypto.h"
#include "base/mem.h"
#include "base/str.h"
#include "entra/device.h"

static bool fail_config(struct sync_problem *problem, const char *pointer, const char *what,
                        const char *fix)
{
    (void)sync_fail(problem, CRMSYNC_USAGE, "usage", "configuration at %s: %s", pointer, what);
    sync_problem_fix(problem, "%s", fix);
    sync_problem_at(problem, pointer);
    return false;
}

bool sync_has_admin(const struct crmsync *engine)
{
    return engine->config.admin.tenant != NULL && engine->config.admin.client_id != NULL;
}

/*
 * The administrator in person, with a public client of Microsoft's that exists in every tenant: one
 * is meant for Graph, the other is the documented example for Dataverse.
 */
static bool sign_in_person(struct crmsync *engine, const char *tenant, const char *scope,
                           const char **ret, struct sync_problem *problem)
{
    static const char graph[] = "https://graph.microsoft.com/", all[] = "/.default";
    AUTO(arena) arena = {0};
    struct sync_client client = {.tenant = tenant};
    const char *scopes;
    bool ok;

    if (str_starts(scope, graph)) {
        client.client_id = "14d82eec-204b-4c2f-b7e8-296a70dab67e";
        scopes = "https://graph.microsoft.com/Application.ReadWrite.All "
                 "https://graph.microsoft.com/DelegatedPermissionGrant.ReadWrite.All";
    } else {
        client.client_id = "51f81489-12ee-4a9e-aaae-a2591f45987d";
        scopes = arena_printf(&arena, "%.*s/user_impersonation", (int)(strlen(scope) - strlen(all)),
                              scope);
    }
    ok = sync_device_sign_in(&engine->tokens, &engine->env, &client, scopes, ret, problem);
    if (!ok && problem->outcome == CRMSYNC_REFUSED) {
        sync_problem_prefix(problem, "as the administrator (device code)");
    }
    return ok;
}

bool sync_sign_in_admin(struct crmsync *engine, const char *scope, const char **ret,
                        struct sync_problem *problem)
{
    const struct sync_config *config = &engine->config;
    struct sync_client client = {.tenant = config->admin.tenant,
                                 .client_id = config->admin.client_id};
    char *secret = NULL;
    bool ok;

    if (client.tenant == NULL) {
        return fail_config(problem, "/admin/tenant", "the tenant to administer is not named",
                           "Set it to the Directory (tenant) ID, or set dynamics.tenant.");
    }
    if (client.client_id == NULL) {
        return sign_in_person(engine, client.tenant, scope, ret, problem);
    }
    *ret = sync_token_kept(&engine->tokens, &engine->env, &client, scope);
    if (*ret != NULL) {
        return true;
    }
    if (!sync_engine_secret(engine, SYNC_SECRET_ADMIN_CLIENT, &secret, problem)) {
        return false;
    }
    if (secret == NULL) {
        return fail_config(problem, "/secrets/admin.clientSecret",
                           "there is no secret for admin.clientId",
                           "Put it into the variable CRMSYNC_ADMIN_CLIENT_SECRET, or into a file "
                           "with mode 0600 that secrets[\"admin.clientSecret\"].file names.");
    }
    client.secret = secret;
    ok = sync_token_get(&engine->tokens, &engine->env, &client, scope, ret, problem);
    sync_secret_free(secret);
    if (!ok && problem->outcome == CRMSYNC_REFUSED) {
        sync_problem_prefix(problem, "as the administrator (admin.clientId)");
    }
    return ok;
}

/* A secret that the caller gave, else the configured one, which *ret_own then keeps for freeing. */
static bool find_secret(struct crmsync *engine, enum sync_secret_id id, const char *given,
                        const char **ret, char **ret_own, struct sync_problem *problem)
{
    const char *name = sync_secret_names[id];

    *ret_own = NULL;
    *ret = given;
    if (given != NULL) {
        return true;
    }
    if (!sync_engine_secret(engine, id, ret_own, problem)) {
        return false;
    }
    *ret = *ret_own;
    if (*ret == NULL) {
        (void)sync_fail(problem, CRMSYNC_USAGE, "usage", "there is no secret %s", name);
        sync_problem_fix(problem,
                         "Put it into the variable %s, or into a file with mode 0600 that "
                         "secrets[\"%s\"].file names.",
                         sync_secret_variable(id), name);
        sync_problem_at(problem, id == SYNC_SECRET_DYNAMICS_PASSWORD
                                     ? "/secrets/dynamics.password"
                                     : "/secrets/dynamics.clientSecret");
        return false;
    }
    return true;
}

static void wipe_text(void *text)
{
    mem_wipe(text, strlen(text));
}

/* RFC 7617. */
static void fill_basic(struct arena *arena, const char *username, const char *password,
                       struct sync_request *request)
{
    char *pair = arena_join(arena, username, ":", password, NULL);
    size_t size = strlen(pair) * 2 + 8;
    struct strbuf text = STRBUF(size);
    char *copy;

    strbuf_base64(&text, pair, strlen(pair));
    copy = arena_strdup(arena, strbuf_text(&text));
    arena_defer(arena, wipe_text, pair);
    arena_defer(arena, wipe_text, copy);
    mem_wipe(text.data, text.size);
    strbuf_finish(&text);
    request->basic = copy;
}

static bool token_for(struct crmsync *engine, struct sync_credentials *credentials,
                      const char *scope, const char *password, struct sync_request *request,
                      struct sync_problem *problem)
{
    const struct sync_connection *connection = &credentials->connection;
    bool ropc = str_eq(connection->auth_method, "ropc");
    struct sync_client client = {.tenant = connection->tenant,
                                 .client_id = connection->client_id,
                                 .username = ropc ? connection->username : NULL,
                                 .password = password};
    char *own;
    bool ok;

    if (client.tenant == NULL) {
        return fail_config(problem, "/dynamics/tenant", "the tenant is not named",
                           "Set it to the Directory (tenant) ID of the app registration.");
    }
    if (client.client_id == NULL) {
        return fail_config(problem, "/dynamics/clientId", "the application is not named",
                           "Set it to the Application (client) ID of the app registration.");
    }
    request->bearer = sync_token_kept(&engine->tokens, &engine->env, &client, scope);
    if (request->bearer != NULL && (credentials->client_secret == NULL || credentials->tried)) {
        return true;
    }
    if (request->bearer != NULL) {
        sync_token_drop(&engine->tokens, request->bearer);
        request->bearer = NULL;
    }
    if (!find_secret(engine, SYNC_SECRET_DYNAMICS_CLIENT, credentials->client_secret,
                     &client.secret, &own, problem)) {
        return false;
    }
    ok = sync_token_get(&engine->tokens, &engine->env, &client, scope, &request->bearer, problem);
    sync_secret_free(own);
    credentials->tried = ok;
    return ok;
}

bool sync_sign_in_user(struct crmsync *engine, struct arena *arena,
                       struct sync_credentials *credentials, const char *scope,
                       struct sync_request *request, struct sync_problem *problem)
{
    const struct sync_connection *connection = &credentials->connection;
    const char *password = NULL;
    char *own = NULL;
    bool ok = true;

    request->bearer = NULL;
    request->basic = NULL;
    if (!str_eq(connection->auth_method, "s2s")) {
        if (connection->username == NULL) {
            return fail_config(problem, "/dynamics/username", "the sync user is not named",
                               "Set it to the user name of the sync user.");
        }
        ok = find_secret(engine, SYNC_SECRET_DYNAMICS_PASSWORD, credentials->password, &password,
                         &own, problem);
    }
    if (ok && str_eq(connection->auth_method, "basic")) {
        fill_basic(arena, connection->username, password, request);
    } else if (ok) {
        ok = token_for(engine, credentials, scope, password, request, problem);
    }
    sync_secret_free(own);
    return ok;
}
