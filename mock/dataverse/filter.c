/*
 * $filter as SQL with bound values. A condition is true or false, never unknown: a comparison with
 * a null column is false, `ne` of one is true, and `not` turns either round. Source:
 * dataverse-query.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/guid.h"
#include "base/json.h"
#include "base/str.h"
#include "dataverse/lexer.h"
#include "dataverse/plan.h"

/* Deeper or longer ones would meet SQLite's limit on expressions; the service has one as well. */
enum { MOST_DEPTH = 60, MOST_TERMS = 500 };

struct parser {
    struct dv_filter *filter;
    struct dv_lexer lexer;
    const char *text;
    int depth, terms;
    int lambdas; /* how many so far: their names in SQL */
};

/* A literal, or a column. */
struct operand {
    enum { LIT_NULL, LIT_BOOL, LIT_NUMBER, LIT_TEXT, LIT_GUID, LIT_DATE, COLUMN } kind;
    const char *text;
    double number;
    bool integral;
    int64_t integer;
    bool truth;
    const struct dv_column *column; /* of a column, with its SQL in `text` */
};

static bool refuse_at(struct parser *parser)
{
    const struct dv_token *token = &parser->lexer.token;
    struct arena *arena = parser->filter->call->arena;

    dv_refuse(parser->filter->call, parser->filter->reply,
              token->kind == DV_T_UNTERMINATED ? DV_UNTERMINATED : DV_SYNTAX_AT,
              arena_printf(arena, "%zu", token->at), parser->text, NULL, NULL);
    return false;
}

static void bind(struct parser *parser, struct db_value value)
{
    struct dv_filter *filter = parser->filter;

    if (filter->arg_count == filter->arg_size) {
        struct db_value *bigger;

        filter->arg_size = filter->arg_size == 0 ? 16 : 2 * filter->arg_size;
        bigger = arena_array(filter->arena, filter->arg_size, sizeof *bigger);
        if (filter->arg_count > 0) {
            memcpy(bigger, filter->args, filter->arg_count * sizeof *bigger);
        }
        filter->args = bigger;
    }
    filter->args[filter->arg_count++] = value;
}

static bool is_number(const char *word, struct operand *ret)
{
    char *end;
    size_t digits = strspn(word, "+-0123456789.eE");

    if (word[digits] != '\0' || strpbrk(word, "0123456789") == NULL) {
        return false;
    }
    ret->number = strtod(word, &end);
    ret->integral = str_int(word, INT64_MIN, INT64_MAX, &ret->integer);
    ret->kind = LIT_NUMBER;
    return *end == '\0' && isfinite(ret->number);
}

static bool looks_like_date(const char *word)
{
    return strlen(word) >= 10 && word[4] == '-' && word[7] == '-' &&
           strspn(word, "0123456789") == 4;
}

/* What a bare word is worth, if it is no path. */
static bool literal(struct parser *parser, const char *word, struct operand *ret)
{
    bool fraction;

    *ret = (struct operand){.text = word};
    if (strcmp(word, "null") == 0) {
        ret->kind = LIT_NULL;
    } else if (strcmp(word, "true") == 0 || strcmp(word, "false") == 0) {
        ret->kind = LIT_BOOL;
        ret->truth = *word == 't';
    } else if (guid_valid(word)) {
        ret->kind = LIT_GUID;
        ret->text = str_lower(arena_strdup(parser->filter->arena, word));
    } else if (looks_like_date(word) &&
               dv_date_text(parser->filter->arena, word, false, &fraction) != NULL) {
        ret->kind = LIT_DATE;
    } else {
        return is_number(word, ret);
    }
    return true;
}

static bool alias_value(struct parser *parser, const char *name, struct operand *ret)
{
    const char *value = uri_param(&parser->filter->call->params, name);
    struct dv_lexer lexer;

    *ret = (struct operand){.kind = LIT_NULL};
    if (value == NULL) {
        return true;
    }
    dv_lexer_begin(&lexer, parser->filter->arena, value);
    if (lexer.token.kind == DV_T_STRING) {
        *ret = (struct operand){.kind = LIT_TEXT, .text = lexer.token.text};
        return true;
    }
    return (lexer.token.kind == DV_T_WORD && literal(parser, lexer.token.text, ret)) ||
           refuse_at(parser);
}

