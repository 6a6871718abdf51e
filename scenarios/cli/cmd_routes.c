#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/auto.h"
#include "base/json.h"
#include "cli/commands.h"
#include "mocktenant.h"

int cmd_routes(int argc, char **argv)
{
    AUTO(arena) arena = {0};
    cJSON *routes = NULL;
    const cJSON *route;
    struct err err;
    char *text;

    if (argc > 1 && strcmp(argv[1], "--help") == 0) {
        printf("usage: mocktenant routes\n\nPrints every route: service, method, path template, "
               "and the id of "
               "its source in SOURCES.md.\n");
        return 0;
    }
    if (argc > 1) {
        fprintf(stderr, "mocktenant routes: unexpected word %s\n", argv[1]);
        return 2;
    }
    text = mocktenant_routes();
    if (!json_parse(&arena, text, strlen(text), JSON_PLAIN, &routes, &err)) {
        fprintf(stderr, "mocktenant routes: %s\n", err.text);
        mocktenant_free(text);
        return 1;
    }
    cJSON_ArrayForEach(route, routes)
    {
        printf("%-10s %-18s %-62s %s\n", json_get_text(route, "service"),
               json_get_text(route, "method"), json_get_text(route, "template"),
               json_get_text(route, "source"));
    }
    mocktenant_free(text);
    return 0;
}
