/* Request targets, URLs and authorities: resolving twice changes nothing, encoding is undone by
 * decoding. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/uri.h"

static void check_path(struct arena *arena, const char *text, size_t len)
{
    AUTO(strbuf) encoded = STRBUF(0);
    struct uri_path path, again;

    if (!uri_parse_path(arena, text, len, &path)) {
        return;
    }
    for (size_t i = 0; i < path.count; i++) {
        strbuf_add_char(&encoded, '/');
        strbuf_uri(&encoded, path.segments[i]);
    }
    if (path.count == 0) {
        strbuf_add_char(&encoded, '/');
    }
    if (!uri_parse_path(arena, strbuf_text(&encoded), encoded.len, &again) ||
        strcmp(path.text, again.text) != 0) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(arena) arena = {0};
    char *text = arena_dup(&arena, data, size);
    struct uri uri;
    const char *host;
    int port;

    check_path(&arena, (const char *)data, size);
    if (uri_parse(&arena, text, &uri)) {
        check_path(&arena, uri.path, strlen(uri.path));
    }
    (void)uri_parse_authority(&arena, text, &host, &port);
    return 0;
}
