#include "dataverse/rows.h"

#include <string.h>

#include "base/auto.h"
#include "base/str.h"

struct cursor {
    const char *at, *end;
};

static bool fail_shape(struct err *err, const char *expected)
{
    return err_set(err, ERR_PROTOCOL, "the page of rows: expected %s", expected);
}

static void skip_blanks(struct cursor *cursor)
{
    while (cursor->at < cursor->end && strchr(" \t\r\n", *cursor->at) != NULL &&
           *cursor->at != '\0') {
        cursor->at++;
    }
}

static bool take(struct cursor *cursor, char c)
{
    skip_blanks(cursor);
    if (cursor->at == cursor->end || *cursor->at != c) {
        return false;
    }
    cursor->at++;
    return true;
}

/* Moves behind a string whose first quote is next. */
static bool skip_string(struct cursor *cursor)
{
    if (!take(cursor, '"')) {
        return false;
    }
    while (cursor->at < cursor->end && *cursor->at != '"') {
        cursor->at += *cursor->at == '\\' ? 2 : 1;
    }
    if (cursor->at >= cursor->end) {
        cursor->at = cursor->end;
        return false;
    }
    cursor->at++;
    return true;
}

/* Moves behind an object or array: what is inside is judged when it is parsed. */
static bool skip_nested(struct cursor *cursor)
{
    size_t depth = 0;

    while (cursor->at < cursor->end) {
        switch (*cursor->at) {
        case '"':
            if (!skip_string(cursor)) {
                return false;
            }
            continue;
        case '{':
        case '[':
            depth++;
            break;
        case '}':
        case ']':
            depth--;
            break;
        default:
            break;
        }
        cursor->at++;
        if (depth == 0) {
            return true;
        }
    }
    return false;
}

static bool skip_value(struct cursor *cursor)
{
    skip_blanks(cursor);
    if (cursor->at == cursor->end) {
        return false;
    }
    if (*cursor->at == '"') {
        return skip_string(cursor);
    }
    if (*cursor->at == '{' || *cursor->at == '[') {
        return skip_nested(cursor);
    }
    while (cursor->at < cursor->end && strchr(",}] \t\r\n", *cursor->at) == NULL) {
        cursor->at++;
    }
    return true;
}

static bool parse(struct arena *arena, const char *from, const char *to, const cJSON **ret,
                  struct err *err)
{
    cJSON *item;

    if (!json_parse(arena, from, (size_t)(to - from), JSON_PLAIN, &item, err)) {
        return err_wrap(err, "a row of the page");
    }
    *ret = item;
    return true;
}

/* Notes a member that counts. */
static bool note(struct arena *arena, const char *name, size_t len, const char *from,
                 const char *to, struct sync_page_text *ret, struct err *err)
{
    const struct {
        const char *name;
        const char **text;
    } texts[] = {{"\"@odata.nextLink\"", &ret->next},
                 {"\"@odata.deltaLink\"", &ret->delta},
                 {"\"@odata.context\"", &ret->context}};

    if (len == strlen("\"value\"") && memcmp(name, "\"value\"", len) == 0) {
        if (*from != '[' || to[-1] != ']') {
            return fail_shape(err, "an array of rows");
        }
        ret->at = from + 1;
        ret->end = to - 1;
        return true;
    }
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        const cJSON *item;

        if (len == strlen(texts[i].name) && memcmp(name, texts[i].name, len) == 0) {
            if (!parse(arena, from, to, &item, err)) {
                return false;
            }
            if (!cJSON_IsString(item)) {
                return fail_shape(err, "a link to be a string");
            }
            *texts[i].text = item->valuestring;
        }
    }
    return true;
}

bool sync_page_open(struct arena *arena, const char *text, size_t len, struct sync_page_text *ret,
                    struct err *err)
{
    struct cursor cursor = {text, text + len};
    bool empty, more;

    *ret = (struct sync_page_text){0};
    if (!take(&cursor, '{')) {
        return fail_shape(err, "an object");
    }
    empty = take(&cursor, '}');
    for (more = !empty; more; more = take(&cursor, ',')) {
        const char *name, *name_end, *from;

        skip_blanks(&cursor);
        name = cursor.at;
        if (!skip_string(&cursor)) {
            return fail_shape(err, "the name of a member");
        }
        name_end = cursor.at;
        if (!take(&cursor, ':')) {
            return fail_shape(err, "a colon behind a name");
        }
        skip_blanks(&cursor);
        from = cursor.at;
        if (!skip_value(&cursor)) {
            return fail_shape(err, "a value; the answer ends too early");
        }
        if (!note(arena, name, (size_t)(name_end - name), from, cursor.at, ret, err)) {
            return false;
        }
    }
    if (!empty && !take(&cursor, '}')) {
        return fail_shape(err, "the end of the object");
    }
    skip_blanks(&cursor);
    if (cursor.at != cursor.end || ret->at == NULL) {
        return fail_shape(err, ret->at == NULL ? "a member \"value\"" : "nothing behind it");
    }
    return true;
}

bool sync_page_next(struct arena *arena, struct sync_page_text *page, const cJSON **ret,
                    struct err *err)
{
    struct cursor cursor = {page->at, page->end};
    const char *from;

    *ret = NULL;
    skip_blanks(&cursor);
    if (cursor.at == cursor.end) {
        page->at = cursor.at;
        return true;
    }
    from = cursor.at;
    if (*from != '{' || !skip_value(&cursor)) {
        return fail_shape(err, "rows to be objects");
    }
    if (!parse(arena, from, cursor.at, ret, err)) {
        return false;
    }
    if (take(&cursor, ',')) {
        skip_blanks(&cursor);
        if (cursor.at == cursor.end) {
            return fail_shape(err, "a row behind a comma");
        }
    } else if (cursor.at != cursor.end) {
        return fail_shape(err, "a comma between rows");
    }
    page->at = cursor.at;
    return true;
}
