/* Who asks: the application and its credential. Source: entra-token, entra-errors. */
#include <string.h>
#include <strings.h>

#include "base/auto.h"
#include "base/crypto.h"
#include "entra/first_party.h"
#include "entra/grant.h"
#include "store/directory.h"
#include "store/store.h"

/*
 * An application rarely has more secrets; with fewer there is compared for nothing, so that time
 * tells neither how many there are nor that there is no such application.
 */
enum { LEAST_COMPARISONS = 4 };

static void compare_for_nothing(const char *secret, int done)
{
    for (; done < LEAST_COMPARISONS; done++) {
        (void)directory_hash_fits(NULL, 0, secret, NULL);
    }
}

/* There is no such application. */
static void hash_for_nothing(const char *secret)
{
    compare_for_nothing(secret, 0);
}

/* The client's id and secret of a Basic header: each half was form-encoded before base64. */
static void read_basic(struct entra_grant *grant, const char **ret_id, const char **ret_secret)
{
    struct arena *arena = grant->call->arena;
    const char *header = mock_call_header(grant->call, "Authorization");
    char *text, *colon;
    size_t len;

    if (header == NULL || strncasecmp(header, "Basic ", 6) != 0) {
        return;
    }
    text = (char *)crypto_base64_decode(arena, header + 6, strlen(header + 6), &len);
    colon = text != NULL ? memchr(text, ':', len) : NULL;
    if (colon != NULL) {
        const char *id = uri_decode(arena, text, (size_t)(colon - text), true);

        if (*ret_id != NULL && !str_ieq(*ret_id, id)) {
            return; /* of another client than the body's */
        }
        *ret_id = id;
        *ret_secret = uri_decode(arena, colon + 1, len - (size_t)(colon + 1 - text), true);
    }
}

/* Compares with every credential, also after one fits. */
static enum entra_secret weigh_secret(struct entra_grant *grant, const char *secret)
{
    static const char sql[] =
        "SELECT salt, hash, start_ms, end_ms, visible_ms, key_id FROM passwords"
        " WHERE owner = ? OR owner = ?";
    const struct entra_client *client = &grant->client;
    int64_t now_ms = grant->call->now_ms;
    enum entra_secret verdict = ENTRA_SECRET_WRONG;
    AUTO(db_rows) rows = {0};
    int compared = 0;

    store_query(&rows, grant->call->db, sql,
                DB_ARGS(db_text(client->object_id), db_text(client->principal_id)));
    while (store_next(&rows)) {
        bool seen = db_column_int(&rows, 2) <= now_ms && db_column_int(&rows, 4) <= now_ms;
        bool fits = directory_hash_fits(&rows, 0, secret, NULL);

        compared++;
        if (fits && seen) {
            bool over = db_column_int(&rows, 3) <= now_ms;

            verdict = !over || verdict == ENTRA_SECRET_GOOD ? ENTRA_SECRET_GOOD
                                                            : ENTRA_SECRET_EXPIRED_ONE;
        } else if (verdict == ENTRA_SECRET_WRONG && str_ieq(secret, db_column_text(&rows, 5))) {
            verdict = ENTRA_SECRET_IS_KEY_ID;
        }
    }
    compare_for_nothing(secret, compared);
    return verdict;
}

/* A public client of Microsoft's own needs no registration here. */
static bool load_first_party(struct entra_grant *grant, const char *app_id)
{
    const struct entra_first_party *client = entra_first_party_find(app_id);
    struct mock_call *call = grant->call;
    AUTO(db_rows) rows = {0};

    if (client == NULL) {
        return false;
    }
    grant->client = (struct entra_client){
        .app_id = client->app_id,
        .name = client->name,
        .enabled = true,
        .fallback_public = true,
        .first_party = true,
    };
    store_query(&rows, call->db,
                "SELECT id, account_enabled FROM service_principals WHERE app_id = ?",
                DB_ARGS(db_text(client->app_id)));
    if (store_next(&rows)) {
        grant->client.principal_id = arena_strdup(call->arena, db_column_text(&rows, 0));
        grant->client.enabled = db_column_int(&rows, 1) != 0;
    }
    return true;
}

const cJSON *entra_client_document(struct entra_grant *grant)
{
    struct mock_call *call = grant->call;

    return grant->client.first_party
               ? entra_first_party_document(call->arena,
                                            entra_first_party_find(grant->client.app_id))
               : directory_application_get(call->db, call->arena, grant->client.object_id);
}

/*
 * Another organization's tenant knows the applications that are present there: by an id of its own,
 * and by what their registration says, wherever that is.
 */
static bool load_foreign(struct entra_grant *grant, const char *app_id, bool registered_here)
{
    static const char sql[] = "SELECT app_id, id, display_name FROM other_principals"
                              " WHERE tenant = ? AND app_id = lower(?)";
    struct arena *arena = grant->call->arena;
    AUTO(db_rows) rows = {0};

    store_query(&rows, grant->call->db, sql, DB_ARGS(db_text(grant->tid), db_text(app_id)));
    if (!store_next(&rows) || (registered_here && grant->client.single_tenant)) {
        return false;
    }
    if (!registered_here) {
        grant->client = (struct entra_client){
            .app_id = arena_strdup(arena, db_column_text(&rows, 0)),
            .name = arena_strdup(arena, db_column_text(&rows, 2)),
        };
    }
    grant->client.principal_id = arena_strdup(arena, db_column_text(&rows, 1));
    grant->client.enabled = true;
    return true;
}

