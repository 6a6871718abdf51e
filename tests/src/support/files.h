/* A folder of the test's own, files in it, and the fixtures. */
#pragma once

#include <stddef.h>

#include "base/arena.h"

/* Makes a folder; belongs to the arena, which removes it and the files in it at its end. */
const char *test_folder(struct arena *arena);
/* Writes a file with these bytes and permissions; returns its path. */
const char *test_file(struct arena *arena, const char *folder, const char *name, const char *text,
                      unsigned mode);
/* The text of fixtures/<name>; fails the test when there is none. */
const char *test_fixture(struct arena *arena, const char *name, size_t *ret_len);
