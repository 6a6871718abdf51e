/* The transport against a small server on the loopback, which does what it is told per request. */
#include "cases.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "http/transport.h"

enum { CONNECTIONS_MAX = 32, PLAN_MAX = 32 };

enum deed {
    ANSWER,
    ANSWER_NOTHING, /* 204 */
    CUT,            /* ends in the middle of the body */
    HANG_UP,        /* ends without a byte */
    KEEP_SILENT,    /* says nothing until the test is over */
    GARBAGE,        /* what is not HTTP */
    CONTINUE_FIRST, /* an interim answer, then the answer */
    ECHO,           /* the request's body comes back */
};

struct server {
    int listener, port;
    int stop[2];              /* a pipe: its end wakes everybody */
    enum deed plan[PLAN_MAX]; /* by request, from 0 */
    atomic_uint connections, requests;
    char bodies[PLAN_MAX][200], heads[PLAN_MAX][1000];
    pthread_t threads[CONNECTIONS_MAX + 1];
    size_t thread_count;
};

struct connection {
    struct server *server;
    int fd;
};

static void say(int fd, const char *text)
{
    size_t len = strlen(text), at = 0;
    ssize_t sent = 1;

    while (at < len && sent > 0) {
        sent = send(fd, text + at, len - at, MSG_NOSIGNAL);
        at += sent > 0 ? (size_t)sent : 0;
    }
}

/* Waits for bytes; false at the end of the connection or of the test. */
static bool readable(const struct server *server, int fd)
{
    struct pollfd fds[] = {{.fd = fd, .events = POLLIN}, {.fd = server->stop[0], .events = POLLIN}};

    return poll(fds, 2, 5000) > 0 && fds[1].revents == 0;
}

/* Reads one request; returns its number, -1 at the end. */
static int read_request(struct server *server, int fd)
{
    char bytes[8192] = "";
    size_t len = 0, body = 0;
    const char *end = NULL, *length;
    unsigned n;

    while (end == NULL || len < (size_t)(end + 4 - bytes) + body) {
        ssize_t got = readable(server, fd) ? recv(fd, bytes + len, sizeof bytes - 1 - len, 0) : 0;

        if (got <= 0) {
            return -1;
        }
        len += (size_t)got;
        bytes[len] = '\0';
        end = strstr(bytes, "\r\n\r\n");
        length = strcasestr(bytes, "content-length:");
        body = length != NULL ? strtoul(length + strlen("content-length:"), NULL, 10) : 0;
    }
    n = atomic_fetch_add(&server->requests, 1);
    assert_true(n < PLAN_MAX);
    snprintf(server->bodies[n], sizeof server->bodies[n], "%.199s", end + 4);
    snprintf(server->heads[n], sizeof server->heads[n], "%.*s", (int)(end - bytes), bytes);
    return (int)n;
}

/* Does what is planned; false when the connection ends. */
static bool act(struct server *server, int fd, int n)
{
    char echo[400];

    switch (server->plan[n]) {
    case ANSWER:
        say(fd, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nX-Twice: a\r\nX-Twice:  b \r\n"
                "X-Empty:\r\nContent-Length: 5\r\n\r\nhello");
        return true;
    case ANSWER_NOTHING:
        say(fd, "HTTP/1.1 204 No Content\r\n\r\n");
        return true;
    case CONTINUE_FIRST:
        say(fd, "HTTP/1.1 103 Early Hints\r\nX-Interim: yes\r\n\r\n"
                "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
        return true;
    case ECHO:
        snprintf(echo, sizeof echo, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s",
                 strlen(server->bodies[n]), server->bodies[n]);
        say(fd, echo);
        return true;
    case CUT:
        say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nhello");
        return false;
    case HANG_UP:
        return false;
    case GARBAGE:
        say(fd, "\x16\x03\x01 what?\r\n\r\n");
        return false;
    case KEEP_SILENT:
        (void)readable(server, fd);
        return false;
    }
    return false;
}

static void *serve_connection(void *arg)
{
    struct connection *connection = arg;
    bool open = true;

    while (open) {
        int n = read_request(connection->server, connection->fd);

        open = n >= 0 && act(connection->server, connection->fd, n);
    }
    close(connection->fd);
    free(connection);
    return NULL;
}

static void *serve(void *arg)
{
    struct server *server = arg;

    while (readable(server, server->listener) && server->thread_count < CONNECTIONS_MAX) {
        struct connection *connection = mem_alloc(sizeof *connection);

        *connection = (struct connection){server, accept(server->listener, NULL, NULL)};
        atomic_fetch_add(&server->connections, 1);
        pthread_create(&server->threads[++server->thread_count], NULL, serve_connection,
                       connection);
    }
    return NULL;
}

static void server_start(struct server *server)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof address;

    memset(server, 0, sizeof *server);
    server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(server->listener, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(server->listener, 16), 0);
    assert_int_equal(getsockname(server->listener, (struct sockaddr *)&address, &len), 0);
    server->port = ntohs(address.sin_port);
    assert_int_equal(pipe(server->stop), 0);
    pthread_create(&server->threads[0], NULL, serve, server);
}

