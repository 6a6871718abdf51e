#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/auto.h"
#include "base/str.h"
#include "runner/file.h"
#include "runner/scenario.h"

enum { MAX_DEPTH = 32, MAX_FILE_BYTES = 8 * 1024 * 1024 };

struct finding {
    struct arena *arena;
    const char *filter;
    struct run_scenario *items;
    size_t count, size;
    struct run_complaints *complaints;
};

void run_complain(struct run_complaints *complaints, const char *format, ...)
{
    const char **lines =
        arena_array(complaints->arena, complaints->count + 1, sizeof *complaints->lines);
    va_list args;

    if (complaints->count > 0) {
        memcpy(lines, complaints->lines, complaints->count * sizeof *lines);
    }
    va_start(args, format);
    lines[complaints->count++] = arena_vprintf(complaints->arena, format, args);
    va_end(args);
    complaints->lines = lines;
}

/* "line 3, column 7: text" → "file:3:7: text"; what has a pointer → "file: /pointer: text". */
static void complain_about(struct run_complaints *complaints, const char *path,
                           const struct err *err)
{
    unsigned line, column;
    int used = 0;

    if (sscanf(err->text, "line %u, column %u: %n", &line, &column, &used) == 2 && used > 0) {
        run_complain(complaints, "%s:%u:%u: %s", path, line, column, err->text + used);
    } else {
        run_complain(complaints, "%s: %s: %s", path, err->pointer[0] != '\0' ? err->pointer : "/",
                     err->text);
    }
}

bool run_read(struct arena *arena, const char *text, size_t len, struct run_scenario *ret,
              struct err *err)
{
    cJSON *root;

    return json_parse(arena, text, len, JSON_COMMENTS, &root, err) &&
           run_check(arena, root, ret, err);
}

bool run_file_read(struct arena *arena, const char *path, char **ret, size_t *ret_len,
                   struct err *err)
{
    AUTO(strbuf) text = STRBUF(MAX_FILE_BYTES);
    FILE *file = fopen(path, "rb");
    char piece[8192];
    size_t got;
    bool bad;

    if (file == NULL) {
        return err_set(err, ERR_CONFIG, "%s: %s", path, strerror(errno));
    }
    while ((got = fread(piece, 1, sizeof piece, file)) > 0 && !text.overflow) {
        strbuf_add_n(&text, piece, got);
    }
    bad = ferror(file) != 0;
    (void)fclose(file);
    if (bad || text.overflow) {
        return err_set(err, ERR_CONFIG, "%s: %s", path,
                       bad ? "cannot be read" : "is larger than 8 MiB");
    }
    *ret = arena_dup(arena, strbuf_text(&text), text.len);
    *ret_len = text.len;
    return true;
}

/* What stands before the last slash; "" when there is none. */
static const char *folder_of(struct arena *arena, const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash == NULL ? "" : arena_dup(arena, path, (size_t)(slash - path));
}

static void add_file(struct finding *finding, const char *path, const char *below)
{
    struct run_scenario scenario;
    struct err err = {0};
    size_t len;
    char *text;

    if (finding->filter != NULL && !str_match(finding->filter, below, '\0')) {
        return;
    }
    if (!run_file_read(finding->arena, path, &text, &len, &err)) {
        run_complain(finding->complaints, "%s", err.text);
        return;
    }
    if (!run_read(finding->arena, text, len, &scenario, &err)) {
        complain_about(finding->complaints, path, &err);
        return;
    }
    scenario.path = path;
    scenario.below = below;
    scenario.folder = folder_of(finding->arena, below);
    scenario.world_dir =
        *folder_of(finding->arena, path) != '\0' ? folder_of(finding->arena, path) : ".";
    if (finding->count == finding->size) {
        size_t size = finding->size * 2 + 16;
        struct run_scenario *more = arena_array(finding->arena, size, sizeof *more);

        if (finding->count > 0) {
            memcpy(more, finding->items, finding->count * sizeof *more);
        }
        finding->items = more;
        finding->size = size;
    }
    finding->items[finding->count++] = scenario;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static void add_path(struct finding *finding, const char *path, const char *below, int depth);

static void add_folder(struct finding *finding, const char *path, const char *below, int depth)
{
    struct dirent **entries = NULL;
    int count = scandir(path, &entries, visible, by_name);

    if (count < 0) {
        run_complain(finding->complaints, "%s: %s", path, strerror(errno));
        return;
    }
    for (int i = 0; i < count; i++) {
        const char *name = entries[i]->d_name;
        const char *slash = str_ends(path, "/") ? "" : "/";

        add_path(finding, arena_printf(finding->arena, "%s%s%s", path, slash, name),
                 *below != '\0' ? arena_printf(finding->arena, "%s/%s", below, name)
                                : arena_strdup(finding->arena, name),
                 depth + 1);
        free(entries[i]);
    }
    free(entries);
}

static void add_path(struct finding *finding, const char *path, const char *below, int depth)
{
    struct stat info;

    if (stat(path, &info) != 0) {
        run_complain(finding->complaints, "%s: %s", path, strerror(errno));
    } else if (S_ISDIR(info.st_mode)) {
        if (depth > MAX_DEPTH) {
            run_complain(finding->complaints, "%s: folders are nested too deep", path);
        } else {
            add_folder(finding, path, below, depth);
        }
    } else if (str_ends(path, ".json") || depth == 0) {
        const char *slash = strrchr(path, '/');

        add_file(finding, path, *below != '\0' ? below : slash != NULL ? slash + 1 : path);
    }
}

bool run_load(struct arena *arena, const char *const *paths, size_t count, const char *filter,
              struct run_scenarios *ret, struct run_complaints *complaints)
{
    struct finding finding = {.arena = arena, .filter = filter, .complaints = complaints};

    for (size_t i = 0; i < count; i++) {
        add_path(&finding, paths[i], "", 0);
    }
    *ret = (struct run_scenarios){.items = finding.items, .count = finding.count};
    if (finding.count == 0 && complaints->count == 0) {
        run_complain(complaints, "no scenario %s%s%s below %s%s", filter != NULL ? "fits \"" : "is",
                     filter != NULL ? filter : "", filter != NULL ? "\"" : "",
                     count > 0 ? paths[0] : ".", count > 1 ? " and the other paths" : "");
    }
    return complaints->count == 0;
}
