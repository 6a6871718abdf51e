#include "client.h"

#include <curl/curl.h>
#include <string.h>

#include "base/auto.h"
#include "base/str.h"
#include "base/uri.h"
#include "cases.h"

struct mocktenant *tenant_start(const struct mocktenant_options *options)
{
    char error[1024] = "";
    struct mocktenant *mock = mocktenant_start(options, error, sizeof error);

    if (mock == NULL) {
        fail_msg("%s", error);
    }
    return mock;
}

const char *tenant_key(struct arena *arena, struct mocktenant *mock, const char *key)
{
    const char *info = mocktenant_info(mock);
    cJSON *root = NULL;
    struct err err;

    assert_true(json_parse(arena, info, strlen(info), JSON_PLAIN, &root, &err));
    return json_get_text(root, key);
}

static void parse_body(struct arena *arena, struct answer *answer)
{
    struct err err;

    answer->json = NULL;
    if (answer->body_len > 0 &&
        !json_parse(arena, answer->body, answer->body_len, JSON_PLAIN, &answer->json, &err)) {
        answer->json = NULL;
    }
}

struct taken {
    struct arena *arena;
    struct answer answer;
    bool done;
};

static void take(void *arg, const struct mocktenant_response *response)
{
    struct taken *taken = arg;
    AUTO(strbuf) headers = STRBUF(0);

    taken->done = true;
    taken->answer.dropped = response->dropped;
    taken->answer.cut = response->cut;
    taken->answer.status = response->status;
    for (size_t i = 0; i < response->header_count; i++) {
        char *name = arena_strdup(taken->arena, response->headers[i].name);

        strbuf_addf(&headers, "%s: %s\n", str_lower(name), response->headers[i].value);
    }
    taken->answer.headers = arena_strdup(taken->arena, strbuf_text(&headers));
    taken->answer.body = arena_dup(taken->arena, response->body, response->body_len);
    taken->answer.body_len = response->body_len;
}

static struct answer ask_direct(struct arena *arena, struct mocktenant *mock, const struct ask *ask)
{
    struct mocktenant_header headers[8];
    struct mocktenant_request request = {.method = ask->method,
                                         .host = ask->host,
                                         .target = ask->target,
                                         .headers = headers,
                                         .body = ask->body,
                                         .body_len = ask->body != NULL ? strlen(ask->body) : 0};
    struct taken taken = {.arena = arena};
    int64_t due;

    for (size_t i = 0; i < 8 && ask->headers[i] != NULL; i++) {
        const char *colon = strstr(ask->headers[i], ": ");

        assert_non_null(colon);
        headers[i].name = arena_dup(arena, ask->headers[i], (size_t)(colon - ask->headers[i]));
        headers[i].value = colon + 2;
        request.header_count++;
    }
    (void)mocktenant_submit(mock, &request, take, &taken);
    while (!taken.done && mocktenant_next_due(mock, &due, NULL)) {
        const char *body = arena_printf(arena, "{\"advance\":\"PT%.3fS\"}",
                                        (double)(due - mocktenant_now(mock)) / 1000);

        assert_int_equal(mocktenant_control(mock, "PUT", "/_mock/clock", body, NULL), 200);
    }
    assert_true(taken.done);
    return taken.answer;
}

static size_t take_body(char *data, size_t size, size_t count, void *arg)
{
    strbuf_add_n(arg, data, size * count);
    return size * count;
}

static size_t take_header(char *data, size_t size, size_t count, void *arg)
{
    struct strbuf *headers = arg;
    const char *colon = memchr(data, ':', size * count);
    size_t from = headers->len;

    if (memchr(data, '\n', size * count) == data || size * count <= 2) {
        return size * count;
    }
    strbuf_add_n(headers, data, size * count - 2);
    for (size_t i = from; colon != NULL && i < from + (size_t)(colon - data); i++) {
        headers->data[i] = headers->data[i] >= 'A' && headers->data[i] <= 'Z'
                               ? (char)(headers->data[i] - 'A' + 'a')
                               : headers->data[i];
    }
    strbuf_add_char(headers, '\n');
    return size * count;
}

