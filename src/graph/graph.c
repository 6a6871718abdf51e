#include "graph/graph.h"

#include "engine/engine.h"
#include "graph/error.h"
#include "remote/signin.h"

static bool sign_in_request(struct crmsync *engine, const struct sync_remote *remote,
                            struct sync_request *request, struct sync_problem *problem)
{
    (void)remote;
    return sync_sign_in_admin(engine, "https://graph.microsoft.com/.default", &request->bearer,
                              problem);
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
