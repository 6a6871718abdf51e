#include "server/listener.h"

#include <assert.h>
#include <errno.h>
#include <microhttpd.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "server/held.h"
#include "server/serve.h"

enum {
    BODY_MAX = 32 * 1024 * 1024,
    HEADER_MEMORY = 128 * 1024,
    CONNECTIONS_MAX = 256,
    POOL_LEAST = 2,
    POOL_MOST = 8,
    BACKLOG = 1024,
    STOP_WAIT_MS = 1000,
    SLOW_TICK_MS = 20,
};

struct mock_listener {
    struct mock_world *world;
    struct MHD_Daemon *daemon;
    char *authority; /* stands in for a missing Host header */
    const char *scheme;
    atomic_int_least64_t refused;
    atomic_int running; /* requests between their first byte and their end */
};

/* A request as libmicrohttpd hands it over: in several calls, perhaps on several threads. */
struct wire {
    struct mock_exchange exchange;
    struct mock_listener *listener;
    struct MHD_Connection *connection;
    struct strbuf body;
    bool seen, too_big, handed_over;
    pthread_mutex_t lock;
    bool ready, suspended; /* of a held answer */
    size_t sent;           /* bytes of a slow body */
    int64_t slow_from_us;
};

/*
 * Set by a handler that closes its connection on purpose: the library tells that as an error, in
 * the same thread, as soon as the handler has returned.
 */
static _Thread_local bool dropping;

/* The raw request target: the handler's own argument is decoded and ends at %00. */
static void *take_target(void *cls, const char *target, struct MHD_Connection *connection)
{
    struct mock_listener *listener = cls;
    struct wire *wire = mem_alloc(sizeof *wire);

    wire->listener = listener;
    wire->connection = connection;
    wire->body = (struct strbuf)STRBUF(BODY_MAX);
    pthread_mutex_init(&wire->lock, NULL);
    wire->exchange.call.target = arena_strdup(&wire->exchange.arena, target);
    wire->exchange.transport = wire;
    atomic_fetch_add(&listener->running, 1);
    return wire;
}

static void completed(void *cls, struct MHD_Connection *connection, void **con_cls,
                      enum MHD_RequestTerminationCode code)
{
    struct mock_listener *listener = cls;
    struct wire *wire = *con_cls;

    (void)connection;
    (void)code;
    if (wire == NULL) {
        return;
    }
    /* Whoever resumed it may still hold the lock. */
    pthread_mutex_lock(&wire->lock);
    pthread_mutex_unlock(&wire->lock);
    mock_served(listener->world, &wire->exchange);
    mock_exchange_finish(&wire->exchange);
    strbuf_finish(&wire->body);
    pthread_mutex_destroy(&wire->lock);
    mem_free(wire);
    *con_cls = NULL;
    atomic_fetch_sub(&listener->running, 1);
}

static enum MHD_Result take_header(void *cls, enum MHD_ValueKind kind, const char *name,
                                   const char *value)
{
    struct mock_call *call = cls;
    struct mock_header *headers = (struct mock_header *)(uintptr_t)call->headers;

    (void)kind;
    headers[call->header_count].name = arena_strdup(call->arena, name);
    headers[call->header_count++].value = arena_strdup(call->arena, value != NULL ? value : "");
    return MHD_YES;
}

static void take_headers(struct wire *wire)
{
    struct mock_call *call = &wire->exchange.call;
    int count = MHD_get_connection_values(wire->connection, MHD_HEADER_KIND, NULL, NULL);

    call->arena = &wire->exchange.arena;
    call->headers = arena_array(call->arena, (size_t)count + 1, sizeof *call->headers);
    MHD_get_connection_values(wire->connection, MHD_HEADER_KIND, take_header, call);
}

