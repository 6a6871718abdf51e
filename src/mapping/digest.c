#include "mapping/digest.h"

#include <string.h>

struct sip {
    uint64_t v0, v1, v2, v3;
};

static uint64_t turn(uint64_t x, unsigned bits)
{
    return (x << bits) | (x >> (64 - bits));
}

static void rounds(struct sip *s, int count)
{
    for (int i = 0; i < count; i++) {
        s->v0 += s->v1;
        s->v1 = turn(s->v1, 13) ^ s->v0;
        s->v0 = turn(s->v0, 32);
        s->v2 += s->v3;
        s->v3 = turn(s->v3, 16) ^ s->v2;
        s->v0 += s->v3;
        s->v3 = turn(s->v3, 21) ^ s->v0;
        s->v2 += s->v1;
        s->v1 = turn(s->v1, 17) ^ s->v2;
        s->v2 = turn(s->v2, 32);
    }
}

static uint64_t word(const uint8_t *at, size_t count)
{
    uint64_t number = 0;

    for (size_t i = 0; i < count; i++) {
        number |= (uint64_t)at[i] << (8 * i);
    }
    return number;
}

uint64_t sync_digest(const struct sync_digest_key *key, const void *bytes, size_t len)
{
    const uint8_t *at = bytes;
    struct sip s = {key->low ^ 0x736f6d6570736575U, key->high ^ 0x646f72616e646f6dU,
                    key->low ^ 0x6c7967656e657261U, key->high ^ 0x7465646279746573U};
    size_t whole = len / 8;

    for (size_t i = 0; i <= whole; i++) {
        uint64_t m =
            i < whole ? word(at + 8 * i, 8) : word(at + 8 * i, len % 8) | ((uint64_t)len << 56);

        s.v3 ^= m;
        rounds(&s, 2);
        s.v0 ^= m;
    }
    s.v2 ^= 0xff;
    rounds(&s, 4);
    return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}

uint64_t sync_digest_text(const struct sync_digest_key *key, const char *text)
{
    uint64_t hash = text != NULL ? sync_digest(key, text, strlen(text)) : 0;

    return text != NULL && hash == 0 ? 1 : hash;
}
