/* From the start of the process to its first answer, and the memory of an idle one. */
#include "bench/bench.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/clock.h"

/* Asks once, without TLS; whether any answer came. */
static bool ask_once(int port)
{
    static const char request[] = "GET /_mock/health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    char answer[64];
    bool good = fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof to) == 0 &&
                send(fd, request, sizeof request - 1, MSG_NOSIGNAL) == sizeof request - 1 &&
                recv(fd, answer, sizeof answer, 0) > 0;

    if (fd >= 0) {
        close(fd);
    }
    return good;
}

static bool time_start(struct bench *bench, const char *const *arguments, bool ask, double *ret_ms,
                       double *ret_mib)
{
    int64_t from = clock_steady_us();
    struct server server;
    bool good = server_start(bench, arguments, &server) && (!ask || ask_once(server.port));

    *ret_ms = (double)(clock_steady_us() - from) / 1000;
    *ret_mib = good ? server_memory(server.pid) : -1;
    server_stop(&server);
    return good;
}

bool bench_start(struct bench *bench)
{
    static const char *const tls[] = {"serve", NULL};
    static const char *const plain[] = {"serve", "--plain", NULL};
    static const char *const floor[] = {"bench", "--floor", "select", "1", NULL};
    struct figure line = {.name = "start to the line, TLS",
                          .unit = "ms",
                          .floor_name = "start of the SELECT floor to its line",
                          .most = 50};
    struct figure answer = {.name = "start to the first answer",
                            .unit = "ms",
                            .floor_name = "start of the SELECT floor to its first answer",
                            .most = 50};
    struct figure memory = {.name = "memory of an idle ready world",
                            .unit = "MiB",
                            .floor_name = "the SELECT floor's",
                            .most = 25};
    double ignored;

    for (int i = 0; i < bench->rounds; i++) {
        if (!time_start(bench, tls, false, &line.ours[i], &memory.ours[i]) ||
            !time_start(bench, floor, false, &line.floor[i], &memory.floor[i]) ||
            !time_start(bench, plain, true, &answer.ours[i], &ignored) ||
            !time_start(bench, floor, true, &answer.floor[i], &ignored)) {
            return false;
        }
        line.count = answer.count = memory.count = i + 1;
    }
    figure_print(bench, &line);
    figure_print(bench, &answer);
    figure_print(bench, &memory);
    return true;
}
