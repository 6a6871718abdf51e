/* A record as it was seen, in the one form of values, and lists of values for the database. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"

/* A field's number (struct sync_field) and its value. */
struct sync_value {
    uint32_t field;
    const char *text; /* NULL: none */
};

struct sync_values {
    struct sync_value *items;
    size_t count, size;
};

struct sync_record {
    const char *key; /* a GUID, lower case */
    const char *etag;
    int64_t modified_ms;
    bool gone;      /* deleted: only the key is known */
    bool left_out;  /* the filter field says No */
    bool keys_only; /* the values were not asked for */
    struct sync_values values;
};

void sync_values_add(struct arena *arena, struct sync_values *values, uint32_t field,
                     const char *text);
/* The value of a field; NULL when it is not in the list. */
const struct sync_value *sync_values_find(const struct sync_values *values, uint32_t field);
void sync_values_pack(const struct sync_values *values, struct strbuf *ret);
/* Texts point into a copy that the arena owns. False for bytes that are no such list. */
bool sync_values_unpack(struct arena *arena, const void *bytes, size_t len,
                        struct sync_values *ret);
