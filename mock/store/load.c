#include "store/load.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/iso8601.h"
#include "base/str.h"
#include "store/data.h"
#include "store/members.h"
#include "store/merge.h"

enum { MOST_EXTENDS = 16, MOST_NAMES = 200 };

/* The files that are being read, the innermost last: a world must not extend itself. */
struct reading {
    struct arena *arena;
    const char *files[MOST_EXTENDS];
    size_t depth;
};

static bool is_file_name(const char *world)
{
    return strchr(world, '/') != NULL || str_ends(world, ".json");
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool unknown_name(struct arena *arena, const char *name, struct err *err)
{
    const char *names[MOST_NAMES], *near;
    AUTO(strbuf) all = STRBUF(300);
    DIR *folder = opendir(data_worlds_dir());
    struct dirent *entry;
    size_t count = 0;

    if (folder == NULL) {
        return err_set(err, ERR_CONFIG, "%.200s: the folder of worlds cannot be read",
                       data_worlds_dir());
    }
    while ((entry = readdir(folder)) != NULL && count < MOST_NAMES) {
        if (str_ends(entry->d_name, ".json")) {
            names[count++] = arena_dup(arena, entry->d_name, strlen(entry->d_name) - 5);
        }
    }
    closedir(folder);
    qsort(names, count, sizeof *names, by_text);
    for (size_t i = 0; i < count; i++) {
        strbuf_addf(&all, "%s%s", i > 0 ? ", " : "", names[i]);
    }
    near = str_nearest(name, names, count);
    return err_set(err, ERR_CONFIG,
                   "no world is named \"%.80s\"%s%s%s; there are: %s (or name a "
                   "file)",
                   name, near != NULL ? ", did you mean \"" : "", near != NULL ? near : "",
                   near != NULL ? "\"" : "", strbuf_text(&all));
}

/* The file of a world: a shipped one by its name, or a path below `dir`. */
static bool find_file(struct arena *arena, const char *world, const char *dir, const char **ret,
                      struct err *err)
{
    if (!is_file_name(world)) {
        *ret = arena_printf(arena, "%s/%s.json", data_worlds_dir(), world);
        return access(*ret, R_OK) == 0 || unknown_name(arena, world, err);
    }
    *ret = *world == '/' || dir == NULL ? arena_strdup(arena, world)
                                        : arena_printf(arena, "%s/%s", dir, world);
    return true;
}

static const char *folder_of(struct arena *arena, const char *file)
{
    const char *slash = strrchr(file, '/');

    return slash == NULL ? "." : arena_dup(arena, file, (size_t)(slash - file));
}

static bool in_file(const char *file, struct err *err)
{
    return err->pointer[0] != '\0' ? err_wrap(err, "%.200s: %s", file, err->pointer)
                                   : err_wrap(err, "%.200s", file);
}

static bool read_named(struct reading *reading, const char *world, const char *dir, cJSON **ret,
                       struct err *err);

/* Checks a tree by itself, then puts it over what it extends. */
static bool extend(struct reading *reading, cJSON *tree, const char *file, const char *dir,
                   cJSON **ret, struct err *err)
{
    const char *base;

    if (!members_check(&members_world, tree, false, err)) {
        err->kind = ERR_CONFIG;
        return in_file(file, err);
    }
    base = json_get_text(tree, "extends");
    if (base == NULL) {
        *ret = tree;
        return true;
    }
    if (!read_named(reading, base, dir, ret, err)) {
        return err_wrap(err, "%.200s: extends", file);
    }
    world_merge(*ret, tree);
    cJSON_DeleteItemFromObjectCaseSensitive(*ret, "extends");
    return true;
}

static bool check_version(const cJSON *tree, struct err *err)
{
    if (json_get_int(tree, "version", 0) == 1) {
        return true;
    }
    (void)err_set(err, ERR_CONFIG, "expected \"version\": 1, the only one there is");
    err_at(err, "/version");
    return false;
}

static void default_name(struct arena *arena, cJSON *tree, const char *file)
{
    const char *slash = strrchr(file, '/'), *name = slash != NULL ? slash + 1 : file;
    size_t len = strlen(name) - (str_ends(name, ".json") ? 5 : 0);

    if (json_get(tree, "name") == NULL) {
        cJSON_AddStringToObject(tree, "name", arena_dup(arena, name, len));
    }
}

static bool enter(struct reading *reading, const char *file, struct err *err)
{
    char *real = realpath(file, NULL);
    const char *path = arena_strdup(reading->arena, real != NULL ? real : file);

    free(real);
    for (size_t i = 0; i < reading->depth; i++) {
        if (str_eq(reading->files[i], path)) {
            return err_set(err, ERR_CONFIG, "%.200s: extends itself", file);
        }
    }
    if (reading->depth == MOST_EXTENDS) {
        return err_set(err, ERR_CONFIG, "%.200s: more than %d worlds extend one another", file,
                       (int)MOST_EXTENDS);
    }
    reading->files[reading->depth++] = path;
    return true;
}

static bool read_named(struct reading *reading, const char *world, const char *dir, cJSON **ret,
                       struct err *err)
{
    struct arena *arena = reading->arena;
    const char *file;
    char *text;
    size_t len;
    cJSON *tree;

    if (!find_file(arena, world, dir, &file, err) || !enter(reading, file, err) ||
        !data_read(arena, file, &text, &len, err)) {
        return false;
    }
    if (!json_parse(arena, text, len, JSON_COMMENTS, &tree, err) || !check_version(tree, err)) {
        err->kind = ERR_CONFIG;
        return in_file(file, err);
    }
    default_name(arena, tree, file);
    return extend(reading, tree, file, folder_of(arena, file), ret, err);
}

bool world_read(struct arena *arena, const char *world, const char *dir, cJSON **ret,
                struct err *err)
{
    struct reading reading = {.arena = arena};
    cJSON *tree;

    if (world[strspn(world, " \t\r\n")] != '{') {
        return read_named(&reading, world, NULL, ret, err);
    }
    if (!json_parse(arena, world, strlen(world), JSON_COMMENTS, &tree, err)) {
        err->kind = ERR_CONFIG;
        return in_file("the world", err);
    }
    return extend(&reading, tree, "the world", dir != NULL ? dir : ".", ret, err);
}

bool world_clock(const cJSON *world, int64_t *ret_ms, struct err *err)
{
    const char *text = json_get_text(world, "clock");

    if (!iso8601_parse(text != NULL ? text : "2026-01-15T09:00:00Z", ret_ms)) {
        (void)err_set(err, ERR_CONFIG, "expected a date such as \"2026-01-15T09:00:00Z\"");
        err_at(err, "/clock");
        return false;
    }
    return true;
}

bool world_limits(const cJSON *world)
{
    return !str_eq(json_get_text(world, "limits"), "off");
}
