#include "graph/query.h"

#include <string.h>

#include "base/auto.h"
#include "base/crypto.h"
#include "base/json_writer.h"
#include "store/store.h"

enum { DEFAULT_TOP = 100, MOST_TOP = 999 };

static const char json_type[] =
    "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;"
    "charset=utf-8";

const char *graph_context(struct mock_call *call, const char *what)
{
    return mock_call_url(
        call, MOCK_PLACE_GRAPH,
        arena_join(call->arena, "/", call->path.segments[0], "/$metadata#", what, NULL));
}

cJSON *graph_body(struct mock_call *call, struct mock_reply *reply)
{
    cJSON *tree = NULL;
    struct err err;

    if (call->body_len == 0) {
        return json_new_object(call->arena);
    }
    if (!json_parse(call->arena, call->body, call->body_len, JSON_PLAIN, &tree, &err) ||
        !cJSON_IsObject(tree)) {
        graph_refuse(call, reply, GRAPH_BAD_JSON, NULL, NULL);
        return NULL;
    }
    return tree;
}

void graph_nothing(struct mock_reply *reply)
{
    reply->status = 204;
    strbuf_clear(&reply->body);
}

const char *graph_hide_keys(struct mock_call *call, const char *document)
{
    cJSON *tree = NULL, *item;
    struct err err;

    if (document == NULL || strstr(document, "\"key\":\"") == NULL ||
        !json_parse(call->arena, document, strlen(document), JSON_PLAIN, &tree, &err)) {
        return document;
    }
    cJSON_ArrayForEach(item, json_get(tree, "keyCredentials"))
    {
        cJSON_ReplaceItemInObjectCaseSensitive(item, "key", cJSON_CreateNull());
    }
    return json_text(call->arena, tree);
}

const struct graph_property *graph_property_find(const struct graph_set *set, const char *name)
{
    for (size_t i = 0; i < set->property_count; i++) {
        if (str_ieq(set->properties[i].name, name)) {
            return &set->properties[i];
        }
    }
    return NULL;
}

/* The members of $select, or of what comes without it; count 0: all. */
struct selection {
    const char *names[64];
    size_t count;
    const char *text; /* of $select, without blanks; NULL: none */
};

static bool selects(const struct selection *selection, const char *name)
{
    for (size_t i = 0; i < selection->count; i++) {
        if (strcmp(selection->names[i], name) == 0) {
            return true;
        }
    }
    return false;
}

static void split(struct arena *arena, const char *list, struct selection *ret)
{
    while (*list != '\0' && ret->count < ARRAY_LEN(ret->names)) {
        size_t len = strcspn(list, ",");
        size_t blanks = strspn(list, " ");
        char *name = arena_dup(arena, list + (blanks < len ? blanks : len),
                               len - (blanks < len ? blanks : len));

        name[strcspn(name, " ")] = '\0';
        if (*name != '\0' && !selects(ret, name)) {
            ret->names[ret->count++] = name;
        }
        list += len + (list[len] == ',');
    }
}

static void read_selection(struct mock_call *call, const struct graph_set *set,
                           struct selection *ret)
{
    const char *text = uri_param(&call->params, "$select");
    AUTO(strbuf) joined = STRBUF(0);

    *ret = (struct selection){0};
    if (text == NULL || *text == '\0') {
        split(call->arena, set->defaults != NULL ? set->defaults : "", ret);
        return;
    }
    split(call->arena, text, ret);
    for (size_t i = 0; i < ret->count; i++) {
        strbuf_addf(&joined, "%s%s", i > 0 ? "," : "", ret->names[i]);
    }
    ret->text = ret->count > 0 ? arena_dup(call->arena, strbuf_text(&joined), joined.len) : NULL;
    if (selects(ret, "*")) {
        ret->count = 0;
    }
}

/* The members of an object that are wanted, in the order of the set; refuses an unknown name. */
static bool write_members(struct mock_call *call, struct mock_reply *reply,
                          const struct graph_set *set, const struct selection *selection,
                          const char *document, struct json_writer *writer)
{
    cJSON *tree = NULL;
    struct err err;

    if (!json_parse(call->arena, document, strlen(document), JSON_PLAIN, &tree, &err)) {
        tree = json_new_object(call->arena);
    }
    for (size_t i = 0; i < selection->count; i++) {
        const char *name = selection->names[i];
        const cJSON *item = json_get(tree, name);

        if (item == NULL) {
            graph_refuse(call, reply, GRAPH_BAD_SELECT, name, set->type);
            return false;
        }
        jw_member_raw(writer, name, json_text(call->arena, item));
    }
    return true;
}

