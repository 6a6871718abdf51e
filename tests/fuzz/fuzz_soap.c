/*
 * SOAP bodies at AD FS and assertions at Azure AD behind the whole way of a request: any bytes get
 * an answer, and no assertion that AD FS did not sign gets a token. What is XML at all has one
 * canonical form.
 */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "adfs/xml.h"
#include "base/auto.h"
#include "base/crypto.h"
#include "base/json.h"
#include "mocktenant.h"

static struct mocktenant *world(void)
{
    static struct mocktenant *mock; /* made once; what is asked changes nothing that matters */
    const struct mocktenant_options options = {.world = "federated", .clock = "virtual"};
    char error[512];

    if (mock == NULL) {
        mock = mocktenant_start(&options, error, sizeof error);
    }
    if (mock == NULL) {
        abort();
    }
    return mock;
}

/* A page, a fault, or an answer with an assertion. */
static void take_trust(void *arg, const struct mocktenant_response *response)
{
    (void)arg;
    if (response->status != 200 && response->status != 400 && response->status != 500) {
        abort();
    }
    if (response->status == 500 &&
        memmem(response->body, response->body_len, "<s:Fault>", 9) == NULL) {
        abort();
    }
}

/* No corpus has one that is signed, so every one is refused. */
static void take_token(void *arg, const struct mocktenant_response *response)
{
    AUTO(arena) arena = {0};
    cJSON *json = NULL;
    struct err err;

    (void)arg;
    if (response->status != 400 ||
        !json_parse(&arena, response->body, response->body_len, JSON_PLAIN, &json, &err)) {
        abort();
    }
}

static void ask_trust(const uint8_t *data, size_t size)
{
    static const char *const targets[] = {"/adfs/services/trust/13/usernamemixed",
                                          "/adfs/services/trust/2005/usernamemixed"};
    const struct mocktenant_header type = {"Content-Type", "application/soap+xml; charset=utf-8"};

    for (size_t i = 0; i < ARRAY_LEN(targets); i++) {
        const struct mocktenant_request request = {.method = "POST",
                                                   .host = "sts.contoso.com",
                                                   .target = targets[i],
                                                   .headers = &type,
                                                   .header_count = 1,
                                                   .body = (const char *)data,
                                                   .body_len = size};

        (void)mocktenant_submit(world(), &request, take_trust, NULL);
    }
}

static void ask_token(const uint8_t *data, size_t size)
{
    static const char *const grants[] = {"saml1_1-bearer", "saml2-bearer"};
    const struct mocktenant_header type = {"Content-Type", "application/x-www-form-urlencoded"};
    AUTO(arena) arena = {0};
    cJSON *keys = NULL;
    struct err err;
    const char *info = mocktenant_info(world());

    if (!json_parse(&arena, info, strlen(info), JSON_PLAIN, &keys, &err)) {
        abort();
    }
    for (size_t i = 0; i < ARRAY_LEN(grants); i++) {
        AUTO(strbuf) form = STRBUF(0);
        struct mocktenant_request request = {.method = "POST",
                                             .host = "login.microsoftonline.com",
                                             .target = "/contoso.com/oauth2/v2.0/token",
                                             .headers = &type,
                                             .header_count = 1};

        strbuf_addf(&form,
                    "grant_type=urn:ietf:params:oauth:grant-type:%s&client_id=%s&client_secret=%s"
                    "&scope=https://contoso.crm.dynamics.com/.default&assertion=",
                    grants[i], json_get_text(keys, "client_id"),
                    json_get_text(keys, "client_secret"));
        strbuf_base64url(&form, data, size);
        request.body = strbuf_text(&form);
        request.body_len = form.len;
        (void)mocktenant_submit(world(), &request, take_token, NULL);
    }
}

static void canonicalize(const uint8_t *data, size_t size)
{
    AUTO(arena) arena = {0};
    const struct adfs_xml *root = adfs_xml_read(&arena, (const char *)data, size), *again;
    size_t len = 0, again_len = 0;
    const char *text = root != NULL ? adfs_xml_canonical(&arena, root, NULL, &len) : NULL;

    if (text == NULL) {
        return; /* no XML, or a namespace that is no URI */
    }
    again = adfs_xml_read(&arena, text, len);
    if (again == NULL) {
        abort();
    }
    text = arena_dup(&arena, text, len);
    if (adfs_xml_canonical(&arena, again, NULL, &again_len) == NULL || again_len != len) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    canonicalize(data, size);
    ask_trust(data, size);
    ask_token(data, size);
    return 0;
}
