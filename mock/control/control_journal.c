/* The journal through the control API. */
#include <string.h>

#include "base/iso8601.h"
#include "base/json_writer.h"
#include "control/control.h"
#include "control/journal.h"
#include "control/names.h"
#include "server/router.h"

/* "name: value\n" lines → {"name": ["value", …]}; the same name comes together. */
static void write_headers(struct json_writer *writer, struct arena *arena, const char *lines)
{
    cJSON *headers = json_new_object(arena);

    while (*lines != '\0') {
        size_t len = strcspn(lines, "\n");
        const char *line = arena_dup(arena, lines, len);
        const char *colon = strstr(line, ": ");
        const char *name = colon != NULL ? arena_dup(arena, line, (size_t)(colon - line)) : line;
        cJSON *values = json_get(headers, name);

        if (values == NULL) {
            values = cJSON_AddArrayToObject(headers, name);
        }
        cJSON_AddItemToArray(values, cJSON_CreateString(colon != NULL ? colon + 2 : ""));
        lines += len + (lines[len] == '\n');
    }
    jw_raw(writer, json_text(arena, headers));
}

static void write_side(struct json_writer *writer, struct arena *arena, const char *headers,
                       const char *body, size_t bytes, bool cut)
{
    jw_object(writer);
    jw_key(writer, "headers");
    write_headers(writer, arena, headers);
    jw_member_text(writer, "body", body);
    jw_member_int(writer, "bytes", (int64_t)bytes);
    jw_member_bool(writer, "truncated", cut);
    jw_object_end(writer);
}

static void write_rules(struct json_writer *writer, struct arena *arena, const char *rules)
{
    jw_array(writer);
    while (*rules != '\0') {
        size_t len = strcspn(rules, " ");

        jw_text(writer, arena_dup(arena, rules, len));
        rules += len + (rules[len] == ' ');
    }
    jw_array_end(writer);
}

static void write_or_null(struct json_writer *writer, const char *name, bool there, int64_t number)
{
    if (there) {
        jw_member_int(writer, name, number);
    } else {
        jw_member_null(writer, name);
    }
}

struct page {
    struct json_writer writer;
    int64_t limit, count, last;
};

static bool write_entry(void *arg, const struct mock_journal_view *view)
{
    struct page *page = arg;
    struct json_writer *writer = &page->writer;
    AUTO(arena) arena = {0};
    char time[ISO8601_SIZE];

    if (page->count == page->limit) {
        return false;
    }
    page->count++;
    page->last = view->seq;
    iso8601_format(view->time_ms, time);
    jw_object(writer);
    jw_member_int(writer, "seq", view->seq);
    jw_member_text(writer, "time", time);
    jw_member_text(writer, "service", view->service);
    jw_member_text(writer, "route", view->route);
    jw_member_text(writer, "method", view->method);
    jw_member_text(writer, "path", view->path);
    jw_member_text(writer, "query", view->query);
    write_or_null(writer, "status", view->status != 0, view->status);
    write_or_null(writer, "duration_us", view->duration_us >= 0, view->duration_us);
    write_or_null(writer, "fault", view->fault != 0, view->fault);
    jw_key(writer, "rules");
    write_rules(writer, &arena, view->rules);
    jw_key(writer, "request");
    write_side(writer, &arena, view->request_headers, view->request_body, view->request_bytes,
               view->request_cut);
    jw_key(writer, "response");
    if (view->status == 0) {
        jw_null(writer);
    } else {
        write_side(writer, &arena, view->response_headers, view->response_body,
                   view->response_bytes, view->response_cut);
    }
    jw_object_end(writer);
    return true;
}

/* A service's name from the query; false after it has refused. */
static bool service_param(struct mock_call *call, struct mock_reply *reply, const char **ret)
{
    const char *text = uri_param(&call->params, "service");

    *ret = mock_service_canonical(text);
    if (text != NULL && *ret == NULL) {
        control_refuse(
            call, reply, 400, "bad_request",
            "\"service\": expected entra, adfs, graph, dataverse, discovery, marketo or control",
            NULL);
        return false;
    }
    return true;
}

