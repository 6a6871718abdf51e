#include "entra/device.h"

#include <string.h>

#include "base/auto.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/uri.h"
#include "entra/error.h"
#include "http/http.h"

enum { USUAL_INTERVAL_S = 5, SLOWER_S = 5, UNREADABLE_MAX = 3 };

static const struct json_field fields[] = {
    JSON_FIELD("user_code", struct sync_device_body, user_code, REQUIRED),
    JSON_FIELD("device_code", struct sync_device_body, device_code, REQUIRED),
    JSON_FIELD("verification_uri", struct sync_device_body, verification_uri, REQUIRED),
    JSON_FIELD("expires_in", struct sync_device_body, expires_in, REQUIRED),
    JSON_FIELD("interval", struct sync_device_body, interval, OPTIONAL),
};

/* Printable and without blanks: it is shown to a person, and stands in a line of the log. */
static bool can_be_shown(const char *text)
{
    size_t len = strlen(text);

    for (size_t i = 0; i < len; i++) {
        if (text[i] <= ' ' || text[i] > '~') {
            return false;
        }
    }
    return len > 0 && len < 200;
}

bool sync_device_parse(struct arena *arena, const char *body, size_t len,
                       struct sync_device_body *ret, struct sync_problem *problem)
{
    cJSON *root;
    struct err err;

    *ret = (struct sync_device_body){.interval = USUAL_INTERVAL_S};
    if (!json_parse(arena, body, len, JSON_PLAIN, &root, &err) ||
        !json_read(root, "", fields, ARRAY_LEN(fields), ret, &err)) {
        (void)sync_fail_err(problem, &err);
        sync_problem_prefix(problem, "the answer of the device code endpoint");
    } else if (!can_be_shown(ret->user_code) || !can_be_shown(ret->verification_uri) ||
               *ret->device_code == '\0' || ret->expires_in <= 0 || ret->expires_in > 86400 ||
               ret->interval <= 0 || ret->interval > 300) {
        (void)sync_fail(problem, CRMSYNC_FAILED, "protocol",
                        "the answer of the device code endpoint holds no code that can be shown");
    } else {
        return true;
    }
    sync_problem_from(problem, "entra", 200);
    return false;
}

/* One request to an endpoint of the tenant. */
static bool post(struct sync_env *env, struct arena *arena, const struct sync_client *client,
                 const char *endpoint, const struct strbuf *form, struct sync_reply *ret,
                 struct sync_problem *problem)
{
    AUTO(strbuf) url = STRBUF(0);
    struct sync_request request = {.service = "entra",
                                   .what = "signing in",
                                   .method = "POST",
                                   .content_type = "application/x-www-form-urlencoded",
                                   .body = strbuf_text(form),
                                   .body_len = form->len,
                                   .repeatable = true};

    strbuf_add(&url, "https://login.microsoftonline.com/");
    strbuf_uri(&url, client->tenant);
    strbuf_add(&url, "/oauth2/v2.0/");
    strbuf_add(&url, endpoint);
    request.url = strbuf_text(&url);
    return sync_http_exchange(env, arena, &request, ret, problem);
}

static bool is_garbled(const struct sync_problem *problem)
{
    return str_eq(problem->error.code, "protocol");
}

static bool refused(const struct sync_reply *reply, const struct sync_client *client,
                    struct sync_problem *problem)
{
    return sync_entra_fail(reply->status, reply->body, reply->len, client->client_id,
                           client->tenant, problem);
}

static bool begin(struct sync_env *env, struct arena *arena, const struct sync_client *client,
                  const char *scope, struct sync_device_body *ret, struct sync_problem *problem)
{
    AUTO(strbuf) form = STRBUF(0);
    struct sync_reply reply;

    strbuf_form_param(&form, "client_id", client->client_id);
    strbuf_form_param(&form, "scope", scope);
    for (unsigned tries = 1;; tries++) {
        if (!post(env, arena, client, "devicecode", &form, &reply, problem)) {
            return false;
        }
        if (reply.status != 200) {
            return refused(&reply, client, problem);
        }
        if (sync_device_parse(arena, reply.body, reply.len, ret, problem)) {
            return true;
        }
        if (!is_garbled(problem) || tries == UNREADABLE_MAX) {
            return false;
        }
    }
}

