/* Nonsense on the socket: a clear answer or a closed connection, and the server still serves. */
#include "cases.h"
#include "client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/str.h"

static const struct mocktenant_options plain = {
    .listen = "127.0.0.1:0", .plain = true, .clock = "virtual", .idle_s = 1};

static int start(void **state)
{
    *state = tenant_start(&plain);
    return 0;
}

static int stop(void **state)
{
    mocktenant_stop(*state);
    return 0;
}

static int dial(struct mocktenant *mock)
{
    AUTO(arena) arena = {0};
    const char *base = tenant_key(&arena, mock, "base");
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int64_t port = 0;

    assert_true(str_int(strrchr(base, ':') + 1, 1, 65535, &port));
    to.sin_port = htons((uint16_t)port);
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    return fd;
}

/* Sends the bytes and reads until the server closes or nothing more comes within `quiet_ms`. */
static struct strbuf say(struct mocktenant *mock, const char *bytes, size_t len, bool half_close,
                         int quiet_ms)
{
    struct strbuf heard = STRBUF(0);
    int fd = dial(mock);
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    char piece[4096];
    ssize_t n = 1;

    (void)send(fd, bytes, len, MSG_NOSIGNAL);
    if (half_close) {
        shutdown(fd, SHUT_WR);
    }
    while (n > 0 && poll(&ready, 1, quiet_ms) == 1) {
        n = recv(fd, piece, sizeof piece, 0);
        strbuf_add_n(&heard, piece, n > 0 ? (size_t)n : 0);
    }
    close(fd);
    return heard;
}

static void still_serves(struct mocktenant *mock)
{
    AUTO(arena) arena = {0};
    const struct ask ask = {WIRE, "GET", NULL, "/_mock/health", {NULL}, NULL, 0};
    struct answer answer = tenant_ask(&arena, mock, &ask);

    assert_int_equal(answer.status, 200);
    assert_string_equal(text_at(answer.json, "/status"), "ok");
}

#define END "Connection: close\r\n\r\n"

static const struct raw_case {
    const char *name, *bytes;
    const char *status; /* NULL: the connection is closed without an answer */
    const char *part;   /* of the answer */
} raw_cases[] = {
    {"no HTTP at all", "\x16\x03\x01 nonsense\r\n\r\n", NULL, NULL},
    {"a line without a version", "GET\r\n\r\n", NULL, NULL},
    {"an unknown host goes by the path", "GET /rest/x HTTP/1.1\r\nHost: nowhere.example\r\n" END,
     "200", "\"610\""},
    {"no Host header in HTTP/1.0", "GET /rest/x HTTP/1.0\r\n\r\n", "200", "\"610\""},
    {"a Host header that is none", "GET /rest/x HTTP/1.1\r\nHost: a b/c\r\n" END, "200", "\"610\""},
    {"a broken escape", "GET /rest/%zz HTTP/1.1\r\nHost: x\r\n" END, "400", NULL},
    {"a zero byte in the path", "GET /v1.0/%00 HTTP/1.1\r\nHost: x\r\n" END, "400", NULL},
    {"a broken escape in the query", "GET /rest/x?a=%1 HTTP/1.1\r\nHost: x\r\n" END, "400", NULL},
    {"a broken escape for Azure AD",
     "POST /common/oauth2/%/token HTTP/1.1\r\nHost: x\r\n"
     "Content-Length: 0\r\n" END,
     "400", NULL},
    {"an asterisk", "OPTIONS * HTTP/1.1\r\nHost: x\r\n" END, "400", NULL},
    {"absolute form replaces the host",
     "GET http://123-abc-456.mktorest.com/_mock/health HTTP/1.1\r\n"
     "Host: 127.0.0.1\r\n" END,
     "200", "\"610\""},
    {"a rebound name at the control API",
     "GET /_mock/health HTTP/1.1\r\nHost: evil.example\r\n" END, "403", "host_refused"},
    {"another page's origin",
     "GET /_mock/health HTTP/1.1\r\nHost: 127.0.0.1\r\n"
     "Origin: http://evil.example\r\n" END,
     "403", "origin_refused"},
    {"a method that nobody has", "BREW /rest/x HTTP/1.1\r\nHost: x\r\n" END, "200", "\"610\""},
    {"a bad token",
     "GET /v1.0/applications HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer a.b.c\r\n" END, "401",
     "InvalidAuthenticationToken"},
    {"no token", "GET /v1.0/applications HTTP/1.1\r\nHost: x\r\n" END, "401",
     "Access token is empty"},
    {"a token body that is no form",
     "POST /common/oauth2/v2.0/token HTTP/1.1\r\nHost: x\r\n"
     "Content-Type: application/json\r\nContent-Length: 2\r\n" END "{}",
     "400", "AADSTS900144"},
    {"a body that is announced too large",
     "POST /rest/x HTTP/1.1\r\nHost: x\r\n"
     "Content-Length: 33554433\r\n" END,
     "413", "32 MiB"},
    {"a length that is no number", "POST /rest/x HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n" END,
     "4", NULL},
    {"chunks that are none",
     "POST /rest/x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n" END "zz\r\n", "4", NULL},
    {"a GET with a body", "GET /rest/x HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n" END "{}",
     "200", "\"610\""},
    {"chunks",
     "POST /rest/x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n" END
     "2\r\n{}\r\n0\r\n\r\n",
     "200", "\"610\""},
    {"an expectation",
     "POST /rest/x HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n" END "{}",
     "100", "\"610\""},
};

