#include "entra/token.h"

#include <string.h>

#include "base/auto.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/uri.h"
#include "entra/error.h"
#include "http/http.h"

/* A token is given up so long before its end, so that no request carries a dead one. */
enum { MARGIN_MS = 5 * 60 * 1000, FORM_MAX = 16384, FRESH_WAIT_MS = 2000 };

static const struct json_field fields[] = {
    JSON_FIELD("token_type", struct sync_token_body, token_type, REQUIRED),
    JSON_FIELD("access_token", struct sync_token_body, access_token, REQUIRED),
    JSON_FIELD("expires_in", struct sync_token_body, expires_in, REQUIRED),
};

bool sync_token_parse(struct arena *arena, const char *body, size_t len,
                      struct sync_token_body *ret, struct sync_problem *problem)
{
    cJSON *root;
    struct err err;

    *ret = (struct sync_token_body){0};
    if (!json_parse(arena, body, len, JSON_PLAIN, &root, &err) ||
        !json_read(root, "", fields, ARRAY_LEN(fields), ret, &err)) {
        (void)sync_fail_err(problem, &err);
        sync_problem_prefix(problem, "the answer of the token endpoint");
    } else if (!str_ieq(ret->token_type, "Bearer") || *ret->access_token == '\0' ||
               ret->expires_in <= 0) {
        (void)sync_fail(problem, CRMSYNC_FAILED, "protocol",
                        "the answer of the token endpoint holds no bearer token with a lifetime");
    } else {
        return true;
    }
    sync_problem_from(problem, "entra", 200);
    return false;
}

static void wipe(char *text)
{
    if (text != NULL) {
        mem_wipe(text, strlen(text));
    }
}

static void wipe_and_free(char *text)
{
    wipe(text);
    mem_free(text);
}

static void free_token(struct sync_token *token)
{
    wipe_and_free(token->text);
    mem_free(token->tenant);
    mem_free(token->client_id);
    mem_free(token->username);
    mem_free(token->scope);
    mem_free(token);
}

void sync_tokens_finish(struct sync_tokens *tokens)
{
    while (tokens->first != NULL) {
        struct sync_token *token = tokens->first;

        tokens->first = token->next;
        free_token(token);
    }
}

void sync_token_drop(struct sync_tokens *tokens, const char *text)
{
    for (struct sync_token **link = &tokens->first; *link != NULL; link = &(*link)->next) {
        struct sync_token *token = *link;

        if (str_eq(token->text, text)) {
            *link = token->next;
            free_token(token);
            return;
        }
    }
}

static bool is_for(const struct sync_token *token, const struct sync_client *client,
                   const char *scope)
{
    return str_ieq(token->tenant, client->tenant) && str_ieq(token->client_id, client->client_id) &&
           str_ieq(token->username, client->username != NULL ? client->username : "") &&
           str_eq(token->scope, scope);
}

const char *sync_token_kept(const struct sync_tokens *tokens, const struct sync_env *env,
                            const struct sync_client *client, const char *scope)
{
    for (const struct sync_token *token = tokens->first; token != NULL; token = token->next) {
        if (is_for(token, client, scope) && sync_env_now(env) < token->good_until_ms) {
            return token->text;
        }
    }
    return NULL;
}

/* Drops the token that a new one replaces. */
static void forget(struct sync_tokens *tokens, const struct sync_client *client, const char *scope)
{
    struct sync_token **link = &tokens->first;

    while (*link != NULL) {
        struct sync_token *token = *link;

        if (is_for(token, client, scope)) {
            *link = token->next;
            free_token(token);
        } else {
            link = &token->next;
        }
    }
}