static bool operand(struct parser *parser, const struct dv_scope *scope, struct operand *ret)
{
    const struct dv_token token = parser->lexer.token;

    if (token.kind == DV_T_STRING) {
        *ret = (struct operand){.kind = LIT_TEXT, .text = token.text};
    } else if (token.kind != DV_T_WORD) {
        return refuse_at(parser);
    } else if (*token.text == '@') {
        if (!alias_value(parser, token.text, ret)) {
            return false;
        }
    } else if (!literal(parser, token.text, ret)) {
        ret->kind = COLUMN;
        ret->text = dv_path_sql(parser->filter, scope, token.text, &ret->column);
        if (ret->text == NULL) {
            return false;
        }
    }
    dv_lexer_next(&parser->lexer);
    return true;
}

/* The family within which values compare. */
enum family { TEXTS, NUMBERS, TRUTHS, GUIDS, DATES };

static enum family family_of(const struct dv_column *column)
{
    switch (column->type) {
    case DV_STRING:
    case DV_MEMO:
        return TEXTS;
    case DV_BOOL:
        return TRUTHS;
    case DV_ID:
    case DV_GUID:
    case DV_LOOKUP:
    case DV_CUSTOMER:
    case DV_OWNER:
        return GUIDS;
    case DV_DATETIME:
    case DV_DATE:
        return DATES;
    case DV_INT:
    case DV_BIGINT:
    case DV_CHOICE:
    case DV_STATE:
    case DV_STATUS:
    case DV_MONEY:
    case DV_DECIMAL:
    case DV_DOUBLE:
    case DV_TYPE_COUNT:
        break;
    }
    return NUMBERS;
}

static const char *edm_of(const struct operand *operand)
{
    static const char *const families[] = {"Edm.String", "Edm.Int32", "Edm.Boolean", "Edm.Guid",
                                           "Edm.DateTimeOffset"};

    switch (operand->kind) {
    case LIT_NULL:
        return "Edm.Null";
    case LIT_BOOL:
        return families[TRUTHS];
    case LIT_NUMBER:
        return operand->integral ? families[NUMBERS] : "Edm.Decimal";
    case LIT_TEXT:
        return families[TEXTS];
    case LIT_GUID:
        return families[GUIDS];
    case LIT_DATE:
        return families[DATES];
    case COLUMN:
        break;
    }
    return families[family_of(operand->column)];
}

static const struct {
    const char *word, *sql, *name, *mirrored;
} comparisons[] = {
    {"eq", "=", "Equal", "eq"},       {"ne", "IS NOT", "NotEqual", "ne"},
    {"gt", ">", "GreaterThan", "lt"}, {"ge", ">=", "GreaterThanOrEqual", "le"},
    {"lt", "<", "LessThan", "gt"},    {"le", "<=", "LessThanOrEqual", "ge"},
};

static int comparison(const char *word)
{
    for (size_t i = 0; i < ARRAY_LEN(comparisons); i++) {
        if (strcmp(comparisons[i].word, word) == 0) {
            return (int)i;
        }
    }
    return -1;
}

static bool differ(struct parser *parser, const struct operand *left, const struct operand *right,
                   int op)
{
    dv_refuse(parser->filter->call, parser->filter->reply, DV_TYPES_DIFFER, edm_of(left),
              edm_of(right), comparisons[op].name, NULL);
    return false;
}

static double power_of_ten(int64_t n)
{
    double value = 1;

    while (n-- > 0) {
        value *= 10;
    }
    return value;
}

/* The value of a literal in the unit of the column; a fraction of it stays one and still compares.
 */
static struct db_value number_for(const struct dv_column *column, const struct operand *literal)
{
    int64_t scale = column->type == DV_MONEY ? 4 : column->type == DV_DECIMAL ? column->size : 0;
    double scaled;

    if (scale == 0 && literal->integral) {
        return db_int(literal->integer);
    }
    scaled = literal->number * power_of_ten(scale);
    if (fabs(scaled - nearbyint(scaled)) < 1e-6 && fabs(scaled) < 9e18) {
        return db_int((int64_t)llrint(scaled));
    }
    return db_real(scaled);
}

