/*
 * Chance from outside: a stream of bytes that a seed decides (xoshiro256**, Blackman and Vigna,
 * 2018), so that the same seed gives the same ids. Not for keys: crypto_random() is the system's
 * own source.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Plain data, so that a snapshot can keep it. */
struct random {
    uint64_t state[4];
};

void random_seed(struct random *random, uint64_t seed);
uint64_t random_next(struct random *random);
/* A number from 0 to below - 1, without bias; `below` is at least 1. */
uint64_t random_below(struct random *random, uint64_t below);
void random_bytes(struct random *random, void *ret, size_t len);
/* `len` characters of `alphabet` and a zero byte. */
void random_text(struct random *random, const char *alphabet, char *ret, size_t len);
