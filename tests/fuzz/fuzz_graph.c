/*
 * Graph behind the whole way of a request: any body and any query is answered, in JSON, without an
 * error of the server's own. The first byte chooses the call, what follows the first line end is
 * the body, or the query.
 */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/json.h"
#include "base/str.h"
#include "base/uri.h"
#include "mocktenant.h"

#define APPLICATION "/v1.0/applications/29f8eb1a-d0c0-4df3-84be-b91a08fbd909"
#define PRINCIPAL   "/v1.0/servicePrincipals(appId='3a09fc2b-e1d1-4ea4-95cf-ca2b19acea0a')"
#define USER        "/v1.0/users/marketo.sync@contoso.onmicrosoft.com"

enum { RUNS_BETWEEN_RESETS = 500 };

static const struct call {
    char key;
    const char *method, *target;
    bool query; /* the bytes are the query */
} calls[] = {
    {'0', "POST", "/v1.0/applications", false},
    {'1', "PATCH", APPLICATION, false},
    {'2', "POST", APPLICATION "/addPassword", false},
    {'3', "POST", APPLICATION "/removePassword", false},
    {'4', "POST", APPLICATION "/addKey", false},
    {'5', "POST", APPLICATION "/removeKey", false},
    {'6', "POST", APPLICATION "/owners/$ref", false},
    {'7', "POST", "/v1.0/servicePrincipals", false},
    {'8', "PATCH", PRINCIPAL, false},
    {'9', "POST", "/v1.0/oauth2PermissionGrants", false},
    {'a', "POST", PRINCIPAL "/appRoleAssignments", false},
    {'b', "POST", PRINCIPAL "/homeRealmDiscoveryPolicies/$ref", false},
    {'c', "POST", "/v1.0/policies/homeRealmDiscoveryPolicies", false},
    {'d', "POST", "/v1.0/users", false},
    {'e', "PATCH", USER, false},
    {'f', "POST", "/v1.0/$batch", false},
    {'g', "POST", "/v1.0/directoryObjects/getByIds", false},
    {'h', "GET", "/v1.0/applications", true},
    {'i', "GET", "/v1.0/servicePrincipals", true},
    {'j', "GET", "/v1.0/users", true},
    {'k', "GET", "/v1.0/users/$count", true},
    {'l', "GET", "/v1.0/oauth2PermissionGrants", true},
    {'m', "GET", "/v1.0/servicePrincipals/3f7a2c64-51d8-4e09-8b6a-2c9d10e5a003/appRoleAssignedTo",
     true},
    {'n', "GET", APPLICATION, true},
    {'o', "GET", "/v1.0/oauth2PermissionGrants/delta", true},
};

struct taken {
    struct arena *arena;
    int status;
    const char *body;
    size_t len;
};

static void take(void *arg, const struct mocktenant_response *response)
{
    struct taken *taken = arg;

    taken->status = response->status;
    taken->body = arena_dup(taken->arena, response->body, response->body_len);
    taken->len = response->body_len;
}

/* The administering application's token. */
static char *log_in(struct mocktenant *mock)
{
    AUTO(arena) arena = {0};
    AUTO(strbuf) body = STRBUF(0);
    static const struct mocktenant_header form = {"Content-Type",
                                                  "application/x-www-form-urlencoded"};
    struct mocktenant_request request = {.method = "POST",
                                         .host = "login.microsoftonline.com",
                                         .target = "/contoso.com/oauth2/v2.0/token",
                                         .headers = &form,
                                         .header_count = 1};
    struct taken taken = {.arena = &arena};
    const char *info = mocktenant_info(mock);
    cJSON *line = NULL, *answer = NULL;
    struct err err;

    if (!json_parse(&arena, info, strlen(info), JSON_PLAIN, &line, &err)) {
        abort();
    }
    strbuf_form_param(&body, "grant_type", "client_credentials");
    strbuf_form_param(&body, "client_id", json_get_text(line, "admin_client_id"));
    strbuf_form_param(&body, "client_secret", json_get_text(line, "admin_client_secret"));
    strbuf_form_param(&body, "scope", "https://graph.microsoft.com/.default");
    request.body = strbuf_text(&body);
    request.body_len = body.len;
    (void)mocktenant_submit(mock, &request, take, &taken);
    if (taken.status != 200 ||
        !json_parse(&arena, taken.body, taken.len, JSON_PLAIN, &answer, &err)) {
        abort();
    }
    return strdup(arena_join(&arena, "Bearer ", json_get_text(answer, "access_token"), NULL));
}

static const struct call *choose(uint8_t key)
{
    for (size_t i = 0; i < ARRAY_LEN(calls); i++) {
        if (calls[i].key == (char)key) {
            return &calls[i];
        }
    }
    return NULL;
}

static void check(const struct taken *taken)
{
    cJSON *tree = NULL;
    struct err err;

    /* A count is a bare number, which is JSON too. */
    if (taken->status < 200 || taken->status >= 500 ||
        (taken->len > 0 && taken->status != 414 &&
         !json_parse(taken->arena, taken->body, taken->len, JSON_PLAIN, &tree, &err))) {
        fprintf(stderr, "HTTP %d: %.200s\n", taken->status, taken->body);
        abort();
    }
}

/* A request target has no blanks and no control characters. */
static void add_query(struct strbuf *target, const uint8_t *bytes, size_t len)
{
    strbuf_add_char(target, '?');
    for (size_t i = 0; i < len; i++) {
        if (bytes[i] <= ' ' || bytes[i] >= 0x7f) {
            strbuf_addf(target, "%%%02X", bytes[i] == 0 ? 0x20 : bytes[i]);
        } else {
            strbuf_add_char(target, (char)bytes[i]);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct mocktenant *mock; /* made once, and reset now and then */
    static char *bearer;
    static int runs;
    const struct mocktenant_options options = {
        .world = "ready", .clock = "virtual", .limits = "off"};
    AUTO(arena) arena = {0};
    AUTO(strbuf) target = STRBUF(60000);
    struct taken taken = {.arena = &arena};
    const uint8_t *line = size > 0 ? memchr(data, '\n', size) : NULL;
    const struct call *call = line != NULL ? choose(data[0]) : NULL;
    struct mocktenant_header headers[] = {{"Authorization", NULL},
                                          {"ConsistencyLevel", "eventual"},
                                          {"Content-Type", "application/json"}};
    struct mocktenant_request request = {
        .host = "graph.microsoft.com", .headers = headers, .header_count = ARRAY_LEN(headers)};
    char error[512];

    if (call == NULL) {
        return 0;
    }
    if (mock == NULL) {
        mock = mocktenant_start(&options, error, sizeof error);
        if (mock == NULL) {
            abort();
        }
        bearer = log_in(mock);
    }
    if (++runs % RUNS_BETWEEN_RESETS == 0 &&
        mocktenant_control(mock, "POST", "/_mock/reset", NULL, NULL) >= 300) {
        abort();
    }
    line++;
    headers[0].value = bearer;
    request.method = call->method;
    strbuf_add(&target, call->target);
    if (call->query) {
        add_query(&target, line, size - (size_t)(line - data));
    } else {
        request.body = (const char *)line;
        request.body_len = size - (size_t)(line - data);
    }
    request.target = strbuf_text(&target);
    (void)mocktenant_submit(mock, &request, take, &taken);
    check(&taken);
    return 0;
}
