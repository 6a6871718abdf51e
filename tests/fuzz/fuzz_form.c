/* Form bodies: what was read comes back when it is written and read again. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/uri.h"
#include "control/mask.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(arena) arena = {0};
    AUTO(strbuf) form = STRBUF(0), masked = STRBUF(0);
    const char *text = arena_dup(&arena, data, size);
    struct uri_params params, again;

    /* The journal masks whatever a body is. */
    mask_body(&masked, text, strlen(text));
    if (!uri_parse_params(&arena, (const char *)data, size, &params)) {
        return 0;
    }
    for (size_t i = 0; i < params.count; i++) {
        strbuf_form_param(&form, params.items[i].name, params.items[i].value);
    }
    if (!uri_parse_params(&arena, strbuf_text(&form), form.len, &again) ||
        again.count != params.count) {
        abort();
    }
    for (size_t i = 0; i < params.count; i++) {
        if (strcmp(params.items[i].name, again.items[i].name) != 0 ||
            strcmp(params.items[i].value, again.items[i].value) != 0) {
            abort();
        }
    }
    return 0;
}
