/* Whole files. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"

/* Reads a file of at most 8 MiB; a zero byte follows its text. Fails with "path: why". */
bool run_file_read(struct arena *arena, const char *path, char **ret, size_t *ret_len,
                   struct err *err);
