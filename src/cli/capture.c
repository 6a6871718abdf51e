#include "cli/capture.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/auto.h"
#include "base/clock.h"
#include "base/iso8601.h"
#include "base/json.h"
#include "base/json_writer.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/uri.h"

/* Longer bodies are left out: a capture is read by people. */
enum { BODY_MAX = 1024 * 1024 };

#define MASK "***"

/* A name says that its value is nobody's business, in whichever case and spelling. */
static bool is_secret(const char *name)
{
    static const char *const words[] = {"assertion", "clientsecret", "device_code", "password",
                                        "secret",    "token",        "usercode",    "user_code"};
    /* Places in lists and deltas; without them a capture of paging is of no use. */
    static const char *const harmless[] = {"nextPageToken", "$deltatoken", "$skiptoken",
                                           "token_type"};
    AUTO(arena) arena = {0};
    const char *lower = str_lower(arena_strdup(&arena, name));

    for (size_t i = 0; i < ARRAY_LEN(harmless); i++) {
        if (str_ieq(harmless[i], name)) {
            return false;
        }
    }
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (strstr(lower, words[i]) != NULL) {
            return true;
        }
    }
    return false;
}

bool cli_capture_hides_header(const char *name)
{
    return str_ieq(name, "Authorization") || str_ieq(name, "Cookie") ||
           str_ieq(name, "Set-Cookie") || str_ieq(name, "Proxy-Authorization");
}

/* Masks texts below members with such names, in place. */
static void mask_tree(cJSON *item, bool secret)
{
    for (cJSON *child = item->child; child != NULL; child = child->next) {
        mask_tree(child, secret || (child->string != NULL && is_secret(child->string)));
    }
    if (secret && cJSON_IsString(item)) {
        mem_wipe(item->valuestring, strlen(item->valuestring));
        cJSON_SetValuestring(item, MASK);
    }
}

static const char *mask_form(struct arena *arena, const char *text, size_t len)
{
    AUTO(strbuf) masked = STRBUF(0);
    struct uri_params params;

    if (!uri_parse_params(arena, text, len, &params)) {
        return MASK;
    }
    for (size_t i = 0; i < params.count; i++) {
        strbuf_form_param(&masked, params.items[i].name,
                          is_secret(params.items[i].name) ? MASK : params.items[i].value);
    }
    return arena_strdup(arena, strbuf_text(&masked));
}

const char *cli_capture_url(struct arena *arena, const char *url)
{
    const char *query = strchr(url, '?');

    return query == NULL ? url
                         : arena_printf(arena, "%.*s?%s", (int)(query - url), url,
                                        mask_form(arena, query + 1, strlen(query + 1)));
}

const char *cli_capture_body(struct arena *arena, const char *content_type, const char *body,
                             size_t len)
{
    cJSON *root;
    struct err ignored;

    if (len == 0) {
        return "";
    }
    if (len > BODY_MAX) {
        return "(left out: longer than 1 MiB)";
    }
    if (json_parse(arena, body, len, JSON_PLAIN, &root, &ignored)) {
        mask_tree(root, false);
        return json_text(arena, root);
    }
    if (content_type != NULL && str_starts(content_type, "application/x-www-form-urlencoded")) {
        return mask_form(arena, body, len);
    }
    return "(left out: neither JSON nor a form)";
}

struct capture {
    struct crmsync_transport inner;
    FILE *file;
    bool any; /* an entry was written */
    struct flight *flights;
};

/* A request that is on its way. */
struct flight {
    struct flight *next;
    uint64_t id;
    struct capture *capture;
    crmsync_done *done;
    void *arg;
    int64_t started_ms, started_us;
    struct arena arena;
    const char *request; /* JSON */
};

static void write_headers(struct json_writer *writer, const struct crmsync_header *headers,
                          size_t count)
{
    jw_key(writer, "headers");
    jw_array(writer);
    for (size_t i = 0; i < count; i++) {
        jw_object(writer);
        jw_member_text(writer, "name", headers[i].name);
        jw_member_text(writer, "value",
                       cli_capture_hides_header(headers[i].name) ? MASK : headers[i].value);
        jw_object_end(writer);
    }
    jw_array_end(writer);
}

static void write_nothing(struct json_writer *writer, const char *name)
{
    jw_key(writer, name);
    jw_array(writer);
    jw_array_end(writer);
}

static const char *header_of(const struct crmsync_header *headers, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (str_ieq(headers[i].name, name)) {
            return headers[i].value;
        }
    }
    return NULL;
}

static void write_query(struct json_writer *writer, struct arena *arena, const char *url)
{
    const char *query = strchr(url, '?');
    struct uri_params params = {0};

    jw_key(writer, "queryString");
    jw_array(writer);
    if (query != NULL && uri_parse_params(arena, query + 1, strlen(query + 1), &params)) {
        for (size_t i = 0; i < params.count; i++) {
            jw_object(writer);
            jw_member_text(writer, "name", params.items[i].name);
            jw_member_text(writer, "value",
                           is_secret(params.items[i].name) ? MASK : params.items[i].value);
            jw_object_end(writer);
        }
    }
    jw_array_end(writer);
}

