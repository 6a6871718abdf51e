/* Load from a second process: wrk where it is installed, else a client of our own over 16 kept
 * connections. */
#include "bench/bench.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/str.h"

enum { CONNECTIONS = 16, ANSWER_MAX = 262144 };

bool load_by_wrk(void)
{
    const char *path = getenv("PATH");
    char file[4096];

    while (path != NULL && *path != '\0') {
        size_t len = strcspn(path, ":");

        snprintf(file, sizeof file, "%.*s/wrk", (int)len, path);
        if (access(file, X_OK) == 0) {
            return true;
        }
        path += len + (path[len] == ':');
    }
    return false;
}

/* A script for wrk: method, headers and body. In a file of our own that is removed at once. */
static bool write_script(const struct load *load, char path[64])
{
    AUTO(strbuf) text = STRBUF(0);
    const char *at = load->headers;
    FILE *file;
    int fd;

    snprintf(path, 64, "/tmp/mocktenant-bench-XXXXXX");
    fd = mkstemp(path);
    file = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (file == NULL) {
        fprintf(stderr, "mocktenant bench: %s: %s\n", path, strerror(errno));
        return false;
    }
    strbuf_addf(&text, "wrk.method = \"%s\"\n", load->method);
    while (*at != '\0') {
        size_t line = strcspn(at, "\r"), name = strcspn(at, ":");

        strbuf_addf(&text, "wrk.headers[\"%.*s\"] = \"%.*s\"\n", (int)name, at,
                    (int)(line - name - 2), at + name + 2);
        at += line + 2;
    }
    if (load->body != NULL) {
        strbuf_addf(&text, "wrk.body = [[%s]]\n", load->body);
    }
    fputs(strbuf_text(&text), file);
    return fclose(file) == 0;
}

/* wrk counts in whole seconds. */
static double run_wrk(const struct load *load, int ms)
{
    char path[64], command[4096], line[256];
    double rate = -1;
    FILE *output;

    if (!write_script(load, path)) {
        return -1;
    }
    snprintf(command, sizeof command, "wrk -t2 -c%d -d%ds -s %s 'http://127.0.0.1:%d%s' 2>&1",
             CONNECTIONS, (ms + 999) / 1000, path, load->port, load->path);
    output = popen(command, "re");
    while (output != NULL && fgets(line, sizeof line, output) != NULL) {
        if (str_starts(line, "Requests/sec:")) {
            rate = strtod(line + strlen("Requests/sec:"), NULL);
        } else if (strstr(line, "Non-2xx") != NULL) {
            fprintf(stderr, "mocktenant bench: %s %s: %s", load->method, load->path, line);
            rate = -2;
            break;
        }
    }
    if (output != NULL) {
        pclose(output);
    }
    unlink(path);
    if (rate < 0) {
        fprintf(stderr, "mocktenant bench: wrk told no rate of %s %s\n", load->method, load->path);
    }
    return rate;
}

struct connection {
    int fd;
    char answer[ANSWER_MAX];
    size_t len;
};

static bool open_connection(struct connection *connection, int port)
{
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const int on = 1;

    connection->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    connection->len = 0;
    return connection->fd >= 0 && connect(connection->fd, (struct sockaddr *)&to, sizeof to) == 0 &&
           setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0;
}

/* Whether a whole answer of a status 20x is there: 1 yes, 0 not yet, -1 another status. */
static int whole_answer(const struct connection *connection)
{
    const char *end = memmem(connection->answer, connection->len, "\r\n\r\n", 4);
    const char *length;
    size_t body;

    if (end == NULL) {
        return 0;
    }
    if (memcmp(connection->answer, "HTTP/1.1 20", 11) != 0) {
        return -1;
    }
    length = strcasestr(connection->answer, "\r\nContent-Length:");
    body = length != NULL && length < end ? strtoul(length + 17, NULL, 10) : 0;
    return connection->len >= (size_t)(end - connection->answer) + 4 + body;
}

