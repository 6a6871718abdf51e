#include "remote/remote.h"

#include <string.h>

#include "base/iso8601.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/uri.h"
#include "engine/engine.h"
#include "http/retry.h"

/* How often an answer that cannot be read is asked for again, and where a list ends at the latest:
 * what we look for is one of a few. */
enum { UNREADABLE_MAX = 3, PAGES_MAX = 1000 };

static bool fail_waiting(struct crmsync *engine, const struct sync_remote *remote, const char *what,
                         int64_t wait_ms, int status, struct sync_problem *problem)
{
    char at[ISO8601_SIZE];
    int64_t resume_ms = sync_env_now(&engine->env) + wait_ms;

    iso8601_format_s(resume_ms, at);
    (void)sync_fail(problem, CRMSYNC_FAILED, "waiting", "%s: the service asks to wait until %s",
                    what, at);
    sync_problem_fix(problem, "Run it again after that time; it goes on where it stopped.");
    sync_problem_from(problem, remote->service, status);
    problem->resume_ms = resume_ms;
    return false;
}

/* Waits as the service asks, or a little longer each time; false when that takes too long. */
static bool wait_for(struct crmsync *engine, const struct sync_remote *remote, const char *what,
                     const struct sync_reply *reply, int64_t wait_ms, unsigned attempt,
                     struct sync_problem *problem)
{
    struct sync_env *env = &engine->env;

    wait_ms = wait_ms > 0 ? wait_ms : sync_retry_backoff_ms(env, attempt);
    if (wait_ms > SYNC_WAIT_MAX_MS) {
        return fail_waiting(engine, remote, what, wait_ms, reply->status, problem);
    }
    log_event(&env->log, "http.wait", "service=%s ms=%lld", remote->service, (long long)wait_ms);
    return sync_env_wait_until(env, sync_env_now(env) + wait_ms, problem);
}

/* Leaves reply->json NULL for what is no JSON. */
static void read_body(struct arena *arena, struct sync_reply *reply)
{
    cJSON *root = NULL;
    struct err ignored;

    if (json_parse(arena, reply->body, reply->len, JSON_PLAIN, &root, &ignored)) {
        reply->json = root;
    }
}

bool sync_remote_send(struct crmsync *engine, struct arena *arena, const struct sync_remote *remote,
                      struct sync_request *request, struct sync_reply *ret,
                      enum sync_meaning *ret_meaning, struct sync_problem *problem)
{
    unsigned tokens = 0, tries = 0;

    *ret = (struct sync_reply){.never_connected = true, .body = ""};
    *ret_meaning = SYNC_MEANS_NOTHING;
    request->service = remote->service;
    for (;;) {
        int64_t wait_ms = 0;

        if (!remote->sign_in(engine, remote, request, problem) ||
            !sync_http_exchange(&engine->env, arena, request, ret, problem)) {
            return false;
        }
        if (remote->in_body) {
            read_body(arena, ret);
        }
        *ret_meaning = remote->meaning(engine, ret, &wait_ms);
        request->committed = false; /* on_commit has heard of the first answer */
        if (*ret_meaning == SYNC_MEANS_TOKEN && tokens++ == 0) {
            if (request->bearer != NULL) {
                sync_token_drop(&engine->tokens, request->bearer);
            }
            continue;
        }
        if ((*ret_meaning != SYNC_MEANS_LATER &&
             (*ret_meaning != SYNC_MEANS_NOTHING || !request->repeatable)) ||
            ++tries == SYNC_TRIES) {
            return true;
        }
        if (!wait_for(engine, remote, request->what, ret, wait_ms, tries - 1, problem)) {
            return false;
        }
    }
}

bool sync_remote_parse(struct arena *arena, const struct sync_remote *remote, const char *what,
                       const struct sync_reply *reply, const cJSON **ret,
                       struct sync_problem *problem)
{
    cJSON *root = (cJSON *)(uintptr_t)reply->json;
    struct err err;

    if (root == NULL && !json_parse(arena, reply->body, reply->len, JSON_PLAIN, &root, &err)) {
        (void)sync_fail(problem, CRMSYNC_FAILED, "protocol", "%s: the answer is not JSON: %s", what,
                        err.text);
        sync_problem_from(problem, remote->service, reply->status);
        return false;
    }
    if (!cJSON_IsObject(root)) {
        (void)sync_fail(problem, CRMSYNC_FAILED, "protocol",
                        "%s: the answer should be an object, it is %s", what, json_kind(root));
        sync_problem_from(problem, remote->service, reply->status);
        return false;
    }
    *ret = root;
    return true;
}

/* A link in an answer is followed only where the token belongs. */
static bool same_origin(struct arena *arena, const struct sync_remote *remote, const char *url)
{
    struct uri own, other;

    return uri_parse(arena, remote->base, &own) && uri_parse(arena, url, &other) &&
           str_eq(other.scheme, own.scheme) && str_ieq(other.host, own.host) &&
           other.port == own.port;
}

static const char *url_of(struct arena *arena, const struct sync_remote *remote, const char *path)
{
    return *path == '/' ? arena_printf(arena, "%s%s", remote->base, path) : path;
}

bool sync_remote_get(struct crmsync *engine, struct arena *arena, const struct sync_remote *remote,
                     const char *what, const char *path, const char *prefer, const cJSON **ret,
                     struct sync_problem *problem)
{
    const struct crmsync_header header = {"Prefer", prefer};
    struct sync_request request = {.what = what,
                                   .method = "GET",
                                   .url = url_of(arena, remote, path),
                                   .headers = &header,
                                   .header_count = prefer != NULL ? 1 : 0,
                                   .repeatable = true};
    enum sync_meaning meaning;
    struct sync_reply reply;

