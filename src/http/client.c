/*
 * The default transport, on libcurl's multi interface: many requests at once over connections that
 * are kept, always with the server's certificate checked.
 *
 * HTTP/1.1 only. libcurl sends a request again by itself when a kept connection ends without a
 * byte of answer, even a POST; the server may have done it already. Bodies are therefore read
 * through a callback that cannot be rewound, so that such a repetition fails and the engine
 * decides.
 */
#include <curl/curl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "http/transport.h"

/* A wait ends at least so often, so that the engine notices that it was asked to stop. */
enum { SLICE_MS = 250, CONNECT_MS = 15000, HEADERS_MAX = 256 * 1024 };

struct transfer {
    struct transfer *next;
    uint64_t id;
    CURL *easy;
    struct curl_slist *headers;
    char *body; /* ours, wiped at the end: it may hold a secret */
    size_t body_len, body_at;
    struct strbuf answer, head; /* head: name, zero byte, value, zero byte, and so on */
    size_t head_count;
    crmsync_done *done;
    void *arg;
    char error[CURL_ERROR_SIZE];
};

struct client {
    CURLM *multi;
    char *ca_file;
    struct curl_slist *connect_to;
    struct transfer *transfers;
    uint64_t last_id;
};

static size_t read_body(char *to, size_t size, size_t count, void *arg)
{
    struct transfer *transfer = arg;
    size_t left = transfer->body_len - transfer->body_at, most = size * count;
    size_t take = left < most ? left : most;

    memcpy(to, transfer->body + transfer->body_at, take);
    transfer->body_at += take;
    return take;
}

static size_t take_body(char *bytes, size_t size, size_t count, void *arg)
{
    struct transfer *transfer = arg;

    strbuf_add_n(&transfer->answer, bytes, size * count);
    return transfer->answer.overflow ? 0 : size * count;
}

static size_t take_header(char *bytes, size_t size, size_t count, void *arg)
{
    struct transfer *transfer = arg;
    size_t len = size * count, name, end = len;
    const char *colon = memchr(bytes, ':', len);

    if (len >= 5 && memcmp(bytes, "HTTP/", 5) == 0) {
        strbuf_clear(&transfer->head); /* an interim answer's headers are not the answer's */
        transfer->head_count = 0;
        return len;
    }
    if (colon == NULL) {
        return len;
    }
    name = (size_t)(colon - bytes);
    while (end > name + 1 && strchr("\r\n \t", bytes[end - 1]) != NULL) {
        end--;
    }
    colon++;
    while (colon < bytes + end && (*colon == ' ' || *colon == '\t')) {
        colon++;
    }
    strbuf_add_n(&transfer->head, bytes, name);
    strbuf_add_char(&transfer->head, '\0');
    strbuf_add_n(&transfer->head, colon, (size_t)(bytes + end - colon));
    strbuf_add_char(&transfer->head, '\0');
    transfer->head_count++;
    return transfer->head.overflow ? 0 : len;
}

static void wipe_buffer(struct strbuf *buf)
{
    if (buf->data != NULL) {
        mem_wipe(buf->data, buf->size);
    }
    strbuf_finish(buf);
}

static void free_transfer(struct transfer *transfer)
{
    if (transfer->body != NULL) {
        mem_wipe(transfer->body, transfer->body_len);
        mem_free(transfer->body);
    }
    for (struct curl_slist *header = transfer->headers; header != NULL; header = header->next) {
        mem_wipe(header->data, strlen(header->data)); /* an Authorization among them */
    }
    wipe_buffer(&transfer->answer);
    wipe_buffer(&transfer->head);
    curl_easy_cleanup(transfer->easy);
    curl_slist_free_all(transfer->headers);
    mem_free(transfer);
}

static void add_header(struct transfer *transfer, const char *name, const char *value)
{
    AUTO(strbuf) line = STRBUF(0);

    /* A header without a value is written "Name;" for libcurl. */
    strbuf_addf(&line, *value != '\0' ? "%s: %s" : "%s;%s", name, value);
    transfer->headers = curl_slist_append(transfer->headers, strbuf_text(&line));
    mem_wipe(line.data, line.size);
}