/* Reads what has come; counts a whole answer and sends the next request. False when it is over. */
static bool go_on(struct connection *connection, const char *request, size_t len, int64_t *count)
{
    ssize_t n = recv(connection->fd, connection->answer + connection->len,
                     ANSWER_MAX - 1 - connection->len, 0);
    int whole;

    if (n <= 0) {
        return false;
    }
    connection->len += (size_t)n;
    connection->answer[connection->len] = '\0';
    whole = whole_answer(connection);
    if (whole == 0) {
        return true;
    }
    ++*count;
    connection->len = 0;
    return whole > 0 && send(connection->fd, request, len, MSG_NOSIGNAL) == (ssize_t)len;
}

/* `bench --client PORT MS`, the request on standard input: prints how many answers came. */
int client_main(int argc, char **argv)
{
    static struct connection connections[CONNECTIONS];
    char request[16384];
    size_t len = fread(request, 1, sizeof request, stdin);
    int64_t port = 0, ms = 0, count = 0, until;
    int epoll = epoll_create1(EPOLL_CLOEXEC);

    if (argc != 2 || !str_int(argv[0], 1, 65535, &port) || !str_int(argv[1], 1, 600000, &ms)) {
        return 2;
    }
    for (size_t i = 0; i < CONNECTIONS; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = &connections[i]};

        if (!open_connection(&connections[i], (int)port) ||
            epoll_ctl(epoll, EPOLL_CTL_ADD, connections[i].fd, &event) != 0 ||
            send(connections[i].fd, request, len, MSG_NOSIGNAL) != (ssize_t)len) {
            return 1;
        }
    }
    until = clock_steady_us() + ms * 1000;
    while (clock_steady_us() < until) {
        struct epoll_event events[CONNECTIONS];
        int ready = epoll_wait(epoll, events, CONNECTIONS, 100);

        for (int i = 0; i < ready; i++) {
            if (!go_on(events[i].data.ptr, request, len, &count)) {
                return 1;
            }
        }
    }
    printf("%lld\n", (long long)count);
    return 0;
}

/* Hands the request to the client by its standard input, so that no token stands in a process list.
 */
static double run_client(struct bench *bench, const struct load *load, int ms)
{
    AUTO(strbuf) request = STRBUF(0);
    char port[16], duration[16], number[32] = "";
    int in[2], out[2], status = 1;
    int64_t count = 0;
    pid_t pid;

    strbuf_addf(&request, "%s %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n%s", load->method, load->path,
                load->port, load->headers);
    if (load->body != NULL) {
        strbuf_addf(&request, "Content-Length: %zu\r\n", strlen(load->body));
    }
    strbuf_addf(&request, "\r\n%s", load->body != NULL ? load->body : "");
    snprintf(port, sizeof port, "%d", load->port);
    snprintf(duration, sizeof duration, "%d", ms);
    if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0) {
        return -1;
    }
    pid = fork();
    if (pid == 0) {
        dup2(in[0], STDIN_FILENO);
        dup2(out[1], STDOUT_FILENO);
        execl(bench->program, bench->program, "bench", "--client", port, duration, (char *)NULL);
        _exit(127);
    }
    close(in[0]);
    close(out[1]);
    if (write(in[1], strbuf_text(&request), request.len) != (ssize_t)request.len) {
        count = -1;
    }
    close(in[1]);
    if (read(out[0], number, sizeof number - 1) <= 0) {
        count = -1;
    }
    close(out[0]);
    waitpid(pid, &status, 0);
    number[strcspn(number, "\n")] = '\0';
    if (count < 0 || status != 0 || !str_int(number, 0, INT64_MAX, &count)) {
        fprintf(stderr, "mocktenant bench: %s %s: an answer was not 20x\n", load->method,
                load->path);
        return -1;
    }
    return (double)count * 1000 / ms;
}

double load_rate(struct bench *bench, const struct load *load, int ms)
{
    return load_by_wrk() ? run_wrk(load, ms) : run_client(bench, load, ms);
}
