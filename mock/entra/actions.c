#include "entra/actions.h"

#include "base/auto.h"
#include "base/iso8601.h"
#include "entra/consent.h"
#include "entra/devicecode.h"
#include "entra/signing.h"
#include "server/world.h"
#include "store/directory.h"
#include "store/store.h"

/* By object id, client id, or a name that only one has. */
static const char *find_application(struct mock_call *call, const cJSON *with,
                                    struct mock_reply *reply)
{
    static const char sql[] = "SELECT id, count(*) FROM applications WHERE deleted_ms IS NULL"
                              " AND (id = lower(?1) OR app_id = lower(?1) OR display_name = ?1)";
    const char *name = json_get_text(with, "application");
    AUTO(db_rows) rows = {0};

    store_query(&rows, call->db, sql, DB_ARGS(db_text(name)));
    (void)store_next(&rows);
    switch (db_column_int(&rows, 1)) {
    case 0:
        mock_action_refuse(call, reply, "application_unknown",
                           arena_printf(call->arena,
                                        "no application has the id, client id or name \"%.100s\"",
                                        name),
                           "/application");
        return NULL;
    case 1:
        return arena_strdup(call->arena, db_column_text(&rows, 0));
    default:
        mock_action_refuse(call, reply, "application_ambiguous",
                           arena_printf(call->arena,
                                        "%lld applications are named \"%.100s\": use an id",
                                        (long long)db_column_int(&rows, 1), name),
                           "/application");
        return NULL;
    }
}

static void grant_admin_consent(struct mock_call *call, const cJSON *with, struct mock_reply *reply)
{
    const char *id = find_application(call, with, reply);
    cJSON *body = json_new_object(call->arena);
    struct entra_consent consent;

    if (id == NULL) {
        return;
    }
    entra_consent_all(call, directory_application_get(call->db, call->arena, id), NULL, NULL,
                      &consent);
    if (consent.unknown_resource || consent.unknown_permission) {
        mock_action_refuse(call, reply,
                           consent.unknown_resource ? "resource_unknown" : "permission_unknown",
                           consent.unknown_resource
                               ? "the application lists permissions of an API that has no service "
                                 "principal in this tenant"
                               : "the application lists a permission that its API does not have; "
                                 "a delegated one listed as Role is a usual cause",
                           "/application");
        return;
    }
    cJSON_AddNumberToObject(body, "grants", (double)consent.grants);
    cJSON_AddBoolToObject(body, "changed", consent.changed);
    mock_reply_json(call, reply, 200, body);
}

static void set_enabled(struct mock_call *call, const cJSON *with, struct mock_reply *reply,
                        bool enabled)
{
    const char *id = find_application(call, with, reply);
    cJSON *body = json_new_object(call->arena), *principal;
    bool changed;

    if (id == NULL) {
        return;
    }
    principal = directory_principal_by_app_id(
        call->db, call->arena,
        json_get_text(directory_application_get(call->db, call->arena, id), "appId"));
    if (principal == NULL) {
        mock_action_refuse(call, reply, "no_service_principal",
                           "the application has no service principal in this tenant",
                           "/application");
        return;
    }
    changed = json_get_bool(principal, "accountEnabled", true) != enabled;
    cJSON_ReplaceItemInObjectCaseSensitive(principal, "accountEnabled", cJSON_CreateBool(enabled));
    directory_principal_put(call->db, call->arena, principal);
    cJSON_AddBoolToObject(body, "changed", changed);
    mock_reply_json(call, reply, 200, body);
}

static void disable_application(struct mock_call *call, const cJSON *with, struct mock_reply *reply)
{
    set_enabled(call, with, reply, false);
}

static void enable_application(struct mock_call *call, const cJSON *with, struct mock_reply *reply)
{
    set_enabled(call, with, reply, true);
}

static void set_conditional_access(struct mock_call *call, const cJSON *with,
                                   struct mock_reply *reply)
{
    static const char *const words[] = {"off", "blocked", "device", "policy", "legacy", "external"};
    const char *user = json_get_text(with, "user"), *says = json_get_text(with, "says");
    cJSON *body = json_new_object(call->arena);
    bool known = false;

    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        known = known || str_eq(words[i], says);
    }
    if (!known) {
        mock_action_refuse(call, reply, "word_unknown",
                           "expected off, blocked, device, policy, legacy or external", "/says");
        return;
    }
    if (store_int(call->db, "SELECT 1 FROM users WHERE id = lower(?1) OR upn = ?1",
                  DB_ARGS(db_text(user)), 0) == 0) {
        mock_action_refuse(
            call, reply, "user_unknown",
            arena_printf(call->arena, "no user has the id or sign-in name \"%.100s\"", user),
            "/user");
        return;
    }
    cJSON_AddBoolToObject(
        body, "changed",
        store_run(call->db,
                  "UPDATE users SET access = ?2 WHERE (id = lower(?1) OR upn = ?1)"
                  " AND access <> ?2",
                  DB_ARGS(db_text(user), db_text(says))) > 0);
    mock_reply_json(call, reply, 200, body);
}