bool entra_client_load(struct entra_grant *grant, const char *app_id)
{
    static const char sql[] =
        "SELECT a.app_id, a.id, a.display_name, p.id, p.account_enabled, a.audience, a.is_public"
        " FROM applications a LEFT JOIN service_principals p ON p.app_id = a.app_id"
        " WHERE a.app_id = lower(?) AND a.deleted_ms IS NULL";
    struct arena *arena = grant->call->arena;
    AUTO(db_rows) rows = {0};

    store_query(&rows, grant->call->db, sql, DB_ARGS(db_text(app_id)));
    if (!store_next(&rows)) {
        return load_first_party(grant, app_id) ||
               (grant->tenant == ENTRA_TENANT_FOREIGN && load_foreign(grant, app_id, false));
    }
    grant->client = (struct entra_client){
        .app_id = arena_strdup(arena, db_column_text(&rows, 0)),
        .object_id = arena_strdup(arena, db_column_text(&rows, 1)),
        .name = arena_strdup(arena, db_column_text(&rows, 2)),
        .principal_id = arena_strdup(arena, db_column_text(&rows, 3)),
        .enabled = db_column_int(&rows, 4) != 0,
        .single_tenant = str_eq(db_column_text(&rows, 5), "AzureADMyOrg"),
        .fallback_public = db_column_int(&rows, 6) != 0,
    };
    return grant->tenant != ENTRA_TENANT_FOREIGN || load_foreign(grant, app_id, true);
}

bool entra_client_find(struct entra_grant *grant)
{
    const char *app_id = entra_param(grant, "client_id");
    const char *secret = entra_param(grant, "client_secret");

    if (secret == NULL) {
        read_basic(grant, &app_id, &secret);
    }
    if (app_id == NULL) {
        grant->words.parameter = "client_id";
        return entra_grant_refuse(grant, ENTRA_PARAMETER_MISSING);
    }
    grant->words.app = app_id;
    grant->secret_sent = secret != NULL;
    grant->assertion_sent = entra_param(grant, "client_assertion") != NULL;
    if (!entra_client_load(grant, app_id)) {
        hash_for_nothing(secret != NULL ? secret : "");
        return entra_grant_refuse(grant, ENTRA_APP_UNKNOWN);
    }
    grant->words.name = grant->client.name;
    grant->secret = secret != NULL ? weigh_secret(grant, secret) : ENTRA_SECRET_NONE;
    if (grant->client.principal_id == NULL && !grant->client.first_party) {
        return entra_grant_refuse(grant, ENTRA_NO_PRINCIPAL);
    }
    if (!grant->client.enabled) {
        return entra_grant_refuse(grant, ENTRA_APP_DISABLED);
    }
    if (grant->tenant == ENTRA_TENANT_CONSUMERS && grant->client.single_tenant) {
        return entra_grant_refuse(grant, ENTRA_CONSUMERS_UNSUPPORTED);
    }
    return !entra_tenant_shared(grant->tenant) || !grant->client.single_tenant ||
           entra_grant_refuse(grant, ENTRA_SINGLE_TENANT);
}

/* An interactive sign-in tells it by the platform of its redirect URI, other flows by the switch.
 */
static bool is_public(const struct entra_grant *grant)
{
    switch (grant->platform) {
    case ENTRA_PLATFORM_WEB:
        return false;
    case ENTRA_PLATFORM_SPA:
    case ENTRA_PLATFORM_PUBLIC:
        return true;
    case ENTRA_PLATFORM_NONE:
        break;
    }
    return grant->client.fallback_public;
}

bool entra_client_authenticate(struct entra_grant *grant)
{
    bool user_flow = grant->type != ENTRA_GRANT_APP;

    if (user_flow && is_public(grant)) {
        return (!grant->secret_sent && !grant->assertion_sent) ||
               entra_grant_refuse(grant, ENTRA_CLIENT_PUBLIC);
    }
    if (grant->assertion_sent) {
        return entra_assertion_check(grant);
    }
    switch (grant->secret) {
    case ENTRA_SECRET_GOOD:
        return true;
    case ENTRA_SECRET_NONE:
        return entra_grant_refuse(grant, user_flow ? ENTRA_CREDENTIAL_MISSING
                                                   : ENTRA_CREDENTIAL_MISSING_APP);
    case ENTRA_SECRET_EXPIRED_ONE:
        return entra_grant_refuse(grant, ENTRA_SECRET_EXPIRED);
    case ENTRA_SECRET_IS_KEY_ID:
        mock_call_rule(grant->call, "SETUP2-07");
        grant->words.suppress_rule = true;
        return entra_grant_refuse(grant, ENTRA_WRONG_SECRET);
    case ENTRA_SECRET_WRONG:
        break;
    }
    return entra_grant_refuse(grant, ENTRA_WRONG_SECRET);
}
