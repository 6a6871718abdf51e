#include "dataverse/lexer.h"

#include <string.h>

#include "base/auto.h"
#include "base/str.h"

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("_/.@-+$*", c) != NULL);
}

static void take_string(struct dv_lexer *lexer)
{
    AUTO(strbuf) text = STRBUF(0);
    const char *at = lexer->text + lexer->at + 1;

    for (;;) {
        size_t len = strcspn(at, "'");

        strbuf_add_n(&text, at, len);
        at += len;
        if (*at == '\0') {
            lexer->token.kind = DV_T_UNTERMINATED;
            break;
        }
        if (at[1] != '\'') {
            at++;
            lexer->token.kind = DV_T_STRING;
            break;
        }
        strbuf_add_char(&text, '\'');
        at += 2;
    }
    lexer->at = (size_t)(at - lexer->text);
    lexer->token.text = arena_dup(lexer->arena, strbuf_text(&text), text.len);
}

/* A colon belongs to a word only inside a time: 10:00:00. */
static size_t word_len(const char *from)
{
    size_t len = 0;

    while (is_word(from[len]) ||
           (from[len] == ':' && len >= 13 && from[0] >= '0' && from[0] <= '9')) {
        len++;
    }
    return len;
}

static size_t list_len(const char *from)
{
    bool quoted = false;
    size_t len = 1;

    while (from[len] != '\0' && (quoted || from[len] != ']')) {
        if (from[len] == '\\' && quoted && from[len + 1] != '\0') {
            len++;
        } else if (from[len] == '"') {
            quoted = !quoted;
        }
        len++;
    }
    return from[len] == ']' ? len + 1 : 0;
}

void dv_lexer_next(struct dv_lexer *lexer)
{
    static const char marks[] = "(),:=";
    static const enum dv_token_kind kinds[] = {DV_T_OPEN, DV_T_CLOSE, DV_T_COMMA, DV_T_COLON,
                                               DV_T_EQUALS};
    struct dv_token *token = &lexer->token;
    const char *from;
    size_t len;

    lexer->at += strspn(lexer->text + lexer->at, " \t\r\n");
    from = lexer->text + lexer->at;
    *token = (struct dv_token){.kind = DV_T_END, .text = "", .at = lexer->at};
    if (*from == '\0') {
        return;
    }
    if (*from == '\'') {
        take_string(lexer);
        return;
    }
    if (strchr(marks, *from) != NULL) {
        token->kind = kinds[strchr(marks, *from) - marks];
        len = 1;
    } else if (*from == '[') {
        len = list_len(from);
        token->kind = len > 0 ? DV_T_LIST : DV_T_BAD;
    } else {
        len = word_len(from);
        token->kind = len > 0 ? DV_T_WORD : DV_T_BAD;
    }
    token->text = arena_dup(lexer->arena, from, len);
    lexer->at += len;
}

void dv_lexer_begin(struct dv_lexer *lexer, struct arena *arena, const char *text)
{
    *lexer = (struct dv_lexer){.arena = arena, .text = text};
    dv_lexer_next(lexer);
}

bool dv_lexer_word(struct dv_lexer *lexer, const char *word)
{
    if (lexer->token.kind != DV_T_WORD || strcmp(lexer->token.text, word) != 0) {
        return false;
    }
    dv_lexer_next(lexer);
    return true;
}
