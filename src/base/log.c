#include "base/log.h"

#include <stdarg.h>

#include "base/auto.h"
#include "base/str.h"

void log_event(const struct log *log, const char *event, const char *format, ...)
{
    AUTO(strbuf) line = STRBUF(0);
    va_list args;

    if (log == NULL || log->sink == NULL) {
        return;
    }
    strbuf_add(&line, event);
    strbuf_add_char(&line, ' ');
    va_start(args, format);
    strbuf_vaddf(&line, format, args);
    va_end(args);
    /* A value with a line feed must not look like a second event. */
    for (size_t i = 0; i < line.len; i++) {
        line.data[i] = line.data[i] == '\n' || line.data[i] == '\r' ? ' ' : line.data[i];
    }
    log->sink(log->arg, strbuf_text(&line));
}
