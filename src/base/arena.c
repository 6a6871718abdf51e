#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { BLOCK_SIZE = 8192 - 64 };

struct arena_block {
    struct arena_block *next;
    size_t used, size;
    alignas(max_align_t) char bytes[];
};

struct arena_defer {
    struct arena_defer *next;
    void (*call)(void *arg);
    void *arg;
};

static struct arena_block *block_create(size_t size)
{
    struct arena_block *block = malloc(sizeof *block + size);

    if (block == NULL) {
        abort();
    }
    block->next = NULL;
    block->used = 0;
    block->size = size;
    return block;
}

/* A big piece gets a block of its own behind the current one, which stays in use. */
static void *alloc_big(struct arena *arena, size_t size)
{
    struct arena_block *block = block_create(size);

    block->used = size;
    if (arena->block != NULL) {
        block->next = arena->block->next;
        arena->block->next = block;
    } else {
        arena->block = block;
    }
    return block->bytes;
}

/* Memory with anything in it. */
static void *take(struct arena *arena, size_t size)
{
    const size_t align = alignof(max_align_t);
    struct arena_block *block = arena->block;
    void *piece;

    if (size > SIZE_MAX / 2) {
        abort();
    }
    size = (size + align - 1) & ~(align - 1);
    if (size > BLOCK_SIZE / 4) {
        return alloc_big(arena, size);
    }
    if (block == NULL || block->size - block->used < size) {
        block = block_create(BLOCK_SIZE);
        block->next = arena->block;
        arena->block = block;
    }
    piece = block->bytes + block->used;
    block->used += size;
    return piece;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    return memset(take(arena, size), 0, size);
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
    size_t total;

    if (__builtin_mul_overflow(count, size, &total)) {
        abort();
    }
    return arena_alloc(arena, total);
}

char *arena_dup(struct arena *arena, const void *bytes, size_t len)
{
    char *copy = take(arena, len + 1);

    if (len > 0) {
        memcpy(copy, bytes, len);
    }
    copy[len] = '\0';
    return copy;
}

char *arena_strdup(struct arena *arena, const char *text)
{
    return text == NULL ? NULL : arena_dup(arena, text, strlen(text));
}

char *arena_join(struct arena *arena, const char *first, ...)
{
    va_list parts;
    size_t len = 0;
    char *text, *at;

    va_start(parts, first);
    for (const char *part = first; part != NULL; part = va_arg(parts, const char *)) {
        len += strlen(part);
    }
    va_end(parts);
    text = at = take(arena, len + 1);
    va_start(parts, first);
    for (const char *part = first; part != NULL; part = va_arg(parts, const char *)) {
        at = mempcpy(at, part, strlen(part));
    }
    *at = '\0';
    va_end(parts);
    return text;
}

char *arena_vprintf(struct arena *arena, const char *format, va_list args)
{
    va_list again;
    char *text;
    int len;

    va_copy(again, args);
    len = vsnprintf(NULL, 0, format, args);
    if (len < 0) {
        abort();
    }
    text = arena_alloc(arena, (size_t)len + 1);
    vsnprintf(text, (size_t)len + 1, format, again);
    va_end(again);
    return text;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
    va_list args;
    char *text;

    va_start(args, format);
    text = arena_vprintf(arena, format, args);
    va_end(args);
    return text;
}

void arena_defer(struct arena *arena, void (*call)(void *arg), void *arg)
{
    struct arena_defer *defer = arena_alloc(arena, sizeof *defer);

    defer->next = arena->defer;
    defer->call = call;
    defer->arg = arg;
    arena->defer = defer;
}

static void run_deferred(struct arena *arena)
{
    while (arena->defer != NULL) {
        struct arena_defer *defer = arena->defer;

        arena->defer = defer->next;
        defer->call(defer->arg);
    }
}

static void free_blocks(struct arena_block *block)
{
    while (block != NULL) {
        struct arena_block *next = block->next;

        free(block);
        block = next;
    }
}

void arena_finish(struct arena *arena)
{
    run_deferred(arena);
    free_blocks(arena->block);
    arena->block = NULL;
}

void arena_reset(struct arena *arena)
{
    struct arena_block *kept = arena->block;

    run_deferred(arena);
    if (kept == NULL || kept->size != BLOCK_SIZE) {
        free_blocks(kept);
        arena->block = NULL;
        return;
    }
    free_blocks(kept->next);
    kept->next = NULL;
    kept->used = 0;
}
