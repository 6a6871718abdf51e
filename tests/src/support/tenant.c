#include "support/tenant.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cases.h"

#include "base/mem.h"
#include "base/uri.h"
#include "support/chance.h"
#include "support/tenant_parts.h"

struct tenant_pending {
    struct tenant_pending *next;
    uint64_t id;
    crmsync_done *done;
    void *arg;
    struct crmsync_response response;
    struct crmsync_header headers[2];
    char date[32], retry_after[16];
    char *body;
};

const char *tenant_header(const struct crmsync_request *request, const char *name)
{
    for (size_t i = 0; i < request->header_count; i++) {
        if (str_ieq(request->headers[i].name, name)) {
            return request->headers[i].value;
        }
    }
    return NULL;
}

static char *text_of(const char *text)
{
    return mem_strdup(text);
}

static char *route(struct tenant *tenant, const struct crmsync_request *request,
                   struct tenant_answer *answer)
{
    AUTO(arena) arena = {0};
    struct uri_params params = {0};
    struct uri_path path;
    struct uri uri;

    *answer = (struct tenant_answer){.status = 200};
    assert_true(uri_parse(&arena, request->url, &uri));
    assert_true(uri_parse_path(&arena, uri.path, strlen(uri.path), &path));
    if (uri.query != NULL) {
        assert_true(uri_parse_params(&arena, uri.query, strlen(uri.query), &params));
    }
    if (str_eq(uri.host, "login.microsoftonline.com")) {
        answer->status = tenant->refused ? 401 : 200;
        return text_of(tenant->refused
                           ? "{\"error\":\"invalid_client\",\"error_description\":\"AADSTS7000222: "
                             "expired\",\"error_codes\":[7000222]}"
                           : "{\"access_token\":\"eyJ\",\"token_type\":\"Bearer\","
                             "\"expires_in\":3599}");
    }
    if (str_starts(path.text, "/identity/")) {
        return text_of("{\"access_token\":\"0b6f:st\",\"token_type\":\"bearer\","
                       "\"expires_in\":3599}");
    }
    return str_eq(uri.host, "contoso.crm.dynamics.com")
               ? tenant_dynamics(tenant, request, path.text, &params, answer)
               : tenant_marketo(tenant, request, path.text, &params, answer);
}

static void set_answer(const struct tenant *tenant, struct tenant_pending *pending,
                       const struct tenant_answer *answer, char *body)
{
    time_t seconds = (time_t)(tenant->now_ms / 1000);
    struct tm tm;

    mem_free(pending->body);
    assert_non_null(gmtime_r(&seconds, &tm));
    assert_int_not_equal(
        strftime(pending->date, sizeof pending->date, "%a, %d %b %Y %H:%M:%S GMT", &tm), 0);
    pending->headers[0] = (struct crmsync_header){"Date", pending->date};
    pending->body = body;
    pending->response = (struct crmsync_response){.status = answer->status,
                                                  .headers = pending->headers,
                                                  .header_count = 1,
                                                  .body = body,
                                                  .body_len = strlen(body)};
    if (answer->retry_after_s > 0) {
        snprintf(pending->retry_after, sizeof pending->retry_after, "%d", answer->retry_after_s);
        pending->headers[1] = (struct crmsync_header){"Retry-After", pending->retry_after};
        pending->response.header_count = 2;
    }
}

static void set_silence(struct tenant_pending *pending, bool never_connected)
{
    mem_free(pending->body);
    pending->body = NULL;
    pending->response = (struct crmsync_response){
        .body = "", .error = "the connection broke", .never_connected = never_connected};
}

static void answer_with(struct tenant *tenant, struct tenant_pending *pending,
                        const struct crmsync_request *request, enum tenant_trouble trouble)
{
    static const struct tenant_answer broken = {.status = 503};
    bool arrives = trouble != TENANT_DROPPED_BEFORE && trouble != TENANT_NOT_CONNECTED &&
                   trouble != TENANT_BROKEN_BEFORE;
    struct tenant_answer answer;

    if (arrives) {
        char *body = route(tenant, request, &answer);

        set_answer(tenant, pending, &answer, body);
    }
    switch (trouble) {
    case TENANT_NO_TROUBLE:
    case TENANT_TROUBLES:
        break;
    case TENANT_DROPPED_BEFORE:
    case TENANT_DROPPED_AFTER:
        set_silence(pending, false);
        break;
    case TENANT_NOT_CONNECTED:
        set_silence(pending, true);
        break;
    case TENANT_BROKEN_BEFORE:
    case TENANT_BROKEN_AFTER:
        set_answer(tenant, pending, &broken, text_of("<html>"));
        break;
    case TENANT_GARBLED:
        pending->body[0] = '?';
        break;
    }
}

