#include "entra/devicecode.h"

#include <string.h>

#include "base/auto.h"
#include "base/crypto.h"
#include "entra/page.h"
#include "entra/visit.h"
#include "server/world.h"
#include "store/store.h"

enum { USER_CODE_LEN = 9, LIFE_S = 900, INTERVAL_S = 5 };

/* A code that waits. */
struct waiting {
    const char *user_code, *app_id, *scope, *resource, *tenant;
};

static void hash_code(const char *code, uint8_t ret[SHA256_LEN])
{
    crypto_sha256(code, strlen(code), ret);
}

void entra_device_look(struct entra_grant *grant)
{
    static const char sql[] = "SELECT app_id, user_id, scope, resource, mfa, issued_ms, tenant"
                              " FROM device_codes WHERE hash = ?";
    struct arena *arena = grant->call->arena;
    uint8_t hash[SHA256_LEN];
    AUTO(db_rows) rows = {0};

    hash_code(entra_param(grant, "device_code"), hash);
    store_query(&rows, grant->call->db, sql, DB_ARGS(db_blob(hash, sizeof hash)));
    if (store_next(&rows)) {
        grant->allowed = (struct entra_allowed){
            .found = true,
            .app_id = arena_strdup(arena, db_column_text(&rows, 0)),
            .user_id = arena_strdup(arena, db_column_text(&rows, 1)),
            .scope = arena_strdup(arena, db_column_text(&rows, 2)),
            .resource = arena_strdup(arena, db_column_text(&rows, 3)),
            .mfa = db_column_int(&rows, 4) != 0,
            .issued_ms = db_column_int(&rows, 5),
            .tenant = arena_strdup(arena, db_column_text(&rows, 6)),
        };
    }
}

/* Nobody has answered yet. */
static bool still_waiting(struct entra_grant *grant, struct db_value key)
{
    struct mock_call *call = grant->call;
    int64_t asked_ms =
        store_int(call->db, "SELECT asked_ms FROM device_codes WHERE hash = ?", &key, 1, 0);
    bool soon = asked_ms != 0 && call->now_ms - asked_ms < (int64_t)INTERVAL_S * 1000;

    store_run(call->db, "UPDATE device_codes SET asked_ms = ?2 WHERE hash = ?1",
              DB_ARGS(key, db_int(call->now_ms)));
    return entra_grant_refuse(grant,
                              soon && store_setting_bool(call->db, "tenant", "deviceSlowDown")
                                  ? ENTRA_DEVICE_SLOW
                                  : ENTRA_DEVICE_PENDING);
}

/* Both numbers stand on the published page, and not when which one is answered. */
static enum entra_code expired_code(struct mock_call *call)
{
    return str_eq(store_setting_text(call->db, call->arena, "tenant", "expiredDeviceCodeError"),
                  "70019")
               ? ENTRA_USER_CODE_EXPIRED
               : ENTRA_DEVICE_EXPIRED;
}

bool entra_device_check(struct entra_grant *grant)
{
    const struct entra_allowed *allowed = &grant->allowed;
    struct mock_call *call = grant->call;
    uint8_t hash[SHA256_LEN] = {0};
    struct db_value key = db_blob(hash, sizeof hash);
    const char *state;

    hash_code(entra_param(grant, "device_code"), hash);
    grant->words.parameter = "device_code";
    if (!allowed->found) {
        return entra_grant_refuse(grant, ENTRA_DEVICE_UNKNOWN);
    }
    if (!str_eq(allowed->app_id, grant->client.app_id) || !str_eq(allowed->tenant, grant->tid)) {
        return entra_grant_refuse(grant, ENTRA_BAD_GRANT);
    }
    state =
        store_text(call->db, call->arena, "SELECT state FROM device_codes WHERE hash = ?", &key, 1);
    if (str_eq(state, "declined")) {
        grant->words.error = "authorization_declined";
        return entra_grant_refuse(grant, ENTRA_DECLINED);
    }
    if (str_eq(state, "redeemed")) {
        return entra_grant_refuse(grant, ENTRA_CODE_REDEEMED);
    }
    if (allowed->issued_ms + (int64_t)LIFE_S * 1000 <= call->now_ms) {
        return entra_grant_refuse(grant, expired_code(call));
    }
    grant->mfa = allowed->mfa;
    return str_eq(state, "allowed") || still_waiting(grant, key);
}

