/* Marketo's part of the small tenant, with the page that holds the connection. */
#include "support/tenant_parts.h"

#include <stdlib.h>
#include <string.h>

#include "cases.h"

#include "base/iso8601.h"

static char *wrap(const char *members)
{
    AUTO(strbuf) text = STRBUF(0);

    strbuf_addf(&text, "{\"requestId\":\"a#1\",\"success\":true%s%s}", *members != '\0' ? "," : "",
                members);
    return strbuf_take(&text);
}

static char *refuse(const char *code, const char *words)
{
    AUTO(strbuf) text = STRBUF(0);

    strbuf_addf(&text,
                "{\"requestId\":\"a#1\",\"success\":false,\"errors\":[{\"code\":\"%s\","
                "\"message\":\"%s\"}]}",
                code, words);
    return strbuf_take(&text);
}

static char *result_of(struct arena *arena, const cJSON *list)
{
    return wrap(arena_printf(arena, "\"result\":%s", json_text(arena, list)));
}

static void add_activity(struct tenant *tenant, const cJSON *person, int type, const char *field,
                         const cJSON *was, const cJSON *is)
{
    AUTO(arena) arena = {0};
    cJSON *activity = cJSON_CreateObject(), *fields, *edit;
    char at[ISO8601_SIZE];

    iso8601_format_s(tenant->now_ms, at);
    cJSON_AddItemToArray(tenant->activities, activity);
    cJSON_AddStringToObject(activity, "marketoGUID",
                            arena_printf(&arena, "%d", cJSON_GetArraySize(tenant->activities)));
    cJSON_AddNumberToObject(activity, "leadId", (double)json_get_int(person, "id", 0));
    cJSON_AddStringToObject(activity, "activityDate", at);
    cJSON_AddNumberToObject(activity, "activityTypeId", type);
    if (field != NULL) {
        fields = cJSON_AddArrayToObject(activity, "fields");
        edit = cJSON_CreateObject();
        cJSON_AddItemToArray(fields, edit);
        cJSON_AddStringToObject(edit, "name", field);
        cJSON_AddItemToObject(edit, "newValue",
                              cJSON_IsBool(is) ? cJSON_CreateString(cJSON_IsTrue(is) ? "1" : "0")
                                               : cJSON_Duplicate(is, true));
        cJSON_AddItemToObject(edit, "oldValue",
                              was != NULL ? cJSON_Duplicate(was, true) : cJSON_CreateNull());
    }
}

void tenant_write_person(struct tenant *tenant, cJSON *person, const cJSON *set)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, set)
    {
        cJSON *was = json_get(person, item->string);
        bool same = was != NULL ? cJSON_Compare(was, item, true) : cJSON_IsNull(item);

        if (!same) {
            add_activity(tenant, person, 13, item->string, was, item);
        }
        cJSON_DeleteItemFromObjectCaseSensitive(person, item->string);
        cJSON_AddItemToObject(person, item->string, cJSON_Duplicate(item, true));
    }
}

static void add_skip(cJSON *results, const char *code)
{
    cJSON *result = cJSON_CreateObject(), *reason = cJSON_CreateObject();

    cJSON_AddItemToArray(results, result);
    cJSON_AddStringToObject(result, "status", "skipped");
    cJSON_AddItemToArray(cJSON_AddArrayToObject(result, "reasons"), reason);
    cJSON_AddStringToObject(reason, "code", code);
    cJSON_AddStringToObject(reason, "message", "no");
}

static void add_done(cJSON *results, const char *status, int64_t id)
{
    cJSON *result = cJSON_CreateObject();

    cJSON_AddItemToArray(results, result);
    cJSON_AddNumberToObject(result, "id", (double)id);
    cJSON_AddStringToObject(result, "status", status);
}

static cJSON *find(cJSON *list, const char *field, const char *value)
{
    cJSON *item;

    cJSON_ArrayForEach(item, list)
    {
        if (str_eq(json_get_text(item, field), value)) {
            return item;
        }
    }
    return NULL;
}

/* A first name of "BAD" is refused, one of "WORSE" refuses the whole call. */
static void upsert(struct tenant *tenant, cJSON *list, const cJSON *input, const char *lookup,
                   bool create, cJSON *results)
{
    cJSON *item = find(list, lookup, json_get_text(input, lookup));
    bool person = list == tenant->people;

    if (str_eq(json_get_text(input, "firstName"), "BAD")) {
        add_skip(results, "1003");
    } else if (item != NULL) {
        tenant_write_person(tenant, item, input);
        add_done(results, "updated", json_get_int(item, "id", 0));
        tenant->writes++;
    } else if (create) {
        item = cJSON_Duplicate(input, true);
        cJSON_AddNumberToObject(item, "id", (double)++tenant->ids);
        cJSON_AddItemToArray(list, item);
        if (person) {
            char at[ISO8601_SIZE];

            iso8601_format_s(tenant->now_ms, at);
            cJSON_AddStringToObject(item, "createdAt", at);
            add_activity(tenant, item, 12, NULL, NULL, NULL);
        }
        add_done(results, "created", tenant->ids);
        tenant->writes++;
    } else {
        add_skip(results, "1004");
    }
}

