#include "federation.h"

#include "cases.h"
#include "xml_shape.h"

#include <string.h>

#include "base/crypto.h"
#include "base/str.h"
#include "base/uri.h"

#define PRINCIPAL "4b1aad3c-f2e2-4fb5-a6da-db3c2abdfb0b"

char *text_replace(struct arena *arena, const char *text, const char *from, const char *to)
{
    AUTO(strbuf) out = STRBUF(0);
    const char *at;

    while ((at = strstr(text, from)) != NULL) {
        strbuf_add_n(&out, text, (size_t)(at - text));
        strbuf_add(&out, to);
        text = at + strlen(from);
    }
    strbuf_add(&out, text);
    return arena_dup(arena, strbuf_text(&out), out.len);
}

char *trust_request(struct arena *arena, struct mocktenant *mock, enum trust version)
{
    return text_replace(arena,
                        fixture_text(arena, version == TRUST_13 ? "adfs/rst-13.request.xml"
                                                                : "adfs/rst-2005.request.xml"),
                        "{password}", tenant_key(arena, mock, "password"));
}

struct answer trust_ask(struct arena *arena, struct mocktenant *mock, enum trust version,
                        const char *body)
{
    const struct ask ask = {DIRECT,
                            "POST",
                            "sts.contoso.com",
                            version == TRUST_13 ? "/adfs/services/trust/13/usernamemixed"
                                                : "/adfs/services/trust/2005/usernamemixed",
                            {"Content-Type: application/soap+xml; charset=utf-8"},
                            body,
                            0};

    return tenant_ask(arena, mock, &ask);
}

char *trust_assertion(struct arena *arena, const struct answer *answer)
{
    static const char open[] = "<t:RequestedSecurityToken>";
    const char *from = strstr(answer->body, open);
    const char *to = strstr(answer->body, "</t:RequestedSecurityToken>");

    if (from == NULL || to == NULL) {
        fail_msg("no assertion: %s", answer->body);
        return NULL;
    }
    from += strlen(open);
    return arena_dup(arena, from, (size_t)(to - from));
}

char *federation_assertion(struct arena *arena, struct mocktenant *mock)
{
    struct answer answer = trust_ask(arena, mock, TRUST_13, trust_request(arena, mock, TRUST_13));

    return trust_assertion(arena, &answer);
}

struct answer federation_redeem(struct arena *arena, struct mocktenant *mock, const char *grant,
                                const char *assertion)
{
    AUTO(strbuf) form = STRBUF(0);

    strbuf_addf(&form,
                "grant_type=urn:ietf:params:oauth:grant-type:%s&client_id={client_id}"
                "&client_secret={client_secret}&scope=https://contoso.crm.dynamics.com/.default"
                "+openid+offline_access&client_info=1&assertion=",
                grant);
    strbuf_base64url(&form, assertion, strlen(assertion));
    return azure_token(arena, mock, "/contoso.com/oauth2/v2.0/token", strbuf_text(&form), NULL);
}

struct answer federation_password(struct arena *arena, struct mocktenant *mock,
                                  const char *password)
{
    return azure_token(
        arena, mock, "/contoso.com/oauth2/v2.0/token",
        arena_printf(arena,
                     "grant_type=password&client_id={client_id}&client_secret={client_secret}"
                     "&username={username}&password=%s"
                     "&scope=https://contoso.crm.dynamics.com/.default+offline_access",
                     password != NULL ? password : "{password}"),
        NULL);
}

const char *federation_policy_new(struct arena *arena, struct mocktenant *mock,
                                  const char *definition, bool organization_default)
{
    cJSON *body = json_new_object(arena);
    struct answer answer;

    cJSON_AddStringToObject(body, "displayName", "Marketo ROPC");
    cJSON_AddItemToArray(cJSON_AddArrayToObject(body, "definition"),
                         cJSON_CreateString(definition));
    cJSON_AddBoolToObject(body, "isOrganizationDefault", organization_default);
    answer = azure_graph(arena, mock, azure_admin_token(arena, mock), "POST",
                         "/v1.0/policies/homeRealmDiscoveryPolicies", json_text(arena, body));
    assert_int_equal(answer.status, 201);
    return text_at(answer.json, "/id");
}

void federation_policy(struct arena *arena, struct mocktenant *mock, const char *definition)
{
    const char *id = federation_policy_new(arena, mock, definition, false);
    struct answer answer =
        azure_graph(arena, mock, azure_admin_token(arena, mock), "POST",
                    "/v1.0/servicePrincipals/" PRINCIPAL "/homeRealmDiscoveryPolicies/$ref",
                    arena_printf(arena,
                                 "{\"@odata.id\":\"https://graph.microsoft.com/v1.0/policies/"
                                 "homeRealmDiscoveryPolicies/%s\"}",
                                 id));

    assert_int_equal(answer.status, 204);
}