void control_journal_get(struct mock_call *call, struct mock_reply *reply)
{
    static const char *const names[] = {"since", "service", "limit"};
    struct page page = {.writer = JSON_WRITER(&reply->body)};
    const char *service;
    int64_t since, dropped;

    if (!control_params(call, reply, names, ARRAY_LEN(names)) ||
        !control_param_int(call, reply, "since", 0, INT64_MAX, 0, &since) ||
        !control_param_int(call, reply, "limit", 1, INT64_MAX, INT64_MAX, &page.limit) ||
        !service_param(call, reply, &service)) {
        return;
    }
    page.last = since;
    reply->status = 200;
    jw_object(&page.writer);
    jw_key(&page.writer, "entries");
    jw_array(&page.writer);
    dropped = mock_journal_read(call->world->journal, since, service, write_entry, &page);
    jw_array_end(&page.writer);
    jw_member_int(&page.writer, "dropped", dropped);
    jw_member_int(&page.writer, "next", page.last);
    jw_object_end(&page.writer);
}

void control_journal_delete(struct mock_call *call, struct mock_reply *reply)
{
    mock_journal_clear(call->world->journal);
    reply->status = 204;
}

struct match {
    const char *service, *method, *path, *route, *body_contains, *contains;
    int64_t status; /* -1: any */
};

static const struct json_field match_fields[] = {
    JSON_FIELD("service", struct match, service, OPTIONAL),
    JSON_FIELD("method", struct match, method, OPTIONAL),
    JSON_FIELD("path", struct match, path, OPTIONAL),
    JSON_FIELD("route", struct match, route, OPTIONAL),
    JSON_FIELD("status", struct match, status, OPTIONAL),
    JSON_FIELD("body_contains", struct match, body_contains, OPTIONAL),
    JSON_FIELD("contains", struct match, contains, OPTIONAL),
};

enum { NEAREST = 3 };

struct near {
    int64_t seq;
    const char *path;
    cJSON *differs;
    int count;
};

struct verify {
    struct arena *arena;
    const struct match *match;
    int64_t since, matched;
    struct near nearest[NEAREST];
    size_t near_count;
};

static bool has(const char *text, const char *part)
{
    return text != NULL && strstr(text, part) != NULL;
}

/* In the values of "name: value\n" lines. */
static bool in_values(const char *lines, const char *part)
{
    size_t len = strlen(part);

    while (lines != NULL && *lines != '\0') {
        size_t line = strcspn(lines, "\n");
        const char *colon = memmem(lines, line, ": ", 2);

        if (colon != NULL &&
            memmem(colon + 2, line - (size_t)(colon + 2 - lines), part, len) != NULL) {
            return true;
        }
        lines += line + (lines[line] == '\n');
    }
    return false;
}

/* In the target, the header values or the bodies. */
static bool contains(struct arena *arena, const struct mock_journal_view *view, const char *part)
{
    return has(view->path, part) || has(view->query, part) ||
           has(arena_printf(arena, "%s?%s", view->path, view->query), part) ||
           in_values(view->request_headers, part) || in_values(view->response_headers, part) ||
           has(view->request_body, part) || has(view->response_body, part);
}

static void differ(cJSON *differs, struct arena *arena, const char *what, const char *expected,
                   const char *was)
{
    cJSON_AddItemToArray(differs,
                         cJSON_CreateString(arena_printf(arena, "%s: expected %s, was %s", what,
                                                         expected, was != NULL ? was : "none")));
}

/* The members of the match that the entry does not fit. */
static cJSON *differences(const struct verify *verify, const struct mock_journal_view *view)
{
    const struct match *m = verify->match;
    cJSON *differs = json_new_array(verify->arena);
    struct arena *arena = verify->arena;

    if (m->service != NULL &&
        (strcmp(m->service, "discovery") == 0 ? !view->discovery
                                              : strcmp(m->service, view->service) != 0)) {
        differ(differs, arena, "service", m->service, view->service);
    }
    if (m->method != NULL && !str_ieq(m->method, view->effective)) {
        differ(differs, arena, "method", m->method, view->effective);
    }
    if (m->path != NULL && !str_match(m->path, view->path, '/')) {
        differ(differs, arena, "path", m->path, view->path);
    }
    if (m->route != NULL && !str_eq(m->route, view->route)) {
        differ(differs, arena, "route", m->route, view->route);
    }
    if (m->status >= 0 && m->status != view->status) {
        differ(differs, arena, "status", arena_printf(arena, "%lld", (long long)m->status),
               view->status != 0 ? arena_printf(arena, "%d", view->status) : NULL);
    }
    if (m->body_contains != NULL && !has(view->request_body, m->body_contains) &&
        !has(view->response_body, m->body_contains)) {
        differ(differs, arena, "body_contains", m->body_contains, "in neither body");
    }
    if (m->contains != NULL && !contains(arena, view, m->contains)) {
        differ(differs, arena, "contains", m->contains, "nowhere in the entry");
    }
    return differs;
}

