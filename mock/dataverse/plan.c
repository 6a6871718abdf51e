#include "dataverse/plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "dataverse/caller.h"
#include "dataverse/expand.h"

enum { MOST_PLANS = 256 };

static size_t bucket_of(const char *key)
{
    return (size_t)(str_hash(key, strlen(key)) % DV_PLAN_BUCKETS);
}

static void free_plan(struct dv_plan *plan)
{
    if (plan != NULL) {
        arena_finish(&plan->arena);
        mem_free(plan);
    }
}

void dv_plans_drop(struct dv_org *org)
{
    for (size_t i = 0; i < DV_PLAN_BUCKETS; i++) {
        while (org->plans[i] != NULL) {
            struct dv_plan *plan = org->plans[i];

            org->plans[i] = plan->next;
            free_plan(plan);
        }
    }
    org->plan_count = 0;
}

/* The query without the tokens that move from page to page. */
static const char *steady_query(struct mock_call *call)
{
    AUTO(strbuf) text = STRBUF(0);
    const char *at = call->query;

    if (strstr(at, "token") == NULL) {
        return at;
    }
    while (*at != '\0') {
        size_t len = strcspn(at, "&");

        if (!str_starts(at, "$skiptoken=") && !str_starts(at, "%24skiptoken=") &&
            !str_starts(at, "$deltatoken=") && !str_starts(at, "%24deltatoken=")) {
            strbuf_add(&text, text.len > 0 ? "&" : "");
            strbuf_add_n(&text, at, len);
        }
        at += len;
        at += *at == '&';
    }
    return arena_dup(call->arena, strbuf_text(&text), text.len);
}

static const char *key_of(struct mock_call *call, const struct dv_read *read, const char *owner)
{
    char flags[4] = {read->single ? '1' : '*', (char)('A' + read->annotations), '\0'};

    return arena_join(call->arena, read->entity->name, "|", flags, "|", owner != NULL ? owner : "",
                      "|", strstr(call->query, "UserId") != NULL ? call->caller->user->id : "", "|",
                      read->where != NULL ? read->where : "", "|",
                      read->context != NULL ? read->context : "", "|", steady_query(call), NULL);
}

static bool refuse_option(struct mock_call *call, struct mock_reply *reply, const char *name)
{
    dv_refuse(call, reply, DV_OPTION_UNSUPPORTED, name, NULL, NULL, NULL);
    return false;
}

/* Options that this resource does not take. */
static bool check_options(struct mock_call *call, struct mock_reply *reply, bool single)
{
    static const char *const rows[] = {"$select", "$expand", "$filter",    "$orderby",
                                       "$top",    "$count",  "$skiptoken", "$deltatoken"};
    static const char *const later[] = {"fetchXml", "savedQuery", "userQuery", "$apply"};

    for (size_t i = 0; i < call->params.count; i++) {
        const char *name = call->params.items[i].name;
        bool known = false;

        for (size_t j = 0; j < (single ? 2 : ARRAY_LEN(rows)); j++) {
            known = known || strcmp(rows[j], name) == 0;
        }
        for (size_t j = 0; j < ARRAY_LEN(later); j++) {
            if (strcmp(later[j], name) == 0) {
                dv_refuse(call, reply, DV_NOT_IMPLEMENTED, name, NULL, NULL, NULL);
                return false;
            }
        }
        if (*name == '$' && !known) {
            return refuse_option(call, reply, name);
        }
    }
    return true;
}

static bool read_orders(struct dv_build *build, struct dv_plan *plan, const char *text)
{
    const struct dv_scope scope = {.entity = plan->root.entity, .alias = "t"};
    struct mock_call *call = build->filter.call;

    while (text != NULL && *text != '\0') {
        size_t len = strcspn(text, ",");
        char *part = arena_dup(&plan->arena, text, len);
        struct dv_order *order = &plan->orders[plan->order_count];

        if (plan->order_count == DV_MAX_ORDERS) {
            dv_refuse(call, build->filter.reply, DV_TOO_MANY_CONDITIONS, NULL, NULL, NULL, NULL);
            return false;
        }
        part = dv_order_part(&build->filter, part, &order->descending);
        if (part == NULL) {
            return false;
        }
        order->sql = dv_path_sql(&build->filter, &scope, part, &order->column);
        if (order->sql == NULL) {
            return false;
        }
        strbuf_addf(build->columns, ", %s", order->sql);
        order->at = build->at++;
        plan->order_count++;
        text += len;
        text += *text == ',';
    }
    return true;
}

static const char *order_sql(struct dv_plan *plan)
{
    AUTO(strbuf) sql = STRBUF(0);

    strbuf_add(&sql, " ORDER BY ");
    for (size_t i = 0; i < plan->order_count; i++) {
        strbuf_addf(&sql, "%s%s, ", plan->orders[i].sql, plan->orders[i].descending ? " DESC" : "");
    }
    strbuf_addf(&sql, "t.%s", plan->root.entity->key);
    return arena_dup(&plan->arena, strbuf_text(&sql), sql.len);
}

