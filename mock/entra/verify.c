#include "entra/verify.h"

#include <string.h>

#include "base/auto.h"
#include "base/crypto.h"
#include "base/mem.h"
#include "entra/first_party.h"
#include "entra/jwt.h"
#include "entra/signing.h"
#include "entra/tenant.h"
#include "server/world.h"
#include "store/store.h"

enum { MOST_TOKENS = 4096, BUCKETS = 4096 };
static const int64_t skew_s = 300;

struct entry {
    struct entry *next; /* in its bucket */
    uint8_t digest[SHA256_LEN];
    struct mock_claims claims;
    const struct entra_key *key;        /* that signed it */
    int64_t known_changes, known_epoch; /* the state in which its application was last seen */
    struct arena arena;                 /* of the claims' texts */
};

struct mock_tokens {
    struct entry *buckets[BUCKETS];
    struct entry *ring[MOST_TOKENS]; /* in order of arrival */
    size_t at;                       /* the oldest, which the next one replaces */
};

struct mock_tokens *mock_tokens_create(void)
{
    return mem_alloc(sizeof(struct mock_tokens));
}

static struct entry **bucket_of(struct mock_tokens *tokens, const uint8_t digest[SHA256_LEN])
{
    return &tokens->buckets[(digest[0] << 8 | digest[1]) % BUCKETS];
}

static void free_entry(struct entry *entry)
{
    if (entry != NULL) {
        arena_finish(&entry->arena);
        mem_free(entry);
    }
}

void mock_tokens_destroy(struct mock_tokens *tokens)
{
    if (tokens == NULL) {
        return;
    }
    for (size_t i = 0; i < MOST_TOKENS; i++) {
        free_entry(tokens->ring[i]);
    }
    mem_free(tokens);
}

static struct entry *find(struct mock_tokens *tokens, const uint8_t digest[SHA256_LEN])
{
    struct entry *entry = *bucket_of(tokens, digest);

    while (entry != NULL && memcmp(entry->digest, digest, SHA256_LEN) != 0) {
        entry = entry->next;
    }
    return entry;
}

static void remember(struct mock_tokens *tokens, struct entry *entry)
{
    struct entry **bucket = bucket_of(tokens, entry->digest);
    struct entry *oldest = tokens->ring[tokens->at];

    if (oldest != NULL) {
        struct entry **from = bucket_of(tokens, oldest->digest);

        while (*from != oldest) {
            from = &(*from)->next;
        }
        *from = oldest->next;
        free_entry(oldest);
    }
    tokens->ring[tokens->at] = entry;
    tokens->at = (tokens->at + 1) % MOST_TOKENS;
    entry->next = *bucket;
    *bucket = entry;
}

static const char *join_roles(struct arena *arena, const cJSON *roles)
{
    AUTO(strbuf) text = STRBUF(0);
    const cJSON *role;

    cJSON_ArrayForEach(role, roles)
    {
        if (cJSON_IsString(role)) {
            strbuf_addf(&text, "%s%s", text.len > 0 ? " " : "", role->valuestring);
        }
    }
    return arena_dup(arena, strbuf_text(&text), text.len);
}

static bool read_claims(struct arena *arena, const cJSON *tree, struct mock_claims *ret)
{
    static const struct json_field fields[] = {
        JSON_FIELD("aud", struct mock_claims, aud, REQUIRED),
        JSON_FIELD("iss", struct mock_claims, iss, REQUIRED),
        JSON_FIELD("tid", struct mock_claims, tid, REQUIRED),
        JSON_FIELD("oid", struct mock_claims, oid, REQUIRED),
        JSON_FIELD("sub", struct mock_claims, sub, REQUIRED),
        JSON_FIELD("appid", struct mock_claims, appid, REQUIRED),
        JSON_FIELD("nbf", struct mock_claims, nbf_s, REQUIRED),
        JSON_FIELD("exp", struct mock_claims, exp_s, REQUIRED),
        JSON_FIELD("upn", struct mock_claims, upn, OPTIONAL),
        JSON_FIELD("scp", struct mock_claims, scp, OPTIONAL),
    };
    struct err err;

    if (!json_read(tree, "", fields, ARRAY_LEN(fields), ret, &err)) {
        return false;
    }
    ret->app_only = ret->scp == NULL;
    ret->roles = join_roles(arena, json_get(tree, "roles"));
    return true;
}