static const char *write_request(struct arena *arena, const struct crmsync_request *request)
{
    AUTO(strbuf) text = STRBUF(0);
    struct json_writer writer = JSON_WRITER(&text);
    const char *type = header_of(request->headers, request->header_count, "Content-Type");

    jw_object(&writer);
    jw_member_text(&writer, "method", request->method);
    jw_member_text(&writer, "url", cli_capture_url(arena, request->url));
    jw_member_text(&writer, "httpVersion", "HTTP/1.1");
    write_headers(&writer, request->headers, request->header_count);
    write_query(&writer, arena, request->url);
    write_nothing(&writer, "cookies");
    jw_member_int(&writer, "headersSize", -1);
    jw_member_int(&writer, "bodySize", (int64_t)request->body_len);
    if (request->body != NULL) {
        jw_key(&writer, "postData");
        jw_object(&writer);
        jw_member_text(&writer, "mimeType", type != NULL ? type : "");
        jw_member_text(&writer, "text",
                       cli_capture_body(arena, type, request->body, request->body_len));
        jw_object_end(&writer);
    }
    jw_object_end(&writer);
    return arena_strdup(arena, strbuf_text(&text));
}

static void write_response(struct json_writer *writer, struct arena *arena,
                           const struct crmsync_response *response)
{
    const char *type = header_of(response->headers, response->header_count, "Content-Type");

    jw_object(writer);
    jw_member_int(writer, "status", response->status);
    jw_member_text(writer, "statusText", response->error != NULL ? response->error : "");
    jw_member_text(writer, "httpVersion", "HTTP/1.1");
    write_headers(writer, response->headers, response->header_count);
    write_nothing(writer, "cookies");
    jw_key(writer, "content");
    jw_object(writer);
    jw_member_int(writer, "size", (int64_t)response->body_len);
    jw_member_text(writer, "mimeType", type != NULL ? type : "");
    jw_member_text(writer, "text",
                   cli_capture_body(arena, type, response->body, response->body_len));
    jw_object_end(writer);
    jw_member_text(writer, "redirectURL", "");
    jw_member_int(writer, "headersSize", -1);
    jw_member_int(writer, "bodySize", (int64_t)response->body_len);
    jw_object_end(writer);
}

static void write_entry(struct flight *flight, const struct crmsync_response *response)
{
    AUTO(strbuf) text = STRBUF(0);
    struct json_writer writer = JSON_WRITER(&text);
    double took_ms = (double)(clock_steady_us() - flight->started_us) / 1000;
    char at[ISO8601_SIZE];

    iso8601_format(flight->started_ms, at);
    jw_object(&writer);
    jw_member_text(&writer, "startedDateTime", at);
    jw_key(&writer, "time");
    jw_real(&writer, took_ms);
    jw_member_raw(&writer, "request", flight->request);
    jw_key(&writer, "response");
    write_response(&writer, &flight->arena, response);
    jw_key(&writer, "cache");
    jw_object(&writer);
    jw_object_end(&writer);
    jw_key(&writer, "timings");
    jw_object(&writer);
    jw_member_int(&writer, "send", 0);
    jw_key(&writer, "wait");
    jw_real(&writer, took_ms);
    jw_member_int(&writer, "receive", 0);
    jw_object_end(&writer);
    jw_object_end(&writer);
    fprintf(flight->capture->file, "%s%s", flight->capture->any ? ",\n" : "", strbuf_text(&text));
    flight->capture->any = true;
}

static void end_flight(struct flight *flight)
{
    struct flight **at = &flight->capture->flights;

    while (*at != flight) {
        at = &(*at)->next;
    }
    *at = flight->next;
    arena_finish(&flight->arena);
    mem_free(flight);
}

static void answered(void *arg, const struct crmsync_response *response)
{
    struct flight *flight = arg;

    write_entry(flight, response);
    flight->done(flight->arg, response);
    end_flight(flight);
}

static uint64_t submit(void *ctx, const struct crmsync_request *request, crmsync_done *done,
                       void *arg)
{
    struct capture *capture = ctx;
    struct flight *flight = mem_alloc(sizeof *flight);
    uint64_t id;

    *flight = (struct flight){.capture = capture,
                              .done = done,
                              .arg = arg,
                              .started_ms = clock_wall_ms(),
                              .started_us = clock_steady_us()};
    flight->request = write_request(&flight->arena, request);
    flight->next = capture->flights;
    capture->flights = flight;
    id = capture->inner.submit(capture->inner.ctx, request, answered, flight);
    flight->id = id;
    return id;
}

static void poll_inner(void *ctx, int64_t until_ms)
{
    struct capture *capture = ctx;

    capture->inner.poll(capture->inner.ctx, until_ms);
}

/* A cancelled request has no answer, so it is an entry without one. */
static void cancel(void *ctx, uint64_t id)
{
    const struct crmsync_response none = {.body = "", .error = "cancelled"};
    struct capture *capture = ctx;
    struct flight *flight = capture->flights;

    capture->inner.cancel(capture->inner.ctx, id);
    while (flight != NULL && flight->id != id) {
        flight = flight->next;
    }
    if (flight != NULL) {
        write_entry(flight, &none);
        end_flight(flight);
    }
}

static void destroy(void *ctx)
{
    struct capture *capture = ctx;

    fprintf(capture->file, "\n]}}\n");
    fclose(capture->file);
    if (capture->inner.destroy != NULL) {
        capture->inner.destroy(capture->inner.ctx);
    }
    mem_free(capture);
}

bool cli_capture(const char *path, struct crmsync_transport *transport)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0600);
    FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;
    struct capture *capture;

    if (file == NULL) {
        if (fd >= 0) {
            close(fd);
        }
        return false;
    }
    capture = mem_alloc(sizeof *capture);
    *capture = (struct capture){.inner = *transport, .file = file};
    fprintf(file, "{\"log\":{\"version\":\"1.2\",\"creator\":{\"name\":\"crmsync\",\"version\":"
                  "\"" PROJECT_VERSION "\"},\"entries\":[\n");
    *transport = (struct crmsync_transport){capture, submit, cancel, poll_inner, destroy};
    return true;
}
