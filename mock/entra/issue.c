/*
 * The tokens and the answer that carries them. All that they say is fixed while the world stands
 * still; signing comes afterwards. Sources: entra-access-token, entra-id-token, entra-token.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "base/crypto.h"
#include "base/json_writer.h"
#include "entra/grant.h"
#include "entra/signing.h"
#include "server/world.h"
#include "store/directory.h"
#include "store/store.h"

enum {
    SKEW_S = 300, /* tokens are valid from so long before they are made */
    APP_LIFE_S = 3600,
    USER_LEAST_S = 3600, /* a delegated token lives 60 to 90 minutes */
    USER_SPREAD_S = 1800,
    ID_LIFE_S = 3600,
};

/* The answer, its tokens still to be signed. */
struct answer {
    const char *access_claims, *id_claims; /* NULL: no such token */
    const struct entra_key *key;           /* that signs */
    bool access_v2, id_unsigned;
    bool v1;
    int64_t now_s, life_s;
    const char *resource, *scope, *refresh, *client_info;
};

/* `bytes` of chance as base64url. */
static const char *opaque(struct mock_call *call, size_t bytes)
{
    AUTO(strbuf) text = STRBUF(0);
    uint8_t chance[64];

    random_bytes(&call->world->random, chance, bytes);
    strbuf_base64url(&text, chance, bytes);
    return arena_dup(call->arena, strbuf_text(&text), text.len);
}

/* The id of a user for one client or resource only. */
static const char *pairwise(struct mock_call *call, const char *user, const char *other)
{
    AUTO(strbuf) text = STRBUF(0);
    const char *both = arena_printf(call->arena, "%s/%s", user, other);
    uint8_t hash[SHA256_LEN];

    crypto_sha256(both, strlen(both), hash);
    strbuf_base64url(&text, hash, sizeof hash);
    return arena_dup(call->arena, strbuf_text(&text), text.len);
}

static const char *puid(struct mock_call *call, const char *user)
{
    uint8_t hash[SHA256_LEN];

    crypto_sha256(user, strlen(user), hash);
    return arena_printf(call->arena, "10032000%02X%02X%02X%02X", (unsigned)hash[0],
                        (unsigned)hash[1], (unsigned)hash[2], (unsigned)hash[3]);
}

static void write_times(struct json_writer *writer, int64_t now_s, int64_t life_s)
{
    jw_member_int(writer, "iat", now_s - SKEW_S);
    jw_member_int(writer, "nbf", now_s - SKEW_S);
    jw_member_int(writer, "exp", now_s + life_s);
}

/* How the user proved himself. */
static void write_amr(struct json_writer *writer, const struct entra_grant *grant)
{
    jw_key(writer, "amr");
    jw_array(writer);
    jw_text(writer, "pwd");
    if (grant->mfa) {
        jw_text(writer, "mfa");
    }
    jw_array_end(writer);
}

/* The values of the application permissions that the client holds on the resource. */
static void write_roles(struct json_writer *writer, struct entra_grant *grant)
{
    static const char sql[] =
        "SELECT r.value FROM app_role_assignments a JOIN app_roles r"
        " ON r.service_principal = a.resource_id AND r.id = a.app_role_id"
        " WHERE a.principal_id = ? AND a.resource_id = ? AND a.visible_ms <= ? ORDER BY 1";
    AUTO(db_rows) rows = {0};
    bool any = false;

    store_query(&rows, grant->call->db, sql,
                DB_ARGS(db_text(grant->client.principal_id), db_text(grant->resource.principal_id),
                        db_int(grant->call->now_ms)));
    while (store_next(&rows)) {
        if (!any) {
            jw_key(writer, "roles");
            jw_array(writer);
        }
        any = true;
        jw_text(writer, db_column_text(&rows, 0));
    }
    if (any) {
        jw_array_end(writer);
    }
}

