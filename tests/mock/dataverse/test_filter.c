/*
 * $filter as SQL beside a plain evaluator that goes row by row: random conditions over random rows
 * must find the same ones. What a comparison means is written here a second time, on purpose.
 */
#include "cases.h"
#include "dynamics.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/auto.h"
#include "base/random.h"
#include "base/str.h"

enum { ROWS = 60, CONDITIONS = 150, MOST_NODES = 64, NULLS = 4 };

/* Columns of leads, and what stands in them. */
enum kind { TEXT, WHOLE, MONEY, REAL, TRUTH, DATE, TIME, LOOKUP };

static const struct {
    const char *name, *member; /* in a condition, and in a body */
    enum kind kind;
} columns[] = {
    {"subject", "subject", TEXT},
    {"lastname", "lastname", TEXT},
    {"numberofemployees", "numberofemployees", WHOLE},
    {"leadsourcecode", "leadsourcecode", WHOLE},
    {"revenue", "revenue", MONEY},
    {"address1_latitude", "address1_latitude", REAL},
    {"donotemail", "donotemail", TRUTH},
    {"estimatedclosedate", "estimatedclosedate", DATE},
    {"schedulefollowup_qualify", "schedulefollowup_qualify", TIME},
    {"_parentaccountid_value", "parentaccountid@odata.bind", LOOKUP},
};

enum { COLUMNS = ARRAY_LEN(columns) };

/* Values by kind: what is written is also how they compare. */
static const char *const texts[] = {"a", "A", "ab", "Abc", "b'c", "x y", "é", "zz", "50%", "a_c"};
static const double wholes[] = {1, 2, 3, 7, 10};
static const double moneys[] = {0, 0.5, 1, 12.3456, 99999.99, 1000000};
static const double reals[] = {-90, -0.25, 0, 0.1, 45.5, 90};
static const char *const dates[] = {"1999-12-31", "2026-01-15", "2026-02-01", "2030-06-30"};
static const char *const times[] = {"1999-12-31T23:59:59Z", "2026-01-15T09:00:00Z",
                                    "2026-01-15T09:00:01Z", "2030-01-01T00:00:00Z"};
static const char *const accounts[] = {"aaaaaaaa-0000-4000-8000-000000000001",
                                       "aaaaaaaa-0000-4000-8000-000000000002"};

struct value {
    bool null;
    const char *text;
    double number;
};

static size_t choices_of(enum kind kind)
{
    static const size_t counts[] = {
        ARRAY_LEN(texts), ARRAY_LEN(wholes), ARRAY_LEN(moneys),  ARRAY_LEN(reals), 2,
        ARRAY_LEN(dates), ARRAY_LEN(times),  ARRAY_LEN(accounts)};

    return counts[kind];
}

static struct value value_of(enum kind kind, size_t i)
{
    switch (kind) {
    case TEXT:
        return (struct value){.text = texts[i]};
    case WHOLE:
        return (struct value){.number = wholes[i]};
    case MONEY:
        return (struct value){.number = moneys[i]};
    case REAL:
        return (struct value){.number = reals[i]};
    case TRUTH:
        return (struct value){.number = (double)i};
    case DATE:
        return (struct value){.text = dates[i]};
    case TIME:
        return (struct value){.text = times[i]};
    case LOOKUP:
        return (struct value){.text = accounts[i]};
    }
    return (struct value){.null = true};
}

static struct value any_value(struct random *random, enum kind kind)
{
    if (random_below(random, NULLS) == 0) {
        return (struct value){.null = true};
    }
    return value_of(kind, random_below(random, choices_of(kind)));
}

struct rows {
    struct value cells[ROWS][COLUMNS];
};

/* A condition as a tree, in the order in which it is written. */
enum node_kind { AND, OR, NOT, COMPARE, CONTAINS, STARTS, ENDS, COLUMNS_EQUAL };
struct node {
    enum node_kind kind;
    int left, right; /* nodes, or columns */
    int op;          /* of a comparison */
    struct value value;
    bool mirrored; /* the value is written first */
};

struct condition {
    struct random random;
    struct node nodes[MOST_NODES];
    int count;
};

static const char *const ops[] = {"eq", "ne", "gt", "ge", "lt", "le"};
static const char *const mirrored_ops[] = {"eq", "ne", "lt", "le", "gt", "ge"};

