#include "config/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

/* Longer than any secret of these services; a file of more is not one. */
enum { SECRET_MAX = 4096 };

static const char *const variables[SYNC_SECRET_COUNT] = {
    "CRMSYNC_DYNAMICS_CLIENT_SECRET", "CRMSYNC_DYNAMICS_PASSWORD", "CRMSYNC_MARKETO_CLIENT_SECRET",
    "CRMSYNC_ADMIN_CLIENT_SECRET"};

const char *sync_secret_variable(enum sync_secret_id id)
{
    return variables[id];
}

void sync_secret_free(char *secret)
{
    if (secret != NULL) {
        mem_wipe(secret, strlen(secret));
        free(secret);
    }
}

static bool fail_file(struct sync_problem *problem, const char *path, const char *what,
                      const char *fix)
{
    (void)sync_fail(problem, CRMSYNC_USAGE, "usage", "the secret file \"%.300s\" %s", path, what);
    sync_problem_fix(problem, "%s", fix);
    return false;
}

/* Judges the open file, not its name, so that nobody can swap it in between. */
static bool check_file(const char *path, int fd, struct sync_problem *problem)
{
    struct stat stat;

    if (fstat(fd, &stat) != 0 || !S_ISREG(stat.st_mode)) {
        return fail_file(problem, path, "is not a regular file",
                         "Put the secret alone into a file.");
    }
    if ((stat.st_mode & 07777) != 0600) {
        char what[80];

        snprintf(what, sizeof what, "has mode %04o, expected 0600", (unsigned)stat.st_mode & 07777);
        return fail_file(problem, path, what,
                         "Run chmod 600 on it, so that only its owner reads it.");
    }
    return true;
}

static bool read_all(const char *path, int fd, char **ret, struct sync_problem *problem)
{
    char bytes[SECRET_MAX + 1];
    size_t len = 0;
    ssize_t got = 1;
    bool sound;

    while (len < sizeof bytes && got > 0) {
        got = read(fd, bytes + len, sizeof bytes - len);
        len += got > 0 ? (size_t)got : 0;
    }
    /* Editors and echo end a file with a line feed; it is not part of the secret. */
    while (len > 0 && len <= SECRET_MAX && (bytes[len - 1] == '\n' || bytes[len - 1] == '\r')) {
        len--;
    }
    sound = got == 0 && len > 0 && len <= SECRET_MAX && memchr(bytes, '\0', len) == NULL &&
            memchr(bytes, '\n', len) == NULL;
    if (sound) {
        *ret = mem_dup(bytes, len);
    }
    mem_wipe(bytes, sizeof bytes);
    return sound || fail_file(problem, path, "does not hold one line with a secret",
                              "Put the secret, and nothing else, into it.");
}

static bool from_file(const char *path, char **ret, struct sync_problem *problem)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    bool ok;

    if (fd < 0 && errno == ENOENT) {
        *ret = NULL; /* setup writes it when it has made the secret */
        return true;
    }
    if (fd < 0) {
        return fail_file(problem, path, strerror(errno), "Make it readable for this user.");
    }
    ok = check_file(path, fd, problem) && read_all(path, fd, ret, problem);
    close(fd);
    return ok;
}

static char *from_variable(const char *name)
{
    const char *value = getenv(name);

    return value != NULL && *value != '\0' ? mem_strdup(value) : NULL;
}

bool sync_secret_find(const struct sync_config *config, enum sync_secret_id id, char **ret,
                      struct sync_problem *problem)
{
    const struct sync_secret_source *source = &config->secrets[id];

    *ret = NULL;
    if (source->file != NULL) {
        return from_file(source->file, ret, problem);
    }
    *ret = from_variable(source->variable != NULL ? source->variable : variables[id]);
    return true;
}
