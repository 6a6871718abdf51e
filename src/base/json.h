/*
 * Reading JSON (RFC 8259) and small JSON documents in memory, on cJSON.
 *
 * cJSON 1.7 accepts raw newlines in strings, malformed UTF-8, \u0000, trailing garbage, `012` and
 * `1e999`; a strict pass before it refuses all of these, duplicate members and integers that a
 * double cannot hold.
 */
#pragma once

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

enum json_flags {
    JSON_PLAIN = 0,
    JSON_COMMENTS = 1, /* `//` and block comments are blanks: for files that people write */
    JSON_OWN = 2,      /* written by this program: the strict pass is left out */
};

/* The deepest nesting that is read, and the most values: each takes some eighty bytes as a tree. */
enum { JSON_MAX_DEPTH = 100, JSON_MAX_VALUES = 4000000 };

/*
 * Reads a whole text. The tree belongs to the arena. Fails with ERR_PROTOCOL and "line 3, column 7:
 * …" (a duplicate member also with its pointer).
 */
bool json_parse(struct arena *arena, const char *text, size_t len, unsigned flags, cJSON **ret,
                struct err *err);

/* The member of that exact name, NULL when there is none or `object` is no object. */
cJSON *json_get(const cJSON *object, const char *name);
/* The text of a string member; NULL when it is missing or of another type. */
const char *json_get_text(const cJSON *object, const char *name);
/* The number, or `otherwise` when it is missing or of another type. */
int64_t json_get_int(const cJSON *object, const char *name, int64_t otherwise);
/* The truth value, or `otherwise` when it is missing or of another type. */
bool json_get_bool(const cJSON *object, const char *name, bool otherwise);
/* Whether it is a number without a fraction within ±2^53; then *ret has it. */
bool json_int(const cJSON *item, int64_t *ret);

/* What a JSON Pointer (RFC 6901) names; NULL when nothing is there or the pointer is malformed. */
cJSON *json_pointer_get(const cJSON *root, const char *pointer);
/* Whether a text is a JSON Pointer: empty, or begins with `/` and has only the escapes ~0 and ~1.
 */
bool json_pointer_valid(const char *pointer);
/* `pointer` and one more member (escaped) or element. */
char *json_pointer_add(struct arena *arena, const char *pointer, const char *member);
char *json_pointer_index(struct arena *arena, const char *pointer, size_t index);

/* New roots that belong to the arena; what is added to them belongs to them. */
cJSON *json_new_object(struct arena *arena);
cJSON *json_new_array(struct arena *arena);
/* A deep copy that belongs to the arena. */
cJSON *json_clone(struct arena *arena, const cJSON *item);
/*
 * Compact or indented text in the arena. cJSON prints a number of more than fifteen digits to
 * within two of the double's last places: json_equal takes both for the same.
 */
char *json_text(struct arena *arena, const cJSON *item);
char *json_text_pretty(struct arena *arena, const cJSON *item);
/* Whether two values are equal as JSON: order of members does not count. */
bool json_equal(const cJSON *a, const cJSON *b);
/* "a string", "null", "an object" …: for messages. */
const char *json_kind(const cJSON *item);

enum json_type { JSON_TEXT, JSON_INT, JSON_REAL, JSON_BOOL, JSON_OBJECT, JSON_ARRAY, JSON_ANY };
enum json_need { OPTIONAL, REQUIRED };

/* One member of an object and where it goes in a struct. */
struct json_field {
    const char *name;
    size_t offset;
    enum json_type type;
    enum json_need need;
};

/* The C type of the member picks the JSON type: const char *, int64_t, double, bool, const cJSON *.
 */
#define JSON_FIELD(name, type, member, need)                                                            \
    {                                                                                                   \
        (name), offsetof(type, member),                                                               \
     _Generic(((type *)0)->member, const char *: JSON_TEXT, int64_t: JSON_INT, double: JSON_REAL,  \
              bool: JSON_BOOL, const cJSON *: JSON_ANY),                                           \
     (need) \
    }
/* The same for a `const cJSON *` that must be an object or an array. */
#define JSON_FIELD_OBJECT(name, type, member, need)                                                \
    {                                                                                              \
        (name), offsetof(type, member), JSON_OBJECT, (need)                                        \
    }
#define JSON_FIELD_ARRAY(name, type, member, need)                                                 \
    {                                                                                              \
        (name), offsetof(type, member), JSON_ARRAY, (need)                                         \
    }

/*
 * Reads an object through a table. Strings and sub-trees point into the tree; optional members that
 * are missing or null leave the struct as it was. Fails with what was expected and the pointer
 * (`at` is the pointer of the object itself). `json_read_strict` also refuses members that the
 * table lacks, and names the nearest known one.
 */
bool json_read(const cJSON *object, const char *at, const struct json_field *fields, size_t count,
               void *ret, struct err *err);
bool json_read_strict(const cJSON *object, const char *at, const struct json_field *fields,
                      size_t count, void *ret, struct err *err);
/* Fails on the first member that is not in the list of names. */
bool json_only(const cJSON *object, const char *at, const char *const *names, size_t count,
               struct err *err);
