/* The token endpoint, of this tenant and of another one, and Graph behind the whole way of a
 * request: any body gets an answer with a status. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/json.h"
#include "mocktenant.h"

static void take(void *arg, const struct mocktenant_response *response)
{
    AUTO(arena) arena = {0};
    cJSON *json = NULL;
    struct err err;

    (void)arg;
    if (response->status < 200 || response->status > 599 || response->status >= 500) {
        abort();
    }
    /* A refusal of these two is JSON. */
    if (response->status >= 400 &&
        !json_parse(&arena, response->body, response->body_len, JSON_PLAIN, &json, &err)) {
        abort();
    }
}

/* The integration's application is present in both tenants. */
static const char world[] =
    "{\"extends\":\"ready\",\"tenant\":{\"applications\":[{\"id\":"
    "\"29f8eb1a-d0c0-4df3-84be-b91a08fbd909\",\"signInAudience\":\"AzureADMultipleOrgs\"}],"
    "\"otherTenants\":[{\"id\":\"7c2d6e1f-8b4e-4d66-8f30-1e5c9b28d002\",\"domains\":["
    "\"fabrikam.com\"],\"applications\":[{\"appId\":\"3a09fc2b-e1d1-4ea4-95cf-ca2b19acea0a\"}]}]}}";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct mocktenant *mock; /* made once; what is asked changes nothing that matters */
    const struct mocktenant_options options = {.world = world, .clock = "virtual"};
    const struct mocktenant_header form = {"Content-Type", "application/x-www-form-urlencoded"};
    AUTO(arena) arena = {0};
    struct mocktenant_header bearer = {"Authorization", NULL};
    struct mocktenant_request request = {.method = "POST",
                                         .host = "login.microsoftonline.com",
                                         .target = "/contoso.onmicrosoft.com/oauth2/v2.0/token",
                                         .headers = &form,
                                         .header_count = 1,
                                         .body = (const char *)data,
                                         .body_len = size};
    char error[512];

    if (mock == NULL) {
        mock = mocktenant_start(&options, error, sizeof error);
        if (mock == NULL) {
            abort();
        }
    }
    (void)mocktenant_submit(mock, &request, take, NULL);
    request.target = "/fabrikam.com/oauth2/v2.0/token";
    (void)mocktenant_submit(mock, &request, take, NULL);
    bearer.value = arena_printf(&arena, "Bearer %.*s", (int)size, (const char *)data);
    request = (struct mocktenant_request){.method = "GET",
                                          .host = "graph.microsoft.com",
                                          .target = "/v1.0/applications",
                                          .headers = &bearer,
                                          .header_count = 1};
    (void)mocktenant_submit(mock, &request, take, NULL);
    return 0;
}
