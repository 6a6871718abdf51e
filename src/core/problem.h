/*
 * Why an operation did not get through, in the words of the contract: what the caller outside is
 * told, and what the caller inside must know to decide.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "include/crmsync.h"

struct sync_problem {
    enum crmsync_outcome outcome;
    struct crmsync_error error; /* its code is the contract's */
    char remote_code[64];       /* the remote's own, "7000215"; empty when it gave none */
    char pointer[160];          /* JSON Pointer of the parameter or configuration value at fault */
    int64_t resume_ms;          /* when it may be tried again; 0 when nobody said */
};

/* Fills *problem and is `false`, so that `return sync_fail(...)` says and fails at once. */
#define sync_fail(problem, outcome, code, ...)                                                     \
    (sync_problem_fill((problem), (outcome), (code), __VA_ARGS__), false)

void sync_problem_fill(struct sync_problem *problem, enum crmsync_outcome outcome, const char *code,
                       const char *format, ...) __attribute__((format(printf, 4, 5)));
/* Puts "text: " before the message. */
void sync_problem_prefix(struct sync_problem *problem, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* What to do about it. */
void sync_problem_fix(struct sync_problem *problem, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void sync_problem_at(struct sync_problem *problem, const char *pointer);
/* Names the remote that said so and its HTTP status (0 = none). */
void sync_problem_from(struct sync_problem *problem, const char *service, int status);
/* Takes over an error of the base; is `false`. */
bool sync_fail_err(struct sync_problem *problem, const struct err *err);
