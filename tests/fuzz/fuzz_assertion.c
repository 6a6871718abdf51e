/*
 * What clients and browsers bring to Azure AD: the first byte chooses what the rest is. `a`: a
 * client assertion, `c`: a certificate in DER, `g`: the query of the sign-in page, `p`: a form of
 * it, `d`: a form for the device code endpoint, `e`: what is typed where a code is entered.
 */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/crypto.h"
#include "base/json.h"
#include "base/uri.h"
#include "mocktenant.h"
#include "store/data.h"

enum { RUNS_BETWEEN_RESETS = 500 };

#define TENANT  "/contoso.onmicrosoft.com/oauth2/v2.0/"
#define ADDRESS "https://www.contoso.com"

static void must(bool holds)
{
    if (!holds) {
        abort();
    }
}

/* The world `ready` with the published client certificate. */
static struct mocktenant *start(struct arena *arena)
{
    const char *path = arena_printf(arena, "%s/../entra/client.cert.pem", data_worlds_dir());
    AUTO(strbuf) base64 = STRBUF(0);
    struct mocktenant_options options = {.clock = "virtual"};
    struct mocktenant *mock;
    char *pem = NULL, error[512];
    size_t len = 0;
    struct err err;

    must(data_read(arena, path, &pem, &len, &err));
    for (char *at = strchr(pem, '\n'); at != NULL && at[1] != '-'; at = strchr(at + 1, '\n')) {
        strbuf_add_n(&base64, at + 1, strcspn(at + 1, "\n"));
    }
    options.world = arena_printf(arena,
                                 "{\"extends\":\"ready\",\"tenant\":{\"applications\":[{\"id\":"
                                 "\"29f8eb1a-d0c0-4df3-84be-b91a08fbd909\",\"certificates\":[{"
                                 "\"certificate\":\"%s\"}]}]}}",
                                 strbuf_text(&base64));
    mock = mocktenant_start(&options, error, sizeof error);
    must(mock != NULL);
    return mock;
}

static const char *header(const struct mocktenant_response *response, const char *name)
{
    for (size_t i = 0; i < response->header_count; i++) {
        if (strcmp(response->headers[i].name, name) == 0) {
            return response->headers[i].value;
        }
    }
    return NULL;
}

/* An answer of an endpoint is JSON, whatever was sent. */
static void take_json(void *arg, const struct mocktenant_response *response)
{
    AUTO(arena) arena = {0};
    cJSON *json = NULL;
    struct err err;

    (void)arg;
    must(response->status == 200 || response->status == 400 || response->status == 401);
    must(json_parse(&arena, response->body, response->body_len, JSON_PLAIN, &json, &err));
}

/* A page shows nothing as its own that came from outside, and leads nowhere else. */
static void take_page(void *arg, const struct mocktenant_response *response)
{
    const char *location = header(response, "Location");

    (void)arg;
    must(response->status == 200 || response->status == 302 || response->status == 400);
    must(location == NULL || strncmp(location, ADDRESS, strlen(ADDRESS)) == 0);
    if (response->body != NULL && strstr(response->body, "<script") != NULL) {
        abort();
    }
}

static void ask(struct mocktenant *mock, const char *method, const char *target, const char *body,
                size_t len, mocktenant_done *done)
{
    const struct mocktenant_header type = {"Content-Type", "application/x-www-form-urlencoded"};
    const struct mocktenant_request request = {.method = method,
                                               .host = "login.microsoftonline.com",
                                               .target = target,
                                               .headers = &type,
                                               .header_count = 1,
                                               .body = body,
                                               .body_len = len};

    (void)mocktenant_submit(mock, &request, done, NULL);
}

static void try_assertion(struct mocktenant *mock, const char *text)
{
    AUTO(strbuf) form = STRBUF(0);

    strbuf_form_param(&form, "grant_type", "client_credentials");
    strbuf_form_param(&form, "client_id", "3a09fc2b-e1d1-4ea4-95cf-ca2b19acea0a");
    strbuf_form_param(&form, "scope", "https://contoso.crm.dynamics.com/.default");
    strbuf_form_param(&form, "client_assertion_type",
                      "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    strbuf_form_param(&form, "client_assertion", text);
    ask(mock, "POST", TENANT "token", strbuf_text(&form), form.len, take_json);
}

static void try_certificate(const char *bytes, size_t len)
{
    struct crypto_key *key = NULL;
    uint8_t signature[256] = {0};
    struct err err;

    if (crypto_key_from_certificate(bytes, len, &key, &err)) {
        must(!crypto_verify_ps256(key, "", 0, signature, sizeof signature));
    }
    crypto_key_free(key);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct mocktenant *mock; /* made once, and reset now and then */
    static int runs;
    AUTO(arena) arena = {0};
    const char *text;

    if (size == 0) {
        return 0;
    }
    if (mock == NULL) {
        mock = start(&arena);
    }
    must(++runs % RUNS_BETWEEN_RESETS != 0 ||
         mocktenant_control(mock, "POST", "/_mock/reset", NULL, NULL) < 300);
    text = arena_dup(&arena, data + 1, size - 1);
    switch (data[0]) {
    case 'a':
        try_assertion(mock, text);
        break;
    case 'c':
        try_certificate(text, size - 1);
        break;
    case 'g':
        ask(mock, "GET", arena_printf(&arena, TENANT "authorize?%s", text), NULL, 0, take_page);
        break;
    case 'p':
        ask(mock, "POST", TENANT "authorize", text, size - 1, take_page);
        break;
    case 'd':
        ask(mock, "POST", TENANT "devicecode", text, size - 1, take_json);
        break;
    case 'e':
        ask(mock, "POST", "/common/oauth2/deviceauth", text, size - 1, take_page);
        break;
    default:
        break;
    }
    return 0;
}