static void require_mfa(struct mock_call *call, const cJSON *with, struct mock_reply *reply)
{
    const char *user = json_get_text(with, "user");
    const char *mfa = json_get_bool(with, "registered", true) ? "required" : "unregistered";
    cJSON *body = json_new_object(call->arena);
    const char *was =
        store_text(call->db, call->arena, "SELECT mfa FROM users WHERE id = lower(?1) OR upn = ?1",
                   DB_ARGS(db_text(user)));

    if (was == NULL) {
        mock_action_refuse(
            call, reply, "user_unknown",
            arena_printf(call->arena, "no user has the id or sign-in name \"%.100s\"", user),
            "/user");
        return;
    }
    store_run(call->db, "UPDATE users SET mfa = ?2 WHERE id = lower(?1) OR upn = ?1",
              DB_ARGS(db_text(user), db_text(mfa)));
    cJSON_AddBoolToObject(body, "changed", !str_eq(was, mfa));
    mock_reply_json(call, reply, 200, body);
}

/* What Microsoft does without notice, every few weeks. */
static void roll_signing_key(struct mock_call *call, const cJSON *with, struct mock_reply *reply)
{
    const char *text = json_get_text(with, "overlap");
    const struct entra_key *old = entra_signing_key(call);
    cJSON *body = json_new_object(call->arena);
    char until[ISO8601_SIZE];
    struct duration overlap;
    int64_t until_ms;

    if (!duration_parse(text != NULL ? text : "P1D", &overlap)) {
        mock_action_refuse(call, reply, "duration_malformed",
                           "expected a duration such as \"PT1H\", or \"PT0S\" for none",
                           "/overlap");
        return;
    }
    until_ms = duration_add(call->now_ms, overlap, 1);
    if (!entra_signing_roll(call, until_ms)) {
        mock_action_refuse(call, reply, "key_still_known",
                           "the next key has signed before, and its tokens may still be alive: "
                           "move the clock by a day behind the end of its overlap",
                           NULL);
        return;
    }
    iso8601_format(until_ms, until);
    cJSON_AddStringToObject(body, "kid", entra_signing_key(call)->kid);
    cJSON_AddStringToObject(body, "previous", old->kid);
    cJSON_AddStringToObject(body, "previousUntil", until);
    mock_reply_json(call, reply, 200, body);
}

static const char *find_user(struct mock_call *call, const cJSON *with, struct mock_reply *reply)
{
    const char *user = json_get_text(with, "user");
    const char *id =
        store_text(call->db, call->arena, "SELECT id FROM users WHERE id = lower(?1) OR upn = ?1",
                   DB_ARGS(db_text(user)));

    if (id == NULL) {
        mock_action_refuse(
            call, reply, "user_unknown",
            arena_printf(call->arena, "no user has the id or sign-in name \"%.100s\"", user),
            "/user");
    }
    return id;
}

static void enter_device_code(struct mock_call *call, const cJSON *with, struct mock_reply *reply)
{
    const char *user = find_user(call, with, reply), *why;

    if (user == NULL) {
        return;
    }
    if (!entra_device_enter(call, json_get_text(with, "code"), user,
                            json_get_bool(with, "decline", false), &why)) {
        mock_action_refuse(call, reply, "code_refused", why, "/code");
        return;
    }
    mock_reply_json(call, reply, 200, json_new_object(call->arena));
}

static void answer_device_codes(struct mock_call *call, const cJSON *with, struct mock_reply *reply)
{
    const char *user = find_user(call, with, reply);

    if (user != NULL) {
        entra_device_answer(call, user, json_get_bool(with, "decline", false));
        mock_reply_json(call, reply, 200, json_new_object(call->arena));
    }
}

/* The refresh tokens and sessions of before are over; access tokens live on. */
static void reset_password(struct mock_call *call, const cJSON *with, struct mock_reply *reply)
{
    static const char sql[] =
        "UPDATE users SET salt = ?, hash = ?, valid_from_ms = ?, password_expires_ms = NULL,"
        " failures = 0, locks = 0, locked_until_ms = 0, wrong_hashes = '' WHERE id = ?";
    const char *user = find_user(call, with, reply);
    struct directory_hash hash;

    if (user == NULL) {
        return;
    }
    directory_hash_make(&call->world->random, json_get_text(with, "password"), &hash);
    store_run(call->db, sql,
              DB_ARGS(db_blob(hash.salt, sizeof hash.salt), db_blob(hash.hash, sizeof hash.hash),
                      db_int(call->now_ms), db_text(user)));
    mock_reply_json(call, reply, 200, json_new_object(call->arena));
}

