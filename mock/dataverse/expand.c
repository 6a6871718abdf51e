/* $select and $expand: the columns of a row, and the rows that are shown inside it. */
#include "dataverse/expand.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "dataverse/cursor.h"

enum { MOST_EXPANDS = 15, MOST_NESTING = 6 };

static int add_sql(struct dv_build *build, const char *sql)
{
    strbuf_addf(build->columns, "%s%s", build->at > 0 ? ", " : "", sql);
    return build->at++;
}

static bool unknown(struct dv_build *build, const struct dv_entity *entity, const char *name)
{
    dv_refuse(build->filter.call, build->filter.reply, DV_PROPERTY_UNKNOWN, name, entity->name,
              NULL, NULL);
    return false;
}

/* The name of the row that a lookup points to, as a formatted value. */
static int add_label(struct dv_build *build, const struct dv_column *column, const char *alias)
{
    AUTO(strbuf) sql = STRBUF(0);

    strbuf_add(&sql, "CASE");
    for (const struct dv_target *target = column->targets; target->entity != NULL; target++) {
        const struct dv_entity *entity = dv_entity(build->filter.schema, target->entity);

        if (entity == NULL) {
            continue;
        }
        strbuf_addf(&sql, " WHEN %s%s%s THEN (SELECT n.%s FROM %s n WHERE n.%s = %s.%s)",
                    dv_is_polymorphic(column)
                        ? arena_join(build->arena, alias, ".", column->name, "_t = '", NULL)
                        : "1",
                    dv_is_polymorphic(column) ? target->entity : "",
                    dv_is_polymorphic(column) ? "'" : "", entity->main_name, entity->table,
                    entity->key, alias, column->name);
    }
    if (sql.len == 4) {
        return -1;
    }
    strbuf_add(&sql, " END");
    return add_sql(build, strbuf_text(&sql));
}

static const char *head_of(struct dv_build *build, const struct dv_out *out, const char *kind)
{
    return arena_join(build->arena, ",\"", out->name, "@", kind, "\":", NULL);
}

/* Whether a value has a text that people see instead. */
static bool has_formatted(const struct dv_column *column)
{
    return column->type != DV_ID && column->type != DV_GUID && column->type != DV_STRING &&
           column->type != DV_MEMO && strcmp(column->name, "owninguser") != 0 &&
           strcmp(column->name, "owningteam") != 0;
}

/* Of a lookup also which table it names, and by which property it is bound; who made and changed a
 * row is bound by nobody. */
static void add_heads(struct dv_build *build, struct dv_out *out)
{
    const struct dv_column *column = out->column;

    if ((build->annotations & DV_FORMATTED) != 0 && has_formatted(column)) {
        out->formatted_head = head_of(build, out, "OData.Community.Display.V1.FormattedValue");
    }
    if (!dv_is_lookup(column)) {
        return;
    }
    if ((build->annotations & DV_NAVIGATION) != 0 &&
        ((column->flags & DV_READ_ONLY) != DV_READ_ONLY ||
         strcmp(column->name, "owningbusinessunit") == 0)) {
        out->navigation_head =
            head_of(build, out, "Microsoft.Dynamics.CRM.associatednavigationproperty");
    }
    if ((build->annotations & DV_LOOKUP_NAME) != 0) {
        out->table_head = head_of(build, out, "Microsoft.Dynamics.CRM.lookuplogicalname");
    }
}

static void add_out(struct dv_build *build, struct dv_node *node, const char *alias,
                    const struct dv_column *column)
{
    struct dv_out *out = &node->outs[node->count++];

    out->column = column;
    out->name = dv_wire_name(build->arena, column);
    out->head = arena_join(build->arena, ",\"", out->name, "\":", NULL);
    out->head_len = strlen(out->head);
    out->at = add_sql(build, dv_column_sql(build->arena, alias, column));
    out->type_at = out->label_at = -1;
    if (build->annotations != 0 && dv_is_lookup(column)) {
        if (dv_is_polymorphic(column)) {
            out->type_at =
                add_sql(build, arena_join(build->arena, alias, ".", column->name, "_t", NULL));
        }
        if ((build->annotations & DV_FORMATTED) != 0) {
            out->label_at = add_label(build, column, alias);
        }
    }
    add_heads(build, out);
}

