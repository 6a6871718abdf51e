#include "support/script.h"

#include <string.h>

#include "cases.h"

#include "base/mem.h"

static const char config[] =
    "{\"dynamics\": {\"tenant\": \"contoso.onmicrosoft.com\","
    " \"organization\": \"https://contoso.crm.dynamics.com\","
    " \"clientId\": \"3a09fc2b-e1d1-4ea4-95cf-ca2b19acea0a\","
    " \"username\": \"marketo.integration@contoso.com\"},"
    " \"marketo\": {\"munchkin\": \"123-ABC-456\","
    " \"clientId\": \"07d6c9f8-beae-4bd1-82fc-97f8e6dfb707\"}, \"state\": \":memory:\"}";

static void answer(crmsync_done *done, void *arg, const struct script_row *row)
{
    const struct crmsync_header header = {row->header, row->value};
    const struct crmsync_response response = {.status = row->status,
                                              .headers = &header,
                                              .header_count = row->header != NULL ? 1 : 0,
                                              .body = row->body,
                                              .body_len = strlen(row->body)};

    done(arg, &response);
}

static uint64_t submit(void *ctx, const struct crmsync_request *request, crmsync_done *done,
                       void *arg)
{
    static const struct script_row marketo_token = {
        200, "{\"access_token\":\"0b6f:st\",\"token_type\":\"bearer\",\"expires_in\":3599}", NULL,
        NULL};
    static const struct script_row entra_token = {
        200, "{\"access_token\":\"eyJ\",\"token_type\":\"Bearer\",\"expires_in\":3599}", NULL,
        NULL};
    struct script *script = ctx;

    if (strstr(request->url, "/identity/") != NULL) {
        script->tokens++;
        answer(done, arg, &marketo_token);
    } else if (strstr(request->url, "login.microsoftonline.com") != NULL) {
        script->tokens++;
        answer(done, arg, &entra_token);
    } else {
        size_t i = script->asked < script->count ? script->asked : script->count - 1;

        script->asked++;
        strbuf_addf(&script->seen, "%s %s\n%.*s\n", request->method, request->url,
                    (int)request->body_len, request->body != NULL ? request->body : "");
        for (size_t h = 0; h < request->header_count; h++) {
            if (strcmp(request->headers[h].name, "Authorization") != 0) {
                strbuf_addf(&script->seen, "%s: %s\n", request->headers[h].name,
                            request->headers[h].value);
            }
        }
        if (script->rows[i].status != 0) {
            answer(done, arg, &script->rows[i]);
        }
    }
    return 1;
}

static void cancel(void *ctx, uint64_t id)
{
    (void)ctx;
    (void)id;
}

static void poll_until(void *ctx, int64_t until_ms)
{
    struct script *script = ctx;

    script->now_ms = until_ms;
}

static int64_t now(void *ctx)
{
    return ((struct script *)ctx)->now_ms;
}

static void chance(void *ctx, void *bytes, size_t len)
{
    (void)ctx;
    memset(bytes, 0x5a, len);
}

static char *secret(void *ctx, const char *name)
{
    (void)ctx;
    (void)name;
    return mem_strdup("a~secret");
}

void script_begin(struct script *script, const struct script_row *rows, size_t count)
{
    struct crmsync_transport transport = {
        .ctx = script, .submit = submit, .cancel = cancel, .poll = poll_until};
    const struct crmsync_env env = {
        .ctx = script, .transport = &transport, .now = now, .random = chance, .secret = secret};
    struct crmsync_error err = {0};

    *script = (struct script){.rows = rows, .count = count, .now_ms = 1768467600000};
    script->began_ms = script->now_ms;
    script->engine = crmsync_open(config, &env, &err);
    assert_non_null(script->engine);
}

void script_end(struct script *script)
{
    crmsync_close(script->engine);
    strbuf_finish(&script->seen);
}