/* The client has closed its side of a connection that waits. */
static bool gone(const struct mock_exchange *exchange)
{
    const struct wire *wire = exchange->transport;
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(wire->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct pollfd fd = {.fd = info->connect_fd, .events = POLLRDHUP};

    return poll(&fd, 1, 0) == 1;
}

/*
 * A held answer may go: from the timer's thread, or from the call that moved the clock. Once it is
 * resumed the connection may come to its end, and `wire` with it, before this returns: so that is
 * the last thing done, with nothing locked.
 */
static void release(struct mock_exchange *exchange)
{
    struct wire *wire = exchange->transport;
    struct MHD_Connection *connection = wire->connection;
    bool resume;

    pthread_mutex_lock(&wire->lock);
    wire->ready = true;
    resume = wire->suspended;
    wire->suspended = false;
    pthread_mutex_unlock(&wire->lock);
    if (resume) {
        MHD_resume_connection(connection);
    }
}

/* Sends a body at a rate, or only its beginning. */
static ssize_t read_body(void *cls, uint64_t at, char *to, size_t most)
{
    struct wire *wire = cls;
    const struct mock_sending *how = &wire->exchange.sending;
    const struct strbuf *body = &wire->exchange.reply.body;
    size_t left = body->len - (size_t)at;

    if (how->cut_at >= 0) {
        left = at < (uint64_t)how->cut_at ? (size_t)how->cut_at - (size_t)at : 0;
        if (left == 0) {
            return MHD_CONTENT_READER_END_WITH_ERROR;
        }
    } else if (!atomic_load(&wire->listener->world->stopping)) {
        int64_t passed_us = clock_steady_us() - wire->slow_from_us;
        int64_t due = passed_us * how->slow_bytes_s / 1000000;

        if (due <= (int64_t)at) {
            int64_t wait_ms = 1000 / how->slow_bytes_s;

            pthread_mutex_lock(&wire->lock);
            wire->ready = false;
            wire->suspended = true;
            MHD_suspend_connection(wire->connection);
            pthread_mutex_unlock(&wire->lock);
            mock_held_add(wire->listener->world->held, &wire->exchange, MOCK_HELD_ANSWER,
                          wait_ms > SLOW_TICK_MS ? wait_ms : SLOW_TICK_MS);
            return 0;
        }
        left = left < (size_t)(due - (int64_t)at) ? left : (size_t)(due - (int64_t)at);
    }
    left = left < most ? left : most;
    memcpy(to, body->data + at, left);
    return (ssize_t)left;
}

static struct MHD_Response *make_response(struct wire *wire)
{
    struct mock_reply *reply = &wire->exchange.reply;
    const struct mock_sending *how = &wire->exchange.sending;
    bool whole =
        how->slow_bytes_s == 0 && (how->cut_at < 0 || (size_t)how->cut_at >= reply->body.len);

    if (whole) {
        return MHD_create_response_from_buffer(
            reply->body.len, (void *)(uintptr_t)strbuf_text(&reply->body), MHD_RESPMEM_PERSISTENT);
    }
    wire->slow_from_us = clock_steady_us();
    return MHD_create_response_from_callback(reply->body.len, 4096, read_body, wire, NULL);
}

static enum MHD_Result queue(struct wire *wire)
{
    struct mock_reply *reply = &wire->exchange.reply;
    struct MHD_Response *response;
    enum MHD_Result result;

    if (wire->exchange.sending.drop) {
        dropping = true;
        return MHD_NO;
    }
    response = make_response(wire);
    for (size_t i = 0; i < reply->header_count; i++) {
        MHD_add_response_header(response, reply->headers[i].name, reply->headers[i].value);
    }
    result = MHD_queue_response(wire->connection, (unsigned)reply->status, response);
    MHD_destroy_response(response);
    return result;
}

/* The request is whole: the one way of mock_serve(), then the answer or a suspension. */
static enum MHD_Result hand_over(struct wire *wire, const char *method)
{
    struct mock_listener *listener = wire->listener;
    struct mock_exchange *exchange = &wire->exchange;
    struct mock_call *call = &exchange->call;
    const char *host = MHD_lookup_connection_value(wire->connection, MHD_HEADER_KIND, "Host");
    enum MHD_Result result = MHD_YES;

    wire->handed_over = true;
    take_headers(wire);
    call->method_text = arena_strdup(call->arena, method);
    call->scheme = listener->scheme;
    call->authority =
        host != NULL && *host != '\0' ? arena_strdup(call->arena, host) : listener->authority;
    call->body = strbuf_text(&wire->body);
    call->body_len = wire->body.len;
    exchange->send = release;
    exchange->gone = gone;
    if (mock_serve(listener->world, exchange)) {
        return queue(wire);
    }
    pthread_mutex_lock(&wire->lock);
    if (wire->ready) {
        result = queue(wire);
    } else {
        wire->suspended = true;
        MHD_suspend_connection(wire->connection);
    }
    pthread_mutex_unlock(&wire->lock);
    return result;
}

static enum MHD_Result refuse_size(struct wire *wire)
{
    static const char text[] =
        "{\"error\":{\"code\":\"body_too_large\",\"message\":\"a body has at most "
        "32 MiB\",\"pointer\":null}}";
    struct MHD_Response *response = MHD_create_response_from_buffer(
        sizeof text - 1, (void *)(uintptr_t)text, MHD_RESPMEM_PERSISTENT);
    enum MHD_Result result;

    atomic_fetch_add(&wire->listener->refused, 1);
    MHD_add_response_header(response, "Content-Type", "application/json; charset=utf-8");
    MHD_add_response_header(response, "Connection", "close");
    result = MHD_queue_response(wire->connection, 413, response);
    MHD_destroy_response(response);
    return result;
}

static bool announces_too_much(struct MHD_Connection *connection)
{
    const char *text = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Content-Length");
    int64_t len;

    return text != NULL && (!str_int(text, 0, INT64_MAX, &len) || len > BODY_MAX);
}

/*
 * An answer that is queued on the first of the repeated calls closes the connection and costs four
 * fifths of the speed; so only a body that is announced as too large is refused there.
 */
static enum MHD_Result handle(void *cls, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *upload_data,
                              size_t *upload_data_size, void **con_cls)
{
    struct wire *wire = *con_cls;

    (void)cls;
    (void)url;
    (void)version;
    dropping = false;
    if (!wire->seen) {
        wire->seen = true;
        return announces_too_much(connection) ? refuse_size(wire) : MHD_YES;
    }
    if (*upload_data_size > 0) {
        strbuf_add_n(&wire->body, upload_data, *upload_data_size);
        wire->too_big |= wire->body.overflow;
        *upload_data_size = 0;
        return MHD_YES;
    }
    if (wire->too_big) {
        return refuse_size(wire);
    }
    return wire->handed_over ? queue(wire) : hand_over(wire, method);
}

/* What the library refuses by itself it tells here. */
static void count_refused(void *cls, const char *format, va_list args)
{
    struct mock_listener *listener = cls;

    (void)format;
    (void)args;
    if (dropping) {
        dropping = false;
        return;
    }
    atomic_fetch_add(&listener->refused, 1);
}

int mock_listener_bind(const char *listen_on, int *ret_port, const char **ret_host,
                       struct arena *arena, struct err *err)
{
    struct addrinfo hints = {.ai_flags = AI_PASSIVE | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM};
    const char *colon = strrchr(listen_on, ':');
    struct addrinfo *found = NULL;
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } bound = {.v6 = {.sin6_family = AF_UNSPEC}};
    socklen_t bound_len = sizeof bound;
    const int on = 1;
    int64_t port;
    int fd, code;

    if (colon == NULL || !str_int(colon + 1, 0, 65535, &port) ||
        !uri_parse_authority(arena,
                             arena_printf(arena, "%.*s", (int)(colon - listen_on), listen_on),
                             ret_host, ret_port)) {
        (void)err_set(err, ERR_CONFIG, "\"%.100s\" is no address such as 127.0.0.1:8443 or [::1]:0",
                      listen_on);
        return -1;
    }
    code = getaddrinfo(*ret_host, colon + 1, &hints, &found);
    if (code != 0) {
        (void)err_set(err, ERR_CONFIG, "%.100s: %s", listen_on, gai_strerror(code));
        return -1;
    }
    fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        bind(fd, found->ai_addr, found->ai_addrlen) != 0 || listen(fd, BACKLOG) != 0 ||
        getsockname(fd, &bound.any, &bound_len) != 0) {
        (void)err_set(err, ERR_STORE, "%.100s: %s", listen_on, strerror(errno));
        freeaddrinfo(found);
        if (fd >= 0) {
            close(fd);
        }
        return -1;
    }
    freeaddrinfo(found);
    *ret_port = ntohs(bound.any.sa_family == AF_INET6 ? bound.v6.sin6_port : bound.v4.sin_port);
    return fd;
}