/* "#leads(subject)" */
static const char *context_of(struct dv_plan *plan, const struct dv_read *read)
{
    AUTO(strbuf) text = STRBUF(0);
    size_t from;

    strbuf_addf(&text, "#%s(", read->context != NULL ? read->context : read->entity->set);
    from = text.len;
    dv_context_add(&plan->root, &text);
    if (text.len == from) {
        text.data[--text.len] = '\0';
    } else {
        strbuf_add_char(&text, ')');
    }
    return arena_dup(&plan->arena, strbuf_text(&text), text.len);
}

/* The options that go with change tracking, as its links repeat them; the first that does not. */
static void read_tracking(struct dv_plan *plan, struct mock_call *call)
{
    static const char *const forbidden[] = {"$filter", "$orderby", "$expand", "$top"};
    AUTO(strbuf) options = STRBUF(0);

    for (size_t i = 0; i < ARRAY_LEN(forbidden) && plan->forbidden == NULL; i++) {
        if (uri_param(&call->params, forbidden[i]) != NULL) {
            plan->forbidden = forbidden[i];
        }
    }
    strbuf_add(&options, steady_query(call));
    plan->options = arena_dup(&plan->arena, strbuf_text(&options), options.len);
}

static void finish_sql(struct dv_plan *plan, const struct dv_read *read, struct dv_build *build,
                       const char *condition)
{
    struct arena *arena = &plan->arena;
    AUTO(strbuf) where = STRBUF(0);
    const char *table = read->entity->table, *word;

    if (read->where != NULL) {
        strbuf_add(&where, read->where);
    }
    if (plan->owner != NULL) {
        strbuf_addf(&where, "%st.ownerid = ?", where.len > 0 ? " AND " : "");
    }
    if (*condition != '\0') {
        strbuf_addf(&where, "%s(%s)", where.len > 0 ? " AND " : "", condition);
    }
    plan->where = arena_dup(arena, strbuf_text(&where), where.len);
    word = where.len > 0 ? " WHERE " : "";
    plan->select = arena_join(arena, "SELECT ", strbuf_text(build->columns), " FROM ", table, " t",
                              strbuf_text(build->from), NULL);
    plan->order_sql = order_sql(plan);
    plan->first =
        arena_join(arena, plan->select, word, plan->where, plan->order_sql, " LIMIT ?", NULL);
    plan->counting = arena_join(arena, "SELECT count(*) FROM (SELECT 1 FROM ", table, " t", word,
                                plan->where, " LIMIT 5000)", NULL);
    plan->by_id = arena_join(arena, plan->select, " WHERE t.", read->entity->key, " = ?",
                             plan->owner != NULL ? " AND t.ownerid = ?" : "", NULL);
    plan->args = build->filter.args;
    plan->arg_count = build->filter.arg_count;
}

/* The statement of a page behind another one: it nests once more for each column of the order. */
static const char *later_page(struct dv_plan *plan, struct arena *arena)
{
    AUTO(strbuf) behind = STRBUF(0);

    for (size_t i = 0; i < plan->order_count; i++) {
        const char *sql = plan->orders[i].sql;

        strbuf_addf(&behind, "(%s < ? OR %s IS NULL OR (%s IS ? AND ", sql, sql, sql);
    }
    strbuf_addf(&behind, "t.%s > ?", plan->root.entity->key);
    for (size_t i = 0; i < plan->order_count; i++) {
        strbuf_add(&behind, "))");
    }
    return arena_join(arena, plan->select, " WHERE ", plan->where,
                      *plan->where != '\0' ? " AND " : "", strbuf_text(&behind), plan->order_sql,
                      " LIMIT ?", NULL);
}

/* What is short and flat fits, and most statements are. */
enum { SURE_LENGTH = 6000, SURE_NESTING = 5 };

static bool fits(struct mock_call *call, const char *sql)
{
    size_t depth = 0, deepest = 0;

    for (const char *at = sql; *at != '\0'; at++) {
        depth += *at == '(';
        depth -= *at == ')';
        deepest = depth > deepest ? depth : deepest;
    }
    return (deepest <= SURE_NESTING && strlen(sql) <= SURE_LENGTH) || db_takes(call->db, sql);
}

static bool node_fits(struct mock_call *call, const struct dv_node *node)
{
    if (node->sql != NULL && !fits(call, node->sql)) {
        return false;
    }
    for (size_t i = 0; i < node->expand_count; i++) {
        if (!node_fits(call, &node->expands[i])) {
            return false;
        }
    }
    return true;
}

