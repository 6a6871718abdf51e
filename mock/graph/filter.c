/* $filter → SQL with bound values. Source: graph-query. */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/auto.h"
#include "base/guid.h"
#include "base/iso8601.h"
#include "graph/query.h"

enum {
    DEEPEST = 20,
    MOST_CLAUSES = 40, /* far below the depth of an expression at which SQLite gives up */
};

struct parser {
    struct mock_call *call;
    struct mock_reply *reply;
    const struct graph_set *set;
    const char *at;
    bool advanced;
    int depth, clauses;
    struct graph_filter *out;
};

static bool refuse(struct parser *parser, enum graph_error error, const char *a)
{
    graph_refuse(parser->call, parser->reply, error, a, parser->set->class_);
    return false;
}

static bool expected(struct parser *parser, const char *what)
{
    return refuse(parser, GRAPH_BAD_FILTER,
                  arena_printf(parser->call->arena, "%s expected at position %zu", what,
                               (size_t)(parser->at - uri_param(&parser->call->params, "$filter"))));
}

static void skip_blanks(struct parser *parser)
{
    parser->at += strspn(parser->at, " \t");
}

/* Takes a sign or a word, in any case; a word must not go on. */
static bool take(struct parser *parser, const char *text)
{
    size_t len = strlen(text);

    skip_blanks(parser);
    if (strncasecmp(parser->at, text, len) != 0 ||
        (isalpha((unsigned char)*text) && isalnum((unsigned char)parser->at[len]))) {
        return false;
    }
    parser->at += len;
    return true;
}

static bool need(struct parser *parser, const char *text)
{
    return take(parser, text) || expected(parser, text);
}

/* 'it''s' → it's */
static bool take_literal(struct parser *parser, const char **ret)
{
    AUTO(strbuf) text = STRBUF(0);

    skip_blanks(parser);
    if (*parser->at != '\'') {
        return expected(parser, "a text in single quotes");
    }
    for (parser->at++; *parser->at != '\0'; parser->at++) {
        if (*parser->at == '\'' && parser->at[1] != '\'') {
            parser->at++;
            *ret = arena_dup(parser->call->arena, strbuf_text(&text), text.len);
            return true;
        }
        parser->at += *parser->at == '\'';
        strbuf_add_char(&text, *parser->at);
    }
    return expected(parser, "a closing quote");
}

