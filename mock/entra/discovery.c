#include "entra/discovery.h"

#include <string.h>

#include "base/auto.h"
#include "entra/error.h"
#include "entra/page.h"
#include "entra/signing.h"
#include "entra/tenant.h"

static const char json_type[] = "application/json; charset=utf-8";
static const char consumers[] = "9188040d-6c67-4c5b-b112-36a304b66dad";

/* These documents may be kept for a day and read by web pages, refusals too. */
static void public_headers(struct mock_reply *reply)
{
    mock_reply_header_set(reply, "Cache-Control", "max-age=86400, private");
    mock_reply_header_set(reply, "Access-Control-Allow-Origin", "*");
    mock_reply_header_set(reply, "Access-Control-Allow-Methods", "GET, OPTIONS");
}

static void answer(struct mock_call *call, struct mock_reply *reply, const cJSON *body)
{
    mock_reply_json(call, reply, 200, body);
    mock_reply_header(reply, "Content-Type", json_type);
    public_headers(reply);
}

static void refuse(struct mock_call *call, struct mock_reply *reply, enum entra_code code,
                   const struct entra_words *words)
{
    entra_refuse(call, reply, code, words);
    public_headers(reply);
}

static void add_texts(cJSON *object, const char *name, const char *const *texts, size_t count)
{
    cJSON_AddItemToObject(object, name, cJSON_CreateStringArray(texts, (int)count));
}

/* One cloud: its network, the host under which caches keep it, and all of its names. */
struct cloud {
    const char *network, *cache;
    const char *aliases[4];
    int alias_count;
};

static const struct cloud clouds[] = {
    {"login.microsoftonline.com",
     "login.windows.net",
     {"login.microsoftonline.com", "login.windows.net", "login.microsoft.com", "sts.windows.net"},
     4},
    {"login.partner.microsoftonline.cn",
     "login.partner.microsoftonline.cn",
     {"login.partner.microsoftonline.cn", "login.chinacloudapi.cn"},
     2},
    {"login.microsoftonline.de", "login.microsoftonline.de", {"login.microsoftonline.de"}, 1},
    {"login.microsoftonline.us",
     "login.microsoftonline.us",
     {"login.microsoftonline.us", "login.usgovcloudapi.net"},
     2},
    {"login-us.microsoftonline.com",
     "login-us.microsoftonline.com",
     {"login-us.microsoftonline.com"},
     1},
};

static cJSON *cloud_list(void)
{
    cJSON *list = cJSON_CreateArray();

    for (size_t i = 0; i < ARRAY_LEN(clouds); i++) {
        cJSON *cloud = cJSON_CreateObject();

        cJSON_AddStringToObject(cloud, "preferred_network", clouds[i].network);
        cJSON_AddStringToObject(cloud, "preferred_cache", clouds[i].cache);
        cJSON_AddItemToObject(cloud, "aliases",
                              cJSON_CreateStringArray(clouds[i].aliases, clouds[i].alias_count));
        cJSON_AddItemToArray(list, cloud);
    }
    return list;
}

static bool host_known(const struct mock_call *call, const struct uri *uri)
{
    for (size_t i = 0; i < ARRAY_LEN(clouds); i++) {
        for (int k = 0; k < clouds[i].alias_count; k++) {
            if (str_eq(clouds[i].aliases[k], uri->host)) {
                return true;
            }
        }
    }
    /* The mock's own origin is a known host: clients that insist on this call then go on. */
    return !call->cloud && str_eq(call->host, uri->host);
}

void entra_instance(struct mock_call *call, struct mock_reply *reply)
{
    const char *endpoint = uri_param(&call->params, "authorization_endpoint");
    const char *version = uri_param(&call->params, "api-version");
    const struct entra_words words = {.parameter = endpoint == NULL ? "authorization_endpoint"
                                                                    : "api-version"};
    cJSON *body = json_new_object(call->arena);
    struct uri uri;
    size_t len;

    if (endpoint == NULL || version == NULL) {
        refuse(call, reply, ENTRA_FIELD_MISSING, &words);
        return;
    }
    len = uri_parse(call->arena, endpoint, &uri) ? strcspn(uri.path + 1, "/") : 0;
    if (len == 0) {
        refuse(call, reply, ENTRA_MALFORMED_INSTANCE, &words);
        return;
    }
    if (!host_known(call, &uri)) {
        refuse(call, reply, ENTRA_UNKNOWN_INSTANCE, &words);
        return;
    }
    cJSON_AddStringToObject(
        body, "tenant_discovery_endpoint",
        mock_call_url(call, MOCK_PLACE_LOGIN,
                      arena_printf(call->arena, "/%.*s/v2.0/.well-known/openid-configuration",
                                   (int)len, uri.path + 1)));
    cJSON_AddStringToObject(body, "api-version", version);
    cJSON_AddItemToObject(body, "metadata", cloud_list());
    answer(call, reply, body);
}

