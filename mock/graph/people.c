/* Who asks, the organization and its domains. Sources: graph-user, graph-organization. */
#include <string.h>

#include "adfs/keys.h"
#include "base/auto.h"
#include "base/crypto.h"
#include "graph/caller.h"
#include "graph/object.h"
#include "graph/resources.h"
#include "graph/sets.h"
#include "store/directory.h"
#include "store/store.h"

static bool need_user(struct mock_call *call, struct mock_reply *reply)
{
    if (call->caller->upn == NULL) {
        graph_refuse(call, reply, GRAPH_NOT_DELEGATED, NULL, NULL);
        return false;
    }
    return true;
}

void graph_me(struct mock_call *call, struct mock_reply *reply)
{
    if (need_user(call, reply)) {
        graph_one(call, reply, 200, &graph_users,
                  graph_document(call, &graph_users, call->caller->oid), call->caller->oid);
    }
}

/* OpenID Connect's own document about the user. */
void graph_user_info(struct mock_call *call, struct mock_reply *reply)
{
    static const struct {
        const char *member, *claim;
    } members[] = {{"displayName", "name"},
                   {"surname", "family_name"},
                   {"givenName", "given_name"},
                   {"mail", "email"}};
    cJSON *body = json_new_object(call->arena), *user = NULL;
    const char *text;
    struct err err;

    if (!need_user(call, reply)) {
        return;
    }
    text = graph_document(call, &graph_users, call->caller->oid);
    if (text == NULL || !json_parse(call->arena, text, strlen(text), JSON_PLAIN, &user, &err)) {
        graph_refuse(call, reply, GRAPH_NOT_FOUND, call->caller->oid, NULL);
        return;
    }
    cJSON_AddStringToObject(body, "sub", call->caller->sub);
    for (size_t i = 0; i < ARRAY_LEN(members); i++) {
        const char *value = json_get_text(user, members[i].member);

        if (value != NULL) {
            cJSON_AddStringToObject(body, members[i].claim, value);
        }
    }
    mock_reply_json(call, reply, 200, body);
    mock_reply_header(reply, "Content-Type", "application/json");
}

/* With User.Read alone only three members are filled. */
static const struct graph_set *organization_seen(struct mock_call *call)
{
    static const struct graph_set few = {
        .name = "organization",
        .type = "organization",
        .class_ = "Organization",
        .document = "json_set(document, '$.countryLetterCode', NULL, '$.createdDateTime', NULL,"
                    " '$.preferredLanguage', NULL, '$.tenantType', NULL)",
        .from = "tenant WHERE true",
        .id = "id",
    };

    return graph_caller_may(
               call, "Organization.Read.All Directory.Read.All Directory.ReadWrite.All", false)
               ? &graph_organization
               : &few;
}

void graph_organization_list(struct mock_call *call, struct mock_reply *reply)
{
    graph_list(call, reply, organization_seen(call), NULL, NULL);
}

void graph_organization_get(struct mock_call *call, struct mock_reply *reply)
{
    const struct graph_set *set = organization_seen(call);

    graph_one(call, reply, 200, set, graph_document(call, set, call->vars[0]), call->vars[0]);
}

void graph_domain_list(struct mock_call *call, struct mock_reply *reply)
{
    graph_list(call, reply, &graph_domains, NULL, NULL);
}

void graph_domain_get(struct mock_call *call, struct mock_reply *reply)
{
    graph_one(call, reply, 200, &graph_domains,
              graph_key_document(call, &graph_domains, call->vars[0]), call->vars[0]);
}

/* The realm behind the federated domains, as one of them shows it. */
static cJSON *federation_of(struct mock_call *call, const char *host, const char *issuer,
                            int64_t trusted)
{
    static const struct {
        const char *member, *path; /* at AD FS; NULL: the value is `word` */
        const char *word;
    } members[] = {{"metadataExchangeUri", "/adfs/services/trust/mex", NULL},
                   {"signingCertificate", NULL, NULL},
                   {"passiveSignInUri", "/adfs/ls/", NULL},
                   {"preferredAuthenticationProtocol", NULL, "wsFed"},
                   {"activeSignInUri", "/adfs/services/trust/2005/usernamemixed", NULL},
                   {"signOutUri", "/adfs/ls/", NULL},
                   {"promptLoginBehavior", NULL, "nativeSupport"}};
    cJSON *item = cJSON_CreateObject();
    uint8_t hash[SHA256_LEN];
    char id[GUID_SIZE];

    crypto_sha256(issuer, strlen(issuer), hash);
    guid_format(hash, id);
    cJSON_AddStringToObject(item, "@odata.type", "#microsoft.graph.internalDomainFederation");
    cJSON_AddStringToObject(item, "id", id);
    cJSON_AddStringToObject(item, "displayName", host);
    cJSON_AddStringToObject(item, "issuerUri", issuer);
    for (size_t i = 0; i < ARRAY_LEN(members); i++) {
        const char *value = members[i].path != NULL
                                ? arena_join(call->arena, "https://", host, members[i].path, NULL)
                            : members[i].word != NULL ? members[i].word
                                                      : adfs_key(trusted)->certificate;

        cJSON_AddStringToObject(item, members[i].member, value);
    }
    cJSON_AddBoolToObject(item, "isSignedAuthenticationRequestRequired", false);
    cJSON_AddNullToObject(item, "nextSigningCertificate");
    cJSON_AddNullToObject(item, "signingCertificateUpdateStatus");
    cJSON_AddStringToObject(item, "federatedIdpMfaBehavior", "acceptIfMfaDoneByFederatedIdp");
    return item;
}

/* A managed domain has none. */
void graph_domain_federation(struct mock_call *call, struct mock_reply *reply)
{
    static const char sql[] = "SELECT f.host, f.issuer, f.trusted FROM domains d, federation f"
                              " WHERE d.name = ? AND d.authentication = 'Federated'";
    const char *name = call->vars[0];
    cJSON *body = json_new_object(call->arena), *value = cJSON_AddArrayToObject(body, "value");
    AUTO(db_rows) rows = {0};

    if (graph_key_document(call, &graph_domains, name) == NULL) {
        graph_refuse(call, reply, GRAPH_NOT_FOUND, name, NULL);
        return;
    }
    store_query(&rows, call->db, sql, DB_ARGS(db_text(name)));
    if (store_next(&rows)) {
        cJSON_AddItemToArray(value,
                             federation_of(call, db_column_text(&rows, 0), db_column_text(&rows, 1),
                                           db_column_int(&rows, 2)));
    }
    graph_plain(call, reply, 200,
                arena_join(call->arena, "domains('", name, "')/federationConfiguration", NULL),
                json_text(call->arena, body));
}