static void answers_or_closes(void **state)
{
    const struct raw_case *c = *state;
    struct mocktenant *mock = tenant_start(&plain);
    struct strbuf heard = say(mock, c->bytes, strlen(c->bytes), false, 3000);
    const char *text = strbuf_text(&heard);

    if (c->status == NULL) {
        assert_true(heard.len == 0 || str_starts(text, "HTTP/1.1 4"));
    } else if (strncmp(text, "HTTP/1.", 7) != 0 ||
               strncmp(text + 9, c->status, strlen(c->status)) != 0) {
        fail_msg("expected %s, got: %s", c->status, text);
    }
    if (c->part != NULL && strstr(text, c->part) == NULL) {
        fail_msg("expected %s in: %s", c->part, text);
    }
    still_serves(mock);
    strbuf_finish(&heard);
    mocktenant_stop(mock);
}

static void refuses_headers_beyond_its_memory(void **state)
{
    AUTO(strbuf) request = STRBUF(0);
    struct strbuf heard;

    strbuf_add(&request, "GET /rest/x HTTP/1.1\r\nHost: x\r\n");
    for (int i = 0; i < 3000; i++) {
        strbuf_addf(&request, "X-Filler-%d: %0100d\r\n", i, i);
    }
    strbuf_add(&request, "\r\n");
    heard = say(*state, strbuf_text(&request), request.len, false, 3000);
    assert_true(heard.len == 0 || str_starts(strbuf_text(&heard), "HTTP/1.1 4"));
    strbuf_finish(&heard);
    still_serves(*state);
}

static void refuses_chunks_beyond_32_mebibytes(void **state)
{
    AUTO(strbuf) request = STRBUF(0);
    struct strbuf heard;

    strbuf_add(&request, "POST /rest/x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n" END);
    for (int i = 0; i < 33; i++) {
        strbuf_add(&request, "100000\r\n");
        for (int j = 0; j < 1024; j++) {
            strbuf_addf(&request, "%01024d", 0);
        }
        strbuf_add(&request, "\r\n");
    }
    strbuf_add(&request, "0\r\n\r\n");
    heard = say(*state, strbuf_text(&request), request.len, false, 5000);
    if (!str_starts(strbuf_text(&heard), "HTTP/1.1 413")) {
        fail_msg("expected 413, got: %s", strbuf_text(&heard));
    }
    strbuf_finish(&heard);
    still_serves(*state);
}

