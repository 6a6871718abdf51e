/* SipHash-2-4 against the vectors of its authors' paper and reference implementation. */
#include "cases.h"

#include "mapping/digest.h"

/* Key 00 01 … 0f, message 00 01 … of that length. */
struct vector {
    const char *name;
    size_t len;
    uint64_t hash;
};

static const struct vector vectors[] = {
    {"nothing", 0, 0x726fdb47dd0e0e31U},        {"one byte", 1, 0x74f839c593dc67fdU},
    {"seven bytes", 7, 0xab0200f58b01d137U},    {"eight bytes", 8, 0x93f5f5799a932462U},
    {"fifteen bytes", 15, 0xa129ca6149be45e5U},
};

static void hashes(void **state)
{
    const struct vector *c = *state;
    const struct sync_digest_key key = {0x0706050403020100U, 0x0f0e0d0c0b0a0908U};
    uint8_t message[16];

    for (size_t i = 0; i < sizeof message; i++) {
        message[i] = (uint8_t)i;
    }
    assert_true(sync_digest(&key, message, c->len) == c->hash);
}

static void null_is_nothing_else(void **state)
{
    const struct sync_digest_key key = {1, 2};

    (void)state;
    assert_true(sync_digest_text(&key, NULL) == 0);
    assert_true(sync_digest_text(&key, "") != 0);
    assert_true(sync_digest_text(&key, "a") != sync_digest_text(&key, "b"));
}

int main(void)
{
    struct CMUnitTest tests[16];
    size_t count = 0;

    CASES(tests, count, vectors, hashes);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(null_is_nothing_else);
    return cases_run("mapping/digest", tests, count);
}
