/* The organization's part of the small tenant. */
#include "support/tenant_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cases.h"

#include "base/iso8601.h"
#include "base/uri.h"
#include "support/files.h"

static const char *const sets[3] = {"accounts", "leads", "contacts"};
const char *const tenant_keys[3] = {"accountid", "leadid", "contactid"};

/* clang-format off */
const struct tenant_column tenant_columns[] = {
    {0, "name", "String", "company", "string", true},
    {0, "numberofemployees", "Integer", "numberOfEmployees", "integer", true},
    {1, "firstname", "String", "firstName", "string", true},
    {1, "lastname", "String", "lastName", "string", true},
    {1, "jobtitle", "String", "title", "string", true},
    {1, "emailaddress1", "String", "email", "email", true},
    {1, "leadqualitycode", "Picklist", "rating", "string", true},
    {1, "donotphone", "Boolean", "doNotCall", "boolean", true},
    {1, "companyname", "String", "company", "string", true},
    {1, "createdon", "DateTime", "msftCreatedDate", "datetime", false},
    {1, "new_region", "String", "new_region", "string", true},
    {1, "new_synctomkto", "Boolean", "new_synctomkto", "boolean", true},
    {2, "firstname", "String", "firstName", "string", true},
    {2, "lastname", "String", "lastName", "string", true},
    {2, "jobtitle", "String", "title", "string", true},
    {2, "emailaddress1", "String", "email", "email", true},
    {2, "parentcustomerid", "Customer", NULL, NULL, true},
};
/* clang-format on */
const size_t tenant_column_count = ARRAY_LEN(tenant_columns);

static const struct {
    int value;
    const char *label;
} ratings[] = {{1, "Hot"}, {2, "Warm"}, {3, "Cold"}};

static char *refuse(struct tenant_answer *answer, int status, const char *code, const char *words)
{
    AUTO(strbuf) text = STRBUF(0);

    answer->status = status;
    strbuf_addf(&text, "{\"error\":{\"code\":\"%s\",\"message\":\"%s\"}}", code, words);
    return strbuf_take(&text);
}

static const struct tenant_column *column_of(int rank, const char *name)
{
    for (size_t i = 0; i < tenant_column_count; i++) {
        if (tenant_columns[i].rank == rank && str_eq(tenant_columns[i].name, name)) {
            return &tenant_columns[i];
        }
    }
    return NULL;
}

static const char *label_of(int64_t value)
{
    for (size_t i = 0; i < ARRAY_LEN(ratings); i++) {
        if (ratings[i].value == value) {
            return ratings[i].label;
        }
    }
    return "?";
}

static void write_row(struct json_writer *writer, int rank, const cJSON *row, const char *select)
{
    AUTO(arena) arena = {0};
    char *names = arena_strdup(&arena, select), *rest = NULL;

    jw_object(writer);
    jw_member_text(writer, "@odata.etag",
                   arena_printf(&arena, "W/\"%lld\"", (long long)json_get_int(row, "@v", 0)));
    for (char *name = strtok_r(names, ",", &rest); name != NULL;
         name = strtok_r(NULL, ",", &rest)) {
        const cJSON *item = json_get(row, name);

        if (str_eq(name, "leadqualitycode") && cJSON_IsNumber(item)) {
            jw_member_text(writer, "leadqualitycode@OData.Community.Display.V1.FormattedValue",
                           label_of((int64_t)item->valuedouble));
        }
        if (str_eq(name, "_parentcustomerid_value")) {
            item = json_get(row, "parentcustomerid");
            jw_member_text(writer,
                           "_parentcustomerid_value@Microsoft.Dynamics.CRM.lookuplogicalname",
                           item != NULL ? "account" : NULL);
        }
        jw_member_raw(writer, name, item != NULL ? json_text(&arena, item) : "null");
    }
    if (strstr(select, tenant_keys[rank]) == NULL) {
        jw_member_text(writer, tenant_keys[rank], json_get_text(row, tenant_keys[rank]));
    }
    jw_object_end(writer);
}

static bool is_unknown(struct tenant *tenant, int rank, const char *select)
{
    AUTO(arena) arena = {0};
    char *names = arena_strdup(&arena, select), *rest = NULL;

    for (char *name = strtok_r(names, ",", &rest); name != NULL;
         name = strtok_r(NULL, ",", &rest)) {
        if (str_eq(name, tenant->missing) ||
            (column_of(rank, name) == NULL && !str_eq(name, "modifiedon") &&
             !str_eq(name, tenant_keys[rank]) && !str_eq(name, "_parentcustomerid_value"))) {
            return true;
        }
    }
    return false;
}