static void set_body(struct transfer *transfer, const struct crmsync_request *request)
{
    CURL *easy = transfer->easy;

    if (str_eq(request->method, "GET") && request->body == NULL) {
        return;
    }
    if (request->body_len == 0) {
        /* Nothing to rewind: a connection of its own keeps libcurl from repeating it. */
        curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
    }
    transfer->body = mem_dup(request->body != NULL ? request->body : "", request->body_len);
    transfer->body_len = request->body_len;
    if (request->body == NULL && !str_eq(request->method, "POST")) {
        curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method);
        return;
    }
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_len);
    curl_easy_setopt(easy, CURLOPT_READFUNCTION, read_body);
    curl_easy_setopt(easy, CURLOPT_READDATA, transfer);
    transfer->headers = curl_slist_append(transfer->headers, "Expect:");
}

static void set_options(struct client *client, struct transfer *transfer,
                        const struct crmsync_request *request)
{
    CURL *easy = transfer->easy;

    curl_easy_setopt(easy, CURLOPT_URL, request->url);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)request->timeout_ms);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->error);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer);
    if (client->ca_file != NULL) {
        curl_easy_setopt(easy, CURLOPT_CAINFO, client->ca_file);
    }
    if (client->connect_to != NULL) {
        curl_easy_setopt(easy, CURLOPT_CONNECT_TO, client->connect_to);
    }
    for (size_t i = 0; i < request->header_count; i++) {
        add_header(transfer, request->headers[i].name, request->headers[i].value);
    }
    set_body(transfer, request);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer->headers);
}

static uint64_t client_submit(void *ctx, const struct crmsync_request *request, crmsync_done *done,
                              void *arg)
{
    struct client *client = ctx;
    struct transfer *transfer = mem_alloc(sizeof *transfer);

    *transfer = (struct transfer){.next = client->transfers,
                                  .id = ++client->last_id,
                                  .easy = curl_easy_init(),
                                  .answer = STRBUF(SYNC_BODY_MAX),
                                  .head = STRBUF(HEADERS_MAX),
                                  .done = done,
                                  .arg = arg};
    client->transfers = transfer;
    set_options(client, transfer, request);
    curl_multi_add_handle(client->multi, transfer->easy);
    return transfer->id;
}

static void unlink_transfer(struct client *client, struct transfer *transfer)
{
    struct transfer **link = &client->transfers;

    while (*link != transfer) {
        link = &(*link)->next;
    }
    *link = transfer->next;
    curl_multi_remove_handle(client->multi, transfer->easy);
}

static void client_cancel(void *ctx, uint64_t id)
{
    struct client *client = ctx;

    for (struct transfer *transfer = client->transfers; transfer != NULL;
         transfer = transfer->next) {
        if (transfer->id == id) {
            unlink_transfer(client, transfer);
            free_transfer(transfer);
            return;
        }
    }
}

/*
 * Whether it is certain that the server has not seen the request. The code alone does not say it:
 * an answer that is no HTTP is an "unsupported protocol" too.
 */
static bool never_connected(CURL *easy, CURLcode code)
{
    curl_off_t ready = 1;

    /* Zero as long as connection and handshake have not come to their end. */
    curl_easy_getinfo(easy, CURLINFO_PRETRANSFER_TIME_T, &ready);
    switch ((int)code) {
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_OPERATION_TIMEDOUT:
        return ready == 0;
    default:
        return false;
    }
}

