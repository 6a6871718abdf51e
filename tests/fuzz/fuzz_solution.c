/* Solution packages as Dataverse reads them: any file is a package or a clear error. */
#include "fuzz.h"

#include <stdlib.h>

#include "base/auto.h"
#include "dataverse/package.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(arena) arena = {0};
    struct package package;
    struct err err = {0};

    if (package_read(&arena, data, size, &package, &err)) {
        if (*package.name == '\0') {
            abort();
        }
    } else if (*err.text == '\0') {
        abort();
    }
    return 0;
}