/* The scopes of the token: for Graph also openid and its like. */
static const char *token_scopes(struct entra_grant *grant)
{
    struct arena *arena = grant->call->arena;
    const struct {
        const char *name;
        bool asked;
    } words[] = {{"email", grant->email}, {"openid", grant->openid}, {"profile", grant->profile}};
    const char *scopes = grant->granted;

    if (!str_eq(grant->resource.app_id, DIRECTORY_GRAPH_APP_ID)) {
        return scopes;
    }
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (words[i].asked && !directory_words_have(scopes, words[i].name)) {
            scopes =
                arena_printf(arena, "%s%s%s", scopes, *scopes != '\0' ? " " : "", words[i].name);
        }
    }
    return scopes;
}

/* How the client proved itself: "0" not at all, "1" by a secret, "2" by a certificate. */
static const char *client_proof(const struct entra_grant *grant)
{
    return grant->assertion_sent ? "2" : grant->secret_sent ? "1" : "0";
}

static void write_app_v1(struct json_writer *writer, struct entra_grant *grant)
{
    struct mock_call *call = grant->call;

    jw_member_text(writer, "aio", opaque(call, 27));
    jw_member_text(writer, "appid", grant->client.app_id);
    jw_member_text(writer, "appidacr", client_proof(grant));
    jw_member_text(writer, "idp", entra_issuer_v1(call, grant->tid));
    jw_member_text(writer, "oid", grant->client.principal_id);
    jw_member_text(writer, "rh", arena_printf(call->arena, "1.A%s.", opaque(call, 48)));
    write_roles(writer, grant);
    jw_member_text(writer, "sub", grant->client.principal_id);
}

static void write_user_v1(struct json_writer *writer, struct entra_grant *grant)
{
    struct mock_call *call = grant->call;
    const struct entra_user *user = &grant->user;

    jw_member_text(writer, "acr", "1");
    jw_member_text(writer, "aio", opaque(call, 27));
    write_amr(writer, grant);
    jw_member_text(writer, "appid", grant->client.app_id);
    jw_member_text(writer, "appidacr", client_proof(grant));
    if (user->surname != NULL) {
        jw_member_text(writer, "family_name", user->surname);
    }
    if (user->given_name != NULL) {
        jw_member_text(writer, "given_name", user->given_name);
    }
    jw_member_text(writer, "ipaddr", "127.0.0.1");
    jw_member_text(writer, "name", user->name);
    jw_member_text(writer, "oid", user->id);
    jw_member_text(writer, "puid", puid(call, user->id));
    jw_member_text(writer, "rh", arena_printf(call->arena, "1.A%s.", opaque(call, 48)));
    jw_member_text(writer, "scp", token_scopes(grant));
    jw_member_text(writer, "sub", pairwise(call, user->id, grant->resource.app_id));
}

static const char *access_claims_v1(struct entra_grant *grant, int64_t now_s, int64_t life_s)
{
    struct mock_call *call = grant->call;
    AUTO(strbuf) text = STRBUF(0);
    struct json_writer writer = JSON_WRITER(&text);

    jw_object(&writer);
    jw_member_text(&writer, "aud", grant->resource.asked);
    jw_member_text(&writer, "iss", entra_issuer_v1(call, grant->tid));
    write_times(&writer, now_s, life_s);
    if (grant->type == ENTRA_GRANT_APP) {
        write_app_v1(&writer, grant);
    } else {
        write_user_v1(&writer, grant);
    }
    jw_member_text(&writer, "tid", grant->tid);
    if (grant->type != ENTRA_GRANT_APP) {
        jw_member_text(&writer, "unique_name", grant->user.upn);
        jw_member_text(&writer, "upn", grant->user.upn);
    }
    jw_member_text(&writer, "uti", opaque(call, 16));
    jw_member_text(&writer, "ver", "1.0");
    jw_object_end(&writer);
    return arena_dup(call->arena, strbuf_text(&text), text.len);
}

