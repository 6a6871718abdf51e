#include "mapping/diff.h"

#include <string.h>

enum { PACKED_LEN = 4 + 8 + 8 };

enum sync_move sync_diff(const struct sync_agreed *agreed, struct sync_sight dynamics,
                         struct sync_sight marketo, bool equal, enum sync_winner winner,
                         bool *ret_collided)
{
    bool new_d = dynamics.known && (agreed == NULL || dynamics.hash != agreed->dynamics);
    bool new_m = marketo.known && (agreed == NULL || marketo.hash != agreed->marketo);

    *ret_collided = false;
    if (new_d && new_m) {
        if (equal) {
            return SYNC_AGREES;
        }
        *ret_collided = true;
        return winner == SYNC_DYNAMICS_WINS ? SYNC_TO_MARKETO : SYNC_TO_DYNAMICS;
    }
    if (new_d) {
        /* "Never agreed" and "nothing there" are the same to who has nothing to send. */
        return agreed == NULL && dynamics.hash == 0 ? SYNC_AGREES : SYNC_TO_MARKETO;
    }
    return new_m ? SYNC_TO_DYNAMICS : SYNC_STAYS;
}

/* The first place whose field is not below `field`. */
static size_t place_of(const struct sync_base *base, uint32_t field)
{
    size_t low = 0, high = base->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (base->items[middle].field < field) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

const struct sync_agreed *sync_base_find(const struct sync_base *base, uint32_t field)
{
    size_t at = place_of(base, field);

    return at < base->count && base->items[at].field == field ? &base->items[at] : NULL;
}

void sync_base_set(struct arena *arena, struct sync_base *base, struct sync_agreed agreed)
{
    size_t at = place_of(base, agreed.field);

    if (at < base->count && base->items[at].field == agreed.field) {
        base->items[at] = agreed;
        return;
    }
    if (base->count == base->size) {
        size_t size = base->size > 0 ? 2 * base->size : 48;
        struct sync_agreed *items = arena_array(arena, size, sizeof *items);

        if (base->count > 0) {
            memcpy(items, base->items, base->count * sizeof *items);
        }
        base->items = items;
        base->size = size;
    }
    memmove(base->items + at + 1, base->items + at, (base->count - at) * sizeof *base->items);
    base->items[at] = agreed;
    base->count++;
}

void *sync_base_pack(struct arena *arena, const struct sync_base *base, size_t *ret_len)
{
    uint8_t *bytes = arena_alloc(arena, base->count * PACKED_LEN + 1);

    for (size_t i = 0; i < base->count; i++) {
        const struct sync_agreed *item = &base->items[i];

        memcpy(bytes + i * PACKED_LEN, &item->field, 4);
        memcpy(bytes + i * PACKED_LEN + 4, &item->dynamics, 8);
        memcpy(bytes + i * PACKED_LEN + 12, &item->marketo, 8);
    }
    *ret_len = base->count * PACKED_LEN;
    return bytes;
}

void sync_base_unpack(struct arena *arena, const void *bytes, size_t len, struct sync_base *ret)
{
    size_t count = len % PACKED_LEN == 0 ? len / PACKED_LEN : 0;

    /* Room for a few more, since a record is often unpacked to be added to. */
    *ret = (struct sync_base){.count = count, .size = count + 8};
    ret->items = arena_array(arena, ret->size, sizeof *ret->items);
    for (size_t i = 0; i < count; i++) {
        const uint8_t *at = (const uint8_t *)bytes + i * PACKED_LEN;

        memcpy(&ret->items[i].field, at, 4);
        memcpy(&ret->items[i].dynamics, at + 4, 8);
        memcpy(&ret->items[i].marketo, at + 12, 8);
    }
}
