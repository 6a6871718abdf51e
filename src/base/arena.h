/*
 * Memory with the life of a request, a page or a file: taken piece by piece, given back at once.
 * A zeroed arena is empty and ready.
 */
#pragma once

#include <stdarg.h>
#include <stddef.h>

struct arena_block;
struct arena_defer;

struct arena {
    struct arena_block *block; /* the newest, from which pieces are cut */
    struct arena_defer *defer; /* what arena_finish() calls first, newest first */
};

/* Zeroed memory, aligned for any type; never NULL. */
void *arena_alloc(struct arena *arena, size_t size);
/* Space for `count` elements of `size` bytes; a product that overflows ends the process. */
void *arena_array(struct arena *arena, size_t count, size_t size);
/* A copy, or NULL of NULL. */
char *arena_strdup(struct arena *arena, const char *text);
/* A copy of `len` bytes with a zero byte behind them. */
char *arena_dup(struct arena *arena, const void *bytes, size_t len);
/* The texts one behind the other, up to a NULL: what a format of nothing but %s would give, at a
 * fraction of the cost. */
char *arena_join(struct arena *arena, const char *first, ...) __attribute__((sentinel));
char *arena_printf(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
char *arena_vprintf(struct arena *arena, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));
/* Has `call(arg)` run when the arena ends: for things that are not the arena's memory. */
void arena_defer(struct arena *arena, void (*call)(void *arg), void *arg);
/* Gives everything back; the arena is empty and ready again. */
void arena_finish(struct arena *arena);
/* The same, but keeps one block for the next use. */
void arena_reset(struct arena *arena);