/* A moment between two seconds: stored ones are whole, so it is compared by the earlier one. */
static bool compare_date(struct parser *parser, const struct operand *column,
                         const struct operand *literal, int op)
{
    struct strbuf *sql = parser->filter->sql;
    bool fraction;
    const char *text = dv_date_text(parser->filter->arena, literal->text,
                                    column->column->type == DV_DATE, &fraction);

    if (fraction) {
        static const int floors[] = {-1, -2, 2, 2, 5, 5};

        if (floors[op] < 0) {
            strbuf_add(sql, floors[op] == -1 ? "0" : "1");
            return true;
        }
        op = floors[op];
    }
    strbuf_addf(sql, "%s %s ?", column->text, comparisons[op].sql);
    bind(parser, db_text(text));
    return true;
}

static bool compare_literal(struct parser *parser, const struct operand *column,
                            const struct operand *literal, int op)
{
    static const int wanted[] = {LIT_TEXT, LIT_NUMBER, LIT_BOOL, LIT_GUID, LIT_DATE};
    enum family family = family_of(column->column);
    struct strbuf *sql = parser->filter->sql;
    struct db_value value;

    if (literal->kind == LIT_NULL) {
        if (op > 1) {
            strbuf_add(sql, "0"); /* nothing is greater than null */
        } else {
            strbuf_addf(sql, "%s %s NULL", column->text, op == 0 ? "IS" : "IS NOT");
        }
        return true;
    }
    if ((int)literal->kind != wanted[family]) {
        return differ(parser, column, literal, op);
    }
    if (family == DATES) {
        return compare_date(parser, column, literal, op);
    }
    value = family == NUMBERS  ? number_for(column->column, literal)
            : family == TRUTHS ? db_int(literal->truth)
                               : db_text(literal->text);
    strbuf_addf(sql, "%s %s ?", column->text, comparisons[op].sql);
    bind(parser, value);
    return true;
}

static int64_t scale_of(const struct dv_column *column)
{
    return column->type == DV_MONEY ? 4 : column->type == DV_DECIMAL ? column->size : 0;
}

static bool compare_columns(struct parser *parser, const struct operand *left,
                            const struct operand *right, int op)
{
    struct strbuf *sql = parser->filter->sql;
    int64_t a = scale_of(left->column), b = scale_of(right->column);

    if (family_of(left->column) != family_of(right->column)) {
        return differ(parser, left, right, op);
    }
    if (a == b) {
        strbuf_addf(sql, "%s %s %s", left->text, comparisons[op].sql, right->text);
    } else {
        strbuf_addf(sql, "(%s / %.0f) %s (%s / %.0f)", left->text, power_of_ten(a),
                    comparisons[op].sql, right->text, power_of_ten(b));
    }
    return true;
}

static bool compare(struct parser *parser, const struct dv_scope *scope)
{
    struct operand left, right;
    int op;

    if (!operand(parser, scope, &left)) {
        return false;
    }
    op = parser->lexer.token.kind == DV_T_WORD ? comparison(parser->lexer.token.text) : -1;
    if (op < 0) {
        if (left.kind == COLUMN && left.column->type == DV_BOOL) { /* a truth value by itself */
            strbuf_addf(parser->filter->sql, "%s = 1", left.text);
            return true;
        }
        return refuse_at(parser);
    }
    dv_lexer_next(&parser->lexer);
    if (!operand(parser, scope, &right)) {
        return false;
    }
    if (left.kind == COLUMN && right.kind == COLUMN) {
        return compare_columns(parser, &left, &right, op);
    }
    if (left.kind != COLUMN && right.kind == COLUMN) {
        return compare_literal(parser, &right, &left, comparison(comparisons[op].mirrored));
    }
    return left.kind == COLUMN ? compare_literal(parser, &left, &right, op) : refuse_at(parser);
}

static bool expect(struct parser *parser, enum dv_token_kind kind)
{
    if (parser->lexer.token.kind != kind) {
        return refuse_at(parser);
    }
    dv_lexer_next(&parser->lexer);
    return true;
}

/* contains, startswith, endswith: `%` and `_` in the value are wildcards, as in the real service.
 */
