/* Whether XML that the mock writes has the shape of a fixture. */
#pragma once

#include "base/arena.h"

/* A file below fixtures/ as text; fails the test when it cannot be read. */
char *fixture_text(struct arena *arena, const char *name);
/*
 * Fails the test unless `answer` has the elements, namespaces, attributes and texts of `fixture`,
 * in its order; attributes in any. White space between elements does not count, and a `*` in a
 * value of the fixture stands for any characters.
 */
void xml_shape_assert(const char *fixture, const char *answer);
