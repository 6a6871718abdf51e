#include "support/directory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/auto.h"
#include "base/iso8601.h"
#include "base/mem.h"
#include "base/uri.h"
#include "state/store.h"
#include "support/chance.h"

/* A request that was taken and not answered yet. */
struct pending {
    struct pending *next;
    uint64_t id;
    crmsync_done *done;
    void *arg;
    struct crmsync_response response;
    struct crmsync_header header;
    char *body;
    bool held;
};

/* What a route makes of a request. */
struct answer {
    int status;
    cJSON *body; /* NULL = none */
};

static const char *new_id(struct directory *directory)
{
    unsigned id = ++directory->ids;

    return arena_printf(&directory->arena, "%08x-1111-4222-8333-%012x", id, id);
}

static struct answer refuse(struct directory *directory, int status, const char *code,
                            const char *message)
{
    cJSON *root = json_new_object(&directory->arena);
    cJSON *error = cJSON_AddObjectToObject(root, "error");

    cJSON_AddStringToObject(error, "code", code);
    cJSON_AddStringToObject(error, "message", message);
    return (struct answer){status, root};
}

static struct answer entra_refuse(struct directory *directory, int status, int number,
                                  const char *word)
{
    cJSON *root = json_new_object(&directory->arena);
    const double numbers[] = {number};

    cJSON_AddStringToObject(root, "error", word);
    cJSON_AddStringToObject(
        root, "error_description",
        arena_printf(&directory->arena, "AADSTS%d: No. Trace ID: 1 Timestamp: 2", number));
    cJSON_AddItemToObject(root, "error_codes", cJSON_CreateDoubleArray(numbers, 1));
    return (struct answer){status, root};
}

static cJSON *find(cJSON *list, const char *member, const char *value)
{
    cJSON *item;

    cJSON_ArrayForEach(item, list)
    {
        if (str_ieq(json_get_text(item, member), value)) {
            return item;
        }
    }
    return NULL;
}

static cJSON *copy(struct directory *directory, const cJSON *item)
{
    return json_clone(&directory->arena, item);
}

static struct answer token(struct directory *directory, const char *body)
{
    struct uri_params form;
    cJSON *root = json_new_object(&directory->arena), *application, *password;
    const char *client, *secret;

    assert_true(uri_parse_params(&directory->arena, body, strlen(body), &form));
    client = uri_param(&form, "client_id");
    secret = uri_param(&form, "client_secret");
    assert_string_equal(uri_param(&form, "grant_type"), "client_credentials");
    assert_string_equal(uri_param(&form, "scope"), "https://graph.microsoft.com/.default");
    if (!str_eq(client, DIRECTORY_ADMIN)) {
        application = find(directory->applications, "appId", client);
        if (application == NULL) {
            return entra_refuse(directory, 400, 700016, "unauthorized_client");
        }
        password = find(json_get(application, "passwordCredentials"), "test.value", secret);
        if (password == NULL) {
            return entra_refuse(directory, 401, 7000215, "invalid_client");
        }
    } else if (!str_eq(secret, DIRECTORY_ADMIN_SECRET)) {
        return entra_refuse(directory, 401, 7000215, "invalid_client");
    }
    cJSON_AddStringToObject(root, "token_type", "Bearer");
    cJSON_AddNumberToObject(root, "expires_in", 3599);
    cJSON_AddNumberToObject(root, "ext_expires_in", 3599);
    cJSON_AddStringToObject(root, "access_token", "token.of.the.test");
    return (struct answer){200, root};
}

/* A collection through `property eq 'value'`, the first condition of a filter. */
static struct answer list(struct directory *directory, cJSON *from, const char *query)
{
    cJSON *root = json_new_object(&directory->arena);
    cJSON *value = cJSON_AddArrayToObject(root, "value"), *item;
    struct uri_params params;
    const char *filter;
    char property[40], wanted[200];

    assert_true(uri_parse_params(&directory->arena, query, strlen(query), &params));
    filter = uri_param(&params, "$filter");
    assert_int_equal(sscanf(filter, "%39[A-Za-z] eq '%199[^']'", property, wanted), 2);
    cJSON_ArrayForEach(item, from)
    {
        /* What was made last is the last of its list. */
        bool hidden = directory->hidden_reads > 0 && item->next == NULL;

        if (!hidden && str_ieq(json_get_text(item, property), wanted)) {
            cJSON_AddItemToArray(value, cJSON_Duplicate(item, true));
        }
    }
    directory->hidden_reads -= directory->hidden_reads > 0;
    return (struct answer){200, root};
}

