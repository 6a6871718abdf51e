#include <string.h>

#include "base/auto.h"
#include "base/str.h"
#include "base/uri.h"
#include "runner/direct.h"
#include "runner/flight.h"

/* "https://host:8080/a?b" → what a request line and a Host header say. */
bool run_direct_split(struct arena *arena, const char *url, const char **ret_host,
                      const char **ret_target)
{
    const char *begin = strstr(url, "://");
    size_t len;

    if (begin == NULL) {
        return false;
    }
    begin += 3;
    len = strcspn(begin, "/?#");
    *ret_host = arena_dup(arena, begin, len);
    begin += len;
    *ret_target =
        arena_printf(arena, "%s%.*s", *begin == '/' ? "" : "/", (int)strcspn(begin, "#"), begin);
    return len > 0;
}

const struct crmsync_header *run_direct_headers(struct arena *arena,
                                                const struct mocktenant_response *response)
{
    struct crmsync_header *headers =
        arena_array(arena, response->header_count + 1, sizeof *headers);

    for (size_t i = 0; i < response->header_count; i++) {
        headers[i].name = arena_strdup(arena, response->headers[i].name);
        headers[i].value = arena_strdup(arena, response->headers[i].value);
    }
    return headers;
}

/* Keeps the answer until the engine polls: a transport's `done` is called from nowhere else. */
static void keep(void *arg, const struct mocktenant_response *response)
{
    struct run_flight *flight = arg;

    flight->ended = true;
    flight->response = (struct crmsync_response){.body = ""};
    if (response->dropped || response->cut) {
        flight->response.error = response->dropped
                                     ? "the connection was closed without an answer"
                                     : "the connection was closed inside the answer's body";
        return;
    }
    flight->response.status = response->status;
    flight->response.headers = run_direct_headers(&flight->arena, response);
    flight->response.header_count = response->header_count;
    flight->response.body =
        response->body_len > 0 ? arena_dup(&flight->arena, response->body, response->body_len) : "";
    flight->response.body_len = response->body_len;
}

void run_direct_submit(struct run_flight *flight, const struct crmsync_request *request)
{
    struct mocktenant_header *headers =
        arena_array(&flight->arena, request->header_count + 1, sizeof *headers);
    struct mocktenant_request to = {.method = request->method,
                                    .headers = headers,
                                    .body = request->body,
                                    .body_len = request->body_len};

    if (!run_direct_split(&flight->arena, request->url, &to.host, &to.target)) {
        flight->ended = true;
        flight->response = (struct crmsync_response){
            .body = "", .error = "the URL is not absolute", .never_connected = true};
        return;
    }
    for (size_t i = 0; i < request->header_count; i++) {
        if (str_ieq(request->headers[i].name, "Host")) {
            to.host = request->headers[i].value;
        } else {
            headers[to.header_count++] = (struct mocktenant_header){
                .name = request->headers[i].name, .value = request->headers[i].value};
        }
    }
    flight->carried = mocktenant_submit(flight->carrier->mock, &to, keep, flight);
}

bool run_direct_deliver(struct run_carrier *carrier)
{
    struct run_flight *flight = carrier->flights;
    bool any = false;

    while (flight != NULL) {
        if (flight->ended) {
            run_flight_end(flight, &flight->response);
            flight = carrier->flights; /* its end may have changed the list */
            any = true;
        } else {
            flight = flight->next;
        }
    }
    return any;
}