bool graph_select_check(struct mock_call *call, struct mock_reply *reply,
                        const struct graph_set *set, const char *document)
{
    AUTO(strbuf) ignored = STRBUF(0);
    struct json_writer writer = JSON_WRITER(&ignored);
    struct selection selection;

    read_selection(call, set, &selection);
    jw_object(&writer);
    return write_members(call, reply, set, &selection, document, &writer);
}

static bool selects_secrets(const struct selection *selection)
{
    return selection->count == 0 || selects(selection, "passwordCredentials");
}

/* Who reads a credential again finds null in place of its value. */
static void cite_hidden_secret(struct mock_call *call, const char *document)
{
    if (call->method == HTTP_GET && strstr(document, "\"secretText\":null") != NULL) {
        mock_call_rule(call, "SETUP2-05");
    }
}

static const char *context_name(struct mock_call *call, const struct graph_set *set,
                                const struct selection *selection, const char *end)
{
    return graph_context(
        call, selection->text == NULL
                  ? arena_join(call->arena, set->name, end, NULL)
                  : arena_join(call->arena, set->name, "(", selection->text, ")", end, NULL));
}

void graph_plain(struct mock_call *call, struct mock_reply *reply, int status, const char *context,
                 const char *document)
{
    struct json_writer writer = JSON_WRITER(&reply->body);

    reply->status = status;
    mock_reply_header(reply, "Content-Type", json_type);
    strbuf_clear(&reply->body);
    jw_object(&writer);
    jw_member_text(&writer, "@odata.context", graph_context(call, context));
    strbuf_add_char(&reply->body, ',');
    strbuf_add(&reply->body, document + 1);
}

void graph_one(struct mock_call *call, struct mock_reply *reply, int status,
               const struct graph_set *set, const char *document, const char *id)
{
    struct json_writer writer = JSON_WRITER(&reply->body);
    struct selection selection;

    if (document == NULL) {
        graph_refuse(call, reply, GRAPH_NOT_FOUND, id, NULL);
        return;
    }
    read_selection(call, set, &selection);
    /* A certificate's key comes only when it was asked for, and of one object alone. */
    if (!selects(&selection, "keyCredentials")) {
        document = graph_hide_keys(call, document);
    }
    reply->status = status;
    mock_reply_header(reply, "Content-Type", json_type);
    strbuf_clear(&reply->body);
    strbuf_reserve(&reply->body, strlen(document) + 256);
    jw_object(&writer);
    jw_member_text(&writer, "@odata.context", context_name(call, set, &selection, "/$entity"));
    if (selects_secrets(&selection)) {
        cite_hidden_secret(call, document);
    }
    if (selection.count == 0) { /* the common way: the text as it stands, no tree */
        strbuf_add_char(&reply->body, ',');
        strbuf_add(&reply->body, document + 1);
        return;
    }
    if (write_members(call, reply, set, &selection, document, &writer)) {
        jw_object_end(&writer);
    }
}

/* What a list asks for. */
struct listing {
    const struct graph_set *set;
    struct selection selection;
    int64_t top;
    bool count, descending;
    const struct graph_property *sort;  /* NULL: by id */
    const char *after_id, *after_label; /* where the page before ended; NULL: the first page */
    struct graph_filter filter, search;
    const char *where, *value;
};

enum { MOST_ARGS = 2 * ARRAY_LEN(((struct graph_filter *)0)->args) + 4 };

static bool read_top(struct mock_call *call, struct mock_reply *reply, struct listing *list)
{
    const char *text = uri_param(&call->params, "$top");

    list->top = DEFAULT_TOP;
    if (text == NULL || str_int(text, 1, MOST_TOP, &list->top)) {
        return true;
    }
    graph_refuse(call, reply, GRAPH_BAD_PAGE_SIZE, text, NULL);
    return false;
}

/* An opaque text of ours: the key of the last row and, in a sorted list, its label. */
static bool read_token(struct mock_call *call, struct mock_reply *reply, struct listing *list)
{
    const char *text = uri_param(&call->params, "$skiptoken");
    size_t len = 0;
    char *token, *blank;

    if (text == NULL) {
        return true;
    }
    token = (char *)crypto_base64_decode(call->arena, text, strlen(text), &len);
    blank = token != NULL ? strchr(token, ' ') : NULL;
    if (token == NULL || *token == '\0' || strlen(token) != len ||
        (list->sort != NULL) != (blank != NULL)) {
        graph_refuse(call, reply, GRAPH_BAD_OPTION, "$skiptoken", text);
        return false;
    }
    if (blank != NULL) {
        *blank = '\0';
        list->after_label = blank + 1;
    }
    list->after_id = token;
    return true;
}