/* The tenant of a document: its id, or the literal that stands for any. Refuses the rest. */
static const char *document_tenant(struct mock_call *call, struct mock_reply *reply)
{
    const struct entra_words words = {.given = call->vars[0], .discovery = true};
    const struct entra_directory directory = entra_directory_find(call, call->vars[0]);

    switch (directory.tenant) {
    case ENTRA_TENANT_OWN:
    case ENTRA_TENANT_FOREIGN:
        return directory.id;
    case ENTRA_TENANT_COMMON:
    case ENTRA_TENANT_ORGANIZATIONS:
        return "{tenantid}";
    case ENTRA_TENANT_CONSUMERS:
        return consumers;
    case ENTRA_TENANT_NONSENSE:
        refuse(call, reply, ENTRA_TENANT_MALFORMED, &words);
        return NULL;
    case ENTRA_TENANT_NATIONAL: /* its documents stand in its own cloud */
    case ENTRA_TENANT_OTHER:
        break;
    }
    refuse(call, reply, ENTRA_TENANT_UNKNOWN, &words);
    return NULL;
}

/* A path below the tenant, which stands as the client wrote it. */
static const char *below_tenant(struct mock_call *call, const char *path)
{
    AUTO(strbuf) text = STRBUF(0);

    strbuf_add_char(&text, '/');
    strbuf_uri(&text, call->vars[0]);
    strbuf_add(&text, path);
    return mock_call_url(call, MOCK_PLACE_LOGIN, strbuf_text(&text));
}

static void add_capabilities(cJSON *body)
{
    static const char *const modes[] = {"query", "fragment", "form_post"};
    static const char *const subjects[] = {"pairwise"};
    static const char *const algorithms[] = {"RS256"};
    static const char *const types[] = {"code", "id_token", "code id_token", "id_token token"};
    static const char *const scopes[] = {"openid", "profile", "email", "offline_access"};

    add_texts(body, "response_modes_supported", modes, ARRAY_LEN(modes));
    add_texts(body, "subject_types_supported", subjects, ARRAY_LEN(subjects));
    add_texts(body, "id_token_signing_alg_values_supported", algorithms, ARRAY_LEN(algorithms));
    add_texts(body, "response_types_supported", types, ARRAY_LEN(types));
    add_texts(body, "scopes_supported", scopes, ARRAY_LEN(scopes));
}

static void add_cloud_names(cJSON *body, const char *tenant)
{
    static const char *const claims[] = {"sub",
                                         "iss",
                                         "cloud_instance_name",
                                         "cloud_instance_host_name",
                                         "cloud_graph_host_name",
                                         "msgraph_host",
                                         "aud",
                                         "exp",
                                         "iat",
                                         "auth_time",
                                         "acr",
                                         "nonce",
                                         "preferred_username",
                                         "name",
                                         "tid",
                                         "ver",
                                         "at_hash",
                                         "c_hash",
                                         "email"};

    add_texts(body, "claims_supported", claims, ARRAY_LEN(claims));
    cJSON_AddItemToObject(body, "tenant_region_scope",
                          *tenant == '{' ? cJSON_CreateNull() : cJSON_CreateString("NA"));
    cJSON_AddStringToObject(body, "cloud_instance_name", "microsoftonline.com");
    cJSON_AddStringToObject(body, "cloud_graph_host_name", "graph.windows.net");
    cJSON_AddStringToObject(body, "msgraph_host", "graph.microsoft.com");
    cJSON_AddStringToObject(body, "rbac_url", "https://pas.windows.net");
}

