#include "store/federation.h"

#include <string.h>

#include "base/auto.h"
#include "base/crypto.h"
#include "base/str.h"
#include "store/directory.h"
#include "store/store.h"

static bool refuse(struct world_load *load, const char *member, struct err *err)
{
    err_at(err, json_pointer_add(load->arena, "/tenant/federation", member));
    return false;
}

static bool mark_domains(struct world_load *load, const cJSON *domains, struct err *err)
{
    const cJSON *domain;

    cJSON_ArrayForEach(domain, domains)
    {
        if (store_run(load->db, "UPDATE domains SET authentication = 'Federated' WHERE name = ?",
                      DB_ARGS(db_text(domain->valuestring))) == 0) {
            (void)err_set(err, ERR_CONFIG, "the tenant has no domain %.100s", domain->valuestring);
            return refuse(load, "domains", err);
        }
    }
    if (store_int(load->db, "SELECT count(*) FROM domains WHERE authentication <> 'Federated'",
                  DB_NO_ARGS, 0) == 0) {
        (void)err_set(err, ERR_CONFIG,
                      "one domain stays managed: the initial one cannot be federated");
        return refuse(load, "domains", err);
    }
    return true;
}

bool federation_put(struct world_load *load, const cJSON *federation, struct err *err)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-.";
    const char *host, *issuer, *token;

    if (!cJSON_IsObject(federation)) {
        return true;
    }
    host = str_lower(arena_strdup(load->arena, json_get_text(federation, "host")));
    if (strchr(host, '.') == NULL || host[strspn(host, letters)] != '\0') {
        (void)err_set(err, ERR_CONFIG,
                      "expected a host such as \"sts.contoso.com\", found \"%.100s\"", host);
        return refuse(load, "host", err);
    }
    issuer = json_get_text(federation, "issuer");
    token = json_get_text(federation, "token");
    store_run(load->db,
              "INSERT INTO federation (issuer, host, hash_sync, token, signs, trusted)"
              " VALUES (?, ?, ?, ?, ?, 1)",
              DB_ARGS(db_text(issuer != NULL ? issuer
                                             : arena_printf(load->arena,
                                                            "http://%s/adfs/services/trust", host)),
                      db_text(host), db_int(json_get_bool(federation, "passwordHashSync", false)),
                      db_text(token != NULL ? token : "saml1.1"),
                      db_int(str_eq(json_get_text(federation, "certificate"), "rolled") ? 2 : 1)));
    return mark_domains(load, json_get(federation, "domains"), err);
}

bool federation_has(struct db *db, const char *upn)
{
    const char *sign = strrchr(upn, '@');

    return sign != NULL && store_int(db,
                                     "SELECT 1 FROM domains WHERE name = ?"
                                     " AND authentication = 'Federated'",
                                     DB_ARGS(db_text(sign + 1)), 0) != 0;
}

/* An objectGUID in base64, as the synchronization makes it. */
const char *federation_immutable_id(struct arena *arena, const cJSON *user, const char *id)
{
    const char *given = json_get_text(user, "immutableId");
    AUTO(strbuf) text = STRBUF(0);
    uint8_t hash[SHA256_LEN];

    if (given != NULL) {
        return given;
    }
    crypto_sha256(id, strlen(id), hash);
    strbuf_base64(&text, hash, 16);
    return arena_dup(arena, strbuf_text(&text), text.len);
}

void federation_put_user(struct world_load *load, const cJSON *user, const char *immutable_id,
                         const char *password)
{
    struct directory_hash hash;

    directory_hash_make(load->random, password, &hash);
    store_run(load->db,
              "INSERT INTO realm_users (upn, immutable_id, account_enabled, salt, hash)"
              " VALUES (?, ?, ?, ?, ?)",
              DB_ARGS(db_text(json_get_text(user, "userPrincipalName")), db_text(immutable_id),
                      db_int(json_get_bool(user, "accountEnabled", true)),
                      db_blob(hash.salt, sizeof hash.salt), db_blob(hash.hash, sizeof hash.hash)));
}

const char *federation_cloud_password(struct world_load *load, const cJSON *user,
                                      const char *password)
{
    const char *given = json_get_text(user, "cloudPassword");

    return given != NULL                                                                 ? given
           : store_int(load->db, "SELECT hash_sync FROM federation", DB_NO_ARGS, 0) != 0 ? password
                                                                                         : NULL;
}