/* "displayName", "displayName asc" or "displayName desc". */
static bool read_order(struct mock_call *call, struct mock_reply *reply, struct listing *list,
                       bool advanced)
{
    const char *text = uri_param(&call->params, "$orderby"), *way;
    size_t len;

    if (text == NULL) {
        return true;
    }
    len = strcspn(text, " ");
    way = text + len + strspn(text + len, " ");
    list->descending = str_ieq(way, "desc");
    list->sort = graph_property_find(list->set, arena_dup(call->arena, text, len));
    if (list->sort == NULL || (list->sort->uses & (GRAPH_SORT | GRAPH_SORT_ADVANCED)) == 0 ||
        (*way != '\0' && !list->descending && !str_ieq(way, "asc"))) {
        graph_refuse(call, reply, GRAPH_BAD_OPTION, "$orderby", text);
        return false;
    }
    if (!advanced &&
        (uri_param(&call->params, "$filter") != NULL || (list->sort->uses & GRAPH_SORT) == 0)) {
        graph_refuse(call, reply, GRAPH_SORT_AND_FILTER, NULL, NULL);
        return false;
    }
    return true;
}

static bool is_eventual(const struct mock_call *call)
{
    return str_ieq(mock_call_header(call, "ConsistencyLevel"), "eventual");
}

/* $filter and $search, into conditions. */
static bool read_conditions(struct mock_call *call, struct mock_reply *reply, struct listing *list,
                            bool advanced)
{
    const char *filter = uri_param(&call->params, "$filter");
    const char *search = uri_param(&call->params, "$search");

    if (search != NULL && !is_eventual(call)) {
        graph_refuse(call, reply, GRAPH_SEARCH_ADVANCED, NULL, NULL);
        return false;
    }
    return (filter == NULL ||
            graph_filter_parse(call, reply, list->set, filter, advanced, &list->filter)) &&
           (search == NULL || graph_search_parse(call, reply, list->set, search, &list->search));
}

/* $count without ConsistencyLevel is not looked at. */
static bool read_options(struct mock_call *call, struct mock_reply *reply, struct listing *list)
{
    bool advanced = str_eq(uri_param(&call->params, "$count"), "true") && is_eventual(call);

    list->count = advanced;
    read_selection(call, list->set, &list->selection);
    return read_top(call, reply, list) && read_order(call, reply, list, advanced) &&
           read_token(call, reply, list) && read_conditions(call, reply, list, advanced);
}

static void add_filter(const struct graph_filter *filter, struct strbuf *sql, struct db_value *args,
                       size_t *count)
{
    if (filter->sql.len > 0) {
        strbuf_addf(sql, " AND (%s)", strbuf_text(&filter->sql));
        memcpy(args + *count, filter->args, filter->count * sizeof *args);
        *count += filter->count;
    }
}

/* The condition of the whole list, without its pages. */
static void add_condition(struct listing *list, struct strbuf *sql, struct db_value *args,
                          size_t *count)
{
    strbuf_add(sql, list->set->from);
    if (list->where != NULL) {
        strbuf_addf(sql, " AND %s", list->where);
        args[(*count)++] = db_text(list->value);
    }
    add_filter(&list->filter, sql, args, count);
    add_filter(&list->search, sql, args, count);
}

static int64_t count_rows(struct mock_call *call, struct listing *list)
{
    struct db_value args[MOST_ARGS];
    AUTO(strbuf) sql = STRBUF(0);
    size_t count = 0;

    strbuf_add(&sql, "SELECT count(*) FROM ");
    add_condition(list, &sql, args, &count);
    return store_int(call->db, strbuf_text(&sql), args, count, 0);
}

static void query_page(struct mock_call *call, struct listing *list, struct db_rows *rows)
{
    struct db_value args[MOST_ARGS];
    const struct graph_set *set = list->set;
    AUTO(strbuf) sql = STRBUF(0);
    size_t count = 0;

    strbuf_addf(&sql, "SELECT %s, %s, %s FROM ", set->document, set->id,
                list->sort != NULL ? list->sort->sql : "NULL");
    add_condition(list, &sql, args, &count);
    if (list->sort != NULL && list->after_label != NULL) {
        strbuf_addf(&sql, " AND (coalesce(%s, '') COLLATE NOCASE, %s) %c (?, ?)", list->sort->sql,
                    set->id, list->descending ? '<' : '>');
        args[count++] = db_text(list->after_label);
        args[count++] = db_text(list->after_id);
    } else if (list->after_id != NULL) {
        strbuf_addf(&sql, " AND %s > ?", set->id);
        args[count++] = db_text(list->after_id);
    }
    if (list->sort != NULL) {
        const char *way = list->descending ? "DESC" : "ASC";

        strbuf_addf(&sql, " ORDER BY coalesce(%s, '') COLLATE NOCASE %s, %s %s", list->sort->sql,
                    way, set->id, way);
    } else {
        strbuf_addf(&sql, " ORDER BY %s", set->id);
    }
    strbuf_add(&sql, " LIMIT ?");
    args[count++] = db_int(list->top + 1);
    store_query(rows, call->db, strbuf_text(&sql), args, count);
}