static const char *access_claims_v2(struct entra_grant *grant, int64_t now_s, int64_t life_s)
{
    struct mock_call *call = grant->call;
    bool app = grant->type == ENTRA_GRANT_APP;
    AUTO(strbuf) text = STRBUF(0);
    struct json_writer writer = JSON_WRITER(&text);

    jw_object(&writer);
    jw_member_text(&writer, "aud", grant->resource.app_id);
    jw_member_text(&writer, "iss", entra_issuer_v2(call, grant->tid));
    write_times(&writer, now_s, life_s);
    jw_member_text(&writer, "aio", opaque(call, 27));
    jw_member_text(&writer, "azp", grant->client.app_id);
    jw_member_text(&writer, "azpacr", client_proof(grant));
    if (!app) {
        jw_member_text(&writer, "name", grant->user.name);
    }
    jw_member_text(&writer, "oid", app ? grant->client.principal_id : grant->user.id);
    if (!app) {
        jw_member_text(&writer, "preferred_username", grant->user.upn);
    }
    jw_member_text(&writer, "rh", arena_printf(call->arena, "1.A%s.", opaque(call, 48)));
    if (app) {
        write_roles(&writer, grant);
    } else {
        jw_member_text(&writer, "scp", token_scopes(grant));
    }
    jw_member_text(&writer, "sub",
                   app ? grant->client.principal_id
                       : pairwise(call, grant->user.id, grant->resource.app_id));
    jw_member_text(&writer, "tid", grant->tid);
    jw_member_text(&writer, "uti", opaque(call, 16));
    jw_member_text(&writer, "ver", "2.0");
    jw_object_end(&writer);
    return arena_dup(call->arena, strbuf_text(&text), text.len);
}

/* The left half of a hash: OpenID Connect Core, section 3.3.2.11. */
static const char *half_hash(struct mock_call *call, const char *token)
{
    AUTO(strbuf) text = STRBUF(0);
    uint8_t hash[SHA256_LEN];

    crypto_sha256(token, strlen(token), hash);
    strbuf_base64url(&text, hash, sizeof hash / 2);
    return arena_dup(call->arena, strbuf_text(&text), text.len);
}

static const char *id_claims(struct entra_grant *grant, int64_t now_s, const char *code,
                             const char *access)
{
    struct mock_call *call = grant->call;
    const struct entra_user *user = &grant->user;
    AUTO(strbuf) text = STRBUF(0);
    struct json_writer writer = JSON_WRITER(&text);

    jw_object(&writer);
    jw_member_text(&writer, "aud", grant->client.app_id);
    jw_member_text(&writer, "iss",
                   grant->v1 ? entra_issuer_v1(call, grant->tid)
                             : entra_issuer_v2(call, grant->tid));
    write_times(&writer, now_s, ID_LIFE_S);
    jw_member_text(&writer, "aio", opaque(call, 27));
    if (access != NULL) {
        jw_member_text(&writer, "at_hash", half_hash(call, access));
    }
    if (code != NULL) {
        jw_member_text(&writer, "c_hash", half_hash(call, code));
    }
    if (grant->email && user->mail != NULL) {
        jw_member_text(&writer, "email", user->mail);
    }
    jw_member_text(&writer, "name", user->name);
    if (grant->nonce != NULL) {
        jw_member_text(&writer, "nonce", grant->nonce);
    }
    jw_member_text(&writer, "oid", user->id);
    jw_member_text(&writer, grant->v1 ? "upn" : "preferred_username", user->upn);
    jw_member_text(&writer, "rh", arena_printf(call->arena, "1.A%s.", opaque(call, 48)));
    jw_member_text(&writer, "sub", pairwise(call, user->id, grant->client.app_id));
    jw_member_text(&writer, "tid", grant->tid);
    jw_member_text(&writer, "uti", opaque(call, 16));
    jw_member_text(&writer, "ver", grant->v1 ? "1.0" : "2.0");
    jw_object_end(&writer);
    return arena_dup(call->arena, strbuf_text(&text), text.len);
}

static void make_token(struct strbuf *token, const struct entra_key *key, const char *claims,
                       bool with_x5t, bool is_unsigned)
{
    AUTO(strbuf) header = STRBUF(0);

    if (is_unsigned) {
        strbuf_add(&header, "{\"typ\":\"JWT\",\"alg\":\"none\"}");
    } else if (with_x5t) {
        strbuf_addf(&header, "{\"typ\":\"JWT\",\"alg\":\"RS256\",\"x5t\":\"%s\",\"kid\":\"%s\"}",
                    key->kid, key->kid);
    } else {
        strbuf_addf(&header, "{\"typ\":\"JWT\",\"alg\":\"RS256\",\"kid\":\"%s\"}", key->kid);
    }
    strbuf_base64url(token, strbuf_text(&header), header.len);
    strbuf_add_char(token, '.');
    strbuf_base64url(token, claims, strlen(claims));
    if (is_unsigned) {
        strbuf_add_char(token, '.');
    } else {
        AUTO(strbuf) signature = STRBUF(0);

        crypto_sign_rs256(key->key, strbuf_text(token), token->len, &signature);
        strbuf_add_char(token, '.');
        strbuf_add_n(token, strbuf_text(&signature), signature.len);
    }
}