const char *sync_token_keep(struct sync_tokens *tokens, const struct sync_env *env,
                            const struct sync_client *client, const char *scope,
                            const struct sync_token_body *body)
{
    int64_t life_ms = body->expires_in * 1000;
    int64_t margin_ms = life_ms / 2 < MARGIN_MS ? life_ms / 2 : MARGIN_MS;
    struct sync_token *token = mem_alloc(sizeof *token);

    forget(tokens, client, scope);
    *token = (struct sync_token){.next = tokens->first,
                                 .tenant = mem_strdup(client->tenant),
                                 .client_id = mem_strdup(client->client_id),
                                 .username =
                                     mem_strdup(client->username != NULL ? client->username : ""),
                                 .scope = mem_strdup(scope),
                                 .text = mem_strdup(body->access_token),
                                 .good_until_ms = sync_env_now(env) + life_ms - margin_ms};
    tokens->first = token;
    return token->text;
}

/* The form holds the secret, so its memory is taken at once and never moves before it is wiped. */
static void fill_form(struct strbuf *form, const struct sync_client *client, const char *scope)
{
    char blank[FORM_MAX] = {0};

    strbuf_add_n(form, blank, sizeof blank);
    strbuf_clear(form);
    strbuf_form_param(form, "client_id", client->client_id);
    strbuf_form_param(form, "scope", scope);
    strbuf_form_param(form, "grant_type",
                      client->username != NULL ? "password" : "client_credentials");
    if (client->username != NULL) {
        strbuf_form_param(form, "username", client->username);
        strbuf_form_param(form, "password", client->password);
    }
    if (client->secret != NULL) {
        strbuf_form_param(form, "client_secret", client->secret);
    }
}

/* Sends the request once (with the repetitions of the policy) and reads what came. */
static bool ask(struct sync_env *env, struct arena *arena, const struct sync_client *client,
                const char *scope, struct sync_token_body *ret, int64_t *ret_code,
                struct sync_problem *problem)
{
    AUTO(strbuf) form = STRBUF(FORM_MAX), url = STRBUF(0);
    struct sync_request request = {.service = "entra",
                                   .what = "signing in",
                                   .method = "POST",
                                   .content_type = "application/x-www-form-urlencoded",
                                   .repeatable = true};
    struct sync_reply reply;
    bool ok;

    strbuf_add(&url, "https://login.microsoftonline.com/");
    strbuf_uri(&url, client->tenant);
    strbuf_add(&url, "/oauth2/v2.0/token");
    fill_form(&form, client, scope);
    if (form.overflow) {
        mem_wipe(form.data, form.size);
        return sync_fail(problem, CRMSYNC_USAGE, "usage",
                         "the client secret or the password is too long");
    }
    request.url = strbuf_text(&url);
    request.body = strbuf_text(&form);
    request.body_len = form.len;
    ok = sync_http_exchange(env, arena, &request, &reply, problem);
    mem_wipe(form.data, form.size);
    *ret_code = 0;
    if (!ok) {
        return false;
    }
    if (reply.status != 200) {
        *ret_code = sync_entra_code(reply.body, reply.len);
        return sync_entra_fail(reply.status, reply.body, reply.len, client->client_id,
                               client->tenant, problem);
    }
    return sync_token_parse(arena, reply.body, reply.len, ret, problem);
}

bool sync_token_get(struct sync_tokens *tokens, struct sync_env *env,
                    const struct sync_client *client, const char *scope, const char **ret,
                    struct sync_problem *problem)
{
    AUTO(arena) arena = {0};
    struct sync_token_body body = {.access_token = ""};
    int64_t code = 0;
    unsigned unreadable = 0;

    *ret = sync_token_kept(tokens, env, client, scope);
    while (*ret == NULL) {
        if (ask(env, &arena, client, scope, &body, &code, problem)) {
            *ret = sync_token_keep(tokens, env, client, scope, &body);
            wipe((char *)(uintptr_t)body.access_token);
        } else if (sync_entra_may_be_new(code) &&
                   sync_env_now(env) + FRESH_WAIT_MS < client->fresh_until_ms) {
            if (!sync_env_wait_until(env, sync_env_now(env) + FRESH_WAIT_MS, problem)) {
                return false;
            }
        } else if ((!str_eq(problem->error.code, "protocol") && code != SYNC_ENTRA_UNREADABLE) ||
                   ++unreadable >= 3) {
            /* An answer that was cut or garbled is asked for again; it costs the remote nothing. */
            return false;
        }
    }
    return true;
}
