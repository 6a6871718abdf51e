#include "core/problem.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void sync_problem_fill(struct sync_problem *problem, enum crmsync_outcome outcome, const char *code,
                       const char *format, ...)
{
    va_list args;

    memset(problem, 0, sizeof *problem);
    problem->outcome = outcome;
    snprintf(problem->error.code, sizeof problem->error.code, "%s", code);
    va_start(args, format);
    vsnprintf(problem->error.message, sizeof problem->error.message, format, args);
    va_end(args);
}

void sync_problem_prefix(struct sync_problem *problem, const char *format, ...)
{
    char was[sizeof problem->error.message], *message = problem->error.message;
    va_list args;
    int len;

    memcpy(was, message, sizeof was);
    va_start(args, format);
    len = vsnprintf(message, sizeof was, format, args);
    va_end(args);
    if (len >= 0 && (size_t)len < sizeof was) {
        size_t left = sizeof was - (size_t)len;

        /* The outermost words matter most, so a text that is too long loses its end. */
        (void)!snprintf(message + len, left, ": %.*s", (int)left, was);
    }
}

void sync_problem_fix(struct sync_problem *problem, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(problem->error.fix, sizeof problem->error.fix, format, args);
    va_end(args);
}

void sync_problem_at(struct sync_problem *problem, const char *pointer)
{
    snprintf(problem->pointer, sizeof problem->pointer, "%s", pointer);
}

void sync_problem_from(struct sync_problem *problem, const char *service, int status)
{
    snprintf(problem->error.service, sizeof problem->error.service, "%s", service);
    problem->error.status = status;
}

bool sync_fail_err(struct sync_problem *problem, const struct err *err)
{
    switch (err->kind) {
    case ERR_NONE:
    case ERR_CONFIG:
        (void)sync_fail(problem, CRMSYNC_USAGE, "usage", "%s", err->text);
        break;
    case ERR_AUTH:
        (void)sync_fail(problem, CRMSYNC_REFUSED, "bad_credentials", "%s", err->text);
        break;
    case ERR_RETRY:
        (void)sync_fail(problem, CRMSYNC_UNREACHABLE, "network", "%s", err->text);
        break;
    case ERR_RECORD:
        (void)sync_fail(problem, CRMSYNC_FAILED, "record_failed", "%s", err->text);
        break;
    case ERR_PROTOCOL:
        (void)sync_fail(problem, CRMSYNC_FAILED, "protocol", "%s", err->text);
        break;
    case ERR_STORE:
        (void)sync_fail(problem, CRMSYNC_FAILED, "store", "%s", err->text);
        sync_problem_fix(problem, "Look whether the disk is full and the file of `state` may be "
                                  "read and written.");
        break;
    }
    sync_problem_at(problem, err->pointer);
    return false;
}
