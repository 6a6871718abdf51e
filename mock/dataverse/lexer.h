/* The words of $filter and $orderby. Source: dataverse-query. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

enum dv_token_kind {
    DV_T_END,
    DV_T_WORD,   /* a path, a keyword, a number, a GUID, a date: what it is decides its place */
    DV_T_STRING, /* in apostrophes, doubled ones taken back */
    DV_T_OPEN,
    DV_T_CLOSE,
    DV_T_COMMA,
    DV_T_COLON,
    DV_T_EQUALS,
    DV_T_LIST,         /* in brackets, as it stands */
    DV_T_UNTERMINATED, /* a text without its end */
    DV_T_BAD,
};

struct dv_token {
    enum dv_token_kind kind;
    const char *text;
    size_t at; /* where it begins */
};

struct dv_lexer {
    struct arena *arena;
    const char *text;
    size_t at;
    struct dv_token token; /* the present one */
};

void dv_lexer_begin(struct dv_lexer *lexer, struct arena *arena, const char *text);
void dv_lexer_next(struct dv_lexer *lexer);
/* Whether the present token is that word; then the next one is read. */
bool dv_lexer_word(struct dv_lexer *lexer, const char *word);