static void add_token(struct json_writer *writer, const struct entra_key *key, const char *name,
                      const char *claims, bool with_x5t, bool is_unsigned)
{
    AUTO(strbuf) token = STRBUF(0);

    make_token(&token, key, claims, with_x5t, is_unsigned);
    jw_member_text(writer, name, strbuf_text(&token));
}

/* The v1 endpoint writes all numbers as strings. */
static void write_lives(struct json_writer *writer, const struct answer *answer)
{
    char number[24];

    if (!answer->v1) {
        jw_member_int(writer, "expires_in", answer->life_s - 1);
        jw_member_int(writer, "ext_expires_in", answer->life_s - 1);
        return;
    }
    snprintf(number, sizeof number, "%" PRId64, answer->life_s - 1);
    jw_member_text(writer, "expires_in", number);
    jw_member_text(writer, "ext_expires_in", number);
    snprintf(number, sizeof number, "%" PRId64, answer->now_s + answer->life_s);
    jw_member_text(writer, "expires_on", number);
    snprintf(number, sizeof number, "%" PRId64, answer->now_s - SKEW_S);
    jw_member_text(writer, "not_before", number);
    jw_member_text(writer, "resource", answer->resource);
}

/* Runs without the world's lock. */
static void sign_answer(struct mock_reply *reply, void *arg)
{
    const struct answer *answer = arg;
    struct json_writer writer = JSON_WRITER(&reply->body);

    strbuf_clear(&reply->body);
    jw_object(&writer);
    jw_member_text(&writer, "token_type", "Bearer");
    if (answer->scope != NULL) {
        jw_member_text(&writer, "scope", answer->scope);
    }
    write_lives(&writer, answer);
    add_token(&writer, answer->key, "access_token", answer->access_claims, !answer->access_v2,
              false);
    if (answer->refresh != NULL) {
        jw_member_text(&writer, "refresh_token", answer->refresh);
    }
    if (answer->id_claims != NULL) {
        add_token(&writer, answer->key, "id_token", answer->id_claims, false, answer->id_unsigned);
    }
    if (answer->client_info != NULL) {
        jw_member_text(&writer, "client_info", answer->client_info);
    }
    jw_object_end(&writer);
}

const char *entra_client_info(struct entra_grant *grant)
{
    AUTO(strbuf) text = STRBUF(0);
    const char *json = arena_printf(grant->call->arena, "{\"uid\":\"%s\",\"utid\":\"%s\"}",
                                    grant->user.id, grant->tid);

    strbuf_base64url(&text, json, strlen(json));
    return arena_dup(grant->call->arena, strbuf_text(&text), text.len);
}

/*
 * The granted scopes as the answer shows them: with the resource before each, and `.default` as it
 * was asked for; those of Graph bare; v1 bare.
 */
static const char *answer_scope(struct entra_grant *grant)
{
    struct arena *arena = grant->call->arena;
    bool bare = grant->v1 || str_eq(grant->resource.app_id, DIRECTORY_GRAPH_APP_ID);
    const char *asked = grant->resource.asked, *at = token_scopes(grant);
    AUTO(strbuf) text = STRBUF(0);

    if (bare) {
        strbuf_add(&text, at);
    }
    while (!bare && *at != '\0') {
        size_t len = strcspn(at, " ");

        strbuf_addf(&text, "%s%s/%.*s", text.len > 0 ? " " : "", asked, (int)len, at);
        at += len + (at[len] == ' ');
    }
    if (!grant->v1 && grant->wants_default && strstr(grant->scope_text, "/.default") != NULL) {
        strbuf_addf(&text, " %s/.default", asked);
    }
    return arena_dup(arena, strbuf_text(&text), text.len);
}

