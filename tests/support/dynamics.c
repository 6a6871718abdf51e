#include "dynamics.h"

#include <string.h>

#include "base/auto.h"
#include "base/str.h"
#include "cases.h"

const char *dynamics_token(struct arena *arena, struct mocktenant *mock, const char *who)
{
    static const char *const forms[][2] = {
        {"admin", "grant_type=client_credentials&client_id={admin_client_id}"
                  "&client_secret={admin_client_secret}&scope=https://{org_host}/.default"},
        {"app", "grant_type=client_credentials&client_id={client_id}"
                "&client_secret={client_secret}&scope=https://{org_host}/.default"},
        {"user", "grant_type=password&client_id={client_id}&client_secret={client_secret}"
                 "&username={username}&password={password}"
                 "&scope=https://{org_host}/user_impersonation"},
    };

    for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
        if (strcmp(forms[i][0], who) == 0) {
            struct answer answer =
                azure_token(arena, mock, "/{tenant_id}/oauth2/v2.0/token", forms[i][1], NULL);

            if (answer.status != 200) {
                fail_msg("no token for %s: %s", who, answer.body);
            }
            return json_get_text(answer.json, "access_token");
        }
    }
    fail_msg("nobody is called %s", who);
    return NULL;
}

struct answer dynamics_ask(struct arena *arena, struct mocktenant *mock, const char *token,
                           const char *method, const char *target, const char *header,
                           const char *body)
{
    struct ask ask = {DIRECT,
                      method,
                      "contoso.crm.dynamics.com",
                      *target == '/' ? target : arena_printf(arena, "/api/data/v9.2/%s", target),
                      {NULL},
                      body,
                      0};
    size_t count = 0;

    if (token != NULL) {
        ask.headers[count++] = arena_printf(arena, "Authorization: Bearer %s", token);
    }
    if (body != NULL) {
        ask.headers[count++] = "Content-Type: application/json; charset=utf-8";
    }
    if (header != NULL) {
        ask.headers[count++] = header;
    }
    return tenant_ask(arena, mock, &ask);
}

const char *dynamics_encode(struct arena *arena, const char *text)
{
    AUTO(strbuf) out = STRBUF(0);

    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;

        if (c <= ' ' || c >= 0x7f || strchr("%\"<>#+{}|\\^`", c) != NULL) {
            strbuf_addf(&out, "%%%02X", c);
        } else {
            strbuf_add_char(&out, (char)c);
        }
    }
    return arena_dup(arena, strbuf_text(&out), out.len);
}

const char *dynamics_code(const struct answer *answer)
{
    return text_at(answer->json, "/error/code");
}

const char *dynamics_message(const struct answer *answer)
{
    return text_at(answer->json, "/error/message");
}

const char *dynamics_values(struct arena *arena, const cJSON *page, const char *member)
{
    AUTO(strbuf) text = STRBUF(0);
    const cJSON *item;

    cJSON_ArrayForEach(item, json_get(page, "value"))
    {
        const cJSON *value = json_get(item, member);

        strbuf_addf(&text, "%s%s", text.len > 0 ? "|" : "",
                    cJSON_IsString(value) ? value->valuestring : json_text(arena, value));
    }
    return arena_dup(arena, strbuf_text(&text), text.len);
}

const char *dynamics_made(struct arena *arena, const struct answer *answer)
{
    const char *url = answer_header(arena, answer, "odata-entityid");
    const char *open = url != NULL ? strchr(url, '(') : NULL;

    if (open == NULL) {
        fail_msg("status %d without OData-EntityId: %s", answer->status, answer->body);
    }
    return arena_dup(arena, open + 1, strcspn(open + 1, ")"));
}
