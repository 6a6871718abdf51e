/* The pairs of columns and fields that are always made: section 17 of the rule book. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum sync_way { SYNC_BOTH_WAYS, SYNC_ONE_WAY, SYNC_INTERNAL };

struct sync_pair {
    const char *entities; /* letters: l, c, a */
    const char *column, *target;
    enum sync_way way;
};

extern const struct sync_pair sync_pairs[];
extern const size_t sync_pair_count;
/* The first pair of a column; NULL: none. */
const struct sync_pair *sync_pair_find(const char *entity, const char *column);
