/* The user of a sign-in: password, lockout, state. Source: entra-users, entra-lockout. */
#include <string.h>

#include "base/auto.h"
#include "base/crypto.h"
#include "base/iso8601.h"
#include "entra/grant.h"
#include "entra/policy.h"
#include "store/directory.h"
#include "store/federation.h"
#include "store/store.h"

static const int64_t refresh_life_ms = (int64_t)90 * 24 * 3600 * 1000;
static const int64_t spa_life_ms = (int64_t)24 * 3600 * 1000;

bool entra_user_load(struct mock_call *call, const char *id_or_upn, struct entra_user *ret)
{
    static const char sql[] =
        "SELECT id, upn, display_name, account_enabled, mfa, password_expires_ms, valid_from_ms,"
        " document ->> '$.givenName', document ->> '$.surname', document ->> '$.mail', access,"
        " immutable_id"
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
        .access = arena_strdup(call->arena, db_column_text(&rows, 10)),
        .immutable_id = arena_strdup(call->arena, db_column_text(&rows, 11)),
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

/* What a password is worth to a user, and what smart lockout knows of the user by then. */
struct attempt {
    struct lockout lockout;
    bool right, none; /* none: the cloud has no hash of the user */
    uint8_t hash[SHA256_LEN];
};

/* Hashes and compares once in any case; the user may be none. */
static void try_password(struct mock_call *call, const char *id, const char *password,
                         struct attempt *ret)
{
    static const char sql[] = "SELECT salt, hash, failures, locks, locked_until_ms, wrong_hashes"
                              " FROM users WHERE id = ?";
    AUTO(db_rows) rows = {0};
    bool found;

    *ret = (struct attempt){0};
    store_query(&rows, call->db, sql, DB_ARGS(db_text(id)));
    found = store_next(&rows);
    ret->right = directory_hash_fits(found ? &rows : NULL, 0, password, ret->hash);
    if (found) {
        ret->none = db_column_is_null(&rows, 1);
        ret->lockout = (struct lockout){
            .failures = db_column_int(&rows, 2),
            .locks = db_column_int(&rows, 3),
            .locked_until_ms = db_column_int(&rows, 4),
            .wrong_hashes = arena_strdup(call->arena, db_column_text(&rows, 5)),
        };
    }
}

/*
 * The password of a user of a federated domain is AD FS's to check: the cloud does it only when the
 * client's policy says so and the hash is there. Otherwise it is said to be wrong.
 */
static bool check_federated(struct entra_grant *grant, const struct attempt *attempt)
{
    struct mock_call *call = grant->call;
    bool allowed = entra_policy_allows_password(call, grant->client.principal_id);
    const char *code;

    if (!federation_has(call->db, grant->user.upn) || (allowed && !attempt->none)) {
        return true;
    }
    code = store_setting_text(call->db, call->arena, "tenant", "federatedWithoutHash");
    mock_call_rule(call, "SETUP2-18");
    return entra_grant_refuse(grant, allowed && str_eq(code, "50056") ? ENTRA_NO_HASH
                                                                      : ENTRA_WRONG_PASSWORD);
}

/*
 * Agents on premises check the password of a managed domain, where the tenant has them: what they
 * answer comes before anything that the cloud knows of the account.
 */
static bool check_agents(struct entra_grant *grant)
{
    struct mock_call *call = grant->call;
    const char *says = store_setting_text(call->db, call->arena, "tenant", "passThrough");
    int64_t code = 0;

    return str_eq(says, "off") || federation_has(call->db, grant->user.upn) ||
           !str_int(says, 1, INT32_MAX, &code) || entra_grant_refuse(grant, (enum entra_code)code);
}

/* Right password, no lock. */
static bool check_password(struct entra_grant *grant, struct attempt *attempt)
{
    struct mock_call *call = grant->call;

    if (attempt->lockout.locked_until_ms > call->now_ms) {
        return entra_grant_refuse(grant, ENTRA_LOCKED);
    }
    if (attempt->none) {
        return entra_grant_refuse(grant, ENTRA_NO_HASH);
    }
    if (!attempt->right) {
        count_failure(call, grant->user.id, &attempt->lockout, attempt->hash);
        return entra_grant_refuse(grant, ENTRA_WRONG_PASSWORD);
    }
    if (attempt->lockout.failures > 0) {
        put_lockout(call, grant->user.id, &(struct lockout){.wrong_hashes = ""});
    }
    return true;
}

/* What may stand in the way of an account, after its password was right. */
static const struct {
    const char *word;
    enum entra_code code;
} factors[] = {{"required", ENTRA_MFA_REQUIRED}, {"unregistered", ENTRA_MFA_UNREGISTERED}},
  policies[] = {{"blocked", ENTRA_ACCESS_BLOCKED},
                {"device", ENTRA_DEVICE_STATE},
                {"policy", ENTRA_POLICY_BLOCKED},
                {"legacy", ENTRA_LEGACY_BLOCKED},
                {"external", ENTRA_EXTERNAL_FACTOR}};

/* Only after the password was right: otherwise the state of an account would show. */
bool entra_user_may(struct entra_grant *grant)
{
    const struct entra_user *user = &grant->user;

    if (!user->enabled) {
        return entra_grant_refuse(grant, ENTRA_USER_DISABLED);
    }
    /* A synchronized password does not expire in the cloud. */
    if (user->immutable_id == NULL && user->expires_ms != 0 &&
        user->expires_ms <= grant->call->now_ms) {
        return entra_grant_refuse(grant, ENTRA_PASSWORD_EXPIRED);
    }
    grant->words.resource = grant->resource.app_id;
    /* A page asks for the second factor itself. */
    for (size_t i = 0; !grant->page && !grant->mfa && i < ARRAY_LEN(factors); i++) {
        if (str_eq(user->mfa, factors[i].word)) {
            return entra_grant_refuse(grant, factors[i].code);
        }
    }
    for (size_t i = 0; i < ARRAY_LEN(policies); i++) {
        if (str_eq(user->access, policies[i].word)) {
            return entra_grant_refuse(grant, policies[i].code);
        }
    }
    return entra_assigned(grant, user->id, grant->client.principal_id) ||
           entra_grant_refuse(grant, ENTRA_UNASSIGNED);
}

static bool domain_known(struct mock_call *call, const char *upn)
{
    const char *sign = strchr(upn, '@');

    return sign != NULL && store_int(call->db, "SELECT 1 FROM domains WHERE name = ?",
                                     DB_ARGS(db_text(sign + 1)), 0) != 0;
}

/* A password that was changed on premises reaches the cloud; refresh tokens of the old one die. */
static void take_password_change(struct mock_call *call, const char *upn)
{
    static const char take[] =
        "UPDATE users SET salt = c.salt, hash = c.hash, valid_from_ms = c.seen_ms"
        " FROM password_changes c WHERE c.upn = users.upn AND users.upn = ? AND c.seen_ms <= ?";

    if (store_run(call->db, take, DB_ARGS(db_text(upn), db_int(call->now_ms))) > 0) {
        store_run(call->db, "DELETE FROM password_changes WHERE upn = ?", DB_ARGS(db_text(upn)));
    }
}

bool entra_user_sign_in(struct entra_grant *grant)
{
    const char *upn = entra_param(grant, "username");
    struct mock_call *call = grant->call;
    struct attempt attempt;
    bool known;

    take_password_change(call, upn);
    known = !guid_valid(upn) && entra_user_load(call, upn, &grant->user);
    try_password(call, known ? grant->user.id : NULL, entra_param(grant, "password"), &attempt);
    if (!known) {
        return entra_grant_refuse(grant,
                                  grant->tenant == ENTRA_TENANT_OWN || domain_known(call, upn)
                                      ? ENTRA_USER_UNKNOWN
                                      : ENTRA_USER_NO_TENANT);
    }
    return check_agents(grant) && check_federated(grant, &attempt) &&
           check_password(grant, &attempt) && entra_user_may(grant);
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
    take_password_change(grant->call, store_text(grant->call->db, grant->call->arena,
                                                 "SELECT upn FROM users WHERE id = ?",
                                                 DB_ARGS(db_text(refresh->user_id))));
    if (!str_eq(refresh->app_id, grant->client.app_id) ||
        !entra_user_load(grant->call, refresh->user_id, &grant->user)) {
        return entra_grant_refuse(grant, ENTRA_BAD_GRANT);
    }
    grant->words.from = long_date(grant, refresh->issued_ms);
    grant->words.until = long_date(grant, grant->user.valid_from_ms);
    grant->mfa = refresh->mfa != 0;
    if (refresh->issued_ms +
            (refresh->platform == ENTRA_PLATFORM_SPA ? spa_life_ms : refresh_life_ms) <=
        now_ms) {
        return entra_grant_refuse(grant, ENTRA_REFRESH_EXPIRED);
    }
    if (refresh->issued_ms < grant->user.valid_from_ms) {
        return entra_grant_refuse(grant, ENTRA_REVOKED);
    }
    return entra_user_may(grant);
}

bool entra_user_allowed(struct entra_grant *grant)
{
    if (!entra_user_load(grant->call, grant->allowed.user_id, &grant->user)) {
        grant->words.parameter = "code";
        return entra_grant_refuse(grant, ENTRA_BAD_GRANT);
    }
    return entra_user_may(grant);
}
