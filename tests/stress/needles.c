#include "needles.h"

#include <assert.h>
#include <string.h>

/* A rolling hash (Rabin and Karp, 1987). */
static const uint64_t base = 1099511628211U;

static uint64_t hash_of(const char *text)
{
    uint64_t hash = 0;

    for (size_t i = 0; i < NEEDLE_LEN; i++) {
        hash = hash * base + (unsigned char)text[i];
    }
    return hash;
}

static size_t slot_of(uint64_t hash)
{
    return (size_t)(hash * 0x9e3779b97f4a7c15U >> 50);
}

void needles_add(struct needles *needles, const char *word)
{
    size_t slot = slot_of(hash_of(word));

    assert(strlen(word) >= NEEDLE_LEN && needles->count < NEEDLE_SLOTS / 4);
    while (needles->slots[slot] != 0) {
        slot = (slot + 1) % NEEDLE_SLOTS;
    }
    needles->words[needles->count++] = word;
    needles->slots[slot] = (uint16_t)needles->count;
}

static size_t count_here(struct needles *needles, uint64_t hash, const char *text)
{
    size_t slot = slot_of(hash), found = 0;

    for (; needles->slots[slot] != 0; slot = (slot + 1) % NEEDLE_SLOTS) {
        size_t word = needles->slots[slot] - 1U;

        if (memcmp(needles->words[word], text, NEEDLE_LEN) == 0) {
            needles->counts[word]++;
            found++;
        }
    }
    return found;
}

size_t needles_count(struct needles *needles, const char *text, size_t len)
{
    uint64_t hash, power = 1;
    size_t found = 0;

    if (len < NEEDLE_LEN) {
        return 0;
    }
    for (size_t i = 1; i < NEEDLE_LEN; i++) {
        power *= base;
    }
    hash = hash_of(text);
    for (size_t i = 0;; i++) {
        found += count_here(needles, hash, text + i);
        if (i + NEEDLE_LEN == len) {
            return found;
        }
        hash -= power * (unsigned char)text[i];
        hash = hash * base + (unsigned char)text[i + NEEDLE_LEN];
    }
}