static bool text_function(struct parser *parser, const struct dv_scope *scope, const char *before,
                          const char *after)
{
    struct operand column, value;

    dv_lexer_next(&parser->lexer);
    if (!expect(parser, DV_T_OPEN) || !operand(parser, scope, &column) ||
        !expect(parser, DV_T_COMMA) || !operand(parser, scope, &value)) {
        return false;
    }
    if (column.kind != COLUMN || family_of(column.column) != TEXTS ||
        (value.kind != LIT_TEXT && value.kind != LIT_NULL)) {
        return column.kind == COLUMN ? differ(parser, &column, &value, 0) : refuse_at(parser);
    }
    strbuf_addf(parser->filter->sql, "%s LIKE ?", column.text);
    bind(parser, value.kind == LIT_NULL
                     ? db_null()
                     : db_text(arena_join(parser->filter->arena, before, value.text, after, NULL)));
    return expect(parser, DV_T_CLOSE);
}

static bool disjunction(struct parser *parser, const struct dv_scope *scope);

/* `nav/any(c:condition)`: some child is such. `all`: none is not. */
static bool lambda(struct parser *parser, const struct dv_scope *scope, const char *collection,
                   bool all)
{
    struct dv_filter *filter = parser->filter;
    const struct dv_entity *child = NULL;
    const struct dv_column *column =
        dv_collection(filter->schema, scope->entity, collection, &child);
    const struct dv_many *many = NULL;
    struct dv_scope inner = {.up = scope};
    bool left = false;

    if (column == NULL) {
        many = dv_many_of(filter->schema, scope->entity, collection, &child, &left);
    }
    if (column == NULL && many == NULL) {
        dv_refuse(filter->call, filter->reply, DV_PROPERTY_UNKNOWN, collection, scope->entity->name,
                  NULL, NULL);
        return false;
    }
    dv_reads(filter, child);
    inner.entity = child;
    inner.alias = arena_printf(filter->arena, "l%d", ++parser->lambdas);
    strbuf_addf(filter->sql, "%sEXISTS (SELECT 1 FROM %s %s WHERE ", all ? "NOT " : "",
                child->table, inner.alias);
    if (many != NULL) {
        strbuf_addf(filter->sql, "%s.%s IN (SELECT m.%s FROM o%lld_%s m WHERE m.%s = %s.%s)",
                    inner.alias, child->key, left ? many->right_key : many->left_key,
                    (long long)filter->schema->ord, many->name,
                    left ? many->left_key : many->right_key, scope->alias, scope->entity->key);
    } else {
        strbuf_addf(filter->sql, "%s.%s = %s.%s", inner.alias, column->name, scope->alias,
                    scope->entity->key);
    }
    dv_lexer_next(&parser->lexer);
    if (!expect(parser, DV_T_OPEN)) {
        return false;
    }
    if (parser->lexer.token.kind == DV_T_CLOSE && !all) {
        strbuf_add(filter->sql, ")");
        dv_lexer_next(&parser->lexer);
        return true;
    }
    inner.var = parser->lexer.token.text;
    strbuf_add(filter->sql, " AND (");
    if (!expect(parser, DV_T_WORD) || !expect(parser, DV_T_COLON) || !disjunction(parser, &inner)) {
        return false;
    }
    strbuf_add(filter->sql, all ? ") IS NOT TRUE)" : "))");
    return expect(parser, DV_T_CLOSE);
}

/* The functions of the platform's own: Microsoft.Dynamics.CRM.In(PropertyName='a',…). */
enum named_shape { NAMED_LIST, NAMED_RANGE, NAMED_USER };
static const struct {
    const char *name;
    enum named_shape shape;
    const char *sql;
} named[] = {
    {"In", NAMED_LIST, "IN"},
    {"NotIn", NAMED_LIST, "NOT IN"},
    {"Between", NAMED_RANGE, "BETWEEN"},
    {"NotBetween", NAMED_RANGE, "NOT BETWEEN"},
    {"EqualUserId", NAMED_USER, "="},
    {"NotEqualUserId", NAMED_USER, "IS NOT"},
};

static bool named_values(struct parser *parser, const struct operand *column, const char *list,
                         enum named_shape shape)
{
    struct arena *arena = parser->filter->arena;
    const cJSON *values, *value;
    cJSON *tree = NULL;
    size_t index = 0, count;
    struct err err;

