/*
 * Memory that never fails: out of memory ends the process, in one place. Every kill must be
 * survivable anyway, and half of all error branches vanish.
 */
#pragma once

#include <stddef.h>

/* Zeroed memory; the caller frees it with mem_free(). */
void *mem_alloc(size_t size);
/* Grows or shrinks; the new part is not zeroed. */
void *mem_realloc(void *memory, size_t size);
/* A copy of `text`, or NULL of NULL. */
char *mem_strdup(const char *text);
/* A copy of `len` bytes with a zero byte behind them. */
char *mem_dup(const void *bytes, size_t len);
void mem_free(void *memory);
/* Overwrites a secret before its memory is given back; the compiler may not drop it. */
void mem_wipe(void *memory, size_t len);
