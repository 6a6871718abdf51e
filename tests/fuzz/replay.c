/* Plays the files of a corpus through a fuzz target, where libFuzzer is not linked. */
#include "fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "base/str.h"

static int play(const char *path)
{
    AUTO(strbuf) bytes = STRBUF(0);
    FILE *file = fopen(path, "rbe");
    char piece[4096];
    size_t n;

    if (file == NULL) {
        fprintf(stderr, "%s cannot be read\n", path);
        return 1;
    }
    while ((n = fread(piece, 1, sizeof piece, file)) > 0) {
        strbuf_add_n(&bytes, piece, n);
    }
    fclose(file);
    return LLVMFuzzerTestOneInput((const uint8_t *)strbuf_text(&bytes), bytes.len);
}

int main(int argc, char **argv)
{
    DIR *folder = argc == 2 ? opendir(argv[1]) : NULL;
    const struct dirent *entry;
    int played = 0, bad = 0;

    while (folder != NULL && (entry = readdir(folder)) != NULL) {
        char path[4096];

        if (entry->d_name[0] == '.') {
            continue;
        }
        snprintf(path, sizeof path, "%s/%s", argv[1], entry->d_name);
        bad |= play(path);
        played++;
    }
    if (folder != NULL) {
        closedir(folder);
    }
    printf("%d files\n", played);
    return played > 0 ? bad : 1;
}
