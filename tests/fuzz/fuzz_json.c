/* JSON: whatever the strict pass lets through, cJSON must read, and print as JSON that reads again.
 */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(arena) arena = {0};
    cJSON *root = NULL, *again = NULL;
    struct err err;
    char *text;

    if (!json_parse(&arena, (const char *)data, size, size % 2 == 0 ? JSON_PLAIN : JSON_COMMENTS,
                    &root, &err)) {
        return 0;
    }
    text = json_text(&arena, root);
    if (!json_parse(&arena, text, strlen(text), JSON_PLAIN, &again, &err) ||
        !json_equal(root, again)) {
        abort();
    }
    return 0;
}
