#include "store/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "store/pool.h"
#include "store/store.h"

static const char magic[] = "SQLite format 3";

const char store_file_schema[] = "CREATE TABLE meta (k TEXT PRIMARY KEY, v) WITHOUT ROWID;";

bool store_file_exists(const char *path)
{
    struct stat info;

    return stat(path, &info) == 0;
}

struct store_lock {
    char *path;
    int fd;
};

/* Whoever ends takes the name away: only a lock on what bears it now counts. */
static bool still_named(const char *path, int fd)
{
    struct stat held, named;

    return fstat(fd, &held) == 0 && stat(path, &named) == 0 && held.st_dev == named.st_dev &&
           held.st_ino == named.st_ino;
}

bool store_file_lock(const char *path, struct store_lock **ret, struct err *err)
{
    AUTO(arena) arena = {0};
    const char *beside = arena_printf(&arena, "%s.lock", path);

    for (;;) {
        int fd = open(beside, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

        if (fd < 0) {
            return err_set(err, ERR_CONFIG, "%s: %s", beside, strerror(errno));
        }
        if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
            int why = errno;

            close(fd);
            return why == EWOULDBLOCK
                       ? err_set(err, ERR_CONFIG,
                                 "%s: another mocktenant keeps its world in this file; stop it, or "
                                 "give this one a file of its own",
                                 path)
                       : err_set(err, ERR_CONFIG, "%s: %s", beside, strerror(why));
        }
        if (still_named(beside, fd)) {
            *ret = mem_alloc(sizeof **ret);
            (*ret)->path = mem_strdup(beside);
            (*ret)->fd = fd;
            return true;
        }
        close(fd);
    }
}

void store_file_unlock(struct store_lock *lock)
{
    if (lock != NULL) {
        if (still_named(lock->path, lock->fd)) {
            unlink(lock->path);
        }
        close(lock->fd);
        mem_free(lock->path);
        mem_free(lock);
    }
}

static bool read_file(const char *path, struct arena *arena, uint8_t **ret, size_t *ret_len,
                      struct err *err)
{
    FILE *file = fopen(path, "rbe");
    struct stat info;

    if (file == NULL || fstat(fileno(file), &info) != 0 || !S_ISREG(info.st_mode)) {
        (void)err_set(err, ERR_CONFIG, "%s: %s", path,
                      file == NULL ? strerror(errno) : "not a regular file");
        if (file != NULL) {
            fclose(file);
        }
        return false;
    }
    *ret_len = (size_t)info.st_size;
    *ret = arena_alloc(arena, *ret_len + 1);
    if (fread(*ret, 1, *ret_len, file) != *ret_len) {
        fclose(file);
        return err_set(err, ERR_CONFIG, "%s: cannot be read", path);
    }
    fclose(file);
    return true;
}

/* SQLite tells damage in a row of text; only "ok" is good. */
static bool is_whole(struct db *db)
{
    AUTO(db_rows) rows = {0};
    struct err err;

    return db_query(db, "PRAGMA quick_check(1)", DB_NO_ARGS, &rows, &err) &&
           db_next(&rows, &err) == DB_ROW && str_eq(db_column_text(&rows, 0), "ok");
}

/* Looks into a database of its own first: the world's is touched only by an image that is good. */
static bool is_store(const char *path, const uint8_t *image, size_t len, struct err *err)
{
    struct db *db = NULL;
    int64_t version = -1;
    bool good = len > 100 && memcmp(image, magic, sizeof magic) == 0 && db_open(NULL, &db, err);

    if (good) {
        good = db_deserialize(db, image, len, err) &&
               db_query_int(db, "SELECT v FROM meta WHERE k = 'schema_version'", DB_NO_ARGS, -1,
                            &version, err) &&
               is_whole(db);
    }
    db_close(db);
    if (!good || version < 0) {
        return err_set(err, ERR_CONFIG,
                       "%s: this is no store of a world, or a damaged one (expected an SQLite file "
                       "that `--store` has "
                       "made); it stays as it is",
                       path);
    }
    return version == STORE_SCHEMA_VERSION ||
           err_set(err, ERR_CONFIG, "%s: a store of version %lld, this program reads version %d",
                   path, (long long)version, STORE_SCHEMA_VERSION);
}

static int64_t number(struct db *db, const char *key)
{
    return store_int(db, "SELECT v FROM meta WHERE k = ?", DB_ARGS(db_text(key)), 0);
}

bool store_file_load(const char *path, struct db *db, struct arena *arena, struct store_meta *ret,
                     struct err *err)
{
    AUTO(arena) scratch = {0};
    uint8_t *image;
    size_t len;

    if (!read_file(path, &scratch, &image, &len, err) || !is_store(path, image, len, err) ||
        !db_deserialize(db, image, len, err)) {
        return false;
    }
    ret->name = store_text(db, arena, "SELECT v FROM meta WHERE k = 'name'", DB_NO_ARGS);
    ret->reference = store_text(db, arena, "SELECT v FROM meta WHERE k = 'reference'", DB_NO_ARGS);
    ret->seed = (uint64_t)number(db, "seed");
    ret->start_ms = number(db, "start_ms");
    ret->clock_ms = number(db, "clock_ms");
    ret->clock_virtual = number(db, "clock_virtual") != 0;
    for (size_t i = 0; i < 4; i++) {
        char key[16];

        snprintf(key, sizeof key, "random_%zu", i);
        ret->random.state[i] = (uint64_t)number(db, key);
    }
    return true;
}

static void put(struct db *db, const char *key, struct db_value value)
{
    store_run(db, "INSERT OR REPLACE INTO meta (k, v) VALUES (?, ?)", DB_ARGS(db_text(key), value));
}

static void put_meta(struct db *db, const struct store_meta *meta)
{
    put(db, "schema_version", db_int(STORE_SCHEMA_VERSION));
    put(db, "name", db_text(meta->name));
    put(db, "reference", db_text(meta->reference));
    put(db, "seed", db_int((int64_t)meta->seed));
    put(db, "start_ms", db_int(meta->start_ms));
    put(db, "clock_ms", db_int(meta->clock_ms));
    put(db, "clock_virtual", db_int(meta->clock_virtual));
    for (size_t i = 0; i < 4; i++) {
        char key[16];

        snprintf(key, sizeof key, "random_%zu", i);
        put(db, key, db_int((int64_t)meta->random.state[i]));
    }
}

static bool write_whole(const char *path, const uint8_t *bytes, size_t len)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    size_t done = 0;
    bool good = fd >= 0;

    while (good && done < len) {
        ssize_t n = write(fd, bytes + done, len - done);

        good = n > 0 || (n < 0 && errno == EINTR);
        done += n > 0 ? (size_t)n : 0;
    }
    good = good && fsync(fd) == 0;
    return (fd < 0 || close(fd) == 0) && good;
}

bool store_file_save(const char *path, struct db *db, const struct store_meta *meta,
                     struct err *err)
{
    AUTO(arena) arena = {0};
    const char *beside = arena_printf(&arena, "%s.new", path);
    uint8_t *image;
    size_t len;
    bool good;

    put_meta(db, meta);
    if (!db_serialize(db, &image, &len, err)) {
        return false;
    }
    good = write_whole(beside, image, len) && rename(beside, path) == 0;
    if (!good) {
        (void)err_set(err, ERR_STORE, "%s: %s", beside, strerror(errno));
        unlink(beside);
    }
    mem_free(image);
    return good;
}