static struct answer ask_wire(struct arena *arena, struct mocktenant *mock, const struct ask *ask)
{
    AUTO(strbuf) body = STRBUF(0), headers = STRBUF(0);
    const char *base = tenant_key(arena, mock, "base"), *ca = tenant_key(arena, mock, "ca_file");
    const char *port = strrchr(base, ':') + 1;
    const char *scheme = arena_dup(arena, base, strcspn(base, ":"));
    struct curl_slist *to = NULL, *sent = NULL;
    struct answer answer = {0};
    CURL *curl = curl_easy_init();
    long status = 0;
    CURLcode code;

    to = curl_slist_append(to, arena_printf(arena, "::127.0.0.1:%s", port));
    for (size_t i = 0; i < 8 && ask->headers[i] != NULL; i++) {
        sent = curl_slist_append(sent, ask->headers[i]);
    }
    sent = curl_slist_append(sent, "Expect:");
    curl_easy_setopt(curl, CURLOPT_URL,
                     ask->host != NULL
                         ? arena_printf(arena, "%s://%s%s", scheme, ask->host, ask->target)
                         : arena_printf(arena, "%s%s", base, ask->target));
    if (ask->host != NULL) {
        curl_easy_setopt(curl, CURLOPT_CONNECT_TO, to);
    }
    curl_easy_setopt(curl, CURLOPT_CAINFO, ca);
    curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, sent);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, ask->timeout_ms != 0 ? ask->timeout_ms : 10000L);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &body);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, &headers);
    if (ask->body != NULL) {
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)strlen(ask->body));
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, ask->body);
    }
    if (strcmp(ask->method, "HEAD") == 0) {
        curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
    } else {
        curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, ask->method);
    }
    code = curl_easy_perform(curl);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    answer.status = (int)status;
    answer.cut = code != CURLE_OK && status != 0;
    answer.dropped = code != CURLE_OK && status == 0;
    answer.headers = arena_strdup(arena, strbuf_text(&headers));
    answer.body = arena_dup(arena, strbuf_text(&body), body.len);
    answer.body_len = body.len;
    curl_slist_free_all(to);
    curl_slist_free_all(sent);
    curl_easy_cleanup(curl);
    return answer;
}

struct answer tenant_ask(struct arena *arena, struct mocktenant *mock, const struct ask *ask)
{
    struct answer answer =
        ask->transport == WIRE ? ask_wire(arena, mock, ask) : ask_direct(arena, mock, ask);

    parse_body(arena, &answer);
    return answer;
}

cJSON *tenant_control(struct arena *arena, struct mocktenant *mock, const char *method,
                      const char *path, const char *json, int status)
{
    char *body = NULL;
    cJSON *root = NULL;
    struct err err;
    int got = mocktenant_control(mock, method, path, json, &body);

    if (got != status) {
        fail_msg("%s %s: HTTP %d, expected %d: %s", method, path, got, status, body);
    }
    if (*body != '\0' && *body == '{' &&
        !json_parse(arena, body, strlen(body), JSON_PLAIN, &root, &err)) {
        fail_msg("%s %s: %s: %s", method, path, err.text, body);
    }
    mocktenant_free(body);
    return root;
}

const char *answer_header(struct arena *arena, const struct answer *answer, const char *name)
{
    const char *at = answer->headers;
    size_t len = strlen(name);

    while (at != NULL && *at != '\0') {
        if (strncmp(at, name, len) == 0 && at[len] == ':') {
            return arena_dup(arena, at + len + 2, strcspn(at + len + 2, "\n"));
        }
        at = strchr(at, '\n');
        at = at != NULL ? at + 1 : NULL;
    }
    return NULL;
}

const char *text_at(const cJSON *json, const char *pointer)
{
    const char *text = cJSON_GetStringValue(json_pointer_get(json, pointer));

    return text != NULL ? text : "";
}

int64_t int_at(const cJSON *json, const char *pointer)
{
    int64_t number;

    return json_int(json_pointer_get(json, pointer), &number) ? number : -1;
}