cJSON *directory_add_application(struct directory *directory, const char *name, bool principal)
{
    cJSON *application = cJSON_CreateObject(), *object;
    char now_text[ISO8601_SIZE];

    iso8601_format_s(directory->now_ms, now_text);
    cJSON_AddStringToObject(application, "createdDateTime", now_text);
    cJSON_AddStringToObject(application, "id", new_id(directory));
    cJSON_AddStringToObject(application, "appId", new_id(directory));
    cJSON_AddStringToObject(application, "displayName", name);
    cJSON_AddStringToObject(application, "signInAudience", "AzureADMyOrg");
    cJSON_AddArrayToObject(application, "requiredResourceAccess");
    cJSON_AddArrayToObject(application, "passwordCredentials");
    cJSON_AddItemToArray(directory->applications, application);
    if (principal) {
        object = cJSON_CreateObject();
        cJSON_AddStringToObject(object, "id", new_id(directory));
        cJSON_AddStringToObject(object, "appId", json_get_text(application, "appId"));
        cJSON_AddStringToObject(object, "appOwnerOrganizationId", DIRECTORY_TENANT);
        cJSON_AddItemToArray(directory->principals, object);
    }
    return application;
}

static struct answer create_application(struct directory *directory, const cJSON *body)
{
    cJSON *application =
        directory_add_application(directory, json_get_text(body, "displayName"), false);

    assert_string_equal(json_get_text(body, "signInAudience"), "AzureADMyOrg");
    cJSON_ReplaceItemInObjectCaseSensitive(
        application, "requiredResourceAccess",
        cJSON_Duplicate(json_get(body, "requiredResourceAccess"), true));
    return (struct answer){201, copy(directory, application)};
}

static struct answer create_principal(struct directory *directory, const cJSON *body)
{
    const char *app_id = json_get_text(body, "appId");
    cJSON *principal;

    if (find(directory->principals, "appId", app_id) != NULL) {
        return refuse(directory, 409, "Request_MultipleObjectsWithSameKeyValue", "in use");
    }
    if (find(directory->applications, "appId", app_id) == NULL) {
        return refuse(directory, 400, "Request_BadRequest", "no backing application");
    }
    principal = cJSON_CreateObject();
    cJSON_AddStringToObject(principal, "id", new_id(directory));
    cJSON_AddStringToObject(principal, "appId", app_id);
    cJSON_AddStringToObject(principal, "appOwnerOrganizationId", DIRECTORY_TENANT);
    cJSON_AddItemToArray(directory->principals, principal);
    return (struct answer){201, copy(directory, principal)};
}

static struct answer create_grant(struct directory *directory, const cJSON *body)
{
    cJSON *grant, *item;

    cJSON_ArrayForEach(item, directory->grants)
    {
        if (str_eq(json_get_text(item, "clientId"), json_get_text(body, "clientId")) &&
            str_eq(json_get_text(item, "resourceId"), json_get_text(body, "resourceId"))) {
            return refuse(directory, 409, "Request_MultipleObjectsWithSameKeyValue",
                          "Permission entry already exists.");
        }
    }
    assert_non_null(find(directory->principals, "id", json_get_text(body, "clientId")));
    assert_non_null(find(directory->principals, "id", json_get_text(body, "resourceId")));
    assert_true(cJSON_IsNull(json_get(body, "principalId")));
    grant = cJSON_Duplicate(body, true);
    cJSON_AddStringToObject(grant, "id", new_id(directory));
    cJSON_AddItemToArray(directory->grants, grant);
    return (struct answer){201, copy(directory, grant)};
}

static struct answer add_password(struct directory *directory, cJSON *application,
                                  const cJSON *body)
{
    const cJSON *asked = json_get(body, "passwordCredential");
    const char *end = json_get_text(asked, "endDateTime");
    const char *value = arena_printf(&directory->arena, "v%02u8Q~SecretValueNumber%08uABCDEFGHIJ",
                                     directory->ids % 100, directory->ids);
    const char *hint = arena_dup(&directory->arena, value, 3);
    char two_years[ISO8601_SIZE], start[ISO8601_SIZE];
    cJSON *password = cJSON_CreateObject(), *shown;

    iso8601_format_s(directory->now_ms + (int64_t)730 * 24 * 3600 * 1000, two_years);
    cJSON_AddStringToObject(password, "keyId", new_id(directory));
    cJSON_AddStringToObject(password, "displayName", json_get_text(asked, "displayName"));
    cJSON_AddStringToObject(password, "endDateTime", end != NULL ? end : two_years);
    iso8601_format_s(directory->now_ms, start);
    cJSON_AddStringToObject(password, "startDateTime", start);
    cJSON_AddStringToObject(password, "hint", hint);
    cJSON_AddNullToObject(password, "secretText");
    cJSON_AddStringToObject(password, "test.value", value);
    cJSON_AddItemToArray(json_get(application, "passwordCredentials"), password);
    shown = copy(directory, password);
    cJSON_DeleteItemFromObjectCaseSensitive(shown, "test.value");
    cJSON_ReplaceItemInObjectCaseSensitive(shown, "secretText", cJSON_CreateString(value));
    return (struct answer){200, shown};
}

