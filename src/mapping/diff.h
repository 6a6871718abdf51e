/*
 * What two sides of one field come to: each is compared with what both agreed on last, never with
 * the other's clock (an edit that both made in the same way is no conflict).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

/* What both sides held when they last agreed: the digests as each side holds the value. */
struct sync_agreed {
    uint32_t field;
    uint64_t dynamics, marketo;
};

/* A side's value now, as far as it is known. */
struct sync_sight {
    bool known;
    uint64_t hash;
};

enum sync_move {
    SYNC_STAYS,      /* nothing happened */
    SYNC_TO_MARKETO, /* Dynamics has something new */
    SYNC_TO_DYNAMICS,
    SYNC_AGREES, /* something new, and the same on both sides: only noted */
};

enum sync_winner { SYNC_MARKETO_WINS, SYNC_DYNAMICS_WINS };

/*
 * `agreed` is NULL when the two never agreed on this field. `equal`: both values are known and
 * mean the same. *ret_collided: both have something new, and it differs.
 */
enum sync_move sync_diff(const struct sync_agreed *agreed, struct sync_sight dynamics,
                         struct sync_sight marketo, bool equal, enum sync_winner winner,
                         bool *ret_collided);

/* All agreements of one record, by field. */
struct sync_base {
    struct sync_agreed *items;
    size_t count, size;
};

const struct sync_agreed *sync_base_find(const struct sync_base *base, uint32_t field);
/* Sets or replaces one. */
void sync_base_set(struct arena *arena, struct sync_base *base, struct sync_agreed agreed);
/* As bytes for the database, in the arena, and back; what is no such bytes is an empty base. */
void *sync_base_pack(struct arena *arena, const struct sync_base *base, size_t *ret_len);
void sync_base_unpack(struct arena *arena, const void *bytes, size_t len, struct sync_base *ret);
