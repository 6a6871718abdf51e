#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/auto.h"
#include "cli/commands.h"
#include "cli/serve_options.h"
#include "cli/variables.h"

static int help(void)
{
    printf("usage: mocktenant exec [OPTION]... -- COMMAND [ARG...]\n\n"
           "Starts a world, runs the command with MOCKTENANT_* variables and NODE_EXTRA_CA_CERTS "
           "in its\n"
           "environment, stops the world, and ends with the command's exit status.\n\n"
           "%s"
           "\nTry:  mocktenant exec -- sh -c 'curl -s --cacert \"$MOCKTENANT_CA_FILE\" "
           "\"$MOCKTENANT_CONTROL/health\"'\n",
           serve_options_help);
    return 0;
}

/* Whether one of `count` settings NAME=VALUE names what `setting` does. */
static bool set_already(char *const *settings, size_t count, const char *setting)
{
    size_t name = strcspn(setting, "=") + 1;

    for (size_t i = 0; i < count; i++) {
        if (strncmp(settings[i], setting, name) == 0) {
            return true;
        }
    }
    return false;
}

/* The world's variables, then what this process inherited and they do not set. */
static char **environment_with(struct arena *arena, const struct variable *variables)
{
    size_t most = 2, count = 0, own;
    char **all;

    for (const struct variable *at = variables; at->name != NULL; at++) {
        most++;
    }
    for (char **at = environ; *at != NULL; at++) {
        most++;
    }
    all = arena_array(arena, most, sizeof *all);
    for (const struct variable *at = variables; at->name != NULL; at++) {
        all[count++] = arena_printf(arena, "%s=%s", at->name, at->value);
        if (strcmp(at->name, "MOCKTENANT_CA_FILE") == 0) {
            all[count++] = arena_printf(arena, "NODE_EXTRA_CA_CERTS=%s", at->value);
        }
    }
    own = count;
    for (char **at = environ; *at != NULL; at++) {
        if (!set_already(all, own, *at)) {
            all[count++] = *at;
        }
    }
    return all;
}

/*
 * Starts the command with the variables and the signals as they were; 0 or an errno. It is spawned:
 * a child forked beside the server's threads could not even allocate memory.
 */
static int spawn_command(const char *info, const sigset_t *mask, char **command, pid_t *ret_child)
{
    AUTO(arena) arena = {0};
    char **variables = environment_with(&arena, variables_of(&arena, info));
    posix_spawnattr_t attributes;
    sigset_t usual;
    int failed;

    sigemptyset(&usual);
    sigaddset(&usual, SIGPIPE);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigmask(&attributes, mask);
    posix_spawnattr_setsigdefault(&attributes, &usual);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    failed = posix_spawnp(ret_child, command[0], NULL, &attributes, command, variables);
    posix_spawnattr_destroy(&attributes);
    return failed;
}

/* Waits for the command and hands signals on to it; returns its exit status. */
static int watch(pid_t child, const sigset_t *signals)
{
    for (;;) {
        int status, number;

        sigwait(signals, &number);
        if (number != SIGCHLD) {
            kill(child, number);
        } else if (waitpid(child, &status, WNOHANG) == child) {
            return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
        }
    }
}

int cmd_exec(int argc, char **argv)
{
    static const int passed[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGCHLD};
    struct serve_options options;
    struct mocktenant *mock;
    sigset_t signals, before;
    char error[1024];
    int status = serve_options_read(&options, "exec", argc, argv);
    pid_t child;
    int failed;

    if (status >= 0) {
        return status == 0 ? help() : status;
    }
    options.used += options.used < argc && strcmp(argv[options.used], "--") == 0;
    if (options.used >= argc) {
        fprintf(stderr, "mocktenant exec: the command is missing\nTry `mocktenant exec --help`.\n");
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    /* Whoever ignored it when this process began would also take the command's end from it. */
    signal(SIGCHLD, SIG_DFL);
    sigemptyset(&signals);
    for (size_t i = 0; i < ARRAY_LEN(passed); i++) {
        sigaddset(&signals, passed[i]);
    }
    sigprocmask(SIG_BLOCK, &signals, &before);
    mock = mocktenant_start(&options.mock, error, sizeof error);
    if (mock == NULL) {
        fprintf(stderr, "mocktenant exec: %s\n", error);
        return 2;
    }
    failed = spawn_command(mocktenant_info(mock), &before, argv + options.used, &child);
    if (failed == 0) {
        status = watch(child, &signals);
    } else {
        fprintf(stderr, "mocktenant exec: %s: %s\n", argv[options.used], strerror(failed));
        status = failed == ENOENT ? 127 : 126;
    }
    mocktenant_stop(mock);
    return status;
}