/* More than there are processors turn each other out of the world's lock: a create cost a fifth. */
static unsigned threads(void)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);

    return processors < POOL_LEAST  ? POOL_LEAST
           : processors > POOL_MOST ? POOL_MOST
                                    : (unsigned)processors;
}

bool mock_listener_start(struct mock_world *world, int fd, const char *authority,
                         const struct mock_listener_options *options, struct mock_listener **ret,
                         struct err *err)
{
    struct mock_listener *listener = mem_alloc(sizeof *listener);
    bool tls = options->key_pem != NULL;
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME |
                     MHD_USE_SUPPRESS_DATE_NO_CLOCK | MHD_USE_ERROR_LOG | (tls ? MHD_USE_TLS : 0);
    struct MHD_OptionItem tls_options[] = {
        {MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(uintptr_t)options->key_pem},
        {MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)(uintptr_t)options->certificate_pem},
        {MHD_OPTION_END, 0, NULL},
    };

    listener->world = world;
    listener->authority = mem_strdup(authority);
    listener->scheme = tls ? "https" : "http";
    listener->daemon = MHD_start_daemon(
        flags, 0, NULL, NULL, handle, listener, MHD_OPTION_EXTERNAL_LOGGER, count_refused, listener,
        MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_THREAD_POOL_SIZE, threads(),
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)HEADER_MEMORY, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)options->idle_s,
        MHD_OPTION_URI_LOG_CALLBACK, take_target, listener, MHD_OPTION_NOTIFY_COMPLETED, completed,
        listener, MHD_OPTION_ARRAY, tls ? tls_options : tls_options + 2, MHD_OPTION_END);
    if (listener->daemon == NULL) {
        close(fd);
        mem_free(listener->authority);
        mem_free(listener);
        return err_set(err, ERR_STORE, "the HTTP server could not be started on %s", authority);
    }
    *ret = listener;
    return true;
}

