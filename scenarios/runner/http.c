#include "runner/http.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"

enum { MAX_BODY = 64 * 1024 * 1024, SLICE_MS = 2, STALL_US = 60 * 1000 * 1000 };

struct run_http {
    CURL *easy;
    CURLM *multi;
    struct curl_slist *connect_to;
    const char *ca_file;
    void (*idle)(void *arg);
    void *arg;

    /* of the request under way */
    struct arena *arena;
    struct strbuf body;
    struct run_reply *reply;
    size_t header_size;
    char error[CURL_ERROR_SIZE];
};

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void init(void)
{
    (void)curl_global_init(CURL_GLOBAL_DEFAULT);
}

struct run_http *run_http_create(int port, const char *ca_file, void (*idle)(void *arg), void *arg)
{
    struct run_http *http = mem_alloc(sizeof *http);
    char to[64];

    (void)pthread_once(&once, init);
    (void)snprintf(to, sizeof to, "::127.0.0.1:%d", port);
    http->connect_to = curl_slist_append(NULL, to);
    http->easy = curl_easy_init();
    http->multi = curl_multi_init();
    http->ca_file = ca_file;
    http->idle = idle;
    http->arg = arg;
    http->body.limit = MAX_BODY;
    return http;
}

void run_http_destroy(struct run_http *http)
{
    if (http == NULL) {
        return;
    }
    curl_easy_cleanup(http->easy);
    (void)curl_multi_cleanup(http->multi);
    curl_slist_free_all(http->connect_to);
    strbuf_finish(&http->body);
    mem_free(http);
}

static size_t take_body(char *bytes, size_t size, size_t count, void *arg)
{
    struct run_http *http = arg;

    strbuf_add_n(&http->body, bytes, size * count);
    return http->body.overflow ? 0 : size * count;
}

static void add_header(struct run_http *http, const char *name, size_t name_len, const char *value,
                       size_t value_len)
{
    struct run_reply *reply = http->reply;

    if (reply->header_count == http->header_size) {
        size_t size = http->header_size * 2 + 32;
        struct crmsync_header *more = arena_array(http->arena, size, sizeof *more);

        if (reply->header_count > 0) {
            memcpy(more, reply->headers, reply->header_count * sizeof *more);
        }
        reply->headers = more;
        http->header_size = size;
    }
    reply->headers[reply->header_count++] =
        (struct crmsync_header){.name = arena_dup(http->arena, name, name_len),
                                .value = arena_dup(http->arena, value, value_len)};
}

/* One header line; a status line begins a new answer (after a 100, say). */
static size_t take_header(char *line, size_t size, size_t count, void *arg)
{
    struct run_http *http = arg;
    size_t len = size * count, name;
    const char *colon = memchr(line, ':', len), *value;

    if (len >= 5 && memcmp(line, "HTTP/", 5) == 0) {
        http->reply->header_count = 0;
        return len;
    }
    if (colon == NULL) {
        return len;
    }
    name = (size_t)(colon - line);
    for (value = colon + 1; value < line + len && *value == ' '; value++) {
    }
    for (count = (size_t)(line + len - value);
         count > 0 &&
         (value[count - 1] == '\r' || value[count - 1] == '\n' || value[count - 1] == ' ');
         count--) {
    }
    add_header(http, line, name, value, count);
    return len;
}

static struct curl_slist *header_list(const struct run_request *request)
{
    struct curl_slist *list = curl_slist_append(NULL, "Expect:");

    for (size_t i = 0; i < request->header_count; i++) {
        AUTO(strbuf) line = STRBUF(0);
        bool empty = request->headers[i].value[0] == '\0';

        strbuf_addf(&line, "%s%s%s", request->headers[i].name, empty ? ";" : ": ",
                    request->headers[i].value);
        list = curl_slist_append(list, strbuf_text(&line));
    }
    return list;
}

static void prepare(struct run_http *http, const struct run_request *request, const char *url,
                    struct curl_slist *headers)
{
    CURL *easy = http->easy;

    curl_easy_reset(easy);
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(easy, CURLOPT_CONNECT_TO, http->connect_to);
    curl_easy_setopt(easy, CURLOPT_CAINFO, http->ca_file);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, http);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, http);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, http->error);
    if (str_eq(request->method, "HEAD")) {
        curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    } else if (request->body != NULL || str_eq(request->method, "POST")) {
        curl_easy_setopt(easy, CURLOPT_POST, 1L);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request->body != NULL ? request->body : "");
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_len);
    }
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method);
}

/* Runs the transfer to its end; time may pass whenever nothing arrives. */
static CURLcode run_transfer(struct run_http *http)
{
    CURLcode result = CURLE_OPERATION_TIMEDOUT;
    int64_t since_us = clock_steady_us();
    int running = 1, left, ready;
    CURLMsg *message;

    (void)curl_multi_add_handle(http->multi, http->easy);
    while (running > 0 && clock_steady_us() - since_us < STALL_US) {
        (void)curl_multi_perform(http->multi, &running);
        if (running > 0 && curl_multi_poll(http->multi, NULL, 0, SLICE_MS, &ready) == CURLM_OK &&
            ready == 0) {
            http->idle(http->arg);
        }
    }
    while ((message = curl_multi_info_read(http->multi, &left)) != NULL) {
        if (message->msg == CURLMSG_DONE) {
            result = message->data.result;
        }
    }
    (void)curl_multi_remove_handle(http->multi, http->easy);
    return result;
}

void run_http_send(struct run_http *http, struct arena *arena, const struct run_request *request,
                   struct run_reply *ret)
{
    const char *url = arena_printf(arena, "https://%s%s", request->host, request->target);
    struct curl_slist *headers = header_list(request);
    CURLcode result;
    long status = 0;

    *ret = (struct run_reply){.body = ""};
    http->arena = arena;
    http->reply = ret;
    http->header_size = 0;
    http->error[0] = '\0';
    strbuf_clear(&http->body);
    prepare(http, request, url, headers);
    result = run_transfer(http);
    curl_slist_free_all(headers);
    if (result != CURLE_OK) {
        ret->error =
            arena_strdup(arena, http->error[0] != '\0' ? http->error : curl_easy_strerror(result));
        return;
    }
    (void)curl_easy_getinfo(http->easy, CURLINFO_RESPONSE_CODE, &status);
    ret->status = (int)status;
    ret->body = arena_dup(arena, strbuf_text(&http->body), http->body.len);
    ret->body_len = http->body.len;
}