static enum mock_token_state check_signature(const struct entra_jwt *jwt)
{
    const struct entra_key *key = entra_key_find(json_get_text(jwt->header, "kid"));

    return key != NULL && jwt->signature != NULL &&
                   str_eq(json_get_text(jwt->header, "alg"), "RS256") &&
                   crypto_verify_rs256(key->key, jwt->text, jwt->signed_len, jwt->signature,
                                       jwt->signature_len)
               ? MOCK_TOKEN_GOOD
               : MOCK_TOKEN_FORGED;
}

/* Reads a token that was not seen before. */
static enum mock_token_state learn(struct mock_tokens *tokens, const char *token,
                                   const uint8_t digest[SHA256_LEN], struct entry **ret)
{
    struct entry *entry = mem_alloc(sizeof *entry);
    enum mock_token_state state = MOCK_TOKEN_MALFORMED;
    struct entra_jwt jwt;

    if (entra_jwt_read(&entry->arena, token, &jwt)) {
        state = check_signature(&jwt);
        if (state == MOCK_TOKEN_GOOD && !read_claims(&entry->arena, jwt.claims, &entry->claims)) {
            state = MOCK_TOKEN_MALFORMED;
        }
    }
    if (state != MOCK_TOKEN_GOOD) {
        free_entry(entry);
        return state;
    }
    entry->key = entra_key_find(json_get_text(jwt.header, "kid"));
    memcpy(entry->digest, digest, SHA256_LEN);
    entry->known_changes = -1;
    remember(tokens, entry);
    *ret = entry;
    return MOCK_TOKEN_GOOD;
}

static bool audience_fits(const struct mock_claims *claims, const char *const *audiences,
                          size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (str_ieq(audiences[i], claims->aud) ||
            (strchr(audiences[i], '*') != NULL && str_match(audiences[i], claims->aud, '\0'))) {
            return true;
        }
    }
    return false;
}

/* Whether the present state has the token's application; asked anew only when a row has changed
 * since. */
static bool application_known(struct mock_call *call, struct entry *entry)
{
    int64_t changes = db_total_changes(call->db), epoch = call->world->epoch;

    if (entry->known_changes == changes && entry->known_epoch == epoch) {
        return true;
    }
    if (entra_first_party_find(entry->claims.appid) == NULL &&
        store_int(call->db, "SELECT 1 FROM applications WHERE app_id = ? AND deleted_ms IS NULL",
                  DB_ARGS(db_text(entry->claims.appid)), 0) == 0) {
        return false;
    }
    entry->known_changes = changes;
    entry->known_epoch = epoch;
    return true;
}

/* What depends on the moment and on the present state of the world: looked at every time. */
static enum mock_token_state check_now(struct mock_call *call, struct entry *entry)
{
    const struct mock_claims *claims = &entry->claims;
    int64_t now_s = call->now_ms / 1000;

    if (claims->exp_s + skew_s <= now_s) {
        return MOCK_TOKEN_EXPIRED;
    }
    if (claims->nbf_s - skew_s > now_s) {
        return MOCK_TOKEN_EARLY;
    }
    if (strcmp(claims->tid, call->world->tenant_id) != 0 ||
        !str_starts(claims->iss, "https://sts.windows.net/") ||
        strncmp(claims->iss + 24, claims->tid, 36) != 0) {
        return MOCK_TOKEN_ISSUER;
    }
    if (entra_signing_retired(call, entry->key)) {
        return MOCK_TOKEN_FORGED;
    }
    return application_known(call, entry) ? MOCK_TOKEN_GOOD : MOCK_TOKEN_UNKNOWN_APP;
}

enum mock_token_state mock_token_verify(struct mock_call *call, const char *const *audiences,
                                        size_t count, const struct mock_claims **ret)
{
    struct mock_tokens *tokens = call->world->tokens;
    struct entry *entry;
    enum mock_token_state state;

    if (call->bearer == NULL) {
        return MOCK_TOKEN_MISSING;
    }
    entry = find(tokens, call->bearer_sha256);
    if (entry == NULL) {
        state = learn(tokens, call->bearer, call->bearer_sha256, &entry);
        if (state != MOCK_TOKEN_GOOD) {
            return state;
        }
    }
    if (!audience_fits(&entry->claims, audiences, count)) {
        return MOCK_TOKEN_AUDIENCE;
    }
    state = check_now(call, entry);
    if (state == MOCK_TOKEN_GOOD) {
        *ret = &entry->claims;
    }
    return state;
}