/* The next row of a read: changes come by version, everything by key. */
static const cJSON *next_row(struct tenant *tenant, int rank, bool changes, const char *behind)
{
    const cJSON *row, *best = NULL;

    cJSON_ArrayForEach(row, tenant->rows[rank])
    {
        const char *key = json_get_text(row, tenant_keys[rank]);

        if (changes) {
            if (json_get_int(row, "@v", 0) > strtoll(behind, NULL, 10)) {
                return row;
            }
        } else if (strcmp(key, behind) > 0 &&
                   (best == NULL || strcmp(key, json_get_text(best, tenant_keys[rank])) < 0)) {
            best = row;
        }
    }
    return best;
}

static void write_deleted(struct tenant *tenant, int rank, int64_t since,
                          struct json_writer *writer)
{
    const cJSON *row;

    cJSON_ArrayForEach(row, tenant->deleted[rank])
    {
        if (json_get_int(row, "@v", 0) > since) {
            jw_object(writer);
            jw_member_text(writer, "@odata.context", "#x/$deletedEntity");
            jw_member_text(writer, "id", json_get_text(row, "id"));
            jw_member_text(writer, "reason", "deleted");
            jw_object_end(writer);
        }
    }
}

static char *read_some(struct tenant *tenant, int rank, const char *select, const char *filter)
{
    AUTO(strbuf) text = STRBUF(0);
    struct json_writer writer = JSON_WRITER(&text);
    const cJSON *row;

    jw_object(&writer);
    jw_key(&writer, "value");
    jw_array(&writer);
    cJSON_ArrayForEach(row, tenant->rows[rank])
    {
        if (strstr(filter, json_get_text(row, tenant_keys[rank])) != NULL) {
            write_row(&writer, rank, row, select);
        }
    }
    jw_array_end(&writer);
    jw_object_end(&writer);
    return strbuf_take(&text);
}

/* A page; the token of the last one is of the moment of the last page. */
static char *read_page(struct tenant *tenant, int rank, const char *select, const char *delta,
                       const char *skip)
{
    AUTO(arena) arena = {0};
    AUTO(strbuf) text = STRBUF(0);
    struct json_writer writer = JSON_WRITER(&text);
    const char *behind = skip != NULL ? skip : delta != NULL ? delta : "";
    const char *root = "https://contoso.crm.dynamics.com/api/data/v9.2/";
    const cJSON *row = NULL;

    jw_object(&writer);
    jw_member_text(&writer, "@odata.context", delta != NULL ? "#x/$delta" : "#x");
    jw_key(&writer, "value");
    jw_array(&writer);
    for (int64_t written = 0; written < tenant->page_rows; written++) {
        row = next_row(tenant, rank, delta != NULL, behind);
        if (row == NULL) {
            break;
        }
        write_row(&writer, rank, row, select);
        behind = delta != NULL ? arena_printf(&arena, "%lld", (long long)json_get_int(row, "@v", 0))
                               : json_get_text(row, tenant_keys[rank]);
    }
    row = next_row(tenant, rank, delta != NULL, behind);
    if (delta != NULL && row == NULL) {
        write_deleted(tenant, rank, strtoll(delta, NULL, 10), &writer);
    }
    jw_array_end(&writer);
    if (row != NULL) {
        jw_member_text(&writer, "@odata.nextLink",
                       arena_printf(&arena, "%s%s?$select=%s%s%s&$skiptoken=%s", root, sets[rank],
                                    select, delta != NULL ? "&$deltatoken=" : "",
                                    delta != NULL ? delta : "", behind));
    } else {
        jw_member_text(&writer, "@odata.deltaLink",
                       arena_printf(&arena, "%s%s?$select=%s&$deltatoken=%lld", root, sets[rank],
                                    select, (long long)tenant->version));
    }
    jw_object_end(&writer);
    return strbuf_take(&text);
}

static char *read_rows(struct tenant *tenant, int rank, const struct uri_params *params,
                       struct tenant_answer *answer)
{
    const char *select = uri_param(params, "$select"), *filter = uri_param(params, "$filter");
    const char *delta = uri_param(params, "$deltatoken");

    if (select == NULL || is_unknown(tenant, rank, select)) {
        return refuse(answer, 400, "0x80060888",
                      "Could not find a property named 'x' on type 'Microsoft.Dynamics.CRM.x'.");
    }
    if (delta != NULL && strtoll(delta, NULL, 10) < tenant->expired) {
        return refuse(answer, 400, "0x80044352", "Version stamp has expired.");
    }
    return filter != NULL ? read_some(tenant, rank, select, filter)
                          : read_page(tenant, rank, select, delta, uri_param(params, "$skiptoken"));
}

