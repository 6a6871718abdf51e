#include "runner/markup.h"

void run_markup(FILE *out, const char *text)
{
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;

        switch (c) {
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
            if (c < 0x20 && c != '\n' && c != '\t') {
                (void)fputs("\xef\xbf\xbd", out);
            } else {
                (void)fputc(c, out);
            }
        }
    }
}
