/* World files: any text is a world or a clear error. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "store/load.h"
#include "store/pool.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(arena) arena = {0};
    struct random random;
    struct world_load load = {.arena = &arena, .random = &random, .start_ms = 1768467600000};
    const char *text = arena_printf(&arena, "{%.*s", (int)size, (const char *)data);
    cJSON *tree = NULL;
    struct err err = {0};

    random_seed(&random, 1);
    load.secrets = json_new_object(&arena);
    if (!world_read(&arena, text, "/nonexistent", &tree, &err)) {
        if (*err.text == '\0') {
            abort();
        }
        return 0;
    }
    load.world = tree;
    load.db = store_pool_take();
    if (!world_load(&load, &err) && *err.text == '\0') {
        abort();
    }
    store_pool_give(load.db);
    return 0;
}
