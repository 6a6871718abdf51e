#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

void *mem_alloc(size_t size)
{
    void *memory = calloc(1, size > 0 ? size : 1);

    if (memory == NULL) {
        abort();
    }
    return memory;
}

void *mem_realloc(void *memory, size_t size)
{
    void *grown = realloc(memory, size > 0 ? size : 1);

    if (grown == NULL) {
        abort();
    }
    return grown;
}

char *mem_strdup(const char *text)
{
    return text == NULL ? NULL : mem_dup(text, strlen(text));
}

char *mem_dup(const void *bytes, size_t len)
{
    char *copy = malloc(len + 1);

    if (copy == NULL) {
        abort();
    }
    if (len > 0) {
        memcpy(copy, bytes, len);
    }
    copy[len] = '\0';
    return copy;
}

void mem_free(void *memory)
{
    free(memory);
}

void mem_wipe(void *memory, size_t len)
{
    explicit_bzero(memory, len);
}
