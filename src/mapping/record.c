#include "mapping/record.h"

#include <string.h>

enum { HEAD_LEN = 8 };

void sync_values_add(struct arena *arena, struct sync_values *values, uint32_t field,
                     const char *text)
{
    if (values->count == values->size) {
        size_t size = values->size > 0 ? 2 * values->size : 48;
        struct sync_value *items = arena_array(arena, size, sizeof *items);

        if (values->count > 0) {
            memcpy(items, values->items, values->count * sizeof *items);
        }
        values->items = items;
        values->size = size;
    }
    values->items[values->count++] = (struct sync_value){field, text};
}

const struct sync_value *sync_values_find(const struct sync_values *values, uint32_t field)
{
    for (size_t i = 0; i < values->count; i++) {
        if (values->items[i].field == field) {
            return &values->items[i];
        }
    }
    return NULL;
}

/* Each value: its field, its length and one more (0: NULL), its bytes and a zero byte. */
void sync_values_pack(const struct sync_values *values, struct strbuf *ret)
{
    for (size_t i = 0; i < values->count; i++) {
        const struct sync_value *value = &values->items[i];
        uint32_t head[2] = {value->field,
                            value->text != NULL ? (uint32_t)strlen(value->text) + 1 : 0};

        strbuf_add_n(ret, head, sizeof head);
        if (value->text != NULL) {
            strbuf_add_n(ret, value->text, head[1]);
        }
    }
}

bool sync_values_unpack(struct arena *arena, const void *bytes, size_t len, struct sync_values *ret)
{
    const char *copy = arena_dup(arena, bytes, len);

    *ret = (struct sync_values){0};
    for (size_t at = 0; at < len;) {
        uint32_t head[2];

        if (len - at < HEAD_LEN) {
            return false;
        }
        memcpy(head, copy + at, sizeof head);
        at += HEAD_LEN;
        if (head[1] > len - at || (head[1] > 0 && copy[at + head[1] - 1] != '\0')) {
            return false;
        }
        sync_values_add(arena, ret, head[0], head[1] > 0 ? copy + at : NULL);
        at += head[1];
    }
    return true;
}
