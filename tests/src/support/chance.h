/* Chance that is the same in every run: the engine's ids and keys in tests come from it. */
#pragma once

#include <stddef.h>
#include <stdint.h>

static inline void chance_fill(uint64_t *state, void *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        *state = *state * 6364136223846793005U + 1442695040888963407U;
        ((unsigned char *)bytes)[i] = (unsigned char)(*state >> 56);
    }
}
