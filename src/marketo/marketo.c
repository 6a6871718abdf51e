#include "marketo/marketo.h"

#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/uri.h"
#include "marketo/quota.h"
#include "remote/signin.h"

/* Under this name the token is kept beside those of Microsoft's services. */
static const char scope[] = "marketo";

static void wipe_text(void *text)
{
    mem_wipe(text, strlen(text));
}

/* The host that the remote's address names. */
static const char *host_of(const struct sync_remote *remote)
{
    return remote->base + strlen("https://");
}

static bool read_token(struct arena *arena, const struct sync_reply *reply,
                       struct sync_token_body *ret, struct sync_problem *problem)
{
    static const struct json_field fields[] = {
        JSON_FIELD("access_token", struct sync_token_body, access_token, REQUIRED),
        JSON_FIELD("expires_in", struct sync_token_body, expires_in, REQUIRED),
    };
    cJSON *root;
    struct err err;

    if (!json_parse(arena, reply->body, reply->len, JSON_PLAIN, &root, &err) ||
        !json_read(root, "", fields, ARRAY_LEN(fields), ret, &err)) {
        (void)sync_fail_err(problem, &err);
        sync_problem_prefix(problem, "the answer of Marketo's identity service");
        sync_problem_from(problem, "marketo", reply->status);
        return false;
    }
    /* What is left of a shared token may be nothing: it is tried all the same, once. */
    ret->expires_in = ret->expires_in > 0 ? ret->expires_in : 1;
    return true;
}

/* marketo-identity: its refusals are the only ones that are HTTP errors. */
static bool fail_identity(const struct sync_reply *reply, const char *client_id,
                          struct sync_problem *problem)
{
    AUTO(arena) arena = {0};
    cJSON *root = NULL;
    struct err ignored;
    const char *text = json_parse(&arena, reply->body, reply->len, JSON_PLAIN, &root, &ignored)
                           ? json_get_text(root, "error_description")
                           : NULL;

    (void)sync_fail(problem, CRMSYNC_REFUSED, "bad_credentials",
                    "signing in API user %s at Marketo was refused: HTTP %d %.200s", client_id,
                    reply->status, text != NULL ? text : "no reason given");
    sync_problem_fix(problem, "Copy Client Id and Client Secret from Admin, LaunchPoint, View "
                              "Details of the service.");
    sync_problem_from(problem, "marketo", reply->status);
    return false;
}

/* The documented form is a query; the address with the secret is wiped and never logged. */
static bool ask_token(struct crmsync *engine, struct arena *arena, const struct sync_remote *remote,
                      const char *client_id, const char *secret, struct sync_token_body *ret,
                      struct sync_problem *problem)
{
    enum { MOST = 4096 };
    struct strbuf url = STRBUF(MOST);
    char blank[MOST - 1] = {0};
    struct sync_request request = {
        .service = "marketo", .what = "signing in at Marketo", .method = "GET", .repeatable = true};
    struct sync_reply reply;
    char *text;
    bool ok = false;

    strbuf_add_n(&url, blank, sizeof blank); /* taken at once: it never moves before it is wiped */
    strbuf_clear(&url);
    strbuf_form_param(&url, "grant_type", "client_credentials");
    strbuf_form_param(&url, "client_id", client_id);
    strbuf_form_param(&url, "client_secret", secret);
    text = arena_join(arena, remote->base, "/identity/oauth/token?", strbuf_text(&url), NULL);
    arena_defer(arena, wipe_text, text);
    mem_wipe(url.data, url.size);
    strbuf_finish(&url);
    request.url = text;
    for (int attempt = 0; !ok && attempt < 3; attempt++) {
        if (!sync_http_exchange(&engine->env, arena, &request, &reply, problem)) {
            return false;
        }
        if (reply.status != 200) {
            return fail_identity(&reply, client_id, problem);
        }
        ok = read_token(arena, &reply, ret, problem);
    }
    return ok;
}

static bool fail_config(struct sync_problem *problem, const char *pointer, const char *what,
                        const char *fix)
{
    (void)sync_fail(problem, CRMSYNC_USAGE, "usage", "configuration at %s: %s", pointer, what);
    sync_problem_fix(problem, "%s", fix);
    sync_problem_at(problem, pointer);
    return false;
}

static bool sign_in(struct crmsync *engine, const struct sync_remote *remote,
                    struct sync_request *request, struct sync_problem *problem)
{
    const struct sync_client client = {.tenant = host_of(remote),
                                       .client_id = engine->config.marketo.client_id};
    AUTO(arena) arena = {0};
    struct sync_token_body body;
    char *secret = NULL;
    bool ok;

