#include "adfs/actions.h"

#include "base/auto.h"
#include "server/world.h"
#include "store/directory.h"
#include "store/store.h"

static void done(struct mock_call *call, struct mock_reply *reply, bool changed)
{
    cJSON *body = json_new_object(call->arena);

    cJSON_AddBoolToObject(body, "changed", changed);
    mock_reply_json(call, reply, 200, body);
}

/*
 * On premises at once; in the cloud when hashes are synchronized, after the delay. Until then the
 * old password is good there, and afterwards refresh tokens of the old one are dead.
 */
static void change_password(struct mock_call *call, const cJSON *with, struct mock_reply *reply)
{
    const char *user = json_get_text(with, "user"), *password = json_get_text(with, "password");
    struct directory_hash hash;

    directory_hash_make(&call->world->random, password, &hash);
    if (store_run(call->db, "UPDATE realm_users SET salt = ?, hash = ? WHERE upn = ?",
                  DB_ARGS(db_blob(hash.salt, sizeof hash.salt),
                          db_blob(hash.hash, sizeof hash.hash), db_text(user))) == 0) {
        mock_action_refuse(
            call, reply, "user_unknown",
            arena_printf(call->arena, "no user of a federated domain is named \"%.100s\"", user),
            "/user");
        return;
    }
    if (store_int(call->db, "SELECT hash_sync FROM federation", DB_NO_ARGS, 0) != 0) {
        int64_t seen_ms =
            store_setting_after(call->db, "tenant", "passwordSyncDelay", call->now_ms);

        store_run(call->db,
                  "INSERT OR REPLACE INTO password_changes (upn, seen_ms, salt, hash)"
                  " VALUES (?, ?, ?, ?)",
                  DB_ARGS(db_text(user), db_int(seen_ms), db_blob(hash.salt, sizeof hash.salt),
                          db_blob(hash.hash, sizeof hash.hash)));
    }
    done(call, reply, true);
}

static void refuse_unfederated(struct mock_call *call, struct mock_reply *reply)
{
    mock_action_refuse(call, reply, "not_federated", "no domain of the tenant is federated", NULL);
}

static void roll_certificate(struct mock_call *call, const cJSON *with, struct mock_reply *reply)
{
    bool told = json_get_bool(with, "told", false);

    if (store_int(call->db, "SELECT 1 FROM federation", DB_NO_ARGS, 0) == 0) {
        refuse_unfederated(call, reply);
        return;
    }
    if (!told) {
        store_run(call->db, "UPDATE federation SET signs = 3 - signs", DB_NO_ARGS);
    } else {
        store_run(call->db, "UPDATE federation SET trusted = signs", DB_NO_ARGS);
    }
    done(call, reply, true);
}

/* Switched off, the hashes that were synchronized stay as they are: they grow stale. */
static void synchronize_passwords(struct mock_call *call, const cJSON *with,
                                  struct mock_reply *reply)
{
    bool on = json_get_bool(with, "on", true);
    bool changed = store_run(call->db, "UPDATE federation SET hash_sync = ?1 WHERE hash_sync <> ?1",
                             DB_ARGS(db_int(on))) > 0;

    if (store_int(call->db, "SELECT 1 FROM federation", DB_NO_ARGS, 0) == 0) {
        refuse_unfederated(call, reply);
        return;
    }
    if (on && changed) {
        store_run(call->db,
                  "UPDATE users SET salt = r.salt, hash = r.hash FROM realm_users r"
                  " WHERE r.upn = users.upn",
                  DB_NO_ARGS);
    }
    done(call, reply, changed);
}

const struct mock_action adfs_actions[ADFS_ACTION_COUNT] = {
    {.actor = "adfs-admin",
     .name = "change-password",
     .about = "Changes a password on premises; Azure AD sees it when hashes are synchronized.",
     .result = "{\"changed\": bool}",
     .params = {{"user", "string", true, "sign-in name in a federated domain"},
                {"password", "string", true, "the new one"}},
     .run = change_password},
    {.actor = "adfs-admin",
     .name = "roll-certificate",
     .about = "AD FS signs with its other certificate; Azure AD refuses its assertions"
              " (AADSTS50013) until it is told.",
     .result = "{\"changed\": bool}",
     .params = {{"told", "boolean", false,
                 "true: signs as before, and Azure AD is told of the certificate"}},
     .run = roll_certificate},
    {.actor = "adfs-admin",
     .name = "synchronize-passwords",
     .about = "Switches the synchronization of password hashes to Azure AD on, or off again.",
     .result = "{\"changed\": bool}",
     .params = {{"on", "boolean", false, "false: off; the hashes stay. Default true"}},
     .run = synchronize_passwords},
};