/* The same request with another $skiptoken. */
static const char *next_link(struct mock_call *call, const struct listing *list, const char *id,
                             const char *label)
{
    AUTO(strbuf) query = STRBUF(0);
    AUTO(strbuf) token = STRBUF(0);
    const char *text = list->sort != NULL ? arena_printf(call->arena, "%s %s", id, label) : id;

    for (size_t i = 0; i < call->params.count; i++) {
        if (strcmp(call->params.items[i].name, "$skiptoken") != 0) {
            strbuf_addf(&query, "%s%s=", query.len > 0 ? "&" : "", call->params.items[i].name);
            strbuf_uri(&query, call->params.items[i].value);
        }
    }
    strbuf_base64url(&token, text, strlen(text));
    strbuf_addf(&query, "%s$skiptoken=%s", query.len > 0 ? "&" : "", strbuf_text(&token));
    return mock_call_url(call, MOCK_PLACE_GRAPH,
                         arena_printf(call->arena, "%s?%s", call->path.text, strbuf_text(&query)));
}

/* The objects of a page; *ret_next becomes the link to the next one. */
static bool write_page(struct mock_call *call, struct mock_reply *reply, struct listing *list,
                       struct strbuf *values, const char **ret_next)
{
    struct json_writer writer = JSON_WRITER(values);
    const char *last_id = "", *last_label = "";
    AUTO(db_rows) rows = {0};
    int64_t n = 0;

    query_page(call, list, &rows);
    jw_array(&writer);
    while (store_next(&rows)) {
        const char *document = graph_hide_keys(call, db_column_text(&rows, 0));

        if (n++ == list->top) {
            *ret_next = next_link(call, list, last_id, last_label);
            break;
        }
        last_id = arena_strdup(call->arena, db_column_text(&rows, 1));
        last_label = list->sort != NULL ? arena_strdup(call->arena, db_column_text(&rows, 2)) : "";
        last_label = last_label != NULL ? last_label : "";
        if (selects_secrets(&list->selection)) {
            cite_hidden_secret(call, document);
        }
        if (list->selection.count == 0) {
            jw_raw(&writer, document);
            continue;
        }
        jw_object(&writer);
        if (!write_members(call, reply, list->set, &list->selection, document, &writer)) {
            return false;
        }
        jw_object_end(&writer);
    }
    jw_array_end(&writer);
    return true;
}

void graph_list(struct mock_call *call, struct mock_reply *reply, const struct graph_set *set,
                const char *where, const char *value)
{
    struct listing list = {.set = set, .where = where, .value = value};
    struct json_writer writer = JSON_WRITER(&reply->body);
    AUTO(strbuf) values = STRBUF(0);
    const char *next = NULL;

    if (read_options(call, reply, &list) && write_page(call, reply, &list, &values, &next)) {
        reply->status = 200;
        mock_reply_header(reply, "Content-Type", json_type);
        jw_object(&writer);
        jw_member_text(&writer, "@odata.context", context_name(call, set, &list.selection, ""));
        if (list.count) {
            jw_member_int(&writer, "@odata.count", count_rows(call, &list));
        }
        if (next != NULL) {
            jw_member_text(&writer, "@odata.nextLink", next);
        }
        jw_member_raw(&writer, "value", strbuf_text(&values));
        jw_object_end(&writer);
    }
    strbuf_finish(&list.filter.sql);
    strbuf_finish(&list.search.sql);
}

void graph_count(struct mock_call *call, struct mock_reply *reply, const struct graph_set *set)
{
    struct listing list = {.set = set};

    if (!is_eventual(call)) {
        graph_refuse(call, reply, GRAPH_COUNT_ADVANCED, NULL, NULL);
    } else if (read_conditions(call, reply, &list, true)) {
        mock_reply_text(reply, 200, "text/plain",
                        arena_printf(call->arena, "%lld", (long long)count_rows(call, &list)));
    }
    strbuf_finish(&list.filter.sql);
    strbuf_finish(&list.search.sql);
}
