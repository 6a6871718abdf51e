/* Solution packages: any bytes are a package or a clear error. */
#include "fuzz.h"

#include <stdlib.h>

#include "base/auto.h"
#include "setup/package.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(arena) arena = {0};
    struct sync_problem problem = {0};
    struct sync_package package;

    if (!sync_package_parse(&arena, "input", (const char *)data, size, &package, &problem) &&
        *problem.error.message == '\0') {
        abort();
    }
    return 0;
}
