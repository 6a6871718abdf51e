#include "bench/bench.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/str.h"

enum { MAX_ARGUMENTS = 24, LINE_MAX_LEN = 8192, START_WAIT_MS = 10000 };

extern char **environ;

/* The first line of a pipe; NULL when none comes. */
static char *read_line(struct arena *arena, int fd)
{
    char *line = arena_alloc(arena, LINE_MAX_LEN);
    size_t len = 0;

    while (len + 1 < LINE_MAX_LEN) {
        struct pollfd ready = {.fd = fd, .events = POLLIN};
        ssize_t n;

        if (poll(&ready, 1, START_WAIT_MS) != 1) {
            return NULL;
        }
        n = read(fd, line + len, 1);
        if (n != 1) {
            return NULL;
        }
        if (line[len] == '\n') {
            line[len] = '\0';
            return line;
        }
        len++;
    }
    return NULL;
}

bool server_start(struct bench *bench, const char *const *arguments, struct server *ret)
{
    char *argv[MAX_ARGUMENTS + 2] = {(char *)(uintptr_t)bench->program};
    posix_spawn_file_actions_t actions;
    const char *port;
    int64_t number = 0;
    int ends[2], code;

    for (size_t i = 0; i < MAX_ARGUMENTS && arguments[i] != NULL; i++) {
        argv[i + 1] = (char *)(uintptr_t)arguments[i];
    }
    if (pipe2(ends, O_CLOEXEC) != 0) {
        fprintf(stderr, "mocktenant bench: %s\n", strerror(errno));
        return false;
    }
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    code = posix_spawn(&ret->pid, bench->program, &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    ret->line = code == 0 ? read_line(&bench->arena, ends[0]) : NULL;
    close(ends[0]);
    port = ret->line != NULL ? strstr(ret->line, "127.0.0.1:") : NULL;
    if (port != NULL) {
        port += strlen("127.0.0.1:");
        port = arena_dup(&bench->arena, port, strspn(port, "0123456789"));
    }
    if (port == NULL || !str_int(port, 1, 65535, &number)) {
        fprintf(stderr, "mocktenant bench: the server did not start\n");
        if (code == 0) {
            server_stop(ret);
        }
        return false;
    }
    ret->port = (int)number;
    return true;
}

void server_stop(struct server *server)
{
    if (server->pid > 0) {
        kill(server->pid, SIGTERM);
        waitpid(server->pid, NULL, 0);
        server->pid = 0;
    }
}

double server_memory(pid_t pid)
{
    char path[64], line[256];
    double kib = -1;
    FILE *file;

    snprintf(path, sizeof path, "/proc/%d/smaps_rollup", (int)pid);
    file = fopen(path, "re");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        if (str_starts(line, "Pss:")) {
            line[strcspn(line, "k")] = '\0';
            for (char *c = line + 4; *c != '\0'; c++) {
                if (*c >= '0' && *c <= '9') {
                    kib = (kib < 0 ? 0 : kib * 10) + (*c - '0');
                }
            }
            break;
        }
    }
    if (file != NULL) {
        fclose(file);
    }
    return kib < 0 ? -1 : kib / 1024;
}
