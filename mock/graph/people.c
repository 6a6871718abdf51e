/* Who asks, the organization and its domains. Sources: graph-user, graph-organization. */
#include <string.h>

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
