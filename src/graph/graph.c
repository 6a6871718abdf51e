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

/* Sends as the administrator; a token that Graph refuses is replaced once. */
static bool exchange(struct crmsync *engine, struct arena *arena, struct sync_request *request,
                     struct sync_reply *reply, struct sync_problem *problem)
{
    *reply = (struct sync_reply){.never_connected = true, .body = ""};
    for (int attempt = 0; attempt < 2; attempt++) {
        if (!sign_in(engine, &request->bearer, problem) ||
            !sync_http_exchange(&engine->env, arena, request, reply, problem)) {
            return false;
        }
        if (reply->status != 401) {
            return true;
        }
        sync_token_drop(&engine->tokens, request->bearer);
        request->committed = false; /* on_commit has heard of the first answer */
    }
    return true;
}

static bool read_body(struct arena *arena, const char *what, const struct sync_reply *reply,
                      const cJSON **ret, struct sync_problem *problem)
{
    cJSON *root;
    struct err err;

    if (!json_parse(arena, reply->body, reply->len, JSON_PLAIN, &root, &err)) {
        (void)sync_fail(problem, CRMSYNC_FAILED, "protocol", "%s: the answer is not JSON: %s", what,
                        err.text);
        sync_problem_from(problem, "graph", reply->status);
        return false;
    }
    if (!cJSON_IsObject(root)) {
        (void)sync_fail(problem, CRMSYNC_FAILED, "protocol",
                        "%s: the answer should be an object, it is %s", what, json_kind(root));
        sync_problem_from(problem, "graph", reply->status);
        return false;
    }
    *ret = root;
    return true;
}

static bool get_url(struct crmsync *engine, struct arena *arena, const char *what, const char *url,
                    const cJSON **ret, struct sync_problem *problem)
{
    struct sync_request request = {
        .service = "graph", .what = what, .method = "GET", .url = url, .repeatable = true};
    struct sync_reply reply;

    for (int attempt = 0; attempt < UNREADABLE_MAX; attempt++) {
        if (!exchange(engine, arena, &request, &reply, problem)) {
            return false;
        }
        if (reply.status != 200) {
            return sync_graph_fail(reply.status, reply.body, reply.len, what, problem);
        }
        if (read_body(arena, what, &reply, ret, problem)) {
            return true;
        }
    }
    return false;
}

bool sync_graph_get(struct crmsync *engine, struct arena *arena, const char *what, const char *path,
                    const cJSON **ret, struct sync_problem *problem)
{
    return get_url(engine, arena, what, arena_printf(arena, "%s%s", SYNC_GRAPH_URL, path), ret,
                   problem);
}

/* A next link is followed only where the token belongs. */
static bool is_graph(struct arena *arena, const char *url)
{
    struct uri uri;

    return uri_parse(arena, url, &uri) && str_eq(uri.scheme, "https") &&
           str_eq(uri.host, "graph.microsoft.com");
}

bool sync_graph_list(struct crmsync *engine, struct arena *arena, const char *what,
                     const char *path, const cJSON **ret, struct sync_problem *problem)
{
    const char *url = arena_printf(arena, "%s%s", SYNC_GRAPH_URL, path);
    cJSON *all = json_new_array(arena);

    for (int pages = 1; url != NULL; pages++) {
        const cJSON *page = NULL, *value, *item;

        if (!get_url(engine, arena, what, url, &page, problem)) {
            return false;
        }
        value = json_get(page, "value");
        url = json_get_text(page, "@odata.nextLink");
        if (!cJSON_IsArray(value) ||
            (url != NULL && (pages == PAGES_MAX || !is_graph(arena, url)))) {
            (void)sync_fail(problem, CRMSYNC_FAILED, "protocol",
                            "%s: the answer is no page of a collection", what);
            sync_problem_from(problem, "graph", 200);
            return false;
        }
        cJSON_ArrayForEach(item, value)
        {
            cJSON_AddItemToArray(all, cJSON_Duplicate(item, true));
        }
    }
    *ret = all;
    return true;
}

