/* Whether what the mock writes has the shape of a fixture. */
#pragma once

#include <stdbool.h>

#include "base/arena.h"
#include "base/json.h"

/* A file below fixtures/, such as "entra/error.json"; fails the test when it cannot be read. */
cJSON *fixture_read(struct arena *arena, const char *name);

enum shape_order { SHAPE_ANY_ORDER, SHAPE_SAME_ORDER };

/*
 * Fails the test unless `answer` has the members, types and values of `fixture`. Ids and dates
 * stand for any id and date of the same form; members named in `vary` (separated by blanks) need
 * only have the type; the elements of an array
 * are compared in order, further ones with the fixture's first; an empty one there stands for any.
 */
void shape_assert(const cJSON *fixture, const cJSON *answer, enum shape_order order,
                  const char *vary);