static struct answer remove_password(struct directory *directory, cJSON *application,
                                     const cJSON *body)
{
    cJSON *passwords = json_get(application, "passwordCredentials");
    cJSON *password = find(passwords, "keyId", json_get_text(body, "keyId"));

    if (password == NULL) {
        return refuse(directory, 400, "Request_BadRequest",
                      "No password credential found with keyId.");
    }
    cJSON_Delete(cJSON_DetachItemViaPointer(passwords, password));
    return (struct answer){204, NULL};
}

static void patch(cJSON *object, const cJSON *body)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, body)
    {
        cJSON_DeleteItemFromObjectCaseSensitive(object, item->string);
        cJSON_AddItemToObject(object, item->string, cJSON_Duplicate(item, true));
    }
}

static struct answer one_application(struct directory *directory, const char *method,
                                     const char *rest, const cJSON *body)
{
    char id[40] = "", action[40] = "";
    cJSON *application, *shown, *password;

    sscanf(rest, "%39[^/]/%39s", id, action);
    application = find(directory->applications, "id", id);
    if (application == NULL || (directory->hidden_reads > 0 && application->next == NULL)) {
        directory->hidden_reads -= directory->hidden_reads > 0;
        return refuse(directory, 404, "Request_ResourceNotFound", "Resource does not exist.");
    }
    if (str_eq(action, "addPassword")) {
        return add_password(directory, application, body);
    }
    if (str_eq(action, "removePassword")) {
        return remove_password(directory, application, body);
    }
    if (str_eq(method, "DELETE")) {
        cJSON_Delete(cJSON_DetachItemViaPointer(directory->applications, application));
        return (struct answer){204, NULL};
    }
    if (str_eq(method, "PATCH")) {
        patch(application, body);
        return (struct answer){204, NULL};
    }
    shown = copy(directory, application);
    cJSON_ArrayForEach(password, json_get(shown, "passwordCredentials"))
    {
        cJSON_DeleteItemFromObjectCaseSensitive(password, "test.value");
    }
    return (struct answer){200, shown};
}

static struct answer route(struct directory *directory, const struct crmsync_request *request)
{
    static const char entra[] =
        "https://login.microsoftonline.com/" DIRECTORY_TENANT "/oauth2/v2.0/token";
    static const char graph[] = "https://graph.microsoft.com/v1.0/";
    const char *path, *query;
    cJSON *body = NULL, *grant;
    struct err err;
    bool get = str_eq(request->method, "GET");

    if (str_eq(request->url, entra)) {
        return token(directory, request->body);
    }
    assert_true(str_starts(request->url, graph));
    path = request->url + strlen(graph);
    query = strchr(path, '?');
    query = query != NULL ? query + 1 : "";
    if (request->body != NULL) {
        assert_true(json_parse(&directory->arena, request->body, request->body_len, JSON_PLAIN,
                               &body, &err));
    }
    if (body != NULL) {
        const char *what = arena_printf(&directory->arena, "%s %s", request->method, request->url);

        cJSON_DeleteItemFromObjectCaseSensitive(directory->sent, what);
        cJSON_AddItemToObject(directory->sent, what, cJSON_Duplicate(body, true));
    }
    if (str_starts(path, "applications/")) {
        return one_application(directory, request->method, path + strlen("applications/"), body);
    }
    if (str_starts(path, "applications")) {
        return get ? list(directory, directory->applications, query)
                   : create_application(directory, body);
    }
    if (str_starts(path, "servicePrincipals")) {
        return get ? list(directory, directory->principals, query)
                   : create_principal(directory, body);
    }
    assert_true(str_starts(path, "oauth2PermissionGrants"));
    if (str_eq(request->method, "PATCH")) {
        grant = find(directory->grants, "id", strchr(path, '/') + 1);
        assert_non_null(grant);
        patch(grant, body);
        return (struct answer){204, NULL};
    }
    return get ? list(directory, directory->grants, query) : create_grant(directory, body);
}

