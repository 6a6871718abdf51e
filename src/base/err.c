#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void err_fill(struct err *err, enum err_kind kind, const char *format, ...)
{
    va_list args;

    memset(err, 0, sizeof *err);
    err->kind = kind;
    va_start(args, format);
    vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
}

void err_prefix(struct err *err, const char *format, ...)
{
    char was[sizeof err->text];
    va_list args;
    int len;

    memcpy(was, err->text, sizeof was);
    va_start(args, format);
    len = vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
    if (len >= 0 && (size_t)len + 2 < sizeof err->text) {
        memcpy(err->text + len, ": ", 2);
        len += 2;
        memcpy(err->text + len, was, sizeof err->text - (size_t)len);
        err->text[sizeof err->text - 1] = '\0';
    }
}

void err_at(struct err *err, const char *pointer)
{
    snprintf(err->pointer, sizeof err->pointer, "%s", pointer);
}