enum polled { POLL_DONE, POLL_AGAIN, POLL_SLOWER, POLL_FAILED };

static enum polled poll_once(struct sync_env *env, struct arena *arena,
                             const struct sync_client *client, const struct strbuf *form,
                             struct sync_token_body *ret, struct sync_problem *problem)
{
    struct sync_reply reply;
    cJSON *root = NULL;
    const char *error;
    struct err ignored;

    if (!post(env, arena, client, "token", form, &reply, problem)) {
        return POLL_FAILED;
    }
    if (reply.status == 200) {
        return sync_token_parse(arena, reply.body, reply.len, ret, problem) ? POLL_DONE
                                                                            : POLL_FAILED;
    }
    error = json_parse(arena, reply.body, reply.len, JSON_PLAIN, &root, &ignored)
                ? json_get_text(root, "error")
                : NULL;
    if (str_eq(error, "authorization_pending")) {
        return POLL_AGAIN;
    }
    if (str_eq(error, "slow_down")) {
        return POLL_SLOWER;
    }
    (void)refused(&reply, client, problem);
    return POLL_FAILED;
}

static bool fail_late(const struct sync_client *client, struct sync_problem *problem)
{
    (void)sync_fail(problem, CRMSYNC_REFUSED, "bad_credentials",
                    "nobody entered the code for client %s at tenant %s in time", client->client_id,
                    client->tenant);
    sync_problem_fix(problem, "Run it again and enter the code while the program waits, or name an "
                              "application in admin.clientId.");
    sync_problem_from(problem, "entra", 400);
    return false;
}

/* Asks at once, and then at the pace that the endpoint sets, as long as the code lives. */
static bool wait_for_person(struct sync_env *env, struct arena *arena,
                            const struct sync_client *client, const struct sync_device_body *begun,
                            struct sync_token_body *ret, struct sync_problem *problem)
{
    int64_t end_ms = sync_env_now(env) + begun->expires_in * 1000, interval_s = begun->interval;
    AUTO(strbuf) form = STRBUF(0);
    enum polled polled;

    strbuf_form_param(&form, "client_id", client->client_id);
    strbuf_form_param(&form, "grant_type", "urn:ietf:params:oauth:grant-type:device_code");
    strbuf_form_param(&form, "device_code", begun->device_code);
    while ((polled = poll_once(env, arena, client, &form, ret, problem)) == POLL_AGAIN ||
           polled == POLL_SLOWER) {
        int64_t next_ms;

        interval_s += polled == POLL_SLOWER ? SLOWER_S : 0;
        next_ms = sync_env_now(env) + interval_s * 1000;
        polled = POLL_FAILED;
        if (next_ms >= end_ms) {
            (void)fail_late(client, problem);
            break;
        }
        if (!sync_env_wait_until(env, next_ms, problem)) {
            break;
        }
    }
    mem_wipe(form.data, form.size);
    return polled == POLL_DONE;
}

bool sync_device_sign_in(struct sync_tokens *tokens, struct sync_env *env,
                         const struct sync_client *client, const char *scope, const char **ret,
                         struct sync_problem *problem)
{
    AUTO(arena) arena = {0};
    struct sync_device_body begun = {0};
    struct sync_token_body body = {0};

    *ret = sync_token_kept(tokens, env, client, scope);
    if (*ret != NULL) {
        return true;
    }
    if (env->log.sink == NULL) {
        (void)sync_fail(problem, CRMSYNC_USAGE, "usage",
                        "the administrator has to sign in, and nobody could read the code");
        sync_problem_fix(problem,
                         "Name an application in admin.clientId, or give the engine a log.");
        sync_problem_at(problem, "/admin/clientId");
        return false;
    }
    if (!begin(env, &arena, client, scope, &begun, problem)) {
        return false;
    }
    log_event(&env->log, "signin.device", "url=%s code=%s", begun.verification_uri,
              begun.user_code);
    if (!wait_for_person(env, &arena, client, &begun, &body, problem)) {
        return false;
    }
    *ret = sync_token_keep(tokens, env, client, scope, &body);
    mem_wipe((char *)(uintptr_t)body.access_token, strlen(body.access_token));
    return true;
}