static char *read_attributes(struct tenant *tenant, const char *path)
{
    AUTO(strbuf) text = STRBUF(0);
    struct json_writer writer = JSON_WRITER(&text);
    int rank = strstr(path, "'account'") != NULL ? 0 : strstr(path, "'lead'") != NULL ? 1 : 2;

    if (strstr(path, "PicklistAttributeMetadata") != NULL) {
        AUTO(arena) arena = {0};
        size_t len;

        strbuf_add(&text, test_fixture(&arena, "dataverse/option-sets.json", &len));
        return strbuf_take(&text);
    }
    jw_object(&writer);
    jw_key(&writer, "value");
    jw_array(&writer);
    for (size_t i = 0; i < tenant_column_count; i++) {
        const struct tenant_column *column = &tenant_columns[i];

        if (column->rank == rank && !str_eq(column->name, tenant->missing)) {
            jw_object(&writer);
            jw_member_text(&writer, "LogicalName", column->name);
            jw_member_text(&writer, "AttributeType", column->type);
            jw_member_bool(&writer, "IsValidForUpdate", column->updatable);
            jw_object_end(&writer);
        }
    }
    jw_array_end(&writer);
    jw_object_end(&writer);
    return strbuf_take(&text);
}

void tenant_touch(struct tenant *tenant, int rank, cJSON *row, const cJSON *set)
{
    char at[ISO8601_SIZE];
    const cJSON *item;

    cJSON_ArrayForEach(item, set)
    {
        cJSON_DeleteItemFromObjectCaseSensitive(row, item->string);
        cJSON_AddItemToObject(row, item->string, cJSON_Duplicate(item, true));
    }
    iso8601_format_s(tenant->now_ms, at);
    cJSON_DeleteItemFromObjectCaseSensitive(row, "modifiedon");
    cJSON_AddStringToObject(row, "modifiedon", at);
    cJSON_DeleteItemFromObjectCaseSensitive(row, "@v");
    cJSON_AddNumberToObject(row, "@v", (double)++tenant->version);
    /* Rows are in the order of their versions. */
    row = cJSON_DetachItemViaPointer(tenant->rows[rank], row);
    cJSON_AddItemToArray(tenant->rows[rank], row);
}

static char *change(struct tenant *tenant, int rank, const char *path,
                    const struct crmsync_request *request, struct tenant_answer *answer)
{
    AUTO(arena) arena = {0};
    AUTO(strbuf) text = STRBUF(0);
    const char *key = arena_dup(&arena, strchr(path, '(') + 1, 36);
    const char *match = tenant_header(request, "If-Match");
    cJSON *row = tenant_row(tenant, rank, key), *set;
    const cJSON *item;
    struct err err;

    assert_non_null(match); /* without it a PATCH makes a record */
    if (row == NULL) {
        return refuse(answer, 404, "0x80040217", "lead With Id Does Not Exist");
    }
    if (!str_eq(match, "*") &&
        !str_eq(match, arena_printf(&arena, "W/\"%lld\"", (long long)json_get_int(row, "@v", 0)))) {
        return refuse(answer, 412, "0x80060882", "The version doesn't match.");
    }
    assert_true(json_parse(&arena, request->body, request->body_len, JSON_PLAIN, &set, &err));
    cJSON_ArrayForEach(item, set)
    {
        assert_non_null(column_of(rank, item->string));
        if (cJSON_IsString(item) && strlen(item->valuestring) > 20) {
            return refuse(answer, 400, "0x80044331",
                          "The length of the 'x' attribute exceeded the maximum allowed length.");
        }
    }
    tenant_touch(tenant, rank, row, set);
    tenant->writes++;
    write_row(&(struct json_writer)JSON_WRITER(&text), rank, row, tenant_keys[rank]);
    return strbuf_take(&text);
}

char *tenant_dynamics(struct tenant *tenant, const struct crmsync_request *request,
                      const char *path, const struct uri_params *params,
                      struct tenant_answer *answer)
{
    if (str_eq(path, "/api/data/v9.2/WhoAmI")) {
        AUTO(strbuf) text = STRBUF(0);

        strbuf_addf(&text, "{\"UserId\":\"u\",\"OrganizationId\":\"%s\"}", tenant->organization);
        return strbuf_take(&text);
    }
    if (tenant->throttle_s > 0) {
        answer->retry_after_s = tenant->throttle_s;
        return refuse(answer, 429, "0x80072322", "Number of requests exceeded the limit.");
    }
    if (strstr(path, "EntityDefinitions") != NULL) {
        return read_attributes(tenant, path);
    }
    for (int rank = 0; rank < 3; rank++) {
        if (strstr(path, sets[rank]) != NULL) {
            return str_eq(request->method, "PATCH") ? change(tenant, rank, path, request, answer)
                                                    : read_rows(tenant, rank, params, answer);
        }
    }
    fail_msg("an unknown request: %s %s", request->method, path);
    return NULL;
}
