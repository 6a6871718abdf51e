/* The verb `request`: any HTTP client, with production host names in both transports. */
#include <string.h>

#include "base/auto.h"
#include "base/uri.h"
#include "runner/direct.h"
#include "runner/story.h"

enum { MAX_HEADERS = 64 };

/* A held answer of `direct`, while time moves to the moment at which it is due. */
struct waiting {
    struct arena *arena;
    bool ended;
    struct run_reply *reply;
};

static void keep(void *arg, const struct mocktenant_response *response)
{
    struct waiting *waiting = arg;
    struct run_reply *reply = waiting->reply;

    waiting->ended = true;
    *reply = (struct run_reply){.body = ""};
    if (response->dropped || response->cut) {
        reply->error = "the connection was closed before the answer's end";
        return;
    }
    reply->status = response->status;
    reply->headers =
        (struct crmsync_header *)(uintptr_t)run_direct_headers(waiting->arena, response);
    reply->header_count = response->header_count;
    reply->body =
        arena_dup(waiting->arena, response->body != NULL ? response->body : "", response->body_len);
    reply->body_len = response->body_len;
}

/* Time moves to the next answer that is due; false when none is held. */
static bool let_time_pass(struct mocktenant *mock)
{
    int64_t due_ms;

    if (!mocktenant_next_due(mock, &due_ms, NULL)) {
        return false;
    }
    run_clock_to(mock, due_ms);
    return true;
}

static void idle(void *arg)
{
    (void)let_time_pass(arg);
}

static void send_direct(struct run_story *story, const struct run_request *request,
                        struct run_reply *reply)
{
    const struct mocktenant_request to = {.method = request->method,
                                          .host = request->host,
                                          .target = request->target,
                                          .headers = request->headers,
                                          .header_count = request->header_count,
                                          .body = request->body,
                                          .body_len = request->body_len};
    struct waiting waiting = {.arena = &story->arena, .reply = reply};
    uint64_t id;

    *reply = (struct run_reply){.body = "", .error = "no answer came"};
    id = mocktenant_submit(story->mock, &to, keep, &waiting);
    while (!waiting.ended) {
        if (!let_time_pass(story->mock)) {
            mocktenant_cancel(story->mock, id);
            return;
        }
    }
}

/* A body that is JSON as JSON, else as text. */
static const cJSON *body_of(struct arena *arena, const struct run_reply *reply)
{
    cJSON *root, *holder;
    struct err err;

    if (reply->body_len == 0) {
        return NULL;
    }
    if (json_parse(arena, reply->body, reply->body_len, JSON_PLAIN, &root, &err)) {
        return root;
    }
    holder = json_new_array(arena);
    cJSON_AddItemToArray(holder, cJSON_CreateString(reply->body));
    return holder->child;
}

bool run_send(struct run_story *story, const struct run_request *request, struct run_answer *answer)
{
    struct run_reply reply;

    if (story->port == 0) {
        send_direct(story, request, &reply);
    } else {
        if (story->http == NULL) {
            story->http = run_http_create(story->port, json_get_text(story->info, "ca_file"), idle,
                                          story->mock);
        }
        run_http_send(story->http, &story->arena, request, &reply);
    }
    *answer = (struct run_answer){.status = reply.status,
                                  .error = reply.error,
                                  .headers = reply.headers,
                                  .header_count = reply.header_count,
                                  .body = body_of(&story->arena, &reply)};
    run_secrets_in(story, answer->body);
    return true;
}

/* Where a service is found under its production name. */
static const char *host_of(struct run_story *story, const struct run_request_line *line)
{
    const char *munchkin, *org;

    if (strcmp(line->service, "marketo") == 0) {
        munchkin = line->host != NULL ? line->host : json_get_text(story->info, "munchkin");
        return munchkin == NULL
                   ? NULL
                   : str_lower(arena_printf(&story->arena, "%s.mktorest.com", munchkin));
    }
    if (strcmp(line->service, "dataverse") == 0) {
        org = line->host != NULL ? line->host : json_get_text(story->info, "org_host");
        return org;
    }
    if (strcmp(line->service, "graph") == 0) {
        return "graph.microsoft.com";
    }
    if (strcmp(line->service, "discovery") == 0) {
        return "globaldisco.crm.dynamics.com";
    }
    return strcmp(line->service, "adfs") == 0 ? json_get_text(story->info, "adfs_host")
                                              : "login.microsoftonline.com";
}

