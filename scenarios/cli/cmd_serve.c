#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/auto.h"
#include "base/json.h"
#include "cli/commands.h"
#include "cli/serve_options.h"
#include "cli/variables.h"

static int help(void)
{
    printf("usage: mocktenant serve [OPTION]...\n\n"
           "Serves a whole fake cloud (Azure AD, AD FS, Graph, Dataverse, Marketo) on one loopback "
           "port until\n"
           "SIGINT or SIGTERM. As soon as it can answer it prints one line with everything that a "
           "client needs.\n\n"
           "%s"
           "\nTry:  mocktenant serve --format env --listen 127.0.0.1:8443\n",
           serve_options_help);
    return 0;
}

/* False when nobody can read it: whoever started the world would wait for the line for ever. */
static bool announce(const char *info, bool env_format)
{
    AUTO(arena) arena = {0};

    if (env_format) {
        variables_print(stdout, variables_of(&arena, info));
    } else {
        printf("%s\n", info);
    }
    return fflush(stdout) == 0 && ferror(stdout) == 0;
}

int cmd_serve(int argc, char **argv)
{
    struct serve_options options;
    struct mocktenant *mock;
    char error[1024];
    sigset_t ends;
    int status, number;

    status = serve_options_read(&options, "serve", argc, argv);
    if (status >= 0) {
        return status == 0 ? help() : status;
    }
    if (options.used < argc) {
        fprintf(stderr, "mocktenant serve: unexpected word %s\nTry `mocktenant serve --help`.\n",
                argv[options.used]);
        return 2;
    }
    /* Blocked before any thread starts, so that only the sigwait() below takes them. */
    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&ends);
    sigaddset(&ends, SIGINT);
    sigaddset(&ends, SIGTERM);
    sigprocmask(SIG_BLOCK, &ends, NULL);
    mock = mocktenant_start(&options.mock, error, sizeof error);
    if (mock == NULL) {
        fprintf(stderr, "mocktenant serve: %s\n", error);
        return 2;
    }
    if (announce(mocktenant_info(mock), options.env_format)) {
        sigwait(&ends, &number);
    }
    mocktenant_stop(mock);
    return 0;
}
