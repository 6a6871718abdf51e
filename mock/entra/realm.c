/*
 * Which way a user signs in, as clients and the sign-in page ask it. All of it is a property of the
 * domain: a name that does not exist in it has it too. Source: entra-realm, entra-federation.
 */
#include "entra/realm.h"

#include <string.h>

#include "base/auto.h"
#include "base/crypto.h"
#include "entra/error.h"
#include "entra/tenant.h"
#include "server/world.h"
#include "store/federation.h"
#include "store/store.h"

static const char cloud_instance[] = "microsoftonline.com";
static const char cloud_audience[] = "urn:federation:MicrosoftOnline";

enum kind { MANAGED, FEDERATED, UNKNOWN };

struct realm {
    enum kind kind;
    const char *user;   /* as it was asked */
    const char *domain; /* of the name; NULL when it has none that a tenant knows */
    const char *brand;  /* the name of its tenant */
    bool foreign;       /* another organization's */
};

static const char *const kind_names[] = {"Managed", "Federated", "Unknown"};

static struct realm find_realm(struct mock_call *call, const char *user)
{
    const struct entra_directory home = entra_directory_of_user(call, user);
    struct realm realm = {.kind = UNKNOWN, .user = user, .brand = home.name};

    if (home.tenant == ENTRA_TENANT_OWN || home.tenant == ENTRA_TENANT_FOREIGN) {
        realm.domain = strrchr(user, '@') + 1;
        realm.foreign = home.tenant == ENTRA_TENANT_FOREIGN;
        realm.kind = federation_has(call->db, user) ? FEDERATED : MANAGED;
    }
    return realm;
}

static void answer(struct mock_call *call, struct mock_reply *reply, const cJSON *body)
{
    mock_reply_json(call, reply, 200, body);
    mock_reply_header(reply, "Content-Type", "application/json; charset=utf-8");
}

static void add_place(struct mock_call *call, cJSON *body, const char *name, const char *path)
{
    cJSON_AddStringToObject(body, name, mock_call_url(call, MOCK_PLACE_ADFS, path));
}

/* Where the page sends the user: AD FS signs in by WS-Federation. */
static void add_passive(struct mock_call *call, const struct realm *realm, cJSON *body,
                        const char *name)
{
    AUTO(strbuf) path = STRBUF(0);

    strbuf_add(&path, "/adfs/ls/?username=");
    strbuf_uri(&path, realm->user);
    strbuf_add(&path, "&wa=wsignin1.0&wtrealm=urn%3afederation%3aMicrosoftOnline&wctx=");
    add_place(call, body, name, strbuf_text(&path));
}

static void add_brand(const struct realm *realm, cJSON *body)
{
    cJSON_AddStringToObject(body, "FederationBrandName", realm->brand);
}

/* What MSAL and ADAL ask. */
static cJSON *realm_v1(struct mock_call *call, const struct realm *realm)
{
    cJSON *body = json_new_object(call->arena);

    cJSON_AddStringToObject(body, "ver", "1.0");
    cJSON_AddStringToObject(body, "account_type", kind_names[realm->kind]);
    if (realm->domain != NULL) {
        cJSON_AddStringToObject(body, "domain_name", realm->domain);
    }
    if (realm->kind == FEDERATED) {
        cJSON_AddStringToObject(body, "federation_protocol", "WSTrust");
        add_place(call, body, "federation_metadata_url", "/adfs/services/trust/mex");
        add_place(call, body, "federation_active_auth_url",
                  "/adfs/services/trust/2005/usernamemixed");
    }
    cJSON_AddStringToObject(body, "cloud_instance_name", cloud_instance);
    cJSON_AddStringToObject(body, "cloud_audience_urn", cloud_audience);
    return body;
}

/* The style of the page. */
static cJSON *realm_v2(struct mock_call *call, const struct realm *realm)
{
    cJSON *body = json_new_object(call->arena);

    cJSON_AddStringToObject(body, "NameSpaceType", kind_names[realm->kind]);
    if (realm->kind == FEDERATED) {
        cJSON_AddStringToObject(body, "federation_protocol", "WSTrust");
    }
    cJSON_AddStringToObject(body, "Login", realm->user);
    if (realm->kind == FEDERATED) {
        add_passive(call, realm, body, "AuthURL");
    }
    if (realm->domain != NULL) {
        cJSON_AddStringToObject(body, "DomainName", realm->domain);
        add_brand(realm, body);
        cJSON_AddNullToObject(body, "TenantBrandingInfo");
    }
    cJSON_AddStringToObject(body, "cloud_instance_name", cloud_instance);
    return body;
}

void entra_user_realm(struct mock_call *call, struct mock_reply *reply)
{
    const char *version = uri_param(&call->params, "api-version");
    const struct entra_words words = {.parameter = "api-version"};
    struct realm realm;

    if (version == NULL || *version == '\0') {
        entra_refuse(call, reply, ENTRA_FIELD_MISSING, &words);
        return;
    }
    realm = find_realm(call, call->vars[0]);
    answer(call, reply,
           str_starts(version, "2.") ? realm_v2(call, &realm) : realm_v1(call, &realm));
}

