#include "base/json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/json_scan.h"
#include "base/str.h"

static void delete_tree(void *tree)
{
    cJSON_Delete(tree);
}

static cJSON *keep(struct arena *arena, cJSON *tree)
{
    if (tree == NULL) {
        abort(); /* out of memory: everything else was refused before */
    }
    arena_defer(arena, delete_tree, tree);
    return tree;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Where a value stands: what it is in, and its name or number there. */
struct place {
    const struct place *in;
    const char *name;
    size_t index;
};

static const char *pointer_of(struct arena *arena, const struct place *place)
{
    const char *in;

    if (place == NULL) {
        return "";
    }
    in = pointer_of(arena, place->in);
    return place->name != NULL ? json_pointer_add(arena, in, place->name)
                               : json_pointer_index(arena, in, place->index);
}

/* Most objects are small: their names are compared one by one. */
enum { FEW_NAMES = 8 };

/* A name that stands twice in the object; NULL when there is none. */
static const char *find_twice(struct arena *arena, const cJSON *object)
{
    const char *few[FEW_NAMES], **names = few;
    size_t n = 0, count = 0;
    const cJSON *child;

    cJSON_ArrayForEach(child, object)
    {
        count++;
    }
    if (count > FEW_NAMES) {
        names = arena_array(arena, count, sizeof *names);
    }
    cJSON_ArrayForEach(child, object)
    {
        for (size_t i = 0; count <= FEW_NAMES && i < n; i++) {
            if (few[i][0] == child->string[0] && strcmp(few[i], child->string) == 0) {
                return child->string;
            }
        }
        names[n++] = child->string;
    }
    if (count > FEW_NAMES) {
        qsort(names, n, sizeof *names, by_name);
        for (size_t i = 1; i < n; i++) {
            if (strcmp(names[i - 1], names[i]) == 0) {
                return names[i];
            }
        }
    }
    return NULL;
}

/* Looks for a name that stands twice, in this object and below it. */
static bool no_duplicates(struct arena *arena, const cJSON *item, const struct place *place,
                          struct err *err)
{
    const char *twice = cJSON_IsObject(item) ? find_twice(arena, item) : NULL;
    struct place below = {.in = place};
    const cJSON *child;

    if (twice != NULL) {
        (void)err_set(err, ERR_PROTOCOL, "the member \"%.100s\" stands twice", twice);
        err_at(err, json_pointer_add(arena, pointer_of(arena, place), twice));
        return false;
    }
    cJSON_ArrayForEach(child, item)
    {
        below.name = child->string;
        if (child->child != NULL && !no_duplicates(arena, child, &below, err)) {
            return false;
        }
        below.index++;
    }
    return true;
}

bool json_parse(struct arena *arena, const char *text, size_t len, unsigned flags, cJSON **ret,
                struct err *err)
{
    AUTO(arena) scratch = {0};
    char *copy = NULL;

    if ((flags & JSON_OWN) != 0) {
        *ret = keep(arena, cJSON_ParseWithLength(text, len));
        return true;
    }
    if ((flags & JSON_COMMENTS) != 0) {
        copy = arena_dup(&scratch, text, len);
    }
    /* Without comments the scan writes nothing, so the text may stay where it is. */
    if (!json_scan(copy != NULL ? copy : (char *)(uintptr_t)text, len, flags, err)) {
        return false;
    }
    *ret = keep(arena, cJSON_ParseWithLength(copy != NULL ? copy : text, len));
    return no_duplicates(&scratch, *ret, NULL, err);
}

cJSON *json_get(const cJSON *object, const char *name)
{
    return cJSON_IsObject(object) ? cJSON_GetObjectItemCaseSensitive(object, name) : NULL;
}

const char *json_get_text(const cJSON *object, const char *name)
{
    return cJSON_GetStringValue(json_get(object, name));
}

bool json_int(const cJSON *item, int64_t *ret)
{
    double number;

    if (!cJSON_IsNumber(item)) {
        return false;
    }
    number = cJSON_GetNumberValue(item);
    if (trunc(number) != number || fabs(number) > 9007199254740992.0) {
        return false;
    }
    *ret = (int64_t)number;
    return true;
}

int64_t json_get_int(const cJSON *object, const char *name, int64_t otherwise)
{
    int64_t number;

    return json_int(json_get(object, name), &number) ? number : otherwise;
}

bool json_get_bool(const cJSON *object, const char *name, bool otherwise)
{
    const cJSON *item = json_get(object, name);

    return cJSON_IsBool(item) ? cJSON_IsTrue(item) : otherwise;
}

bool json_pointer_valid(const char *pointer)
{
    if (*pointer != '\0' && *pointer != '/') {
        return false;
    }
    for (const char *c = strchr(pointer, '~'); c != NULL; c = strchr(c + 1, '~')) {
        if (c[1] != '0' && c[1] != '1') {
            return false;
        }
    }
    return true;
}

/* Reads one reference token and its escapes; returns what follows. */
static const char *next_token(struct strbuf *token, const char *at)
{
    strbuf_clear(token);
    for (; *at != '\0' && *at != '/'; at++) {
        if (*at == '~') {
            at++;
            strbuf_add_char(token, *at == '1' ? '/' : '~');
        } else {
            strbuf_add_char(token, *at);
        }
    }
    return at;
}

cJSON *json_pointer_get(const cJSON *root, const char *pointer)
{
    AUTO(strbuf) token = STRBUF(0);
    const cJSON *item = root;

    if (!json_pointer_valid(pointer)) {
        return NULL;
    }
    while (*pointer == '/' && item != NULL) {
        int64_t index;

        pointer = next_token(&token, pointer + 1);
        if (cJSON_IsArray(item)) {
            const char *text = strbuf_text(&token);
            bool number = str_int(text, 0, INT32_MAX, &index) && *text != '-' &&
                          (*text != '0' || text[1] == '\0');

            item = number ? cJSON_GetArrayItem(item, (int)index) : NULL;
        } else {
            item = json_get(item, strbuf_text(&token));
        }
    }
    return (cJSON *)(uintptr_t)item;
}

char *json_pointer_add(struct arena *arena, const char *pointer, const char *member)
{
    AUTO(strbuf) text = STRBUF(0);

    strbuf_add(&text, pointer);
    strbuf_add_char(&text, '/');
    for (; *member != '\0'; member++) {
        if (*member == '~' || *member == '/') {
            strbuf_add(&text, *member == '~' ? "~0" : "~1");
        } else {
            strbuf_add_char(&text, *member);
        }
    }
    return arena_dup(arena, strbuf_text(&text), text.len);
}

char *json_pointer_index(struct arena *arena, const char *pointer, size_t index)
{
    return arena_printf(arena, "%s/%zu", pointer, index);
}

cJSON *json_new_object(struct arena *arena)
{
    return keep(arena, cJSON_CreateObject());
}

cJSON *json_new_array(struct arena *arena)
{
    return keep(arena, cJSON_CreateArray());
}

cJSON *json_clone(struct arena *arena, const cJSON *item)
{
    return keep(arena, cJSON_Duplicate(item, true));
}

static char *printed(struct arena *arena, char *text)
{
    char *copy;

    if (text == NULL) {
        abort();
    }
    copy = arena_strdup(arena, text);
    cJSON_free(text);
    return copy;
}

char *json_text(struct arena *arena, const cJSON *item)
{
    return printed(arena, cJSON_PrintUnformatted(item));
}

char *json_text_pretty(struct arena *arena, const cJSON *item)
{
    return printed(arena, cJSON_Print(item));
}

bool json_equal(const cJSON *a, const cJSON *b)
{
    return cJSON_Compare(a, b, true);
}

const char *json_kind(const cJSON *item)
{
    return item == NULL           ? "nothing"
           : cJSON_IsNull(item)   ? "null"
           : cJSON_IsBool(item)   ? "a boolean"
           : cJSON_IsNumber(item) ? "a number"
           : cJSON_IsString(item) ? "a string"
           : cJSON_IsArray(item)  ? "an array"
                                  : "an object";
}

static const char *type_name(enum json_type type)
{
    switch (type) {
    case JSON_TEXT:
        return "a string";
    case JSON_INT:
        return "an integer";
    case JSON_REAL:
        return "a number";
    case JSON_BOOL:
        return "a boolean";
    case JSON_OBJECT:
        return "an object";
    case JSON_ARRAY:
        return "an array";
    case JSON_ANY:
        break;
    }
    return "a value";
}

/* Puts a value where the table says; false when it is of another type. */
static bool store_field(const struct json_field *field, const cJSON *item, void *ret)
{
    void *to = (char *)ret + field->offset;

    switch (field->type) {
    case JSON_TEXT:
        *(const char **)to = cJSON_GetStringValue(item);
        return cJSON_IsString(item);
    case JSON_INT:
        return json_int(item, to);
    case JSON_REAL:
        *(double *)to = item->valuedouble;
        return cJSON_IsNumber(item);
    case JSON_BOOL:
        *(bool *)to = cJSON_IsTrue(item);
        return cJSON_IsBool(item);
    case JSON_OBJECT:
        *(const cJSON **)to = item;
        return cJSON_IsObject(item);
    case JSON_ARRAY:
        *(const cJSON **)to = item;
        return cJSON_IsArray(item);
    case JSON_ANY:
        *(const cJSON **)to = item;
        return true;
    }
    return false;
}

static bool fail_at(struct err *err, const char *at, const char *member)
{
    AUTO(arena) arena = {0};

    err_at(err, member != NULL ? json_pointer_add(&arena, at, member) : at);
    return false;
}

bool json_read(const cJSON *object, const char *at, const struct json_field *fields, size_t count,
               void *ret, struct err *err)
{
    if (!cJSON_IsObject(object)) {
        (void)err_set(err, ERR_PROTOCOL, "expected an object, found %s", json_kind(object));
        return fail_at(err, at, NULL);
    }
    for (size_t i = 0; i < count; i++) {
        const cJSON *item = json_get(object, fields[i].name);

        if (item == NULL || (cJSON_IsNull(item) && fields[i].need == OPTIONAL)) {
            if (fields[i].need == OPTIONAL) {
                continue;
            }
            (void)err_set(err, ERR_PROTOCOL, "the member \"%s\" (%s) is missing", fields[i].name,
                          type_name(fields[i].type));
            return fail_at(err, at, NULL);
        }
        if (!store_field(&fields[i], item, ret)) {
            (void)err_set(err, ERR_PROTOCOL, "\"%s\": expected %s, found %s", fields[i].name,
                          type_name(fields[i].type), json_kind(item));
            return fail_at(err, at, fields[i].name);
        }
    }
    return true;
}

bool json_only(const cJSON *object, const char *at, const char *const *names, size_t count,
               struct err *err)
{
    const cJSON *child;

    cJSON_ArrayForEach(child, object)
    {
        const char *near;
        bool known = false;

        for (size_t i = 0; i < count && !known; i++) {
            known = strcmp(names[i], child->string) == 0;
        }
        if (known) {
            continue;
        }
        near = str_nearest(child->string, names, count);
        (void)err_set(err, ERR_CONFIG, "unknown member \"%.80s\"%s%s%s", child->string,
                      near != NULL ? ", did you mean \"" : "", near != NULL ? near : "",
                      near != NULL ? "\"?" : "");
        return fail_at(err, at, child->string);
    }
    return true;
}

bool json_read_strict(const cJSON *object, const char *at, const struct json_field *fields,
                      size_t count, void *ret, struct err *err)
{
    AUTO(arena) arena = {0};
    const char **names = arena_array(&arena, count, sizeof *names);

    for (size_t i = 0; i < count; i++) {
        names[i] = fields[i].name;
    }
    return json_read(object, at, fields, count, ret, err) &&
           json_only(object, at, names, count, err);
}