static void tell(struct transfer *transfer, CURLcode code)
{
    AUTO(strbuf) why = STRBUF(0);
    struct crmsync_response response = {.body = strbuf_text(&transfer->answer),
                                        .body_len = transfer->answer.len};
    struct crmsync_header *headers = mem_alloc(sizeof *headers * (transfer->head_count + 1));
    const char *at = strbuf_text(&transfer->head);
    long status = 0;

    for (size_t i = 0; i < transfer->head_count; i++) {
        headers[i].name = at;
        at += strlen(at) + 1;
        headers[i].value = at;
        at += strlen(at) + 1;
    }
    response.headers = headers;
    response.header_count = transfer->head_count;
    curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
    if (code == CURLE_OK && status > 0) {
        response.status = (int)status;
    } else if (transfer->answer.overflow || transfer->head.overflow) {
        response.error = "the answer is longer than this program takes";
    } else {
        strbuf_addf(&why, "%s (curl %d)",
                    transfer->error[0] != '\0' ? transfer->error : curl_easy_strerror(code),
                    (int)code);
        response.error = strbuf_text(&why);
        response.never_connected = never_connected(transfer->easy, code);
    }
    if (response.status == 0) {
        response.body = "";
        response.body_len = 0;
        response.header_count = 0;
    }
    transfer->done(transfer->arg, &response);
    mem_free(headers);
}

/* Tells every request that has ended; returns how many. */
static size_t harvest(struct client *client)
{
    const CURLMsg *message;
    size_t told = 0;
    int left;

    while ((message = curl_multi_info_read(client->multi, &left)) != NULL) {
        struct transfer *transfer = NULL;
        CURLcode code = message->data.result;

        if (message->msg != CURLMSG_DONE) {
            continue;
        }
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&transfer);
        unlink_transfer(client, transfer);
        tell(transfer, code);
        free_transfer(transfer);
        told++;
    }
    return told;
}

static void client_poll(void *ctx, int64_t until_ms)
{
    struct client *client = ctx;
    int64_t now_ms = clock_wall_ms(), left_ms = until_ms > now_ms ? until_ms - now_ms : 0;
    int64_t end_us;

    left_ms = left_ms < SLICE_MS ? left_ms : SLICE_MS;
    end_us = clock_steady_us() + left_ms * 1000;
    for (;;) {
        int running = 0;

        curl_multi_perform(client->multi, &running);
        left_ms = (end_us - clock_steady_us() + 999) / 1000;
        if (harvest(client) > 0 || left_ms <= 0) {
            return;
        }
        curl_multi_poll(client->multi, NULL, 0, (int)left_ms, NULL);
    }
}

static void client_destroy(void *ctx)
{
    struct client *client = ctx;

    while (client->transfers != NULL) {
        client_cancel(client, client->transfers->id);
    }
    curl_multi_cleanup(client->multi);
    curl_slist_free_all(client->connect_to);
    mem_free(client->ca_file);
    mem_free(client);
}

static void global_init(void)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
}

static bool check_options(const struct crmsync_curl_options *options, struct crmsync_error *err)
{
    if (options->ca_file == NULL || access(options->ca_file, R_OK) == 0) {
        return true;
    }
    *err = (struct crmsync_error){.code = "usage"};
    snprintf(err->message, sizeof err->message, "the CA certificate file \"%s\" cannot be read",
             options->ca_file);
    snprintf(err->fix, sizeof err->fix, "Name a file in PEM format that this user may read.");
    return false;
}

bool crmsync_transport_curl(const struct crmsync_curl_options *options,
                            struct crmsync_transport *ret, struct crmsync_error *err)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    static const struct crmsync_curl_options none = {0};
    struct crmsync_error ignored;
    struct client *client;

    options = options != NULL ? options : &none;
    if (!check_options(options, err != NULL ? err : &ignored)) {
        return false;
    }
    pthread_once(&once, global_init);
    client = mem_alloc(sizeof *client);
    client->multi = curl_multi_init();
    client->ca_file = mem_strdup(options->ca_file);
    for (size_t i = 0; i < options->connect_to_count; i++) {
        client->connect_to = curl_slist_append(client->connect_to, options->connect_to[i]);
    }
    *ret = (struct crmsync_transport){client, client_submit, client_cancel, client_poll,
                                      client_destroy};
    return true;
}
