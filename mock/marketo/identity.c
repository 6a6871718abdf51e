/*
 * A token says itself whose it is and when it was made, so that the database holds none: 16 bytes
 * in the form of a GUID, of which four are the time and ten a keyed digest over client and time.
 * The key comes from the world's seed.
 */
#include "marketo/identity.h"

#include <string.h>

#include "base/crypto.h"
#include "base/iso8601.h"
#include "marketo/marketo.h"
#include "server/world.h"
#include "store/store.h"

enum { LIFE_S = 3600, TOKEN_SIZE = GUID_SIZE + 3 };

/* Bytes of a GUID that its version and variant leave alone, for the digest; 0 to 3 are the time. */
static const uint8_t free_bytes[] = {4, 5, 7, 9, 10, 11, 12, 13, 14, 15};

static void keyed(const struct mock_call *call, const char *label, const void *bytes, size_t len,
                  uint8_t ret[SHA256_LEN])
{
    uint8_t key[24] = "marketo-token.";

    memcpy(key + 16, &call->world->seed, sizeof call->world->seed);
    key[15] = (uint8_t)label[0];
    crypto_hmac_sha256(key, sizeof key, bytes, len, ret);
}

static void digest_of(const struct mock_call *call, const char *client, int64_t issued_s,
                      uint8_t ret[SHA256_LEN])
{
    const char *text = arena_printf(call->arena, "%s|%lld", client, (long long)issued_s);

    keyed(call, "d", text, strlen(text), ret);
}

/* What hides the time, so that two tokens look as different as two GUIDs. */
static uint32_t mask_of(const struct mock_call *call, const uint8_t bytes[16])
{
    uint8_t free_part[sizeof free_bytes], mask[SHA256_LEN];

    for (size_t i = 0; i < sizeof free_bytes; i++) {
        free_part[i] = bytes[free_bytes[i]];
    }
    keyed(call, "m", free_part, sizeof free_part, mask);
    return (uint32_t)mask[0] << 24 | (uint32_t)mask[1] << 16 | (uint32_t)mask[2] << 8 | mask[3];
}

static void make_token(const struct mock_call *call, const char *client, int64_t issued_s,
                       char ret[TOKEN_SIZE])
{
    uint8_t bytes[16] = {0}, digest[SHA256_LEN];
    uint32_t time;

    digest_of(call, client, issued_s, digest);
    for (size_t i = 0; i < sizeof free_bytes; i++) {
        bytes[free_bytes[i]] = digest[i];
    }
    bytes[6] = digest[30];
    bytes[8] = digest[31];
    time = (uint32_t)issued_s ^ mask_of(call, bytes);
    for (int i = 0; i < 4; i++) {
        bytes[i] = (uint8_t)(time >> (24 - 8 * i));
    }
    guid_format(bytes, ret);
    memcpy(ret + GUID_SIZE - 1, ":st", 4);
}

