/*
 * Queries of the Web API: whatever stands behind the set's name is rows or a refusal in the
 * service's words. The whole way is walked: options, the condition's SQL, rows, tokens of pages.
 */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/auto.h"
#include "base/json.h"
#include "base/str.h"
#include "base/uri.h"
#include "mocktenant.h"

struct asked {
    struct arena *arena;
    int status;
    const char *body;
    size_t len;
};

static void take(void *arg, const struct mocktenant_response *response)
{
    struct asked *asked = arg;

    asked->status = response->status;
    asked->body = arena_dup(asked->arena, response->body, response->body_len);
    asked->len = response->body_len;
}

static void ask(struct mocktenant *mock, const struct mocktenant_request *request,
                struct asked *ret)
{
    (void)mocktenant_submit(mock, request, take, ret);
    if (ret->status == 0) {
        abort();
    }
}

/* One tenant and its token for all inputs. */
static struct mocktenant *tenant(const char **ret_token)
{
    static struct mocktenant *mock;
    static struct arena arena;
    static const char *token;
    static const struct mocktenant_header form = {"Content-Type",
                                                  "application/x-www-form-urlencoded"};
    const struct mocktenant_options options = {
        .world = "ready", .clock = "virtual", .limits = "off"};
    struct mocktenant_request request = {
        .method = "POST", .host = "login.microsoftonline.com", .headers = &form, .header_count = 1};
    struct asked asked = {.arena = &arena};
    AUTO(strbuf) body = STRBUF(0);
    cJSON *info = NULL, *answer = NULL;
    char error[512];
    struct err err;

    if (mock == NULL) {
        mock = mocktenant_start(&options, error, sizeof error);
        if (mock == NULL || !json_parse(&arena, mocktenant_info(mock),
                                        strlen(mocktenant_info(mock)), JSON_PLAIN, &info, &err)) {
            abort();
        }
        strbuf_form_param(&body, "grant_type", "client_credentials");
        strbuf_form_param(&body, "client_id", json_get_text(info, "admin_client_id"));
        strbuf_form_param(&body, "client_secret", json_get_text(info, "admin_client_secret"));
        strbuf_form_param(&body, "scope", "https://contoso.crm.dynamics.com/.default");
        request.target =
            arena_printf(&arena, "/%s/oauth2/v2.0/token", json_get_text(info, "tenant_id"));
        request.body = strbuf_text(&body);
        request.body_len = body.len;
        ask(mock, &request, &asked);
        if (!json_parse(&arena, asked.body, asked.len, JSON_PLAIN, &answer, &err)) {
            abort();
        }
        token = arena_printf(&arena, "Bearer %s", json_get_text(answer, "access_token"));
    }
    *ret_token = token;
    return mock;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(arena) arena = {0};
    AUTO(strbuf) target = STRBUF(60000);
    const char *token;
    struct mocktenant *mock = tenant(&token);
    const struct mocktenant_header headers[] = {{"Authorization", token},
                                                {"Prefer", "odata.maxpagesize=3"}};
    struct mocktenant_request request = {.method = "GET",
                                         .host = "contoso.crm.dynamics.com",
                                         .headers = headers,
                                         .header_count = ARRAY_LEN(headers)};
    struct asked asked = {.arena = &arena};
    cJSON *tree = NULL;
    struct err err;

    /* A request target has no blanks and no control characters. */
    strbuf_add(&target, "/api/data/v9.2/");
    for (size_t i = 0; i < size; i++) {
        if (data[i] <= ' ' || data[i] >= 0x7f) {
            strbuf_addf(&target, "%%%02X", data[i] == 0 ? 0x20 : data[i]);
        } else {
            strbuf_add_char(&target, (char)data[i]);
        }
    }
    request.target = strbuf_text(&target);
    ask(mock, &request, &asked);
    if ((asked.status >= 500 && asked.status != 501) ||
        (asked.len > 0 && (asked.body[0] == '{' || asked.status >= 400) && asked.status != 414 &&
         !json_parse(&arena, asked.body, asked.len, JSON_PLAIN, &tree, &err))) {
        fprintf(stderr, "HTTP %d: %.200s\n", asked.status, asked.body);
        abort();
    }
    return 0;
}