/* Reads the answer of a change that was made; an answer that cannot be read says nothing. */
static bool read_change(struct arena *arena, const struct sync_change *change,
                        const struct sync_reply *reply, const cJSON **ret,
                        struct sync_problem *problem)
{
    *ret = NULL;
    if (reply->len == 0 && change->id == NULL) {
        return true;
    }
    if (!read_body(arena, change->what, reply, ret, problem)) {
        return false;
    }
    if (change->id != NULL && json_get_text(*ret, change->id) == NULL) {
        (void)sync_fail(problem, CRMSYNC_FAILED, "protocol", "%s: the answer has no \"%s\"",
                        change->what, change->id);
        sync_problem_from(problem, "graph", reply->status);
        return false;
    }
    return true;
}

static enum sync_changed judge(struct crmsync *engine, struct arena *arena,
                               const struct sync_change *change, const struct sync_reply *reply,
                               const cJSON **ret, const struct sync_intent *intent,
                               struct sync_problem *problem)
{
    const char *object = change->made;

    if (reply->status < 200 || reply->status > 299) {
        struct sync_problem of_journal;

        (void)sync_graph_fail(reply->status, reply->body, reply->len, change->what, problem);
        if (!sync_intent_end(&engine->store, intent->id, SYNC_INTENT_REFUSED, NULL, NULL,
                             &of_journal)) {
            *problem = of_journal;
        }
        return SYNC_NOT_CHANGED;
    }
    if (!read_change(arena, change, reply, ret, problem)) {
        return SYNC_UNKNOWN;
    }
    if (change->id != NULL) {
        object = json_get_text(*ret, change->id);
    }
    if (!change->leave_open &&
        !sync_intent_end(&engine->store, intent->id, SYNC_INTENT_MADE, object, NULL, problem)) {
        return SYNC_NOT_CHANGED;
    }
    return SYNC_CHANGED;
}

/* No answer, or one that does not say: only what certainly did not arrive has not happened. */
static enum sync_changed judge_silence(struct crmsync *engine, const struct sync_reply *reply,
                                       const struct sync_intent *intent,
                                       struct sync_problem *problem)
{
    struct sync_problem of_journal;
    bool undone = (reply->status == 0 && reply->never_connected) ||
                  (reply->status >= 400 && reply->status < 500 && reply->status != 408);

    if (engine->env.died) {
        return SYNC_NOT_CHANGED;
    }
    if (!undone) {
        return SYNC_UNKNOWN;
    }
    if (!sync_intent_end(&engine->store, intent->id, SYNC_INTENT_REFUSED, NULL, NULL,
                         &of_journal)) {
        *problem = of_journal;
    }
    return SYNC_NOT_CHANGED;
}

enum sync_changed sync_graph_change(struct crmsync *engine, struct arena *arena,
                                    const struct sync_change *change, const cJSON **ret,
                                    struct sync_intent *ret_intent, struct sync_problem *problem)
{
    const char *body = change->body != NULL ? json_text(arena, change->body) : NULL;
    struct sync_request request = {.service = "graph",
                                   .what = change->what,
                                   .method = change->method,
                                   .content_type = "application/json",
                                   .body = body,
                                   .body_len = body != NULL ? strlen(body) : 0,
                                   .committed = true};
    struct sync_reply reply;

    request.url = arena_printf(arena, "%s%s", SYNC_GRAPH_URL, change->path);
    /* Signing in first: the journal should say SENT only of what can be sent. */
    if (!sign_in(engine, &request.bearer, problem) ||
        !sync_intent_begin(&engine->store, change->operation, change->key, change->known,
                           ret_intent, problem)) {
        return SYNC_NOT_CHANGED;
    }
    if (!exchange(engine, arena, &request, &reply, problem)) {
        return judge_silence(engine, &reply, ret_intent, problem);
    }
    return judge(engine, arena, change, &reply, ret, ret_intent, problem);
}
