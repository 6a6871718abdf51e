/*
 * Programs run from outside: started, listened to, ended. What a test that failed has left running
 * is killed when the test program ends.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/arena.h"

enum { PROGRAM_MAX_ARGS = 24 };

struct program {
    pid_t pid;
    int out, err; /* pipes */
};

struct program_end {
    int status; /* of exit; 128 + n after a signal */
    const char *out, *err;
};

/* Starts it with this process's environment; `args` end with NULL. Fails the test. */
struct program program_begin(const char *path, const char *const *args);
/* The next line of a pipe, without its end; fails the test when none comes within 10 s. */
char *program_line(struct arena *arena, int fd);
/* All that is left in a pipe, which is closed. */
char *program_rest(struct arena *arena, int fd);
/* Waits for its end; the exit status. */
int program_wait(pid_t pid);
/* Whether it has ended already; then *ret_status is its exit status, as above. */
bool program_ended(pid_t pid, int *ret_status);
/* Sends a signal, closes the pipes and waits. */
int program_stop(struct program *program, int number);
/* Start, wait, and what it said. */
struct program_end program_run(struct arena *arena, const char *path, const char *const *args);
