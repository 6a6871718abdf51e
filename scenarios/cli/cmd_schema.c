/* mocktenant schema: the JSON Schema of world and scenario files. */
#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "cli/commands.h"
#include "mocktenant.h"
#include "runner/scenario.h"

static int show_world(void)
{
    char *text = mocktenant_world_schema();

    (void)puts(text);
    mocktenant_free(text);
    return 0;
}

static int show_scenario(void)
{
    AUTO(arena) arena = {0};

    (void)puts(json_text_pretty(&arena, run_scenario_schema(&arena)));
    return 0;
}

int cmd_schema(int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*show)(void);
    } table[] = {{"world", show_world}, {"scenario", show_scenario}};

    for (size_t i = 0; argc == 2 && i < ARRAY_LEN(table); i++) {
        if (strcmp(argv[1], table[i].name) == 0) {
            return table[i].show();
        }
    }
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        (void)puts("usage: mocktenant schema world|scenario");
        return 0;
    }
    (void)fprintf(stderr, "mocktenant schema: expected world or scenario, found %s\n",
                  argc == 2  ? argv[1]
                  : argc < 2 ? "nothing"
                             : "more than one word");
    return 2;
}
