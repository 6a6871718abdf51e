/* Authorization codes: once, for one client, with its proof. Sources: entra-authorize, RFC 7636. */
#include <string.h>

#include "base/auto.h"
#include "base/crypto.h"
#include "entra/grant.h"
#include "server/world.h"
#include "store/store.h"

static const int64_t life_ms = (int64_t)10 * 60 * 1000;

const char *entra_code_make(struct mock_call *call, const struct entra_allowed *allowed)
{
    static const char sql[] =
        "INSERT INTO authorization_codes (hash, app_id, user_id, scope, resource, redirect_uri,"
        " platform, challenge, method, nonce, mfa, issued_ms, redeemed)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)";
    AUTO(strbuf) code = STRBUF(0);
    uint8_t chance[96], hash[SHA256_LEN];

    random_bytes(&call->world->random, chance, sizeof chance);
    strbuf_add(&code, "1.A");
    strbuf_base64url(&code, chance, sizeof chance);
    crypto_sha256(strbuf_text(&code), code.len, hash);
    store_run(call->db, sql,
              DB_ARGS(db_blob(hash, sizeof hash), db_text(allowed->app_id),
                      db_text(allowed->user_id), db_text(allowed->scope),
                      db_text(allowed->resource), db_text(allowed->redirect_uri),
                      db_int((int64_t)allowed->platform), db_text(allowed->challenge),
                      db_text(allowed->method), db_text(allowed->nonce), db_int(allowed->mfa),
                      db_int(call->now_ms)));
    return arena_dup(call->arena, strbuf_text(&code), code.len);
}

static void hash_code(struct entra_grant *grant, uint8_t ret[SHA256_LEN])
{
    const char *code = entra_param(grant, "code");

    crypto_sha256(code, strlen(code), ret);
}

void entra_code_look(struct entra_grant *grant)
{
    static const char sql[] =
        "SELECT app_id, user_id, scope, resource, redirect_uri, platform, challenge, method, nonce,"
        " mfa, issued_ms, redeemed FROM authorization_codes WHERE hash = ?";
    struct arena *arena = grant->call->arena;
    uint8_t hash[SHA256_LEN];
    AUTO(db_rows) rows = {0};

    hash_code(grant, hash);
    store_query(&rows, grant->call->db, sql, DB_ARGS(db_blob(hash, sizeof hash)));
    if (!store_next(&rows)) {
        return;
    }
    grant->allowed = (struct entra_allowed){
        .found = true,
        .app_id = arena_strdup(arena, db_column_text(&rows, 0)),
        .user_id = arena_strdup(arena, db_column_text(&rows, 1)),
        .scope = arena_strdup(arena, db_column_text(&rows, 2)),
        .resource = arena_strdup(arena, db_column_text(&rows, 3)),
        .redirect_uri = arena_strdup(arena, db_column_text(&rows, 4)),
        .platform = (enum entra_platform)db_column_int(&rows, 5),
        .challenge = arena_strdup(arena, db_column_text(&rows, 6)),
        .method = arena_strdup(arena, db_column_text(&rows, 7)),
        .nonce = arena_strdup(arena, db_column_text(&rows, 8)),
        .mfa = db_column_int(&rows, 9) != 0,
        .issued_ms = db_column_int(&rows, 10),
        .redeemed = db_column_int(&rows, 11) != 0,
    };
    grant->platform = grant->allowed.platform;
}

/* RFC 7636, section 4.6. */
static bool verifier_fits(struct entra_grant *grant)
{
    const struct entra_allowed *allowed = &grant->allowed;
    const char *verifier = entra_param(grant, "code_verifier");
    AUTO(strbuf) text = STRBUF(0);
    uint8_t hash[SHA256_LEN];

    if (allowed->challenge == NULL || verifier == NULL) {
        return allowed->challenge == NULL && verifier == NULL;
    }
    if (str_eq(allowed->method, "S256")) {
        crypto_sha256(verifier, strlen(verifier), hash);
        strbuf_base64url(&text, hash, sizeof hash);
    } else {
        strbuf_add(&text, verifier);
    }
    return text.len == strlen(allowed->challenge) &&
           crypto_equal(strbuf_text(&text), allowed->challenge, text.len);
}

/* A page in a browser redeems from its own origin, and nobody else does. */
static bool check_origin(struct entra_grant *grant)
{
    const char *origin = mock_call_header(grant->call, "Origin");
    bool from_page = origin != NULL;
    bool spa = grant->platform == ENTRA_PLATFORM_SPA;

    grant->words.reason = origin;
    return spa == from_page ||
           entra_grant_refuse(grant, spa ? ENTRA_SPA_ONLY_CROSS_ORIGIN : ENTRA_CROSS_ORIGIN);
}

bool entra_code_check(struct entra_grant *grant)
{
    const struct entra_allowed *allowed = &grant->allowed;
    const char *redirect_uri = entra_param(grant, "redirect_uri");

    grant->words.parameter = "code";
    if (!allowed->found || !str_eq(allowed->app_id, grant->client.app_id)) {
        return entra_grant_refuse(grant, ENTRA_BAD_GRANT);
    }
    if (grant->tenant == ENTRA_TENANT_FOREIGN) { /* people sign in at this world's tenant alone */
        return entra_grant_refuse(grant, ENTRA_CODE_OF_OTHER_TENANT);
    }
    if (allowed->redeemed) {
        return entra_grant_refuse(grant, ENTRA_CODE_REDEEMED);
    }
    if (allowed->issued_ms + life_ms <= grant->call->now_ms) {
        return entra_grant_refuse(grant, ENTRA_CODE_EXPIRED);
    }
    if (!str_eq(redirect_uri, allowed->redirect_uri)) {
        grant->words.parameter = redirect_uri != NULL ? redirect_uri : "";
        return entra_grant_refuse(grant, ENTRA_REPLY_UNKNOWN);
    }
    if (!check_origin(grant)) {
        return false;
    }
    grant->nonce = allowed->nonce;
    grant->mfa = allowed->mfa;
    return verifier_fits(grant) || entra_grant_refuse(grant, ENTRA_WRONG_VERIFIER);
}

void entra_code_redeem(struct entra_grant *grant)
{
    uint8_t hash[SHA256_LEN];

    hash_code(grant, hash);
    store_run(grant->call->db, "UPDATE authorization_codes SET redeemed = 1 WHERE hash = ?",
              DB_ARGS(db_blob(hash, sizeof hash)));
}