static bool has_out(const struct dv_node *node, const struct dv_column *column)
{
    for (size_t i = 0; i < node->count; i++) {
        if (node->outs[i].column == column) {
            return true;
        }
    }
    return false;
}

static void add_once(struct dv_build *build, struct dv_node *node, const char *alias,
                     const char *name)
{
    const struct dv_column *column = dv_column(node->entity, name);

    if (column != NULL && !has_out(node, column)) {
        add_out(build, node, alias, column);
    }
}

/* Part of an address brings the whole, money its currency. */
static void add_implied(struct dv_build *build, struct dv_node *node, const char *alias)
{
    size_t count = node->count;

    for (size_t i = 0; i < count; i++) {
        const struct dv_column *column = node->outs[i].column;

        if (column->type == DV_MONEY) {
            add_once(build, node, alias, "transactioncurrencyid");
        } else if (str_starts(column->name, "address") && column->name[7] >= '1' &&
                   column->name[7] <= '3' && column->name[8] == '_') {
            add_once(build, node, alias,
                     arena_printf(build->arena, "address%c_composite", column->name[7]));
        }
    }
}

static const struct dv_column *selected(const struct dv_entity *entity, const char *name)
{
    const struct dv_target *target;
    const struct dv_column *column = dv_lookup_value(entity, name, strlen(name));

    if (column != NULL) {
        return column;
    }
    column = dv_column(entity, name);
    if (column != NULL && !dv_is_lookup(column)) {
        return column;
    }
    /* The navigation property itself is tolerated and gives the value. */
    return dv_nav(entity, name, strlen(name), &target);
}

static bool select_columns(struct dv_build *build, struct dv_node *node, const char *alias,
                           const char *select)
{
    const char *at = select;
    AUTO(strbuf) names = STRBUF(0);

    while (*at != '\0') {
        size_t len = strcspn(at, ",");
        char *name = arena_dup(build->arena, at + strspn(at, " "), len - strspn(at, " "));
        const struct dv_column *column;

        name[strcspn(name, " ")] = '\0';
        column = selected(node->entity, name);
        if (column == NULL) {
            return unknown(build, node->entity, name);
        }
        if (!has_out(node, column)) {
            add_out(build, node, alias, column);
            strbuf_addf(&names, "%s%s", names.len > 0 ? "," : "", name);
        }
        at += len;
        at += *at == ',';
    }
    node->select = arena_dup(build->arena, strbuf_text(&names), names.len);
    add_implied(build, node, alias);
    add_once(build, node, alias, node->entity->key);
    return true;
}

bool dv_select_build(struct dv_build *build, struct dv_node *node, const char *alias,
                     const char *select)
{
    node->outs = arena_array(build->arena, node->entity->column_count + 8, sizeof *node->outs);
    node->version_at = add_sql(build, arena_join(build->arena, alias, ".versionnumber", NULL));
    node->key_at = add_sql(build, arena_join(build->arena, alias, ".", node->entity->key, NULL));
    if (select != NULL && *select != '\0') {
        return select_columns(build, node, alias, select);
    }
    for (size_t i = 0; i < node->entity->column_count; i++) {
        add_out(build, node, alias, node->entity->columns[i]);
    }
    return true;
}

/* The parts of $expand: `nav(options)`, separated by commas outside of parentheses. */
static const char *part_end(const char *at, char separator)
{
    int depth = 0;
    bool quoted = false;

    for (; *at != '\0' && (quoted || depth > 0 || *at != separator); at++) {
        if (*at == '\'') {
            quoted = !quoted;
        } else if (!quoted) {
            depth += *at == '(';
            depth -= *at == ')';
        }
    }
    return at;
}

