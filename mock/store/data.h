/* The files that come with the program: worlds and the keys that sign tokens. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"

/* The folder of shipped worlds: the source tree's if it is there, else the installed one. */
const char *data_worlds_dir(void);
/* A whole file with a zero byte behind it, in the arena. Fails with ERR_CONFIG and the path. */
bool data_read(struct arena *arena, const char *path, char **ret, size_t *ret_len, struct err *err);