/* "Users and groups" of the application, with its default access. */
static void assign_user(struct mock_call *call, const cJSON *with, struct mock_reply *reply)
{
    static const char default_access[] = "00000000-0000-0000-0000-000000000000";
    const char *application = find_application(call, with, reply), *user, *principal;
    cJSON *body = json_new_object(call->arena);

    user = application != NULL ? find_user(call, with, reply) : NULL;
    if (user == NULL) {
        return;
    }
    principal = store_text(call->db, call->arena,
                           "SELECT p.id FROM service_principals p JOIN applications a"
                           " ON a.app_id = p.app_id WHERE a.id = ?",
                           DB_ARGS(db_text(application)));
    if (principal == NULL) {
        mock_action_refuse(call, reply, "no_service_principal",
                           "the application has no service principal in this tenant",
                           "/application");
        return;
    }
    cJSON_AddBoolToObject(body, "changed",
                          directory_role_assign(call->db, call->arena, user, principal,
                                                default_access, call->now_ms, call->now_ms));
    mock_reply_json(call, reply, 200, body);
}

#define USER_PARAM                                                                                 \
    {                                                                                              \
        "user", "string", true, "object id or sign-in name"                                        \
    }

#define APPLICATION_PARAM                                                                          \
    {                                                                                              \
        "application", "string", true, "object id, client id or name"                              \
    }

const struct mock_action entra_actions[ENTRA_ACTION_COUNT] = {
    {.actor = "azure-admin",
     .name = "assign-user",
     .about = "Adds a user under \"Users and groups\": needed where assignment is required"
              " (AADSTS50105).",
     .result = "{\"changed\": bool}",
     .params = {APPLICATION_PARAM, USER_PARAM},
     .run = assign_user},
    {.actor = "azure-admin",
     .name = "disable-application",
     .about = "Switches \"Enabled for users to sign in\" off: tokens are refused (AADSTS7000112).",
     .result = "{\"changed\": bool}",
     .params = {APPLICATION_PARAM},
     .run = disable_application},
    {.actor = "azure-admin",
     .name = "enable-application",
     .about = "Switches it on again.",
     .result = "{\"changed\": bool}",
     .params = {APPLICATION_PARAM},
     .run = enable_application},
    {.actor = "azure-admin",
     .name = "grant-admin-consent",
     .about = "Presses \"Grant admin consent\": all that the application lists, for everybody.",
     .result = "{\"grants\": how many stand, \"changed\": bool}",
     .params = {APPLICATION_PARAM},
     .run = grant_admin_consent},
    {.actor = "azure-admin",
     .name = "set-conditional-access",
     .about = "A Conditional Access policy or the security defaults keep the user out, or no more.",
     .result = "{\"changed\": bool}",
     .params = {{"user", "string", true, "object id or sign-in name"},
                {"says", "string", true,
                 "off, or what stands in the way: blocked (AADSTS53003), device (53000), policy"
                 " (530032), legacy (530035), external (50158)"}},
     .run = set_conditional_access},
    {.actor = "azure-admin",
     .name = "require-mfa",
     .about = "A policy asks the user for a second factor: password sign-in is refused.",
     .result = "{\"changed\": bool}",
     .params = {USER_PARAM,
                {"registered", "boolean", false,
                 "false: the user has registered none yet (AADSTS50079 instead of 50076)"}},
     .run = require_mfa},
    {.actor = "azure-admin",
     .name = "reset-password",
     .about = "Gives a user a new password: what was signed in before has to sign in again"
              " (AADSTS50173).",
     .result = "{}",
     .params = {USER_PARAM, {"password", "string", true, "the new one"}},
     .run = reset_password},
    {.actor = "azure-ad",
     .name = "roll-signing-key",
     .about = "Goes on to the next key that signs tokens, as Microsoft does without notice.",
     .result = "{\"kid\", \"previous\": the kids of both, \"previousUntil\": date}",
     .params = {{"overlap", "string", false,
                 "how long the old one is published and counts; default P1D"}},
     .run = roll_signing_key},
    {.actor = "azure-user",
     .name = "answer-device-codes",
     .about =
         "Enters every device code that is made from now on, at once, and allows what is asked.",
     .result = "{}",
     .params = {USER_PARAM, {"decline", "boolean", false, "cancels instead; default false"}},
     .run = answer_device_codes},
    {.actor = "azure-user",
     .name = "enter-device-code",
     .about =
         "Enters a device code, signs in (also with a second factor) and allows what is asked.",
     .result = "{}",
     .params = {{"code", "string", true, "the one that is shown to people: GFBDXL9P2"},
                USER_PARAM,
                {"decline", "boolean", false, "cancels instead; default false"}},
     .run = enter_device_code},
};