void entra_device_redeem(struct entra_grant *grant)
{
    uint8_t hash[SHA256_LEN];

    hash_code(entra_param(grant, "device_code"), hash);
    store_run(grant->call->db, "UPDATE device_codes SET state = 'redeemed' WHERE hash = ?",
              DB_ARGS(db_blob(hash, sizeof hash)));
}

/* As a person types it: case, blanks and dashes do not count. */
static bool find_waiting(struct mock_call *call, const char *typed, struct waiting *ret)
{
    static const char sql[] = "SELECT user_code, app_id, scope, resource, tenant FROM device_codes"
                              " WHERE user_code = ? AND state = 'waiting' AND issued_ms > ?";
    AUTO(strbuf) code = STRBUF(0);
    AUTO(db_rows) rows = {0};

    for (; *typed != '\0'; typed++) {
        if (*typed != ' ' && *typed != '-') {
            strbuf_add_char(&code, *typed);
        }
    }
    store_query(
        &rows, call->db, sql,
        DB_ARGS(db_text(strbuf_text(&code)), db_int(call->now_ms - (int64_t)LIFE_S * 1000)));
    if (!store_next(&rows)) {
        return false;
    }
    *ret = (struct waiting){
        .user_code = arena_strdup(call->arena, db_column_text(&rows, 0)),
        .app_id = arena_strdup(call->arena, db_column_text(&rows, 1)),
        .scope = arena_strdup(call->arena, db_column_text(&rows, 2)),
        .resource = arena_strdup(call->arena, db_column_text(&rows, 3)),
        .tenant = arena_strdup(call->arena, db_column_text(&rows, 4)),
    };
    return true;
}

static void settle(struct mock_call *call, const char *user_code, const char *state,
                   const char *user_id, bool mfa)
{
    store_run(call->db,
              "UPDATE device_codes SET state = ?2, user_id = ?3, mfa = ?4 WHERE user_code = ?1",
              DB_ARGS(db_text(user_code), db_text(state), db_text(user_id), db_int(mfa)));
}

static void begin_grant(struct mock_call *call, struct entra_grant *grant)
{
    *grant = (struct entra_grant){.call = call, .type = ENTRA_GRANT_DEVICE, .page = true};
}

/* What the code was made for, as a request that a person can consent to. */
static bool read_waiting(struct entra_visit *visit, const struct waiting *waiting)
{
    struct entra_grant *grant = &visit->grant;

    entra_grant_enter(grant, waiting->tenant);
    grant->v1 = waiting->resource != NULL;
    grant->scope_text = waiting->scope;
    grant->resource_text = waiting->resource;
    if (!entra_client_load(grant, waiting->app_id)) {
        grant->refused = ENTRA_APP_UNKNOWN;
        return false;
    }
    grant->words.app = grant->client.app_id;
    grant->words.name = grant->client.name;
    visit->application = entra_client_document(grant);
    return entra_scope_read(grant);
}

bool entra_device_enter(struct mock_call *call, const char *user_code, const char *user_id,
                        bool decline, const char **ret_why)
{
    struct mock_reply page = {0};
    struct entra_visit visit = {.call = call, .reply = &page, .accepts = true};
    struct waiting waiting;
    bool done = false;

    *ret_why = "nobody waits with that code: it is unknown, answered already, or over";
    if (!find_waiting(call, user_code, &waiting)) {
        return false;
    }
    if (decline) {
        settle(call, waiting.user_code, "declined", NULL, false);
        return true;
    }
    begin_grant(call, &visit.grant);
    *ret_why = "what the application asks for is not there any more";
    if (read_waiting(&visit, &waiting) && visit.grant.tenant == ENTRA_TENANT_FOREIGN) {
        *ret_why = "the user has no account in the tenant for which the code was made";
    } else if (visit.grant.refused == ENTRA_REFUSED_NOTHING &&
               entra_user_load(call, user_id, &visit.grant.user)) {
        *ret_why = "the user may not consent to what the application asks for";
        done = entra_visit_consent(&visit) == ENTRA_STEP_DONE;
    }
    if (done) {
        settle(call, waiting.user_code, "allowed", visit.grant.user.id, true);
    }
    strbuf_finish(&page.body);
    return done;
}

void entra_device_answer(struct mock_call *call, const char *user_id, bool decline)
{
    store_run(call->db,
              "INSERT INTO device_answer (id, user_id, decline) VALUES (1, ?, ?)"
              " ON CONFLICT (id) DO UPDATE SET user_id = excluded.user_id,"
              " decline = excluded.decline",
              DB_ARGS(db_text(user_id), db_int(decline)));
}