/* Keeps the entries with the fewest differences, the newest first among equals. */
static void keep_near(struct verify *verify, const struct mock_journal_view *view, cJSON *differs)
{
    int count = cJSON_GetArraySize(differs);
    size_t at = 0;

    while (at < verify->near_count && verify->nearest[at].count < count) {
        at++;
    }
    if (at == NEAREST) {
        return;
    }
    verify->near_count += verify->near_count < NEAREST;
    memmove(&verify->nearest[at + 1], &verify->nearest[at],
            (verify->near_count - at - 1) * sizeof verify->nearest[0]);
    verify->nearest[at] = (struct near){.seq = view->seq,
                                        .path = arena_strdup(verify->arena, view->path),
                                        .differs = differs,
                                        .count = count};
}

static bool verify_entry(void *arg, const struct mock_journal_view *view)
{
    struct verify *verify = arg;
    cJSON *differs = differences(verify, view);

    if (cJSON_GetArraySize(differs) == 0) {
        verify->matched++;
    } else {
        keep_near(verify, view, differs);
    }
    return true;
}

static bool read_match(struct mock_call *call, struct mock_reply *reply, struct match *ret,
                       int64_t *ret_count, int64_t *ret_since)
{
    static const char *const names[] = {"match", "count", "since"};
    cJSON *body;
    const cJSON *match, *count, *since;
    const char *service;
    struct err err;

    if (!control_body(call, reply, &body)) {
        return false;
    }
    match = json_get(body, "match");
    count = json_get(body, "count");
    since = json_get(body, "since");
    if (!json_only(body, "", names, ARRAY_LEN(names), &err) ||
        (match != NULL &&
         !json_read_strict(match, "/match", match_fields, ARRAY_LEN(match_fields), ret, &err))) {
        control_bad(call, reply, &err);
        return false;
    }
    service = ret->service;
    ret->service = mock_service_canonical(service);
    if (service != NULL && ret->service == NULL) {
        control_refuse(call, reply, 400, "bad_request", "no such service", "/match/service");
        return false;
    }
    if (ret->method != NULL && mock_method_of(ret->method) == HTTP_OTHER) {
        control_refuse(call, reply, 400, "bad_request", "no such method", "/match/method");
        return false;
    }
    if (ret->path != NULL && *ret->path != '/') {
        control_refuse(call, reply, 400, "bad_request", "a path begins with \"/\"", "/match/path");
        return false;
    }
    if (ret->route != NULL && !mock_route_known(ret->route)) {
        control_refuse(call, reply, 400, "bad_request",
                       "no such route; `mocktenant routes` lists the templates", "/match/route");
        return false;
    }
    if ((count != NULL && (!json_int(count, ret_count) || *ret_count < 0)) ||
        (since != NULL && (!json_int(since, ret_since) || *ret_since < 0))) {
        control_refuse(call, reply, 400, "bad_request", "expected an integer of at least 0",
                       count != NULL && *ret_count < 0 ? "/count" : "/since");
        return false;
    }
    return true;
}

void control_journal_verify(struct mock_call *call, struct mock_reply *reply)
{
    struct match match = {.status = -1};
    struct verify verify = {.arena = call->arena, .match = &match};
    int64_t count = -1, since = 0;
    bool matched;
    cJSON *body, *nearest;

    if (!read_match(call, reply, &match, &count, &since)) {
        return;
    }
    (void)mock_journal_read(call->world->journal, since, NULL, verify_entry, &verify);
    matched = count >= 0 ? verify.matched == count : verify.matched > 0;
    if ((count >= 0 || !matched) && mock_journal_lost_after(call->world->journal, since)) {
        control_refuse(call, reply, 409, "entries_dropped",
                       "the journal is a ring: entries that could have matched were dropped", NULL);
        return;
    }
    body = json_new_object(call->arena);
    cJSON_AddBoolToObject(body, "matched", matched);
    cJSON_AddNumberToObject(body, "count", (double)verify.matched);
    nearest = cJSON_AddArrayToObject(body, "nearest");
    for (size_t i = 0; i < verify.near_count && !matched; i++) {
        cJSON *near = cJSON_CreateObject();

        cJSON_AddNumberToObject(near, "seq", (double)verify.nearest[i].seq);
        cJSON_AddStringToObject(near, "path", verify.nearest[i].path);
        cJSON_AddItemToObject(near, "differs", cJSON_Duplicate(verify.nearest[i].differs, true));
        cJSON_AddItemToArray(nearest, near);
    }
    mock_reply_json(call, reply, 200, body);
}