    if (list == NULL || !json_parse(arena, list, strlen(list), JSON_PLAIN, &tree, &err)) {
        dv_refuse(parser->filter->call, parser->filter->reply, DV_SYNTAX,
                  "Invalid JSON. A comma character ',' was expected in scope 'Array'. Every two "
                  "elements in an array and properties of an object must be separated by commas.",
                  NULL, NULL, NULL);
        return false;
    }
    values = tree;
    count = (size_t)cJSON_GetArraySize(values);
    if (count == 0 || count > DV_MAX_ARGS || (shape == NAMED_RANGE && count != 2)) {
        return refuse_at(parser);
    }
    strbuf_add(parser->filter->sql, shape == NAMED_LIST ? " (" : " ");
    cJSON_ArrayForEach(value, values)
    {
        struct operand item = {.kind = LIT_TEXT, .text = cJSON_GetStringValue(value)};
        enum family family = family_of(column->column);
        bool fraction;

        if (item.text == NULL || (family != TEXTS && !literal(parser, item.text, &item))) {
            return refuse_at(parser);
        }
        strbuf_add(parser->filter->sql, index == 0 ? "?" : shape == NAMED_LIST ? ", ?" : " AND ?");
        index++;
        bind(parser, family == NUMBERS && item.kind == LIT_NUMBER
                         ? number_for(column->column, &item)
                     : family == TRUTHS ? db_int(item.truth || str_eq(item.text, "1"))
                     : family == DATES && item.kind == LIT_DATE
                         ? db_text(dv_date_text(arena, item.text, column->column->type == DV_DATE,
                                                &fraction))
                         : db_text(item.text));
    }
    strbuf_add(parser->filter->sql, shape == NAMED_LIST ? ")" : "");
    return true;
}

/* These functions name a lookup by its logical name. */
static bool named_property(struct parser *parser, const struct dv_scope *scope, const char *name,
                           struct operand *ret)
{
    ret->column = dv_column(scope->entity, name);
    ret->text = ret->column != NULL && dv_is_lookup(ret->column)
                    ? dv_column_sql(parser->filter->arena, scope->alias, ret->column)
                    : dv_path_sql(parser->filter, scope, name, &ret->column);
    return ret->text != NULL;
}

/* Its parameters by name. */
static bool named_function(struct parser *parser, const struct dv_scope *scope, const char *name)
{
    const char *property = NULL, *list = NULL;
    struct operand column = {.kind = COLUMN};
    size_t row = 0;

    while (row < ARRAY_LEN(named) && strcmp(named[row].name, name) != 0) {
        row++;
    }
    dv_lexer_next(&parser->lexer);
    if (row == ARRAY_LEN(named)) {
        dv_refuse(parser->filter->call, parser->filter->reply, DV_BAD_FUNCTION, name, NULL, NULL,
                  NULL);
        return false;
    }
    if (!expect(parser, DV_T_OPEN)) {
        return false;
    }
    do {
        const char *parameter = parser->lexer.token.text;

        if (!expect(parser, DV_T_WORD) || !expect(parser, DV_T_EQUALS)) {
            return false;
        }
        if (strcmp(parameter, "PropertyName") == 0) {
            property = parser->lexer.token.text;
        } else if (strcmp(parameter, "PropertyValues") == 0) {
            list = parser->lexer.token.text;
        } else {
            return refuse_at(parser);
        }
        dv_lexer_next(&parser->lexer);
    } while (parser->lexer.token.kind == DV_T_COMMA && expect(parser, DV_T_COMMA));
    if (property == NULL || !expect(parser, DV_T_CLOSE)) {
        return property != NULL ? false : refuse_at(parser);
    }
    if (!named_property(parser, scope, property, &column)) {
        return false;
    }
    strbuf_addf(parser->filter->sql, "%s %s", column.text, named[row].sql);
    if (named[row].shape == NAMED_USER) {
        strbuf_add(parser->filter->sql, " ?");
        bind(parser, db_text(parser->filter->caller));
        return true;
    }
    return named_values(parser, &column, list, named[row].shape);
}