/* Somebody may have said before what he does with every code. */
static void answer_at_once(struct mock_call *call, const char *user_code)
{
    const char *user =
        store_text(call->db, call->arena, "SELECT user_id FROM device_answer", DB_NO_ARGS);
    const char *ignored;

    if (user != NULL) {
        (void)entra_device_enter(
            call, user_code, user,
            store_int(call->db, "SELECT decline FROM device_answer", DB_NO_ARGS, 0) != 0, &ignored);
    }
}

/* Where the code is entered: the published address under a cloud name, else our own. */
static const char *page_url(struct mock_call *call)
{
    if (!call->cloud) {
        return mock_call_url(call, MOCK_PLACE_LOGIN, "/devicelogin");
    }
    return call->port == 0 || call->port == 443
               ? "https://microsoft.com/devicelogin"
               : arena_printf(call->arena, "https://microsoft.com:%d/devicelogin", call->port);
}

static const char *make_code(struct entra_grant *grant, char user_code[USER_CODE_LEN + 1])
{
    static const char letters[] = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    struct mock_call *call = grant->call;
    AUTO(strbuf) code = STRBUF(0);
    uint8_t chance[96], hash[SHA256_LEN];

    random_text(&call->world->random, letters, user_code, USER_CODE_LEN);
    random_bytes(&call->world->random, chance, sizeof chance);
    strbuf_add(&code, "GAQABIQEAAAA");
    strbuf_base64url(&code, chance, sizeof chance);
    hash_code(strbuf_text(&code), hash);
    store_run(call->db, "DELETE FROM device_codes WHERE issued_ms <= ?",
              DB_ARGS(db_int(call->now_ms - (int64_t)2 * LIFE_S * 1000)));
    store_run(call->db,
              "INSERT INTO device_codes (user_code, hash, app_id, scope, resource, tenant, state,"
              " mfa, issued_ms, asked_ms) VALUES (?, ?, ?, ?, ?, ?, 'waiting', 0, ?, 0)",
              DB_ARGS(db_text(user_code), db_blob(hash, sizeof hash), db_text(grant->client.app_id),
                      db_text(grant->scope_text), db_text(grant->v1 ? grant->resource_text : NULL),
                      db_text(grant->tid), db_int(call->now_ms)));
    return arena_dup(call->arena, strbuf_text(&code), code.len);
}

static void answer_code(struct entra_grant *grant)
{
    struct mock_call *call = grant->call;
    cJSON *body = json_new_object(call->arena);
    char user_code[USER_CODE_LEN + 1];
    const char *code = make_code(grant, user_code), *url = page_url(call);

    answer_at_once(call, user_code);
    cJSON_AddStringToObject(body, "user_code", user_code);
    cJSON_AddStringToObject(body, "device_code", code);
    cJSON_AddStringToObject(body, grant->v1 ? "verification_url" : "verification_uri", url);
    if (grant->v1) {
        cJSON_AddStringToObject(body, "expires_in", arena_printf(call->arena, "%d", (int)LIFE_S));
        cJSON_AddStringToObject(body, "interval", arena_printf(call->arena, "%d", (int)INTERVAL_S));
    } else {
        cJSON_AddNumberToObject(body, "expires_in", LIFE_S);
        cJSON_AddNumberToObject(body, "interval", INTERVAL_S);
    }
    cJSON_AddStringToObject(
        body, "message",
        arena_printf(call->arena,
                     "To sign in, use a web browser to open the page %s and enter the code %s to "
                     "authenticate.",
                     url, user_code));
    mock_reply_json(call, grant->reply, 200, body);
    mock_reply_header(grant->reply, "Content-Type", "application/json; charset=utf-8");
}

static bool missing(struct entra_grant *grant, const char *name)
{
    grant->words.parameter = name;
    return entra_grant_refuse(grant, ENTRA_PARAMETER_MISSING);
}

static bool read_client(struct entra_grant *grant)
{
    const char *app_id = entra_param(grant, "client_id");

    if (app_id == NULL) {
        return missing(grant, "client_id");
    }
    grant->words.app = app_id;
    if (!entra_client_load(grant, app_id)) {
        return entra_grant_refuse(grant, ENTRA_APP_UNKNOWN);
    }
    grant->words.name = grant->client.name;
    if (grant->client.principal_id != NULL && !grant->client.enabled) {
        return entra_grant_refuse(grant, ENTRA_APP_DISABLED);
    }
    return !entra_tenant_shared(grant->tenant) || !grant->client.single_tenant ||
           entra_grant_refuse(grant, ENTRA_SINGLE_TENANT);
}