/* The database has room for so many tables, columns and brackets. */
static bool plan_fits(struct mock_call *call, struct mock_reply *reply, struct dv_plan *plan)
{
    if (fits(call, plan->first) && fits(call, plan->counting) && fits(call, plan->by_id) &&
        fits(call, later_page(plan, call->arena)) && node_fits(call, &plan->root)) {
        return true;
    }
    dv_refuse(call, reply, DV_TOO_MANY_CONDITIONS, NULL, NULL, NULL, NULL);
    return false;
}

static bool build_plan(struct dv_plan *plan, struct mock_call *call, struct mock_reply *reply,
                       const struct dv_read *read)
{
    AUTO(strbuf) columns = STRBUF(0);
    AUTO(strbuf) from = STRBUF(0);
    AUTO(strbuf) condition = STRBUF(0);
    const struct dv_scope scope = {.entity = read->entity, .alias = "t"};
    const char *expand = uri_param(&call->params, "$expand");
    const char *filter = uri_param(&call->params, "$filter");
    const char *top = uri_param(&call->params, "$top"), *count = uri_param(&call->params, "$count");
    struct dv_build build = {
        .arena = &plan->arena,
        .filter = {.call = call,
                   .reply = reply,
                   .arena = &plan->arena,
                   .schema = call->caller->org->schema,
                   .sql = &condition,
                   .caller = arena_strdup(&plan->arena, call->caller->user->id),
                   .reads = plan->reads},
        .columns = &columns,
        .from = &from,
        .annotations = read->annotations};

    plan->root.entity = read->entity;
    plan->annotations = read->annotations;
    plan->top = -1;
    if (!check_options(call, reply, read->single) ||
        !dv_select_build(&build, &plan->root, "t", uri_param(&call->params, "$select")) ||
        (expand != NULL && !dv_expand_build(&build, &plan->root, "t", expand)) ||
        (filter != NULL && !dv_filter_parse(&build.filter, &scope, filter)) ||
        !read_orders(&build, plan, uri_param(&call->params, "$orderby"))) {
        return false;
    }
    if (top != NULL && !str_int(top, 0, INT32_MAX, &plan->top)) {
        dv_refuse(call, reply, DV_OPTION_VALUE, "$top", top, NULL, NULL);
        return false;
    }
    plan->count = str_eq(count, "true");
    if (count != NULL && !plan->count && strcmp(count, "false") != 0) {
        dv_refuse(call, reply, DV_COUNT_VALUE, count, NULL, NULL, NULL);
        return false;
    }
    plan->context = context_of(plan, read);
    read_tracking(plan, call);
    finish_sql(plan, read, &build, strbuf_text(&condition));
    return plan_fits(call, reply, plan);
}

static struct dv_plan *find_or_build(struct mock_call *call, struct mock_reply *reply,
                                     const struct dv_read *read, const char *owner)
{
    struct dv_org *org = call->caller->org;
    const char *key = key_of(call, read, owner);
    struct dv_plan **bucket = &org->plans[bucket_of(key)], *plan;

    for (plan = *bucket; plan != NULL; plan = plan->next) {
        if (strcmp(plan->key, key) == 0) {
            return plan;
        }
    }
    plan = mem_alloc(sizeof *plan);
    plan->owner = arena_strdup(&plan->arena, owner);
    if (!build_plan(plan, call, reply, read)) {
        free_plan(plan);
        return NULL;
    }
    if (org->plan_count >= MOST_PLANS) {
        dv_plans_drop(org);
    }
    plan->key = arena_strdup(&plan->arena, key);
    plan->next = *bucket;
    *bucket = plan;
    org->plan_count++;
    return plan;
}

/* Other tables that the query looks at must be readable too. */
static bool may_read(struct mock_call *call, struct mock_reply *reply, const struct dv_plan *plan)
{
    const struct dv_schema *schema = call->caller->org->schema;

    for (size_t i = 0; i < DV_READ_WORDS; i++) {
        for (uint64_t bits = plan->reads[i]; bits != 0; bits &= bits - 1) {
            size_t index = 64 * i + (size_t)__builtin_ctzll(bits);

            if (!dv_need(call, reply, schema->entities[index], DV_READ)) {
                return false;
            }
        }
    }
    return true;
}

const char *dv_sees_only(struct mock_call *call, const struct dv_entity *entity)
{
    const struct dv_user *user = call->caller->user;
    bool all = (user->global[entity->index] & DV_READ) != 0 || (entity->flags & DV_USER_OWNED) == 0;

    return all ? NULL : user->id;
}

const struct dv_plan *dv_plan_of(struct mock_call *call, struct mock_reply *reply,
                                 const struct dv_read *read)
{
    const struct dv_plan *plan = find_or_build(call, reply, read, dv_sees_only(call, read->entity));

    return plan != NULL && may_read(call, reply, plan) ? plan : NULL;
}