/* A word before an opening parenthesis. */
static bool function(struct parser *parser, const struct dv_scope *scope, const char *word)
{
    static const struct {
        const char *name, *before, *after;
    } texts[] = {{"contains", "%", "%"}, {"startswith", "", "%"}, {"endswith", "%", ""}};
    static const char platform[] = "Microsoft.Dynamics.CRM.";
    const char *slash = strrchr(word, '/');

    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        if (strcmp(word, texts[i].name) == 0) {
            return text_function(parser, scope, texts[i].before, texts[i].after);
        }
    }
    if (str_starts(word, platform)) {
        return named_function(parser, scope, word + sizeof platform - 1);
    }
    if (slash != NULL && (strcmp(slash, "/any") == 0 || strcmp(slash, "/all") == 0)) {
        const struct dv_scope *owner = scope;
        const char *collection = arena_dup(parser->filter->arena, word, (size_t)(slash - word));
        const char *dot = strchr(collection, '/');

        if (dot != NULL) { /* c/children/any(…) */
            size_t len = (size_t)(dot - collection);

            while (owner != NULL &&
                   (owner->var == NULL || strncmp(owner->var, collection, len) != 0 ||
                    owner->var[len] != '\0')) {
                owner = owner->up;
            }
            owner = owner != NULL ? owner : scope;
            collection = dot + 1;
        }
        return lambda(parser, owner, collection, strcmp(slash, "/all") == 0);
    }
    dv_refuse(parser->filter->call, parser->filter->reply, DV_BAD_FUNCTION, word, NULL, NULL, NULL);
    return false;
}

/* Whether the token after the present one opens a parenthesis. */
static bool before_open(const struct parser *parser)
{
    const char *rest = parser->lexer.text + parser->lexer.at;

    return rest[strspn(rest, " ")] == '(';
}

static bool term(struct parser *parser, const struct dv_scope *scope)
{
    const struct dv_token token = parser->lexer.token;
    bool good;

    if (++parser->depth > MOST_DEPTH || ++parser->terms > MOST_TERMS) {
        dv_refuse(parser->filter->call, parser->filter->reply, DV_TOO_MANY_CONDITIONS, NULL, NULL,
                  NULL, NULL);
        return false;
    }
    if (token.kind == DV_T_OPEN) {
        dv_lexer_next(&parser->lexer);
        strbuf_add_char(parser->filter->sql, '(');
        good = disjunction(parser, scope) && expect(parser, DV_T_CLOSE);
        strbuf_add_char(parser->filter->sql, ')');
    } else if (token.kind == DV_T_WORD && strcmp(token.text, "not") == 0) {
        dv_lexer_next(&parser->lexer);
        if (str_starts(parser->lexer.token.text, "Microsoft.Dynamics.CRM.")) {
            dv_refuse(parser->filter->call, parser->filter->reply, DV_NOT_BEFORE_FUNCTION, NULL,
                      NULL, NULL, NULL);
            return false;
        }
        strbuf_add_char(parser->filter->sql, '(');
        good = term(parser, scope);
        strbuf_add(parser->filter->sql, ") IS NOT TRUE"); /* unknown is not true either */
    } else if (token.kind == DV_T_WORD && before_open(parser)) {
        good = function(parser, scope, token.text);
    } else {
        good = compare(parser, scope);
    }
    parser->depth--;
    return good;
}

static bool conjunction(struct parser *parser, const struct dv_scope *scope)
{
    if (!term(parser, scope)) {
        return false;
    }
    while (dv_lexer_word(&parser->lexer, "and")) {
        strbuf_add(parser->filter->sql, " AND ");
        if (!term(parser, scope)) {
            return false;
        }
    }
    return true;
}

static bool disjunction(struct parser *parser, const struct dv_scope *scope)
{
    if (!conjunction(parser, scope)) {
        return false;
    }
    while (dv_lexer_word(&parser->lexer, "or")) {
        strbuf_add(parser->filter->sql, " OR ");
        if (!conjunction(parser, scope)) {
            return false;
        }
    }
    return true;
}

bool dv_filter_parse(struct dv_filter *filter, const struct dv_scope *scope, const char *text)
{
    struct parser parser = {.filter = filter, .text = text};

    dv_lexer_begin(&parser.lexer, filter->arena, text);
    return disjunction(&parser, scope) &&
           (parser.lexer.token.kind == DV_T_END || refuse_at(&parser)) &&
           (filter->arg_count <= DV_MAX_ARGS || refuse_at(&parser));
}
