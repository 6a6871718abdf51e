#include "program.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/str.h"
#include "cases.h"

extern char **environ;

enum { LINE_MS = 10000, MOST_RUNNING = 64 };

static pid_t running[MOST_RUNNING]; /* 0: free */

static void replace(pid_t from, pid_t to)
{
    for (size_t i = 0; i < MOST_RUNNING; i++) {
        if (running[i] == from) {
            running[i] = to;
            return;
        }
    }
}

__attribute__((destructor)) static void kill_what_is_left(void)
{
    for (size_t i = 0; i < MOST_RUNNING; i++) {
        if (running[i] > 0) {
            kill(running[i], SIGKILL);
        }
    }
}

struct program program_begin(const char *path, const char *const *args)
{
    char *argv[PROGRAM_MAX_ARGS + 2] = {(char *)(uintptr_t)path};
    posix_spawn_file_actions_t actions;
    struct program program;
    int out[2], err[2];

    for (size_t i = 0; i < PROGRAM_MAX_ARGS && args[i] != NULL; i++) {
        argv[i + 1] = (char *)(uintptr_t)args[i];
    }
    assert_int_equal(pipe2(out, O_CLOEXEC), 0);
    assert_int_equal(pipe2(err, O_CLOEXEC), 0);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, err[1], STDERR_FILENO);
    assert_int_equal(posix_spawn(&program.pid, path, &actions, NULL, argv, environ), 0);
    replace(0, program.pid);
    posix_spawn_file_actions_destroy(&actions);
    close(out[1]);
    close(err[1]);
    program.out = out[0];
    program.err = err[0];
    return program;
}

char *program_rest(struct arena *arena, int fd)
{
    AUTO(strbuf) text = STRBUF(0);
    char piece[4096];
    ssize_t n;

    while ((n = read(fd, piece, sizeof piece)) > 0) {
        strbuf_add_n(&text, piece, (size_t)n);
    }
    close(fd);
    return arena_dup(arena, strbuf_text(&text), text.len);
}

char *program_line(struct arena *arena, int fd)
{
    AUTO(strbuf) text = STRBUF(0);
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    char c = 0;

    while (poll(&ready, 1, LINE_MS) == 1 && read(fd, &c, 1) == 1 && c != '\n') {
        strbuf_add_char(&text, c);
    }
    assert_int_equal(c, '\n');
    return arena_dup(arena, strbuf_text(&text), text.len);
}

static int status_of(pid_t pid, int status)
{
    replace(pid, 0);
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int program_wait(pid_t pid)
{
    int status = 0;

    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    return status_of(pid, status);
}

bool program_ended(pid_t pid, int *ret_status)
{
    int status = 0;

    if (waitpid(pid, &status, WNOHANG) != pid) {
        return false;
    }
    *ret_status = status_of(pid, status);
    return true;
}

int program_stop(struct program *program, int number)
{
    kill(program->pid, number);
    close(program->out);
    close(program->err);
    return program_wait(program->pid);
}

struct program_end program_run(struct arena *arena, const char *path, const char *const *args)
{
    struct program program = program_begin(path, args);
    struct program_end end;

    end.out = program_rest(arena, program.out);
    end.err = program_rest(arena, program.err);
    end.status = program_wait(program.pid);
    return end;
}