    request->basic = NULL;
    request->bearer = sync_token_kept(&engine->tokens, &engine->env, &client, scope);
    if (request->bearer != NULL) {
        return true;
    }
    if (client.client_id == NULL) {
        return fail_config(problem, "/marketo/clientId", "Marketo's API user is not named",
                           "Set it to the Client Id of the LaunchPoint service.");
    }
    if (!sync_engine_secret(engine, SYNC_SECRET_MARKETO_CLIENT, &secret, problem)) {
        return false;
    }
    if (secret == NULL) {
        return fail_config(problem, "/secrets/marketo.clientSecret",
                           "there is no secret for marketo.clientId",
                           "Put it into the variable CRMSYNC_MARKETO_CLIENT_SECRET, or into a file "
                           "with mode 0600 that secrets[\"marketo.clientSecret\"].file names.");
    }
    ok = ask_token(engine, &arena, remote, client.client_id, secret, &body, problem);
    sync_secret_free(secret);
    if (ok) {
        request->bearer = sync_token_keep(&engine->tokens, &engine->env, &client, scope, &body);
        wipe_text((char *)(uintptr_t)body.access_token);
    }
    return ok;
}

/* marketo-errors: codes of the whole call. The others are refusals. */
static const struct {
    const char *code;
    enum sync_meaning meaning;
    int64_t wait_ms; /* of SYNC_MEANS_LATER; 0: a little longer each time */
} codes[] = {
    {"502", SYNC_MEANS_NOTHING, 0}, {"601", SYNC_MEANS_TOKEN, 0},     {"602", SYNC_MEANS_TOKEN, 0},
    {"604", SYNC_MEANS_NOTHING, 0}, {"606", SYNC_MEANS_LATER, 20000}, {"608", SYNC_MEANS_LATER, 0},
    {"611", SYNC_MEANS_LATER, 0},   {"614", SYNC_MEANS_LATER, 0},     {"615", SYNC_MEANS_LATER, 0},
    {"713", SYNC_MEANS_LATER, 0},
};

/* success and the first error's code and message; false when the body is no envelope. */
static bool read_envelope(const struct sync_reply *reply, bool *ret_success, const char **ret_code,
                          const char **ret_message)
{
    const cJSON *success = json_get(reply->json, "success");
    const cJSON *first = cJSON_GetArrayItem(json_get(reply->json, "errors"), 0);

    *ret_success = cJSON_IsTrue(success);
    *ret_code = json_get_text(first, "code");
    *ret_message = json_get_text(first, "message");
    return cJSON_IsBool(success) && (*ret_success || *ret_code != NULL);
}

static enum sync_meaning meaning(struct crmsync *engine, const struct sync_reply *reply,
                                 int64_t *ret_wait_ms)
{
    const char *code, *message;
    bool success;

    if (reply->date_ms != 0) {
        engine->marketo_ahead_ms = sync_env_now(&engine->env) - reply->date_ms;
    }
    if (reply->status != 200) {
        return reply->status >= 500 || reply->status == 408 ? SYNC_MEANS_NOTHING
                                                            : SYNC_MEANS_REFUSED;
    }
    if (!read_envelope(reply, &success, &code, &message)) {
        return SYNC_MEANS_NOTHING;
    }
    if (success) {
        return SYNC_MEANS_OK;
    }
    for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
        if (str_eq(codes[i].code, code)) {
            *ret_wait_ms = codes[i].wait_ms;
            return codes[i].meaning;
        }
    }
    return SYNC_MEANS_REFUSED;
}

/* What a person does about a code. */
static const struct {
    const char *code;
    enum crmsync_outcome outcome;
    const char *contract, *fix;
} rules[] = {
    {"601", CRMSYNC_REFUSED, "bad_credentials", "Check the API user of marketo.clientId."},
    {"602", CRMSYNC_REFUSED, "bad_credentials", "Check the API user of marketo.clientId."},
    {"603", CRMSYNC_REFUSED, "no_permission",
     "Give the API user's role the permissions of the group Access API."},
    {"606", CRMSYNC_FAILED, "waiting", "Run it again later; it goes on where it stopped."},
    {"607", CRMSYNC_FAILED, "quota",
     "The day's calls are used up until midnight US Central time; it goes on after that."},
    {"608", CRMSYNC_UNREACHABLE, "network", "Run it again later."},
    {"610", CRMSYNC_FAILED, "not_found", ""},
    {"611", CRMSYNC_UNREACHABLE, "network", "Run it again later."},
    {"614", CRMSYNC_UNREACHABLE, "network", "Run it again later."},
    {"615", CRMSYNC_FAILED, "waiting", "Run it again later; it goes on where it stopped."},
    {"713", CRMSYNC_UNREACHABLE, "network", "Run it again later."},
    {"1018", CRMSYNC_REFUSED, "not_connector",
     "Name the API user that is the CRM connector, or a subscription without the native one."},
};

static bool fail(const struct sync_remote *remote, const struct sync_reply *reply, const char *what,
                 struct sync_problem *problem)
{
    const char *code = NULL, *message = NULL;
    bool success = false;

