#include "http/http.h"

#include <string.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/iso8601.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/uri.h"
#include "http/retry.h"

enum { TIMEOUT_MS = 30000 };

/* Where an answer goes while it is waited for. */
struct slot {
    struct sync_env *env;
    struct arena *arena;
    struct sync_reply *reply;
    bool done;
};

static void wipe_text(void *text)
{
    mem_wipe(text, strlen(text));
}

static void take_answer(void *arg, const struct crmsync_response *response)
{
    struct slot *slot = arg;
    struct sync_reply *reply = slot->reply;
    char *body = arena_dup(slot->arena, response->body, response->body_len);
    const char *retry_after = NULL;

    arena_defer(slot->arena, wipe_text, body);
    *reply = (struct sync_reply){.status = response->status,
                                 .never_connected = response->never_connected,
                                 .body = body,
                                 .len = response->body_len,
                                 .error = arena_strdup(slot->arena, response->error),
                                 .retry_after_ms = -1};
    for (size_t i = 0; i < response->header_count; i++) {
        const char *name = response->headers[i].name, *value = response->headers[i].value;

        if (str_ieq(name, "Retry-After")) {
            retry_after = value;
        } else if (str_ieq(name, "Date")) {
            (void)sync_http_date(value, &reply->date_ms);
        } else if (str_ieq(name, "ETag")) {
            reply->etag = arena_strdup(slot->arena, value);
        } else if (str_ieq(name, "WWW-Authenticate")) {
            reply->challenge = arena_strdup(slot->arena, value);
        } else if (str_ieq(name, "OData-EntityId")) {
            reply->entity_id = arena_strdup(slot->arena, value);
        }
    }
    if (retry_after != NULL) {
        /* A date is the server's, and so is the clock that it is compared with. */
        reply->retry_after_ms = sync_retry_after_ms(
            retry_after, reply->date_ms != 0 ? reply->date_ms : sync_env_now(slot->env));
    }
    slot->done = true;
}

enum { OWN_HEADERS = 4, MORE_HEADERS = 4 };

static size_t fill_headers(struct arena *arena, const struct sync_request *request,
                           struct crmsync_header headers[OWN_HEADERS + MORE_HEADERS])
{
    size_t count = 0;

    headers[count++] = (struct crmsync_header){"Accept", "application/json"};
    headers[count++] = (struct crmsync_header){"User-Agent", "crmsync/" PROJECT_VERSION};
    if (request->bearer != NULL || request->basic != NULL) {
        bool bearer = request->bearer != NULL;
        char *value = arena_printf(arena, "%s %s", bearer ? "Bearer" : "Basic",
                                   bearer ? request->bearer : request->basic);

        arena_defer(arena, wipe_text, value);
        headers[count++] = (struct crmsync_header){"Authorization", value};
    }
    if (request->body != NULL) {
        headers[count++] = (struct crmsync_header){"Content-Type", request->content_type};
    }
    for (size_t i = 0; i < request->header_count && i < MORE_HEADERS; i++) {
        headers[count++] = request->headers[i];
    }
    return count;
}

/* Waits for the answer until the request's time is over; then there is none. */
static bool await(struct slot *slot, uint64_t id, int64_t timeout_ms, bool committed,
                  struct sync_problem *problem)
{
    struct sync_env *env = slot->env;
    int64_t until_ms = sync_env_now(env) + timeout_ms;
    bool go_on = true;

    env->due_ms = until_ms;
    while (!slot->done && go_on && sync_env_now(env) < until_ms) {
        env->transport.poll(env->transport.ctx, until_ms);
        /* What a commit allowed is waited for: its outcome would be unknown otherwise. */
        go_on = committed || sync_env_may_go_on(env, problem);
    }
    env->due_ms = INT64_MAX;
    if (!slot->done) {
        env->transport.cancel(env->transport.ctx, id);
        *slot->reply =
            (struct sync_reply){.body = "", .error = "no answer in time", .retry_after_ms = -1};
    }
    return go_on;
}

