/* The options that `serve` and `exec` share: contract section 2. */
#pragma once

#include <stdbool.h>

#include "mocktenant.h"

enum { MAX_ALLOW_HOSTS = 32 };

struct serve_options {
    struct mocktenant_options mock;
    bool env_format; /* --format env */
    const char *allow_hosts[MAX_ALLOW_HOSTS];
    int used; /* how many words of argv were taken */
};

/*
 * Reads options until the first word that is none. Returns -1 to go on, else an exit status: 0
 * after --help, 2 after a message about wrong use. `command` is "serve" or "exec".
 */
int serve_options_read(struct serve_options *ret, const char *command, int argc, char **argv);
/* A line of text for the help of both commands. */
extern const char serve_options_help[];