static const struct graph_property *take_property(struct parser *parser)
{
    const struct graph_property *property;
    size_t len;
    const char *name;

    skip_blanks(parser);
    len = strspn(parser->at, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@.");
    name = arena_dup(parser->call->arena, parser->at, len);
    if (len == 0) {
        (void)expected(parser, "a property");
        return NULL;
    }
    parser->at += len;
    property = graph_property_find(parser->set, name);
    if (property != NULL) {
        return property;
    }
    (void)refuse(parser, GRAPH_FILTER_PROPERTY, name);
    return NULL;
}

static bool bind(struct parser *parser, struct db_value value)
{
    struct graph_filter *out = parser->out;

    if (out->count == ARRAY_LEN(out->args)) {
        return refuse(parser, GRAPH_BAD_FILTER, "too many values");
    }
    out->args[out->count++] = value;
    return true;
}

static bool compare(struct parser *parser, const struct graph_property *property,
                    const char *operator_, const char *text)
{
    bool guid = property->kind == GRAPH_KIND_GUID;

    strbuf_addf(&parser->out->sql, "%s%s %s %s", property->sql, guid ? "" : " COLLATE NOCASE",
                operator_, guid ? "lower(?)" : "?");
    return bind(parser, db_text(text));
}

/* What is not in quotes: a GUID or a date. */
static const char *take_bare(struct parser *parser)
{
    size_t len;
    const char *text;

    skip_blanks(parser);
    len = strspn(parser->at, "0123456789abcdefABCDEFTZ:.+-");
    text = arena_dup(parser->call->arena, parser->at, len);
    parser->at += len;
    return text;
}

/* 2026-01-15 or 2026-01-15T09:00:00Z, as the column has it. */
static bool take_date(struct parser *parser, const char **ret)
{
    const char *text = take_bare(parser);
    char date[ISO8601_SIZE];
    int64_t at_ms;

    if (strlen(text) == strlen("2026-01-15")) {
        text = arena_join(parser->call->arena, text, "T00:00:00Z", NULL);
    }
    if (!iso8601_parse(text, &at_ms)) {
        return expected(parser, "a date");
    }
    iso8601_format_s(at_ms, date);
    *ret = arena_strdup(parser->call->arena, date);
    return true;
}

/* A value of the property's kind; a GUID may stand without quotes. */
static bool take_value(struct parser *parser, const struct graph_property *property,
                       const char **ret)
{
    if (property->kind == GRAPH_KIND_DATE) {
        return take_date(parser, ret);
    }
    skip_blanks(parser);
    if (property->kind == GRAPH_KIND_GUID && *parser->at != '\'') {
        *ret = take_bare(parser);
        return guid_valid(*ret) || expected(parser, "a GUID");
    }
    return take_literal(parser, ret);
}

static bool need_advanced(struct parser *parser, const char *name)
{
    return parser->advanced || refuse(parser, GRAPH_FILTER_OPERATOR, name);
}

/* prop eq|ne value */
static bool parse_equal(struct parser *parser, const struct graph_property *property, bool equal)
{
    const char *text;
    bool is_true;

    if (!equal && !need_advanced(parser, "NotEqualsMatch")) {
        return false;
    }
    if (take(parser, "null")) {
        strbuf_addf(&parser->out->sql, "%s IS %sNULL", property->sql, equal ? "" : "NOT ");
        return true;
    }
    if (property->kind == GRAPH_KIND_BOOL) {
        is_true = take(parser, "true");
        if (!is_true && !take(parser, "false")) {
            return expected(parser, "true or false");
        }
        strbuf_addf(&parser->out->sql, "coalesce(%s, 0) %s %d", property->sql, equal ? "=" : "<>",
                    is_true);
        return true;
    }
    return take_value(parser, property, &text) &&
           compare(parser, property, equal ? "IS" : "IS NOT", text);
}

/* prop in ('a', 'b') */
static bool parse_in(struct parser *parser, const struct graph_property *property)
{
    const char *text;
    bool first = true;

    if (!need(parser, "(")) {
        return false;
    }
    strbuf_add_char(&parser->out->sql, '(');
    do {
        if (!first) {
            strbuf_add(&parser->out->sql, " OR ");
        }
        first = false;
        if (!take_value(parser, property, &text) || !compare(parser, property, "IS", text)) {
            return false;
        }
    } while (take(parser, ","));
    strbuf_add_char(&parser->out->sql, ')');
    return need(parser, ")");
}

/*
 * What a lambda says of its variable: `x eq 'value'` or `startswith(x,'value')`, on the array's own
 * JSON: a quoted element can stand in it only as an element.
 */
static bool parse_element(struct parser *parser, const struct graph_property *property,
                          const char *name)
{
    const char *text;

    if (take(parser, "startswith")) {
        if (!need(parser, "(") || !need(parser, name) || !need(parser, ",") ||
            !take_literal(parser, &text) || !need(parser, ")")) {
            return false;
        }
        strbuf_addf(&parser->out->sql,
                    "(instr(lower(%s), lower('[' || substr(json_quote(?), 1,"
                    " length(json_quote(?)) - 1))) = 1 OR instr(lower(%s), lower(',' ||"
                    " substr(json_quote(?), 1, length(json_quote(?)) - 1))) > 0)",
                    property->sql, property->sql);
        for (int i = 0; i < 4; i++) {
            if (!bind(parser, db_text(text))) {
                return false;
            }
        }
        return true;
    }
    if (!need(parser, name)) {
        return false;
    }
    if (!take(parser, "eq")) {
        return refuse(parser, GRAPH_FILTER_COMPLEX, property->name);
    }
    if (!take_literal(parser, &text)) {
        return false;
    }
    strbuf_addf(&parser->out->sql, "instr(lower(%s), lower(json_quote(?))) > 0", property->sql);
    return bind(parser, db_text(text));
}

/* coll/any(x:…) */
static bool parse_any(struct parser *parser, const struct graph_property *property)
{
    const char *name;
    size_t len;

    if (property->kind != GRAPH_KIND_TEXTS || !take(parser, "/any(")) {
        return refuse(parser, GRAPH_FILTER_PROPERTY, property->name);
    }
    skip_blanks(parser);
    len = strspn(parser->at, "abcdefghijklmnopqrstuvwxyz");
    name = arena_dup(parser->call->arena, parser->at, len);
    parser->at += len;
    if (len == 0) {
        return expected(parser, "a variable");
    }
    return need(parser, ":") && parse_element(parser, property, name) && need(parser, ")");
}

/* coll/$count eq 2 */
static bool parse_count(struct parser *parser, const struct graph_property *property)
{
    bool equal = take(parser, "eq");
    size_t len;
    int64_t n;

    if (!parser->advanced) {
        return refuse(parser, GRAPH_FILTER_ADVANCED, NULL);
    }
    if (!equal && !take(parser, "ne")) {
        return expected(parser, "eq or ne");
    }
    skip_blanks(parser);
    len = strspn(parser->at, "0123456789");
    if (!str_int(arena_dup(parser->call->arena, parser->at, len), 0, 1000000, &n)) {
        return expected(parser, "a number");
    }
    parser->at += len;
    if (property->kind == GRAPH_KIND_TEXTS) {
        strbuf_addf(&parser->out->sql, "coalesce(json_array_length(%s), 0)", property->sql);
    } else {
        strbuf_add(&parser->out->sql, property->sql);
    }
    strbuf_add(&parser->out->sql, equal ? " = ?" : " <> ?");
    return bind(parser, db_int(n));
}

/* startswith(prop, 'value'), endswith(...) */
static bool parse_function(struct parser *parser, bool start)
{
    const struct graph_property *property;
    const char *text;

    if (!start && !parser->advanced) {
        return refuse(parser, GRAPH_FILTER_ADVANCED, NULL);
    }
    if (!need(parser, "(")) {
        return false;
    }
    property = take_property(parser);
    if (property == NULL) {
        return false;
    }
    if (property->kind != GRAPH_KIND_TEXT) {
        return refuse(parser, GRAPH_FILTER_PROPERTY, property->name);
    }
    if (!need(parser, ",") || !take_literal(parser, &text) || !need(parser, ")")) {
        return false;
    }
    if (*text == '\0') {
        strbuf_add(&parser->out->sql, "1");
        return true;
    }
    strbuf_addf(&parser->out->sql, "coalesce(substr(%s, %slength(?)), '') COLLATE NOCASE = ?",
                property->sql, start ? "1, " : "-");
    return bind(parser, db_text(text)) && bind(parser, db_text(text));
}

static bool parse_or(struct parser *parser);

/* Dates alone are larger or smaller. */
static bool parse_order(struct parser *parser, const struct graph_property *property)
{
    static const struct {
        const char *name, *match, *sql;
    } operators[] = {{"gt", "GreaterThan", ">"},
                     {"ge", "GreaterThanOrEquals", ">="},
                     {"lt", "LessThan", "<"},
                     {"le", "LessThanOrEquals", "<="}};

    for (size_t i = 0; i < ARRAY_LEN(operators); i++) {
        const char *text;

        if (!take(parser, operators[i].name)) {
            continue;
        }
        if (property->kind != GRAPH_KIND_DATE) {
            return refuse(parser, GRAPH_FILTER_OPERATOR, operators[i].match);
        }
        return need_advanced(parser, operators[i].match) && take_date(parser, &text) &&
               compare(parser, property, operators[i].sql, text);
    }
    return expected(parser, "an operator");
}

static bool parse_comparison(struct parser *parser)
{
    const struct graph_property *property = take_property(parser);
    bool many;

    if (property == NULL) {
        return false;
    }
    many = property->kind == GRAPH_KIND_TEXTS || property->kind == GRAPH_KIND_COUNT;
    if (many && take(parser, "/$count")) {
        return parse_count(parser, property);
    }
    if (many || *parser->at == '/') {
        return parse_any(parser, property);
    }
    if (take(parser, "eq")) {
        return parse_equal(parser, property, true);
    }
    if (take(parser, "ne")) {
        return parse_equal(parser, property, false);
    }
    if (take(parser, "in")) {
        return parse_in(parser, property);
    }
    return parse_order(parser, property);
}

static bool parse_unary(struct parser *parser)
{
    if (take(parser, "(")) {
        bool fine;

        if (++parser->depth > DEEPEST) {
            return refuse(parser, GRAPH_BAD_FILTER, "too deep");
        }
        strbuf_add_char(&parser->out->sql, '(');
        fine = parse_or(parser) && need(parser, ")");
        strbuf_add_char(&parser->out->sql, ')');
        parser->depth--;
        return fine;
    }
    if (take(parser, "not")) {
        bool fine;

        if (++parser->depth > DEEPEST) {
            return refuse(parser, GRAPH_BAD_FILTER, "too deep");
        }
        strbuf_add(&parser->out->sql, "NOT ");
        fine = need_advanced(parser, "Not") && parse_unary(parser);
        parser->depth--;
        return fine;
    }
    if (++parser->clauses > MOST_CLAUSES) {
        return refuse(parser, GRAPH_BAD_FILTER, "too many clauses");
    }
    if (take(parser, "startswith")) {
        return parse_function(parser, true);
    }
    if (take(parser, "endswith")) {
        return parse_function(parser, false);
    }
    return parse_comparison(parser);
}

static bool parse_and(struct parser *parser)
{
    if (!parse_unary(parser)) {
        return false;
    }
    while (take(parser, "and")) {
        strbuf_add(&parser->out->sql, " AND ");
        if (!parse_unary(parser)) {
            return false;
        }
    }
    return true;
}

static bool parse_or(struct parser *parser)
{
    if (!parse_and(parser)) {
        return false;
    }
    while (take(parser, "or")) {
        strbuf_add(&parser->out->sql, " OR ");
        if (!parse_and(parser)) {
            return false;
        }
    }
    return true;
}

bool graph_filter_parse(struct mock_call *call, struct mock_reply *reply,
                        const struct graph_set *set, const char *text, bool advanced,
                        struct graph_filter *ret)
{
    struct parser parser = {call, reply, set, text, advanced, 0, 0, ret};

    if (!parse_or(&parser)) {
        return false;
    }
    skip_blanks(&parser);
    return *parser.at == '\0' || expected(&parser, "the end");
}