static void answers_a_half_closed_connection(void **state)
{
    static const char request[] = "GET /rest/x HTTP/1.1\r\nHost: x\r\n" END;
    struct strbuf heard = say(*state, request, strlen(request), true, 3000);

    assert_true(heard.len == 0 || str_starts(strbuf_text(&heard), "HTTP/1.1 200"));
    strbuf_finish(&heard);
    heard = say(*state, request, 20, true, 3000);
    assert_true(heard.len == 0 || str_starts(strbuf_text(&heard), "HTTP/1.1 4"));
    strbuf_finish(&heard);
    still_serves(*state);
}

static void counts_what_the_library_refuses(void **state)
{
    AUTO(arena) arena = {0};
    static const char announced[] =
        "POST /rest/x HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n" END;
    struct strbuf heard = say(*state, announced, strlen(announced), false, 3000);
    cJSON *health = tenant_control(&arena, *state, "GET", "/_mock/health", NULL, 200);
    cJSON *journal = tenant_control(&arena, *state, "GET", "/_mock/journal", NULL, 200);

    strbuf_finish(&heard);
    assert_true(int_at(health, "/refused") >= 1);
    assert_null(json_pointer_get(journal, "/entries/0"));
}

/* A connection that a fault rule closes was refused by nobody. */
static void counts_no_fault_as_refused(void **state)
{
    AUTO(arena) arena = {0};
    static const char request[] = "GET /rest/x HTTP/1.1\r\nHost: x\r\n" END;
    struct strbuf heard;
    cJSON *health;

    (void)tenant_control(&arena, *state, "POST", "/_mock/faults",
                         "{\"action\":{\"type\":\"drop_after\"}}", 201);
    for (int i = 0; i < 3; i++) {
        heard = say(*state, request, strlen(request), false, 3000);
        assert_int_equal(heard.len, 0);
        strbuf_finish(&heard);
    }
    health = tenant_control(&arena, *state, "GET", "/_mock/health", NULL, 200);
    assert_int_equal(int_at(health, "/refused"), 0);
}

/* The one test that waits by the clock: idle connections end after --idle seconds. */
static void ends_idle_connections(void **state)
{
    int64_t before = clock_steady_us();
    int fd = dial(*state);
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    char byte;

    assert_int_equal(poll(&ready, 1, 6000), 1);
    assert_int_equal(recv(fd, &byte, 1, 0), 0);
    assert_true(clock_steady_us() - before >= 900000);
    close(fd);
    still_serves(*state);
}

static void names_a_broken_target_in_the_journal(void **state)
{
    AUTO(arena) arena = {0};
    static const char request[] = "GET /v1.0/%00 HTTP/1.1\r\nHost: x\r\n" END;
    struct strbuf heard = say(*state, request, strlen(request), false, 3000);
    cJSON *journal = tenant_control(&arena, *state, "GET", "/_mock/journal", NULL, 200);

    strbuf_finish(&heard);
    assert_int_equal(int_at(journal, "/entries/0/status"), 400);
    assert_string_equal(text_at(journal, "/entries/0/path"), "/v1.0/%00");
    assert_string_equal(text_at(journal, "/entries/0/service"), "graph");
}

int main(void)
{
    struct CMUnitTest tests[48] = {
        cmocka_unit_test_setup_teardown(refuses_headers_beyond_its_memory, start, stop),
        cmocka_unit_test_setup_teardown(refuses_chunks_beyond_32_mebibytes, start, stop),
        cmocka_unit_test_setup_teardown(answers_a_half_closed_connection, start, stop),
        cmocka_unit_test_setup_teardown(counts_what_the_library_refuses, start, stop),
        cmocka_unit_test_setup_teardown(counts_no_fault_as_refused, start, stop),
        cmocka_unit_test_setup_teardown(ends_idle_connections, start, stop),
        cmocka_unit_test_setup_teardown(names_a_broken_target_in_the_journal, start, stop),
    };
    size_t count = CASES_LISTED(tests);

    CASES(tests, count, raw_cases, answers_or_closes);
    return cases_run("bad_input", tests, count);
}