/* One nested option: its value when the part is "name=value". */
static const char *option_value(struct arena *arena, const char *from, const char *end,
                                const char *name)
{
    size_t len = strlen(name);

    from += strspn(from, " ");
    return (size_t)(end - from) > len && strncmp(from, name, len) == 0 && from[len] == '='
               ? arena_dup(arena, from + len + 1, (size_t)(end - from) - len - 1)
               : NULL;
}

struct nested {
    const char *select, *filter, *orderby, *top, *expand;
    const char *text; /* as sent */
};

static bool read_nested(struct dv_build *build, const char *text, struct nested *ret)
{
    static const char *const names[] = {"$select", "$filter", "$orderby", "$top", "$expand"};
    const char **values[] = {&ret->select, &ret->filter, &ret->orderby, &ret->top, &ret->expand};

    *ret = (struct nested){.text = text};
    while (*text != '\0') {
        const char *end = part_end(text, ';');
        bool known = false;

        for (size_t i = 0; i < ARRAY_LEN(names) && !known; i++) {
            const char *value = option_value(build->arena, text, end, names[i]);

            if (value != NULL) {
                *values[i] = value;
                known = true;
            }
        }
        if (!known) {
            dv_refuse(build->filter.call, build->filter.reply, DV_OPTION_UNSUPPORTED,
                      arena_dup(build->arena, text, strcspn(text, "=;)")), NULL, NULL, NULL);
            return false;
        }
        text = *end == ';' ? end + 1 : end;
    }
    return true;
}

static bool refuse_nested(struct dv_build *build)
{
    dv_refuse(build->filter.call, build->filter.reply, DV_EXPAND_OPTION, NULL, NULL, NULL, NULL);
    return false;
}

/* A row of another table that a lookup names. */
static bool expand_single(struct dv_build *build, struct dv_node *node, const char *alias,
                          const struct dv_column *column, const struct dv_target *target,
                          const struct nested *options)
{
    const char *inner = arena_printf(build->arena, "j%d", ++build->joins);

    if (options->filter != NULL || options->orderby != NULL || options->top != NULL) {
        return refuse_nested(build);
    }
    strbuf_addf(build->from, " LEFT JOIN %s %s ON %s.%s = %s.%s", node->entity->table, inner, inner,
                node->entity->key, alias, column->name);
    if (dv_is_polymorphic(column)) {
        strbuf_addf(build->from, " AND %s.%s_t = '%s'", alias, column->name, target->entity);
    }
    return dv_select_build(build, node, inner, options->select) &&
           (options->expand == NULL || dv_expand_build(build, node, inner, options->expand));
}

static bool nested_order(struct dv_build *build, const struct dv_scope *scope, const char *text,
                         struct strbuf *sql)
{
    while (text != NULL && *text != '\0') {
        const char *end = part_end(text, ',');
        char *part = arena_dup(build->arena, text, (size_t)(end - text));
        const struct dv_column *column;
        const char *path = NULL;
        bool descending;

        part = dv_order_part(&build->filter, part, &descending);
        if (part != NULL) {
            path = dv_path_sql(&build->filter, scope, part, &column);
        }
        if (path == NULL) {
            return false;
        }
        strbuf_addf(sql, "%s%s,", path, descending ? " DESC" : "");
        text = *end == ',' ? end + 1 : end;
    }
    return true;
}

/* "$select=a;$filter=b eq 1" as the query of an address of its own: "?$select=a&$filter=b%20eq%201"
 */
static const char *link_query(struct arena *arena, const char *text)
{
    AUTO(strbuf) query = STRBUF(0);

    while (*text != '\0') {
        const char *end = part_end(text, ';');

        text += strspn(text, " ");
        strbuf_add_char(&query, query.len == 0 ? '?' : '&');
        dv_encode(&query, arena_dup(arena, text, (size_t)(end - text)), false, "-_.~!$'()*,:@/=");
        text = *end == ';' ? end + 1 : end;
    }
    return arena_dup(arena, strbuf_text(&query), query.len);
}