static uint64_t take(void *ctx, const struct crmsync_request *request, crmsync_done *done,
                     void *arg)
{
    struct tenant *tenant = ctx;
    struct tenant_pending *pending = mem_alloc(sizeof *pending);

    assert_false(tenant->dead);
    if (tenant->between != NULL) {
        tenant->between(tenant);
    }
    tenant->requests++;
    strbuf_addf(&tenant->seen, "%s %s\n", request->method, request->url);
    *pending = (struct tenant_pending){
        .next = tenant->pending, .id = ++tenant->last_id, .done = done, .arg = arg};
    tenant->pending = pending;
    answer_with(tenant, pending, request,
                tenant->requests == tenant->trouble_at ? tenant->trouble : TENANT_NO_TROUBLE);
    return pending->id;
}

static void free_pending(struct tenant_pending *pending)
{
    mem_free(pending->body);
    mem_free(pending);
}

static void cancel(void *ctx, uint64_t id)
{
    struct tenant *tenant = ctx;

    assert_non_null(tenant->pending);
    assert_true(tenant->pending->id == id);
    free_pending(tenant->pending);
    tenant->pending = NULL;
}

static void deliver(void *ctx, int64_t until_ms)
{
    struct tenant *tenant = ctx;
    struct tenant_pending *pending = tenant->pending;

    if (pending != NULL) {
        tenant->pending = pending->next;
        pending->done(pending->arg, &pending->response);
        free_pending(pending);
        return;
    }
    assert_true(until_ms != INT64_MAX);
    until_ms -= tenant->ahead_ms;
    tenant->now_ms = until_ms > tenant->now_ms ? until_ms : tenant->now_ms;
}

static int64_t now(void *ctx)
{
    struct tenant *tenant = ctx;

    return tenant->now_ms + tenant->ahead_ms;
}

static void chance(void *ctx, void *bytes, size_t len)
{
    chance_fill(&((struct tenant *)ctx)->chance, bytes, len);
}

static char *secret(void *ctx, const char *name)
{
    (void)ctx;
    (void)name;
    return strdup("a~secret");
}

static enum crmsync_verdict on_commit(void *ctx, enum crmsync_commit_phase phase)
{
    struct tenant *tenant = ctx;

    assert_false(tenant->dead);
    tenant->commits[phase]++;
    tenant->dead = tenant->die_at != 0 && phase == tenant->die_phase &&
                   tenant->commits[phase] == tenant->die_at;
    return tenant->dead ? CRMSYNC_DIE : CRMSYNC_GO_ON;
}

static void open_engine(struct tenant *tenant)
{
    const struct crmsync_transport transport = {
        .ctx = tenant, .submit = take, .cancel = cancel, .poll = deliver};
    const struct crmsync_env env = {.ctx = tenant,
                                    .transport = &transport,
                                    .now = now,
                                    .random = chance,
                                    .secret = secret,
                                    .on_commit = on_commit};
    struct crmsync_error err = {0};
    char config[700];

    snprintf(config, sizeof config,
             "{\"dynamics\": {\"tenant\": \"contoso.onmicrosoft.com\","
             " \"organization\": \"https://contoso.crm.dynamics.com\","
             " \"clientId\": \"3a09fc2b-e1d1-4ea4-95cf-ca2b19acea0a\","
             " \"username\": \"a@contoso.com\"},"
             " \"marketo\": {\"munchkin\": \"123-ABC-456\","
             " \"clientId\": \"07d6c9f8-beae-4bd1-82fc-97f8e6dfb707\"},"
             " \"onSchemaError\": \"%s\", \"state\": \"%s\"}",
             tenant->on_schema_error, tenant->state);
    tenant->dead = false;
    tenant->engine = crmsync_open(config, &env, &err);
    if (tenant->engine == NULL) {
        fail_msg("the engine cannot be opened: %s", err.message);
    }
}

void tenant_start(struct tenant *tenant)
{
    static unsigned databases;
    struct err err;

    *tenant = (struct tenant){.now_ms = 1768467600000 /* 2026-01-15T09:00:00Z */,
                              .page = "initial_sync",
                              .subscription = "sub-1",
                              .organization = "0e6b0a1c-0000-4000-8000-000000000001",
                              .on_schema_error = "halt",
                              .page_rows = 3};
    for (int rank = 0; rank < 3; rank++) {
        tenant->rows[rank] = json_new_array(&tenant->arena);
        tenant->deleted[rank] = json_new_array(&tenant->arena);
    }
    tenant->people = json_new_array(&tenant->arena);
    tenant->companies = json_new_array(&tenant->arena);
    tenant->activities = json_new_array(&tenant->arena);
    tenant->reports = json_new_array(&tenant->arena);
    snprintf(tenant->state, sizeof tenant->state, "file:/tenant-%u?vfs=memdb", ++databases);
    assert_true(db_open(tenant->state, &tenant->holder, &err));
    open_engine(tenant);
}

static void close_engine(struct tenant *tenant)
{
    if (tenant->dead) {
        while (tenant->pending != NULL) {
            struct tenant_pending *pending = tenant->pending;

            tenant->pending = pending->next;
            free_pending(pending);
        }
        crmsync_abandon(tenant->engine);
    } else {
        crmsync_close(tenant->engine);
    }
    tenant->engine = NULL;
}

void tenant_stop(struct tenant *tenant)
{
    close_engine(tenant);
    assert_null(tenant->pending);
    db_close(tenant->holder);
    strbuf_finish(&tenant->seen);
    arena_finish(&tenant->arena);
}

