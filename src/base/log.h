/* Events for whoever runs the program, one a line: `token.issued app=… s=3599`. Libraries never
 * print. */
#pragma once

struct log {
    void (*sink)(void *arg, const char *line); /* NULL: nobody listens */
    void *arg;
};

/* Nothing secret may be among the arguments. The line has no line feed at its end. */
void log_event(const struct log *log, const char *event, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