static char *write_all(struct tenant *tenant, const struct crmsync_request *request, cJSON *list)
{
    AUTO(arena) arena = {0};
    cJSON *root, *results = json_new_array(&arena);
    const char *lookup;
    const cJSON *input;
    struct err err;

    assert_true(json_parse(&arena, request->body, request->body_len, JSON_PLAIN, &root, &err));
    lookup = list == tenant->people ? json_get_text(root, "lookupField") : "externalCompanyId";
    assert_non_null(lookup);
    assert_in_range(cJSON_GetArraySize(json_get(root, "input")), 1, 300);
    cJSON_ArrayForEach(input, json_get(root, "input"))
    {
        assert_non_null(json_get_text(input, lookup));
        if (str_eq(json_get_text(input, "firstName"), "WORSE")) {
            return refuse("1001", "Invalid value");
        }
        /* A company must be there before its people. */
        if (list == tenant->people && json_get_text(input, "externalCompanyId") != NULL) {
            assert_non_null(find(tenant->companies, "externalCompanyId",
                                 json_get_text(input, "externalCompanyId")));
        }
    }
    cJSON_ArrayForEach(input, json_get(root, "input"))
    {
        upsert(tenant, list, input, lookup, !str_eq(json_get_text(root, "action"), "updateOnly"),
               results);
    }
    return result_of(&arena, results);
}

static bool is_in(struct arena *arena, const char *list, const cJSON *item)
{
    const char *value = cJSON_IsNumber(item)
                            ? arena_printf(arena, "%lld", (long long)item->valuedouble)
                            : cJSON_GetStringValue(item);

    return value != NULL &&
           strstr(arena_printf(arena, ",%s,", list), arena_printf(arena, ",%s,", value)) != NULL;
}

static char *look(struct tenant *tenant, const struct uri_params *params)
{
    AUTO(arena) arena = {0};
    cJSON *results = json_new_array(&arena);
    const char *type = uri_param(params, "filterType"), *values = uri_param(params, "filterValues");
    const char *fields = uri_param(params, "fields");
    const cJSON *person;

    assert_non_null(type);
    cJSON_ArrayForEach(person, tenant->people)
    {
        if (is_in(&arena, values, json_get(person, type))) {
            char *names = arena_strdup(&arena, fields), *rest = NULL;
            cJSON *item = cJSON_CreateObject();

            cJSON_AddItemToArray(results, item);
            cJSON_AddNumberToObject(item, "id", (double)json_get_int(person, "id", 0));
            for (char *name = strtok_r(names, ",", &rest); name != NULL;
                 name = strtok_r(NULL, ",", &rest)) {
                const cJSON *value = json_get(person, name);

                cJSON_AddItemToObject(
                    item, name, value != NULL ? cJSON_Duplicate(value, true) : cJSON_CreateNull());
            }
        }
    }
    return result_of(&arena, results);
}

static char *give_token(struct tenant *tenant, const struct uri_params *params)
{
    AUTO(arena) arena = {0};
    int64_t since, at_ms;
    const cJSON *activity;
    int place = 0;

    assert_true(iso8601_parse(uri_param(params, "sinceDatetime"), &since));
    cJSON_ArrayForEach(activity, tenant->activities)
    {
        assert_true(iso8601_parse(json_get_text(activity, "activityDate"), &at_ms));
        if (at_ms >= since) {
            break;
        }
        place++;
    }
    return wrap(arena_printf(&arena, "\"nextPageToken\":\"T%d\"", place));
}

static char *read_changes(struct tenant *tenant, const struct uri_params *params)
{
    enum { PAGE = 4 };
    AUTO(arena) arena = {0};
    int place = (int)strtol(uri_param(params, "nextPageToken") + 1, NULL, 10);
    const char *fields = uri_param(params, "fields");
    cJSON *results = json_new_array(&arena), *activity;
    int seen = 0;

    for (; seen < PAGE && (activity = cJSON_GetArrayItem(tenant->activities, place)) != NULL;
         place++, seen++) {
        const cJSON *edit = cJSON_GetArrayItem(json_get(activity, "fields"), 0);

        if (edit == NULL || is_in(&arena, fields, json_get(edit, "name"))) {
            cJSON_AddItemToArray(results, cJSON_Duplicate(activity, true));
        }
    }
    return wrap(arena_printf(&arena, "\"nextPageToken\":\"T%d\",\"moreResult\":%s%s%s", place,
                             place < cJSON_GetArraySize(tenant->activities) ? "true" : "false",
                             cJSON_GetArraySize(results) > 0 ? ",\"result\":" : "",
                             cJSON_GetArraySize(results) > 0 ? json_text(&arena, results) : ""));
}