static void set_answer(struct directory *directory, struct pending *pending, struct answer answer)
{
    const char *text = answer.body != NULL ? json_text(&directory->arena, answer.body) : "";

    pending->body = mem_strdup(text);
    pending->response = (struct crmsync_response){
        .status = answer.status, .body = pending->body, .body_len = strlen(text)};
}

static void set_silence(struct pending *pending, bool never_connected)
{
    pending->response = (struct crmsync_response){
        .body = "", .error = "the test drops it", .never_connected = never_connected};
}

static void set_throttled(struct directory *directory, struct pending *pending, const char *wait)
{
    set_answer(directory, pending, refuse(directory, 429, "TooManyRequests", "Slow down."));
    pending->header = (struct crmsync_header){"retry-after", wait};
    pending->response.headers = &pending->header;
    pending->response.header_count = 1;
}

static void answer(struct directory *directory, struct pending *pending,
                   const struct crmsync_request *request, enum trouble trouble)
{
    switch (trouble) {
    case NO_TROUBLE:
    case TROUBLES:
        set_answer(directory, pending, route(directory, request));
        break;
    case DROPPED_AFTER:
        (void)route(directory, request);
        set_silence(pending, false);
        break;
    case DROPPED_BEFORE:
        set_silence(pending, false);
        break;
    case NOT_CONNECTED:
        set_silence(pending, true);
        break;
    case HELD:
        pending->held = true;
        break;
    case BROKEN_AFTER:
        (void)route(directory, request);
        set_answer(directory, pending, refuse(directory, 503, "ServiceUnavailable", "Broken."));
        break;
    case BROKEN_BEFORE:
        set_answer(directory, pending, refuse(directory, 503, "ServiceUnavailable", "Broken."));
        break;
    case THROTTLED:
        set_throttled(directory, pending, "7");
        break;
    case THROTTLED_LONG:
        set_throttled(directory, pending, "3600");
        break;
    case TWICE_FIRST:
        set_answer(directory, pending, route(directory, request));
        (void)route(directory, request);
        break;
    case TWICE_SECOND:
        (void)route(directory, request);
        set_answer(directory, pending, route(directory, request));
        break;
    case GARBLED:
        set_answer(directory, pending, route(directory, request));
        pending->body[0] = '?';
        break;
    case TOKEN_REFUSED:
        set_answer(directory, pending, refuse(directory, 401, "InvalidAuthenticationToken", "No."));
        break;
    }
}

static uint64_t take(void *ctx, const struct crmsync_request *request, crmsync_done *done,
                     void *arg)
{
    struct directory *directory = ctx;
    struct pending *pending = mem_alloc(sizeof *pending);

    assert_false(directory->dead);
    directory->requests++;
    strbuf_addf(&directory->seen, "%s %s\n", request->method, request->url);
    *pending = (struct pending){
        .next = directory->pending, .id = ++directory->last_id, .done = done, .arg = arg};
    directory->pending = pending;
    directory->in_flight++;
    answer(directory, pending, request,
           directory->requests == directory->trouble_at ? directory->trouble : NO_TROUBLE);
    return pending->id;
}

static struct pending *unlink_pending(struct directory *directory, struct pending **link)
{
    struct pending *pending = *link;

    *link = pending->next;
    directory->in_flight--;
    return pending;
}

static void free_pending(struct pending *pending)
{
    mem_free(pending->body);
    mem_free(pending);
}

static void cancel(void *ctx, uint64_t id)
{
    struct directory *directory = ctx;

    for (struct pending **link = &directory->pending; *link != NULL; link = &(*link)->next) {
        if ((*link)->id == id) {
            free_pending(unlink_pending(directory, link));
            return;
        }
    }
    fail_msg("an unknown request was cancelled");
}

static void deliver(void *ctx, int64_t until_ms)
{
    struct directory *directory = ctx;

    for (struct pending **link = &directory->pending; *link != NULL; link = &(*link)->next) {
        if (!(*link)->held) {
            struct pending *pending = unlink_pending(directory, link);

            pending->done(pending->arg, &pending->response);
            free_pending(pending);
            return;
        }
    }
    assert_true(until_ms != INT64_MAX);
    directory->now_ms = until_ms > directory->now_ms ? until_ms : directory->now_ms;
}

static void nothing(void *ctx)
{
    assert_int_equal(((struct directory *)ctx)->in_flight, 0);
}

static int64_t now(void *ctx)
{
    return ((struct directory *)ctx)->now_ms;
}