void tenant_reopen(struct tenant *tenant)
{
    close_engine(tenant);
    open_engine(tenant);
}

bool tenant_call(struct tenant *tenant, const char *operation, const char *with)
{
    char *out = NULL;
    struct err err;

    tenant->result = NULL;
    tenant->code = NULL;
    tenant->outcome = crmsync_call(tenant->engine, operation, with, &out, NULL);
    if (tenant->outcome == CRMSYNC_DIED) {
        return false;
    }
    assert_true(json_parse(&tenant->arena, out, strlen(out), JSON_PLAIN, &tenant->result, &err));
    crmsync_free(out);
    tenant->code = json_get_text(json_get(tenant->result, "error"), "code");
    return true;
}

void tenant_pass(struct tenant *tenant)
{
    assert_true(tenant_call(tenant, "sync.once", "{}"));
    if (tenant->outcome != CRMSYNC_DONE) {
        fail_msg("sync.once: %s: %s", tenant->code,
                 json_get_text(json_get(tenant->result, "error"), "message"));
    }
}

static cJSON *parse_set(struct tenant *tenant, const char *set)
{
    cJSON *root;
    struct err err;

    assert_true(json_parse(&tenant->arena, set, strlen(set), JSON_PLAIN, &root, &err));
    return root;
}

const char *tenant_create(struct tenant *tenant, int rank, const char *set)
{
    const char *key = arena_printf(&tenant->arena, "%08llx-0000-4000-8000-%012x",
                                   (unsigned long long)++tenant->ids, rank);
    cJSON *row = cJSON_CreateObject();

    cJSON_AddStringToObject(row, tenant_keys[rank], key);
    cJSON_AddItemToArray(tenant->rows[rank], row);
    tenant_touch(tenant, rank, row, parse_set(tenant, set));
    return key;
}

cJSON *tenant_row(struct tenant *tenant, int rank, const char *key)
{
    cJSON *row;

    cJSON_ArrayForEach(row, tenant->rows[rank])
    {
        if (str_eq(json_get_text(row, tenant_keys[rank]), key)) {
            return row;
        }
    }
    return NULL;
}

void tenant_edit(struct tenant *tenant, int rank, const char *key, const char *set)
{
    cJSON *row = tenant_row(tenant, rank, key);

    assert_non_null(row);
    tenant_touch(tenant, rank, row, parse_set(tenant, set));
}

void tenant_delete(struct tenant *tenant, int rank, const char *key)
{
    cJSON *row = tenant_row(tenant, rank, key), *gone = cJSON_CreateObject();

    assert_non_null(row);
    cJSON_AddStringToObject(gone, "id", key);
    cJSON_AddNumberToObject(gone, "@v", (double)++tenant->version);
    cJSON_AddItemToArray(tenant->deleted[rank], gone);
    cJSON_Delete(cJSON_DetachItemViaPointer(tenant->rows[rank], row));
}

static cJSON *only(cJSON *list, const char *field, const char *key)
{
    cJSON *item, *found = NULL;

    cJSON_ArrayForEach(item, list)
    {
        if (str_eq(json_get_text(item, field), key)) {
            assert_null(found);
            found = item;
        }
    }
    return found;
}

cJSON *tenant_person(struct tenant *tenant, const char *key)
{
    return only(tenant->people, "dynamicsId", key);
}

cJSON *tenant_company(struct tenant *tenant, const char *key)
{
    return only(tenant->companies, "externalCompanyId", key);
}

void tenant_edit_person(struct tenant *tenant, const char *key, const char *set)
{
    cJSON *person = tenant_person(tenant, key);

    assert_non_null(person);
    tenant_write_person(tenant, person, parse_set(tenant, set));
}

void tenant_delete_person(struct tenant *tenant, const char *key)
{
    cJSON *person = tenant_person(tenant, key);

    assert_non_null(person);
    cJSON_Delete(cJSON_DetachItemViaPointer(tenant->people, person));
}

const char *tenant_text(struct tenant *tenant, const cJSON *item, const char *name)
{
    const cJSON *value = json_get(item, name);

    if (value == NULL || cJSON_IsNull(value)) {
        return NULL;
    }
    return cJSON_IsString(value) ? value->valuestring : json_text(&tenant->arena, value);
}

int64_t tenant_count(struct tenant *tenant, const char *object, const char *direction,
                     const char *what)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, json_get(tenant->result, "objects"))
    {
        if (str_eq(json_get_text(item, "name"), object) &&
            str_eq(json_get_text(item, "direction"), direction)) {
            return json_get_int(item, what, -1);
        }
    }
    return -1;
}

unsigned tenant_seen(const struct tenant *tenant, const char *method, const char *part)
{
    const char *line = strbuf_text(&tenant->seen);
    unsigned count = 0;

    while (*line != '\0') {
        const char *end = strchr(line, '\n'), *hit = strstr(line, part);

        count += strncmp(line, method, strlen(method)) == 0 && line[strlen(method)] == ' ' &&
                 hit != NULL && hit < end;
        line = end + 1;
    }
    return count;
}
