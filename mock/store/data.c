#include "store/data.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/str.h"

enum { MOST_BYTES = 64 * 1024 * 1024 };

const char *data_worlds_dir(void)
{
    return access(SOURCE_FIXTURES "/worlds", R_OK | X_OK) == 0 ? SOURCE_FIXTURES "/worlds"
                                                               : INSTALLED_FIXTURES "/worlds";
}

static bool unreadable(const char *path, struct err *err)
{
    return err_set(err, ERR_CONFIG, "%.200s: cannot be read: %.100s", path, strerror(errno));
}

bool data_read(struct arena *arena, const char *path, char **ret, size_t *ret_len, struct err *err)
{
    AUTO(strbuf) text = STRBUF(MOST_BYTES);
    FILE *file = fopen(path, "rbe");
    char piece[8192];
    struct stat info;
    size_t got;
    bool broken;

    if (file == NULL) {
        return unreadable(path, err);
    }
    if (fstat(fileno(file), &info) == 0 && S_ISDIR(info.st_mode)) {
        fclose(file);
        return err_set(err, ERR_CONFIG, "%.200s: expected a file, found a folder", path);
    }
    while ((got = fread(piece, 1, sizeof piece, file)) > 0 && !text.overflow) {
        strbuf_add_n(&text, piece, got);
    }
    broken = ferror(file) != 0;
    fclose(file);
    if (broken) {
        return unreadable(path, err);
    }
    if (text.overflow) {
        return err_set(err, ERR_CONFIG, "%.200s: larger than %d bytes", path, (int)MOST_BYTES);
    }
    *ret = arena_dup(arena, strbuf_text(&text), text.len);
    *ret_len = text.len;
    return true;
}
