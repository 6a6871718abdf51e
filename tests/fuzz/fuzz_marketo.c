/*
 * Marketo behind the whole way of a request: any body, form or query gets an answer in JSON with
 * requestId and success. The first byte chooses the call, what follows the first line end is the
 * body, or the query.
 */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/json.h"
#include "base/str.h"
#include "mocktenant.h"

enum { RUNS_BETWEEN_RESETS = 500 };

static const struct call {
    char key;
    const char *method, *target, *type; /* type NULL: the bytes are the query */
} calls[] = {
    {'0', "POST", "/rest/v1/leads.json", "application/json"},
    {'1', "POST", "/rest/v1/leads.json", "application/x-www-form-urlencoded"},
    {'2', "POST", "/rest/v1/companies.json", "application/json"},
    {'3', "POST", "/rest/v1/leads/delete.json", "application/json"},
    {'4', "POST", "/rest/v1/opportunities/roles.json?_method=GET", "application/json"},
    {'5', "POST", "/rest/crm/v1/microsoft/credentials.json", "application/json"},
    {'6', "POST", "/rest/crm/v1/microsoft/pass.json", "application/json"},
    {'7', "POST", "/rest/crm/v1/microsoft/fields.json", "application/json"},
    {'8', "POST", "/rest/crm/v1/microsoft/validate.json", "application/json"},
    {'9', "GET", "/rest/v1/activities.json", NULL},
    {'a', "GET", "/rest/v1/activities/pagingtoken.json", NULL},
    {'b', "POST", "/rest/crm/v1/microsoft/quicksync.json", "application/json"},
    {'c', "POST", "/rest/v1/leads/schema/fields.json", "application/json"},
    {'d', "GET", "/rest/v1/companies.json", NULL},
    {'e', "POST", "/identity/oauth/token", "application/x-www-form-urlencoded"},
};

struct taken {
    struct arena *arena;
    cJSON *json;
    int status;
};

static void take(void *arg, const struct mocktenant_response *response)
{
    struct taken *taken = arg;
    struct err err;

    taken->status = response->status;
    if (!json_parse(taken->arena, response->body, response->body_len, JSON_PLAIN, &taken->json,
                    &err)) {
        taken->json = NULL;
    }
}

static void log_in(struct mocktenant *mock, char ret[100])
{
    AUTO(arena) arena = {0};
    struct taken taken = {.arena = &arena};
    struct mocktenant_request request = {.method = "GET", .host = "123-abc-456.mktorest.com"};
    const char *info = mocktenant_info(mock);
    cJSON *line = NULL;
    struct err err;

    if (!json_parse(&arena, info, strlen(info), JSON_PLAIN, &line, &err)) {
        abort();
    }
    request.target = arena_printf(
        &arena, "/identity/oauth/token?grant_type=client_credentials&client_id=%s&client_secret=%s",
        json_get_text(line, "marketo_client_id"), json_get_text(line, "marketo_client_secret"));
    (void)mocktenant_submit(mock, &request, take, &taken);
    if (taken.status != 200) {
        abort();
    }
    memcpy(ret, "Bearer ", 8);
    memcpy(ret + 7, json_get_text(taken.json, "access_token"), 40);
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

static void check(const struct call *call, const struct taken *taken)
{
    bool identity = str_starts(call->target, "/identity");

    if (taken->status == 400 && call->type == NULL) {
        return; /* a query with a broken escape */
    }
    if (taken->json == NULL ||
        (!identity && (taken->status != 200 || json_get_text(taken->json, "requestId") == NULL ||
                       !cJSON_IsBool(json_get(taken->json, "success"))))) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct mocktenant *mock; /* made once, and reset now and then */
    static char bearer[100];
    static int runs;
    const struct mocktenant_options options = {.clock = "virtual", .limits = "off"};
    AUTO(arena) arena = {0};
    struct taken taken = {.arena = &arena};
    struct mocktenant_header headers[2] = {{"Authorization", bearer}, {"Content-Type", NULL}};
    struct mocktenant_request request = {
        .host = "123-abc-456.mktorest.com", .headers = headers, .header_count = 1};
    const uint8_t *line = size > 0 ? memchr(data, '\n', size) : NULL;
    const struct call *call = line != NULL ? choose(data[0]) : NULL;
    char error[512];

    if (call == NULL) {
        return 0;
    }
    if (mock == NULL) {
        mock = mocktenant_start(&options, error, sizeof error);
        if (mock == NULL) {
            abort();
        }
        log_in(mock, bearer);
    }
    if (++runs % RUNS_BETWEEN_RESETS == 0 &&
        mocktenant_control(mock, "POST", "/_mock/reset", NULL, NULL) >= 300) {
        abort();
    }
    line++;
    request.method = call->method;
    request.target = call->target;
    if (call->type != NULL) {
        headers[1].value = call->type;
        request.header_count = 2;
        request.body = (const char *)line;
        request.body_len = size - (size_t)(line - data);
    } else {
        request.target = arena_printf(&arena, "%s?%s", call->target,
                                      arena_dup(&arena, line, size - (size_t)(line - data)));
    }
    (void)mocktenant_submit(mock, &request, take, &taken);
    check(call, &taken);
    return 0;
}