static void chance(void *ctx, void *bytes, size_t len)
{
    chance_fill(&((struct directory *)ctx)->chance, bytes, len);
}

static char *secret(void *ctx, const char *name)
{
    const struct directory *directory = ctx;
    const char *value = str_eq(name, "admin.clientSecret")      ? DIRECTORY_ADMIN_SECRET
                        : str_eq(name, "dynamics.clientSecret") ? directory->dynamics_secret
                                                                : NULL;

    return value != NULL ? strdup(value) : NULL;
}

static enum crmsync_verdict on_commit(void *ctx, enum crmsync_commit_phase phase)
{
    struct directory *directory = ctx;

    assert_false(directory->dead);
    directory->commits[phase]++;
    directory->dead = directory->die_at != 0 && phase == directory->die_phase &&
                      directory->commits[phase] == directory->die_at;
    return directory->dead ? CRMSYNC_DIE : CRMSYNC_GO_ON;
}

static void note(void *ctx, const char *line)
{
    struct directory *directory = ctx;

    strbuf_addf(&directory->log, "%s\n", line);
}

void directory_start(struct directory *directory)
{
    static const char *const first_party[] = {"00000003-0000-0000-c000-000000000000",
                                              "00000007-0000-0000-c000-000000000000"};
    static unsigned databases;
    struct err err;

    *directory = (struct directory){.now_ms = 1768467600000 /* 2026-01-15T09:00:00Z */};
    directory->applications = json_new_array(&directory->arena);
    directory->principals = json_new_array(&directory->arena);
    directory->grants = json_new_array(&directory->arena);
    directory->sent = json_new_object(&directory->arena);
    directory->admin_client = DIRECTORY_ADMIN;
    for (size_t i = 0; i < ARRAY_LEN(first_party); i++) {
        cJSON *principal = cJSON_CreateObject();

        cJSON_AddStringToObject(principal, "id", new_id(directory));
        cJSON_AddStringToObject(principal, "appId", first_party[i]);
        cJSON_AddItemToArray(directory->principals, principal);
    }
    snprintf(directory->state, sizeof directory->state, "file:/test-%u?vfs=memdb", ++databases);
    assert_true(db_open(directory->state, &directory->holder, &err));
}

void directory_stop(struct directory *directory)
{
    assert_null(directory->pending);
    db_close(directory->holder);
    strbuf_finish(&directory->seen);
    strbuf_finish(&directory->log);
    arena_finish(&directory->arena);
}

struct crmsync *directory_open(struct directory *directory, struct crmsync_error *err)
{
    const struct crmsync_transport transport = {directory, take, cancel, deliver, nothing};
    const struct crmsync_env env = {.ctx = directory,
                                    .transport = &transport,
                                    .now = now,
                                    .random = chance,
                                    .secret = secret,
                                    .on_commit = on_commit,
                                    .log = directory->nobody_listens ? NULL : note};
    const char *client = directory->admin_client;
    char config[400];

    snprintf(config, sizeof config,
             "{\"admin\": {\"tenant\": \"%s\", \"clientId\": %s%s%s}, \"state\": \"%s\"}",
             DIRECTORY_TENANT, client != NULL ? "\"" : "", client != NULL ? client : "null",
             client != NULL ? "\"" : "", directory->state);
    directory->dead = false;
    return crmsync_open(config, &env, err);
}

unsigned directory_count(const struct directory *directory, const char *method, const char *part)
{
    const char *line = strbuf_text(&directory->seen);
    unsigned count = 0;

    while (*line != '\0') {
        const char *end = strchr(line, '\n'), *hit = strstr(line, part);

        count += strncmp(line, method, strlen(method)) == 0 && line[strlen(method)] == ' ' &&
                 hit != NULL && hit < end;
        line = end + 1;
    }
    return count;
}

cJSON *directory_application(struct directory *directory)
{
    return cJSON_GetArrayItem(directory->applications, 0);
}

const cJSON *directory_sent(const struct directory *directory, const char *method, const char *part)
{
    const cJSON *item, *last = NULL;

    cJSON_ArrayForEach(item, directory->sent)
    {
        if (str_starts(item->string, method) && strstr(item->string, part) != NULL) {
            last = item;
        }
    }
    assert_non_null(last);
    return last;
}

int64_t directory_intents(struct directory *directory, const char *state)
{
    int64_t count = -1;
    struct err err;

    assert_true(db_query_int(directory->holder, "SELECT count(*) FROM intent WHERE state = ?",
                             DB_ARGS(db_text(state)), 0, &count, &err));
    return count;
}
