/* Searches much text for many words of one length at once. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

enum { NEEDLE_LEN = 40, NEEDLE_SLOTS = 1 << 14 };

struct needles {
    const char *words[NEEDLE_SLOTS / 4];
    size_t counts[NEEDLE_SLOTS / 4]; /* how often each was found so far */
    size_t count;
    uint16_t slots[NEEDLE_SLOTS]; /* index + 1; 0: free */
};

/* The first 40 bytes of `word` count; it lives longer than the needles. */
void needles_add(struct needles *needles, const char *word);
/* Counts every place where a word begins; returns how many there were in this text. */
size_t needles_count(struct needles *needles, const char *text, size_t len);
