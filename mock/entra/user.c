/* The user of a sign-in: password, lockout, state. Source: entra-users, entra-lockout. */
#include <string.h>

#include "base/auto.h"
#include "base/crypto.h"
#include "base/iso8601.h"
#include "entra/grant.h"
#include "store/store.h"

static const int64_t refresh_life_ms = (int64_t)90 * 24 * 3600 * 1000;

bool entra_user_load(struct mock_call *call, const char *id_or_upn, struct entra_user *ret)
{
    static const char sql[] =
        "SELECT id, upn, display_name, account_enabled, mfa, password_expires_ms, valid_from_ms,"
        " document ->> '$.givenName', document ->> '$.surname', document ->> '$.mail'"
        " FROM users WHERE id = lower(?1) OR upn = ?1";
    AUTO(db_rows) rows = {0};

    store_query(&rows, call->db, sql, DB_ARGS(db_text(id_or_upn)));
    if (!store_next(&rows)) {
        return false;
    }
    *ret = (struct entra_user){
        .id = arena_strdup(call->arena, db_column_text(&rows, 0)),
        .upn = arena_strdup(call->arena, db_column_text(&rows, 1)),
        .name = arena_strdup(call->arena, db_column_text(&rows, 2)),
        .enabled = db_column_int(&rows, 3) != 0,
        .mfa = arena_strdup(call->arena, db_column_text(&rows, 4)),
        .expires_ms = db_column_int(&rows, 5),
        .valid_from_ms = db_column_int(&rows, 6),
        .given_name = arena_strdup(call->arena, db_column_text(&rows, 7)),
        .surname = arena_strdup(call->arena, db_column_text(&rows, 8)),
        .mail = arena_strdup(call->arena, db_column_text(&rows, 9)),
    };
    return true;
}

/* What smart lockout knows of a user. */
struct lockout {
    int64_t failures, locks, locked_until_ms;
    const char
        *wrong_hashes; /* of the last three different wrong passwords, in hex, one after another */
};

enum { HEX_LEN = 2 * SHA256_LEN, REMEMBERED = 3 };

static void put_lockout(struct mock_call *call, const char *id, const struct lockout *lockout)
{
    store_run(call->db,
              "UPDATE users SET failures = ?, locks = ?, locked_until_ms = ?, wrong_hashes = ?"
              " WHERE id = ?",
              DB_ARGS(db_int(lockout->failures), db_int(lockout->locks),
                      db_int(lockout->locked_until_ms), db_text(lockout->wrong_hashes),
                      db_text(id)));
}

/* The same wrong password again does not count. */
static void count_failure(struct mock_call *call, const char *id, struct lockout *lockout,
                          const uint8_t hash[SHA256_LEN])
{
    AUTO(strbuf) hex = STRBUF(0);
    size_t have = strlen(lockout->wrong_hashes);

    strbuf_hex(&hex, hash, SHA256_LEN);
    if (strstr(lockout->wrong_hashes, strbuf_text(&hex)) != NULL) {
        return;
    }
    if (have >= (size_t)REMEMBERED * HEX_LEN) {
        lockout->wrong_hashes += HEX_LEN;
    }
    lockout->wrong_hashes =
        arena_printf(call->arena, "%s%s", lockout->wrong_hashes, strbuf_text(&hex));
    lockout->failures++;
    if (lockout->failures >= store_setting_int(call->db, "tenant", "lockoutThreshold")) {
        int64_t until = store_setting_after(call->db, "tenant", "lockoutDuration", call->now_ms);
        int64_t doubled = lockout->locks < 12 ? lockout->locks : 12;

        lockout->locked_until_ms = call->now_ms + ((until - call->now_ms) << doubled);
        lockout->locks++;
    }
    put_lockout(call, id, lockout);
}

