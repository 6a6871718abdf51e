#include "runner/vars.h"

#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/str.h"
#include "base/uri.h"

enum { NAME_MAX_LEN = 64 };

/* A run of plain text, or one placeholder. */
struct piece {
    const char *text; /* plain text: where it begins */
    size_t len;
    char name[NAME_MAX_LEN + 1]; /* "" when the piece is plain text */
    bool part;                   /* with from and to */
    int64_t from, to;
};

static bool name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
}

static bool malformed(const char *at, struct err *err)
{
    return err_set(err, ERR_CONFIG,
                   "expected {name} or {name:from:to} (a brace itself is written {{), found "
                   "\"%.40s\"",
                   at);
}

/* Reads ":from:to" behind a name. */
static bool read_range(const char **at, struct piece *piece)
{
    char *end;

    if (!(**at == ':' && (*at)[1] >= '0' && (*at)[1] <= '9')) {
        return false;
    }
    piece->from = strtoll(*at + 1, &end, 10);
    if (!(*end == ':' && end[1] >= '0' && end[1] <= '9')) {
        return false;
    }
    piece->to = strtoll(end + 1, &end, 10);
    piece->part = true;
    *at = end;
    return piece->from <= piece->to;
}

static bool read_placeholder(const char **at, struct piece *piece, struct err *err)
{
    const char *begin = *at, *end = begin + 1;
    size_t len;

    while (name_char(*end)) {
        end++;
    }
    len = (size_t)(end - begin) - 1;
    if (len == 0 || len > NAME_MAX_LEN) {
        return malformed(begin, err);
    }
    memcpy(piece->name, begin + 1, len);
    if ((*end == ':' && !read_range(&end, piece)) || *end != '}') {
        return malformed(begin, err);
    }
    *at = end + 1;
    return true;
}

/* The next piece at *at, which must not be at the end of the text. */
static bool next_piece(const char **at, struct piece *piece, struct err *err)
{
    *piece = (struct piece){.text = *at};
    if (**at == '{' && (*at)[1] != '{') {
        return read_placeholder(at, piece, err);
    }
    if (**at == '{') { /* the second brace is the text */
        *piece = (struct piece){.text = *at + 1, .len = 1};
        *at += 2;
        return true;
    }
    piece->len = strcspn(*at, "{");
    *at += piece->len;
    return true;
}

bool run_vars_any(const char *text)
{
    for (const char *at = strchr(text, '{'); at != NULL; at = strchr(at + 2, '{')) {
        if (at[1] != '{') {
            return true;
        }
    }
    return false;
}

bool run_vars_scan(const char *text, bool (*visit)(void *arg, const char *name, struct err *err),
                   void *arg, struct err *err)
{
    while (*text != '\0') {
        struct piece piece;

        if (!next_piece(&text, &piece, err) ||
            (*piece.name != '\0' && !visit(arg, piece.name, err))) {
            return false;
        }
    }
    return true;
}

const cJSON *run_vars_get(const struct run_vars *vars, const char *name)
{
    const cJSON *saved = json_get(vars->saved, name);

    return saved != NULL ? saved : json_get(vars->world, name);
}

static bool value_of(const struct run_vars *vars, const struct piece *piece, const cJSON **ret,
                     struct err *err)
{
    *ret = run_vars_get(vars, piece->name);
    if (*ret == NULL) {
        return err_set(err, ERR_CONFIG, "nothing of the name {%s} was saved", piece->name);
    }
    if (cJSON_IsNull(*ret)) {
        return err_set(err, ERR_CONFIG, "the value of {%s} is null", piece->name);
    }
    return true;
}

/* Where the character of that index begins, or the end of the text. */
static const char *utf8_at(const char *text, int64_t index)
{
    while (*text != '\0' && index > 0) {
        text++;
        while (((unsigned char)*text & 0xc0) == 0x80) {
            text++;
        }
        index--;
    }
    return text;
}

static const char *piece_text(const struct run_vars *vars, const struct piece *piece,
                              const cJSON *value)
{
    const char *text = cJSON_IsString(value) ? value->valuestring : json_text(vars->arena, value);
    const char *from, *to;

    if (!piece->part) {
        return text;
    }
    from = utf8_at(text, piece->from);
    to = utf8_at(from, piece->to - piece->from);
    return arena_dup(vars->arena, from, (size_t)(to - from));
}