static bool read_scope(struct entra_grant *grant)
{
    grant->scope_text = entra_param(grant, "scope");
    if (grant->v1) {
        grant->scope_text = grant->scope_text != NULL ? grant->scope_text : "";
        grant->resource_text = entra_param(grant, "resource");
        return (grant->resource_text != NULL || missing(grant, "resource")) &&
               entra_scope_read(grant);
    }
    return (grant->scope_text != NULL || missing(grant, "scope")) && entra_scope_read(grant);
}

void entra_device_code(struct mock_call *call, struct mock_reply *reply)
{
    struct entra_grant grant = {
        .call = call,
        .reply = reply,
        .v1 = call->path.count == 3,
        .type = ENTRA_GRANT_DEVICE,
    };

    entra_grant_enter(&grant, call->vars[0]);
    grant.words.v1 = grant.v1;
    if (entra_grant_body(&grant) && entra_grant_tenant(&grant) && read_client(&grant) &&
        read_scope(&grant)) {
        answer_code(&grant);
    }
}

static void show_entry(struct entra_visit *visit, const char *problem)
{
    AUTO(strbuf) page = STRBUF(0);

    entra_page_begin(&page, "Enter code to allow access");
    if (problem != NULL) {
        strbuf_add(&page, "<p role=\"alert\">");
        strbuf_markup(&page, problem);
        strbuf_add(&page, "</p>");
    }
    strbuf_add(&page,
               "<form method=\"post\"><label>Code <input name=\"otc\" maxlength=\"12\"></label> "
               "<button>Next</button></form>");
    entra_page_reply(visit->call, visit->reply, 200, &page);
}

/* So that nobody allows what somebody else has begun. */
static void show_confirmation(struct entra_visit *visit)
{
    AUTO(strbuf) page = STRBUF(0);

    entra_page_begin(&page, "Are you trying to sign in to this application?");
    strbuf_add(&page, "<h2>");
    strbuf_markup(&page, visit->grant.client.name);
    strbuf_add(&page, "</h2><p>Only continue if you began it on a device of your own.</p>");
    entra_visit_form(visit, &page);
    strbuf_add(&page, "<button name=\"action\" value=\"continue\">Continue</button> "
                      "<button name=\"action\" value=\"cancel\">Cancel</button></form>");
    entra_page_reply(visit->call, visit->reply, 200, &page);
}

static void show_end(struct entra_visit *visit, const char *sentence)
{
    AUTO(strbuf) page = STRBUF(0);

    entra_page_begin(&page, sentence);
    strbuf_add(&page, "<p>You may now close this window.</p>");
    entra_page_reply(visit->call, visit->reply, 200, &page);
}

static enum entra_step go_through(struct entra_visit *visit)
{
    enum entra_step step = entra_visit_sign_in(visit);

    if (step != ENTRA_STEP_DONE) {
        return step;
    }
    if (!entra_visit_sure(visit, "continue") && !entra_visit_sure(visit, "accept")) {
        show_confirmation(visit);
        return ENTRA_STEP_SHOWN;
    }
    return entra_visit_consent(visit);
}

void entra_device_page(struct mock_call *call, struct mock_reply *reply)
{
    struct entra_visit visit = {.call = call, .reply = reply};
    struct waiting waiting;
    const char *typed;

    begin_grant(call, &visit.grant);
    if (!entra_visit_begin(&visit)) {
        return;
    }
    typed = entra_visit_param(&visit, "otc");
    if (typed == NULL || call->method != HTTP_POST) {
        show_entry(&visit, NULL);
        return;
    }
    if (!find_waiting(call, typed, &waiting) || !read_waiting(&visit, &waiting)) {
        show_entry(&visit, "That code didn't work. Check the code and try again.");
        return;
    }
    switch (go_through(&visit)) {
    case ENTRA_STEP_DONE:
        settle(call, waiting.user_code, "allowed", visit.grant.user.id, visit.grant.mfa);
        show_end(&visit, "You have signed in to the application on your device");
        break;
    case ENTRA_STEP_CANCELLED:
        settle(call, waiting.user_code, "declined", NULL, false);
        show_end(&visit, "You have cancelled the sign-in on your device");
        break;
    case ENTRA_STEP_REFUSED:
        entra_page_refuse(call, reply, visit.grant.refused, &visit.grant.words);
        break;
    case ENTRA_STEP_SHOWN:
        break;
    }
}
