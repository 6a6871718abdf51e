#include "support/files.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/str.h"

static void remove_folder(void *arg)
{
    const char *folder = arg;
    DIR *dir = opendir(folder);
    const struct dirent *entry;

    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        if (!str_eq(entry->d_name, ".") && !str_eq(entry->d_name, "..")) {
            int flags = 0;

            if (unlinkat(dirfd(dir), entry->d_name, flags) != 0) {
                unlinkat(dirfd(dir), entry->d_name, AT_REMOVEDIR);
            }
        }
    }
    if (dir != NULL) {
        closedir(dir);
    }
    rmdir(folder);
}

const char *test_folder(struct arena *arena)
{
    const char *base = getenv("TMPDIR");
    char *folder = arena_printf(arena, "%s/crmsync-test-XXXXXX", base != NULL ? base : "/tmp");

    assert_non_null(mkdtemp(folder));
    arena_defer(arena, remove_folder, folder);
    return folder;
}

const char *test_file(struct arena *arena, const char *folder, const char *name, const char *text,
                      unsigned mode)
{
    const char *path = arena_printf(arena, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, mode), 0);
    return path;
}

const char *test_fixture(struct arena *arena, const char *name, size_t *ret_len)
{
    const char *path = arena_printf(arena, "%s/%s", SOURCE_FIXTURES, name);
    char bytes[65536];
    FILE *file = fopen(path, "r");

    if (file == NULL) {
        fail_msg("there is no fixture %s", path);
    }
    *ret_len = fread(bytes, 1, sizeof bytes, file);
    assert_true(*ret_len < sizeof bytes);
    fclose(file);
    return arena_dup(arena, bytes, *ret_len);
}
