/* The cookie in a link to the next page. Source: dataverse-paging. */
#include "dataverse/cursor.h"

#include <string.h>

#include "base/str.h"
#include "base/uri.h"

void dv_encode(struct strbuf *out, const char *text, bool lower, const char *keep)
{
    static const char hex[][17] = {"0123456789ABCDEF", "0123456789abcdef"};

    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;

        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
            strchr(keep, c) != NULL) {
            strbuf_add_char(out, (char)c);
        } else {
            strbuf_add_char(out, '%');
            strbuf_add_char(out, hex[lower][c >> 4]);
            strbuf_add_char(out, hex[lower][c & 15]);
        }
    }
}

static void add_element(struct strbuf *out, const char *name, const char *last, const char *first)
{
    strbuf_addf(out, "<%s", name);
    if (last == NULL) {
        strbuf_add(out, " lastnull=\"1\"");
    } else {
        strbuf_add(out, " last=\"");
        strbuf_markup(out, last);
        strbuf_add_char(out, '"');
    }
    if (first != NULL) {
        strbuf_add(out, " first=\"");
        strbuf_markup(out, first);
        strbuf_add_char(out, '"');
    }
    strbuf_add(out, " />");
}

static const char *braced(struct arena *arena, const char *id)
{
    char *text;

    if (id == NULL) {
        return NULL;
    }
    text = arena_join(arena, "{", id, "}", NULL);
    for (char *at = text; *at != '\0'; at++) {
        *at = *at >= 'a' && *at <= 'f' ? (char)(*at - 'a' + 'A') : *at;
    }
    return text;
}

/* The whole `$skiptoken`, as it stands in the link. */
const char *dv_skip_token(struct mock_call *call, const struct dv_plan *plan,
                          const struct dv_cursor *next, const struct dv_edge *edge)
{
    AUTO(strbuf) inner = STRBUF(0);
    AUTO(strbuf) outer = STRBUF(0);
    AUTO(strbuf) token = STRBUF(0);

    strbuf_addf(&inner, "<cookie page=\"%lld\"", (long long)next->page - 1);
    if (next->tracking) {
        strbuf_addf(&inner, " version=\"%lld\" since=\"%lld\" at=\"%lld\" deleted=\"%d\"",
                    (long long)next->version, (long long)next->since, (long long)next->last_version,
                    next->deleted);
    }
    strbuf_add_char(&inner, '>');
    for (size_t i = 0; i < plan->order_count; i++) {
        add_element(&inner, plan->orders[i].column->name, edge->values[i], NULL);
    }
    add_element(&inner, plan->root.entity->key, braced(call->arena, edge->last_id),
                braced(call->arena, edge->first_id));
    strbuf_add(&inner, "</cookie>");
    strbuf_addf(&outer, "<cookie pagenumber=\"%lld\" pagingcookie=\"", (long long)next->page);
    dv_encode(&outer, strbuf_text(&inner), true, "-_.");
    strbuf_addf(&outer, "\" istracking=\"%s\" />", next->tracking ? "True" : "False");
    dv_encode(&token, strbuf_text(&outer), false, "-_.=/");
    return arena_dup(call->arena, strbuf_text(&token), token.len);
}

/* The value of name="…" in a piece of XML, with its entities taken back; NULL when it is not there.
 */
static char *attribute(struct arena *arena, const char *xml, const char *name)
{
    static const struct {
        const char *entity;
        char c;
    } entities[] = {{"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&amp;", '&'}};
    const char *pattern = arena_join(arena, " ", name, "=\"", NULL);
    const char *at = strstr(xml, pattern), *end;
    AUTO(strbuf) value = STRBUF(0);

    end = at != NULL ? strchr(at + strlen(pattern), '"') : NULL;
    if (end == NULL) {
        return NULL;
    }
    for (at += strlen(pattern); at < end;) {
        size_t i = 0;

        while (i < ARRAY_LEN(entities) && !str_starts(at, entities[i].entity)) {
            i++;
        }
        strbuf_add_char(&value, i < ARRAY_LEN(entities) ? entities[i].c : *at);
        at += i < ARRAY_LEN(entities) ? strlen(entities[i].entity) : 1;
    }
    return arena_dup(arena, strbuf_text(&value), value.len);
}

static int64_t number(struct arena *arena, const char *xml, const char *name)
{
    const char *text = attribute(arena, xml, name);
    int64_t value;

    return text != NULL && str_int(text, -1, INT64_MAX, &value) ? value : -2;
}

/* The last values of a page, by the plan's order and the key. */
static bool read_values(struct mock_call *call, const struct dv_plan *plan, const char *inner,
                        struct dv_cursor *ret)
{
    const char *at = strchr(inner, '>');

    for (size_t i = 0; i <= plan->order_count && at != NULL; i++) {
        const char *name =
            i < plan->order_count ? plan->orders[i].column->name : plan->root.entity->key;
        char *value, *element;

        at = strstr(at, arena_join(call->arena, "<", name, " ", NULL));
        if (at == NULL) {
            return false;
        }
        element = arena_dup(call->arena, at, strcspn(at, ">"));
        at += strcspn(at, ">");
        value = attribute(call->arena, element, "last");
        if (value == NULL && strstr(element, "lastnull") == NULL) {
            return false;
        }
        if (i == plan->order_count) {
            size_t len = value != NULL ? strlen(value) : 0;

            if (len < 2 || *value != '{' || value[len - 1] != '}') {
                return false;
            }
            value[len - 1] = '\0';
            value = str_lower(value + 1);
        }
        ret->values[ret->value_count++] = value;
    }
    return ret->value_count == plan->order_count + 1;
}

bool dv_skip_read(struct mock_call *call, const struct dv_plan *plan, const char *token,
                  struct dv_cursor *ret)
{
    char *encoded = attribute(call->arena, token, "pagingcookie");
    const char *inner =
        encoded != NULL ? uri_decode(call->arena, encoded, strlen(encoded), false) : NULL;

    ret->page = number(call->arena, token, "pagenumber");
    ret->tracking = strstr(token, "istracking=\"True\"") != NULL;
    if (inner == NULL || ret->page < 2) {
        return false;
    }
    if (ret->tracking) {
        ret->version = number(call->arena, inner, "version");
        ret->since = number(call->arena, inner, "since");
        ret->last_version = number(call->arena, inner, "at");
        ret->deleted = number(call->arena, inner, "deleted") == 1;
        if (ret->version < 0 || ret->since < -1 || ret->last_version < -1) {
            return false;
        }
    }
    return read_values(call, plan, inner, ret);
}
