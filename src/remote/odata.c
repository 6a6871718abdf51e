#include "remote/odata.h"

#include <string.h>

#include "base/auto.h"
#include "base/str.h"
#include "base/uri.h"

char *sync_odata_text(struct arena *arena, const char *value)
{
    AUTO(strbuf) text = STRBUF(0);

    strbuf_add_char(&text, '\'');
    for (; *value != '\0'; value++) {
        /* An apostrophe in a literal is doubled. */
        strbuf_add_n(&text, value, 1);
        if (*value == '\'') {
            strbuf_add_char(&text, '\'');
        }
    }
    strbuf_add_char(&text, '\'');
    return arena_strdup(arena, strbuf_text(&text));
}

char *sync_odata_filter(struct arena *arena, const char *path, const char *filter)
{
    AUTO(strbuf) text = STRBUF(0);

    strbuf_add(&text, path);
    strbuf_add(&text, strchr(path, '?') != NULL ? "&$filter=" : "?$filter=");
    strbuf_uri(&text, filter);
    return arena_strdup(arena, strbuf_text(&text));
}