static void server_stop(struct server *server)
{
    close(server->stop[1]);
    pthread_join(server->threads[0], NULL);
    for (size_t i = 1; i <= server->thread_count; i++) {
        pthread_join(server->threads[i], NULL);
    }
    close(server->stop[0]);
    close(server->listener);
}

/* What a request came to. */
struct got {
    int calls, status;
    bool never_connected;
    char body[400], error[300], twice[10], empty[10];
    bool interim;
    size_t body_len;
};

static void take(void *arg, const struct crmsync_response *response)
{
    struct got *got = arg;

    got->calls++;
    got->status = response->status;
    got->never_connected = response->never_connected;
    got->body_len = response->body_len;
    snprintf(got->body, sizeof got->body, "%s", response->body);
    snprintf(got->error, sizeof got->error, "%s", response->error != NULL ? response->error : "");
    for (size_t i = 0; i < response->header_count; i++) {
        const struct crmsync_header *header = &response->headers[i];

        if (str_ieq(header->name, "X-Twice")) {
            snprintf(got->twice + strlen(got->twice), sizeof got->twice - strlen(got->twice), "%s;",
                     header->value);
        } else if (str_ieq(header->name, "X-Empty")) {
            snprintf(got->empty, sizeof got->empty, "[%s]", header->value);
        } else if (str_ieq(header->name, "X-Interim")) {
            got->interim = true;
        }
    }
    assert_int_equal(response->body[response->body_len], '\0');
}

static void open_client(struct crmsync_transport *ret)
{
    struct crmsync_error err;

    assert_true(crmsync_transport_curl(NULL, ret, &err));
}

static uint64_t submit(struct crmsync_transport *client, int port, const char *method,
                       const char *body, int64_t timeout_ms, struct got *got)
{
    static const struct crmsync_header headers[] = {{"Content-Type", "application/json"},
                                                    {"X-Blank", ""}};
    char url[100];
    const struct crmsync_request request = {.method = method,
                                            .url = url,
                                            .headers = headers,
                                            .header_count = ARRAY_LEN(headers),
                                            .body = body,
                                            .body_len = body != NULL ? strlen(body) : 0,
                                            .timeout_ms = timeout_ms};

    snprintf(url, sizeof url, "http://127.0.0.1:%d/some/path?a=b", port);
    return client->submit(client->ctx, &request, take, got);
}

static void wait_for(struct crmsync_transport *client, const struct got *got)
{
    int64_t end_ms = clock_wall_ms() + 5000;

    while (got->calls == 0 && clock_wall_ms() < end_ms) {
        client->poll(client->ctx, end_ms);
    }
    assert_int_equal(got->calls, 1);
}

static void exchange(struct crmsync_transport *client, int port, const char *method,
                     const char *body, struct got *got)
{
    *got = (struct got){0};
    assert_true(submit(client, port, method, body, 5000, got) > 0);
    wait_for(client, got);
}

static void reuses_a_connection(void **state)
{
    struct server server;
    struct crmsync_transport client;
    struct got got;

    (void)state;
    server_start(&server);
    open_client(&client);
    for (int i = 0; i < 4; i++) {
        exchange(&client, server.port, i % 2 == 0 ? "GET" : "POST", i % 2 == 0 ? NULL : "{}", &got);
        assert_int_equal(got.status, 200);
        assert_string_equal(got.body, "hello");
        assert_string_equal(got.twice, "a;b;");
        assert_string_equal(got.empty, "[]");
    }
    assert_int_equal(server.connections, 1);
    assert_int_equal(server.requests, 4);
    client.destroy(client.ctx);
    server_stop(&server);
}