void entra_configuration(struct mock_call *call, struct mock_reply *reply)
{
    static const char *const methods[] = {"client_secret_post", "private_key_jwt",
                                          "client_secret_basic"};
    bool v2 = call->path.count == 4;
    const char *version = v2 ? "/v2.0" : "", *tenant = document_tenant(call, reply);
    cJSON *body = json_new_object(call->arena);
    struct arena *arena = call->arena;

    if (tenant == NULL) {
        return;
    }
    cJSON_AddStringToObject(body, "token_endpoint",
                            below_tenant(call, arena_printf(arena, "/oauth2%s/token", version)));
    add_texts(body, "token_endpoint_auth_methods_supported", methods, ARRAY_LEN(methods));
    cJSON_AddStringToObject(body, "jwks_uri",
                            below_tenant(call, arena_printf(arena, "/discovery%s/keys", version)));
    add_capabilities(body);
    cJSON_AddStringToObject(body, "issuer",
                            v2 ? entra_issuer_v2(call, tenant) : entra_issuer_v1(call, tenant));
    cJSON_AddFalseToObject(body, "request_uri_parameter_supported");
    cJSON_AddStringToObject(body, "userinfo_endpoint",
                            mock_call_url(call, MOCK_PLACE_GRAPH, "/oidc/userinfo"));
    cJSON_AddStringToObject(
        body, "authorization_endpoint",
        below_tenant(call, arena_printf(arena, "/oauth2%s/authorize", version)));
    cJSON_AddStringToObject(
        body, "device_authorization_endpoint",
        below_tenant(call, arena_printf(arena, "/oauth2%s/devicecode", version)));
    cJSON_AddTrueToObject(body, "http_logout_supported");
    cJSON_AddTrueToObject(body, "frontchannel_logout_supported");
    cJSON_AddStringToObject(body, "end_session_endpoint",
                            below_tenant(call, arena_printf(arena, "/oauth2%s/logout", version)));
    cJSON_AddStringToObject(body, "kerberos_endpoint", below_tenant(call, "/kerberos"));
    add_cloud_names(body, tenant);
    answer(call, reply, body);
}

void entra_key_set(struct mock_call *call, struct mock_reply *reply)
{
    bool v2 = call->path.count == 4;
    const char *tenant = document_tenant(call, reply);
    cJSON *body = json_new_object(call->arena), *list = cJSON_AddArrayToObject(body, "keys");

    if (tenant == NULL) {
        return;
    }
    for (size_t i = 0; i < ENTRA_KEY_COUNT; i++) {
        const struct entra_key *key = &entra_keys()[i];
        cJSON *item;

        if (!entra_signing_published(call, key)) {
            continue;
        }
        item = cJSON_CreateObject();
        cJSON_AddStringToObject(item, "kty", "RSA");
        cJSON_AddStringToObject(item, "use", "sig");
        cJSON_AddStringToObject(item, "kid", key->kid);
        cJSON_AddStringToObject(item, "x5t", key->kid);
        cJSON_AddStringToObject(item, "n", key->n);
        cJSON_AddStringToObject(item, "e", key->e);
        add_texts(item, "x5c", &key->x5c, 1);
        if (v2) {
            cJSON_AddStringToObject(item, "cloud_instance_name", "microsoftonline.com");
            cJSON_AddStringToObject(item, "issuer", entra_issuer_v2(call, tenant));
        }
        cJSON_AddItemToArray(list, item);
    }
    answer(call, reply, body);
}

/* Where `error_uri` leads: a page for people. */
void entra_error_page(struct mock_call *call, struct mock_reply *reply)
{
    const char *text = uri_param(&call->params, "code");
    AUTO(strbuf) page = STRBUF(0);
    int64_t code = 0;

    if (text == NULL || !str_int(text, 1, 99999999, &code)) {
        entra_page_begin(&page, "No error code was given");
        entra_page_reply(call, reply, 400, &page);
        return;
    }
    entra_page_begin(&page, arena_printf(call->arena, "AADSTS%lld", (long long)code));
    strbuf_add(&page, "<p>");
    strbuf_markup(
        &page, entra_error_known((int)code)
                   ? entra_error_text(call->arena, (enum entra_code)code, &(struct entra_words){0})
                   : "This mock has no text for that code.");
    strbuf_add(&page, "</p>");
    entra_page_reply(call, reply, 200, &page);
}