static char *show_connection(struct tenant *tenant)
{
    AUTO(arena) arena = {0};

    return wrap(arena_printf(
        &arena,
        "\"result\":[{\"state\":\"%s\",\"organizationUrl\":\"https://contoso.crm.dynamics.com\","
        "\"organizationLocked\":true,\"authMethod\":\"s2s\",\"username\":\"a@contoso.com\","
        "\"clientId\":null,\"tenantId\":null,\"syncEnabled\":true,\"notificationEmail\":null,"
        "\"settlesAt\":null,\"solutionVersion\":\"5.0.2.1\",\"subscriptionId\":\"%s\"}]",
        tenant->page, tenant->subscription));
}

static char *show_fields(void)
{
    static const char *const names[] = {"account", "lead", "contact"};
    AUTO(arena) arena = {0};
    AUTO(strbuf) text = STRBUF(0);
    struct json_writer writer = JSON_WRITER(&text);

    jw_array(&writer);
    for (int rank = 0; rank < 3; rank++) {
        jw_object(&writer);
        jw_member_text(&writer, "name", names[rank]);
        jw_key(&writer, "fields");
        jw_array(&writer);
        for (size_t i = 0; i < tenant_column_count; i++) {
            const struct tenant_column *column = &tenant_columns[i];

            if (column->rank != rank) {
                continue;
            }
            jw_object(&writer);
            jw_member_text(&writer, "name", column->name);
            jw_member_text(&writer, "type", column->type);
            jw_key(&writer, "marketo");
            if (column->target == NULL) {
                jw_null(&writer);
            } else {
                jw_object(&writer);
                jw_member_text(&writer, "name", column->target);
                jw_member_text(&writer, "type", column->target_type);
                jw_member_int(&writer, "length", 255);
                jw_member_bool(&writer, "readOnly", false);
                jw_object_end(&writer);
            }
            jw_member_bool(&writer, "selected", true);
            jw_object_end(&writer);
        }
        jw_array_end(&writer);
        jw_object_end(&writer);
    }
    jw_array_end(&writer);
    return wrap(arena_printf(&arena, "\"result\":%s", strbuf_text(&text)));
}

static char *take_report(struct tenant *tenant, const struct crmsync_request *request)
{
    cJSON *report = cJSON_ParseWithLength(request->body, request->body_len), *other;
    const char *stop = json_get_text(report, "stop");

    assert_non_null(report);
    cJSON_ArrayForEach(other, tenant->reports)
    {
        if (str_eq(json_get_text(other, "started"), json_get_text(report, "started")) &&
            str_eq(json_get_text(other, "ended"), json_get_text(report, "ended")) &&
            cJSON_Compare(other, report, true)) {
            cJSON_Delete(report); /* the same once more */
            return wrap("\"result\":[{}]");
        }
    }
    cJSON_AddItemToArray(tenant->reports, report);
    if (stop != NULL) {
        tenant->page = str_eq(stop, "schema") ? "halted" : "down";
    } else if (str_eq(tenant->page, "down") || (str_eq(tenant->page, "initial_sync") &&
                                                json_get_bool(report, "initialComplete", false))) {
        tenant->page = "running";
    }
    return wrap("\"result\":[{}]");
}

char *tenant_marketo(struct tenant *tenant, const struct crmsync_request *request, const char *path,
                     const struct uri_params *params, struct tenant_answer *answer)
{
    bool post = str_eq(request->method, "POST");

    (void)answer;
    if (str_ends(path, "/connection.json")) {
        return show_connection(tenant);
    }
    if (str_ends(path, "/fields.json")) {
        return show_fields();
    }
    if (str_ends(path, "/pass.json")) {
        return take_report(tenant, request);
    }
    if (tenant->throttle_s < 0) {
        return refuse("607", "Max daily quota reached");
    }
    if (str_ends(path, "/leads.json")) {
        return post ? write_all(tenant, request, tenant->people) : look(tenant, params);
    }
    if (str_ends(path, "/companies.json")) {
        return write_all(tenant, request, tenant->companies);
    }
    if (str_ends(path, "/pagingtoken.json")) {
        return give_token(tenant, params);
    }
    if (str_ends(path, "/leadchanges.json")) {
        return read_changes(tenant, params);
    }
    fail_msg("an unknown request: %s %s", request->method, path);
    return NULL;
}