static void sends_what_was_asked(void **state)
{
    static const char *const methods[] = {"POST", "PATCH", "PUT", "DELETE"};
    struct server server;
    struct crmsync_transport client;
    struct got got;

    (void)state;
    server_start(&server);
    open_client(&client);
    for (size_t i = 0; i < ARRAY_LEN(methods); i++) {
        char first[40];

        server.plan[i] = ECHO;
        exchange(&client, server.port, methods[i], i < 3 ? "{\"a\":1}" : NULL, &got);
        assert_int_equal(got.status, 200);
        assert_string_equal(got.body, i < 3 ? "{\"a\":1}" : "");
        snprintf(first, sizeof first, "%s /some/path?a=b HTTP/1.1\r\n", methods[i]);
        assert_true(str_starts(server.heads[i], first));
        assert_non_null(strcasestr(server.heads[i], "\r\ncontent-type: application/json"));
        assert_non_null(strcasestr(server.heads[i], "\r\nx-blank:"));
        assert_null(strcasestr(server.heads[i], "\r\nexpect:"));
        assert_null(strcasestr(server.heads[i], "chunked"));
    }
    server.plan[4] = ECHO;
    exchange(&client, server.port, "POST", NULL, &got); /* a body of nothing */
    assert_int_equal(got.status, 200);
    assert_non_null(strcasestr(server.heads[4], "content-length: 0"));
    client.destroy(client.ctx);
    server_stop(&server);
}

static void carries_many_at_once(void **state)
{
    enum { MANY = 8 };
    struct server server;
    struct crmsync_transport client;
    struct got got[MANY] = {0};

    (void)state;
    server_start(&server);
    for (int i = 0; i < MANY; i++) {
        server.plan[i] = i == 0 ? KEEP_SILENT : ANSWER;
    }
    open_client(&client);
    submit(&client, server.port, "GET", NULL, 5000, &got[0]);
    /* The silent one holds nobody up. */
    while (server.requests == 0) {
        client.poll(client.ctx, clock_wall_ms() + 10);
    }
    for (int i = 1; i < MANY; i++) {
        submit(&client, server.port, "GET", NULL, 5000, &got[i]);
    }
    for (int i = 1; i < MANY; i++) {
        wait_for(&client, &got[i]);
        assert_int_equal(got[i].status, 200);
    }
    assert_int_equal(got[0].calls, 0);
    assert_true(server.connections >= 2);
    client.destroy(client.ctx); /* ends the silent one without a call */
    assert_int_equal(got[0].calls, 0);
    server_stop(&server);
}

static void tells_a_cut_body(void **state)
{
    struct server server;
    struct crmsync_transport client;
    struct got got;

    (void)state;
    server_start(&server);
    server.plan[0] = CUT;
    server.plan[1] = GARBAGE;
    server.plan[2] = HANG_UP;
    open_client(&client);
    for (int i = 0; i < 3; i++) {
        exchange(&client, server.port, "GET", NULL, &got);
        assert_int_equal(got.status, 0);
        assert_false(got.never_connected);
        assert_int_equal(got.body_len, 0);
        assert_true(got.error[0] != '\0');
    }
    client.destroy(client.ctx);
    server_stop(&server);
}

/*
 * A kept connection that ends without an answer: the server may have done what was asked, so the
 * request must not be sent again behind the engine's back.
 */
static void never_repeats_a_change(void **state)
{
    static const char *const methods[] = {"POST", "PATCH", "DELETE"};
    struct server server;
    struct crmsync_transport client;
    struct got got;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(methods); i++) {
        server_start(&server);
        server.plan[1] = HANG_UP;
        open_client(&client);
        exchange(&client, server.port, "GET", NULL, &got);
        assert_int_equal(got.status, 200);
        exchange(&client, server.port, methods[i], i < 2 ? "{\"n\":1}" : NULL, &got);
        assert_int_equal(got.status, 0);
        assert_false(got.never_connected);
        client.destroy(client.ctx);
        server_stop(&server);
        assert_int_equal(server.requests, 2);
    }
}

static void knows_what_was_never_sent(void **state)
{
    struct server server;
    struct crmsync_transport client;
    struct got got;

    (void)state;
    server_start(&server);
    server_stop(&server); /* now nobody listens there */
    open_client(&client);
    exchange(&client, server.port, "POST", "{}", &got);
    assert_int_equal(got.status, 0);
    assert_true(got.never_connected);
    assert_non_null(strstr(got.error, "onnect"));
    client.destroy(client.ctx);
}