/* The oldest of the three; scripts of administrators use it. */
void entra_user_realm_srf(struct mock_call *call, struct mock_reply *reply)
{
    static const struct {
        int state, user_state;
    } states[] = {[MANAGED] = {4, 1}, [FEDERATED] = {3, 2}, [UNKNOWN] = {1, 1}};
    const struct entra_words words = {.parameter = "login"};
    const char *login = uri_param(&call->params, "login");
    cJSON *body = json_new_object(call->arena);
    struct uri_params form;
    struct realm realm;

    if (login == NULL && uri_parse_params(call->arena, call->body, call->body_len, &form)) {
        login = uri_param(&form, "login");
    }
    if (login == NULL || *login == '\0') {
        entra_refuse(call, reply, ENTRA_FIELD_MISSING, &words);
        return;
    }
    realm = find_realm(call, login);
    cJSON_AddNumberToObject(body, "State", states[realm.kind].state);
    cJSON_AddNumberToObject(body, "UserState", states[realm.kind].user_state);
    cJSON_AddStringToObject(body, "Login", login);
    cJSON_AddStringToObject(body, "NameSpaceType", kind_names[realm.kind]);
    if (realm.domain != NULL) {
        cJSON_AddStringToObject(body, "DomainName", realm.domain);
    }
    if (realm.kind == FEDERATED) {
        cJSON_AddNumberToObject(body, "FederationGlobalVersion", -1);
        add_passive(call, &realm, body, "AuthURL");
    }
    if (realm.domain != NULL) {
        add_brand(&realm, body);
    }
    cJSON_AddStringToObject(body, "CloudInstanceName", cloud_instance);
    cJSON_AddStringToObject(body, "CloudInstanceIssuerUri", cloud_audience);
    answer(call, reply, body);
}

static void add_opaque(struct mock_call *call, cJSON *body, const char *name)
{
    AUTO(strbuf) text = STRBUF(0);
    uint8_t chance[48];

    random_bytes(&call->world->random, chance, sizeof chance);
    strbuf_base64url(&text, chance, sizeof chance);
    cJSON_AddStringToObject(body, name, strbuf_text(&text));
}

static cJSON *credentials(struct mock_call *call, const struct realm *realm)
{
    cJSON *object = cJSON_CreateObject();

    cJSON_AddNumberToObject(object, "PrefCredential", realm->kind == FEDERATED ? 4 : 1);
    cJSON_AddBoolToObject(object, "HasPassword", true);
    cJSON_AddNullToObject(object, "RemoteNgcParams");
    cJSON_AddNullToObject(object, "FidoParams");
    cJSON_AddNullToObject(object, "SasParams");
    if (realm->kind == FEDERATED) {
        add_passive(call, realm, object, "FederationRedirectUrl");
    }
    return object;
}

/*
 * Of a federated domain the directory itself may not know who exists, and says so. In another
 * tenant everybody does of whom the sign-in page says that he has no account in this one.
 */
static bool exists(struct mock_call *call, const struct realm *realm)
{
    return realm->kind == FEDERATED || realm->foreign ||
           store_int(call->db, "SELECT 1 FROM users WHERE upn = ?", DB_ARGS(db_text(realm->user)),
                     0) != 0;
}

/* The sign-in page asks this after the name was typed. */
void entra_credential_type(struct mock_call *call, struct mock_reply *reply)
{
    static const int domain_types[] = {[MANAGED] = 3, [FEDERATED] = 4, [UNKNOWN] = 1};
    const struct entra_words words = {.parameter = "username"};
    cJSON *body = json_new_object(call->arena), *asked = NULL, *properties;
    const char *user;
    struct realm realm;
    struct err err;

    if (!json_parse(call->arena, call->body, call->body_len, JSON_PLAIN, &asked, &err)) {
        entra_refuse(call, reply, ENTRA_MALFORMED, &words);
        return;
    }
    user = json_get_text(asked, "username");
    if (user == NULL || *user == '\0') {
        entra_refuse(call, reply, ENTRA_FIELD_MISSING, &words);
        return;
    }
    realm = find_realm(call, user);
    cJSON_AddStringToObject(body, "Username", user);
    cJSON_AddStringToObject(body, "Display", user);
    cJSON_AddNumberToObject(body, "IfExistsResult", exists(call, &realm) ? 0 : 1);
    cJSON_AddBoolToObject(body, "IsUnmanaged", false);
    cJSON_AddNumberToObject(body, "ThrottleStatus", realm.kind == FEDERATED ? 1 : 0);
    cJSON_AddItemToObject(body, "Credentials", credentials(call, &realm));
    properties = cJSON_AddObjectToObject(body, "EstsProperties");
    cJSON_AddNullToObject(properties, "UserTenantBranding");
    cJSON_AddNumberToObject(properties, "DomainType", domain_types[realm.kind]);
    cJSON_AddObjectToObject(body, "DfpProperties");
    cJSON_AddBoolToObject(body, "IsSignupDisallowed", true);
    add_opaque(call, body, "FlowToken");
    add_opaque(call, body, "apiCanary");
    answer(call, reply, body);
}
