#include "base/random.h"

#include <string.h>

/* SplitMix64 spreads a seed over the state, as the authors of xoshiro advise. */
static uint64_t splitmix(uint64_t *at)
{
    uint64_t z = *at += 0x9e3779b97f4a7c15U;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
}

void random_seed(struct random *random, uint64_t seed)
{
    for (size_t i = 0; i < 4; i++) {
        random->state[i] = splitmix(&seed);
    }
}

static uint64_t rotate(uint64_t x, int by)
{
    return (x << by) | (x >> (64 - by));
}

uint64_t random_next(struct random *random)
{
    uint64_t *s = random->state;
    uint64_t result = rotate(s[1] * 5, 7) * 9;
    uint64_t t = s[1] << 17;

    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 45);
    return result;
}

uint64_t random_below(struct random *random, uint64_t below)
{
    uint64_t least = (0 - below) % below; /* numbers below it would favour the small results */
    uint64_t number;

    do {
        number = random_next(random);
    } while (number < least);
    return number % below;
}

void random_bytes(struct random *random, void *ret, size_t len)
{
    unsigned char *to = ret;

    while (len > 0) {
        uint64_t number = random_next(random);
        size_t take = len < sizeof number ? len : sizeof number;

        for (size_t i = 0; i < take; i++) {
            to[i] = (unsigned char)(number >> (8 * i));
        }
        to += take;
        len -= take;
    }
}

void random_text(struct random *random, const char *alphabet, char *ret, size_t len)
{
    size_t count = strlen(alphabet);

    for (size_t i = 0; i < len; i++) {
        ret[i] = alphabet[random_below(random, count)];
    }
    ret[len] = '\0';
}