static void ends_in_time(void **state)
{
    struct server server;
    struct crmsync_transport client;
    struct got got = {0};
    int64_t began_us = clock_steady_us();

    (void)state;
    server_start(&server);
    server.plan[0] = KEEP_SILENT;
    open_client(&client);
    submit(&client, server.port, "POST", "{}", 150, &got);
    wait_for(&client, &got);
    assert_int_equal(got.status, 0);
    assert_false(got.never_connected); /* it was sent */
    assert_true(clock_steady_us() - began_us < 1000000);
    assert_int_equal(server.requests, 1);
    client.destroy(client.ctx);
    server_stop(&server);
}

static void cancels(void **state)
{
    struct server server;
    struct crmsync_transport client;
    struct got got = {0}, other;
    uint64_t id;

    (void)state;
    server_start(&server);
    server.plan[0] = KEEP_SILENT;
    open_client(&client);
    id = submit(&client, server.port, "GET", NULL, 5000, &got);
    while (server.requests == 0) {
        client.poll(client.ctx, clock_wall_ms() + 10);
    }
    client.cancel(client.ctx, id);
    exchange(&client, server.port, "GET", NULL, &other);
    assert_int_equal(other.status, 200);
    assert_int_equal(got.calls, 0);
    client.destroy(client.ctx);
    server_stop(&server);
}

static void skips_interim_answers(void **state)
{
    struct server server;
    struct crmsync_transport client;
    struct got got;

    (void)state;
    server_start(&server);
    server.plan[0] = CONTINUE_FIRST;
    server.plan[1] = ANSWER_NOTHING;
    open_client(&client);
    exchange(&client, server.port, "GET", NULL, &got);
    assert_int_equal(got.status, 200);
    assert_false(got.interim);
    exchange(&client, server.port, "GET", NULL, &got);
    assert_int_equal(got.status, 204);
    assert_string_equal(got.body, "");
    client.destroy(client.ctx);
    server_stop(&server);
}

/* poll() without anything in flight waits, but not beyond its time. */
static void waits_until(void **state)
{
    struct crmsync_transport client;
    int64_t began_us = clock_steady_us(), until_ms = clock_wall_ms() + 60;

    (void)state;
    open_client(&client);
    while (clock_wall_ms() < until_ms) {
        client.poll(client.ctx, until_ms);
    }
    assert_in_range(clock_steady_us() - began_us, 50000, 900000);
    client.poll(client.ctx, clock_wall_ms() - 1000); /* in the past: returns at once */
    client.destroy(client.ctx);
}

static void connects_where_it_is_told(void **state)
{
    struct server server;
    struct crmsync_transport client;
    struct crmsync_error err;
    struct got got = {0};
    char to[60];
    const char *const connect_to[] = {to};
    const struct crmsync_curl_options options = {.connect_to = connect_to, .connect_to_count = 1};
    const struct crmsync_request request = {
        .method = "GET", .url = "http://graph.example:8080/x", .timeout_ms = 5000};

    (void)state;
    server_start(&server);
    snprintf(to, sizeof to, "::127.0.0.1:%d", server.port);
    assert_true(crmsync_transport_curl(&options, &client, &err));
    client.submit(client.ctx, &request, take, &got);
    wait_for(&client, &got);
    assert_int_equal(got.status, 200);
    assert_non_null(strcasestr(server.heads[0], "\r\nhost: graph.example:8080"));
    client.destroy(client.ctx);
    server_stop(&server);
}

static void refuses_an_unreadable_ca_file(void **state)
{
    const struct crmsync_curl_options options = {.ca_file = "/nowhere/ca.pem"};
    struct crmsync_transport client;
    struct crmsync_error err;

    (void)state;
    assert_false(crmsync_transport_curl(&options, &client, &err));
    assert_non_null(strstr(err.message, "/nowhere/ca.pem"));
    assert_true(err.fix[0] != '\0');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reuses_a_connection),
        cmocka_unit_test(sends_what_was_asked),
        cmocka_unit_test(carries_many_at_once),
        cmocka_unit_test(tells_a_cut_body),
        cmocka_unit_test(never_repeats_a_change),
        cmocka_unit_test(knows_what_was_never_sent),
        cmocka_unit_test(ends_in_time),
        cmocka_unit_test(cancels),
        cmocka_unit_test(skips_interim_answers),
        cmocka_unit_test(waits_until),
        cmocka_unit_test(connects_where_it_is_told),
        cmocka_unit_test(refuses_an_unreadable_ca_file),
    };
    static const char *const proxies[] = {"http_proxy", "https_proxy", "all_proxy",
                                          "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"};

    for (size_t i = 0; i < ARRAY_LEN(proxies); i++) {
        unsetenv(proxies[i]); /* the server is on the loopback */
    }
    return cases_run("client", tests, ARRAY_LEN(tests));
}