static int digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The time that a token claims; whether it is true shows when it is made again. */
static bool read_time(const struct mock_call *call, const char *token, int64_t *ret_s)
{
    uint8_t bytes[16];
    uint32_t time;
    size_t n = 0;

    if (strlen(token) != TOKEN_SIZE - 1 || strcmp(token + GUID_SIZE - 1, ":st") != 0) {
        return false;
    }
    for (size_t i = 0; i < GUID_SIZE - 1; i++) {
        if (i == 8 || i == 13 || i == 18 || i == 23) {
            continue;
        }
        if (digit(token[i]) < 0 || digit(token[i + 1]) < 0) {
            return false;
        }
        bytes[n++] = (uint8_t)(digit(token[i]) << 4 | digit(token[i + 1]));
        i++;
    }
    time = (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
    *ret_s = time ^ mask_of(call, bytes);
    return true;
}

static void refuse(struct mock_call *call, struct mock_reply *reply, int status, const char *error,
                   const char *description)
{
    struct json_writer writer = JSON_WRITER(&reply->body);

    reply->status = status;
    mock_reply_header_set(reply, "Content-Type", "application/json;charset=UTF-8");
    if (status == 401) {
        mock_reply_header_set(reply, "WWW-Authenticate",
                              arena_printf(call->arena,
                                           "Bearer realm=\"oauth\", error=\"%s\", "
                                           "error_description=\"%s\"",
                                           error, description));
    }
    jw_object(&writer);
    jw_member_text(&writer, "error", error);
    jw_member_text(&writer, "error_description", description);
    jw_object_end(&writer);
}

/* Only the subscription's own clients; the secret is compared in any case. */
static bool check_client(struct mock_call *call, struct mock_reply *reply, const char *client,
                         const char *secret, const char **ret_name)
{
    static const char sql[] =
        "SELECT salt, hash, name FROM api_users WHERE client_id = lower(?) AND munchkin = ?";
    uint8_t hash[SHA256_LEN];
    size_t salt_len, hash_len;
    const void *salt, *stored;
    AUTO(db_rows) rows = {0};

    store_query(&rows, call->db, sql, DB_ARGS(db_text(client), db_text(call->munchkin)));
    if (!store_next(&rows)) {
        crypto_sha256_salted("", 0, secret, hash);
        refuse(call, reply, 401, "unauthorized",
               arena_printf(call->arena, "No client with requested id: %.100s", client));
        return false;
    }
    salt = db_column_blob(&rows, 0, &salt_len);
    stored = db_column_blob(&rows, 1, &hash_len);
    crypto_sha256_salted(salt, salt_len, secret, hash);
    if (hash_len != sizeof hash || !crypto_equal(stored, hash, sizeof hash)) {
        refuse(call, reply, 401, "invalid_client", "Bad client credentials");
        return false;
    }
    *ret_name = arena_strdup(call->arena, db_column_text(&rows, 2));
    return true;
}

/* The time of the client's present token; a new one when there is none or it is over. */
static int64_t present_token(struct mock_call *call, const char *client)
{
    int64_t now_s = call->now_ms / 1000;
    int64_t issued_s =
        store_int(call->db, "SELECT issued_s FROM marketo_tokens WHERE client_id = ?",
                  DB_ARGS(db_text(client)), 0);

    if (issued_s == 0 || issued_s + LIFE_S <= now_s || issued_s > now_s) {
        issued_s = now_s;
        store_run(call->db,
                  "INSERT INTO marketo_tokens (client_id, issued_s) VALUES (?, ?)"
                  " ON CONFLICT (client_id) DO UPDATE SET issued_s = excluded.issued_s",
                  DB_ARGS(db_text(client), db_int(issued_s)));
    }
    return issued_s;
}

static void issue(struct mock_call *call, struct mock_reply *reply, const char *client,
                  const char *name)
{
    struct json_writer writer = JSON_WRITER(&reply->body);
    int64_t issued_s = present_token(call, client);
    int64_t left_ms = (issued_s + LIFE_S) * 1000 - call->now_ms;
    const char *domain =
        store_text(call->db, call->arena, "SELECT default_domain FROM tenant", DB_NO_ARGS);
    char token[TOKEN_SIZE];

    make_token(call, client, issued_s, token);
    reply->status = 200;
    mock_reply_header_set(reply, "Content-Type", "application/json;charset=UTF-8");
    jw_object(&writer);
    jw_member_text(&writer, "access_token", token);
    jw_member_text(&writer, "token_type", "bearer");
    /* Cut, as the page shows it: a new token has 3599 seconds left, and one may have none. */
    jw_member_int(&writer, "expires_in", (left_ms - 1) / 1000);
    jw_member_text(&writer, "scope", arena_printf(call->arena, "%s@%s", name, domain));
    jw_object_end(&writer);
}

void marketo_token(struct mock_call *call, struct mock_reply *reply)
{
    const char *grant = uri_param(&call->params, "grant_type");
    const char *client = uri_param(&call->params, "client_id");
    const char *secret = uri_param(&call->params, "client_secret"), *name;

    /* Recorded on identity alone. */
    mock_reply_header(reply, "Cache-Control", "no-store");
    mock_reply_header(reply, "Pragma", "no-cache");
    mock_reply_header(reply, "X-XSS-Protection", "1; mode=block");
    mock_reply_header(reply, "X-Frame-Options", "DENY");
    mock_reply_header(reply, "X-Content-Type-Options", "nosniff");
    if (grant == NULL || *grant == '\0') {
        refuse(call, reply, 400, "invalid_request", "Missing grant type");
    } else if (!str_eq(grant, "client_credentials")) {
        refuse(call, reply, 400, "unsupported_grant_type",
               arena_printf(call->arena, "Unsupported grant type: %.60s", grant));
    } else if (client == NULL || secret == NULL || *client == '\0') {
        refuse(call, reply, 401, "invalid_client", "Bad client credentials");
    } else {
        client = str_lower(arena_strdup(call->arena, client));
        if (check_client(call, reply, client, secret, &name)) {
            issue(call, reply, client, name);
        }
    }
}

/* The parameter form was taken until that day. Source: marketo-identity; a setting moves it. */
static const char *token_of(struct mock_call *call)
{
    const char *until_text, *token = uri_param(&call->params, "access_token");
    int64_t until_ms = 0;

    if (call->bearer != NULL) {
        return call->bearer;
    }
    if (token == NULL || *token == '\0') {
        return NULL;
    }
    until_text =
        store_setting_text(call->db, call->arena, marketo_scope(call), "accessTokenParameter");
    if (str_eq(until_text, "until-2026-08-31")) {
        (void)iso8601_parse("2026-08-31T00:00:00Z", &until_ms);
        return call->now_ms < until_ms ? token : NULL;
    }
    return str_eq(until_text, "accepted") ? token : NULL;
}

/* The API user for whom that token was made at that time. */
static const struct mock_caller *owner_of(struct mock_call *call, const char *token,
                                          int64_t issued_s)
{
    struct mock_caller *caller = arena_alloc(call->arena, sizeof *caller);
    AUTO(db_rows) rows = {0};

    store_query(&rows, call->db,
                "SELECT client_id, name, connector FROM api_users WHERE munchkin = ?",
                DB_ARGS(db_text(call->munchkin)));
    while (store_next(&rows)) {
        char made[TOKEN_SIZE];

        make_token(call, db_column_text(&rows, 0), issued_s, made);
        if (crypto_equal(made, token, TOKEN_SIZE)) {
            caller->client_id = arena_strdup(call->arena, db_column_text(&rows, 0));
            caller->name = arena_strdup(call->arena, db_column_text(&rows, 1));
            caller->connector = db_column_int(&rows, 2) != 0;
            return caller;
        }
    }
    return NULL;
}

bool marketo_caller_find(struct mock_call *call, struct mock_reply *reply)
{
    const char *token = token_of(call);
    const struct mock_caller *caller;
    int64_t issued_s;

    if (token == NULL) {
        marketo_refuse(call, reply, MARKETO_DENIED, NULL, NULL);
        return false;
    }
    if (!read_time(call, token, &issued_s) || (caller = owner_of(call, token, issued_s)) == NULL) {
        marketo_refuse(call, reply, MARKETO_TOKEN_INVALID, NULL, NULL);
        return false;
    }
    if ((issued_s + LIFE_S) * 1000 <= call->now_ms) {
        bool first = store_run(call->db,
                               "INSERT INTO marketo_expired (client_id, issued_s) VALUES (?, ?)"
                               " ON CONFLICT DO NOTHING",
                               DB_ARGS(db_text(caller->client_id), db_int(issued_s))) > 0;

        marketo_refuse(call, reply, first ? MARKETO_TOKEN_EXPIRED : MARKETO_TOKEN_INVALID, NULL,
                       NULL);
        return false;
    }
    call->caller = caller;
    return true;
}