/*
 * No new suspension, everything resumed, what runs may end: a stop with a suspended connection
 * would abort the process, and one right after the resume would lose answers. New connections are
 * still taken meanwhile: MHD_quiesce_daemon() and a thread of the pool may both take the socket out
 * of the pool's epoll set, and whoever comes second ends the process (libmicrohttpd 0.9.75).
 */
void mock_listener_stop(struct mock_listener *listener)
{
    if (listener == NULL) {
        return;
    }
    atomic_store(&listener->world->stopping, true);
    mock_held_flush(listener->world->held);
    for (int waited = 0; atomic_load(&listener->running) > 0 && waited < STOP_WAIT_MS;
         waited += 5) {
        struct pollfd nothing = {.fd = -1};

        poll(&nothing, 1, 5);
        mock_held_flush(listener->world->held);
    }
    MHD_stop_daemon(listener->daemon);
    mem_free(listener->authority);
    mem_free(listener);
}

int64_t mock_listener_refused(const struct mock_listener *listener)
{
    return atomic_load(&listener->refused);
}

int64_t mock_listener_connections(const struct mock_listener *listener)
{
    const union MHD_DaemonInfo *info =
        MHD_get_daemon_info(listener->daemon, MHD_DAEMON_INFO_CURRENT_CONNECTIONS);

    return info != NULL ? info->num_connections : 0;
}
