#include "runner/branch.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* Locks that other threads hold would be held for ever in a copy, which has none of these. */
static bool is_alone(void)
{
    DIR *tasks = opendir("/proc/self/task");
    const struct dirent *entry;
    int count = 0;

    if (tasks == NULL) {
        return false;
    }
    while ((entry = readdir(tasks)) != NULL) {
        count += entry->d_name[0] != '.';
    }
    (void)closedir(tasks);
    return count == 1;
}

/* Nobody else would end it when the run is killed. */
static void end_with(pid_t parent)
{
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) {
        _exit(EXIT_FAILURE);
    }
}

enum run_side run_branch_off(struct run_branch *ret)
{
    pid_t parent = getpid();
    int ends[2];

    *ret = (struct run_branch){.fd = -1};
    if (!is_alone() || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
        return RUN_NO_BRANCH;
    }
    (void)fflush(NULL); /* what waits to be written would be written twice */
    ret->pid = fork();
    if (ret->pid == 0) {
        end_with(parent);
        (void)close(ends[0]);
        ret->fd = ends[1];
        return RUN_BRANCH;
    }
    (void)close(ends[1]);
    if (ret->pid < 0) {
        (void)close(ends[0]);
        ret->pid = 0;
        return RUN_NO_BRANCH;
    }
    ret->fd = ends[0];
    return RUN_TRUNK;
}

static bool send_all(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t n = send(fd, bytes, len, MSG_NOSIGNAL);

        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return false;
        }
        bytes += n;
        len -= (size_t)n;
    }
    return true;
}

static bool receive_all(int fd, char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t n = recv(fd, bytes, len, 0);

        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return false;
        }
        bytes += n;
        len -= (size_t)n;
    }
    return true;
}

bool run_branch_say(const struct run_branch *branch, const void *bytes, size_t len)
{
    return send_all(branch->fd, (const char *)&len, sizeof len) && send_all(branch->fd, bytes, len);
}

bool run_branch_hear(const struct run_branch *branch, struct strbuf *ret)
{
    char piece[4096];
    size_t len;

    strbuf_clear(ret);
    if (!receive_all(branch->fd, (char *)&len, sizeof len)) {
        return false;
    }
    while (len > 0) {
        size_t take = len < sizeof piece ? len : sizeof piece;

        if (!receive_all(branch->fd, piece, take)) {
            return false;
        }
        strbuf_add_n(ret, piece, take);
        len -= take;
    }
    return true;
}

bool run_branch_end(struct run_branch *branch, char *why, size_t why_size)
{
    int status = 0;
    pid_t found;

    /* Later branches may have inherited this end, so closing it alone would not be noticed. */
    (void)shutdown(branch->fd, SHUT_RDWR);
    (void)close(branch->fd);
    do {
        found = waitpid(branch->pid, &status, 0);
    } while (found < 0 && errno == EINTR);
    *branch = (struct run_branch){.fd = -1};
    if (found > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        return true;
    }
    if (found > 0 && WIFSIGNALED(status)) {
        (void)snprintf(why, why_size, "was ended by signal %d", WTERMSIG(status));
    } else {
        (void)snprintf(why, why_size, "ended with status %d", found > 0 ? WEXITSTATUS(status) : -1);
    }
    return false;
}