static bool send_once(struct sync_env *env, struct arena *arena, const struct sync_request *request,
                      struct sync_reply *ret, struct sync_problem *problem)
{
    struct crmsync_header headers[OWN_HEADERS + MORE_HEADERS];
    struct slot slot = {env, arena, ret, false};
    int64_t timeout_ms = request->timeout_ms > 0 ? request->timeout_ms : TIMEOUT_MS;
    const struct crmsync_request sent = {.method = request->method,
                                         .url = request->url,
                                         .headers = headers,
                                         .header_count = fill_headers(arena, request, headers),
                                         .body = request->body,
                                         .body_len = request->body_len,
                                         .timeout_ms = timeout_ms};
    int64_t began_us = clock_steady_us();
    struct uri uri = {.host = "?", .path = "?"};
    uint64_t id;

    *ret = (struct sync_reply){
        .never_connected = true, .body = "", .error = "it was not sent", .retry_after_ms = -1};
    if (!sync_env_may_go_on(env, problem)) {
        return false;
    }
    (void)uri_parse(arena, request->url, &uri);
    id = env->transport.submit(env->transport.ctx, &sent, take_answer, &slot);
    if (!await(&slot, id, timeout_ms, request->committed, problem)) {
        return false;
    }
    ret->by_password = request->basic != NULL;
    log_event(&env->log, "http.request",
              "service=%s method=%s host=%s path=%s status=%d us=%lld%s%s", request->service,
              request->method, uri.host, uri.path, ret->status,
              (long long)(clock_steady_us() - began_us), ret->error != NULL ? " error=" : "",
              ret->error != NULL ? ret->error : "");
    return true;
}

static bool fail_without_answer(const struct sync_request *request, const struct sync_reply *reply,
                                struct sync_problem *problem)
{
    if (reply->status == 0) {
        (void)sync_fail(problem, CRMSYNC_UNREACHABLE, "network", "%s: no answer: %s", request->what,
                        reply->error);
        sync_problem_fix(problem,
                         "Check the network, the proxy, the date of this machine and which "
                         "certificates it trusts, then run it again.");
    } else if (reply->status == 429) {
        (void)sync_fail(problem, CRMSYNC_FAILED, "waiting",
                        "%s: the service asked for patience (HTTP 429) %d times", request->what,
                        SYNC_TRIES);
        sync_problem_fix(problem, "Run it again later; it goes on where it stopped.");
    } else {
        (void)sync_fail(problem, CRMSYNC_UNREACHABLE, "network",
                        "%s: the service is not working (HTTP %d)", request->what, reply->status);
        sync_problem_fix(problem, "Look at the service's status page, then run it again.");
    }
    sync_problem_from(problem, request->service, reply->status);
    return false;
}

static bool fail_waiting(const struct sync_env *env, const struct sync_request *request,
                         const struct sync_reply *reply, struct sync_problem *problem)
{
    char at[ISO8601_SIZE];
    int64_t resume_ms = sync_env_now(env) + reply->retry_after_ms;

    iso8601_format_s(resume_ms, at);
    (void)sync_fail(problem, CRMSYNC_FAILED, "waiting", "%s: the service asks to wait until %s",
                    request->what, at);
    sync_problem_fix(problem, "Run it again after that time; it goes on where it stopped.");
    sync_problem_from(problem, request->service, reply->status);
    problem->resume_ms = resume_ms;
    return false;
}

bool sync_http_exchange(struct sync_env *env, struct arena *arena,
                        const struct sync_request *request, struct sync_reply *ret,
                        struct sync_problem *problem)
{
    bool told = !request->committed;

    for (unsigned attempt = 0;; attempt++) {
        int64_t wait_ms;

        if (!send_once(env, arena, request, ret, problem)) {
            return false;
        }
        if (!told && ret->status != 0) {
            told = true;
            if (!sync_env_phase(env, CRMSYNC_COMMIT_AFTER, problem)) {
                return false;
            }
        }
        switch (sync_retry_judge(request->repeatable, ret->status, ret->never_connected, attempt)) {
        case SYNC_ANSWERED:
            return true;
        case SYNC_GIVE_UP:
            return fail_without_answer(request, ret, problem);
        case SYNC_AGAIN:
            break;
        }
        wait_ms =
            ret->retry_after_ms >= 0 ? ret->retry_after_ms : sync_retry_backoff_ms(env, attempt);
        if (wait_ms > SYNC_WAIT_MAX_MS) {
            return fail_waiting(env, request, ret, problem);
        }
        log_event(&env->log, "http.wait", "service=%s ms=%lld", request->service,
                  (long long)wait_ms);
        if (!sync_env_wait_until(env, sync_env_now(env) + wait_ms, problem)) {
            return false;
        }
    }
}
