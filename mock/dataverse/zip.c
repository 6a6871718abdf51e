/* The only file of the mock with libzip. */
#include <zip.h>

#include "base/str.h"
#include "dataverse/package.h"

static void close_archive(zip_t **archive)
{
    if (*archive != NULL) {
        zip_discard(*archive);
    }
}

static char *read_member(struct arena *arena, zip_t *archive, const char *name, size_t most,
                         size_t *ret_len, struct err *err)
{
    zip_stat_t stat;
    zip_file_t *file;
    zip_int64_t got;
    char *text;

    zip_stat_init(&stat);
    if (zip_stat(archive, name, ZIP_FL_NOCASE, &stat) != 0 || (stat.valid & ZIP_STAT_SIZE) == 0) {
        (void)err_set(err, ERR_CONFIG, "the package has no file %s", name);
        return NULL;
    }
    if (stat.size > most) {
        (void)err_set(err, ERR_CONFIG, "%s is longer than %zu bytes", name, most);
        return NULL;
    }
    file = zip_fopen(archive, name, ZIP_FL_NOCASE);
    if (file == NULL) {
        (void)err_set(err, ERR_CONFIG, "%s cannot be read: %.200s", name, zip_strerror(archive));
        return NULL;
    }
    text = arena_alloc(arena, (size_t)stat.size + 1);
    got = zip_fread(file, text, stat.size);
    if (zip_fclose(file) != 0 || got < 0 || (zip_uint64_t)got != stat.size) {
        (void)err_set(err, ERR_CONFIG, "%s is damaged", name);
        return NULL;
    }
    *ret_len = (size_t)got;
    return text;
}

char *zip_member(struct arena *arena, const void *bytes, size_t len, const char *name, size_t most,
                 size_t *ret_len, struct err *err)
{
    __attribute__((cleanup(close_archive))) zip_t *archive = NULL;
    zip_source_t *source;
    zip_error_t error;

    zip_error_init(&error);
    source = zip_source_buffer_create(bytes, len, 0, &error);
    archive =
        source != NULL ? zip_open_from_source(source, ZIP_RDONLY | ZIP_CHECKCONS, &error) : NULL;
    if (archive == NULL) {
        (void)err_set(err, ERR_CONFIG, "it is no zip archive: %.200s", zip_error_strerror(&error));
        zip_source_free(source);
        zip_error_fini(&error);
        return NULL;
    }
    zip_error_fini(&error);
    return read_member(arena, archive, name, most, ret_len, err);
}
