#include "graph/graph.h"

#include <string.h>

#include "base/auto.h"
#include "base/str.h"
#include "base/uri.h"
#include "engine/engine.h"
#include "graph/error.h"
#include "http/http.h"

/* How often an answer that cannot be read is asked for again, and where a list ends at the latest:
 * what we look for is one of a few. */
enum { UNREADABLE_MAX = 3, PAGES_MAX = 1000 };

static const char scope[] = "https://graph.microsoft.com/.default";

static bool fail_config(struct sync_problem *problem, const char *pointer, const char *what,
                        const char *fix)
{
    (void)sync_fail(problem, CRMSYNC_USAGE, "usage", "configuration at %s: %s", pointer, what);
    sync_problem_fix(problem, "%s", fix);
    sync_problem_at(problem, pointer);
    return false;
}

/* A token of the administrator. */
static bool sign_in(struct crmsync *engine, const char **ret, struct sync_problem *problem)
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
        return fail_config(
            problem, "/admin/clientId", "the application that administers the directory is missing",
            "Name an application with the Graph permissions Application.ReadWrite.All and "
            "DelegatedPermissionGrant.ReadWrite.All; its secret is the secret admin.clientSecret. "
            "Signing in as a person by device code is not built yet.");
    }
    *ret = sync_token_kept(&engine->tokens, &engine->env, client.tenant, client.client_id, scope);
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

static bool sign_in_request(struct crmsync *engine, const struct sync_remote *remote,
                            struct sync_request *request, struct sync_problem *problem)
{
    (void)remote;
    return sign_in(engine, &request->bearer, problem);
}

static enum sync_meaning meaning(struct crmsync *engine, const struct sync_reply *reply,
                                 int64_t *ret_wait_ms)
{
    (void)engine;
    (void)ret_wait_ms;
    return reply->status == 401                           ? SYNC_MEANS_TOKEN
           : reply->status >= 200 && reply->status <= 299 ? SYNC_MEANS_OK
                                                          : SYNC_MEANS_REFUSED;
}

static bool fail(const struct sync_remote *remote, const struct sync_reply *reply, const char *what,
                 struct sync_problem *problem)
{
    (void)remote;
    return sync_graph_fail(reply->status, reply->body, reply->len, what, problem);
}

static const struct sync_remote graph = {.service = "graph",
                                         .base = SYNC_GRAPH_URL,
                                         .as_admin = true,
                                         .sign_in = sign_in_request,
                                         .meaning = meaning,
                                         .fail = fail};

bool sync_graph_get(struct crmsync *engine, struct arena *arena, const char *what, const char *path,
                    const cJSON **ret, struct sync_problem *problem)
{
    return sync_remote_get(engine, arena, &graph, what, path, NULL, ret, problem);
}

bool sync_graph_list(struct crmsync *engine, struct arena *arena, const char *what,
                     const char *path, const cJSON **ret, struct sync_problem *problem)
{
    return sync_remote_list(engine, arena, &graph, what, path, ret, problem);
}

enum sync_changed sync_graph_change(struct crmsync *engine, struct arena *arena,
                                    const struct sync_change *change, const cJSON **ret,
                                    struct sync_intent *ret_intent, struct sync_problem *problem)
{
    return sync_remote_change(engine, arena, &graph, change, ret, ret_intent, problem);
}
