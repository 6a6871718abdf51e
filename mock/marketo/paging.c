#include "marketo/paging.h"

#include <string.h>

#include "base/crypto.h"
#include "marketo/marketo.h"
#include "server/world.h"
#include "store/store.h"

enum { POSITION_LEN = 16, MOMENT_LEN = 32, CHECK_LEN = 4, MOST_LEN = MOMENT_LEN };
static const int64_t position_life_s = INT64_C(24) * 3600;
static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/* RFC 4648, section 6. */
static char *base32(struct arena *arena, const uint8_t *bytes, size_t len)
{
    char *text = arena_alloc(arena, (len + 4) / 5 * 8 + 1);
    size_t n = 0;

    for (size_t bit = 0; bit < len * 8; bit += 5) {
        unsigned pair = (unsigned)bytes[bit / 8] << 8;

        pair |= bit / 8 + 1 < len ? bytes[bit / 8 + 1] : 0U;
        text[n++] = alphabet[(pair >> (11 - bit % 8)) & 31];
    }
    while (n % 8 != 0) {
        text[n++] = '=';
    }
    return text;
}

/* Exactly the form in which we write that many bytes. */
static bool unbase32(struct arena *arena, const char *text, uint8_t *ret, size_t len)
{
    size_t used = (len * 8 + 4) / 5;

    memset(ret, 0, len);
    if (strlen(text) != (len + 4) / 5 * 8) {
        return false;
    }
    for (size_t i = 0; i < used; i++) {
        const char *at = text[i] != '\0' ? strchr(alphabet, text[i]) : NULL;
        unsigned value;

        if (at == NULL) {
            return false;
        }
        value = (unsigned)(at - alphabet);
        for (size_t b = 0; b < 5 && i * 5 + b < len * 8; b++) {
            size_t bit = i * 5 + b;

            ret[bit / 8] |= (uint8_t)((value >> (4 - b) & 1U) << (7 - bit % 8));
        }
    }
    return strcmp(base32(arena, ret, len), text) == 0;
}

static void put_number(uint8_t *bytes, size_t len, int64_t number)
{
    for (size_t i = 0; i < len; i++) {
        bytes[i] = (uint8_t)((uint64_t)number >> (8 * (len - 1 - i)));
    }
}

static int64_t get_number(const uint8_t *bytes, size_t len)
{
    uint64_t number = 0;

    for (size_t i = 0; i < len; i++) {
        number = number << 8 | bytes[i];
    }
    return (int64_t)number;
}

/*
 * A check over what the token says and what it is for, and a mask that makes it opaque. One of a
 * subscription that was replaced is foreign, although the Munchkin id may have stayed.
 */
static void keyed(struct mock_call *call, const char *label, const void *bytes, size_t len,
                  uint8_t ret[SHA256_LEN])
{
    AUTO(strbuf) key = STRBUF(0);

    const char *id = store_text(call->db, call->arena,
                                "SELECT subscription_id FROM marketo_connections WHERE sub = ?",
                                DB_ARGS(db_int(marketo_sub(call))));

    strbuf_addf(&key, "marketo-page|%llu|%s|%s|%s", (unsigned long long)call->world->seed,
                call->munchkin != NULL ? call->munchkin : "", id != NULL ? id : "", label);
    crypto_hmac_sha256(strbuf_text(&key), key.len, bytes, len, ret);
}

/* The last four bytes are the check; those before are masked by it. */
static const char *seal(struct mock_call *call, const char *label, uint8_t *bytes, size_t len)
{
    uint8_t check[SHA256_LEN], mask[SHA256_LEN];

    keyed(call, label, bytes, len - CHECK_LEN, check);
    memcpy(bytes + len - CHECK_LEN, check, CHECK_LEN);
    keyed(call, "mask", check, CHECK_LEN, mask);
    for (size_t i = 0; i < len - CHECK_LEN; i++) {
        bytes[i] ^= mask[i];
    }
    return base32(call->arena, bytes, len);
}

static bool unseal(struct mock_call *call, const char *label, const char *token, uint8_t *ret,
                   size_t len)
{
    uint8_t check[SHA256_LEN], mask[SHA256_LEN];

    if (!unbase32(call->arena, token, ret, len)) {
        return false;
    }
    keyed(call, "mask", ret + len - CHECK_LEN, CHECK_LEN, mask);
    for (size_t i = 0; i < len - CHECK_LEN; i++) {
        ret[i] ^= mask[i];
    }
    keyed(call, label, ret, len - CHECK_LEN, check);
    return crypto_equal(check, ret + len - CHECK_LEN, CHECK_LEN);
}

const char *marketo_position_make(struct mock_call *call, const char *read, int64_t after_id)
{
    uint8_t bytes[POSITION_LEN];

    put_number(bytes, 8, after_id);
    put_number(bytes + 8, 4, call->now_ms / 1000);
    return seal(call, read, bytes, sizeof bytes);
}

bool marketo_position_read(struct mock_call *call, const char *read, const char *token,
                           int64_t *ret_after_id)
{
    uint8_t bytes[POSITION_LEN];

    if (!unseal(call, read, token, bytes, sizeof bytes)) {
        return false;
    }
    *ret_after_id = get_number(bytes, 8);
    return get_number(bytes + 8, 4) + position_life_s > call->now_ms / 1000;
}

const char *marketo_moment_make(struct mock_call *call, struct marketo_moment moment)
{
    uint8_t bytes[MOMENT_LEN] = {0};

    put_number(bytes, 8, moment.since_ms);
    put_number(bytes + 8, 8, moment.last_id);
    return seal(call, "moment", bytes, sizeof bytes);
}

bool marketo_moment_read(struct mock_call *call, const char *token, struct marketo_moment *ret)
{
    uint8_t bytes[MOMENT_LEN];

    if (!unseal(call, "moment", token, bytes, sizeof bytes)) {
        return false;
    }
    ret->since_ms = get_number(bytes, 8);
    ret->last_id = get_number(bytes + 8, 8);
    return true;
}
