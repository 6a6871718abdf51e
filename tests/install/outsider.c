/* What a C program of somebody else looks like: a tenant in its own process, a token, an
 * application. */
#include <mocktenant.h>
#include <stdio.h>
#include <string.h>

static char body[65536];
static int status;

static void take(void *arg, const struct mocktenant_response *response)
{
    (void)arg;
    status = response->status;
    snprintf(body, sizeof body, "%.*s", (int)response->body_len, response->body);
}

static void member(const char *json, const char *name, char *ret, size_t size)
{
    char key[64];
    const char *at;

    snprintf(key, sizeof key, "\"%s\":\"", name);
    at = strstr(json, key);
    snprintf(ret, size, "%.*s", at != NULL ? (int)strcspn(at + strlen(key), "\"") : 0,
             at != NULL ? at + strlen(key) : "");
}

int main(void)
{
    struct mocktenant_options options = {.world = "ready"};
    struct mocktenant_header form_type = {"Content-Type", "application/x-www-form-urlencoded"};
    struct mocktenant_header bearer = {"Authorization", NULL};
    char error[512], id[64], secret[128], tenant[64], form[1024], path[256], token[8192],
        header[8300];
    struct mocktenant *mock = mocktenant_start(&options, error, sizeof error);

    if (mock == NULL) {
        fprintf(stderr, "%s\n", error);
        return 1;
    }
    member(mocktenant_info(mock), "admin_client_id", id, sizeof id);
    member(mocktenant_info(mock), "admin_client_secret", secret, sizeof secret);
    member(mocktenant_info(mock), "tenant_id", tenant, sizeof tenant);
    snprintf(form, sizeof form,
             "grant_type=client_credentials&client_id=%s&client_secret=%s&"
             "scope=https%%3A%%2F%%2Fgraph.microsoft.com%%2F.default",
             id, secret);
    snprintf(path, sizeof path, "/%s/oauth2/v2.0/token", tenant);
    mocktenant_submit(mock,
                      &(struct mocktenant_request){"POST", "login.microsoftonline.com", path,
                                                   &form_type, 1, form, strlen(form)},
                      take, NULL);
    member(body, "access_token", token, sizeof token);
    snprintf(header, sizeof header, "Bearer %s", token);
    bearer.value = header;
    mocktenant_submit(mock,
                      &(struct mocktenant_request){"GET", "graph.microsoft.com",
                                                   "/v1.0/applications", &bearer, 1, NULL, 0},
                      take, NULL);
    printf("%d %s\n", status, strstr(body, "Marketo Integration") != NULL ? "found" : "missing");
    mocktenant_stop(mock);
    return status == 200 && strstr(body, "Marketo Integration") != NULL ? 0 : 1;
}