static bool has_header(const struct run_request *request, const char *name)
{
    for (size_t i = 0; i < request->header_count; i++) {
        if (str_ieq(request->headers[i].name, name)) {
            return true;
        }
    }
    return false;
}

static void add_header(struct mocktenant_header *headers, struct run_request *request,
                       const char *name, const char *value)
{
    if (value != NULL && !has_header(request, name) && request->header_count < MAX_HEADERS) {
        headers[request->header_count++] = (struct mocktenant_header){.name = name, .value = value};
    }
}

static const char *text_of(struct run_story *story, const cJSON *item)
{
    return cJSON_IsString(item) ? item->valuestring : json_text(&story->arena, item);
}

static bool take_headers(struct run_story *story, const struct run_step *step,
                         struct mocktenant_header *headers, struct run_request *request)
{
    const cJSON *given, *child;

    if (!run_member(story, step, "headers", &given)) {
        return false;
    }
    cJSON_ArrayForEach(child, given)
    {
        add_header(headers, request, child->string, text_of(story, child));
    }
    return true;
}

static bool take_body(struct run_story *story, const struct run_step *step,
                      struct mocktenant_header *headers, struct run_request *request)
{
    AUTO(strbuf) encoded = STRBUF(0);
    const cJSON *form, *json, *child;

    if (!run_member(story, step, "form", &form) || !run_member(story, step, "json", &json)) {
        return false;
    }
    cJSON_ArrayForEach(child, form)
    {
        strbuf_form_param(&encoded, child->string, text_of(story, child));
    }
    if (form != NULL) {
        request->body = arena_strdup(&story->arena, strbuf_text(&encoded));
        add_header(headers, request, "Content-Type", "application/x-www-form-urlencoded");
    } else if (json != NULL) {
        request->body = json_text(&story->arena, json);
        add_header(headers, request, "Content-Type", "application/json");
    }
    request->body_len = request->body != NULL ? strlen(request->body) : 0;
    return true;
}

static bool take_token(struct run_story *story, const struct run_step *step, const char *service,
                       struct mocktenant_header *headers, struct run_request *request)
{
    const char *who = json_get_text(step->json, "as"), *token = NULL;

    if (who == NULL || has_header(request, "Authorization")) {
        return true;
    }
    if (!run_token(story, who, service, request->host, &token)) {
        return false;
    }
    if (token != NULL) {
        add_header(headers, request, "Authorization",
                   arena_printf(&story->arena, "Bearer %s", token));
    }
    return true;
}

/* `as` it is written, the target's placeholders percent-encoded. */
static bool read_line(struct run_story *story, const struct run_step *step,
                      struct run_request_line *line)
{
    struct err err;

    (void)run_request_parse(&story->arena, step->value->valuestring, line);
    return ((line->host == NULL ||
             run_vars_text(&story->vars, line->host, false, &line->host, &err)) &&
            run_vars_text(&story->vars, line->target, true, &line->target, &err)) ||
           run_failf(story, "request: %s", err.text);
}

bool run_request_step(struct run_story *story, const struct run_step *step,
                      struct run_answer *answer)
{
    struct mocktenant_header headers[MAX_HEADERS];
    struct run_request request = {.headers = headers};
    struct run_request_line line;

    if (!read_line(story, step, &line)) {
        return false;
    }
    request.method = line.method;
    request.target = line.target;
    request.host = host_of(story, &line);
    if (request.host == NULL) {
        return run_failf(story, "request: this world has no host for \"%s\"", line.service);
    }
    return take_headers(story, step, headers, &request) &&
           take_body(story, step, headers, &request) &&
           take_token(story, step, line.service, headers, &request) &&
           run_send(story, &request, answer);
}