/* Right password, no lock. Hashes in any case, so that time tells nothing. */
static bool check_password(struct entra_grant *grant, const char *password)
{
    static const char sql[] = "SELECT salt, hash, failures, locks, locked_until_ms, wrong_hashes"
                              " FROM users WHERE id = ?";
    struct mock_call *call = grant->call;
    struct lockout lockout;
    uint8_t hash[SHA256_LEN];
    bool right, none;

    {
        AUTO(db_rows) rows = {0};
        size_t salt_len, hash_len;
        const void *salt, *stored;

        store_query(&rows, call->db, sql, DB_ARGS(db_text(grant->user.id)));
        (void)store_next(&rows);
        salt = db_column_blob(&rows, 0, &salt_len);
        stored = db_column_blob(&rows, 1, &hash_len);
        crypto_sha256_salted(salt, salt_len, password, hash);
        none = hash_len != sizeof hash;
        right = !none && crypto_equal(stored, hash, sizeof hash);
        lockout = (struct lockout){
            .failures = db_column_int(&rows, 2),
            .locks = db_column_int(&rows, 3),
            .locked_until_ms = db_column_int(&rows, 4),
            .wrong_hashes = arena_strdup(call->arena, db_column_text(&rows, 5)),
        };
    }
    if (lockout.locked_until_ms > call->now_ms) {
        return entra_grant_refuse(grant, ENTRA_LOCKED);
    }
    if (none) {
        return entra_grant_refuse(grant, ENTRA_NO_HASH);
    }
    if (!right) {
        count_failure(call, grant->user.id, &lockout, hash);
        return entra_grant_refuse(grant, ENTRA_WRONG_PASSWORD);
    }
    if (lockout.failures > 0) {
        put_lockout(call, grant->user.id, &(struct lockout){.wrong_hashes = ""});
    }
    return true;
}

/* Only after the password was right: otherwise the state of an account would show. */
static bool check_state(struct entra_grant *grant)
{
    const struct entra_user *user = &grant->user;

    if (!user->enabled) {
        return entra_grant_refuse(grant, ENTRA_USER_DISABLED);
    }
    if (user->expires_ms != 0 && user->expires_ms <= grant->call->now_ms) {
        return entra_grant_refuse(grant, ENTRA_PASSWORD_EXPIRED);
    }
    grant->words.resource = grant->resource.app_id;
    if (str_eq(user->mfa, "required")) {
        return entra_grant_refuse(grant, ENTRA_MFA_REQUIRED);
    }
    if (str_eq(user->mfa, "unregistered")) {
        return entra_grant_refuse(grant, ENTRA_MFA_UNREGISTERED);
    }
    return true;
}

static bool domain_known(struct mock_call *call, const char *upn)
{
    const char *sign = strchr(upn, '@');

    return sign != NULL && store_int(call->db, "SELECT 1 FROM domains WHERE name = ?",
                                     DB_ARGS(db_text(sign + 1)), 0) != 0;
}

bool entra_user_sign_in(struct entra_grant *grant)
{
    const char *upn = entra_param(grant, "username");
    const char *password = entra_param(grant, "password");

    if (!entra_user_load(grant->call, upn, &grant->user) || guid_valid(upn)) {
        uint8_t hash[SHA256_LEN];

        crypto_sha256_salted("", 0, password, hash);
        return entra_grant_refuse(grant, grant->tenant == ENTRA_TENANT_OWN ||
                                                 domain_known(grant->call, upn)
                                             ? ENTRA_USER_UNKNOWN
                                             : ENTRA_USER_NO_TENANT);
    }
    return check_password(grant, password) && check_state(grant);
}

static const char *long_date(struct entra_grant *grant, int64_t at_ms)
{
    char text[ISO8601_SIZE];

    iso8601_format_ticks(at_ms, text);
    return arena_strdup(grant->call->arena, text);
}

bool entra_user_return(struct entra_grant *grant)
{
    struct entra_refresh *refresh = &grant->refresh;
    int64_t now_ms = grant->call->now_ms;

    grant->words.parameter = "refresh_token";
    if (!str_eq(refresh->app_id, grant->client.app_id) ||
        !entra_user_load(grant->call, refresh->user_id, &grant->user)) {
        return entra_grant_refuse(grant, ENTRA_BAD_GRANT);
    }
    grant->words.from = long_date(grant, refresh->issued_ms);
    grant->words.until = long_date(grant, grant->user.valid_from_ms);
    if (refresh->issued_ms + refresh_life_ms <= now_ms) {
        return entra_grant_refuse(grant, ENTRA_REFRESH_EXPIRED);
    }
    if (refresh->issued_ms < grant->user.valid_from_ms) {
        return entra_grant_refuse(grant, ENTRA_REVOKED);
    }
    return check_state(grant);
}