static void add_user_parts(struct entra_grant *grant, struct answer *answer)
{
    struct mock_call *call = grant->call;

    answer->scope = answer_scope(grant);
    if (grant->offline || grant->type == ENTRA_GRANT_REFRESH) {
        int64_t signed_in_ms = grant->refresh.signed_in_ms;
        const struct entra_refresh refresh = {
            .app_id = grant->client.app_id,
            .user_id = grant->user.id,
            .scope = grant->scope_text,
            .resource = grant->resource.asked,
            .issued_ms = grant->platform == ENTRA_PLATFORM_SPA && grant->refresh_known
                             ? grant->refresh.issued_ms /* a day, and not a day again */
                             : call->now_ms,
            .signed_in_ms = signed_in_ms != 0      ? signed_in_ms
                            : grant->refresh_known ? grant->refresh.issued_ms
                                                   : call->now_ms,
            .platform = grant->platform,
            .mfa = grant->mfa,
        };

        answer->refresh = entra_refresh_make(call, &refresh);
    }
    if (grant->openid) {
        answer->id_claims = id_claims(grant, answer->now_s, NULL, NULL);
        answer->id_unsigned = grant->v1;
    }
    if (str_eq(entra_param(grant, "client_info"), "1")) {
        answer->client_info = entra_client_info(grant);
    }
}

static int64_t user_life_s(struct mock_call *call)
{
    return USER_LEAST_S + (int64_t)random_below(&call->world->random, USER_SPREAD_S + 1);
}

const char *entra_issue_id(struct entra_grant *grant, const char *code, const char *access)
{
    struct mock_call *call = grant->call;
    AUTO(strbuf) token = STRBUF(0);

    make_token(&token, entra_signing_key(call), id_claims(grant, call->now_ms / 1000, code, access),
               false, grant->v1);
    return arena_dup(call->arena, strbuf_text(&token), token.len);
}

const char *entra_issue_access(struct entra_grant *grant, int64_t *ret_expires_s,
                               const char **ret_scope)
{
    struct mock_call *call = grant->call;
    int64_t now_s = call->now_ms / 1000, life_s = user_life_s(call);
    bool v2 = grant->resource.version2;
    AUTO(strbuf) token = STRBUF(0);

    make_token(&token, entra_signing_key(call),
               v2 ? access_claims_v2(grant, now_s, life_s) : access_claims_v1(grant, now_s, life_s),
               !v2, false);
    *ret_expires_s = life_s - 1;
    *ret_scope = answer_scope(grant);
    return arena_dup(call->arena, strbuf_text(&token), token.len);
}

/* What can be used once is spent with the answer, not with an attempt. */
static void spend(struct entra_grant *grant)
{
    if (grant->type == ENTRA_GRANT_CODE) {
        entra_code_redeem(grant);
    } else if (grant->type == ENTRA_GRANT_DEVICE) {
        entra_device_redeem(grant);
    }
}

void entra_issue(struct entra_grant *grant)
{
    struct mock_call *call = grant->call;
    struct answer *answer = arena_alloc(call->arena, sizeof *answer);

    answer->key = entra_signing_key(call);
    answer->v1 = grant->v1;
    answer->now_s = call->now_ms / 1000;
    answer->life_s = grant->type == ENTRA_GRANT_APP ? APP_LIFE_S : user_life_s(call);
    answer->resource = grant->resource.asked;
    answer->access_v2 = grant->resource.version2;
    answer->access_claims = answer->access_v2
                                ? access_claims_v2(grant, answer->now_s, answer->life_s)
                                : access_claims_v1(grant, answer->now_s, answer->life_s);
    if (grant->type != ENTRA_GRANT_APP) {
        add_user_parts(grant, answer);
        spend(grant);
    }
    grant->reply->status = 200;
    mock_reply_header(grant->reply, "Content-Type", "application/json; charset=utf-8");
    grant->reply->finish = sign_answer;
    grant->reply->finish_arg = answer;
    log_event(&call->world->log, "token.issued", "app=%s resource=%s s=%lld", grant->client.app_id,
              grant->resource.asked, (long long)answer->life_s);
}
