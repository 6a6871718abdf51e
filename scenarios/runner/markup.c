#include "runner/markup.h"

#include <string.h>

#include "base/str.h"

/* U+FFFD: stands for what XML 1.0 cannot hold. */
static const char replacement[] = "\xef\xbf\xbd";

/* The bytes of the character that begins here; 0 when they are no UTF-8. */
static size_t length_of(const char *text)
{
    size_t most = strnlen(text, 4);

    for (size_t len = 1; len <= most; len++) {
        if (str_is_utf8(text, len)) {
            return len;
        }
    }
    return 0;
}

/* Control characters, U+FFFE and U+FFFF. */
static bool is_forbidden(const char *text, size_t len)
{
    return len == 1 ? (unsigned char)*text < 0x20 && *text != '\n' && *text != '\t'
                    : len == 3 && (memcmp(text, "\xef\xbf\xbe", 3) == 0 ||
                                   memcmp(text, "\xef\xbf\xbf", 3) == 0);
}

void run_markup(FILE *out, const char *text)
{
    size_t len;

    for (; *text != '\0'; text += len) {
        len = length_of(text);
        if (len == 0 || is_forbidden(text, len)) {
            (void)fputs(replacement, out);
            len = len == 0 ? 1 : len;
            continue;
        }
        switch (*text) {
        case '&':
            (void)fputs("&amp;", out);
            break;
        case '<':
            (void)fputs("&lt;", out);
            break;
        case '>':
            (void)fputs("&gt;", out);
            break;
        case '"':
            (void)fputs("&quot;", out);
            break;
        case '\'':
            (void)fputs("&#39;", out);
            break;
        default:
            (void)fwrite(text, 1, len, out);
        }
    }
}
