/*
 * $search → SQL: texts in quotes, each "property:words", joined by AND and OR. A value fits when
 * each word begins one of its words. Source: graph-search.
 */
#include <ctype.h>
#include <string.h>

#include "base/auto.h"
#include "graph/query.h"

enum { DEEPEST = 20 };

struct search {
    struct mock_call *call;
    struct mock_reply *reply;
    const struct graph_set *set;
    const char *at, *text;
    int depth;
    struct graph_filter *out;
};

static bool refuse(struct search *search)
{
    graph_refuse(search->call, search->reply, GRAPH_BAD_SEARCH, search->text, NULL);
    return false;
}

static void skip_blanks(struct search *search)
{
    search->at += strspn(search->at, " ");
}

static bool take(struct search *search, const char *word)
{
    size_t len = strlen(word);

    skip_blanks(search);
    if (strncmp(search->at, word, len) != 0) {
        return false;
    }
    search->at += len;
    return true;
}

/* Letters of all languages and digits; the rest stands between words. */
static bool in_word(char c)
{
    return isalnum((unsigned char)c) || (unsigned char)c >= 0x80;
}

/* A word of the value begins so. */
static bool add_word(struct search *search, const char *sql, const char *word)
{
    struct graph_filter *out = search->out;
    const char *lower = str_lower(arena_strdup(search->call->arena, word));

    if (out->count == ARRAY_LEN(out->args)) {
        return refuse(search);
    }
    out->args[out->count++] = db_text(arena_join(search->call->arena, " ", lower, NULL));
    strbuf_addf(&out->sql,
                "instr(' ' || replace(replace(replace(replace(replace(lower(%s), '.', ' '), '@',"
                " ' '), '-', ' '), '_', ' '), '''', ' '), ?) > 0",
                sql);
    return true;
}

/* The words of one clause, all of which must fit. */
static bool add_words(struct search *search, const char *sql, const char *words)
{
    bool first = true;

    strbuf_add_char(&search->out->sql, '(');
    while (*words != '\0') {
        size_t len = 0;

        while (in_word(words[len])) {
            len++;
        }
        if (len == 0) {
            words++;
            continue;
        }
        if (!first) {
            strbuf_add(&search->out->sql, " AND ");
        }
        first = false;
        if (!add_word(search, sql, arena_dup(search->call->arena, words, len))) {
            return false;
        }
        words += len;
    }
    if (first) {
        return refuse(search);
    }
    strbuf_add_char(&search->out->sql, ')');
    return true;
}

/* "property:words" with its quotes; one within them stands behind a backslash. */
static bool parse_clause(struct search *search)
{
    AUTO(strbuf) text = STRBUF(0);
    const struct graph_property *property;
    const char *whole, *colon;

    if (!take(search, "\"")) {
        return refuse(search);
    }
    for (; *search->at != '"'; search->at++) {
        search->at += *search->at == '\\';
        if (*search->at == '\0') {
            return refuse(search);
        }
        strbuf_add_char(&text, *search->at);
    }
    search->at++;
    whole = arena_dup(search->call->arena, strbuf_text(&text), text.len);
    colon = strchr(whole, ':');
    if (colon == NULL) {
        return refuse(search);
    }
    property = graph_property_find(search->set,
                                   arena_dup(search->call->arena, whole, (size_t)(colon - whole)));
    if (property == NULL || (property->uses & GRAPH_SEARCH) == 0) {
        return refuse(search);
    }
    return add_words(search, property->sql, colon + 1);
}

static bool parse_or(struct search *search);

static bool parse_one(struct search *search)
{
    bool fine;

    if (!take(search, "(")) {
        return parse_clause(search);
    }
    if (++search->depth > DEEPEST) {
        return refuse(search);
    }
    strbuf_add_char(&search->out->sql, '(');
    fine = parse_or(search) && (take(search, ")") || refuse(search));
    strbuf_add_char(&search->out->sql, ')');
    search->depth--;
    return fine;
}

static bool parse_and(struct search *search)
{
    if (!parse_one(search)) {
        return false;
    }
    while (take(search, "AND")) {
        strbuf_add(&search->out->sql, " AND ");
        if (!parse_one(search)) {
            return false;
        }
    }
    return true;
}

static bool parse_or(struct search *search)
{
    if (!parse_and(search)) {
        return false;
    }
    while (take(search, "OR")) {
        strbuf_add(&search->out->sql, " OR ");
        if (!parse_and(search)) {
            return false;
        }
    }
    return true;
}

bool graph_search_parse(struct mock_call *call, struct mock_reply *reply,
                        const struct graph_set *set, const char *text, struct graph_filter *ret)
{
    struct search search = {call, reply, set, text, text, 0, ret};

    if (!parse_or(&search)) {
        return false;
    }
    skip_blanks(&search);
    return *search.at == '\0' || refuse(&search);
}