static int new_node(struct condition *condition, int depth)
{
    struct random *random = &condition->random;
    int at = condition->count++;
    struct node *node = &condition->nodes[at];
    uint64_t what = random_below(random, depth == 0 ? 10 : 16);

    if (what >= 13) {
        node->kind = NOT;
        node->left = new_node(condition, depth - 1);
        return at;
    }
    if (what >= 10) {
        node->kind = what == 10 ? OR : AND;
        node->left = new_node(condition, depth - 1);
        node->right = new_node(condition, depth - 1);
        return at;
    }
    if (what >= 8) {
        node->kind = (enum node_kind)(CONTAINS + random_below(random, 3));
        node->left = (int)random_below(random, 2);
        node->value = value_of(TEXT, random_below(random, 8)); /* no wildcards */
        return at;
    }
    if (what == 7) {
        node->kind = COLUMNS_EQUAL;
        node->left = 0;
        node->right = 1;
        return at;
    }
    node->kind = COMPARE;
    node->left = (int)random_below(random, COLUMNS);
    node->value = any_value(random, columns[node->left].kind);
    node->mirrored = random_below(random, 4) == 0;
    /* Truth values and ids have no order. */
    node->op = (int)random_below(random, columns[node->left].kind == TRUTH ||
                                                 columns[node->left].kind == LOOKUP
                                             ? 2
                                             : ARRAY_LEN(ops));
    return at;
}

static void write_value(struct strbuf *out, enum kind kind, const struct value *value)
{
    if (value->null) {
        strbuf_add(out, "null");
    } else if (kind == TEXT) {
        strbuf_add_char(out, '\'');
        for (const char *at = value->text; *at != '\0'; at++) {
            strbuf_add_char(out, *at);
            strbuf_add(out, *at == '\'' ? "'" : "");
        }
        strbuf_add_char(out, '\'');
    } else if (kind == TRUTH) {
        strbuf_add(out, value->number != 0 ? "true" : "false");
    } else if (value->text != NULL) {
        strbuf_add(out, value->text);
    } else {
        strbuf_addf(out, "%.10g", value->number);
    }
}

static void write_node(const struct condition *condition, int at, struct strbuf *out)
{
    static const char *const functions[] = {
        [CONTAINS] = "contains", [STARTS] = "startswith", [ENDS] = "endswith"};
    const struct node *node = &condition->nodes[at];

    switch (node->kind) {
    case AND:
    case OR:
        strbuf_add_char(out, '(');
        write_node(condition, node->left, out);
        strbuf_add(out, node->kind == AND ? " and " : " or ");
        write_node(condition, node->right, out);
        strbuf_add_char(out, ')');
        break;
    case NOT:
        strbuf_add(out, "not (");
        write_node(condition, node->left, out);
        strbuf_add_char(out, ')');
        break;
    case COMPARE:
        if (node->mirrored) {
            write_value(out, columns[node->left].kind, &node->value);
            strbuf_addf(out, " %s %s", mirrored_ops[node->op], columns[node->left].name);
        } else {
            strbuf_addf(out, "%s %s ", columns[node->left].name, ops[node->op]);
            write_value(out, columns[node->left].kind, &node->value);
        }
        break;
    case CONTAINS:
    case STARTS:
    case ENDS:
        strbuf_addf(out, "%s(%s,", functions[node->kind], columns[node->left].name);
        write_value(out, TEXT, &node->value);
        strbuf_add_char(out, ')');
        break;
    case COLUMNS_EQUAL:
        strbuf_addf(out, "%s eq %s", columns[node->left].name, columns[node->right].name);
        break;
    }
}

static int order(enum kind kind, const struct value *a, const struct value *b)
{
    if (a->text != NULL) {
        return kind == TEXT ? strcasecmp(a->text, b->text) : strcmp(a->text, b->text);
    }
    return (a->number > b->number) - (a->number < b->number);
}

/* Nothing is greater or less than null; it differs from all but itself. */
static bool compares(enum kind kind, const struct value *cell, int op, const struct value *value)
{
    int diff;

    if (cell->null || value->null) {
        return op == 0 ? cell->null && value->null : op == 1 && cell->null != value->null;
    }
    diff = order(kind, cell, value);
    switch (op) {
    case 0:
        return diff == 0;
    case 1:
        return diff != 0;
    case 2:
        return diff > 0;
    case 3:
        return diff >= 0;
    case 4:
        return diff < 0;
    default:
        return diff <= 0;
    }
}

static bool has(enum node_kind kind, const char *text, const char *part)
{
    size_t len = strlen(text), part_len = strlen(part);

    if (part_len > len) {
        return false;
    }
    switch (kind) {
    case STARTS:
        return strncasecmp(text, part, part_len) == 0;
    case ENDS:
        return strcasecmp(text + len - part_len, part) == 0;
    case CONTAINS:
    case AND:
    case OR:
    case NOT:
    case COMPARE:
    case COLUMNS_EQUAL:
        break;
    }
    for (size_t i = 0; i + part_len <= len; i++) {
        if (strncasecmp(text + i, part, part_len) == 0) {
            return true;
        }
    }
    return false;
}

