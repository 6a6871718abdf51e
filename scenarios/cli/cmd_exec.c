#include <errno.h>
#include <signal.h>
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

/* In the child: the variables, the signals as they were, the command. */
static void run_command(const char *info, const sigset_t *mask, char **command)
{
    AUTO(arena) arena = {0};

    for (struct variable *at = variables_of(&arena, info); at->name != NULL; at++) {
        setenv(at->name, at->value, 1);
        if (strcmp(at->name, "MOCKTENANT_CA_FILE") == 0) {
            setenv("NODE_EXTRA_CA_CERTS", at->value, 1);
        }
    }
    signal(SIGPIPE, SIG_DFL);
    sigprocmask(SIG_SETMASK, mask, NULL);
    execvp(command[0], command);
    fprintf(stderr, "mocktenant exec: %s: %s\n", command[0], strerror(errno));
    _exit(errno == ENOENT ? 127 : 126);
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

    if (status >= 0) {
        return status == 0 ? help() : status;
    }
    options.used += options.used < argc && strcmp(argv[options.used], "--") == 0;
    if (options.used >= argc) {
        fprintf(stderr, "mocktenant exec: the command is missing\nTry `mocktenant exec --help`.\n");
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
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
    child = fork();
    if (child == 0) {
        run_command(mocktenant_info(mock), &before, argv + options.used);
    }
    status = child > 0 ? watch(child, &signals) : 126;
    if (child < 0) {
        fprintf(stderr, "mocktenant exec: %s\n", strerror(errno));
    }
    mocktenant_stop(mock);
    return status;
}
