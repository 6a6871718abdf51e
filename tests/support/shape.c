#include "shape.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "base/str.h"
#include "cases.h"

cJSON *fixture_read(struct arena *arena, const char *name)
{
    const char *path = arena_printf(arena, "%s/%s", SOURCE_FIXTURES, name);
    AUTO(strbuf) text = STRBUF(0);
    FILE *file = fopen(path, "rbe");
    char piece[4096];
    cJSON *tree = NULL;
    struct err err;
    size_t got;

    assert_non_null(file);
    while ((got = fread(piece, 1, sizeof piece, file)) > 0) {
        strbuf_add_n(&text, piece, got);
    }
    fclose(file);
    if (!json_parse(arena, strbuf_text(&text), text.len, JSON_COMMENTS, &tree, &err)) {
        fail_msg("%s: %s", path, err.text);
    }
    return tree;
}

/* Whether the text begins like the pattern, in which x is a hex digit, 9 a digit. */
static bool begins(const char *text, const char *pattern)
{
    for (; *pattern != '\0'; text++, pattern++) {
        bool fits = *pattern == 'x'   ? isxdigit((unsigned char)*text) != 0
                    : *pattern == '9' ? isdigit((unsigned char)*text) != 0
                                      : *text == *pattern;

        if (!fits) {
            return false;
        }
    }
    return true;
}

/* Every id becomes #, every date @, so that two texts differ only in what they say. */
static const char *normal(struct arena *arena, const char *text)
{
    AUTO(strbuf) out = STRBUF(0);

    while (*text != '\0') {
        if (begins(text, "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx")) {
            strbuf_add_char(&out, '#');
            text += 36;
        } else if (begins(text, "9999-99-99T99:99:99") || begins(text, "9999-99-99 99:99:99")) {
            strbuf_add_char(&out, text[10] == 'T' ? '@' : '$');
            text += 19;
            if (*text == '.') {
                text += 1 + strspn(text + 1, "0123456789");
            }
        } else {
            strbuf_add_char(&out, *text++);
        }
    }
    return arena_dup(arena, strbuf_text(&out), out.len);
}

struct comparison {
    struct arena *arena;
    enum shape_order order;
    const char *vary;
};

static bool varies(const struct comparison *comparison, const char *name)
{
    const char *at = comparison->vary;
    size_t len = strlen(name);

    while ((at = strstr(at, name)) != NULL) {
        if ((at == comparison->vary || at[-1] == ' ') && (at[len] == '\0' || at[len] == ' ')) {
            return true;
        }
        at += len;
    }
    return false;
}

static void compare(const struct comparison *comparison, const cJSON *fixture, const cJSON *answer,
                    const char *at);

static void compare_objects(const struct comparison *comparison, const cJSON *fixture,
                            const cJSON *answer, const char *at)
{
    const cJSON *wanted, *child = answer->child;

    cJSON_ArrayForEach(wanted, fixture)
    {
        const char *below = json_pointer_add(comparison->arena, at, wanted->string);
        const cJSON *found = json_get(answer, wanted->string);

        if (found == NULL) {
            fail_msg("%s: is missing in %s", below, json_text(comparison->arena, answer));
        }
        if (comparison->order == SHAPE_SAME_ORDER && found != child) {
            fail_msg("%s: expected here, found %s", below,
                     child != NULL ? child->string : "the end");
        }
        child = child != NULL ? child->next : NULL;
        if (varies(comparison, wanted->string)) {
            assert_int_equal(found->type & 0xff, wanted->type & 0xff);
        } else {
            compare(comparison, wanted, found, below);
        }
    }
    cJSON_ArrayForEach(child, answer)
    {
        if (json_get(fixture, child->string) == NULL) {
            fail_msg("%s: \"%s\" is not in the fixture", at, child->string);
        }
    }
}

static void compare(const struct comparison *comparison, const cJSON *fixture, const cJSON *answer,
                    const char *at)
{
    struct arena *arena = comparison->arena;
    const cJSON *element;
    size_t index = 0;

    if ((fixture->type & 0xff) != (answer->type & 0xff)) {
        fail_msg("%s: expected %s, found %s", at, json_text(arena, fixture),
                 json_text(arena, answer));
    }
    if (cJSON_IsObject(fixture)) {
        compare_objects(comparison, fixture, answer, at);
    } else if (cJSON_IsArray(fixture)) {
        if (fixture->child != NULL && answer->child == NULL) {
            fail_msg("%s: expected elements, found none", at);
        }
        cJSON_ArrayForEach(element, answer)
        {
            const cJSON *wanted = cJSON_GetArrayItem(fixture, (int)index);

            /* One object stands for all; several, and texts, for themselves in their order. */
            wanted = wanted == NULL ? fixture->child : wanted;
            if (wanted != NULL) {
                compare(comparison, wanted, element, json_pointer_index(arena, at, index));
            }
            index++;
        }
    } else if (cJSON_IsString(fixture)) {
        const char *wanted = normal(arena, fixture->valuestring);
        const char *found = normal(arena, answer->valuestring);

        if (strcmp(wanted, found) != 0) {
            fail_msg("%s: expected \"%s\", found \"%s\"", at, fixture->valuestring,
                     answer->valuestring);
        }
    } else if (!json_equal(fixture, answer)) {
        fail_msg("%s: expected %s, found %s", at, json_text(arena, fixture),
                 json_text(arena, answer));
    }
}

void shape_assert(const cJSON *fixture, const cJSON *answer, enum shape_order order,
                  const char *vary)
{
    AUTO(arena) arena = {0};
    const struct comparison comparison = {&arena, order, vary};

    assert_non_null(answer);
    compare(&comparison, fixture, answer, "");
}