    if (*path != '/' && !same_origin(arena, remote, path)) {
        (void)sync_fail(problem, CRMSYNC_FAILED, "protocol",
                        "%s: the answer links to another server", what);
        sync_problem_from(problem, remote->service, 200);
        return false;
    }
    for (int attempt = 0; attempt < UNREADABLE_MAX; attempt++) {
        if (!sync_remote_send(engine, arena, remote, &request, &reply, &meaning, problem)) {
            return false;
        }
        if (meaning != SYNC_MEANS_OK) {
            return remote->fail(remote, &reply, what, problem);
        }
        if (sync_remote_parse(arena, remote, what, &reply, ret, problem)) {
            return true;
        }
    }
    return false;
}

bool sync_remote_list(struct crmsync *engine, struct arena *arena, const struct sync_remote *remote,
                      const char *what, const char *path, const cJSON **ret,
                      struct sync_problem *problem)
{
    cJSON *all = json_new_array(arena);

    for (int pages = 1; path != NULL; pages++) {
        const cJSON *page = NULL, *value, *item;

        if (!sync_remote_get(engine, arena, remote, what, path, NULL, &page, problem)) {
            return false;
        }
        value = json_get(page, "value");
        path = json_get_text(page, "@odata.nextLink");
        if (!cJSON_IsArray(value) || (path != NULL && (pages == PAGES_MAX || *path == '/'))) {
            (void)sync_fail(problem, CRMSYNC_FAILED, "protocol",
                            "%s: the answer is no page of a collection", what);
            sync_problem_from(problem, remote->service, 200);
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
static bool read_change(struct arena *arena, const struct sync_remote *remote,
                        const struct sync_change *change, const struct sync_reply *reply,
                        const cJSON **ret, struct sync_problem *problem)
{
    *ret = NULL;
    if (reply->len == 0 && change->id == NULL) {
        return true;
    }
    if (!sync_remote_parse(arena, remote, change->what, reply, ret, problem)) {
        return false;
    }
    if (change->id != NULL && json_get_text(*ret, change->id) == NULL) {
        (void)sync_fail(problem, CRMSYNC_FAILED, "protocol", "%s: the answer has no \"%s\"",
                        change->what, change->id);
        sync_problem_from(problem, remote->service, reply->status);
        return false;
    }
    return true;
}

static void wipe_text(void *text)
{
    mem_wipe(text, strlen(text));
}

static enum sync_changed end_refused(struct crmsync *engine, const struct sync_intent *intent,
                                     struct sync_problem *problem)
{
    struct sync_problem of_journal;

    if (!sync_intent_end(&engine->store, intent->id, SYNC_INTENT_REFUSED, NULL, NULL,
                         &of_journal)) {
        *problem = of_journal;
    }
    return SYNC_NOT_CHANGED;
}

static enum sync_changed judge(struct crmsync *engine, struct arena *arena,
                               const struct sync_remote *remote, const struct sync_change *change,
                               const struct sync_reply *reply, enum sync_meaning meaning,
                               const cJSON **ret, const struct sync_intent *intent,
                               struct sync_problem *problem)
{
    const char *object = change->made;

    if (meaning == SYNC_MEANS_NOTHING) {
        (void)remote->fail(remote, reply, change->what, problem);
        return SYNC_UNKNOWN;
    }
    if (meaning != SYNC_MEANS_OK) {
        (void)remote->fail(remote, reply, change->what, problem);
        return end_refused(engine, intent, problem);
    }
    if (!read_change(arena, remote, change, reply, ret, problem)) {
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
    bool undone = (reply->status == 0 && reply->never_connected) ||
                  (reply->status >= 400 && reply->status < 500 && reply->status != 408);

    if (engine->env.died) {
        return SYNC_NOT_CHANGED;
    }
    return undone ? end_refused(engine, intent, problem) : SYNC_UNKNOWN;
}

enum sync_changed sync_remote_change(struct crmsync *engine, struct arena *arena,
                                     const struct sync_remote *remote,
                                     const struct sync_change *change, const cJSON **ret,
                                     struct sync_intent *ret_intent, struct sync_problem *problem)
{
    char *body = change->body != NULL ? json_text(arena, change->body) : NULL;
    struct sync_request request = {.what = change->what,
                                   .method = change->method,
                                   .url = url_of(arena, remote, change->path),
                                   .headers = change->headers,
                                   .header_count = change->header_count,
                                   .content_type = "application/json",
                                   .body = body,
                                   .body_len = body != NULL ? strlen(body) : 0,
                                   .timeout_ms = change->timeout_ms,
                                   .committed = true};
    enum sync_meaning meaning;
    struct sync_reply reply;

    *ret_intent = (struct sync_intent){0};
    if (body != NULL) {
        arena_defer(arena, wipe_text, body); /* it may hold a secret */
    }
    /* Signing in first: the journal should say SENT only of what can be sent. */
    if (!remote->sign_in(engine, remote, &request, problem) ||
        !sync_intent_begin(&engine->store, change->operation, change->key, change->known,
                           ret_intent, problem)) {
        return SYNC_NOT_CHANGED;
    }
    if (!sync_remote_send(engine, arena, remote, &request, &reply, &meaning, problem)) {
        return judge_silence(engine, &reply, ret_intent, problem);
    }
    return judge(engine, arena, remote, change, &reply, meaning, ret, ret_intent, problem);
}
