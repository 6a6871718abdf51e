#include "entra/session.h"

#include <string.h>

#include "base/auto.h"
#include "base/crypto.h"
#include "entra/page.h"
#include "entra/redirect.h"
#include "server/world.h"
#include "store/store.h"

static const char cookie_name[] = "ESTSAUTHPERSISTENT=";
static const char attributes[] = "; path=/; secure; HttpOnly; SameSite=None";
static const char canary_key[] = "mocktenant published canary key";
static const int64_t life_ms = (int64_t)24 * 3600 * 1000;

/* The value of the cookie of one `Cookie` header. */
static const char *find_cookie(struct mock_call *call)
{
    const char *at = mock_call_header(call, "Cookie");

    while (at != NULL) {
        at += strspn(at, " ");
        if (str_starts(at, cookie_name)) {
            at += strlen(cookie_name);
            return arena_dup(call->arena, at, strcspn(at, ";"));
        }
        at = strchr(at, ';');
        at = at != NULL ? at + 1 : NULL;
    }
    return NULL;
}

static const char *canary_of(struct mock_call *call, const char *value)
{
    AUTO(strbuf) text = STRBUF(0);
    uint8_t mark[SHA256_LEN];

    crypto_hmac_sha256(canary_key, sizeof canary_key - 1, value, strlen(value), mark);
    strbuf_base64url(&text, mark, sizeof mark);
    return arena_dup(call->arena, strbuf_text(&text), text.len);
}

/* A policy may want people to sign in more often than the cookie lives. */
static bool recent_enough(struct mock_call *call, int64_t made_ms)
{
    int64_t until_ms = store_setting_after(call->db, "tenant", "signInFrequency", made_ms);

    return until_ms == made_ms || until_ms > call->now_ms;
}

void entra_session_find(struct mock_call *call, struct entra_session *ret)
{
    static const char sql[] = "SELECT s.user_id, s.mfa, s.made_ms FROM sign_in_sessions s JOIN "
                              "users u ON u.id = s.user_id"
                              " WHERE s.hash = ? AND s.made_ms > ? AND s.made_ms >= u.valid_from_ms"
                              " AND u.account_enabled";
    const char *value = find_cookie(call);
    uint8_t hash[SHA256_LEN];
    AUTO(db_rows) rows = {0};

    *ret = (struct entra_session){0};
    if (value == NULL) {
        return;
    }
    crypto_sha256(value, strlen(value), hash);
    store_query(&rows, call->db, sql,
                DB_ARGS(db_blob(hash, sizeof hash), db_int(call->now_ms - life_ms)));
    if (store_next(&rows) && recent_enough(call, db_column_int(&rows, 2))) {
        ret->value = value;
        ret->user_id = arena_strdup(call->arena, db_column_text(&rows, 0));
        ret->mfa = db_column_int(&rows, 1) != 0;
        ret->canary = canary_of(call, value);
    }
}

void entra_session_begin(struct mock_call *call, struct mock_reply *reply, const char *user_id,
                         struct entra_session *ret)
{
    AUTO(strbuf) value = STRBUF(0);
    uint8_t chance[48], hash[SHA256_LEN];

    random_bytes(&call->world->random, chance, sizeof chance);
    strbuf_base64url(&value, chance, sizeof chance);
    crypto_sha256(strbuf_text(&value), value.len, hash);
    store_run(call->db, "DELETE FROM sign_in_sessions WHERE made_ms <= ?",
              DB_ARGS(db_int(call->now_ms - life_ms)));
    store_run(call->db,
              "INSERT INTO sign_in_sessions (hash, user_id, made_ms, mfa) VALUES (?, ?, ?, 0)",
              DB_ARGS(db_blob(hash, sizeof hash), db_text(user_id), db_int(call->now_ms)));
    *ret = (struct entra_session){
        .value = arena_dup(call->arena, strbuf_text(&value), value.len),
        .user_id = user_id,
    };
    ret->canary = canary_of(call, ret->value);
    mock_reply_header(reply, "Set-Cookie",
                      arena_printf(call->arena, "%s%s%s", cookie_name, ret->value, attributes));
}

void entra_session_show_mfa(struct mock_call *call, struct entra_session *session)
{
    uint8_t hash[SHA256_LEN];

    crypto_sha256(session->value, strlen(session->value), hash);
    store_run(call->db, "UPDATE sign_in_sessions SET mfa = 1 WHERE hash = ?",
              DB_ARGS(db_blob(hash, sizeof hash)));
    session->mfa = true;
}

void entra_session_end(struct mock_call *call, struct mock_reply *reply)
{
    const char *value = find_cookie(call);
    uint8_t hash[SHA256_LEN];

    if (value != NULL) {
        crypto_sha256(value, strlen(value), hash);
        store_run(call->db, "DELETE FROM sign_in_sessions WHERE hash = ?",
                  DB_ARGS(db_blob(hash, sizeof hash)));
    }
    mock_reply_header(reply, "Set-Cookie",
                      arena_printf(call->arena, "%s; expires=Thu, 01 Jan 1970 00:00:00 GMT%s",
                                   cookie_name, attributes));
}

/* Else anybody could use the page to lead people away. */
static bool is_registered(struct mock_call *call, const char *uri)
{
    AUTO(db_rows) rows = {0};

    store_query(&rows, call->db, "SELECT document FROM applications WHERE deleted_ms IS NULL",
                DB_NO_ARGS);
    while (store_next(&rows)) {
        const char *text = db_column_text(&rows, 0), *ignored;
        enum entra_platform platform;
        cJSON *document = NULL;
        struct err err;

        if (json_parse(call->arena, text, strlen(text), JSON_PLAIN, &document, &err) &&
            entra_redirect_find(call->arena, document, uri, &ignored, &platform) ==
                ENTRA_REDIRECT_GOOD) {
            return true;
        }
    }
    return false;
}

void entra_logout(struct mock_call *call, struct mock_reply *reply)
{
    const char *uri = uri_param(&call->params, "post_logout_redirect_uri");
    const struct entra_pair state = {"state", uri_param(&call->params, "state")};
    AUTO(strbuf) page = STRBUF(0);

    if (uri != NULL && is_registered(call, uri)) {
        entra_page_back(call, reply, uri, ENTRA_MODE_QUERY, &state, state.value != NULL ? 1 : 0);
    } else {
        entra_page_begin(&page, "You signed out of your account");
        strbuf_add(&page, "<p>It's a good idea to close all browser windows.</p>");
        entra_page_reply(call, reply, 200, &page);
    }
    entra_session_end(call, reply);
}