/* The rows of another table that name this one: a statement of their own for each row. */
static bool expand_many(struct dv_build *outer, struct dv_node *node, const char *which,
                        const struct nested *options)
{
    AUTO(strbuf) columns = STRBUF(0);
    AUTO(strbuf) from = STRBUF(0);
    AUTO(strbuf) where = STRBUF(0);
    AUTO(strbuf) order = STRBUF(0);
    struct dv_build build = *outer;
    const struct dv_scope scope = {.entity = node->entity, .alias = "c"};
    int64_t top = 5000;

    build.columns = &columns;
    build.from = &from;
    build.at = 0;
    build.nesting++;
    build.filter.sql = &where;
    build.filter.args = NULL;
    build.filter.arg_count = build.filter.arg_size = 0;
    strbuf_addf(&from, " FROM %s c", node->entity->table);
    if (!dv_select_build(&build, node, "c", options->select) ||
        (options->expand != NULL && !dv_expand_build(&build, node, "c", options->expand)) ||
        (options->filter != NULL && !dv_filter_parse(&build.filter, &scope, options->filter)) ||
        !nested_order(&build, &scope, options->orderby, &order)) {
        return false;
    }
    if (options->top != NULL && !str_int(options->top, 0, 5000, &top)) {
        dv_refuse(outer->filter.call, outer->filter.reply, DV_OPTION_VALUE, "$top", options->top,
                  NULL, NULL);
        return false;
    }
    node->sql = arena_printf(
        build.arena, "SELECT %s%s WHERE %s%s%s%s ORDER BY %sc.%s LIMIT %d", strbuf_text(&columns),
        strbuf_text(&from), which, where.len > 0 ? " AND (" : "", strbuf_text(&where),
        where.len > 0 ? ")" : "", strbuf_text(&order), node->entity->key, (int)top);
    node->args = build.filter.args;
    node->arg_count = build.filter.arg_count;
    node->link = link_query(build.arena, options->text);
    outer->joins = build.joins;
    return true;
}

/* The table on the other side of many to many, and the condition of its rows. */
static const struct dv_entity *other_side(struct dv_build *build, const struct dv_entity *entity,
                                          const char *nav, const char **ret_which)
{
    const struct dv_schema *schema = build->filter.schema;

    for (size_t i = 0; i < dv_many_count; i++) {
        const struct dv_many *many = &dv_many[i];
        bool left = str_eq(many->left, entity->name) && str_eq(many->left_nav, nav);

        if (left || (str_eq(many->right, entity->name) && str_eq(many->right_nav, nav))) {
            const struct dv_entity *other = dv_entity(schema, left ? many->right : many->left);

            *ret_which = arena_printf(
                build->arena, "c.%s IN (SELECT %s FROM o%lld_%s WHERE %s = ?)", other->key,
                left ? many->right_key : many->left_key, (long long)schema->ord, many->name,
                left ? many->left_key : many->right_key);
            return other;
        }
    }
    return NULL;
}

/* One property to expand, as the text says it. */
struct term {
    const char *nav;
    bool reference;
    struct nested options;
};

static bool refuse_term(struct dv_build *build, const char *from, const char *end)
{
    const char *text = arena_dup(build->arena, from, (size_t)(end - from));

    dv_refuse(build->filter.call, build->filter.reply, DV_TERM, text, NULL, NULL, NULL);
    return false;
}

static bool read_term(struct dv_build *build, const char *from, const char *end, struct term *ret)
{
    size_t len = strcspn(from, "(/, ");
    const char *rest = from + len;

    *ret = (struct term){.nav = arena_dup(build->arena, from, len), .options = {.text = ""}};
    ret->reference = str_starts(rest, "/$ref");
    rest += ret->reference ? 5 : 0;
    if (len == 0 || rest > end) {
        return refuse_term(build, from, end);
    }
    if (*rest == '(' && end > rest + 1 && end[-1] == ')') {
        return read_nested(build, arena_dup(build->arena, rest + 1, (size_t)(end - rest) - 2),
                           &ret->options);
    }
    rest += strspn(rest, " ");
    return rest == end || refuse_term(build, from, end);
}

