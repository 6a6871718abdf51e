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

/* A user of a shared address is looked for in the tenant of the name's domain. */
static bool unknown_at_shared(struct entra_grant *grant, const struct entra_directory *home)
{
    const char *app_id = grant->client.app_id;
    bool present = true;

    switch (home->tenant) {
    case ENTRA_TENANT_NATIONAL:
        grant->words.given = home->id;
        grant->words.cloud = home->cloud;
        return entra_grant_refuse(grant, grant->secret_sent || grant->assertion_sent
                                             ? ENTRA_CROSS_CLOUD
                                             : ENTRA_NATIONAL_CLOUD);
    case ENTRA_TENANT_FOREIGN:
        grant->words.tenant = home->name;
        grant->tenant = home->tenant;
        grant->tid = home->id;
        present = entra_client_load(grant, app_id);
        break;
    case ENTRA_TENANT_OTHER:
        if (!grant->page) {
            return entra_grant_refuse(grant, ENTRA_USER_NO_TENANT);
        }
        break;
    case ENTRA_TENANT_OWN:
    case ENTRA_TENANT_ORGANIZATIONS:
    case ENTRA_TENANT_COMMON:
    case ENTRA_TENANT_CONSUMERS:
    case ENTRA_TENANT_NONSENSE:
        break;
    }
    return entra_grant_refuse(grant, present ? ENTRA_USER_UNKNOWN : ENTRA_APP_UNKNOWN);
}

static bool refuse_other_home(struct entra_grant *grant, const char *home)
{
    grant->words.home = entra_issuer_v1(grant->call, home);
    return entra_grant_refuse(grant, ENTRA_OTHER_HOME);
}

/*
 * Nobody in the tenant has that name. A page knows who has it elsewhere, a password alone is only
 * looked up.
 */
static bool refuse_unknown(struct entra_grant *grant, const char *upn)
{
    const struct entra_directory home = entra_directory_of_user(grant->call, upn);
    bool elsewhere = (home.tenant == ENTRA_TENANT_OWN || home.tenant == ENTRA_TENANT_FOREIGN) &&
                     !str_eq(home.id, grant->tid);

    if (entra_tenant_shared(grant->tenant)) {
        return unknown_at_shared(grant, &home);
    }
    return elsewhere && grant->type != ENTRA_GRANT_PASSWORD
               ? refuse_other_home(grant, home.id)
               : entra_grant_refuse(grant, ENTRA_USER_UNKNOWN);
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
    known = grant->tenant != ENTRA_TENANT_FOREIGN && !guid_valid(upn) &&
            entra_user_load(call, upn, &grant->user);
    try_password(call, known ? grant->user.id : NULL, entra_param(grant, "password"), &attempt);
    if (!known) {
        return refuse_unknown(grant, upn);
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

static bool refuse_revoked(struct entra_grant *grant, int64_t issued_ms)
{
    grant->words.from = long_date(grant, issued_ms);
    grant->words.until = long_date(grant, grant->user.valid_from_ms);
    return entra_grant_refuse(grant, ENTRA_REVOKED);
}

/* A policy may want people to sign in again, however often the token was used meanwhile. */
static bool check_frequency(struct entra_grant *grant)
{
    const struct entra_refresh *refresh = &grant->refresh;
    struct mock_call *call = grant->call;
    int64_t from_ms = refresh->signed_in_ms != 0 ? refresh->signed_in_ms : refresh->issued_ms;
    int64_t until_ms = store_setting_after(call->db, "tenant", "signInFrequency", from_ms);

    if (until_ms == from_ms || until_ms > call->now_ms) {
        return true;
    }
    grant->words.reason = arena_printf(call->arena, "%lld", (long long)(until_ms - from_ms) / 1000);
    return entra_grant_refuse(grant, ENTRA_SIGN_IN_TOO_OLD);
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
    if (grant->tenant == ENTRA_TENANT_FOREIGN) {
        return refuse_other_home(grant, entra_tenant_id(grant->call));
    }
    grant->words.from = long_date(grant, refresh->issued_ms);
    grant->mfa = refresh->mfa != 0;
    if (refresh->issued_ms +
            (refresh->platform == ENTRA_PLATFORM_SPA ? spa_life_ms : refresh_life_ms) <=
        now_ms) {
        return entra_grant_refuse(grant, ENTRA_REFRESH_EXPIRED);
    }
    if (refresh->issued_ms < grant->user.valid_from_ms) {
        return refuse_revoked(grant, refresh->issued_ms);
    }
    return check_frequency(grant) && entra_user_may(grant);
}

bool entra_user_allowed(struct entra_grant *grant)
{
    if (!entra_user_load(grant->call, grant->allowed.user_id, &grant->user)) {
        grant->words.parameter = "code";
        return entra_grant_refuse(grant, ENTRA_BAD_GRANT);
    }
    /* A code is of a session, as a refresh token is, and ends with it. */
    if (grant->type == ENTRA_GRANT_CODE && grant->allowed.issued_ms < grant->user.valid_from_ms) {
        return refuse_revoked(grant, grant->allowed.issued_ms);
    }
    return entra_user_may(grant);
}
