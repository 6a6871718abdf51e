/*
 * A copy of this process that goes on from where it stands: what has been played so far need not be
 * played again for each of the ways in which it can go on. The copy is whole only of a process with
 * one thread, so no other is copied.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/str.h"

struct run_branch {
    pid_t pid;
    int fd; /* leads to the other side */
};

enum run_side {
    RUN_NO_BRANCH, /* not possible: this process has threads, or the system has no room */
    RUN_TRUNK,     /* the process as before; `ret` is the new one */
    RUN_BRANCH,    /* the new process; `ret` leads to the one it came from, and it ends with that */
};

enum run_side run_branch_off(struct run_branch *ret);

/* A message whole, or false: the other side is no more. */
bool run_branch_say(const struct run_branch *branch, const void *bytes, size_t len);
bool run_branch_hear(const struct run_branch *branch, struct strbuf *ret);

/* Waits for the end of a branch that has nothing to do any more. False when it was no good one;
 * `why` says then "was ended by signal 6". */
bool run_branch_end(struct run_branch *branch, char *why, size_t why_size);