/* Both lists; NULL: nothing was said. */
static const char *both_lists(struct arena *arena, const char *first, const char *second)
{
    return first == NULL    ? second
           : second == NULL ? first
                            : arena_join(arena, first, ",", second, NULL);
}

/*
 * A property that is named twice is expanded once: with the columns and the expansions of both,
 * and the other options of the first. OData's library puts such terms together.
 */
static void put_together(struct arena *arena, struct term *first, const struct term *second)
{
    struct nested *options = &first->options;

    options->select = both_lists(arena, options->select, second->options.select);
    options->expand = both_lists(arena, options->expand, second->options.expand);
}

static bool read_terms(struct dv_build *build, const char *text, struct term *terms, size_t *count)
{
    while (*text != '\0') {
        const char *end = part_end(text, ',');
        size_t i = 0;

        text += strspn(text, " ");
        if (*count == MOST_EXPANDS) {
            dv_refuse(build->filter.call, build->filter.reply, DV_SYNTAX,
                      "The number of expanded properties exceeds the limit of 15.", NULL, NULL,
                      NULL);
            return false;
        }
        if (!read_term(build, text, end, &terms[*count])) {
            return false;
        }
        while (!str_eq(terms[i].nav, terms[*count].nav)) {
            i++;
        }
        if (i < *count) {
            put_together(build->arena, &terms[i], &terms[*count]);
        } else {
            ++*count;
        }
        text = *end == ',' ? end + 1 : end;
    }
    return true;
}

static bool expand_term(struct dv_build *build, struct dv_node *parent, const char *alias,
                        const struct term *term, struct dv_node *ret)
{
    const struct dv_target *target = NULL;
    const struct dv_column *column;
    const struct dv_entity *child = NULL;
    const char *which = NULL;

    ret->nav = term->nav;
    ret->reference = term->reference;
    column = dv_nav(parent->entity, term->nav, strlen(term->nav), &target);
    if (column != NULL) {
        ret->entity = dv_entity(build->filter.schema, target->entity);
    } else {
        column = dv_collection(build->filter.schema, parent->entity, ret->nav, &child);
        which = column != NULL ? arena_join(build->arena, "c.", column->name, " = ?", NULL) : NULL;
        if (column == NULL) {
            child = other_side(build, parent->entity, ret->nav, &which);
        }
        ret->entity = child;
    }
    if (ret->entity == NULL || ret->entity->hidden) {
        return unknown(build, parent->entity, ret->nav);
    }
    dv_reads(&build->filter, ret->entity);
    if (term->reference && child != NULL) {
        dv_refuse(build->filter.call, build->filter.reply, DV_EXPAND_REF, NULL, NULL, NULL, NULL);
        return false;
    }
    if (child == NULL) {
        return expand_single(build, ret, alias, column, target, &term->options);
    }
    return build->nesting == 0 ? expand_many(build, ret, which, &term->options)
                               : refuse_nested(build);
}

bool dv_expand_build(struct dv_build *build, struct dv_node *node, const char *alias,
                     const char *text)
{
    struct term terms[MOST_EXPANDS];
    size_t count = 0;

    node->expands = arena_array(build->arena, MOST_EXPANDS, sizeof *node->expands);
    if (++build->depth > MOST_NESTING) {
        return refuse_nested(build);
    }
    if (!read_terms(build, text, terms, &count)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (!expand_term(build, node, alias, &terms[i], &node->expands[i])) {
            return false;
        }
        node->expand_count++;
    }
    build->depth--;
    return true;
}

/* What the context says of a node: "subject,revenue,ownerid(fullname)". */
void dv_context_add(const struct dv_node *node, struct strbuf *text)
{
    size_t from = text->len;

    if (node->select != NULL) {
        strbuf_add(text, node->select);
    }
    for (size_t i = 0; i < node->expand_count; i++) {
        const struct dv_node *inner = &node->expands[i];

        strbuf_addf(text, "%s%s(", text->len > from ? "," : "", inner->nav);
        dv_context_add(inner, text);
        strbuf_add_char(text, ')');
    }
}