bool run_vars_text(const struct run_vars *vars, const char *text, bool encode, const char **ret,
                   struct err *err)
{
    AUTO(strbuf) out = STRBUF(0);

    if (strchr(text, '{') == NULL) {
        *ret = text;
        return true;
    }
    while (*text != '\0') {
        const cJSON *value;
        struct piece piece;

        if (!next_piece(&text, &piece, err)) {
            return false;
        }
        if (*piece.name == '\0') {
            strbuf_add_n(&out, piece.text, piece.len);
        } else if (!value_of(vars, &piece, &value, err)) {
            return false;
        } else if (encode) {
            strbuf_uri(&out, piece_text(vars, &piece, value));
        } else {
            strbuf_add(&out, piece_text(vars, &piece, value));
        }
    }
    *ret = arena_dup(vars->arena, strbuf_text(&out), out.len);
    return true;
}

static cJSON *expand_text(const struct run_vars *vars, const char *text, struct err *err)
{
    const char *at = text;
    struct piece piece = {0};

    if (*text == '{' && !next_piece(&at, &piece, err)) {
        return NULL;
    }
    if (*text == '{' && *at == '\0' && *piece.name != '\0' && !piece.part) {
        const cJSON *value;

        return value_of(vars, &piece, &value, err) ? cJSON_Duplicate(value, true) : NULL;
    }
    return run_vars_text(vars, text, false, &at, err) ? cJSON_CreateString(at) : NULL;
}

static cJSON *expand(const struct run_vars *vars, const cJSON *item, struct err *err);

/* Adds the expanded child to `to`; at first every name of `to` is new. */
static bool expand_child(const struct run_vars *vars, const cJSON *child, cJSON *to,
                         struct err *err)
{
    const char *name = NULL;
    cJSON *value;

    if (cJSON_IsObject(to) && !run_vars_text(vars, child->string, false, &name, err)) {
        return false;
    }
    value = expand(vars, child, err);
    if (value == NULL) {
        return false;
    }
    if (name == NULL) {
        return cJSON_AddItemToArray(to, value);
    }
    if (json_get(to, name) != NULL) {
        cJSON_Delete(value);
        return err_set(err, ERR_CONFIG, "the member \"%.100s\" stands twice", name);
    }
    return cJSON_AddItemToObject(to, name, value);
}

/* A new tree that nobody owns yet; NULL with *err filled. */
static cJSON *expand(const struct run_vars *vars, const cJSON *item, struct err *err)
{
    const cJSON *child;
    cJSON *copy;

    if (cJSON_IsString(item)) {
        return expand_text(vars, item->valuestring, err);
    }
    if (!cJSON_IsObject(item) && !cJSON_IsArray(item)) {
        return cJSON_Duplicate(item, false);
    }
    copy = cJSON_IsObject(item) ? cJSON_CreateObject() : cJSON_CreateArray();
    cJSON_ArrayForEach(child, item)
    {
        if (!expand_child(vars, child, copy, err)) {
            cJSON_Delete(copy);
            return NULL;
        }
    }
    return copy;
}

static bool has_brace(const cJSON *item)
{
    const cJSON *child;

    if (cJSON_IsString(item)) {
        return strchr(item->valuestring, '{') != NULL;
    }
    cJSON_ArrayForEach(child, item)
    {
        if ((child->string != NULL && strchr(child->string, '{') != NULL) || has_brace(child)) {
            return true;
        }
    }
    return false;
}

bool run_vars_expand(const struct run_vars *vars, const cJSON *item, const cJSON **ret,
                     struct err *err)
{
    cJSON *holder, *copy;

    if (!has_brace(item)) {
        *ret = item;
        return true;
    }
    copy = expand(vars, item, err);
    if (copy == NULL) {
        return false;
    }
    holder = json_new_array(vars->arena); /* so that the tree is the arena's */
    cJSON_AddItemToArray(holder, copy);
    *ret = copy;
    return true;
}
