/* Which of the plain secrets of a world are still good. */
#include <string.h>

#include "base/auto.h"
#include "base/crypto.h"
#include "store/load.h"
#include "store/store.h"

/* Each takes a name and gives the salts and hashes that are good for it now. */
static const struct {
    const char *group, *sql;
} groups[] = {
    {"applications", "SELECT p.salt, p.hash FROM passwords p JOIN applications a ON a.id = p.owner"
                     " WHERE a.app_id = ?1 AND a.deleted_ms IS NULL UNION ALL"
                     " SELECT p.salt, p.hash FROM passwords p JOIN other_principals o"
                     " ON o.id = p.owner WHERE o.app_id = ?1"},
    {"users", "SELECT salt, hash FROM users WHERE upn = ?1 AND hash IS NOT NULL UNION ALL"
              " SELECT salt, hash FROM realm_users WHERE upn = ?1"},
    {"apiUsers", "SELECT salt, hash FROM api_users WHERE client_id = ?"},
};

static bool known(struct db *db, const char *sql, const char *name, const char *secret)
{
    AUTO(db_rows) rows = {0};

    store_query(&rows, db, sql, DB_ARGS(db_text(name)));
    while (store_next(&rows)) {
        uint8_t hash[SHA256_LEN];
        size_t salt_len, hash_len;
        const void *salt = db_column_blob(&rows, 0, &salt_len);
        const void *stored = db_column_blob(&rows, 1, &hash_len);

        crypto_sha256_salted(salt, salt_len, secret, hash);
        if (hash_len == sizeof hash && crypto_equal(stored, hash, sizeof hash)) {
            return true;
        }
    }
    return false;
}

void world_keep_known_secrets(struct db *db, cJSON *secrets)
{
    for (size_t i = 0; i < ARRAY_LEN(groups); i++) {
        cJSON *names = json_get(secrets, groups[i].group);
        cJSON *secret = names != NULL ? names->child : NULL;

        while (secret != NULL) {
            cJSON *next = secret->next;

            if (!known(db, groups[i].sql, secret->string, secret->valuestring)) {
                cJSON_Delete(cJSON_DetachItemViaPointer(names, secret));
            }
            secret = next;
        }
    }
}