static bool holds(const struct condition *condition, int at, const struct value *cells)
{
    const struct node *node = &condition->nodes[at];
    const struct value *cell = &cells[node->left < COLUMNS ? node->left : 0];

    switch (node->kind) {
    case AND:
        return holds(condition, node->left, cells) && holds(condition, node->right, cells);
    case OR:
        return holds(condition, node->left, cells) || holds(condition, node->right, cells);
    case NOT:
        return !holds(condition, node->left, cells);
    case COMPARE:
        return compares(columns[node->left].kind, cell, node->op, &node->value);
    case CONTAINS:
    case STARTS:
    case ENDS:
        return !cell->null && has(node->kind, cell->text, node->value.text);
    case COLUMNS_EQUAL:
        return !cell->null && !cells[node->right].null &&
               strcasecmp(cell->text, cells[node->right].text) == 0;
    }
    return false;
}

static void write_cell(struct strbuf *body, int column, const struct value *value)
{
    strbuf_addf(body, "\"%s\":", columns[column].member);
    if (value->null) {
        strbuf_add(body, "null");
    } else if (columns[column].kind == LOOKUP) {
        strbuf_addf(body, "\"/accounts(%s)\"", value->text);
    } else if (columns[column].kind == TRUTH) {
        strbuf_add(body, value->number != 0 ? "true" : "false");
    } else if (value->text != NULL) {
        strbuf_addf(body, "\"%s\"", value->text);
    } else {
        strbuf_addf(body, "%.10g", value->number);
    }
}

/* A world with the random rows; row i has the id that ends in i. */
static const char *write_world(struct arena *arena, struct random *random, struct rows *rows)
{
    AUTO(strbuf) world = STRBUF(0);

    strbuf_add(
        &world,
        "{\"extends\":\"ready\",\"limits\":\"off\",\"organizations\":[{\"host\":"
        "\"contoso.crm.dynamics.com\",\"generate\":{\"leads\":0},\"records\":{\"accounts\":[");
    for (size_t i = 0; i < ARRAY_LEN(accounts); i++) {
        strbuf_addf(&world, "%s{\"accountid\":\"%s\"}", i > 0 ? "," : "", accounts[i]);
    }
    strbuf_add(&world, "],\"leads\":[");
    for (int i = 0; i < ROWS; i++) {
        strbuf_addf(&world, "%s{\"leadid\":\"bbbbbbbb-0000-4000-8000-%012d\"", i > 0 ? "," : "", i);
        for (int k = 0; k < COLUMNS; k++) {
            rows->cells[i][k] = any_value(random, columns[k].kind);
            strbuf_add_char(&world, ',');
            write_cell(&world, k, &rows->cells[i][k]);
        }
        strbuf_add_char(&world, '}');
    }
    strbuf_add(&world, "]}}]}");
    return arena_dup(arena, strbuf_text(&world), world.len);
}

static void check(struct arena *arena, struct mocktenant *mock, const char *token,
                  const struct rows *rows, const struct condition *condition)
{
    AUTO(strbuf) text = STRBUF(0);
    AUTO(strbuf) wanted = STRBUF(0);
    struct answer answer;

    write_node(condition, 0, &text);
    for (int i = 0; i < ROWS; i++) {
        if (holds(condition, 0, rows->cells[i])) {
            strbuf_addf(&wanted, "%sbbbbbbbb-0000-4000-8000-%012d", wanted.len > 0 ? "|" : "", i);
        }
    }
    answer = dynamics_ask(arena, mock, token, "GET",
                          arena_printf(arena, "leads?$select=leadid&$filter=%s",
                                       dynamics_encode(arena, strbuf_text(&text))),
                          NULL, NULL);
    if (answer.status != 200 ||
        strcmp(dynamics_values(arena, answer.json, "leadid"), strbuf_text(&wanted)) != 0) {
        fail_msg("%s: HTTP %d\nwanted %s\nfound  %s", strbuf_text(&text), answer.status,
                 strbuf_text(&wanted),
                 answer.status == 200 ? dynamics_values(arena, answer.json, "leadid")
                                      : answer.body);
    }
}

static const struct seed_case {
    const char *name;
    uint64_t seed;
} seeds[] = {{"seed 1", 1}, {"seed 2", 2}, {"seed 3", 3}, {"seed 4", 4}, {"seed 5", 5}};

static void finds_what_the_plain_way_finds(void **state)
{
    const struct seed_case *c = *state;
    AUTO(arena) arena = {0};
    struct condition condition;
    struct rows *rows = arena_alloc(&arena, sizeof *rows);
    struct mocktenant *mock;
    const char *token;

    random_seed(&condition.random, c->seed);
    mock = azure_start(write_world(&arena, &condition.random, rows));
    token = dynamics_token(&arena, mock, "admin");
    for (int i = 0; i < CONDITIONS; i++) {
        AUTO(arena) scratch = {0};

        condition.count = 0;
        memset(condition.nodes, 0, sizeof condition.nodes);
        (void)new_node(&condition, 1 + i % 4);
        check(&scratch, mock, token, rows, &condition);
    }
    mocktenant_stop(mock);
}

int main(void)
{
    struct CMUnitTest tests[ARRAY_LEN(seeds)];
    size_t count = 0;

    CASES(tests, count, seeds, finds_what_the_plain_way_finds);
    return cases_run("filter", tests, count);
}
