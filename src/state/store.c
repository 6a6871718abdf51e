#include "state/store.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/str.h"
#include "base/uri.h"
#include "state/schema.h"

/* The path behind a name, or NULL when it is no file: memory, or an SQLite URI that says so. */
static const char *file_of(struct arena *arena, const char *name)
{
    const char *query = strchr(name, '?');
    size_t len = query != NULL ? (size_t)(query - name) : strlen(name);

    if (str_eq(name, ":memory:")) {
        return NULL;
    }
    if (!str_starts(name, "file:")) {
        return arena_strdup(arena, name);
    }
    if (query != NULL && (strstr(query, "vfs=memdb") != NULL || strstr(query, "mode=memory"))) {
        return NULL;
    }
    name += strlen("file:");
    len -= strlen("file:");
    if (str_starts(name, "///")) {
        name += 2;
        len -= 2;
    }
    return len == 0 || (len == 8 && memcmp(name, ":memory:", 8) == 0)
               ? NULL
               : uri_decode(arena, name, len, false);
}

static bool fail_open(struct sync_problem *problem, const char *path, const char *why)
{
    (void)sync_fail(problem, CRMSYNC_USAGE, "usage", "the database \"%.300s\": %s", path, why);
    sync_problem_fix(problem, "Name a file in a folder that this user may write.");
    return false;
}

/* Makes the database for its owner alone: it names people and systems. */
static bool make_private(const char *path, struct sync_problem *problem)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600);

    if (fd < 0) {
        return fail_open(problem, path, strerror(errno));
    }
    close(fd);
    return true;
}

/* SQLite's own locks end with each transaction; this one lasts as long as the engine. */
static bool lock(struct sync_store *store, struct arena *arena, const char *path,
                 struct sync_problem *problem)
{
    const char *side = arena_printf(arena, "%s.lock", path);

    store->lock = open(side, O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600);
    if (store->lock < 0) {
        return fail_open(problem, side, strerror(errno));
    }
    if (flock(store->lock, LOCK_EX | LOCK_NB) != 0) {
        (void)sync_fail(problem, CRMSYNC_FAILED, "in_use",
                        "the database \"%.300s\" is open in another engine", path);
        sync_problem_fix(problem, "Wait until the other crmsync has ended, or name another file.");
        return false;
    }
    return true;
}

bool sync_store_open(struct sync_store *ret, struct sync_env *env, const char *name,
                     struct sync_problem *problem)
{
    static const char pragmas[] = "PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF;"
                                  "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;";
    AUTO(arena) arena = {0};
    const char *path = file_of(&arena, name);
    struct err err;

    *ret = (struct sync_store){.env = env, .lock = -1};
    if (path != NULL && (!lock(ret, &arena, path, problem) || !make_private(path, problem))) {
        return false;
    }
    if (!db_open(name, &ret->db, &err) || !db_script(ret->db, pragmas, &err)) {
        (void)sync_fail(problem, CRMSYNC_USAGE, "usage", "the database \"%.300s\": %s", name,
                        err.text);
        sync_problem_fix(problem, "Name a file of crmsync, or one that does not exist yet.");
        return false;
    }
    return sync_schema_update(ret, problem);
}

bool sync_store_commit(struct sync_store *store, struct db_txn *txn, struct sync_problem *problem)
{
    struct err err;

    if (!sync_env_phase(store->env, CRMSYNC_COMMIT_BEFORE, problem)) {
        return false;
    }
    if (!db_commit(txn, &err)) {
        return sync_fail_err(problem, &err);
    }
    return sync_env_phase(store->env, CRMSYNC_COMMIT_AT, problem);
}

static void unlock(struct sync_store *store)
{
    /* The side file stays: removing it would let two engines lock two files of one name. */
    if (store->lock >= 0) {
        close(store->lock);
        store->lock = -1;
    }
}

void sync_store_close(struct sync_store *store)
{
    db_close(store->db);
    store->db = NULL;
    unlock(store);
}

void sync_store_abandon(struct sync_store *store)
{
    if (store->db != NULL) {
        db_abandon(store->db);
    }
    store->db = NULL;
    unlock(store);
}