    (void)remote;
    if (!read_envelope(reply, &success, &code, &message)) {
        (void)sync_fail(problem, reply->status >= 500 ? CRMSYNC_UNREACHABLE : CRMSYNC_FAILED,
                        reply->status >= 500 ? "network" : "protocol",
                        "%s: the answer (HTTP %d) is not in Marketo's form", what, reply->status);
        sync_problem_from(problem, "marketo", reply->status);
        return false;
    }
    (void)sync_fail(problem, CRMSYNC_FAILED, "rejected", "%s: Marketo says %s: %.300s", what,
                    code != NULL ? code : "no", message != NULL ? message : "no reason given");
    for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
        if (str_eq(rules[i].code, code)) {
            problem->outcome = rules[i].outcome;
            snprintf(problem->error.code, sizeof problem->error.code, "%s", rules[i].contract);
            sync_problem_fix(problem, "%s", rules[i].fix);
        }
    }
    snprintf(problem->remote_code, sizeof problem->remote_code, "%s", code != NULL ? code : "");
    sync_problem_from(problem, "marketo", reply->status);
    return false;
}

bool sync_marketo_open(struct crmsync *engine, struct arena *arena, struct sync_remote *ret,
                       struct sync_problem *problem)
{
    const char *munchkin = engine->config.marketo.munchkin;

    if (munchkin == NULL) {
        return fail_config(problem, "/marketo/munchkin", "the subscription is not named",
                           "Set it to the Munchkin Account ID, such as 123-ABC-456.");
    }
    *ret = (struct sync_remote){.service = "marketo",
                                .base = arena_printf(arena, "https://%s.mktorest.com", munchkin),
                                .arena = arena,
                                .in_body = true,
                                .sign_in = sign_in,
                                .meaning = meaning,
                                .fail = fail};
    return true;
}

/* When the day's calls are used up, it is known when there are new ones. */
static void note_quota(struct crmsync *engine, struct sync_problem *problem)
{
    if (str_eq(problem->remote_code, "607")) {
        problem->resume_ms = sync_marketo_day_end(sync_env_now(&engine->env));
    }
}

static bool read_answer(struct arena *arena, const struct sync_remote *remote, const char *what,
                        const struct sync_reply *reply, struct sync_marketo_answer *ret,
                        struct sync_problem *problem)
{
    const cJSON *root;

    if (!sync_remote_parse(arena, remote, what, reply, &root, problem)) {
        return false;
    }
    *ret = (struct sync_marketo_answer){.root = root,
                                        .result = json_get(root, "result"),
                                        .next = json_get_text(root, "nextPageToken"),
                                        .more = json_get_bool(root, "moreResult", false)};
    if (ret->result != NULL && !cJSON_IsArray(ret->result)) {
        (void)sync_fail(problem, CRMSYNC_FAILED, "protocol",
                        "%s: the result should be an array, it is %s", what,
                        json_kind(ret->result));
        sync_problem_from(problem, remote->service, reply->status);
        return false;
    }
    return true;
}

bool sync_marketo_get(struct crmsync *engine, struct arena *arena, const struct sync_remote *remote,
                      const char *what, const char *path, const char *form,
                      struct sync_marketo_answer *ret, struct sync_problem *problem)
{
    struct sync_request request = {.what = what,
                                   .method = form != NULL ? "POST" : "GET",
                                   .url = arena_join(arena, remote->base, path, NULL),
                                   .content_type = "application/x-www-form-urlencoded",
                                   .body = form,
                                   .body_len = form != NULL ? strlen(form) : 0,
                                   .repeatable = true};
    enum sync_meaning means;
    struct sync_reply reply;

    if (!sync_remote_send(engine, arena, remote, &request, &reply, &means, problem)) {
        return false;
    }
    if (means != SYNC_MEANS_OK) {
        (void)remote->fail(remote, &reply, what, problem);
        note_quota(engine, problem);
        return false;
    }
    return read_answer(arena, remote, what, &reply, ret, problem);
}

enum sync_changed sync_marketo_send(struct crmsync *engine, struct arena *arena,
                                    const struct sync_remote *remote, const char *what,
                                    const char *path, const char *body,
                                    struct sync_marketo_answer *ret, struct sync_problem *problem)
{
    struct sync_request request = {.what = what,
                                   .method = "POST",
                                   .url = arena_join(arena, remote->base, path, NULL),
                                   .content_type = "application/json",
                                   .body = body,
                                   .body_len = strlen(body),
                                   .committed = true};
    enum sync_meaning means;
    struct sync_reply reply;

    if (!sync_remote_send(engine, arena, remote, &request, &reply, &means, problem)) {
        bool silent =
            reply.status == 0 ? !reply.never_connected : reply.status >= 500 || reply.status == 408;

        return silent && !engine->env.died ? SYNC_UNKNOWN : SYNC_NOT_CHANGED;
    }
    if (means != SYNC_MEANS_OK) {
        (void)remote->fail(remote, &reply, what, problem);
        note_quota(engine, problem);
        return means == SYNC_MEANS_NOTHING ? SYNC_UNKNOWN : SYNC_NOT_CHANGED;
    }
    return read_answer(arena, remote, what, &reply, ret, problem) ? SYNC_CHANGED : SYNC_UNKNOWN;
}
