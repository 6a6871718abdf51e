#include "caller.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/auto.h"

enum { TIMEOUT_MS = 60000 };

static size_t take(char *data, size_t size, size_t count, void *arg)
{
    strbuf_add_n(arg, data, size * count);
    return size * count;
}

static int take_socket(void *arg, curl_socket_t fd, curlsocktype purpose)
{
    struct caller *caller = arg;

    (void)purpose;
    atomic_store(&caller->fd, fd);
    return CURL_SOCKOPT_OK;
}

void caller_open(struct caller *caller, const char *base, const char *ca_file)
{
    char to[64];

    *caller = (struct caller){.base = base, .curl = curl_easy_init(), .fd = -1};
    (void)snprintf(to, sizeof to, "::127.0.0.1:%s", strrchr(base, ':') + 1);
    caller->to = curl_slist_append(NULL, to);
    curl_easy_setopt(caller->curl, CURLOPT_CONNECT_TO, caller->to);
    curl_easy_setopt(caller->curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(caller->curl, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(caller->curl, CURLOPT_WRITEDATA, &caller->body);
    curl_easy_setopt(caller->curl, CURLOPT_SOCKOPTFUNCTION, take_socket);
    curl_easy_setopt(caller->curl, CURLOPT_SOCKOPTDATA, caller);
    if (ca_file != NULL) {
        curl_easy_setopt(caller->curl, CURLOPT_CAINFO, ca_file);
    }
}

int caller_ask(struct caller *caller, const struct calling *calling)
{
    AUTO(strbuf) url = STRBUF(0), token = STRBUF(0), type = STRBUF(0);
    struct curl_slist *headers = curl_slist_append(NULL, "Expect:");
    int scheme = (int)strcspn(caller->base, ":");
    long status = 0;
    CURLcode code;

    strbuf_clear(&caller->body);
    strbuf_addf(&url, "%.*s://%s%s", scheme, caller->base,
                calling->host != NULL ? calling->host : strstr(caller->base, "//") + 2,
                calling->target);
    if (calling->token != NULL) {
        strbuf_addf(&token, "Authorization: Bearer %s", calling->token);
        headers = curl_slist_append(headers, strbuf_text(&token));
    }
    if (calling->type != NULL) {
        strbuf_addf(&type, "Content-Type: %s", calling->type);
        headers = curl_slist_append(headers, strbuf_text(&type));
    }
    curl_easy_setopt(caller->curl, CURLOPT_URL, strbuf_text(&url));
    curl_easy_setopt(caller->curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(caller->curl, CURLOPT_TIMEOUT_MS,
                     calling->timeout_ms > 0 ? calling->timeout_ms : TIMEOUT_MS);
    if (calling->body != NULL) {
        curl_easy_setopt(caller->curl, CURLOPT_POSTFIELDSIZE, (long)strlen(calling->body));
        curl_easy_setopt(caller->curl, CURLOPT_POSTFIELDS, calling->body);
    } else {
        curl_easy_setopt(caller->curl, CURLOPT_HTTPGET, 1L);
    }
    curl_easy_setopt(caller->curl, CURLOPT_CUSTOMREQUEST, calling->method);
    code = curl_easy_perform(caller->curl);
    curl_easy_getinfo(caller->curl, CURLINFO_RESPONSE_CODE, &status);
    curl_slist_free_all(headers);
    return code == CURLE_OK ? (int)status : 0;
}

void caller_break(struct caller *caller)
{
    (void)shutdown(atomic_load(&caller->fd), SHUT_RDWR);
}

void caller_close(struct caller *caller)
{
    curl_easy_cleanup(caller->curl);
    curl_slist_free_all(caller->to);
    strbuf_finish(&caller->body);
}
