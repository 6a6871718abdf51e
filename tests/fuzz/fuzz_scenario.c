/* Scenario files: any text is a scenario or a clear error. */
#include "fuzz.h"

#include <stdlib.h>

#include "base/auto.h"
#include "runner/scenario.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(arena) arena = {0};
    struct run_scenario scenario = {0};
    struct err err = {0};

    if (!run_read(&arena, (const char *)data, size, &scenario, &err) && *err.text == '\0') {
        abort();
    }
    return 0;
}
