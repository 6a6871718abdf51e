/* The memory of a served world after two million calls: the journal must not grow without end. */
#include "bench/bench.h"

#include <stdio.h>
#include <string.h>

#include "base/auto.h"

enum { CALLS = 2000000, PIECE_MS = 5000, MOST_PIECES = 60 };

bool bench_memory(struct bench *bench)
{
    static const char *const arguments[] = {"serve", "--plain", "--limits", "off", NULL};
    struct load load = {.method = "GET",
                        .path = "/common/discovery/instance?api-version=1.1&"
                                "authorization_endpoint=https%3A%2F%2Flogin."
                                "microsoftonline.com%2Fcommon%2Foauth2%2Fv2.0%2Fauthorize",
                        .headers = ""};
    struct figure figure = {
        .name = "memory after 2 million calls", .unit = "MiB", .count = 1, .most = 96};
    struct server server;
    double calls = 0;
    bool good = server_start(bench, arguments, &server);

    load.port = server.port;
    for (int i = 0; i < MOST_PIECES && calls < CALLS && good; i++) {
        double rate = load_rate(bench, &load, PIECE_MS);

        good = rate > 0;
        calls += rate * PIECE_MS / 1000;
    }
    figure.ours[0] = good ? server_memory(server.pid) : -1;
    server_stop(&server);
    if (good && calls < CALLS) {
        printf("only %.0f calls were made in %d s\n", calls, MOST_PIECES * PIECE_MS / 1000);
    }
    if (good) {
        figure_print(bench, &figure);
    }
    return good;
}
